"""Write the part of the results that may leave the hospital.

Inputs
    ard           results/ard/{analysis}.csv, all of them
    tables        results/tables/{table}.json, as printed
    attrition     data/analysis/attrition.csv
    template      the page
Outputs
    results/release/ard/{analysis}.csv   every statistic; what is withheld has no value, and
        `withheld` as its display and in a last column, status
    results/release/tables/{table}.csv   as printed, `withheld` in place of what may not be read
    results/release/flow.csv             the flow chart: criterion, label, group, n_before,
        n_excluded, n_unknown, n_after
    results/release/withheld.csv         what is withheld and why: file, key, reason
    results/release/index.html           what this folder is, and that list in short

Source: scripts/lib/analysis/disclosure.py; docs/release.md.
"""

import csv
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.lib.analysis.ard import COLUMNS, Row, format_key, parse_key, read_ard
from scripts.lib.analysis.disclosure import Fact, Facts, facts_of, flow_facts, withheld
from scripts.lib.display.printed_table import INDENT, Cell, PrintedTable, read_printed_table
from scripts.lib.errors import run
from scripts.lib.pages import environment, render, write
from scripts.lib.records import made_from
from scripts.lib.spreadsheets import neutral_row

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

WITHHELD = "withheld"
SIZE = re.compile(r"n\s*=\s*(\d+)")
COUNTED = re.compile(r"\d+ of \d+|\d+ [a-z-]*\s?(patient|event|row|death|subject)|n ?= ?\d", re.I)
NO_RESULT = re.compile(r"\d+(\.\d+)?\s*%|[≥≤<>=]\s*\d+(\.\d+)?|grade \d", re.I)
FLOW = ("criterion", "label", "group", "n_before", "n_excluded", "n_unknown", "n_after")


def released_row(row: Row, why: Mapping[tuple[str, ...], str]) -> list[str]:
    """A row of results as it may be read; its note only where it counts nobody."""
    note = "" if COUNTED.search(row.note) else row.note
    if row.key not in why:
        return [*row._replace(note=note)[: len(COLUMNS)], ""]
    return [*row.key, "", WITHHELD, row.method, why[row.key], WITHHELD]


def released_table(
    table: PrintedTable, why: Mapping[tuple[str, ...], str], small: Collection[int]
) -> tuple[list[list[str]], int]:
    """Head, rows and footnotes as they may be read, and how many cells are withheld.

    A cell goes where one of its statistics does, or where it has a number of which nothing says
    whence it comes; a footnote where it may tell a number of patients.

    Parameters
    ----------
    small
        Withheld sizes of groups: none of them stands in a head.
    """
    count = 0
    lines = [[shown_size(name, small) for name in table.column_names()]]
    for row in table.rows:
        first, *cells = row.cells
        texts = [WITHHELD if hides(cell, why) else cell.text + cell.mark for cell in cells]
        count += texts.count(WITHHELD)
        label = shown_size(first.text + first.mark, small)
        lines.append([INDENT * row.indent + label, *texts])
    notes = [note for note in table.footnotes if not re.search(r"\d", NO_RESULT.sub("", note))]
    return [*lines, *([note] for note in notes)], count


def hides(cell: Cell, why: Mapping[tuple[str, ...], str]) -> bool:
    """Whether a cell shows what is withheld, or a number without a source."""
    if not cell.keys:
        return bool(re.search(r"\d", cell.text))
    return any(full_key(key) in why for key in cell.keys)


def full_key(text: str) -> tuple[str, ...]:
    """The key columns of a row from their text."""
    found = parse_key(text)
    return tuple(found.get(name, "") for name in COLUMNS[:7])


def shown_size(text: str, small: Collection[int]) -> str:
    """`text` without a group's size that is withheld."""
    return SIZE.sub(lambda m: f"n {WITHHELD}" if int(m[1]) in small else m[0], text)


def released_steps(
    steps: Sequence[Mapping[str, str]], found: Sequence[Mapping[str, Fact]], facts: Facts
) -> list[list[str]]:
    """Rows of the flow chart as they may be read."""
    return [
        [WITHHELD if facts.hidden.get(here.get(name)) else step[name] for name in FLOW]
        for step, here in zip(steps, found, strict=True)
    ]


def read_steps(path: str | Path) -> list[dict[str, str]]:
    """The rows of the attrition table that follow each other."""
    with Path(path).open(encoding="utf-8", newline="") as handle:
        return [row for row in csv.DictReader(handle) if row["mode"] == "sequential"]


def write_csv(path: Path, lines: Iterable[Sequence[str]]) -> None:
    """Write lines of text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows(map(neutral_row, lines))


def main(smk: Any) -> None:
    """Read all results, find what must not be read, write the rest."""
    settings, folder = smk.params.settings, Path(smk.output.page).parent
    files = {Path(path).stem: read_ard(path) for path in smk.input.ard}
    rows = [row for part in files.values() for row in part]
    steps, minimum = read_steps(smk.input.attrition), settings["minimum"]
    facts, counts = facts_of(rows, minimum)
    sizes = {
        row.group: fact for row, fact in counts.items()
        if row.key[:3] == ("baseline", "", "all") and not row.variable and row.statistic == "N"
    }  # fmt: skip
    chart = flow_facts(facts, steps, sizes, minimum)
    facts.protect(minimum)
    why = withheld(rows, facts, counts)
    small = {facts.values[fact] for fact in facts.known if fact in facts.hidden}
    for name, part in files.items():
        lines = [released_row(row, why) for row in part]
        write_csv(folder / "ard" / f"{name}.csv", [[*COLUMNS, "status"], *lines])
    cells: Counter[str] = Counter()
    for path in smk.input.tables:
        lines, cells[Path(path).stem] = released_table(read_printed_table(path), why, small)
        write_csv(folder / "tables" / f"{Path(path).stem}.csv", lines)
    flow = released_steps(steps, chart, facts)
    write_csv(folder / "flow.csv", [FLOW, *flow])
    listed = [[row.analysis, format_key(row), why[row.key]] for row in rows if row.key in why]
    write_csv(folder / "withheld.csv", [("file", "key", "reason"), *listed])
    reasons = Counter((name, reason) for name, _, reason in listed)
    content = {
        "settings": settings, "made_from": made_from(settings["study"], smk.input),
        "reasons": [(*key, count) for key, count in sorted(reasons.items())],
        "tables": sorted(cells.items()), "flow": sum(line.count(WITHHELD) for line in flow),
    }  # fmt: skip
    template = Path(smk.input.template[0])
    write(render(environment(template.parent), template.name, content), smk.output.page)


if __name__ == "__main__":
    run(main, snakemake)
