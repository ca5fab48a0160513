"""Methods in words: patients, endpoints, response and adverse events, from the configuration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scripts.lib.display.prose import Section, inside, joined, number, sentences

Settings = dict[str, Any]
LATE = " (known only after the start of treatment)"


def study_sections(settings: Settings) -> list[Section]:
    """Who was studied, and what was measured."""
    return [patients(settings), endpoints(settings), outcomes(settings)]


def label_of(settings: Settings, name: str | None) -> str:
    """Label of a variable; its name where it has none."""
    return settings["labels"].get(name) or str(name)


def named(settings: Settings, name: str | None) -> str:
    """The label of a variable as it stands within a sentence."""
    return inside(label_of(settings, name))


def collected(settings: Settings, names: Iterable[str]) -> list[str]:
    """Those that the hospital records: nothing else can have been in a model or a subgroup."""
    return [name for name in names if label_of(settings, name) not in settings["not_collected"]]


def param(settings: Settings, endpoint: str) -> str:
    """PARAMCD of an endpoint; its id where the text does not describe it."""
    return settings["time_to_event"].get(endpoint, {}).get("param", endpoint)


def patients(settings: Settings) -> Section:
    """Screened patients, criteria, arms, time zero, cut-off."""
    study, cohort = settings["study"], settings["cohort"]
    labels = {arm["id"]: arm["label"] for arm in study["arms"]}
    arms = [f"{label} (`{name}`)" for name, label in labels.items()]
    compared = len(labels) > 1
    applied = [c for c in cohort["criteria"] if c["applied"]]
    ignored = [c for c in cohort["criteria"] if not c["applied"]]
    first = sentences(
        f"Everybody in the table `{cohort['screened']}` was screened. Who met every criterion, in "
        "this order, was analysed; a criterion that cannot be judged counts as not met."
    )
    arm = sentences(
        f"Arms: {joined(arms)}.",
        f"Compared with: {labels[study['reference']]}."
        if compared
        else "Nothing was compared, as there is one arm.",
        *(
            f"{labels[case['value']]} is assigned by what follows the start of treatment."
            for case in cohort["arm"]
            if case.get("timing", "baseline") != "baseline"
        ),
        f"Time zero (day 0) is the {named(settings, cohort['start'])} "
        f"(`{cohort['start']}`). Nothing recorded for a later day than the data cut-off, "
        f"{study['data_cutoff']}, was used.",
    )
    left = [f"{c['label']}{_late(c)}" for c in ignored]
    return Section(
        "Patients",
        [
            first,
            [f"{c['label']}{_late(c)}" for c in applied],
            f"Not applied, only counted: {'; '.join(left)}." if left else "",
            arm,
        ],
    )


def _late(criterion: Settings) -> str:
    return LATE if criterion["timing"] == "post_baseline" else ""


def endpoints(settings: Settings) -> Section:
    """Events and censoring of every endpoint that is analysed or described."""
    study, statistics = settings["study"], settings["statistics"]
    rules = settings["time_to_event"]
    month = number(study["conventions"]["days_per_month"])
    first_day = study["conventions"]["first_day"]
    added = f"{first_day} day added" if first_day else "no day added"
    blocks = [endpoint(rule, settings) for rule in rules.values()]
    follow_up = rules[statistics["follow_up"]["endpoint"]]
    blocks.append(
        f"Durations are end minus start in days, {added}; a month is {month} days. Follow-up "
        f"is that of {follow_up['param']}, by the reverse Kaplan-Meier method."
    )
    return Section("Endpoints", blocks)  # type: ignore[arg-type]


def endpoint(rule: Settings, settings: Settings) -> str:
    """One endpoint: start, events, censoring."""
    events = [inside(event["description"]) for event in rule["events"]]
    earliest = f"the earliest of {joined(events)}" if len(events) > 1 else events[0]
    order = " On one day the event named first counts." if len(events) > 1 else ""
    known = "Without an event, time is censored at the first that is known"
    return sentences(
        f"{rule['label']} ({rule['param']}) runs from the {named(settings, rule['start'])} to "
        f"{earliest}.{order}",
        _censored("Whatever the event, time is censored where declared", rule["overrides"]),
        _censored(known, rule["censoring"]),
        f"A record after the {named(settings, rule['not_after'])} is ignored."
        if rule["not_after"] else "",
        population(rule, settings),
    )  # fmt: skip


def _censored(lead: str, rules: list[Settings]) -> str:
    parts = [f"{inside(r['date_description'])} ({inside(r['description'])})" for r in rules]
    return f"{lead}: {'; '.join(parts)}." if parts else ""


def population(rule: Settings, settings: Settings) -> str:
    """Whom a rule is for, where that is not everybody included."""
    if rule["population"] == "screened":
        return "It is for every screened patient with an arm and a start."
    if rule["ignoring"]:
        labels = {c["id"]: c["label"] for c in settings["cohort"]["criteria"]}
        without = joined([f"“{labels[name]}”" for name in rule["ignoring"]])
        return f"It is also for those whom only {without} leaves out."
    return ""


def outcomes(settings: Settings) -> Section:
    """Tumour response and adverse events."""
    return Section("Response and adverse events", [_response(settings), _adverse_events(settings)])


def _response(settings: Settings) -> str:
    if reason := settings["response_not_collected"]:
        return f"Tumour response was not collected ({reason})."
    blocks = [_response_block(settings, settings["response"])]
    for name, rule in settings["more_responses"].items():
        where = f", where `{rule['where']}`" if rule["where"] else ""
        read = f"read from `{rule['table']}.{rule['column']}`{where}"
        blocks.append(f"Response {name.upper()}, {read}: {_response_block(settings, rule)}")
    return sentences(*blocks)


def _response_block(settings: Settings, rule: Settings) -> str:
    """How one reading of the tumour response becomes a best overall response."""
    stable = (
        f"stable disease has to be seen {rule['stable_days']} days after it or later"
        if rule["stable_days"]
        else "stable disease has no least duration"
    )
    late = named(settings, rule["not_after"]) if rule["not_after"] else ""
    return sentences(
        f"Best overall response by RECIST 1.1 counts from the {named(settings, rule['start'])}; "
        f"{stable}. A response is confirmed by another one {rule['confirm_days']} days later or "
        f"more, with at most {rule['confirm_max_ne']} not evaluable in between.",
        f"An assessment after the {late} is ignored." if late else "",
        population(rule, settings),
    )  # fmt: skip


def _adverse_events(settings: Settings) -> str:
    rule = settings["adverse_events"]
    end = (
        f"to {rule['window_days']} days after the {named(settings, rule['end'])}"
        if rule["end"]
        else "without an end"
    )
    return sentences(
        f"Adverse events count from the {named(settings, rule['start'])} {end}.",
        population(rule, settings),
    )
