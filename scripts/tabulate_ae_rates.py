"""Table of adverse events by time under observation, a block a window.

Inputs: results/ard/ae_rates.csv.
Outputs: results/tables/ae_rates.csv, .json (as those of tabulate_tables).
Source: config/sensitivity.yaml (`ae_rates`); nothing is computed here.
"""

from collections.abc import Iterator
from typing import Any

from scripts.lib.analysis.ard import ArdIndex, read_ard
from scripts.lib.display.effect_cells import (
    Analysis,
    arms_of,
    compared_arms,
    count,
    two_lines,
    with_limits,
)
from scripts.lib.display.event_names import term_name, variable_name
from scripts.lib.display.printed_table import (
    Cell,
    PrintedTable,
    TableRow,
    shown,
    write_printed_table,
)
from scripts.lib.errors import run


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
        columns = ("n (%)", f"Patients per 100 months ({level})", "Events per 100 months")
        pairs = (f"Difference, % points ({level})", f"Ratio of patients' rates ({level})")
        first = {"population": self.part["windows"][0]["id"]}
        sizes = Analysis(row._replace(population="all") for row in self.ard.select(**first))
        heads = two_lines("AE", self.study, sizes, columns, pairs)
        rows = [row for window in self.part["windows"] for row in self._window(window)]
        shown_as = self.part["table"]
        notes = [*shown_as["footnotes"], *self._methods()]
        return PrintedTable("ae_rates", shown_as["label"], shown_as["title"], heads, rows, notes)

    def _line(self, label: str, cells: list[Cell], indent: int = 0) -> TableRow:
        """A row with one cell an arm, its other columns empty."""
        wide = [cell for one in cells for cell in (one, Cell(), Cell())]
        return TableRow([Cell(label), *wide, *[Cell() for _ in self.pairs * 2]], indent)

    def _window(self, window: dict[str, Any]) -> Iterator[TableRow]:
        heading = self._line(window["label"], [Cell() for _ in self.arms])
        yield TableRow(heading.cells, heading=True)
        keys = [{"population": window["id"], "group": arm} for arm in self.arms]
        exposures = [self.ard.find(statistic="exposure", **key) for key in keys]
        cells = [shown([row], row.display if row else "-") for row in exposures]
        yield self._line("Patient-months under observation", cells)
        whole = [self.ard.find(statistic="n", variable="OBSERVED", **key) for key in keys]
        cells = [shown([row], row.display if row else "-") for row in whole]
        yield self._line("Patients observed for all of it", cells)
        for counted in self.settings["counts"]:
            yield from self._count(window["id"], counted)

    def _count(self, window: str, counted: dict[str, Any]) -> Iterator[TableRow]:
        variable = counted["variable"]
        label = variable_name(self.settings["names"], variable)
        if counted.get("not_collected"):
            where = {"population": window, "variable": variable, "statistic": "n"}
            absent = [self.ard.find(group=arm, **where) for arm in self.arms]
            yield self._line(label, [shown([one], one.display if one else "-") for one in absent])
            return
        if counted["by"] is None:
            yield self._numbers(label, 0, {"population": window, "variable": variable})
            return
        empty = self._line(label, [Cell() for _ in self.arms])
        yield empty
        key = {"population": window, "variable": variable}
        rows = self.ard.select(statistic="n", group="", **key)
        for row in rows:
            name = term_name(self.settings["names"], variable, row.level)
            yield self._numbers(name, 1, key | {"level": row.level})

    def _numbers(self, label: str, indent: int, key: dict[str, str]) -> TableRow:
        cells = []
        for arm in self.arms:
            cells.append(count(self.ard, group=arm, **key))
            cells.append(with_limits(self.ard, "rate", group=arm, **key))
            events = self.ard.find(statistic="event_rate", group=arm, **key)
            cells.append(shown([events], events.display if events else "-"))
        for arm in self.pairs:
            for statistic in ("risk_difference", "rate_ratio"):
                cells.append(with_limits(self.ard, statistic, group=arm, **key))
        return TableRow([Cell(label), *cells], indent)

    def _methods(self) -> list[str]:
        """Footnotes on what was counted and how."""
        reference = dict(arms_of(self.study))[self.study["reference"]]
        return [
            "Every window is the same for all arms. Patients per 100 patient-months: up to the "
            "first event; events per 100 patient-months: over all the time. Observation ends with "
            "the window, at death or on the last date known alive.",
            f"Exact Poisson limits of rates; differences minus {reference} with Newcombe's hybrid "
            f"score limits; ratios against {reference} with exact limits. Rates suppose a risk "
            "that is constant over time.",
        ]


def main(smk: Any) -> None:
    """Read the statistics, write the table."""
    table = Maker(Analysis(read_ard(*smk.input.ard)), smk.params.settings).make()
    write_printed_table(table, smk.output.csv, smk.output.json)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
