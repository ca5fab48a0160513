"""A hospital's register as a small extract without a mistake: cells, file, declaration."""

from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Callable
from typing import Any

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

NUMBER, NAME = "Patient No", "Name"
HEADER = [NUMBER, NAME, "Seen", "Weight", "Line", "Sex", "Alive", "Drugs", "Note"]
SEXES = {"m": "male", "男": "male", "male": "male", "f": "female", "女": "female", "1": "male"}
ANSWERS = {"y": "true", "是": "true", "1": "true", "n": "false", "否": "false", "0": "false"}
DRUGS = {
    "etoposide": "etoposide", "依托泊苷": "etoposide", "cisplatin": "cisplatin",
    "顺铂": "cisplatin", "serplulimab": "serplulimab", "斯鲁利单抗": "serplulimab",
}  # fmt: skip
LISTS = {"sexes": (SEXES, "exact"), "answers": (ANSWERS, "exact"), "drugs": (DRUGS, "regex")}
IDENTIFIER = {"column": NUMBER, "width": 6, "pad": "0", "pattern": r"^\d{6}$"}
MISSING = ["", "NA", "-", "未知"]
SENTINELS = ["1900-01-01", "9999-12-31"]
UNDECLARED: dict[str, Any] = {
    "missing": MISSING, "unit": None, "units": {}, "decimal": ".", "thousands": None,
    "min": None, "max": None,
}  # fmt: skip
FORMATS = (["%Y-%m-%d"], ["%Y/%m/%d"], ["%Y%m%d"], ["%d.%m.%Y"], ["%Y年%m月%d日"],
           ["%Y-%m-%d", "excel"], ["%d/%m/%Y", "%m/%d/%Y"])  # fmt: skip
NOTES = ["", "stable", "稳定", "cough, mild", "T3N2M1c", "second line\nof a text", 'said "fine"',
         "-", "follow-up by phone"]  # fmt: skip
FAMILY, GIVEN = "张王李赵周吴郑孙钱冯", "甲乙丙丁戊己庚辛壬癸"

Cells = list[list[Any]]


class Extract:
    """Cells and how they are declared and written, before and after they are mutated."""

    def __init__(self, rng: random.Random) -> None:
        kind = rng.choice(["csv", "csv", "tsv", "xlsx", "xlsx"])
        book = kind == "xlsx"
        self.kind = kind
        self.encoding = "utf-8" if book else rng.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16"])
        self.delimiter = rng.choice([",", ",", ";", "|"]) if kind == "csv" else ","
        self.decimal = "," if self.delimiter != "," and rng.random() < 0.3 and not book else "."
        self.thousands = rng.choice([None, None, "'"])
        self.formats = rng.choice(FORMATS)
        self.titles = rng.choice([0, 0, 0, 1, 2])
        self.footer = rng.choice([0, 0, 0, 1])
        self.header: list[Any] = list(HEADER)
        size = rng.randint(4, 12)
        numbers = [f"{n:06d}" for n in rng.sample(range(1, 300_000), size // 2 + 1)]
        self.rows: Cells = [self._row(rng, rng.choice(numbers)) for _ in range(size)]
        self.secrets = {text for row in self.rows for text in row[:2]}
        self.newline, self.bytes = rng.choice(["\n", "\r\n"]), lambda data: data
        self.book: list[Callable[[Any], None]] = []  # changes of the workbook itself
        self.quotes, self.moved = "", 0  # marks around each field; rows above more than declared

    def _row(self, rng: random.Random, number: str) -> list[Any]:
        day = dt.date(2019, 1, 1) + dt.timedelta(rng.randrange(1800))
        weight = f"{rng.uniform(38, 110):.1f}".replace(".", self.decimal)
        drugs = rng.sample(sorted(DRUGS), rng.randint(1, 2))
        return [
            number, rng.choice(FAMILY) + rng.choice(GIVEN) + rng.choice(GIVEN),
            written(day, rng.choice(self.formats)), weight + rng.choice(["", "", " kg", "kg"]),
            str(rng.randint(1, 4)), rng.choice(sorted(SEXES)), rng.choice(sorted(ANSWERS)),
            rng.choice(["+", "; ", "、"]).join(d + rng.choice(["", " 100mg"]) for d in drugs),
            rng.choice(NOTES),
        ]  # fmt: skip

    def table(self) -> dict[str, Any]:
        """How sources.yaml declares it."""
        coded = {"Sex": ("code", "sexes"), "Alive": ("boolean", "answers"),
                 "Drugs": ("codes", "drugs")}  # fmt: skip
        columns: dict[str, Any] = {
            name.lower(): {"from": name, "type": kind, "codelist": codes}
            for name, (kind, codes) in coded.items()
        }
        columns["seen"] = {"from": "Seen", "type": "date", "formats": self.formats}
        columns["weight"] = {
            "from": "Weight", "type": "number", "unit": "kg", "units": {"斤": 0.5}, "min": 20,
            "max": 300, "decimal": self.decimal, "thousands": self.thousands,
        }  # fmt: skip
        columns["line"] = {"from": "Line", "type": "integer", "min": 1, "max": 20}
        columns["note"] = {"from": "Note", "type": "text"}
        return {
            "files": ["visits.*"], "encoding": self.encoding.replace("utf-16", "utf-16-le"),
            "delimiter": self.delimiter, "header_row": self.titles - self.moved + 1,
            "footer_rows": self.footer, "drop": [NAME], "columns": columns,
        }  # fmt: skip

    def meant(self) -> dict[str, Any]:
        """The same for the independent reader, which takes no default from the product."""
        table = self.table()
        columns = {name: UNDECLARED | spec for name, spec in table["columns"].items()}
        return table | {
            "columns": columns, "format": self.kind, "identifier": IDENTIFIER, "missing": MISSING,
            "sentinel_dates": SENTINELS,
            "codes": {name: codes for name, (codes, _) in LISTS.items()},
        }  # fmt: skip

    def data(self) -> bytes:
        """The file."""
        lines = [
            *self.above(),
            self.header,
            *self.rows,
            *[["Printed by the registry"]] * self.footer,
        ]
        if self.kind == "xlsx":
            return self._workbook(lines)
        mark = "\t" if self.kind == "tsv" else self.delimiter
        width = len(self.header)
        texts = [[str(cell) for cell in row] for row in lines]
        texts = [row if len(row) != 1 else row + [""] * (width - 1) for row in texts]
        text = self.newline.join(
            mark.join(quoted(cell, mark, self.quotes) for cell in row) for row in texts
        )
        data = (text + self.newline).encode(self.encoding, "replace")
        return self.bytes(data)

    def above(self) -> Cells:
        """Title rows."""
        return [[f"Register, page {n + 1}"] for n in range(self.titles)]

    def _workbook(self, lines: Cells) -> bytes:
        book = openpyxl.Workbook()
        sheet = book.active
        for number, row in enumerate(lines, 1):
            for column, cell in enumerate(row, 1):
                if cell != "":
                    sheet.cell(number, column, _of_a_workbook(cell))
        for change in self.book:
            change(book)
        out = io.BytesIO()
        book.save(out)
        return self.bytes(out.getvalue())


def _of_a_workbook(cell: Any) -> Any:
    """A cell without the signs that no workbook holds."""
    return ILLEGAL_CHARACTERS_RE.sub("", cell) if isinstance(cell, str) else cell


def written(day: dt.date, form: str) -> str:
    """A day as a format writes it."""
    if form == "excel":
        return str((day - dt.date(1899, 12, 30)).days)
    for sign, value in (("%Y", f"{day.year}"), ("%m", f"{day.month:02}"), ("%d", f"{day.day:02}")):
        form = form.replace(sign, value)
    return form


def quoted(text: str, mark: str, quotes: str = "") -> str:
    """A field of a delimited file; `quotes`: around every one."""
    if quotes:
        return quotes + text.replace(quotes, quotes * 2) + quotes
    special = any(sign in text for sign in (mark, '"', "\n", "\r"))
    return '"' + text.replace('"', '""') + '"' if special else text
