"""Table of one endpoint by several sets of rules: events, reasons of censoring, median, HR.

Inputs: results/ard/pfs_rule_sets.csv.

Outputs
    results/tables/pfs_rule_sets.csv, .json   per set of rules one row with counts, medians and HR,
        and below it each event and reason of censoring that a patient has; footnotes say
        what each set assumes

Source: labels from config/sensitivity.yaml (`pfs_rule_sets`).
"""

from typing import Any

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.display.effect_lines import count_cells, effect_cells, heads, methods
from scripts.lib.display.printed_table import Cell, PrintedTable, TableRow, write_printed_table
from scripts.lib.errors import run

ANALYSIS = "pfs_rule_sets"


def population(name: str) -> str:
    """Population of a set of rules."""
    return f"RULESET={name}"


def set_rows(ard: ArdIndex, one: dict[str, str], settings: dict[str, Any]) -> list[TableRow]:
    """One set of rules: the effect, then what ended the time."""
    key = {"analysis": ANALYSIS, "parameter": settings["parameter"]}
    key["population"] = population(one["id"])
    lines = [TableRow([Cell(one["label"]), *effect_cells(ard, settings, **key)], heading=True)]
    for variable, word in (("event", "event"), ("censored", "censored")):
        for row in ard.select(**key, variable=variable, statistic="n", group=""):
            if row.number:
                cells = count_cells(ard, settings, **key, variable=variable, level=row.level)
                lines.append(TableRow([Cell(f"{word}: {row.level}"), *cells], 1))
    return lines


def make(ard: ArdIndex, settings: dict[str, Any]) -> PrintedTable:
    """The whole table."""
    spec = settings["table"]
    lines = heads("Set of rules", settings)
    table = PrintedTable(settings["id"], spec["label"], spec["title"], lines)
    for one in settings["rule_sets"]:
        table.rows += set_rows(ard, one, settings)
    assumed = [f"{one['label']}: {one['assumes']}" for one in settings["rule_sets"]]
    table.footnotes = [*assumed, *methods(ard), *spec["footnotes"]]
    return table


def main(smk: Any) -> None:
    """Read the comparison, write the table."""
    table = make(ArdIndex.read(smk.input.ard), smk.params.settings)
    write_printed_table(table, smk.output.csv, smk.output.json)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
