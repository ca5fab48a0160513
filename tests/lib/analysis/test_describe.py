"""Counts and means by arm, and the choice of the test."""

import numpy as np
import pandas as pd
import pytest

from scripts.lib.analysis.ard import ArdBuilder, ArdIndex
from scripts.lib.analysis.describe import compare_counts, compare_numbers, describe_variable
from scripts.lib.analysis.formats import format_p
from scripts.lib.errors import Stop

NORMALITY = {"form": "lilliefors", "alpha": 0.05, "within": "arm"}
TESTS = {
    "min_expected": 5,
    "continuity_correction": False,
    "equal_variances": True,
    "normality": NORMALITY,
}
PLAIN = {
    "kind": "categorical", "levels": None, "test": "overall", "denominator": "known",
    "where": None, "decimals": None,
}  # fmt: skip


def by_arm(serplulimab: int, chemotherapy: int) -> list[list[int]]:
    """2 x 2 table of patients with and without, of 67 and 93."""
    return [[serplulimab, chemotherapy], [67 - serplulimab, 93 - chemotherapy]]


# paper/audit.md (a): every P value that can be recomputed from printed counts, with its test
PRINTED = [
    ("sex", by_arm(49, 76), "0.195", "Pearson"),
    ("KPS score", [[0, 7], [34, 45], [32, 41], [1, 0]], "0.058", "Fisher"),
    ("ECOG PS", by_arm(49, 60), "0.248", "Pearson"),
    ("smoking", by_arm(36, 26), "0.001", "Pearson"),
    ("first-line immunotherapy", by_arm(42, 52), "0.391", "Pearson"),
    ("first-line chemotherapy", by_arm(47, 68), "0.680", "Pearson"),
    ("first-line radiotherapy", by_arm(26, 60), "0.001", "Pearson"),
    ("radiotherapy before", by_arm(10, 6), "0.078", "Pearson"),
    ("radiotherapy after", by_arm(8, 12), "0.856", "Pearson"),
    ("radiotherapy synchronous", by_arm(8, 42), "<0.001", "Pearson"),
    ("reason", [[62, 86], [2, 3], [3, 4]], ">0.999", "Fisher"),
    ("anti-angiogenic", by_arm(28, 24), "0.033", "Pearson"),
    ("second-line radiotherapy", by_arm(11, 6), "0.044", "Pearson"),
    ("second-line radiotherapy synchronous", [[3, 2], [8, 4]], ">0.999", "Fisher"),
    ("ORR", by_arm(36, 38), "0.107", "Pearson"),
    ("DCR", by_arm(67, 93), ">0.999", "Fisher"),  # printed as 1.000
    ("any metastasis", by_arm(45, 68), "0.415", "Pearson"),
    ("brain", by_arm(28, 42), "0.672", "Pearson"),
    ("liver", by_arm(26, 34), "0.772", "Pearson"),
    ("lung", by_arm(9, 16), "0.517", "Pearson"),
    ("adrenal gland", by_arm(7, 9), "0.873", "Pearson"),
    ("bone", by_arm(17, 47), "0.001", "Pearson"),
]


@pytest.mark.parametrize(("item", "table", "printed", "test"), PRINTED, ids=lambda v: str(v)[:30])
def test_p_values_of_the_paper_come_out_as_printed(item, table, printed, test):
    result = compare_counts(np.array(table), TESTS)
    assert format_p(result.p_value) == printed
    assert test in result.method


def frame(**columns: list) -> pd.DataFrame:
    """Patients of two arms: a a a b b b."""
    arms = pd.Series(list("aaabbb"), dtype="string")
    return pd.DataFrame({"TRT01A": arms, **{k: pd.array(v) for k, v in columns.items()}})


def described(data: pd.DataFrame, arms: str = "ab", **variable: object) -> ArdIndex:
    """Rows of one variable."""
    ard = ArdBuilder("baseline")
    settings = {"arms": list(arms), "tests": TESTS}
    describe_variable(ard, data, PLAIN | variable, settings)
    return ArdIndex(ard.rows)


def cell(index: ArdIndex, group: str, level: str) -> str:
    """n/N of one level."""
    where = {"analysis": "baseline", "group": group, "variable": "X", "level": level}
    return "/".join(index.display(statistic=name, **where) for name in ("n", "N"))


def test_missing_values_leave_the_denominator_and_are_counted():
    index = described(frame(X=["u", "v", None, "u", "u", "v"]), name="X")
    assert [cell(index, "a", level) for level in "uv"] == ["1/2", "1/2"]
    assert cell(index, "a", "missing") == "1/-"
    assert cell(index, "b", "missing") == "0/-"


def test_missing_values_stay_in_the_denominator_where_the_config_says_all():
    data = frame(X=["u", "v", None, "u", "u", "v"])
    index = described(data, name="X", denominator="all", test="each_level")
    assert [cell(index, "a", level) for level in "uv"] == ["1/3", "1/3"]
    assert index.row(analysis="baseline", variable="X", level="u", statistic="p_value").value


def test_a_declared_level_that_nobody_has_is_shown_with_zero():
    index = described(frame(X=list("uuuuvv")), name="X", levels=["v", "w", "u"])
    levels = [r.level for r in index.rows if r.statistic == "n" and r.group == "a"]
    assert levels == ["v", "w", "u"]
    assert cell(index, "a", "w") == "0/3"


def test_an_undeclared_level_is_kept_behind_the_declared_ones():
    index = described(frame(X=list("zuuuvv")), name="X", levels=["v", "u"])
    assert cell(index, "a", "z") == "1/3"


def test_text_where_numbers_are_expected_stops_and_shows_no_value():
    with pytest.raises(Stop, match="variable X is text where numbers are expected") as stopped:
        described(frame(X=["70", "eighty", "80", "90", "70", "80"]), name="X", kind="numeric")
    assert "eighty" not in str(stopped.value)


def test_booleans_are_no_and_yes_and_numbers_their_own_names():
    assert cell(described(frame(X=[True, False, True] * 2), name="X"), "", "yes") == "4/6"
    assert cell(described(frame(X=[70, 80, 100] * 2), name="X"), "", "100") == "2/6"


def test_where_restricts_the_patients():
    data = frame(X=list("uuvuvv"), Y=[True, True, False] * 2)
    assert cell(described(data, name="X", where="Y"), "", "u") == "3/4"


def test_a_patient_of_an_undeclared_arm_stops_the_step():
    with pytest.raises(Stop, match="3 patient.* none of the arms a"):
        described(frame(X=list("uuvuvv")), arms="a", name="X")


def test_one_arm_and_an_empty_arm_are_described_without_a_test():
    data = frame(X=list("uuvuvv")).assign(TRT01A="a")
    for arms in ("a", "ab"):
        index = described(data, arms, name="X")
        row = index.row(analysis="baseline", variable="X", statistic="p_value")
        assert row.value == "" and row.note.startswith("not applicable")
    assert index.row(
        analysis="baseline", group="b", variable="X", level="u", statistic="percent"
    ).note


def numbers(index: ArdIndex, group: str, *names: str) -> list[str]:
    where = {"analysis": "baseline", "group": group, "variable": "X"}
    return [index.display(statistic=name, **where) for name in names]


def test_numeric_summary_with_quartiles_of_r_type_7():
    index = described(frame(X=[1, 2, 4, 3, 8, None]), name="X", kind="numeric", decimals=1)
    # R: quantile(c(1, 2, 4, 3, 8)); sd(c(1, 2, 4, 3, 8))
    assert numbers(index, "", "n", "mean", "median", "q1", "q3") == [
        "5",
        "3.6",
        "3.0",
        "2.0",
        "4.0",
    ]
    assert numbers(index, "", "sd", "min", "max") == ["2.7", "1.0", "8.0"]
    assert numbers(index, "b", "n", "mean") == ["2", "5.5"]


@pytest.mark.parametrize(
    ("normal", "arms", "method"),
    [(True, 2, "Student"), (False, 2, "Mann-Whitney"), (True, 3, "Analysis of variance")]
    + [(False, 3, "Kruskal-Wallis")],
)
def test_normality_and_number_of_arms_choose_the_test(normal, arms, method):
    samples = [np.arange(10.0) + shift for shift in range(arms)]
    assert compare_numbers(samples, normal, TESTS).method.startswith(method)


def test_one_arm_that_is_not_normal_makes_the_variable_so():
    values = np.random.default_rng(1).normal(60, 8, 60)
    arms = np.repeat(["a", "b"], 30)
    skewed = np.where(arms == "b", np.exp(values / 5), values)
    for column, method in ((values, "Student"), (skewed, "Mann-Whitney")):
        data = pd.DataFrame({"TRT01A": pd.array(arms, "string"), "X": pd.array(column)})
        index = described(data, name="X", kind="numeric")
        row = index.row(analysis="baseline", variable="X", statistic="p_value")
        assert row.method.startswith(method)
        normality = {"analysis": "baseline", "variable": "X", "level": "normality"}
        assert index.row(**normality, group="a", statistic="p_value").method.startswith("Lillie")


def test_row_order_changes_nothing():
    data = frame(X=["u", "v", None, "u", "u", "v"], Z=[1, 2, 4, 3, 8, None])
    for variable in ({"name": "X"}, {"name": "Z", "kind": "numeric"}):
        assert described(data, **variable).rows == described(data[::-1], **variable).rows
