"""Figures of the checks show the rows of the results; what has no number says why."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from scripts.estimate_interactions import adjust
from scripts.lib.analysis.ard import ArdBuilder, ArdIndex
from scripts.lib.display.figures import SMALL, TEXT, save, text_width
from scripts.lib.display.model_panels import BEYOND, FAILED, FINE
from scripts.plot_checks import (
    ADJUSTED,
    imputation_panels,
    interaction_panels,
    model_check_panels,
    page_of,
)
from tests.report_study import svg_texts
from tests.scripts import test_check_models as checked
from tests.scripts import test_fit_imputation as imputed

LABELS: dict[str, Any] = {
    "TRT01A": {"label": "Treatment", "levels": {"new": "Newmab", "old": "Standard"}},
    "age": {"label": "Age", "levels": {}},
    "sex": {"label": "Sex", "levels": {"female": "Female"}, "late": True},
    "stage": {"label": "Stage", "levels": {}},
}
SHARED: dict[str, Any] = {
    "notice": "Synthetic data: no patient is in it.",
    "level": "95%",
    "endpoints": {"PFS": "Progression-free survival"},
    "labels": LABELS,
}
LIMITS = {"min_events_per_parameter": 10, "min_events_in_level": 5, "max_vif": 5}
MODELS = SHARED | LIMITS
FACTORS = SHARED | {"alpha": 0.05}


def texts(tmp_path, name: str, ard: ArdIndex, settings: dict[str, Any]) -> set[str]:
    """What stands in the drawing."""
    save(page_of(name, ard, settings), [str(tmp_path / f"{name}.svg")], "Checks", 60)
    return svg_texts(tmp_path / f"{name}.svg")


def models(ard: ArdIndex, **other: Any):
    (panel,) = model_check_panels(ard, MODELS | other)
    return {line.label: number for number, line in enumerate(panel.lines)}, panel


def interactions(**p_values: float | None) -> ArdIndex:
    ard = ArdBuilder("subgroups", "PFS")
    for name, p in p_values.items():
        note = "" if p is not None else "not estimable: one level"
        ard.add("p_interaction", p, variable=name, note=note)
    return ArdIndex(adjust(ArdIndex(ard.rows), "PFS", {"printed": {}}))


# ---- what the models rest on ---------------------------------------------------------------------


def test_every_model_has_its_events_per_parameter_and_fewest_events():
    ard = checked.checks(checked.patients())
    lines, panel = models(ard)
    assert list(lines) == ["Multivariable model", "Treatment", "Age", "Sex†", "Stage"]
    events = sum(checked.R["data"]["event"])
    assert panel.lines[0].text == f"{events}/5"
    each, fewest, inflation = (strip.cells for strip in panel.strips)
    assert each[lines["Stage"]][0].value == pytest.approx(events / 2)
    known = [row.number for row in ard.select(statistic="events", variable="stage", **checked.ALONE)
             if row.level]  # fmt: skip
    assert len(known) == 3 and fewest[lines["Stage"]][0].value == min(known)
    assert fewest[lines["Age"]] == "" and inflation[lines["Multivariable model"]] == ""
    vif = ard.number(statistic="vif", variable="age", analysis="model_checks", parameter="PFS",
                     **checked.WHOLE)  # fmt: skip
    assert inflation[lines["Age"]][0].value == vif


@pytest.mark.parametrize(("strip", "limit"), list(enumerate(LIMITS)))
def test_a_number_beyond_its_limit_looks_different(strip, limit):
    worst = {"max_vif": 1.0001}.get(limit, 1000)
    lines, panel = models(checked.checks(checked.patients()))
    _, marked = models(checked.checks(checked.patients()), **{limit: worst})
    place = lines["Stage"]
    assert panel.strips[strip].cells[place][0].look == FINE
    assert marked.strips[strip].cells[place][0].look == BEYOND


def test_a_separated_level_is_hollow_at_nought_and_has_firths_hazard_ratio_in_words():
    frame = checked.patients()
    frame.loc[frame["stage"] == "III", "event"] = False
    lines, panel = models(checked.checks(frame))
    each, fewest, _ = (strip.cells for strip in panel.strips)
    place = lines["Stage"]
    assert each[place][0].look == FINE | FAILED
    assert fewest[place][0].value == 0 and panel.strips[1].nought
    patients = int((frame["stage"] == "III").sum())
    said = panel.lines[place].remarks
    assert said[0] == f"III: 0 of {patients} patients with event (no event in this level)"
    assert said[1].startswith("III: HR 0.") and "Firth's penalised likelihood" in said[1]
    assert any(text.startswith("Stage: III: HR 0.") for text in panel.lines[0].remarks)


def test_what_is_collinear_or_not_estimable_is_said():
    frame = checked.exactly(checked.patients())
    terms = [*checked.TERMS, checked.NUMBER]
    ard = checked.checks(frame, [*checked.CHOSEN, "weight"], terms=terms)
    labels = LABELS | {"weight": {"label": "Weight", "levels": {}}}
    lines, panel = models(ard, labels=labels)
    assert panel.strips[2].cells[lines["Weight"]] == "Not estimable"
    said = panel.lines[0].remarks
    assert said[0].endswith("condition number not estimable: given exactly by the other terms")
    exactly = (
        "Age; Sex†; Stage; Weight; Treatment: VIF not estimable: given exactly by the other terms"
    )
    assert exactly in said


def test_a_covariate_that_is_not_collected_is_a_line_without_marks(tmp_path):
    gone = {"name": "kps", "kind": "numeric", "levels": None, "not_collected": True}
    ard = checked.checks(checked.patients(), terms=[*checked.TERMS, gone])
    labels = LABELS | {"kps": {"label": "KPS", "levels": {}}}
    lines, panel = models(ard, labels=labels)
    assert [strip.cells[lines["KPS"]] for strip in panel.strips] == ["Not collected", "", ""]
    shown = texts(tmp_path, "model_checks", ard, MODELS | {"labels": labels})
    assert {"KPS", "Not collected", SHARED["notice"]} <= shown


# ---- tests of interaction ------------------------------------------------------------------------


def test_each_factor_has_its_p_value_and_both_adjustments():
    ard = interactions(age=0.01, stage=0.04, sex=None)
    (panel,) = interaction_panels(
        ard, FACTORS | {"labels": {n: LABELS[n] for n in list(LABELS)[1:]}}
    )
    (strip,) = panel.strips
    # R: p.adjust(c(.01, .04), "holm"); "BH"
    assert [dot.value for dot in strip.cells[0]] == pytest.approx([0.01, 0.02, 0.02])
    assert strip.cells[1] == "Not estimable" and panel.lines[1].label == "Sex†"
    assert strip.limit == 0.05
    assert [dot.look for dot in strip.cells[2]] == [look for look, _, _ in ADJUSTED.values()]


def test_two_endpoints_share_one_axis_and_a_third_stands_below():
    rows = [row for end in "XYZ" for row in interactions(age=0.001).rows
            for row in [row._replace(parameter=end)]]  # fmt: skip
    rows = [row._replace(value="0.3") if row.parameter == "Y" else row for row in rows]
    ends = {end: f"Endpoint {end}" for end in "XYZ"}
    panels = interaction_panels(ArdIndex(rows), FACTORS | {"endpoints": ends})
    assert [len(panel.strips) for panel in panels] == [2, 1]
    assert {strip.ends for panel in panels for strip in panel.strips} == {(0.001, 1.0)}


def test_without_any_test_there_is_no_axis(tmp_path):
    labels = {"age": LABELS["age"]}
    shown = texts(tmp_path, "interactions", interactions(age=None), FACTORS | {"labels": labels})
    assert "Not estimable" in shown
    assert not shown & {"0.05", "0.1", "1", "P value (log scale)"}


# ---- imputed beside complete cases ---------------------------------------------------------------


def imputation(frame: pd.DataFrame):
    ard = imputed.models(frame)
    (panel,) = imputation_panels(ard, SHARED)
    return ard, panel


def test_imputed_stands_below_complete_cases_with_the_missing_information():
    frame = imputed.with_holes(imputed.patients())
    ard, panel = imputation(frame)
    headings = [row.label for row in panel.rows if row.heading]
    assert headings[-2:] == ["Stage: III", "Treatment: Newmab"] and "Sex†: Female" in headings
    complete, pooled = panel.rows[1:3]
    assert (complete.label, pooled.label) == ("Complete cases", "Multiple imputation")
    lacking = int(frame["age"].isna().sum())
    assert complete.arms[0][1] == f"{lacking} ({100 * lacking / len(frame):.1f}%)"
    assert (complete.hollow, pooled.hollow) == (True, False)
    row = imputed.row(ard, "fmi", "imputed", variable="age")
    assert pooled.last == row.display == f"{row.number:.3f}" and complete.last == ""
    assert pooled.ratio[0] == imputed.row(ard, "hr", "imputed", variable="age").number


def test_with_nothing_missing_one_line_stands_for_both():
    _, panel = imputation(imputed.patients())
    lines = {row.label for row in panel.rows if not row.heading}
    assert lines == {"Both: nothing is missing"}


def test_what_cannot_be_imputed_is_said_and_leaves_no_empty_axis(tmp_path):
    ard, panel = imputation(imputed.all_missing(imputed.patients()))
    assert not any(row.ratio for row in panel.rows)
    shown = texts(tmp_path, "imputation", ard, SHARED)
    assert any("known of nobody" in text for text in shown) and "not estimable" in shown
    assert "Hazard ratio (log scale)" not in shown
    assert "Multiple imputation" not in {row.label for row in panel.rows}


def test_without_a_model_the_figure_says_so(tmp_path):
    shown = texts(tmp_path, "imputation", ArdIndex([]), SHARED)
    assert "No covariate was chosen: there is no model." in shown


# ---- every figure --------------------------------------------------------------------------------

LONG = "A covariate of another study whose label runs on and on until it must be set in lines"
FIGURES = [
    ("model_checks", lambda: checked.checks(checked.patients(event=False)), MODELS),
    ("model_checks", lambda: checked.checks(checked.patients()), MODELS),
    ("imputation", lambda: imputed.models(imputed.with_holes(imputed.patients())), SHARED),
    ("interactions", lambda: interactions(age=0.03, sex=1e-12, stage=None), FACTORS),
]


@pytest.mark.parametrize(("name", "ard", "settings"), FIGURES)
def test_no_text_leaves_the_page_whatever_the_labels(name, ard, settings):
    labels = {key: words | {"label": f"{LONG} {key}"} for key, words in LABELS.items()}
    page = page_of(name, ard(), settings | {"labels": labels})
    for text in page.paper.texts:
        x, size = text.get_position()[0], text.get_fontsize()
        assert size in (SMALL, TEXT) or size > TEXT
        width = text_width(text.get_text(), size, text.get_fontweight())
        left = {"left": x, "center": x - width / 2, "right": x - width}[text.get_ha()]
        assert left >= 0 and left + width <= page.width, text.get_text()
    assert SHARED["notice"] in {text.get_text() for text in page.paper.texts}


@pytest.mark.parametrize(("name", "ard", "settings"), FIGURES)
def test_the_same_results_give_the_same_bytes(tmp_path, name, ard, settings):
    files = [tmp_path / f"{turn}.{ending}" for turn in (1, 2) for ending in ("svg", "pdf")]
    for turn in (0, 2):
        page = page_of(name, ard(), settings)
        save(page, [str(path) for path in files[turn : turn + 2]], "Checks", 60)
    assert files[0].read_bytes() == files[2].read_bytes()
    assert files[1].read_bytes() == files[3].read_bytes()


def test_three_arms_are_levels_of_treatment():
    frame = imputed.patients()
    frame.loc[frame.index % 4 == 0, "TRT01A"] = "third"
    ard = imputed.models(frame, arms=["new", "old", "third"])
    headings = [row.label for row in imputation_panels(ard, SHARED)[0].rows if row.heading]
    assert headings[-2:] == ["Treatment: Newmab", "Treatment: third"]


def test_endpoints_have_letters_only_where_there_are_several():
    ard = checked.checks(checked.patients())
    two = ArdIndex([*ard.rows, *(row._replace(parameter="OS") for row in ard.rows)])
    ends = {"PFS": "Progression-free survival", "OS": "Overall survival"}
    assert [p.letter for p in model_check_panels(ard, MODELS)] == [""]
    assert [p.letter for p in model_check_panels(two, MODELS | {"endpoints": ends})] == ["A", "B"]
