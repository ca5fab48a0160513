"""Compare columns and words of this delivery with those of the one before, before anything is read.

Inputs: raw files of both deliveries; config/codelists/*.csv.

Outputs:
    results/quality/header_drift.csv, one row per difference:

    | column | type | unit | meaning |
    |---|---|---|---|
    | table, file, sheet | text | | canonical table; file and sheet of this delivery |
    | kind | text | | renamed, dropped, added, moved, new_words, not_compared |
    | column | text | | raw header: as it was, for added and new_words as it is |
    | likely | text | | renamed: what it probably is called now |
    | detail | text | | what speaks for it; places; counts |
    | mapped | yes or empty | | it is read (by its old name alone), or a word is in no code list |

    data/private/header_words.csv: `table, file, sheet, column, word` of words never seen before.

A column that is read and is gone stops the run here, with the likely new name. Files that cannot be
read are left to `ingest_table`, which says why.

Source: docs/sources.md.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.lib.errors import Stop, run
from scripts.lib.light import skip_pandas
from scripts.lib.private import write_private_text
from scripts.lib.reading.codelists import CodeList, read_codelist
from scripts.lib.reading.drift import Drift, compare, lost_columns, read_columns
from scripts.lib.reading.headers import shown_names
from scripts.lib.reading.raw import Raw
from scripts.lib.reading.readers import read_raw
from scripts.lib.spreadsheets import neutral

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

HEAD = ("table", "kind", "file", "sheet", "column", "likely", "detail", "mapped")
SHOWN = 20  # differences that are printed

Found = tuple[str, dict[str, Any], Drift]  # table, part of this delivery, difference


def compare_pair(pair: dict[str, Any], codes: dict[str, CodeList]) -> tuple[list[Drift], list[str]]:
    """The differences of one file, and the read columns that it lost, each with what to do."""
    now = _read(pair["now"])
    if isinstance(now, str):
        return [], []  # reading it says why
    before = _read(pair["before"]) if pair["before"] else "this table had no file"
    if isinstance(before, str):
        return [Drift("not_compared", "", detail=before)], []
    declared = {*read_columns(pair), *pair["optional"]}
    names = shown_names(before.names, declared)
    names |= shown_names(now.names, {*declared, *(n for n, text in names.items() if n == text)})
    drifts = [masked(drift, names) for drift in compare(before, now, pair, codes)]
    renamed = {d.column: d for d in drifts if d.kind == "renamed"}
    lost = []
    for name in lost_columns(now, pair):
        if name in renamed:
            one = renamed[name]
            lost.append(f"`{name}`, probably `{one.likely}` now ({one.detail})")
        elif name in before.names:
            lost.append(f"`{name}`, and no new column is like it")
    return drifts, lost


def masked(drift: Drift, names: Mapping[str, str]) -> Drift:
    """The difference, with columns of this delivery as they may be shown."""
    hidden = drift.kind == "moved" and any(name != text for name, text in names.items())
    return replace(
        drift,
        column=names.get(drift.column, drift.column),
        likely=names.get(drift.likely, drift.likely),
        detail="" if hidden else drift.detail,  # it names the columns beside
    )


def _read(settings: dict[str, Any]) -> Raw | str:
    """The cells of a file, or why it cannot be read."""
    try:
        return read_raw(settings["path"], settings | {"may_be_empty": True})
    except Stop as stop:
        return str(stop)


def as_rows(found: Iterable[Found]) -> list[dict[str, str]]:
    """The differences as they stand in the report: no word of a cell."""
    return [
        {"table": table, "kind": d.kind, "file": part["file"], "sheet": part["sheet"] or ""}
        | {"column": d.column, "likely": d.likely, "detail": d.detail}
        | {"mapped": "yes" if d.mapped else ""}
        for table, part, d in found
    ]


def as_csv(head: Iterable[str], rows: Iterable[dict[str, str]]) -> str:
    """Rows as CSV text."""
    file = io.StringIO()
    writer = csv.DictWriter(file, list(head), lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: neutral(v) for k, v in row.items()} for row in rows)
    return file.getvalue()


def sentence(row: dict[str, str]) -> str:
    """One difference in words."""
    place = " ".join(filter(None, [row["file"], row["sheet"]]))
    what = f" `{row['column']}`" if row["column"] else ""
    now = f", probably `{row['likely']}` now" if row["likely"] else ""
    detail = f" ({row['detail']})" if row["detail"] else ""
    return f"{place}: {row['kind'].replace('_', ' ')}{what}{now}{detail}"


def main(smk: Any) -> None:
    """Compare every file with its predecessor; print, write, or stop."""
    settings = smk.params.settings
    codes = {Path(path).stem: read_codelist(path) for path in smk.input.codelists}
    found: list[Found] = []
    lost: list[str] = []
    for pair in settings["pairs"]:
        drifts, gone = compare_pair(pair, codes)
        found += [(pair["table"], pair["now"], drift) for drift in drifts]
        lost += [f"{pair['now']['file']} ({pair['table']}): no column {text}." for text in gone]
    rows = as_rows(found)
    said = [sentence(row) for row in rows]
    count = f"{len(said)} difference(s) from the delivery {settings['before']}"
    if lost:
        rest = "".join(f"\n    {line}" for line in said)
        raise Stop(
            "\n  ".join([f"{len(lost)} column(s) that are read are not in this delivery:", *lost])
            + "\n  Write the new name beside the old one under `from` (`from: [new, old]`), or put "
            f"the old one under `optional`.\n  All {count}:{rest}"
        )
    more = [f"... and {len(said) - SHOWN} more"] if len(said) > SHOWN else []
    print("\n  ".join([f"{count}: {smk.output.report}", *said[:SHOWN], *more]))
    Path(smk.output.report).write_text(as_csv(HEAD, rows), encoding="utf-8")
    words = [
        {"table": t, "file": p["file"], "sheet": p["sheet"] or "", "column": d.column, "word": word}
        for t, p, d in found
        for word in d.words
    ]
    head = ("table", "file", "sheet", "column", "word")
    write_private_text(smk.output.words, as_csv(head, words))


if __name__ == "__main__":
    skip_pandas()
    run(main, snakemake)
