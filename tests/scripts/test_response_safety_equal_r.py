"""Response, its duration and adverse event rates equal R's.

`tests/golden/extra/response_safety.json` was made by the R script beside it (R 4.2.2, survival
3.5-3); it holds data and results.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scripts.lib.analysis.ae_rate_rows import estimate, read_patients
from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.analysis.response_rows import (
    add_responses,
    describe_duration,
    describe_rates,
    durations,
)
from scripts.lib.statistics.rates import poisson_rate, rate_ratio

FILE = Path(__file__).parents[1] / "golden" / "extra" / "response_safety.json"
R = json.loads(FILE.read_text(encoding="utf-8"))
START = pd.Timestamp("2024-01-01").as_unit("us")
GIVEN = pd.DataFrame(R["patients"])
NAMES = pd.Series([f"P{number:02}" for number in range(len(GIVEN))], dtype="string")
CONVENTIONS = {"confidence_level": 0.95, "days_per_month": 30.4375}
COMMON = {"arms": ["a", "b"], "reference": "b", "printed": {}}


def dates(days):
    return START + pd.to_timedelta(pd.Series(days, dtype="float"), unit="D").astype(
        "timedelta64[us]"
    )


def adsl():
    return pd.DataFrame({"USUBJID": NAMES, "TRT01A": GIVEN["arm"].astype("string")})


def times(days, event):
    return pd.DataFrame({
        "USUBJID": NAMES, "STARTDT": START, "ADT": dates(GIVEN[days]), "CNSR": 1 - GIVEN[event],
    })  # fmt: skip


def three(index, statistic, **key):
    names = (statistic, f"{statistic}_ci_low", f"{statistic}_ci_high")
    return [index.number(statistic=name, **key) for name in names]


def response() -> ArdIndex:
    day = GIVEN["response"].astype("float")
    responding = day.notna()
    seen = pd.DataFrame({"USUBJID": NAMES, "PARAMCD": "OVRLRESP", "AVALC": "PR",
                         "ADT": dates(day), "ADY": day.astype("Int64")})[responding]  # fmt: skip
    rated = pd.DataFrame({"USUBJID": NAMES, "PARAMCD": "ORR",
                          "AVALC": np.where(responding, "Y", "N")})  # fmt: skip
    adrs = pd.concat([seen, rated]).astype({"PARAMCD": "string", "AVALC": "string"})
    settings = COMMON | {
        "rates": ["ORR"], "best": [], "levels": [],
        "confirmation": {"confirm_days": 28, "confirm_max_ne": 1},
        "survival": {"interval": "log", "every_months": 1, "until_months": 24} | CONVENTIONS,
    }  # fmt: skip
    frame = add_responses(adsl(), adrs, settings)
    rows, _ = describe_duration(durations(frame, times("pfs", "event"), "ORR"), "ORR", settings)
    return ArdIndex([*describe_rates(frame, settings), *rows])


def rates() -> ArdIndex:
    end = dates(GIVEN["stop"])
    subjects = pd.DataFrame({"USUBJID": NAMES, "START": START, "STOP": end})
    events = pd.DataFrame(R["events"])
    adae = pd.DataFrame({
        "USUBJID": NAMES.take(events["patient"] - 1).array, "ASTDT": dates(events["day"]),
        "AETOXGR": events["grade"],
    })  # fmt: skip
    windows = [
        {"id": "after_end", "days": None, "after_end_days": 30},
        {"id": "first120", "days": 120, "after_end_days": None},
    ]
    count = {"variable": "ANYAE", "where": None, "by": None, "levels": []}
    settings = COMMON | {
        "conventions": CONVENTIONS, "windows": windows, "start": "START", "end": "STOP",
        "where": "TRTEMFL", "counts": [count],
    }  # fmt: skip
    follow_up = times("os", "dead")[["USUBJID", "ADT"]]
    patients = read_patients(adsl(), subjects, follow_up, settings)
    return ArdIndex(estimate(patients, adae, settings).rows)


@pytest.mark.parametrize("case", R["rates"], ids=lambda case: str(case["events"]))
def test_rates_have_the_limits_of_poisson_test(case):
    assert list(poisson_rate(case["events"], case["time"])) == pytest.approx(case["values"], 1e-9)


@pytest.mark.parametrize("case", R["ratios"], ids=lambda case: str(case["given"]))
def test_rate_ratios_are_those_of_poisson_test(case):
    assert list(rate_ratio(*case["given"])) == pytest.approx(case["values"], rel=1e-9, abs=1e-12)


def test_response_has_the_limits_of_binom_test_and_fisher_test():
    index, want = response(), R["response"]
    key = {"analysis": "response_limits", "variable": "ORR", "level": "yes"}
    for arm in "ab":
        limits = three(index, "percent", group=arm, **key)[1:]
        assert limits == pytest.approx(100 * np.array(want[arm]))
    difference = three(index, "risk_difference", group="a", **key)
    assert difference == pytest.approx(100 * np.array(want["difference"]))
    assert three(index, "odds_ratio", group="a", **key) == pytest.approx(want["odds_ratio"])


@pytest.mark.parametrize("arm", ["a", "b"])
def test_duration_of_response_is_that_of_survfit(arm):
    index, want = response(), R["duration"][arm]
    key = {"analysis": "response_limits", "parameter": "DOR", "population": "ORR=yes", "group": arm}
    assert index.number(statistic="N", **key) == want["n"]
    given = [None if np.isnan(v) else v for v in np.array(want["median"], float)]
    assert three(index, "median", **key) == pytest.approx(given)
    at = three(index, "survival", variable="time", level="3", **key)
    assert at == pytest.approx(want["at3"])


@pytest.mark.parametrize("window", ["after_end", "first120"])
def test_rates_of_a_window_are_those_of_poisson_test(window):
    index, want = rates(), R[window]
    key = {"analysis": "ae_rates", "population": window, "variable": "ANYAE"}
    for arm in "ab":
        for statistic in ("n", "events", "exposure"):
            found = index.number(statistic=statistic, group=arm, **key)
            assert found == pytest.approx(want[arm][statistic])
        for statistic in ("rate", "event_rate"):
            assert three(index, statistic, group=arm, **key) == pytest.approx(want[arm][statistic])
    assert three(index, "risk_difference", group="a", **key) == pytest.approx(want["difference"])
    assert three(index, "rate_ratio", group="a", **key) == pytest.approx(want["ratio"])


def test_no_key_occurs_twice():
    for index in (response(), rates()):
        keys = [row.key for row in index.rows]
        assert len(set(keys)) == len(keys)
