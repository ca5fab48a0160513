"""What the lineage says of a cell is true: cells are really changed, and all is derived again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scripts.lib.config.load import load_config
from scripts.lib.derivation.rows import split_source
from scripts.lib.plan.lineage import ANALYSIS, ARM, COLUMN, CONDITION, DATASET, VARIABLE, Lineage
from scripts.lib.queries.rederive import Scenario
from scripts.lib.trace.cells import SELECTION
from tests.changed_cells import derive, differing, read_study, run_with, sampled

pytestmark = pytest.mark.slow
SEED = 20260501
RUN = 3  # changed cells with which every analysis is run: seven seconds each


class Truth:
    """A sample of cells of every column of every table, with what each change comes to."""

    def __init__(self, folder, work):
        self.work, self.config = work, load_config(folder / "config")
        self.lineage = Lineage(self.config)
        self.tables, self.study = read_study(folder, self.config)
        listing = pd.read_csv(folder / "results/trace/cells.csv", keep_default_na=False, dtype=str)
        self.listing = listing
        screened = set(self.study["cohort"]["USUBJID"])
        self.rng = np.random.default_rng(SEED)
        chosen = list(sampled(listing, self.tables, screened, self.rng, 1))
        self.cells = [cell for cell, scenarios in chosen for _ in scenarios]
        self.scenarios = [scenario for _, scenarios in chosen for scenario in scenarios]
        as_it_is = [Scenario(s.patient, "", ("", None, 0), {}) for s in self.scenarios]
        self.now = derive(self.scenarios, self.tables, self.config, work / "now")
        before = derive(as_it_is, self.tables, self.config, work / "before")
        self.names = [f"{i:09d}" for i in range(len(self.scenarios))]
        self.changed = differing(self.now, before, self.names)
        self.as_it_is = run_with(self.study, self.now, "", "", self.config, work / "run")

    def told(self, i):
        """What the listing says that a cell can change."""
        return {*f"{self.cells[i]['results']};{self.cells[i]['may_change']}".split(";")}


@pytest.fixture(scope="module")
def truth(finished, tmp_path_factory):
    return Truth(finished.path("."), tmp_path_factory.mktemp("changed"))


def unexplained(scenario, changed, lineage):
    """What a changed cell changed that cannot be reached from its column."""
    node = (COLUMN, scenario.table, next(iter(scenario.change)))
    reached, selects = lineage.after(node), lineage.selects(node)
    conditions = changed.get("cohort", set()) & {ARM, *lineage.applied}
    found = {(CONDITION, name) for name in conditions} - reached
    values = {name for name in changed.get("subjects", set()) if "__" not in name}
    if "included" in changed.get("cohort", set()) and not selects:
        found.add((CONDITION, "included"))
    if not selects:  # who comes in or goes changes every dataset
        values |= changed.get("adsl", set()) & set(lineage.specs)
        found |= {(DATASET, name) for name in set(changed) & set(lineage.rules)} - reached
    return found | {(VARIABLE, name) for name in values} - reached


def test_no_cell_changes_a_variable_a_criterion_or_a_dataset_that_its_column_does_not_reach(truth):
    found = {
        (scenario.table, *scenario.change): missed
        for scenario, changed in zip(truth.scenarios, truth.changed, strict=True)
        if (missed := unexplained(scenario, changed, truth.lineage))
    }
    assert sum(map(bool, truth.changed)) > 50 and not found


def test_a_cell_that_changes_who_is_in_the_study_says_so_and_names_every_analysis(truth):
    moving = [i for i, of in enumerate(truth.changed) if "included" in of.get("cohort", ())]
    everything = {*truth.lineage.analyses, SELECTION}
    assert moving and all(everything <= truth.told(i) for i in moving)


def test_a_cell_that_changes_a_dataset_names_the_analyses_of_it(truth):
    inside = set(truth.study["adsl"]["USUBJID"])
    for i, changed in enumerate(truth.changed):
        if truth.scenarios[i].patient in inside:
            for name in set(changed) & set(truth.lineage.rules):
                named = set(truth.lineage.reached(ANALYSIS, (DATASET, name)))
                assert named <= truth.told(i), (name, truth.scenarios[i])


def moved_by(truth, datasets, name, patient):
    """Analyses whose results change with the copy `name` in the place of a patient."""
    found = run_with(truth.study, datasets, name, patient, truth.config, truth.work / "run")
    return {name for name, lines in truth.as_it_is.items() if lines != found[name]}


def test_no_analysis_changes_that_a_changed_cell_does_not_name(truth):
    """Every analysis is run on the study with one cell changed that does not name everything."""
    seen, moved = set(), []
    for i in truth.rng.permutation(len(truth.scenarios)):
        kind = frozenset(set(truth.changed[i]) - {"subjects", "cohort"}), frozenset(truth.told(i))
        if kind[0] and kind not in seen and not set(truth.lineage.analyses) <= truth.told(i):
            seen.add(kind)
            moved.append(moved_by(truth, truth.now, truth.names[i], truth.scenarios[i].patient))
            assert moved[-1] <= truth.told(i), truth.scenarios[i]
        if len(moved) == RUN:
            break
    assert any(moved)


def test_an_earlier_end_of_treatment_moves_adverse_events_and_says_so(truth):
    """The stop date bounds the window in which an event counts."""
    inside = truth.study["subjects"].merge(truth.study["adsl"][["USUBJID"]], on="USUBJID")
    inside = inside[inside["L2_STOP__SRC"].notna()].reset_index(drop=True)
    places = split_source(inside["L2_STOP__SRC"])
    rows = inside.assign(**places).to_dict("records")
    earlier = [
        Scenario(
            row["USUBJID"], "treatments", (row["src_file"], row["src_sheet"], row["src_row"]),
            {"stop_date": row["L2_START"]},
        )
        for row in rows
    ]  # fmt: skip
    found = derive(earlier, truth.tables, truth.config, truth.work / "earlier")
    now, before = (
        set(frame.loc[frame["TRTEMFL"].fillna(False).astype(bool), "USUBJID"])
        for frame in (found["adae"], truth.study["adae"])
    )
    names = {f"{i:09d}": scenario for i, scenario in enumerate(earlier)}
    without = [n for n, s in names.items() if s.patient in before and n not in now]
    assert without, "nobody's only events began later than 30 days after the start"
    one = names[without[0]]
    moved = moved_by(truth, found, without[0], one.patient)
    mine = truth.listing[truth.listing["USUBJID"] == one.patient]
    ends = mine[(mine["field"] == "stop_date") & mine["decides"].str.split(";").map(decides_end)]
    assert {"adverse_events", "ae_rates"} <= moved <= {*ends["results"].item().split(";")}


def decides_end(names):
    """Whether the end of the second line is among what a cell decides."""
    return "L2_STOP" in names
