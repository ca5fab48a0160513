"""The campaign finds planted faults, comes again by its seed, and holds on the product as it is."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pytest

from scripts.lib.display import printed_table
from scripts.lib.errors import Stop
from scripts.lib.quality import findings
from scripts.tools import campaign
from scripts.tools.campaigns import (
    configurations,
    extracts,
    gates,
    independent_reader,
    reruns,
    words,
)
from scripts.tools.campaigns.cases import run_case
from scripts.tools.campaigns.independent_reader import ASK, FROM_1900, right_number, right_value

SIZE = range(1, 31)
DATE = {"type": "date", "formats": ["%Y-%m-%d"], "missing": ["NA"]}
NUMBER: dict[str, Any] = {
    "type": "number", "missing": [], "unit": "kg", "units": {"斤": 0.5}, "decimal": ".",
    "thousands": None, "min": 20, "max": 300,
}  # fmt: skip
SETTINGS = {"format": "csv", "first_day": FROM_1900, "sentinel_dates": ["1900-01-01"], "codes": {}}


def broken(part, case, folder, numbers=SIZE):
    found = {n: run_case(case, part, 1, n, folder) for n in numbers}
    return [one for one in found.values() if one.kind == "broken"]


def test_nothing_breaks_in_mutated_extracts(tmp_path):
    assert broken("extracts", extracts.case, tmp_path) == []


def test_a_reader_that_loses_a_row_is_found(tmp_path, monkeypatch):
    def loses(path, settings):
        raw = read(path, settings)
        raw.keep(np.arange(1, len(raw.rows)))
        return raw

    read = extracts.read_raw
    monkeypatch.setattr(extracts, "read_raw", loses)
    assert any(
        "kept or set aside" in one.said for one in broken("extracts", extracts.case, tmp_path)
    )


def test_a_value_that_differs_in_silence_is_found(tmp_path, monkeypatch):
    def differs(*given):
        kept, problems, aside = standardise(*given)
        at = kept.column_names.index("line")
        return kept.set_column(at, "line", pc.add(kept["line"], 1)), problems, aside

    standardise = extracts.standardise
    monkeypatch.setattr(extracts, "standardise", differs)
    assert any("in silence" in one.said for one in broken("extracts", extracts.case, tmp_path))


def test_nothing_is_computed_past_a_gate_and_a_door_left_open_is_found(tmp_path, monkeypatch):
    assert broken("gates", gates.case, tmp_path) == []
    monkeypatch.setattr(gates.records, "check_gates", lambda _: None)
    assert any("did not pass" in one.said for one in broken("gates", gates.case, tmp_path))


def test_words_are_neutral_and_a_formula_is_found(tmp_path, monkeypatch):
    numbers = range(1, 13)
    assert broken("words", words.case, tmp_path, numbers) == []
    monkeypatch.setattr(printed_table, "neutral_row", list)
    monkeypatch.setattr(findings, "neutral_frame", lambda frame: frame)
    assert any("a formula" in one.said for one in broken("words", words.case, tmp_path, numbers))


def test_a_crash_is_found(tmp_path, monkeypatch):
    def crashes(*_):
        raise KeyError("x")

    monkeypatch.setattr(extracts, "combine", crashes)
    assert any("a crash: KeyError" in b.said for b in broken("extracts", extracts.case, tmp_path))


def test_a_configuration_check_that_crashes_is_found(tmp_path, monkeypatch):
    def crashes(_):
        raise AttributeError("x")

    configurations._study(tmp_path)
    monkeypatch.setattr(configurations, "_open", crashes)
    found = broken("configurations", configurations.case, tmp_path, range(1, 4))
    assert len(found) == 3 and all("a crash: AttributeError" in one.said for one in found)


def test_a_configuration_message_without_a_file_is_found(tmp_path, monkeypatch):
    def stops(_):
        raise Stop("something is wrong")

    configurations._study(tmp_path)
    monkeypatch.setattr(configurations, "_open", stops)
    found = broken("configurations", configurations.case, tmp_path, range(1, 4))
    assert len(found) == 3 and all("names no file" in one.said for one in found)


@pytest.mark.parametrize(
    ("text", "spec", "value"),
    [
        ("2021-02-30", DATE, ASK),
        ("１９００-01-01", DATE, None),
        ("NA", DATE, None),
        ("60,5", NUMBER, ASK),
        ("120 斤", NUMBER, 60.0),
        ("10²", NUMBER, ASK),
        ("301", NUMBER, ASK),
    ],
)
def test_the_independent_reader_says_what_is_right(text, spec, value):
    assert right_value(text, spec, SETTINGS) == value


def test_the_independent_reader_restores_lost_zeros():
    spec = {"width": 6, "pad": "0", "pattern": r"^\d{6}$"}
    assert right_number(" １２.0", spec, ["-"]) == "000012"
    assert right_number("A00001", spec, ["-"]) is None


def test_the_independent_reader_shares_no_code_with_the_product():
    text = Path(independent_reader.__file__).read_text(encoding="utf-8")
    names = [
        name.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    ]  # fmt: skip
    assert "openpyxl" in names and not [name for name in names if name.startswith("scripts")]


GATE = "data/gates/t.passed"


@pytest.mark.parametrize(
    ("files", "params", "made"),
    [
        (set(), {}, set()),
        ({"raw.csv"}, {}, {"t", GATE, "ard", "page"}),  # all that is made from it
        ({"suite"}, {}, {GATE}),  # a gate does not age
        (set(), {"ard": "other"}, {"ard", "page"}),
        ({"page.j2"}, {}, {"page"}),
    ],
)
def test_an_edit_concerns_what_is_made_from_it_and_nothing_behind_a_gate(files, params, made):
    inputs = {
        "t": ["raw.csv"],
        GATE: ["t", "suite"],
        "ard": ["t", GATE],
        "page": ["ard", "page.j2"],
    }
    before = {n: {"rule": n, "params": "", "input": i, "log": [n]} for n, i in inputs.items()}
    wanted = {n: meta | {"params": params.get(n, "")} for n, meta in before.items()}
    assert reruns.concerned(before, wanted, files) == made


def test_the_report_says_what_broke_and_how_it_comes_again(tmp_path, monkeypatch, capsys):
    def loses(*given):
        kept, problems, aside = standardise(*given)
        return kept.slice(1), problems, aside

    report = tmp_path / "report.txt"
    arguments = ["--part", "extracts", "--seed", "1", "--report", str(report)]
    assert campaign.main([*arguments, "--size", "3"]) == 0
    standardise = extracts.standardise
    monkeypatch.setattr(extracts, "standardise", loses)
    assert campaign.main([*arguments, "--size", "3"]) == 1
    said = report.read_text(encoding="utf-8")
    assert said in capsys.readouterr().out + "\n" and "3 tried" in said
    number = said.split("--only ")[1].split(":")[0]
    again = [*arguments, "--only", number]
    assert campaign.main(again) == 1
    assert report.read_text(encoding="utf-8").splitlines()[1] in said
