"""Tables of weighting, model checks and imputation: numbers of the ARD, marks with words."""

from __future__ import annotations

import pandas as pd
import pytest

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.display.check_tables import MAKERS
from tests.footnotes import stale, unnamed
from tests.scripts import test_check_models as checked
from tests.scripts import test_estimate_weighted as weighted
from tests.scripts import test_fit_imputation as imputed

ARMS = [{"id": "new", "label": "Newmab"}, {"id": "old", "label": "Standard"}]
LABELS = {
    "TRT01A": {"label": "Treatment", "unit": "", "levels": {"new": "Newmab"}},
    "age": {"label": "Age", "unit": "years", "levels": {}},
    "sex": {"label": "Sex", "unit": "", "levels": {"female": "Female"}},
    "stage": {"label": "Stage", "unit": "", "levels": {}},
}


def made(name: str, ard: ArdIndex, arms=ARMS, labels=LABELS):
    settings = {
        "id": name,
        "table": {"label": "Table S", "title": "A title.", "footnotes": ["HR, hazard ratio."]},
        "arms": arms,
        "reference": "old",
        "level": "95%",
        "parameters": ["PFS"],
        "labels": labels,
    }
    table = MAKERS[name](ard, settings)
    assert all(len(row.cells) == len(table.column_names()) for row in table.rows)
    assert unnamed(table, ard) == stale(table, ard) == []
    assert sum(head.span for head in table.heads[0]) == len(table.column_names())
    return table


def texts(table, first: str) -> list[str]:
    """The row whose first cell is `first`, each cell with its mark."""
    row = next(row for row in table.rows if row.cells[0].text == first)
    return [cell.text + cell.mark for cell in row.cells]


def test_an_unsupported_effect_bears_a_mark_that_says_why():
    table = made("weighted", weighted.results(weighted.patients(), min_overlap=100.0))
    hr = texts(table, "Overlap weights")[4]
    assert hr.endswith("ᵃ") and not texts(table, "Unweighted")[4].endswith("ᵃ")
    assert any(note.startswith("ᵃNot supported: positivity fails") for note in table.footnotes)
    assert table.footnotes[-1] == "HR, hazard ratio."


def test_a_score_that_cannot_be_fitted_leaves_the_reason_in_the_cell():
    adsl = weighted.separated(weighted.patients())
    cells = texts(made("weighted", weighted.results(adsl)), "Overlap weights")
    assert cells[1:4] == ["-", "-", "-"] and "separation" in cells[4]


def test_three_arms_have_a_heading_for_each_comparison():
    adsl = weighted.patients()
    adsl.loc[adsl.index % 5 == 0, "TRT01A"] = "third"
    ard = weighted.results(adsl, arms=["new", "old", "third"])
    table = made("weighted", ard, [*ARMS, {"id": "third", "label": "Third"}])
    headings = [row.cells[0].text for row in table.rows if row.heading]
    assert headings == ["Newmab against Standard", "Third against Standard"]


def test_each_weighting_has_its_own_test():
    notes = made("weighted", weighted.results(weighted.patients())).footnotes
    tests = next(note for note in notes if note.startswith("P-values: "))
    assert "model-based variance, Wald test and limits (Unweighted)" in tests
    assert "(Inverse probability weights; Overlap weights)" in tests


def test_patients_left_out_are_said():
    adsl = weighted.patients()
    adsl.loc[0, "stage"] = pd.NA
    notes = made("weighted", weighted.results(adsl)).footnotes
    assert any(note.startswith("1 patient") for note in notes)


def test_a_level_without_event_shows_firths_hazard_ratio():
    frame = checked.patients()
    frame.loc[frame["stage"] == "III", "event"] = False
    table = made("model_checks", checked.checks(frame))
    cells = texts(table, "Stage: III")
    assert cells[3].rstrip("ᵃᵇᶜ") == "0" and "(" in cells[-1]
    assert any("Firth" in note for note in table.footnotes)
    assert texts(table, "Multivariable")[1] == "180"


def test_the_models_stand_in_declared_order():
    table = made("model_checks", checked.checks(checked.patients(), ["stage"]))
    names = [row.cells[0].text for row in table.rows if row.indent == 1]
    assert names == ["Multivariable", "Treatment", "Age", "Sex", "Stage"]


@pytest.mark.parametrize("holes", [False, True])
def test_imputed_stands_beside_complete_cases(holes):
    frame = imputed.patients()
    table = made("imputation", imputed.models(imputed.with_holes(frame) if holes else frame))
    cells = texts(table, "Treatment: Newmab")
    assert (cells[2:4] != cells[4:6]) == holes
    notes = " ".join(table.footnotes)
    assert ("Rubin's rules" in notes, "nothing missing" in notes) == (holes, not holes)


def test_what_cannot_be_imputed_is_said():
    table = made("imputation", imputed.models(imputed.all_missing(imputed.patients())))
    assert texts(table, "Treatment: Newmab")[4] == "-"
    assert any("known of nobody" in note for note in table.footnotes)


@pytest.mark.parametrize(
    ("name", "ard", "label"),
    [
        ("model_checks", lambda: checked.checks(checked.patients()), "Sex†"),
        ("imputation", lambda: imputed.models(imputed.patients()), "Sex†: Female"),
    ],
)
def test_what_is_known_only_later_is_marked(name, ard, label):
    late = LABELS | {"sex": LABELS["sex"] | {"late": True}}
    table = made(name, ard(), labels=late)
    assert texts(table, label)
    assert "†Known only after the start of treatment." in table.footnotes
    assert not any("†" in note for note in made(name, ard()).footnotes)
