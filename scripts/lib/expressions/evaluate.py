"""One-line expressions over the columns of a table, with three-valued logic.

Filters, criteria and derived variables are written by people in config
(`scripts.lib.expressions.grammar` says what they may write). A comparison with a missing value is
unknown (pandas NA), and `and`, `or`, `not` follow Kleene's logic, as in SQL.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.errors import Stop
from scripts.lib.expressions.grammar import CONSTANTS, names, parse

Value = Any  # a Series over the table's rows, or a constant


def evaluate(expression: str, frame: pd.DataFrame) -> pd.Series:
    """The value of `expression` in each row of `frame`.

    Parameters
    ----------
    expression
        Names of columns, numbers, 'strings', true, false; `== != < <= > >=`, `in [..]`,
        `not in [..]`, `and or not`, `+ - * /`; the functions in `FUNCTIONS`.
    frame
        Table with nullable types (`scripts.lib.tables.read_table`).

    Returns
    -------
    Series with frame's index: boolean (true, false, NA), Float64, string or datetime64.

    Raises
    ------
    Stop
        The expression cannot be read, names a column that is not there, or puts together what
        does not go together; with the types of its columns, never with a value.
    """
    unknown = names(expression) - set(frame.columns)
    if unknown:
        raise Stop(
            f"The expression `{expression}` names {', '.join(sorted(unknown))}, which is not a "
            f"column here. Columns: {', '.join(map(str, frame.columns))}."
        )
    try:
        return evaluate_node(parse(expression), frame)
    except (TypeError, ValueError, AttributeError):
        raise Stop(_not_computed(expression, frame)) from None


def evaluate_node(node: ast.expr, frame: pd.DataFrame) -> pd.Series:
    """The value of a part of an expression (`scripts.lib.expressions.grammar.parse`)."""
    value = _value(node, frame)
    return value if isinstance(value, pd.Series) else _constant(value, frame.index)


def _not_computed(expression: str, frame: pd.DataFrame) -> str:
    """What is wrong, by the types of the columns; the error's own text can hold a value."""
    types = ", ".join(
        f"{name} is of type {frame[name].dtype}" for name in sorted(names(expression))
    )
    return (
        f"The expression `{expression}` cannot be computed, as its parts do not go together"
        f"{f': {types}' if types else ''}. Conditions are wanted beside and, or, not; numbers "
        "beside + - * /; dates in days and years."
    )


def _value(node: ast.expr, frame: pd.DataFrame) -> Value:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return CONSTANTS[node.id] if node.id in CONSTANTS else frame[node.id]
    if isinstance(node, ast.List | ast.Tuple):
        return [_value(item, frame) for item in node.elts]
    if isinstance(node, ast.UnaryOp):
        operand = _value(node.operand, frame)
        return ~_boolean(operand, frame.index) if isinstance(node.op, ast.Not) else -operand
    if isinstance(node, ast.BinOp):
        return ARITHMETIC[type(node.op)](
            _number(_value(node.left, frame)), _number(_value(node.right, frame))
        )
    if isinstance(node, ast.BoolOp):
        return _connect(node, frame)
    if isinstance(node, ast.Compare):
        return _compare(node, frame)
    assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    return FUNCTIONS[node.func.id](*(_value(a, frame) for a in node.args))


def _connect(node: ast.BoolOp, frame: pd.DataFrame) -> pd.Series:
    parts = [_boolean(_value(part, frame), frame.index) for part in node.values]
    result = parts[0]
    for part in parts[1:]:
        result = result & part if isinstance(node.op, ast.And) else result | part
    return result


def _compare(node: ast.Compare, frame: pd.DataFrame) -> pd.Series:
    operands = [_value(item, frame) for item in (node.left, *node.comparators)]
    result: pd.Series | None = None
    for operator, left, right in zip(node.ops, operands, operands[1:], strict=False):
        part = _compare_pair(operator, left, right, frame.index)
        result = part if result is None else result & part
    assert result is not None
    return result


def _compare_pair(operator: ast.cmpop, left: Value, right: Value, index: pd.Index) -> pd.Series:
    """One comparison; unknown where either side is missing (NaT compares as false in pandas)."""
    left = left if isinstance(left, pd.Series) else _constant(left, index)
    if isinstance(operator, ast.In | ast.NotIn):
        found = left.isin(right).astype("boolean").mask(left.isna())
        return ~found if isinstance(operator, ast.NotIn) else found
    missing = left.isna() | (right.isna() if isinstance(right, pd.Series) else False)
    if pd.api.types.is_datetime64_dtype(left) and isinstance(right, str):
        right = pd.Timestamp(right)
    return COMPARISONS[type(operator)](left, right).astype("boolean").mask(missing)


def _constant(value: Value, index: pd.Index) -> pd.Series:
    if isinstance(value, pd.Timestamp):
        return pd.Series(np.datetime64(value, "us"), index=index)
    dtype = {bool: "boolean", str: "string"}.get(type(value), "Float64")
    return pd.Series(value, index=index, dtype=dtype)


def _boolean(value: Value, index: pd.Index) -> pd.Series:
    series = value if isinstance(value, pd.Series) else _constant(value, index)
    if series.dtype != "boolean" and series.dtype != bool:
        raise TypeError("`and`, `or`, `not` and `if` need conditions, not values")
    return series.astype("boolean")


def _number(value: Value) -> Value:
    return value.astype("Float64") if isinstance(value, pd.Series) else value


def _days(start: Value, end: Value) -> pd.Series:
    """Days from `start` to `end`, no day added; NA where either is missing."""
    return ((end - start) / np.timedelta64(1, "D")).astype("Float64")


def _years(start: pd.Series, end: Value) -> pd.Series:
    """Completed years from `start` to `end` (age); a 29 February birthday falls on 1 March."""
    end = end if isinstance(end, pd.Series) else pd.Series(end, index=start.index)
    before = (end.dt.month < start.dt.month) | (
        (end.dt.month == start.dt.month) & (end.dt.day < start.dt.day)
    )
    years = (end.dt.year - start.dt.year - before.astype("int64")).astype("Float64")
    return years.mask(start.isna() | end.isna())


def _add_months(start: pd.Series, months: int) -> pd.Series:
    """The same day `months` later; the last day of that month where it has no such day."""
    months = int(months)
    base = start.to_numpy("datetime64[us]")
    first = base.astype("datetime64[M]")
    day = (base.astype("datetime64[D]") - first.astype("datetime64[D]")).astype("int64")
    target = first + np.timedelta64(months, "M")
    last = ((target + 1).astype("datetime64[D]") - target.astype("datetime64[D]")).astype("int64")
    moved = target.astype("datetime64[D]") + np.minimum(day, last - 1).astype("timedelta64[D]")
    return pd.Series(moved.astype("datetime64[us]"), index=start.index).mask(start.isna())


def _add_days(start: pd.Series, days: int) -> pd.Series:
    return start + np.timedelta64(int(days), "D")


def _has(codes: pd.Series, code: str) -> pd.Series:
    """Whether a `;`-joined list of codes holds `code`; each distinct list is read once."""
    place, lists = pd.factorize(codes.astype("string"))
    found = np.array([code in text.split(";") for text in lists] + [False], dtype=bool)
    return pd.Series(pd.arrays.BooleanArray(found[place], place < 0), index=codes.index)


def _missing(value: pd.Series) -> pd.Series:
    return value.isna().astype("boolean")


def _extreme(which: str) -> Callable[..., pd.Series]:
    def extreme(*values: pd.Series) -> pd.Series:
        """Smallest or largest of the values that are there; NA where none is."""
        frame = pd.concat(list(values), axis=1, keys=range(len(values)))
        return frame.min(axis=1) if which == "min" else frame.max(axis=1)

    return extreme


def _if(condition: pd.Series, then: Value, otherwise: Value) -> pd.Series:
    """`then` where the condition holds, `otherwise` where it does not, NA where it is unknown."""
    condition = _boolean(condition, condition.index)
    then = then if isinstance(then, pd.Series) else _constant(then, condition.index)
    return then.where(condition.fillna(False), otherwise).mask(condition.isna())


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "days": _days,
    "years": _years,
    "add_months": _add_months,
    "add_days": _add_days,
    "date": pd.Timestamp,
    "has": _has,
    "missing": _missing,
    "min": _extreme("min"),
    "max": _extreme("max"),
    "if_": _if,
}
ARITHMETIC: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}
COMPARISONS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
}
