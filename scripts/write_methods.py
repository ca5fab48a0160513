"""Write "Methods" from the configuration that ran, so that it cannot disagree with what was done.

Inputs
    ard       results/ard/*.csv: methods of the P values that were computed, and the covariates that
              entered the multivariable models
    waivers   config/waivers.csv
    lock      requirements.lock
Outputs
    results/report/methods.md   patients, endpoints, statistical analysis, sensitivity analyses, and
        every rule word for word; no number of a result but counts of tests, patients and events
"""

import datetime as dt
import platform
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.lib.analysis.ard import ALL, ArdIndex
from scripts.lib.config.specs import TREATMENT
from scripts.lib.display.methods_sensitivity import rules_section, sensitivity_section
from scripts.lib.display.methods_statistics import statistics_section
from scripts.lib.display.methods_study import study_sections
from scripts.lib.display.prose import Section, write_prose
from scripts.lib.errors import run
from scripts.lib.quality.waivers import Waiver, read_waivers
from scripts.lib.records import made_from

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

PROGRAMS = ("numpy", "scipy", "pandas", "great-expectations", "snakemake")
MODEL = "cox_multivariable"
NORMALITY = "normality"


def comparisons(ard: ArdIndex) -> dict[str, int]:
    """Method -> how many P values of comparisons between arms it gave, most frequent first."""
    rows = [r for r in ard.rows if r.statistic == "p_value" and r.value and r.analysis != MODEL]
    counts = Counter(row.method for row in rows if row.level != NORMALITY)
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def models(ard: ArdIndex, labels: dict[str, str]) -> dict[str, str]:
    """PARAMCD -> covariates of its multivariable model, with patients and events."""
    found = {}
    rows = ard.select(analysis=MODEL, population=ALL, statistic="N")
    for parameter in dict.fromkeys(row.parameter for row in rows):
        here = [row for row in rows if row.parameter == parameter]
        names = dict.fromkeys(row.variable for row in here if row.variable != TREATMENT)
        text = "; ".join(labels.get(name, name) for name in names) or "none"
        key = {"analysis": MODEL, "population": ALL, "parameter": parameter}
        events = ard.select(statistic="events", **key)
        left = f", {here[0].note}" if here[0].note else ""
        size = f"{here[0].display} patients, {events[0].display} events{left}"
        found[parameter] = f"{text} ({size})"
    return found


def versions(lock: str) -> dict[str, str]:
    """Versions of Python and of the packages that decide results, as the lock file has them."""
    locked = dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", lock, re.MULTILINE))
    found = {"Python": platform.python_version()}
    return found | {name: locked[name] for name in PROGRAMS if name in locked}


def in_force(waivers: list[Waiver], cutoff: str) -> list[str]:
    """Checks whose findings are waived at the data cut-off."""
    day = dt.date.fromisoformat(cutoff)
    return [waiver.check_id for waiver in waivers if waiver.expires >= day]


def methods(settings: dict[str, Any], found: dict[str, Any]) -> list[Section]:
    """All sections."""
    return [
        *study_sections(settings),
        statistics_section(settings, found),
        sensitivity_section(settings),
        rules_section(settings),
    ]


def main(smk: Any) -> None:
    """Read what ran, write the text."""
    settings = smk.params.settings
    ard = ArdIndex.read(*smk.input.ard)
    study = settings["study"]
    found = {
        "tests": comparisons(ard),
        "models": models(ard, settings["labels"]),
        "versions": versions(Path(smk.input.lock).read_text(encoding="utf-8")),
        "waivers": in_force(read_waivers(smk.input.waivers), study["data_cutoff"]),
    }
    state = f"{made_from(study, smk.input)}."
    about = Section("Study", [study["title"], study["notice"], state])
    write_prose(smk.output.methods, "Methods", [about, *methods(settings, found)])


if __name__ == "__main__":
    run(main, snakemake)
