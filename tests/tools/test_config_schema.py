"""Schemas are those of the models, take what the models take, and refuse what is misspelt."""

from __future__ import annotations

import copy
import datetime as dt
import re

import jsonschema
import pytest
from pydantic import ValidationError

from scripts.lib.config.load import read_yaml
from scripts.tools.config_schema import FOLDER, SUITES, models, schemas, text_of
from tests.fixtures import ROOT

SCHEMAS = schemas()
HEAD = re.compile(r"# yaml-language-server: \$schema=(\S+)\n")
STUDIES = [ROOT, *sorted((ROOT / "examples").glob("*/"))]
FILES = [
    path
    for s in STUDIES
    for part in ("config", "expectations")
    for path in s.glob(f"{part}/*.yaml")
]
# what a person might write anywhere
WRITTEN = [
    0, 1, 2.5, 8.0, True, False, None, "", "8", " 8 ", "1e3", "yes", "No", "a", "组别", [], {}, [1],
    ["a"], {"a": "b"}, "2024-01-01", "86400", 86400, dt.date(2024, 1, 1), dt.datetime(2024, 1, 1),
]  # fmt: skip


def plain(value):
    """What an editor sees of a YAML value: its dates are texts."""
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def mistakes(name, content):
    checker = jsonschema.Draft7Validator(SCHEMAS[name])
    return [error.json_path for error in checker.iter_errors(plain(content))]


def taken_by_the_model(name, content):
    model = SUITES[name] if name in SUITES else models()[name]
    try:
        model.model_validate(copy.deepcopy(content if name in SUITES else content[name]))
    except ValidationError:
        return False
    return True


def schema_named_by(path):
    match = HEAD.match(path.read_text(encoding="utf-8"))
    assert match, f"{path}: the first line names no schema"
    return (path.parent / match[1]).resolve()


def test_the_committed_schemas_are_what_the_models_give():
    """Else: `make docs`."""
    written = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    assert written == {name: text_of(schema) for name, schema in SCHEMAS.items()}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one(name):
    jsonschema.Draft7Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_committed_file_fulfils_its_schema(path):
    kind = path.stem if path.parent.name == "config" or path.stem == "reading" else "suite"
    assert mistakes(kind, read_yaml(path)) == []
    if path.parent.name == "config":
        assert schema_named_by(path) == FOLDER / f"{kind}.json"


def changed(folder, name, keys, value):
    """The content of a committed file with another value below `keys`."""
    content = copy.deepcopy(read_yaml(ROOT / folder / f"{name}.yaml"))
    inner = content
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    return content


WRONG = [
    ("study", ("study", "data_cutof"), "2024-01-01"),
    ("study", ("study", "arms"), []),
    ("study", ("study", "title"), 2024),
    ("study", ("study", "data_cutoff"), "31.12.2024"),
    ("study", ("study", "conventions", "first_day"), 2),
    ("sources", ("sources", "tables", "patients", "columns", "sex", "codelst"), "sex"),
    ("sources", ("sources", "tables", "patients", "columns", "sex", "type"), "kode"),
    ("sources", ("sources", "tables", "patients", "by_file"), {"a*": {"wher": "x"}}),
    ("cohort", ("cohort", "criteria", 0, "timing"), "later"),
    ("endpoints", ("endpoints", "time_to_event", "pfs", "censoring", 0, "code"), 0),
    ("quality", ("quality", "stops"), ["fatal"]),
    ("statistics", ("statistics", "tests", "alpha"), 5),
    ("report", ("report", "tables", "table1", "layout"), "rows"),
    ("report", ("report", "figures", "colours"), "red"),
    ("sensitivity", ("sensitivity", "imputation", "imputations"), 1),
]


@pytest.mark.parametrize(
    ("name", "keys", "value"), WRONG, ids=[w[1][-1] + str(w[2]) for w in WRONG]
)
def test_a_wrong_file_is_refused_by_schema_and_model(name, keys, value):
    content = changed("config", name, keys, value)
    assert mistakes(name, content)
    assert not taken_by_the_model(name, content)


def test_a_wrong_suite_is_refused_by_schema_and_model():
    for keys, value in ((("checks", 0, "severity"), "high"), (("checks", 0, "whre"), "x")):
        content = changed("expectations", "adsl", keys, value)
        assert mistakes("suite", content)
        assert not taken_by_the_model("suite", content)


SHORT = {
    "a centre by name": ("defaults", "centre", "north"),
    "a centre by number": ("defaults", "centre", 3),
    "a centre that is read": ("defaults", "centre", {"from": "Hospital", "part": "^(H)"}),
    "truth in words": ("defaults", "identifier", {"column": "No", "upper": "yes", "width": "8"}),
    "several headers": ("defaults", "identifier", {"column": ["No", "Patient"]}),
    "nothing behind a key": ("defaults", "delimiter", None),
    "a date of YAML": ("defaults", "sentinel_dates", [dt.date(1900, 1, 1), "9999-12-31"]),
    "columns by name": ("tables", "diagnoses", "joins", {"patients": {"by": ["centre"]}}),
    "columns by pair": ("tables", "diagnoses", "joins", {"patients": {"by": {"a": "b"}}}),
    "a part of a column": ("tables", "patients", "by_file", {"H2*": {
        "encoding": "gb18030", "columns": {"sex": {"from": "性别"}}, "identifier": {"width": 10}}}),
    "a code list in Chinese": ("tables", "patients", "columns", "sex", "codelist", "性别"),
}  # fmt: skip


@pytest.mark.parametrize("keys", SHORT.values(), ids=SHORT)
def test_what_may_be_written_shortly_is_no_mistake(keys):
    content = changed("config", "sources", ("sources", *keys[:-1]), keys[-1])
    if keys[1] != "diagnoses" and keys[0] == "tables" or "centre" in keys:
        assert taken_by_the_model("sources", content)
    assert mistakes("sources", content) == []


def places(content, keys=()):
    """Every place of a file, lists by their first entry."""
    if keys:
        yield keys
    inner = content.items() if isinstance(content, dict) else []
    if isinstance(content, list):
        inner = list(enumerate(content))[:1]
    for key, value in inner:
        yield from places(value, (*keys, key))


@pytest.mark.parametrize("name", ["study", "quality", "adsl"])
def test_whatever_a_model_takes_its_schema_takes(name):
    folder = "expectations" if name == "adsl" else "config"
    kind = "suite" if name == "adsl" else name
    tried = taken = 0
    for keys in places(read_yaml(ROOT / folder / f"{name}.yaml")):
        for value in WRITTEN:
            content = changed(folder, name, keys, value)
            if (kind in SUITES or isinstance(content[kind], dict)) and taken_by_the_model(
                kind, content
            ):
                assert mistakes(kind, content) == [], (keys, value)
                taken += 1
            tried += 1
    assert 0 < taken < tried


def test_a_number_is_not_written_yes_nor_a_date_as_a_number():
    assert not taken_by_the_model(
        "quality", changed("config", "quality", ("quality", "page_rows"), True)
    )
    for value in (0, "86400", 20240101):  # seconds since 1970, to pydantic
        content = changed("config", "study", ("study", "data_cutoff"), value)
        assert not taken_by_the_model("study", content)
        assert mistakes("study", content)
