"""Answers that people saved: CSV or XLSX files below data/queries/answers/, never written here.

A file holds at least the columns id, answer, answered_by and date; a row without an answer is one
that nobody has answered yet, so the workbook that went out can be filled in and saved as it is.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from scripts.lib.errors import Stop
from scripts.lib.queries.identity import FORM

REQUIRED = ("id", "answer", "answered_by", "date")
DELIVERY = "delivery"
SHEET = "Queries"  # of the workbook that goes out; else the only one
READING = {
    "sheet": None, "gzip": False, "encoding": "detect", "delimiter": ",", "quote": '"',
    "header_row": 1, "footer_rows": 0, "merged": "fill", "may_be_empty": True,
}  # fmt: skip
DELIMITERS = (",", ";", "\t")
WRONG = ("有误", "错误", "应为", "应改", "wrong", "incorrect", "should be")
DATES = (  # none that could be read as two days
    "%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%d.%m.%Y",
)  # fmt: skip
REMEDY = f"The columns are {', '.join(REQUIRED)} and, with several deliveries, {DELIVERY}."


class Answer(NamedTuple):
    """One answer: about which query of which delivery, by whom, when, from which row."""

    id: str
    delivery: str
    answer: str
    answered_by: str
    date: dt.date
    file: str
    row: int


def read_answers(files: Iterable[str | Path], deliveries: Sequence[str]) -> list[Answer]:
    """All answers, the earlier ones first.

    Parameters
    ----------
    deliveries
        The study's deliveries, the oldest first. With one, `delivery` may be left out.

    Raises
    ------
    Stop
        One line for each mistake, with file, row and remedy; no answer is passed over.
    """
    answers: list[Answer] = []
    mistakes: list[str] = []
    for path in files:
        found, wrong = _read_file(Path(path), deliveries)
        answers += found
        mistakes += wrong
    mistakes += _contradictions(answers)
    if mistakes:
        raise Stop("answers to queries cannot be used:\n  " + "\n  ".join([*mistakes, REMEDY]))
    return sorted(answers, key=lambda a: (a.date, a.id, a.file, a.row))


def confirms(answer: str, words: Collection[str]) -> bool:
    """Whether an answer begins with a word that says that the value is right.

    One that goes on to say what is wrong (确认有误) does not: better asked once too often.
    """
    text = _folded(answer)
    begins = any(text.startswith(_folded(word)) for word in words)
    return begins and not any(word in text for word in WRONG)


def _folded(text: str) -> str:
    """Without case, width and outer spaces: an input method may leave ＣＯＮＦＩＲＭＥＤ."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _read_file(path: Path, deliveries: Sequence[str]) -> tuple[list[Answer], list[str]]:
    from scripts.lib.reading.readers import read_raw  # late: most studies have no answers yet

    try:
        raw = read_raw(path, READING | {"file": path.as_posix(), **_kind(path)})
    except Stop as stop:
        return [], [str(stop)]
    names = [" ".join(name.split()).casefold().replace(" ", "_") for name in raw.names]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        return [], [f"{path.as_posix()}: there is no column {', '.join(missing)}"]
    short = [f"{path.as_posix()} row {row}: {why}" for row, why, _ in raw.set_aside if
             why == "malformed_row"]  # fmt: skip
    columns = {name: raw.cells[names.index(name)].to_pylist() for name in names}
    columns.setdefault(DELIVERY, [""] * len(raw.rows))
    answers, mistakes = [], short
    for i, row in enumerate(raw.rows):
        cells = {name: (columns[name][i] or "").strip() for name in (*REQUIRED, DELIVERY)}
        if not cells["answer"]:
            continue
        found = _answer(cells, deliveries, path.as_posix(), int(row))
        if isinstance(found, Answer):
            answers.append(found)
        else:
            mistakes.append(f"{path.as_posix()} row {row}: {found}")
    return answers, mistakes


def _kind(path: Path) -> dict[str, Any]:
    """Format, and for the workbook that goes out the sheet with the queries."""
    if path.suffix.lower() == ".csv":
        return {"format": "csv", "delimiter": _delimiter(path)}
    from scripts.lib.reading.sources import sheets_of

    sheet = SHEET if SHEET in [one.name for one in sheets_of(path, "xlsx")] else None
    return {"format": "xlsx", "sheet": sheet}


def _delimiter(path: Path) -> str:
    """What stands between the column names: Excel writes what the computer's region wants."""
    with path.open("rb") as file:
        head = file.readline()
    return max(DELIMITERS, key=lambda mark: head.count(mark.encode()))


def _answer(cells: dict[str, str], deliveries: Sequence[str], file: str, row: int) -> Answer | str:
    """The answer of one row, or what is wrong with it (never what it says)."""
    if not FORM.fullmatch(cells["id"]):
        return "id is not that of a query (Q- and 12 letters or digits)"
    if not cells["answered_by"]:
        return "answered_by is empty"
    date = _date(cells["date"])
    if date is None:
        return "date is not a date like 2026-06-30"
    delivery = cells[DELIVERY] or (deliveries[0] if len(deliveries) == 1 else "")
    if delivery not in deliveries:
        return f"delivery is none of {', '.join(deliveries)}"
    return Answer(cells["id"], delivery, cells["answer"], cells["answered_by"], date, file, row)


def _date(text: str) -> dt.date | None:
    for form in DATES:
        try:
            return dt.datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def _contradictions(answers: Sequence[Answer]) -> list[str]:
    """Two different answers to one query on one day: nobody can say which counts."""
    first: dict[tuple[str, str, dt.date], Answer] = {}
    mistakes = []
    for answer in answers:
        known = first.setdefault((answer.id, answer.delivery, answer.date), answer)
        if known.answer != answer.answer:
            mistakes.append(
                f"{answer.file} row {answer.row}: another answer than {known.file} row {known.row}"
                f" to {answer.id} on the same day; keep one of them"
            )
    return mistakes
