"""The figure of balance shows the numbers of the ARD; what cannot be weighted is said."""

from __future__ import annotations

import pytest

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.analysis.curves import read_curves
from scripts.lib.analysis.survival_rows import write_curves
from scripts.lib.analysis.weighted_rows import estimate
from scripts.lib.config.confounding import BalanceFigure
from scripts.lib.display.figures import save
from scripts.plot_balance import compared, covariates, draw, survival_panel
from tests.report_study import svg_texts
from tests.scripts import test_estimate_weighted as weighted
from tests.scripts.test_tabulate_checks import ARMS, LABELS


def shown(tmp_path, adsl, arms=ARMS, **other):
    """Results, curves and settings of a figure of these patients."""
    names = [arm["id"] for arm in arms]
    survival = weighted.settings()["survival"]
    months = survival | {"days_per_month": 30.4375, "every_months": 1, "until_months": 60}
    chosen = weighted.settings(arms=names, survival=months, **other)
    rows, curves = estimate(adsl, weighted.times(adsl), chosen)
    write_curves(curves["PFS"], tmp_path / "pfs.csv")
    figure = BalanceFigure(label="S", title="Balance", caption="")
    settings = {
        "figure": figure.model_dump(mode="json"),
        "study": {"notice": "Made up.", "arms": arms, "reference": "old", "confidence_level": 0.95},
        "max_smd": 0.1,
        "parameters": ["PFS"],
        "labels": LABELS,
        "colours": [],
        "dpi": 60,
    }
    return ArdIndex(rows), {"PFS": read_curves(tmp_path / "pfs.csv")}, settings


def drawn(tmp_path, *figure):
    page = draw(*figure)
    save(page, [str(tmp_path / "balance.svg")], "Balance", 60)
    return svg_texts(tmp_path / "balance.svg")


def test_every_covariate_has_a_line_and_the_effect_its_numbers(tmp_path):
    ard, curves, settings = figure = shown(tmp_path, weighted.patients())
    words = drawn(tmp_path, *figure)
    for label in ("Age, years", "Sex: Female", "Stage: I", "Stage: II", "Stage: III"):
        assert label in words
    hr = ard.display(
        analysis="weighted", population="overlap", statistic="hr", **weighted.TREATMENT
    )
    assert any(text.startswith(f"HR {hr} (") for text in words)
    assert "Made up." in words
    lines = covariates(ard, compared(settings["study"]), LABELS)
    assert max(line.smd["overlap"] for line in lines) < 1e-9


@pytest.mark.parametrize(("least", "marked"), [(100.0, True), (0.0, False)])
def test_an_unsupported_effect_says_so(tmp_path, least, marked):
    ard, curves, settings = shown(tmp_path, weighted.patients(), min_overlap=least, max_smd=0.5)
    panel = survival_panel(ard, curves["PFS"], "PFS", "B", settings)
    assert panel.remark.endswith("; not supported") == marked


def test_without_a_score_the_figure_gives_the_reason(tmp_path):
    words = drawn(tmp_path, *shown(tmp_path, weighted.separated(weighted.patients())))
    assert any("separation" in text for text in words)
    assert "Unweighted" in words and "Overlap weights" not in words


def test_with_three_arms_each_is_compared_with_the_reference(tmp_path):
    adsl = weighted.patients()
    adsl.loc[adsl.index % 5 == 0, "TRT01A"] = "third"
    arms = [*ARMS, {"id": "third", "label": "Third"}]
    words = drawn(tmp_path, *shown(tmp_path, adsl, arms))
    reference = next(arm["label"] for arm in ARMS if arm["label"] != "Newmab")
    for label in ("Newmab", "Third"):
        assert any(label in text and reference in text for text in words), label
    assert {"A", "D"} <= set(words)  # two love plots, two endpoints each
