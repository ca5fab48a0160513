"""What a row has to do with other rows: the same key, the one before, the one that says no more.

Works on whole columns: keys and positions become whole numbers, and a search finds the neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

NOT_COMPARED = ("src_file", "src_sheet", "src_row")
SOURCE_SUFFIX = "__SRC"
WANTED = "_wanted"


def key_codes(frames: Sequence[pd.DataFrame]) -> list[np.ndarray]:
    """A number for each row of each frame, the same where all columns agree; -1 where one lacks.

    The frames have the same number of columns, compared by their place. TypeError where one holds
    texts and the other numbers or dates.
    """
    for columns in zip(*(frame.dtypes for frame in frames), strict=True):
        if len({_kind(dtype) for dtype in columns}) > 1:
            raise TypeError("columns of several types")
    named = [frame.set_axis(range(frame.shape[1]), axis=1) for frame in frames]
    both = pd.concat(named, ignore_index=True)
    grouped = both.groupby(list(both), sort=False, dropna=True).ngroup()
    codes = np.where(both.isna().any(axis=1), -1, grouped.fillna(-1).astype("int64"))
    return np.split(codes, np.cumsum([len(frame) for frame in frames])[:-1])


def _kind(dtype: Any) -> str:
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return "date"
    return "number" if pd.api.types.is_numeric_dtype(dtype) else "text"


def nearest(
    here: tuple[np.ndarray, pd.Series],
    there: tuple[np.ndarray, pd.Series],
    *,
    before: bool,
    same: bool,
) -> np.ndarray:
    """For each row here the nearest row there of its key in an order; -1 where there is none.

    Parameters
    ----------
    here, there
        Key (`key_codes`) and place in the order (numbers or dates) of each row; the rows there are
        told apart by the two.
    before
        The nearest that comes before, else the nearest that comes after.
    same
        Whether a row of the same place counts, too.
    """
    (key, place), (other_key, other_place) = here, there
    ranks, known = _ranks(place, other_place)
    usable = np.flatnonzero((other_key >= 0) & known[1])
    if not len(usable):
        return np.full(len(key), -1)
    span = int(max(ranks[0].max(initial=0), ranks[1].max(initial=0))) + 1
    placed = other_key[usable] * span + ranks[1][usable]
    order = np.argsort(placed, kind="stable")
    side: Literal["left", "right"] = "right" if before == same else "left"
    at = np.searchsorted(placed[order], key * span + ranks[0], side=side) - int(before)
    found = usable[order][np.clip(at, 0, len(usable) - 1)]
    fits = (at >= 0) & (at < len(usable)) & (key >= 0) & known[0] & (other_key[found] == key)
    return np.where(fits, found, -1)


def _ranks(*places: pd.Series) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Whole numbers in the order of all values, and where there is a value."""
    whole = pd.concat(places, ignore_index=True)
    ranks = whole.rank(method="dense").fillna(0).to_numpy("int64")
    cuts = np.cumsum([len(place) for place in places])[:-1]
    return np.split(ranks, cuts), np.split(whole.notna().to_numpy(), cuts)


def beside(
    frame: pd.DataFrame,
    by: Sequence[str],
    order: str,
    of: str,
    counted: pd.Series,
    *,
    before: bool,
) -> pd.Series:
    """The value of `of` in the row just before (or after) each row in `order`, within its group.

    Several rows at that place: the greatest of those before, the least of those after. Rows without
    a value of `of`, or not `counted`, are passed over.
    """
    rows = frame.loc[counted.to_numpy(bool) & frame[of].notna().to_numpy(), [*by, order]]
    rows = rows.assign(**{WANTED: frame.loc[rows.index, of]}).dropna()  # `of` may be `order`
    grouped = rows.groupby([*by, order], sort=False)[WANTED]
    there = (grouped.max() if before else grouped.min()).reset_index()
    keys = key_codes([frame[list(by)], there[list(by)]])
    at = nearest((keys[0], frame[order]), (keys[1], there[order]), before=before, same=False)
    return pd.Series(there[WANTED].array.take(at, allow_fill=True), index=frame.index)


def says_no_more(frame: pd.DataFrame, by: Sequence[str]) -> pd.Series:
    """Whether another row of the group holds all that a row says: the same values, or blanks.

    Of rows that say the same, the first is not one. Compared are all columns but `by` and the place
    of the raw row. False where a part of `by` is missing: nothing says that two rows belong
    together.

    Returns
    -------
    Boolean, in the order of the frame.
    """
    result = np.zeros(len(frame), bool)
    repeated = frame[list(by)].notna().all(axis=1) & frame.duplicated(list(by), keep=False)
    rows = np.flatnonzero(repeated.to_numpy(bool))
    said = [
        name
        for name in map(str, frame)
        if name not in (*by, *NOT_COMPARED) and not name.endswith(SOURCE_SUFFIX)
    ]
    (group,) = key_codes([frame.iloc[rows][list(by)]])
    values = {c: pd.factorize(frame[c].iloc[rows])[0] for c in said}
    codes = np.stack([group, *values.values()], axis=1) if len(rows) else np.zeros((0, 1), int)
    known, pattern = np.unique(codes >= 0, axis=0, return_inverse=True)
    pattern = pattern.ravel()
    for few, columns in enumerate(known):  # one round a pattern of blanks, not a row
        own = np.flatnonzero(pattern == few)
        says_all = np.isin(pattern, np.flatnonzero((known >= columns).all(axis=1)))
        fuller = np.flatnonzero(says_all & (pattern != few))
        kept = codes[np.concatenate([fuller, own])][:, columns]  # fuller rows first, then the first
        result[rows[own]] = pd.DataFrame(kept).duplicated().to_numpy()[len(fuller) :]
    return pd.Series(result, index=frame.index).astype("boolean")
