"""Mutated extracts: what the reading steps make of them against the independent reader.

Held: each cell has the right value, or the cell or its row is listed with file and row, or one
`Stop` ends it. Broken: another value in silence, a lost row, a crash, a message with a value.
"""

from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl

from scripts.combine_table import combine
from scripts.ingest_table import describe, stage
from scripts.lib.config.sources import Sources
from scripts.lib.errors import Stop
from scripts.lib.reading import sources
from scripts.lib.reading.codelists import read_codelist
from scripts.lib.reading.problems import PROBLEMS, SET_ASIDE, stack
from scripts.lib.reading.readers import read_raw
from scripts.standardise_table import standardise
from scripts.tools.campaigns.cases import Broken, Outcome
from scripts.tools.campaigns.independent_reader import (
    ASK,
    Refuse,
    Sheet,
    read_sheet,
    right_number,
    right_value,
)

KEY = bytes(range(32))
NUMBER, NAME = "Patient No", "Name"
HEADER = [NUMBER, NAME, "Seen", "Weight", "Line", "Sex", "Alive", "Drugs", "Note"]
SEXES = {"m": "male", "男": "male", "male": "male", "f": "female", "女": "female", "1": "male"}
ANSWERS = {"y": "true", "是": "true", "1": "true", "n": "false", "否": "false", "0": "false"}
DRUGS = {
    "etoposide": "etoposide", "依托泊苷": "etoposide", "cisplatin": "cisplatin",
    "顺铂": "cisplatin", "serplulimab": "serplulimab", "斯鲁利单抗": "serplulimab",
}  # fmt: skip
LISTS = {"sexes": (SEXES, "exact"), "answers": (ANSWERS, "exact"), "drugs": (DRUGS, "regex")}
FORMATS = (["%Y-%m-%d"], ["%Y/%m/%d"], ["%Y%m%d"], ["%d.%m.%Y"], ["%Y年%m月%d日"],
           ["%Y-%m-%d", "excel"], ["%d/%m/%Y", "%m/%d/%Y"])  # fmt: skip
NOTES = ["", "stable", "稳定", "cough, mild", "T3N2M1c", "second line\nof a text", 'said "fine"',
         "-", "follow-up by phone"]  # fmt: skip
FAMILY, GIVEN = "张王李赵周吴郑孙钱冯", "甲乙丙丁戊己庚辛壬癸"

Cells = list[list[Any]]


# ---- an extract without a mistake


class Extract:
    """Cells and how they are declared and written, before and after they are mutated."""

    def __init__(self, rng: random.Random) -> None:
        kind = rng.choice(["csv", "csv", "tsv", "xlsx"])
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
        self.loses_rows = False  # a mutation that takes rows out of the file

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
            "delimiter": self.delimiter, "header_row": self.titles + 1,
            "footer_rows": self.footer, "drop": [NAME], "columns": columns,
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
        text = self.newline.join(mark.join(quoted(c, mark) for c in row) for row in texts)
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
                    sheet.cell(number, column, cell)
        for change in self.book:
            change(book)
        out = io.BytesIO()
        book.save(out)
        return self.bytes(out.getvalue())


def written(day: dt.date, form: str) -> str:
    """A day as a format writes it."""
    if form == "excel":
        return str((day - dt.date(1899, 12, 30)).days)
    for sign, value in (("%Y", f"{day.year}"), ("%m", f"{day.month:02}"), ("%d", f"{day.day:02}")):
        form = form.replace(sign, value)
    return form


def quoted(text: str, mark: str) -> str:
    """A field of a delimited file."""
    special = any(sign in text for sign in (mark, '"', "\n", "\r"))
    return '"' + text.replace('"', '""') + '"' if special else text


# ---- mutations: each changes an extract in one way


def _place(rng: random.Random, extract: Extract) -> tuple[list[Any], int]:
    row = rng.choice(extract.rows)
    return row, rng.randrange(len(row)) if row else 0


# fmt: off
ODD = [
    "", " ", "-", "NA", "未知", "\u3000", "?", "0", "-1", "1e3", "12.0", "1,234", "1.234,5", "10²",
    "①", "½", "٣", "٣٤", "１２", "3-4", ">5", "约60", "60.5kg", "120斤", "１５０ 斤", "5'000",
    "1 234",
    "2021", "2021-02-30", "2021-13-01", "31/02/2020", "03/04/2020", "1900-01-01", "44197", "4419",
    "999999", "20210301", "2021/3/1", "2021-3-1 00:00:00", "2021-03-01T10:20", "二〇二一年",
    "Mar 2021",
    "9999-12-31", "12345678901234567890", "nan", "inf", "TRUE", "true", "yes", "no", "Ｍ",
    "ＭＡＬＥ",
    "Male ", "m\u200b", "femal", "#N/A", "#REF!", "=1+1", "=cmd|' /C calc'!A0", "no cisplatin",
    "拒绝斯鲁利单抗", "cisplatin?", "cisplatin;;etoposide", "CISPLATIN", "carboplatin", "无",
    "未用顺铂",
    "planned serplulimab", "cisplatin (stopped)", "serplulimab1", "a\x07b", "\ufffd", "x" * 500,
    "<b>1</b>", "{{ 7*7 }}", "000001", "1", "A00001", "0000001", "1.0", "０００００１", "１",
    "1 2 3",
    "\ufeff3", "3\u00a0", "+3", "3.", ".5", "0x10", "1_000", "１．５", "Ⅳ", "一", "2020-01-01\n",
]
# fmt: on


def odd_cell(rng: random.Random, extract: Extract) -> None:
    """Another text in a cell."""
    row, at = _place(rng, extract)
    row[at] = rng.choice(ODD)


def typo(rng: random.Random, extract: Extract) -> None:
    """A letter more, less, twice or another."""
    row, at = _place(rng, extract)
    text = str(row[at])
    place = rng.randint(0, len(text))
    new = rng.choice([text[place : place + 1] * 2, "", "x", "7", " ", "，", "．", "'", "?"])
    row[at] = text[:place] + new + text[place + 1 :]


def spaced(rng: random.Random, extract: Extract) -> None:
    """Signs around a text that nobody sees."""
    row, at = _place(rng, extract)
    sign = rng.choice([" ", "\u3000", "\u00a0", "\u200b", "\ufeff", "\t", "\n", "\u2003"])
    row[at] = rng.choice([f"{sign}{row[at]}", f"{row[at]}{sign}"])


def full_width(rng: random.Random, extract: Extract) -> None:
    """A cell in full-width letters."""
    row, at = _place(rng, extract)
    text = str(row[at])
    row[at] = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def other_case(rng: random.Random, extract: Extract) -> None:
    """A cell in the other case."""
    row, at = _place(rng, extract)
    row[at] = str(row[at]).swapcase()


def other_column(rng: random.Random, extract: Extract) -> None:
    """Two cells of a row exchanged."""
    row, at = _place(rng, extract)
    other = rng.randrange(len(row)) if row else 0
    if row:
        row[at], row[other] = row[other], row[at]


def more_fields(rng: random.Random, extract: Extract) -> None:
    """A row with more or fewer fields."""
    row, at = _place(rng, extract)
    if rng.random() < 0.5:
        row.insert(at, rng.choice(["", "7"]))
    elif row:
        row.pop(at)


def blank_row(rng: random.Random, extract: Extract) -> None:
    """A blank row, or one of blanks."""
    row = rng.choice([[""] * len(HEADER), [" "] + [""] * (len(HEADER) - 1)])
    extract.rows.insert(rng.randint(0, len(extract.rows)), list(row))


def same_row(rng: random.Random, extract: Extract) -> None:
    """A row once more, with or without a difference that counts."""
    row = list(rng.choice(extract.rows))
    if rng.random() < 0.5 and len(row) == len(HEADER):
        row[1] = "someone else"
    extract.rows.insert(rng.randint(0, len(extract.rows)), row)


def other_order(rng: random.Random, extract: Extract) -> None:
    """Rows in another order."""
    rng.shuffle(extract.rows)


def header_cell(rng: random.Random, extract: Extract) -> None:
    """A column name that is another, twice there, or blank."""
    at = rng.randrange(len(extract.header))
    old = str(extract.header[at])
    extract.header[at] = rng.choice(
        [
            old.upper(),
            f" {old} ",
            f"{old}\u200b",
            old.replace(" ", "  "),
            "",
            "Sex",
            old[:-1],
            "src_row",
        ]
    )


def moved_column(rng: random.Random, extract: Extract) -> None:
    """Two columns exchanged, as a whole."""
    one, two = rng.sample(range(len(HEADER)), 2)
    for row in [extract.header, *extract.rows]:
        if len(row) > max(one, two):
            row[one], row[two] = row[two], row[one]


def new_column(rng: random.Random, extract: Extract) -> None:
    """A column more, with or without a name and cells."""
    at, name, cell = rng.randint(0, len(HEADER)), rng.choice(["", "Ward"]), rng.choice(["", "3"])
    extract.header.insert(at, name)
    for row in extract.rows:
        row.insert(at, cell)


def lost_column(rng: random.Random, extract: Extract) -> None:
    """A column less."""
    at = rng.randrange(len(extract.header))
    for row in [extract.header, *extract.rows]:
        del row[at : at + 1]


def no_header(rng: random.Random, extract: Extract) -> None:
    """The header is gone, so a patient's row stands in its place."""
    extract.header = extract.rows.pop(0)
    extract.loses_rows = True


def other_dates(rng: random.Random, extract: Extract) -> None:
    """Some dates in another format than the declared one."""
    form = rng.choice(["%Y-%m-%d", "%d/%m/%Y", "%Y.%m.%d", "%Y%m%d", "excel", "%Y年%m月%d日"])
    at = extract.header.index("Seen") if "Seen" in extract.header else 2
    for row in rng.sample(extract.rows, min(3, len(extract.rows))):
        if len(row) > at:
            row[at] = written(dt.date(2020, rng.randint(1, 12), rng.randint(1, 28)), form)


def no_rows(rng: random.Random, extract: Extract) -> None:
    """Nothing below the header."""
    extract.rows, extract.loses_rows = [], True


def shifted_row(rng: random.Random, extract: Extract) -> None:
    """The cells of a row one column to the right; the last is gone."""
    row, at = _place(rng, extract)
    if row:
        row.insert(at, "")
        row.pop()


# ---- of delimited files


def other_bytes(rng: random.Random, extract: Extract) -> None:
    """Bytes of the file changed, gone, put in or cut off."""
    way, sign = rng.choice(["flip", "cut", "quote", "put"]), rng.randrange(256)
    at = rng.random()
    extract.loses_rows = True

    def change(data: bytes) -> bytes:
        place = int(at * len(data))
        if way == "cut":
            return data[: max(place, 1)]
        if way == "quote":
            return data[:place] + b'"' + data[place:]
        return data[:place] + bytes([sign]) + data[place + (way == "flip") :]

    extract.bytes = change


def open_quote(rng: random.Random, extract: Extract) -> None:
    """A quotation mark that opens and never closes."""
    row, at = _place(rng, extract)
    text = f"Q{rng.randrange(10**6)}"
    if row:
        row[at] = text
    sign = text.encode(extract.encoding.replace("utf-16", "utf-16-le"))
    quote = '"'.encode(extract.encoding.replace("utf-16", "utf-16-le").removesuffix("-sig"))
    sign = sign.removeprefix(b"\xef\xbb\xbf")
    extract.bytes = lambda data: data.replace(sign, quote + sign)


def other_encoding(rng: random.Random, extract: Extract) -> None:
    """Another encoding than the declared one, with or without a mark."""
    new = rng.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-be", "latin-1", "big5"])
    old = extract.encoding

    def change(data: bytes) -> bytes:
        return data.decode(old, "replace").encode(new, "replace")

    extract.bytes, extract.loses_rows = change, True


def other_delimiter(rng: random.Random, extract: Extract) -> None:
    """Another delimiter than the declared one."""
    old, new = extract.delimiter, rng.choice([",", ";", "\t", "|"])
    extract.bytes = lambda data: data.replace(old.encode(), new.encode())
    extract.loses_rows = True


def line_ends(rng: random.Random, extract: Extract) -> None:
    """Line ends of another system, blank lines at the end, or none at the end."""
    extract.newline = rng.choice(["\r", "\r\n", "\n"])
    end = extract.newline.encode(extract.encoding.replace("utf-16", "utf-16-le"))
    end = end.removeprefix(b"\xef\xbb\xbf")
    tail = rng.choice([b"", end * 3])
    extract.bytes = lambda data: data + tail if tail else data.removesuffix(end)


def behind_each_row(rng: random.Random, extract: Extract) -> None:
    """A delimiter more at the end of all or most rows."""
    for row in extract.rows:
        if rng.random() < 0.9:
            row.append("")


# ---- of workbooks


def typed_cell(rng: random.Random, extract: Extract) -> None:
    """True numbers, dates, truth values and errors in cells of a workbook."""
    row, at = _place(rng, extract)
    if row:
        row[at] = rng.choice(
            [3, 3.0, 62.5, 0.1 + 0.2, 1e15, True, dt.datetime(2020, 3, 4), 44197, 2021, -1, 1e-7,
             dt.datetime(2020, 3, 4, 10, 20), "#N/A", "#DIV/0!", dt.datetime(1905, 7, 13)]
        )  # fmt: skip


def formula(rng: random.Random, extract: Extract) -> None:
    """A formula that was never calculated."""
    row, at = _place(rng, extract)
    if row:
        row[at] = rng.choice(["=1+2", "=A1", '=HYPERLINK("http://x","y")'])


def merged(rng: random.Random, extract: Extract) -> None:
    """Merged cells below the header."""
    column, start = rng.choice("ACDH"), extract.titles + 2
    span = f"{column}{start}:{column}{start + rng.randint(1, 2)}"
    extract.book.append(lambda book: book.active.merge_cells(span))


def hidden(rng: random.Random, extract: Extract) -> None:
    """A hidden row or column, or a hidden sheet beside it."""
    way, row = rng.choice(["row", "column", "sheet"]), extract.titles + 2 + rng.randint(0, 2)

    def change(book: Any) -> None:
        if way == "row":
            book.active.row_dimensions[row].hidden = True
        elif way == "column":
            book.active.column_dimensions["D"].hidden = True
        else:
            book.create_sheet("old").sheet_state = "hidden"

    extract.book.append(change)


def stray(rng: random.Random, extract: Extract) -> None:
    """A cell far away."""
    place = rng.choice(["ZZ3", "A2000", "XFD1048576", "P2"])
    extract.book.append(lambda book: book.active.__setitem__(place, rng.choice([" ", "x"])))
    extract.loses_rows = True


ANY = [
    odd_cell, odd_cell, odd_cell, odd_cell, typo, typo, spaced, full_width, other_case,
    other_column, more_fields, blank_row, same_row, other_order, header_cell, moved_column,
    new_column, lost_column, no_header, other_dates, no_rows, shifted_row,
]  # fmt: skip
OF_TEXT = [other_bytes, open_quote, other_encoding, other_delimiter, line_ends, behind_each_row]
OF_BOOKS = [typed_cell, typed_cell, formula, merged, hidden, stray]


# ---- one case


def case(rng: random.Random, folder: Path) -> Outcome:
    """An extract mutated in up to four ways, read by both readers."""
    extract = Extract(rng)
    ways = OF_BOOKS if extract.kind == "xlsx" else OF_TEXT
    chosen = [rng.choice(rng.choice([ANY, ANY, ways])) for _ in range(rng.choice([0, 1, 1, 2, 4]))]
    names = [mutation.__name__ for mutation in chosen]
    ambiguous = len(extract.formats) > 1 and "excel" not in extract.formats
    tried = f"{extract.kind} {extract.encoding}: {', '.join(names) or 'nothing changed'}"
    for mutation in chosen:
        if extract.rows:
            mutation(rng, extract)
    try:
        return judge(extract, folder, tried, plain=not chosen and not ambiguous)
    except Broken as broken:
        raise Broken(f"{tried}\n{broken}") from None
    except Exception as error:
        error.tried = tried  # type: ignore[attr-defined]
        raise


def judge(extract: Extract, folder: Path, tried: str, *, plain: bool) -> Outcome:
    """Read with the product and hold the result against the independent reader's."""
    path = folder / f"visits.{extract.kind}"
    data = extract.data()
    path.write_bytes(data)
    declared = declared_sources(extract)
    table = declared["tables"]["visits"]
    settings = table | {
        "format": extract.kind, "codes": {name: codes for name, (codes, _) in LISTS.items()}
    }  # fmt: skip
    try:
        right: Sheet | None = read_sheet(data, settings)
    except Refuse:
        right = None
    except Exception:
        if extract.kind != "xlsx":
            raise
        right = None  # the independent reader has no word on a damaged workbook
    try:
        found = product(declared, folder)
    except Stop as stop:
        _without_values(str(stop), extract)
        if plain:
            raise Broken(f"stopped although nothing was changed: {stop}") from None
        return Outcome("stopped", tried)
    finally:
        path.unlink()
    if right is None:
        raise Broken("read although the file as a whole cannot be")
    asked = compare(right, found, settings)
    if plain and asked:
        rules = sorted({p["rule"] for p in found["problems"]})
        raise Broken(f"asked although nothing was changed: {', '.join(rules)}")
    return Outcome("asked" if asked else "read", tried)


def declared_sources(extract: Extract) -> dict[str, Any]:
    """The checked `sources` section of an extract."""
    given = {
        "identifier": {"column": NUMBER, "width": 6, "pad": "0", "pattern": r"^\d{6}$"},
        "missing": ["", "NA", "-", "未知"],
        "sentinel_dates": ["1900-01-01", "9999-12-31"],
    }
    tables = {"visits": extract.table()}
    return Sources.model_validate({"defaults": given, "tables": tables}).model_dump(mode="json")


def product(declared: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Rows kept, set aside and asked about, as the steps from raw file to table give them."""
    part = next(iter(sources.plan_parts(declared, folder)["visits"].values()))
    settings = sources.ingest_settings(declared, "visits", part)
    raw = read_raw(part.path, settings)
    own = sources.standardise_settings(declared, "visits", part)
    codes = {name: read_codelist(_codelist(name, folder)) for name in LISTS}
    staged, notes = stage(raw, settings), describe(raw, settings)
    kept, problems, aside = standardise("visits", staged, notes, own, codes, KEY)
    combined = sources.combine_settings(declared, "visits", [part])
    table, more, questions = combine("visits", [kept], combined, {})
    problems, aside = stack([problems, *questions], PROBLEMS), stack([aside, *more], SET_ASIDE)
    return {
        "kept": table.to_pylist(), "aside": aside.to_pylist(), "problems": problems.to_pylist(),
        "notes": notes, "tables": {"staged": staged, "problems": problems, "aside": aside},
    }  # fmt: skip


def _codelist(name: str, folder: Path) -> Path:
    path = folder / f"{name}.list.csv"
    if not path.exists():
        codes, match = LISTS[name]
        lines = [f"{raw},{value},{match}" for raw, value in codes.items()]
        path.write_text("\n".join(["raw,value,match", *lines, ""]), encoding="utf-8")
    return path


def compare(right: Sheet, found: dict[str, Any], settings: dict[str, Any]) -> int:
    """Number of questions; Broken where a row is lost or a value differs in silence."""
    kept = {row["src_row"]: row for row in found["kept"]}
    aside = {row["src_row"]: row["reason"] for row in found["aside"]}
    _same_rows(right, found, kept, aside)
    named = {(p["src_row"], p[key]) for p in found["problems"] for key in ("field", "column")}
    torn = {p["src_row"] for p in found["problems"] if p["rule"] == "suspect_quote"}
    pairs: set[tuple[str, str]] = set()
    seen: set[tuple[str, ...]] = set()
    at = right.header.index(NUMBER)
    for number, cells in sorted(right.rows.items()):
        patient = right_number(cells[at], settings["identifier"], settings["missing"])
        known = _texts(right, cells)
        again = known in seen
        if aside.get(number) != "malformed_row":
            seen.add(known)
        if number in aside:
            _rightly_aside(number, aside[number], patient, right, again)
            continue
        if number not in kept:
            raise Broken(f"row {number} is neither kept nor set aside")
        if patient is None and number not in right.either:
            raise Broken(f"row {number} is kept without a patient's number")
        if again:
            raise Broken(f"row {number} repeats an earlier one and is kept")
        if patient is not None:
            pairs.add((patient, kept[number]["USUBJID"]))
        if number not in torn:
            _same_values(number, cells, kept[number], named, right, settings)
    if len({one for one, _ in pairs}) != len(pairs) or len({two for _, two in pairs}) != len(pairs):
        raise Broken("patients and pseudonyms do not belong together one by one")
    quiet = {"identifier_padded", "identifier_collision", "same_person"}
    return sum(p["rule"] not in quiet for p in found["problems"])


def _same_rows(
    right: Sheet, found: dict[str, Any], kept: dict[int, Any], aside: dict[int, str]
) -> None:
    everywhere = sorted([*kept, *aside])
    count = found["notes"]["rows_raw"]
    if len(found["kept"]) + len(found["aside"]) != len(everywhere) or set(kept) & set(aside):
        raise Broken("a row stands in two places")
    if len(everywhere) != count:
        raise Broken(f"{count} rows in the file, {len(everywhere)} kept or set aside")
    expected = sorted({*right.rows, *right.aside})
    lost, new = set(expected) - set(everywhere), set(everywhere) - set(expected) - right.tail
    if lost or new:
        raise Broken(f"rows lost {sorted(lost)[:9]}, rows that are none {sorted(new)[:9]}")


def _texts(right: Sheet, cells: list[str]) -> tuple[str, ...]:
    """What makes two rows one: all texts but those of the dropped column, by column name."""
    named = zip(right.header, cells, strict=False)
    return tuple(sorted(f"{n}={c.strip()}" for n, c in named if n != NAME and c.strip()))


def _rightly_aside(
    number: int, reason: str, patient: str | None, right: Sheet, again: bool
) -> None:
    """A whole row with a number may go only as the repetition of another."""
    if number in right.either or (reason == "malformed_row" and right.either):
        return  # a footer; or rows of two widths, and who knows which is right
    if patient is None and reason in ("no_identifier", "bad_identifier"):
        return
    if not (reason == "exact_duplicate" and again):
        raise Broken(f"row {number} is whole and was set aside ({reason})")


def _same_values(
    number: int,
    cells: list[str],
    row: dict[str, Any],
    named: set[tuple[int | None, str | None]],
    right: Sheet,
    settings: dict[str, Any],
) -> None:
    """Each cell has its right value, or a problem names it."""
    for field, spec in settings["columns"].items():
        header = spec["from"]
        got = row[field]
        if isinstance(got, dt.datetime) and got.time() == dt.time(0):
            got = got.date()
        text = cells[right.header.index(header)] if header in right.header else ""
        wanted = right_value(text, spec | {"missing": spec["missing"]}, settings)
        same = got is None if wanted is None else wanted is not ASK and _equal(got, wanted)
        if not same and not {(number, field), (number, header)} & named:
            what = "nothing" if got is None else f"{got!r}"
            raise Broken(
                f"row {number}, {header}: {what} was read from {text[:40]!r} in silence; right is"
                f" {wanted!r}"
            )


def _equal(got: Any, wanted: Any) -> bool:
    if isinstance(wanted, float) and isinstance(got, int | float):
        return abs(got - wanted) <= 1e-9 * max(1, abs(wanted))
    return bool(got == wanted) and isinstance(got, bool) == isinstance(wanted, bool)


def _without_values(message: str, extract: Extract) -> None:
    """A message never holds a patient's number or name."""
    if any(secret in message for secret in extract.secrets):
        raise Broken(f"the message holds a patient's number or name: {message}")
