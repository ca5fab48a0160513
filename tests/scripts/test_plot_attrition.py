"""The flow chart shows the sequential counts, one way down an arm after the split."""

from __future__ import annotations

import pytest

from scripts.lib.config.report import AttritionFigure
from scripts.lib.display.attrition_figure import draw, mark_late, read_steps, split
from scripts.lib.display.figures import save
from scripts.lib.errors import Stop
from tests.report_study import ATTRITION, STUDY, svg_texts

SETTINGS = {
    "figure": AttritionFigure(label="Flow", title="Patients").model_dump(mode="json"),
    "study": STUDY,
    "colours": [],
    "dpi": 100,
}


@pytest.fixture
def attrition(tmp_path):
    path = tmp_path / "attrition.csv"
    path.write_text(ATTRITION, encoding="utf-8")
    return path


def test_steps_before_and_after_the_split(attrition):
    before, arms = split(read_steps(attrition))
    assert [row["criterion"] for row in before] == ["age", "arm"]
    assert {arm: [r["criterion"] for r in rows] for arm, rows in arms.items()} == {
        "alpha": ["early"],
        "beta": ["early"],
    }


def test_every_count_stands_in_its_box(attrition, tmp_path):
    path = tmp_path / "flow.svg"
    save(draw(read_steps(attrition), SETTINGS), [str(path)], "Patients", 100)
    texts = svg_texts(path)
    assert {"n = 100", "n = 97", "n = 90", "n = 40", "n = 50", "n = 32", "n = 48"} <= texts
    assert {"Excluded: n = 3", "Not known: n = 1", "Excluded: n = 8"} <= texts
    assert {"Aged 18 or more", "Alphamab", "Analysed", STUDY["notice"]} <= texts


def test_without_a_split_the_chart_is_one_way_down(attrition):
    rows = [row for row in read_steps(attrition) if not row["group"]]
    assert draw(rows, SETTINGS).height < draw(read_steps(attrition), SETTINGS).height


def test_no_criterion_applied_stops(tmp_path):
    path = tmp_path / "attrition.csv"
    path.write_text(ATTRITION.splitlines()[0] + "\n", encoding="utf-8")
    with pytest.raises(Stop, match="no sequential row"):
        read_steps(path)


def test_a_criterion_that_looks_ahead_is_marked(attrition):
    rows = mark_late(read_steps(attrition), ["age"])

    labels = {row["criterion"]: row["label"] for row in rows}
    assert labels["age"].endswith("†")
    assert not any(label.endswith("†") for name, label in labels.items() if name != "age")
