"""The demonstration extract says what the cohort file says, read here with pandas alone."""

from __future__ import annotations

import csv
import re
import unicodedata
from pathlib import Path

import pandas as pd
import pytest

from scripts.demo.extract.adverse_events import TABLE_V
from scripts.demo.extract.calendar import DATA_CUTOFF, WINDOW_END, WINDOW_START
from scripts.demo.generate_extract import COHORT, ROOT, main

RAW = ROOT / "data/raw/2026-05"
DEFECTS = ROOT / "tests/defects"
CUTOFF = pd.Timestamp(DATA_CUTOFF)
ID = "Hospital No"


def fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def codes(column: pd.Series, name: str) -> pd.Series:
    """Each text's codes (a set), by the code list; empty where it has none."""
    with (ROOT / f"config/codelists/{name}.csv").open(encoding="utf-8") as handle:
        entries = list(csv.DictReader(handle))
    exact = {fold(e["raw"]): e["value"] for e in entries if e["match"] == "exact"}
    patterns = [(re.compile(e["raw"]), e["value"]) for e in entries if e["match"] == "regex"]

    def read(text: str) -> frozenset[str]:
        folded = fold(text)
        if folded in exact:
            return frozenset({exact[folded]} - {""})
        return frozenset({value for pattern, value in patterns if pattern.search(folded)} - {""})

    return column.map({text: read(text) for text in column.unique()})


def code(column: pd.Series, name: str) -> pd.Series:
    """Each text's one code, missing where there is none or more than one."""
    return codes(column, name).map(lambda found: next(iter(found)) if len(found) == 1 else None)


def dates(column: pd.Series, form: str) -> pd.Series:
    """Dates as declared; the rest missing (planted defects)."""
    plain = column.map(fold).str.removesuffix(" 00:00:00")
    return pd.to_datetime(plain, format=form, errors="coerce")


def numbers(column: pd.Series) -> pd.Series:
    return pd.to_numeric(column.map(fold), errors="coerce")


@pytest.fixture(scope="module")
def raw() -> dict[str, pd.DataFrame]:
    """Every table as text, rows with a whole identifier."""

    def read(name: str, encoding: str = "utf-8", **options: object) -> pd.DataFrame:
        return pd.read_csv(
            RAW / name, dtype=str, keep_default_na=False, encoding=encoding, **options
        )  # type: ignore[call-overload]

    tables = {
        "patients": read("patients.csv", "utf-8-sig"),
        "diagnoses": read("diagnoses.csv"),
        "treatments": read("treatments.csv", "gb18030"),
        "radiotherapy": read("radiotherapy.csv", skiprows=1, skipfooter=1, engine="python"),
        "assessments": pd.concat(
            read(f"assessments_ward{ward}.csv", on_bad_lines="skip") for ward in (1, 2)
        ).reset_index(drop=True),
        "adverse_events": read("adverse_events.csv"),
        "performance": pd.concat(
            pd.read_excel(RAW / "performance_status.xlsx", sheet_name=None, dtype=str).values(),
            ignore_index=True,
        ).fillna(""),
        "followup": pd.read_excel(RAW / "followup.xlsx", dtype=str).fillna(""),
    }
    for name, table in tables.items():
        whole = table[ID].str.fullmatch(r"\d{1,8}")
        tables[name] = table[whole].assign(pid=table[ID].str.zfill(8)).reset_index(drop=True)
    return tables


@pytest.fixture(scope="module")
def key() -> pd.DataFrame:
    return pd.read_csv(DEFECTS / "patients.csv", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def cohort(key: pd.DataFrame) -> pd.DataFrame:
    """The cohort file by hospital number."""
    rows = pd.read_csv(COHORT, keep_default_na=False).rename(columns={"id": "cohort_id"})
    analysed = key[key["criterion"] == ""]
    merged = rows.drop(columns="arm").merge(analysed, on="cohort_id", validate="one_to_one")
    return merged.set_index("hospital_no").sort_index()


@pytest.fixture(scope="module")
def lines(raw: dict[str, pd.DataFrame]) -> dict[int, pd.DataFrame]:
    """First and second line, one row per patient."""
    t = raw["treatments"]
    t = t.assign(
        drugs=codes(t["Regimen"], "drugs"),
        classes=codes(t["Regimen"], "drug_classes"),
        regimen=code(t["Regimen"], "regimen"),
        start=dates(t["Start date"], "%Y%m%d"),
        stop=dates(t["Stop date"], "%Y%m%d"),
        reason=code(t["Reason for stopping"], "stop_reason"),
        resistance=code(t["Reason for stopping"], "resistance"),
    )
    return {n: t[t["Line"] == str(n)].set_index("pid").sort_index() for n in (1, 2)}


@pytest.fixture(scope="module")
def scans(raw: dict[str, pd.DataFrame], lines: dict[int, pd.DataFrame]) -> pd.DataFrame:
    """Assessments up to the cut-off with days since the start of their line."""
    a = raw["assessments"]
    a = a.assign(
        line=numbers(a["Line"]),
        date=dates(a["Date of examination"], "%Y-%m-%d"),
        response=code(a["Response (RECIST 1.1)"], "response"),
        sites=codes(a["Sites of progression"], "sites"),
    )
    start = pd.concat({n: lines[n]["start"] for n in (1, 2)})
    keyed = pd.MultiIndex.from_frame(a[["line", "pid"]])
    a = a.assign(day=(a["date"] - start.reindex(keyed).to_numpy()).dt.days)
    return a[a["date"] <= CUTOFF].sort_values("date")


def by_patient(frame: pd.DataFrame, column: str, how: str, cohort: pd.DataFrame) -> pd.Series:
    return frame.groupby("pid")[column].agg(how).reindex(cohort.index)


def diagnosed(raw: dict[str, pd.DataFrame]) -> pd.Series:
    d = raw["diagnoses"]
    kept = (code(d["Diagnosis"], "diagnosis") == "es_sclc") & (code(d["Stage"], "stage") == "IV")
    found = d[kept].assign(date=dates(d["Date of diagnosis"], "%Y/%m/%d"))
    return found.groupby("pid")["date"].min()


def test_committed_files_are_what_the_generator_writes() -> None:
    assert main(["--check"]) == 0


def test_delivery_is_under_two_megabytes() -> None:
    assert sum(path.stat().st_size for path in RAW.iterdir()) < 2_000_000


def test_screened_and_analysed_patients(key: pd.DataFrame, raw: dict[str, pd.DataFrame]) -> None:
    assert len(key) == raw["patients"]["pid"].nunique() == 230
    analysed = key[key["criterion"] == ""]
    assert analysed["arm"].value_counts().to_dict() == {"chemotherapy": 93, "serplulimab": 67}
    assert set(key["criterion"]) - {""} == {
        "age", "stage", "confirmation", "first_line", "second_line", "window", "effectiveness",
        "early_death", "several",
    }  # fmt: skip


def test_demographics(raw: dict[str, pd.DataFrame], cohort: pd.DataFrame) -> None:
    p = raw["patients"].drop_duplicates("pid").set_index("pid").loc[cohort.index]
    birth, at = dates(p["Date of birth"], "%Y-%m-%d"), diagnosed(raw).loc[cohort.index]
    had = (at.dt.month * 100 + at.dt.day) >= (birth.dt.month * 100 + birth.dt.day)
    age = at.dt.year - birth.dt.year - (~had).astype(int)
    assert (age == cohort["age"]).all()
    assert (code(p["Sex"], "sex") == cohort["sex"]).all()
    assert (code(p["Smoking history"], "smoking") == cohort["smoking"]).all()


def test_performance_status_nearest_to_diagnosis(
    raw: dict[str, pd.DataFrame], cohort: pd.DataFrame
) -> None:
    p = raw["performance"]
    p = p.assign(date=pd.to_datetime(p["Date"], errors="coerce"), kps=numbers(p["KPS"]))
    p = p.assign(ecog=numbers(p["ECOG"]), gap=(p["date"] - p["pid"].map(diagnosed(raw))).dt.days)
    p = p[p["gap"].between(-60, 30)].assign(gap=lambda frame: frame["gap"].abs())
    for column in ("kps", "ecog"):
        nearest = p.dropna(subset=column).sort_values("gap").drop_duplicates("pid")
        found = nearest.set_index("pid")[column].reindex(cohort.index)
        assert (found == cohort[column]).all(), column


def test_first_line(lines: dict[int, pd.DataFrame], cohort: pd.DataFrame) -> None:
    one = lines[1].loc[cohort.index]
    for drug in ("durvalumab", "atezolizumab"):
        given = one["drugs"].map(lambda found, drug=drug: drug in found)
        assert (given == (cohort["first_line_ici"] == drug)).all()
    assert (one["regimen"] == cohort["first_line_chemo"]).all()
    assert one["classes"].map(lambda found: found == {"pd_l1", "chemotherapy"}).all()


def test_reason_for_stopping_the_first_line_documented_and_derived(
    lines: dict[int, pd.DataFrame], scans: pd.DataFrame, cohort: pd.DataFrame
) -> None:
    one = lines[1].loc[cohort.index]
    documented = one["resistance"].map(
        {"primary": "primary resistance", "secondary": "secondary resistance"}
    )
    documented = documented.mask(one["reason"] == "adverse_event", "AE")
    assert (documented == cohort["reason"]).all()
    # progression within six months without a response, whatever the physician wrote
    responded = scans[(scans["line"] == 1) & scans["response"].isin(["CR", "PR"])]["pid"]
    early = (cohort["pfs1_days"] < 183) & ~cohort.index.isin(responded)
    derived = early.map({True: "primary resistance", False: "secondary resistance"})
    derived = derived.mask(one["reason"] == "adverse_event", "AE")
    assert (derived == cohort["reason"]).all()


def test_second_line(lines: dict[int, pd.DataFrame], cohort: pd.DataFrame) -> None:
    two = lines[2].loc[cohort.index]
    serplulimab = two["drugs"].map(lambda found: "serplulimab" in found)
    assert (serplulimab == (cohort["arm"] == "serplulimab")).all()
    assert (two["regimen"] == cohort["second_line_regimen"]).all()
    anlotinib = two["drugs"].map(lambda found: "anlotinib" in found)
    assert (anlotinib == (cohort["antiangiogenic"] == "yes")).all()
    assert two["start"].between(pd.Timestamp(WINDOW_START), pd.Timestamp(WINDOW_END)).all()
    assert (two["start"] == pd.Timestamp(WINDOW_END)).any()


@pytest.mark.parametrize("line", [1, 2])
def test_radiotherapy_and_its_timing(
    line: int, raw: dict[str, pd.DataFrame], lines: dict[int, pd.DataFrame], cohort: pd.DataFrame
) -> None:
    r = raw["radiotherapy"]
    r = r[r["Line"] == str(line)].drop_duplicates("pid").set_index("pid")
    r = r.loc[r.index.intersection(cohort.index)]
    start, stop = (dates(r[name], "%Y年%m月%d日") for name in ("Start", "Stop"))
    systemic = lines[line].loc[r.index]
    timing = pd.Series("synchronous", index=r.index)
    timing = timing.mask(stop < systemic["start"], "before").mask(start > systemic["stop"], "after")
    assert systemic["stop"].notna().all()
    assert (timing.reindex(cohort.index).fillna("none") == cohort[f"rt{line}_timing"]).all()
    if line == 2:
        pci = code(r["Purpose"], "radiotherapy_purpose").reindex(cohort.index) == "pci"
        assert (pci == (cohort["pci"] == "yes")).all()


def test_progression_free_survival_of_both_lines(scans: pd.DataFrame, cohort: pd.DataFrame) -> None:
    for line, days, event in ((1, "pfs1_days", None), (2, "pfs_days", "pfs_event")):
        rows = scans[(scans["line"] == line) & (scans["day"] > 0)]
        progressed = by_patient(rows[rows["response"] == "PD"], "day", "min", cohort)
        if event is None:
            assert (progressed == cohort[days]).all()
            continue
        assert (progressed.notna() == (cohort[event] == 1)).all()
        evaluable = rows[rows["response"].isin(["CR", "PR", "SD", "NON-CR/NON-PD"])]
        last = by_patient(evaluable, "day", "max", cohort)
        assert (progressed.fillna(last) == cohort[days]).all()


def test_best_response_and_sites_of_progression(scans: pd.DataFrame, cohort: pd.DataFrame) -> None:
    rows = scans[(scans["line"] == 2) & (scans["day"] > 0) & scans["pid"].isin(cohort.index)]
    responses = rows.groupby("pid")["response"].agg(set).reindex(cohort.index)
    best = responses.map(lambda seen: "PR" if "PR" in seen else "SD" if "SD" in seen else "PD")
    assert (best == cohort["best_response"]).all()
    sites = rows[rows["response"] == "PD"].groupby("pid")["sites"].first().reindex(cohort.index)
    for site in ("brain", "liver", "lung", "bone", "adrenal"):
        found = sites.map(lambda seen, site=site: isinstance(seen, frozenset) and site in seen)
        assert (found == (cohort[f"{site}_met"] == "yes")).all(), site


def test_overall_survival(
    raw: dict[str, pd.DataFrame],
    lines: dict[int, pd.DataFrame],
    scans: pd.DataFrame,
    cohort: pd.DataFrame,
) -> None:
    f = raw["followup"]
    f = f.assign(
        contact=pd.to_datetime(f["Date of contact"], errors="coerce"),
        death=pd.to_datetime(f["Date of death"], errors="coerce"),
        status=code(f["Status"], "vital_status"),
    )
    start = lines[2]["start"].reindex(cohort.index)
    died = by_patient(f[f["death"] <= CUTOFF], "death", "min", cohort)
    alive = f[(f["status"] == "alive") & (f["contact"] <= CUTOFF)]
    seen = by_patient(alive, "contact", "max", cohort)
    # nothing else in the extract knows a patient alive later
    seen = pd.concat([seen, by_patient(scans, "date", "max", cohort)], axis=1).max(axis=1)
    assert (died.notna() == (cohort["os_event"] == 1)).all()
    assert ((died.fillna(seen) - start).dt.days == cohort["os_days"]).all()


def test_each_screened_out_patient_fails_the_criterion_named(
    raw: dict[str, pd.DataFrame],
    lines: dict[int, pd.DataFrame],
    scans: pd.DataFrame,
    key: pd.DataFrame,
) -> None:
    people = pd.Index(key["hospital_no"])
    birth = raw["patients"].drop_duplicates("pid").set_index("pid")["Date of birth"]
    birth = dates(birth, "%Y-%m-%d").reindex(people)
    birth = birth.mask(birth == pd.Timestamp("1900-01-01"))
    d = raw["diagnoses"]
    d = d.assign(
        cancer=code(d["Diagnosis"], "diagnosis"),
        stage=code(d["Stage"], "stage"),
        proof=code(d["How confirmed"], "confirmation"),
        date=dates(d["Date of diagnosis"], "%Y/%m/%d"),
    )
    first_date = d[d["cancer"] != "other"].groupby("pid")["date"].max().reindex(people)
    d = d[(d["cancer"] == "es_sclc") & (d["stage"] == "IV")]
    one, two = (lines[number].reindex(people) for number in (1, 2))

    def given(line: pd.DataFrame, name: str) -> pd.Series:
        return line["classes"].map(lambda seen: isinstance(seen, frozenset) and name in seen)

    serplulimab = two["drugs"].map(
        lambda seen: isinstance(seen, frozenset) and "serplulimab" in seen
    )
    immuno = given(one, "pd_l1") | (given(one, "pd_1") & ~serplulimab)
    rows = scans[(scans["line"] == 2) & (scans["day"] > 0)]
    rated = rows[rows["response"].isin(["CR", "PR", "SD", "PD", "NON-CR/NON-PD"])]
    f = raw["followup"]
    known = f[code(f["Status"], "vital_status").isin(["alive", "dead"])]["pid"]
    death = pd.to_datetime(f["Date of death"], errors="coerce").groupby(f["pid"]).min()
    limit = two["start"].map(lambda day: day + pd.DateOffset(months=2), na_action="ignore")
    met = pd.DataFrame(
        {
            "age": first_date - birth >= pd.Timedelta(days=18 * 365.25),
            "stage": people.isin(d["pid"]),
            "confirmation": people.isin(d[d["proof"].isin(["histology", "cytology"])]["pid"]),
            "first_line": immuno & given(one, "chemotherapy"),
            "second_line": serplulimab
            | (given(two, "chemotherapy") & ~given(two, "pd_1") & ~given(two, "pd_l1")),
            "window": two["start"].between(pd.Timestamp(WINDOW_START), pd.Timestamp(WINDOW_END)),
            "effectiveness": people.isin(rated["pid"]) & people.isin(known),
            "early_death": ~(death.reindex(people) <= limit),
        },
        index=people,
    )
    named = key.set_index("hospital_no")["criterion"]
    failed = (~met).sum(axis=1)
    assert (failed[named == ""] == 0).all()
    assert (failed[named == "several"] >= 2).all()
    for criterion in met:
        assert (~met.loc[named == criterion, criterion]).all(), criterion
        earlier = met.loc[named == criterion, :criterion].iloc[:, :-1]
        assert earlier.all(axis=None), criterion


def test_adverse_events_are_those_of_table_v(
    raw: dict[str, pd.DataFrame], lines: dict[int, pd.DataFrame], cohort: pd.DataFrame
) -> None:
    e = raw["adverse_events"]
    onset = dates(e["Onset"], "%Y-%m-%d")
    # whole days: of floats with a missing one, pandas 2 rounds what was in the memory before
    days = numbers(e["Onset"]).astype("Int64").astype("timedelta64[D]")
    serial = pd.Timestamp("1899-12-30") + days
    e = e.assign(
        onset=onset.fillna(serial),
        term=code(e["Adverse event"], "adverse_events"),
        grade=numbers(e["CTCAE grade"]),
        immune=code(e["Immune-related"], "yes_no") == "true",
        steroid=code(e["Systemic glucocorticoid"], "yes_no") == "true",
        arm=e["pid"].map(cohort["arm"]),
    ).dropna(subset="arm")
    e = e[e["onset"] >= e["pid"].map(lines[2]["start"])]
    worst = e.groupby(["arm", "pid", "term"])["grade"].max().reset_index()
    for arm, counts in TABLE_V.items():
        mine, events = worst[worst["arm"] == arm], e[e["arm"] == arm]
        assert mine["pid"].nunique() == counts.any_grade
        assert mine[mine["grade"] >= 3]["pid"].nunique() == counts.severe
        assert events[events["immune"]]["pid"].nunique() == counts.terms["immune_pneumonia"][0]
        assert events[events["immune"] & events["steroid"]]["pid"].nunique() == counts.steroids
        found = {
            term: (len(group), int((group["grade"] >= 3).sum()))
            for term, group in mine.groupby("term")
        }
        assert found == counts.terms


SIGNS = {
    "excel_serial_as_text": r"^44562$",
    "day_or_month_first": r"^05/03/2021$",
    "doubtful_code_word": r"\?$",
    "replacement_character": "\ufffd",
    "name_in_remark": "赵甲乙",
    "stray_spaces": r"^\s+M\s+$",
    "kps_not_a_multiple_of_ten": r"^85$",
    "date_in_words": "spring",
    "letter_in_identifier": r"^O\d{7}$",
    "unknown_patient": r"^9{8}$",
    "time_of_midnight": r"00:00:00$",
    "sentinel_date": r"^(1900-01-01|9999-12-31)",
    "trailing_remark": "导出|制表",
    "two_codes_in_one_text": "PD / toxicity",
    "leading_zeros_dropped": r"^\d{1,7}$",
}


def test_planted_defects_stand_where_the_list_says() -> None:
    planted = pd.read_csv(DEFECTS / "planted.csv", dtype=str, keep_default_na=False)
    assert planted["kind"].nunique() >= 15
    assert not planted.duplicated(["file", "sheet", "row"]).any()
    encodings = {"patients.csv": "utf-8-sig", "treatments.csv": "gb18030"}
    for one in planted.itertuples():
        if one.file.endswith(".csv"):
            text = (RAW / one.file).read_text(encoding=encodings.get(one.file, "utf-8"))
            row = next(csv.reader([text.splitlines()[int(one.row) - 1]]))
        else:
            sheet = pd.read_excel(RAW / one.file, sheet_name=one.sheet, dtype=str, header=None)
            row = sheet.iloc[int(one.row) - 1].fillna("").tolist()
        if one.kind in SIGNS:
            assert any(re.search(SIGNS[one.kind], cell) for cell in row), one


def test_larger_extract_repeats_and_has_the_same_headers(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        assert main(["--patients", "300", "--out", str(tmp_path / folder), "--parts", "2"]) == 0
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) == 16
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    large = pd.read_csv(tmp_path / "one/adverse_events_01.csv", dtype=str)
    small = pd.read_csv(RAW / "adverse_events.csv", dtype=str)
    assert list(large) == list(small)
    numbers_seen = pd.concat(
        pd.read_csv(tmp_path / f"one/patients_0{part}.csv", dtype=str)[ID] for part in (1, 2)
    )
    assert numbers_seen.nunique() == 300


@pytest.mark.parametrize("arguments", [["--patients", "10"], ["--patients", "0", "--out", "x"]])
def test_wrong_arguments_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
