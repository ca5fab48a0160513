"""Page and register of a run that a gate stopped: from the verdicts that there are.

The rules `render_quality`, `identify_queries` and `list_queries` need every verdict, and behind a
shut gate there are none; yet the queries are what the ward has to answer then. The hook at the end
of a failed run calls this after what can no longer be trusted was removed, so that each verdict on
disk belongs to its dataset; one that was not judged says nothing about its queries. `summary.json`
stays missing: it tells Snakemake that the rule has yet to run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
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
from scripts.lib.reading.manifests import ASKED, CELLS, JUDGED, manifest_path

PAGE = Path("results/quality/index.html")
FINDINGS = Path("results/quality/findings.csv")
PRIVATE_FINDINGS = Path("data/private/findings.csv")
CROSSWALK = Path("data/private/crosswalk.csv")
OUTPUTS = {
    "table": "results/queries/queries.csv",
    "parquet": "results/queries/queries.parquet",
    "workbook": "results/queries/queries.xlsx",
    "private": "data/private/queries/register.csv",
    "ward": "data/private/queries/ward.xlsx",
}


def render_after_stop(plan: QualityPlan) -> dict[str, Any] | None:
    """Write page and listings from what there is; their counts, None if there was nothing to do."""
    rows = [path for path in plan.files("data/private/findings/{}.parquet") if Path(path).exists()]
    if PAGE.exists() or not rows:
        return None
    from scripts.lib.quality.findings import list_findings, write_findings
    from scripts.lib.quality.quality_page import write_page

    write_findings(list_findings(rows), FINDINGS, PRIVATE_FINDINGS)
    inputs = {
        "verdicts": plan.files("results/quality/{}.json"),
        "row_keys": plan.files("data/private/findings/{}.json"),
        "findings": FINDINGS,
        "conservation": "data/standardised/row_conservation.parquet",
        "repairs": "results/quality/repairs.csv",
        "waivers": plan.waivers,
        "data": [path for batch in plan.batches for path in batch.data],
        "earlier": [manifest_path(name) for name in plan.page_settings["earlier"]],
        "template": plan.template,
        "partial": plan.partial,
    }
    page, summary = write_page(inputs, plan.page_settings)
    PAGE.write_text(page, encoding="utf-8")
    counts: dict[str, Any] = json.loads(summary)
    return counts


def judge_gates(plan: QualityPlan, tables: Iterable[str]) -> dict[str, bool]:
    """Whether the gate of each of these tables opens by its verdict; those without one left out."""
    from scripts.lib.quality.gates import read_decision

    found = {}
    for table in tables:
        verdict, keys = f"results/quality/{table}.json", f"data/private/findings/{table}.json"
        if Path(verdict).exists() and Path(keys).exists():
            _, decision = read_decision(verdict, keys, plan.waivers, plan.gate_settings)
            found[table] = decision.passed
    return found


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
    from scripts.lib.queries.asked import write_asked
    from scripts.lib.queries.register import make_register, read_crosswalk, write_register

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
    used = [path for path in given.values() if path]
    write_register(queries, unknown, crosswalk, plan.settings, plan.outputs, used)
    return True


def _there(paths: list[str]) -> list[str]:
    return [path for path in paths if Path(path).exists()]
