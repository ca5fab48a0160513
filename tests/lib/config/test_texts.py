"""Heads, footnotes and captions say the level and the alpha that were computed with."""

import pytest

from scripts.lib.config.load import check_config, read_config_files
from scripts.lib.errors import Stop
from scripts.lib.plan.study import CONFIG_FOLDER


def config(level=0.95, alpha=0.05, footnote=None):
    raw = read_config_files(CONFIG_FOLDER)
    raw["study"]["conventions"]["confidence_level"] = level
    raw["statistics"]["tests"]["alpha"] = alpha
    if footnote:
        raw["report"]["tables"]["table1"]["footnotes"] = [footnote]
    return check_config(raw, CONFIG_FOLDER)


@pytest.mark.parametrize(("level", "text"), [(0.95, "95%"), (0.9, "90%"), (0.975, "97.5%")])
def test_a_head_a_caption_and_a_footnote_follow_the_confidence_level(level, text):
    report = config(level)["report"]
    assert report["tables"]["table3"]["hazard_ratio"] == f"HR ({text} CI)"
    assert (
        f"with pointwise {text} confidence bands"
        in report["figures"]["kaplan_meier"]["figure1"]["caption"]
    )
    assert any(f"median ({text} conf" in note for note in report["tables"]["table1"]["footnotes"])


def test_a_footnote_follows_alpha():
    assert "ᵃP<0.01." in config(alpha=0.01)["report"]["tables"]["table1"]["footnotes"]


@pytest.mark.parametrize("note", ["Median (95% CI).", "With 95 % confidence limits", "95%-CI"])
def test_a_text_that_says_another_level_stops_with_its_place(note):
    assert config(0.95, footnote=note)
    with pytest.raises(Stop) as stop:
        config(0.9, footnote=note)
    message = str(stop.value)
    assert "config/report.yaml: tables.table1.footnotes[0]: “95" in message
    assert "90% of study.conventions.confidence_level" in message
    assert "Write {confidence}" in message


def test_no_placeholder_is_left():
    assert "{confidence}" not in str(config()) and "{alpha}" not in str(config())
