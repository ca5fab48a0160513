"""Every rule of the problem lists means something to the quality record, in every study."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.lib.quality.suites import read_reading
from scripts.lib.reading.problems import RULES

ROOT = Path(__file__).resolve().parents[3]
STUDIES = [ROOT, *sorted((ROOT / "examples").iterdir())]


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_every_rule_has_its_sentence_and_its_severity(study: Path) -> None:
    rules = read_reading(study / "expectations" / "reading.yaml")
    assert sorted(rules) == sorted(RULES)
    assert {n: r.severity for n, r in rules.items()} == {n: s for n, (s, _) in RULES.items()}


def test_every_rule_is_a_question() -> None:
    assert [rule for rule, (_, question) in RULES.items() if not question.endswith("?")] == []
