"""What each statistical rule gets as `settings`: the part of the configuration that it needs.

Labels and titles are left out: changing one must rerun no statistic.
"""

from __future__ import annotations

from typing import Any

from scripts.lib.config.absences import (
    counts_not_collected,
    marked,
    not_collected,
    response_not_collected,
)
from scripts.lib.config.specs import later_names
from scripts.lib.errors import Stop

Config = dict[str, dict[str, Any]]


def subject_variable(config: Config, name: str) -> dict[str, Any]:
    """The entry of `cohort.variables` called `name`."""
    for variable in config["cohort"]["variables"]:
        if variable["name"] == name:
            return variable
    raise Stop(
        f"config/statistics.yaml names the variable {name}, which config/cohort.yaml does not "
        "define. Define it there, or correct the name."
    )


def declared_levels(config: Config, name: str) -> list[str] | None:
    """Levels of a subject variable in the order of display; None where it declares none."""
    variable = subject_variable(config, name)
    if variable.get("levels"):
        return [str(level) for level in variable["levels"]]
    if variable.get("cut"):
        return list(variable["cut"]["labels"])
    return None


def _marked_later(config: Config, specs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Specifications with `late` where their variable is known only after the start."""
    late = later_names(config)
    return [spec | ({"late": True} if spec["name"] in late else {}) for spec in specs]


def _common(config: Config, section: dict[str, Any] | None = None) -> dict[str, Any]:
    """Arms and printed numbers, with the section's own percent rounding."""
    printed = dict(config["statistics"]["printed"])
    if section and section.get("percent_rounding"):
        printed["percent_rounding"] = section["percent_rounding"]
    return {"arms": [arm["id"] for arm in config["study"]["arms"]], "printed": printed}


def _tests(config: Config) -> dict[str, Any]:
    """How groups are compared; without `alpha`, which only marks printed P values."""
    return {k: v for k, v in config["statistics"]["tests"].items() if k != "alpha"}


def _cox(config: Config) -> dict[str, Any]:
    """What every Cox model needs."""
    return {
        "reference": config["study"]["reference"],
        "ties": config["statistics"]["cox"]["ties"],
        "confidence_level": config["study"]["conventions"]["confidence_level"],
    }


def parameter(config: Config, endpoint: str) -> str:
    """PARAMCD of an endpoint, as the results name it."""
    try:
        return config["endpoints"]["time_to_event"][endpoint]["param"]
    except KeyError:
        raise Stop(
            f"config/statistics.yaml names the endpoint {endpoint}, which config/endpoints.yaml "
            "does not define. Define it there, or correct the name."
        ) from None


def _survival(config: Config) -> dict[str, Any]:
    return config["statistics"]["survival"] | config["study"]["conventions"]


def endpoint_labels(config: Config) -> dict[str, str]:
    """PARAMCD -> label of every analysed endpoint."""
    known = config["endpoints"]["time_to_event"]
    return {parameter(config, e): known[e]["label"] for e in config["statistics"]["endpoints"]}


def confidence_text(config: Config) -> str:
    """The confidence level as tables and figures say it, e.g. `95%`."""
    return f"{100 * config['study']['conventions']['confidence_level']:g}%"


def _endpoint(config: Config, endpoint: str) -> dict[str, Any]:
    return _common(config) | {"parameter": parameter(config, endpoint)}


def describe(config: Config, section: str) -> dict[str, Any]:
    """Settings of the description that `section` names: baseline, treatment_patterns, ..."""
    part = config["statistics"][section]
    variables = []
    for variable in part["variables"]:
        levels = variable["levels"] or declared_levels(config, variable["name"])
        variables.append(variable | {"levels": levels})
    settings = _common(config, part) | {"tests": _tests(config)}
    if described_endpoints(config, section):
        settings["survival"] = _survival(config)
    return settings | {"variables": marked(variables, not_collected(config))}


def described_endpoints(config: Config, section: str) -> list[str]:
    """Endpoints whose times are described among the variables of a section."""
    variables = config["statistics"][section]["variables"]
    return [v["endpoint"] for v in variables if v["kind"] == "time_to_event"]


def response(config: Config) -> dict[str, Any]:
    """Settings of the description of response."""
    part = config["statistics"]["response"]
    settings = _common(config, part) | {"tests": _tests(config), "rows": part["rows"]}
    return settings | ({"not_collected": True} if response_not_collected(config) else {})


def adverse_events(config: Config) -> dict[str, Any]:
    """Settings of the description of adverse events."""
    part = config["statistics"]["adverse_events"]
    gone = counts_not_collected(config)
    counts = [c | {"not_collected": True} if c["variable"] in gone else c for c in part["counts"]]
    counted = {"where": part["where"], "counts": counts}
    return _common(config, part) | {"tests": _tests(config)} | counted


def _strata(config: Config) -> list[dict[str, Any]]:
    """Strata of curves and log-rank tests, with their levels; none of what is not collected."""
    gone = not_collected(config)
    strata = [
        stratum | {"levels": declared_levels(config, stratum["name"])}
        for stratum in config["statistics"]["strata"]
        if stratum["name"] not in gone
    ]
    return _marked_later(config, strata)


def kaplan_meier(config: Config, endpoint: str) -> dict[str, Any]:
    """Settings of curves, medians and numbers at risk."""
    return _endpoint(config, endpoint) | {"survival": _survival(config), "strata": _strata(config)}


def log_rank(config: Config, endpoint: str) -> dict[str, Any]:
    """Settings of the log-rank tests."""
    return _endpoint(config, endpoint) | {"strata": _strata(config)}


def follow_up(config: Config) -> dict[str, Any]:
    """Settings of `estimate_follow_up`."""
    endpoint = config["statistics"]["follow_up"]["endpoint"]
    return _endpoint(config, endpoint) | {"survival": _survival(config)}


def cox_terms(config: Config) -> list[dict[str, Any]]:
    """Covariates with their levels, the reference first."""
    terms = []
    for term in config["statistics"]["cox"]["terms"]:
        levels = None
        if term["kind"] == "categorical":
            levels = reference_first(
                term["name"], declared_levels(config, term["name"]), term["reference"]
            )
        own = {name: term[name] for name in ("name", "kind", "enters")}
        terms.append(own | {"levels": levels})
    return marked(_marked_later(config, terms), not_collected(config))


def reference_first(name: str, levels: list[str] | None, reference: str | None) -> list[str] | None:
    """Levels with `reference` in front; without declared levels just the reference."""
    if reference is None:
        return levels
    if levels is not None and reference not in levels:
        raise Stop(
            f"config/statistics.yaml: cox term {name}: reference {reference} is none of its levels "
            f"{', '.join(levels)}."
        )
    return [reference, *(level for level in levels or [] if level != reference)]


def cox_univariable(config: Config, endpoint: str) -> dict[str, Any]:
    """Settings of `fit_cox_univariable`."""
    own = {"terms": cox_terms(config), "display_p": config["statistics"]["cox"]["display_p"]}
    return _endpoint(config, endpoint) | _cox(config) | own


def model_frame(config: Config) -> dict[str, Any]:
    """Settings of `derive_model_frame`."""
    cox = config["statistics"]["cox"]
    gone = not_collected(config)
    entry = [
        {"name": t["name"], "enters": t["enters"]} for t in cox["terms"] if t["name"] not in gone
    ]
    return {"entry_alpha": cox["entry_alpha"], "terms": entry}


def cox_multivariable(config: Config, endpoint: str) -> dict[str, Any]:
    """Settings of `fit_cox_multivariable`."""
    return _endpoint(config, endpoint) | _cox(config) | {"terms": cox_terms(config)}


def subgroups(config: Config, endpoint: str) -> dict[str, Any]:
    """Settings of the subgroups."""
    gone = not_collected(config)
    names = [n for n in config["statistics"]["subgroups"]["variables"] if n not in gone]
    variables = [{"name": name, "levels": declared_levels(config, name)} for name in names]
    own = {"survival": _survival(config), "variables": _marked_later(config, variables)}
    return _endpoint(config, endpoint) | _cox(config) | own


def survival(config: Config, endpoint: str) -> dict[str, Any]:
    """Settings of `estimate_survival`, by analysis."""
    analyses = (kaplan_meier, log_rank, subgroups)
    return {analysis.__name__: analysis(config, endpoint) for analysis in analyses}


def descriptions(config: Config) -> dict[str, Any]:
    """Settings of `describe_cohort`, by analysis."""
    whole = (response, adverse_events)
    described = {section: describe(config, section) for section in SECTIONS}
    return described | {analysis.__name__: analysis(config) for analysis in whole}


SECTIONS = ("baseline", "treatment_patterns", "progression_sites")
BY_ENDPOINT = (kaplan_meier, log_rank, cox_univariable, cox_multivariable, subgroups)


def check_statistics(config: Config) -> None:
    """Make every rule's settings once, so that a wrong name stops the run before any job.

    Raises
    ------
    Stop
        A variable, level or endpoint that is not declared.
    """
    for section in SECTIONS:
        for endpoint in described_endpoints(config, section):
            parameter(config, endpoint)
        describe(config, section)
    follow_up(config)
    for endpoint in config["statistics"]["endpoints"]:
        for settings in BY_ENDPOINT:
            settings(config, endpoint)
