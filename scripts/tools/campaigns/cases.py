"""What a case of a campaign is, and how it ends."""

from __future__ import annotations

import random
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SIGNS = 400  # letters of a broken case in the report


@dataclass(frozen=True)
class Outcome:
    """How a case ended.

    kind
        What held (`read`, `asked`, `stopped`, ...) or `broken`.
    tried
        What was done, in words; the same for the same seed.
    said
        Of a broken case: what is wrong.
    """

    kind: str
    tried: str
    said: str = ""


class Broken(Exception):  # noqa: N818 - not an error of the program but a verdict on it
    """The product did what it must never do."""


Case = Callable[[random.Random, Path], Outcome]


def run_case(case: Case, part: str, seed: int, number: int, folder: Path) -> Outcome:
    """One case; everything in it comes from part, seed and number alone."""
    rng = random.Random(f"{part}:{seed}:{number}")  # noqa: S311
    try:
        return case(rng, folder)
    except Broken as broken:
        tried, _, said = str(broken).partition("\n")
        return Outcome("broken", tried, said[:SIGNS])
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}, line {last.lineno}"
        tried = getattr(error, "tried", "")
        said = f"a crash: {type(error).__name__} in {where}: {error}"
        return Outcome("broken", tried, said[:SIGNS])
