"""Measure the workflow: wall time, CPU time and peak memory, per run and per rule.

    python -m scripts.tools.bench                    demonstration study, then 10,000 and 100,000
    python -m scripts.tools.bench --patients 10000   only that size
    python -m scripts.tools.bench --demo             only the demonstration study
    python -m scripts.tools.bench --cox              Cox models alone, beside lifelines and coxph

Each measurement runs in a fresh copy of the project in a temporary folder. CPU and memory of a rule
are the largest of its jobs, sampled from the operating system while they run.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent.parent
COPIED = (
    "Snakefile",
    "requirements.lock",
    "rules",
    "scripts",
    "profiles",
    "config",
    "expectations",
)
JOB = re.compile(r"\.snakemake/scripts/tmp[^.]+\.(\w+)\.py")
SAMPLE_SECONDS = 0.05


@dataclass
class Measured:
    """One run of snakemake: seconds, and per rule the largest CPU seconds and memory (MB)."""

    wall: float
    cpu: float
    returncode: int
    rules: dict[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def peak(self) -> float:
        """Largest memory of any job in MB."""
        return max((memory for _, memory in self.rules.values()), default=0.0)


def copy_project(folder: Path, raw: Path | None = None) -> None:
    """A fresh copy of code, configuration and raw extract (`raw` in place of the demonstration)."""
    folder.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy2
        copy(source, folder / name)
    demo = next(p for p in sorted((ROOT / "data/raw").iterdir()) if p.is_dir())
    shutil.copytree(raw or demo, folder / "data/raw" / demo.name)


def measure(folder: Path, *arguments: str, cores: int = 2) -> Measured:
    """Run snakemake in `folder` and sample its jobs."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores), "--quiet", "all"]
    largest: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    with (folder / "bench.log").open("a") as log:
        process = subprocess.Popen([*command, *arguments], cwd=folder, stdout=log, stderr=log)
        while process.poll() is None:
            _sample(process.pid, largest)
            time.sleep(SAMPLE_SECONDS)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    wall = time.perf_counter() - start
    rules = {rule: (values[0], values[1]) for rule, values in largest.items()}
    return Measured(wall, cpu, process.returncode, rules)


def _sample(pid: int, largest: dict[str, list[float]]) -> None:
    try:
        for child in psutil.Process(pid).children(recursive=True):
            match = JOB.search(" ".join(child.cmdline()))
            if match and "bash" not in child.name():
                times, memory = child.cpu_times(), child.memory_info().rss / 1e6
                row = largest[match[1]]
                row[:] = max(row[0], times.user + times.system), max(row[1], memory)
    except (psutil.NoSuchProcess, psutil.ZombieProcess, psutil.AccessDenied):
        return


def show(title: str, run: Measured, *, per_rule: bool = False) -> None:
    """Print one measurement; with `per_rule` also the largest job of each rule."""
    state = "" if run.returncode == 0 else f"   FAILED (exit code {run.returncode})"
    print(
        f"{title:44s} wall {run.wall:6.1f} s  cpu {run.cpu:6.1f} s  peak {run.peak:5.0f} MB{state}"
    )
    for rule, (cpu, memory) in sorted(run.rules.items(), key=lambda item: -item[1][0]):
        if per_rule:
            print(f"    {rule:40s} cpu {cpu:7.1f} s  peak {memory:6.0f} MB")


def bench_demo(folder: Path) -> None:
    """Clean run, second run, and a run after one setting changed."""
    copy_project(folder)
    show("demonstration study, clean run", measure(folder), per_rule=True)
    show("second run", measure(folder))
    statistics = folder / "config/statistics.yaml"
    text = statistics.read_text()
    changed = re.sub(r"(entry_alpha: )0\.10", r"\g<1>0.05", text)
    if changed == text:
        raise SystemExit("bench: config/statistics.yaml has no `entry_alpha: 0.10` to change")
    statistics.write_text(changed)
    show("one setting changed (entry_alpha 0.05)", measure(folder))


def bench_size(folder: Path, patients: int) -> None:
    """A clean run on a generated extract of `patients` patients."""
    raw = folder / "generated"
    command = [sys.executable, "-m", "scripts.demo.generate_extract"]
    subprocess.run(
        [*command, "--patients", str(patients), "--out", str(raw), "--seed", "1"],
        cwd=ROOT, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    copy_project(folder / "study", raw)
    show(f"{patients:,} patients, clean run", measure(folder / "study"), per_rule=True)


def bench_cox(patients: int) -> None:
    """Cox models on one core, in a process of their own (scripts/tools/bench_cox.py)."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    command = [sys.executable, "-m", "scripts.tools.bench_cox", str(patients)]
    subprocess.run(command, cwd=ROOT, check=True, env=os.environ | one)


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", action="store_true", help="only the demonstration study")
    parser.add_argument("--patients", type=int, action="append", help="only extracts of this size")
    parser.add_argument(
        "--cox", action="store_true", help="Cox models of 100,000 made-up patients (or --patients)"
    )
    parser.add_argument("--keep", type=Path, help="folder to work in, kept afterwards")
    args = parser.parse_args()
    if args.cox:
        for size in args.patients or [100_000]:
            bench_cox(size)
        return
    folder = args.keep or Path(tempfile.mkdtemp(prefix="cohortgate-bench-"))
    try:
        if not args.patients:
            bench_demo(folder / "demo")
        for size in args.patients or ([] if args.demo else [10_000, 100_000]):
            bench_size(folder / str(size), size)
    finally:
        if not args.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
