"""The configuration: read whole, every mistake said at once, with its file and place."""

import copy
import datetime as dt
import math
import random

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


WRONG_YAML = {
    'a: 1\nb: "x\x01"\n': r"line 2: a sign that no text holds \(U\+0001\)",
    "a: 1\nb: \ufffe\n": r"line 2: a sign that no text holds \(U\+FFFE\)",
    "a: x\0\n": r"line 1: a sign that no text holds \(U\+0000\)",
    'a: 1\nb: "\\0"\n': "line 2: a sign that no text holds stands in this text",
    "a:\n  ? {x: 1}\n  : 2\n": "line 2: a key is a word",
    "a:\n  ? [x]\n  : 2\n": "line 2: a key is a word",
    "a:\n  " + "[" * 30_000: "line 2: nested more than 50 deep",
    "\n".join(" " * n + "a:" for n in range(3000)): "line 51: nested more than 50 deep",
    "- " * 3000 + "a": "line 1: nested more than 50 deep",
    "a: &x [*x]\n": "stands within its own anchor",
    "a: 1\nb: 2024-02-30\n": "line 2: `2024-02-30` is no date",
    "a: {b: [2024-13-01]}\n": "line 1: `2024-13-01` is no date",
    "2023-02-29: x\n": "line 1: `2023-02-29` is no date",
    "a: 2024-01-01 25:00:00\n": "is no date",
    "a: " + "9" * 5000: "is no whole number",
    "a: !!float x\n": "`x` is no number",
    "a: 1:30\n": "`1:30` would be read as 90; put it between quotation marks",
    "a: 0123\n": "`0123` would be read as 83",
    "a: 1_000\n": "`1_000` would be read as 1000",
    "a: .nan\n": "`.nan` would be read as nan",
    "a: !!python/object:os.x {}\n": "line 1: could not determine a constructor",
    "a: !!binary aGk=\n": "line 1: bytes stand here, where a text is expected",
    "a: 1\n---\nb: 2\n": "line 2",
    "\ta: 1\n": "line 1",
}


@pytest.mark.parametrize(("text", "message"), WRONG_YAML.items(), ids=range(len(WRONG_YAML)))
def test_whatever_yaml_cannot_be_read_is_one_message_with_its_line(tmp_path, text, message):
    with pytest.raises(Stop, match=message):
        load.read_yaml(written(tmp_path, text))


ODD = [
    dt.date(2024, 2, 29), dt.datetime(2024, 1, 1, 1), 7, -1.5, 10**30, math.inf, True, None, "",
    "x", [], [None], [[]], [[1]], [{"a": 1}], {}, {1: 2}, {None: 1}, {True: "x"}, {"a": {"b": [1]}},
]  # fmt: skip


def places(value, path=()):
    """Every place of a configuration, as keys that lead to it."""
    yield path
    if isinstance(value, list):
        value = dict(enumerate(value))
    for key, part in value.items() if isinstance(value, dict) else ():
        yield from places(part, (*path, key))


def put(value, path, new):
    """`value` with `new` in one place."""
    if not path:
        return new
    changed = copy.copy(value)
    changed[path[0]] = put(value[path[0]], path[1:], new)
    return changed


@pytest.mark.parametrize("section", load.SECTIONS)
def test_a_value_of_another_form_is_a_mistake_with_its_place_or_can_be_read(section):
    """A date, a list or a mapping where none is wanted: never a crash, whatever the key."""
    raw = load.read_config_files(load.Path("config"))
    draw = random.Random(section)
    tried = [(path, odd) for path in places(raw[section]) for odd in ODD]
    stopped = 0
    for path, odd in draw.sample(tried, min(len(tried), 25)):
        try:
            load.check_config(raw | {section: put(raw[section], path, odd)}, load.Path("config"))
        except Stop as stop:
            stopped += 1
            assert f"config/{section}.yaml" in str(stop) or "texts" in str(stop)
    assert stopped


@pytest.mark.parametrize(
    ("section", "path", "odd", "said"),
    [
        ("cohort", ("variables", 0, "levels"), dt.date(2024, 2, 29), "variables.0.levels"),
        ("sources", ("tables", "treatments", "joins"), {"diagnoses": {"by": [[1]]}}, "by"),
    ],
)
def test_what_is_looked_at_before_its_form_is_known_says_so(section, path, odd, said):
    raw = load.read_config_files(load.Path("config"))
    whole = put(raw[section], path[:-1], below(raw[section], path[:-1]) | {path[-1]: odd})
    with pytest.raises(Stop, match=said):
        load.check_config(raw | {section: whole}, load.Path("config"))


def below(value, path):
    """What stands in a place."""
    return below(value[path[0]], path[1:]) if path else value


def test_deep_but_honest_yaml_is_read(tmp_path):
    text = "a: '" + "[" * 99 + "'\nb: {c: [1, {d: [2]}]}\n"
    assert load.read_yaml(written(tmp_path, text))["b"] == {"c": [1, {"d": [2]}]}


def test_a_folder_in_place_of_a_file_is_said(tmp_path):
    (tmp_path / "study.yaml").mkdir()
    with pytest.raises(Stop, match=r"study\.yaml is a folder, where a file should be"):
        load.read_yaml(tmp_path / "study.yaml")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (202605, 'study.yaml: delivery: YAML reads this as a number; put it between .*: "202605"'),
        (False, "study.yaml: delivery: YAML reads no, off or false as a truth value; put it"),
        (None, 'study.yaml: delivery: nothing stands here; write "" for an empty text'),
        ("", "study.yaml: delivery: an empty name"),
        ("../2026-05", "study.yaml: delivery: `../2026-05` leads out of its folder"),
        ("/data", "study.yaml: delivery: `/data` leads out of its folder"),
    ],
)
def test_a_text_that_yaml_reads_as_something_else_is_to_be_quoted(value, message):
    raw = load.read_config_files(load.Path("config"))
    raw["study"] = {**raw["study"], "delivery": value}
    with pytest.raises(Stop, match=message):
        load.check_config(raw, load.Path("config"))


def test_groups_that_look_the_same_are_said():
    raw = load.read_config_files(load.Path("config"))
    arms = [{"id": "a", "label": "Drug"}, {"id": "b", "label": "Drug "}]
    study = {**raw["study"], "arms": arms, "reference": "a"}
    with pytest.raises(Stop, match="arms: a and b have the same label"):
        load.check_config({**raw, "study": study}, load.Path("config"))
    study["arms"][1]["label"] = " "
    with pytest.raises(Stop, match="arms: b has an empty label"):
        load.check_config({**raw, "study": study}, load.Path("config"))
    cohort = copy.deepcopy(raw["cohort"])
    sex = next(one for one in cohort["variables"] if one["name"] == "SEX")
    sex["levels"] = {"male": "M", "female": "M"}
    with pytest.raises(Stop, match=r"SEX\.levels: male and female have the same label `M`"):
        load.check_config({**raw, "cohort": cohort}, load.Path("config"))


def test_all_undeclared_variables_are_said_at_once_with_the_nearest(tmp_path):
    raw = load.read_config_files(load.Path("config"))
    cohort = copy.deepcopy(raw["cohort"])
    cohort["criteria"][5]["when"] = "L2_STRT >= date('2019-01-31')"
    cohort["start"] = "L2_BEGIN"
    with pytest.raises(Stop) as stop:
        load.check_config({**raw, "cohort": cohort}, load.Path("config"))
    text = str(stop.value)
    assert "criterion window" in text
    assert "Nearest: `L2_START`" in text
    assert "start: L2_BEGIN is no variable picked from tables" in text
