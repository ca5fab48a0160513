"""Every patient swims once, the longest course first; durations show the numbers of the ARD."""

import pytest

from scripts.lib.analysis.ard import ArdBuilder, ArdIndex
from scripts.lib.analysis.curves import Curve
from scripts.lib.analysis.response_rows import SWIMMER
from scripts.lib.config.response_limits import ResponseLimits
from scripts.lib.display.figures import save
from scripts.lib.display.swimmer_panel import (
    legend_entries,
    legend_places,
    marks,
    read_courses,
    row_height,
)
from scripts.plot_response import draw_durations, draw_swimmers
from tests.report_study import STUDY, svg_texts

ROWS = [
    ("alpha", 5.0, 3.0, 1, 1, 2.0, "", 0, 0),
    ("alpha", 9.0, 9.0, 0, 0, 1.0, 4.0, 1, 1),
    ("beta", 2.0, 2.0, 1, 0, "", "", 0, 0),
]


def settings(**rates):
    part = ResponseLimits(
        rates=rates or {"ORR": "Response"},
        table={"label": "T", "title": "Response"},
        swimmer={"label": "F", "title": "Courses", "x_label": "Months of treatment"},
        duration={"label": "F", "title": "Durations"},
    )
    return {"part": part.model_dump(mode="json"), "study": STUDY, "colours": [], "dpi": 100}


@pytest.fixture
def courses(tmp_path):
    lines = [",".join(SWIMMER), *(",".join(map(str, row)) for row in ROWS)]
    (tmp_path / "swimmer.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_courses(tmp_path / "swimmer.csv")


def test_the_longest_course_comes_first_and_keeps_its_marks(courses):
    assert [course.time for course in courses["alpha"]] == [9.0, 5.0]
    found = {(kind, filled): (xs, ys) for kind, filled, xs, ys in marks(courses["alpha"])}
    assert found == {
        ("partial", True): ([1.0], [0.5]),
        ("complete", True): ([4.0], [0.5]),
        ("going", True): ([9.0], [0.5]),
        ("partial", False): ([2.0], [1.5]),
        ("progressed", True): ([3.0], [1.5]),
        ("dead", True): ([5.0], [1.5]),
    }


def test_the_figure_holds_arms_marks_and_notice(courses, tmp_path):
    path = tmp_path / "swimmer.svg"
    save(draw_swimmers(courses, settings()), [str(path)], "Courses", 100)
    expected = {
        "Alphamab (n=2)",
        "Standard care (n=1)",
        "Partial response, unconfirmed",
        "Complete response, confirmed",
        "Death",
        "Months of treatment",
        STUDY["notice"],
    }
    assert expected <= svg_texts(path)  # fmt: skip


def test_an_arm_without_patients_has_no_panel(courses, tmp_path):
    path = tmp_path / "swimmer.svg"
    save(draw_swimmers({"beta": courses["beta"]}, settings()), [str(path)], "Courses", 100)
    assert "Standard care (n=1)" in svg_texts(path)
    assert not any("Alphamab" in text for text in svg_texts(path))


def test_rows_are_lower_the_more_there_are_and_never_vanish():
    assert row_height(5, 170) > row_height(93, 170) > row_height(5000, 170) > 0


def test_the_legend_keeps_within_the_page(courses):
    entries = legend_entries(courses.values())
    places = legend_places(entries, 80)
    assert max(line for _, line in places) > 0
    assert all(x < 80 for x, _ in places)


def durations_ard():
    ard = ArdBuilder("kaplan_meier", "DOR")
    where = {"population": "ORR=yes", "group": "alpha"}
    ard.add_all({"N": 2, "events": 1}, **where)
    ard.add_all({"median": 6.5, "median_ci_low": 2.0, "median_ci_high": None},
                note="not reached", **where)  # fmt: skip
    for month in range(13):
        ard.add("at_risk", 2, variable="time", level=str(month), **where)
    return ArdIndex(ard.rows)


def test_durations_show_numbers_of_the_ard_and_leave_out_arms_without_responders(tmp_path):
    curves = {("ORR=yes", "alpha"): Curve([0, 6.5], [1, 0.5], [1, 0.2], [1, 0.9], [0, 1], [0, 0])}
    path = tmp_path / "duration.svg"
    save(draw_durations(durations_ard(), curves, settings()), [str(path)], "Durations", 100)
    texts = svg_texts(path)
    assert {"Response", "Alphamab", "1/2", "6.50 (2.00–NA)", STUDY["notice"]} <= texts
    assert "Standard care" not in texts


def test_no_response_at_all_is_said(tmp_path):
    path = tmp_path / "duration.svg"
    save(draw_durations(ArdIndex([]), {}, settings()), [str(path)], "Durations", 100)
    assert "No response in any arm" in svg_texts(path)
