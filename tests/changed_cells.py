"""Really changed cells of a finished study: what they come to, for the test of the lineage.

Each scenario is a copy of a patient in whom one cell is other; all copies go through the same
derivations as the study, in one pass. Then the copy stands for the patient in the study's datasets,
and every analysis is run on them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from scripts.derive_adae import adverse_events
from scripts.derive_adrs import derive_block
from scripts.derive_adsl import derive_adsl
from scripts.derive_subjects import read_declared
from scripts.lib.config.absences import marked, not_collected
from scripts.lib.config.specs import (
    columns_of,
    made_from,
    response_rules,
    split_variables,
    tables_of,
    variables_of,
    without_words,
)
from scripts.lib.derivation.adtte import derive_time_to_event
from scripts.lib.derivation.population import population_of
from scripts.lib.derivation.rows import SOURCE, by_patient
from scripts.lib.derivation.variables import derive_variables
from scripts.lib.plan.analyses import analyses, endpoints
from scripts.lib.queries.rederive import Scenario, copy_rows, scenario_names
from scripts.lib.tables import read_table, write_table
from scripts.select_cohort import select_cohort
from tests.statistics_chain import run_sensitivity, run_statistics

Config = dict[str, dict[str, Any]]
Tables = Mapping[str, pd.DataFrame]
MADE_OF = ("SRCDOM", "SRCVAR", "SRCSEQ", "SRCFILE", "SRCSHEET", "SRCROW")  # says where, not what


# ---- deriving again ------------------------------------------------------------------------------


def derive(
    scenarios: Sequence[Scenario], tables: Tables, config: Config, folder: Path
) -> dict[str, pd.DataFrame]:
    """Every analysis dataset of the copies; USUBJID is the name of the scenario (its position)."""
    names = scenario_names(len(scenarios))
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"{name}.parquet" for name in tables}
    copies = {}
    for name, table in tables.items():
        copies[name] = copy_rows(name, table, scenarios, names)
        write_table(copies[name], paths[name])
    cohort, cutoff = config["cohort"], config["study"]["data_cutoff"]
    specs = marked(without_words(cohort["variables"]), not_collected(config))
    early, later = split_variables(specs)
    subjects, _ = derive_variables(
        pd.DataFrame({"USUBJID": names}), early,
        read_declared(early, {n: str(p) for n, p in paths.items()}, names, cohort["dates"]),
        dates=cohort["dates"], cutoff=cutoff, start=cohort["start"],
    )  # fmt: skip
    chosen = select_cohort(subjects, {
        "start": cohort["start"], "arm": cohort["arm"], "criteria": cohort["criteria"],
        "data_cutoff": cutoff, "made_from": made_from(early),
    })  # fmt: skip
    found = {"subjects": subjects, "cohort": chosen}
    for name, rules in endpoints(config).items():
        found[name] = pd.concat(
            [_times(name, key, rule, found, copies, config) for key, rule in rules.items()]
        ).reset_index(drop=True)
    found |= _domains(found, copies, paths, config)
    found["adsl"] = derive_adsl(chosen, subjects, {
        spec["endpoint"]: found[f"adtte_{spec['endpoint']}"] for spec in later if spec["endpoint"]
    }, {
        "start": cohort["start"], "made_from": made_from(specs),
        "variables": [spec for spec in without_words(cohort["variables"]) if spec["adsl"]],
        "later_variables": later, "population": "included", "ignoring": [], "criteria": [],
        "data_cutoff": cutoff, "days_per_month": config["study"]["conventions"]["days_per_month"],
    })  # fmt: skip
    return found


def _applied(config: Config) -> list[str]:
    return [c["id"] for c in config["cohort"]["criteria"] if c["applied"]]


def _times(
    name: str, key: str, rule: dict[str, Any], found: Tables, copies: Tables, config: Config
) -> pd.DataFrame:
    patients, _ = population_of(
        found["cohort"], found["subjects"], rule,
        criteria=_applied(config), cutoff=config["study"]["data_cutoff"],
    )  # fmt: skip
    wanted = columns_of(rule)
    rows, _ = derive_time_to_event(
        patients, rule,
        {t: by_patient(copies[t][["USUBJID", *sorted(wanted[t]), *SOURCE]], patients["USUBJID"])
         for t in tables_of(rule)},
        name=name, first_day=config["study"]["conventions"]["first_day"],
    )  # fmt: skip
    if key:
        rows.insert(list(rows).index("PARAMCD") + 1, "RULESET", key)
    return rows


def _domains(
    found: Tables, copies: Tables, paths: Mapping[str, Path], config: Config
) -> dict[str, pd.DataFrame]:
    folder = next(iter(paths.values())).parent
    files = {name: folder / f"made_{name}.parquet" for name in ("cohort", "subjects")}
    for name, path in files.items():
        write_table(found[name], path)
    cutoff = config["study"]["data_cutoff"]
    settings = {"criteria": _applied(config), "data_cutoff": cutoff}
    smk = SimpleNamespace(
        input=SimpleNamespace(**files), params=SimpleNamespace(settings=settings)
    )  # fmt: skip
    blocks = [
        derive_block(str(paths[rule["table"]]), rule, smk, "".join(keys[1:]))[0]
        for keys, rule in response_rules(config["endpoints"]).items()
    ]
    rule = config["endpoints"]["adverse_events"]
    patients, _ = population_of(
        found["cohort"], found["subjects"], rule, criteria=_applied(config), cutoff=cutoff
    )
    known = patients[["USUBJID", "TRT01A", "DATA_CUTOFF", *sorted(variables_of(rule))]]
    events = adverse_events(by_patient(copies[rule["table"]], known["USUBJID"]), known, rule)
    return {"adrs": pd.concat(blocks, ignore_index=True), "adae": events}


# ---- what differs --------------------------------------------------------------------------------


def differing(
    now: Mapping[str, pd.DataFrame], before: Mapping[str, pd.DataFrame], names: Sequence[str]
) -> list[dict[str, set[str]]]:
    """Per scenario: dataset -> columns whose values differ from those of its patient unchanged.

    Parameters
    ----------
    now, before
        Datasets of the scenarios, and of the same patients without the change, both named alike.
    """
    found: list[dict[str, set[str]]] = [{} for _ in names]
    place = {name: i for i, name in enumerate(names)}
    for dataset, frame in now.items():
        columns = [c for c in frame if c not in MADE_OF and not c.endswith("__SRC")]
        texts = [
            {c: _texts(f, c) for c in columns if c != "USUBJID"} for f in (frame, before[dataset])
        ]
        for column in texts[0]:
            a, b = texts[0][column], texts[1][column]
            both = a.to_frame("a").join(b.rename("b"), how="outer").fillna("nobody")
            for name in both.index[(both["a"] != both["b"]).to_numpy()]:
                found[place[name]].setdefault(dataset, set()).add(column)
    return found


def _texts(frame: pd.DataFrame, column: str) -> pd.Series:
    """All values of a column in the rows of each patient, as one text."""
    values = frame[column].astype("string").fillna("?")
    return values.groupby(frame["USUBJID"].to_numpy()).agg("|".join)


# ---- the study with one patient changed ----------------------------------------------------------


def run_with(
    study: Mapping[str, pd.DataFrame], now: Mapping[str, pd.DataFrame], name: str, patient: str,
    config: Config, folder: Path,
) -> dict[str, list[str]]:  # fmt: skip
    """ARD of every analysis of the study, with the copy `name` for `patient`; none: as it is."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data/analysis").mkdir(parents=True)
    for dataset, frame in study.items():
        changed = frame
        if name:
            mine = now[dataset][now[dataset]["USUBJID"] == name].assign(USUBJID=patient)
            others = frame[frame["USUBJID"] != patient]
            mine = mine.reindex(columns=frame.columns).astype(frame.dtypes)
            changed = pd.concat([others, mine]).sort_values("USUBJID", kind="stable")
        write_table(changed.reset_index(drop=True), folder / f"data/analysis/{dataset}.parquet")
    run_statistics(folder, config)
    run_sensitivity(folder, config)
    return {
        analysis: (folder / f"results/ard/{analysis}.csv").read_text("utf-8").splitlines()
        for analysis in analyses(config)
    }


# ---- which cells ---------------------------------------------------------------------------------


def sampled(
    cells: pd.DataFrame, tables: Tables, screened: set[str], rng: np.random.Generator, each: int
) -> Iterator[tuple[pd.Series, list[Scenario]]]:
    """Of every column of every table some cells that decide and some that are read alone.

    Each with what it could hold: nothing, what other rows hold, and for dates other days.
    """
    cells = cells[cells["table"].isin(list(tables)) & cells["USUBJID"].isin(screened)]
    kinds = cells.assign(deciding=cells["decides"] != "").groupby(["table", "field", "deciding"])
    for (table, field, _), of_kind in kinds:
        for at in sorted(rng.choice(len(of_kind), min(each, len(of_kind)), replace=False)):
            cell = of_kind.iloc[at]
            yield cell, list(_changed(cell, tables[str(table)][str(field)], rng))


def _changed(cell: pd.Series, values: pd.Series, rng: np.random.Generator) -> Iterator[Scenario]:
    place = (cell["file"], cell["sheet"] or None, int(cell["row"]))
    known = values.dropna().unique()
    others = list(rng.choice(len(known), min(3, len(known)), replace=False))
    held: list[Any] = [known[i] for i in others] + [None]
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        days = [pd.Timestamp(day) for day in held if day is not None]
        held = [*days, *(day - pd.Timedelta(days=400) for day in days[:1]), None]
    for value in held:
        yield Scenario(cell["USUBJID"], cell["table"], place, {cell["field"]: value})


def read_study(folder: Path, config: Config) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Standardised tables, and analysis datasets, of a finished study."""
    tables = {
        name: read_table(folder / f"data/standardised/{name}.parquet")
        for name in config["sources"]["tables"]
    }
    datasets = {
        name: read_table(folder / f"data/analysis/{name}.parquet")
        for name in ("subjects", "cohort", "adsl", "adrs", "adae", *endpoints(config))
    }
    return tables, datasets
