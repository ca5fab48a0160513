"""Names of variables and levels as people read them, from `cohort.variables`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Labels = dict[str, dict[str, Any]]

LATER = "†"
LATER_NOTE = f"{LATER}Known only after the start of treatment."
LATER_GROUPS_NOTE = (
    f"{LATER}Known only after the start of treatment, yet counted from it: who lives longer has "
    "more time to belong to the group (immortal time), so these groups cannot be compared as arms."
)


def variable_labels(cohort: Mapping[str, Any], names: Iterable[str]) -> Labels:
    """Label, unit, level labels and `late` of the named variables; unknown names are left out.

    `late`: declared post_baseline, so that every table and figure marks it.

    Parameters
    ----------
    cohort
        The checked config section `cohort`.
    names
        Variables wanted, e.g. those of the subgroups; only these go into a rule's settings.
    """
    wanted = set(names)
    return {
        v["name"]: {
            "label": v["label"],
            "unit": v["unit"] or "",
            "levels": v["levels"],
            "late": v["timing"] == "post_baseline",
        }
        for v in cohort["variables"]
        if v["name"] in wanted
    }


def variable_label(labels: Labels, name: str) -> str:
    """A variable's label; its name where it has none."""
    return labels.get(name, {}).get("label") or name


def level_label(labels: Labels, name: str, level: str) -> str:
    """A level's label; its code where it has none."""
    return labels.get(name, {}).get("levels", {}).get(level) or level


def term_label(labels: Labels, name: str, level: str = "") -> str:
    """A term of a model: its label with the sign where it was seen later, and its level's."""
    label = variable_label(labels, name) + late_mark(labels, name)
    return f"{label}: {level_label(labels, name, level)}" if level else label


def not_collected_note(settings: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Footnote on the rows of a table that are declared absent, with the reasons.

    Parameters
    ----------
    settings
        `labels`, and `not_collected` (variable -> reason) where there is anything to say.
    rows
        Rows of the table as configured: `variable` and `label`.
    """
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if reason := settings.get("not_collected", {}).get(row["variable"]):
            label = row["label"] or variable_label(settings["labels"], row["variable"])
            reasons.setdefault(reason, []).append(label)
    parts = (f"{'; '.join(labels)} ({reason})" for reason, labels in reasons.items())
    return [f"Not collected: {', '.join(parts)}."] if reasons else []


def late_mark(labels: Labels, name: str | None) -> str:
    """The sign behind the label of a variable that is known only after the start of treatment."""
    return LATER if name and labels.get(name, {}).get("late") else ""


def late_groups_note(labels: Labels, names: Iterable[str], instead: str = "") -> str:
    """What the sign means where groups are formed by such a variable; empty where none is.

    Parameters
    ----------
    names
        Variables that form groups.
    instead
        Table that shows them as they were seen; empty where there is none.
    """
    if not any(late_mark(labels, name) for name in names):
        return ""
    return LATER_GROUPS_NOTE + (f" As they were seen, over time: {instead}." if instead else "")


def late_note(labels: Labels, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Footnote on that sign, where a row of a table has a variable that is known later."""
    return [LATER_NOTE] if any(late_mark(labels, row["variable"]) for row in rows) else []
