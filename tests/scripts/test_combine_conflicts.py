"""Rows of one patient that contradict each other: decided as declared, or set aside and asked."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scripts.lib.config.combining import Conflicts
from scripts.lib.errors import Stop
from scripts.lib.reading.conflicts import REASONS, resolve
from tests.raw_files import Study, check

COLUMNS: dict[str, Any] = {
    "seen": {"from": "Seen", "type": "date", "formats": ["%Y-%m-%d", "%Y/%m/%d"]},
    "status": {"from": "Status"},
    "grade": {"from": "Grade", "type": "integer"},
    "noted": {"from": "Noted", "type": "date"},
}
HEAD = "id,Seen,Status,Grade,Noted\n"
ROWS = [
    "0001,2021-03-05,alive,1,2021-03-06\n",
    "0001,2021-03-05,dead,3,2021-03-08\n",
    "0001,2021-03-05,alive,2,\n",
]
THREE = "".join(ROWS)


def study(folder: Path, *decide: dict[str, Any], **files: str) -> Study:
    names = {f"{name}.csv": HEAD + text for name, text in files.items()}
    conflicts = {"key": ["seen"], "decide": list(decide)}
    return Study(folder, names, columns=COLUMNS, conflicts=conflicts)


def kept(table: pa.Table) -> list[tuple[str, int]]:
    return [(row["src_file"], row["src_row"]) for row in table.to_pylist()]


def listed(aside: pa.Table) -> list[tuple[Any, ...]]:
    return [(r["src_file"], r["src_row"], r["reason"], r["detail"]) for r in aside.to_pylist()]


def asked(found: Study) -> list[tuple[Any, ...]]:
    rows = pq.read_table(found.path("problems")).to_pylist()
    return [tuple(row[c] for c in ("rule", "src_file", "src_row", "field")) for row in rows]


@pytest.mark.parametrize(
    ("rule", "row", "text"),
    [
        ({"latest": "noted"}, 3, "latest: noted"),
        ({"earliest": "noted"}, 2, "earliest: noted"),
        ({"largest": "grade"}, 3, "largest: grade"),
        ({"smallest": "grade"}, 2, "smallest: grade"),
        ({"prefer": {"status": ["dead", "alive"]}}, 3, "prefer: status: dead, alive"),
        ({"rows": "last"}, 4, "rows: last"),
        ({"rows": "first"}, 2, "rows: first"),
    ],
)
def test_a_declared_rule_decides_and_says_so(
    tmp_path: Path, rule: dict[str, Any], row: int, text: str
) -> None:
    found = study(tmp_path, rule, a=THREE + "0002,2021-03-05,dead,9,\n")
    table, aside, counts = found.combine()
    assert kept(table) == [("a.csv", row), ("a.csv", 5)]
    lost = [n for n in (2, 3, 4) if n != row]
    assert listed(aside) == [
        ("a.csv", n, "conflict_resolved", f"a.csv||{row}; {text}") for n in lost
    ]
    assert asked(found) == [("conflict_resolved", "a.csv", lost[0], text)]
    part = counts["parts"][0]
    assert (part["rows_kept"], part["rows_set_aside"], part["rows_left_out"]) == (2, 2, 2)


def test_without_a_rule_all_of_them_are_set_aside_and_asked_about(tmp_path: Path) -> None:
    found = study(tmp_path, a=THREE + "0002,2021-03-05,dead,9,\n0001,2021-03-06,alive,1,\n")
    table, aside, counts = found.combine()
    assert kept(table) == [("a.csv", 5), ("a.csv", 6)]
    assert listed(aside) == [("a.csv", n, "contradiction", "") for n in (2, 3, 4)]
    fields = "status, grade, noted"
    assert asked(found) == [("contradiction", "a.csv", n, fields) for n in (2, 3, 4)]
    assert counts["parts"][0]["rows_left_out"] == 0


def test_a_rule_that_cannot_tell_leaves_it_to_the_next_and_then_to_a_person(tmp_path: Path) -> None:
    text = (
        "0001,2021-03-05,dead,1,2021-03-06\n0001,2021-03-05,dead,2,2021-03-06\n"
        "0001,2021-03-05,alive,3,2021-03-07\n"
    )
    found = study(tmp_path, {"prefer": {"status": ["dead"]}}, {"latest": "noted"}, a=text)
    table, aside, _ = found.combine()
    assert kept(table) == []
    assert listed(aside) == [("a.csv", n, "contradiction", "") for n in (2, 3, 4)]
    assert {row[3] for row in asked(found)} == {"status, grade, noted"}


def test_the_first_file_wins_in_the_order_of_the_patterns(tmp_path: Path) -> None:
    found = Study(
        tmp_path,
        {"a_old.csv": HEAD + ROWS[0], "new.csv": HEAD + ROWS[1]},
        files=["new*.csv", "*old.csv"], columns=COLUMNS,
        conflicts={"key": ["seen"], "decide": [{"files": "first"}]},
    )  # fmt: skip
    table, aside, _ = found.combine()
    assert kept(table) == [("new.csv", 2)]
    assert listed(aside) == [("a_old.csv", 2, "conflict_resolved", "new.csv||2; files: first")]


def test_rows_that_say_the_same_in_other_words_are_one(tmp_path: Path) -> None:
    text = "0001,2021-03-05,alive,1,\n0001,2021/3/5,alive,1,\n"
    table, aside, _ = study(tmp_path, a=text).combine()
    assert kept(table) == [("a.csv", 2)]
    assert listed(aside) == [("a.csv", 3, "same_values", "a.csv||2")]


def test_rows_without_the_key_are_never_compared(tmp_path: Path) -> None:
    text = "0001,,alive,1,\n0001,,dead,2,\n0001,,dead,2, \n0001,soon,dead,3,\n0002,2021-03-05,,,\n"
    table, aside, _ = study(tmp_path, {"rows": "first"}, a=text).combine()
    assert kept(table) == [("a.csv", 2), ("a.csv", 3), ("a.csv", 5), ("a.csv", 6)]
    assert [row[2] for row in listed(aside)] == ["exact_duplicate"]


def test_an_empty_key_means_one_row_a_patient_and_hospitals_are_kept_apart(tmp_path: Path) -> None:
    text = "id,N,H\n0001,1,E\n0001,2,E\n0001,3,W\n0002,4,W\n"
    found = Study(
        tmp_path, {"a.csv": text}, columns={"n": {"from": "N", "type": "integer"}},
        centre={"from": "H"}, conflicts={"key": [], "decide": [{"largest": "n"}]},
    )  # fmt: skip
    table, aside, _ = found.combine()
    assert table["n"].to_pylist() == [2, 3, 4]
    assert aside["reason"].to_pylist() == ["conflict_resolved"]


def test_a_key_that_is_empty_everywhere_stops(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="conflicts.key: the column `seen` is empty in every row"):
        study(tmp_path, {"rows": "first"}, a="0001,,alive,1,\n0001,,dead,2,\n").combine()


@pytest.mark.parametrize(
    ("conflicts", "message"),
    [
        ({"key": ["day"]}, "notes.conflicts.key: `day` is no column of this table"),
        ({"key": ["gone"]}, "`gone` is no column of this table that is read"),
        ({"decide": [{"latest": "grade"}]}, "`grade` is no column of this table of type date"),
        ({"decide": [{"rows": "first"}, {"largest": "seen"}]}, "rule 2: `seen`"),
        ({"decide": [{"prefer": {"seen": ["x"]}}]}, "of type text or code"),
        ({"decide": [{"rows": "first", "files": "first"}]}, "give exactly one of latest"),
        ({"decide": [{}]}, "give exactly one of latest"),
    ],
)  # fmt: skip
def test_what_cannot_decide_is_refused(conflicts: dict[str, Any], message: str) -> None:
    gone = {"gone": {"absent": True, "reason": "not kept"}}
    with pytest.raises(ValidationError) as error:
        check({"notes": {"files": ["a"], "columns": COLUMNS | gone, "conflicts": conflicts}})
    assert message in str(error.value)


RULES: list[dict[str, Any]] = [
    {"largest": "grade"}, {"smallest": "grade"}, {"prefer": {"status": ["x", "y"]}},
    {"files": "last"}, {"rows": "first"},
]  # fmt: skip
ROW = st.tuples(
    st.sampled_from("12"), st.sampled_from([None, 0, 1]), st.sampled_from([None, "x", "y", "z"]),
    st.sampled_from([None, 1, 2]), st.sampled_from("ab"),
)  # fmt: skip


def rank(rule: dict[str, Any], row: tuple[Any, ...], place: int) -> Any:
    (name,) = rule
    if name in ("largest", "smallest"):
        return (row[3] is None, (row[3] or 0) * (-1 if name == "largest" else 1))
    if name == "prefer":
        return 9 if row[2] is None else ["x", "y", "z"].index(row[2])
    return -"ab".index(row[4]) if name == "files" else place


@given(st.lists(ROW, max_size=12), st.lists(st.sampled_from(RULES), max_size=3))
def test_deciding_equals_going_through_the_rows_of_each_key(
    rows: list[tuple[Any, ...]], rules: list[dict[str, Any]]
) -> None:
    kinds = [pa.string(), pa.int64(), pa.string(), pa.int64(), pa.string()]
    names = ["USUBJID", "key", "status", "grade", "src_file"]
    table = pa.table([pa.array(c, k) for c, k in zip(zip(*rows, strict=True), kinds, strict=True)]
                     if rows else [pa.array([], k) for k in kinds], names=names)  # fmt: skip
    table = table.append_column("src_sheet", pa.nulls(len(rows), pa.string()))
    table = table.append_column("src_row", pa.array(range(len(rows)), pa.int64()))
    conflicts = Conflicts.model_validate({"key": ["key"], "decide": rules}).model_dump()
    done = resolve(table, conflicts, ["a", "b"])

    groups = defaultdict(list)
    for place, row in enumerate(rows):
        if row[1] is not None:
            groups[row[:2]].append(place)
    expected, winner = [""] * len(rows), dict[int, int]()
    for places in groups.values():
        first = {rows[p][:4]: p for p in reversed(places)}
        alive = sorted(first.values())
        for rule in rules:
            best = min(rank(rule, rows[p], p) for p in alive)
            alive = [p for p in alive if rank(rule, rows[p], p) == best]
        for p in places:
            if len(alive) > 1:
                expected[p] = "contradiction"
            elif p not in alive:
                same = first[rows[p][:4]] == alive[0]
                expected[p] = "same_values" if same else "conflict_resolved"
                winner[p] = alive[0]
    assert [REASONS[r] for r in done.reason] == expected
    assert {i: k for i, k in enumerate(done.kept.tolist()) if k >= 0} == winner
