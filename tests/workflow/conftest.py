"""Whole runs of the workflow: one finished study, copied for each test that changes something.

The copies lie beside each other and the code lies in the study folder, as in a user's checkout, so
that relative paths (which Snakemake remembers) are the same in each copy.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
COPIED = (
    "Snakefile", "requirements.lock", "rules", "scripts", "profiles", "config", "expectations",
    "data/raw",
)  # fmt: skip
RULE = re.compile(r"^(?:local)?rule (\w+):$\n(?:^    .*$\n)*", re.MULTILINE)
WILDCARDS = re.compile(r"^    wildcards: (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """What a call of snakemake did."""

    returncode: int
    output: str

    @property
    def jobs(self) -> set[str]:
        """Rules that ran, with their wildcards where they have any: `derive_adtte endpoint=os`."""
        found = set()
        for match in RULE.finditer(self.output):
            wildcards = WILDCARDS.search(match[0])
            found.add(f"{match[1]} {wildcards[1]}" if wildcards else match[1])
        return found

    @property
    def rules(self) -> set[str]:
        """Names of the rules that ran."""
        return {job.split()[0] for job in self.jobs}


@dataclass(frozen=True)
class Project:
    """A checkout of the project with its study, in a folder of its own."""

    folder: Path

    def snakemake(self, *arguments: str, cores: int = 2, limit: int | None = None) -> Run:
        """Run snakemake here, with the names of the jobs in its output.

        `limit`: no file may grow above so many bytes, as on a disk that is full.
        """
        command = [sys.executable, "-m", "snakemake", "--cores", str(cores), *arguments]
        if "--quiet" not in arguments:
            command += ["--quiet", "host"]
        env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
        done = subprocess.run(
            command, cwd=self.folder, env=env, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900,
            preexec_fn=None if limit is None else lambda: _limit_file_size(limit),
        )  # fmt: skip
        return Run(done.returncode, done.stdout)

    def path(self, name: str) -> Path:
        """A file of this project."""
        return self.folder / name

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace `old`, which must be there, by `new` in a text file."""
        text = self.path(name).read_text(encoding="utf-8")
        assert old in text, f"{name} does not hold {old!r}"
        self.path(name).write_text(text.replace(old, new, 1), encoding="utf-8")

    @property
    def status(self) -> str:
        """First line of results/STATUS."""
        return self.path("results/STATUS").read_text(encoding="utf-8").splitlines()[0]


def _limit_file_size(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def copy_project(folder: Path) -> Project:
    """A fresh checkout in `folder`, without any result."""
    for name in COPIED:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    return Project(folder)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all test processes of this session share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


def made_once(folder: Path, make: Callable[[Path], Run]) -> Path:
    """The folder after a run in it that succeeded; made by whichever process comes first."""
    done, said = (folder.with_name(f"{folder.name}.{end}") for end in ("done", "said"))
    try:
        folder.mkdir()
    except FileExistsError:
        while not done.exists():
            time.sleep(0.5)
    else:
        said.write_text("")
        returncode = "not finished"
        try:
            run = make(folder)
            said.write_text(run.output, encoding="utf-8")
            returncode = str(run.returncode)
        finally:
            done.write_text(returncode)
    assert done.read_text() == "0", said.read_text(encoding="utf-8")[-5000:]
    return folder


@pytest.fixture(scope="session")
def finished(shared: Path) -> Project:
    """The demonstration study after a clean run."""
    return Project(made_once(shared / "finished", lambda here: copy_project(here).snakemake()))


@pytest.fixture
def study(finished: Project, shared: Path, request: pytest.FixtureRequest) -> Project:
    """A copy of the finished study that the test may change."""
    name = re.sub(r"\W+", "_", request.node.name)[:60]
    folder = shared / f"{name}_{os.getpid()}"
    shutil.copytree(finished.folder, folder, symlinks=True)
    request.addfinalizer(lambda: shutil.rmtree(folder, ignore_errors=True))
    return Project(folder)


@pytest.fixture
def fresh(shared: Path, request: pytest.FixtureRequest) -> Project:
    """A fresh checkout without results."""
    folder = shared / f"{re.sub(r'[^a-z0-9]+', '_', request.node.name)[:60]}_{os.getpid()}"
    request.addfinalizer(lambda: shutil.rmtree(folder, ignore_errors=True))
    return copy_project(folder)


Edit = Callable[[Project], None]
