"""Tables as printed, from small results."""

from __future__ import annotations

import csv
import json
from typing import Any

from scripts.lib.analysis.ard import ArdBuilder, ArdIndex
from scripts.lib.analysis.describe import add_not_collected
from scripts.lib.config.tables import CoxRow, GroupRow
from scripts.lib.display.cox_table import CoxTableMaker
from scripts.lib.display.group_table import GroupTableMaker
from scripts.lib.display.notes import kinds_note
from scripts.lib.display.printed_table import read_printed_table, write_printed_table

ARMS = [{"id": "a", "label": "Alphamab"}, {"id": "b", "label": "Standard"}]
SIZES = {"": 10, "a": 4, "b": 6}
LABELS = {"SEX": {"label": "Sex", "levels": {"m": "Male", "f": "Female"}}}


def group_rows(*rows: dict) -> list[dict]:
    return [GroupRow.model_validate(row).model_dump() for row in rows]


def group_settings(*rows: dict, **own: object) -> dict:
    table = {
        "label": "Table I", "title": "Baseline.", "head": "Characteristic", "analysis": "baseline",
        "total": "Total", "p_value": "P-value", "significant": "ᵃ", "rows": group_rows(*rows),
        "footnotes": ["ᵃP<0.05."],
    }  # fmt: skip
    return {
        "table": table | own, "arms": ARMS, "labels": LABELS, "alpha": 0.05, "absent": "-",
    }  # fmt: skip


def results(age_test: str = "Student's t test") -> ArdIndex:
    ard = ArdBuilder("baseline")
    for group, size in SIZES.items():
        ard.add("N", size, group=group)
        for level, n in (("m", size - 1), ("f", 1)):
            where: dict[str, Any] = {"group": group, "variable": "SEX", "level": level}
            ard.add("n", n, **where)
            ard.add("percent", 100 * n / size, **where)
        summary = {"mean": 60.1, "sd": 8.654, "median": 61, "q1": 55, "q3": 67}
        ard.add_all(summary, group=group, variable="AGE")
    ard.add("p_value", 0.0312, variable="SEX", method="Fisher's exact test")
    ard.add("p_value", 0.2731, variable="AGE", method=age_test)
    return ArdIndex(ard.rows)


def printed(maker: GroupTableMaker | CoxTableMaker) -> list[list[str]]:
    """Rows of the table as text."""
    table = maker.make("table1")
    return [["  " * r.indent + r.cells[0].text] + [c.text + c.mark for c in r.cells[1:]]
            for r in table.rows]  # fmt: skip


def test_heads_carry_the_number_of_patients():
    maker = GroupTableMaker(results(), group_settings({"variable": "SEX"}))
    names = maker.make("table1").column_names()
    assert names == [
        "Characteristic",
        "Total (n=10)",
        "Alphamab (n=4)",
        "Standard (n=6)",
        "P-value",
    ]


def test_levels_stand_below_their_variable_with_its_p_value():
    settings = group_settings({"variable": "SEX", "label": "Sex, n (%)", "p": "overall"})
    assert printed(GroupTableMaker(results(), settings)) == [
        ["Sex, n (%)", "", "", "", "0.031ᵃ"],
        ["  Male", "9 (90.0)", "3 (75.0)", "5 (83.3)", ""],
        ["  Female", "1 (10.0)", "1 (25.0)", "1 (16.7)", ""],
    ]


def test_a_numeric_variable_prints_what_its_test_compares():
    row = {"variable": "AGE", "show": "numeric", "label": "Mean age ± SD", "p": "overall",
           "label_median": "Median age (IQR)"}  # fmt: skip
    student = GroupTableMaker(results(), group_settings(row))
    assert printed(student)[0][:2] == ["Mean age ± SD", "60.10±8.65"]
    ranked = GroupTableMaker(results("Mann-Whitney test"), group_settings(row))
    assert printed(ranked)[0][:2] == ["Median age (IQR)", "61.00 (55.00-67.00)"]


def test_a_row_of_one_arm_is_dashed_in_the_others():
    row = {"variable": "SEX", "label": "Sex", "groups": ["b"], "levels": ["f"]}
    maker = GroupTableMaker(results(), group_settings(row))
    assert printed(maker)[1] == ["  Female", "-", "-", "1 (16.7)", ""]


def test_a_table_without_total_and_p_value():
    row = {"variable": "SEX", "show": "level", "level": "f"}
    maker = GroupTableMaker(results(), group_settings(row, total=None, p_value=None))
    assert printed(maker) == [["Female", "1 (25.0)", "1 (16.7)"]]


def test_the_most_frequent_level_first():
    row = {"variable": "SEX", "by_frequency": True, "levels": ["f", "m"]}
    rows = printed(GroupTableMaker(results(), group_settings(row)))
    assert [cells[0] for cells in rows] == ["Sex", "  Male", "  Female"]


def test_the_last_footnote_says_which_test_compared_what():
    settings = group_settings(
        {"variable": "SEX", "p": "overall"},
        {"variable": "AGE", "show": "numeric", "label": "Age", "p": "overall"},
    )
    notes = GroupTableMaker(results(), settings).make("table1").footnotes
    assert notes == [
        "ᵃP<0.05.",
        "P-values: Fisher's exact test (Sex), Student's t test (Age). Two-sided.",
    ]


def test_files_hold_text_and_where_each_number_comes_from(tmp_path):
    row = {"variable": "SEX", "show": "level", "level": "m", "p": "overall"}
    table = GroupTableMaker(results(), group_settings(row)).make("table1")
    write_printed_table(table, tmp_path / "t.csv", tmp_path / "t.json")
    lines = list(csv.reader((tmp_path / "t.csv").open(encoding="utf-8", newline="")))
    assert lines[1] == ["Male", "9 (90.0)", "3 (75.0)", "5 (83.3)", "0.031ᵃ"]
    cell = json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))["rows"][0]["cells"][2]
    assert cell["keys"][0] == (
        "analysis=baseline; population=all; group=a; variable=SEX; level=m; statistic=n"
    )
    assert read_printed_table(tmp_path / "t.json") == table


def test_a_variable_that_is_not_collected_says_so_and_why():
    ard = ArdBuilder("baseline")
    for group, size in SIZES.items():
        ard.add("N", size, group=group)
    add_not_collected(ard, "KPS", SIZES)
    shown = [{"variable": "KPS", "p": "overall"}, {"variable": "KPS", "show": "numeric"}]
    settings = group_settings(*shown) | {"not_collected": {"KPS": "ECOG alone is recorded"}}
    maker = GroupTableMaker(ArdIndex(ard.rows), settings)
    assert printed(maker) == [["KPS", *["Not collected"] * 3, "-"]] * 2
    assert "Not collected: KPS; KPS (ECOG alone is recorded)." in maker.make("table1").footnotes


# ---- Cox models ------------------------------------------------------------------------------


def cox_results() -> ArdIndex:
    rows = []
    for analysis in ("cox_univariable", "cox_multivariable"):
        ard = ArdBuilder(analysis, "PFS")
        for variable, level, hr in (("SEX", "f", 1.173), ("TRT01A", "a", 0.601), ("AGE", "", None)):
            if analysis == "cox_multivariable" and variable == "SEX":
                continue
            where: dict[str, Any] = {"variable": variable, "level": level}
            note = "" if hr else "not estimable: separation"
            ard.add("N", 10, **where)
            values = {"hr": hr, "hr_ci_low": hr and hr / 2, "hr_ci_high": hr and hr * 2}
            method = (
                "log-rank test" if (analysis, variable) == ("cox_univariable", "TRT01A") else "Wald"
            )
            ard.add_all(values, note=note, **where)
            ard.add_all({"p_value": hr and 0.0004}, method=method, note=note, **where)
        rows += ard.rows
    return ArdIndex(rows)


def cox_settings() -> dict:
    rows = [{"variable": "AGE", "label": "Age"}, {"variable": "SEX", "label": "Sex"}]
    rows += [{"variable": "TRT01A", "label": "Treatment"}]
    return {
        "table": {
            "label": "Table III", "title": "Risk factors.", "head": "Characteristic",
            "columns": [{"analysis": "cox_univariable", "head": "Univariable"},
                        {"analysis": "cox_multivariable", "head": "Multivariable"}],
            "hazard_ratio": "HR (95% CI)", "p_value": "P-value", "reference": "Reference",
            "not_estimable": "Not estimable", "footnotes": [],
            "rows": [CoxRow.model_validate(row).model_dump() for row in rows],
        },
        "parameter": "PFS",
        "labels": LABELS | {"TRT01A": {"label": "", "levels": {"a": "Alphamab", "b": "Standard"}}},
        "references": {"SEX": "m", "TRT01A": "b"},
    }  # fmt: skip


def test_reference_levels_and_covariates_that_a_model_leaves_out():
    assert printed(CoxTableMaker(cox_results(), cox_settings())) == [
        ["Age", "Not estimable", "-", "Not estimable", "-"],
        ["Sex", "", "", "", ""],
        ["  Male", "Reference", "", "", ""],
        ["  Female", "1.173 (0.587-2.346)", "<0.001", "", ""],
        ["Treatment", "", "", "", ""],
        ["  Standard", "Reference", "", "Reference", ""],
        ["  Alphamab", "0.601 (0.301-1.202)", "<0.001", "0.601 (0.301-1.202)", "<0.001"],
    ]


def test_the_footnote_names_the_test_of_treatment_where_it_is_another():
    notes = CoxTableMaker(cox_results(), cox_settings()).make("table3").footnotes
    assert notes == [
        "Hazard ratios and P-values: Wald; P-value of Treatment (Univariable): log-rank test. "
        "Two-sided.",
        kinds_note(["Univariable"], ["Multivariable"]),
    ]


def test_what_is_known_only_after_the_start_is_marked_and_said():
    late = {"SEX": LABELS["SEX"] | {"late": True}}
    settings = group_settings(
        {"variable": "SEX", "mark": "ᵇ"}, {"variable": "AGE", "show": "numeric"}
    )
    groups = GroupTableMaker(results(), settings | {"labels": LABELS | late}).make("table1")
    cox = cox_settings()
    cox |= {"labels": cox["labels"] | late}
    covariates = CoxTableMaker(cox_results(), cox).make("table3")

    assert [row.cells[0].mark for row in groups.rows] == ["ᵇ,†", "", "", ""]
    assert [row.cells[0].mark for row in covariates.rows] == ["", "†", "", "", "", "", ""]
    for table in (groups, covariates):
        assert table.footnotes[0] == "†Known only after the start of treatment."
