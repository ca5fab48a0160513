"""The traces of the finished study: every number has its patients, and nothing private is shown."""

from __future__ import annotations

import html
import re
import stat
from urllib.parse import unquote

import pandas as pd
import pytest

from scripts.lib.tables import read_table
from scripts.lib.trace.results import PLACE
from tests.traced_pages import check_every_count, pages_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pages(finished):
    return pages_of(finished.path("results"))


def test_behind_every_count_stand_as_many_patients_as_it_says_each_with_a_page(finished):
    assert check_every_count(finished.path("results")) > 3000


def test_the_patients_are_those_of_the_data(finished, pages):
    adsl = read_table(finished.path("data/analysis/adsl.parquet"))
    men = adsl[(adsl["SEX"] == "male") & (adsl["TRT01A"] == "serplulimab")]["USUBJID"]
    _, who = pages["baseline"]["", "", "serplulimab", "SEX", "male", "n"]
    assert who == sorted(men)
    adtte = read_table(finished.path("data/analysis/adtte_os.parquet"))
    adtte = adtte[adtte["USUBJID"].isin(adsl["USUBJID"]) & (adtte["TRT01A"] == "chemotherapy")]
    _, who = pages["kaplan_meier"]["OS", "", "chemotherapy", "time", "12", "at_risk"]
    assert who == sorted(adtte.loc[adtte["AVAL"] >= 12 * 30.4375, "USUBJID"])
    _, who = pages["kaplan_meier"]["OS", "", "chemotherapy", "", "", "events"]
    assert who == sorted(adtte.loc[adtte["CNSR"] == 0, "USUBJID"])


def test_every_number_of_the_report_leads_to_its_place(finished, pages):
    report = finished.path("results/report/index.html").read_text(encoding="utf-8")
    links = re.findall(r'href="\.\./trace/ard/(\w+)\.html#([^"]+)"', report)
    assert len(links) > 500 and report.count('data-ard="analysis=') <= len(links)
    assert any("at_risk" in place for _, place in links)
    for analysis, anchor in links:
        pairs = dict(p.split("=", 1) for p in unquote(html.unescape(anchor)).split("; "))
        key = [pairs.get(name, "") for name in PLACE]
        key[1] = "" if key[1] == "all" else key[1]
        assert (*key, pairs["statistic"]) in pages[analysis], (analysis, pairs)


def test_cells_name_rows_of_the_extract_and_what_is_known_there(finished):
    cells = pd.read_csv(finished.path("results/trace/cells.csv"), dtype=str, keep_default_na=False)
    adtte = read_table(finished.path("data/analysis/adtte_os.parquet"))
    where = adtte[["SRCFILE", "SRCROW", "USUBJID"]].astype(str)
    deciding = cells[cells["decides"].str.split(";").map(lambda names: "adtte_os" in names)]
    assert set(map(tuple, deciding[["file", "row", "USUBJID"]].to_numpy())) == set(
        map(tuple, where.to_numpy())
    )
    touched = deciding["results"].str.contains("kaplan_meier")
    analysed = read_table(finished.path("data/analysis/adsl.parquet"))["USUBJID"]
    assert (touched == deciding["USUBJID"].isin(analysed)).all()


def test_no_name_number_or_raw_text_is_on_a_page_and_private_pages_are_their_owners(finished):
    crosswalk = pd.read_csv(finished.path("data/private/crosswalk.csv"), dtype=str)
    patients = pd.read_csv(
        finished.path("data/raw/2026-05/patients.csv"), dtype=str, encoding="utf-8-sig"
    )
    births = read_table(finished.path("data/standardised/patients.parquet"))["birth_date"].dropna()
    births = births[births.dt.year < 2010]  # a planted one is a day of treatment
    secret = {*crosswalk["source_id"], *patients["Name"], *patients["ID card No"]}
    secret |= {*patients["Phone"], *births.dt.strftime("%Y-%m-%d")}
    secret = {str(text) for text in secret - {pd.NA} if pd.notna(text) and len(str(text)) > 1}
    words = re.compile(r"[\w-]+")
    for page in finished.path("results/trace").rglob("*"):
        if page.is_file():
            found = secret & set(words.findall(page.read_text(encoding="utf-8")))
            assert not found, page.name
    folder = finished.path("data/private/trace")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(p.stat().st_mode) for p in folder.glob("*.html")} == {0o600}


def test_one_page_asked_for_has_the_same_bytes_and_an_unknown_one_gives_one_message(study):
    page = sorted(study.path("results/trace/subject").glob("*.html"))[0]
    name, before = f"results/trace/subject/{page.name}", page.read_bytes()
    page.unlink()
    run = study.snakemake(name)
    assert run.returncode == 0 and page.read_bytes() == before, run.output
    unknown = study.snakemake("results/trace/subject/S000.html")
    assert unknown.returncode and "no screened patient has the pseudonym S000" in unknown.output
    assert "Traceback" not in unknown.output
