"""Methods in words: the sensitivity analyses that ran, and every rule word for word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from scripts.lib.display.methods_study import Settings, collected, label_of, param
from scripts.lib.display.prose import Block, Section, inside, joined, number

Part = dict[str, Any]


def sensitivity_section(settings: Settings) -> Section:
    """One paragraph an analysis that ran, in the order of the documents."""
    asked = settings["sensitivity"]
    blocks: list[Block] = [
        say(asked[name], settings) for name, say in SAID.items() if name in asked
    ]
    return Section("Sensitivity analyses", blocks or ["None was asked for."])


def _response(part: Part, settings: Settings) -> str:
    months = joined([str(month) for month in part["months"]])
    ends, follows = (param(settings, part[key]) for key in ("endpoint", "follow_up"))
    return (
        f"Response ({'; '.join(part['rates'].values())}): Clopper-Pearson limits, differences from "
        "the reference arm with Newcombe's limits, conditional odds ratios with exact limits. "
        f"Duration of response by the Kaplan-Meier method, ended or censored as {ends}, "
        f"with the share still responding at {months} months; time on study as {follows}."
        f"{_best(part)} Levels: {', '.join(part['levels'])}."
    )


def _best(part: Part) -> str:
    return f" Also {'; '.join(map(inside, part['best'].values()))}." if part["best"] else ""


def _ae_rates(part: Part, settings: Settings) -> str:
    windows = "; ".join(
        f"{inside(w['label'])} ("
        + (f"{w['days']} days from the start" if w["days"] else _after_end(w))
        + f", `{w['id']}`)"
        for w in part["windows"]
    )
    return (
        f"Adverse events in windows common to all arms ({windows}), observation ending as "
        f"{param(settings, part['follow_up'])}: rates per 100 patient-months with exact Poisson "
        "limits, their ratios with exact limits, differences of percentages with Newcombe's limits."
    )


def _after_end(window: Part) -> str:
    return f"to {window['after_end_days']} days after the end of treatment"


def _interactions(part: Part, settings: Settings) -> str:
    return (
        "Tests of interaction of every endpoint: adjusted by Holm and by Benjamini-Hochberg for "
        "the number of factors."
    )


def _confounding(part: Part, settings: Settings) -> str:
    low, high = (number(v) for v in part["propensity_range"])
    stabilised = "stabilised " if part["stabilised"] else "unstabilised "
    kinds = {c["name"]: c["kind"] for c in part["covariates"]}
    names = "; ".join(
        f"{label_of(settings, name)}{' (as a number)' if kinds[name] == 'numeric' else ''}"
        for name in collected(settings, kinds)
    )
    return (
        f"Confounding: propensity score by logistic regression on {names}; {stabilised}inverse "
        "probability weights and overlap weights, Cox models with robust variance, E-values. "
        f"Balance: no absolute standardised mean difference above {number(part['max_smd'])}. "
        f"Positivity: {number(part['min_overlap'])}% of patients or more with a propensity score "
        f"that both arms have, within {low} to {high}. While either fails the weighted result is "
        "marked as not supported."
    )


def _model_checks(part: Part, settings: Settings) -> str:
    return (
        "Checks of the Cox models, which mark and never stop: fewer than "
        f"{number(part['min_events_per_parameter'])} events per parameter, fewer than "
        f"{part['min_events_in_level']} events in a level, a variance inflation above "
        f"{number(part['max_vif'])}, a condition number above "
        f"{number(part['max_condition_number'])}; Firth's penalised likelihood where the ordinary "
        "fit has no estimate."
    )


def _imputation(part: Part, settings: Settings) -> str:
    return (
        f"Missing covariates of the multivariable models: {part['imputations']} imputations by "
        f"chained equations ({part['cycles']} rounds; numbers by predictive mean matching from "
        f"{part['donors']} donors; seed {part['seed']}), with treatment, event and cumulative "
        "hazard among the predictors, pooled by Rubin's rules."
    )


def _proportional(part: Part, settings: Settings) -> str:
    months = joined([str(month) for month in part["survival_months"]])
    every = settings["statistics"]["survival"]["days"]
    days = f" and {joined(list(map(str, every)))} days" if every else ""
    return (
        "Proportional hazards: score test of treatment alone and of every term of the "
        f"multivariable model (time scale {part['transform']}), rejected at "
        f"P<{number(part['alpha'])}; scaled Schoenfeld residuals with a natural spline of "
        f"{part['smooth_df']} degrees of freedom. Beside the hazard ratio, whatever the test says: "
        f"difference of restricted means {_until(part)}, and of survival at {months} months"
        f"{days}, with the numbers at risk."
    )


def _until(part: Part) -> str:
    """Where the restricted means end."""
    if part["tau_months"] is not None:
        return f"to {number(part['tau_months'])} months, as declared"
    return f"to the last time at which {part['min_at_risk']} patients are at risk in every arm"


def _landmark(part: Part, settings: Settings) -> str:
    labels = {c["id"]: c["label"] for c in settings["cohort"]["criteria"]}
    without = joined([f"“{labels.get(name, name)}”" for name in part["ignoring"]])
    days = joined([str(day) for day in part["days"]])
    return (
        f"The primary analysis beside one without {without}, and landmark analyses of those "
        f"patients at {days} days: who is event-free for the endpoint and under observation after "
        "that day, time from then on."
    )


def _rule_sets(part: Part, settings: Settings) -> str:
    gone = settings["rule_sets_not_collected"]
    sets = "; ".join(
        f"{one['label']} ({inside(one['assumes'])[:-1]}"
        f"{'; not collected, so not computed' if one['id'] in gone else ''})"
        for one in part["sets"]
    )
    of = param(settings, part["base"])
    base = f"{part['label']} ({inside(part['assumes'])[:-1]})"
    return f"The same patients by other rules of {of} than the primary ones, {base}: {sets}."


def _time_varying(part: Part, settings: Settings) -> str:
    seen = collected(settings, [c["name"] for c in part["covariates"]])
    names = "; ".join(label_of(settings, name) for name in seen)
    days = joined([str(day) for day in part["days"]])
    return (
        "Covariates seen after the start of treatment, as if known from the start, as time-varying "
        f"ones and as known at landmarks ({days} days): {names}. Every covariate known only after "
        "the start is among them that a figure, a stratum or a model uses."
    )


def _summary(part: Part, settings: Settings) -> str:
    return "All estimates of the treatment effect stand below each other in one table and figure."


SAID: dict[str, Callable[[Part, Settings], str]] = {
    "response_limits": _response,
    "ae_rates": _ae_rates,
    "interactions": _interactions,
    "confounding": _confounding,
    "model_checks": _model_checks,
    "imputation": _imputation,
    "proportional_hazards": _proportional,
    "landmark": _landmark,
    "pfs_rule_sets": _rule_sets,
    "time_varying": _time_varying,
    "summary": _summary,
}


# ---- word for word -------------------------------------------------------------------------------


def rules_section(settings: Settings) -> Section:
    """Arms, criteria, endpoints, described variables and models as the configuration has them.

    A label may say less than a rule does; here stands what ran.
    """
    cohort, statistics = settings["cohort"], settings["statistics"]
    items: list[str] = []
    items += [f"Arm {case['value']}: `{case['when']}`" for case in cohort["arm"]]
    items += [f"Criterion {c['id']}: {spelt(c, 'id', 'label')}" for c in cohort["criteria"]]
    for name, rule in settings["time_to_event"].items():
        items.append(f"Endpoint {name}: {spelt(rule, 'events', 'dates', 'overrides', 'censoring')}")
        for kind in ("events", "dates", "overrides", "censoring"):
            items += [f"Endpoint {name}, {kind}: {spelt(one)}" for one in rule[kind]]
    items.append(f"Response: {spelt(settings['response'])}")
    for name, rule in settings["more_responses"].items():
        items.append(f"Response {name.upper()}: {spelt(rule)}")
    items.append(f"Adverse events: {spelt(settings['adverse_events'])}")
    for part in ("baseline", "treatment_patterns", "progression_sites"):
        variables = statistics[part]["variables"]
        items += [f"{part.replace('_', ' ').capitalize()}: {spelt(v)}" for v in variables]
    items += [f"Response counted: {spelt(row)}" for row in statistics["response"]["rows"]]
    counted = statistics["adverse_events"]
    items.append(f"Adverse events counted: {spelt(counted, 'counts')}")
    items += [f"Adverse events counted: {spelt(one)}" for one in counted["counts"]]
    items += [f"Curves: {spelt(stratum)}" for stratum in statistics["strata"]]
    items += [f"Cox term: {spelt(term)}" for term in statistics["cox"]["terms"]]
    items.append(f"Subgroups: {', '.join(statistics['subgroups']['variables'])}")
    items += list(_of_sensitivity(settings["sensitivity"]))
    return Section("Rules as they ran", [items])


def _of_sensitivity(asked: dict[str, Part]) -> Iterator[str]:
    if sets := asked.get("pfs_rule_sets"):
        yield from (f"Set of rules: {spelt(one, 'assumes')}" for one in sets["sets"])
    if weighted := asked.get("confounding"):
        yield from (f"Propensity score: {spelt(one)}" for one in weighted["covariates"])
    if varying := asked.get("time_varying"):
        yield from (f"Time-varying: {spelt(one)}" for one in varying["covariates"])
    if response := asked.get("response_limits"):
        yield f"Response with limits: {spelt(response, 'levels', 'months')}"


def spelt(spec: Mapping[str, Any], *without: str) -> str:
    """`key value; key value` of a specification, what is empty left out."""
    shown = {k: v for k, v in spec.items() if k not in without and v not in (None, [], {}, "")}
    return "; ".join(f"{key.replace('_', ' ')} {_value(value)}" for key, value in shown.items())


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"({spelt(value)})"
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"`{value}`" if isinstance(value, str) else number(value)
