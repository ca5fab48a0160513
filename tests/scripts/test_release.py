"""What is written below results/release/: aggregates, small numbers withheld everywhere alike."""

from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts import release
from scripts.lib.analysis.ard import Row, format_key, write_ard
from scripts.lib.config.load import load_config
from scripts.lib.display.printed_table import Cell, Head, PrintedTable, TableRow
from scripts.lib.display.printed_table import write_printed_table as print_table
from tests.lib.analysis.test_disclosure import table

ROOT = Path(__file__).resolve().parents[2]
CELLS = {"m": (20, 30), "f": (3, 12)}
NOTES = ["All in grade 3, P<0.05, 95% CI.", "Of these, 3 patients died."]


class Inputs(dict):
    """A rule's inputs: by name, and one after the other."""

    def __iter__(self):
        return iter([p for v in self.values() for p in ([v] if isinstance(v, str) else v)])

    __getattr__ = dict.__getitem__


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A small study's release with minimum 5."""
    monkeypatch.chdir(tmp_path)
    rows = [row._replace(display=row.value) for row in table(CELLS)]
    rows[-1] = rows[-1]._replace(note="2 of 65 patients without a value")
    write_ard(rows, "baseline.csv")

    def cell(group: str, level: str) -> Cell:
        here = [r for r in rows if r.statistic == "n" and (r.group, r.level) == (group, level)]
        return Cell(here[0].value, "", [format_key(here[0])])

    lines = [
        TableRow([Cell(level), *(cell(g, level) for g in ("", "a", "b")), Cell("7 of 9")])
        for level in CELLS
    ]
    heads = [[Head("Sex"), Head("All (n=65)"), Head("A (n=23)"), Head("B (n=42)"), Head("x")]]
    print_table(PrintedTable("t", "T", "t", heads, lines, NOTES), "t.csv", "t.json")
    head = "criterion,label,mode,group,n_before,n_excluded,n_unknown,n_after"
    Path("flow.csv").write_text(
        f"{head}\nage,Of age,sequential,,71,3,1,67\nline,Line,sequential,,67,2,0,65\n"
        "age,Of age,independent,,71,3,1,67\n"
    )
    study = {"title": "A <b>study</b>", "notice": "", "delivery": "d", "data_cutoff": "c"}
    smk = SimpleNamespace(
        input=Inputs(
            ard=["baseline.csv"], tables=["t.json"], attrition="flow.csv",
            template=[str(ROOT / "scripts/templates/release.html.j2")],
        ),
        output=SimpleNamespace(page="results/release/index.html"),
        params=SimpleNamespace(settings={"minimum": 5, "study": study}),
    )  # fmt: skip
    release.main(smk)
    return tmp_path / "results" / "release"


def lines_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_results_tables_and_chart_withhold_the_same_and_say_so(made):
    head, *rows = lines_of(made / "ard" / "baseline.csv")
    assert head == [*Row._fields, "status"]
    withheld = [row for row in rows if row[-1] == "withheld"]
    assert withheld and all(row[7] == "" and row[8] == "withheld" for row in withheld)
    shown = {(r[3], r[5]): r[7] for r in rows if r[6] == "n" and r[-1] != "withheld"}
    printed = lines_of(made / "tables" / "t.csv")
    for line in printed[1:3]:
        for group, text in zip(("", "a", "b"), line[1:4], strict=True):
            assert text == shown.get((group, line[0].strip()), "withheld")
    assert not {"3"} & {cell for line in [*rows, *printed] for cell in line}
    flow = lines_of(made / "flow.csv")
    assert len(flow) == 3  # no row of a criterion alone
    assert not {"1", "2", "3"} & {cell for line in flow for cell in line}


def test_numbers_of_unknown_origin_and_footnotes_and_notes_that_count_are_left_out(made):
    text = "".join(p.read_text() for p in made.rglob("*.csv"))
    assert "7 of 9" not in text and "2 of 65" not in text and "patients died" not in text
    assert NOTES[0] in text


def test_every_withheld_statistic_is_listed_with_its_reason(made):
    listed = lines_of(made / "withheld.csv")[1:]
    rows = [row for row in lines_of(made / "ard" / "baseline.csv") if row[-1] == "withheld"]
    assert len(listed) == len(rows) and all(reason for _, _, reason in listed)
    page = (made / "index.html").read_text()
    assert "fewer than 5" in page and "A &lt;b&gt;study" in page and "alone may leave" in page


def test_the_key_is_optional_and_its_value_is_checked(tmp_path):
    assert load_config(ROOT / "config")["release"] == {"minimum": 5}
