"""A campaign against the product: `python -m scripts.tools.campaign --part extracts --size 200`.

Seeded cases of six parts, each with what must never happen: mutated extracts against an
independent reader (`extracts`), mutated configurations (`configurations`), killed runs and full
disks (`kills`), random edits of a finished study (`reruns`), ways round a gate (`gates`), hostile
words in every field (`words`).

Writes a report (tried, held, broken) and closes with it; exit code 1 where something broke. Parts
that run the workflow say each case as it ends; Ctrl-C ends a part with what was tried until then. A
broken case comes again with `--part PART --seed SEED --only NUMBER`.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from scripts.tools.campaigns.cases import Case, Outcome, run_case
from scripts.tools.campaigns.warm import same_seed

PARTS = {"extracts": 100, "configurations": 20, "kills": 1, "reruns": 1, "gates": 100, "words": 30}
SLOW = ("kills", "reruns")  # minutes of CPU
REPORT = Path("campaign.txt")


def main(arguments: list[str]) -> int:
    """Run the parts; returns the exit code."""
    given = _parse(arguments)
    lines, broken = [], 0
    for part in given.part or PARTS:
        case: Case = import_module(f"scripts.tools.campaigns.{part}").case
        size = PARTS[part] if given.size is None else given.size
        numbers = range(1, size + 1) if given.only is None else [given.only]
        start = _cpu()
        told, failed = report(part, given.seed, run(case, part, given.seed, numbers))
        lines += [*told, f"  {_cpu() - start:.0f} s of CPU"]
        broken += failed
    given.report.write_text("\n".join([*lines, ""]), encoding="utf-8")
    print("\n".join(lines))
    return 1 if broken else 0


def _cpu() -> float:
    """Seconds of CPU of this process and of those that it waited for."""
    return sum(os.times()[:4])


def run(case: Case, part: str, seed: int, numbers: Iterable[int]) -> dict[int, Outcome]:
    """Each case in a folder of its own part, until all are done or Ctrl-C."""
    found: dict[int, Outcome] = {}
    with (
        tempfile.TemporaryDirectory(prefix="campaign_") as folder,
        contextlib.suppress(KeyboardInterrupt),
    ):
        for number in numbers:
            found[number] = one = run_case(case, part, seed, number, Path(folder))
            if part in SLOW:
                print(f"{part} {number}: {one.kind}: {one.tried}", file=sys.stderr, flush=True)
    return found


def report(part: str, seed: int, found: dict[int, Outcome]) -> tuple[list[str], int]:
    """What was tried, what held and how, what broke; and how many broke."""
    kinds = Counter(one.kind for one in found.values())
    failed = kinds.pop("broken", 0)
    held = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    lines = [
        f"{part}: {len(found)} tried, {kinds.total()} held ({held}), {failed} broken (seed {seed})"
    ]
    for number, one in found.items():
        if one.kind == "broken":
            lines += [
                f"  --part {part} --seed {seed} --only {number}: {one.tried}",
                f"    {one.said}",
            ]
    return lines, failed


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="campaign", description=__doc__)
    parser.add_argument("--part", action="append", choices=list(PARTS), help="all where left out")
    parser.add_argument("--size", type=int, help="cases a part")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="this case alone")
    parser.add_argument("--report", type=Path, default=REPORT)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    same_seed()
    sys.exit(main(sys.argv[1:]))
