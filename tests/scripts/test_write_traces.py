"""All traces of a small study: which files there are, who may read them, and what they say."""

from __future__ import annotations

import csv
import json
import re
import stat
from types import SimpleNamespace

import pytest

from scripts.lib.analysis.ard import ArdBuilder, write_ard
from scripts.lib.analysis.describe import add_group_sizes
from scripts.lib.plan.report_settings import assets
from scripts.lib.tables import write_table
from scripts.write_traces import main
from tests.inputs import Inputs
from tests.traced_study import COHORT, DATASETS, FINDINGS, RAW, SETTINGS, TABLES, write_datasets

ANALYSES = {"baseline": {"arms": ["a", "b"], "variables": []}}


def job(folder, **settings):
    """The rule's job, with its inputs written."""
    ard = ArdBuilder("baseline")
    add_group_sizes(ard, DATASETS["adsl"]["TRT01A"], ["a", "b"])
    write_ard(ard.rows, folder / "baseline.csv")
    FINDINGS.to_csv(folder / "findings.csv", index=False)
    places = {"tables": TABLES, "staged": RAW}
    paths = {kind: [] for kind in (*places, "set_aside")}
    for kind, frames in places.items():
        for name, frame in frames.items():
            path = folder / kind / (name if kind == "staged" else "") / f"{name}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_table(frame, path)
            paths[kind].append(str(path))
    aside = RAW["treatments"].head(1)[["src_file", "src_sheet"]].assign(src_row=9, reason="footer")
    (folder / "aside").mkdir(exist_ok=True)
    write_table(aside, folder / "aside/treatments.parquet")
    out = folder / "out/results/trace"
    return SimpleNamespace(
        input=Inputs(
            datasets=write_datasets(folder), ard=[str(folder / "baseline.csv")],
            findings=str(folder / "findings.csv"), tables=paths["tables"],
            staged=paths["staged"], set_aside=[str(folder / "aside/treatments.parquet")],
            templates=assets("templates/trace*"), partial=assets("templates/status*"),
        ),
        output=SimpleNamespace(
            index=str(out / "index.html"), ard=[str(out / "ard/baseline.html")],
            cells=str(out / "cells.csv"), cells_page=str(out / "cells.html"),
            subjects=str(out / "subject"), private=str(folder / "out/data/private/trace"),
        ),
        params=SimpleNamespace(settings=SETTINGS | {"analyses": ANALYSES} | settings),
    )  # fmt: skip


@pytest.fixture
def written(tmp_path):
    main(job(tmp_path))
    return tmp_path / "out"


def content(page):
    """What a page carries for its script."""
    text = re.search(r'id="content">(.*?)</script>', page.read_text(encoding="utf-8"), re.S)
    return json.loads(text[1])


def files(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_every_screened_patient_has_a_page_and_a_private_one_that_only_its_owner_reads(written):
    public = sorted(p.stem for p in (written / "results/trace/subject").iterdir())
    private = sorted((written / "data/private/trace").iterdir())
    assert public == [p.stem for p in private] == list(COHORT["USUBJID"])
    assert {stat.S_IMODE(p.stat().st_mode) for p in private} == {0o600}
    assert stat.S_IMODE(private[0].parent.stat().st_mode) == 0o700


def test_raw_texts_stand_on_private_pages_alone(written):
    public = b"".join(files(written / "results").values()).decode()
    private = (written / "data/private/trace/P1.html").read_text(encoding="utf-8")
    for text in ("3.2.1950", "C34.9 secret", "1950-02-03"):
        assert text in private and text not in public
    assert "Anna" not in public + private


def test_each_count_lists_its_patients(written):
    page = content(written / "results/trace/ard/baseline.html")
    assert page["names"] == ["P1", "P2"]
    lists = {cell["key"].get("group", ""): cell["statistics"][0] for cell in page["cells"]}
    assert {group: (s[0], s[1], s[5]) for group, s in lists.items()} == {
        "": ("N", "2", [0, 1]), "a": ("N", "1", [0]), "b": ("N", "1", [1]),
    }  # fmt: skip


def test_cells_are_listed_with_what_they_touch_and_rows_set_aside_with_the_reason(written):
    with (written / "results/trace/cells.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    aside = [row for row in rows if row["set_aside"]]
    assert [(r["file"], r["row"], r["set_aside"]) for r in aside] == [
        ("treatments.csv", "9", "footer")
    ]
    page = content(written / "results/trace/cells.html")
    assert len(page["lines"]) == len(rows)
    place = page["columns"].index("decides")
    assert {page["words"]["decides"][line[place]] for line in page["lines"]} == {
        row["decides"] for row in rows
    }


def test_the_same_inputs_give_the_same_bytes(written, tmp_path):
    before = files(written)
    main(job(tmp_path))
    assert files(written) == before


def test_every_link_of_every_page_leads_to_something(written):
    root = written / "results/trace"
    for page in root.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        ids = set(re.findall(r'\bid="([^"]+)"', text))
        for address in re.findall(r'href="([^"]+)"', text.split("<script>")[0]):
            path, _, place = address.partition("#")
            if not path:
                assert place in ids, f"{page.name}: #{place}"
            elif not path.startswith(("../report", "../quality", "../../ard")):
                assert (page.parent / path).is_file() or "kaplan_meier" in path, address
        assert "://" not in text.replace("http://www.w3.org/2000/svg", "")


def test_a_larger_study_gets_no_pages_of_patients_and_is_told_how_to_ask_for_one(tmp_path):
    main(job(tmp_path, max_subjects=2))
    root = tmp_path / "out/results/trace"
    assert list((root / "subject").iterdir()) == []
    page = content(root / "ard/baseline.html")
    assert page["names"] == [] and page["cells"][0]["statistics"][0][5] is None
    assert "snakemake results/trace/subject/PSEUDONYM.html" in (root / "index.html").read_text()
    assert (root / "cells.csv").read_text().count("\n") == 1


def test_words_of_the_study_are_no_markup(written):
    for page in (written / "results/trace").rglob("*.html"):
        assert "<data>" not in page.read_text(encoding="utf-8")
