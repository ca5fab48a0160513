"""Columns looked up in other tables: nothing lost, multiplied or guessed."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scripts.lib.errors import Stop
from scripts.lib.reading.joins import look_up, match
from scripts.lib.reading.sources import joined_tables, standardise_settings
from tests.raw_files import Study, check

VISITS = "id,Visit,Seen\n0001,1,2021-03-05\n0001,2,2021-06-01\n0002,1,2021-03-09\n"
COLUMNS: dict[str, Any] = {
    "visit": {"from": "Visit", "type": "integer"},
    "seen": {"from": "Seen", "type": "date"},
}
LINE: dict[str, Any] = {"from": "Line", "type": "integer"}
COURSE: dict[str, Any] = {
    "files": ["courses.csv"],
    "columns": {
        "line": LINE,
        "visit": {"from": "Visit", "type": "integer"},
        "start_date": {"from": "Start", "type": "date"},
        "drug": {"from": "Drug"},
    },
}
BY_DATE = {"courses": {"latest": {"seen": "start_date"}}}


def study(folder: Path, courses: str, joins: dict[str, Any], **columns: Any) -> Study:
    files = {"visits.csv": VISITS, "courses.csv": "id,Visit,Line,Start,Drug\n" + courses}
    looked_up = columns or {"line": {"joined": "courses.line"}}
    return Study(
        folder, files, files=["visits.csv"], columns=COLUMNS | looked_up, joins=joins,
        others={"courses": COURSE},
    )  # fmt: skip


def asked(found: Study) -> list[tuple[Any, ...]]:
    rows = pq.read_table(found.path("problems")).to_pylist()
    return [tuple(row[c] for c in ("rule", "src_row", "column", "field")) for row in rows]


def test_the_line_of_therapy_by_the_last_start_before_the_visit(tmp_path: Path) -> None:
    courses = (
        "0001,,1,2021-01-04,a\n0001,,2,2021-06-01,b\n0001,,3,2021-07-01,c\n0002,,1,2021-03-10,a\n"
    )
    found = study(tmp_path, courses, BY_DATE)
    table, aside, counts = found.combine()
    assert table["line"].to_pylist() == [1, 2, None]
    assert table["line__SRC"].to_pylist() == ["courses.csv||2", "courses.csv||3", None]
    assert table.column_names[:4] == ["USUBJID", "visit", "seen", "line"]
    assert table.schema.field("line").type == pa.int64()
    assert asked(found) == [("join_unmatched", 4, "courses", "line")]
    assert (table.num_rows, aside.num_rows, counts["parts"][0]["rows_kept"]) == (3, 0, 3)


def test_an_imputed_date_keeps_to_other_dates_of_the_patient_where_it_can(tmp_path: Path) -> None:
    """admiral's min_dates and max_dates: only a limit that the written date can reach counts."""
    files = {
        "events.csv": "id,Onset,End\n0001,2021-05,2021-05-28\n0001,2021-06,\n0001,2021,\n"
        "0001,2021-05-10,\n0001,2021-05,2021-05-18\n0002,2021-05,\n",
        "courses.csv": "id,Start\n0001,2021-05-20\n",
    }
    formats = ["%Y-%m-%d", "partial:%Y-%m", "partial:%Y"]
    columns = {
        "onset_date": {
            "from": "Onset", "type": "date", "formats": formats,
            "impute": {"month": 1, "day": 1, "not_before": ["began"], "not_after": ["end_date"]},
        },
        "onset_flag": {"imputed": "onset_date"},
        "end_date": {"from": "End", "type": "date"},
        "began": {"joined": "courses.start_date"},
    }  # fmt: skip
    course = {
        "files": ["courses.csv"],
        "columns": {"start_date": {"from": "Start", "type": "date"}},
    }
    table, _, _ = Study(
        tmp_path, files, files=["events.csv"], columns=columns, joins={"courses": {}},
        others={"courses": course},
    ).combine()  # fmt: skip
    assert [(f"{r['onset_date']:%Y-%m-%d}", r["onset_flag"]) for r in table.to_pylist()] == [
        ("2021-05-20", "D"),  # not before treatment
        ("2021-06-01", "D"),  # treatment began in another month
        ("2021-05-20", "M"),
        ("2021-05-10", None),  # a whole date stays
        ("2021-05-18", "D"),  # its own end has the last word
        ("2021-05-01", "D"),  # no treatment
    ]


def test_rows_that_agree_are_no_question_and_rows_that_disagree_are(tmp_path: Path) -> None:
    courses = "0001,1,1,,a\n0001,1,1,,b\n0001,1,,,\n0001,2,,,\n0002,1,2,,\n"
    columns = {"line": {"joined": "courses.line"}, "drug": {"joined": "courses.drug"}}
    found = study(tmp_path, courses, {"courses": {"by": ["visit"]}}, **columns)
    table, _, _ = found.combine()
    assert [(r["line"], r["drug"]) for r in table.to_pylist()] == [
        (1, None),  # two drugs
        (None, None),  # its row says nothing: no question
        (2, None),
    ]
    assert asked(found) == [("join_ambiguous", 2, "courses.drug", "drug")]


def test_a_join_never_crosses_patients(tmp_path: Path) -> None:
    courses = "0009,1,1,,\n0002,2,1,,\n0001,2,7,,\n"
    found = study(tmp_path, courses, {"courses": {"by": ["visit"]}})
    table, _, _ = found.combine()
    assert table["line"].to_pylist() == [None, 7, None]
    assert [row[:2] for row in asked(found)] == [("join_unmatched", n) for n in (2, 4)]


def test_a_join_never_crosses_hospitals(tmp_path: Path) -> None:
    files = {
        "visits.csv": "id,Visit,Seen,H\n0001,1,2021-03-05,E\n0001,1,2021-03-05,W\n",
        "courses.csv": "id,Visit,Line,Start,Drug,H\n0001,,1,2021-01-04,a,W\n"
        "0001,,2,2021-01-04,a,E\n",
    }
    found = Study(
        tmp_path, files, files=["visits.csv"], joins=BY_DATE, defaults={"centre": {"from": "H"}},
        columns=COLUMNS | {"line": {"joined": "courses.line"}}, others={"courses": COURSE},
    )  # fmt: skip
    table, aside, _ = found.combine()
    assert sorted(zip(table["centre"].to_pylist(), table["line"].to_pylist(), strict=True)) == [
        ("E", 2), ("W", 1),
    ]  # fmt: skip
    assert (asked(found), aside.num_rows) == ([], 0)


def test_a_join_that_nothing_fits_stops(tmp_path: Path) -> None:
    found = study(tmp_path, "0001,9,1,,\n0002,9,2,,\n", {"courses": {"by": ["visit"]}})
    message = r"joins.courses: no row finds its row in the table courses by USUBJID, visit\. Look"
    with pytest.raises(Stop, match=message):
        found.combine()


def test_only_some_rows_of_the_other_table_and_a_key_of_another_name(tmp_path: Path) -> None:
    columns = {"first": {"joined": "beginning.start_date"}, "last": {"joined": "numbered.drug"}}
    joins = {
        "beginning": {"table": "courses", "where": "line == 1"},
        "numbered": {"table": "courses", "by": {"visit": "line"}},
    }
    courses = "0001,,1,2021-01-04,a\n0001,,2,2021-06-01,b\n0002,,1,2021-03-10,c\n"
    table, _, _ = study(tmp_path, courses, joins, **columns).combine()
    assert table["first"].to_pylist() == [dt.datetime(2021, 1, 4)] * 2 + [dt.datetime(2021, 3, 10)]
    assert table["last"].to_pylist() == ["a", "b", "c"]


def test_one_raw_table_serves_several_and_they_look_into_each_other(tmp_path: Path) -> None:
    text = "id,Kind,Date,What\n0001,T,2021-01-04,1\n0001,A,2021-02-04,PR\n0002,A,2021-02-05,PD\n"
    date, kind = {"from": "Date", "type": "date"}, {"from": "Kind"}
    line = {"joined": "courses.line"}
    found = Study(
        tmp_path, {"all.csv": text}, files=["all.csv"], where="kind == 'A'",
        columns={"kind": kind, "seen": date, "response": {"from": "What"}, "line": line},
        joins={"courses": {"latest": {"seen": "start_date"}}},
        others={"courses": {
            "files": ["all.csv"], "where": "kind == 'T'",
            "columns": {"kind": kind, "start_date": date, "line": LINE | {"from": "What"}},
        }},
    )  # fmt: skip
    table, _, counts = found.combine()
    assert [(r["response"], r["line"]) for r in table.to_pylist()] == [("PR", 1), ("PD", None)]
    part = counts["parts"][0]
    assert (part["rows_raw"], part["rows_kept"], part["rows_set_aside"]) == (3, 2, 1)
    assert part["rows_left_out"] == 1  # declared, so it does not count as lost
    assert asked(found) == [("join_unmatched", 4, "courses", "line")]


def test_a_column_of_an_absent_source_is_absent_with_its_reason() -> None:
    tables = {
        "courses": {"absent": True, "reason": "not kept"},
        "notes": {
            "files": ["a.csv"], "joins": BY_DATE,
            "columns": COLUMNS | {"line": {"joined": "courses.line"}},
        },
        "later": {
            "files": ["a.csv"], "joins": {"notes": {"by": ["visit"]}},
            "columns": COLUMNS | {"line": {"joined": "notes.line"}},
        },
    }  # fmt: skip
    found = check(dict(reversed(tables.items())))  # the order of the tables does not matter
    for name in ("notes", "later"):
        column = found["tables"][name]["columns"]["line"]
        assert (column["absent"], column["reason"], column["joined"]) == (True, "not kept", None)
        assert joined_tables(found, name) == []


def test_a_looked_up_column_has_the_type_of_its_source_and_is_not_read() -> None:
    columns = COLUMNS | {"line": {"joined": "courses.line"}}
    notes = {"files": ["a.csv"], "columns": columns, "joins": BY_DATE}
    found = check({"notes": notes, "courses": COURSE})
    assert found["tables"]["notes"]["columns"]["line"]["type"] == "integer"
    assert list(standardise_settings(found, "notes")["columns"]) == ["visit", "seen"]
    assert joined_tables(found, "notes") == ["courses"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"columns": {"n": {"joined": "course.line"}}}, "n: there is no join `course`"),
        ({"columns": {}}, "notes.joins.courses: no column is looked up with it"),
        ({"columns": {"n": {"joined": "courses.lines"}}}, "names `lines` of courses"),
        ({"joins": {"courses": {"by": ["ward"]}}}, "names `ward` of courses, `ward`"),
        ({"joins": {"courses": {"where": "lin == 1"}}}, "names `lin` of courses"),
        ({"joins": {"courses": {"where": "lin =="}}}, "cannot be read"),
        ({"joins": {"courses": {"by": {"seen": "line"}}}}, "cannot be compared: date and integer"),
        ({"joins": {"courses": {"latest": {"visit": "line"}}}}, "needs dates"),
        ({"joins": {"courses": {"table": "coursess"}}}, "no table `coursess` (nearest: `courses`)"),
        ({"joins": {"courses": {"table": "notes"}}}, "`notes` itself looks into `notes`"),
        ({"columns": {"n": {"joined": "courses.line", "type": "text"}}}, "of type integer there"),
        ({"columns": {"n": {"joined": "courses.line", "codelist": "x"}}}, "takes no `codelist`"),
        ({"where": "line == 1"}, "where: line: looked up after rows were left out"),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_up_is_refused(changes: dict[str, Any], message: str) -> None:
    columns = COLUMNS | changes.pop("columns", {"line": {"joined": "courses.line"}})
    notes = {"files": ["a.csv"], "columns": columns, "joins": BY_DATE} | changes
    with pytest.raises(ValidationError) as error:
        check({"notes": notes, "courses": COURSE})
    assert message in str(error.value)


def test_tables_that_look_into_each_other_are_refused() -> None:
    def table(other: str) -> dict[str, Any]:
        columns = COLUMNS | {"line": {"joined": f"{other}.visit"}}
        return {"files": ["a.csv"], "columns": columns, "joins": {other: {}}}

    with pytest.raises(ValidationError) as error:
        check({"a": table("b"), "b": table("a")})
    assert "tables.b.joins.a: `a` itself looks into `b`" in str(error.value)


SMALL = st.one_of(st.none(), st.integers(0, 3))
ROWS = st.lists(st.tuples(SMALL, SMALL, SMALL, SMALL), max_size=12)


def rows_table(rows: list[tuple[Any, ...]]) -> pa.Table:
    names = ("USUBJID", "key", "day", "value")
    columns = [[row[i] for row in rows] for i in range(4)]
    columns[0] = [None if v is None else str(v) for v in columns[0]]
    days = [None if v is None else dt.datetime(2021, 1, 1 + v) for v in columns[2]]
    kinds = [pa.string(), pa.int64(), pa.timestamp("us"), pa.int64()]
    arrays = [pa.array(c, k) for c, k in zip([*columns[:2], days, columns[3]], kinds, strict=True)]
    place = {"src_file": ["f"] * len(rows), "src_sheet": [""] * len(rows)}
    table = pa.table(dict(zip(names, arrays, strict=True)))
    for name, values in place.items():
        table = table.append_column(name, pa.array(values, pa.string()))
    return table.append_column("src_row", pa.array(range(len(rows)), pa.int64()))


@given(ROWS, ROWS, st.booleans(), st.booleans())
def test_a_lookup_equals_looking_at_every_pair_of_rows(
    own: list[tuple[Any, ...]], theirs: list[tuple[Any, ...]], keyed: bool, dated: bool
) -> None:
    table, other = rows_table(own), rows_table(theirs)
    by = {"key": "key"} if keyed else {}
    latest = {"day": "day"} if dated else {}
    matched = match(table, other, {"by": by, "latest": latest})
    found = look_up(matched, other, "value")
    for i, row in enumerate(own):
        fit = [
            r for r in theirs
            if row[0] is not None and r[0] == row[0] and (not keyed or r[1] == row[1] is not None)
            and (not dated or None not in (r[2], row[2]) and r[2] <= row[2])
        ]  # fmt: skip
        if dated:
            fit = [r for r in fit if r[2] == max(f[2] for f in fit)]
        values = {r[3] for r in fit} - {None}
        expected = (not fit, len(values) > 1, values.pop() if len(values) == 1 else None)
        got = (matched.unmatched()[i], found.ambiguous[i], found.values[i].as_py())
        assert got == expected


def test_a_million_rows_are_looked_up_at_once() -> None:
    size = 1_000_000
    number = np.arange(size) % 200_000
    names = pa.array(number).cast(pa.string())
    stamps = pa.array((np.arange(size) % 997).astype("datetime64[D]").astype("datetime64[us]"))
    place = {"src_file": pa.repeat("f", size), "src_sheet": pa.nulls(size, pa.string())}
    table = pa.table({"USUBJID": names, "day": stamps, "line": pa.array(number % 5)} | place)
    table = table.append_column("src_row", pa.array(np.arange(size)))
    began = time.process_time()
    found = look_up(match(table, table, {"by": {}, "latest": {"day": "day"}}), table, "line")
    assert time.process_time() - began < 15  # seconds; 3 on a laptop
    assert found.values.equals(table["line"].combine_chunks())
