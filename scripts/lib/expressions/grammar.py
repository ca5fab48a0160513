"""What people may write in an expression: a small part of Python's grammar and nothing else.

Checked when the workflow is parsed, so this module imports nothing heavy;
`scripts.lib.expressions.evaluate` computes.
"""

from __future__ import annotations

import ast
import difflib
import re
from functools import cache

from scripts.lib.errors import Stop

CONSTANTS = {"true": True, "false": False, "True": True, "False": False}
FUNCTIONS = (
    "days", "years", "add_months", "add_days", "date", "has", "missing", "min", "max", "if_",
)  # fmt: skip
ALLOWED = (
    ast.Name, ast.Load, ast.Constant, ast.List, ast.Tuple, ast.UnaryOp, ast.Not, ast.USub,
    ast.BoolOp, ast.And, ast.Or, ast.Compare, ast.In, ast.NotIn,
    ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE,
    ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div,
)  # fmt: skip


@cache
def parse(expression: str) -> ast.expr:
    """The syntax tree of `expression`; Stop when it holds anything but the grammar."""
    try:
        # `if(a, b, c)` is a function here and a keyword in Python
        body = ast.parse(re.sub(r"\bif\s*\(", "if_(", expression.strip()), mode="eval").body
    except SyntaxError as error:
        raise Stop(f"The expression `{expression}` cannot be read: {error.msg}.") from None
    for node in ast.walk(body):
        if isinstance(node, ast.Call):
            known = isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS
            if not known or node.keywords:
                raise Stop(
                    f"`{expression}` calls something unknown. Functions: {', '.join(FUNCTIONS)}."
                )
        elif not isinstance(node, ALLOWED):
            raise Stop(f"`{expression}` uses {type(node).__name__}, which is not allowed here.")
    return body


@cache
def names(expression: str) -> frozenset[str]:
    """Columns that `expression` uses; Stop when it cannot be read."""
    tree = parse(expression)
    called = {id(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    return frozenset(
        n.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Name) and id(n) not in called and n.id not in CONSTANTS
    )


def check(expression: str, columns: set[str] | None = None) -> None:
    """Stop when `expression` cannot be read, or uses anything but `columns`."""
    used = names(expression)
    if columns is not None and used - columns:
        unknown = sorted(used - columns)
        near = difflib.get_close_matches(unknown[0], sorted(columns), n=1)
        hint = f" Nearest: `{near[0]}`." if near else ""
        raise Stop(f"`{expression}` names {', '.join(unknown)}, which nothing declares.{hint}")
