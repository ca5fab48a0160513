"""Say that the whole study is current: the last step of the default target.

Inputs: everything the default target makes.
Outputs: `results/STATUS` (first line COMPLETE) and the token without which no run may say so.
Source: docs/contracts.md, docs/decisions/0003.
"""

from typing import Any

from scripts.lib.errors import run
from scripts.lib.status import closing_lines, write_complete


def main(smk: Any) -> None:
    """Write COMPLETE, and the lines that a run ends with."""
    notice = smk.params.settings["notice"]
    write_complete([*filter(None, [notice]), *closing_lines(), "report: results/report/index.html"])


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
