"""Every repair that decides whose row it is has a name, a row and a count; rows left out, too."""

from __future__ import annotations

import csv
import json
import stat
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scripts import list_repairs
from scripts.lib.private import write_private_text
from scripts.lib.reading.problems import SET_ASIDE
from scripts.lib.reading.pseudonyms import pseudonym, repair_identifier

KEY = b"k" * 32
OWN = {"column": "No", "width": 8, "pad": "0", "pattern": r"\d{8}", "upper": True}
SETTINGS = {"identifier": OWN, "missing": [], "centre": None, "first_centre": None, "by_file": {}}


@pytest.mark.parametrize(
    ("raw", "number", "ways"),
    [
        ("00001234", "00001234", []),
        ("1234", "00001234", ["leading zeros restored"]),
        (" 00001234", "00001234", ["blanks at its ends left out"]),
        ("0000 1234", "00001234", ["blanks inside left out"]),
        ("００００１２３４", "00001234", ["characters made plain"]),
        ("1234.0", "00001234", ["decimals of a spreadsheet left out", "leading zeros restored"]),
        ("O0001234", None, []),
    ],
)
def test_each_way_in_which_a_number_is_repaired_has_a_name(raw, number, ways):
    assert repair_identifier(raw, OWN) == (number, ways)


def test_letters_made_capital_are_named():
    own = OWN | {"width": None, "pad": None, "pattern": None}
    assert repair_identifier("a12", own) == ("A12", ["letters made capital"])


def listed(folder: Path, numbers: list[str], settings=SETTINGS) -> SimpleNamespace:
    """The rule on one staged part `visits` whose rows begin in row 3, below a title."""
    size = len(numbers)
    cells = pa.table({
        "No": numbers, "src_file": ["v.csv"] * size, "src_sheet": pa.nulls(size, pa.string()),
        "src_row": pa.array(range(3, size + 3), pa.int64()),
    })  # fmt: skip
    (folder / "staged/visits").mkdir(parents=True)
    pq.write_table(cells, folder / "staged/visits/v.parquet")
    notes = {"file": "v.csv", "sheet": None, "above": [[1, "Register of Dr Zhang"]]}
    (folder / "staged/visits/v.json").write_text(json.dumps(notes))
    aside = [("v.csv", None, 9, "empty_row", ""), ("v.csv", None, 10, "footer", "printed 5 May")]
    rows = pa.Table.from_pylist(
        [dict(zip(SET_ASIDE.names, one, strict=True)) for one in aside], schema=SET_ASIDE
    )
    pq.write_table(rows, folder / "visits.parquet")
    write_private_text(folder / "key", KEY.hex())
    smk = SimpleNamespace(
        input=SimpleNamespace(
            cells=[f"{folder}/staged/visits/v.parquet"], notes=[f"{folder}/staged/visits/v.json"],
            set_aside=[f"{folder}/visits.parquet"], codelists=[], key=folder / "key",
        ),
        output=SimpleNamespace(
            identifiers=folder / "private/repairs.csv", rows=folder / "private/rows.csv",
            counts=folder / "results/repairs.csv",
        ),
        params=SimpleNamespace(settings={"visits": settings}),
    )  # fmt: skip
    list_repairs.main(smk)
    return smk


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_repaired_number_is_listed_with_file_row_and_way_and_counted(tmp_path):
    numbers = ["00001234", "1234", "1234 ", "00009999", "５５５５５５５５", "bad", ""]
    smk = listed(tmp_path, numbers)
    found = read(smk.output.identifiers)
    assert [(r["row"], r["raw"], r["number"]) for r in found] == [
        ("4", "1234", "00001234"), ("5", "1234 ", "00001234"),
        ("7", "５５５５５５５５", "55555555"),
    ]  # fmt: skip
    zeros, joined = "leading zeros restored", "joined to another way of writing"
    assert [r["way"] for r in found] == [
        f"{zeros}; {joined}", f"blanks at its ends left out; {zeros}; {joined}",
        "characters made plain",
    ]  # fmt: skip
    assert {r["USUBJID"] for r in found[:2]} == {pseudonym(KEY, "00001234")}
    counts = [r for r in read(smk.output.counts) if r["what"] == "identifier"]
    assert sum(int(r["rows"]) for r in counts) == 3
    assert {r["first_rows"] for r in counts} == {"4", "5", "7"}


def test_two_spellings_of_a_hospital_that_become_one_are_named(tmp_path):
    centre = {"from": "src_file", "value": None, "part": None, "codelist": None}
    cells = {"No": ["00001234"] * 2, "H": ["North", "NORTH"]}
    settings = SETTINGS | {"centre": centre | {"from": "H"}, "first_centre": "South"}
    found = list_repairs.repaired(
        "visits",
        pa.table(cells | {"src_file": ["v.csv"] * 2, "src_sheet": pa.nulls(2, pa.string()),
                          "src_row": pa.array([2, 3], pa.int64())}),
        settings, {}, KEY,
    )  # fmt: skip
    assert [(r["row"], r["way"]) for r in found.to_pylist()] == [
        (2, "hospital joined to another way of writing its name"),
    ]  # fmt: skip


def test_titles_remarks_and_blank_rows_are_listed_and_counted(tmp_path):
    smk = listed(tmp_path, ["00001234"])
    assert [(r["row"], r["reason"], r["detail"]) for r in read(smk.output.rows)] == [
        ("1", "title", "Register of Dr Zhang"), ("9", "empty_row", ""),
        ("10", "footer", "printed 5 May"),
    ]  # fmt: skip
    counts = {r["way"]: r["rows"] for r in read(smk.output.counts)}
    assert counts == {"title": "1", "empty_row": "1", "footer": "1"}


def test_texts_are_private_and_the_counts_hold_none(tmp_path):
    smk = listed(tmp_path, ["00001234", "1234"])
    for path in (smk.output.identifiers, smk.output.rows):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    public = smk.output.counts.read_text()
    assert not [word for word in ("1234", "Zhang", "printed") if word in public]


def test_a_file_without_repairs_gives_empty_lists(tmp_path):
    smk = listed(tmp_path, ["00001234"])
    assert read(smk.output.identifiers) == []
    assert smk.output.identifiers.read_text().startswith('"table","file","sheet","row"')
