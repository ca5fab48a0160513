"""Give every finding and the cells behind it ids that are the same in each delivery, and words.

Inputs
------
rows
    `data/private/findings/{table}.parquet` of every dataset that was judged.
tables, counts
    Standardised tables: what names the record that a finding is about; raw headers of each file.
derived
    `subjects` and the ADTTE datasets: from which raw rows their values are.
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
| header | string | the columns as the hospital heads them |
| affects | string | results that it can change, `, `-joined |

`data/private/queries/cells.parquet`, one row a finding and cell (or link: what makes findings one
problem without a common cell): id (of the finding), cell (its id), role (asked, beside), USUBJID,
table, src_file, src_sheet, src_row, column, header; of a link `cell` alone.

`data/private/queries/judged.json`: names of the datasets that were judged.
"""

from typing import TYPE_CHECKING, Any

from scripts.lib.errors import run
from scripts.lib.queries.asked import write_asked

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(smk: Any) -> None:
    """Read, identify, write."""
    names = ("rows", "tables", "suites", "derived", "counts")
    inputs = {name: list(smk.input[name]) for name in names}
    inputs |= {"reading": [smk.input.reading], "key": [smk.input.key]}
    write_asked(inputs, smk.params.settings, dict(smk.output.items()))


if __name__ == "__main__":
    run(main, snakemake)
