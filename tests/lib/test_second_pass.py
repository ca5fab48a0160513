"""A run that made a gate and left a job alone is followed by another."""

from types import SimpleNamespace

import pytest

from scripts.lib import second_pass


class Job(SimpleNamespace):
    def __hash__(self):
        return id(self)


def dag(ran, ancient):
    """gate -> statistic, where the statistic takes the gate as ancient or not."""
    gate, statistic = Job(), Job()
    jobs = {"gate": gate, "statistic": statistic}
    return SimpleNamespace(
        jobs=list(jobs.values()),
        needrun_jobs=lambda: [jobs[name] for name in ran],
        depending={gate: {statistic: [SimpleNamespace(is_ancient=ancient)]}, statistic: {}},
    )


@pytest.mark.parametrize(
    ("ran", "ancient", "expected"),
    [
        (["gate"], True, True),  # the statistic's own change may have been passed over
        (["gate", "statistic"], True, False),  # everything ran
        (["statistic"], True, False),  # no gate was made
        (["gate"], False, False),  # an ordinary dependency: Snakemake sees to it
    ],
)
def test_may_have_missed(ran, ancient, expected):
    assert second_pass.may_have_missed(dag(ran, ancient)) is expected


def test_repeats_targets_and_settings():
    workflow = SimpleNamespace(
        dag_settings=SimpleNamespace(targets={"all"}), main_snakefile="Snakefile", cores=2,
        output_settings=SimpleNamespace(quiet={"host"}),
    )  # fmt: skip
    command = second_pass.command(workflow, {"study": {"delivery": "2026-11"}})
    assert command[3:] == [
        "all", "--snakefile", "Snakefile", "--cores", "2", "--nolock",
        "--quiet", "host", "--config", 'study={"delivery": "2026-11"}',
    ]  # fmt: skip
