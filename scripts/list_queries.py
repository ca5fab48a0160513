"""The query register: every finding of every delivery as a query with its status.

Inputs
------
asked, cells, judged
    Findings of this delivery, the cells behind them, and the datasets judged
    (`identify_queries`).
earlier
    Manifests of the earlier deliveries, the oldest first (`derive_delivery`).
impact
    What each query could change (`rank_queries`).
verdicts, waivers
    `results/quality/{table}.json`, `config/waivers.csv`.
answers
    Files that people saved in `data/queries/answers/`.
crosswalk
    Hospital numbers, for the listing of the ward alone.

Outputs
-------
table, parquet, workbook
    `results/queries/queries.csv`, `.parquet`, `.xlsx`: one row a query, those that wait for an
    answer first, ranked by what they could change; pseudonyms, no values, no answers' texts.
private
    `data/private/queries/register.csv` (0600): the same with values, answers and who gave them.
ward
    `data/private/queries/ward.xlsx` (0600): what waits, with hospital numbers and raw text.
"""

from typing import TYPE_CHECKING, Any

from scripts.lib.errors import run
from scripts.lib.queries.register import SHOWN, make_register, place, read_crosswalk, write_register

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(smk: Any) -> None:
    """Read, tell statuses, write."""
    settings = smk.params.settings
    inputs = {
        name: smk.input[name] for name in ("asked", "judged", "impact", "waivers", "crosswalk")
    }
    inputs |= {name: list(smk.input.get(name, [])) for name in ("earlier", "verdicts", "answers")}
    queries, unknown = make_register(inputs, settings)
    if unknown:
        places = ", ".join(place(answer) for answer in unknown[:SHOWN])
        more = f" and {len(unknown) - SHOWN} more" if len(unknown) > SHOWN else ""
        print(
            f"{len(unknown)} answer(s) to no query (mistyped, or no longer asked): {places}{more}"
        )
    crosswalk = read_crosswalk(inputs["crosswalk"])
    write_register(queries, unknown, crosswalk, settings, dict(smk.output.items()), smk.input)


if __name__ == "__main__":
    run(main, snakemake)
