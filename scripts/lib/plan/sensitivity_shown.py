"""Tables and figures of all sensitivity analyses, in the order in which documents show them.

An analysis that is left out or switched off has none; nor has a comparison of a single arm.
"""

from __future__ import annotations

from typing import Any

from scripts.lib.errors import Stop
from scripts.lib.plan import (
    assumptions_settings,
    confounding_settings,
    response_safety_settings,
    summary_settings,
    time_varying_settings,
)
from scripts.lib.plan.statistics_settings import Config

# part of the section -> its tables (id: key of the entry) and figures
PARTS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "response_limits": (
        {"response_limits": "table"},
        {"swimmer": "swimmer", "response_duration": "duration"},
    ),
    "ae_rates": ({"ae_rates": "table"}, {"ae_rates": "figure"}),
    "interactions": ({"interactions": "table"}, {"interactions": "figure"}),
    "confounding": ({"weighted": "table"}, {"balance": "figure"}),
    "model_checks": ({"model_checks": "table"}, {"model_checks": "figure"}),
    "imputation": ({"imputation": "table"}, {"imputation": "figure"}),
    "proportional_hazards": (
        {"proportional_hazards": "table"},
        {"proportional_hazards": "figure"},
    ),
    "landmark": ({"landmark": "table"}, {"landmark": "figure"}),
    "pfs_rule_sets": ({"pfs_rule_sets": "table"}, {"pfs_rule_sets": "figure"}),
    "time_varying": ({"time_varying": "table"}, {"time_varying": "figure"}),
    "summary": ({"sensitivity": "table"}, {"sensitivity": "figure"}),
}


def outputs(config: Config) -> list[str]:
    """Every file that the sensitivity analyses add to the study."""
    makers = (
        response_safety_settings, confounding_settings, assumptions_settings,
        time_varying_settings, summary_settings,
    )  # fmt: skip
    return [path for maker in makers for path in maker.outputs(config)]


def check(config: Config) -> None:
    """Stop before any job where two tables or two figures are called the same.

    Raises
    ------
    Stop
        A label that occurs twice; a sheet of the workbook is named by it.
    """
    drawn = config["report"]["figures"]
    main = [f["label"] for kind in drawn.values() if isinstance(kind, dict) for f in kind.values()]
    named = {
        "tables": [t["label"] for t in config["report"]["tables"].values()],
        "figures": main + [figure["label"] for figure in figures(config).values()],
    }
    for part, (known, _) in PARTS.items():
        named["tables"] += [
            config["sensitivity"][part][key]["label"]
            for name, key in known.items()
            if name in tables(config)
        ]
    for what, labels in named.items():
        if twice := sorted({label for label in labels if labels.count(label) > 1}):
            raise Stop(
                f"two {what} are called {', '.join(twice)} (config/report.yaml, "
                "config/sensitivity.yaml: label). Give each a label of its own."
            )


def tables(config: Config) -> list[str]:
    """Ids of the tables."""
    made = set(outputs(config))
    ids = [name for names, _ in PARTS.values() for name in names]
    return [name for name in ids if f"results/tables/{name}.csv" in made]


def figures(config: Config) -> dict[str, dict[str, Any]]:
    """Label, title and caption of each figure by id."""
    made = set(outputs(config))
    found = {}
    for part, (_, drawn) in PARTS.items():
        for name, key in drawn.items():
            if f"results/figures/{name}.svg" in made:
                entry = config["sensitivity"][part][key]
                found[name] = {word: entry[word] for word in ("label", "title", "caption")}
    return found
