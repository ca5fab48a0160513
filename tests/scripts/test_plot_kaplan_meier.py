"""The endpoint figure shows the ARD's numbers, at any width of study, and equal bytes."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.analysis.curves import read_curves
from scripts.lib.config.report import EndpointFigure
from scripts.lib.display.kaplan_meier_figure import (
    NOT_ESTIMABLE,
    draw,
    forest_panel,
    survival_panel,
)
from scripts.lib.display.survival_panel import choose_ticks
from scripts.lib.display.survival_results import estimate
from scripts.lib.errors import Stop
from scripts.plot_kaplan_meier import main
from tests.report_study import LABELS, STUDY, patients, svg_texts, write_study

ANALYSES = ("kaplan_meier", "cox_univariable", "subgroups")


def settings(**options):
    figure = EndpointFigure(
        label="Figure 1", title="PFS", endpoint="pfs", y_label="PFS (%)", **options
    )
    return {
        "figure": figure.model_dump(mode="json"),
        "study": STUDY,
        "labels": LABELS,
        "parameter": "PFS",
        "colours": [],
        "dpi": 100,
    }


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return write_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def ard(study):
    return ArdIndex.read(*(study / f"results/ard/{name}.csv" for name in ANALYSES))


def curves(study):
    return read_curves(study / "data/ard/curves/pfs.csv")


def run(study, folder, **options):
    outputs = {ending: str(folder / f"figure.{ending}") for ending in ("svg", "pdf", "png")}
    main(
        SimpleNamespace(
            input=SimpleNamespace(
                ard=[study / f"results/ard/{name}.csv" for name in ANALYSES],
                curves=study / "data/ard/curves/pfs.csv",
            ),
            output=outputs,
            params=SimpleNamespace(settings=settings(**options)),
        )
    )
    return folder


def test_shows_counts_medians_ratio_and_p_as_the_ard_prints_them(study, ard, tmp_path):
    texts = svg_texts(run(study, tmp_path) / "figure.svg")
    for arm in ("alpha", "beta"):
        key = {"analysis": "kaplan_meier", "parameter": "PFS", "group": arm}
        n, events = (ard.display(statistic=s, **key) for s in ("N", "events"))
        assert f"{events}/{n}" in texts
        assert estimate(ard, "median", **key) in texts
    key = {"analysis": "cox_univariable", "parameter": "PFS", "variable": "TRT01A"}
    hr, low, high, p = (
        ard.display(statistic=s, level="alpha", **key)
        for s in ("hr", "hr_ci_low", "hr_ci_high", "p_value")
    )
    assert f"{hr} ({low}–{high})" in texts
    assert p in texts


def test_numbers_at_risk_are_those_of_the_ard_at_the_ticks(study, ard):
    panel = survival_panel(ard, curves(study), settings(tick_months=3))
    for group, arm in zip(panel.groups, ("alpha", "beta"), strict=True):
        for month in (0, 3, 6, 9):
            key = {"analysis": "kaplan_meier", "parameter": "PFS", "group": arm}
            key |= {"variable": "time", "level": str(month)}
            assert group.at_risk[month] == ard.display(statistic="at_risk", **key)


def test_carries_the_study_notice_and_labels(study, tmp_path):
    texts = svg_texts(run(study, tmp_path) / "figure.svg")
    assert STUDY["notice"] in texts
    assert {"Alphamab", "Standard care", "Favours Alphamab", "PFS (%)", "Age, years"} <= texts


def test_every_subgroup_of_the_ard_has_its_line_in_its_order(ard):
    rows = forest_panel(ard, settings()).rows
    assert [row.label for row in rows] == [
        *("All patients", "Sex", "Male", "Female", "Age, years", "≤65", ">65"),
        *("Reason for stopping", "Resistance", "Other"),
    ]
    assert [row.heading for row in rows].count(True) == 3


def test_a_subgroup_without_one_arm_is_not_estimable(ard):
    row = forest_panel(ard, settings()).rows[-1]
    assert row.ratio is None
    assert (row.ratio_text, row.p) == (NOT_ESTIMABLE, "")
    assert row.arms[0][0] == "0/0"


def test_squares_stand_at_the_hazard_ratio_and_grow_with_events(ard):
    rows = [row for row in forest_panel(ard, settings()).rows if row.ratio and not row.overall]
    for row in rows:
        hr, low, high = row.ratio
        assert low < hr < high
        assert row.ratio_text.startswith(f"{hr:.3f}"[:4])
        assert row.events == sum(int(cells[0].split("/")[0]) for cells in row.arms)


def test_without_subgroups_there_is_one_panel(study, ard, tmp_path):
    texts = svg_texts(run(study, tmp_path, subgroups=False) / "figure.svg")
    assert "Favours Alphamab" not in texts
    assert "A" not in texts


def test_risk_table_may_count_censored_and_events(study, ard, tmp_path):
    texts = svg_texts(
        run(study, tmp_path, risk_table=["at_risk", "censored", "events"]) / "figure.svg"
    )
    assert {"Cumulative number censored", "Cumulative number of events"} <= texts
    curve = curves(study)["all", "alpha"]
    assert curve.counted("events", math.inf) == sum(curve.events)


def test_one_arm_has_curves_but_no_ratio(tmp_path):
    rows = patients()
    study = write_study(tmp_path, rows[rows.arm == "alpha"], subgroups=())
    ard = ArdIndex.read(*(study / f"results/ard/{n}.csv" for n in ("kaplan_meier",)))
    one = settings()
    one["study"] = STUDY | {"arms": STUDY["arms"][:1], "reference": "alpha"}
    panel = survival_panel(ard, curves(study), one)
    assert panel.columns == ["Events/n", "Median (95% CI), months"]
    assert draw(ard, curves(study), one).height > 80


def test_a_tick_without_a_number_at_risk_stops_with_the_remedy(study, ard):
    far = curves(study)
    far["all", "alpha"].time[-1] = 400.0
    with pytest.raises(Stop, match="no number at risk up to month .*until_months"):
        draw(ard, far, settings())


def test_without_a_risk_table_ticks_need_no_numbers(study, ard):
    far = curves(study)
    far["all", "alpha"].time[-1] = 400.0
    assert (
        draw(ard, far, settings(risk_table=[])).height < draw(ard, curves(study), settings()).height
    )


def test_with_three_arms_the_forest_plot_says_which_two_it_compares(ard):
    three = settings()
    other = {"id": "gamma", "label": "Gammamab"}
    three["study"] = STUDY | {"arms": [*STUDY["arms"], other]}
    assert forest_panel(ard, settings()).title == "Subgroups"
    title = forest_panel(ard, three).title
    assert title == "Subgroups: Alphamab against Standard care; interaction of all arms"
    three["figure"] |= {"compared": "gamma"}
    assert "Gammamab against" in forest_panel(ard, three).title
    three["figure"] |= {"compared": STUDY["reference"]}
    with pytest.raises(Stop, match="is none of alpha, gamma"):
        forest_panel(ard, three)


def test_after_the_last_time_of_everybody_nobody_is_at_risk(study, ard):
    longer = curves(study)
    panel = survival_panel(ard, longer, settings())
    for group in panel.groups:
        last = math.ceil(group.curve.time[-1])
        group.at_risk = {m: number for m, number in group.at_risk.items() if m <= last}
        assert group.number_at_risk(last + 1) == "0"
        assert group.number_at_risk(last) is not None
    assert choose_ticks(panel, 180.0)[-1] >= max(g.curve.time[-1] for g in panel.groups)


def test_ticks_of_a_follow_up_of_decades_are_whole_years_apart(study, ard):
    panel = survival_panel(ard, curves(study), settings(risk_table=[]))
    panel.groups[0].curve.time[-1] = 1000.0
    ticks = choose_ticks(panel, 180.0)
    assert ticks[-1] >= 1000 and len(ticks) <= 14
    assert ticks[1] % 12 == 0
