"""Standardising: raw text -> typed values, problems, rows set aside."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import xlsxwriter

from scripts.lib.errors import Stop
from scripts.lib.reading.pseudonyms import pseudonym
from tests.raw_files import KEY, Study

COLUMNS: dict[str, Any] = {
    "seen": {"from": "Seen", "type": "date"},
    "kps": {"from": "KPS", "type": "integer", "min": 0, "max": 100},
}


def usubjid(number: str) -> str:
    return pseudonym(bytes.fromhex(KEY), number)


def listed(table: pa.Table, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[c] for c in columns) for row in table.to_pylist()]


def standardise(folder: Path, text: str, **table: Any) -> tuple[pa.Table, pa.Table, pa.Table]:
    return Study(folder, {"a.csv": text}, **({"columns": COLUMNS} | table)).standardise("a")


def test_values_have_types_pseudonyms_and_their_source(tmp_path: Path) -> None:
    kept, problems, aside = standardise(tmp_path, "id,Seen,KPS\n0001,2021-03-05,90\n0002,,\n")
    assert kept.drop_columns("src_hash").to_pylist() == [
        {
            "USUBJID": usubjid("0001"),
            "seen": dt.datetime(2021, 3, 5),
            "kps": 90,
            "src_file": "a.csv",
            "src_sheet": None,
            "src_row": 2,
        },
        {
            "USUBJID": usubjid("0002"),
            "seen": None,
            "kps": None,
            "src_file": "a.csv",
            "src_sheet": None,
            "src_row": 3,
        },
    ]
    assert (problems.num_rows, aside.num_rows) == (0, 0)


def test_what_cannot_be_read_is_null_and_listed_with_its_place(tmp_path: Path) -> None:
    kept, problems, _ = standardise(
        tmp_path, "id,Seen,KPS\n0001,soon,9O\n0002,2021-02-30,110\n0003,2021-03-05,90\n"
    )
    assert listed(kept, "seen", "kps")[:2] == [(None, None), (None, None)]
    assert listed(problems, "src_row", "rule", "column", "field", "raw", "USUBJID") == [
        (2, "not_a_number", "KPS", "kps", "9O", usubjid("0001")),
        (2, "unreadable_date", "Seen", "seen", "soon", usubjid("0001")),
        (3, "out_of_range", "KPS", "kps", "110", usubjid("0002")),
        (3, "unreadable_date", "Seen", "seen", "2021-02-30", usubjid("0002")),
    ]
    assert set(problems["table"].to_pylist()) == {"notes"}
    assert set(problems["severity"].to_pylist()) == {"warning"}


def test_rows_without_a_usable_patient_number_are_set_aside(tmp_path: Path) -> None:
    text = "id,Seen,KPS\n,2021-03-05,90\nNA,,bad\n12345,,\n0004,,\n"
    kept, problems, aside = standardise(tmp_path, text, defaults={"missing": ["NA"]})
    assert listed(kept, "src_row") == [(5,)]
    assert listed(aside, "src_row", "reason") == [
        (2, "no_identifier"),
        (3, "no_identifier"),
        (4, "bad_identifier"),
    ]
    assert listed(problems, "src_row", "rule", "raw") == [
        (2, "missing_identifier", ""),
        (3, "missing_identifier", "NA"),
        (4, "bad_identifier", "12345"),
    ]


def test_a_column_without_any_usable_patient_number_stops(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="a.csv: no row has a usable patient number in column `id`"):
        standardise(tmp_path, "id,Seen,KPS\n,,90\n123456,,80\n")


def test_restored_zeros_are_listed_once_and_two_ways_of_writing_row_by_row(tmp_path: Path) -> None:
    kept, problems, _ = standardise(tmp_path, "id,Seen,KPS\n7,,\n0008,,\n8,,\n")
    assert listed(kept, "USUBJID") == [(usubjid(n),) for n in ("0007", "0008", "0008")]
    assert listed(problems, "src_row", "rule", "severity", "column", "USUBJID") == [
        (2, "identifier_padded", "info", "id", None),
        (4, "identifier_collision", "warning", "id", usubjid("0008")),
    ]
    assert problems["question"][0].as_py().endswith("(Rows concerned: 2.)")


def test_numbers_that_collide_after_cleaning_are_asked_about(tmp_path: Path) -> None:
    text = "id,Seen,KPS\nA007,,\na007,,\nA 008,,\na008,,\nb009,,\nＣ010,,\nC010,,\n"
    kept, problems, _ = standardise(tmp_path, text)
    assert kept.num_rows == 7
    assert listed(problems, "src_row", "rule") == [
        (3, "identifier_collision"),  # beside A007
        (4, "identifier_collision"),  # one number, neither way is its full form
        (5, "identifier_collision"),
    ]


def test_rows_that_do_not_belong_here_are_set_aside_without_problems(tmp_path: Path) -> None:
    text = "id,Seen,KPS\n0001,bad,90\n0002,bad,50\n0003,,\n"
    kept, problems, aside = standardise(tmp_path, text, where="kps >= 80")
    assert listed(kept, "kps") == [(90,)]
    assert listed(aside, "src_row", "reason", "detail") == [
        (3, "filtered", "not: kps >= 80"),
        (4, "filtered", "unknown: kps >= 80"),
    ]
    assert listed(problems, "src_row", "rule") == [(2, "unreadable_date"), (4, "filter_unknown")]


def test_an_unreadable_value_that_hides_where_a_row_belongs_is_asked_about(tmp_path: Path) -> None:
    text = "id,Seen,KPS\n0001,bad,9O\n0002,bad,50\n"
    _, problems, aside = standardise(tmp_path, text, where="kps >= 80")
    assert listed(aside, "src_row", "detail") == [(2, "unknown: kps >= 80"), (3, "not: kps >= 80")]
    assert listed(problems, "src_row", "rule") == [
        (2, "filter_unknown"),
        (2, "not_a_number"),
        (2, "unreadable_date"),
    ]


def test_a_condition_on_dates_and_codes(tmp_path: Path) -> None:
    columns = COLUMNS | {"sex": {"from": "Sex", "type": "code", "codelist": "sex"}}
    text = "id,Seen,KPS,Sex\n0001,2021-03-05,,m\n0002,2020-03-05,,m\n0003,2021-03-05,,f\n"
    kept, _, _ = standardise(
        tmp_path,
        text,
        columns=columns,
        codelists={"sex": "raw,value\nm,male\nf,female\n"},
        where="sex == 'male' and seen >= date('2021-01-01')",
    )
    assert listed(kept, "src_row") == [(2,)]


def test_two_columns_from_one_a_constant_and_an_absent_one(tmp_path: Path) -> None:
    columns = {
        "text": {"from": "Regimen"},
        "drugs": {"from": "Regimen", "type": "codes", "codelist": "drugs"},
        "line": {"value": 2, "type": "integer"},
        "immune": {"value": True, "type": "boolean", "codelist": "drugs"},
        "dose": {"absent": True, "reason": "not recorded", "type": "number"},
        "file": {"from": "src_file"},
    }
    lists = {"drugs": "raw,value,match\n顺铂,cisplatin,regex\n"}
    kept, _, _ = standardise(
        tmp_path, "id,Regimen\n0001,顺铂 75mg\n", columns=columns, codelists=lists
    )
    assert listed(kept, *columns) == [("顺铂 75mg", "cisplatin", 2, True, None, "a.csv")]
    assert kept.schema.field("dose").type == pa.float64()


def test_day_numbers_of_a_workbook_that_counts_from_1904(tmp_path: Path) -> None:
    for system in (True, False):
        path = tmp_path / f"book{system}.xlsx"
        with xlsxwriter.Workbook(path, {"date_1904": system}) as book:
            sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
            sheet.write_row(0, 0, ["id", "Seen", "Typed"])
            sheet.write_row(1, 0, ["0001", 44260 - (1462 if system else 0)])
            sheet.write_datetime(1, 2, dt.datetime(2021, 3, 5), day)
    columns = {
        "seen": {"from": "Seen", "type": "date", "formats": ["excel"]},
        "typed": {"from": "Typed", "type": "date", "formats": ["%Y%m%d"]},
    }
    study = Study(tmp_path, {}, columns=columns)
    for part in study.parts:
        kept, problems, _ = study.standardise(part)
        assert listed(kept, "seen", "typed") == [(dt.datetime(2021, 3, 5),) * 2]
        assert problems.num_rows == 0


def test_what_reading_the_file_noticed_is_carried_on(tmp_path: Path) -> None:
    text = "id,Seen,KPS\n0001,,90\n\n0002,,90,9\n0003,,90\n"
    _, problems, aside = standardise(tmp_path, text, encoding="detect")
    assert listed(problems, "src_row", "rule") == [(4, "malformed_row")]
    assert listed(aside, "src_row", "reason") == [(3, "empty_row"), (4, "malformed_row")]


def test_a_partial_date_keeps_its_bounds(tmp_path: Path) -> None:
    columns = {"seen": {"from": "Seen", "type": "date", "formats": ["partial:%Y-%m"]}}
    kept, problems, _ = standardise(tmp_path, "id,Seen\n0001,2021-02\n", columns=columns)
    assert listed(kept, "seen") == [(dt.datetime(2021, 2, 15),)]
    assert listed(problems, "rule", "severity", "low", "high") == [
        ("partial_date_imputed", "info", dt.datetime(2021, 2, 1), dt.datetime(2021, 2, 28))
    ]


def test_a_date_that_was_completed_is_flagged_where_it_is_asked_for(tmp_path: Path) -> None:
    """ADaM: D, the day was put in; M, the month and the day; nothing, the date is whole."""
    formats = ["%Y-%m-%d", "partial:%Y-%m", "partial:%Y"]
    columns = {
        "seen_flag": {"imputed": "seen"},
        "seen": {"from": "Seen", "type": "date", "formats": formats},
    }
    text = "id,Seen\n0001,2021-02\n0001,2021\n0001,2021-03-04\n0001,soon\n0001,\n"
    kept, _, _ = standardise(tmp_path, text, columns=columns)
    assert kept.column_names[:3] == ["USUBJID", "seen_flag", "seen"]
    assert kept["seen_flag"].to_pylist() == ["D", "M", None, None, None]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"flag": {"imputed": "visit"}}, "`imputed: visit` is no date that is read here"),
        ({"flag": {"imputed": "other"}}, "`imputed: other` is no date that is read here"),
        ({"flag": {"imputed": "seen", "type": "date"}}, "holds D or M and takes no `type`"),
        ({"flag": {"imputed": "seen", "from": "Seen"}}, "give exactly one of"),
        ({"on": {"from": "On", "type": "date", "impute": {"not_before": ["seen"]}}},
         "add `on_flag: {imputed: on}`"),
        ({"on": {"from": "On", "type": "date", "impute": {"not_before": ["begin"]}}},
         "begin: not another column of this table"),
        ({"on": {"from": "On", "type": "date", "impute": {"not_before": ["visit"]}},
          "on_flag": {"imputed": "on"}}, "a limit is no date"),
    ],
)  # fmt: skip
def test_flags_and_limits_of_imputed_dates_that_cannot_be_are_refused(
    tmp_path: Path, columns: dict[str, Any], message: str
) -> None:
    own = {"seen": {"from": "Seen", "type": "date"}, "visit": {"from": "Visit", "type": "integer"}}
    with pytest.raises(ValueError, match=message):
        standardise(tmp_path, "id,Seen\n", columns=own | columns)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("id,Seen date,KPS", "a.csv: no column `Seen` (nearest: `Seen date`)"),
        ("id,seen,kps", "no column `Seen` (nearest: `seen`), `KPS`"),
        ("No,Seen,KPS", "no column `id`"),
    ],
)
def test_a_missing_or_renamed_column_stops_with_the_nearest(
    tmp_path: Path, header: str, message: str
) -> None:
    with pytest.raises(Stop) as stop:
        standardise(tmp_path, f"{header}\n0001,2021-03-05,90\n")
    assert message in str(stop.value)
    assert "2021" not in str(stop.value)


@pytest.mark.parametrize("first", ["P0001,Zhang San,idle", "0001,2021-03-05,90"])
def test_without_a_row_of_names_the_first_patient_stands_in_no_message(
    tmp_path: Path, first: str
) -> None:
    with pytest.raises(Stop) as stop:
        standardise(tmp_path, f"{first}\n0002,2021-03-05,90\n")
    message = str(stop.value)
    assert "no column `id`" in message and "is it row 1 (`header_row`)?" in message
    assert not [cell for cell in first.split(",") if f"`{cell}`" in message]


def test_a_column_under_another_declared_name_or_optional(tmp_path: Path) -> None:
    columns = {"kps": {"from": ["Karnofsky", "KPS"], "type": "integer"}, "n": {"from": "Note"}}
    kept, _, _ = standardise(tmp_path, "id,KPS\n0001,90\n", columns=columns, optional=["Note"])
    assert listed(kept, "kps", "n") == [(90, None)]


def test_an_unknown_column_is_asked_about_and_a_dropped_one_is_not(tmp_path: Path) -> None:
    kept, problems, _ = standardise(
        tmp_path, "id,Seen,KPS,Name,ECOG\n0001,,90,Zhang,1\n", drop=["Name", "Phone"]
    )
    assert listed(problems, "rule", "column", "src_file", "src_row", "raw") == [
        ("unknown_column", "ECOG", "a.csv", None, None)
    ]
    assert "Zhang" not in str(kept.to_pylist())


def test_direct_identifiers_stay_private(tmp_path: Path) -> None:
    study = Study(tmp_path, {"a.csv": "id,Seen,KPS\n0001,x,90\n12345,,\n"}, columns=COLUMNS)
    kept, _, _ = study.standardise("a")
    assert "0001" not in str(kept.to_pylist())
    modes = {Path(study.path(f"a.{n}")).stat().st_mode & 0o777 for n in ("problems", "set_aside")}
    assert modes == {0o600}


def test_a_code_list_that_contradicts_itself_stops(tmp_path: Path) -> None:
    columns = {"sex": {"from": "Sex", "type": "code", "codelist": "sex"}}
    lists = {"sex": "raw,value\nm,male\nM,female\n"}
    with pytest.raises(Stop, match=r"sex\.csv, row 3"):
        standardise(tmp_path, "id,Sex\n0001,m\n", columns=columns, codelists=lists)


def test_a_constant_of_another_type_stops(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="the constant `two` is not of type int64"):
        standardise(tmp_path, "id\n1\n", columns={"line": {"value": "two", "type": "integer"}})


# ---- one column that means two things; cells that are empty and mean something ------------------

ONE_DATE: dict[str, Any] = {
    "contact_date": {"from": "日期", "type": "date"},
    "vital_status": {"from": "死亡", "type": "code", "codelist": "dead", "blank": "alive"},
    "death_date": {"from": "日期", "type": "date", "when": "vital_status == 'dead'"},
}
DEAD = {"dead": "raw,value\n是,dead\n"}


def test_one_date_column_is_death_for_the_dead_and_last_contact_for_the_living(
    tmp_path: Path,
) -> None:
    text = "id,日期,死亡\n0001,2023-03-05,是\n0002,2023-04-06,\n0003,2023-05-07, \n"
    kept, problems, _ = standardise(tmp_path, text, columns=ONE_DATE, codelists=DEAD)
    dead, living = dt.datetime(2023, 3, 5), [dt.datetime(2023, 4, 6), dt.datetime(2023, 5, 7)]
    assert listed(kept, "vital_status", "contact_date", "death_date") == [
        ("dead", dead, dead),
        ("alive", living[0], None),
        ("alive", living[1], None),
    ]
    assert problems.num_rows == 0


def test_a_cell_that_may_be_meant_is_empty_and_asked_about(tmp_path: Path) -> None:
    text = "id,日期,死亡\n0001,2023-03-05,未知\n0002,soon,未知\n0003,soon,\n0004,soon,是\n"
    defaults = {"missing": ["未知"]}
    kept, problems, _ = standardise(
        tmp_path, text, columns=ONE_DATE, codelists=DEAD, defaults=defaults
    )
    assert listed(kept, "vital_status", "death_date") == [
        (None, None), (None, None), ("alive", None), ("dead", None),
    ]  # fmt: skip
    asked = [row for row in listed(problems, "src_row", "rule", "field") if row[2] == "death_date"]
    assert asked == [
        (2, "condition_unknown", "death_date"),  # a day, and nobody knows of what
        (3, "unreadable_date", "death_date"),
        (5, "unreadable_date", "death_date"),  # row 4: alive, so it is no death that is unreadable
    ]


def test_conditions_see_the_columns_before_any_is_emptied(tmp_path: Path) -> None:
    columns = {
        "a": {"from": "A", "type": "integer", "when": "b == 1"},
        "b": {"from": "B", "type": "integer", "when": "a == 1"},
    }
    kept, _, _ = standardise(tmp_path, "id,A,B\n0001,1,1\n0002,1,2\n0003,2,2\n", columns=columns)
    assert listed(kept, "a", "b") == [(1, 1), (None, 2), (None, None)]


def test_a_blank_has_the_declared_meaning_and_a_word_for_missing_has_none(tmp_path: Path) -> None:
    columns = {
        "smoker": {"from": "S", "type": "boolean", "codelist": "yes", "blank": False},
        "lines": {"from": "L", "type": "integer", "blank": 0, "min": 0},
        "note": {"from": "N", "type": "text", "blank": "none"},
    }
    text = "id,S,L,N\n0001,y,2,x\n0002,,,\n0003,NA,NA,NA\n"
    kept, problems, _ = standardise(
        tmp_path, text, columns=columns, codelists={"yes": "raw,value\ny,true\n"},
        defaults={"missing": ["NA"]},
    )  # fmt: skip
    assert listed(kept, "smoker", "lines", "note") == [
        (True, 2, "x"), (False, 0, "none"), (None, None, None),
    ]  # fmt: skip
    assert problems.num_rows == 0


def test_a_column_that_a_file_lacks_is_not_recorded_whatever_a_blank_means(tmp_path: Path) -> None:
    columns = {"flag": {"from": "Dead", "type": "code", "codelist": "dead", "blank": "alive"}}
    kept, _, _ = standardise(
        tmp_path, "id,n\n0001,x\n", columns=columns, codelists=DEAD, optional=["Dead"], drop=["n"]
    )
    assert listed(kept, "flag") == [(None,)]


# ---- several hospitals --------------------------------------------------------------------------


def of_centre(centre: str, number: str) -> str:
    return pseudonym(bytes.fromhex(KEY), f"{centre}\x1f{number}")


def test_one_number_in_two_hospitals_is_two_patients(tmp_path: Path) -> None:
    text = "id,Seen,KPS,医院\n0001,2021-03-05,90,东院\n0001,2021-03-05,90,西院\n1,,,东院\n"
    kept, problems, _ = standardise(tmp_path, text, centre={"from": "医院"})
    east, west = of_centre("东院", "0001"), of_centre("西院", "0001")
    assert listed(kept, "USUBJID", "centre") == [(east, "东院"), (west, "西院"), (east, "东院")]
    assert listed(problems, "src_row", "rule", "USUBJID") == [
        (4, "identifier_collision", east),
        (4, "identifier_padded", None),
    ]


def test_a_number_written_in_two_ways_collides_within_its_hospital_alone(tmp_path: Path) -> None:
    text = "id,Seen,KPS,H\nA007,,,1\na007,,,2\nb008,,,1\nB008,,,1\n"
    _, problems, _ = standardise(tmp_path, text, centre={"from": "H"})
    assert listed(problems, "src_row", "rule") == [(4, "identifier_collision")]


def test_a_row_without_a_hospital_is_nobodys(tmp_path: Path) -> None:
    text = "id,Seen,KPS,H\n0001,soon,,E\n0002,soon,,\n0003,,,NA\n0004,,,other\n"
    centre = {"from": "H", "codelist": "centre"}
    kept, problems, aside = standardise(
        tmp_path, text, centre=centre, codelists={"centre": "raw,value\nE,east\n"},
        defaults={"missing": ["NA"]},
    )  # fmt: skip
    assert listed(kept, "USUBJID", "centre") == [(of_centre("east", "0001"), "east")]
    assert listed(aside, "src_row", "reason") == [(n, "no_centre") for n in (3, 4, 5)]
    assert listed(problems, "src_row", "rule", "column") == [
        (2, "unreadable_date", "Seen"),
        *((n, "missing_centre", "H") for n in (3, 4, 5)),
    ]


def test_the_hospital_is_a_part_of_the_file_name(tmp_path: Path) -> None:
    row = "id,Seen,KPS\n0001,2021-03-05,90\n"
    files = {"east-2021.csv": row, "West-2021.csv": row, "west-2022.csv": row}
    study = Study(tmp_path, files, columns=COLUMNS, centre={"from": "src_file", "part": r"^(\w+)-"})
    table, aside, _ = study.combine()
    # equal rows of one hospital are one; those of the other are another patient's
    east, west = of_centre("east", "0001"), of_centre("west", "0001")
    assert sorted(listed(table, "USUBJID", "src_file")) == sorted(
        [(west, "West-2021.csv"), (east, "east-2021.csv")]
    )
    assert listed(aside, "src_file", "reason") == [("west-2022.csv", "exact_duplicate")]


def test_one_centre_keeps_the_pseudonyms_that_it_had(tmp_path: Path) -> None:
    text = "id,Seen,KPS,H\n0001,,,E\n0001,,,W\n"
    constant = {"centre": "East", "drop": ["H"]}
    for number, table in enumerate([{"drop": ["H"]}, constant]):
        folder = tmp_path / str(number)
        folder.mkdir()
        kept, _, _ = standardise(folder, text, **table)
        assert listed(kept, "USUBJID") == [(usubjid("0001"),)] * 2
    assert listed(kept, "centre") == [("East",)] * 2
    study = Study(tmp_path, {"a.csv": text}, columns=COLUMNS, centre={"from": "H"})
    study.config["first_centre"] = "e"
    kept, _, _ = study.standardise("a")
    assert listed(kept, "USUBJID") == [(usubjid("0001"),), (of_centre("w", "0001"),)]


def test_files_of_another_hospital_are_read_in_their_own_way(tmp_path: Path) -> None:
    files = {
        "east.csv": "id,Seen,Sex\n0001,2021-03-05,1\n",
        "west.csv": "标题,,\n号,日期,性别\n0001,05/03/2021,1\n".encode("gb18030"),
    }
    study = Study(
        tmp_path, files, centre="East",
        columns={
            "seen": {"from": "Seen", "type": "date"},
            "sex": {"from": "Sex", "type": "code", "codelist": "sex"},
        },
        by_file={
            "west*": {
                "centre": "West", "encoding": "gb18030", "header_row": 2,
                "identifier": {"column": "号"}, "date_formats": ["%d/%m/%Y"],
                "columns": {"seen": {"from": "日期"}, "sex": {"from": "性别", "codelist": "sex_w"}},
            }
        },
        codelists={"sex": "raw,value\n1,male\n", "sex_w": "raw,value\n1,female\n"},
    )  # fmt: skip
    table, _, _ = study.combine()
    day = dt.datetime(2021, 3, 5)
    assert sorted(listed(table, "centre", "seen", "sex")) == [
        ("East", day, "male"), ("West", day, "female"),
    ]  # fmt: skip
    assert len(set(table["USUBJID"].to_pylist())) == 2


def test_a_column_that_another_table_reads_from_the_same_file_is_known(tmp_path: Path) -> None:
    other = {"files": ["*.csv"], "columns": {"sex": {"from": "Sex"}}, "drop": ["Name"]}
    study = Study(
        tmp_path, {"a.csv": "id,Seen,KPS,Sex,Name,New\n0001,,,m,x,y\n", "b.csv": "id,New\n"},
        columns=COLUMNS, files=["a.csv"],
        others={"people": other, "else": {"files": ["b*.csv"], "columns": {"n": {"from": "New"}}}},
    )  # fmt: skip
    _, problems, _ = study.standardise("a")
    assert listed(problems, "rule", "column") == [("unknown_column", "New")]


def test_a_date_of_death_alone_tells_who_is_dead(tmp_path: Path) -> None:
    columns = {
        "vital_status": {"from": "死亡日期", "type": "code", "codelist": "dead", "blank": "alive"},
        "death_date": {"from": "死亡日期", "type": "date"},
    }
    lists = {"dead": "raw,value,match\n.+,dead,regex\n"}
    text = "id,死亡日期\n0001,2023-03-05\n0002,\n"
    kept, problems, _ = standardise(tmp_path, text, columns=columns, codelists=lists)
    assert listed(kept, "vital_status", "death_date") == [
        ("dead", dt.datetime(2023, 3, 5)), ("alive", None),
    ]  # fmt: skip
    assert problems.num_rows == 0


def test_lines_side_by_side_are_a_table_each(tmp_path: Path) -> None:
    def line(number: int) -> dict[str, Any]:
        return {
            "files": ["a.csv"],
            "where": "not missing(start_date)",
            "columns": {
                "line": {"value": number, "type": "integer"},
                "start_date": {"from": f"L{number} start", "type": "date"},
            },
        }

    text = "id,L1 start,L2 start\n0001,2021-01-05,2021-06-07\n0002,2021-02-05,\n"
    study = Study(tmp_path, {"a.csv": text}, **line(1), others={"notes_2": line(2)})
    first, problems, _ = study.standardise("a")
    second, more, aside = study.other("notes_2").standardise("a")
    assert listed(first, "src_row", "line") == [(2, 1), (3, 1)]
    assert listed(second, "src_row", "line") == [(2, 2)]
    assert listed(aside, "src_row", "detail") == [(3, "not: not missing(start_date)")]
    assert problems.num_rows == more.num_rows == 0


@pytest.mark.parametrize("optional", [["id"], ["H"]])
def test_what_says_whose_a_row_is_is_never_optional(tmp_path: Path, optional: list[str]) -> None:
    text = "id,Seen,KPS\n0001,,\n" if optional == ["H"] else "H,Seen,KPS\nE,,\n"
    with pytest.raises(Stop, match=f"a.csv: no column `{optional[0]}`"):
        standardise(tmp_path, text, centre={"from": "H"}, optional=optional)
