"""What tables and figures call counted adverse events: as the study's own tables do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Names = Mapping[str, Mapping[str, Any]]


def variable_name(names: Names, variable: str) -> str:
    """Label of a counted variable; its own name where no table has one."""
    return str(names.get(variable, {}).get("label") or variable)


def term_name(names: Names, variable: str, term: str) -> str:
    """Name of a term; from its code (`loss_of_appetite`) where no table has one."""
    plain = term.replace("_", " ")
    return str(names.get(variable, {}).get("levels", {}).get(term, plain[:1].upper() + plain[1:]))
