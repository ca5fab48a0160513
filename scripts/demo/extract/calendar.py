"""Place courses in calendar time, so that follow-up fits the study window and the data cut-off.

Serplulimab starts lie after its first approval in China (March 2022); first-line PD-L1 inhibitors
were on the market there from December 2019 on.
"""

from __future__ import annotations

import datetime as dt
from typing import SupportsInt

import numpy as np

from scripts.demo.extract.courses import Course

WINDOW_START = dt.date(2019, 1, 31)
WINDOW_END = dt.date(2023, 5, 1)
DATA_CUTOFF = dt.date(2024, 12, 31)
FIRST_PD_L1 = dt.date(2019, 12, 15)
FIRST_SERPLULIMAB = dt.date(2022, 4, 1)


def days(number: SupportsInt) -> dt.timedelta:
    """A span of whole days."""
    return dt.timedelta(days=int(number))


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day `months` calendar months later; the month's last day where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first_of_next = dt.date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(dt.date(year, month + 1, 1) + days(day.day - 1), first_of_next - days(1))


def gap_between_lines(course: Course) -> int:
    """Days from progression in the first line to the second, with room for radiotherapy there."""
    return 14 + 30 * (course.rt1_timing == "after") + 30 * (course.rt2_timing == "before")


def is_administrative(course: Course) -> bool:
    """Whether a patient who is alive is so at the data cut-off (else lost before it)."""
    return not course.os_event and WINDOW_END + days(course.os_days) >= DATA_CUTOFF


def draw_second_line_start(course: Course, rng: np.random.Generator) -> dt.date:
    """A start of second-line treatment that the whole course fits around."""
    if is_administrative(course):
        return DATA_CUTOFF - days(course.os_days)
    latest = min(WINDOW_END, DATA_CUTOFF - days(course.os_days))
    lead = course.pfs1_days + gap_between_lines(course) + 20
    earliest = FIRST_PD_L1 + days(lead)
    if course.arm == "serplulimab":
        earliest = max(earliest, FIRST_SERPLULIMAB)
    earliest = min(earliest, latest)
    return earliest + days(rng.integers((latest - earliest).days + 1))
