"""Say that the whole study is current: the last step of the default target.

Inputs: everything the default target makes.
Outputs: `results/STATUS` (first line COMPLETE), `results/status.js` (the same for the pages) and
the token without which no run may say so: SHA-256 of every file of the study (`path: hash`).
Source: docs/contracts.md, docs/decisions/0003, 0010.
"""

from collections.abc import Iterable
from typing import Any

from scripts.lib import records
from scripts.lib.errors import Stop, run
from scripts.lib.plan.status import closing_lines, write_complete


def manifest(outputs: Iterable[str]) -> dict[str, str]:
    """SHA-256 of every file that a step of the study made.

    Raises
    ------
    Stop
        Where one is not what its step wrote.
    """
    made, edited = {}, []
    for output in map(str, outputs):
        for name, there, recorded in records.compare(output):
            made[name] = there
            if there != recorded:
                edited.append(name)
    if edited:
        raise Stop(
            f"{len(edited)} file(s) were changed while the study ran: {', '.join(edited[:8])}. Run"
            " `snakemake` again; it makes them again."
        )
    return made


def main(smk: Any) -> None:
    """Hold every file against its record; write COMPLETE and the lines that a run ends with."""
    settings = smk.params.settings
    said = [settings["notice"], settings["open_gates"], settings["given"]]
    lines = [*filter(None, said), *closing_lines(), "report: results/report/index.html"]
    write_complete(lines, manifest(smk.input))


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
