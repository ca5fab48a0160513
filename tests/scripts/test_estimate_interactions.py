"""Interaction P are adjusted within their endpoint; a test that there is not does not count."""

import pytest

from scripts.estimate_interactions import adjust
from scripts.lib.analysis.ard import ArdBuilder, ArdIndex
from scripts.lib.display.effect_cells import Analysis
from scripts.tabulate_interactions import tabulate
from tests.footnotes import unnamed

P = {"AGE": 0.01, "SEX": 0.04, "SITE": None, "STAGE": 0.03}
SETTINGS = {
    "part": {"table": {"label": "Table", "title": "Interactions.", "footnotes": []}},
    "parameters": ["PFS"],
    "labels": {name: {"label": name.title()} for name in P},
    "post_baseline": ["STAGE"],
    "alpha": 0.05,
}


def index() -> ArdIndex:
    ard = ArdBuilder("subgroups", "PFS")
    for name, p in P.items():
        method = f"likelihood ratio test of treatment x {name}, {2 if name == 'SEX' else 1} df"
        note = "" if p else "not estimable: one level"
        ard.add("p_interaction", p, variable=name, method=method, note=note)
    return ArdIndex(adjust(ArdIndex(ard.rows), "PFS", {"printed": {}}))


def test_adjusted_values_are_those_of_p_adjust():
    # R: p.adjust(c(.01, .04, NA, .03), "holm"); "BH"
    key = {"analysis": "interactions", "parameter": "PFS"}
    found = index()
    holm = [found.number(statistic="p_holm", variable=name, **key) for name in P]
    assert holm == pytest.approx([0.03, 0.06, None, 0.06])
    bh = [found.number(statistic="p_bh", variable=name, **key) for name in P]
    assert bh == pytest.approx([0.03, 0.04, None, 0.04])
    assert found.number(statistic="n", **key) == 3
    assert found.row(statistic="p_holm", variable="SITE", **key).note.startswith("not estimable")


def test_the_table_says_how_many_tests_there_were():
    table = tabulate(Analysis(index().rows), SETTINGS)
    assert unnamed(table, index()) == []
    assert table.footnotes[0].startswith(
        "P for interaction: likelihood ratio test of treatment x factor, 1 df or 2 df; adjusted: "
    )
    assert [cell.text for cell in table.rows[0].cells] == ["Age", "0.010", "0.030", "0.030"]
    assert [cell.text for cell in table.rows[2].cells] == ["Site", "-", "-", "-"]
    assert table.rows[3].cells[0].mark == "ᵃ"
    expected = "PFS: 3 factors tested, 3 with P<0.05 (by chance alone, 0.15 would be expected), 1 "
    assert any(note.startswith(expected) for note in table.footnotes)


def test_a_factor_that_is_not_collected_is_said_and_counts_in_no_family():
    ard = ArdBuilder("subgroups", "PFS")
    ard.add("p_interaction", 0.01, variable="AGE")
    found = adjust(ArdIndex(ard.rows), "PFS", {"printed": {}, "not_collected": ["SITE"]})
    labels = {name: {"label": name.title()} for name in ("AGE", "SITE")}
    table = tabulate(Analysis(found), SETTINGS | {"labels": labels, "post_baseline": []})
    assert [cell.text for cell in table.rows[0].cells] == ["Age", "0.010", "0.010", "0.010"]
    assert [cell.text for cell in table.rows[1].cells] == ["Site", *["Not collected"] * 3]
