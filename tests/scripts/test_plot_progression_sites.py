"""Bars are as high as the ARD's percentages, and name count, percentage and P."""

from __future__ import annotations

import pytest

from scripts.lib.analysis.ard import ArdBuilder, ArdIndex
from scripts.lib.analysis.describe import add_not_collected
from scripts.lib.config.report import SitesFigure
from scripts.lib.display.figures import save
from scripts.lib.display.progression_sites_figure import bars, draw
from scripts.lib.errors import Stop
from tests.report_study import STUDY, svg_texts


def ard():
    builder = ArdBuilder("progression_sites")
    for name, counts in {"BRAIN": (10, 30), "LIVER": (0, 5)}.items():
        for arm, n, total in zip(("alpha", "beta"), counts, (40, 60), strict=True):
            where = {"group": arm, "variable": name, "level": "yes"}
            builder.add("n", n, **where)
            builder.add("percent", 100 * n / total, **where)
    builder.add("p_value", 0.0123, variable="BRAIN")
    builder.add("p_value", 0.0001, variable="LIVER", level="yes")
    return ArdIndex(builder.rows)


def settings(**variables):
    figure = SitesFigure(label="Figure 3", title="Sites", variables=variables)
    shown = figure.model_dump(mode="json")
    return {"figure": shown, "study": STUDY, "colours": [], "dpi": 100}


def test_heights_and_texts_are_those_of_the_ard():
    brain, liver = bars(ard(), settings(BRAIN="Brain", LIVER="Liver")["figure"], STUDY["arms"])
    assert brain["heights"] == [25.0, 50.0]
    assert brain["texts"] == [("25.0", "10"), ("50.0", "30")]
    assert (brain["p"], liver["p"]) == ("0.012", "<0.001")


def test_figure_holds_labels_numbers_and_notice(tmp_path):
    path = tmp_path / "sites.svg"
    save(draw(ard(), settings(BRAIN="Brain", LIVER="Liver")), [str(path)], "Sites", 100)
    texts = svg_texts(path)
    assert {"Brain", "25.0", "(10)", "P = 0.012", "P < 0.001", STUDY["notice"]} <= texts


def test_an_unknown_variable_stops_with_its_name():
    with pytest.raises(Stop, match="SPLEEN has no level yes"):
        draw(ard(), settings(SPLEEN="Spleen"))


def test_a_site_that_is_not_collected_says_so(tmp_path):
    builder = ArdBuilder("progression_sites")
    add_not_collected(builder, "BONE", ["", "alpha", "beta"])
    path = tmp_path / "sites.svg"
    both = ArdIndex([*ard().rows, *builder.rows])
    save(draw(both, settings(BRAIN="Brain", BONE="Bone")), [str(path)], "Sites", 100)
    texts = svg_texts(path)
    assert any("Bone (not" in text for text in texts) and "25.0" in texts
