"""Table of response with limits, its differences between arms, and its duration.

Inputs: results/ard/response_limits.csv.
Outputs: results/tables/response_limits.csv, .json (as those of tabulate_tables).
Source: config/sensitivity.yaml (`response_limits`); nothing is computed here.
"""

from typing import Any

from scripts.lib.analysis.ard import ArdIndex, read_ard
from scripts.lib.display.effect_cells import (
    Analysis,
    arms_of,
    compared_arms,
    count,
    count_with_limits,
    two_lines,
    with_limits,
)
from scripts.lib.display.printed_table import (
    Cell,
    PrintedTable,
    TableRow,
    shown,
    write_printed_table,
)
from scripts.lib.display.survival_results import interval
from scripts.lib.errors import run

LASTING = ("ORR", "CORR")


class Maker:
    """Makes the rows from the statistics."""

    def __init__(self, ard: ArdIndex, settings: dict[str, Any]):
        self.ard, self.settings = ard, settings
        self.part, self.study = settings["part"], settings["study"]
        self.arms = [arm for arm, _ in arms_of(self.study)]
        self.pairs = [arm for arm, _ in compared_arms(self.study)]

    def make(self) -> PrintedTable:
        """The whole table."""
        level = f"{100 * self.study['confidence_level']:g}% CI"
        columns = (f"n (%; {level})",)
        pairs = (f"Difference, % points ({level})", f"Odds ratio ({level})")
        heads = two_lines("Response", self.study, self.ard, columns, pairs)
        rows = [self._rate(name, label) for name, label in self.part["rates"].items()]
        absent = [row for row in self.ard.rows if row.not_collected]
        for name, label in self.part["best"].items():
            if absent:
                rows.append(self._rate(name, label))
                continue
            rows += [self._heading(f"{label}, n (%)"), *self._best(name)]
        for name in (name for name in self.part["rates"] if name in LASTING and not absent):
            rows += [self._heading(f"Duration: {self.part['rates'][name]}"), *self._lasting(name)]
        shown_as = self.part["table"]
        notes = [*shown_as["footnotes"], *self._methods()]
        return PrintedTable(
            "response_limits", shown_as["label"], shown_as["title"], heads, rows, notes
        )

    def _heading(self, text: str) -> TableRow:
        empty = [Cell() for _ in range(len(self.arms) + 2 * len(self.pairs))]
        return TableRow([Cell(text), *empty], heading=True)

    def _row(self, label: str, cells: list[Cell], indent: int = 1) -> TableRow:
        return TableRow([Cell(label), *cells, *[Cell("-") for _ in self.pairs * 2]], indent)

    def _rate(self, name: str, label: str) -> TableRow:
        key = {"variable": name, "level": "yes"}
        cells = [count_with_limits(self.ard, group=arm, **key) for arm in self.arms]
        for arm in self.pairs:
            for statistic in ("risk_difference", "odds_ratio"):
                cells.append(with_limits(self.ard, statistic, group=arm, **key))
        return TableRow([Cell(label), *cells])

    def _best(self, name: str) -> list[TableRow]:
        """Levels that somebody has."""
        rows = []
        for level in self.part["levels"]:
            key = {"variable": name, "level": level}
            if self.ard.number(statistic="n", **key):
                rows.append(
                    self._row(level, [count(self.ard, group=arm, **key) for arm in self.arms])
                )
        return rows

    def _lasting(self, name: str) -> list[TableRow]:
        where = [{"population": f"{name}=yes", "group": arm} for arm in self.arms]
        rows = [
            self._row("Ended/responders", [self._pair("events", "N", key) for key in where]),
            self._row(
                "Median, months",
                [with_limits(self.ard, "median", parameter="DOR", **key) for key in where],
            ),
        ]
        for month in self.part["months"]:
            key = {"parameter": "DOR", "variable": "time", "level": str(month)}
            cells = [with_limits(self.ard, "survival", **key, **place) for place in where]
            rows.append(self._row(f"Share still responding at {month} months", cells))
        cells = [self._range(key) for key in where]
        return [*rows, self._row("Months to the response, median (range)", cells)]

    def _pair(self, first: str, second: str, key: dict[str, str]) -> Cell:
        rows = [self.ard.find(parameter="DOR", statistic=name, **key) for name in (first, second)]
        return shown(rows, "/".join(row.display if row else "0" for row in rows))

    def _range(self, key: dict[str, str]) -> Cell:
        names = ("median", "min", "max")
        rows = [self.ard.find(parameter="TTR", statistic=name, **key) for name in names]
        middle, low, high = (row.display if row else "-" for row in rows)
        return shown(rows, middle if middle == "-" else f"{middle} {interval(low, high)}")

    def _methods(self) -> list[str]:
        """Footnotes on the methods, as the statistics name them."""
        reference = dict(arms_of(self.study))[self.study["reference"]]
        percent = "Clopper-Pearson limits of percentages"
        notes = [
            f"{percent}; differences minus {reference} with Newcombe's hybrid score limits; odds "
            f"ratios against {reference}: conditional maximum likelihood with exact limits."
        ]
        medians = self.ard.select(parameter="DOR", statistic="median")
        if medians:
            notes.append(
                f"Duration from the first response: {medians[0].method}. Responders are known only "
                "after the start of treatment: durations of the arms are not compared."
            )
        left = sum(
            int(row.number or 0)
            for row in self.ard.select(parameter="DOR", variable="ENDSBEFORE")
            if not row.group
        )
        if left:
            notes.append(
                f"{left} response(s) after the end of the endpoint's time have no duration."
            )
        return notes


def main(smk: Any) -> None:
    """Read the statistics, write the table."""
    table = Maker(Analysis(read_ard(*smk.input.ard)), smk.params.settings).make()
    write_printed_table(table, smk.output.csv, smk.output.json)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
