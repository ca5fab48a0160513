"""The `sources` section: what is wrong with it is said with its key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from scripts.lib.config.sources import Sources
from scripts.lib.reading.sources import of_file
from tests.raw_files import check


def table(**changes: Any) -> dict[str, Any]:
    return {"notes": {"files": ["a.csv"], "columns": {"n": {"from": "n"}}} | changes}


def columns(**column: Any) -> dict[str, Any]:
    return table(columns={"n": column})


def test_a_table_takes_from_the_defaults_what_it_does_not_say() -> None:
    found = check(
        table(
            encoding="gb18030",
            identifier={"column": "No"},
            columns={"d": {"from": "d", "type": "date"}, "n": {"from": "n", "missing": ["0"]}},
        ),
        date_formats=["%Y%m%d"],
        missing=["NA"],
        sentinel_dates=["1900-01-01"],
    )["tables"]["notes"]
    assert (found["encoding"], found["delimiter"], found["header_row"]) == ("gb18030", ",", 1)
    assert (found["identifier"]["column"], found["identifier"]["width"]) == ("No", 4)
    assert found["columns"]["d"]["formats"] == ["%Y%m%d"]
    assert (found["columns"]["d"]["missing"], found["columns"]["n"]["missing"]) == (["NA"], ["0"])
    assert found["columns"]["n"]["from"] == "n"
    assert found["sentinel_dates"] == ["1900-01-01"]


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (table(encodin="utf-8"), "Extra inputs are not permitted"),
        (table(encoding="utf-88"), "unknown encoding `utf-88`"),
        (table(delimiter=";;"), "is not one plain sign"),
        (table(files=[]), "needs `files` and `columns`"),
        (table(where="m > 1"), "where: m: not a column of this table"),
        (table(where="n >"), "where: "),
        (table(columns={"N": {"from": "n"}}), "small letters"),
        (table(columns={"src_row": {"from": "n"}}), "small letters"),
        (columns(), "exactly one of `from`, `value`, `joined`, `imputed` and `absent"),
        (columns(**{"from": "n", "value": 1}), "exactly one of"),
        (columns(absent=True), "needs a `reason`"),
        (columns(**{"from": "n", "type": "code"}), "needs a `codelist`"),
        (columns(**{"from": "n", "codelist": "x"}), "takes no `codelist`"),
        (columns(**{"from": "n", "type": "date", "formats": ["%d/%m"]}), "`%d/%m`: not understood"),
        (columns(**{"from": "n", "type": "date", "formats": ["%Y-%m"]}), "write `partial:%Y-%m`"),
        (columns(**{"from": "n", "type": "date", "formats": ["%Y-%q"]}), "not understood"),
        (columns(**{"from": "n", "separator": "("}), "not a regular expression"),
        (columns(**{"from": "n", "thousands": "."}), "both `decimal` and `thousands`"),
        (columns(**{"from": "id"}), "reads the identifier"),
        (table(drop=["n"]), "under `drop`"),
        (columns(**{"from": "n", "when": "m == 1"}), "columns.n.when: m: not another column"),
        (columns(**{"from": "n", "when": "n == 1"}), "columns.n.when: n: not another column"),
        (columns(**{"from": "n", "when": "n =="}), "cannot be read"),
        (
            columns(**{"from": "n", "type": "integer", "min": 20, "max": 1}),
            "min 20 is above max 1, so no value fits",
        ),
        (columns(**{"from": "n", "missing": [False]}), "missing.0"),  # `missing: [no]`
        (columns(value=1, when="n == 1"), "for columns that are read"),
        (columns(**{"from": "n", "type": "integer", "blank": "0"}), "`blank: 0` is no value"),
        (columns(**{"from": "n", "type": "integer", "blank": True}), "`blank: True` is no value"),
        (columns(**{"from": "n", "type": "date", "blank": "2021-01-01"}), "is no value"),
        (
            columns(**{"from": "n", "type": "code", "codelist": "x", "blank": False}),
            "`blank: False` is no value of a column of type code",
        ),
        (table(centre={"from": "H", "value": "E"}), "exactly one of `from` and `value`"),
        (table(centre={"from": "H", "part": "("}), "not a regular expression"),
        (
            table(centre="E", columns={"centre": {"from": "n"}}),
            "`centre` of the table makes this column",
        ),
        (
            table(centre="E") | {"b": table()["notes"]},
            "tables.b: no `centre`, but notes has one",
        ),
        (table(by_file={"b*": {"where": "n == 1"}}), "by_file.b*: where: not to be said by file"),
        (table(by_file={"b*": {"columns": {"m": {"from": "m"}}}}), "columns.m: not to be said"),
        (table(by_file={"b*": {"columns": {"n": {"type": "date"}}}}), "of type date, and text"),
        (table(by_file={"b*": {"encoding": "x-1"}}), "by_file.b*: encoding: unknown encoding"),
        (table(by_file={"b*": {"columns": {"n": {"from": "id"}}}}), "reads the identifier"),
        ({"notes": {"absent": True}}, "has a `reason` and nothing else"),
        ({"patients": table()["notes"]}, "tables.patients.columns.birth_date: missing"),
        (
            {
                "patients": table(columns={"birth_date": {"from": "b"}, "sex": {"value": "F"}})[
                    "notes"
                ]
            },
            "columns.birth_date: must be of type date",
        ),
    ],
)
def test_what_cannot_be_right_is_refused(tables: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as error:
        check(tables)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("delimiter", "||", "`||` is not one plain sign"),
        ("delimiter", "", "`` is not one plain sign"),
        ("delimiter", "，", "is not one plain sign"),
        ("delimiter", "\n", "is not one plain sign"),
        ("delimiter", '"', "`quote` and `delimiter` are the same sign"),
        ("quote", "''", "is not one plain sign"),
        ("header_row", 0, "rows count from 1"),
        ("footer_rows", -1, "a count of rows"),
        ("encoding", "base64", "unknown encoding `base64`"),
        ("encoding", "a\0b", "unknown encoding"),
    ],
)
def test_defaults_are_checked_as_tables_are(key: str, value: Any, message: str) -> None:
    for tables, defaults in ((table(**{key: value}), {}), (table(), {key: value})):
        with pytest.raises(ValidationError) as error:
            check(tables, **defaults)
        assert message in str(error.value)


def test_a_default_with_nothing_behind_it_is_the_usual_one() -> None:
    found = check(table(), delimiter=None, encoding=None, header_row=None)["tables"]["notes"]
    assert (found["delimiter"], found["encoding"], found["header_row"]) == (",", "utf-8-sig", 1)


@pytest.mark.parametrize("name", ["", " ", "/data/a.csv", "../a.csv", "x/../../a.csv", "C:\\a.csv"])
def test_files_lie_in_the_delivery(name: str) -> None:
    with pytest.raises(ValidationError, match="an empty name|leads out of its folder"):
        check(table(files=["*.csv", name]))
    assert check(table(files=["a..b.csv"]))


def test_what_differs_by_file_is_laid_over_the_table() -> None:
    found = check(
        table(
            columns={
                "d": {"from": "d", "type": "date", "formats": ["%Y-%m-%d"]},
                "n": {"from": "n", "type": "integer", "min": 0},
            },
            by_file={
                "b*": {
                    "encoding": "gb18030",
                    "identifier": {"column": "No"},
                    "missing": ["无"],
                    "columns": {"n": {"absent": True, "reason": "not kept there"}},
                }
            },
        ),
        missing=["NA"],
    )["tables"]["notes"]
    other = of_file(found, "b1.csv")
    assert of_file(found, "a.csv") == found
    assert (found["encoding"], other["encoding"]) == ("utf-8-sig", "gb18030")
    assert [t["identifier"]["column"] for t in (found, other)] == ["id", "No"]
    assert [t["identifier"]["width"] for t in (found, other)] == [4, 4]
    assert (found["columns"]["d"]["missing"], other["columns"]["d"]["missing"]) == (["NA"], ["无"])
    assert [t["columns"]["n"]["absent"] for t in (found, other)] == [False, True]
    assert other["columns"]["d"]["formats"] == ["%Y-%m-%d"]


def test_several_mistakes_are_said_at_once() -> None:
    with pytest.raises(ValidationError) as error:
        check(table(encoding="x-1", delimiter="") | {"b": {"absent": True}})
    assert error.value.error_count() == 3


def models(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    yield model
    for field in model.model_fields.values():
        for part in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(part, type) and issubclass(part, BaseModel) and part not in seen:
                seen.add(part)
                yield from models(part, seen)


def test_every_key_is_described_and_unknown_keys_are_refused() -> None:
    for model in models(Sources, set()):
        assert model.model_config["extra"] == "forbid"
        for name, field in model.model_fields.items():
            own = name in model.__annotations__
            assert field.description or not own or model.__name__ == "Defaults", (model, name)
