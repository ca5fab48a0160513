"""Every number of R's reference files equals ours (tests/golden/r and tests/golden/edge)."""

import json
import math
import shutil
from pathlib import Path

import pytest

from scripts.tools.golden import as_json, compare, equal_numbers, main, read_json, write_ours
from scripts.tools.golden_cases import compute_case, r_name
from scripts.tools.golden_tests import compute_tests

LIMITS = (("hr_lower", -1), ("hr_upper", 1))
GOLDEN = Path(__file__).parents[2] / "golden"
CASES = sorted(path.parent for path in GOLDEN.glob("*/cases/*/meta.json"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case_equals_r(case, tmp_path):
    ours = write_ours(tmp_path, compute_case(case))
    lines = list(compare(read_json(case / "golden.json"), ours))
    assert [line for line in lines if line] == []
    assert len(lines) > 300


def test_tests_equal_r(tmp_path):
    reference = read_json(GOLDEN / "r" / "tests.json")
    lines = list(compare(reference, write_ours(tmp_path, compute_tests(reference))))
    assert [line for line in lines if line] == []
    assert len(lines) > 4000


def copy_case(name, folder):
    shutil.copytree(GOLDEN / "r" / "cases" / name, folder / name)
    return folder / name


def test_make_golden_writes_ours_and_reports_a_changed_number(tmp_path, capsys):
    case = copy_case("ovarian_tiny", tmp_path)
    assert main([str(tmp_path)]) == 0
    assert read_json(case / "ours.json")["overall"]["n"] == 11
    golden = read_json(case / "golden.json")
    golden["logrank"]["chisq"] *= 1.0001
    (case / "golden.json").write_text(json.dumps(golden), encoding="utf-8")
    assert main([str(tmp_path)]) == 1
    assert "/logrank/chisq: R" in capsys.readouterr().out


def test_make_golden_finds_tests_json_beside_the_cases(tmp_path, capsys):
    copy_case("ovarian_tiny", tmp_path / "cases")
    shutil.copy(GOLDEN / "r" / "tests.json", tmp_path)
    assert main([str(tmp_path / "cases")]) == 0
    assert "tests.json: 0 of" in capsys.readouterr().out


def test_make_golden_computes_what_only_other_files_of_tests_hold(tmp_path, capsys):
    """Two distributions, strata and adjusted P values, in the form of tests/golden/extra."""
    extra = read_json(GOLDEN / "extra" / "extra.json")
    tests = {name: extra[name] for name in ("ks_two", "p_adjust")}
    tests["cmh"] = {name: entry for name, entry in extra["cmh"].items() if name != "rc"}
    tests["cmh"]["plain"]["correct"] = False
    (tmp_path / "tests.json").write_text(json.dumps(tests), encoding="utf-8")
    assert main([str(tmp_path)]) == 0
    assert "tests.json: 0 of" in capsys.readouterr().out
    tests["p_adjust"]["holm"][0] *= 1.01
    (tmp_path / "tests.json").write_text(json.dumps(tests), encoding="utf-8")
    assert main([str(tmp_path)]) == 1
    assert "/p_adjust/holm[0]: R" in capsys.readouterr().out


def test_a_case_may_leave_out_what_it_does_not_ask_for(tmp_path):
    """Times and status of two arms, or of one, and no description of anything else."""
    case = copy_case("ovarian_tiny", tmp_path)
    reference = read_json(case / "golden.json")
    (case / "meta.json").write_text("{}", encoding="utf-8")
    ours = compute_case(case)
    assert ours["logrank"]["chisq"] == pytest.approx(reference["logrank"]["chisq"])
    assert ours["cox_univariable"].keys() == {"arm"}
    data = (case / "data.csv").read_text(encoding="utf-8").splitlines()
    head = data[0].split(",")
    kept = [head.index("time"), head.index("status")]
    lines = [",".join(line.split(",")[place] for place in kept) for line in data]
    (case / "data.csv").write_text("\n".join(lines), encoding="utf-8")
    alone = compute_case(case)
    assert alone["overall"]["events"] == ours["overall"]["events"]
    assert as_json(alone["arms"]["all"]) == as_json(alone["overall"])
    assert "logrank" not in alone


def test_a_case_that_cannot_be_computed_is_said_and_the_others_are_computed(tmp_path, capsys):
    bad, good = copy_case("single_arm", tmp_path), copy_case("ovarian_tiny", tmp_path)
    data = (bad / "data.csv").read_text(encoding="utf-8").splitlines()
    place = data[0].replace('"', "").split(",").index("time")
    row = data[2].split(",")
    row[place] = "-3"
    (bad / "data.csv").write_text("\n".join([*data[:2], ",".join(row), *data[3:]]), "utf-8")
    assert main([str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert "single_arm: not computed: ValueError: time: 1 negative, at row position 1" in said
    assert "ovarian_tiny: 0 of" in said and (good / "ours.json").exists()


def test_levels_that_meta_does_not_declare_are_missing_as_in_r(tmp_path, capsys):
    """`factor(x, levels)`: the case without the level is the one where it is left empty."""
    case = copy_case("lung_missing", tmp_path)
    meta = read_json(case / "meta.json")
    name = next(k for k, v in meta["covariates"].items() if len(v.get("levels", ())) > 2)
    meta["covariates"][name]["levels"].pop()
    (case / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
    (case / "golden.json").unlink()
    main([str(tmp_path)])
    assert f"{name}: " in (said := capsys.readouterr().out) and "undeclared levels" in said
    whole = compute_case(GOLDEN / "r" / "cases" / "lung_missing")
    fewer = read_json(case / "ours.json")["cox_univariable"][name]["n"]
    assert fewer < whole["cox_univariable"][name]["n"]


def test_patients_without_an_arm_stay_in_the_overall_curve(tmp_path):
    """As in R: survfit of all rows; log-rank and models of those whose arm is known."""
    case = copy_case("ovarian_tiny", tmp_path)
    text = (case / "data.csv").read_text(encoding="utf-8").splitlines()
    place = text[0].replace('"', "").split(",").index("arm")
    row = text[1].split(",")
    row[place] = ""
    (case / "data.csv").write_text("\n".join([text[0], ",".join(row), *text[2:]]), "utf-8")
    ours = compute_case(case)
    assert ours["overall"]["n"] == 11 and sum(arm["n"] for arm in ours["arms"].values()) == 10
    assert sum(ours["logrank"]["observed"]) == sum(arm["events"] for arm in ours["arms"].values())
    assert ours["cox_univariable"]["arm"]["n"] == 10


def test_case_without_reference_is_computed_but_is_no_success(tmp_path):
    case = copy_case("single_arm", tmp_path)
    (case / "golden.json").unlink()
    assert main([str(tmp_path)]) == 1  # nothing was compared
    assert (case / "ours.json").exists()


def test_make_golden_refuses_what_is_no_folder(tmp_path, capsys):
    assert main([str(tmp_path / "absent")]) == 2
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err


def test_a_number_missing_in_ours_is_a_difference():
    assert any(compare({"a": {"p": 0.5}}, {"a": {}}))
    assert any(compare({"a": [1, 2]}, {"a": [1]}))
    assert not any(compare({"a": None}, {})) and not any(compare({"a": []}, {"a": None}))
    assert any(compare({"a": []}, {"a": 0.5}))


def test_tolerances():
    assert equal_numbers(1.0, 1.0 + 9e-7, False) and not equal_numbers(1.0, 1.0 + 2e-6, False)
    assert equal_numbers(0, 9e-10, False) and not equal_numbers(0, 9e-10, True)
    assert equal_numbers(1e-20, 1.00009e-20, True) and not equal_numbers(1e-20, 1.001e-20, True)
    assert not equal_numbers(None, 1.0, False) and equal_numbers("Inf", "Inf", False)


def test_names_of_coefficients_are_written_as_r_writes_them():
    assert r_name("armB", "arm") == "armB"
    assert r_name("my varb", "my var") == "`my var`b"
    assert r_name("2ndx", "2nd") == "`2nd`x"
    assert r_name("if", "if") == "`if`"


def test_the_default_fit_counts_where_rs_finer_fit_is_worse():
    """The finer fit ends in rounding error: its coefficient or the default one, not a mixture."""
    default = {"coef": 0.5, "se": 0.25, "z": 2.0, "p_wald": 0.0455002638963584}
    reference = default | {"converged": {"coef": 0.5001, "se": 0.25, "p_wald": 0.0454}}
    assert not any(compare(reference, default))
    finer = {"coef": 0.5001, "se": 0.25, "p_wald": 0.0454, "z": 2.0004}
    more = {"hr": math.exp(0.5001)}
    more |= {name: math.exp(0.5001 + sign * 0.4899909961350135) for name, sign in LIMITS}
    assert not any(compare(reference, finer | more))
    assert any(compare(reference, default | {"coef": 0.5001}))
