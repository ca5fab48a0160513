"""Pass `snakemake --lint` when it has nothing to say beyond its advice on conda and containers.

The environment of this project is the hash-checked lock file, so that advice does not apply; any
other line of the linter fails.
"""

from __future__ import annotations

import re
import sys

EXPECTED = "Specify a conda environment or container for each rule"


def complaints(text: str) -> list[str]:
    """The linter's complaints (`    * ...`) other than the expected one."""
    found = re.findall(r"^\s*\* (.+?)$", text, flags=re.MULTILINE)
    return [line for line in found if not line.startswith(EXPECTED)]


def main() -> None:
    """Read the linter's words on standard input; exit 1 and show them when any is unexpected."""
    text = sys.stdin.read()
    ran = "Lints for" in text or "Congratulations" in text
    if not ran or complaints(text):
        sys.exit(f"snakemake --lint:\n{text}")
    print("snakemake --lint: nothing beyond its conda and container advice")


if __name__ == "__main__":
    main()
