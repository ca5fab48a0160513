"""Hold the datasets of a batch against their suites; always succeeds once there are verdicts.

Inputs
------
data, neighbours
    Datasets of the batch, and others that its suites refer to.
suites, reading
    `expectations/{table}.yaml` of the batch; `expectations/reading.yaml`.
problems, derived
    Problem lists of standardised tables; findings of the steps that derived a dataset.
codelists
    Code lists that the suites refer to.

Outputs
-------
verdicts
    `results/quality/{table}.json`: counts only, no value of any patient.
rows
    `data/private/findings/{table}.parquet`: every finding with its value.
row_keys
    `data/private/findings/{table}.json`: row keys and value hashes, for the gate.

Source: research on Great Expectations' silent passes (docs/decisions/0008).
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from scripts.lib.errors import run
from scripts.lib.quality import findings
from scripts.lib.quality.check_frame import build_frame, latest_day, parameters
from scripts.lib.quality.expectations import run_checks
from scripts.lib.quality.row_relations import key_codes
from scripts.lib.quality.suites import (
    ABSENT,
    CUTOFF,
    DELIVERED,
    ReadingRule,
    Suite,
    read_reading,
    read_suite,
)
from scripts.lib.quality.verdicts import (
    check_entry,
    derivation_entries,
    gate_keys,
    reading_entries,
    verdict,
)
from scripts.lib.reading.codelists import read_levels
from scripts.lib.reading.pseudonyms import read_key
from scripts.lib.records import content_hash
from scripts.lib.tables import read_table, write_private_text, write_table

PLACE = ["src_file", "src_sheet", "src_row"]

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def validate(
    suite: Suite,
    table: pd.DataFrame,
    *,
    neighbours: Mapping[str, pd.DataFrame],
    codelists: Mapping[str, list[str]],
    constants: Mapping[str, Any],
    problems: pd.DataFrame | None = None,
    derived: pd.DataFrame | None = None,
    rules: Mapping[str, ReadingRule] | None = None,
    absent: Mapping[str, str] | None = None,
) -> tuple[list[dict[str, Any]], pd.DataFrame]:
    """Entries of the verdict and the listing of findings, for one table.

    Parameters
    ----------
    constants
        Parameters of the study: `DATA_CUTOFF`, `DELIVERED` (ISO; the latter may be left out),
        `arms` (ids), `first_day` (convention).
    problems, rules
        The table's problem list and what its rules mean; None where nothing raw was read.
    absent
        Why columns (`*`: the whole table) hold nothing and need not.
    """
    delivered = constants.get(DELIVERED) or latest_day(constants[CUTOFF])
    constants = {**constants, DELIVERED: delivered}
    unread = None if problems is None else with_unread_value(table, problems)
    built = build_frame(suite, table, neighbours, constants[CUTOFF], delivered, unread)
    values = {"first_day": [0]} | parameters(suite, neighbours, codelists, constants)
    outcomes = run_checks(suite.checks, built, values, absent or {})
    entries = [check_entry(outcome) for outcome in outcomes]
    listings = [findings.of_check(suite.table, o, built, suite.key) for o in outcomes]
    if problems is not None:
        severities = {name: rule.severity for name, rule in (rules or {}).items()} | suite.reading
        listings.append(findings.of_problems(suite.table, problems, severities))
        entries += reading_entries(suite, rules or {}, listings[-1], len(table))
    if derived is not None:
        listings.append(findings.of_derivation(suite.table, derived))
        entries += derivation_entries(listings[-1], len(table))
    return entries, findings.combine(listings)


def with_unread_value(table: pd.DataFrame, problems: pd.DataFrame) -> pd.Series:
    """Rows of `table` of which a value could not be read, and so is blank and asked about."""
    known = problems.reindex(columns=[*PLACE, "field", "rule"])
    blank = known["field"].notna() & (known["rule"] != "partial_date_imputed")
    there = known.loc[blank, PLACE].astype("string").fillna("")
    here = table.reindex(columns=PLACE).astype("string").fillna("")
    own, unread = key_codes([here, there])
    return pd.Series(np.isin(own, unread), index=table.index)


def allowed_empty(table: str, frame: pd.DataFrame, settings: Mapping[str, Any]) -> dict[str, str]:
    """Why a table without rows needs none, if it is declared so."""
    if len(frame) or table not in settings["may_be_empty"]:
        return {}
    return {ABSENT: "the table has no rows, which config/sources.yaml allows"}


def as_json(content: Any) -> str:
    """JSON that people can read, and that is the same for the same content."""
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def by_name(paths: Iterable[str]) -> dict[str, str]:
    """Files by their stem, which is the name of the table (or code list)."""
    return {Path(path).stem: path for path in paths}


def main(smk: Any) -> None:
    """Validate one table after the other: only it and its neighbours are in memory."""
    data, suites = by_name(smk.input.data), by_name(smk.input.suites)
    tables = data | by_name(smk.input.neighbours)
    problems, derived = by_name(smk.input.problems), by_name(smk.input.derived)
    codelists = {name: read_levels(path) for name, path in by_name(smk.input.codelists).items()}
    settings = smk.params.settings
    constants = {CUTOFF: f"{settings['data_cutoff']}T00:00:00", "arms": settings["arms"]}
    constants["first_day"] = [settings.get("first_day", 0)]
    if settings.get("delivered"):
        constants[DELIVERED] = f"{settings['delivered']}T00:00:00"
    rules, key = read_reading(Path(smk.input.reading)), read_key(smk.input.key)
    for i, table in enumerate(data):
        suite, frame = read_suite(Path(suites[table])), read_table(data[table])
        found_before = derived.get(f"derive_{table}")
        entries, listing = validate(
            suite,
            frame,
            neighbours={name: read_table(tables[name]) for name in suite.neighbours()},
            codelists=codelists,
            constants=constants,
            problems=read_table(problems[table]) if table in problems else None,
            derived=read_table(found_before) if found_before else None,
            rules=rules,
            absent=allowed_empty(table, frame, settings) | settings["absent"].get(table, {}),
        )
        listing = findings.with_hashes(listing, key)
        hashes = {"suite_sha256": content_hash(suites[table])}
        hashes["dataset_sha256"] = content_hash(data[table])
        text = as_json(verdict(suite, entries, len(frame), hashes))
        Path(smk.output.verdicts[i]).write_text(text, encoding="utf-8")
        write_table(listing, smk.output.rows[i], private=True)
        write_private_text(smk.output.row_keys[i], as_json(gate_keys(listing, entries)))


if __name__ == "__main__":
    run(main, snakemake)
