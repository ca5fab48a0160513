"""Two deliveries side by side: which columns and words changed, and what each probably is now."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from scripts import compare_headers
from scripts.lib.errors import Stop
from scripts.lib.reading.deliveries import (
    drift_settings,
    earlier_parts,
    pairs,
    paths,
    previous_delivery,
    unread_files,
)
from scripts.lib.reading.drift import likely_names, moved
from scripts.lib.reading.sources import plan_parts
from tests.raw_files import check

DATES = [f"2021-03-{day:02d}" for day in range(1, 9)]
COLUMNS: dict[str, Any] = {
    "seen": {"from": "Seen", "type": "date"},
    "sex": {"from": "Sex", "type": "code", "codelist": "sex"},
    "kps": {"from": ["KPS", "Karnofsky"], "type": "integer"},
}
HEAD = "id,Seen,Sex,KPS,Remark\n"


def rows(*cells: str) -> str:
    return "".join(
        f"000{i},{date},{cell}\n" for i, (date, cell) in enumerate(zip(DATES, cells, strict=True))
    )


BEFORE = HEAD + rows("m,80,a", "f,90,b", "m,70,c", "f,60,d", "m,50,e", "f,40,f", "m,85,g", "f,95,h")


class Deliveries:
    """A study with an older and a newer delivery."""

    def __init__(self, folder: Path, now: dict[str, str], before: dict[str, str], **table: Any):
        self.folder = folder
        for name, files in {"2026-05": before, "2026-11": now}.items():
            for file, text in files.items():
                path = folder / name / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        given = {"files": ["*.csv"], "columns": COLUMNS} | table
        self.config = check({"notes": given})
        self.parts = plan_parts(self.config, folder / "2026-11")

    def compare(self) -> list[tuple[str, ...]]:
        """Kind, column, likely name and mapped of every difference in the report."""
        (self.folder / "sex.csv").write_text("raw,value\nm,male\nf,female\nmale,male\n")
        compared = pairs(self.parts, earlier_parts(self.config, self.folder / "2026-05"))
        output = {n: str(self.folder / "out" / f"{n}.csv") for n in ("report", "words")}
        (self.folder / "out").mkdir(exist_ok=True)
        settings = {"before": "2026-05", "pairs": drift_settings(self.config, compared)}
        compare_headers.main(
            SimpleNamespace(
                input=SimpleNamespace(codelists=[str(self.folder / "sex.csv")]),
                params=SimpleNamespace(settings=settings),
                output=SimpleNamespace(**output),
            )
        )
        with Path(output["report"]).open(encoding="utf-8", newline="") as file:
            found = list(csv.DictReader(file))
        return [(r["kind"], r["column"], r["likely"], r["mapped"]) for r in found]


def of(folder: Path, now: str, before: str = BEFORE, **table: Any) -> Deliveries:
    return Deliveries(folder, {"a.csv": now}, {"a.csv": before}, **table)


def test_the_same_columns_and_words_are_no_difference(tmp_path: Path) -> None:
    assert of(tmp_path, BEFORE + "0009,2022-01-01,m,10,z\n").compare() == []


def test_every_kind_of_difference_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = BEFORE.replace(HEAD, "Ward,id,Sex,Seen,KPS,Remarks\n").replace("\n0", "\n1,0")
    lines = [line.split(",") for line in text.splitlines()]
    now = "\n".join(",".join([a, b, d if i else c, c if i else d, *rest])
                    for i, (a, b, c, d, *rest) in enumerate(lines)) + "\n"  # fmt: skip
    now += "1,0009,X,2021-04-01,80,z\n1,0010,male,2021-04-01,80,z\n1,0011,X,2021-04-01,80,z\n"
    found = of(tmp_path, now)
    assert found.compare() == [
        ("renamed", "Remark", "Remarks", ""),
        ("added", "Ward", "", ""),
        ("moved", "Sex", "", ""),
        ("new_words", "Sex", "", "yes"),
    ]
    said = capsys.readouterr().out
    assert "4 difference(s) from the delivery 2026-05" in said
    assert "a.csv: renamed `Remark`, probably `Remarks` now (92 % of the name, 100 % of" in said
    assert "a.csv: moved `Sex` (behind `Seen` before, behind `id` now)" in said
    assert "(2 never seen, in 3 row(s); 1 of them not in the code list sex)" in said
    report = (tmp_path / "out" / "report.csv").read_text("utf-8")
    assert ",X," not in report and "2021" not in said + report  # no cell of the raw data
    words = tmp_path / "out" / "words.csv"
    assert words.read_text("utf-8").splitlines()[1:] == [
        "notes,a.csv,,Sex,X",
        "notes,a.csv,,Sex,male",
    ]
    assert words.stat().st_mode & 0o777 == 0o600


def test_a_delivery_without_column_names_shows_no_cell_of_its_first_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = BEFORE.split("\n", 1)[1]
    with pytest.raises(Stop) as stop:
        of(tmp_path, now).compare()
    said = str(stop.value) + capsys.readouterr().out
    first = [cell for cell in now.split("\n", 1)[0].split(",") if len(cell) > 1]
    assert first and not [cell for cell in first if f"`{cell}`" in said]
    assert "column 1" in said


def test_a_column_that_is_read_and_is_gone_stops_with_its_likely_name(tmp_path: Path) -> None:
    now = (
        BEFORE.replace("Seen", "Date of visit")
        .replace("KPS", "Karnofsky")
        .replace("Remark", "Note")
    )
    with pytest.raises(Stop) as stop:
        of(tmp_path, now).compare()
    message = str(stop.value)
    found = r"a.csv \(notes\): no column `Seen`, probably `Date of visit` now \(\d+ % of the name, "
    assert re.search(found, message)
    assert "`from: [new, old]`" in message
    assert "All 3 difference(s) from the delivery 2026-05" in message
    assert "renamed `KPS`, probably `Karnofsky` now" in message  # `from` knows both: no stop
    assert "2021" not in message and not (tmp_path / "out" / "report.csv").exists()


def test_a_new_name_that_the_configuration_knows_asks_for_no_action(tmp_path: Path) -> None:
    columns = COLUMNS | {"seen": {"from": ["Visit date", "Seen"], "type": "date"}}
    now = BEFORE.replace("Seen", "Visit date")
    assert of(tmp_path, now, columns=columns).compare() == [("renamed", "Seen", "Visit date", "")]


def test_a_gone_column_without_any_like_it_is_said_so_and_an_optional_one_is_no_stop(
    tmp_path: Path,
) -> None:
    now = "".join(f"{a},{b},{d}\n" for a, b, _, d, _ in (x.split(",") for x in BEFORE.split()))
    with pytest.raises(Stop, match="no column `Sex`, and no new column is like it"):
        of(tmp_path, now).compare()
    assert of(tmp_path, now, optional=["Sex"]).compare() == [
        ("dropped", "Sex", "", "yes"),
        ("dropped", "Remark", "", ""),
    ]


def test_a_monthly_file_is_compared_with_the_last_one_of_its_table(tmp_path: Path) -> None:
    before = {"2026-01.csv": HEAD.replace("Remark", "Old") + "1,,,,\n", "2026-02.csv": BEFORE}
    now = before | {"2026-03.csv": BEFORE.replace("Remark", "Remark 2")}
    assert Deliveries(tmp_path, now, before).compare() == [("renamed", "Remark", "Remark 2", "")]


def test_what_cannot_be_compared_is_said_and_stops_nothing(tmp_path: Path) -> None:
    found = of(tmp_path, BEFORE, before="id;Seen\n1;2\n")
    assert found.compare() == [("not_compared", "", "", "")]
    broken = of(tmp_path / "b", "id;Seen\n1;2\n")  # reading it says why, and not this step
    assert broken.compare() == []


def test_columns_with_few_values_are_not_alike_by_chance() -> None:
    yes_no = pa.array(["yes", "no"] * 4)
    dates = pa.array(DATES)
    assert likely_names({"Smoking": yes_no}, {"Diabetes": yes_no}) == {}
    assert likely_names({"Seen": dates}, {"就诊日期": dates})["Seen"][0] == "就诊日期"
    found = likely_names({"A date": dates, "B date": dates}, {"B day": dates, "A day": dates})
    assert {old: new for old, (new, _) in found.items()} == {"A date": "A day", "B date": "B day"}


def test_what_is_put_between_columns_moves_none() -> None:
    assert moved(["a", "b", "c"], ["a", "x", "b", "y", "c"]) == []
    assert [d.column for d in moved(["a", "b", "c", "d"], ["d", "a", "b", "c"])] == ["d"]


def test_which_delivery_came_before(tmp_path: Path) -> None:
    for name in ("2025-11", "2026-05", "2026-11", ".hidden"):
        (tmp_path / name).mkdir()

    def previous(delivery: str, named: str | None = None, **study: Any) -> str | None:
        config = {"sources": {"previous": named}, "study": {"delivery": delivery} | study}
        return previous_delivery(config, tmp_path)

    assert previous("2026-11") == "2026-05"
    assert previous("2025-11") is None
    assert previous("2026-11", "2025-11") == "2025-11"
    assert previous("2026-11", "") is None
    assert previous("2026-05", earlier_deliveries=[{"delivery": "2026-11"}]) == "2026-11"
    both = [{"delivery": "2026-11"}, {"delivery": "2026-05"}]
    assert previous("2026-05", earlier_deliveries=both) == "2026-11"
    assert previous("2026-11", earlier_deliveries=both) == "2026-05"  # none before it: by name
    with pytest.raises(Stop, match="sources.previous: the delivery folder .*2024 is missing"):
        previous("2026-11", "2024")


def test_files_that_no_table_reads(tmp_path: Path) -> None:
    found = of(tmp_path, BEFORE)
    for name in ("scan.pdf", "sub/late.csv", "~$a.xlsx", "legend.txt"):
        (tmp_path / "2026-11" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "2026-11" / name).touch()
    folder = tmp_path / "2026-11"
    assert unread_files([], found.parts, folder) == ["legend.txt", "scan.pdf", "sub/late.csv"]
    assert unread_files(["*.pdf", "legend*"], found.parts, folder) == ["sub/late.csv"]


def test_the_files_of_both_deliveries_are_inputs(tmp_path: Path) -> None:
    found = of(tmp_path, BEFORE)
    compared = pairs(found.parts, earlier_parts(found.config, tmp_path / "2026-05"))
    assert [Path(p).parent.name for p in paths(compared)] == ["2026-05", "2026-11"]
    assert pairs(found.parts, {})[0][2] is None
