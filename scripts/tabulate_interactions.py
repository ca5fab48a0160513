"""Table of the tests of interaction, their adjustments, and a note on multiplicity.

Inputs: results/ard/interactions.csv.
Outputs: results/tables/interactions.csv, .json (as those of tabulate_tables).
Source: config/sensitivity.yaml (`interactions`); nothing is computed here.
"""

from typing import Any

from scripts.lib.analysis.ard import ArdIndex, read_ard
from scripts.lib.analysis.formats import round_text
from scripts.lib.display.effect_cells import Analysis
from scripts.lib.display.printed_table import (
    Cell,
    Head,
    PrintedTable,
    TableRow,
    shown,
    write_printed_table,
)
from scripts.lib.errors import run

MARK = "ᵃ"
COLUMNS = {"p_interaction": "P for interaction", "p_holm": "Holm", "p_bh": "Benjamini-Hochberg"}


def multiplicity(ard: ArdIndex, parameter: str, alpha: float) -> str:
    """How many tests there were, and how many small P values chance alone lets expect."""
    family = int(ard.number(parameter=parameter, statistic="n") or 0)
    tests = ard.select(parameter=parameter, statistic="p_interaction")
    below = sum(row.number is not None and row.number < alpha for row in tests)
    holm = ard.select(parameter=parameter, statistic="p_holm")
    left = sum(row.number is not None and row.number < alpha for row in holm)
    return (
        f"{parameter}: {family} factors tested, {below} with P<{alpha:g} (by chance alone, "
        f"{round_text(family * alpha, 2)} would be expected), {left} after Holm's adjustment."
    )


def tests_of(ard: ArdIndex) -> list[str]:
    """The test of interaction and the adjustments, as the statistics name them."""
    notes: list[str] = []
    for statistic, head in COLUMNS.items():
        named: dict[str, dict[str, None]] = {}  # `test`, `1 df` or `2 df`
        for row in ard.select(statistic=statistic):
            if row.value:
                method = row.method.replace(f"x {row.variable}", "x factor")
                test, _, size = method.rpartition(", ")
                named.setdefault(test, {})[size] = None
        said = "; ".join(f"{test}, {' or '.join(sizes)}" for test, sizes in named.items())
        if said:
            notes.append(said if notes else f"{head}: {said}")
    notes[1:2] = [f"adjusted: {note}" for note in notes[1:2]]
    return [f"{'; '.join(notes)}. Two-sided, one test a factor and endpoint."] if notes else []


def tabulate(ard: ArdIndex, settings: dict[str, Any]) -> PrintedTable:
    """The whole table: a row a factor, three columns an endpoint."""
    parameters = settings["parameters"]
    heads = [
        [Head(""), *(Head(name, len(COLUMNS)) for name in parameters)],
        [Head("Factor"), *(Head(text) for _ in parameters for text in COLUMNS.values())],
    ]
    rows = []
    for variable, words in settings["labels"].items():
        late = variable in settings["post_baseline"]
        cells = [Cell(words["label"], MARK if late else "")]
        for parameter in parameters:
            for statistic in COLUMNS:
                key = {"parameter": parameter, "variable": variable, "statistic": statistic}
                row = ard.find(**key)
                cells.append(shown([row], row.display if row else "-"))
        rows.append(TableRow(cells))
    notes = [
        *tests_of(ard),
        *(multiplicity(ard, name, settings["alpha"]) for name in parameters),
        "Subgroup analyses are exploratory: a difference between subgroups that disappears on "
        "adjustment is no evidence that the treatment effect differs.",
    ]
    if set(settings["post_baseline"]) & set(settings["labels"]):
        notes.append(f"{MARK}Known only after the start of treatment.")
    part = settings["part"]["table"]
    notes = [*part["footnotes"], *notes]
    return PrintedTable("interactions", part["label"], part["title"], heads, rows, notes)


def main(smk: Any) -> None:
    """Read the tests, write the table."""
    table = tabulate(Analysis(read_ard(*smk.input.ard)), smk.params.settings)
    write_printed_table(table, smk.output.csv, smk.output.json)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
