"""Tables of patients: all together, each arm, P value (Tables I, II, V, SI)."""

from __future__ import annotations

from typing import Any

from scripts.lib.analysis.ard import ArdIndex, Row
from scripts.lib.analysis.formats import format_interval
from scripts.lib.display.labels import (
    late_mark,
    late_note,
    level_label,
    not_collected_note,
    variable_label,
)
from scripts.lib.display.printed_table import Cell, Head, PrintedTable, TableRow, shown

TOGETHER = ""
NORMALITY = "normality"
MISSING = "missing"
RANK_TESTS = ("Mann-Whitney", "Kruskal-Wallis")


class GroupTableMaker:
    """Makes one table from its rows in the settings and the statistics.

    Parameters
    ----------
    ard
        Statistics of every analysis that the table names.
    settings
        `table` (config), `arms` (id, label), `labels` (of variables), `alpha`, `absent`.
    """

    def __init__(self, ard: ArdIndex, settings: dict[str, Any]):
        self.ard = ard
        self.spec = settings["table"]
        self.settings = settings
        self.groups = [TOGETHER] if self.spec["total"] else []
        self.groups += [arm["id"] for arm in settings["arms"]]
        self.tests: dict[str, list[str]] = {}
        self.normality: dict[str, None] = {}

    def make(self, table_id: str) -> PrintedTable:
        """The whole table; a last footnote names the tests."""
        table = PrintedTable(table_id, self.spec["label"], self.spec["title"], [self.head()])
        for row in self.spec["rows"]:
            absent = self.not_collected(row)
            table.rows += [absent] if absent else getattr(self, row["show"])(row)
        table.footnotes = [
            *late_note(self.settings["labels"], self.spec["rows"]),
            *self.spec["footnotes"],
            *not_collected_note(self.settings, self.spec["rows"]),
            *self.test_note(),
        ]
        return table

    def head(self) -> list[Head]:
        """Heads with the number of patients of each group."""
        labels = {arm["id"]: arm["label"] for arm in self.settings["arms"]}
        labels[TOGETHER] = self.spec["total"]
        heads = [Head(self.spec["head"])]
        for group in self.groups:
            n = self.ard.display(analysis=self.spec["analysis"], group=group, statistic="N")
            heads.append(Head(f"{labels[group]} (n={n})"))
        return heads + ([Head(self.spec["p_value"])] if self.spec["p_value"] else [])

    # ---- rows, by what they show ----------------------------------------------------------------

    def heading(self, row: dict[str, Any]) -> list[TableRow]:
        """A line without numbers."""
        return [self.row(row, [Cell()] * len(self.groups), heading=True)]

    def levels(self, row: dict[str, Any]) -> list[TableRow]:
        """A heading, then n (%) of each level."""
        levels = self.level_labels(row)
        p = self.p_cell(row) if row["p"] == "overall" else None
        lines = [self.row(row, [Cell()] * len(self.groups), p, heading=True)]
        for level, label in levels.items():
            cells = [self.share(row, group, level) for group in self.groups]
            p = self.p_cell(row, level) if row["p"] == "each_level" else None
            lines.append(self.row(row | {"label": label, "mark": ""}, cells, p, indent=1))
        return lines

    def level(self, row: dict[str, Any]) -> list[TableRow]:
        """One line for one level."""
        name = row["level"]
        label = row["label"] or self.level_name(row, name)
        cells = [self.share(row, group, name) for group in self.groups]
        return [self.row(row | {"label": label}, cells, self.p_cell(row))]

    def events(self, row: dict[str, Any]) -> list[TableRow]:
        """One line, patients with at least one event."""
        cells = [self.share(row, group, "") for group in self.groups]
        return [self.row(row, cells, self.p_cell(row))]

    def numeric(self, row: dict[str, Any]) -> list[TableRow]:
        """Mean ± SD, or median and quartiles where a rank test compared the groups."""
        p = self.find(row, TOGETHER, "p_value")
        ranked = p is not None and p.method.startswith(RANK_TESTS)
        self.note_normality(row)
        cells = []
        for group in self.groups:
            names = ("median", "q1", "q3") if ranked else ("mean", "sd")
            found = [self.find(row, group, name) for name in names]
            text = [self.text(one) for one in found]
            cells.append(
                shown(found, f"{text[0]} ({format_interval(text[1], text[2])})")
                if ranked
                else shown(found, "±".join(text))
            )
        row = row | ({"label": row["label_median"]} if ranked and row["label_median"] else {})
        return [self.row(row, cells, self.p_cell(row))]

    def median(self, row: dict[str, Any]) -> list[TableRow]:
        """Kaplan-Meier median with limits."""
        cells = []
        for group in self.groups:
            names = ("median", "median_ci_low", "median_ci_high")
            found = [self.find(row, group, name) for name in names]
            middle, low, high = (self.text(one) for one in found)
            cells.append(shown(found, f"{middle} ({format_interval(low, high)})"))
        return [self.row(row, cells, self.p_cell(row))]

    def not_collected(self, row: dict[str, Any]) -> TableRow | None:
        """One line that says so, where the hospital does not record the variable."""
        if row["show"] == "heading":
            return None
        found = [self.find(row, group, "n") for group in self.groups]
        if not any(one and one.not_collected for one in found):
            return None
        cells = [shown([one], self.text(one)) for one in found]
        return self.row(row, cells, Cell(self.settings["absent"]))

    # ---- parts of a row -------------------------------------------------------------------------

    def row(
        self,
        row: dict[str, Any],
        cells: list[Cell],
        p: Cell | None = None,
        *,
        indent: int = 0,
        heading: bool = False,
    ) -> TableRow:
        """A printed row: label, cells, and the P value where the table has that column."""
        label = row["label"] or variable_label(self.settings["labels"], row["variable"])
        last = [p or Cell()] if self.spec["p_value"] else []
        late = "" if indent else late_mark(self.settings["labels"], row["variable"])
        marks = ",".join(filter(None, (row["mark"], late)))
        return TableRow([Cell(label, marks), *cells, *last], indent, heading)

    def find(self, row: dict[str, Any], group: str, statistic: str, level: str = "") -> Row | None:
        """A statistic of the row's variable."""
        analysis = row["analysis"] or self.spec["analysis"]
        key = {"variable": row["variable"], "level": level, "statistic": statistic}
        return self.ard.find(analysis=analysis, group=group, **key)

    def text(self, row: Row | None) -> str:
        """Printed form of a statistic; the sign for absent ones where there is none."""
        return row.display if row else self.settings["absent"]

    def share(self, row: dict[str, Any], group: str, level: str) -> Cell:
        """`n (%)`; the sign for absent ones in groups that the row leaves out."""
        if row["groups"] is not None and group not in row["groups"]:
            return Cell(self.settings["absent"])
        n, percent = (self.find(row, group, name, level) for name in ("n", "percent"))
        if n is None:
            return Cell(self.settings["absent"])
        return shown([n, percent], f"{n.display} ({self.text(percent)})" if percent else n.display)

    def p_cell(self, row: dict[str, Any], level: str = "") -> Cell | None:
        """P value with the sign of a footnote where it is below alpha."""
        if row["p"] == "none":
            return Cell(self.settings["absent"]) if row["show"] != "levels" else None
        p = self.find(row, TOGETHER, "p_value", level)
        if p is None or p.number is None:
            return shown([p], self.settings["absent"])
        name = row["label"] or variable_label(self.settings["labels"], row["variable"])
        known = self.tests.setdefault(p.method, [])
        if name not in known:
            known.append(name)
        mark = self.spec["significant"] if p.number < self.settings["alpha"] else ""
        return shown([p], p.display, ",".join(filter(None, (mark, row["p_mark"]))))

    def level_labels(self, row: dict[str, Any]) -> dict[str, str]:
        """Levels shown and their labels, in order; a level nobody has is shown as well."""
        analysis = row["analysis"] or self.spec["analysis"]
        rows = self.ard.select(analysis=analysis, group=self.groups[0], variable=row["variable"])
        counts = {r.level: r.number or 0 for r in rows if r.statistic == "n"}
        order = row["levels"] or [level for level in counts if level != MISSING or counts[level]]
        if row["by_frequency"]:
            order = sorted(order, key=lambda level: -counts.get(level, 0))
        return {level: self.level_name(row, level) for level in order}

    def level_name(self, row: dict[str, Any], level: str) -> str:
        """Label of a level: the row's, else the variable's, else the level itself."""
        own = row["labels"].get(level)
        return own or level_label(self.settings["labels"], row["variable"], level)

    def note_normality(self, row: dict[str, Any]) -> None:
        """Keep the name of the test of normality for the footnote."""
        found = (self.find(row, group, "p_value", NORMALITY) for group in self.groups)
        self.normality |= {one.method: None for one in found if one is not None}

    def test_note(self) -> list[str]:
        """Which test compared which rows."""
        if not self.tests:
            return []
        parts = (f"{method} ({'; '.join(names)})" for method, names in self.tests.items())
        normality = "".join(f" Normality: {method}." for method in self.normality)
        return [f"P-values: {', '.join(parts)}. Two-sided.{normality}"]
