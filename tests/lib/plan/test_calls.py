"""A call of snakemake that would leave stale results or a wrong STATUS stops with one line."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from scripts.lib.plan import calls

OWN = ("start", "success", "error")
ALL = ("MTIME", "PARAMS", "INPUT", "SOFTWARE_ENV")


def workflow(*, no_hooks=False, hooks=OWN, triggers=ALL, mode="DEFAULT", **dag):
    start, success, error = hooks
    settings = {"until": set(), "omit_from": set(), "allowed_rules": set()} | dag
    return SimpleNamespace(
        _onstart=start,
        _onsuccess=success,
        _onerror=error,
        execution_settings=SimpleNamespace(no_hooks=no_hooks),
        exec_mode=SimpleNamespace(name=mode),
        rerun_triggers=[SimpleNamespace(name=name) for name in triggers],
        dag_settings=SimpleNamespace(**settings),
        modifier=SimpleNamespace(parent_modifier=None),
    )


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ({}, None),
        ({"triggers": [*ALL, "CODE"]}, None),
        ({"no_hooks": True}, "--no-hooks would leave stale results"),
        ({"no_hooks": True, "mode": "REMOTE"}, None),  # a job's own process
        ({"hooks": ("start", "another", "error")}, "has an onstart, onsuccess or onerror"),
        ({"triggers": ["MTIME"]}, "--rerun-triggers without params, input would"),
        ({"triggers": ["CODE", "PARAMS", "INPUT"]}, "--rerun-triggers without mtime would"),
    ],
)
def test_a_call_that_cannot_keep_the_promise_of_status_is_refused(call, said):
    told = calls.refused(workflow(**call), OWN)
    assert told is None if said is None else said in told


def test_looking_at_the_jobs_alone_is_never_refused_for_hooks():
    looked = workflow()
    looked.execution_settings = None  # --summary, --lint
    assert calls.refused(looked, OWN) is None


def test_an_import_as_a_module_stops_with_one_line():
    imported = workflow()
    imported.modifier.parent_modifier = object()
    with pytest.raises(SystemExit, match="cannot be imported with `module:`"):
        calls.check_import(imported)
    calls.check_import(workflow())


@pytest.mark.parametrize(
    ("dag", "words"),
    [
        ({}, ""),
        ({"until": {"fit", "derive"}}, "until derive, fit"),
        (
            {"omit_from": {"a"}, "allowed_rules": {"b"}},
            "without what follows from a, by the rules b",
        ),
    ],
)
def test_what_was_left_out_of_a_run_by_hand_is_said(dag, words):
    assert calls.restricted(workflow(**dag)) == words


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({}, ""),
        ({"extract": "a folder"}, ""),
        (
            {"study": {"data_cutoff": "2023-06-30", "arms": {"a": 1}}, "report": {}},
            "Made with settings that are not those of config/: report, study.arms.a,"
            " study.data_cutoff",
        ),
    ],
)
def test_status_names_settings_of_the_call(given, line):
    assert calls.given_line(given) == line


@pytest.mark.parametrize(
    ("arguments", "jobs"),
    [
        (["--cores", "1"], True),
        (["quality", "-c1", "--touch"], True),
        (["-n"], False),
        (["--lint"], False),
        (["--unlock"], False),
    ],
)
def test_looking_is_told_from_running(arguments, jobs):
    assert calls.starts_jobs(arguments) is jobs
