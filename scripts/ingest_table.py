"""Read one raw file (or one sheet of it) as text; every cell keeps its place.

Inputs: raw file (any encoding; CSV, TSV, XLSX, XLS, Parquet, JSON lines, also gzip-compressed).

Outputs (private):
    data/staged/{table}/{part}.parquet, one row per raw row that has a value and as many fields as
    the header:

    | column | type | unit | meaning |
    |---|---|---|---|
    | every raw column name | string | | the cell as it stood; '' where it was blank |
    | src_file | string | | file within the delivery |
    | src_sheet | string | | sheet; null for files without sheets |
    | src_row | int64 | 1 = first row of the sheet | row as a spreadsheet shows it |

    data/staged/{table}/{part}.json: what was read and how, rows set aside, problems of the file.

Source: docs/sources.md, docs/architecture.md.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from scripts.lib.errors import run
from scripts.lib.light import skip_pandas
from scripts.lib.private import write_arrow, write_private_text
from scripts.lib.reading.readers import Raw, read_raw

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def stage(raw: Raw, settings: dict[str, Any]) -> pa.Table:
    """The cells with file, sheet and row; one row per raw row kept."""
    size = len(raw.rows)
    columns = dict(zip(raw.names, raw.cells, strict=True))
    source = {
        "src_file": pa.repeat(pa.scalar(settings["file"], pa.string()), size),
        "src_sheet": pa.repeat(pa.scalar(raw.sheet, pa.string()), size),
        "src_row": pa.array(raw.rows, pa.int64()),
    }
    return pa.table(columns | source)


def describe(raw: Raw, settings: dict[str, Any]) -> dict[str, Any]:
    """What was read and how: counts, encoding, column names, rows set aside, problems."""
    rows_raw = raw.last_row - raw.first_row + 1
    return {
        "file": settings["file"],
        "sheet": raw.sheet,
        "sheets": raw.sheets,
        "hidden_sheets": raw.hidden_sheets,
        "text_points": raw.text_points,
        "format": settings["format"],
        "encoding": raw.encoding,
        "date1904": raw.date1904,
        "columns": raw.names,
        "above": raw.above,
        "rows_raw": rows_raw,
        "rows_staged": len(raw.rows),
        "set_aside": raw.set_aside,
        "problems": raw.problems,
    }


def main(smk: Any) -> None:
    """Read the raw file, write the staged part and its description."""
    settings = smk.params.settings
    raw = read_raw(smk.input.raw, settings)
    write_arrow(stage(raw, settings), smk.output.cells, private=True)
    text = json.dumps(describe(raw, settings), ensure_ascii=False, indent=1)
    write_private_text(Path(smk.output.notes), text + "\n")


if __name__ == "__main__":
    skip_pandas()
    run(main, snakemake)
