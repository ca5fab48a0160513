"""Let content decide what Snakemake runs again, where it would look at dates alone.

Snakemake (9.27) compares the content of an input only where it is newer than the outputs, and never
looks whether an output is still what its step wrote. `records.review` knows both; here the jobs
concerned are marked as forced, which Snakemake itself does for `--forcerun FILE`
(docs/decisions/0010).
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable
from typing import Any

from scripts.lib import records


def install() -> list[str]:
    """Hold the disk against the records and force what must run again; what a person is told."""
    made = records.read_records()
    found = records.review(made)
    _force(found, made)
    return [*_told_edited(found.edited), *_told_hidden(found.hidden)]


def _force(found: records.Review, made: Iterable[str]) -> None:
    from snakemake.dag import DAG  # late: it cannot be imported before Snakemake's own workflow

    original = getattr(DAG.update_needrun, "original", DAG.update_needrun)
    recorded = set(made)

    @functools.wraps(original)
    async def update_needrun(dag: Any, *args: Any, **kwargs: Any) -> Any:
        known = dag.workflow.persistence.metadata  # Snakemake's own record, with the parameters
        dag.forcefiles |= found.forced | unrecorded(dag.jobs, recorded, known)
        hashes = {path: f"sha256:{sha}" for path, sha in found.hashes.items()}
        for path in {str(f) for job in dag.jobs for f in job.input} & set(hashes):
            dag.workflow.iocache.checksum.setdefault(path, hashes[path])  # not read once more
        return await original(dag, *args, **kwargs)

    update_needrun.original = original  # type: ignore[attr-defined]
    DAG.update_needrun = update_needrun  # type: ignore[method-assign]


def unrecorded(jobs: Iterable[Any], recorded: set[str], known: Callable[[Any], Any]) -> set[str]:
    """Outputs that are there and of which nobody knows what they were made from.

    No step says that it wrote them (an earlier version's, or copied), or Snakemake, which keeps the
    settings of the last run (`known`), does not know them (`.snakemake/` was left behind).
    """
    return {
        str(output)
        for job in jobs
        for output in job.output
        if os.path.lexists(output) and (str(output) not in recorded or known(output) is None)
    }


def _told_edited(edited: list[str]) -> list[str]:
    return [f"not what its step wrote, made again: {path}" for path in edited]


def _told_hidden(hidden: dict[str, str]) -> list[str]:
    sources = sorted(set(hidden.values()))
    return [f"changed, although its date is old: {path}" for path in sources]
