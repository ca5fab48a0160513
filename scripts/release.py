"""Write the part of the results that may leave the hospital.

Inputs
    ard           results/ard/{analysis}.csv, all of them
    curves        data/ard/curves/{endpoint}.csv: who leaves when, which says what months show
    tables        results/tables/{table}.json, as printed
    attrition     data/analysis/attrition.csv
    adsl          data/analysis/adsl.parquet: which groups of patients make up others
    template      the page
Outputs
    results/release/ard/{analysis}.csv   every statistic, computed ones as printed; what is withheld
        has no value, and `withheld` as its display and in a last column, status
    results/release/tables/{table}.csv   as printed, `withheld` in place of what may not be read
    results/release/figures/{figure}.svg, .png   drawn from the released results alone
    results/release/flow.csv             the flow chart: criterion, label, group, n_before,
        n_excluded, n_unknown, n_after
    results/release/withheld.csv         what is withheld and why: file, key, reason
    results/release/index.html           what this folder is, the figures, and that list in short

Source: scripts/lib/analysis/disclosed_results.py, disclosed_curves.py; docs/release.md.
"""

import csv
import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.lib.analysis.ard import COLUMNS, ArdIndex, Row, format_key, parse_key, read_ard
from scripts.lib.analysis.curves import LEFT_OUT, Curve, read_curves
from scripts.lib.analysis.disclosed_curves import months_shown
from scripts.lib.analysis.disclosed_results import (
    AT_RISK,
    BEYOND,
    COUNTS,
    TIME,
    facts_of,
    flow_facts,
    withheld,
)
from scripts.lib.analysis.disclosure import Fact, Facts
from scripts.lib.display import (
    attrition_figure,
    kaplan_meier_figure,
    progression_sites_figure,
    strata_figure,
)
from scripts.lib.display.figures import Page, save
from scripts.lib.display.printed_table import INDENT, Cell, PrintedTable, read_printed_table
from scripts.lib.errors import run
from scripts.lib.pages import environment, render, write
from scripts.lib.records import made_from
from scripts.lib.spreadsheets import neutral_row
from scripts.lib.tables import read_table

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

Key = tuple[str, ...]
WITHHELD = "withheld"
PLAIN = re.compile(r"-?\d+(\.\d+)?")
SIZE = re.compile(r"n\s*=\s*(\d+)")
COUNTED = re.compile(r"\d+ of \d+|\d+ [a-z-]*\s?(patient|event|row|death|subject)|n ?= ?\d", re.I)
NO_RESULT = re.compile(r"\d+(\.\d+)?\s*%|[≥≤<>=]\s*\d+(\.\d+)?|grade \d", re.I)
FLOW = ("criterion", "label", "group", "n_before", "n_excluded", "n_unknown", "n_after")


def released_row(row: Row, why: Mapping[Key, str]) -> list[str]:
    """A row of results as it may be read: what is computed to the digits that are printed.

    More digits would tell the numbers behind a percentage or a test. A note stays where it counts
    nobody.
    """
    if row.key in why:
        return [*row.key, "", WITHHELD, row.method, why[row.key], WITHHELD]
    note = "" if tells_number(row.note) else row.note
    value = row.value
    if row.value and row.statistic not in (*COUNTS, AT_RISK, "df"):
        value = row.display if PLAIN.fullmatch(row.display) else ""
    return [*row._replace(value=value, note=note)[: len(COLUMNS)], ""]


def tells_number(text: str) -> bool:
    """Whether a text may tell a number of patients."""
    return bool(COUNTED.search(text) or re.search(r"\d", NO_RESULT.sub("", text)))


def left_out(rows: Iterable[Row], why: Mapping[Key, str]) -> set[Key]:
    """Rows that are not even named: counts of other rules, and months after a curve's last one.

    That there is a row of a month says that somebody was followed so long.
    """
    found = {key for key, reason in why.items() if reason == BEYOND}
    last: dict[Key, float] = defaultdict(float)
    for row in rows:
        if row.variable == TIME and row.key not in why:
            last[row.key[:4]] = max(last[row.key[:4]], float(row.level))
    late = {row.key for row in rows if row.variable == TIME and row.level and row.key in why}
    return found | {key for key in late if float(key[5]) > last[key[:4]]}


def released_table(
    table: PrintedTable, why: Mapping[Key, str], small: Collection[int]
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
    notes = [note for note in table.footnotes if not tells_number(note)]
    return [*lines, *([note] for note in notes)], count


def hides(cell: Cell, why: Mapping[Key, str]) -> bool:
    """Whether a cell shows what is withheld, or a number without a source."""
    if not cell.keys:
        return bool(re.search(r"\d", cell.text))
    return any(full_key(key) in why for key in cell.keys)


def full_key(text: str) -> Key:
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
        [WITHHELD if here.get(name) in facts.hidden else step[name] for name in FLOW]
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


# ---- figures, drawn from what is released alone

LEGEND = f"{LEFT_OUT}: withheld, since a number from 1 to {{}} could be told from it."
STEPS = (
    "Curves are known at the points alone: between two, at least {} had the event or nobody, and "
    "at least as many were censored or nobody."
)


def released_ard(rows: Iterable[Row], why: Mapping[Key, str], gone: Collection[Key]) -> ArdIndex:
    """The results as figures may show them."""
    return ArdIndex(
        row._replace(value="", display=LEFT_OUT, note="") if row.key in why else row
        for row in rows if row.key not in gone
    )  # fmt: skip


def released_curve(ard: ArdIndex, parameter: str, population: str, group: str) -> Curve:
    """A curve at the months that are shown; nothing says when anybody was censored."""
    where = {"parameter": parameter, "population": population, "group": group}
    key = {"analysis": "kaplan_meier", "variable": TIME, **where}
    levels = [row.level for row in ard.select(statistic="survival", **key) if row.value]
    columns = [
        [ard.number(statistic=name, level=level, **key) for level in levels]
        for name in ("survival", "survival_ci_low", "survival_ci_high")
    ]
    survival, low, high = ([math.nan if n is None else n for n in column] for column in columns)
    nobody = [0] * max(len(levels), 1)
    if not levels:
        return Curve([0.0], [1.0], [1.0], [1.0], nobody, nobody, whole=False)
    times = [float(level) for level in levels]
    return Curve(times, survival, low, high, nobody, nobody, whole=False)


def draw_figure(
    spec: Mapping[str, Any],
    ard: ArdIndex,
    curves: Mapping[str, dict[Any, Curve]],
    steps: list[dict[str, str]],
    minimum: int,
) -> Page:
    """One figure, with what its signs mean at its foot."""
    settings = dict(spec["settings"])
    survival = spec["kind"] in ("kaplan_meier", "strata")
    signs = (LEGEND.format(minimum - 1), STEPS.format(minimum) if survival else "")
    notice = "\n".join(filter(None, (*signs, settings["study"]["notice"])))
    settings["study"] = settings["study"] | {"notice": notice}
    if spec["kind"] == "attrition":
        return attrition_figure.draw(attrition_figure.mark_late(steps, settings["late"]), settings)
    if spec["kind"] == "progression_sites":
        return progression_sites_figure.draw(ard, settings)
    # a median stands where half the patients are, between two steps; only numbers at risk are known
    settings["figure"] = settings["figure"] | {"median_lines": False, "risk_table": [AT_RISK]}
    draw = strata_figure.draw if spec["kind"] == "strata" else kaplan_meier_figure.draw
    return draw(ard, curves[settings["parameter"]], settings)


def main(smk: Any) -> None:
    """Read all results, find what must not be read, write the rest."""
    settings, folder = smk.params.settings, Path(smk.output.page).parent
    files = {Path(path).stem: read_ard(path) for path in smk.input.ard}
    rows = [row for part in files.values() for row in part]
    steps, minimum = read_steps(smk.input.attrition), settings["minimum"]
    curves = {
        settings["parameters"][Path(path).stem]: read_curves(path) for path in smk.input.curves
    }
    facts, counts = facts_of(rows, minimum, read_table(smk.input.adsl))
    sizes = {
        row.group: fact for row, fact in counts.items()
        if row.key[:3] == ("baseline", "", "all") and not row.variable and row.statistic == "N"
    }  # fmt: skip
    chart = flow_facts(facts, steps, sizes, minimum)
    facts.protect(minimum)
    why = withheld(
        rows, facts, counts, readable_months(curves, rows, facts, counts, minimum), minimum
    )
    gone = left_out(rows, why)
    small = {facts.values[fact] for fact in facts.known if fact in facts.hidden}
    for name, part in files.items():
        lines = [released_row(row, why) for row in part if row.key not in gone]
        write_csv(folder / "ard" / f"{name}.csv", [[*COLUMNS, "status"], *lines])
    cells: Counter[str] = Counter()
    for path in smk.input.tables:
        lines, cells[Path(path).stem] = released_table(read_printed_table(path), why, small)
        write_csv(folder / "tables" / f"{Path(path).stem}.csv", lines)
    flow = released_steps(steps, chart, facts)
    write_csv(folder / "flow.csv", [FLOW, *flow])
    listed = [
        [row.analysis, what_is_gone(row) if row.key in gone else format_key(row), why[row.key]]
        for row in rows if row.key in why
    ]  # fmt: skip
    distinct = [*dict.fromkeys(map(tuple, listed))]
    write_csv(folder / "withheld.csv", [("file", "key", "reason"), *distinct])
    ard = released_ard(rows, why, gone)
    drawn = {
        parameter: {key: released_curve(ard, parameter, *key) for key in found}
        for parameter, found in curves.items()
    }
    shown = [
        dict(zip(FLOW, (LEFT_OUT if cell == WITHHELD else cell for cell in line), strict=True))
        for line in flow
    ]
    for name, spec in settings["figures"].items():
        figure, page = spec["settings"]["figure"], draw_figure(spec, ard, drawn, shown, minimum)
        paths = [path for path in smk.output.figures if Path(path).stem == name]
        save(page, paths, figure["title"], spec["settings"]["dpi"])
    reasons = Counter((name, reason) for name, _, reason in distinct)
    content = {
        "settings": settings, "made_from": made_from(settings["study"], smk.input),
        "reasons": [(*key, count) for key, count in sorted(reasons.items())],
        "figures": [
            {"file": f"figures/{name}.svg"} | {
                key: spec["settings"]["figure"][key] for key in ("label", "title")
            } for name, spec in settings["figures"].items()
        ],
        "tables": sorted(cells.items()), "flow": sum(line.count(WITHHELD) for line in flow),
    }  # fmt: skip
    template = Path(smk.input.template[0])
    write(render(environment(template.parent), template.name, content), smk.output.page)


def readable_months(
    curves: Mapping[str, Mapping[Any, Curve]],
    rows: Iterable[Row],
    facts: Facts,
    counts: Mapping[Row, Fact],
    minimum: int,
) -> dict[Key, list[float]]:
    """Months of each curve that may be read, by parameter, population and group."""
    shown: dict[tuple[str, str], set[Key]] = defaultdict(set)
    for row, fact in counts.items():
        if row.analysis == "kaplan_meier" and not row.variable and fact not in facts.hidden:
            shown[row.parameter, row.statistic].add((row.population, row.group))
    months: dict[str, set[float]] = defaultdict(set)
    for row in rows:
        if row.analysis == "kaplan_meier" and row.variable == TIME:
            months[row.parameter].add(float(row.level))
    return {
        (parameter, *key): places
        for parameter, found in curves.items()
        for key, places in months_shown(
            found, sorted(months[parameter]), shown[parameter, "N"], shown[parameter, "events"],
            minimum,
        ).items()
    }  # fmt: skip


def what_is_gone(row: Row) -> str:
    """In place of the key of a row that is left out as a whole."""
    if row.variable == TIME:
        return format_key(row._replace(level="", statistic="")) + "; later months"
    return f"statistic={row.statistic}"


if __name__ == "__main__":
    run(main, snakemake)
