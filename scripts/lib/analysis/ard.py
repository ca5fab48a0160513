"""Analysis Results Data (ARD): one statistic a row, the only thing that tables and figures read.

Columns of `results/ard/{analysis}.csv`, all text: the key (`KEY`), then `value` (full precision,
shortest repr; empty where there is none), `display` (what a table prints), `method` (test, tie or
interval rule) and `note` (why `value` is empty). Read and written with the csv module alone, so
that a table or figure starts without pandas. See docs/contracts.md.
"""

from __future__ import annotations

import csv
import math
import numbers
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from scripts.lib.analysis.formats import PAPER_FORMATS, Formats, display_value
from scripts.lib.config.absences import NOT_COLLECTED
from scripts.lib.spreadsheets import neutral_row, plain

KEY = ("analysis", "parameter", "population", "group", "variable", "level", "statistic")
COLUMNS = (*KEY, "value", "display", "method", "note")

STATISTICS = (
    "n", "N", "percent", "percent_ci_low", "percent_ci_high", "mean", "sd", "median",
    "median_ci_low", "median_ci_high", "q1", "q3", "min", "max", "events", "censored",
    "chi_square", "df", "coef", "se", "z", "hr", "hr_ci_low", "hr_ci_high", "p_value",
    "p_interaction", "at_risk", "survival", "survival_ci_low", "survival_ci_high", "exposure",
    "exposure_to_first", "rate", "rate_ci_low", "rate_ci_high", "event_rate", "event_rate_ci_low",
    "event_rate_ci_high", "risk_difference", "risk_difference_ci_low", "risk_difference_ci_high",
    "odds_ratio", "odds_ratio_ci_low", "odds_ratio_ci_high", "rate_ratio", "rate_ratio_ci_low",
    "rate_ratio_ci_high", "p_holm", "p_bh", "dropped", "smd", "ess", "e_value", "e_value_limit",
    "events_per_parameter", "converged", "condition_number", "vif", "fmi",
    "tau", "rmst", "rmst_ci_low", "rmst_ci_high", "rmst_difference", "rmst_difference_ci_low",
    "rmst_difference_ci_high", "survival_difference", "survival_difference_ci_low",
    "survival_difference_ci_high",
)  # fmt: skip
"""Statistics of the contract, in the order in which they stand in a file."""

ALL = "all"
ALL_COVARIATES = "all_covariates"  # population: the model of all that was declared
BY_ARM = "stratified by arm"  # level of a log-rank test of the levels within the arms
NOT_REACHED = "not reached"
TOO_LARGE = "not estimable: beyond 1e308; measure the covariate in smaller units"
Key = tuple[str, str, str, str, str, str, str]


class Row(NamedTuple):
    """One statistic. Every field is text, as in the file."""

    analysis: str
    parameter: str
    population: str
    group: str
    variable: str
    level: str
    statistic: str
    value: str
    display: str
    method: str
    note: str

    @property
    def key(self) -> Key:
        """The seven key columns."""
        return self[:7]

    @property
    def number(self) -> float | None:
        """The value as a float; None where there is none."""
        return float(self.value) if self.value else None

    @property
    def not_collected(self) -> bool:
        """Whether there is no value because the hospital does not collect what it rests on."""
        return self.note.startswith(NOT_COLLECTED)


def value_text(value: float | None) -> str:
    """Shortest text that reads back as the same number; empty for None, NaN and infinity."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return str(int(value)) if isinstance(value, numbers.Integral) else repr(float(value))


class ArdBuilder:
    """Collects the rows of one analysis (and one endpoint, `parameter`).

    Add rows in declared order (config, then arms, then levels): that is the order of the file.
    """

    def __init__(self, analysis: str, parameter: str = "", formats: Formats = PAPER_FORMATS):
        self.analysis = analysis
        self.parameter = parameter
        self.formats = formats
        self.rows: list[Row] = []

    def add(
        self,
        statistic: str,
        value: float | None,
        *,
        population: str = ALL,
        group: str = "",
        variable: str = "",
        level: str = "",
        method: str = "",
        note: str = "",
        decimals: int | None = None,
    ) -> None:
        """Add one row; `decimals` overrides the number of printed decimals."""
        text = value_text(value)
        if isinstance(value, float) and math.isinf(value):
            note = note or TOO_LARGE
        if not text and not note:
            raise ValueError(f"{self.analysis}: {variable} {level} {statistic}: no value, no note")
        shown = display_value(statistic, value if text else None, note, self.formats, decimals)
        where = (self.analysis, self.parameter, population, group, variable, level)
        self.rows.append(Row(*where, statistic, text, shown, method, note))

    def add_all(self, values: Mapping[str, float | None], **where: str | int | None) -> None:
        """Add several statistics with one key; those that are None carry `note`."""
        note = str(where.pop("note", ""))
        for statistic, value in values.items():
            beyond = isinstance(value, float) and math.isinf(value)
            reason = "" if value_text(value) or beyond else note
            self.add(statistic, value, note=reason, **where)  # type: ignore[arg-type]


def sort_rows(rows: Iterable[Row]) -> list[Row]:
    """Sort by the key; each column in the order in which its entries first come up.

    Levels are ranked within their variable; statistics as in `STATISTICS`.
    """
    rows = list(rows)
    ranks: list[dict[object, int]] = [{} for _ in KEY]

    def rank(row: Row) -> tuple[int, ...]:
        parts: tuple[object, ...] = (*row[:5], row[4:6])
        first = [seen.setdefault(part, len(seen)) for part, seen in zip(parts, ranks, strict=False)]
        return (*first, STATISTICS.index(row.statistic))

    order = [rank(row) for row in rows]
    return [row for _, row in sorted(zip(order, rows, strict=True), key=lambda pair: pair[0])]


def check_unique(rows: Iterable[Row]) -> None:
    """Raise ValueError where two rows have one key."""
    seen: set[Key] = set()
    for row in rows:
        if row.key in seen:
            raise ValueError(f"ARD key twice: {format_key(row)}")
        seen.add(row.key)


def write_ard(rows: Iterable[Row], path: str | Path) -> None:
    """Write rows sorted by key, unique; same rows give the same bytes."""
    ordered = sort_rows(rows)
    check_unique(ordered)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with Path(path).open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(map(neutral_row, ordered))


def read_ard(*paths: str | Path) -> list[Row]:
    """Rows of one or more ARD files, in file order."""
    rows: list[Row] = []
    for path in paths:
        with Path(path).open(encoding="utf-8", newline="") as handle:
            reader = csv.reader(handle)
            header = tuple(next(reader, ()))
            if header != COLUMNS:
                raise ValueError(f"{path}: not an ARD file (columns {', '.join(header)})")
            rows.extend(Row(*map(plain, line)) for line in reader)
    return rows


class ArdIndex:
    """Rows found by key. Columns not named in a look-up are empty, and `population` is `all`."""

    def __init__(self, rows: Iterable[Row]):
        self.rows = list(rows)
        self._by_key = {row.key: row for row in self.rows}

    @classmethod
    def read(cls, *paths: str | Path) -> ArdIndex:
        """Index of one or more files."""
        return cls(read_ard(*paths))

    def find(self, **key: str) -> Row | None:
        """The row with that key; None where there is none."""
        full = {"population": ALL} | key
        return self._by_key.get(tuple(full.get(name, "") for name in KEY))  # type: ignore[arg-type]

    def row(self, **key: str) -> Row:
        """The row with that key; KeyError where there is none."""
        found = self.find(**key)
        if found is None:
            raise KeyError("; ".join(f"{name}={value}" for name, value in key.items()))
        return found

    def number(self, **key: str) -> float | None:
        """Its value; None where the row or the value is missing."""
        row = self.find(**key)
        return row.number if row else None

    def display(self, missing: str = "-", **key: str) -> str:
        """What a table prints; `missing` where there is no such row."""
        row = self.find(**key)
        return row.display if row else missing

    def select(self, **key: str) -> list[Row]:
        """All rows with these columns, in file order."""
        return [row for row in self.rows if all(getattr(row, k) == v for k, v in key.items())]


def format_key(row: Row) -> str:
    """Key as `name=value; ...`, empty columns left out."""
    return "; ".join(f"{k}={v}" for k, v in zip(KEY, row.key, strict=True) if v)


def parse_key(text: str) -> dict[str, str]:
    """Read what `format_key` writes; the value goes on after the first `=`."""
    pairs = (part.strip().split("=", 1) for part in text.split(";") if part.strip())
    key = {name.strip(): value.strip() for name, value in pairs}
    if unknown := set(key) - set(KEY):
        raise ValueError(f"not a key column: {', '.join(sorted(unknown))}")
    return key
