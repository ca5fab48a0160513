"""List which pseudonym stands for which hospital number: the only way back to a patient.

Inputs: staged parts of every table, data/private/pseudonym.key.

Output (private): data/private/crosswalk.csv, one row per hospital number of the extract, sorted:

    | column | type | unit | meaning |
    |---|---|---|---|
    | USUBJID | text | | pseudonym |
    | source_id | text | | hospital number in its full form |
    | centre | text | | hospital; the column is there where `centre` is declared |

Source: docs/contracts.md.
"""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from scripts.lib.errors import Stop, run
from scripts.lib.folding import fold_text
from scripts.lib.light import skip_pandas
from scripts.lib.private import write_private_text
from scripts.lib.reading.codelists import CodeList, read_codelist
from scripts.lib.reading.headers import choose
from scripts.lib.reading.identities import identities
from scripts.lib.reading.parts import SOURCE, distinct
from scripts.lib.reading.pseudonyms import pseudonyms, read_key
from scripts.lib.reading.sources import of_file
from scripts.lib.spreadsheets import neutral_row

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


Number = tuple[str, str | None]  # hospital number in its full form, centre


def source_ids(
    cells: pa.Table, settings: dict[str, Any], codes: Mapping[str, CodeList]
) -> dict[str, Number]:
    """Of each patient of a staged part: number and centre, by the text of its pseudonym."""
    found = identities(lambda name: distinct(cells[name]), cells.column_names, settings, codes)
    centres = found.centres or [None] * len(found.whole)
    every = zip(found.whole, found.numbers, centres, strict=True)
    return {whole: (number, centre) for whole, number, centre in every if whole and number}


def crosswalk(key: bytes, patients: Mapping[str, Number]) -> str:
    """The crosswalk as CSV text, sorted by pseudonym."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    several = any(centre is not None for _, centre in patients.values())
    size = 3 if several else 2
    writer.writerow(["USUBJID", "source_id", "centre"][:size])
    named = pseudonyms(key, patients)
    rows = sorted((named[whole], *patients[whole])[:size] for whole in patients)
    writer.writerows(map(neutral_row, rows))
    return file.getvalue()


def check_first_centre(settings: Mapping[str, Any], patients: Mapping[str, Number]) -> None:
    """Stop where nobody is from the declared first centre: everybody would be somebody else."""
    first = next((table["first_centre"] for table in settings.values()), None)
    centres = sorted({centre for _, centre in patients.values() if centre})
    if first and fold_text(first) not in map(fold_text, centres):
        raise Stop(
            f"sources.first_centre: no row is from `{first}`. Hospitals: {', '.join(centres)}."
        )


def main(smk: Any) -> None:
    """Collect the hospital numbers of all parts and write the crosswalk."""
    patients: dict[str, Number] = {}
    codes = {Path(path).stem: read_codelist(path) for path in smk.input.codelists}
    for path in smk.input.cells:
        settings, names = smk.params.settings[Path(path).parent.name], pq.read_schema(path).names
        place = pq.read_table(path, columns=SOURCE)
        if place.num_rows:
            settings = of_file(settings, place["src_file"][0].as_py())
        asked = [settings["identifier"]["column"], (settings["centre"] or {}).get("from") or []]
        columns = [choose(wanted, names) for wanted in asked if wanted]
        if None not in columns:  # a file without them stops `standardise_table`
            wanted = list(dict.fromkeys([*map(str, columns), *SOURCE]))
            patients |= source_ids(pq.read_table(path, columns=wanted), settings, codes)
    check_first_centre(smk.params.settings, patients)
    write_private_text(smk.output.crosswalk, crosswalk(read_key(smk.input.key), patients))


if __name__ == "__main__":
    skip_pandas()
    run(main, snakemake)
