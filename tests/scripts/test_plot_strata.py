"""The figure of strata: every curve of a variable, its P, order and names from the config."""

from __future__ import annotations

import pytest

from scripts.lib.analysis.ard import BY_ARM, ArdIndex
from scripts.lib.analysis.curves import read_curves
from scripts.lib.config.report import StrataFigure
from scripts.lib.display.figures import save
from scripts.lib.display.strata_figure import draw, strata_panel
from scripts.lib.display.survival_panel import SOLID
from scripts.lib.errors import Stop
from tests.report_study import LABELS, STUDY, svg_texts, write_study

PANELS = [
    {"title": "Alphamab by pattern", "variable": "PATTERN", "arm": "alpha"},
    {"title": "By radiotherapy", "variable": "RT", "label": "{arm}, {level}"},
    {"title": "Named", "variable": "RT", "labels": {"alpha yes": "Both", "no": "Neither"}},
]


def settings(panels=PANELS):
    figure = StrataFigure(label="S1", title="Strata", endpoint="pfs", panels=panels)
    return {
        "figure": figure.model_dump(mode="json"),
        "study": STUDY,
        "labels": LABELS,
        "parameter": "PFS",
        "colours": [],
        "dpi": 100,
    }


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    study = write_study(tmp_path_factory.mktemp("study"))
    paths = (study / f"results/ard/{name}.csv" for name in ("kaplan_meier", "log_rank"))
    return ArdIndex.read(*paths), read_curves(study / "data/ard/curves/pfs.csv")


def panel(data, number):
    chosen = settings()
    return strata_panel(*data, chosen["figure"]["panels"][number], "A", chosen)


def test_within_an_arm_a_curve_for_each_level_in_declared_order(data):
    shown = panel(data, 0)
    assert [group.label for group in shown.groups] == ["Alone", "Combined"]
    assert len({group.colour for group in shown.groups}) == 2
    p = data[0].display(
        analysis="log_rank", parameter="PFS", group="alpha", variable="PATTERN", statistic="p_value"
    )
    assert shown.remark == f"Log-rank P = {p}"


def test_across_arms_colour_is_the_arm_and_dashes_the_level(data):
    shown = panel(data, 1)
    assert [group.label for group in shown.groups] == [
        *("Alphamab, No", "Alphamab, Yes", "Standard care, No", "Standard care, Yes")
    ]
    first, second, third, _ = shown.groups
    assert first.colour == second.colour != third.colour
    assert (first.dashes == SOLID, second.dashes == SOLID) == (False, True)


def test_curves_may_be_named_in_the_config(data):
    labels = [group.label for group in panel(data, 2).groups]
    assert labels == ["Neither", "Both", "Neither", "Yes"]


def test_all_panels_are_lettered_and_hold_the_notice(data, tmp_path):
    chosen = settings()
    path = tmp_path / "figure.svg"
    save(draw(*data, chosen), [str(path)], "Strata", 100)
    assert {"A", "B", "C", "By radiotherapy", STUDY["notice"]} <= svg_texts(path)


def test_a_variable_without_curves_stops_with_the_remedy(data):
    chosen = settings([{"title": "x", "variable": "NONE"}])
    with pytest.raises(Stop, match="no curves by NONE.*statistics.yaml"):
        draw(*data, chosen)


def test_a_panel_of_what_is_not_collected_says_so(data, tmp_path):
    chosen = settings([PANELS[0], {"title": "By KPS", "variable": "KPS"}])
    path = tmp_path / "figure.svg"
    save(draw(*data, chosen | {"not_collected": ["KPS"]}), [str(path)], "Strata", 100)
    assert {"By KPS", "Not collected", "Alone"} <= svg_texts(path)


def test_groups_formed_after_the_start_are_marked_and_explained(data, tmp_path):
    chosen = settings([PANELS[1]])
    chosen["labels"] = LABELS | {"RT": LABELS["RT"] | {"late": True}}
    chosen["time_varying"] = "Table SXI"
    path = tmp_path / "late.svg"
    save(draw(*data, chosen), [str(path)], "Strata", 100)
    texts = " ".join(sorted(svg_texts(path)))
    assert "By radiotherapy†" in texts and "immortal time" in texts and "Table SXI" in texts
    save(draw(*data, settings([PANELS[1]])), [str(path)], "Strata", 100)
    assert "†" not in " ".join(svg_texts(path))


def test_across_arms_the_test_stratified_by_arm_stands_beside(data):
    ard, curves = data
    where = {"analysis": "log_rank", "parameter": "PFS", "variable": "RT", "statistic": "p_value"}
    whole = ard.row(**where)
    both = ArdIndex([*ard.rows, whole._replace(level=BY_ARM, display="0.848")])
    chosen = settings()
    shown = strata_panel(both, curves, chosen["figure"]["panels"][1], "A", chosen)
    first, second = shown.remark.splitlines()
    assert first == f"Log-rank P = {whole.display} (4 groups, treatment among what differs)"
    assert second == "Stratified by arm P = 0.848"
