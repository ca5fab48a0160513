"""Search for a SYNTHETIC cohort, in whole days, that has the printed statistics of the paper.

No patient is behind any row. The search starts from a cohort file, changes one or two patients at a
time so that all counts stay, and keeps the cohort with the most numbers equal to print, must-haves
before all others. The same arguments and the same start give the same file.

    python -m scripts.demo.reconstruct_cohort --start OLD.csv --out NEW.csv --effort 1 --seed 1
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np

from scripts.demo.reconstruction.annealing import Stage, search
from scripts.demo.reconstruction.cohort import read_rows, to_base, write_rows
from scripts.demo.reconstruction.descent import descend
from scripts.demo.reconstruction.scoring import report, score
from scripts.demo.reconstruction.targets import compile_problem, read_targets

DEMO = Path(__file__).parent


class Phase(NamedTuple):
    """A part of the cooling; first and last temperature, reward for equal digits, label moves."""

    proposals: int
    steps: int
    temperature: tuple[float, float]
    exactness: tuple[float, float]
    labels: tuple[float, float]


# rough: all numbers come near, in proportion. settle: equal digits count more and more.
# labels, labels_exact: the same two with all times fixed. polish: everything, equal digits only.
PHASES = {
    "rough": Phase(2_400_000, 8, (0.2, 0.004), (0.005, 0.005), (0.3, 0.3)),
    "settle": Phase(3_000_000, 12, (0.004, 0.07), (0.01, 1.0), (0.3, 0.5)),
    "labels": Phase(600_000, 6, (0.2, 0.001), (0.001, 0.001), (1.0, 1.0)),
    "labels_exact": Phase(1_000_000, 8, (0.001, 0.07), (0.004, 1.0), (1.0, 1.0)),
    "polish": Phase(2_000_000, 6, (0.08, 0.04), (1.0, 1.0), (0.4, 0.6)),
}


def cooling(phases: list[str], effort: float) -> list[Stage]:
    """The stages of the named phases, geometric in temperature and exactness."""
    stages = []
    for phase in (PHASES[name] for name in phases):
        proposals = max(1, int(phase.proposals * effort / phase.steps))
        temperatures = np.geomspace(*phase.temperature, phase.steps)
        exactness = np.geomspace(*phase.exactness, phase.steps)
        labels = np.geomspace(*phase.labels, phase.steps)
        stages += [
            Stage(proposals, float(t), float(e), float(share))
            for t, e, share in zip(temperatures, exactness, labels, strict=True)
        ]
    return stages


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--start", type=Path, default=DEMO / "cohort.csv", help="cohort to change")
    parser.add_argument("--targets", type=Path, default=DEMO / "targets.yaml")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--effort", type=float, default=1.0, help="1: about ten minutes")
    parser.add_argument("--phases", nargs="*", choices=list(PHASES), default=list(PHASES))
    parser.add_argument("--hops", type=int, default=100, help="of the descent over pairs")
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> None:
    """Search and write the best cohort."""
    args = arguments(words)
    rows = read_rows(args.start)
    targets = read_targets(args.targets)
    base = to_base(rows)
    print("start:", report(score(base, targets))[0], flush=True)
    stages = cooling(args.phases, args.effort)
    problem = compile_problem(targets)
    best = search(base, problem, args.seed, stages)
    if args.hops:
        best = descend(best, problem, args.seed, args.hops)
    write_rows(args.out, rows, best)
    print("\n".join(report(score(best, targets))))


if __name__ == "__main__":
    main()
