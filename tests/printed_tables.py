"""Two small printed tables, as `tabulate_tables` writes them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from scripts.lib.display.printed_table import (
    Cell,
    Head,
    PrintedTable,
    TableRow,
    write_printed_table,
)

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = {
    "title": "A study",
    "notice": "Synthetic data.",
    "delivery": "2026-05",
    "data_cutoff": "2024-12-31",
}
SCRIPT = """
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from scripts.{script} import main
from tests.inputs import Inputs
from tests.printed_tables import SETTINGS, write_tables
folder = Path(sys.argv[1])
os.chdir(folder)  # names of inputs count: as a study has them
main(SimpleNamespace(
    input=Inputs(tables=write_tables(Path()), sensitivity=[]),
    output=["out"],
    params=SimpleNamespace(settings=SETTINGS),
))
"""

KEY = "analysis=baseline; population=all; group=alpha; variable=SEX; level=male; statistic=n"

BASELINE = PrintedTable(
    "table1",
    "Table I",
    "Baseline characteristics.",
    [
        [
            Head("Characteristic"),
            Head("Alphamab (n=40)"),
            Head("Standard care (n=60)"),
            Head("P-value"),
        ]
    ],
    [
        TableRow([Cell("Sex, n (%)"), Cell(), Cell(), Cell("0.012", "ᵃ")], heading=True),
        TableRow([Cell("Male"), Cell("30 (75.0)", keys=[KEY]), Cell("30 (50.0)"), Cell()], 1),
        TableRow([Cell("Female", "ᵇ"), Cell("10 (25.0)"), Cell("30 (50.0)"), Cell()], 1),
    ],
    ["ᵃP<0.05.", "ᵇA second note."],
)
COX = PrintedTable(
    "table2",
    "Table II",
    "Risk factors of PFS.",
    [
        [Head(""), Head("Univariable analysis", 2), Head("Multivariable analysis", 2)],
        [Head("Factor"), *[Head("HR (95% CI)"), Head("P-value")] * 2],
    ],
    [
        TableRow([Cell("Age"), Cell("1.003 (0.983-1.023)"), Cell("0.795"), Cell(), Cell()]),
        TableRow([Cell("Sex"), *[Cell()] * 4], heading=True),
        TableRow([Cell("Male"), Cell("Reference"), *[Cell()] * 3], 1),
    ],
    ["HR, hazard ratio."],
)


def write_tables(folder: Path) -> list[Path]:
    """Write both; paths of the JSON files."""
    paths = []
    for table in (BASELINE, COX):
        paths.append(folder / f"{table.id}.json")
        write_printed_table(table, folder / f"{table.id}.csv", paths[-1])
    return paths


def bytes_with_seed(script: str, seed: str, folder: Path) -> bytes:
    folder.mkdir()
    """What the script writes with that hash seed."""
    environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "HOME": str(folder)}
    code = SCRIPT.format(script=script)
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True, cwd=ROOT, env=environment)
    return (folder / "out").read_bytes()
