"""Every suite passes the faultless study, and each of its checks fails on the row made for it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from scripts.lib.quality.suites import Suite, load_suites, read_reading
from scripts.validate_tables import validate
from tests.expectations.spoil import SPOIL
from tests.expectations.study import CONSTANTS, Tables, study

FOLDER = Path(__file__).resolve().parent.parent.parent / "expectations"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem != "reading")
SUITES = load_suites(NAMES, FOLDER)
CHECKS = {check.id: table for table, suite in SUITES.items() for check in suite.checks}


@pytest.fixture(scope="module")
def good() -> Tables:
    return study()


def judge(suite: Suite, tables: Tables) -> dict[str, tuple[str, str]]:
    """Status and reason by check id."""
    entries, _ = validate(
        suite, tables[suite.table], neighbours=tables, codelists={}, constants=CONSTANTS
    )
    return {entry["id"]: (entry["status"], entry["why"]) for entry in entries}


@pytest.mark.parametrize("table", NAMES)
def test_the_faultless_study_passes(table: str, good: Tables) -> None:
    judged = judge(SUITES[table], good)

    assert {i: found for i, found in judged.items() if found[0] != "pass"} == {}


@pytest.mark.parametrize("check_id", CHECKS)
def test_the_spoiled_row_fails(check_id: str, good: Tables) -> None:
    suite = SUITES[CHECKS[check_id]]
    alone = suite.model_copy(update={"checks": [c for c in suite.checks if c.id == check_id]})
    tables = dict(good)
    SPOIL[check_id](tables, suite.table)

    assert judge(alone, tables)[check_id] == ("fail", "")


def test_every_check_has_a_row_made_for_it() -> None:
    assert set(SPOIL) == set(CHECKS)


def test_the_readme_lists_every_suite() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")

    assert [name for name in [*NAMES, "reading"] if f"`{name}`" not in text] == []


def test_reading_knows_every_rule_that_reading_can_report() -> None:
    from scripts.lib.reading.problems import RULES

    rules = read_reading(FOLDER / "reading.yaml")

    assert {name: rule.severity for name, rule in rules.items()} == {
        name: severity for name, (severity, _) in RULES.items()
    }


def test_suites_are_plain_yaml_without_stray_booleans() -> None:
    """YAML reads `Y`, `NO`, `on` as true and false; a set of words must not hold one."""
    for name in NAMES:
        for check in yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))["checks"]:
            values = check.get("kwargs", {}).get("value_set", [])
            assert values in ([True], [False]) or not any(isinstance(v, bool) for v in values)
