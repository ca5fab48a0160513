"""`results/STATUS`: whether what lies under results/ is the current, whole study.

Hooks alone would lie: none fires when the workflow cannot be parsed, nothing fires when a run is
killed, and success also ends the run of a single target. So (docs/decisions/0003):

* a run that starts any job first writes STOPPED, removes the token and removes the outputs of every
  job that it is going to run: what lies on disk is never older than its inputs;
* the rule `write_status` is the last of the default target: it writes COMPLETE and the token;
* a run that ends with an error removes what depends on a job that did not finish, also what was
  not going to run (a statistic behind a gate that failed), and says what stopped;
* a configuration or raw file that cannot be used writes STOPPED when the workflow is parsed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from scripts.lib.errors import STOPPED
from scripts.lib.quality.quality_summary import read_summary, summary_line

STATUS = Path("results/STATUS")
TOKEN = Path("data/gates/study.complete")


def write_stopped(what: str, look: Iterable[str] = ()) -> None:
    """Say that the study is not current, and where to look; the token goes."""
    TOKEN.unlink(missing_ok=True)
    STATUS.parent.mkdir(parents=True, exist_ok=True)
    STATUS.write_text("\n".join([f"STOPPED: {what}", *look]) + "\n", encoding="utf-8")


def write_complete(lines: Iterable[str]) -> None:
    """Say that the default target is current; `lines` follow."""
    STATUS.parent.mkdir(parents=True, exist_ok=True)
    STATUS.write_text("\n".join(["COMPLETE", *lines]) + "\n", encoding="utf-8")
    TOKEN.parent.mkdir(parents=True, exist_ok=True)
    TOKEN.write_text("complete\n", encoding="utf-8")


def on_start(dag: Any) -> None:
    """Before the first job: nothing that is about to be made again stays on disk."""
    remove(output for job in dag.needrun_jobs() for output in job.output)
    # afterwards, because STATUS itself is an output of the last job
    write_stopped("a run was started and has not finished. Run `snakemake` again.")


def on_success() -> None:
    """After a run without errors: COMPLETE only if the whole study is current."""
    if not TOKEN.exists():
        write_stopped("only a part of the study was run. Run `snakemake` without a target.")


def on_error(dag: Any) -> list[str]:
    """After a run with errors: remove what cannot be trusted; the messages of what stopped."""
    unfinished = {job for job in dag.needrun_jobs() if not dag.finished(job)}
    remove(output for job in _depending(dag, unfinished) for output in job.output)
    messages = [text for job in unfinished for text in _messages(job.log)]
    blocked = sorted({job.rule.name for job in unfinished})
    write_stopped(
        _first_lines(messages) or f"a step failed ({', '.join(blocked[:5])})",
        [*sorted(messages), "Data-quality reports: results/quality/. Nothing that depends on a"
         " step that stopped was kept. Mend the cause and run `snakemake` again."],
    )  # fmt: skip
    return sorted(messages)


def closing_lines(stopped: Mapping[str, Any] | None = None) -> list[str]:
    """What a run ends with: findings by severity, and numbers equal to the paper's.

    Parameters
    ----------
    stopped
        Counts of a run that a gate stopped (`render_after_stop`); else those of the page.
    """
    lines = []
    summary = stopped or read_summary()
    if summary:
        lines.append(summary_line(summary))
    comparison = Path("results/tables/published_comparison.summary.json")
    if comparison.exists():
        lines.append(json.loads(comparison.read_text(encoding="utf-8"))["line"])
    return lines


def remove(paths: Iterable[Any]) -> None:
    """Remove files, and folders that are outputs as a whole; what is not there is left alone."""
    for path in map(Path, paths):
        if path.is_file() or path.is_symlink():
            path.unlink()
        elif path.is_dir():
            shutil.rmtree(path)


def _depending(dag: Any, jobs: set[Any]) -> set[Any]:
    """`jobs` and all jobs that depend on any of them, at whatever distance."""
    found, queue = set(jobs), list(jobs)
    while queue:
        for job in dag.depending[queue.pop()]:
            if job not in found:
                found.add(job)
                queue.append(job)
    return found


def _messages(logs: Iterable[Any]) -> list[str]:
    """What the step wrote with `Stop`; a crash leaves its own words on the screen."""
    texts = [Path(log).read_text(encoding="utf-8").strip() for log in logs if Path(log).is_file()]
    return [text.removeprefix(STOPPED) for text in texts if text.startswith(STOPPED)]


def _first_lines(messages: list[str]) -> str:
    return "; ".join(sorted(message.splitlines()[0] for message in messages))
