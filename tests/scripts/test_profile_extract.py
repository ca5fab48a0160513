"""An unknown extract is told from names and shapes; nothing of a patient reaches the page."""

from __future__ import annotations

import csv
import gzip
import re
import stat
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xlsxwriter
import yaml

from scripts import profile_extract
from scripts.lib.config.sources import Sources
from scripts.lib.errors import Stop
from scripts.lib.profiling.extract import find_extract, only_profile
from scripts.lib.profiling.groups import Group
from scripts.lib.profiling.reading import FilePart
from scripts.lib.reading.codelists import read_codelist
from tests.inputs import Inputs
from tests.workflow.conftest import copy_project

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATE = ROOT / "scripts/templates/profile.html.j2"
SURNAMES, GIVEN = "王李张刘陈杨黄赵", "伟芳娜敏静丽强磊军洋"


class Profile:
    """An extract in a folder, and what the step makes of it."""

    def __init__(self, folder: Path) -> None:
        self.raw, self.out = folder / "raw", folder / "out"
        self.raw.mkdir()
        self.out.mkdir()

    def write(self, name: str, content: str | bytes, encoding: str = "utf-8") -> None:
        """A raw file."""
        path = self.raw / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))

    @property
    def files(self) -> list[str]:
        return sorted(p.as_posix() for p in self.raw.rglob("*") if p.is_file())

    def look(self) -> tuple[list[FilePart], list[Group]]:
        """Parts and tables, without writing anything."""
        return profile_extract.profile(str(self.raw), self.files)

    def run(self) -> Profile:
        """The whole step."""
        profile_extract.main(
            SimpleNamespace(
                input=Inputs(raw=self.files, template=[TEMPLATE]),
                params=SimpleNamespace(settings={"folder": str(self.raw), "chosen": True}),
                output=SimpleNamespace(
                    page=self.out / "index.html",
                    sources=self.out / "sources.yaml",
                    codelists=self.out / "private" / "codelists",
                ),
            )
        )
        return self

    @property
    def page(self) -> str:
        return (self.out / "index.html").read_text("utf-8")

    @property
    def text(self) -> str:
        return (self.out / "sources.yaml").read_text("utf-8")

    @property
    def draft(self) -> dict[str, Any]:
        """The draft as the reader of the configuration takes it; fails where it is not valid."""
        raw = yaml.safe_load(self.text)["sources"]
        return Sources.model_validate(raw).model_dump(mode="json")

    def codes(self, name: str) -> list[dict[str, str]]:
        path = self.out / "private" / "codelists" / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture
def extract(tmp_path: Path) -> Profile:
    return Profile(tmp_path)


def patients(count: int = 60) -> str:
    """A Chinese patient file: number, name, identity number, phone, sex, birth date, smoking."""
    lines = ["住院号,姓名,身份证号,联系电话,性别,出生日期,吸烟史"]
    for n in range(count):
        name = SURNAMES[n % 8] + GIVEN[n % 10] + GIVEN[n // 10 % 10]
        number = f"11010119{50 + n % 40}0{1 + n % 9}1{n % 10}{n:03d}X"
        born = f"19{50 + n % 40}-0{1 + n % 9}-1{n % 10}"
        words = ("男", "女")[n % 2], ("有", "无", "未知")[n % 3]
        lines.append(f"{n + 7:08d},{name},{number},138{n:08d},{words[0]},{born},{words[1]}")
    return "\n".join(lines) + "\n"


def visits(
    day: str, first: int = 0, count: int = 40, header: str = "住院号,随访日期,生存状态"
) -> str:
    """Follow-up rows; `day` is a format of n, a day from 1."""
    rows = [f"{n + 7:08d},{day.format(1 + n % 28)},存活" for n in range(first, first + count)]
    return "\n".join([header, *rows]) + "\n"


def test_chinese_headers_in_gb18030_become_a_valid_draft(extract: Profile) -> None:
    extract.write("患者基本信息.csv", patients(), "gb18030")
    table = extract.run().draft["tables"]["patients"]
    assert (table["encoding"], table["identifier"]["column"]) == ("gb18030", "住院号")
    assert table["columns"]["birth_date"]["from"] == "出生日期"
    assert table["columns"]["birth_date"]["formats"] == ["%Y-%m-%d"]
    assert table["columns"]["sex"] | {"missing": []} == table["columns"]["sex"] | {
        "from": "性别", "type": "code", "codelist": "sex", "missing": [],
    }  # fmt: skip
    assert table["drop"] == ["姓名", "身份证号", "联系电话"]
    assert extract.draft["tables"]["radiotherapy"]["absent"]
    assert "未知" in table["missing"] and "无" not in table["missing"]


def test_neither_page_nor_draft_shows_a_value_of_a_patient(extract: Profile) -> None:
    extract.write("患者.csv", patients(), "gb18030")
    extract.write(
        "notes.csv", "id,remark\n" + "".join(f"{n:04d},Call Mr. Fox {n}\n" for n in range(9))
    )
    shown = (extract.run().page, extract.text)
    for line in patients().splitlines()[1:]:
        number, name, identity, phone, _, born, _ = line.split(",")
        for value in (number, name, identity, phone, born):
            assert not any(value in text for text in shown)
    assert not any("Fox" in text for text in shown)
    assert "99999999" in shown[0] and "字字字" in shown[0]


def test_the_page_loads_nothing_from_outside(extract: Profile) -> None:
    extract.write("患者.csv", patients())
    beside = r"(?!#|\.\./status\.js\")"
    assert not re.findall(rf"(?:src|href)\s*=\s*[\"']{beside}|url\(|@import", extract.run().page)


def test_code_lists_are_private_and_refused_until_confirmed(extract: Profile) -> None:
    extract.write("患者.csv", patients())
    path = extract.run().out / "private" / "codelists" / "sex.csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert extract.codes("sex") == [
        {"raw": "女", "value": "", "match": "confirm", "note": "30 times; perhaps female"},
        {"raw": "男", "value": "", "match": "confirm", "note": "30 times; perhaps male"},
    ]
    with pytest.raises(Stop, match="row 2: match `confirm` is neither `exact` nor `regex`"):
        read_codelist(path)


def test_a_code_list_holds_no_numbers_and_no_rare_texts(extract: Profile) -> None:
    words = (
        [f"依托泊苷+顺铂 {n}周期" for n in range(70)] + ["伊立替康"] * 30 + ["洛铂 13800000000"] * 5
    )
    rows = "".join(f"{n:06d},{word},2023-01-01\n" for n, word in enumerate(words))
    extract.write("化疗用药.csv", "住院号,治疗方案,开始日期\n" + rows)
    listed = [row["raw"] for row in extract.run().codes("drugs")]
    assert listed == ["依托泊苷", "伊立替康"]  # codes: the parts of a cell
    assert [row["raw"] for row in extract.codes("regimen")] == ["伊立替康"]


def test_a_long_text_that_stands_often_is_a_word(extract: Profile) -> None:
    often = "small cell carcinoma of the lung, extensive disease"
    words = [often] * 30 + [f"{often}, as the family says {n}" for n in "abc"]
    rows = "".join(f"{n:06d},{word.replace(',', ';')},IV\n" for n, word in enumerate(words))
    extract.write("诊断.csv", "住院号,诊断,分期\n" + rows)
    assert [row["raw"] for row in extract.run().codes("diagnosis")] == [often.replace(",", ";")]


def test_a_workbook_with_title_rows_and_remarks(extract: Profile) -> None:
    with xlsxwriter.Workbook(extract.raw / "疗效评估.xlsx") as book:
        sheet = book.add_worksheet("2023年")
        sheet.merge_range("A1:D1", "肿瘤内科疗效登记表")
        sheet.write_row("A2", ["科室：肿瘤内科"])
        sheet.write_row("A3", ["住院号", "检查日期", "疗效评价", "进展部位"])
        for n in range(30):
            sheet.write_row(3 + n, 0, [f"{n + 1:08d}", f"2023/1/{n % 28 + 1}", "SD", "肝"])
        sheet.write_row(33, 0, ["合计：30 例"])
        book.add_worksheet("空表")
    parts, (group,) = extract.look()
    assert parts[0].reading["header_row"] == 3 and parts[0].reading["footer_rows"] == 1
    assert group.rows == 30 and list(group.tables) == ["assessments"]
    assert parts[1].stops == "疗效评估.xlsx, sheet 空表 is empty."
    table = extract.run().draft["tables"]["assessments"]
    assert (table["sheet"], table["header_row"], table["footer_rows"]) == ("2023年", 3, 1)


def test_merged_column_names_are_profiled_and_must_be_mended(extract: Profile) -> None:
    with xlsxwriter.Workbook(extract.raw / "疗效.xlsx") as book:
        sheet = book.add_worksheet("Sheet1")
        sheet.merge_range("A1:A2", "住院号")
        sheet.merge_range("B1:C1", "疗效")
        sheet.write_row("B2", ["检查日期", "评价结果"])
        for n in range(20):
            sheet.write_row(2 + n, 0, [f"{n + 1:08d}", "2023-01-05", "PR"])
    (part,), (group,) = extract.look()
    assert "header cells are merged" in part.stops
    assert [column.name for column in group.columns] == ["住院号", "疗效 检查日期", "疗效 评价结果"]
    assert [column.kind for column in group.columns] == ["identifier", "date", "code"]
    assert "to be mended first" in extract.run().text and extract.draft


def test_monthly_files_are_one_table(extract: Profile) -> None:
    for month in range(1, 5):
        more = "住院号,随访日期,生存状态,备注" if month == 4 else "住院号,随访日期,生存状态"
        rows = visits(f"2023-{month:02d}-{{:02d}}", header=more)
        rows = rows.replace("存活", "存活,x") if month == 4 else rows
        extract.write(f"随访/随访_2023-{month:02d}.csv", rows)
    _, (group,) = extract.look()
    assert (len(group.parts), group.rows, list(group.tables)) == (4, 160, ["followup"])
    table = extract.run().draft["tables"]["followup"]
    assert table["files"] == ["随访/随访_*.csv"]
    assert table["optional"] == ["备注"] and "absent" in extract.text


@pytest.mark.parametrize(
    ("day", "formats", "is_open"),
    [
        ("{0:02d}/03/2021", ["%d/%m/%Y"], False),  # days above 12 tell which
        ("03/{0:02d}/2021", ["%m/%d/%Y"], False),
        ("2021.3.{0}", ["%Y.%m.%d"], False),
        ("2021年3月{0}日", ["%Y年%m月%d日"], False),
        ("２０２１-０３-{0:02d}", ["%Y-%m-%d"], False),
        ("202103{0:02d}", ["%Y%m%d"], False),
        ("443{0:02d}", ["excel"], False),
        ("2021-03-{0:02d} 00:00:00", ["%Y-%m-%d"], False),
        ("2021-03-{0:02d} 14:05", ["%Y-%m-%d %H:%M"], False),
    ],
)
def test_date_formats_are_found(
    extract: Profile, day: str, formats: list[str], is_open: bool
) -> None:
    extract.write("随访.csv", visits(day))
    _, (group,) = extract.look()
    dates = group.columns[1].dates
    assert group.columns[1].kind == "date" and dates is not None
    assert (list(dates.formats), bool(dates.choice), dates.covered) == (formats, is_open, 1.0)


def test_a_date_that_reads_both_ways_is_left_to_a_person(extract: Profile) -> None:
    rows = "".join(f"{n:06d},0{1 + n % 9}/0{1 + n % 7}/2021,存活\n" for n in range(63))
    extract.write("随访.csv", "住院号,随访日期,生存状态\n" + rows)
    column = extract.run().draft["tables"]["followup"]["columns"]["contact_date"]
    assert column["formats"] == ["%d/%m/%Y", "%m/%d/%Y"]  # the reader reads neither
    assert "CONFIRM: %d/%m/%Y or %m/%d/%Y: nothing tells which; 88.9 %" in extract.text
    assert "88.9 % of its dates can be read both ways. Ask the ward." in extract.page


def test_partial_dates_and_sentinels_are_said(extract: Profile) -> None:
    days = ["2021-03-05"] * 30 + ["2021-04"] * 5 + ["9999-12-31"] * 5 + ["不详"] * 5
    rows = "".join(f"{n:06d},{day},存活\n" for n, day in enumerate(days))
    extract.write("随访.csv", "住院号,死亡日期,生存状态\n" + rows)
    draft = extract.run().draft
    column = draft["tables"]["followup"]["columns"]["death_date"]
    assert column["formats"] == ["%Y-%m-%d", "partial:%Y-%m"]
    assert draft["defaults"]["sentinel_dates"] == ["9999-12-31"]
    assert draft["defaults"]["missing"] == ["不详"]


def test_a_sentinel_is_found_as_an_excel_serial_too(extract: Profile) -> None:
    rows = "".join(f"{n:06d},{'1' if n < 3 else 44000 + n},存活\n" for n in range(60))
    extract.write("随访.csv", "住院号,死亡日期,生存状态\n" + rows)
    assert extract.run().draft["defaults"]["sentinel_dates"] == ["1900-01-01"]


def test_leading_zeros_that_excel_dropped_still_join(extract: Profile) -> None:
    extract.write("患者.csv", patients())
    rows = "".join(f"{n + 7},2023-01-{1 + n % 28:02d},存活\n" for n in range(60))
    extract.write("随访.csv", "病案号,随访日期,生存状态\n" + rows)
    page = extract.run().page
    assert re.search(r"住院号</td><td>随访 \. 病案号</td>\s*<td class=\"n\">100 %", page)
    assert "more agree without leading zeros and spaces" in page
    draft = extract.draft
    assert draft["tables"]["followup"]["identifier"]["column"] == "病案号"
    assert (
        draft["defaults"]["identifier"] | {"column": "住院号", "width": 8}
        == (draft["defaults"]["identifier"])
    )


def test_lost_zeros_keep_the_full_width(extract: Profile) -> None:
    short = patients().replace("\n0000000", "\n").replace("\n000000", "\n")
    extract.write("a.csv", short + patients(500).split("\n", 61)[61])
    assert "shorter than 8 digits: lost zeros are put back" in extract.run().text
    assert extract.draft["defaults"]["identifier"]["width"] == 8


def test_a_remark_in_the_place_of_a_number_hides_no_length(extract: Profile) -> None:
    extract.write("患者.csv", patients(200))
    rows = "".join(f"{n + 7},2023-01-{1 + n % 28:02d},存活\n" for n in range(199))
    extract.write("随访.csv", "住院号,随访日期,生存状态\n" + rows + "见门诊病历,2023-01-01,存活\n")
    text = extract.run().text
    assert "50 % are shorter than 8 digits: lost zeros are put back" in text
    assert extract.draft["defaults"]["identifier"]["width"] == 8


def german(extract: Profile, number: str) -> dict[str, Any]:
    """A German extract: titles, semicolons, decimal commas, another encoding; its draft."""
    born = "".join(
        f"P-{n:05d};{'männlich' if n % 2 else 'weiblich'};{1 + n % 28}.03.19{50 + n % 40};"
        f"{50 + n % 30},{n % 10}\n"
        for n in range(120)
    )
    head = "Auszug; Stand 01.03.2026\n\n"
    names = f"{number};Geschlecht;Geburtsdatum;Gewicht (kg)\n"
    extract.write("Stammdaten.csv", head + names + born, "cp1252")
    seen = "".join(f"P-{n:05d};{1 + n % 28}.04.2023;lebend\n" for n in range(100))
    extract.write("Verlauf.csv", f"{number};Letzter Kontakt;Vitalstatus\n" + seen)
    return extract.run().draft


def test_german_names_titles_decimal_commas_and_western_european(extract: Profile) -> None:
    draft = german(extract, "Patienten-Nr.")
    table = draft["tables"]["patients"]
    assert (table["encoding"], table["delimiter"], table["header_row"]) == ("cp1252", ";", 3)
    weight = table["columns"]["weight"]
    assert (weight["type"], weight["decimal"], weight["codelist"]) == ("number", ",", None)
    assert table["columns"]["birth_date"]["formats"] == ["%d.%m.%Y"]
    assert draft["tables"]["followup"]["columns"]["contact_date"]["from"] == "Letzter Kontakt"
    assert draft["defaults"]["identifier"]["column"] == "Patienten-Nr."
    assert [row["note"].partition("; ")[2] for row in extract.codes("sex")] == [
        "perhaps male",
        "perhaps female",
    ]
    assert "read as Western European: look at it" in extract.page


def test_a_patient_number_without_a_known_name_is_found_by_its_values(extract: Profile) -> None:
    draft = german(extract, "Zeichen")
    assert draft["defaults"]["identifier"]["column"] == "Zeichen"
    assert draft["defaults"]["identifier"]["width"] == 7


def test_what_cannot_be_read_is_reported_and_not_fatal(extract: Profile) -> None:
    extract.write("患者.csv", patients())
    extract.write("broken.xlsx", b"PK\x03\x04 not a workbook at all")
    extract.write("scan.pdf", b"%PDF-1.7 ...")
    extract.write("empty.csv", b"")
    extract.write("report.xls", b"<html><table><tr><td>1</td></tr></table></html>")
    extract.write("odd.csv", b"a,b\n\xff\xff\xff,\x81\n")
    extract.write("nul.dat", b"\x00\x01\x02\x03" * 50)
    extract.write("half.csv.gz", gzip.compress(b"a,b\n1,2\n" * 99)[:30])
    parts, groups = extract.look()
    stops = {part.file: part.stops for part in parts if part.stops}
    assert len(groups) == 1 and set(stops) == {
        "broken.xlsx", "scan.pdf", "empty.csv", "report.xls", "odd.csv", "nul.dat", "half.csv.gz",
    }  # fmt: skip
    assert all(stop in extract.run().page.replace("&#39;", "'") for stop in stops.values())
    assert extract.draft["tables"]["patients"]["files"] == ["患者.csv"]


def test_a_file_without_column_names_is_not_shown(extract: Profile) -> None:
    rows = patients().splitlines()[1:]
    extract.write("a.csv", "\n".join(rows))
    words = [f"{SURNAMES[n % 8]}{GIVEN[n % 10]},男,肺癌" for n in range(30)]
    extract.write("b.csv", "\n".join(words))
    parts, groups = extract.look()
    assert not groups and all("no column names found" in part.stops for part in parts)
    assert "肺癌" not in extract.run().page and "王伟" not in extract.page


def test_names_of_patients_in_the_place_of_column_names_are_not_shown(extract: Profile) -> None:
    names = [SURNAMES[n % 8] + GIVEN[n % 10] + GIVEN[(n + 3) % 10] for n in range(8)]
    rows = [["指标", *names], *([f"KPS{k}", *["90"] * 8] for k in range(5))]
    extract.write("a.csv", "\n".join(map(",".join, rows)))
    (part,), groups = extract.look()
    assert not groups and "no column names found" in part.stops
    assert not any(name in extract.run().page for name in names)


def test_the_same_text_under_a_false_ending_is_read(extract: Profile) -> None:
    extract.write("患者.xls", patients().replace(",", "\t"), "gb18030")
    table = extract.run().draft["tables"]["patients"]
    assert (table["format"], table["encoding"]) == ("tsv", "gb18030")


@pytest.mark.parametrize("delimiter", [";", "|", "\t"])
def test_delimiters(extract: Profile, delimiter: str) -> None:
    extract.write("患者.csv", patients().replace(",", delimiter))
    assert extract.run().draft["tables"]["patients"]["delimiter"] == delimiter


def test_a_decimal_comma_in_each_row_is_no_delimiter(extract: Profile) -> None:
    rows = "".join(f"{n:06d};{50 + n % 40},{n % 10}\n" for n in range(60))
    extract.write("a.csv", "Patienten-Nr.;Karnofsky\n" + rows)
    (part,), _ = extract.look()
    assert part.reading["delimiter"] == ";"


def test_a_line_of_therapy_that_is_elsewhere_can_be_looked_up(extract: Profile) -> None:
    days = [f"2021-0{1 + n % 9}-1{n % 10}" for n in range(40)]
    courses = [f"{n:08d},{1 + n % 2},卡铂,{day},{day}" for n, day in enumerate(days)]
    scans = [f"{n:08d},{day},PR" for n, day in enumerate(days)]
    head = "住院号,治疗线数,治疗方案,开始日期,结束日期"
    extract.write("治疗.csv", "\n".join([head, *courses]))
    extract.write("疗效评价.csv", "\n".join(["住院号,检查日期,疗效评价", *scans]))
    assert extract.run().draft["tables"]["assessments"]["columns"]["line"]["absent"]
    advice = (
        "#   line: {joined: treatments.line}, and beside `columns` "
        "joins: {treatments: {latest: {assessment_date: start_date}}}"
    )
    assert extract.text.count("{joined: treatments.line}") == 1 and advice in extract.text

    draft = yaml.safe_load(extract.text)["sources"]  # as a person would take the advice
    table = draft["tables"]["assessments"]
    table["columns"]["line"] = {"joined": "treatments.line"}
    table["joins"] = {"treatments": {"latest": {"assessment_date": "start_date"}}}
    assert Sources.model_validate(draft).tables["assessments"].columns["line"].type == "integer"


def test_one_wide_sheet_serves_several_tables(extract: Profile) -> None:
    names = (
        "Hospital No,Sex,Date of birth,Diagnosis,Stage,Date of diagnosis,Survival status,"
        "Date of death"
    )
    rows = [
        f"{n:06d},M,1950-01-{1 + n % 28:02d},SCLC,IV,2021-01-05,dead,2022-03-04" for n in range(40)
    ]
    extract.write("all.csv", "\n".join([names, *rows]))
    _, (group,) = extract.look()
    assert list(group.tables) == ["patients", "diagnoses", "followup"]
    draft = extract.run().draft["tables"]
    assert draft["patients"]["columns"]["sex"]["from"] == "Sex"
    assert draft["followup"]["columns"]["death_date"]["from"] == "Date of death"


def test_names_are_recognised_by_their_values(extract: Profile) -> None:
    rows = patients().replace("姓名", "a3").replace("身份证号", "a4").replace("联系电话", "a5")
    extract.write("患者.csv", rows)
    columns = {column.name: column.identifying for column in extract.look()[1][0].columns}
    assert columns["a3"] == "Chinese names of persons, as it seems"
    assert columns["a4"] == "18-digit identity numbers"
    assert columns["a5"] == "mobile phone numbers"
    assert extract.run().draft["tables"]["patients"]["drop"] == ["a3", "a4", "a5"]


def test_a_million_rows_take_well_under_a_minute(extract: Profile) -> None:
    draw = np.random.default_rng(1)
    ids, days = draw.integers(0, 10**8, 10**6), draw.integers(1, 29, 10**6)
    rows = zip(ids.tolist(), days.tolist(), range(10**6), strict=True)
    body = "".join(f"{i:08d},2021/3/{d},存活,note {n}\n" for i, d, n in rows)
    extract.write("随访.csv", "住院号,随访日期,生存状态,备注\n" + body, "gb18030")
    start = time.process_time()
    _, (group,) = extract.look()
    assert time.process_time() - start < 20  # about 3 s alone
    assert group.rows == 10**6 and group.columns[0].sampled
    assert "30,000 of its" in extract.run().page


def test_the_same_extract_gives_the_same_files(extract: Profile) -> None:
    extract.write("患者.csv", patients())
    extract.write("随访.csv", visits("2023-01-{0:02d}"))
    first = (extract.run().page, extract.text)
    assert (extract.run().page, extract.text) == first


def test_the_newest_delivery_is_looked_at_unless_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("2025-11", "2026-05"):
        (tmp_path / "data/raw" / name).mkdir(parents=True)
        (tmp_path / "data/raw" / name / "a.csv").write_text("a,b\n")
        (tmp_path / "data/raw" / name / "~$a.xlsx").write_text("")
    assert find_extract({}).files == ("data/raw/2026-05/a.csv",)
    assert find_extract({"extract": "data/raw/2025-11"}).files == ("data/raw/2025-11/a.csv",)
    assert find_extract({"extract": "nowhere"}).files == ()


@pytest.mark.parametrize(
    ("arguments", "alone"),
    [
        (["profile_extract", "--cores", "1"], True),
        (["--cores", "1", "profile_extract", "--config", "extract=x"], True),
        (["profile_extract", "quality"], False),
        (["--config", "extract=profile_extract"], False),
        (["quality"], False),
    ],
)
def test_the_study_is_left_out_only_when_the_profile_alone_is_wanted(
    arguments: list[str], alone: bool
) -> None:
    assert only_profile(arguments) is alone


def test_the_workflow_profiles_without_any_configuration(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "study")
    for path in project.path("config").glob("*.yaml"):
        path.write_text("broken: [")
    run = project.snakemake("profile_extract", cores=1)
    assert run.returncode == 0, run.output
    assert run.rules == {"profile_extract"}
    draft = yaml.safe_load(project.path("results/profile/sources.yaml").read_text("utf-8"))
    tables = Sources.model_validate(draft["sources"]).tables
    assert not any(table.absent for table in tables.values())
    assert not project.path("results/STATUS").exists()
    assert "STOPPED before any job" in project.snakemake("quality", cores=1).output


def test_the_workflow_says_when_there_is_no_extract(tmp_path: Path) -> None:
    command = [
        sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile"), "--cores", "1",
        "--directory", str(tmp_path), "profile_extract",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert done.returncode == 1
    assert "The folder data/raw holds no file. Put the extract" in done.stdout + done.stderr


# ---- the commonest export forms -----------------------------------------------------------------


def rows_of(header: str, *rows: str) -> str:
    return "\n".join([header, *rows]) + "\n"


def test_a_constant_is_no_patient_number(extract: Profile) -> None:
    """As in SDTM, where the number of the study stands before that of the patient."""
    subjects = [f"ABCPILOT0001,01-701-1{n:03d},195{n % 10}-01-1{n % 9},M" for n in range(40)]
    extract.write("dm.csv", rows_of("STUDYID,USUBJID,BRTHDTC,SEX", *subjects))
    draft = extract.run().draft
    assert draft["defaults"]["identifier"]["column"] == "USUBJID"
    assert draft["tables"]["patients"]["columns"]["birth_date"]["from"] == "BRTHDTC"
    assert "the same in every row" in extract.page and "ABCPILOT" not in extract.page


def test_a_number_of_two_hospitals_is_no_patient_number(extract: Profile) -> None:
    subjects = [f"{701 + n // 60},{n:05d},1950-01-1{n % 9},M" for n in range(120)]
    extract.write("dm.csv", rows_of("Study ID,Patient ID,Date of birth,Sex", *subjects))
    assert extract.run().draft["defaults"]["identifier"]["column"] == "Patient ID"


@pytest.mark.parametrize("cell", ["是", "soon", "12"])
def test_a_column_without_a_readable_date_is_no_date(extract: Profile, cell: str) -> None:
    rows = [f"{n:06d},2021-03-{1 + n % 28:02d},存活,{cell}" for n in range(40)]
    extract.write("随访.csv", rows_of("住院号,随访日期,生存状态,死亡日期", *rows))
    column = extract.run().draft["tables"]["followup"]["columns"]["death_date"]
    assert column["from"] is None or column["when"]  # that of the one date column, below
    assert "死亡日期" not in re.sub("`死亡日期` is named like it", "", column["reason"])
    texts = [line for line in extract.text.splitlines() if "type: date" in line]
    assert not [line for line in texts if 'from: "死亡日期"' in line]


@pytest.mark.parametrize(
    "header",
    [
        "Patient ID,Date of death or last contact,Status",
        "Patient ID,Last contact,Status",
        "Patient ID,Status date,Vital status",
        "住院号,末次随访或死亡日期,生存状态",
        "住院号,死亡/末次随访日期,是否死亡",
        "住院号,随访日期,死亡标志",
    ],
)
def test_one_date_column_is_drafted_as_death_of_the_dead(extract: Profile, header: str) -> None:
    status = ("dead", "alive")
    rows = [f"{n:06d},2021-03-{1 + n % 28:02d},{status[n % 2]}" for n in range(40)]
    extract.write("followup.csv", rows_of(header, *rows))
    columns = extract.run().draft["tables"]["followup"]["columns"]
    contact, death = columns["contact_date"], columns["death_date"]
    assert (contact["from"], contact["when"]) == (header.split(",")[1], None)
    assert (death["from"], death["when"]) == (contact["from"], "vital_status == 'dead'")
    assert "CONFIRM: one date for both?" in extract.text or "one date for both?" in extract.text


def test_a_date_of_death_of_its_own_needs_no_condition(extract: Profile) -> None:
    rows = [f"{n:06d},2021-03-{1 + n % 28:02d},alive,2022-03-04" for n in range(40)]
    extract.write("followup.csv", rows_of("Patient ID,Last contact,Status,Date of death", *rows))
    death = extract.run().draft["tables"]["followup"]["columns"]["death_date"]
    assert (death["from"], death["when"]) == ("Date of death", None)


def test_many_contacts_a_patient_leave_the_date_of_death_to_a_person(extract: Profile) -> None:
    rows = [f"{n // 4:06d},2021-03-{1 + n % 28:02d},alive" for n in range(80)]
    extract.write("followup.csv", rows_of("Patient ID,Last contact,Status", *rows))
    assert extract.run().draft["tables"]["followup"]["columns"]["death_date"]["absent"]
    text = " ".join(re.sub(r"\n +# +", " ", extract.text).split())
    assert 'where the last contact of the dead is the death: {from: "Last contact"' in text
    assert "when: \"vital_status == 'dead'\"" in text


def test_empty_cells_beside_one_word_may_mean_something(extract: Profile) -> None:
    rows = [f"{n:06d},2021-03-{1 + n % 28:02d},{'是' * (n % 3 == 0)}" for n in range(42)]
    extract.write("随访.csv", rows_of("住院号,随访日期,死亡标志", *rows))
    assert extract.run().draft["tables"]["followup"]["columns"]["vital_status"]["blank"] is None
    assert "66.7 % are empty: if that means something, say it, such as `blank: alive`" in " ".join(
        re.sub(r"\n +# +", " ", extract.text).split()
    )


def test_a_file_that_stands_for_several_tables_is_said(extract: Profile) -> None:
    names = (
        "Hospital No,Sex,Date of birth,Last contact,Survival status,Response,Date of examination"
    )
    rows = [
        f"{n // 3:06d},M,1950-01-01,2022-01-{1 + n % 28:02d},alive,PR,2021-0{1 + n % 3}-05"
        for n in range(60)
    ]
    extract.write("all.csv", rows_of(names, *rows))
    draft = extract.run().draft["tables"]
    assert "all stands for several tables: patients, assessments, followup." in extract.page
    assert draft["patients"]["conflicts"] == {"key": [], "decide": []}
    assert draft["assessments"]["conflicts"] is None
    assert "# the same file stands for other tables, too: assessments, followup" in extract.text


def test_what_dropping_a_running_number_means_is_said(extract: Profile) -> None:
    rows = [f"{n + 1},{n:06d},2021-03-{1 + n % 28:02d},alive" for n in range(40)]
    extract.write("followup.csv", rows_of("No,Patient ID,Last contact,Status", *rows))
    draft = extract.run().draft
    assert draft["defaults"]["identifier"]["column"] == "Patient ID"
    said = "a running number: under `drop`, rows that are equal in all else are one"
    assert said in extract.page
    assert said in " ".join(re.sub(r"\n +# +", " ", extract.text).split())


def test_a_patient_number_is_no_running_number(extract: Profile) -> None:
    rows = [f"{n + 1},2021-03-{1 + n % 28:02d},alive" for n in range(40)]
    extract.write("followup.csv", rows_of("Patient ID,Last contact,Status", *rows))
    assert "running number" not in extract.run().page + extract.text


def test_hospitals_by_column_and_by_folder_are_pointed_out(extract: Profile) -> None:
    rows = [f"{n:06d},{'东西'[n % 2]}院,2021-03-{1 + n % 28:02d},存活" for n in range(40)]
    for folder in ("h1", "h2"):
        extract.write(f"{folder}/随访.csv", rows_of("住院号,就诊医院,随访日期,生存状态", *rows))
    page = extract.run().page
    assert "column 就诊医院: several hospitals?" in page and "东院" not in page
    assert "its files lie in 2 folders. If these are hospitals" in page


def test_a_second_hospital_is_drafted_as_files_read_otherwise(extract: Profile) -> None:
    rows = [f"{n:06d},2021-03-{1 + n % 28:02d},{('dead', 'alive')[n % 2]}" for n in range(40)]
    extract.write("H1/followup.csv", rows_of("Patient ID,Date of contact,Status", *rows))
    rows = [f"{n:08d},2021/03/{1 + n % 28:02d},{('死亡', '存活')[n % 2]}" for n in range(40)]
    extract.write("H2/随访.csv", rows_of("住院号,随访日期,生存状态", *rows), "gb18030")
    extract.run()
    tail = extract.text[extract.text.index("is like followup, too") :]
    block = tail[tail.index("by_file:") :]
    lines = ["by_file:", *(line.removeprefix("    # ") for line in block.splitlines()[1:])]
    other = yaml.safe_load("\n".join(["  " + lines[0], *lines[1:]]))
    draft = yaml.safe_load(extract.text)["sources"]
    table = draft["tables"]["followup"]
    table |= {"files": ["H1/followup.csv", "H2/随访.csv"], "centre": "H1"} | other
    read = Sources.model_validate(draft).model_dump(mode="json")["tables"]["followup"]
    (varied,) = read["by_file"].values()
    assert (varied["encoding"], varied["identifier"]["column"]) == ("gb18030", "住院号")
    assert varied["identifier"]["width"] == 8
    assert varied["columns"]["contact_date"]["from"] == "随访日期"
    assert varied["columns"]["contact_date"]["formats"] == ["%Y/%m/%d"]
    assert varied["columns"]["vital_status"]["codelist"] == "vital_status_2"
    assert [row["raw"] for row in extract.codes("vital_status_2")] == ["存活", "死亡"]


def test_a_file_that_lost_all_its_zeros_has_the_width_of_the_others(extract: Profile) -> None:
    wide = [f"{n},2021-03-{1 + n % 28:02d},alive" for n in range(100, 140)]
    extract.write("H1/followup.csv", rows_of("Patient ID,Last contact,Status", *wide))
    scans = [f"{n:06d},2021-03-{1 + n % 28:02d},PR" for n in range(100, 140)]
    extract.write("H1/imaging.csv", rows_of("Patient ID,Scan date,Response", *scans))
    for number in range(3):
        rows = [f"{n:08d},2021-03-{1 + n % 28:02d},发热,1" for n in range(40)]
        extract.write(f"H2/{number}.csv", rows_of(f"住院号,发生日期,不良反应,分级{number}", *rows))
    table = extract.run().draft["tables"]["followup"]
    assert table["identifier"]["width"] == 6
