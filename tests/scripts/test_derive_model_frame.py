"""Which covariates enter a multivariable model, and which patients."""

import pandas as pd

from scripts.derive_model_frame import chosen_terms, model_frame
from scripts.lib.analysis.ard import ArdBuilder, ArdIndex


def univariable(**p_values: list[float | None]) -> ArdIndex:
    """Univariable P values: one per compared level."""
    ard = ArdBuilder("cox_univariable", "PFS")
    for variable, values in p_values.items():
        for level, p in enumerate(values):
            note = "" if p is not None else "not estimable: separation"
            ard.add("p_value", p, variable=variable, level=str(level), note=note)
    return ArdIndex(ard.rows)


def chosen(p_values: dict, alpha: float = 0.10, **enters: str) -> list[str]:
    terms = [{"name": name, "enters": enters.get(name, "by_p")} for name in p_values]
    return chosen_terms(univariable(**p_values), {"entry_alpha": alpha, "terms": terms})


def test_a_factor_enters_whole_when_any_of_its_levels_is_below_alpha():
    assert chosen({"REASON": [0.489, 0.012], "AGE": [0.795]}) == ["REASON"]


def test_the_unrounded_p_value_decides():
    assert chosen({"A": [0.0999], "B": [0.10], "C": [0.0996]}) == ["A", "C"]


def test_another_alpha_chooses_others():
    assert chosen({"A": [0.06], "B": [0.03]}, alpha=0.05) == ["B"]


def test_a_second_coding_never_enters_and_a_forced_term_always():
    p_values = {"L1PFS": [0.004], "PFS1GR1": [0.001], "AGE": [0.9]}
    assert chosen(p_values, PFS1GR1="never", AGE="always") == ["L1PFS", "AGE"]


def test_a_term_that_cannot_be_estimated_does_not_enter():
    assert chosen({"A": [None], "B": [None, 0.02]}) == ["B"]


def test_the_frame_holds_the_complete_cases_of_the_chosen_covariates():
    frame = pd.DataFrame(
        {
            "USUBJID": ["3", "1", "2"], "TRT01A": ["a", "b", "a"], "time": [30.0, 10.0, 20.0],
            "event": [True, False, True], "AGE": [60, 61, None], "SEX": ["m", None, "f"],
        }
    ).convert_dtypes()  # fmt: skip
    found = model_frame(frame, ["AGE"])
    assert list(found) == ["USUBJID", "AVAL", "event", "TRT01A", "AGE"]
    assert list(found["USUBJID"]) == ["1", "3"]
