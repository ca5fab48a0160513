"""R's values beyond golden.R: weights, robust variance, residuals, Firth, Fisher, and others.

`tests/golden/extra/extra.json` was made by the R script beside it (R 4.2.2, survival 3.5-3,
coxphf 1.13.1); it holds data and results.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from scripts.lib.statistics.concordance import concordance
from scripts.lib.statistics.cox import fit_cox
from scripts.lib.statistics.cox_likelihood import evaluate
from scripts.lib.statistics.cox_residuals import score_residuals
from scripts.lib.statistics.cox_zph import proportional_hazards_tests, scaled_schoenfeld
from scripts.lib.statistics.design import continuous, design
from scripts.lib.statistics.firth import fit_firth
from scripts.lib.statistics.fisher import fisher_exact
from scripts.lib.statistics.hypothesis_tests import chi_squared, cochran_mantel_haenszel
from scripts.lib.statistics.normality import ks_normal, ks_two_sample, shapiro_wilk
from scripts.lib.statistics.p_adjust import p_adjust
from scripts.lib.statistics.quantiles import sample_quantile
from scripts.lib.statistics.rank_tests import mann_whitney
from scripts.lib.statistics.survival import kaplan_meier, median, survival_at

R = json.loads(
    (Path(__file__).parents[2] / "golden" / "extra" / "extra.json").read_text(encoding="utf-8")
)
DATA = {name: np.array(column) for name, column in R["data"].items()}
MODEL = design(DATA, [continuous("arm"), continuous("age")])
COX_OPTIONS = {
    "whole": {"weights": DATA["whole"]},
    "part": {"weights": DATA["part"], "robust": True},  # coxph: robust where weights are fractions
    "robust": {"weights": DATA["part"], "robust": True},
    "cluster": {"weights": DATA["part"], "robust": True, "cluster": DATA["id"]},
    "breslow_robust": {"weights": DATA["part"], "robust": True, "ties": "breslow"},
    "strata_robust": {"weights": DATA["part"], "robust": True, "strata": DATA["site"]},
    "exact": {"strata": DATA["site"], "ties": "exact"},
}


def numbers(values):
    return np.array([np.nan if v is None else float(v) for v in np.atleast_1d(values)])


def agree(ours, r_values, relative=1e-6):
    np.testing.assert_allclose(numbers(ours), numbers(r_values), rtol=relative, atol=1e-9)


def indexed(name):
    return [pytest.param(entry, id=str(place)) for place, entry in enumerate(R[name])]


@pytest.mark.parametrize("weight", ["whole", "part"])
def test_weighted_kaplan_meier_matches_r_survfit(weight):
    curve = kaplan_meier(DATA["time"], DATA["status"], DATA[weight])
    at, r = survival_at(curve, [1, 10, 20, 30]), R["weighted_km"][weight]
    agree(at.survival, r["surv"])
    agree(at.std_err, r["std_err"])
    agree(at.lower, r["lower"])
    agree(at.upper, r["upper"])
    agree(list(median(curve)), r["median"])


@pytest.mark.parametrize("name", COX_OPTIONS)
def test_weighted_and_robust_cox_matches_r_coxph(name):
    fit, r = (
        fit_cox(DATA["time"], DATA["status"], MODEL, **COX_OPTIONS[name]),
        R["weighted_cox"][name],
    )
    agree(fit.coefficient, r["coef"])
    agree(fit.variance.ravel(), r["var"])
    agree(fit.naive_variance.ravel(), r["naive"])
    agree([fit.loglik_null, fit.loglik, fit.score.statistic], [*r["loglik"], r["score"]])
    agree(fit.wald.statistic, r["wald"])
    if name != "cluster":
        agree(list(concordance(fit)), r["concordance"])


@pytest.mark.parametrize(("name", "transform"), [("km", "km"), ("log", "log"), ("strata", "rank")])
def test_scaled_schoenfeld_residuals_match_r_cox_zph(name, transform):
    strata = DATA["site"] if name == "strata" else None
    fit = fit_cox(DATA["time"], DATA["status"], MODEL, strata=strata)
    ours, r = scaled_schoenfeld(fit, transform), R["scaled_schoenfeld"][name]
    # rows of tied events may stand in another order
    rows = np.lexsort((ours.residual[:, 1], ours.time))
    theirs = np.reshape(r["y"], (2, -1)).T
    r_rows = np.lexsort((theirs[:, 1], r["time"]))
    agree(ours.time[rows], np.array(r["time"])[r_rows])
    agree(ours.transformed[rows], np.array(r["x"])[r_rows])
    agree(ours.residual[rows].ravel(), theirs[r_rows].ravel())
    tests = proportional_hazards_tests(fit, transform)
    agree([test.statistic for test in tests.values()], r["table"][:3])


def test_weighted_score_test_of_proportional_hazards_matches_r():
    fit = fit_cox(DATA["time"], DATA["status"], MODEL, weights=DATA["part"])
    tests = proportional_hazards_tests(fit)
    agree([test.statistic for test in tests.values()], R["zph_weighted"][:3])


@pytest.mark.parametrize("unit", [1, 86_400, 4e7, 1e-6])
def test_proportional_hazards_test_does_not_depend_on_the_unit_of_time(unit):
    # R refuses `identity` at such times: its matrix is singular to the computer
    fit = fit_cox(DATA["time"] * unit, DATA["status"], MODEL)
    tests = proportional_hazards_tests(fit, "identity")
    agree([test.statistic for test in tests.values()], R["zph_identity"][:3])


def test_a_firth_limit_on_a_narrow_ridge_is_where_the_highest_profile_falls():
    r = R["firth_ridge"]
    columns = {name: np.array(column) for name, column in r["data"].items()}
    model = design(columns, [continuous(f"x{i}") for i in (1, 2, 3, 4)])
    first = np.arange(4) == 0
    fit = fit_firth(columns["time"], columns["status"], model, profiled=first)
    agree(fit.coefficient, r["coef"], relative=1e-5)
    agree(fit.lower[0], r["lower"])


def test_score_residuals_match_r():
    fit = fit_cox(DATA["time"], DATA["status"], MODEL)
    residuals = np.empty((len(DATA["time"]), 2))
    sorted_rows = score_residuals(evaluate(fit.sets, fit.standardised)) * fit.scale
    residuals[fit.sets.order] = sorted_rows
    agree(residuals.T.ravel(), R["score_residuals"])


@pytest.mark.parametrize("entry", indexed("mann_whitney"))
def test_mann_whitney_matches_r_wilcox_test(entry):
    ours = mann_whitney(entry["x"], entry["y"])
    agree([ours.statistic, ours.p_value], [entry["W"], entry["p"]])
    assert ours.method.endswith("exact") == entry["exact"]


@pytest.mark.parametrize("entry", indexed("ks_two"))
def test_two_sample_kolmogorov_smirnov_matches_r_ks_test(entry):
    ours = ks_two_sample(entry["x"], entry["y"])
    agree([ours.statistic, ours.p_value], [entry["D"], entry["p"]])


@pytest.mark.parametrize("entry", indexed("ks_one"))
def test_normality_matches_r_ks_test_and_shapiro_test(entry):
    ours, shapiro = ks_normal(entry["x"]), shapiro_wilk(entry["x"])
    agree([ours.statistic, ours.p_value], [entry["D"], entry["p"]])
    agree([shapiro.statistic, shapiro.p_value], [entry["W"], entry["Wp"]])


@pytest.mark.parametrize("entry", indexed("fisher"))
def test_fisher_and_chi_squared_match_r(entry):
    table = np.array(entry["table"])
    ours = fisher_exact(table)
    assert "Monte Carlo" not in ours.method
    np.testing.assert_allclose(ours.p_value, entry["p"], rtol=1e-6)
    agree(chi_squared(table).statistic, entry["chisq"])
    if "or" in entry:
        agree(
            [ours.estimate, ours.lower, ours.upper], [entry["or"], entry["lower"], entry["upper"]]
        )


@pytest.mark.parametrize("name", ["two", "plain", "rc", "small"])
def test_cochran_mantel_haenszel_matches_r_mantelhaen_test(name):
    r = R["cmh"][name]
    counts = np.array(r["counts"]).reshape(r["dim"], order="F")
    ours = cochran_mantel_haenszel(counts, correct=name != "plain")
    agree([ours.statistic, ours.df, ours.p_value], [r["stat"], r["df"], r["p"]])
    if len(np.atleast_1d(r["ci"])) == 2:
        agree([ours.estimate, ours.lower, ours.upper], [r["or"], *r["ci"]])


@pytest.mark.parametrize("method", ["holm", "hochberg", "bonferroni", "BH", "BY", "none"])
def test_p_adjust_matches_r(method):
    agree(p_adjust(numbers(R["p_adjust"]["p"]), method), R["p_adjust"][method])


@pytest.mark.parametrize("entry", indexed("quantiles"))
def test_sample_quantiles_match_r_quantile(entry):
    shares = [0, 0.1, 1 / 3, 0.5, 0.66, 0.9, 1]
    agree(sample_quantile(entry["x"], shares, entry["type"]), entry["q"])


@pytest.mark.parametrize("name", ["breast", "separated"])
def test_firth_matches_coxphf(name):
    r = R["firth"][name]
    frame = {key: np.array(column, dtype=float) for key, column in r["data"].items()}
    time, event, *covariates = frame
    fit = fit_firth(frame[time], frame[event], design(frame, [continuous(c) for c in covariates]))
    agree(fit.coefficient, r["coef"])
    agree(fit.std_err**2, np.reshape(r["var"], (len(covariates), -1)).diagonal())
    agree(fit.limits().lower, r["lower"])
    agree(fit.limits().upper, r["upper"])
    agree(fit.p_value, r["p"])
    agree(fit.likelihood_ratio.statistic, r["lr"])
