"""Search for a SYNTHETIC cohort, in whole days, that has the printed statistics of the paper.

No patient is behind any row. The search starts from a cohort file, changes single patients so that
all counts stay, and keeps the cohort with the most numbers equal to print (must-haves first). The
same arguments and the same start give the same file.

    python -m scripts.tools.reconstruct_cohort --start OLD.csv --out NEW.csv --effort 1 --seed 1
"""

import argparse
from pathlib import Path

import numpy as np

from scripts.tools.reconstruction.annealing import Stage, search
from scripts.tools.reconstruction.cohort import read_rows, to_base, write_rows
from scripts.tools.reconstruction.scoring import report, score
from scripts.tools.reconstruction.targets import compile_problem, read_targets

DEMO = Path(__file__).parent / "demo"
PROPOSALS = 200_000


def cooling(hot: float, cold: float, steps: int, proposals: int, pull: float) -> list[Stage]:
    """Stages from temperature `hot` to `cold`."""
    return [
        Stage(max(1, proposals // steps), float(t), 1.0, pull)
        for t in np.geomspace(hot, cold, steps)
    ]


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--start", type=Path, default=DEMO / "cohort.csv")
    parser.add_argument("--targets", type=Path, default=DEMO / "targets.yaml")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--effort", type=float, default=1.0, help=f"in units of {PROPOSALS} moves")
    parser.add_argument("--hot", type=float, default=0.5, help="first temperature")
    parser.add_argument("--cold", type=float, default=0.05, help="last temperature")
    parser.add_argument("--steps", type=int, default=10, help="stages of the cooling")
    parser.add_argument("--pull", type=float, default=1.0, help="weight of numbers far from print")
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> None:
    """Search and write the best cohort."""
    args = arguments(words)
    rows = read_rows(args.start)
    targets = read_targets(args.targets)
    base = to_base(rows)
    print("start:", report(score(base, targets))[0], flush=True)
    stages = cooling(args.hot, args.cold, args.steps, int(PROPOSALS * args.effort), args.pull)
    best, _ = search(base, compile_problem(targets), args.seed * 1000, stages)
    write_rows(args.out, rows, best)
    print("\n".join(report(score(best, targets))))


if __name__ == "__main__":
    main()
