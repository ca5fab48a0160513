"""The table says where hazards are not proportional, and what stands beside the hazard ratio."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.lib.analysis.ard import ArdBuilder, ArdIndex
from scripts.lib.analysis.proportional_hazards_rows import check_endpoint
from scripts.lib.display.printed_table import PrintedTable
from scripts.tabulate_proportional_hazards import ProportionalHazardsTable
from tests.scripts.test_check_proportional_hazards import OWN, SETTINGS, model_of, veteran

BESIDE = [
    "Beside the hazard ratio", "Hazard ratio, treatment alone", "Hazard ratio, multivariable model",
    "Restricted mean to 18.17 months [at risk]", "Survival at 3 months [at risk]",
    "Survival at 6 months [at risk]",
]  # fmt: skip


def settings(alpha: float) -> dict[str, Any]:
    return {
        "id": "proportional_hazards",
        "table": {"label": "Table S1", "title": "Tests.", "footnotes": ["OS, overall survival."]},
        "arms": {"standard": "Standard", "test": "Test"},
        "reference": "standard",
        "endpoints": {"OS": "Overall survival"},
        "labels": {
            "age": {"label": "Age", "unit": "years", "levels": {}, "late": False},
            "celltype": {"label": "Cell type", "unit": "", "levels": {}, "late": True},
        },
        "alpha": alpha,
        "level": "95%",
        "absent": "-",
    }


def made(alpha: float) -> PrintedTable:
    frame = veteran()
    rows = check_endpoint(frame, model_of(frame), OWN, SETTINGS | {"alpha": alpha})[0].rows
    cox = ArdBuilder("cox_multivariable", "OS")
    cox.add_all({"hr": 1.4, "hr_ci_low": 0.9, "hr_ci_high": 2.0}, variable="TRT01A", level="test")
    return ProportionalHazardsTable(ArdIndex([*rows, *cox.rows]), settings(alpha)).make()


def texts(table: PrintedTable) -> list[list[str]]:
    return [[cell.text + cell.mark for cell in row.cells] for row in table.rows]


def test_restricted_means_and_survival_stand_there_whatever_the_tests_say() -> None:
    rows = texts(table := made(1e-12))

    assert [row[0] for row in rows] == [
        "Overall survival (events/n 128/137)", "Treatment", "Age", "Cell type†",
        "All terms together", *BESIDE,
    ]  # fmt: skip
    assert rows[1][1:3] == ["3.537 (1)", "0.060"]
    assert table.footnotes[0] == (
        "Overall survival: the tests do not speak against proportional hazards of treatment."
    )
    assert "†Known only after the start of treatment." in table.footnotes


def test_where_a_test_fails_the_table_says_so_and_shows_what_stands_beside() -> None:
    rows = texts(table := made(0.07))

    assert rows[1][1:3] == ["3.537 (1)", "0.060*"]
    labels = [row[0] for row in rows[5:]]
    assert labels == [
        "Beside the hazard ratio*", *BESIDE[1:]
    ]  # fmt: skip
    assert rows[7][3] == "1.400 (0.900-2.000)"
    assert rows[-1][3] == "0.020 (-0.124 to 0.165)"
    assert table.footnotes[0].startswith(
        "Overall survival: hazards are not proportional (treatment (treatment alone, P=0.060)"
    )


@pytest.mark.parametrize("alpha", [1e-12, 0.07])
def test_every_row_has_a_cell_in_every_column(alpha: float) -> None:
    table = made(alpha)

    assert {len(row.cells) for row in table.rows} == {len(table.column_names())}
