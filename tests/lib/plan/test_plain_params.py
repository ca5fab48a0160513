"""Snakemake's text of a plain parameter does not depend on whether pandas was imported."""

import subprocess
import sys
from pathlib import Path

import pytest
from snakemake.persistence import PersistenceBase

from scripts.lib.plan import plain_params

SETTINGS = [
    {"alpha": 0.10, "arms": ["a", "b"], "survival": {"interval": "log", "until": None}},
    [1, "two", (3.0, True)],
    "text", 5, None, True,
]  # fmt: skip
SNAKEFILE = """
from scripts.lib.plan import plain_params

plain_params.install()


rule all:
    output:
        "made.txt",
    params:
        settings={"a": 1},
    shell:
        "touch {output}"


onstart:
    pass
"""


@pytest.mark.parametrize("value", SETTINGS, ids=str)
def test_the_text_is_the_same(value):
    plain_params.install()

    class Asked:
        """A record of past runs as far as parameters go."""

        _serialize_param_builtin = PersistenceBase._serialize_param_builtin
        with_pandas = PersistenceBase._serialize_param_pandas
        chosen = PersistenceBase.__dict__["_serialize_param"]

    assert Asked().chosen(value) == Asked().with_pandas(value) == repr(value)


def test_a_second_run_neither_runs_nor_imports_pandas(tmp_path: Path):
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    (tmp_path / "scripts").symlink_to(Path(__file__).resolve().parents[3] / "scripts")

    def run(*flags: str) -> str:
        command = [sys.executable, *flags, "-m", "snakemake", "--cores", "1"]
        done = subprocess.run(command, cwd=tmp_path, text=True, capture_output=True, check=True)
        return done.stdout + done.stderr

    run()
    assert (tmp_path / "made.txt").exists()
    second = run("-X", "importtime")
    assert "Nothing to be done" in second
    assert "| pandas\n" not in second
