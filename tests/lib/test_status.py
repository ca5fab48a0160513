"""STATUS is COMPLETE only for the whole, current study; a failure leaves nothing stale."""

import json
from types import SimpleNamespace

import pytest

from scripts.lib import status


class Job(SimpleNamespace):
    def __hash__(self):
        return hash(self.name)


class Dag:
    """A DAG of `jobs` {name: (needs, to run?, finished?)}; each job writes results/NAME."""

    def __init__(self, jobs):
        self.jobs = {
            name: Job(name=name, output=[f"results/{name}"], log=[f"logs/{name}"],
                      rule=SimpleNamespace(name=name))
            for name in jobs
        }  # fmt: skip
        self.spec = jobs
        self.depending = {
            job: [self.jobs[n] for n, (needs, *_) in jobs.items() if name in needs]
            for name, job in self.jobs.items()
        }

    def needrun_jobs(self):
        return [self.jobs[name] for name, (_, run, _) in self.spec.items() if run]

    def finished(self, job):
        return self.spec[job.name][2]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("results", "logs"):
        (tmp_path / name).mkdir()
    return tmp_path


def make(folder, *names):
    for name in names:
        (folder / "results" / name).write_text("old")


def left(folder):
    return {p.name for p in (folder / "results").iterdir()} - {"STATUS"}


def first_line(folder):
    return (folder / "results/STATUS").read_text().splitlines()[0]


def test_a_run_that_was_killed_says_stopped_and_leaves_nothing_older_than_its_inputs(folder):
    status.write_complete([])
    make(folder, "data", "curve", "page")
    status.on_start(Dag({"data": ((), True, False), "curve": (("data",), True, False),
                         "STATUS": (("curve",), True, False),
                         "page": ((), False, False)}))  # fmt: skip
    assert first_line(folder).startswith("STOPPED: a run was started and has not finished")
    assert left(folder) == {"page"}


def test_a_single_target_never_says_complete(folder):
    status.on_start(Dag({"data": ((), True, False)}))
    status.on_success()
    assert first_line(folder).startswith("STOPPED: only a part of the study was run")


def test_the_whole_study_says_complete(folder):
    status.on_start(Dag({"data": ((), True, False)}))
    status.write_complete(["paper: 1 of 1"])
    status.on_success()
    assert (folder / "results/STATUS").read_text() == "COMPLETE\npaper: 1 of 1\n"


def test_what_lies_behind_a_failed_gate_goes_even_if_it_was_not_going_to_run(folder):
    (folder / "logs/gate").write_text("STOPPED gate: adtte_os did not pass.\nrow 3\n")
    make(folder, "verdict", "curve", "page", "other")
    dag = Dag({
        "verdict": ((), True, True),
        "gate": (("verdict",), True, False),
        "curve": (("gate",), False, False),
        "page": (("curve",), False, False),
        "other": ((), False, False),
    })  # fmt: skip
    messages = status.on_error(dag)
    assert messages == ["gate: adtte_os did not pass.\nrow 3"]
    assert left(folder) == {"verdict", "other"}
    assert first_line(folder) == "STOPPED: gate: adtte_os did not pass."


def test_a_crash_without_a_message_names_the_step(folder):
    (folder / "logs/fit").write_text("something that is not a message for people\n")
    status.on_error(Dag({"fit": ((), True, False)}))
    assert first_line(folder) == "STOPPED: a step failed (fit)"


def test_a_folder_that_is_an_output_goes_as_a_whole(folder):
    (folder / "results/pages").mkdir()
    (folder / "results/pages/one.html").write_text("old")
    status.remove([folder / "results/pages", folder / "results/never"])
    assert left(folder) == set()


def test_a_run_ends_with_findings_that_nobody_answered_for_and_those_waived(folder):
    counts = {
        "findings": {"critical": 0, "warning": 2, "info": 1}, "waived": 1,
        "checks": {"pass": 3, "fail": 2, "error": 0, "not applicable": 0},
    }  # fmt: skip
    line = (
        "data quality: 0 critical, 2 warning, 1 info findings (1 waived); 3 of 5 checks passed "
        "(results/quality/index.html)"
    )
    assert status.closing_lines() == []
    assert status.closing_lines(counts) == [line]
    (folder / "results/quality").mkdir()
    (folder / "results/quality/summary.json").write_text(json.dumps(counts))
    assert status.closing_lines() == [line]
