"""The whole vocabulary of a study: what statistics, report and sensitivity analyses name in it.

`scripts.lib.plan.vocabulary` says what the names mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scripts.lib.config.specs import TREATMENT
from scripts.lib.expressions.domains import ANY, DATE, NUMBER, Domain, texts
from scripts.lib.plan.vocabulary import (
    RESPONSES,
    Config,
    Keys,
    Place,
    Vocabulary,
    check_endpoint,
    declared_vocabulary,
    responses,
)
from scripts.lib.reading.codelists import CodeList

SENSITIVITY = {
    "response_limits": "response_limits", "ae_rates": "ae_rates", "interactions": "interactions",
    "confounding": "weighted", "model_checks": "model_checks", "imputation": "imputation",
    "proportional_hazards": "proportional_hazards", "landmark": "landmark",
    "pfs_rule_sets": "pfs_rule_sets", "time_varying": "time_varying", "summary": "sensitivity",
}  # part of the section: file of results/ard  # fmt: skip
MODELS = (
    "kaplan_meier", "log_rank", "follow_up", "cox_univariable", "cox_multivariable", "subgroups",
)  # fmt: skip
DESCRIBED = ("baseline", "treatment_patterns", "progression_sites")


def vocabulary(config: Config, lists: Mapping[str, CodeList]) -> Vocabulary:
    """The vocabulary of a study, with every mistake of the configuration."""
    made = declared_vocabulary(config, lists)
    _statistics(made)
    _report(made)
    _sensitivity(made)
    return made


# ---- statistics ----------------------------------------------------------------------------------


def _subject(made: Vocabulary, place: Place, name: str) -> Domain | None:
    """The domain of a variable that stands in adsl; None, and noted, where it does not."""
    adsl = made.adsl()
    if name in made.variables and name not in adsl:
        made.say(*place, f"`{name}` is declared with `adsl: false`, so no statistic has it")
        return None
    return adsl[name] if made.one_of(place, name, made.variables, "the variable") else None


def _kind(made: Vocabulary, place: Place, spec: Mapping[str, Any]) -> Domain | None:
    """The variable of an entry with `name` and `kind`, which must fit."""
    domain = _subject(made, place, spec["name"])
    if domain and spec["kind"] == "numeric" and domain.kind not in (NUMBER, ANY):
        made.say(*place, f"{spec['name']} is numeric here, and no number")
    if domain and spec["kind"] == "categorical" and domain.kind == DATE:
        made.say(*place, f"{spec['name']} is a date, which is no category")
    return domain


def _endpoint_names(made: Vocabulary) -> Iterator[tuple[Place, str, bool]]:
    """Every place that names an endpoint; whether the endpoint must be analysed."""
    statistics, sensitivity = made.config["statistics"], made.config["sensitivity"]
    for number_, name in enumerate(statistics["endpoints"]):
        yield ("statistics", ("endpoints", number_), "endpoints"), name, False
    place: Place = ("statistics", ("follow_up", "endpoint"), "follow_up")
    yield place, statistics["follow_up"]["endpoint"], False
    for number_, spec in enumerate(statistics["baseline"]["variables"]):
        if spec["endpoint"]:
            keys: Keys = ("baseline", "variables", number_)
            yield ("statistics", keys, f"baseline.{spec['name']}"), spec["endpoint"], False
    for part in ("response_limits", "ae_rates") if sensitivity["enabled"] else ():
        for key in ("endpoint", "follow_up"):
            if sensitivity[part] and key in sensitivity[part]:
                place = ("sensitivity", (part, key), f"{part}.{key}")
                yield place, sensitivity[part][key], False
    for kind in ("kaplan_meier", "strata"):
        for name, figure in made.config["report"]["figures"][kind].items():
            keys = ("figures", kind, name, "endpoint")
            yield ("report", keys, f"figures.{name}"), figure["endpoint"], True
    for name, table in made.config["report"]["tables"].items():
        if table["layout"] == "cox":
            yield (
                ("report", ("tables", name, "endpoint"), f"tables.{name}"),
                table["endpoint"],
                True,
            )


def _statistics(made: Vocabulary) -> None:
    statistics = made.config["statistics"]
    known, analysed = made.config["endpoints"]["time_to_event"], statistics["endpoints"]
    for place, name, must in _endpoint_names(made):
        declared = made.one_of(place, name, known, "the endpoint")
        made.datasets_known &= declared
        if declared and must and name not in analysed:
            made.say(*place, f"the endpoint `{name}` is not analysed (statistics.endpoints)")
    for part in DESCRIBED:
        for number_, spec in enumerate(statistics[part]["variables"]):
            _described(made, part, number_, spec)
    for number_, spec in enumerate(statistics["strata"]):
        place = ("statistics", ("strata", number_), f"strata.{spec['name']}")
        _subject(made, place, spec["name"])
    for number_, name in enumerate(statistics["subgroups"]["variables"]):
        place = ("statistics", ("subgroups", "variables", number_), "subgroups")
        _subject(made, place, name)
    _cox_terms(made)
    _counted(made)
    for number_, row in enumerate(statistics["response"]["rows"]):
        place = ("statistics", ("response", "rows", number_), f"response.{row['parameter']}")
        if made.one_of(place, row["parameter"], responses(made.config), "the parameter"):
            for level in (*row["levels"], *row["labels"]):
                made.level(
                    place, texts(responses(made.config)[row["parameter"]]), level, row["parameter"]
                )


def _described(made: Vocabulary, part: str, number_: int, spec: Mapping[str, Any]) -> None:
    place: Place = ("statistics", (part, "variables", number_), f"{part}.{spec['name']}")
    if spec["kind"] == "time_to_event":
        made.one_of(place, spec["name"], made.variables, "the variable")
        return
    domain = _kind(made, place, spec)
    made.walk(place, spec["where"], made.adsl())
    for level in spec["levels"] or ():
        made.level(place, domain or Domain(), level, spec["name"])


def _cox_terms(made: Vocabulary) -> None:
    terms = made.config["statistics"]["cox"]["terms"]
    for number_, term in enumerate(terms):
        place: Place = ("statistics", ("cox", "terms", number_), f"cox.{term['name']}")
        domain = _kind(made, place, term)
        if domain and term["reference"] is not None:
            made.level(place, domain, term["reference"], term["name"])
        if term["coding_of"] is not None:
            made.one_of(place, term["coding_of"], made.variables, "the variable")


def _counted(made: Vocabulary) -> None:
    """Counts of adverse events: conditions, and terms that are counted apart."""
    part, adae = made.config["statistics"]["adverse_events"], made.adae()
    keys: Keys = ("adverse_events",)
    made.walk(("statistics", (*keys, "where"), "adverse_events.where"), part["where"], adae)
    for number_, count in enumerate(part["counts"]):
        at = (*keys, "counts", number_)
        place: Place = ("statistics", at, f"adverse_events.{count['variable']}")
        made.walk(place, count["where"], adae)
        if count["by"] and made.one_of(place, count["by"], adae, "the column"):
            for level in count["levels"]:
                made.level(place, adae[count["by"]], level, count["by"])


# ---- report --------------------------------------------------------------------------------------


def _shown_levels(made: Vocabulary) -> dict[str, dict[str, Domain]]:
    """Per analysis its variables, each with the levels that its results can have."""
    statistics = made.config["statistics"]
    found: dict[str, dict[str, Domain]] = {}
    for part in DESCRIBED:
        found[part] = {
            spec["name"]: _results(spec, made.variables.get(spec["name"], Domain()))
            for spec in statistics[part]["variables"]
        }
    found["response"] = {
        row["parameter"]: texts(row["labels"].get(level, level) for level in row["levels"])
        for row in statistics["response"]["rows"]
    }
    adae = made.adae()
    found["adverse_events"] = {
        count["variable"]: adae.get(count["by"] or "", Domain())
        for count in statistics["adverse_events"]["counts"]
    }
    return found


def _results(spec: Mapping[str, Any], domain: Domain) -> Domain:
    if spec["kind"] == "categorical" and spec["levels"]:
        return texts(spec["levels"])
    return domain


def _report(made: Vocabulary) -> None:
    report, shown = made.config["report"], _shown_levels(made)
    for name, table in report["tables"].items():
        for number_, row in enumerate(table["rows"]):
            place: Place = ("report", ("tables", name, "rows", number_), f"tables.{name}")
            if table["layout"] == "groups":
                _group_row(made, place, table["analysis"], row, shown)
            else:
                _cox_row(made, place, row)
    for name in report["traces"]["private"]:
        place = ("report", ("traces", "private"), "traces.private")
        columns = {column for table in made.tables.values() for column in table}
        made.one_of(place, name, columns | set(made.variables), "the column or variable")
    figures = report["figures"]
    strata = {s["name"]: s["within_arm"] for s in made.config["statistics"]["strata"]}
    for name, figure in figures["strata"].items():
        for number_, panel in enumerate(figure["panels"]):
            place = (
                "report",
                ("figures", "strata", name, "panels", number_),
                f"figures.{name}",
            )
            _panel(made, place, panel, strata)
    for name, figure in figures["progression_sites"].items():
        place = ("report", ("figures", "progression_sites", name), f"figures.{name}")
        if made.one_of(place, figure["analysis"], shown, "the analysis"):
            for variable in figure["variables"]:
                known = shown[figure["analysis"]]
                if made.one_of(place, variable, known, f"in {figure['analysis']} the variable"):
                    made.level(place, known[variable], figure["level"], variable)
    for name, figure in figures["kaplan_meier"].items():
        if figure["compared"] is not None:
            place = (
                "report",
                ("figures", "kaplan_meier", name, "compared"),
                f"figures.{name}",
            )
            made.one_of(place, figure["compared"], made.arms, "the arm")


def _group_row(
    made: Vocabulary,
    place: Place,
    analysis: str,
    row: Mapping[str, Any],
    shown: Mapping[str, Mapping[str, Domain]],
) -> None:
    for arm in row["groups"] or ():
        made.one_of(place, arm, made.arms, "the arm")
    analyses = {*shown, *MODELS, *SENSITIVITY.values()}
    made.one_of(place, row["analysis"] or analysis, analyses, "the analysis")
    known = shown.get(row["analysis"] or analysis)
    if row["variable"] is None or known is None:
        return
    of = f"in {row['analysis'] or analysis} the variable"
    if not made.one_of(place, row["variable"], known, of):
        return
    levels = (*filter(None, [row["level"]]), *(row["levels"] or ()), *row["labels"])
    for level in levels:
        made.level(place, known[row["variable"]], level, row["variable"])


def _cox_row(made: Vocabulary, place: Place, row: Mapping[str, Any]) -> None:
    terms = {term["name"]: made.variables.get(term["name"], Domain())
             for term in made.config["statistics"]["cox"]["terms"]}  # fmt: skip
    terms[TREATMENT] = texts(made.arms, "study.arms")
    if made.one_of(place, row["variable"], terms, "the term of statistics.cox"):
        for level in row["labels"]:
            made.level(place, terms[row["variable"]], level, row["variable"])


def _panel(
    made: Vocabulary,
    place: Place,
    panel: Mapping[str, Any],
    strata: Mapping[str, bool],
) -> None:
    if panel["arm"] is not None:
        made.one_of(place, panel["arm"], made.arms, "the arm")
    if not made.one_of(place, panel["variable"], strata, "in statistics.strata the variable"):
        return
    domain = made.variables.get(panel["variable"], Domain())
    for label in panel["labels"]:
        arm, _, level = label.partition(" ")
        made.level(place, domain, level if arm in made.arms and level else label, panel["variable"])


# ---- sensitivity ---------------------------------------------------------------------------------


def _sensitivity(made: Vocabulary) -> None:
    part = made.config["sensitivity"]
    if not part["enabled"]:
        return
    if sets := part["pfs_rule_sets"]:
        place: Place = ("sensitivity", ("pfs_rule_sets", "base"), "pfs_rule_sets.base")
        ends = made.config["endpoints"]["time_to_event"]
        if not made.one_of(place, sets["base"], ends, "the endpoint"):
            made.datasets_known = False
        else:
            for number_, one in enumerate(sets["sets"]):
                _rule_set(made, ("pfs_rule_sets", "sets", number_), one, ends[sets["base"]])
    if landmark := part["landmark"]:
        criteria = [criterion["id"] for criterion in made.config["cohort"]["criteria"]]
        for number_, name in enumerate(landmark["ignoring"]):
            keys: Keys = ("landmark", "ignoring", number_)
            made.one_of(("sensitivity", keys, "landmark.ignoring"), name, criteria, "the criterion")
    for number_, covariate in enumerate((part["confounding"] or {"covariates": []})["covariates"]):
        keys = ("confounding", "covariates", number_)
        _kind(made, ("sensitivity", keys, "confounding"), covariate)
    for number_, covariate in enumerate((part["time_varying"] or {"covariates": []})["covariates"]):
        keys = ("time_varying", "covariates", number_)
        _subject(made, ("sensitivity", keys, "time_varying"), covariate["name"])
    if limits := part["response_limits"]:
        for key in ("rates", "best"):
            for name in limits[key]:
                place = ("sensitivity", ("response_limits", key), f"response_limits.{key}")
                made.one_of(place, name, responses(made.config), "the parameter")
        for level in limits["levels"]:
            place = ("sensitivity", ("response_limits", "levels"), "response_limits.levels")
            made.level(place, texts(RESPONSES["BOR"]), level, "BOR")
    if rates := part["ae_rates"]:
        counts = {c["variable"] for c in made.config["statistics"]["adverse_events"]["counts"]}
        for key in ("any_grade", "severe"):
            place = ("sensitivity", ("ae_rates", "figure", key), f"ae_rates.figure.{key}")
            made.one_of(place, rates["figure"][key], counts, "the count of adverse events")


def _rule_set(
    made: Vocabulary, keys: Keys, one: Mapping[str, Any], base: Mapping[str, Any]
) -> None:
    """What a set of rules says itself, with the dates of the base that it may name."""
    where = f"pfs_rule_sets.{one['id']}"
    own = {
        "events": [*(one["events"] or ()), *one["more_events"]],
        "dates": one["more_dates"],
        "overrides": one["overrides"] or [],
        "censoring": one["censoring"] or [],
    }
    dates = {date["id"]: Domain(DATE) for date in (*base["events"], *base["dates"])}
    before = made.variables
    made.variables = before | dates
    check_endpoint(made, "sensitivity", keys, where, {**own, "start": None, "not_after": None})
    made.variables = before
