"""A number's address is its key, and a marked number of a drawing leads there."""

from __future__ import annotations

from urllib.parse import unquote

from scripts.lib.display.links import anchor, link, linked, mark

KEY = "analysis=baseline; population=all; group=arm a; variable=SEX; level=<=65 & more; statistic=n"


def test_a_statistic_has_its_place_on_the_page_of_its_analysis():
    address, place = link(KEY).split("#")
    assert address == "../trace/ard/baseline.html"
    assert unquote(place) == KEY.removeprefix("analysis=baseline; ")
    assert not set(place) & set("<>\"'& ")


def test_of_several_statistics_the_first_is_linked():
    other = "analysis=baseline; statistic=percent"
    assert link(f"{KEY} | {other}") == link(KEY)


def test_a_setting_has_no_trace():
    assert link("cohort.variables[name=AGEGR1].cut.at[0]") == link("") == ""


def test_a_marked_number_of_a_drawing_becomes_a_link_and_others_stay():
    key = {"analysis": "kaplan_meier", "parameter": "OS", "population": "all", "group": "a"}
    name = mark(**key, variable="time", level="6", statistic="at_risk")
    drawing = f'<svg><g id="{name}"><text>12</text></g><g id="text_1"><text>x</text></g></svg>'
    place = anchor(
        "parameter=OS; population=all; group=a; variable=time; level=6; statistic=at_risk"
    )
    assert linked(drawing) == (
        f'<svg><a class="num" href="../trace/ard/kaplan_meier.html#{place}"><g><text>12</text></g>'
        '</a><g id="text_1"><text>x</text></g></svg>'
    )
