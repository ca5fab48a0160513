"""How snakemake was called: what would leave stale results or a wrong STATUS stops with one line.

Hooks remove what is stale and write `results/STATUS` (docs/decisions/0003), so a run without them,
or with other ones, cannot keep its word. Nor can one that is told not to look at what changed.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

BEFORE = "STOPPED before any job: "
HOOKS = ("_onstart", "_onsuccess", "_onerror")
FOR_RULES = ("extract",)  # `--config extract=FOLDER` of profile_extract
NEEDED = ("mtime", "params", "input")  # without one of these a change is not noticed
LOOKING = (
    "dryrun", "lint", "list_rules", "list_target_rules", "summary", "detailed_summary", "dag",
    "rulegraph", "filegraph", "d3dag", "report", "unlock", "list_changes", "list_untracked",
    "containerize", "export_cwl", "archive", "delete_all_output", "delete_temp_output",
    "cleanup_metadata", "print_compilation",
)  # fmt: skip


def check_import(workflow: Any) -> None:
    """End with one line where the workflow is parsed as a module of another."""
    if workflow.modifier.parent_modifier is not None:
        sys.exit(
            f"{BEFORE}cohortgate cannot be imported with `module:`: Snakemake does not run a"
            " module's hooks, which remove stale results and write results/STATUS. Run it as a"
            " workflow of its own: `snakemake -s PATH/Snakefile --directory STUDY`."
        )


def guard(workflow: Any) -> None:
    """Before the jobs are found: this project's hooks are in place, and every change is noticed.

    Called by the last line of the Snakefile; one that includes it comes after that.
    """
    from snakemake.dag import DAG  # late: a step that writes STATUS has no use for Snakemake

    own = _hooks(workflow)
    original = getattr(DAG.init, "original", DAG.init)

    @functools.wraps(original)
    async def init(dag: Any, *args: Any, **kwargs: Any) -> Any:
        if reason := refused(dag.workflow, own):
            sys.exit(f"{BEFORE}{reason}")
        return await original(dag, *args, **kwargs)

    init.original = original  # type: ignore[attr-defined]
    DAG.init = init  # type: ignore[method-assign]


def _hooks(workflow: Any) -> list[Any]:
    return [getattr(workflow, name) for name in HOOKS]


def refused(workflow: Any, own: Iterable[Any]) -> str | None:
    """Why this call is not run; None for nearly every one.

    Parameters
    ----------
    own
        The hooks as the project's Snakefile left them.
    """
    if workflow.exec_mode.name != "DEFAULT":
        return None  # a job's own process has no hooks, and needs none
    execution = workflow.execution_settings  # none where nothing is run (--summary, --lint)
    if execution is not None and execution.no_hooks:
        return "--no-hooks would leave stale results and a wrong results/STATUS. Run without it."
    if _hooks(workflow) != list(own):
        return (
            "the Snakefile that includes cohortgate's has an onstart, onsuccess or onerror of its"
            " own, in place of those that remove stale results and write results/STATUS. Take it"
            " out, and do after `snakemake` what it does."
        )
    seen = {trigger.name.lower() for trigger in workflow.rerun_triggers}
    if missing := [name for name in NEEDED if name not in seen]:
        return (
            f"--rerun-triggers without {', '.join(missing)} would leave results of older settings"
            " or files as current. Run without it."
        )
    return None


def restricted(workflow: Any) -> str:
    """What `--until`, `--omit-from` and `--allowed-rules` leave of a run, in words."""
    settings = workflow.dag_settings
    if settings is None:  # nothing is run: --list, --lint
        return ""
    parts = {
        "until": settings.until,
        "without what follows from": settings.omit_from,
        "by the rules": settings.allowed_rules,
    }
    return ", ".join(f"{words} {', '.join(sorted(map(str, n)))}" for words, n in parts.items() if n)


def given_line(given: Mapping[str, Any]) -> str:
    """What STATUS says of settings that `--config` or `--configfile` gave; empty: none."""
    paths = sorted(
        path for key in given if key not in FOR_RULES for path in _paths(key, given[key])
    )
    return f"Made with settings that are not those of config/: {', '.join(paths)}" if paths else ""


def _paths(path: str, value: Any) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        for key, below in value.items():
            yield from _paths(f"{path}.{key}", below)
    else:
        yield path


def starts_jobs(arguments: list[str]) -> bool:
    """Whether this call of snakemake runs jobs; looking (-n, --lint) leaves STATUS alone."""
    from snakemake.cli import parse_args  # late: costs time, and is needed only to say what failed

    _, args = parse_args(arguments)
    return not any(getattr(args, name, None) for name in LOOKING)
