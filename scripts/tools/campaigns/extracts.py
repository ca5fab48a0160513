"""Mutated extracts: what the reading steps make of them against the independent reader.

Held: each cell has the right value, or the cell or its row is listed with file and row, or one
`Stop` ends it. Broken: another value in silence, a lost row, a crash, a message with a value.
"""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

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
from scripts.tools.campaigns.mutations import ANY, OF_BOOKS, OF_TEXT
from scripts.tools.campaigns.registers import (
    IDENTIFIER,
    LISTS,
    MISSING,
    NAME,
    NUMBER,
    SENTINELS,
    Extract,
)

KEY = bytes(range(32))


def case(rng: random.Random, folder: Path) -> Outcome:
    """An extract mutated in up to four ways, read by both readers."""
    extract = Extract(rng)
    ways = OF_BOOKS if extract.kind == "xlsx" else OF_TEXT
    chosen = [rng.choice(rng.choice([ANY, ways])) for _ in range(rng.choice([0, 1, 1, 2, 4]))]
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
    declared, settings = declared_sources(extract), extract.meant()
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
    asked = compare(right, found, settings | {"first_day": right.first_day})
    if plain and asked:
        rules = sorted({p["rule"] for p in found["problems"]})
        raise Broken(f"asked although nothing was changed: {', '.join(rules)}")
    return Outcome("asked" if asked else "read", tried)


def declared_sources(extract: Extract) -> dict[str, Any]:
    """The checked `sources` section of an extract."""
    given = {"identifier": IDENTIFIER, "missing": MISSING, "sentinel_dates": SENTINELS}
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
        wanted = right_value(text, spec, settings)
        same = got is None if wanted is None else wanted is not ASK and _equal(got, wanted)
        asked = {(number, field), (number, header)} & named
        if not same and not (asked and (got is None or wanted is ASK)):
            what = "nothing" if got is None else f"{got!r}"
            raise Broken(
                f"row {number}, {header}: {what} was read from {text[:40]!r}"
                f"{'' if asked else ' in silence'}; right is {wanted!r}"
            )


def _equal(got: Any, wanted: Any) -> bool:
    if isinstance(wanted, float) and isinstance(got, int | float):
        return abs(got - wanted) <= 1e-9 * max(1, abs(wanted))
    return bool(got == wanted) and isinstance(got, bool) == isinstance(wanted, bool)


def _without_values(message: str, extract: Extract) -> None:
    """A message never holds a patient's number or name."""
    if any(secret in message for secret in extract.secrets):
        raise Broken(f"the message holds a patient's number or name: {message}")
