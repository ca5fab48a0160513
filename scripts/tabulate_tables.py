"""The tables of the study, from the Analysis Results Data alone.

Inputs: results/ard/{analysis}.csv of every analysis that a table names; for Cox tables
data/ard/{analysis}/{endpoint}.csv.

Outputs
    results/tables/{table}.csv    heads and rows as printed; levels are indented by two spaces
    results/tables/{table}.json   title, heads, rows (each cell with the keys of its statistics),
        footnotes and the tests used; the workbook, the document and the page are made from it

Source: layout and labels from config/report.yaml (`report.tables`).
"""

from typing import Any

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.display.cox_table import CoxTableMaker
from scripts.lib.display.group_table import GroupTableMaker
from scripts.lib.display.printed_table import write_printed_table
from scripts.lib.errors import run

MAKERS: dict[str, type[GroupTableMaker] | type[CoxTableMaker]] = {
    "groups": GroupTableMaker,
    "cox": CoxTableMaker,
}


def main(smk: Any) -> None:
    """Read the statistics of each table, write it."""
    tables = zip(smk.params.settings.items(), smk.output.csv, smk.output.json, strict=True)
    for (name, settings), csv, json in tables:
        maker = MAKERS[settings["table"]["layout"]](ArdIndex.read(*settings["ard"]), settings)
        write_printed_table(maker.make(name), csv, json)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
