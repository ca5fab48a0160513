"""Let Snakemake look at a file once in a run, where it looks again and again.

When a job has finished, Snakemake (9.27) hashes every input once for each output, and each round of
its scheduler asks for the sizes of all inputs of every job that waits. With code as inputs
(docs/decisions/0001), a hundred for each job, that is a third of a small study's CPU. A file is
hashed again only where its size, times or inode differ; a size that is known is not asked for again
(it decides no more than which of two jobs starts first).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from snakemake.io import _IOFile
from snakemake.scheduling.job_scheduler import JobScheduler

from scripts.lib.records import Stamp, stamp

_hashed: dict[str, Stamp] = {}


def install() -> None:
    """Make Snakemake remember hashes and sizes; calling it again is harmless."""
    if hasattr(_IOFile.checksum, "once"):
        return
    _IOFile.checksum = _once(_IOFile.checksum)  # type: ignore[method-assign]
    JobScheduler.update_input_sizes = _unknown_alone(  # type: ignore[method-assign]
        JobScheduler.update_input_sizes
    )


def _once(original: Any) -> Any:
    @functools.wraps(original)
    async def checksum(
        file: Any, threshold: int | None = None, force: bool = False, algorithm: Any = None
    ) -> str | None:
        plain = not (force or algorithm or file.is_storage or file.rule.workflow.iocache.active)
        if not plain or not await file.is_checksum_eligible(threshold):
            return await original(file, threshold, force, algorithm)  # type: ignore[no-any-return]
        path = str(file)
        made = stamp(path, _hashed.get(path))
        if made is None:
            return None
        _hashed[path] = made
        return f"sha256:{made[0]}"

    checksum.once = True  # type: ignore[attr-defined]
    return checksum


def _unknown_alone(original: Any) -> Any:
    @functools.wraps(original)
    async def update_input_sizes(scheduler: Any, jobs: Iterable[Any]) -> None:
        sizes = scheduler._input_sizes
        paths = {path for job in jobs for path in job.input if sizes.get(path) is None}
        if paths:
            await original(scheduler, [SimpleNamespace(input=paths)])

    return update_input_sizes
