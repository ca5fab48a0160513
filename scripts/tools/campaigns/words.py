"""Hostile words in every field, followed into what is written from them.

From the raw files: findings, repaired numbers and rows left out (CSV). From the configuration: a
printed table as CSV, workbook and document, Markdown, a figure, and pages. Held: no cell of a CSV
file or workbook is a formula or link, no document holds a field or link, no Markdown HTML or a
link, no drawing a script or reference, no page the word unescaped; the word reads back as it was,
and a public file holds no word of a raw field.
"""

from __future__ import annotations

import csv
import json
import random
import re
import shutil
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import openpyxl
from docx import Document

from scripts.lib.display.figures import Page, is_plain, save, wrap
from scripts.lib.display.printed_table import (
    Cell,
    Head,
    PrintedTable,
    TableRow,
    write_printed_table,
)
from scripts.lib.display.prose import Section, read_prose, write_prose
from scripts.lib.errors import Stop
from scripts.lib.pages import embedded, environment
from scripts.lib.quality.findings import combine, of_problems, with_hashes, write_findings
from scripts.lib.spreadsheets import plain
from scripts.list_repairs import (
    IDENTIFIERS,
    ROWS,
    counted,
    left_out,
    repaired,
    write_counts,
    write_parts,
)
from scripts.tools.campaigns.cases import Broken, Outcome
from scripts.tools.campaigns.extracts import KEY, declared_sources, product
from scripts.tools.campaigns.registers import Extract
from scripts.write_document import main as write_document
from scripts.write_workbook import main as write_workbook

FORMS = [
    "=1+{0}", "=cmd|' /C {0}'!A0", "+{0}", "-{0}", "@SUM({0})", "\t={0}", "＝HYPERLINK(\"{0}\")",
    "{{={0}}}", '=HYPERLINK("http://x/{0}","y")', "http://x/{0}", "mailto:{0}@x",
    "internal:'{0}'!A1",
    "<script>{0}</script>", "<img src=x onerror={0}>", "</script><b>{0}", "&lt;{0}&amp;", "$x_{0}$",
    "costs $5, {0}, $6", "{{{{ {0} }}}}", "{{% raw %}}{0}", "../../{0}", "C:\\{0}", '"{0}"', "'{0}",
    "'={0}", "{0}\nnext line", "[{0}](http://x)", "![{0}](x)", "`{0}`", "|{0}|", "李{0}", "مريض{0}",
    "{0}" * 60, "%s{0}%n", "\u202e{0}", "{0};DROP", "#N/A {0}", "--{0}",
]  # fmt: skip
FORMULA = re.compile(r"[=+\-@\t\r]")
NUMBER = re.compile(r"[-+]?[\d.,\s%()]+(?:(?:-|to -?)[\d.,\s]+)?")


def word(rng: random.Random) -> tuple[str, str]:
    """A hostile text, and the part of it that is found wherever it goes."""
    token = "".join(rng.choice("QXZJK") for _ in range(7))
    return rng.choice(FORMS).format(token), token


def case(rng: random.Random, folder: Path) -> Outcome:
    """Words in raw fields, or in what the configuration names."""
    study = folder / "words"
    shutil.rmtree(study, ignore_errors=True)
    study.mkdir()
    return _of_raw_fields(rng, study) if rng.random() < 0.5 else _of_names(rng, study)


def _of_raw_fields(rng: random.Random, folder: Path) -> Outcome:
    extract = Extract(rng)
    planted = [word(rng) for _ in range(6)]
    for text, _ in planted:
        row = rng.choice(extract.rows)
        row[rng.randrange(len(row))] = text
    tried = f"raw fields of {extract.kind}: {', '.join(ascii(text[:30]) for text, _ in planted)}"
    declared = declared_sources(extract)
    (folder / f"visits.{extract.kind}").write_bytes(extract.data())
    try:
        found = product(declared, folder)
    except Stop as stop:
        if any(token in str(stop) for _, token in planted):
            raise Broken(f"{tried}\nthe message holds a cell's value") from None
        return Outcome("stopped", tried)
    tables, settings = found["tables"], declared["tables"]["visits"]
    numbers = repaired("visits", tables["staged"], settings | {"first_centre": None}, {}, KEY)
    rows = left_out("visits", tables["aside"], [found["notes"]])
    listed = combine([with_hashes(of_problems("visits", tables["problems"].to_pandas(), {}), KEY)])
    public = folder / "findings.csv", folder / "repairs_counts.csv"
    private = folder / "private_findings.csv", folder / "repairs.csv", folder / "left_out.csv"
    write_findings(listed, public[0], private[0])
    counts = [*counted(numbers, "identifier", "way"), *counted(rows, "row", "reason")]
    write_counts(counts, public[1])
    write_parts(iter([numbers]), IDENTIFIERS, private[1])
    write_parts(iter([rows]), ROWS, private[2])
    for path in (*public, *private):
        _neutral_csv(tried, path)
    for path in public:
        if any(token in path.read_text(encoding="utf-8") for _, token in planted):
            raise Broken(f"{tried}\n{path.name} is public and holds a cell's value")
    return Outcome("neutral", tried)


def _neutral_csv(tried: str, path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    for cell in cells:
        if FORMULA.match(cell) and not NUMBER.fullmatch(cell):
            raise Broken(f"{tried}\n{path.name}: a formula: {ascii(cell[:60])}")
    return cells


def _of_names(rng: random.Random, folder: Path) -> Outcome:
    words = [word(rng)[0] for _ in range(9)]
    tried = f"names: {', '.join(ascii(text[:30]) for text in words)}"
    title, label, first, second, level, text, mark, note, notice = words
    heads = [[Head(""), Head(first, 2)], [Head(second), Head("n"), Head(text)]]
    rows = [TableRow([Cell(level), Cell("3 (5%)"), Cell(text)], indent=rng.randint(0, 1)),
            TableRow([Cell("-1.5"), Cell("-0.5 to 2"), Cell(mark, "a")], heading=True)]  # fmt: skip
    table = PrintedTable("table1", label, title, heads, rows, [note, f"a {note}"])
    paths = {end: folder / f"table1.{end}" for end in ("csv", "json", "xlsx", "docx")}
    write_printed_table(table, paths["csv"], paths["json"])
    settings = {"title": title, "notice": notice, "delivery": "d", "data_cutoff": "2024-12-31"}
    for end, write in (("xlsx", write_workbook), ("docx", write_document)):
        write(SimpleNamespace(
            params=SimpleNamespace(settings=settings),
            input=_Inputs(tables=[str(paths["json"])], sensitivity=[]), output=[str(paths[end])],
        ))  # fmt: skip
    cells = {plain(cell).strip() for cell in _neutral_csv(tried, paths["csv"])}
    if not {level.strip(), text.strip()} <= cells:
        raise Broken(f"{tried}\na word does not read back from the CSV file as it was")
    _neutral_book(tried, paths["xlsx"], {level, text, title})
    shown = {cell.text for grid in Document(str(paths["docx"])).tables
             for row in grid.rows for cell in row.cells}  # fmt: skip
    if _as_shown(level) not in {_as_shown(cell) for cell in shown}:
        raise Broken(f"{tried}\na word does not read back from the document as it was")
    _neutral_document(tried, paths["docx"])
    _neutral_markdown(tried, folder / "methods.md", words)
    _neutral_drawing(tried, folder / "figure.svg", words)
    _neutral_page(tried, folder, words)
    return Outcome("neutral", tried)


class _Inputs(SimpleNamespace):
    """Inputs as Snakemake gives them: by name, and one after another."""

    def __iter__(self) -> Any:
        return iter([*self.tables, *self.sensitivity])


def _as_shown(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _neutral_book(tried: str, path: Path, words: set[str]) -> None:
    with zipfile.ZipFile(path) as book:
        sheets = [n for n in book.namelist() if n.startswith("xl/worksheets/sheet")]
        if any(re.search(rb"<f[ >]", book.read(name)) for name in sheets):
            raise Broken(f"{tried}\na formula in the workbook")
        links = [n for n in book.namelist() if n.startswith("xl/worksheets/_rels")]
        if any(b'TargetMode="External"' in book.read(name) for name in links):
            raise Broken(f"{tried}\na link out of the workbook")
    texts = [
        str(cell.value)
        for sheet in openpyxl.load_workbook(path).worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    ]
    everything = _as_shown(" ".join(texts))
    lost = [text for text in words if _as_shown(text) not in everything]
    if lost:
        raise Broken(f"{tried}\na word does not read back from the workbook: {ascii(lost[0][:60])}")


def _neutral_document(tried: str, path: Path) -> None:
    """Text is text: no field that an office program computes, and nothing outside is named."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    fields = re.compile(rb"<w:(?:fldSimple|instrText|hyperlink|object|altChunk)[ >]")
    for name, part in parts.items():
        if fields.search(part) or (name.endswith(".rels") and b'TargetMode="External"' in part):
            raise Broken(f"{tried}\na field or link in the document: {name}")


def _neutral_markdown(tried: str, path: Path, words: list[str]) -> None:
    title, *others = words
    write_prose(path, title, [Section("Words", [one, [f"first {one}"]]) for one in others])
    text = path.read_text(encoding="utf-8")
    if re.search(r"<[a-z/!]", text, re.IGNORECASE) or re.search(r"(?<!\\)\]\(", text):
        raise Broken(f"{tried}\nHTML or a link in Markdown")
    found = " ".join(section.text() for section in read_prose(path))
    if lost := [one for one in others if _as_shown(one) not in _as_shown(found)]:
        raise Broken(f"{tried}\na word does not read back from Markdown: {ascii(lost[0][:60])}")


def _neutral_drawing(tried: str, path: Path, words: list[str]) -> None:
    page = Page(120.0, 6.0 * len(words))
    for line, text in enumerate(words):
        for shown in wrap(text, 110.0)[:1]:
            page.text(2.0, 6.0 * line + 3.0, shown)
    save(page, [str(path)], words[0], 50)
    root = ElementTree.fromstring(path.read_bytes())  # noqa: S314 - made here
    tags = {node.tag.rpartition("}")[2] for node in root.iter()}
    links = [value for node in root.iter() for key, value in node.attrib.items()
             if key.rpartition("}")[2] == "href" and not value.startswith("#")]  # fmt: skip
    if links or tags & {"script", "foreignObject", "image", "a"}:
        raise Broken(f"{tried}\na script or reference in the drawing: {sorted(tags)}")
    drawn = _as_shown(" ".join(node.text or "" for node in root.iter()))
    plain_words = [one for one in words if one.isascii() and one.isprintable() and is_plain(one)]
    if lost := [one for one in plain_words if _as_shown(wrap(one, 110.0)[0]) not in drawn]:
        raise Broken(f"{tried}\na word is not in the drawing as it was: {ascii(lost[0][:60])}")


def _neutral_page(tried: str, folder: Path, words: list[str]) -> None:
    """Templates escape what they show; JSON within a script cannot end the script."""
    (folder / "page.j2").write_text('<p title="{{ w }}">{{ w }}</p>', encoding="utf-8")
    for text in words:
        page = environment(folder).get_template("page.j2").render(w=text)
        inside = page.removeprefix("<p title=").removesuffix("</p>").replace('">', "", 1)
        script = str(embedded({"w": text}))
        if "<" in inside or "<" in script or json.loads(script)["w"] != text:
            raise Broken(f"{tried}\na word is not escaped on a page: {ascii(text[:60])}")
