"""Row counts of all tables in one."""

from __future__ import annotations

from scripts.check_row_conservation import COUNTS, collect


def counts(table: str, *parts: str) -> dict[str, object]:
    numbers = dict(zip(COUNTS, (9, 8, 6, 2, 1), strict=True))
    return {"table": table, "parts": [{"part": part} | numbers for part in parts]}


def test_one_row_per_table_and_part_sorted() -> None:
    table = collect([counts("b", "x"), counts("a", "z", "y"), counts("c")])
    assert table.column_names == ["table", "part", *COUNTS]
    assert [tuple(row.values())[:3] for row in table.to_pylist()] == [
        ("a", "y", 9),
        ("a", "z", 9),
        ("b", "x", 9),
    ]
