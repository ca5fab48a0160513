"""A small made-up study in the files that figures and the report read, for their tests.

The patients come from a seed, the numbers from the project's own estimators: what the tests ask is
that a figure shows the numbers of the Analysis Results Data (ARD), not that these are right.
"""

from __future__ import annotations

import csv
import html
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter
from lifelines.exceptions import ConvergenceError
from lifelines.statistics import multivariate_logrank_test

from scripts.lib.analysis.ard import ArdBuilder, Row, write_ard
from scripts.lib.statistics.survival import kaplan_meier, median, survival_limits

MONTH = 30.4375
ARMS = [
    {"id": "alpha", "label": "Alphamab"},
    {"id": "beta", "label": "Standard care"},
]
STUDY: dict[str, Any] = {
    "title": "A study that nobody made",
    "notice": "Synthetic data: no patient is in this figure.",
    "open_gates": "",
    "arms": ARMS,
    "reference": "beta",
    "confidence_level": 0.95,
    "delivery": "2026-05",
    "data_cutoff": "2024-12-31",
}
LABELS: dict[str, dict[str, Any]] = {
    "SEX": {"label": "Sex", "levels": {"male": "Male", "female": "Female"}},
    "AGEGR1": {"label": "Age, years", "levels": {"<=65": "≤65", ">65": ">65"}},
    "REASON": {"label": "Reason for stopping", "levels": {"a": "Resistance", "b": "Other"}},
    "PATTERN": {"label": "Pattern", "levels": {"alone": "Alone", "combined": "Combined"}},
    "RT": {"label": "Radiotherapy", "levels": {"no": "No", "yes": "Yes"}},
}


def patients(n: int = 80, seed: int = 7) -> pd.DataFrame:
    """One row per patient: arm, factors, time (days) and event (1) of two endpoints."""
    random = np.random.default_rng(seed)
    arm = np.where(np.arange(n) % 5 < 2, "alpha", "beta")
    pfs = np.ceil(random.weibull(1.6, n) * np.where(arm == "alpha", 260, 180)).astype(int) + 1
    return pd.DataFrame(
        {
            "arm": arm,
            "SEX": random.choice(["male", "female"], n, p=[0.7, 0.3]),
            "AGEGR1": random.choice(["<=65", ">65"], n),
            "REASON": np.where((arm == "beta") & (np.arange(n) % 7 == 0), "b", "a"),
            "PATTERN": random.choice(["alone", "combined"], n),
            "RT": random.choice(["no", "yes"], n, p=[0.8, 0.2]),
            "pfs_days": pfs,
            "pfs_event": (random.random(n) < 0.85).astype(int),
            "os_days": pfs + np.ceil(random.exponential(150, n)).astype(int),
            "os_event": (random.random(n) < 0.7).astype(int),
        }
    )


def curve_rows(rows: pd.DataFrame, endpoint: str, population: str, group: str) -> list[list[str]]:
    """One step of the curve a row, from time 0 on."""
    km = kaplan_meier(rows[f"{endpoint}_days"], rows[f"{endpoint}_event"])
    low, high = survival_limits(km.survival, km.std_err_log)
    steps = zip(
        km.time / MONTH, km.survival, low, high, km.n_risk, km.n_event, km.n_censor, strict=True
    )
    start = [population, group, "0.0", "1.0", "1.0", "1.0", str(len(rows)), "0", "0"]
    return [start] + [
        [population, group, *("" if np.isnan(x) else repr(float(x)) for x in step[:4])]
        + [str(int(x)) for x in step[4:]]
        for step in steps
    ]


def add_curve(ard: ArdBuilder, rows: pd.DataFrame, endpoint: str, **where: Any) -> None:
    """N, events, median with limits, numbers at risk per month."""
    days, event = rows[f"{endpoint}_days"], rows[f"{endpoint}_event"]
    ard.add("N", len(rows), **where)
    ard.add("events", int(event.sum()), **where)
    found = median(kaplan_meier(days, event))
    note = "not reached"
    names = ("median", "median_ci_low", "median_ci_high")
    for name, value in zip(names, found, strict=True):
        missing = bool(np.isnan(value))
        ard.add(name, None if missing else value / MONTH, note=note if missing else "", **where)
    for month in range(0, 61):
        n = int((days >= month * MONTH).sum())
        ard.add("at_risk", n, variable="time", level=str(month), **where)


def add_hazard_ratio(ard: ArdBuilder, rows: pd.DataFrame, endpoint: str, **where: Any) -> None:
    """HR of alpha against beta with limits and P; a note where an arm is missing."""
    names = ("hr", "hr_ci_low", "hr_ci_high", "p_value")
    values: list[float | None] = [None] * 4
    frame = rows[[f"{endpoint}_days", f"{endpoint}_event"]].assign(x=(rows.arm == "alpha") * 1.0)
    if frame.x.nunique() == 2:
        try:
            fit = CoxPHFitter().fit(frame, f"{endpoint}_days", f"{endpoint}_event").summary
            columns = ["exp(coef)", "exp(coef) lower 95%", "exp(coef) upper 95%", "p"]
            values = [float(v) for v in fit.loc["x", columns]]
        except ConvergenceError:
            pass
    for name, value in zip(names, values, strict=True):
        ard.add(name, value, note="" if value is not None else "not estimable: one arm", **where)


def log_rank(rows: pd.DataFrame, endpoint: str, by: list[str]) -> float:
    """P value of the k-sample log-rank test over the groups formed by `by`."""
    groups = rows[by].agg("|".join, axis=1)
    return float(
        multivariate_logrank_test(
            rows[f"{endpoint}_days"], groups, rows[f"{endpoint}_event"]
        ).p_value
    )


def write_endpoint(
    folder: Path, rows: pd.DataFrame, endpoint: str, strata: list[str], subgroups: list[str]
) -> dict[str, list[Row]]:
    """Curves of one endpoint to `folder`; its ARD rows per analysis."""
    names = ("kaplan_meier", "cox_univariable", "subgroups", "log_rank")
    km, cox, sub, lr = (ArdBuilder(name, endpoint.upper()) for name in names)
    curves: list[list[str]] = []
    for arm in [a["id"] for a in ARMS if a["id"] in set(rows.arm)] or sorted(set(rows.arm)):
        mine = rows[rows.arm == arm]
        curves += curve_rows(mine, endpoint, "all", arm)
        add_curve(km, mine, endpoint, group=arm)
        for name in strata:
            for level, part in mine.groupby(name, sort=False):
                curves += curve_rows(part, endpoint, f"{name}={level}", arm)
                add_curve(km, part, endpoint, population=f"{name}={level}", group=arm)
            lr.add("p_value", log_rank(mine, endpoint, [name]), group=arm, variable=name)
    for name in strata:
        lr.add("p_value", log_rank(rows, endpoint, ["arm", name]), variable=name)
    if rows.arm.nunique() > 1:
        lr.add("p_value", log_rank(rows, endpoint, ["arm"]), method="log-rank")
    add_hazard_ratio(cox, rows, endpoint, variable="TRT01A", level="alpha")
    for name in subgroups:
        for level in LABELS[name]["levels"] if name in LABELS else rows[name].unique():
            part = rows[rows[name] == level]
            where = {"population": f"{name}={level}"}
            for arm in dict.fromkeys(rows.arm):
                mine = part[part.arm == arm]
                if len(mine):
                    add_curve(sub, mine, endpoint, group=arm, **where)
            add_hazard_ratio(sub, part, endpoint, **where)
        sub.add("p_interaction", 0.5, variable=name)
    folder.mkdir(parents=True, exist_ok=True)
    header = [
        "population",
        "group",
        "time",
        "survival",
        "ci_low",
        "ci_high",
        "n_risk",
        "n_event",
        "n_censor",
    ]
    with (folder / f"{endpoint}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *curves])
    return {b.analysis: b.rows for b in (km, cox, sub, lr)}


def write_study(
    root: Path,
    rows: pd.DataFrame | None = None,
    strata: tuple[str, ...] = ("PATTERN", "RT"),
    subgroups: tuple[str, ...] = ("SEX", "AGEGR1", "REASON"),
) -> Path:
    """Write curves and ARD of both endpoints below `root`."""
    rows = patients() if rows is None else rows
    collected: dict[str, list[Row]] = {}
    for endpoint in ("pfs", "os"):
        found = write_endpoint(
            root / "data/ard/curves", rows, endpoint, list(strata), list(subgroups)
        )
        for analysis, part in found.items():
            collected.setdefault(analysis, []).extend(part)
    for analysis, part in collected.items():
        write_ard(part, root / f"results/ard/{analysis}.csv")
    return root


ATTRITION = """\
criterion,label,mode,group,n_before,n_excluded,n_unknown,n_after
age,Aged 18 or more,sequential,,100,3,1,97
arm,One of the treatments,sequential,,97,7,0,90
early,Alive after two months,sequential,,90,10,0,80
early,Alive after two months,sequential,alpha,40,8,0,32
early,Alive after two months,sequential,beta,50,2,0,48
age,Aged 18 or more,independent,,100,3,1,97
"""


def svg_texts(path: Path) -> set[str]:
    """Every text of an SVG."""
    svg = path.read_text(encoding="utf-8")
    return {html.unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg)}
