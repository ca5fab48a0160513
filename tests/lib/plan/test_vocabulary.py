"""Codes, levels, variables, endpoints: what the configuration asks for must be able to occur."""

import copy
from pathlib import Path
from typing import Any

import pytest

from scripts.lib.config.load import load_config
from scripts.lib.errors import Stop
from scripts.lib.plan.vocabulary import code_list_problems, stop_for
from scripts.lib.plan.vocabulary_shown import vocabulary
from scripts.lib.reading.codelists import CodeList, check_codelists, read_codelist
from scripts.lib.reading.sources import codelist_files

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "examples/nsclc_osimertinib"


def read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, dict[str, CodeList]]:
    monkeypatch.chdir(folder)
    config = load_config("config")
    return config, check_codelists(codelist_files(config["sources"], config["sources"]["tables"]))


@pytest.fixture(scope="module")
def demonstration() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        yield read(ROOT, patch)


@pytest.fixture
def study(demonstration: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(ROOT)
    config, lists = demonstration
    return copy.deepcopy(config), dict(lists)


def said(config: Any, lists: dict[str, CodeList], declared: Any = None) -> str:
    made = vocabulary(config, lists)
    found = [problem.text() for problem in made.problems]
    return "\n".join([*found, *code_list_problems(made, declared or {})])


def variable(config: Any, name: str) -> Any:
    return next(v for v in config["cohort"]["variables"] if v["name"] == name)


@pytest.mark.parametrize("folder", [ROOT, EXAMPLE])
def test_the_studies_of_the_project_have_no_problem(folder, monkeypatch):
    assert said(*read(folder, monkeypatch)) == ""


@pytest.mark.parametrize(
    ("name", "key", "expression", "message"),
    [
        ("BRAINMET", "where", "has(sites, 'brian')", "`brian` never occurs"),
        ("DTHDT", "where", "vital_status == 'death'", "nearest: `dead`"),
        ("VITAL", "where", "vital_status in ['alive', 'death']", "`death` never occurs"),
        ("L1_START", "where", "line == '1'", "a number is compared with text"),
        ("STAGE4", "where", "stage == 4", "text is compared with a number"),
        ("STAGE4", "where", "histology + 1 == 2", "a number is wanted, and this is text"),
        ("AGE", "expression", "years(L1LINES, DIAGDT)", "a date is wanted, and this is a number"),
        ("SMOKING", "expression", "SMOKHIS == 'Y'", "`Y` never occurs"),
        ("L2CHEMO", "expression", "has(L2CLASS, 'chemo')", "nearest: `chemotherapy`"),
        ("ANYMET", "expression", "BRAINMET == 'yes'", "true or false is compared with text"),
        ("KPSBL", "window_days", [30, -60], "the first day lies after the last"),
        ("KPSBL", "to", "AGE", "`AGE` is no date"),
        ("KPSBL", "dated", "kps", "`kps` is no date"),
        ("L1DRUGS", "column", "start_date", "is no text or list of codes"),
        ("SEX", "levels", {"man": "Male"}, "the level `man` of SEX never occurs"),
        ("ECOGBL", "levels", {"6": "6"}, "ECOGBL is never 6"),
        ("KPSGR1", "levels", {"<80": "x"}, "nearest: `<=80`"),
        ("L1RT", "levels", {"true": "Yes"}, "the level `true` of L1RT never occurs"),
        ("AGEGR1", "cut", {"of": "DIAGDT", "at": [1], "labels": ["<=65", ">65"]}, "no number"),
    ],
)  # fmt: skip
def test_a_variable_asks_for_what_can_occur(study, name, key, expression, message):
    config, lists = study
    variable(config, name)[key] = expression
    found = said(config, lists)
    assert message in found
    assert "config/cohort.yaml, line " in found
    assert f"variables.{name}" in found


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("cohort.arm.0.when", "has(L2DRUGS, 'serplulimb')", "nearest: `serplulimab`"),
        ("cohort.criteria.3.when", "TRT01A == 'serplulimb'", "nearest: `serplulimab`"),
        ("cohort.criteria.5.when", "L2_START >= date('2019-02-30')", "a day that there is"),
        ("cohort.start", "VITAL", "`VITAL` is no date"),
        ("cohort.dates.treatments", "drugs", "`drugs` is no date"),
        ("endpoints.response.where", "line == '2'", "a number is compared with text"),
        ("endpoints.response.column", "line", "`line` is no text"),
        ("endpoints.adverse_events.grade", "term", "`term` is no number"),
        ("endpoints.time_to_event.pfs.start", "VITAL", "`VITAL` is no date"),
        ("endpoints.time_to_event.os.events.0.from.0.where", "vital_status == 'Dead'", "`dead`"),
        ("endpoints.time_to_event.os.events.0.from.0.date", "vital_status", "is no date"),
        ("endpoints.time_to_event.os.censoring.0.when", "EVENT == 'yes'", "a date such as"),
        ("sources.tables.assessments.where", "response == 'P D'", "nearest: `PD`"),
        ("statistics.endpoints", ["pfs", "oss"], "endpoint `oss` is not declared; nearest: `os`"),
        ("statistics.follow_up.endpoint", "oss", "the endpoint `oss` is not declared"),
        ("statistics.baseline.variables.1.name", "SEXX", "nearest: `SEX`"),
        ("statistics.baseline.variables.1.name", "VITAL", "`adsl: false`"),
        ("statistics.baseline.variables.1.kind", "numeric", "SEX is numeric here, and no number"),
        ("statistics.baseline.variables.1.levels", ["man"], "the level `man` of SEX"),
        ("statistics.treatment_patterns.variables.4.where", "L2RT == 'yes'", "compared with text"),
        ("statistics.adverse_events.counts.1.where", "AETOXGR in ['3', '4']", "compared with text"),
        ("statistics.adverse_events.counts.1.where", "AETOXGR >= 6", "can never hold"),
        ("statistics.adverse_events.where", "TRTEMFLL", "nearest: `TRTEMFL`"),
        ("statistics.adverse_events.counts.4.levels", ["leukopaenia"], "nearest: `leukopenia`"),
        ("statistics.adverse_events.counts.4.by", "AETERM", "the column `AETERM` is not declared"),
        ("statistics.response.rows.0.levels", ["CR", "pd"], "the level `pd` of BOR"),
        ("statistics.response.rows.1.parameter", "OR", "nearest: `ORR`"),
        ("statistics.strata.0.name", "L2PAT", "nearest: `L2PATT`"),
        ("statistics.subgroups.variables.1", "SEXX", "nearest: `SEX`"),
        ("statistics.cox.terms.1.reference", "mal", "nearest: `male`"),
        ("statistics.cox.terms.0.name", "SEX", "SEX is numeric here"),
        ("statistics.cox.terms.11.coding_of", "L1PF", "nearest: `L1PFS`"),
        ("report.tables.table1.rows.1.variable", "SEXX", "nearest: `SEX`"),
        ("report.tables.table1.analysis", "baselin", "the analysis `baselin` is not declared"),
        ("report.tables.table1.rows.12.analysis", "treatment_pattern", "nearest: `treatment_patt"),
        ("report.traces.private", ["birthdate"], "nearest: `birth_date`"),
        ("report.tables.table1.rows.4.levels", ["true"], "the level `true` of SMOKING"),
        ("report.tables.table1.rows.12.groups", ["serplulimb"], "nearest: `serplulimab`"),
        ("report.tables.table2.rows.0.level", "cr", "nearest: `CR`"),
        ("report.tables.table5.rows.4.labels", {"anaemia": "x"}, "nearest: `anemia`"),
        ("report.tables.table3.rows.0.variable", "AGEE", "nearest: `AGE`"),
        ("report.tables.table3.endpoint", "pfs1", "the endpoint `pfs1` is not analysed"),
        ("report.figures.kaplan_meier.figure1.endpoint", "pf", "nearest: `pfs"),
        ("report.figures.kaplan_meier.figure1.compared", "chemo", "nearest: `chemotherapy`"),
        ("report.figures.strata.figureS1.panels.0.variable", "L2PAT", "nearest: `L2PATT`"),
        ("report.figures.strata.figureS1.panels.0.arm", "chemo", "nearest: `chemotherapy`"),
        ("report.figures.strata.figureS1.panels.2.labels", {"serplulimab never": "x"}, "`never`"),
        ("report.figures.progression_sites.figure3.variables", {"BRAIN": "x"}, "`BRAIN`"),
        ("report.figures.progression_sites.figure3.level", "true", "the level `true`"),
        ("sensitivity.landmark.ignoring", ["early_deaths"], "nearest: `early_death`"),
        ("sensitivity.confounding.covariates.0.name", "AGGE", "nearest: `AGE`"),
        ("sensitivity.time_varying.covariates.0.name", "BRAINMETT", "nearest: `BRAINMET`"),
        ("sensitivity.response_limits.endpoint", "pf", "nearest: `pfs"),
        ("sensitivity.response_limits.levels", ["CR", "progress"], "`progress`"),
        ("sensitivity.ae_rates.figure.any_grade", "AEDECODE", "nearest: `AEDECOD`"),
        ("sensitivity.pfs_rule_sets.base", "pf", "nearest: `pfs"),
        ("sensitivity.pfs_rule_sets.sets.3.more_events.0.from.0.variable", "L3_STRT", "`L3_START`"),
        ("sensitivity.pfs_rule_sets.sets.3.more_events.0.from.0.variable", "VITAL", "is no date"),
    ],
)  # fmt: skip
def test_whatever_names_something_names_what_there_is(study, path, value, message):
    config, lists = study
    *above, last = path.split(".")
    at = config
    for key in above:
        at = at[int(key)] if isinstance(at, list) else at[key]
    at[int(last) if isinstance(at, list) else last] = value
    found = said(config, lists)
    assert message in found
    assert f"config/{above[0]}.yaml, line " in found


def test_all_mistakes_of_all_sections_are_said_at_once(study):
    config, lists = study
    variable(config, "BRAINMET")["where"] = "has(sites, 'brian')"
    config["statistics"]["cox"]["terms"][1]["reference"] = "mal"
    config["report"]["tables"]["table1"]["rows"][1]["variable"] = "SEXX"
    with pytest.raises(Stop) as stop:
        stop_for(said(config, lists).splitlines())
    assert all(word in str(stop.value) for word in ("3 thing(s)", "`brian`", "`mal`", "`SEXX`"))


def changed(lists: dict[str, CodeList], name: str, old: str, new: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.csv"
    text = (ROOT / f"config/codelists/{name}.csv").read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    lists[name] = read_codelist(path)


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("vital_status", "死亡,dead,", "死亡,dead ,", ""),
        ("vital_status", "死亡,dead,", "死亡\t,dead\t,", ""),
        ("vital_status", "死亡,dead,", "死亡\u00a0,dead\u00a0,", ""),
        ("vital_status", "死亡,dead,", "死亡\u200b,de\u200bad\u200b,", ""),
        ("vital_status", "死亡,dead,", "\ufeff死亡,\u3000dead,", ""),
        ("vital_status", "死亡,dead,", "死亡,deceased,", "row 6: followup.vital_status becomes"),
        ("vital_status", ",dead,", ",Dead,", "`Dead`, which nothing declares"),
        ("response", ",PD,", ",pd,", "which RECIST 1.1 does not have"),
        ("response", ",PD,", ",pd,", "`response == 'PD'`: `PD` never occurs"),
        ("response", "疾病进展,PD", "疾病进展,progress", "row 12: assessments.response"),
        ("yes_no", ",true,", ",yes,", "true or false is wanted"),
        ("sites", ",brain,", ",brain;liver,", "a ; stands between the codes"),
        ("drugs", ",serplulimab,", ",serplulimb,", "`serplulimab` never occurs"),
        ("drug_classes", ",chemotherapy,", ",chemo,", "`chemotherapy` never occurs"),
        ("smoking", ",yes,", ",smoker,", "`SMOKHIS == 'yes'`: `yes` never occurs"),
        ("sex", ",male,", ",man,", "the level `male` of SEX never occurs"),
        ("adverse_events", ",rash,", ",skin,", "the level `rash` of AEDECOD never occurs"),
    ],
)  # fmt: skip
def test_a_code_list_gives_what_is_asked_for(study, tmp_path, name, old, new, message):
    config, lists = study
    changed(lists, name, old, new, tmp_path)
    found = said(config, lists)
    assert message in found
    assert bool(message) == bool(found)


def test_a_value_that_a_suite_allows_or_an_expression_asks_for_is_known(study, tmp_path):
    config, lists = study
    changed(lists, "radiotherapy_purpose", ",palliative,", ",bone,", tmp_path)
    key = ("radiotherapy", "purpose")
    assert said(config, lists) == ""  # nobody says what there can be
    assert "becomes `bone`, which nothing declares" in said(
        config, lists, {key: ["pci", "thoracic"]}
    )
    assert said(config, lists, {key: ["pci", "thoracic", "bone"]}) == ""
    variable(config, "L2PCI")["where"] = "purpose in ['pci', 'bone']"
    assert said(config, lists, {key: ["pci", "thoracic"]}) == ""


def test_a_list_for_numbers_gives_numbers_within_the_limits(study, tmp_path):
    config, lists = study
    path = tmp_path / "grade.csv"
    path.write_text("raw,value\nmild,1\nsevere,III\nworse,6\n", encoding="utf-8")
    lists["grade"] = read_codelist(path)
    config["sources"]["tables"]["adverse_events"]["columns"]["grade"]["codelist"] = "grade"
    found = said(config, lists)
    assert "row 3: adverse_events.grade is a number, and `III` is none" in found
    assert "row 4: adverse_events.grade is never 6 (whole numbers from 1 to 5)" in found


def test_a_constant_a_lookup_and_what_a_blank_means_are_what_a_column_can_be(study):
    config, lists = study
    columns = config["sources"]["tables"]["followup"]["columns"]
    columns["vital_status"]["blank"] = "alive"
    columns["method"] |= {"from": None, "codelist": None, "value": "visit"}
    assert said(config, lists) == ""
    config["sources"]["tables"]["followup"]["where"] = "method == 'phone'"
    assert "`phone` never occurs; what does: visit (a constant" in said(config, lists)


def test_a_column_that_one_hospital_lacks_is_what_the_others_have(study):
    config, lists = study
    table = config["sources"]["tables"]["followup"]
    lacking = table["columns"]["method"] | {"from": None, "absent": True, "reason": "not kept"}
    table["by_file"] = {"H2/*": {"columns": table["columns"] | {"method": lacking}}}
    assert said(config, lists) == ""
    table["where"] = "method == 'letter'"
    assert "`letter` never occurs" in said(config, lists)


def test_what_is_declared_absent_is_asked_for_in_peace(study):
    config, lists = study
    config["sources"]["tables"]["radiotherapy"] |= {"absent": True, "reason": "elsewhere"}
    assert said(config, lists) == ""


def test_a_preferred_value_must_be_one_of_the_column(study):
    config, lists = study
    rule = {"prefer": {"vital_status": ["death"]}}
    config["sources"]["tables"]["followup"]["conflicts"] = {
        "key": ["contact_date"],
        "decide": [rule],
    }
    assert "tables.followup.conflicts.prefer: the level `death`" in said(config, lists)
