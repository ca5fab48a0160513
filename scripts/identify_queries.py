"""Give every finding the id by which it is the same query in each delivery, and its words.

Inputs
------
rows
    `data/private/findings/{table}.parquet` of every dataset that was judged.
tables
    Standardised tables: what names the record that a finding is about.
suites, reading
    Sentences, results that a failure can change, and which datasets hold one row a patient.
key
    The pseudonym key: ids are keyed with it.

Outputs
-------
`data/private/queries/asked.parquet`, one row a finding of this delivery:

| column | type | meaning |
|---|---|---|
| id | string | `Q-` and 12 characters; the same in the next delivery |
| columns of findings.csv, value, value_hash | | as listed in `data/private/findings.csv` |
| question_zh | string | the question in Chinese |
| category | string | conformance, completeness, plausibility |
| field | string | canonical columns, `, `-joined |
| source_table | string | standardised table of the raw row; empty where there is none |
| affects | string | results that it can change, `, `-joined |

`data/private/queries/judged.json`: names of the datasets that were judged.

Source: docs/queries.md.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from scripts.lib.errors import run
from scripts.lib.quality.findings import combine
from scripts.lib.quality.suites import READING, ReadingRule, Suite, read_reading, read_suite
from scripts.lib.queries.affects import affected
from scripts.lib.queries.identity import identify
from scripts.lib.queries.words import questions_zh
from scripts.lib.reading.pseudonyms import read_key
from scripts.lib.tables import read_table, write_private_text, write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

PATIENT_KEY = ["USUBJID"]


def asked_queries(
    found: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    suites: Mapping[str, Suite],
    reading: Mapping[str, ReadingRule],
    settings: Mapping[str, Any],
    key: bytes,
) -> pd.DataFrame:
    """Every finding with its id, words and what it can change; sorted by id."""
    checks = {check.id: check for suite in suites.values() for check in suite.checks}
    one_a_patient = [name for name, suite in suites.items() if suite.key == PATIENT_KEY]
    asked = identify(found, tables, settings, one_a_patient, key)
    asked = asked.assign(
        question_zh=questions_zh(
            asked["check_id"], {i: (c.question_zh, c.category) for i, c in checks.items()}
        ),
        category=_categories(asked["check_id"], checks, reading),
        affects=affected(asked, settings, {i: c.affects for i, c in checks.items()}),
    )
    return asked.sort_values("id", ignore_index=True)


def _categories(
    check_id: pd.Series, checks: Mapping[str, Any], reading: Mapping[str, ReadingRule]
) -> pd.Series:
    """Kahn's category of each finding; what a derivation found is about plausibility."""
    known = {}
    for name in check_id.unique():
        rule = reading.get(name.rsplit(".", 1)[-1]) if f".{READING}." in name else checks.get(name)
        known[name] = rule.category if rule else "plausibility"
    return check_id.map(known).astype("string")


def rows_named(paths: Mapping[str, str | Path], found: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Standardised tables with the rows alone that a finding may name."""
    rows = found["row"].dropna().unique()
    tables = {name: read_table(path) for name, path in paths.items()}
    return {name: table[table["src_row"].isin(rows)] for name, table in tables.items()}


def write_asked(
    inputs: Mapping[str, Iterable[str]], settings: Mapping[str, Any], asked: Path, judged: Path
) -> None:
    """Read what was judged, write its queries; also used where a gate stopped the run."""
    found = combine([read_table(path) for path in inputs["rows"]])
    suites = {Path(path).stem: read_suite(Path(path)) for path in inputs["suites"]}
    by_name = {Path(path).stem: path for path in inputs["tables"]}
    paths = {name: by_name[name] for name in settings["tables"] if name in by_name}
    queries = asked_queries(
        found,
        rows_named(paths, found),
        suites,
        read_reading(Path(*inputs["reading"])),
        settings,
        read_key(Path(*inputs["key"])),
    )
    write_table(queries, asked, private=True)
    names = sorted(Path(path).stem for path in inputs["rows"])
    write_private_text(judged, json.dumps({"datasets": names}, indent=1) + "\n")


def main(smk: Any) -> None:
    """Read, identify, write."""
    inputs = {name: list(smk.input[name]) for name in ("rows", "tables", "suites")}
    inputs |= {"reading": [smk.input.reading], "key": [smk.input.key]}
    write_asked(inputs, smk.params.settings, Path(smk.output.asked), Path(smk.output.judged))


if __name__ == "__main__":
    run(main, snakemake)
