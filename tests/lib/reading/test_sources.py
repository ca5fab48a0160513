"""Which raw files make up a table: folder -> parts."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from scripts.lib.errors import Stop
from scripts.lib.reading.sources import codelist_files, plan_parts, slug
from tests.locked_workbook import locked_xlsx
from tests.raw_files import check

COLUMNS = {"n": {"from": "n"}}


def plan(folder: Path, names: list[str], **table: Any) -> dict[str, Any]:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    config = check({"notes": {"columns": COLUMNS} | table})
    return plan_parts(config, folder)["notes"]


def workbook(path: Path, *sheets: str) -> None:
    with xlsxwriter.Workbook(path) as book:
        for sheet in sheets:
            book.add_worksheet(sheet)


def test_every_file_that_a_pattern_matches_is_a_part(tmp_path: Path) -> None:
    names = ["notes_2026-01.csv", "notes_2026-02.csv", "other.csv"]
    parts = plan(tmp_path, names, files=["notes_*.csv"])
    assert {name: part.file for name, part in parts.items()} == {
        "notes_2026-01": "notes_2026-01.csv",
        "notes_2026-02": "notes_2026-02.csv",
    }


def test_a_file_name_that_does_not_tell_its_hospital_stops(tmp_path: Path) -> None:
    centre = {"from": "src_file", "part": r"^(H\d)_"}
    assert plan(tmp_path, ["H1_a.csv"], files=["*_a.csv"], centre=centre)
    with pytest.raises(Stop, match="centre: `.*` finds no hospital in the name X_a.csv"):
        plan(tmp_path, ["X_a.csv"], files=["*_a.csv"], centre=centre)
    said = {"X*": {"centre": "H2"}}
    assert plan(tmp_path, [], files=["*_a.csv"], centre=centre, by_file=said)


def test_what_is_said_of_a_file_that_is_not_there_stops(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="by_file: `b.csv` fits no file"):
        plan(tmp_path, ["a.csv"], files=["*.csv"], by_file={"b.csv": {"header_row": 2}})


def test_code_lists_of_every_way_of_reading(tmp_path: Path) -> None:
    column = {"from": "n", "type": "code", "codelist": "sex"}
    other = {"b.csv": {"columns": {"n": {"codelist": "sex_b"}}}}
    config = check({"notes": {"files": ["*"], "columns": {"n": column}, "by_file": other}})
    lists = ["config/codelists/sex.csv", "config/codelists/sex_b.csv"]
    assert codelist_files(config, ["notes"]) == lists


def test_lock_files_and_system_files_are_no_data(tmp_path: Path) -> None:
    parts = plan(tmp_path, ["a.csv", "~$a.csv", ".a.csv", "Thumbs.db"], files=["*"])
    assert list(parts) == ["a"]


def test_a_file_that_two_patterns_match_is_one_part(tmp_path: Path) -> None:
    assert list(plan(tmp_path, ["a.csv"], files=["a*.csv", "*.csv"])) == ["a"]


def test_files_of_one_stem_have_parts_of_their_own(tmp_path: Path) -> None:
    names = ["2026-01/a.csv", "2026-02/a.csv", "b.csv", "b.tsv", "化验 单.csv"]
    parts = plan(tmp_path, names, files=["**/*.?sv"])
    assert {name: part.file for name, part in parts.items()} == {
        "2026-01_a_csv": "2026-01/a.csv",
        "2026-02_a_csv": "2026-02/a.csv",
        "b_csv": "b.csv",
        "b_tsv": "b.tsv",
        "化验_单": "化验 单.csv",
    }


def test_the_ending_says_the_format(tmp_path: Path) -> None:
    parts = plan(tmp_path, ["a.csv.gz", "b.JSONL", "c.xlsm"], files=["*"])
    found = {name: (part.format, part.gzip) for name, part in parts.items()}
    assert found == {"a": ("csv", True), "b": ("jsonl", False), "c": ("xlsx", False)}
    with pytest.raises(Stop, match=r"d\.dat: the ending says nothing"):
        plan(tmp_path, ["d.dat"], files=["d*"])
    assert plan(tmp_path, [], files=["d*"], format="csv")["d"].format == "csv"


def test_sheets_are_parts(tmp_path: Path) -> None:
    workbook(tmp_path / "book.xlsx", "Ward 1", "Ward 2", "Notes")
    for sheet, expected in {
        "Notes": {"book": "Notes"},
        "*": {"book-Notes": "Notes", "book-Ward_1": "Ward 1", "book-Ward_2": "Ward 2"},
        "Ward*": {"book-Ward_1": "Ward 1", "book-Ward_2": "Ward 2"},
    }.items():
        parts = plan(tmp_path, [], files=["*.xlsx"], sheet=sheet)
        assert {name: part.sheet for name, part in parts.items()} == expected
    listed = plan(tmp_path, [], files=["*.xlsx"], sheet=["Notes", "Ward 1"])
    assert list(listed) == ["book-Notes", "book-Ward_1"]
    with pytest.raises(Stop, match=r"no sheet matches .*Sheets: Ward 1, Ward 2, Notes"):
        plan(tmp_path, [], files=["*.xlsx"], sheet="Bed*")


def test_a_locked_workbook_stops_before_any_job(tmp_path: Path) -> None:
    (tmp_path / "book.xlsx").write_bytes(locked_xlsx())
    with pytest.raises(Stop, match=r"book\.xlsx is password-protected"):
        plan(tmp_path, [], files=["*.xlsx"], sheet="*")


def test_a_text_file_beside_workbooks_has_no_sheet(tmp_path: Path) -> None:
    workbook(tmp_path / "book.xlsx", "A")
    parts = plan(tmp_path, ["late.csv"], files=["*"], sheet="*")
    assert {name: part.sheet for name, part in parts.items()} == {"book-A": "A", "late": None}


def test_a_missing_file_stops_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(Stop) as stop:
        plan(tmp_path, ["patient.csv", "labs.csv"], files=["patients.csv"])
    for piece in ("Table notes", "`patients.csv`", str(tmp_path), "Nearest: `patient.csv`"):
        assert piece in str(stop.value)


def test_a_link_that_leads_nowhere_is_no_missing_row(tmp_path: Path) -> None:
    """One of two files that a pattern fits lies on a drive that is not there."""
    (tmp_path / "ward2.csv").symlink_to(tmp_path / "not_mounted" / "ward2.csv")
    with pytest.raises(Stop, match=r"ward2\.csv is a link that leads nowhere"):
        plan(tmp_path, ["ward1.csv"], files=["ward*.csv"])
    (tmp_path / "ward2.csv").unlink()
    (tmp_path / "ward2").symlink_to(tmp_path / "not_mounted")
    with pytest.raises(Stop, match="ward2 is a link that leads nowhere"):
        plan(tmp_path, ["ward1.csv"], files=["ward*.csv"])


def test_a_folder_that_may_not_be_read_is_no_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = os.scandir

    def shut(path: str) -> object:
        if str(path).endswith("ward2"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    (tmp_path / "ward2").mkdir()
    monkeypatch.setattr(os, "scandir", shut)
    with pytest.raises(Stop, match=r"ward2 cannot be read \(Permission denied\)"):
        plan(tmp_path, ["ward1.csv"], files=["ward1.csv"])


def test_a_folder_named_as_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(Stop, match=r"no file matches `\*.csv` in .*\. `a.csv` there is a folder"):
        plan(tmp_path, ["b.txt"], files=["*.csv"])


def test_a_missing_delivery_stops(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="delivery folder .* is missing"):
        plan_parts(check({"notes": {"files": ["a.csv"], "columns": COLUMNS}}), tmp_path / "2026")


def test_an_absent_table_has_no_parts(tmp_path: Path) -> None:
    config = check({"radiotherapy": {"absent": True, "reason": "not kept"}})
    assert plan_parts(config, tmp_path) == {"radiotherapy": {}}


def test_code_lists_used_are_inputs() -> None:
    column = {"from": "x", "type": "code", "codelist": "yes_no"}
    config = check({"a": {"files": ["a.csv"], "columns": {"x": column, "y": {"from": "y"}}}})
    assert codelist_files(config, ["a"]) == ["config/codelists/yes_no.csv"]


def test_slugs_keep_letters_of_any_script() -> None:
    assert [slug(t) for t in ("a b.c", "化验（1）", "..")] == ["a_b_c", "化验_1", "part"]


ODD_NAMES = (
    "patients[1].csv", "a b's \"c\" 100% &;$.csv", "患者 登记（一）.csv", "a..b.csv", "[x]/y.csv",
    "-.csv",
    "病" * 80 + ".csv", "x" * 250 + ".csv", "a\u3000b\u00a0.csv",
)  # fmt: skip


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_file_of_any_name_is_found_by_that_name(tmp_path: Path, name: str) -> None:
    ((part, found),) = plan(tmp_path, [name], files=[name]).items()
    assert found.file == name
    assert len(part.encode()) < 150
    assert re.fullmatch(r"[\w-]+", part)


def test_brackets_stand_for_letters_where_no_file_has_that_name(tmp_path: Path) -> None:
    parts = plan(tmp_path, ["a1.csv", "a2.csv"], files=["a[12].csv"])
    assert sorted(part.file for part in parts.values()) == ["a1.csv", "a2.csv"]


def test_long_names_that_begin_alike_are_parts_of_their_own(tmp_path: Path) -> None:
    names = ["病" * 80 + f"{number}.csv" for number in (1, 2)]
    assert len(plan(tmp_path, names, files=["*.csv"])) == 2


@pytest.mark.parametrize("name", ["patients_{2023}.csv", "a{b.csv", "a\nb.csv", "{x}/y.csv"])
def test_a_name_that_means_something_to_snakemake_is_to_be_changed(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(Stop, match=r"cannot be the input of a job. Rename the file"):
        plan(tmp_path, [name], files=["**/*.csv"])


@pytest.mark.parametrize("name", [".", "x" * 300 + ".csv", "a[", "***"])
def test_a_name_that_no_file_can_have_fits_no_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(Stop, match="no file matches"):
        plan(tmp_path, ["b.csv"], files=[name])


def test_a_glob_takes_no_hidden_sheet(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        book.add_worksheet("Ward 1")
        book.add_worksheet("备份").hide()
    parts = plan(tmp_path, [], files=["*.xlsx"], sheet="*")
    assert [part.sheet for part in parts.values()] == ["Ward 1"]
    named = plan(tmp_path, [], files=["*.xlsx"], sheet=["Ward*", "备份"])
    assert [part.sheet for part in named.values()] == ["Ward 1", "备份"]
    with pytest.raises(Stop, match=r"\(a hidden one .* name\). Sheets: Ward 1, 备份 \(hidden\)"):
        plan(tmp_path, [], files=["*.xlsx"], sheet="备*")
