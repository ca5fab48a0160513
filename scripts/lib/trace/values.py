"""Values, raw places and rules as text; values a column at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.derivation.rows import SOURCE, split_source

NOTHING = ""


def as_text(values: pd.Series) -> list[str]:
    """Dates as ISO days, true and false as yes and no, whole numbers without a point."""
    kind, missing = values.dtype, values.isna().to_numpy(bool)
    if pd.api.types.is_datetime64_any_dtype(kind):
        shown = np.datetime_as_string(values.to_numpy("datetime64[D]")).astype(object)
    elif pd.api.types.is_bool_dtype(kind):
        shown = np.where(values.to_numpy(bool, na_value=False), "yes", "no").astype(object)
    elif pd.api.types.is_float_dtype(kind):
        numbers = values.to_numpy(float, na_value=np.nan)
        shown = np.array([f"{number:.10g}" for number in numbers], dtype=object)
    else:
        shown = values.astype("string").to_numpy(object, na_value=NOTHING)
    shown[missing] = NOTHING
    return shown.tolist()


def place_text(places: pd.DataFrame) -> list[str]:
    """`file, sheet S, row n` of the columns `src_file, src_sheet, src_row`; empty where none."""
    file, sheet, row = (as_text(places[name]) for name in SOURCE)
    return [
        ", ".join(filter(None, (f, f"sheet {s}" if s else "", f"row {r}"))) if f else NOTHING
        for f, s, r in zip(file, sheet, row, strict=True)
    ]


def place_index(table: pd.DataFrame) -> pd.Index:
    """Raw places of the rows of a table, for `row_numbers`."""
    return pd.Index(_keys(table))


def row_numbers(index: pd.Index, places: pd.DataFrame) -> np.ndarray:
    """Position (from 1) in a table of the row that each raw place became; 0 where it is none."""
    return index.get_indexer(pd.Index(_keys(places))) + 1


def _keys(frame: pd.DataFrame) -> list[str]:
    return ["|".join(parts) for parts in zip(*(as_text(frame[n]) for n in SOURCE), strict=True)]


def places_of(sources: pd.Series) -> pd.DataFrame:
    """`src_file, src_sheet, src_row` from `file|sheet|row`."""
    return split_source(sources)


def shown_headers(headers: Sequence[str]) -> str:
    """Raw headers of a column; several where files differ in it."""
    return " or ".join(headers)


def how(spec: Mapping[str, Any]) -> str:
    """How a variable is made, in the words of the configuration."""
    if spec["from"]:
        what = f"{spec['from']}.{spec['column']}" if spec["column"] else f"rows of {spec['from']}"
        to = f" to {spec['to']}" if spec["to"] else ""
        within = f" within days {list(spec['window_days'])}" if spec["window_days"] else ""
        where = f" where {spec['where']}" if spec["where"] else ""
        return f"{spec['pick']} of {what}{to}{within}{where}"
    if spec["cut"]:
        return (
            f"{spec['cut']['of']} cut at {', '.join(f'{limit:g}' for limit in spec['cut']['at'])}"
        )
    if spec["cases"]:
        cases = [f"{case['value']} if {case['when']}" for case in spec["cases"]]
        return "; ".join([*cases, *([f"else {spec['otherwise']}"] if spec["otherwise"] else [])])
    return spec["expression"] or f"time of the endpoint {spec['endpoint']}"
