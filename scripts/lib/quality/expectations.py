"""Run a suite with Great Expectations and judge every check: pass, fail, error, not applicable.

Great Expectations drops what it does not understand, and passes what saw no row. Here a check
counts as passed only if a result of exactly that check came back, it looked at one row or more,
and no row failed (or no more than `mostly` allows, which is then said). Everything else is `fail`
or `error` with the reason. docs/decisions/0008 lists each trap and its test.
"""

from __future__ import annotations

import difflib
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from scripts.lib.light import importing
from scripts.lib.quality.check_frame import CheckFrame
from scripts.lib.quality.judgement import DISTINCT, LARGE_SET, judge
from scripts.lib.quality.outcomes import Outcome, columns_of
from scripts.lib.quality.regexes import as_a_whole
from scripts.lib.quality.suites import ABSENT, STRUCTURE, Check, parameters_of

logging.getLogger("great_expectations").setLevel(logging.CRITICAL)

IN_SET = "expect_column_values_to_be_in_set"
UNUSED = {  # of Great Expectations' 7 s of CPU, half: databases, a chart and two distribution tests
    "without": ("sqlalchemy",),
    "late": ("altair", "scipy.stats"),
}
RESULT_FORMAT = {
    "result_format": "COMPLETE",
    "return_unexpected_index_query": False,
    "partial_unexpected_count": 0,
}


def run_checks(
    checks: Sequence[Check],
    built: CheckFrame,
    values: Mapping[str, Any],
    absent: Mapping[str, str],
) -> list[Outcome]:
    """Judge all `checks`, in their order.

    Parameters
    ----------
    built
        The table with every column that the checks name (`scripts.lib.quality.check_frame`).
    values
        What each `$PARAMETER` stands for.
    absent
        Why columns (`*`: all; `$NAME`: the values of a parameter) hold nothing and need not; their
        checks are not applicable.
    """
    outcomes: dict[str, Outcome] = {}
    ready: dict[str, Any] = {}
    for check in checks:
        try:
            reason = _not_collected(check, built, absent)
            if reason:
                outcomes[check.id] = Outcome(check, "not applicable", 0, 0, reason)
                continue
            kwargs = _with_values(check.kwargs, values)
            _refuse(check, kwargs, built)
            ready[check.id] = _expectation(check, _without_large_set(check, kwargs, built), built)
        except _Unusable as unusable:
            outcomes[check.id] = Outcome(check, "error", why=str(unusable))
        except Exception as error:  # of this check alone: the others keep their verdict
            outcomes[check.id] = _crashed(check, error)
    results = _run(checks, ready, built)
    for check in checks:
        if check.id in ready:
            try:
                kwargs = _with_values(check.kwargs, values)
                outcomes[check.id] = judge(check, kwargs, results.get(check.id), built)
            except Exception as error:
                outcomes[check.id] = _crashed(check, error)
    return [outcomes[check.id] for check in checks]


def _crashed(check: Check, error: Exception) -> Outcome:
    why = f"its settings do not fit `{check.type}`, or the column that it looks at"
    return Outcome(check, "error", why=why, message=f"{type(error).__name__}: {error}")


def _not_collected(check: Check, built: CheckFrame, absent: Mapping[str, str]) -> str:
    """The reason if the check is about something that is declared absent, else nothing."""
    if check.type.startswith(STRUCTURE):  # an absent column is there, and empty
        return absent.get(ABSENT, "")
    mask = [built.masks[check.id]] if check.id in built.masks else []
    about = built.columns_behind([*columns_of(check.kwargs), *mask], absent)
    about += [f"${name}" for name in parameters_of(check.kwargs)]
    return next((absent[c] for c in [ABSENT, *about] if c in absent), "")


class _Unusable(Exception):  # noqa: N818 - becomes the status `error` of one check
    """The check cannot be run; the text says why, without a value of the table."""


def _with_values(kwargs: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(kwargs, dict) and set(kwargs) == {"$PARAMETER"}:
        name = kwargs["$PARAMETER"]
        if name not in values:
            raise _Unusable(f"the parameter `{name}` is not defined, or has no values")
        return values[name]
    if isinstance(kwargs, dict):
        return {key: _with_values(value, values) for key, value in kwargs.items()}
    return kwargs


def _refuse(check: Check, kwargs: Mapping[str, Any], built: CheckFrame) -> None:
    """Raise for what Great Expectations would get wrong without a word."""
    structural = check.type.startswith(STRUCTURE)
    mask = built.masks.get(check.id, "")
    for column in [*columns_of(kwargs), *([mask] if mask else [])]:
        if column in built.broken:
            raise _Unusable(built.broken[column])
        if column not in built.frame and not structural:
            raise _Unusable(f"there is no column `{column}`")
    if "regex" in check.type and not pd.api.types.is_string_dtype(built.frame[kwargs["column"]]):
        raise _Unusable(f"`{kwargs['column']}` is not text; a regular expression needs text")
    column = built.frame.get(kwargs.get("column", ""))
    has_truth = any(isinstance(v, bool) for v in kwargs.get("value_set") or [])
    if has_truth and column is not None and column.dtype != "boolean":
        raise _Unusable("value_set holds true or false; quote words such as 'yes' and 'no'")


def _without_large_set(check: Check, kwargs: dict[str, Any], built: CheckFrame) -> dict[str, Any]:
    """The same question with membership as a column, where the set is large.

    Great Expectations walks through a set of 100,000 patients in Python, again and again.
    """
    if len(kwargs.get("value_set") or []) <= LARGE_SET or check.type not in (IN_SET, *DISTINCT):
        return kwargs
    name = f"_in_set_{check.id}"
    values = built.frame[kwargs["column"]]
    member = values.isin(kwargs["value_set"]).astype("boolean")
    built.frame[name] = member.where(values.notna(), pd.NA)
    return kwargs | {"column": name, "value_set": [True]}


def _expectation(check: Check, kwargs: dict[str, Any], built: CheckFrame) -> Any:
    """The expectation as an object; made one by one, because a suite drops those it cannot make."""
    with importing(**UNUSED):
        from great_expectations.expectations import registry
        from great_expectations.expectations.row_conditions import Column

    kwargs = dict(kwargs)
    if check.type.startswith("expect_column_pair_"):
        kwargs.setdefault("ignore_row_if", "either_value_is_missing")
    if "not_match" not in check.type:  # otherwise a search: "1" would accept "A1B"
        for name in {"regex", "regex_list"} & set(kwargs):
            kwargs[name] = _whole(kwargs[name])
    if check.id in built.masks:
        kwargs["row_condition"] = Column(built.masks[check.id]) == True  # noqa: E712
    known = registry.list_registered_expectation_implementations()
    if check.type not in known:
        near = difflib.get_close_matches(check.type, known, n=1)
        hint = f"; did you mean `{near[0]}`?" if near else ""
        raise _Unusable(f"there is no expectation `{check.type}`{hint}")
    try:
        make: Any = registry.get_expectation_impl(check.type)
        return make(**kwargs, severity=check.severity, meta={"check_id": check.id})
    except Exception as error:  # whatever it dislikes: the check cannot be run
        raise _Unusable(f"its kwargs do not fit `{check.type}`: {_first(error)}") from None


def _whole(regex: Any) -> Any:
    return [_whole(r) for r in regex] if isinstance(regex, list) else as_a_whole(regex)


def _first(error: Exception) -> str:
    """The first complaint about the suite's own settings; no data were looked at yet."""
    details = error.errors() if hasattr(error, "errors") else []
    return f"{details[0]['loc'][0]}: {details[0]['msg']}" if details else type(error).__name__


def _run(
    checks: Sequence[Check], ready: Mapping[str, Any], built: CheckFrame
) -> dict[str, dict[str, Any] | str]:
    """Results by check id; a text where there was an exception."""
    groups: dict[bool, list[str]] = {True: [], False: []}
    for check in checks:
        if check.id in ready:
            groups[check.type.startswith(STRUCTURE)].append(check.id)
    frames = {True: built.frame[built.original], False: built.frame[_used(ready, built)]}
    results: dict[str, dict[str, Any] | str] = {}
    for structural, ids in groups.items():
        if ids:
            results |= _validate(frames[structural], {i: ready[i] for i in ids})
    return results


def _used(ready: Mapping[str, Any], built: CheckFrame) -> list[str]:
    """Columns that any check needs: the whole frame is hashed at each validation."""
    wanted = {c for e in ready.values() for c in columns_of(e.configuration.kwargs)}
    wanted |= set(built.masks.values())
    return [c for c in built.frame if c in wanted] or built.original[:1]


def _validate(frame: pd.DataFrame, ready: Mapping[str, Any]) -> dict[str, dict[str, Any] | str]:
    """All at once; one by one only when one of them brought the whole suite down."""
    try:
        return dict(_results(frame, list(ready.values())))
    except Exception as error:
        if len(ready) == 1:
            return dict.fromkeys(ready, f"{type(error).__name__}: {error}")
    single = [_validate(frame, {check_id: made}) for check_id, made in ready.items()]
    return {check_id: result for part in single for check_id, result in part.items()}


def _results(
    frame: pd.DataFrame, expectations: list[Any]
) -> Iterator[tuple[str, dict[str, Any] | str]]:
    with importing(**UNUSED):
        import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    asset = context.data_sources.add_pandas("tables").add_dataframe_asset("table")
    batch = asset.add_batch_definition_whole_dataframe("whole").get_batch(
        batch_parameters={"dataframe": frame}
    )
    suite = gx.ExpectationSuite(name="suite", expectations=expectations)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        validated = batch.validate(suite, result_format=RESULT_FORMAT)
    for found in validated.results:
        config: Any = found.expectation_config
        check_id = config.meta["check_id"]
        raised = _exceptions(found.exception_info)
        yield check_id, raised or {"success": found.success, **(found.result or {})}


def _exceptions(info: Mapping[str, Any]) -> str:
    parts = [info] if "raised_exception" in info else list(info.values())
    raised = [p for p in parts if isinstance(p, Mapping) and p.get("raised_exception")]
    return "; ".join(sorted({str(p.get("exception_message")) for p in raised}))
