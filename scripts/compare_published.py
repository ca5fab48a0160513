"""Every number that the paper prints beside ours.

Inputs: config/published.csv (printed numbers, and where ours are), results/ard/{analysis}.csv.

Outputs
    results/tables/published_comparison.csv           one row per printed number
        id, where, printed | as printed
        ours               | our number, with the printed number of decimals
        ard_file, ard_key  | the row of Analysis Results Data, or the setting, that it is
        status     | equal (at the printed digits), within_half_day (durations), differs,
                     cannot_be_reproduced
        difference | ours - printed, in the printed unit; empty where one of them is no number
        reason     | why it cannot be reproduced, or has no number
    results/tables/published_comparison.summary.json  counts by status, and one line that says so

Source: docs/contracts.md, "Comparison with the paper".
"""

import csv
import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from scripts.lib.analysis.ard import ArdIndex, Row, parse_key
from scripts.lib.analysis.formats import format_p, round_text
from scripts.lib.display.published import SEVERAL, PublishedNumber, read_published
from scripts.lib.errors import run
from scripts.lib.spreadsheets import neutral_row

EQUAL, NEAR, DIFFERS, NOT = "equal", "within_half_day", "differs", "cannot_be_reproduced"
STATUSES = (EQUAL, NEAR, DIFFERS, NOT)
COLUMNS = (
    "id", "where", "printed", "ours", "ard_file", "ard_key", "status", "difference", "reason",
)  # fmt: skip
HALF_DAY = 0.5 + 1e-9
LEAST, MOST = "<0.001", ">0.999"


class Comparison(NamedTuple):
    """Our number as text, the verdict, and ours - printed where both are numbers."""

    ours: str
    status: str
    difference: float | None = None
    reason: str = ""


def decimals(printed: str) -> int:
    """Number of printed decimals."""
    return len(printed.partition(".")[2])


def as_number(text: str) -> float | None:
    """The number in a printed text; None for inequalities, NA, dates and versions."""
    try:
        return float(text)
    except ValueError:
        return None


def compare_inequality(printed: str, rows: list[Row]) -> Comparison:
    """`<0.001` and `>0.999` are ways to print a P value; `>0.05` holds for every statistic."""
    missing = [row.note for row in rows if row.number is None]
    if missing:
        return Comparison("", DIFFERS, None, missing[0])
    found = [row.number for row in rows if row.number is not None]
    if printed in (LEAST, MOST) and len(rows) == 1:
        ours = format_p(found[0], decimals(printed))
        return Comparison(ours, EQUAL if _same_p(printed, ours) else DIFFERS)
    bound, extreme = float(printed[1:]), min(found) if printed[0] == ">" else max(found)
    holds = extreme > bound if printed[0] == ">" else extreme < bound
    return Comparison(format_p(extreme), EQUAL if holds else DIFFERS)


def _same_p(printed: str, ours: str) -> bool:
    """Whether two printed P values are the same; 1.000 equals >0.999."""
    return printed == ours or {printed, ours} == {MOST, "1.000"}


def compare_number(number: PublishedNumber, row: Row, days_per_month: float) -> Comparison:
    """A printed number with one of ours, at the printed digits."""
    ours, places = row.number, decimals(number.printed)
    printed = as_number(number.printed)
    if ours is None or printed is None:
        same = ours is None and number.printed == row.display
        return Comparison(row.display, EQUAL if same else DIFFERS, None, "" if same else row.note)
    text = row.display if decimals(row.display) == places else round_text(ours, places)
    difference = ours - printed
    if text == number.printed or (number.unit == "p" and _same_p(number.printed, text)):
        return Comparison(text, EQUAL, difference)
    near = number.unit == "months" and abs(difference) * days_per_month <= HALF_DAY
    return Comparison(text, NEAR if near else DIFFERS, difference)


def compare_setting(number: PublishedNumber, value: Any) -> Comparison:
    """A printed setting with the configuration that ran; a share of 1 is 100 percent."""
    printed = _iso_date(number.printed)
    if isinstance(value, float) and number.unit == "percent" and value <= 1:
        value = round(100 * value, 9)
    ours = f"{value:g}" if isinstance(value, float) else str(value)
    same = ours == printed
    if number.unit != "version" and as_number(ours) is not None:
        same = as_number(ours) == as_number(printed)
    return Comparison(ours, EQUAL if same else DIFFERS)


def _iso_date(printed: str) -> str:
    """`January 31, 2019` as 2019-01-31; other texts as they are."""
    months = "January February March April May June July August September October November December"
    match = re.fullmatch(r"([A-Z][a-z]+) (\d+), (\d{4})", printed)
    if not match or match[1] not in months.split():
        return printed
    return dt.date(int(match[3]), months.split().index(match[1]) + 1, int(match[2])).isoformat()


def compare(
    number: PublishedNumber, index: dict[str, ArdIndex], settings: dict[str, Any]
) -> Comparison:
    """One printed number with ours."""
    if number.reason and not number.ard_key:
        return Comparison("", NOT, None, number.reason)
    if number.is_setting:
        value = settings["settings"].get(number.ard_key, "")
        found = compare_setting(number, value)
    else:
        found = compare_statistic(number, index[number.ard_file], settings["days_per_month"])
    return found._replace(status=NOT, reason=number.reason) if number.reason else found


def compare_statistic(number: PublishedNumber, ard: ArdIndex, days_per_month: float) -> Comparison:
    """A printed number with one row of results, or a printed inequality with several."""
    rows = [ard.find(**parse_key(key)) for key in number.ard_key.split(SEVERAL)]
    present = [row for row in rows if row is not None]
    if len(present) < len(rows):
        return Comparison("", DIFFERS, None, "no such result: not analysed, or not in the model")
    if number.printed[0] in "<>":
        return compare_inequality(number.printed, present)
    return compare_number(number, present[0], days_per_month)


def comparison_line(statuses: Iterable[str]) -> str:
    """What a run ends with; a number that cannot be reproduced does not count."""
    counts = Counter(statuses)
    total = sum(counts[status] for status in (EQUAL, NEAR, DIFFERS))
    line = f"paper: {counts[EQUAL]} of {total} reproducible numbers equal"
    return f"{line}, {counts[NEAR]} within half a day" if counts[NEAR] else line


def table_row(number: PublishedNumber, found: Comparison) -> list[str]:
    """A row of the output."""
    difference = "" if found.difference is None else repr(round(found.difference, 9))
    where = (number.id, number.where, number.printed, found.ours, number.ard_file, number.ard_key)
    return [*where, found.status, difference, found.reason]


def main(smk: Any) -> None:
    """Compare all, write rows and summary."""
    numbers = read_published(Path(smk.input.published))
    index = {str(path): ArdIndex.read(path) for path in smk.input.ard}
    found = [compare(number, index, smk.params.settings) for number in numbers]
    with Path(smk.output.comparison).open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(map(neutral_row, map(table_row, numbers, found)))
    statuses = [one.status for one in found]
    summary = {"line": comparison_line(statuses)} | {s: statuses.count(s) for s in STATUSES}
    Path(smk.output.summary).write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
