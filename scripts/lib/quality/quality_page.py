"""The page of all verdicts from files; a verdict that is not there is shown as not reached.

The step is `scripts/render_quality.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from scripts.lib.pages import environment
from scripts.lib.pages import render as render_template
from scripts.lib.quality.gates import Decision
from scripts.lib.quality.missingness import missingness, read_patients, rows_in_study
from scripts.lib.quality.quality_page_rows import (
    conservation_rows,
    history,
    problem_matrix,
    stages,
    waiver_rows,
)
from scripts.lib.quality.quality_pictures import missing_picture, row_flow
from scripts.lib.quality.quality_summary import (
    SEVERITIES,
    STATUSES,
    Verdicts,
    decisions,
    summarise,
    summary_line,
)
from scripts.lib.quality.suites import CATEGORIES
from scripts.lib.quality.waivers import Waiver, read_waivers
from scripts.lib.reading.manifests import there
from scripts.lib.records import made_from
from scripts.lib.spreadsheets import read_dicts

COHORT = "cohort"


def render(
    template: Path,
    verdicts: Verdicts,
    decided: Mapping[str, Decision],
    *,
    findings: Sequence[Mapping[str, str]],
    conservation: Sequence[Mapping[str, Any]],
    repairs: Sequence[Mapping[str, str]],
    waivers: Sequence[Waiver],
    settings: Mapping[str, Any],
    pictures: Mapping[str, str],
    before: Mapping[str, Sequence[Mapping[str, Any]]],
    state: str,
) -> str:
    """The page as text.

    Parameters
    ----------
    before
        What each check found in earlier deliveries.
    state
        What the page was made from.
    """
    summary = summarise(verdicts, decided, findings)
    content = {
        "settings": settings,
        "summary": summary,
        "line": summary_line(summary),
        "stages": stages(verdicts, decided, settings["stages"]),
        "categories": CATEGORIES,
        "statuses": STATUSES,
        "severities": SEVERITIES,
        "problems": problem_matrix(verdicts),
        "conservation": conservation,
        "repairs": repairs[: settings["rows"]],
        "n_repairs": len(repairs),
        "waivers": waiver_rows(waivers, decided, settings["data_cutoff"]),
        "findings": findings[: settings["rows"]],
        "n_findings": len(findings),
        "pictures": {name: Markup(svg) for name, svg in pictures.items()},
        "before": before,
        "made_from": state,
    }
    return render_template(environment(template.parent), template.name, content)


def draw(inputs: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, str]:
    """Pictures of the page: the way of the rows, and what is missing."""
    paths = {Path(path).stem: str(path) for path in inputs["data"]}
    rows, arms = conservation_rows(inputs["conservation"]), settings["arms"]
    patients = read_patients(paths.get(COHORT, ""))
    inside = {
        row["table"]: rows_in_study(paths[row["table"]], patients)
        for row in rows
        if row["table"] in paths
    }
    columns = missingness(paths, patients, list(arms), settings["absent"])
    return {"flow": row_flow(rows, inside), "missing": missing_picture(columns, arms)}


def earlier_verdicts(
    manifests: Sequence[str], tables: Sequence[str], settings: Mapping[str, Any]
) -> dict[str, Verdicts]:
    """Verdicts of earlier deliveries, the oldest first; a delivery not derived yet has none."""
    found: dict[str, Verdicts] = {}
    for name, manifest in zip(settings["earlier"], manifests, strict=True):
        if Path(manifest).exists():
            paths = {t: there(manifest, f"results/quality/{t}.json") for t in tables}
            found[name] = {t: read_json(path) if path else None for t, path in paths.items()}
    return found


def read_json(path: str | Path) -> Any:
    """The content of a JSON file; None where there is no file."""
    path = Path(path)
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def read_findings(path: str | Path) -> list[dict[str, str]]:
    """`findings.csv` or `repairs.csv` as it stands; nothing where the run stopped before it."""
    if not Path(path).exists():
        return []
    return read_dicts(path)


def write_page(inputs: Mapping[str, Any], settings: Mapping[str, Any]) -> tuple[str, str]:
    """Page and summary from files; a verdict that is not there is shown as not reached."""
    verdicts = {Path(path).stem: read_json(path) for path in inputs["verdicts"]}
    keys = {Path(path).stem: read_json(path) or [] for path in inputs["row_keys"]}
    findings = read_findings(inputs["findings"])
    waivers = read_waivers(inputs["waivers"])
    decided = decisions(verdicts, keys, waivers, settings)
    page = render(
        Path(inputs["template"]),
        verdicts,
        decided,
        findings=findings,
        conservation=conservation_rows(inputs["conservation"]),
        repairs=read_findings(inputs["repairs"]),
        waivers=waivers,
        settings=settings,
        pictures=draw(inputs, settings),
        before=history(earlier_verdicts(inputs["earlier"], list(verdicts), settings)),
        state=made_from(settings, inputs),
    )
    return page, json.dumps(summarise(verdicts, decided, findings), indent=1) + "\n"
