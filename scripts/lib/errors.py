"""The door of every step: its gates are checked, what it wrote recorded, what is wrong said.

A mistake of what was given ends with one message and a remedy, no traceback. A crash, which is a
fault of the program, leaves its stack trace in the log of its step; the words of the exception may
hold a patient's value and lie in `data/private/crashes/` alone.
"""

from __future__ import annotations

import sys
import traceback
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

STOPPED = "STOPPED "
CRASHED = "CRASHED "
CRASHES = Path("data/private/crashes")


class Stop(Exception):  # noqa: N818 - not an error of the program but of what it was given
    """What was given cannot be used; the message says what, where and what to do about it.

    Messages name files, rows, columns and keys, never a patient's values.
    """


INTERRUPTED = 130  # exit code of a step that Ctrl-C ended


def run(main: Callable[[Any], None], smk: Any) -> None:
    """Run a rule's `main` on data whose gates hold, and record what it read and wrote.

    A `Stop` becomes its message alone and exit code 1. The message also goes to the rule's log,
    where the end of the run collects it; a good step's log says what it read and wrote.
    """
    from scripts.lib import private, records  # late: records raises Stop

    warnings.showwarning = _say_where
    try:
        records.check_gates(smk.input)
        read = records.look(smk.input)
        private.protect_folders(smk.output)
        main(smk)
        if changed := records.changed(read):
            raise Stop(
                f"{', '.join(changed[:8])} was changed while this step read it. Run `snakemake`"
                " again."
            )
        private.protect_files(smk.output)
        records.write_record(smk.rule, smk.output, read)
    except Stop as stop:
        _end(smk, f"{STOPPED}{smk.rule}: {stop}")
    except KeyboardInterrupt:  # the end of the run says so, without a stack
        _log(smk, f"{smk.rule}: ended by Ctrl-C")
        sys.exit(INTERRUPTED)
    except SystemExit:
        raise
    except BaseException as error:  # also the panic of a reader that is no Python
        _end(smk, *crash(smk.rule, error, smk.log))
    _log(smk, f"{smk.rule}: read {_counted(read)}; wrote {', '.join(map(str, smk.output))}")


def crash(rule: str, error: BaseException, log: Any) -> tuple[str, str]:
    """What a person is told of a crash, and its stack without the exception's own words.

    The words (which pandas, pydantic or a reader may have made from a cell) are written to
    `data/private/crashes/{rule}.txt`, readable by its owner alone.
    """
    from scripts.lib.private import write_private_text  # late: only what crashed pays for it

    kept = CRASHES / f"{rule}.txt"
    write_private_text(kept, "".join(traceback.format_exception(error)))
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "/scripts/" in f.filename and f.filename != __file__]
    last = (own or frames)[-1]
    where = f"{_short(last.filename)}, line {last.lineno}"
    told = (
        f"{CRASHED}{rule}: {type(error).__name__} in {where}. This is a fault of the program, not"
        f" of the data. Stack: {', '.join(map(str, log))}; its words, which may hold a"
        f" value: {kept}."
    )
    stack = [f"  {_short(f.filename)}, line {f.lineno}, in {f.name}: {f.line}" for f in frames]
    return told, "\n".join(["Stack, the last call below:", *stack])


def _say_where(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: Any = None,
    line: str | None = None,
) -> None:
    """A warning without its words, which a library may have made from a cell."""
    print(f"{category.__name__} in {_short(filename)}, line {lineno}", file=sys.stderr)


def _end(smk: Any, told: str, more: str = "") -> None:
    _log(smk, "\n".join(filter(None, [told, more])))
    sys.exit(told)


def _log(smk: Any, text: str) -> None:
    for log in smk.log:
        Path(log).parent.mkdir(parents=True, exist_ok=True)
        Path(log).write_text(f"{text}\n", encoding="utf-8")


def _short(path: str) -> str:
    """A path as it is called in the project or in an installed package, without the machine's."""
    for mark in ("/site-packages/", "/scripts/"):
        if mark in path:
            return f"{mark.strip('/')}/{path.split(mark, 1)[1]}".removeprefix("site-packages/")
    return Path(path).name


def _counted(read: Mapping[str, Any]) -> str:
    """`3 files (data/..., ...) and 40 of the program`."""
    code = [path for path in read if path.endswith(".py")]
    data = [path for path in read if path not in code]
    return f"{', '.join(data)} and {len(code)} files of the program"
