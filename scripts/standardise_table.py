"""Give one staged part its canonical names, types, codes and pseudonyms; list what cannot be read.

Inputs: data/staged/{table}/{part}.parquet and .json; config/codelists/*.csv;
data/private/pseudonym.key.

Outputs:
    data/standardised/parts/{table}/{part}.parquet, one row per raw row kept:

    | column | type | unit | meaning |
    |---|---|---|---|
    | USUBJID | string | | pseudonym of the patient |
    | every column of the table | as configured | as configured | null: missing or unreadable |
    | src_file, src_sheet, src_row | string, string, int64 | | the raw row |
    | src_hash | uint64 | | keyed hash of the raw row, to find exact duplicates |
    | same person: {header} | uint64 | | keyed hash of a dropped column, beside a date of birth |

    data/private/problems/{table}/{part}.parquet, one row per value, row or file to ask about;
    data/private/set_aside/{table}/{part}.parquet, one row per raw row not kept, with its reason.

Source: docs/sources.md.
"""

import datetime as dt
import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from scripts.lib.errors import Stop, run
from scripts.lib.light import skip_pandas
from scripts.lib.private import write_arrow
from scripts.lib.reading.coded import CODED, SEVERAL, Coded, Listed
from scripts.lib.reading.codelists import CodeList, read_codelist
from scripts.lib.reading.conditions import evaluate_arrow
from scripts.lib.reading.hashing import hash_texts
from scripts.lib.reading.headers import check_columns, choose
from scripts.lib.reading.identities import identities
from scripts.lib.reading.parts import SOURCE, Distinct, Part, distinct
from scripts.lib.reading.problems import (
    NEGATED,
    OTHERS,
    PROBLEMS,
    SET_ASIDE,
    UNEXPLAINED,
    problem_table,
    stack,
)
from scripts.lib.reading.pseudonyms import pseudonyms, read_key
from scripts.lib.reading.same_person import hashed_columns
from scripts.lib.reading.values import ARROW_TYPES, constant, convert, read_together

MONTH = dt.timedelta(days=31)

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


# rows that are nobody's: the rule that they break, and the reason for which they are set aside
NOBODY = {
    "missing_identifier": "no_identifier",
    "bad_identifier": "bad_identifier",
    "missing_centre": "no_centre",
}


def identify(part: Part, settings: dict[str, Any], codes: dict[str, CodeList], key: bytes) -> None:
    """Give each row its pseudonym; set rows aside that have no usable patient number."""
    found = identities(part.raw, part.staged.column_names, settings, codes)
    column, raw = found.column, found.written
    if found.numbers and not any(found.numbers):
        raise Stop(
            f"{part.file}: no row has a usable patient number in column `{column}`. Correct "
            "`identifier` (column, width, pattern) of this table."
        )
    if found.centres and not any(found.centres):
        raise Stop(f"{part.file}: no row says its hospital. Correct `centre` of this table.")
    known = pseudonyms(key, (whole for whole in found.whole if whole))
    names = pa.array([known.get(whole or "") for whole in found.whole], pa.string())
    part.columns["USUBJID"] = raw.take(names)
    if found.centres is not None:
        part.columns["centre"] = raw.take(pa.array(found.centres, pa.string()))
    for rule, mask in found.rules.items():
        rows = raw.rows(mask, part.kept)
        if rule == "identifier_padded":
            part.ask_once(rule, rows, column=column)
        elif rule == "missing_centre":
            part.ask(rule, rows, column=_header(settings["centre"]), field="centre")
        else:
            part.ask(rule, rows, column=column, raw=raw.take(raw.texts, rows))
    for rule, reason in NOBODY.items():
        if rule in found.rules:
            part.leave(raw.rows(found.rules[rule], part.kept), reason)


def _header(centre: dict[str, Any]) -> str:
    given = centre["from"] or []
    return " or ".join([given] if isinstance(given, str) else given)


def read_columns(part: Part, settings: dict[str, Any], codes: dict[str, CodeList]) -> None:
    """Add every configured column; list the problems of rows that are kept."""
    broken = []
    coded = read_coded(part, settings["columns"], codes)
    for name, spec in settings["columns"].items():
        if name == "centre" and settings["centre"]:
            continue  # read with the patient number
        kind = ARROW_TYPES[spec["type"]]
        column = choose(spec["from"], part.staged.column_names) if spec["from"] else None
        if spec.get("imputed"):
            part.columns[name] = pa.nulls(part.staged.num_rows, kind)  # filled below
            continue
        if column is None:
            everywhere = constant(spec["value"], kind, name)
            part.columns[name] = pa.repeat(everywhere, part.staged.num_rows)
            continue
        raw = part.raw(column)
        points = "unclear" if column in settings["text_points"] else "cells"
        own = settings | {"points": points if settings["typed"] else "declared"}
        done = convert(raw.texts, spec, own, codes.get(spec["codelist"]), coded.get(name))
        part.columns[name] = raw.take(done.values)
        broken.append((name, column, raw, done))
    flag_imputed(part, settings["columns"], {name: (raw, done) for name, _, raw, done in broken})
    meant = _empty_elsewhere(part, settings["columns"])
    _filter(part, settings["where"])
    for name, column, raw, done in broken:
        asked = part.asked & meant[name].possible if name in meant else part.asked
        if name in meant:
            rows = np.flatnonzero(meant[name].unknown & part.asked)
            texts = raw.take(raw.texts, rows)
            part.ask("condition_unknown", rows, column=column, field=name, raw=texts)
        for rule, mask in done.broken.items():
            rows = raw.rows(mask, asked)
            given = {"raw": raw.take(raw.texts, rows)}
            if rule == "partial_date_imputed":
                given |= {"low": raw.take(done.low, rows), "high": raw.take(done.high, rows)}
            elif rule == NEGATED:
                pieces = pa.array(["; ".join(read.negating) for read in done.coded], pa.string())
                other = [OTHERS.join(read.otherwise()) for read in done.coded]
                given = {
                    "raw": raw.take(pieces, rows),
                    "otherwise": raw.take(pa.array(other, pa.string()), rows),
                }
            elif rule == UNEXPLAINED:
                rows, given["raw"] = _each_piece(raw, rows, done.coded)
            part.ask(rule, rows, column=column, field=name, **given)


def _each_piece(
    raw: Distinct, rows: np.ndarray, coded: Sequence[Coded]
) -> tuple[np.ndarray, pa.Array]:
    """The rows, once for each piece of their text that nothing explains, and the pieces."""
    pieces = pa.array([piece for read in coded for piece in read.unexplained], pa.string())
    counts = np.array([len(read.unexplained) for read in coded])
    first, times = np.cumsum(counts) - counts, counts[raw.at[rows]]
    within = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    at = np.repeat(first[raw.at[rows]], times) + within
    return np.repeat(rows, times), pieces.take(pa.array(at))


def read_coded(
    part: Part, columns: dict[str, Any], codes: dict[str, CodeList]
) -> dict[str, list[Coded]]:
    """What the code lists read, by column; those of one raw column look at it together."""
    together: dict[str, dict[str, Listed]] = {}
    for name, spec in columns.items():
        column = choose(spec["from"], part.staged.column_names) if spec["from"] else None
        if column is not None and spec["codelist"] and spec["type"] in CODED:
            listed = Listed(codes[spec["codelist"]], spec["type"] == SEVERAL, spec["separator"])
            together.setdefault(column, {})[name] = listed
    found: dict[str, list[Coded]] = {}
    for column, lists in together.items():
        read = read_together(part.raw(column).texts, list(lists.values()))
        found |= dict(zip(lists, read, strict=True))
    return found


def flag_imputed(part: Part, columns: dict[str, Any], read: dict[str, Any]) -> None:
    """Fill the columns with `imputed`: D where a day was put in, M where month and day were."""
    for name, spec in columns.items():
        if spec.get("imputed") in read:
            raw, done = read[spec["imputed"]]
            partial = done.broken.get("partial_date_imputed")
            if partial is not None:
                of_year = pc.greater(pc.subtract(done.high, done.low), pa.scalar(MONTH))
                flags = pc.if_else(of_year, "M", "D")
                flags = pc.if_else(pa.array(partial), flags, pa.scalar(None, pa.string()))
                part.columns[name] = raw.take(flags)


@dataclass(frozen=True)
class Meant:
    """The rows in which a column with `when` is meant or may be, and those that hide it."""

    possible: np.ndarray
    unknown: np.ndarray  # it has a value, and nobody knows whether it is meant


def _empty_elsewhere(part: Part, columns: dict[str, Any]) -> dict[str, Meant]:
    """Empty the columns with `when` where it does not hold; all conditions see the full columns."""
    answers = {
        name: evaluate_arrow(spec["when"], part.columns)
        for name, spec in columns.items()
        if spec["when"]
    }
    found = {}
    for name, answer in answers.items():
        values, kind = part.columns[name], part.columns[name].type
        unknown = pc.and_(pc.is_null(answer), pc.is_valid(values))
        part.columns[name] = pc.if_else(pc.fill_null(answer, False), values, pa.scalar(None, kind))
        masks = pc.fill_null(answer, True), unknown
        found[name] = Meant(*(mask.to_numpy(zero_copy_only=False) for mask in masks))
    return found


def _filter(part: Part, where: str | None) -> None:
    """Set aside the rows for which the table's condition is not true."""
    if where is None:
        return
    answer = evaluate_arrow(where, part.columns)
    unknown = np.flatnonzero(pc.is_null(answer).to_numpy(zero_copy_only=False) & part.kept)
    part.ask("filter_unknown", unknown)
    part.leave(unknown, "filtered", f"unknown: {where}", asked=True)
    true = pc.fill_null(answer, False).to_numpy(zero_copy_only=False)
    part.leave(np.flatnonzero(~true & part.kept), "filtered", f"not: {where}")


def hash_rows(part: Part, drop: Iterable[str], key: bytes, *, several: bool) -> np.ndarray:
    """A keyed hash of every row's texts but the dropped columns; blank cells count for nothing.

    With `several` centres the pseudonym counts, too: one number in two of them is two patients.
    """
    total = np.zeros(part.staged.num_rows, "uint64")
    for name in part.staged.column_names:
        if name not in SOURCE and name not in set(drop):
            raw = part.raw(name)
            texts = pc.utf8_trim_whitespace(raw.texts)
            hashes = hash_texts(texts, hmac.digest(key, name.encode(), "sha256"))
            hashes[pc.equal(texts, "").to_numpy(zero_copy_only=False)] = 0
            total += hashes[raw.at]
    if several:
        coded = distinct(pa.chunked_array([part.columns["USUBJID"]]))
        total += hash_texts(coded.texts, hmac.digest(key, b"USUBJID", "sha256"))[coded.at]
    return total


def carry_notes(part: Part, notes: dict[str, Any], new: list[str], drop: list[str]) -> None:
    """Take over what was set aside or noticed when the file was read."""
    problems = [tuple(problem) for problem in notes["problems"] if problem[2] not in drop]
    problems += [("unknown_column", None, name) for name in new]
    problems += [
        ("malformed_row", r, None) for r, why, _ in notes["set_aside"] if why == "malformed_row"
    ]
    for rule in dict.fromkeys(rule for rule, _, _ in problems):
        found = [(row, column) for r, row, column in problems if r == rule]
        source = _source(notes, [row for row, _ in found])
        columns = pa.array([column for _, column in found], pa.string())
        part.problems.append(problem_table(part.table, rule, source, column=columns))
    if notes["set_aside"]:
        rows, reasons, details = map(list, zip(*notes["set_aside"], strict=True))
        part.set_aside.append(
            pa.table(
                [*_source(notes, rows).columns, pa.array(reasons), pa.array(details)],
                schema=SET_ASIDE,
            )
        )


def _source(notes: dict[str, Any], rows: list[int | None]) -> pa.Table:
    size = len(rows)
    file, sheet = (pa.repeat(pa.scalar(notes[k], pa.string()), size) for k in ("file", "sheet"))
    return pa.table([file, sheet, pa.array(rows, pa.int64())], names=SOURCE)


def standardise(
    table: str,
    staged: pa.Table,
    notes: dict[str, Any],
    settings: dict[str, Any],
    codes: dict[str, CodeList],
    key: bytes,
) -> tuple[pa.Table, pa.Table, pa.Table]:
    """The kept rows, the problems and the rows set aside of one part."""
    settings = settings | {
        "typed": notes["format"] in ("xlsx", "xls", "parquet"),
        "date1904": notes["date1904"],
        "text_points": notes.get("text_points", []),
    }
    part = Part(table, staged, *np.ones((2, staged.num_rows), bool))
    new = check_columns(notes["columns"], settings, notes["file"])
    carry_notes(part, notes, new, settings["drop"])
    identify(part, settings, codes, key)
    read_columns(part, settings, codes)
    part.columns |= hashed_columns(part, settings["drop"], settings["missing"], key)
    part.columns |= {name: staged[name] for name in SOURCE}
    part.columns["src_hash"] = pa.array(
        hash_rows(part, settings["drop"], key, several=bool(settings["centre"]))
    )
    kept = pa.table(part.columns).filter(pa.array(part.kept))
    order = [(name, "ascending") for name in ("src_row", "rule", "column", "field")]
    problems = stack(part.problems, PROBLEMS).sort_by(order)
    return kept, problems, stack(part.set_aside, SET_ASIDE).sort_by("src_row")


def main(smk: Any) -> None:
    """Read the staged part, write what is kept, what must be asked and what was set aside."""
    notes = json.loads(Path(smk.input.notes).read_text(encoding="utf-8"))
    codes = {Path(path).stem: read_codelist(path) for path in smk.input.codelists}
    staged = pq.read_table(smk.input.cells)
    kept, problems, set_aside = standardise(
        smk.wildcards.table, staged, notes, smk.params.settings, codes, read_key(smk.input.key)
    )
    write_arrow(kept, smk.output.part)
    write_arrow(problems, smk.output.problems, private=True)
    write_arrow(set_aside, smk.output.set_aside, private=True)


if __name__ == "__main__":
    skip_pandas()
    run(main, snakemake)
