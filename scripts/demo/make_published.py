"""Make config/published.csv of the demonstration study from a list of printed numbers.

    python -m scripts.demo.make_published published.yaml config/published.csv

`published.yaml` lists every number of the paper (`id, value, where, unit`). `RULES` say for each
id, by regular expression, which statistic or setting it is; the first that matches counts. An id
that none matches is an error. Not part of the workflow: run again only when the list changes.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import yaml

from scripts.lib.display.published import SEVERAL, PublishedNumber, write_published

ARMS = "serplulimab|chemotherapy"
GROUP = {"total": "", "serplulimab": "serplulimab", "chemotherapy": "chemotherapy"}
STATISTIC = {
    "n": "n", "pct": "percent", "p": "p_value", "hr": "hr", "ci_low": "hr_ci_low",
    "ci_high": "hr_ci_high", "mean": "mean", "sd": "sd", "median": "median", "min": "min",
    "max": "max",
}  # fmt: skip
MEDIAN = {"median": "median", "ci_low": "median_ci_low", "ci_high": "median_ci_high"}

# id part of the paper's list -> variable and level
CHARACTERISTICS = {
    "age": ("AGE", ""), "sex": ("SEX", ""), "sex.male": ("SEX", "male"),
    "sex.female": ("SEX", "female"), "kps": ("KPSBL", ""), "ecog": ("ECOGBL", ""),
    "smoking": ("SMOKING", ""), "smoking.smoker": ("SMOKING", "yes"),
    "smoking.nonsmoker": ("SMOKING", "no"), "first_io": ("L1IO", ""),
    "first_io.durvalumab": ("L1IO", "durvalumab"),
    "first_io.atezolizumab": ("L1IO", "atezolizumab"), "first_chemo": ("L1CHEMO", ""),
    "first_chemo.ep": ("L1CHEMO", "EP"), "first_chemo.ec": ("L1CHEMO", "EC"),
    "first_rt": ("L1RT", "yes"), "rt_timing.before": ("L1RTTIM", "before"),
    "rt_timing.after": ("L1RTTIM", "after"), "rt_timing.synchronous": ("L1RTTIM", "synchronous"),
    "pfs1": ("L1PFS", ""), "reason": ("L1REAS", ""),
    "reason.secondary": ("L1REAS", "secondary resistance"),
    "reason.primary": ("L1REAS", "primary resistance"), "reason.ae": ("L1REAS", "AE"),
    "kps.70": ("KPSBL", "70"), "kps.80": ("KPSBL", "80"), "kps.90": ("KPSBL", "90"),
    "kps.100": ("KPSBL", "100"), "ecog.0": ("ECOGBL", "0"), "ecog.1": ("ECOGBL", "1"),
}  # fmt: skip
PATTERNS = {
    "monotherapy": "monotherapy", "plus_chemo": "combined with chemotherapy",
    "plus_antiangio_chemo": "combined with anlotinib and chemotherapy",
    "plus_antiangio": "combined with anlotinib",
    "plus_anlotinib_chemo": "combined with anlotinib and chemotherapy",
    "plus_anlotinib": "combined with anlotinib",
}  # fmt: skip
SHORT_ARM = {"serp": "serplulimab", "chemo": "chemotherapy"}
REGIMENS = {"ep": "EP", "ec": "EC", "nab_paclitaxel": "nab-paclitaxel"}
SITES = {
    "any": "ANYMET", "brain": "BRAINMET", "liver": "LIVERMET", "lung": "LUNGMET",
    "adrenal": "ADRENMET", "bone": "BONEMET",
}  # fmt: skip
COVARIATES = {
    "age": ("AGE", ""), "sex.female": ("SEX", "female"), "kps.gt80": ("KPSGR1", ">80"),
    "ecog.1": ("ECOGBL", "1"), "smoking": ("SMOKING", "yes"),
    "first_io.atezolizumab": ("L1IO", "atezolizumab"), "first_rt": ("L1RT", "yes"),
    "reason.primary": ("L1REAS", "primary resistance"), "reason.ae": ("L1REAS", "AE"),
    "primary_resistance": ("L1REAS", "primary resistance"),
    "second_line.serplulimab": ("TRT01A", "serplulimab"),
    "serplulimab": ("TRT01A", "serplulimab"), "antiangio": ("L2AA", "yes"),
    "second_chemo": ("L2CHEMO", "yes"), "pfs1": ("L1PFS", ""), "pfs1.gt8.62": ("PFS1GR1", ">8.62"),
    "brain_met": ("BRAINMET", "yes"), "liver_met": ("LIVERMET", "yes"),
}  # fmt: skip
SUBGROUPS = {
    "age_le65": "AGEGR1=<=65", "age_gt65": "AGEGR1=>65", "male": "SEX=male",
    "female": "SEX=female", "smoker": "SMOKING=yes", "non_smoker": "SMOKING=no",
    "ecog0": "ECOGBL=0", "ecog1": "ECOGBL=1", "kps_le80": "KPSGR1=<=80",
    "kps_gt80": "KPSGR1=>80", "first_atezolizumab": "L1IO=atezolizumab",
    "first_durvalumab": "L1IO=durvalumab", "first_rt": "L1RT=yes", "no_first_rt": "L1RT=no",
    "secondary_resistance": "L1REAS=secondary resistance", "pfs1_le8.62": "PFS1GR1=<=8.62",
    "pfs1_gt8.62": "PFS1GR1=>8.62", "brain_met": "BRAINMET=yes", "no_brain_met": "BRAINMET=no",
    "liver_met": "LIVERMET=yes", "no_liver_met": "LIVERMET=no",
}  # fmt: skip
# subgroups that the text calls significant; the others of the figure are its "all P>0.05"
NAMED = {
    "pfs": ["age_le65", "male", "female", "non_smoker", "first_atezolizumab",
            "secondary_resistance", "pfs1_le8.62", "brain_met", "liver_met"],
    "os": ["male", "smoker", "ecog0", "secondary_resistance", "pfs1_le8.62", "brain_met",
           "liver_met"],
}  # fmt: skip
TERMS = {
    "pneumonia": "immune_pneumonia", "vomit": "vomiting",
}  # fmt: skip
COUNTS = {
    "any": "ANYAE", "grade3plus": "ANYGE3", "any_grade3plus": "ANYGE3", "any_irae": "ANYIR",
    "irae": "ANYIR", "irae_steroid": "IRGC",
}  # fmt: skip
SETTINGS = {
    "methods.study_start": "cohort.criteria[id=window].when#1",
    "methods.study_end": "cohort.criteria[id=window].when#2",
    "methods.min_age": "cohort.criteria[id=age].when#1",
    "methods.ci_level": "study.conventions.confidence_level",
    "methods.death_exclusion_window": "cohort.criteria[id=early_death].when#1",
    "methods.response_evaluation": "report.published.settings.response_evaluation_months",
    "methods.dose": "report.published.settings.serplulimab_mg_per_kg",
    "methods.interval": "report.published.settings.serplulimab_interval_weeks",
    "methods.min_expected_frequency": "statistics.tests.min_expected",
    "methods.multivariable_entry_p": "statistics.cox.entry_alpha",
    "methods.alpha": "statistics.tests.alpha",
    "methods.r_version": "statistics.reference_software.version",
    "methods.recist_version": "report.published.settings.recist_version",
    "methods.ctcae_version": "report.published.settings.ctcae_version",
    "table1.footnote.alpha": "statistics.tests.alpha",
    "table1.footnote.ci_level": "study.conventions.confidence_level",
    "subgroup.age_cut": "cohort.variables[name=AGEGR1].cut.at[0]",
    "subgroup.pfs1_cut": "cohort.variables[name=PFS1GR1].cut.at[0]",
}
PERCENTAGE = (
    "no number of patients of this arm gives the printed percentage (45/67 = 67.2, 68/93 = 73.1)"
)
TWELVE = (
    "12 patients had no chemotherapy (4 + 8 in Table SI); the printed limits need about 20 such "
    "patients, so no data set matches both"
)
REASONS = [
    (r"abstract\.ae_grade3plus\.p", "no test gives it for 20/67 against 32/93 (chi-squared 0.544, "
     "Fisher 0.609), and Table V prints no P value"),
    (r"results\.metastasis\.any\..*\.pct", PERCENTAGE),
    (r"table[34]\.uni\.second_chemo\.(ci_low|ci_high|p)", TWELVE),
]  # fmt: skip


def ard(analysis: str, statistic: str, **key: str) -> tuple[str, str]:
    """File and key of a statistic."""
    full = {"analysis": analysis} | key | {"statistic": statistic}
    names = ("analysis", "parameter", "population", "group", "variable", "level", "statistic")
    text = "; ".join(f"{name}={full[name]}" for name in names if full.get(name))
    return f"results/ard/{analysis}.csv", text


def setting(path: str) -> tuple[str, str]:
    """File and path of a setting."""
    return f"config/{path.split('.')[0]}.yaml", path


def of(analysis: str, variable: tuple[str, str], group: str, statistic: str) -> tuple[str, str]:
    """A described variable; P values have no group, and a level only where tested apart."""
    name, level = variable
    if statistic == "p":
        tested_apart = name in ("L1RTTIM", "L2RTTIM")
        return ard(analysis, "p_value", variable=name, level=level if tested_apart else "")
    return ard(analysis, STATISTIC[statistic], group=GROUP[group], variable=name, level=level)


def cox(analysis: str, endpoint: str, covariate: str, statistic: str) -> tuple[str, str]:
    """A row of a Cox model."""
    variable, level = COVARIATES[covariate]
    key = {"parameter": endpoint.upper(), "variable": variable, "level": level}
    return ard(analysis, STATISTIC[statistic], **key)


def median(endpoint: str, group: str, statistic: str, population: str = "") -> tuple[str, str]:
    """Kaplan-Meier median or limit."""
    key = {"parameter": endpoint.upper(), "population": population, "group": GROUP[group]}
    return ard("kaplan_meier", MEDIAN[statistic], **key)


def subgroup(endpoint: str, name: str, statistic: str, group: str = "") -> tuple[str, str]:
    """Effect, P value or median in a subgroup."""
    key = {"parameter": endpoint.upper(), "population": SUBGROUPS[name], "group": group}
    return ard("subgroups", MEDIAN[statistic] if group else STATISTIC[statistic], **key)


def several(keys: list[tuple[str, str]]) -> tuple[str, str]:
    """Several statistics of one file."""
    return keys[0][0], SEVERAL.join(key for _, key in keys)


def others(endpoint: str) -> tuple[str, str]:
    """P values of the subgroups that the text does not name."""
    names = [name for name in SUBGROUPS if name not in NAMED[endpoint]]
    return several([subgroup(endpoint, name, "p") for name in names])


def log_rank(endpoint: str, variable: str, group: str = "") -> tuple[str, str]:
    """P value of a log-rank test between strata."""
    key = {"parameter": endpoint.upper(), "group": group, "variable": variable}
    return ard("log_rank", "p_value", **key)


def event(count: str, group: str, statistic: str, severe: bool = False) -> tuple[str, str]:
    """Patients with adverse events."""
    if count in COUNTS:
        variable = (COUNTS[count], "")
    else:
        variable = ("AEDECOD_GE3" if severe else "AEDECOD", TERMS.get(count, count))
    return of("adverse_events", variable, group, statistic)


def restated(what: str) -> tuple[str, str]:
    """Variable and level of a percentage that the text repeats."""
    return {"smokers": ("SMOKING", "yes"), "first_rt": ("L1RT", "yes")}[what]


TABLE_ANALYSIS = {"1": "baseline", "2": "response", "5": "adverse_events"}
EP, G, S = "(?P<ep>pfs|os)", f"(?P<g>total|{ARMS})", "(?P<s>hr|ci_low|ci_high|p)"
M = "(?P<s>median|ci_low|ci_high)"
TEXT = "(?:results|discussion)"
RULES: list[tuple[str, Any]] = [
    (rf"(abstract|results)\.n\.{G}", lambda m: ard("baseline", "N", group=GROUP[m["g"]])),
    (rf"table(?P<t>\d)\.header\.n\.{G}",
     lambda m: ard(TABLE_ANALYSIS[m["t"]], "N", group=GROUP[m["g"]])),
    (r"table1\.footnote\.rt_timing_n", lambda m: of("baseline", ("L1RT", "yes"), "total", "n")),
    (r"table[34]\.kps_cut", lambda m: setting("cohort.variables[name=KPSGR1].cut.at[0]")),
    (r"table[34]\.pfs1_cut", lambda m: setting("cohort.variables[name=PFS1GR1].cut.at[0]")),
    # medians and treatment effect
    (rf"abstract\.{EP}\.median\.{G}", lambda m: median(m["ep"], m["g"], "median")),
    (rf"results\.{EP}\.{G}\.{M}", lambda m: median(m["ep"], m["g"], m["s"])),
    (rf"discussion\.{EP}\.median\.{G}", lambda m: median(m["ep"], m["g"], "median")),
    (rf"abstract\.{EP}\.uni\.{S}",
     lambda m: cox("cox_univariable", m["ep"], "serplulimab", m["s"])),
    (rf"abstract\.{EP}\.multi\.{S}",
     lambda m: cox("cox_multivariable", m["ep"], "serplulimab", m["s"])),
    (rf"results\.{EP}\.{S}", lambda m: cox("cox_univariable", m["ep"], "serplulimab", m["s"])),
    (rf"results\.multi\.{EP}\.(?P<c>\w+)\.{S}",
     lambda m: cox("cox_multivariable", m["ep"], m["c"], m["s"])),
    (rf"results\.followup\.{G}\.(?P<s>median|min|max)",
     lambda m: ard("follow_up", m["s"], parameter="OS", group=GROUP[m["g"]])),
    # baseline
    (rf"{TEXT}\.(?P<v>smokers|first_rt)\.pct\.{G}",
     lambda m: of("baseline", restated(m["v"]), m["g"], "pct")),
    (rf"{TEXT}\.(?P<v>smokers|first_rt)\.p",
     lambda m: of("baseline", restated(m["v"]), "", "p")),
    (r"results\.first_regimen\.p", lambda m: of("baseline", ("L1IO", ""), "", "p")),
    (r"results\.age_sex_kps_ecog\.p_all", lambda m: several(
        [of("baseline", (name, ""), "", "p") for name in ("AGE", "SEX", "KPSBL", "ECOGBL")])),
    (rf"results\.pfs1\.median\.{G}", lambda m: of("baseline", ("L1PFS", ""), m["g"], "median")),
    (r"results\.(?P<v>pfs1|reason)\.p",
     lambda m: of("baseline", CHARACTERISTICS[m["v"]], "", "p")),
    (r"results\.(?P<v>reason\.\w+)\.(?P<s>n|pct)",
     lambda m: of("baseline", CHARACTERISTICS[m["v"]], "total", m["s"])),
    (rf"table1\.pfs1\.{G}\.{M}", lambda m: ard(
        "baseline", MEDIAN[m["s"]], group=GROUP[m["g"]], variable="L1PFS")),
    (rf"table1\.pattern\.(?P<a>serp|chemo)_(?P<v>\w+)\.{G}\.(?P<s>n|pct)",
     lambda m: of("treatment_patterns", ("L2PATT", PATTERNS[m["v"]]), m["g"], m["s"])),
    (rf"table1\.(?P<v>[\w.]+)\.{G}\.(?P<s>n|pct|mean|sd)",
     lambda m: of("baseline", CHARACTERISTICS[m["v"]], m["g"], m["s"])),
    (r"table1\.(?P<v>[\w.]+)\.p", lambda m: of("baseline", CHARACTERISTICS[m["v"]], "", "p")),
    # treatment of the second line
    (r"tableSI\.(?P<a>serp|chemo)\.(?P<v>\w+)\.(?P<s>n|pct)", lambda m: of(
        "treatment_patterns", ("L2PATT", PATTERNS[m["v"]]), SHORT_ARM[m["a"]], m["s"])),
    (r"tableSI\.(?P<a>serp|chemo)_regimen\.(?P<v>\w+)\.(?P<s>n|pct)", lambda m: of(
        "treatment_patterns", ("L2REG", REGIMENS[m["v"]]), SHORT_ARM[m["a"]], m["s"])),
    (rf"discussion\.antiangio\.pct\.{G}",
     lambda m: of("treatment_patterns", ("L2AA", "yes"), m["g"], "pct")),
    (rf"(tableSI|discussion)\.(?P<v>antiangio|radiotherapy|rt_synchronous|pci)(\.{G})?"
     r"\.(?P<s>n|pct|p)",
     lambda m: of("treatment_patterns", {
         "antiangio": ("L2AA", "yes"), "radiotherapy": ("L2RT", "yes"),
         "rt_synchronous": ("L2RTTIM", "synchronous"), "pci": ("L2PCI", "yes")}[m["v"]],
         m["g"], m["s"])),
    # response and progression
    (rf"table2\.(?P<v>cr|pr|sd|pd)\.{G}\.(?P<s>n|pct)",
     lambda m: of("response", ("BOR", m["v"].upper()), m["g"], m["s"])),
    (rf"(table2|results)\.(?P<v>orr|dcr)(\.{G})?\.(?P<s>n|pct|p)",
     lambda m: of("response", (m["v"].upper(), "yes"), m["g"], m["s"])),
    (rf"results\.metastasis\.(?P<v>\w+)(\.{G})?\.(?P<s>pct|p)",
     lambda m: of("progression_sites", (SITES[m["v"]], "yes"), m["g"], m["s"])),
    # subgroups and strata
    (rf"subgroup\.{EP}\.secondary_resistance\.median\.{G}",
     lambda m: subgroup(m["ep"], "secondary_resistance", "median", m["g"])),
    (rf"subgroup\.{EP}\.all_other\.p", lambda m: others(m["ep"])),
    (rf"subgroup\.{EP}\.(?P<v>[\w.]+?)(_repeat)?\.{S}",
     lambda m: subgroup(m["ep"], m["v"], m["s"])),
    (rf"supp\.{EP}\.pattern\.{G}\.logrank_p",
     lambda m: log_rank(m["ep"], "L2PATT", GROUP[m["g"]])),
    (rf"supp\.{EP}\.(?P<v>antiangio|radiotherapy)\.logrank_p",
     lambda m: log_rank(m["ep"], {"antiangio": "L2AA", "radiotherapy": "L2RT"}[m["v"]])),
    (rf"supp\.{EP}\.serp_plus_(?P<v>antiangio|rt)\.{M}", lambda m: median(
        m["ep"], "serplulimab", m["s"], {"antiangio": "L2AA=yes", "rt": "L2RT=yes"}[m["v"]])),
    # adverse events
    (r"abstract\.ae_grade3plus\.p", lambda m: event("grade3plus", "", "p")),
    (rf"abstract\.ae_grade3plus\.pct\.{G}", lambda m: event("grade3plus", m["g"], "pct")),
    (rf"results\.ae\.(?P<v>any|grade3plus|irae|irae_steroid)\.{G}\.(?P<s>n|pct)",
     lambda m: event(m["v"], m["g"], m["s"])),
    (rf"results\.ae\.{G}\.(?P<v>\w+)\.(?P<s>n|pct)", lambda m: event(m["v"], m["g"], m["s"])),
    (rf"table5\.g3\.(?P<v>\w+)\.{G}\.(?P<s>n|pct)",
     lambda m: event(m["v"], m["g"], m["s"], severe=True)),
    (rf"table5\.(?P<v>\w+)\.{G}\.(?P<s>n|pct)", lambda m: event(m["v"], m["g"], m["s"])),
    # Cox models
    (rf"table3\.uni\.(?P<v>[\w.]+)\.{S}", lambda m: cox("cox_univariable", "pfs", m["v"], m["s"])),
    (rf"table3\.multi\.(?P<v>[\w.]+)\.{S}",
     lambda m: cox("cox_multivariable", "pfs", m["v"], m["s"])),
    (rf"table4\.uni\.(?P<v>[\w.]+)\.{S}", lambda m: cox("cox_univariable", "os", m["v"], m["s"])),
    (rf"table4\.multi\.(?P<v>[\w.]+)\.{S}",
     lambda m: cox("cox_multivariable", "os", m["v"], m["s"])),
]  # fmt: skip


def place(number_id: str) -> tuple[str, str]:
    """Where our number is: file, and key or path."""
    if number_id in SETTINGS:
        return setting(SETTINGS[number_id])
    for pattern, make in RULES:
        if match := re.fullmatch(pattern, number_id):
            return make(match)
    raise SystemExit(f"{number_id}: no rule says which statistic it is")


def reason(number_id: str) -> str:
    """Why the number cannot be reproduced; empty where it can."""
    return next((why for pattern, why in REASONS if re.fullmatch(pattern, number_id)), "")


def make(leaves: list[dict[str, str]]) -> list[PublishedNumber]:
    """The printed numbers in the project's own form."""
    return [
        PublishedNumber(
            leaf["id"], leaf["where"], leaf["value"], leaf.get("unit", ""),
            *place(leaf["id"]), reason(leaf["id"]),
        )
        for leaf in leaves
    ]  # fmt: skip


if __name__ == "__main__":
    leaves = yaml.safe_load(Path(sys.argv[1]).read_text(encoding="utf-8"))["leaves"]
    write_published(make(leaves), Path(sys.argv[2]))
