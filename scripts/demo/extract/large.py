"""Larger extracts: the same files and headers with plausible random values, made as whole arrays.

Nothing in them matches the paper. Patients come in `parts` blocks, each with a generator of its own
seeded by the seed and the number of the block, so memory does not grow with the number of parts.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from scripts.demo.extract.arrays import csv_bytes
from scripts.demo.extract.blocks import draw_block
from scripts.demo.extract.files import RADIOTHERAPY_FOOTER, RADIOTHERAPY_TITLE, encoding_of
from scripts.demo.extract.large_tables import TABLES
from scripts.demo.extract.rows import HEADERS


def write_large(out: Path, patients: int, seed: int, parts: int) -> int:
    """Write an extract of so many patients below `out`; the number of rows."""
    out.mkdir(parents=True, exist_ok=True)
    bounds = np.linspace(0, patients, parts + 1).astype("int64")
    written = 0
    for part, (first, end) in enumerate(zip(bounds[:-1], bounds[1:], strict=True)):
        rng = np.random.default_rng([seed, part])
        block = draw_block(rng, int(first), int(end - first))
        for table, build in TABLES.items():
            columns = dict(zip(HEADERS[table], build(block, rng), strict=True))
            content = pa.table(columns)
            is_register = table == "radiotherapy"
            data = csv_bytes(
                content,
                encoding_of(table),
                RADIOTHERAPY_TITLE if is_register else "",
                RADIOTHERAPY_FOOTER if is_register else "",
            )
            suffix = f"_{part + 1:02d}" if parts > 1 else ""
            (out / f"{table}{suffix}.csv").write_bytes(data)
            written += content.num_rows
    return written
