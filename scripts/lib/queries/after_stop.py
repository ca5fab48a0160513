"""The register of a run that a gate stopped: the queries are what the ward has to answer then.

The rules `identify_queries` and `list_queries` need every dataset judged, and behind a shut gate
there are none. The hook at the end of a failed run calls this after what can no longer be trusted
was removed. A dataset that was not judged says nothing about its queries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.lib.errors import Stop
from scripts.lib.plan.quality_plan import QualityPlan
from scripts.lib.plan.queries_settings import (
    answer_files,
    delivery_inputs,
    identify_settings,
    list_settings,
)
from scripts.lib.queries.manifests import ASKED, CELLS, JUDGED, manifest_path

CROSSWALK = Path("data/private/crosswalk.csv")
OUTPUTS = {
    "table": "results/queries/queries.csv",
    "parquet": "results/queries/queries.parquet",
    "workbook": "results/queries/queries.xlsx",
    "private": "data/private/queries/register.csv",
    "ward": "data/private/queries/ward.xlsx",
}


@dataclass(frozen=True)
class RegisterPlan:
    """What the register is made of; known when the workflow is parsed."""

    identify: dict[str, Any]
    settings: dict[str, Any]
    answers: list[str]
    outputs: dict[str, str]
    tables: list[str]
    counts: list[str]
    derived: list[str]


def plan_register(config: Mapping[str, Any]) -> RegisterPlan:
    """The plan of a study; Stop where a file of answers or an earlier delivery cannot be used."""
    for earlier in config["study"]["earlier_deliveries"]:
        delivery_inputs(earlier["delivery"])
    identify = identify_settings(config)
    datasets = ["subjects", *sorted(identify["lineage"]["starts"])]
    return RegisterPlan(
        identify,
        list_settings(config),
        answer_files(),
        OUTPUTS,
        [f"data/standardised/{table}.parquet" for table in config["sources"]["tables"]],
        [f"data/standardised/{table}.counts.json" for table in config["sources"]["tables"]],
        [f"data/analysis/{name}.parquet" for name in datasets],
    )


def list_after_stop(plan: RegisterPlan, quality: QualityPlan) -> bool:
    """Write the register from what there is; False if there was nothing to do."""
    rows = _there(quality.files("data/private/findings/{}.parquet"))
    if not rows or Path(OUTPUTS["table"]).exists():
        return False
    from scripts.identify_queries import write_asked
    from scripts.list_queries import make_register, read_crosswalk, write_register

    try:
        if not (Path(ASKED).exists() and Path(CELLS).exists()):
            judged = {Path(path).stem for path in rows}
            suites = quality.files("expectations/{}.yaml")
            inputs = {
                "rows": rows,
                "tables": _there(plan.tables),
                "counts": _there(plan.counts),
                "derived": _there(plan.derived),
                "suites": [path for path in suites if Path(path).stem in judged],
                "reading": ["expectations/reading.yaml"],
                "key": ["data/private/pseudonym.key"],
            }
            outputs = {"asked": ASKED, "cells": CELLS, "judged": JUDGED}
            write_asked(inputs, plan.identify, outputs)
        given = {
            "asked": ASKED,
            "judged": JUDGED,
            "impact": "",
            "earlier": [manifest_path(name) for name in plan.settings["earlier"]],
            "verdicts": _there(quality.files("results/quality/{}.json")),
            "waivers": quality.waivers,
            "answers": plan.answers,
        }
        queries, unknown = make_register(given, plan.settings)
    except (Stop, FileNotFoundError):
        return False  # said by the step that stopped: broken answers, a delivery not derived
    crosswalk = read_crosswalk(CROSSWALK) if CROSSWALK.exists() else {}
    write_register(queries, unknown, crosswalk, plan.settings, plan.outputs)
    return True


def _there(paths: list[str]) -> list[str]:
    return [path for path in paths if Path(path).exists()]
