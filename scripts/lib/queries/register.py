"""The register from files: every finding of every delivery as a query with its status.

The step is `scripts/list_queries.py`.

Source: docs/queries.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from scripts.lib.private import PRIVATE_FILE, make_private_folder
from scripts.lib.quality.waivers import read_waivers
from scripts.lib.queries.answers import Answer, read_answers
from scripts.lib.queries.history import Delivery, grouped, register, unknown_answers
from scripts.lib.queries.listing import (
    counts,
    for_the_ward,
    impact_of,
    listed,
    public,
    waived_ids,
)
from scripts.lib.queries.problems import describe
from scripts.lib.queries.workbook import status_notes, write_workbook
from scripts.lib.reading.manifests import CELLS, read_earlier
from scripts.lib.records import made_from
from scripts.lib.spreadsheets import neutral_frame, read_dicts
from scripts.lib.tables import read_table, write_private_text, write_table

SHOWN = 5  # answers to no query that a run names
HOW_TO = (
    ("HOW TO ANSWER", "", "如何答复", ""),
    (
        "",
        "Fill in answer, answered by and date in the sheet Queries; leave id and delivery as they "
        "are. Begin with `confirmed` where the value is right. Save the file in "
        "data/queries/answers/ and run snakemake again.",
        "请在 Queries 表中填写 answer、answered by 和 date，不要改动 id 和 delivery。"
        "若数值正确，请以“确认”开头。将文件保存到 data/queries/answers/ 后重新运行 snakemake。",
        "",
    ),
)


def read_delivery(name: str, asked: str | Path, judged: str | Path) -> Delivery:
    """Findings of one delivery, and the cells behind them, which lie beside."""
    datasets = json.loads(Path(judged).read_text(encoding="utf-8"))["datasets"]
    cells = Path(asked).with_name(Path(CELLS).name)
    return Delivery(name, read_table(asked), datasets, read_table(cells))


def read_crosswalk(path: str | Path) -> dict[str, str]:
    """Pseudonym -> hospital number, the hospital before it where there are several."""
    return {
        row["USUBJID"]: " ".join(filter(None, (row.get("centre"), row["source_id"])))
        for row in read_dicts(path)
    }


def could_not_be_made(verdicts: Sequence[str | Path]) -> list[str]:
    """Checks that ended as an error: nobody can waive them."""
    read = [json.loads(Path(path).read_text(encoding="utf-8")) for path in verdicts]
    return [e["id"] for verdict in read for e in verdict["checks"] if e["status"] == "error"]


def make_register(
    inputs: Mapping[str, Any], settings: Mapping[str, Any]
) -> tuple[pd.DataFrame, list[Answer]]:
    """The listed register, and the answers to no query."""
    current = read_delivery(settings["delivery"], inputs["asked"], inputs["judged"])
    deliveries = [*read_earlier(inputs["earlier"], settings["earlier"], read_delivery), current]
    answers = read_answers(inputs["answers"], [d.name for d in deliveries])
    waived = waived_ids(
        current.asked,
        read_waivers(inputs["waivers"]),
        could_not_be_made(inputs["verdicts"]),
        settings["data_cutoff"],
    )
    problems = grouped(deliveries)
    whole = register(deliveries, problems, answers, waived, settings["confirming"])
    problem = problems.set_index("name")["problem"]
    impact = impact_of(read_table(inputs["impact"]), problem) if inputs["impact"] else None
    known = [*problems["name"], *whole["id"]]
    described = as_last_asked(whole, deliveries, problem)
    return listed(whole, described, impact), unknown_answers(answers, known)


def as_last_asked(
    whole: pd.DataFrame, deliveries: Sequence[Delivery], problem: pd.Series
) -> pd.DataFrame:
    """Every query in words, as the last delivery that has it asks it."""
    last = whole.set_index("id")["last_delivery"]
    parts = []
    for delivery in deliveries:
        found = delivery.asked.assign(problem=problem.reindex(delivery.asked["id"]).array)
        here = last.reindex(found["problem"]).to_numpy() == delivery.name
        parts.append(describe(found[here], delivery.cells))
    return pd.concat(parts, ignore_index=True)


def notes(
    queries: pd.DataFrame, unknown: Sequence[Answer], settings: Mapping[str, Any], state: str
) -> list[list[str]]:
    """Lines of the sheet that explains the queries, and of the state that they were made in."""
    lines = [*status_notes(counts(queries)), [""], *map(list, HOW_TO)]
    lines += [["STATE", state]]
    if settings["earlier"]:
        lines.append(["EARLIER DELIVERIES", ", ".join(settings["earlier"])])
    if settings["notice"]:
        lines.append(["NOTICE", settings["notice"]])
    if len(queries) > settings["rows"]:
        left = f"{len(queries) - settings['rows']} more queries are in queries.csv"
        lines.append(["NOT SHOWN", left])
    lines += [["ANSWER TO NO QUERY", place(answer)] for answer in unknown]
    return lines


def place(answer: Answer) -> str:
    """Where an answer stands, without what it says."""
    return f"{answer.file} row {answer.row}: {answer.id}"


def write_register(
    queries: pd.DataFrame,
    unknown: Sequence[Answer],
    crosswalk: Mapping[str, str],
    settings: Mapping[str, Any],
    outputs: Mapping[str, str | Path],
    inputs: Any,
) -> None:
    """Write every form of the register; `inputs`: paths of what it was made from."""
    told = notes(queries, unknown, settings, made_from(settings, inputs))
    out = public(queries)
    Path(outputs["table"]).parent.mkdir(parents=True, exist_ok=True)
    neutral_frame(out).to_csv(outputs["table"], index=False, lineterminator="\n")
    write_table(out, outputs["parquet"])
    title = f"Queries: {settings['title']}"
    write_workbook(outputs["workbook"], out.head(settings["rows"]), told, title)
    register = neutral_frame(queries).to_csv(index=False, lineterminator="\n")
    write_private_text(outputs["private"], register)
    ward = for_the_ward(queries, crosswalk).head(settings["rows"])
    make_private_folder(Path(outputs["ward"]).parent)
    Path(outputs["ward"]).touch(mode=PRIVATE_FILE)
    Path(outputs["ward"]).chmod(PRIVATE_FILE)
    write_workbook(outputs["ward"], ward, told, f"{title} (ward)")
