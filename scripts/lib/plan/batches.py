"""Which datasets are validated together, and where each lies.

Importing Great Expectations costs more than validating a table, so one process takes all tables of
a stage, once all of it has been derived; where the raw files are large, several side by side. So
the steps of a stage do not wait for each other's gates; the gate of a dataset requires the gates of
what it was derived from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

CONSERVATION = "row_conservation"
SELECTION = ["subjects", "cohort"]
OUTCOMES = ["adrs", "adae"]
LARGE = 32 * 2**20  # bytes of raw files above which checks take longer than one more import
FOUND_WHILE_DERIVED = (CONSERVATION, "subjects", "adrs", "adae")  # and every adtte_

Batches = dict[str, list[str]]


def plan_batches(
    tables: Sequence[str],
    endpoints: Sequence[str],
    models: Sequence[str],
    more: Sequence[str] = (),
    raw_bytes: int = 0,
) -> Batches:
    """The datasets of each batch, in the order in which the batches can run.

    A batch is a stage, whose tables are validated one after the other in one process. Of a `LARGE`
    study, a stage has several batches, which run side by side.

    Parameters
    ----------
    tables
        Standardised tables of the study.
    endpoints, models
        Endpoints that have an ADTTE dataset, and those that have a model frame.
    more
        Other analysis datasets of the study, derived from the selection.
    raw_bytes
        Size of the delivery's raw files.
    """
    standardised = [*tables, CONSERVATION]
    of_subjects = [f"adtte_{endpoint}" for endpoint in endpoints if endpoint not in models]
    planned = {
        "standardised_1": standardised[0::2],
        "standardised_2": standardised[1::2],
        "analysis_1": [*SELECTION, "adsl", *of_subjects],
        "analysis_2": [*OUTCOMES, *more],
        **{f"analysis_{e}": [f"adtte_{e}"] for e in endpoints if e in models},
        **{f"models_{endpoint}": [f"model_{endpoint}"] for endpoint in models},
    }
    batches: Batches = {}
    for batch, names in planned.items():
        key = batch if raw_bytes > LARGE else stage_of(batch)
        batches.setdefault(key, []).extend(names)
    return {batch: names for batch, names in batches.items() if names}


def stage_of(batch: str) -> str:
    """The stage a batch belongs to: standardised, analysis or models."""
    return batch.split("_")[0]


def derived_from(table: str, adsl_endpoints: Sequence[str]) -> list[str]:
    """Datasets of its own stage that `table` was derived from: their gates come before its own.

    Parameters
    ----------
    adsl_endpoints
        Endpoints whose time is a variable of ADSL.
    """
    if table == "cohort":
        return ["subjects"]
    if table == "adsl":
        return [*SELECTION, *(f"adtte_{endpoint}" for endpoint in adsl_endpoints)]
    return list(SELECTION) if table in OUTCOMES or table.startswith("adtte_") else []


def dataset_path(table: str, batches: Mapping[str, Sequence[str]]) -> str:
    """Where the dataset `table` lies."""
    stage = next(stage_of(batch) for batch, names in batches.items() if table in names)
    return f"data/{'standardised' if stage == 'standardised' else 'analysis'}/{table}.parquet"


def derivation_findings(table: str) -> list[str]:
    """The file with the findings of the step that derived `table`, if it has one."""
    has = table in FOUND_WHILE_DERIVED or table.startswith("adtte_")
    return [f"data/private/findings/derive_{table}.parquet"] if has else []
