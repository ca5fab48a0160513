"""Work round a fault of Snakemake 9.27.1: what lies behind an `ancient` input is forgotten.

Before a run Snakemake asks of each job whether it must run, and skips the jobs behind one that
must: they will run anyway. But behind an `ancient` input they will not. So when a suite was edited
*and* a statistic's settings changed (or its output is missing), the suite's validation runs, the
statistic is never asked, and the run ends well with a stale or missing result; the next run would
put it right. Here jobs are skipped only if the input that connects them is not ancient
(docs/decisions/0002).
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from snakemake.dag import DAG


def install() -> None:
    """Make Snakemake ask every job that an `ancient` input hides; calling it again is harmless."""
    original = DAG.update_needrun
    if hasattr(original, "asks_behind_ancient"):
        return

    @functools.wraps(original)
    async def update_needrun(dag: Any, *args: Any, **kwargs: Any) -> Any:
        dag.bfs = triggered_by  # used there only to find the jobs that need not be asked
        try:
            return await original(dag, *args, **kwargs)
        finally:
            del dag.bfs

    update_needrun.asks_behind_ancient = True  # type: ignore[attr-defined]
    DAG.update_needrun = update_needrun  # type: ignore[method-assign]


def triggered_by(direction: Any, *jobs: Any) -> Iterator[Any]:
    """`jobs`, and those that run because one of them does: not behind ancient files that exist."""
    queue, visited = deque(jobs), set(jobs)
    while queue:
        job = queue.popleft()
        yield job
        for other, files in direction[job].items():
            if other not in visited and not all(f.is_ancient and Path(f).exists() for f in files):
                queue.append(other)
                visited.add(other)
