"""Table of the proportional hazards tests, and of what stands beside a hazard ratio that fails.

Inputs: results/ard/proportional_hazards.csv, results/ard/cox_multivariable.csv.

Outputs
    results/tables/proportional_hazards.csv, .json   per endpoint the score test of each term of
        both models; where treatment or all terms together fail, hazard ratio, restricted means and
        survival of each arm and the reference

Source: labels from config/sensitivity.yaml (`proportional_hazards.table`).
"""

from typing import Any

from scripts.lib.analysis.ard import ArdIndex, Row
from scripts.lib.analysis.formats import format_interval
from scripts.lib.config.specs import TREATMENT
from scripts.lib.display.labels import LATER_NOTE, late_mark, variable_label
from scripts.lib.display.notes import kinds_note
from scripts.lib.display.printed_table import (
    Cell,
    Head,
    PrintedTable,
    TableRow,
    shown,
    write_printed_table,
)
from scripts.lib.errors import run

MODELS = {"univariable": "Treatment alone", "multivariable": "Multivariable model"}
ANALYSIS = "proportional_hazards"
GLOBAL = "GLOBAL"
FAILS = "*"
RATIO = ("hr", "hr_ci_low", "hr_ci_high")


class ProportionalHazardsTable:
    """Makes the table.

    Parameters
    ----------
    ard
        Rows of the analysis.
    settings
        `table` (config), `arms` (id -> label), `reference`, `endpoints` (PARAMCD -> label),
        `labels`, `alpha`, `level`.
    """

    def __init__(self, ard: ArdIndex, settings: dict[str, Any]):
        self.ard = ard
        self.settings = settings

    def make(self) -> PrintedTable:
        """The whole table; footnotes say what fails."""
        spec = self.settings["table"]
        table = PrintedTable(self.settings["id"], spec["label"], spec["title"], self.heads())
        remarks = []
        for parameter, label in self.settings["endpoints"].items():
            table.rows += self.tests(parameter, label)
            failing = self.failing(parameter)
            table.rows += self.beside(parameter, FAILS if failing else "")
            remarks.append(self.remark(parameter, label, failing))
        table.footnotes = [*remarks, *self.notes(), *spec["footnotes"]]
        return table

    def heads(self) -> list[list[Head]]:
        """Two lines: the models, then statistic and P of each."""
        each = [Head("Chi-squared (df)"), Head("P-value")]
        models = [Head(label, 2) for label in MODELS.values()]
        return [[Head(""), *models], [Head("Term"), *each * len(MODELS)]]

    # ---- tests ----------------------------------------------------------------------------------

    def tests(self, parameter: str, label: str) -> list[TableRow]:
        """A heading, then a row a term, then all together."""
        counts = [self.find(parameter, "", "multivariable", name) for name in ("events", "N")]
        found = "/".join(row.display for row in counts if row)
        lines = [TableRow([Cell(f"{label} (events/n {found})"), *self.blank(4)], heading=True)]
        for term in self.terms(parameter):
            mark = late_mark(self.settings["labels"], term)
            cells = [cell for model in MODELS for cell in self.test(parameter, term, model)]
            lines.append(TableRow([Cell(self.name(term), mark), *cells], 1))
        return lines

    def terms(self, parameter: str) -> list[str]:
        """Treatment, the other terms in the order of the models, all together."""
        rows = self.ard.select(analysis=ANALYSIS, parameter=parameter, statistic="df")
        names = list(dict.fromkeys(row.variable for row in rows))
        return sorted(names, key=lambda name: (name != TREATMENT) + 2 * (name == GLOBAL))

    def name(self, term: str) -> str:
        """Label of a term."""
        own = {TREATMENT: "Treatment", GLOBAL: "All terms together"}
        return own.get(term) or variable_label(self.settings["labels"], term)

    def test(self, parameter: str, term: str, model: str) -> list[Cell]:
        """Statistic with degrees of freedom, and P with a sign where it is below alpha."""
        if model == "univariable" and term == GLOBAL:
            return self.blank(2)  # the same as its only term
        names = ("chi_square", "df", "p_value")
        statistic, df, p = (self.find(parameter, term, model, name) for name in names)
        if statistic is None or df is None or p is None:
            return self.blank(2)
        if p.number is None:
            return [shown([statistic], "Not estimable"), shown([p], p.display)]
        mark = FAILS if p.number < self.settings["alpha"] else ""
        return [shown([statistic, df], f"{statistic.display} ({df.display})"),
                shown([p], p.display, mark)]  # fmt: skip

    def failing(self, parameter: str) -> list[str]:
        """What fails: `treatment (multivariable model)`."""
        found = []
        for term, name in ((TREATMENT, "treatment"), (GLOBAL, "all terms together")):
            for model, label in MODELS.items():
                p = self.find(parameter, term, model, "p_value")
                alone = model == "univariable" and term == GLOBAL
                low = p is not None and p.number is not None and p.number < self.settings["alpha"]
                if p is not None and low and not alone:
                    sign = p.display if p.display[0] in "<>" else f"={p.display}"
                    found.append(f"{name} ({label[0].lower()}{label[1:]}, P{sign})")
        return found

    # ---- beside the hazard ratio -----------------------------------------------------------------

    def beside(self, parameter: str, mark: str) -> list[TableRow]:
        """Hazard ratio, restricted means and survival of each arm beside the reference."""
        arms, reference = self.settings["arms"], self.settings["reference"]
        level = self.settings["level"]
        lines = []
        for arm, label in arms.items():
            if arm == reference or self.find(parameter, TREATMENT, arm, "hr") is None:
                continue
            heads = [label, arms[reference], f"Difference or ratio ({level} CI)", "P-value"]
            cells = [Cell("Beside the hazard ratio", mark), *map(Cell, heads)]
            lines.append(TableRow(cells, heading=True))
            lines += [self.hazard_ratio(parameter, arm, model) for model in MODELS]
            lines.append(self.restricted_mean(parameter, arm))
            lines += [self.survival(parameter, arm, *place) for place in self.places(parameter)]
        return lines

    def hazard_ratio(self, parameter: str, arm: str, model: str) -> TableRow:
        """The hazard ratio of one model."""
        key = {"parameter": parameter, "variable": TREATMENT, "level": arm}
        analysis = ANALYSIS if model == "univariable" else "cox_multivariable"
        found = [self.ard.find(analysis=analysis, statistic=name, **key) for name in RATIO]
        label = Cell(f"Hazard ratio, {MODELS[model][0].lower()}{MODELS[model][1:]}")
        return TableRow([label, *self.blank(2), self.limits(found), Cell()], 1)

    def restricted_mean(self, parameter: str, arm: str) -> TableRow:
        """Restricted means and their difference."""
        means = []
        for group in (arm, self.settings["reference"]):
            trio = self.trio(parameter, "", "", "rmst", group=group)
            number = self.find(parameter, "", "", "at_risk", group)
            text = f"{self.limits(trio).text} [{number.display}]" if number else ""
            means.append(shown([*trio, number], text) if number else self.limits(trio))
        difference = self.limits(self.trio(parameter, TREATMENT, arm, "rmst_difference"))
        p = self.find(parameter, TREATMENT, arm, "p_value")
        tau = self.find(parameter, "", "", "tau", group=arm)
        until = f" to {tau.display} months [at risk]" if tau and tau.value else ""
        label = f"Restricted mean{until}"
        return TableRow([Cell(label), *means, difference, shown([p], p.display if p else "")], 1)

    def places(self, parameter: str) -> list[tuple[str, str]]:
        """Months and days (variable, level) with a known survival in every arm."""
        rows = self.ard.select(
            analysis=ANALYSIS, parameter=parameter, statistic="survival_difference"
        )
        known = dict.fromkeys((row.variable, row.level) for row in rows if row.number is not None)
        return sorted(known, key=lambda place: place[0] == "day")

    def survival(self, parameter: str, arm: str, variable: str, level: str) -> TableRow:
        """Survival at a month or day with the number at risk in both arms, and the difference."""
        at = [self.at_risk(parameter, variable, level, group)
              for group in (arm, self.settings["reference"])]  # fmt: skip
        key = {"group": arm}
        found = self.trio(parameter, variable, level, "survival_difference", **key)
        text = f"{level} months" if variable == "time" else f"day {level}"
        return TableRow([Cell(f"Survival at {text} [at risk]"), *at, self.limits(found), Cell()], 1)

    def at_risk(self, parameter: str, variable: str, level: str, group: str) -> Cell:
        """`estimate (low-high) [number at risk]` of an arm."""
        trio = self.trio(parameter, variable, level, "survival", group=group)
        number = self.find(parameter, variable, level, "at_risk", group)
        if number is None or trio[0] is None:
            return self.limits(trio)
        return shown([*trio, number], f"{self.limits(trio).text} [{number.display}]")

    # ---- help -----------------------------------------------------------------------------------

    def find(
        self, parameter: str, variable: str, level: str, statistic: str, group: str = ""
    ) -> Row | None:
        """One statistic."""
        key = {"parameter": parameter, "variable": variable, "level": level, "group": group}
        return self.ard.find(analysis=ANALYSIS, statistic=statistic, **key)

    def trio(
        self, parameter: str, variable: str, level: str, statistic: str, group: str = ""
    ) -> list[Row | None]:
        """An estimate and its limits."""
        names = (statistic, f"{statistic}_ci_low", f"{statistic}_ci_high")
        return [self.find(parameter, variable, level, name, group) for name in names]

    def limits(self, found: list[Row | None]) -> Cell:
        """`estimate (low-high)`."""
        estimate, low, high = found
        if estimate is None or low is None or high is None:
            return Cell(self.settings["absent"])
        if estimate.number is None:
            return shown([estimate], estimate.display)
        between = " to " if "-" in low.display else None  # a negative limit
        limits = (
            between.join((low.display, high.display))
            if between
            else format_interval(low.display, high.display)
        )
        return shown(found, f"{estimate.display} ({limits})")

    def blank(self, cells: int) -> list[Cell]:
        """Empty cells."""
        return [Cell()] * cells

    def remark(self, parameter: str, label: str, failing: list[str]) -> str:
        """What the tests say of an endpoint."""
        if not failing:
            return f"{label}: the tests do not speak against proportional hazards of treatment."
        return (
            f"{label}: hazards are not proportional ({'; '.join(failing)}). The hazard ratio is an "
            "average over time."
        )

    def notes(self) -> list[str]:
        """Signs and methods."""
        alpha = self.settings["alpha"]
        methods = dict.fromkeys(
            row.method
            for row in self.ard.select(analysis=ANALYSIS)
            if row.statistic in ("p_value", "tau")
        )
        said = [method[0].upper() + method[1:] for method in methods]
        notes = [f"{FAILS}P<{alpha:g}. {'. '.join(said)}."]
        notes.append("Limits of survival are pointwise: of each time alone, not of all together.")
        notes.append(kinds_note([MODELS["univariable"]], [MODELS["multivariable"]]))
        known = {row.variable for row in self.ard.select(analysis=ANALYSIS)}
        if any(late_mark(self.settings["labels"], name) for name in known):
            notes.append(LATER_NOTE)
        return notes


def main(smk: Any) -> None:
    """Read the tests, write the table."""
    ard = ArdIndex.read(*smk.input.ard)
    table = ProportionalHazardsTable(ard, smk.params.settings).make()
    write_printed_table(table, smk.output.csv, smk.output.json)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
