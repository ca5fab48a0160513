"""Bars and differences are those of the ARD; two arms stand back to back, more side by side."""

import pytest

from scripts.lib.analysis.ard import ArdBuilder
from scripts.lib.config.ae_rates import AeRates
from scripts.lib.display.effect_cells import Analysis
from scripts.lib.display.figures import save
from scripts.lib.errors import Stop
from scripts.plot_ae_rates import draw, terms
from scripts.tabulate_ae_rates import Maker
from tests.report_study import STUDY, svg_texts

COUNTS = {"rash": {"alpha": 10, "beta": 30}, "long_cough": {"alpha": 20, "beta": 30}}
THIRD = {"id": "gamma", "label": "Third"}


def settings(study=STUDY, **figure):
    part = AeRates(
        windows=[{"id": "first", "label": "First 90 days", "days": 90}],
        table={"label": "T", "title": "AEs"},
        figure={"label": "F", "title": "AEs", "window": "first"} | figure,
    )
    counts = [{"variable": name, "by": "AEDECOD"} for name in ("AEDECOD", "AEDECOD_GE3")]
    names = {"AEDECOD": {"label": "Specific AE", "levels": {"rash": "Exanthema"}}}
    return {"part": part.model_dump(mode="json"), "study": study, "colours": [], "dpi": 100,
            "names": names, "counts": counts}  # fmt: skip


def ard(arms=("alpha", "beta")):
    builder = ArdBuilder("ae_rates")
    for term, counts in COUNTS.items():
        for variable, share in (("AEDECOD", 1), ("AEDECOD_GE3", 0.5)):
            key = {"population": "first", "variable": variable, "level": term}
            builder.add("n", sum(counts.values()), **key)
            for arm in arms:
                builder.add("percent", counts.get(arm, 25) * share, group=arm, **key)
            for arm in (arm for arm in arms if arm != "beta"):
                values = (-20.0 * share, -30.0, 5.0)
                names = ("risk_difference", "risk_difference_ci_low", "risk_difference_ci_high")
                builder.add_all(dict(zip(names, values, strict=True)), group=arm, **key)
    return Analysis(builder.rows)


def test_terms_by_frequency_with_percentages_and_differences():
    first, second = terms(ard(), settings())
    assert (first.name, second.name) == ("Long cough", "Exanthema")
    assert second.percent[0] == {"alpha": (10.0, "10.0"), "beta": (30.0, "30.0")}
    assert second.percent[1]["beta"] == (15.0, "15.0")
    assert second.difference[1]["alpha"] == (-30.0, -10.0, 5.0)


def test_the_figure_holds_terms_numbers_directions_and_notice(tmp_path):
    path = tmp_path / "ae.svg"
    save(draw(ard(), settings()), [str(path)], "AEs", 100)
    texts = svg_texts(path)
    assert {"Exanthema", "10.0 / 5.0", "Alphamab", "First 90 days", STUDY["notice"]} <= texts
    assert any(text.startswith("More with") for text in texts)


def test_three_arms_stand_side_by_side(tmp_path):
    study = STUDY | {"arms": [*STUDY["arms"], THIRD]}
    path = tmp_path / "ae.svg"
    save(draw(ard(("alpha", "beta", "gamma")), settings(study)), [str(path)], "AEs", 100)
    assert {"Alphamab", "Standard care", "Third"} <= svg_texts(path)


def test_a_single_arm_has_no_differences(tmp_path):
    study = STUDY | {"arms": STUDY["arms"][1:]}
    path = tmp_path / "ae.svg"
    save(draw(ard(("beta",)), settings(study)), [str(path)], "AEs", 100)
    assert "30.0 / 15.0" in svg_texts(path)
    assert not any("Difference" in text for text in svg_texts(path))


def test_without_a_register_of_events_the_figure_says_so_beside_its_window(tmp_path, recwarn):
    builder = ArdBuilder("ae_rates")
    builder.add("n", None, population="first", variable="AEDECOD", note="not collected")
    path = tmp_path / "ae.svg"
    save(draw(Analysis(builder.rows), settings()), [str(path)], "AEs", 100)
    assert {"Not collected", "First 90 days"} <= svg_texts(path)
    assert not [str(warning.message) for warning in recwarn]


def test_a_variable_without_terms_stops_with_its_name():
    with pytest.raises(Stop, match="ANYAE is not counted by term"):
        terms(ard(), settings(any_grade="ANYAE"))


def test_the_table_has_a_block_a_window_and_a_row_a_term():
    table = Maker(ard(), settings()).make()
    labels = [row.cells[0].text for row in table.rows]
    assert labels[:3] == ["First 90 days", "Patient-months under observation",
                          "Patients observed for all of it"]  # fmt: skip
    assert labels[3:6] == ["Specific AE", "Exanthema", "Long cough"]
    assert {len(row.cells) for row in table.rows} == {len(table.column_names())}
    assert table.rows[4].cells[-2].text == "-20.0 (-30.0 to 5.0)"
