"""Cox models of one endpoint on made-up patients: our steps beside lifelines and R's coxph.

    python -m scripts.tools.bench --cox              100,000 patients, 12 covariates, two arms
    python -m scripts.tools.bench --cox --patients 5000

The same models on the same data: every univariable one, the multivariable one, treatment within
every level of every factor, and the models with and without treatment x factor. Ours is the whole
step of the workflow (with medians, log-rank tests and the rows of results); the others' is the time
of the fits alone. CPU seconds. coxph where R is installed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from scripts import fit_cox_multivariable, fit_cox_univariable
from scripts.lib.analysis import subgroup_rows
from scripts.lib.analysis.ard import ALL, Row
from scripts.lib.analysis.formats import PAPER_FORMATS
from scripts.lib.config.specs import TREATMENT

NUMBERS, FACTORS = 3, 9
UNIVARIABLE, MULTIVARIABLE, SUBGROUPS = "univariable", "multivariable", "subgroups, interactions"
Number = tuple[str, str, str, str]  # group of models, population, variable, level


class Model(NamedTuple):
    """One model: columns of the data; rows where the column `subset` is 1 (None: all)."""

    group: str
    population: str
    variable: str
    columns: list[str]
    subset: str | None = None


class Fitted(NamedTuple):
    """CPU seconds by group of models; coefficients, and P of the interactions."""

    seconds: dict[str, float]
    numbers: dict[Number, float]


# ---- patients and models -------------------------------------------------------------------------


def made_up(patients: int, seed: int = 1) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Times in whole days with covariates, as a step reads them; the terms of the models."""
    random = np.random.default_rng(seed)
    arm = random.choice(["A", "B"], patients)
    columns: dict[str, Any] = {"USUBJID": np.arange(patients).astype(str), TREATMENT: arm}
    risk = -0.3 * (arm == "B")
    terms: list[dict[str, Any]] = []
    for place in range(NUMBERS):
        values = random.normal(60, 10, patients).round(1)
        risk = risk + 0.01 * (values - 60)
        columns[f"NUMBER{place}"] = values
        terms.append({"name": f"NUMBER{place}", "kind": "numeric", "levels": None})
    for place in range(FACTORS):
        levels = [f"level {number}" for number in range(2 + place % 3)]
        code = random.integers(0, len(levels), patients)
        risk = risk + 0.1 * code * (-1) ** place
        columns[f"FACTOR{place}"] = np.array(levels)[code]
        terms.append({"name": f"FACTOR{place}", "kind": "categorical", "levels": levels})
    died = np.ceil(random.exponential(400 * np.exp(-risk)))
    left = np.ceil(random.uniform(100, 2000, patients))
    columns |= {"time": np.minimum(died, left), "event": died <= left}
    return pd.DataFrame(columns).convert_dtypes(convert_floating=False), terms


def numeric_columns(frame: pd.DataFrame, terms: list[dict[str, Any]]) -> pd.DataFrame:
    """Time, event, and a column of numbers for every coefficient that a model may have."""
    arm = (frame[TREATMENT] == "B").to_numpy(float)
    columns = {"time": frame["time"], "event": frame["event"].astype(int), f"{TREATMENT}:B": arm}
    for term in terms:
        if term["kind"] == "numeric":
            columns[f"{term['name']}:"] = frame[term["name"]]
        for level in term["levels"] or ():
            indicator = (frame[term["name"]] == level).to_numpy(float)
            columns[f"{term['name']}:{level}"] = indicator
            columns[f"x {term['name']}:{level}"] = indicator * arm
    return pd.DataFrame(columns).astype(float)


def models(terms: list[dict[str, Any]]) -> Iterator[Model]:
    """Every model of one endpoint; those of an interaction follow each other."""
    treatment = [f"{TREATMENT}:B"]
    own = {term["name"]: columns_of(term) for term in terms}
    for name, columns in own.items():
        yield Model(UNIVARIABLE, ALL, name, columns)
    yield Model(UNIVARIABLE, ALL, TREATMENT, treatment)
    every = [column for columns in own.values() for column in columns]
    yield Model(MULTIVARIABLE, ALL, "", [*every, *treatment])
    for term in terms:
        name, columns = term["name"], own[term["name"]]
        for level in term["levels"] or ():
            place = f"{name}:{level}"
            yield Model(SUBGROUPS, f"{name}={level}", TREATMENT, treatment, place)
        if term["levels"]:
            both = [*treatment, *columns]
            yield Model(SUBGROUPS, ALL, f"without x {name}", both)
            yield Model(SUBGROUPS, ALL, f"x {name}", [*both, *(f"x {c}" for c in columns)])


def columns_of(term: dict[str, Any]) -> list[str]:
    """Columns of a term: the first level is the reference."""
    return [f"{term['name']}:{level}" for level in (term["levels"] or ["", ""])[1:]]


# ---- the three -----------------------------------------------------------------------------------


def ours(frame: pd.DataFrame, terms: list[dict[str, Any]]) -> Fitted:
    """The steps of the workflow."""
    survival = {"interval": "log", "confidence_level": 0.95, "days_per_month": 30.4375}
    settings = {
        "arms": ["A", "B"], "reference": "A", "printed": PAPER_FORMATS._asdict(), "ties": "efron",
        "parameter": "OS", "confidence_level": 0.95, "display_p": "log_rank", "survival": survival,
        "terms": terms, "variables": [term for term in terms if term["levels"]],
    }  # fmt: skip
    steps: dict[str, Callable[[], list[Row]]] = {
        UNIVARIABLE: lambda: fit_cox_univariable.fit_all(frame, settings),
        MULTIVARIABLE: lambda: (
            fit_cox_multivariable.fit(frame.rename(columns={"time": "AVAL"}), settings).rows
        ),
        SUBGROUPS: lambda: subgroup_rows.fit_all(frame, settings).rows,
    }
    seconds, numbers = {}, {}
    for group, step in steps.items():
        before = time.process_time()
        rows = step()
        seconds[group] = time.process_time() - before
        for row in rows:
            if row.statistic == "coef":
                # with two arms a subgroup needs no variable and level
                where = (row.variable or TREATMENT, row.level if row.variable else "B")
                numbers[(group, row.population, *where)] = float(row.value)
            if row.statistic == "p_interaction":
                numbers[(group, ALL, f"x {row.variable}", "P")] = float(row.value)
    return Fitted(seconds, numbers)


def collect(wanted: list[Model], fits: list[tuple[np.ndarray, float, float]]) -> Fitted:
    """Numbers of another program: per model its coefficients, log-likelihood and CPU seconds."""
    seconds = dict.fromkeys((model.group for model in wanted), 0.0)
    numbers: dict[Number, float] = {}
    smaller = 0.0
    for model, (coefficients, loglik, used) in zip(wanted, fits, strict=True):
        seconds[model.group] += used
        if model.variable.startswith("x "):
            factor = model.variable.removeprefix("x ")
            df = sum(column.startswith(f"x {factor}:") for column in model.columns)
            p = float(chdtrc(df, 2 * (loglik - smaller)))
            numbers[(model.group, ALL, model.variable, "P")] = p
        elif model.variable.startswith("without"):
            smaller = loglik
        else:
            for column, value in zip(model.columns, coefficients, strict=True):
                variable, _, level = column.partition(":")
                numbers[(model.group, model.population, variable, level)] = float(value)
    return Fitted(seconds, numbers)


def lifelines(data: pd.DataFrame, wanted: list[Model]) -> Fitted:
    """The same models by lifelines, with its own settings."""
    from lifelines import CoxPHFitter

    fits = []
    for model in wanted:
        rows = data if model.subset is None else data[data[model.subset] == 1]
        part = rows[["time", "event", *model.columns]]
        before = time.process_time()
        fit = CoxPHFitter().fit(part, "time", "event")
        used = time.process_time() - before
        fits.append((fit.params_.to_numpy(), float(fit.log_likelihood_), used))
    return collect(wanted, fits)


def coxph(data: pd.DataFrame, wanted: list[Model]) -> Fitted | None:
    """The same models by coxph, with its own settings; None where R is not installed."""
    program = shutil.which("Rscript")
    if program is None:
        return None
    with tempfile.TemporaryDirectory(prefix="cohortgate-bench-") as folder:
        data.to_csv(Path(folder) / "data.csv", index=False)
        text = json.dumps([model._asdict() for model in wanted])
        (Path(folder) / "models.json").write_text(text, encoding="utf-8")
        script = Path(__file__).with_suffix(".R")
        subprocess.run([program, str(script), folder], check=True)
        found = json.loads((Path(folder) / "coxph.json").read_text(encoding="utf-8"))
    fits = [(np.array(f["coef"], float), float(f["loglik"]), float(f["seconds"])) for f in found]
    return collect(wanted, fits)


# ---- beside each other ---------------------------------------------------------------------------


def largest_difference(mine: Fitted, other: Fitted, group: str) -> float:
    """Largest difference of a coefficient (or P of interaction) in a group of models."""
    keys = [key for key in other.numbers if key[0] == group]
    return max(abs(mine.numbers[key] - other.numbers[key]) for key in keys)


def lines(mine: Fitted, others: dict[str, Fitted | None]) -> Iterator[str]:
    """The printed table."""
    yield f"{'CPU seconds':26s}{'ours':>8s}" + "".join(f"{n:>12s}{'differs':>10s}" for n in others)
    for group, seconds in mine.seconds.items():
        line = f"{group:26s}{seconds:8.1f}"
        for other in others.values():
            if other is None:
                line += f"{'-':>12s}{'-':>10s}"
            else:
                difference = largest_difference(mine, other, group)
                line += f"{other.seconds[group]:12.1f}{difference:10.1e}"
        yield line
    totals = [sum(other.seconds.values()) if other else None for other in others.values()]
    ends = "".join(f"{'-' if t is None else f'{t:.1f}':>12s}{'':10s}" for t in totals)
    yield f"{'all':26s}{sum(mine.seconds.values()):8.1f}{ends}".rstrip()


def bench(patients: int) -> None:
    """Fit, compare, print."""
    frame, terms = made_up(patients)
    data, wanted = numeric_columns(frame, terms), list(models(terms))
    print(f"{patients:,} patients, {len(terms)} covariates, {len(wanted)} models")
    found = {"lifelines": lifelines(data, wanted), "coxph": coxph(data, wanted)}
    print("\n".join(lines(ours(frame, terms), found)))
    print("differs: largest difference of a coefficient, or of P of interaction, from ours")


def main() -> None:
    """Read the number of patients."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("patients", type=int, nargs="?", default=100_000)
    bench(parser.parse_args().patients)


if __name__ == "__main__":
    main()
