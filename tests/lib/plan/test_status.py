"""STATUS is COMPLETE only for the whole, current study; a failure leaves nothing stale."""

import json
import logging
from types import SimpleNamespace

import pytest

from scripts.lib import records
from scripts.lib.plan import status


class Job(SimpleNamespace):
    def __hash__(self):
        return hash(self.name)


class Dag:
    """A DAG of `jobs` {name: (needs, to run?, finished?)}; each job writes results/NAME."""

    def __init__(self, jobs):
        self.by_name = {
            name: Job(name=name, output=[f"results/{name}"], log=[f"logs/{name}"],
                      rule=SimpleNamespace(name=name))
            for name in jobs
        }  # fmt: skip
        self.spec = jobs
        self.depending = {
            job: [self.by_name[n] for n, (needs, *_) in jobs.items() if name in needs]
            for name, job in self.by_name.items()
        }

    @property
    def jobs(self):
        return list(self.by_name.values())

    def needrun_jobs(self):
        return [self.by_name[name] for name, (_, run, _) in self.spec.items() if run]

    def finished(self, job):
        return self.spec[job.name][2]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("results", "logs"):
        (tmp_path / name).mkdir()
    return tmp_path


WRITE_STATUS = "write_status"  # its output is the token: a run with it is one of the whole study


@pytest.fixture
def token(monkeypatch, folder):
    monkeypatch.setattr(status, "TOKEN", status.Path(f"results/{WRITE_STATUS}"))


def make(folder, *names, rule="a_rule"):
    for name in names:
        path = folder / "results" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("old")
        records.write_record(rule, [f"results/{name}"], {})


def left(folder):
    found = (p for p in (folder / "results").rglob("*") if p.is_file())
    return {p.relative_to(folder / "results").as_posix() for p in found} - {"STATUS", "status.js"}


def lines(folder):
    return (folder / "results/STATUS").read_text().splitlines()


def study(**pending):
    """Outputs of the whole study, and whether each would have to be made."""
    return {f"results/{name.replace('__', '/')}": now for name, now in pending.items()}


def test_a_run_that_was_killed_says_stopped_and_leaves_nothing_older_than_its_inputs(folder):
    make(folder, "data", "curve", "page")
    dag = Dag({"data": ((), True, False), "curve": (("data",), True, False),
               "page": ((), False, False)})  # fmt: skip
    status.on_start(dag, study(data=True, curve=True, page=False), ["a_rule"])
    assert lines(folder)[0].startswith("STOPPED: a run was started and has not finished")
    assert left(folder) == {"page"}


def test_what_a_step_that_crashed_said_goes_when_it_runs_again(folder):
    words = [folder / f"data/private/crashes/{name}.txt" for name in ("data", "page")]
    words[0].parent.mkdir(parents=True)
    for path in words:
        path.write_text("a patient's value")
    status.on_start(Dag({"data": ((), True, False), "page": ((), False, False)}), study(), ["all"])
    assert [path.exists() for path in words] == [False, True]


def test_a_run_of_a_part_removes_what_of_the_rest_is_stale_and_says_what_there_is(folder):
    make(folder, "ard/km.csv", "ard/cox.csv", "report/index.html", "quality/page")
    whole = study(ard__km=False) | {
        "results/ard/km.csv": False, "results/ard/cox.csv": True,
        "results/report/index.html": True, "results/quality/page": False,
    }  # fmt: skip
    del whole["results/ard/km"]
    state = status.on_start(
        Dag({"quality/page": ((), True, False)}), whole, ["a_rule"], ["quality"]
    )
    make(folder, "quality/page")
    status.on_success(state)
    assert left(folder) == {"ard/km.csv", "quality/page"}
    assert lines(folder)[:4] == [
        "PARTIAL: quality", "results/ard: 1 of 2 files, current",
        "results/quality: 1 of 1 files, current", "results/report: absent",
    ]  # fmt: skip


def test_the_whole_study_says_complete(folder, token):
    state = status.on_start(Dag({WRITE_STATUS: ((), True, False)}), None, [])
    assert state.whole
    status.write_complete(["paper: 1 of 1"], {"results/a": "hash"})
    status.on_success(state)
    assert lines(folder) == ["COMPLETE", "paper: 1 of 1"]
    assert json.loads(status.TOKEN.read_text()) == {"results/a": "hash"}


def test_the_pages_are_told_the_same_as_status(folder):
    status.write_stopped("no file </script>", ["look there"])
    script = (folder / "results/status.js").read_text()
    said = json.loads(script.removeprefix("window.cohortgateStatus = ").strip().rstrip(";"))
    assert said == lines(folder) == ["STOPPED: no file </script>", "look there"]
    assert "</script" not in script


def test_what_no_rule_makes_any_more_goes_and_is_named(folder, token):
    make(folder, "kept", "imputation.csv", rule="fit")
    make(folder, "gone_with_its_rule", rule="not_there_any_more")
    make(folder, "deliveries.html", rule="compare_deliveries")  # stands apart from the study
    dag = Dag({"kept": ((), False, False), WRITE_STATUS: ((), True, False)})
    state = status.on_start(dag, None, ["fit", "compare_deliveries"])
    assert left(folder) == {"kept", "deliveries.html"}
    status.write_complete([], {})
    status.on_success(state)
    assert lines(folder)[1:] == [
        "Removed, because nothing of this study makes it any more: "
        "results/gone_with_its_rule, results/imputation.csv"
    ]


def test_what_a_step_that_runs_again_no_longer_makes_goes_too(folder, token):
    """One job drew two figures and now draws one: its records go before it runs."""
    make(folder, "kept")
    records.write_record("plot", ["results/kept", "results/second"], {})
    make(folder, "second")
    records.write_record("plot", ["results/kept", "results/second"], {})
    dag = Dag({"kept": ((), True, False), WRITE_STATUS: ((), True, False)})
    state = status.on_start(dag, None, ["plot"])
    assert left(folder) == set()
    assert state.dropped == ["results/second"]


def test_an_output_of_a_rule_apart_goes_when_what_it_was_made_from_changed(folder, token):
    (folder / "raw").write_text("old")
    make(folder, "deliveries.html")
    records.write_record("compare", ["results/deliveries.html"], records.look(["raw"]))
    (folder / "raw").write_text("new!")
    status.on_start(Dag({WRITE_STATUS: ((), True, False)}), None, ["compare"])
    assert left(folder) == set()


def test_a_file_that_no_step_made_is_named_and_left(folder, token):
    state = status.on_start(Dag({WRITE_STATUS: ((), True, False)}), None, [])
    (folder / "results/notes.docx").write_text("of a person")
    status.write_complete([], {})
    status.on_success(state)
    assert lines(folder)[1:] == ["Not made by this study: results/notes.docx"]


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
    messages = status.on_error(dag, status.State())
    assert messages == ["gate: adtte_os did not pass.\nrow 3"]
    assert left(folder) == {"verdict", "other"}
    assert lines(folder)[0] == "STOPPED: gate: adtte_os did not pass."


def test_a_crash_names_its_step_and_its_log_and_not_what_it_blocked(folder):
    (folder / "logs/fit").write_text("CRASHED fit: KeyError in x.py. Stack: logs/fit.\nStack ...\n")
    dag = Dag({"fit": ((), True, False), "table": (("fit",), True, False)})
    status.on_error(dag, status.State())
    assert lines(folder)[0] == "STOPPED: CRASHED fit: KeyError in x.py. Stack: logs/fit."


def test_a_run_that_a_person_ended_says_so(folder):
    (folder / "logs/fit").write_text("something that is not a message for people\n")
    status.on_error(Dag({"fit": ((), True, False)}), status.State())
    assert lines(folder)[0] == (
        "STOPPED: the run was ended by hand (Ctrl-C, or a signal) before fit"
    )


def test_a_run_that_was_ended_when_its_last_step_was_done_says_so(folder):
    """SIGTERM: Snakemake lets the step that runs come to its end."""
    status.on_error(Dag({"fit": ((), True, True)}), status.State())
    assert lines(folder)[0] == "STOPPED: the run was ended by hand (Ctrl-C, or a signal)"


def test_a_step_that_was_killed_or_did_not_start_is_named(folder):
    """A missing package, or the system that ends what takes too much memory: no log is written."""
    dag = Dag({"fit": ((), True, False), "table": (("fit",), True, False)})
    status.on_error(dag, status.State(), [dag.by_name["fit"]])
    assert lines(folder)[0].startswith("STOPPED: CRASHED fit: it ended without a word (killed")
    assert "table" not in lines(folder)[0]


def test_a_run_of_a_part_does_not_repeat_lines_of_an_older_run(folder):
    make(folder, "quality/summary.json", "report/index.html")
    status.write_partial("report")
    state = status.State(asked=["results/report/index.html"])
    assert status.end_lines(state) == [
        "made or current: results/report/index.html", "status: PARTIAL: report (results/STATUS)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "jobs_start", "first"),
    [
        ("MissingInputException in rule x", True, "STOPPED: MissingInputException in rule x"),
        ("MissingInputException in rule x", False, "before"),  # snakemake -n
        ("Error: Directory cannot be locked.", True, "before"),  # of the run that holds it
    ],
)
def test_what_snakemake_says_before_the_first_job_stands_in_status(folder, said, jobs_start, first):
    (folder / "results/STATUS").write_text("before\n")
    watch = status._Watch(lambda: jobs_start)
    record = logging.LogRecord("", logging.ERROR, "", 0, said, None, None)
    assert status.not_said_yet(record)
    watch.emit(record)
    watch.end()
    assert lines(folder)[0] == first


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
    assert status.closing_lines(stopped=counts) == [line]
    (folder / "results/quality").mkdir()
    (folder / "results/quality/summary.json").write_text(json.dumps(counts))
    assert status.closing_lines() == [line]


def test_what_a_step_said_in_an_earlier_run_is_not_said_again(folder):
    dag = Dag({"gate": ([], True, False), "kept": ([], False, True)})
    for name in ("gate", "kept"):
        (folder / "logs" / name).write_text("STOPPED of an earlier run")

    state = status.on_start(dag, {}, set())

    assert status.on_error(dag, state) == []
    assert "(Ctrl-C, or a signal) before gate" in status.STATUS.read_text()
    assert (folder / "logs/kept").exists()


@pytest.mark.parametrize(
    ("end", "shown"),
    [
        ("returned non-zero exit status 130.", False),
        ("died with <Signals.SIGINT: 2>.", False),
        ("died with <Signals.SIGTERM: 15>.", False),
        ("died with <Signals.SIGKILL: 9>.", True),
    ],
)
def test_a_run_that_a_person_ended_shows_no_block_around_it(end, shown):
    text = f"RuleException:\nCalledProcessError in file\nCommand 'x' {end}"
    record = logging.LogRecord("x", logging.ERROR, "f", 1, text, None, None)

    assert status.not_said_yet(record) is shown


def test_the_message_of_a_lock_tells_the_remedy():
    record = logging.LogRecord(
        "", logging.ERROR, "", 0, "LockException:\nError: Directory cannot be locked.", None, None
    )
    assert status.not_said_yet(record)
    assert "`snakemake --unlock`, then `snakemake` again" in record.getMessage()


# ---- a run that was asked for a part, or not for all of its steps


class Workflow(SimpleNamespace):
    def __init__(self, dag, **settings):
        limits = {"until": (), "omit_from": (), "allowed_rules": ()} | settings
        dag.targetrules, dag.targetfiles = [SimpleNamespace(name="all")], []
        super().__init__(
            dag=dag, touch=False, dryrun=False, scheduler=object(), rules=[],
            dag_settings=SimpleNamespace(**limits),
        )  # fmt: skip


@pytest.fixture
def asked(monkeypatch):
    """What a look at the whole study says."""
    said = {}
    monkeypatch.setattr(status, "ask_whole_study", lambda _: said)
    return said


def test_a_run_of_allowed_rules_is_never_whole_and_leaves_nothing_stale(folder, token, asked):
    """`--allowed-rules write_status`: the last step alone would say COMPLETE of old results."""
    make(folder, "ard/old.csv")
    asked |= {"results/ard/old.csv": True}
    dag = Dag({WRITE_STATUS: ((), True, False)})
    run = status.Run(Workflow(dag, allowed_rules=[WRITE_STATUS]))
    run.start()
    status.write_complete([], {})
    run.succeed()
    assert lines(folder)[0] == "PARTIAL: all, by the rules write_status"
    assert not status.TOKEN.exists() and left(folder) == set()


def test_a_part_that_had_nothing_to_do_does_not_leave_complete_beside_stale_results(folder, asked):
    make(folder, "ard/km.csv", "ard/old.csv")
    status.write_complete([], {})
    asked |= {"results/ard/km.csv": False}
    run = status.Run(Workflow(Dag({"ard/km.csv": ((), False, False)})))
    run.end()
    assert lines(folder) == ["COMPLETE"]
    asked |= {"results/ard/old.csv": True}
    run.end()
    assert lines(folder)[:2] == ["PARTIAL: all", "results/ard: 1 of 2 files, current"]
    assert left(folder) == {"ard/km.csv"}


@pytest.mark.parametrize("why", ["dryrun", "not built", "locked", "jobs ran"])
def test_a_call_that_only_looked_or_is_not_alone_changes_nothing(folder, asked, why):
    make(folder, "ard/old.csv")
    status.write_complete([], {})
    asked |= {"results/ard/old.csv": True}
    workflow = Workflow(Dag({"ard/km.csv": ((), False, False)}))
    run = status.Run(workflow)
    workflow.dryrun = why == "dryrun"
    run.started = why == "jobs ran"
    if why == "not built":
        workflow.scheduler = None
    if why == "locked":
        (folder / ".snakemake/locks").mkdir(parents=True)
        (folder / ".snakemake/locks/0.input.lock").touch()
    run.end()
    assert lines(folder) == ["COMPLETE"] and left(folder) == {"ard/old.csv"}


# ---- gates in a run of a part, and what is made after a stop


def behind_a_gate(folder):
    """adae -> its gate -> a table of adverse events -> the report; and a curve beside them."""
    make(folder, "ard/km.csv")
    for name, read in (
        ("ard/ae.csv", "data/gates/adae.passed"),
        ("report/ae", "results/ard/ae.csv"),
    ):
        make(folder, name)
        records.write_record("a_rule", [f"results/{name}"], {read: ["hash"]})
    return {f"results/{name}": False for name in ("ard/km.csv", "ard/ae.csv", "report/ae")} | {
        "data/gates/adae.passed": True
    }


@pytest.mark.parametrize(
    ("opens", "kept", "line"),
    [
        ({"adae": False}, {"ard/km.csv"}, "Shut: the gate of adae. Nothing behind it was kept."),
        ({}, {"ard/km.csv", "ard/ae.csv", "report/ae"}, "Not asked again yet: the gate of adae"),
        (
            {"adae": True},
            {"ard/km.csv", "ard/ae.csv", "report/ae"},
            "results/ard: 2 of 2 files, current",
        ),
    ],  # fmt: skip
)
def test_a_part_after_an_edited_suite_keeps_nothing_behind_a_gate_that_is_now_shut(
    folder, opens, kept, line
):
    whole = behind_a_gate(folder)
    state = status.on_start(Dag({"quality": ((), True, False)}), whole, ["a_rule"], ["quality"])
    status.on_success(state, lambda _: opens)
    assert left(folder) == kept
    assert lines(folder)[:2] == ["PARTIAL: quality", line]


def test_status_says_what_was_made_after_a_stop(folder):
    """Page and register are made from what there is; they are not those of the whole study."""
    dag = Dag({"quality/page": ((), True, False), "ard/km.csv": ((), False, False)})
    make(folder, "ard/km.csv")
    run = status.Run(Workflow(dag))
    run.workflow.scheduler = SimpleNamespace(_user_kill=None, failed=[dag.by_name["quality/page"]])
    whole = {"results/ard/km.csv": False, "results/quality/page": True, "results/queries/q": True}
    run.state = status.on_start(dag, whole, ["a_rule"])
    run.fail()
    assert lines(folder)[2:5] == [
        "results/ard: 1 of 1 files, current", "results/quality: absent", "results/queries: absent",
    ]  # fmt: skip
    make(folder, "queries/q")
    run.rendered()
    assert lines(folder)[4:6] == [
        "results/queries: none current",
        "Made after the stop from what there was: results/queries/q",
    ]  # fmt: skip
