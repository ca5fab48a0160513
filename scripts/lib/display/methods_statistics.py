"""Methods in words: tests, survival, Cox models, what was printed, with what it was computed."""

from __future__ import annotations

from typing import Any

from scripts.lib.analysis.entry import data_driven
from scripts.lib.display.methods_study import Settings, collected, label_of
from scripts.lib.display.prose import Section, counted, joined, number, percent, sentences

NORMALITY = {
    "lilliefors": "in Lilliefors' form",
    "estimated": "with mean and SD of the sample as if known",
}
ROUNDING = {"half_up": "half up", "half_even": "half to even"}
TIES = {"efron": "Efron's", "breslow": "Breslow's"}
DISPLAY_P = {"log_rank": "the log-rank test against the reference arm", "wald": ""}
DESCRIBED = {
    "baseline": "Baseline characteristics",
    "treatment_patterns": "Treatment",
    "progression_sites": "Progression",
}


def statistics_section(settings: Settings, found: dict[str, Any]) -> Section:
    """The paragraph "Statistical analysis".

    Parameters
    ----------
    found
        What the results say: `tests` (method -> number of P values), `models` (PARAMCD -> what the
        multivariable model holds), `versions` (program -> version), `waivers` (checks in force).
    """
    blocks = [
        described(settings, found["tests"]),
        survival(settings),
        cox(settings, found["models"]),
        subgroups(settings),
        errors(settings),
        printed(settings),
        programs(settings, found),
    ]
    return Section("Statistical analysis", blocks)  # type: ignore[arg-type]


def described(settings: Settings, made: dict[str, int]) -> str:
    """How groups are described and compared."""
    tests = settings["statistics"]["tests"]
    normality = tests["normality"]
    several = len(settings["study"]["arms"]) > 2  # noqa: PLR2004
    yates = "with" if tests["continuity_correction"] else "without"
    by_arm = normality["within"] == "arm"
    rejects = "rejects it in no arm" if by_arm else "does not reject it in all patients together"
    form = NORMALITY.get(normality["form"], normality["form"])
    test = normality["test"].replace("_", "-").title()
    equal = tests["equal_variances"]
    if several:
        means = "one-way analysis of variance" if equal else "Welch's analysis of variance"
        ranks = "Kruskal-Wallis test"
    else:
        means = "Student's t test" if equal else "Welch's t test"
        ranks = "Mann-Whitney U test"
    counts = "; ".join(f"{method} ({n})" for method, n in made.items())
    return sentences(
        *_variables(settings),
        "Categorical variables are counts and percentages, compared between arms with Pearson's "
        f"chi-squared test {yates} continuity correction, or with Fisher's exact test where an "
        f"expected count is below {number(tests['min_expected'])}. A numeric variable counts as "
        f"normal where the {test} test {form} {rejects} "
        f"(P<{number(normality['alpha'])}); then mean and SD are compared with the {means}, else "
        f"median and quartiles with the {ranks}.",
        _ways(settings),
        f"P values of these comparisons: {counts}." if counts else "",
    )


def _variables(settings: Settings) -> list[str]:
    """What is described, by table of results."""
    found = []
    for part, name in DESCRIBED.items():
        variables = settings["statistics"][part]["variables"]
        labels = dict.fromkeys(label_of(settings, v["name"]) for v in variables)
        found.append(f"{name}: {'; '.join(labels)}." if labels else "")
    return found


def _ways(settings: Settings) -> str:
    """Variables that are compared in another way than as a whole."""
    statistics = settings["statistics"]
    every = [v for part in DESCRIBED for v in statistics[part]["variables"]]
    parts = []
    levels = [label_of(settings, v["name"]) for v in every if v["test"] == "each_level"]
    none = [label_of(settings, v["name"]) for v in every if v["test"] == "none"]
    if levels:
        parts.append(f"Each level was compared with all others of: {'; '.join(levels)}.")
    if none:
        parts.append(f"Described without a test: {'; '.join(none)}.")
    return sentences(*parts)


def survival(settings: Settings) -> str:
    """Curves, medians and log-rank tests."""
    part = settings["statistics"]["survival"]
    level = percent(settings["study"]["conventions"]["confidence_level"])
    step = part["every_months"]
    every = "every month" if step == 1 else f"every {step} months"
    until = f"month {part['until_months']}" if part["until_months"] else "the last time of anybody"
    strata = settings["statistics"]["strata"]
    days = f", and at {joined(list(map(str, part['days'])))} days" if part["days"] else ""
    late = [label_of(settings, s["name"]) for s in strata if s["name"] in settings["later"]]
    within = [label_of(settings, s["name"]) for s in strata if s["within_arm"]]
    across = [label_of(settings, s["name"]) for s in strata if not s["within_arm"]]
    return sentences(
        "Survival was estimated by the Kaplan-Meier method; limits of survival and median "
        f"({level}) are on the {part['interval']} scale and pointwise, of each time alone; so are "
        f"the bands of curves. Survival and numbers at risk are given {every} to {until}"
        f"{days}. Arms were compared with the log-rank test.",
        f"Curves within each arm by: {'; '.join(within)}." if within else "",
        f"Curves of arm by level of: {'; '.join(across)}; compared over all these groups, among "
        "which treatment differs too, and by level with a log-rank test stratified by arm."
        if across
        else "",
        f"Groups formed after the start of treatment: {'; '.join(late)}. They are counted from it "
        "all the same: who lives longer has more time to belong to them (immortal time), so that "
        "they cannot be compared as arms."
        if late
        else "",
    )


def cox(settings: Settings, models: dict[str, str]) -> str:
    """Models, references, what enters."""
    part = settings["statistics"]["cox"]
    level = percent(settings["study"]["conventions"]["confidence_level"])
    with_reference = [t["name"] for t in part["terms"] if t["reference"]]
    references = [
        f"{label_of(settings, name)}, {settings['references'][name]}"
        for name in collected(settings, with_reference)
    ]
    always = [label_of(settings, t["name"]) for t in part["terms"] if t["enters"] == "always"]
    never = [_never(settings, t) for t in part["terms"] if t["enters"] == "never"]
    test = DISPLAY_P.get(part["display_p"], part["display_p"])
    display = (
        f"The P value beside the univariable hazard ratio of treatment is that of {test}; every "
        "other one is of the Wald test."
        if test
        else "P values of hazard ratios are of the Wald test."
    )
    first = "before" if part["treatment_first"] else "after"
    held = [f"{parameter}: {text}" for parameter, text in models.items()]
    return sentences(
        f"Hazard ratios are of Cox models with {TIES.get(part['ties'], part['ties'])} method for "
        f"ties and {level} Wald limits.",
        f"Reference levels: {'; '.join(references)}." if references else "",
        *_entry(settings, always),
        f"Treatment is always in the models, and stands {first} the covariates.",
        f"Never in the models: {'; '.join(never)}." if never else "",
        display,
        f"Covariates of the models: {'; '.join(held)}." if held else "",
        "Univariable hazard ratios are marginal (of all patients together), those of a "
        "multivariable model conditional (of patients alike in its other covariates); the two "
        "differ even without confounding.",
    )


def _entry(settings: Settings, always: list[str]) -> list[str]:
    """How covariates came into the multivariable model, and what choosing by the data means."""
    part = settings["statistics"]["cox"]
    terms = [t for t in part["terms"] if t["name"] in collected(settings, [t["name"]])]
    fixed = f"Fixed in advance: {'; '.join(always)}." if always else ""
    if not data_driven(terms):
        return [
            "The covariates of the multivariable model were fixed in advance: no P value decided.",
            fixed,
        ]
    return [
        "A covariate enters the multivariable model of an endpoint where a level has an unrounded "
        f"Wald P<{number(part['entry_alpha'])} in its univariable model.",
        fixed,
        "That the data choose makes P values too small and limits too narrow: both take the model "
        "as if it had been known. Events per parameter therefore count every candidate, and a "
        "model of all declared covariates stands beside the chosen one.",
    ]


def _never(settings: Settings, term: Settings) -> str:
    coding = f", another coding of `{term['coding_of']}`" if term["coding_of"] else ""
    return f"{label_of(settings, term['name'])} (`{term['name']}`{coding})"


def subgroups(settings: Settings) -> str:
    """Subgroups and tests of interaction."""
    names = collected(settings, settings["statistics"]["subgroups"]["variables"])
    if not names:
        return "No subgroup was analysed."
    factors = "; ".join(label_of(settings, name) for name in names)
    return (
        f"The hazard ratio of treatment was estimated in subgroups by: {factors}. Interaction: "
        "likelihood ratio test of treatment by factor, one factor at a time."
    )


def errors(settings: Settings) -> str:
    """Sides, significance, multiplicity, missing values."""
    sensitivity = settings["sensitivity"]
    alpha = number(settings["statistics"]["tests"]["alpha"])
    adjusted = (
        "No P value is adjusted for multiple testing but those of interaction, beside which Holm's "
        "and Benjamini-Hochberg's stand."
        if "interactions" in sensitivity
        else "No P value is adjusted for multiple testing."
    )
    imputed = (
        "; a sensitivity analysis imputes them" if "imputation" in sensitivity else ""
    )  # fmt: skip
    gone = [f"{label} ({reason})" for label, reason in settings["not_collected"].items()]
    return sentences(
        f"Tests are two-sided; P<{alpha} is called significant. {adjusted}",
        "Percentages are of the patients whose value is known, unless the rules below say all. A "
        f"patient with a missing covariate is left out of the models that hold it{imputed}.",
        f"Not collected: {'; '.join(gone)}." if gone else "",
    )


def printed(settings: Settings) -> str:
    """Decimals and signs."""
    part = settings["statistics"]["printed"]
    others = [
        f"{name} {ROUNDING.get(rounding, rounding)}"
        for name in ("baseline", "treatment_patterns", "progression_sites", "response",
                     "adverse_events")
        if (rounding := settings["statistics"][name]["percent_rounding"])
    ]  # fmt: skip
    apart = f" ({'; '.join(others).replace('_', ' ')})" if others else ""
    rounding = ROUNDING.get(part["percent_rounding"], part["percent_rounding"])
    decimals = counted(part["percent_decimals"], "decimal")
    return (
        f"Percentages are rounded {rounding}{apart} to {decimals}, P "
        f"values to {part['p_decimals']}, ratios and their limits to {part['ratio_decimals']}, "
        f"other numbers to {part['number_decimals']} unless the rules below say otherwise; "
        f"“{part['not_reached']}” stands for what is not reached, “{part['not_available']}” for "
        f"what cannot be computed, “{part['not_collected']}” for what the hospital does not record."
    )


def programs(settings: Settings, found: dict[str, Any]) -> str:
    """Whose conventions, which versions, which findings were waived."""
    software = settings["statistics"]["reference_software"]
    versions = joined([f"{name} {version}" for name, version in found["versions"].items()])
    waivers = found["waivers"]
    waived = f"{len(waivers)} (checks {joined(sorted(set(waivers)))})" if waivers else "none"
    return (
        f"Conventions are those of {software['name']} {software['version']}; computed with "
        f"{versions}. Findings of the data-quality checks that were waived and in force at the "
        f"data cut-off: {waived}."
    )
