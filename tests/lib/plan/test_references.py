"""What cohort and endpoints name is looked up when the workflow is parsed."""

from __future__ import annotations

import copy
from importlib import import_module
from pathlib import Path

import pytest

from scripts.lib.config.load import SECTIONS, read_yaml
from scripts.lib.config.specs import split_variables, without_words
from scripts.lib.errors import Stop
from scripts.lib.plan.references import check_references

FOLDER = Path(__file__).resolve().parents[3] / "config"


def of(section: str):
    model = getattr(import_module(f"scripts.lib.config.{section}"), SECTIONS[section])
    content = read_yaml(FOLDER / f"{section}.yaml")[section]
    return model.model_validate(content).model_dump(mode="json")


CONFIG = {name: of(name) for name in ("study", "sources", "cohort", "endpoints")}


def test_the_demonstration_study_names_only_what_it_declares():
    check_references(CONFIG)


def changed(path: str, value: object):
    config = copy.deepcopy(CONFIG)
    *above, last = path.split(".")
    at = config
    for key in above:
        at = at[int(key)] if isinstance(at, list) else at[key]
    at[int(last) if isinstance(at, list) else last] = value
    return config


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("cohort.screened", "persons", "cohort.screened: table persons"),
        ("cohort.dates.treatments", "begun", "cohort.dates: column begun of treatments"),
        ("cohort.variables.0.column", "born", "cohort.variables.BIRTHDT: column born of patients"),
        ("cohort.arm.0.value", "other", "cohort.arm: arm other"),
        ("study.arms.0.id", "other", "nobody is assigned to other"),
        ("endpoints.time_to_event.os.start", "L4_START", "time_to_event.os: variable L4_START"),
        ("endpoints.time_to_event.pfs.ignoring", ["x"], "time_to_event.pfs: criterion x"),
        ("endpoints.response.column", "answer", "endpoints.response: column answer of assessments"),
        ("endpoints.adverse_events.where", "when == 2", "column when of adverse_events"),
        ("sources.tables.patients.absent", True, "screened: table patients is declared absent"),
    ],
)
def test_something_that_nobody_declares_is_named_with_its_place(path, value, message):
    with pytest.raises(Stop, match=message):
        check_references(changed(path, value))


def test_an_endpoint_that_a_variable_names_must_exist():
    config = copy.deepcopy(CONFIG)
    del config["endpoints"]["time_to_event"]["pfs1"]
    with pytest.raises(Stop, match="cohort.variables.L1PFS: endpoint pfs1"):
        check_references(config)


def test_a_label_is_no_business_of_the_steps_that_compute():
    """So that wording a label anew derives nothing again."""
    variables = copy.deepcopy(CONFIG["cohort"]["variables"])
    before = without_words(variables)
    variables[0]["label"] = "Born on"
    assert without_words(variables) == before
    assert split_variables(before)[1][0]["name"] == "L1PFS"
