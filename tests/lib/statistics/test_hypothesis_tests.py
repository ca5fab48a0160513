"""Tests of tables, means, ranks, normality and proportions: known answers and edge cases."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.lib.statistics.fisher import fisher_exact, fisher_one_sided, odds_ratio
from scripts.lib.statistics.hypothesis_tests import (
    TestResult,
    analysis_of_variance,
    chi_squared,
    cochran_mantel_haenszel,
    expected_counts,
    paired_t,
    student_t,
    variance_ratio,
    welch_t,
)
from scripts.lib.statistics.normality import (
    anderson_darling,
    kolmogorov_exact,
    kolmogorov_limit,
    ks_normal,
    ks_two_sample,
    lilliefors,
    shapiro_wilk,
)
from scripts.lib.statistics.p_adjust import p_adjust
from scripts.lib.statistics.proportions import (
    binomial_test,
    clopper_pearson,
    newcombe_difference,
    wilson,
)
from scripts.lib.statistics.quantiles import sample_quantile
from scripts.lib.statistics.rank_tests import kruskal_wallis, mann_whitney, rank_sum_distribution

NAN = float("nan")
TEA = [[3, 1], [1, 3]]  # Fisher's tea taster
quick = settings(max_examples=30, deadline=None)


def not_applicable(result: TestResult) -> bool:
    return np.isnan(result.p_value) and result.note.startswith("not applicable: ")


def test_fisher_matches_the_tea_taster():
    assert fisher_exact(TEA).p_value == pytest.approx(34 / 70)
    assert fisher_one_sided(TEA)[1] == pytest.approx(17 / 70)
    assert odds_ratio(TEA)[0] == pytest.approx(6.408309, abs=1e-6)  # R fisher.test(TeaTasting)


def every_table(rows, columns):
    """All tables with the margins, by brute force."""
    if len(rows) == 1:
        yield (tuple(columns),)
        return
    for first in product(*(range(min(rows[0], total) + 1) for total in columns)):
        if sum(first) == rows[0]:
            left = [total - used for total, used in zip(columns, first, strict=True)]
            yield from ((first, *rest) for rest in every_table(rows[1:], left))


@quick
@given(st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=2, max_size=4))
def test_fisher_equals_the_sum_over_every_table(table):
    counts = np.array(table)
    if min(np.count_nonzero(counts.sum(axis=0)), np.count_nonzero(counts.sum(axis=1))) < 2:
        assert fisher_exact(counts).p_value == 1
        return
    rows, columns = counts.sum(axis=1).tolist(), counts.sum(axis=0).tolist()
    factorial = np.cumprod([1, *range(1, 40)]).astype(float)
    weights = np.array([1 / factorial[np.array(t)].prod() for t in every_table(rows, columns)])
    observed = 1 / factorial[counts].prod()
    expected = weights[weights <= observed * (1 + 3e-7)].sum() / weights.sum()
    assert fisher_exact(counts).p_value == pytest.approx(expected, rel=1e-9)


def test_fisher_is_indifferent_to_transposition_and_order():
    table = np.array([[8, 2, 5], [1, 9, 4], [3, 3, 7], [0, 4, 4]])
    p_value = fisher_exact(table).p_value
    for other in (table.T, table[::-1], table[:, [2, 0, 1]]):
        assert fisher_exact(other).p_value == pytest.approx(p_value, rel=1e-9)


def test_fisher_with_two_columns_of_thousands_is_exact():
    result = fisher_exact([[310, 290], [402, 398], [501, 499], [620, 580]])
    assert result.method == "Fisher's exact test"
    assert result.p_value == pytest.approx(0.8464728236797)  # R, workspace = 2e7


def test_fisher_that_is_too_large_says_so_and_repeats_itself():
    table = [[220, 230, 240], [210, 215, 220], [200, 250, 230]]
    one, other = fisher_exact(table), fisher_exact(table)
    assert "Monte Carlo" in one.method and "seed" in one.method
    assert one.note == "too many tables for the exact sum"
    assert one.p_value == other.p_value == pytest.approx(chi_squared(table).p_value, abs=0.02)


def test_fisher_gives_up_by_the_work_of_all_rows_together(monkeypatch):
    # ten rows of thousands took minutes, each row below the limit of ways, before the simulation
    table = [[40, 30], [30, 25], [35, 20]] * 2
    assert "Monte Carlo" not in fisher_exact(table).method
    monkeypatch.setattr("scripts.lib.statistics.fisher_network.MOST_PLACED", 1_000)
    assert "Monte Carlo" in fisher_exact(table).method


def test_fisher_with_an_empty_row_is_one_and_says_why():
    assert fisher_exact([[0, 0], [7, 9]]).p_value == 1
    result = fisher_exact([[0, 0, 0], [7, 9, 2]])
    assert result.p_value == 1 and "not empty" in result.note


def test_chi_squared_with_an_empty_row_or_one_row_does_not_apply():
    assert not_applicable(chi_squared([[0, 0], [7, 9]]))
    assert not_applicable(chi_squared([[4, 5]]))
    assert not_applicable(fisher_exact([[4, 5]]))
    assert np.isnan(expected_counts([[0, 0], [0, 0]])).all()


def test_continuity_correction_is_for_two_by_two_tables_only():
    assert "correction" in chi_squared(TEA, correct=True).method
    wide = [[3, 1, 4], [1, 3, 2]]
    assert chi_squared(wide, correct=True) == chi_squared(wide)


@pytest.mark.parametrize(
    "table", [[[1, -2], [3, 4]], [[0.5, 1], [2, 3]], [1, 2], [[NAN, 1], [1, 1]]]
)
def test_what_is_no_table_of_counts_is_refused(table):
    with pytest.raises(ValueError, match="table: "):
        chi_squared(table)


def test_cochran_mantel_haenszel_with_tiny_or_empty_strata_does_not_apply():
    one = np.array([[[1], [0]], [[0], [0]]])
    assert not_applicable(cochran_mantel_haenszel(one))
    empty_row = np.zeros((2, 2, 2))
    empty_row[1] = 5
    assert not_applicable(cochran_mantel_haenszel(empty_row))
    with pytest.raises(ValueError, match="strata"):
        cochran_mantel_haenszel(TEA)


@pytest.mark.parametrize("test", [student_t, welch_t, variance_ratio])
def test_constant_or_tiny_samples_do_not_apply(test):
    assert not_applicable(test([1, 1, 1], [1, 1]))
    assert not_applicable(test([], [1, 2]))
    assert not_applicable(test([NAN], [NAN, 1]))


def test_other_tests_of_constant_values_do_not_apply():
    assert not_applicable(paired_t([1, 2], [0, 1]))
    assert not_applicable(mann_whitney([2, 2], [2, 2]))
    assert mann_whitney([2, 2], [2, 2]).statistic == 2  # R: W = 2, P = NaN
    assert not_applicable(mann_whitney([], [1]))
    assert not_applicable(kruskal_wallis([[1, 1], [1]]))
    assert not_applicable(kruskal_wallis([[1, 2], []]))
    assert not_applicable(analysis_of_variance([[1, 2], [3]]))
    assert not_applicable(analysis_of_variance([[1, 1], [2, 3]], equal=False))
    for test in (ks_normal, lilliefors, shapiro_wilk, anderson_darling):
        assert not_applicable(test([3.0] * 20))
        assert not_applicable(test([]))


def test_missing_values_are_left_out_and_infinite_ones_refused():
    assert mann_whitney([1, NAN, 2], [3, 4]) == mann_whitney([1, 2], [3, 4])
    with pytest.raises(ValueError, match="x: infinite"):
        student_t([1, np.inf], [1, 2])
    with pytest.raises(ValueError, match="pairs"):
        paired_t([1, 2], [1])


def test_student_t_of_one_value_against_many_is_defined_as_in_r():
    result = student_t([5], [1, 2, 3])
    assert (result.df, result.statistic) == (2, pytest.approx(2.598076, abs=1e-6))


def test_rank_sum_distribution_counts_all_subsets():
    distribution = rank_sum_distribution(3, 4)
    counts = np.zeros(13)
    for ranks in product([0, 1], repeat=7):
        if sum(ranks) == 3:
            counts[sum(r for r, taken in enumerate(ranks, 1) if taken) - 6] += 1
    np.testing.assert_allclose(distribution, counts / counts.sum())


def test_mann_whitney_chooses_exact_as_r_does():
    x, y = np.arange(49) * 2.0, np.arange(49) * 2 + 1.0
    assert mann_whitney(x, y).method.endswith("exact")
    assert "normal" in mann_whitney(x, np.append(y, 999.0)).method
    assert "normal" in mann_whitney([1, 2], [2, 3], exact=True).method  # ties


def test_mann_whitney_at_the_centre_has_p_one():
    assert mann_whitney([1, 4], [2, 3], exact=False).p_value == 1


def test_kolmogorov_distributions_match_published_values():
    assert 1 - kolmogorov_exact(0.41, 10) == pytest.approx(0.05, abs=2e-3)  # table of Miller 1956
    assert 1 - kolmogorov_limit(1.3581) == pytest.approx(0.05, abs=1e-4)
    assert kolmogorov_exact(0.01, 5) == 0 and kolmogorov_exact(0.9999, 5) == pytest.approx(1)
    assert kolmogorov_limit(0) == 0 and kolmogorov_limit(0.5) == pytest.approx(0.0361, abs=1e-4)


def test_kolmogorov_smirnov_of_separated_samples():
    result = ks_two_sample([1, 2, 3], [4, 5, 6])
    assert result.statistic == 1 and result.p_value == pytest.approx(0.1)
    assert not_applicable(ks_two_sample([], [1]))


def test_kolmogorov_smirnov_says_when_parameters_are_estimated():
    values = np.random.default_rng(1).normal(size=50)
    assert "estimated" in ks_normal(values).note
    assert ks_normal(values, 0, 1).note == ""


def test_newcombe_difference_matches_the_published_example():
    # Newcombe 1998, method 10: 56/70 - 48/80
    ours = newcombe_difference(56, 70, 48, 80)
    assert ours == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_proportions_of_nobody_are_not_defined_and_impossible_counts_are_refused():
    for function in (clopper_pearson, wilson):
        assert np.isnan(function(0, 0)).all()
        with pytest.raises(ValueError, match="events <= total"):
            function(3, 2)
    assert np.isnan(newcombe_difference(0, 0, 1, 2).lower)
    assert np.isnan(binomial_test(0, 0))


def test_limits_of_none_and_all():
    assert clopper_pearson(0, 10).lower == 0 and clopper_pearson(10, 10).upper == 1
    assert wilson(0, 10).lower == 0 and wilson(10, 10).upper == 1


def test_binomial_test_off_one_half():
    assert binomial_test(682, 925, 0.75) == pytest.approx(0.382491559574852)  # R
    assert binomial_test(5, 5, 1.0) == 1


def test_p_adjust_keeps_order_and_missing_values():
    adjusted = p_adjust([0.03, NAN, 0.01], "holm")
    np.testing.assert_allclose(adjusted, [0.03, NAN, 0.02])
    assert len(p_adjust([], "BH")) == 0
    with pytest.raises(ValueError, match="one of"):
        p_adjust([0.1], "sidak")


def test_sample_quantiles_of_nothing_one_value_and_bad_arguments():
    assert np.isnan(sample_quantile([], [0.5])).all()
    for kind in range(1, 10):
        assert sample_quantile([4], [0, 0.3, 1], kind).tolist() == [4, 4, 4]
    with pytest.raises(ValueError, match="1 to 9"):
        sample_quantile([1, 2], [0.5], 10)
    with pytest.raises(ValueError, match="between 0 and 1"):
        sample_quantile([1, 2], [1.5])


samples = st.lists(st.floats(-50, 50).map(lambda value: round(value, 1)), min_size=3, max_size=25)


@quick
@given(samples, samples)
def test_swapping_the_groups_changes_no_p_value(x, y):
    for test in (student_t, welch_t, mann_whitney, ks_two_sample):
        one, other = test(x, y).p_value, test(y, x).p_value
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12, equal_nan=True)


@quick
@given(st.integers(0, 40), st.integers(1, 40))
def test_limits_hold_the_estimate_and_mirror(events, more):
    total = events + more
    for function in (clopper_pearson, wilson):
        ours, mirror = function(events, total), function(more, total)
        assert 0 <= ours.lower <= ours.estimate <= ours.upper <= 1
        np.testing.assert_allclose([ours.lower, ours.upper], [1 - mirror.upper, 1 - mirror.lower])
