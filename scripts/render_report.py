"""Render the report: one page that needs no network and no other file.

Inputs
    tables       results/tables/{table}.json            as printed, each cell with its ARD keys
    figures      results/figures/{figure}.svg           drawn into the page
    sensitivity_tables, sensitivity_figures             of the sensitivity analyses; may be none
    ard          data/ard/{kaplan_meier,cox_univariable}/{endpoint}.csv
    comparison   results/tables/published_comparison.csv  (none where nothing is compared)
    methods      results/report/methods.md
    checklists   scripts/assets/checklists/*.yaml
    verdicts     results/quality/{table}.json           counts only
    provenance   results/provenance.json
    templates    scripts/templates/report.*, status.*
Outputs
    results/report/index.html   every number of a table carries `data-ard`, the keys of its rows in
        the Analysis Results Data joined by ` | `, and leads to its trace (results/trace)
"""

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from scripts.lib.analysis.ard import ArdIndex, format_key
from scripts.lib.display.anchors import anchor, on_page
from scripts.lib.display.checklists import read_checklists
from scripts.lib.display.documents import plain_mark, split_mark
from scripts.lib.display.links import KEYS, link, linked
from scripts.lib.display.printed_table import read_printed_table
from scripts.lib.display.prose import read_prose
from scripts.lib.display.survival_results import everyone
from scripts.lib.errors import run
from scripts.lib.pages import environment
from scripts.lib.records import made_from
from scripts.lib.spreadsheets import read_dicts

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

EQUAL = {"equal", "within_half_day"}
SEVERITIES = ("critical", "warning", "info")
SVG_IDS = re.compile(r'(\bid="|url\(#|href="#)')


def inline_svg(svg: str, name: str) -> Markup:
    """The drawing for use inside a page: ids and styles its own, no XML head, no metadata."""
    drawing = svg[svg.index("<svg") :]
    drawing = re.sub(r"<metadata>.*?</metadata>", "", drawing, flags=re.DOTALL)
    drawing = linked(drawing)
    drawing = SVG_IDS.sub(rf"\1{name}-", drawing)
    drawing = drawing.replace("*{", f"#{name}-drawing *{{")
    return Markup(re.sub(r'width="[\d.]+pt" height="[\d.]+pt"', "", drawing, count=1))


def glance(ard: ArdIndex, settings: dict[str, Any]) -> list[dict[str, Any]]:
    """Per endpoint: events, patients and median of each arm; hazard ratio and P of each."""
    return [_endpoint(ard, rule, settings) for rule in settings["endpoints"]]


def _endpoint(ard: ArdIndex, rule: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    arms = []
    for arm in settings["study"]["arms"]:
        curve = {"analysis": "kaplan_meier", **everyone(rule["param"], arm["id"])}
        model = {"analysis": "cox_univariable", "parameter": rule["param"]}
        model |= {"variable": "TRT01A", "level": arm["id"]}
        is_reference = arm["id"] == settings["study"]["reference"]
        shown = {
            "counts": _numbers(ard, curve, "{}/{}", "events", "N"),
            "median": _numbers(ard, curve, "{} ({}–{})", *_with_limits("median")),
            "ratio": None if is_reference else _numbers(
                ard, model, "{} ({}–{})", *_with_limits("hr")),
            "p": None if is_reference else _numbers(ard, model, "{}", "p_value"),
        }  # fmt: skip
        arms.append({"label": arm["label"]} | shown)
    return {"label": rule["label"], "param": rule["param"], "arms": arms}


def _with_limits(statistic: str) -> tuple[str, str, str]:
    return statistic, f"{statistic}_ci_low", f"{statistic}_ci_high"


def _numbers(ard: ArdIndex, key: dict[str, str], pattern: str, *statistics: str) -> dict[str, Any]:
    rows = [ard.find(statistic=statistic, **key) for statistic in statistics]
    text = pattern.format(*(row.display if row else "-" for row in rows))
    return {"text": text, "keys": KEYS.join(format_key(row) for row in rows if row)}


def compared(path: str | None) -> dict[str, Any] | None:
    """Counts of the comparison with the paper by status and place, and the rows that differ."""
    if not path:
        return None
    rows = read_dicts(path)
    places: dict[str, Counter[str]] = {}
    for row in rows:
        places.setdefault(_place(row["where"]), Counter())[row["status"]] += 1
    counts = Counter(row["status"] for row in rows)
    reproducible = len(rows) - counts["cannot_be_reproduced"]
    return {
        "total": len(rows),
        "counts": counts,
        "reproducible": reproducible,
        "places": places,
        "rows": [row for row in rows if row["status"] not in EQUAL],
    }


def _place(where: str) -> str:
    """The part of the paper that a printed place lies in: what stands before a comma or dash."""
    return re.split(r"[,;:(/]| - ", where)[0].strip()


def breakable(name: str) -> Markup:
    """A long name that a narrow column may break behind its dots and underscores."""
    return Markup(re.sub(r"([._])", r"\1<wbr>", str(escape(name))))


def code_words(text: str) -> Markup:
    """Text whose words in backticks are set as code."""
    return Markup(re.sub(r"`([^`]*)`", r"<code>\1</code>", str(escape(text))))


def short(number: str) -> str:
    """A difference with its sign, to four significant digits."""
    return f"{float(number):+.4g}" if number else ""


def verdicts(paths: Iterable[str]) -> list[dict[str, Any]]:
    """Per dataset: rows, checks by outcome, and the checks that found something."""
    found = []
    for path in paths:
        verdict = json.loads(Path(path).read_text(encoding="utf-8"))
        checks = verdict["checks"]
        failed = [check for check in checks if check["status"] not in ("pass", "not applicable")]
        failed.sort(key=lambda check: SEVERITIES.index(check["severity"]))
        outcomes = Counter(check["status"] for check in checks)
        by_severity = Counter(check["severity"] for check in failed)
        found.append(verdict | {"outcomes": outcomes, "failed": failed, "by": by_severity})
    return found


def figures(paths: Iterable[str], specs: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Entry and drawing of every figure by id, in the order of the config."""
    files = {Path(path).stem: Path(path) for path in paths}
    return {
        name: spec | {"svg": inline_svg(files[name].read_text(encoding="utf-8"), name)}
        for name, spec in specs.items()
    }


def render(content: dict[str, Any], folder: Path) -> str:
    """The page; a name that the template misspells is an error."""
    templates = environment(folder)
    templates.filters |= {"mark": plain_mark, "split_mark": split_mark}
    templates.filters |= {"code_words": code_words, "anchor": anchor, "on_page": on_page}
    templates.filters |= {"breakable": breakable, "short": short, "trace": link}
    templates.globals["keys_separator"] = KEYS
    return templates.get_template("report.html.j2").render(content)


def main(smk: Any) -> None:
    """Collect what the page shows, write it."""
    settings = smk.params.settings
    comparison = list(smk.input.get("comparison", []))
    content = settings | {
        "made_from": made_from(settings["study"], smk.input),
        "tables": [read_printed_table(path) for path in smk.input.tables],
        "figures": figures(smk.input.figures, settings["figures"]),
        "more_tables": [read_printed_table(path) for path in smk.input.sensitivity_tables],
        "more_figures": figures(smk.input.sensitivity_figures, settings["sensitivity"]),
        "glance": glance(ArdIndex.read(*smk.input.ard), settings),
        "comparison": compared(comparison[0] if comparison else None),
        "methods": read_prose(smk.input.methods),
        "checklists": read_checklists(smk.input.checklists, settings["links"]),
        "verdicts": verdicts(smk.input.verdicts),
        "provenance": json.loads(Path(smk.input.provenance).read_text(encoding="utf-8")),
    }
    page = render(content, Path(smk.input.templates[0]).parent)
    Path(smk.output[0]).write_text(page, encoding="utf-8")


if __name__ == "__main__":
    run(main, snakemake)
