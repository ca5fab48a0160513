"""What each query could change: the endpoints derived again over the plausible values of its field.

Inputs
------
asked, cells
    Findings of this delivery as queries, and the raw cells behind them (`identify_queries`).
tables, problems
    Standardised tables that variables and endpoints read; problem lists (what a raw date allows).
adsl, adtte
    As derived and gated: times that are analysed.
codelists
    Values that a code can take.

Outputs
-------
`data/private/queries/impact.parquet`, one row a finding:

| column | type | unit | meaning |
|---|---|---|---|
| id | string | | finding |
| {PARAM}_days | integer | days | largest shift of the patient's time, with its sign |
| {PARAM}_hr_now, {PARAM}_hr_then | float | | hazard ratio as it is, and furthest from it |
| {PARAM}_hr_arm | string | | arm of that ratio |
| moves | string | | whether the patient can enter or leave, or arm or event change |
| impact_note | string | | why there is nothing to derive |
| greatest | float | | largest change of any log hazard ratio: the order of the register |

The hazard ratio is that of treatment alone (as in `cox_univariable`), with this one patient's row
other. Where a study is so large that all fits would take too long, those of the largest shifts are
made, and the others say so.

Source: docs/queries.md.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from scripts.lib.analysis.groups import read_time_to_event
from scripts.lib.errors import run
from scripts.lib.queries.cells import CELL, relevant, text_cells
from scripts.lib.queries.impacts import Impacts, largest
from scripts.lib.queries.rederive import Scenario, outcomes
from scripts.lib.queries.scenarios import Extract, scenarios_of
from scripts.lib.queries.words import NEVER
from scripts.lib.reading.codelists import read_levels
from scripts.lib.reading.problems import NEGATED, UNEXPLAINED
from scripts.lib.tables import read_table, write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

PROBLEM = [
    "table", "rule", "src_file", "src_sheet", "src_row", "column", "field", "raw", "USUBJID", "low",
    "high", "otherwise",
]  # fmt: skip
CHUNK = 20000  # scenarios derived in one pass: bounds the memory
NO_CELL = "no value of a raw row decides it"
NO_PATIENT = "it is not known whose row this is"
NO_VALUES = "nothing says which values are plausible"
NO_EFFECT = "changes neither who is analysed nor a time"


def rank(
    asked: pd.DataFrame,
    cells: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    problems: pd.DataFrame,
    analysed: Mapping[str, pd.DataFrame],
    levels: Mapping[str, Sequence[str]],
    settings: Mapping[str, Any],
) -> pd.DataFrame:
    """What each finding could change; one row a finding, sorted by id.

    Parameters
    ----------
    cells
        The raw cells behind each (`scripts.lib.queries.problems.CELLS`).
    tables
        Standardised tables.
    problems
        What raw dates and pieces of texts allow (`read_problems`).
    analysed
        Per analysed endpoint: USUBJID, TRT01A, time, event of who is analysed.
    levels
        Code list -> its values.
    """
    problems = problems.reindex(columns=PROBLEM)
    of_texts = text_cells(asked, problems)
    placed = cells["src_row"].notna() & cells["USUBJID"].notna()
    cells = cells.loc[placed & ~cells["id"].isin(of_texts["id"]), ["id", *CELL]]
    cells = pd.concat([cells, of_texts], ignore_index=True) if len(of_texts) else cells
    within = relevant(cells, settings["columns"], settings["results"])
    distinct = within[CELL].drop_duplicates(ignore_index=True)  # asked about more than once
    patients = set(distinct["USUBJID"])
    extract = Extract(tables, problems, levels, settings, patients)
    planned = scenarios_of(distinct, extract)
    within = within.merge(distinct.assign(cell=distinct.index), on=CELL, how="left")
    impact = Impacts(asked["id"], within[["id", "cell"]], analysed, settings)
    for start in range(0, len(planned), CHUNK):
        part = planned[start : start + CHUNK]
        own = sorted({scenario.patient for _, scenario in part})
        given = [Scenario(p, "", ("", None, 0), {}) for p in own] + [s for _, s in part]
        found = outcomes(given, tables, settings)
        impact.add([cell for cell, _ in part], [s.patient for _, s in part], own, found)
    tried = within.loc[within["cell"].isin({cell for cell, _ in planned}), "id"]
    notes = pd.Series("", index=asked["id"], dtype="string")
    notes = notes.mask(~asked["id"].isin(tried).to_numpy(), NO_VALUES)
    untouched, several = ~asked["id"].isin(within["id"]), asked["id"].isin(of_texts["id"])
    known = set().union(*(frame["USUBJID"] for frame in analysed.values()))
    notes = notes.mask(untouched.to_numpy(), NO_EFFECT)
    notes = notes.mask((untouched & ~several & ~asked["USUBJID"].isin(known)).to_numpy(), NEVER)
    notes = notes.mask((~asked["id"].isin(cells["id"])).to_numpy(), NO_CELL)
    notes = notes.mask((asked["USUBJID"].isna() & ~several).to_numpy(), NO_PATIENT)
    return largest(impact, notes)


def read_problems(paths: Sequence[str]) -> pd.DataFrame:
    """What the raw text of a cell allows: a lowest and a highest day, another reading."""
    found = pd.concat([read_table(path, PROBLEM) for path in paths], ignore_index=True)
    of_texts = found["rule"].isin([NEGATED, UNEXPLAINED])
    return found[of_texts | found[["low", "high"]].notna().all(axis=1)].reset_index(drop=True)


def main(smk: Any) -> None:
    """Read, derive again, write."""
    settings = smk.params.settings
    adtte = {Path(path).stem: path for path in smk.input.adtte}
    result = rank(
        read_table(smk.input.asked),
        read_table(smk.input.cells),
        {Path(path).stem: read_table(path) for path in smk.input.tables},
        read_problems(smk.input.problems),
        {e: read_time_to_event(adtte[f"adtte_{e}"], smk.input.adsl) for e in settings["endpoints"]},
        {Path(path).stem: read_levels(path) for path in smk.input.codelists},
        settings,
    )
    write_table(result, smk.output.impact, private=True)


if __name__ == "__main__":
    run(main, snakemake)
