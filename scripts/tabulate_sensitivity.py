"""Table of every analysis of the treatment effect: counts, hazard ratio, P, and what it assumes.

Inputs: results/ard/sensitivity.csv.

Outputs
    results/tables/sensitivity.csv, .json   per endpoint a row an analysis and compared arm; a
        column of differences of restricted means where a model's hazards are not proportional

Source: labels from config/sensitivity.yaml (`summary`); nothing is computed here.
"""

from typing import Any

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.analysis.formats import format_interval
from scripts.lib.display.effect_summary import (
    ANALYSIS,
    MEANS,
    PROPORTIONAL,
    TREATMENT,
    Line,
    lines,
    looks_ahead,
    restricted_mean,
)
from scripts.lib.display.labels import LATER
from scripts.lib.display.notes import Notes, Tests, kinds_note
from scripts.lib.display.printed_table import (
    Cell,
    Head,
    PrintedTable,
    TableRow,
    shown,
    write_printed_table,
)
from scripts.lib.errors import run

RATIO = ("hr", "hr_ci_low", "hr_ci_high")
NOT_ESTIMABLE = "Not estimable"


class SummaryTable:
    """Makes the table.

    Parameters
    ----------
    ard
        Rows of the summary.
    settings
        `table` (config), `arms` (id -> label), `reference`, `endpoints` (PARAMCD -> label),
        `labels`, `assumes`, `rule_sets`, `without`, `ignoring`, `still_applied`,
        `late_covariates`, `level`, `absent`.
    """

    def __init__(self, ard: ArdIndex, settings: dict[str, Any]):
        self.ard, self.settings = ard, settings
        self.notes, self.tests = Notes(), Tests()
        self.means = bool(ard.select(population=PROPORTIONAL))

    def make(self) -> PrintedTable:
        """The whole table."""
        spec = self.settings["table"]
        table = PrintedTable(ANALYSIS, spec["label"], spec["title"], [self.heads()])
        for parameter, label in self.settings["endpoints"].items():
            blank = [Cell()] * (len(table.heads[0]) - 1)
            table.rows.append(TableRow([Cell(label), *blank], heading=True))
            table.rows += [self.row(line) for line in lines(self.ard, parameter, self.settings)]
        table.footnotes = [
            *self.said(), *self.restricted(), *self.notes.lines(), *self.tests.line(),
            *spec["footnotes"],
        ]  # fmt: skip
        return table

    def heads(self) -> list[Head]:
        """Heads of the columns."""
        level = self.settings["level"]
        means = [Head(f"Restricted mean difference ({level} CI), months")] if self.means else []
        ratio = [Head("Events/n"), Head(f"HR ({level} CI)"), Head("Kind of HR"), Head("P-value")]
        return [Head("Analysis"), *ratio, *means, Head("What it assumes")]

    def row(self, line: Line) -> TableRow:
        """One analysis of one compared arm."""
        counts = [self.ard.find(statistic=name, **line.key) for name in ("events", "N")]
        text = "/".join(row.display if row else self.settings["absent"] for row in counts)
        sign = LATER if looks_ahead(line.population, self.settings) else ""
        cells = [Cell(line.label, sign), shown(counts, text), self.ratio(line),
                 Cell(line.kind.capitalize()), self.p_value(line)]  # fmt: skip
        if self.means:
            cells.append(self.mean_difference(line) if line.primary else Cell())
        return TableRow([*cells, Cell(line.assumes)], 1)

    def ratio(self, line: Line) -> Cell:
        """`HR (low-high)` with the signs of what marks it."""
        found = [self.ard.find(statistic=name, **line.key) for name in RATIO]
        sign = ",".join(self.notes.mark(note) for note in line.notes)
        hr, low, high = found
        if hr is None or low is None or high is None or hr.number is None:
            absent = hr is not None and hr.not_collected
            return shown([hr], hr.display) if hr and absent else shown([hr], NOT_ESTIMABLE, sign)
        return shown(found, f"{hr.display} ({format_interval(low.display, high.display)})", sign)

    def p_value(self, line: Line) -> Cell:
        """P value; its test is noted."""
        p = self.ard.find(statistic="p_value", **line.key)
        if p is None or p.number is None:
            return shown([p], self.settings["absent"])
        self.tests.add(p.method, line.label)
        return shown([p], p.display)

    def mean_difference(self, line: Line) -> Cell:
        """Difference of restricted means with limits, beside the primary hazard ratio."""
        key = line.key | {"population": PROPORTIONAL}
        found = [self.ard.find(statistic=name, **key) for name in MEANS]
        none = self.settings["absent"] if any(found) else ""
        return shown(found, restricted_mean(self.ard, line) or none)

    # ---- footnotes ------------------------------------------------------------------------------

    def said(self) -> list[str]:
        """What the rows are, and which criteria or covariates look ahead."""
        reference = self.settings["arms"][self.settings["reference"]]
        notes = [
            f"Hazard ratios against {reference}; events and patients of the whole model. Nothing "
            "is computed here: each row stands in the results of its own analysis."
        ]
        kinds: dict[str, list[str]] = {"marginal": [], "conditional": []}
        for parameter in self.settings["endpoints"]:
            for line in lines(self.ard, parameter, self.settings):
                kinds[line.kind].append(line.label)
        if all(kinds.values()):
            notes.append(kinds_note(*(list(dict.fromkeys(k)) for k in kinds.values())))
        if self.settings["ignoring"]:
            notes.append(
                f"{LATER}With a criterion that is known only after the start of treatment: "
                f"{_quoted(self.settings['ignoring'])}."
            )
        if self.settings["still_applied"]:
            notes.append(
                "In every analysis, and known only after the start of treatment: "
                f"{_quoted(self.settings['still_applied'])}."
            )
        return notes

    def restricted(self) -> list[str]:
        """To which month the restricted means go, and their method."""
        notes = []
        for parameter, label in self.settings["endpoints"].items():
            key = {"parameter": parameter, "population": PROPORTIONAL, "variable": TREATMENT}
            taus = self.ard.select(**key, statistic="tau")
            tests = self.ard.select(**key, statistic="p_value")
            if taus and taus[0].value:
                p = "; ".join(f"P {_equals(row.display)}" for row in tests if row.value)
                months = dict.fromkeys(row.display for row in taus)
                notes.append(
                    f"{label}: restricted means to {', '.join(months)} months ({taus[0].method}"
                    f"{'; ' if p else ''}{p})."
                )
        return notes


def _quoted(labels: list[str]) -> str:
    return "; ".join(f"“{label}”" for label in labels)


def _equals(display: str) -> str:
    return display if display[:1] in "<>" else f"= {display}"


def main(smk: Any) -> None:
    """Read the summary, write the table."""
    table = SummaryTable(ArdIndex.read(smk.input.ard), smk.params.settings).make()
    write_printed_table(table, smk.output.csv, smk.output.json)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
