"""Tables of Cox models: covariates in rows, univariable and multivariable side by side."""

from __future__ import annotations

from typing import Any

from scripts.lib.analysis.ard import ALL, ALL_COVARIATES, ArdIndex, Row
from scripts.lib.analysis.formats import format_interval
from scripts.lib.display.labels import (
    late_mark,
    late_note,
    level_label,
    not_collected_note,
    variable_label,
)
from scripts.lib.display.notes import kinds_note
from scripts.lib.display.printed_table import Cell, Head, PrintedTable, TableRow, shown

LIMITS = ("hr", "hr_ci_low", "hr_ci_high")


class CoxTableMaker:
    """Makes one table.

    Parameters
    ----------
    ard
        Statistics of the models named in the columns, of one endpoint.
    settings
        `table` (config), `parameter`, `labels`, `references` (variable -> reference level; absent
        for a continuous covariate).
    """

    def __init__(self, ard: ArdIndex, settings: dict[str, Any]):
        self.ard = ard
        self.spec = settings["table"]
        self.settings = settings
        self.tests: dict[str, list[Row]] = {}

    def make(self, table_id: str) -> PrintedTable:
        """The whole table; a last footnote names the tests."""
        table = PrintedTable(table_id, self.spec["label"], self.spec["title"], self.heads())
        for row in self.spec["rows"]:
            table.rows += self.covariate(row)
        table.footnotes = [
            *late_note(self.settings["labels"], self.spec["rows"]),
            *self.spec["footnotes"],
            *not_collected_note(self.settings, self.spec["rows"]),
            *self.test_note(),
            *self.kinds(),
        ]
        return table

    def heads(self) -> list[list[Head]]:
        """Two lines: the models, then HR and P of each."""
        models = [Head(column["head"], 2) for column in self.spec["columns"]]
        each = [Head(self.spec["hazard_ratio"]), Head(self.spec["p_value"])]
        return [[Head(""), *models], [Head(self.spec["head"]), *each * len(models)]]

    def covariate(self, row: dict[str, Any]) -> list[TableRow]:
        """Rows of one covariate."""
        variable = row["variable"]
        label = row["label"] or variable_label(self.settings["labels"], variable)
        mark = late_mark(self.settings["labels"], variable)
        reference = self.settings["references"].get(variable)
        if absent := self.not_collected(variable):
            return [TableRow([Cell(label), *absent])]
        if reference is None:
            return [TableRow([Cell(label, mark), *self.cells(variable, "")])]
        empty = [Cell()] * (2 * len(self.spec["columns"]))
        lines = [TableRow([Cell(label, mark), *empty], heading=True)]
        lines.append(TableRow([Cell(self.level(row, reference)), *self.at_reference(variable)], 1))
        for level in self.compared(variable):
            lines.append(TableRow([Cell(self.level(row, level)), *self.cells(variable, level)], 1))
        return lines

    def not_collected(self, variable: str) -> list[Cell]:
        """Cells that say so, where the hospital does not record the covariate; else none."""
        found = [self.find(c, variable, "", "hr") for c in self.spec["columns"]]
        if not any(row and row.not_collected for row in found):
            return []
        return [cell for row in found for cell in (Cell(row.display if row else ""), Cell())]

    def level(self, row: dict[str, Any], level: str) -> str:
        """Label of a level."""
        own = row["labels"].get(level)
        return own or level_label(self.settings["labels"], row["variable"], level)

    def compared(self, variable: str) -> list[str]:
        """Levels that a model compares with the reference, in order."""
        rows = self.ard.select(variable=variable, statistic="N")
        return list(dict.fromkeys(row.level for row in rows))

    def at_reference(self, variable: str) -> list[Cell]:
        """`Reference` in the columns of the models that hold the covariate."""
        cells = []
        for column in self.spec["columns"]:
            model = {"analysis": column["analysis"], "population": column.get("population", ALL)}
            held = self.ard.select(variable=variable, statistic="N", **model)
            cells += [Cell(self.spec["reference"] if held else ""), Cell()]
        return cells

    def find(self, column: dict[str, str], variable: str, level: str, statistic: str) -> Row | None:
        """One statistic of a column's model."""
        key = {"parameter": self.settings["parameter"], "variable": variable, "level": level}
        key |= {"population": column.get("population", ALL), "analysis": column["analysis"]}
        return self.ard.find(statistic=statistic, **key)

    def cells(self, variable: str, level: str) -> list[Cell]:
        """HR with limits and P of each model; empty where the covariate is not in it."""
        cells = []
        for column in self.spec["columns"]:
            found = [self.find(column, variable, level, name) for name in LIMITS]
            p = self.find(column, variable, level, "p_value")
            cells += [self.ratio(found), self.p_cell(p)]
        return cells

    def ratio(self, found: list[Row | None]) -> Cell:
        """`HR (low-high)`."""
        hr, low, high = found
        if hr is None or low is None or high is None:
            return Cell()
        if hr.number is None:
            return shown([hr], self.spec["not_estimable"])
        limits = format_interval(low.display, high.display)
        return shown(found, f"{hr.display} ({limits})")

    def p_cell(self, p: Row | None) -> Cell:
        """P value; its test is noted."""
        if p is None:
            return Cell()
        if p.number is not None:
            self.tests.setdefault(p.method, []).append(p)
        return shown([p], p.display)

    def kinds(self) -> list[str]:
        """Which hazard ratios are marginal and which conditional, where both stand here."""
        columns = self.spec["columns"]
        several = [c["head"] for c in columns if c["analysis"] == "cox_multivariable"]
        alone = [c["head"] for c in columns if c["analysis"] != "cox_multivariable"]
        whole = [c["head"] for c in columns if c.get("population", ALL) == ALL_COVARIATES]
        said = [kinds_note(alone, several)] if alone and several else []
        if whole:
            said.append(
                f"{'; '.join(whole)}: whatever its P-value in the univariable analysis, by which "
                "the data chose the covariates of the other one; choosing takes no account of "
                "chance, so that its P-values and limits promise too much."
            )
        return said

    def test_note(self) -> list[str]:
        """The test behind the P values, and those that have another one."""
        if not self.tests:
            return []
        usual = max(self.tests, key=lambda method: len(self.tests[method]))
        heads = {(c["analysis"], c.get("population", ALL)): c["head"] for c in self.spec["columns"]}
        labels = {row["variable"]: row["label"] for row in self.spec["rows"]}
        note = f"Hazard ratios and P-values: {usual}"
        for method, rows in self.tests.items():
            if method != usual:
                where = (
                    f"{labels[row.variable]} ({heads[row.analysis, row.population]})"
                    for row in rows
                )
                note += f"; P-value of {', '.join(where)}: {method}"
        return [f"{note}. Two-sided."]
