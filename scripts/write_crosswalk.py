"""List which pseudonym stands for which hospital number: the only way back to a patient.

Inputs: staged parts of every table, data/private/pseudonym.key.

Output (private): data/private/crosswalk.csv, one row per hospital number of the extract, sorted:

    | column | type | unit | meaning |
    |---|---|---|---|
    | USUBJID | text | | pseudonym |
    | source_id | text | | hospital number in its full form |

Source: docs/contracts.md.
"""

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from scripts.lib.errors import run
from scripts.lib.light import skip_pandas
from scripts.lib.private import write_private_text
from scripts.lib.reading.dates import fold
from scripts.lib.reading.pseudonyms import clean_identifier, pseudonyms, read_key
from scripts.lib.reading.values import is_missing

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def source_ids(texts: pa.Array, settings: dict[str, Any]) -> set[str]:
    """The cleaned hospital numbers among distinct raw texts."""
    missing = is_missing(fold(texts), settings["missing"])
    present = [text for text, no in zip(texts.to_pylist(), missing, strict=True) if not no]
    return {number for text in present if (number := clean_identifier(text, settings)[0])}


def crosswalk(key: bytes, ids: Iterable[str]) -> str:
    """The crosswalk as CSV text, sorted by pseudonym."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["USUBJID", "source_id"])
    writer.writerows(sorted((name, number) for number, name in pseudonyms(key, ids).items()))
    return file.getvalue()


def main(smk: Any) -> None:
    """Collect the hospital numbers of all parts and write the crosswalk."""
    ids: set[str] = set()
    for path in smk.input.cells:
        settings = smk.params.settings[Path(path).parent.name]
        names = pq.read_schema(path).names
        wanted = settings["column"]
        column = next(
            (c for c in ([wanted] if isinstance(wanted, str) else wanted) if c in names), None
        )
        if column is not None:  # a file without it stops `standardise_table`
            ids |= source_ids(pc.unique(pq.read_table(path, columns=[column])[column]), settings)
    write_private_text(smk.output.crosswalk, crosswalk(read_key(smk.input.key), ids))


if __name__ == "__main__":
    skip_pandas()
    run(main, snakemake)
