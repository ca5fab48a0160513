"""Interaction of treatment with each subgroup factor: P adjusted for how many were tested.

Inputs: results/ard/subgroups.csv.

Outputs
    results/ard/interactions.csv   Analysis Results Data, per endpoint (parameter)
        n, variable empty: factors tested, the family that the P values are adjusted for
        per variable: p_interaction as in subgroups, p_holm, p_bh (Benjamini-Hochberg)

Source: R p.adjust (methods holm, BH). A factor whose test is not estimable does not count.
"""

from typing import Any

from scripts.lib.analysis.ard import ArdBuilder, ArdIndex, Row, write_ard
from scripts.lib.analysis.formats import Formats
from scripts.lib.config.absences import NOT_COLLECTED
from scripts.lib.errors import run
from scripts.lib.statistics.p_adjust import Adjustment, p_adjust

METHODS: dict[str, tuple[Adjustment, str]] = {
    "p_holm": ("holm", "Holm"),
    "p_bh": ("BH", "Benjamini-Hochberg"),
}


def adjust(index: ArdIndex, parameter: str, settings: dict[str, Any]) -> list[Row]:
    """Rows of one endpoint."""
    ard = ArdBuilder("interactions", parameter, Formats(**settings["printed"]))
    tests = index.select(parameter=parameter, statistic="p_interaction")
    given = [test.number for test in tests]
    family = sum(p is not None for p in given)
    ard.add("n", family)
    values = [float("nan") if p is None else p for p in given]
    adjusted = {name: p_adjust(values, way) for name, (way, _) in METHODS.items()}
    for place, test in enumerate(tests):
        where: dict[str, Any] = {"variable": test.variable, "note": test.note}
        ard.add("p_interaction", test.number, method=test.method, **where)
        for name, (_, words) in METHODS.items():
            value = None if test.number is None else float(adjusted[name][place])
            ard.add(name, value, method=f"{words}, {family} tests", **where)
    for variable in settings.get("not_collected", []):
        nothing = dict.fromkeys(("p_interaction", *METHODS))
        ard.add_all(nothing, variable=variable, note=NOT_COLLECTED)
    return ard.rows


def main(smk: Any) -> None:
    """Read the tests of interaction, write them with their adjustments."""
    index = ArdIndex.read(smk.input.ard)
    settings = smk.params.settings
    rows = [row for name in settings["parameters"] for row in adjust(index, name, settings)]
    write_ard(rows, smk.output.ard)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
