"""The forest plot shows the rows of the summary, what each assumes, and marks what fails."""

from __future__ import annotations

from typing import Any

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.analysis.summary_rows import combine
from scripts.lib.display.effect_forest import draw
from scripts.lib.display.figures import save
from scripts.plot_sensitivity import panel, panels
from tests.report_study import svg_texts
from tests.scripts.test_combine_sensitivity import SETTINGS as COMBINED
from tests.scripts.test_combine_sensitivity import model
from tests.scripts.test_tabulate_sensitivity import SETTINGS

DRAWN = SETTINGS | {"notice": "Synthetic data: no patient is in it."}


def ard(*rows: Any) -> ArdIndex:
    return ArdIndex(combine(ArdIndex(row for part in rows for row in part), COMBINED))


NOT_SUPPORTED = model("weighted", "overlap", 0.7, note="not supported: balance fails")


def test_numbers_assumptions_marks_and_notice_are_in_the_drawing(tmp_path) -> None:
    found = panels(ard(model("cox_univariable"), NOT_SUPPORTED), DRAWN)
    page = draw(found, DRAWN["notice"])
    save(page, [str(tmp_path / "sensitivity.svg")], "Every analysis", 100)
    texts = svg_texts(tmp_path / "sensitivity.svg")

    assert {"Primary analysis", "0.600 (0.400–0.900)"} <= texts
    assert {"Overlap weights", "0.700 (0.400–0.900)"} <= texts
    assert {"40/90", "0.012", "Not supported: balance fails.", DRAWN["notice"]} <= texts
    assert any(text.startswith("Marginal. Arms alike but for treatment") for text in texts)


def test_a_primary_diamond_and_hollow_squares_where_conditions_fail() -> None:
    found = panel(ard(model("cox_univariable"), NOT_SUPPORTED), "PFS", ("A", "PFS"), DRAWN)

    rows = [row for row in found.rows if not row.remark]
    assert [(row.overall, row.hollow) for row in rows] == [(True, False), (False, True)]


def test_without_an_estimate_there_is_no_square() -> None:
    found = panel(ard(model("cox_univariable", hr=None)), "PFS", ("", "PFS"), DRAWN)

    assert (found.rows[0].ratio, found.rows[0].ratio_text) == (None, "not estimable")
