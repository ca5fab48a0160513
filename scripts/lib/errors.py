"""How a step tells a person what is wrong: one message with a remedy, no traceback."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

STOPPED = "STOPPED "


class Stop(Exception):  # noqa: N818 - not an error of the program but of what it was given
    """What was given cannot be used; the message says what, where and what to do about it.

    Messages name files, rows, columns and keys, never a patient's values.
    """


def run(main: Callable[[Any], None], smk: Any) -> None:
    """Run a rule's `main`; a `Stop` becomes its message alone and exit code 1.

    The message also goes to the rule's log, where the end of the run collects it.
    """
    try:
        main(smk)
    except Stop as stop:
        for log in smk.log:
            with open(log, "w", encoding="utf-8") as file:  # noqa: PTH123
                file.write(f"{STOPPED}{smk.rule}: {stop}\n")
        sys.exit(f"{STOPPED}{smk.rule}: {stop}")
