"""Compare values that R computed from a cohort (`demo/verify.R`) with the list of printed numbers.

Usage: python -m scripts.demo.reconstruction.compare VALUES.csv PUBLISHED.yaml SCORE.csv
"""

import csv
import re
import sys
from collections import Counter
from pathlib import Path

import yaml

from scripts.demo.reconstruction.cohort import DAYS_PER_MONTH

# printed numbers that no cohort file can hold: settings, cut-offs, adverse events
NOT_SCORED = re.compile(
    r"(methods\.|table5\.|results\.ae\.|abstract\.ae_|table1\.footnote|abstract\.n\."
    r"|table[34]\.(kps|pfs1)_cut|subgroup\.(age|pfs1)_cut)"
)


def is_equal(printed: str, ours: float | None) -> bool:
    """Whether `ours`, rounded as printed, is what was printed."""
    if printed == "NA" or ours is None:
        return printed == "NA" and ours is None
    if printed.startswith("<"):
        return round(ours, 3) < float(printed[1:])
    if printed.startswith(">"):
        return ours > (0.9995 - 1e-12 if printed == ">0.999" else float(printed[1:]))
    half = 0.5 * 10.0 ** -len(printed.partition(".")[2])
    return abs(ours - float(printed)) <= half + 1e-9


def is_hit(printed: str, ours: float | None, unit: str) -> bool:
    """Equal as printed, or a time within half a day."""
    if is_equal(printed, ours):
        return True
    if unit != "months" or printed == "NA" or ours is None:
        return False
    return abs(ours - float(printed)) * DAYS_PER_MONTH <= 0.5 + 1e-9


def read_values(path: Path) -> dict[str, float | None]:
    """Values by id; None where R says NA."""
    with path.open(newline="") as handle:
        return {
            row["id"]: None if row["value"].strip() in ("NA", "NaN") else float(row["value"])
            for row in csv.DictReader(handle)
        }


def main(values_path: str, published_path: str, score_path: str) -> None:
    """Write one row per scored id and print the totals."""
    values = read_values(Path(values_path))
    document = yaml.safe_load(Path(published_path).read_text(encoding="utf-8"))
    leaves = next(part for part in document.values() if isinstance(part, list))
    rows, totals = [], Counter[str]()
    for leaf in leaves:
        name, printed = leaf["id"], str(leaf["value"])
        if NOT_SCORED.match(name):
            continue
        ours = values[name]
        hit, equal = is_hit(printed, ours, leaf.get("unit", "")), is_equal(printed, ours)
        totals.update(scored=1, hit=int(hit), equal=int(equal))
        text = "NA" if ours is None else f"{ours:.6g}"
        rows.append((name, printed, text, "yes" if hit else "no", "yes" if equal else "no"))
    with Path(score_path).open("w", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["id", "printed", "ours", "hit", "equal_as_printed"])
        writer.writerows(rows)
    print(
        f"{totals['hit']} of {totals['scored']} scored ids equal as printed or, for times, within"
        f" half a day; {totals['equal']} equal in all printed digits"
    )


if __name__ == "__main__":
    main(*sys.argv[1:4])
