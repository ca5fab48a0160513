"""Expressions over Arrow columns, for the steps that do without pandas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def evaluate_arrow(expression: str, columns: Mapping[str, pa.Array]) -> pa.Array:
    """The truth of an expression (`scripts.lib.expressions.evaluate`) a row; null: unknown."""
    import pandas as pd  # late: few tables have a condition

    from scripts.lib.expressions.evaluate import evaluate
    from scripts.lib.expressions.grammar import names

    frame = pd.DataFrame({name: series(columns[name]) for name in sorted(names(expression))})
    answer = evaluate(expression, frame).astype("boolean")
    unknown = answer.isna().to_numpy()
    return pa.array(answer.to_numpy(bool, na_value=False), mask=unknown)


def series(column: pa.Array) -> Any:
    """A column with a nullable type of pandas; `to_pandas` itself may be switched off (`light`)."""
    import pandas as pd

    if pa.types.is_timestamp(column.type):
        return pd.Series(column.to_numpy(zero_copy_only=False))
    if pa.types.is_string(column.type):
        return pd.Series(column.to_numpy(zero_copy_only=False), dtype="string")
    makers = {
        pa.int64(): (pd.arrays.IntegerArray, 0),
        pa.float64(): (pd.arrays.FloatingArray, 0.0),
        pa.bool_(): (pd.arrays.BooleanArray, False),
    }
    make, filler = makers[column.type]
    values = pc.fill_null(column, filler).to_numpy(zero_copy_only=False)
    missing = pc.is_null(column).to_numpy(zero_copy_only=False)
    return pd.Series(make(values.copy(), missing.copy()))
