"""The page of a run that a gate stopped: the verdicts that there are, the rest as not reached.

The rule `render_quality` needs every verdict, and behind a shut gate there are none. The hook at
the end of a failed run calls this after what can no longer be trusted was removed, so that each
verdict on disk belongs to its dataset. `summary.json` stays missing: it tells Snakemake that the
rule has yet to run.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scripts.lib.plan.quality_plan import QualityPlan
from scripts.lib.queries.manifests import manifest_path

PAGE = Path("results/quality/index.html")
FINDINGS = Path("results/quality/findings.csv")
PRIVATE_FINDINGS = Path("data/private/findings.csv")


def render_after_stop(plan: QualityPlan) -> dict[str, Any] | None:
    """Write page and listings from what there is; their counts, None if there was nothing to do."""
    rows = [path for path in plan.files("data/private/findings/{}.parquet") if Path(path).exists()]
    if PAGE.exists() or not rows:
        return None
    from scripts.list_findings import list_findings, write_findings
    from scripts.render_quality import write_page

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
