"""Gates that stand open need a reason that is shown."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from scripts.lib.config.quality import Quality, open_gates


@pytest.mark.parametrize("stops", [[], ["warning"], ["info", "warning"]])
@pytest.mark.parametrize("reason", [{}, {"stops_reason": ""}, {"stops_reason": "  "}])
def test_without_critical_a_reason_is_asked_for(stops: list[str], reason: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="stops_reason"):
        Quality(stops=stops, **reason)


@pytest.mark.parametrize("given", [{}, {"stops": ["critical"]}, {"stops": ["critical", "info"]}])
def test_gates_that_shut_need_none(given: dict[str, Any]) -> None:
    assert open_gates(Quality(**given).model_dump()) == ""


def test_the_reason_is_said() -> None:
    told = open_gates(Quality(stops=[], stops_reason="a dry run of the extract").model_dump())

    assert told.endswith("(severities that stop: none). Reason: a dry run of the extract")


@pytest.mark.parametrize("path", ["", "  ", "\x85", "a\nb.csv"])
def test_the_file_of_waivers_has_a_name(path: str) -> None:
    with pytest.raises(ValidationError, match="an empty name, or one with signs that nobody sees"):
        Quality(waivers=path)
