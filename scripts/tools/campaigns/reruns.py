"""Random edits of a finished study: what runs again is what they concern, and the bytes are right.

One to three edits (raw cells and rows, code lists, suites, settings, outputs edited by hand), one
run. Held against a clean run of the edited study: every file under results/ and data/ is the same,
and the files made again are exactly those whose inputs or settings differ and what is made from
them (gates do not age: decision 0002).
"""

from __future__ import annotations

import base64
import csv
import io
import json
import os
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl

from scripts.tools.campaigns import small_study
from scripts.tools.campaigns.cases import Broken, Outcome
from scripts.tools.campaigns.small_study import content, differences, said, start

GATES = "data/gates/"
METADATA = Path(".snakemake/metadata")  # a file for each output, by Snakemake
RAW = "data/raw/2024-01"
ENCODING = "gb18030"
ABOVE, BELOW = 2, 1  # rows of a raw file above its rows, and below

Meta = dict[str, dict[str, Any]]


def case(rng: random.Random, folder: Path) -> Outcome:
    """Some edits, a run and a clean run; bytes and what was made again compared."""
    study = small_study.copied(folder / "edited")
    before = _metadata(study)
    by_hand: set[str] = set()
    chosen = [rng.choice(EDITS) for _ in range(rng.choice([1, 1, 2, 3]))]
    said_of = [edit(rng, study, by_hand) for edit in chosen]
    tried = "; ".join(said_of)
    clean = small_study.configured_as(study, folder / "clean")
    runs = start(study), start(clean)
    codes = [run.wait() for run in runs]
    if codes[0] != codes[1]:
        ends = said(study)[-200:], said(clean)[-200:]
        raise Broken(f"{tried}\nends with {codes[0]}, a clean run with {codes[1]}: {ends}")
    if wrong := differences(*(_promised(content(one), study, codes[0]) for one in (study, clean))):
        raise Broken(f"{tried}\nother bytes than of a clean run: {', '.join(wrong)}")
    if codes[0] == 0:
        _exactly(tried, before, _metadata(study), _metadata(clean), changed(study), by_hand)
    shutil.rmtree(study)
    shutil.rmtree(clean)
    return Outcome("current" if codes[0] == 0 else "stopped", tried)


def _promised(found: dict[str, str], study: Path, code: int) -> dict[str, str]:
    """Files that must be those of a clean run.

    All after a run that ended well; below results/ after one that a gate stopped. One that stopped
    before any job leaves the earlier run's, and STATUS says so.
    """
    if code == 0:
        return found
    status = (study / "results/STATUS").read_text(encoding="utf-8")
    if not status.startswith("STOPPED"):
        raise Broken(f"\na run that ended with {code} left STATUS: {status[:80]}")
    if "Nothing was made" in status:
        return {}
    return {name: value for name, value in found.items() if name.startswith("results/")}


# ---- which outputs must be made again, from what Snakemake kept of the two studies


def _metadata(study: Path) -> Meta:
    """What Snakemake keeps of each output: its inputs, params, and when it was made."""
    found = {}
    for path in (study / METADATA).rglob("*"):
        if path.is_file():
            parts = path.relative_to(study / METADATA).parts  # a long name is cut: @one/@two/rest
            name = "".join(part.removeprefix("@") for part in parts)
            name = base64.urlsafe_b64decode(name).decode()
            found[name] = json.loads(path.read_text(encoding="utf-8"))
    return found


def changed(study: Path) -> set[str]:
    """Files that no step makes and that differ from the finished study's."""
    base = small_study.finished()
    paths = {p.relative_to(root).as_posix() for root in (study, base) for top in small_study.INPUTS
             for p in (root / top).rglob("*") if p.is_file()}  # fmt: skip
    return {name for name in paths if _bytes(study / name) != _bytes(base / name)}


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def concerned(before: Meta, wanted: Meta, files: set[str]) -> set[str]:
    """Outputs whose settings, list of inputs or inputs differ, and all that is made from them."""
    keys = ("rule", "params", "input")
    again = {
        name for name, meta in wanted.items()
        if name not in before or any(meta[key] != before[name][key] for key in keys)
    }  # fmt: skip
    while True:
        more = {
            name for name, meta in wanted.items()
            if {path for path in meta["input"] if not path.startswith(GATES)} & (again | files)
        }  # fmt: skip
        if more <= again:
            return again
        again |= more


def _exactly(
    tried: str, before: Meta, after: Meta, wanted: Meta, files: set[str], by_hand: set[str]
) -> None:
    must = _with_siblings(concerned(before, wanted, files | by_hand) | by_hand, wanted)
    made = {n for n in after if n not in before or after[n]["starttime"] != before[n]["starttime"]}
    if left := sorted(must - made):
        raise Broken(f"{tried}\nnot made again: {', '.join(left[:9])}")
    if more := sorted(made - must):
        raise Broken(f"{tried}\nmade again without a reason: {', '.join(more[:9])}")


def _with_siblings(outputs: set[str], wanted: Meta) -> set[str]:
    """One step makes all its outputs: those of one log."""
    logs = {tuple(wanted[name]["log"]) for name in outputs if name in wanted}
    return {name for name, meta in wanted.items() if tuple(meta["log"]) in logs}


# ---- edits; each says what it did


def _raw_text(study: Path, rng: random.Random) -> tuple[Path, list[list[str]]]:
    path = rng.choice(sorted((study / RAW).glob("*.csv")))
    return path, list(csv.reader(io.StringIO(path.read_text(encoding=ENCODING), newline="")))


def _write(path: Path, rows: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    path.write_text(out.getvalue(), encoding=ENCODING, newline="")


def raw_cell(rng: random.Random, study: Path, _: set[str]) -> str:
    """A cell holds what another row has in that column, or nothing."""
    path, rows = _raw_text(study, rng)
    one, other = rng.sample(range(ABOVE, len(rows) - BELOW), 2)
    at = rng.randrange(1, len(rows[one]))
    rows[one][at] = rng.choice([rows[other][at], rows[other][at], ""])
    _write(path, rows)
    return f"{path.name}, row {one + 1}, column {at + 1}: another value"


def raw_cell_of_old_date(rng: random.Random, study: Path, by_hand: set[str]) -> str:
    """The same, and the file keeps its date."""
    dates = {path: path.stat() for path in (study / RAW).glob("*")}
    did = raw_cell(rng, study, by_hand)
    for path, date in dates.items():
        os.utime(path, ns=(date.st_atime_ns, date.st_mtime_ns))
    return f"{did}, with its old date"


def raw_row(rng: random.Random, study: Path, _: set[str]) -> str:
    """A row is gone, or stands there twice."""
    path, rows = _raw_text(study, rng)
    at = rng.randrange(ABOVE, len(rows) - BELOW)
    twice = rng.random() < 0.5
    rows[at : at + 1] = [rows[at]] * 2 if twice else []
    _write(path, rows)
    return f"{path.name}, row {at + 1}: {'twice' if twice else 'gone'}"


def workbook_cell(rng: random.Random, study: Path, _: set[str]) -> str:
    """A cell of a workbook holds what another row has."""
    path = rng.choice(sorted((study / RAW).glob("*.xlsx")))
    book = openpyxl.load_workbook(path)
    sheet = rng.choice(book.worksheets)
    one, other = rng.sample(range(ABOVE + 1, sheet.max_row - BELOW + 1), 2)
    at = rng.randrange(2, sheet.max_column + 1)
    sheet.cell(one, at).value = sheet.cell(other, at).value
    book.save(path)
    return f"{path.name}, {sheet.title}, row {one}, column {at}: another value"


def only_touched(rng: random.Random, study: Path, _: set[str]) -> str:
    """A newer date, and the same content."""
    tops = ("config", "expectations", "data/raw", "results", "data/analysis")
    paths = [p for top in tops for p in sorted((study / top).rglob("*")) if p.is_file()]
    for path in rng.sample(paths, 20):
        os.utime(path)
    return "20 files touched"


def word_of_a_list(rng: random.Random, study: Path, _: set[str]) -> str:
    """A code list knows one more word, has a line less, or a line with another value."""
    path = rng.choice(sorted((study / "config/codelists").glob("*.csv")))
    lines = path.read_text(encoding="utf-8").splitlines()
    at, way = rng.randrange(1, len(lines)), rng.choice(["more", "more", "less", "value"])
    cells = next(csv.reader([lines[at]]))
    if way == "more":
        lines.append(",".join(["a word that nobody used", *cells[1:2], *[""] * (len(cells) - 2)]))
    elif way == "less":
        del lines[at]
    else:
        cells[1] = next(csv.reader([rng.choice(lines[1:])]))[1]
        lines[at] = ",".join(f'"{cell}"' if "," in cell else cell for cell in cells)
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return f"{path.name}: {way}"


def suite(rng: random.Random, study: Path, _: set[str]) -> str:
    """A check says something else, or weighs less."""
    path = rng.choice(sorted((study / "expectations").glob("*.yaml")))
    ways = (r"says: (\w+)", r"says: \1 indeed"), ("severity: warning", "severity: info")
    return _sub(rng, study, path, *rng.choice(ways))


def setting(rng: random.Random, study: Path, _: set[str]) -> str:
    """A text that is shown, or a number that counts."""
    names = ("cohort", "endpoints", "report", "sensitivity", "statistics", "study", "quality")
    path = study / f"config/{rng.choice(names)}.yaml"
    texts = r"((?:label|title|caption|description|head|x_label|y_label|introduction): ['\"]?)(\w)"
    if rng.random() < 0.5:
        return _sub(rng, study, path, texts, r"\1So \2")
    number = r"(\b[a-z_]+: )(\d+)\b(?![-.'])"
    return _sub(rng, study, path, number, lambda m: f"{m[1]}{int(m[2]) + 1}")


def comment(rng: random.Random, study: Path, _: set[str]) -> str:
    """A comment behind the last line."""
    path = rng.choice(sorted([*(study / "config").glob("*.yaml"), study / "config/waivers.csv"]))
    with path.open("a", encoding="utf-8") as file:
        file.write("# a comment\n")
    return f"{path.name}: a comment"


def output(rng: random.Random, study: Path, by_hand: set[str]) -> str:
    """A file that a step made is edited by hand (its date stays), or deleted."""
    made = sorted(name for name in _metadata(study) if (study / name).is_file())
    name = rng.choice([n for n in made if not n.startswith("results/STATUS")])
    path, way = study / name, rng.choice(["edited", "deleted"])
    by_hand.add(name)
    if way == "deleted":
        path.unlink()
    else:
        date = path.stat()
        path.write_bytes(path.read_bytes() + b" ")
        os.utime(path, ns=(date.st_atime_ns, date.st_mtime_ns))
    return f"{name}: {way}"


def _sub(rng: random.Random, study: Path, path: Path, old: str, new: Any) -> str:
    """One of the places that `old` fits replaced."""
    text = path.read_text(encoding="utf-8")
    places = list(re.finditer(old, text))
    name = path.relative_to(study).as_posix()
    if not places:
        return f"{name}: nothing fits"
    place = rng.choice(places)
    made = new(place) if callable(new) else place.expand(new)
    path.write_text(text[: place.start()] + made + text[place.end() :], encoding="utf-8")
    return f"{name}: `{made}`"


EDITS: list[Callable[[random.Random, Path, set[str]], str]] = [
    raw_cell, raw_cell, raw_cell_of_old_date, raw_row, workbook_cell, only_touched,
    word_of_a_list, suite, suite, setting, setting, setting, comment, output,
]  # fmt: skip
