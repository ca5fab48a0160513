"""Compare our statistics with R's reference values: `python -m scripts.tools.golden CASES_DIR`.

Computes every case folder below CASES_DIR (data.csv, meta.json) and a tests.json in or beside it,
writes ours.json beside each in the form of golden.json, and lists every difference. Exit code 1
when any number differs.

Tolerances: relative 1e-6, absolute 1e-9 near zero; P values relative 1e-6, below 1e-12 relative
1e-4. Where R's converged fit is given (`converged`), that is the reference; where it is worse than
R's default fit, the default fit is: with a singular column (the finer fit has another tolerance, by
which the column is none) and where the last step of the finer fit is rounding error (thousands of
patients). Where R warns that a coefficient may be infinite, only the likelihood ratio is compared.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scipy.special import ndtri

from scripts.tools.golden_cases import compute_case
from scripts.tools.golden_tests import compute_tests

RELATIVE, ABSOLUTE = 1e-6, 1e-9
SMALL_P, SMALL_P_RELATIVE = 1e-12, 1e-4
# text, versions and what R's own warning makes meaningless
NOT_COMPARED = {"R", "survival", "formula", "note", "source", "method", "converged", "reason"}
COMPARED_DESPITE_WARNING = {
    "n", "events", "lr", "chisq", "df", "p", "n_arm", "events_arm", "estimable", "warnings",
    "complete_case_n", "term_lr",
}  # fmt: skip

Json = Any


def main(arguments: list[str]) -> int:
    """Compute, write and compare; returns the exit code."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: python -m scripts.tools.golden CASES_DIR", file=sys.stderr)
        return 2
    compared, differing, failed = 0, 0, 0
    for label, reference, ours in _pairs(Path(arguments[0])):
        if isinstance(ours, str):
            print(f"{label}: not computed: {ours}")
            failed += 1
            continue
        for line in ours.get("undeclared", ()):
            print(f"{label}: {line}")
        numbers = list(compare(reference, ours)) if reference is not None else []
        wrong = [line for line in numbers if line]
        compared += len(numbers)
        differing += len(wrong)
        state = "no reference" if reference is None else f"{len(wrong)} of {len(numbers)} differ"
        print(f"{label}: {state}")
        for line in wrong:
            print(f"  {line}")
    print(f"{differing} of {compared} numbers differ")
    return 1 if differing or failed or not compared else 0


def _pairs(folder: Path) -> Iterator[tuple[str, Json, Json]]:
    """Label, reference (None where absent) and our results of every case and tests.json.

    Instead of results a text where a case cannot be computed: the others are, all the same.
    """
    places = [folder, folder / "cases"]
    for case in sorted({meta.parent for place in places for meta in place.glob("*/meta.json")}):
        try:
            ours = write_ours(case, compute_case(case))
        except (ValueError, TypeError, KeyError) as error:
            ours = f"{type(error).__name__}: {error}"
        golden = case / "golden.json"
        yield case.name, read_json(golden) if golden.exists() else None, ours
    for tests in (folder / "tests.json", folder.resolve().parent / "tests.json"):
        if tests.exists():
            reference = read_json(tests)
            yield "tests.json", reference, write_ours(tests.parent, compute_tests(reference))
            return


def read_json(path: Path) -> Json:
    """Read a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def write_ours(folder: Path, result: Json) -> Json:
    """Write ours.json and return what it holds."""
    ours = as_json(result)
    text = json.dumps(ours, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / "ours.json").write_text(text + "\n", encoding="utf-8")
    return ours


def as_json(value: Json) -> Json:
    """Turn NaN into None and infinity into "Inf", as the reference has them."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, float) and math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return value


def compare(reference: Json, ours: Json, path: str = "") -> Iterator[str]:
    """Compare all numbers of the reference; yields '' for an equal one, else what differs."""
    if isinstance(reference, dict):
        yield from _compare_objects(reference, ours, path)
    elif isinstance(reference, list):
        same = isinstance(ours, list) and len(ours) == len(reference)
        if path.endswith("warnings"):
            yield (
                ""
                if isinstance(ours, list) and bool(ours) >= bool(reference)
                else (f"{path}: R warns, we do not")
            )
        elif not reference and ours is None:
            yield ""  # R's NULL in a sum, as the mean of an arm without patients
        elif not same:
            yield f"{path}: a list of {len(reference)} expected"
        else:
            for place, item in enumerate(reference):
                yield from compare(item, ours[place], f"{path}[{place}]")
    else:
        equal = equal_numbers(reference, ours, is_p_value=path.split("/")[-1].startswith("p"))
        yield "" if equal else f"{path}: R {reference}, ours {ours}"


def _compare_objects(reference: Json, ours: Json, path: str) -> Iterator[str]:
    if not isinstance(ours, dict):
        yield f"{path}: missing in ours"
        return
    if "error" in reference:  # R made no fit: ours must show no number either
        return
    if "converged" in reference:
        yield from _compare_coefficient(reference, ours, path)
        return
    yield from _compare_keys(reference, ours, path)


def _compare_coefficient(reference: Json, ours: Json, path: str) -> Iterator[str]:
    """Compare with the finer fit, or else with all of R's default fit."""
    finer = list(_compare_keys(_converged(reference), ours, path))
    default = list(_compare_keys(reference, ours, path))
    yield from finer if any(default) else default


def _compare_keys(reference: Json, ours: Json, path: str) -> Iterator[str]:
    limited = bool(reference.get("warnings"))
    for key, value in reference.items():
        if key in NOT_COMPARED or (limited and key not in COMPARED_DESPITE_WARNING):
            continue
        if key not in ours and value is not None:
            yield f"{path}/{key}: missing in ours"
        else:
            yield from compare(value, ours.get(key), f"{path}/{key}")


def _converged(term: Json) -> Json:
    """Replace a coefficient's numbers by those of R's converged fit."""
    coefficient, std_err = term["converged"]["coef"], term["converged"]["se"]
    if coefficient is None or not std_err:
        return term
    half_width = float(ndtri(0.975)) * std_err
    return (
        term
        | term["converged"]
        | {
            "hr": _exp(coefficient),
            "z": coefficient / std_err,
            "hr_lower": _exp(coefficient - half_width),
            "hr_upper": _exp(coefficient + half_width),
        }
    )


def _exp(value: float) -> Json:
    return math.exp(value) if value < 709 else "Inf"


def equal_numbers(reference: Json, ours: Json, is_p_value: bool) -> bool:
    """Tell whether two numbers (or texts, truth values, missing ones) are equal for our purpose."""
    if not _is_number(reference) or not _is_number(ours):
        return bool(reference == ours)
    distance = abs(reference - ours)
    if is_p_value:
        small = abs(reference) < SMALL_P
        relative = SMALL_P_RELATIVE if small else RELATIVE
        return distance <= relative * abs(reference) or (reference == 0 and ours < 1e-15)
    return distance <= max(RELATIVE * abs(reference), ABSOLUTE)


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
