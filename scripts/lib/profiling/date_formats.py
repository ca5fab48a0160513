"""Which date formats would read a column, and where they leave a choice."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scripts.lib.reading.dates import Dates, parse_dates

WHOLE = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日", "%Y年%m月%d号", "%d-%b-%Y",
    "%d %b %Y", "%d%b%Y", "%b %d, %Y", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S", "%Y%m%d%H%M%S",
    "%Y%m%d %H:%M:%S", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日 %H时%M分",
)  # fmt: skip
PARTIAL = ("partial:%Y-%m", "partial:%Y/%m", "partial:%Y.%m", "partial:%Y年%m月", "partial:%Y年")
YEAR = "partial:%Y"  # numbers, unless something else says that the column holds dates
EXCEL = "excel"
# the same text read day first and month first
PAIRS = tuple(
    (form.format("%d", "%m"), form.format("%m", "%d"))
    for form in (
        "{}/{}/%Y", "{}-{}-%Y", "{}.{}.%Y", "{}/{}/%y", "{}-{}-%y", "{}.{}.%y",
        "{}/{}/%Y %H:%M", "{}/{}/%Y %H:%M:%S",
    )
)  # fmt: skip
YEARS = (1900, 2100)
SENTINELS = ("1900-01-01", "1899-12-30", "9999-12-31", "2099-12-31")
NO_DAYS = np.array(SENTINELS, "datetime64[D]").astype("int64")
DATED = r"^(\d{1,4}\s*[-/.年]\s*\d|\d{4}年|\d{8}|\d{1,2}[- ]?[A-Za-z]{3}|[A-Za-z]{3,9}\.? \d{1,2},)"
LEAST = 0.05  # share of the values that must look like dates
FEW = 0.002  # share of the values that a format must add


@dataclass(frozen=True)
class DateGuess:
    """Formats that read a column, commonest first, and how far they do."""

    formats: tuple[str, ...]
    shares: tuple[float, ...]  # of the values that each one adds
    covered: float
    ambiguous: float  # read day first and month first, as different days
    choice: str  # what only a person can decide; "" where nothing is open
    sentinels: tuple[str, ...]


def guess_dates(folded: pa.Array, counts: np.ndarray, *, expected: bool) -> DateGuess | None:
    """The formats that read the most of a column's texts; None where no format reads any.

    Parameters
    ----------
    folded, counts
        Distinct texts (`scripts.lib.reading.dates.fold`), without those that mean missing, and how
        often each stands in the column.
    expected
        The column's name says that it holds dates: then plain numbers may be years or Excel serial
        numbers.
    """
    found = _Found(folded, counts)
    if expected or found.dated():
        for form in (*WHOLE, *(form for pair in PAIRS for form in pair), *PARTIAL):
            found.read(form)
    dated = any(mask.any() for mask in found.masks.values())
    for form in (YEAR, EXCEL):
        if expected or (dated and form == EXCEL):
            found.read(form)
    return found.guess()


class _Found:
    """What each format reads of the texts."""

    def __init__(self, folded: pa.Array, counts: np.ndarray) -> None:
        self.texts, self.weights = folded, counts.astype(float)
        self.letters = set("".join(folded.to_pylist()))
        self.total = float(self.weights.sum()) or 1.0
        self.masks: dict[str, np.ndarray] = {}
        self.days: dict[str, np.ndarray] = {}

    def dated(self) -> bool:
        """Whether enough texts look like a date at all."""
        mask = pc.match_substring_regex(self.texts, DATED).to_numpy(zero_copy_only=False)
        return self._share(mask) >= LEAST

    def read(self, form: str) -> None:
        """Note the texts that `form` reads as a credible day."""
        if not set(re.sub(r"%\w|excel|partial:|\s", "", form)) <= self.letters:
            return
        dates = parse_dates(self.texts, [form], sentinels=NO_DAYS)
        mask = dates.known if form == EXCEL else dates.known & _credible(dates)
        if mask.any():
            self.masks[form], self.days[form] = mask, dates.days

    def guess(self) -> DateGuess | None:
        """The formats that together read the most, the commonest first."""
        left = np.ones(len(self.texts), bool)
        taken: list[tuple[tuple[str, ...], float]] = []
        while (found := self._next(left)) and found[1] > (FEW if taken else 0.0):
            taken.append(found)
            left &= ~self._union(found[0])
        return self._result(taken, ~left) if taken else None

    def _next(self, left: np.ndarray) -> tuple[tuple[str, ...], float] | None:
        """The formats that read the most of what is left, and how much that is."""
        families = [
            (family, self._share(self._union(family) & left)) for family in self._families()
        ]
        return max(families, key=lambda found: found[1], default=None)

    def _families(self) -> list[tuple[str, ...]]:
        paired = [tuple(f for f in pair if f in self.masks) for pair in PAIRS]
        alone = [(f,) for f in self.masks if not any(f in pair for pair in PAIRS)]
        return [family for family in (*alone, *paired) if family]

    def _union(self, family: tuple[str, ...]) -> np.ndarray:
        return np.logical_or.reduce([self.masks[form] for form in family])

    def _share(self, mask: np.ndarray) -> float:
        return float(self.weights[mask].sum()) / self.total

    def _decide(self, family: tuple[str, ...]) -> tuple[tuple[str, ...], str, float]:
        """Day first or month first, as far as the values themselves say."""
        if len(family) < 2:
            return family, "", 0.0
        day, month = (self.masks[form] for form in family)
        both = day & month & (self.days[family[0]] != self.days[family[1]])
        day_only, month_only = self._share(day & ~month), self._share(month & ~day)
        if day_only and not month_only:
            return family[:1], "", 0.0
        if month_only and not day_only:
            return family[1:], "", 0.0
        unsure = self._share(both)
        how = "some values are day first, others month first" if day_only else "nothing tells which"
        return family, f"{family[0]} or {family[1]}: {how}", unsure

    def _result(self, taken: list[tuple[tuple[str, ...], float]], read: np.ndarray) -> DateGuess:
        decided = [(*self._decide(family), share) for family, share in taken]
        formats = [form for kept, _, _, _ in decided for form in kept]
        shares = [
            share if form == kept[0] else 0.0 for kept, _, _, share in decided for form in kept
        ]
        days = np.unique(np.concatenate([self.days[f][self.masks[f]] for f in formats]))
        seen = set(days.astype("datetime64[D]").astype(str)) & set(SENTINELS)
        choice = "; ".join(choice for _, choice, _, _ in decided if choice)
        unsure = sum(unsure for _, _, unsure, _ in decided)
        return DateGuess(
            tuple(formats), tuple(shares), self._share(read), unsure, choice, tuple(sorted(seen))
        )


def _credible(dates: Dates) -> np.ndarray:
    """Days of a century that a hospital knows, and the usual words for no date."""
    low, high = (np.datetime64(f"{year}-01-01").astype("int64") for year in YEARS)
    days = dates.days
    return ((days >= low) & (days < high)) | np.isin(days, NO_DAYS)
