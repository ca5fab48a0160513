"""Write the demonstration extract, or a larger one of the same layout.

    python -m scripts.demo.generate_extract                      the demonstration extract
    python -m scripts.demo.generate_extract --check              are the committed files those?
    python -m scripts.demo.generate_extract --patients 100000 --out DIR --seed 1 --parts 4

Everything is SYNTHETIC. The demonstration matches the paper (DOI 10.3892/ol.2026.15638); it
takes its 160 analysed patients from `scripts/demo/cohort.csv`. Larger extracts hold random
values and match nothing. Same arguments, same bytes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scripts.demo.extract.demonstration import build_demonstration
from scripts.demo.extract.large import write_large

ROOT = Path(__file__).resolve().parents[2]
COHORT = ROOT / "scripts/demo/cohort.csv"
SEED = 20260504


def read_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cohort", type=Path, default=COHORT, help="rows that are analysed")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--patients", type=int, help="write a larger extract of so many patients")
    parser.add_argument("--out", type=Path, help="folder of the larger extract")
    parser.add_argument("--parts", type=int, default=1, help="files for each table")
    chosen = parser.parse_args(arguments)
    if (chosen.patients is None) != (chosen.out is None):
        parser.error("--patients and --out go together")
    if chosen.patients is not None and not 1 <= chosen.parts <= chosen.patients <= 5_000_000:
        parser.error("--patients must be 1 to 5,000,000, --parts 1 to the number of patients")
    return chosen


def main(arguments: list[str] | None = None) -> int:
    """Write or check; 1 when the committed files differ."""
    chosen = read_arguments(arguments)
    if chosen.patients is not None:
        rows = write_large(chosen.out, chosen.patients, chosen.seed, chosen.parts)
        print(f"{rows:,} rows of {chosen.patients:,} patients in {chosen.out}")
        return 0
    files = build_demonstration(chosen.cohort, chosen.seed)
    if chosen.check:
        stale = [name for name, content in files.items() if not _holds(ROOT / name, content)]
        for name in stale:
            print(f"{name} is not what the generator writes; run it without --check")
        return 1 if stale else 0
    for name, content in files.items():
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not _holds(path, content):
            path.write_bytes(content)
    return 0


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


if __name__ == "__main__":
    sys.exit(main())
