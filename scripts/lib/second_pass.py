"""Run once more when Snakemake may have passed over a job that it should have run.

When any job above a job is going to run, Snakemake (9.27, `DAG.update_needrun`) does not look at
the job's own parameters, code and other inputs: it will run anyway, because its input is made anew.
Not so behind a gate, whose age triggers nothing (`ancient`): a suite and a setting edited together
would rerun the gate and miss the setting. So a run that made a gate, and left some job alone, is
followed by another, which does what was missed or finds nothing to be done (docs/decisions/0002).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any


def may_have_missed(dag: Any) -> bool:
    """Whether a gate was made while jobs below it were left alone."""
    ran = set(dag.needrun_jobs())
    left_alone = any(job not in ran for job in dag.jobs)
    return left_alone and any(_gates_something(dag, job) for job in ran)


def run_again(workflow: Any, overrides: Mapping[str, Any]) -> None:
    """The same targets and settings once more; its failure is the failure of this run."""
    done = subprocess.run(command(workflow, overrides), check=False)
    if done.returncode:
        sys.exit(done.returncode)


def command(workflow: Any, overrides: Mapping[str, Any]) -> list[str]:
    """The call of snakemake that repeats this one, without what would force jobs again."""
    settings = [f"{key}={json.dumps(value)}" for key, value in overrides.items()]
    quiet = sorted(str(word) for word in workflow.output_settings.quiet or ())
    return [
        sys.executable, "-m", "snakemake", *map(str, workflow.dag_settings.targets),
        "--snakefile", workflow.main_snakefile, "--cores", str(workflow.cores),
        "--nolock", *(["--quiet", *quiet] if quiet else []),
        *(["--config", *settings] if settings else []),
    ]  # fmt: skip


def _gates_something(dag: Any, job: Any) -> bool:
    return any(file.is_ancient for files in dag.depending[job].values() for file in files)
