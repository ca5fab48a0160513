"""Standardising texts that hold codes: the pieces that are asked about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from tests.raw_files import Study


def listed(table: pa.Table, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[c] for c in columns) for row in table.to_pylist()]


def standardise(folder: Path, text: str, **table: Any) -> tuple[pa.Table, pa.Table, pa.Table]:
    return Study(folder, {"a.csv": text}, **table).standardise("a")


REGIMENS = {
    "drugs": "raw,value,match\nserplulimab,serplulimab,regex\n(?<![a-z])ep(?![a-z]),ep,regex\n",
    "classes": "raw,value,match\nserplulimab,pd_1,regex\n(?<![a-z])ep(?![a-z]),chemo,regex\n",
}
REGIMEN = {
    "drugs": {"from": "Regimen", "type": "codes", "codelist": "drugs"},
    "classes": {"from": "Regimen", "type": "codes", "codelist": "classes"},
}


def test_pieces_of_a_text_are_listed_alone_and_a_negated_code_with_the_other_reading(
    tmp_path: Path,
) -> None:
    rows = "0001,EP + camrelizumab\n0002,EP (refused serplulimab)\n0003,EP\n0004,EP+X+Z\n"
    kept, problems, _ = standardise(
        tmp_path, f"id,Regimen\n{rows}", columns=REGIMEN, codelists=REGIMENS
    )
    assert kept["drugs"].to_pylist() == ["ep"] * 4
    assert kept["classes"].to_pylist() == ["chemo"] * 4
    found = listed(problems, "src_row", "rule", "field", "raw", "otherwise")
    assert sorted(found, key=str) == [
        (2, "unexplained_text", "classes", "camrelizumab", None),
        (2, "unexplained_text", "drugs", "camrelizumab", None),
        (3, "negated_code", "classes", "refused serplulimab", "chemo;pd_1"),
        (3, "negated_code", "drugs", "refused serplulimab", "ep;serplulimab"),
        (5, "unexplained_text", "classes", "z", None),
        (5, "unexplained_text", "drugs", "z", None),
    ]
    assert "serplulimab" not in str(problems["question"].to_pylist())


def test_yes_or_no_is_null_where_the_text_denies_the_word(tmp_path: Path) -> None:
    lists = {"yes_no": "raw,value,match\npresent|有,true,regex\nabsent,false,regex\n"}
    kept, problems, _ = standardise(
        tmp_path,
        "id,Seen\n0001,present\n0002,not present\n0003,没有\n0004,有\n",
        columns={"seen": {"from": "Seen", "type": "boolean", "codelist": "yes_no"}},
        codelists=lists,
    )
    assert kept["seen"].to_pylist() == [True, None, None, True]
    assert listed(problems, "src_row", "rule", "otherwise") == [
        (3, "negated_code", "true"), (4, "negated_code", "true")
    ]  # fmt: skip
