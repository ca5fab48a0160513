"""The configuration: read whole, every mistake said at once, with its file and place."""

import pytest
import yaml

from scripts.lib.config import load
from scripts.lib.errors import Stop


def written(folder, text):
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_key_that_occurs_twice_is_an_error_with_its_line(tmp_path):
    path = written(tmp_path, "study:\n  id: a\n  title: b\n  id: c\n")
    with pytest.raises(Stop, match=r"study\.yaml, line 4: the key `id` occurs twice"):
        load.read_yaml(path)


def test_anchors_may_be_merged(tmp_path):
    path = written(tmp_path, "base: &b {x: 1, y: 2}\nother:\n  <<: *b\n  y: 3\n")
    assert load.read_yaml(path)["other"] == {"x": 1, "y": 3}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("study: [1, 2\n", r"line 2: .*Mend the YAML there"),
        ("a: b: c\n", r"line 1"),
    ],
)
def test_yaml_that_cannot_be_read_is_located(tmp_path, text, message):
    with pytest.raises(Stop, match=message):
        load.read_yaml(written(tmp_path, text))


def test_text_that_is_not_utf8_is_said(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_bytes("study: 肺癌".encode("gb18030"))
    with pytest.raises(Stop, match="not UTF-8"):
        load.read_yaml(path)


def test_a_missing_file_says_where_to_get_one(tmp_path):
    with pytest.raises(Stop, match="is missing. Copy it from the demonstration study"):
        load.read_config_files(tmp_path)


def test_all_mistakes_are_said_at_once_with_the_nearest_key(tmp_path):
    raw = load.read_config_files(load.Path("config"))
    raw["study"] = {**raw["study"], "data_cutof": "2024-01-01", "reference": "placebo"}
    raw["quality"] = {**raw["quality"], "page_rows": "many"}
    with pytest.raises(Stop) as stop:
        load.check_config(raw, load.Path("config"))
    text = str(stop.value)
    assert "study.yaml: data_cutof: unknown key; did you mean `data_cutoff`?" in text
    assert "quality.yaml: page_rows" in text


def test_the_demonstration_study_is_whole_and_dates_are_plain_text():
    config = load.load_config("config")
    assert set(config) == set(load.SECTIONS)
    assert config["study"]["data_cutoff"] == str(
        yaml.safe_load(load.Path("config/study.yaml").read_text())["study"]["data_cutoff"]
    )
