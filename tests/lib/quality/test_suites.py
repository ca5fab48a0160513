"""What a suite may say; every mistake is told with its place before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.lib.errors import Stop
from scripts.lib.quality.suites import load_suites, read_suite

GOOD = """
table: people
key: [id]
protects: nothing at all
references: {known: {table: register, column: id}}
joins: [{table: visits, by: id, columns: {day: VISIT}}]
columns: {seen: "not missing(VISIT)"}
checks:
  - id: PEO-001
    type: expect_column_values_to_be_between
    kwargs: {column: born, min_value: 1900-01-01, max_value: "2020-01-01"}
    severity: critical
    category: plausibility
    says: Dates of birth are credible.
"""


def write(folder: Path, text: str, name: str = "people") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_suite_is_read_with_dates_as_text(tmp_path: Path) -> None:
    suite = read_suite(write(tmp_path, GOOD))

    kwargs = suite.checks[0].kwargs
    assert (kwargs["min_value"], kwargs["max_value"]) == (
        "1900-01-01T00:00:00",
        "2020-01-01T00:00:00",
    )
    assert suite.neighbours() == ["register", "visits"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("severity: critical", "severity: fatal", "check PEO-001: severity"),
        ("severity: critical", "severty: critical", "did you mean `severity`?"),
        ("table: people", "tabel: people", "did you mean `table`?"),
        ("table: people", "table: persons", "named after its table"),
        ("category: plausibility", "category: nice", "check PEO-001: category"),
        ("PEO-001", "peo1", "check peo1: id"),
        ("says: Dates of birth are credible.", "says: ''", "check PEO-001: says"),
        ('"not missing(VISIT)"', '"VISIT +"', "cannot be read"),
        ("min_value: 1900-01-01", "result_format: BOOLEAN_ONLY", "does not belong in kwargs"),
        ("min_value: 1900-01-01", "row_condition: id > 1", "write `where:` beside it"),
        ("{table: register, column: id}", "{table: register}", "either `table` and `column`"),
        (GOOD[GOOD.index("checks:") :], "checks: []", "checks: List should have at least 1"),
        ("key: [id]", "key: [id]\nkey: [x]", "occurs twice"),
        ('"not missing(VISIT)"', "''", "columns.seen: nothing stands here"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = write(tmp_path, GOOD.replace(old, new))

    with pytest.raises(Stop) as stop:
        read_suite(path)

    assert message in str(stop.value) and "people.yaml" in str(stop.value)


def test_all_mistakes_of_all_suites_are_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("severity: critical", "severity: fatal"))
    write(tmp_path, GOOD.replace("table: people", "table: others"), "others")
    write(tmp_path, GOOD.replace("table: people", "table: more"), "more")

    with pytest.raises(Stop) as stop:
        load_suites(["people", "others", "more", "nosuch"], tmp_path)

    text = str(stop.value)
    assert "people.yaml, line 12: check PEO-001: severity" in text
    assert "nosuch.yaml is missing" in text
    assert "the check id PEO-001 occurs 2 times" in text


def test_an_empty_file_is_no_suite(tmp_path: Path) -> None:
    with pytest.raises(Stop):
        read_suite(write(tmp_path, ""))
