"""Compute one golden case (data.csv, meta.json) in the form of golden.json.

The form is that of `tests/golden/r/golden.R`, which made the reference with R: same keys, None for
R's NA, and `warnings` not empty where a coefficient is not estimable. meta.json may leave out
`covariates`, `fixed_times`, `tau` and, for one arm, `arm_levels`.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import chdtrc

from scripts.lib.statistics.concordance import concordance
from scripts.lib.statistics.cox import (
    CoxFit,
    TestStatistic,
    chi_squared_test,
    fit_cox,
    likelihood_ratio_test,
    term_tests,
)
from scripts.lib.statistics.cox_zph import Transform, proportional_hazards_tests
from scripts.lib.statistics.design import Term, continuous, design, factor, interaction
from scripts.lib.statistics.log_rank import LogRank, log_rank
from scripts.lib.statistics.survival import (
    ConfidenceType,
    KaplanMeier,
    RestrictedMean,
    kaplan_meier,
    median,
    number_at_risk,
    quantile,
    restricted_mean,
    restricted_mean_difference,
    reverse_kaplan_meier,
    survival_at,
)
from scripts.lib.statistics.time_to_event import is_missing

CONFIDENCE_TYPES: tuple[ConfidenceType, ...] = ("log", "log-log", "plain")
TRANSFORMS: tuple[Transform, ...] = ("km", "rank", "identity")
QUANTILES = {"q25": 0.25, "median": 0.5, "q75": 0.75}
EXACT_BELOW = 700  # golden.R makes the exact fit of smaller data sets only

Frame = dict[str, np.ndarray]
Json = dict[str, Any]


class Case:
    """Data and description of one case; columns as text, None where empty."""

    def __init__(self, folder: Path) -> None:
        self.meta: Json = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        with (folder / "data.csv").open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
        self.frame: Frame = {
            name: np.array([row[name] or None for row in rows], dtype=object) for name in rows[0]
        }
        self.time = self.frame["time"].astype(float)
        self.event = self.frame["status"].astype(int)
        if "arm" not in self.frame:
            self.frame["arm"] = np.full(len(rows), "all", dtype=object)
        known = sorted({str(arm) for arm in self.frame["arm"] if arm is not None})
        self.arms: list[str] = [str(arm) for arm in self.meta.get("arm_levels") or known]
        self.terms: dict[str, Term] = {"arm": factor("arm", self.arms)}
        described = self.meta.get("covariates") or {}
        for name, covariate in described.items():
            numeric = covariate["type"] == "numeric"
            self.terms[name] = continuous(name) if numeric else factor(name, covariate["levels"])
        self.covariates = list(described)
        self.undeclared = self._without_undeclared()
        self.compared = len(self.arms) > 1

    def _without_undeclared(self) -> list[str]:
        """Make levels that the description does not declare missing, as R's factor(levels) does.

        Returns a line for each column that had any.
        """
        lines = []
        for name, term in self.terms.items():
            levels = term.variables[0].levels
            column = self.frame[name]
            strange = ~is_missing(column) & ~np.isin(column.astype(str), levels)
            if levels and strange.any():
                self.frame[name] = column.copy()
                self.frame[name][strange] = None
                lines.append(f"{name}: {strange.sum()} rows of undeclared levels count as missing")
        return lines

    def common_time(self) -> float:
        """Smallest of the arms' largest times: tau where the description has none."""
        arms = [self.time[self.frame["arm"] == arm] for arm in self.arms]
        return min(float(times.max()) for times in arms if len(times))

    def rows(self, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray, Frame]:
        """Time, event and frame of the chosen rows."""
        frame = {name: column[chosen] for name, column in self.frame.items()}
        return self.time[chosen], self.event[chosen], frame

    def fit(self, terms: list[Term], chosen: np.ndarray | None = None, **options: Any) -> CoxFit:
        """Fit a Cox model to the chosen rows (all where absent)."""
        everyone = np.ones(len(self.time), dtype=bool)
        time, event, frame = self.rows(everyone if chosen is None else chosen)
        return fit_cox(time, event, design(frame, terms), **options)


def compute_case(folder: Path) -> Json:
    """All results of one case in the form of golden.json."""
    case = Case(folder)
    fixed = np.array(case.meta.get("fixed_times") or [], dtype=float)
    tau = float(case.meta.get("tau") or case.common_time())
    whole = np.ones(len(case.time), dtype=bool)
    result: Json = {"name": case.meta.get("name", folder.name)}
    result["time_unit"] = case.meta.get("time_unit")
    if case.undeclared:
        result["undeclared"] = case.undeclared
    result["overall"] = _describe(case, whole, fixed, tau)
    members = {arm: case.frame["arm"] == arm for arm in case.arms}
    result["arms"] = {arm: _describe(case, rows, fixed, tau) for arm, rows in members.items()}
    if case.compared:
        result |= _compare_arms(case, members, tau)
    names = (["arm"] if case.compared else []) + case.covariates
    result["cox_univariable"] = {name: cox_result(case.fit([case.terms[name]])) for name in names}
    if case.compared:
        result["cox_arm_breslow"] = cox_result(case.fit([case.terms["arm"]], ties="breslow"))
        if len(case.time) < EXACT_BELOW:
            result["cox_arm_exact"] = cox_result(case.fit([case.terms["arm"]], ties="exact"))
    listed = [name for name in case.meta.get("multivariable") or [] if name in names]
    if len(listed) > 1:
        result["cox_multivariable"] = _multivariable(case, listed)
    subgroups = {name: _subgroups(case, name) for name in case.covariates if _is_factor(case, name)}
    if case.compared and subgroups:
        result["subgroups"] = subgroups
    return result


def _is_factor(case: Case, name: str) -> bool:
    return bool(case.terms[name].variables[0].levels)


# ---- Kaplan-Meier and log-rank -------------------------------------------------------------------


def _describe(case: Case, chosen: np.ndarray, fixed: np.ndarray, tau: float) -> Json | None:
    time, event, _ = case.rows(chosen)
    if not len(time):
        return None
    curve, reverse = kaplan_meier(time, event), reverse_kaplan_meier(time, event)
    mean = restricted_mean(curve, tau)
    up_to = time[None, :] <= fixed[:, None]
    return {
        "n": len(time),
        "events": int(event.sum()),
        "max_time": float(time.max()),
        "quantiles": {kind: _quantiles(curve, kind) for kind in CONFIDENCE_TYPES},
        "survival_at": {kind: _survival_at(curve, fixed, kind) for kind in CONFIDENCE_TYPES},
        "at_risk": {"time": fixed.tolist(), "n": number_at_risk(time, fixed).tolist()},
        "cum_events": (up_to @ event).tolist(),
        "cum_censored": (up_to @ (1 - event)).tolist(),
        "rmean": {"tau": tau, "est": mean.estimate, "se": mean.std_err},
        "reverse_km_followup": {
            kind: dict(zip(("median", "lower", "upper"), median(reverse, kind), strict=True))
            for kind in CONFIDENCE_TYPES
        },
    }


def _quantiles(curve: KaplanMeier, kind: ConfidenceType) -> Json:
    keys = ("est", "lower", "upper")
    return {
        name: dict(zip(keys, quantile(curve, share, kind), strict=True))
        for name, share in QUANTILES.items()
    }


def _survival_at(curve: KaplanMeier, fixed: np.ndarray, kind: ConfidenceType) -> Json:
    keys = ("time", "surv", "std_err", "lower", "upper")
    columns = survival_at(curve, fixed, kind)
    return {key: column.tolist() for key, column in zip(keys, columns, strict=True)}


def _compare_arms(case: Case, members: dict[str, np.ndarray], tau: float) -> Json:
    time, event, frame = case.rows(~is_missing(case.frame["arm"]))
    arm = frame["arm"]
    peto = _log_rank(log_rank(time, event, arm, rho=1, levels=case.arms))
    peto["df"] = len(case.arms) - 1  # golden.R counts the declared arms, also without patients
    peto["p"] = float(chdtrc(peto["df"], peto["chisq"]))
    result: Json = {"logrank": _log_rank(log_rank(time, event, arm, levels=case.arms))}
    result["peto_rho1"] = {key: peto[key] for key in ("chisq", "df", "p")}
    if stratum := case.meta.get("strata"):
        result |= _stratified(case, stratum)
    if len(case.arms) > 2:
        result["pairwise_logrank"] = [
            {"pair": list(pair)} | _pair(case, pair) for pair in combinations(case.arms, 2)
        ]
    if len(case.arms) == 2:
        control, treated = (
            restricted_mean(kaplan_meier(case.time[rows], case.event[rows]), tau)
            for rows in members.values()
        )
        result["rmst_difference"] = _mean_difference(case.arms, treated, control)
    return result


def _pair(case: Case, pair: tuple[str, str]) -> Json:
    rows = np.isin(case.frame["arm"].astype(str), pair)
    arm = case.frame["arm"][rows]
    return _log_rank(log_rank(case.time[rows], case.event[rows], arm, levels=pair))


def _stratified(case: Case, stratum: str) -> Json:
    known = ~is_missing(case.frame[stratum]) & ~is_missing(case.frame["arm"])
    time, event, frame = case.rows(known)
    labels = frame[stratum].astype(str)
    test = log_rank(time, event, frame["arm"], strata=labels, levels=case.arms)
    fit = fit_cox(time, event, design(frame, [case.terms["arm"]]), strata=labels)
    return {
        "logrank_stratified": {"strata": stratum} | _log_rank(test),
        "cox_stratified": {"strata": stratum} | cox_result(fit),
    }


def _log_rank(test: LogRank) -> Json:
    """Form of golden.R: 0 where the test does not apply, and all groups count, which R's print
    of survdiff (and ours) does not do with groups in which no event is expected.
    """
    chi_square = float(np.nan_to_num(test.chi_square))
    df = len(test.groups) - 1
    return {
        "chisq": chi_square,
        "df": df,
        "p": float(chdtrc(df, chi_square)),
        "observed": test.observed.tolist(),
        "expected": test.expected.tolist(),
    }


def _mean_difference(arms: list[str], treated: RestrictedMean, control: RestrictedMean) -> Json:
    keys = ("est", "se", "lower", "upper", "p")
    numbers = restricted_mean_difference(treated, control)
    return {"contrast": f"{arms[1]} - {arms[0]}"} | dict(zip(keys, numbers, strict=True))


# ---- Cox -----------------------------------------------------------------------------------------


def cox_result(fit: CoxFit) -> Json:
    """One fit in the form of golden.json."""
    names = [r_name(column.name, column.term) for column in fit.columns]
    share = concordance(fit)
    result: Json = {
        "n": fit.n,
        "events": fit.events,
        "warnings": [f"{name}: {why}" for name, why in zip(names, fit.reason, strict=True) if why],
        "terms": [_coefficient(fit, place, name) for place, name in enumerate(names)],
        "loglik_null": fit.loglik_null,
        "loglik": fit.loglik,
        "aic": fit.aic,
        "lr": _test(fit.likelihood_ratio._replace(df=_r_df(fit))),
        # R's summary rounds the Wald statistic, not its P value, to two decimals
        "wald": _wald(fit),
        "score": _test(fit.score._replace(df=_r_df(fit))),
        "concordance": {"est": share.estimate, "se": share.std_err},
    }
    if fit.ties == "efron":
        result["zph"] = {transform: _zph(fit, transform) for transform in TRANSFORMS}
    return result


def _coefficient(fit: CoxFit, place: int, name: str) -> Json:
    limits = fit.limits()
    values = {"coef": fit.coefficient, "se": fit.std_err, "p_wald": fit.p_value}
    converged = {key: float(column[place]) for key, column in values.items()}
    if not fit.free[place]:
        converged["se"] = 0.0  # what R writes beside a coefficient that is NA
    result: Json = {
        "term": name,
        **converged,
        "hr": float(limits.hazard_ratio[place]),
        "z": float(fit.z[place]),
        "hr_lower": float(limits.lower[place]),
        "hr_upper": float(limits.upper[place]),
        "converged": converged,
    }
    return result | ({"reason": fit.reason[place]} if fit.reason[place] else {})


def _r_df(fit: CoxFit) -> int:
    """Degrees of freedom as R prints them: where nobody else is at risk at any event, coxph runs
    out of iterations with the log-likelihood 0, and counts all columns; we count none.
    """
    alone = fit.events > 0 and fit.loglik_null == 0 and fit.loglik == 0
    return len(fit.columns) if alone else fit.df


def _test(test: TestStatistic) -> Json:
    """A test of all coefficients; where they tell nothing, R writes the statistic 0 and P = 1."""
    nothing = test.df == 0 or np.isnan(test.p_value)
    statistic, p_value = (0.0, 1.0) if nothing else (test.statistic, test.p_value)
    return {"stat": statistic, "df": test.df, "p": p_value}


def _wald(fit: CoxFit) -> Json:
    if fit.events and not fit.free.any():
        return {"stat": 0.0, "df": None, "p": None}
    test = _test(fit.wald)
    return test | {"stat": round(test["stat"], 2)}


def _chi_square(test: TestStatistic) -> Json:
    return {"chisq": test.statistic, "df": test.df, "p": test.p_value}


def _zph(fit: CoxFit, transform: Transform) -> Json:
    tests = proportional_hazards_tests(fit, transform)
    return {r_name(term, term): _chi_square(test) for term, test in tests.items()}


def _multivariable(case: Case, names: list[str]) -> Json:
    model = design(case.frame, [case.terms[name] for name in names])
    fit = fit_cox(case.time, case.event, model)
    tests = term_tests(case.time, case.event, model)
    if _r_df(fit) > fit.df:
        sizes = Counter(column.term for column in fit.columns)
        tests = {term: chi_squared_test(0.0, sizes[term]) for term in tests}
    result = cox_result(fit) | {"complete_case_n": model.n_used}
    return result | {"term_lr": {term: _chi_square(test) for term, test in tests.items()}}


def _subgroups(case: Case, name: str) -> Json:
    arm, other = case.terms["arm"], case.terms[name]
    known = ~is_missing(case.frame[name])
    additive = case.fit([arm, other], known)
    crossed = case.fit([arm, other, interaction(arm, other)], known)
    compared = likelihood_ratio_test(crossed, additive)
    compared = chi_squared_test(compared.statistic, _r_df(crossed) - _r_df(additive))
    test = _chi_square(compared)
    if test["df"] == 0:
        test["p"] = float(test["chisq"] < 1e-9)  # as R's pchisq with 0 degrees of freedom
    test["warnings"] = [why for fit in (additive, crossed) for why in fit.reason if why]
    levels = other.variables[0].levels
    return {
        "interaction_lr": test,
        "levels": {level: _subgroup(case, case.frame[name] == level) for level in levels},
    }


def _subgroup(case: Case, chosen: np.ndarray) -> Json:
    _, event, frame = case.rows(chosen)
    sizes = [int((frame["arm"] == arm).sum()) for arm in case.arms]
    result: Json = {"n": len(event), "events": int(event.sum()), "estimable": False}
    if len(event) < 2 or event.sum() == 0 or np.count_nonzero(sizes) < 2:
        return result
    fit = cox_result(case.fit([case.terms["arm"]], chosen))
    deaths = [int(event[frame["arm"] == arm].sum()) for arm in case.arms]
    kept = {key: fit[key] for key in ("terms", "warnings")}
    return result | {"n_arm": sizes, "events_arm": deaths, "estimable": True} | kept


R_WORDS = {
    "if", "else", "repeat", "while", "function", "for", "next", "break", "in", "TRUE", "FALSE",
    "NULL", "Inf", "NaN", "NA", "NA_integer_", "NA_real_", "NA_character_", "NA_complex_",
}  # fmt: skip


def r_name(name: str, variable: str) -> str:
    """Name as R's model.matrix writes it: a variable that is no R name stands in backticks."""
    if variable not in R_WORDS and re.fullmatch(r"[^\W\d_][\w.]*|\.(?!\d)[\w.]*", variable):
        return name
    return f"`{variable}`{name[len(variable) :]}"
