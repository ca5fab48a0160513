"""Mutations of an extract: each changes it in one way that hospitals' files show."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from scripts.tools.campaigns.registers import HEADER, Extract, written

# ---- of cells, rows and columns


def _place(rng: random.Random, extract: Extract) -> tuple[list[Any], int]:
    row = rng.choice([row for row in extract.rows if row] or [[""]])
    return row, rng.randrange(len(row))


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
            "Ｓｅｘ",
            f"{old}\n",
            f"{old} (kg)",
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


def other_dates(rng: random.Random, extract: Extract) -> None:
    """Some dates in another format than the declared one."""
    form = rng.choice(["%Y-%m-%d", "%d/%m/%Y", "%Y.%m.%d", "%Y%m%d", "excel", "%Y年%m月%d日"])
    at = extract.header.index("Seen") if "Seen" in extract.header else 2
    for row in rng.sample(extract.rows, min(3, len(extract.rows))):
        if len(row) > at:
            row[at] = written(dt.date(2020, rng.randint(1, 12), rng.randint(1, 28)), form)


def no_rows(rng: random.Random, extract: Extract) -> None:
    """Nothing below the header."""
    extract.rows = []


def shifted_row(rng: random.Random, extract: Extract) -> None:
    """The cells of a row one column to the right; the last is gone."""
    row, at = _place(rng, extract)
    if row:
        row.insert(at, "")
        row.pop()


# fmt: off
STYLES = [
    "{d.year}-{d.month}-{d.day}", "{d:%y-%m-%d}", "{d:%y%m%d}", "{d:%d-%b-%Y}", "{d:%d %B %Y}",
    "{d:%b %d, %Y}", "{d:%m/%d/%Y}", "{d:%d/%m/%y}", "{d:%Y.%m.%d}", "{d:%Y %m %d}", "{d:%Y/%m}",
    "{d:%Y年%m月}", "{d.year}年{d.month}月{d.day}号", "{d:%Y-%m-%d} 08:30",
    "{d:%Y-%m-%d}T00:00:00Z", "{d:%Y-%m-%d}?",
    "约{d:%Y-%m-%d}", "{d:%Y-%m-%d}~", "{d:%Y-%m}-31", "{d:%Y}-13-{d:%d}",
    "{d:%Y}-02-30", "{d:%Y}-00-{d:%d}", "{d:%d}-{d:%m}-{d:%Y}", "{d:%Y-%j}", "{d:%A}, {d:%Y-%m-%d}",
    "{d:%Y-%m-%d}/{d:%d}", "{d:%Y—%m—%d}", "{d:%Y。%m。%d}", "{d:%Y,%m,%d}", "0{d:%Y-%m-%d}",
    "{d:%Y-%m-%d}日", "{d:%Y/%m/%d}.", "2{d:%Y-%m-%d}", "{d:%Y-%m-%d};{d:%Y-%m}-01", "43{d:%d}0.5",
]
SCRIPTS = [0x660, 0x6F0, 0x966, 0xE50, 0xFF10, 0x1D7CE, 0x1D7F6, 0x2080]
UNSEEN = ["\u00a0", "\u200b", "\u00ad", "\ufeff", "\u2003", "\u3000", "\u200e", "\u2060", "\t"]
DENIED = [
    "no {}", "not {}", "没有{}", "未用{}", "拒绝{}", "{} refused", "{}: none", "{}?", "计划{}",
    "停用{}", "{} (planned)", "非{}", "allergic to {}", "{}过敏", "{}后", "除{}外",
    "without {}", "{}-", "{}(-)",
]
# fmt: on


def styled_date(rng: random.Random, extract: Extract) -> None:
    """A date in any style that people write, some of no day at all."""
    at = extract.header.index("Seen") if "Seen" in extract.header else 2
    row = rng.choice(extract.rows)
    day = dt.date(2020, rng.randint(1, 12), rng.randint(1, 28))
    if len(row) > at:
        row[at] = rng.choice(STYLES).format(d=day)


# what a column's own rules decide: {0} is its present cell
TELLING = {
    "Patient No": ["  {0}", "{0}.0", "A{0}", "{0}1", "12", "0", "1 2 3", "000000", "{0}{0}", "-1"],
    "Seen": ["1900-01-01", "9999-12-31", "1900/01/01", "99991231", "01.01.1900", "1900年01月01日",
             "31.12.9999", "1", "0", "2958465", "9999/12/31", "{0} 00:00", "{0} 23:59", "44197"],
    "Weight": ["19.9", "300", "300.1", "60,5", "60.5", "1'000", "60,000", "60.000", "6'0", "120 斤",
               "60 KG", "60公斤", "60 kg 斤", "600 斤", "601斤", "-60", "60-61", "60 lb", "6e1"],
    "Line": ["0", "1", "20", "21", "1.0", "1.5", "2,0", "1/2", "II", "第2线", "2L", "-2", "02"],
    "Sex": ["M", "MALE", "Ｍ", " m", "mm", "1.0", "01", "m/f", "男性", "男 ", "m (?)", "2", "no"],
    "Alive": ["Y", "yes", "1.0", "TRUE", "false", "不是", "是？", "y/n", "0.0", "nn", "N "],
    "Drugs": ["{0}, {0}", "{0}+y", "{0} carboplatin", "{0}。", "100mg", "{0} 100mg d1-3", "{0}{0}",
              "{0}; no etoposide", "(cisplatin)", "顺铂 etoposide", "cis platin", "cisplatins"],
    "Note": [" {0} ", "#N/A", "#DIV/0!", " - ", "ＮＡ", "na", "\t{0}", "{0}\u00a0", "　", "未知 "],
}  # fmt: skip


def telling(rng: random.Random, extract: Extract) -> None:
    """A cell at the edge of what its column's rules take."""
    name = rng.choice(sorted(set(TELLING) & {str(name) for name in extract.header}) or [""])
    row = rng.choice(extract.rows)
    at = extract.header.index(name) if name else len(row)
    if at < len(row):
        row[at] = rng.choice(TELLING[name]).format(row[at])


def other_digits(rng: random.Random, extract: Extract) -> None:
    """The digits of a cell in those of another script."""
    row, at = _place(rng, extract)
    zero = rng.choice(SCRIPTS)
    if row:
        row[at] = str(row[at]).translate({ord("0") + n: chr(zero + n) for n in range(10)})


def unseen_inside(rng: random.Random, extract: Extract) -> None:
    """A sign that nobody sees within a cell."""
    row, at = _place(rng, extract)
    if row:
        text = str(row[at])
        place = rng.randint(0, len(text))
        row[at] = text[:place] + rng.choice(UNSEEN) + text[place:]


def denied(rng: random.Random, extract: Extract) -> None:
    """A drug or another code that a text denies, plans or doubts."""
    row = rng.choice(extract.rows)
    at = rng.choice([5, 6, 7, 7, 7])
    if len(row) > at:
        row[at] = rng.choice(DENIED).format(row[at])


def header_again(rng: random.Random, extract: Extract) -> None:
    """The header once more within the table, as where pages were put together."""
    extract.rows.insert(rng.randint(0, len(extract.rows)), list(extract.header))


def more_below(rng: random.Random, extract: Extract) -> None:
    """A sum, a remark or a signature below the table."""
    text = rng.choice(
        ["Total: 12", "合计", "12", "备注：仅供科研", "Printed by the registry", "000001"]
    )
    row = [""] * len(extract.header)
    row[rng.choice([0, 0, len(row) - 1])] = text
    extract.rows += [[""] * len(row), row] if rng.random() < 0.3 else [row]


def only_the_number(rng: random.Random, extract: Extract) -> None:
    """A row in which nothing stands but the patient's number."""
    row = rng.choice(extract.rows)
    row[1:] = [""] * (len(row) - 1)


def line_above(rng: random.Random, extract: Extract) -> None:
    """A line more above the table, so the declared header is another row."""
    extract.titles += 1
    extract.moved = 1


def no_line_above(rng: random.Random, extract: Extract) -> None:
    """A title less above the table, so a patient's row stands where the header is declared."""
    if extract.titles:
        extract.titles -= 1
        extract.moved = -1


# ---- of delimited files


def other_bytes(rng: random.Random, extract: Extract) -> None:
    """Bytes of the file changed, gone, put in or cut off."""
    way, sign = rng.choice(["flip", "cut", "quote", "put"]), rng.randrange(256)
    at = rng.random()

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

    extract.bytes = change


def other_delimiter(rng: random.Random, extract: Extract) -> None:
    """Another delimiter than the declared one."""
    old, new = extract.delimiter, rng.choice([",", ";", "\t", "|"])
    extract.bytes = lambda data: data.replace(old.encode(), new.encode())


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


def all_quoted(rng: random.Random, extract: Extract) -> None:
    """Quotation marks around every field, or the other ones."""
    extract.quotes = rng.choice(['"', '"', "'"])


def marks_in_front(rng: random.Random, extract: Extract) -> None:
    """A byte order mark, once or twice, also where the declared encoding has none."""
    mark = "\ufeff".encode(extract.encoding.replace("-sig", "").replace("utf-16", "utf-16-le"))
    count = rng.choice([1, 2])
    extract.bytes = lambda data: mark * count + data


def blank_lines(rng: random.Random, extract: Extract) -> None:
    """Lines with nothing in them between the rows and at the end."""
    for _ in range(rng.randint(1, 3)):
        extract.rows.insert(rng.randint(0, len(extract.rows)), [])


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


def hidden_row(rng: random.Random, extract: Extract) -> None:
    """A row that is hidden or filtered out."""
    row = extract.titles + 2 + rng.randrange(len(extract.rows))
    extract.book.append(lambda book: setattr(book.active.row_dimensions[row], "hidden", True))


def hidden_column(rng: random.Random, extract: Extract) -> None:
    """A hidden column."""
    at = rng.choice("ACDFH")
    extract.book.append(lambda book: setattr(book.active.column_dimensions[at], "hidden", True))


def hidden_sheet_in_front(rng: random.Random, extract: Extract) -> None:
    """An older state of the table on a hidden sheet, before the one that people see."""
    state = rng.choice(["hidden", "veryHidden"])

    def change(book: Any) -> None:
        shown = book.active
        old = book.create_sheet("old", 0)
        for row in shown.iter_rows(max_row=min(shown.max_row, 50), values_only=True):
            old.append(["7" if cell == "1" else cell for cell in row])
        book.active = 1
        old.sheet_state = state

    extract.book.append(change)


def from_1904(rng: random.Random, extract: Extract) -> None:
    """A workbook that counts its days from 1904, as some from a Mac: true dates, or numbers."""
    at = extract.header.index("Seen") if "Seen" in extract.header else 2
    typed = rng.random() < 0.5
    for number, row in enumerate(extract.rows):
        if len(row) > at:
            day = dt.datetime(2020, 1, 1) + dt.timedelta(17 * number)
            row[at] = day if typed else (day - dt.datetime(1904, 1, 1)).days
    extract.book.append(lambda book: setattr(book, "epoch", CALENDAR_MAC_1904))


def rich_text(rng: random.Random, extract: Extract) -> None:
    """A cell of which a part is bold."""
    row, at = _place(rng, extract)
    if row:
        text = str(row[at])
        place = rng.randint(0, len(text))
        bold = TextBlock(InlineFont(b=True), text[place:])
        row[at] = CellRichText(text[:place], bold) if text[place:] and place else text


def other_sheet_name(rng: random.Random, extract: Extract) -> None:
    """A sheet of another name, or a second one beside it that people see."""
    if rng.random() < 0.5:
        extract.book.append(lambda book: setattr(book.active, "title", "表 1"))
    else:
        extract.book.append(lambda book: book.create_sheet("Legend").append(["Sex", "m: male"]))


def stray(rng: random.Random, extract: Extract) -> None:
    """A cell far away."""
    place = rng.choice(["ZZ3", "A2000", "XFD1048576", "P2"])
    extract.book.append(lambda book: book.active.__setitem__(place, rng.choice([" ", "x"])))


ANY = [
    odd_cell, odd_cell, odd_cell, odd_cell, typo, typo, spaced, full_width, other_case,
    other_column, more_fields, blank_row, same_row, other_order, header_cell, moved_column,
    new_column, lost_column, no_header, other_dates, no_rows, shifted_row, styled_date, styled_date,
    other_digits, unseen_inside, denied, denied, header_again, more_below, only_the_number,
    line_above, no_line_above, telling, telling, telling, telling, telling,
]  # fmt: skip
OF_TEXT = [
    other_bytes, open_quote, other_encoding, other_delimiter, line_ends, behind_each_row,
    all_quoted, marks_in_front, blank_lines,
]  # fmt: skip
OF_BOOKS = [
    typed_cell, typed_cell, formula, merged, hidden_row, hidden_column, stray,
    hidden_sheet_in_front, from_1904, rich_text, other_sheet_name,
]  # fmt: skip
