"""Pictures of the quality page as inline SVG: what is missing, and the way of the raw rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from scripts.lib.quality.missingness import ALL, Missing

WIDTH, CELL, LINE, NAME = 1120, 44, 17, 150
THICK, STEP = 34, 74
LOSSES = {
    "set_aside": "set aside",
    "rows_left_out": "left out by a rule",
    "rows_duplicate": "exact duplicates",
}
"""What becomes of the rows that are not kept, in words."""


def missing_picture(tables: Sequence[Mapping[str, Any]], arms: Mapping[str, str]) -> str:
    """Columns of every table, shaded by the share that is missing, in all rows and by arm.

    Parameters
    ----------
    tables
        As `scripts.lib.quality.missingness.missingness` gives them.
    arms
        Arm -> label.
    """
    groups = {ALL: "all", **arms}
    block = NAME + CELL * len(groups) + 24
    across = max(WIDTH // block, 1)
    heights = [0.0] * across
    parts = []
    for table in tables:
        place = heights.index(min(heights))
        parts.append(_block(table, groups, place * block, heights[place]))
        heights[place] += (len(table["columns"]) + 2) * LINE + 20
    head = (
        f'<svg class="picture missing" viewBox="0 0 {across * block} {max(heights, default=0):g}"'
    )
    return "".join([
        f'{head} role="img" aria-label="Share of missing values by table, column and arm">',
        *parts, "</svg>",
    ])  # fmt: skip


def _block(table: Mapping[str, Any], groups: Mapping[str, str], x: float, y: float) -> str:
    known = [g for g in groups if any(g in column.groups for column in table["columns"])]
    parts = [f'<g data-table="{escape(table["table"])}">']
    parts.append(f'<text class="head" x="{x:g}" y="{y + 14:g}">{escape(table["table"])}</text>')
    for place, group in enumerate(known):
        at = x + NAME + CELL * (place + 0.5)
        label = escape(_cut(groups[group], 6))
        title = f"<title>{escape(groups[group])}</title>"
        parts.append(f'<text class="group" x="{at:g}" y="{y + 30:g}">{title}{label}</text>')
    for line, column in enumerate(table["columns"], start=2):
        parts.append(_line(column, known, groups, x, y + line * LINE))
    return "".join([*parts, "</g>"])


def _line(
    column: Missing, known: Sequence[str], groups: Mapping[str, str], x: float, y: float
) -> str:
    name = escape(_cut(column.column, 23))
    parts = [f'<text x="{x:g}" y="{y + 13:g}"><title>{escape(column.column)}</title>{name}</text>']
    for place, group in enumerate(known):
        at = x + NAME + CELL * place
        missing, of = column.groups.get(group, (0, 0))
        if column.why:
            said, words, shade = "n.c.", column.why, "none"
        elif not of:
            said, words, shade = "", "no rows", "none"
        else:
            share = missing / of
            said = _percent(share)
            words = f"{missing} of {of} missing"
            shade = f"{0.06 + 0.94 * share:.3f}" if missing else "0"
        title = f"{column.column}, {groups[group]}: {words}"
        fill = 'class="none"' if shade == "none" else f'class="share" fill-opacity="{shade}"'
        dark = " dark" if shade != "none" and float(shade) > 0.6 else ""
        parts.append(
            f"<g><title>{escape(title)}</title>"
            f'<rect {fill} x="{at:g}" y="{y + 1:g}" width="{CELL - 2}" height="{LINE - 2}"/>'
            f'<text class="value{dark}" x="{at + CELL / 2 - 1:g}" y="{y + 13:g}">{escape(said)}'
            "</text></g>"
        )
    return "".join(parts)


def _percent(share: float) -> str:
    """Share in percent; never 0 or 100 for what is neither."""
    if 0 < share < 0.005:
        return "<1"
    if 0.995 < share < 1:
        return ">99"
    return f"{100 * share:.0f}" if share else "·"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


# ---- the way of the rows -------------------------------------------------------------------------


def row_flow(
    counts: Iterable[Mapping[str, Any]], in_study: Mapping[str, tuple[int, int] | None]
) -> str:
    """Raw rows of every table: kept or not, then of patients in the study or of others.

    Parameters
    ----------
    counts
        Rows of `row_conservation`: one per table and part.
    in_study
        Table -> rows of patients in the study, and of others; None where it was not reached.
    """
    sums: dict[str, dict[str, int]] = {}
    for row in counts:
        own = sums.setdefault(row["table"], {})
        own["set_aside"] = own.get("set_aside", 0) + row["rows_set_aside"] - row["rows_left_out"]
        for name in ("rows_raw", "rows_kept", "rows_left_out", "rows_duplicate"):
            own[name] = own.get(name, 0) + row[name]
    height = STEP * len(sums) + 26
    heads = ((170, "raw rows"), (530, "kept"), (880, "analysed"))
    parts = [f'<text class="head" x="{x}" y="14">{text}</text>' for x, text in heads]
    for place, (table, own) in enumerate(sums.items()):
        parts.append(_flow(table, own, in_study.get(table), 26 + place * STEP))
    return (
        f'<svg class="picture flow" viewBox="0 0 {WIDTH} {height}" role="img" '
        'aria-label="Rows from raw to analysis">'
        f"{''.join(parts)}</svg>"
    )


def _flow(table: str, own: Mapping[str, int], study: tuple[int, int] | None, y: float) -> str:
    raw = max(own["rows_raw"], 1)
    parts = [f'<g data-table="{escape(table)}"><text class="head" x="0" y="{y + 22:g}">'
             f"{escape(table)}</text>"]  # fmt: skip
    kept = THICK * own["rows_kept"] / raw
    parts.append(_bar(170, y, THICK, "raw", f"{own['rows_raw']}"))
    parts.append(_bar(530, y, kept, "kept", f"{own['rows_kept']}"))
    parts.append(_stream(184, y, kept, 530, y, kept, "kept"))
    at, said = y + kept, []
    for name, words in LOSSES.items():
        if own[name]:
            thick = THICK * own[name] / raw
            parts.append(_stream(184, at, thick, 330, y + THICK + 10, thick, "lost"))
            said.append(f"{own[name]} {words}")
            at += thick
    gone = own["rows_raw"] - own["rows_kept"] - sum(own[name] for name in LOSSES)
    if gone:
        said.append(f"{gone} unaccounted")
    if said:
        text = escape(", ".join(said))
        parts.append(f'<text class="loss" x="336" y="{y + THICK + 16:g}">{text}</text>')
    parts.append(_analysed(study, own["rows_kept"], kept, y))
    return "".join([*parts, "</g>"])


def _analysed(study: tuple[int, int] | None, rows: int, kept: float, y: float) -> str:
    if study is None:
        return f'<text class="soft" x="880" y="{y + 22:g}">not reached</text>'
    inside, others = study
    share = kept * inside / max(rows, 1)
    parts = [
        _stream(544, y, share, 880, y, share, "kept"),
        _bar(880, y, share, "kept", f"{inside} of patients in the study"),
    ]
    if others:
        rest = kept - share
        parts.append(_stream(544, y + share, rest, 880, y + share + 8, rest, "other"))
        parts.append(_bar(880, y + share + 8, rest, "other", f"{others} of other patients"))
    return "".join(parts)


def _bar(x: float, y: float, thick: float, kind: str, text: str) -> str:
    """A block with its words; thin ones stay visible."""
    high = max(thick, 1.5)
    middle = y + high / 2 + 4
    return (
        f'<rect class="{kind}" x="{x}" y="{y:g}" width="14" height="{high:.1f}"/>'
        f'<text x="{x + 20}" y="{middle:.1f}">{escape(text)}</text>'
    )


def _stream(
    x: float, y: float, thick: float, to_x: float, to_y: float, to_thick: float, kind: str
) -> str:
    middle = (x + to_x) / 2
    high, to_high = max(thick, 1.5), max(to_thick, 1.5)
    return (
        f'<path class="stream {kind}" d="M{x} {y:.1f} C{middle} {y:.1f} {middle} {to_y:.1f} '
        f"{to_x} {to_y:.1f} L{to_x} {to_y + to_high:.1f} C{middle} {to_y + to_high:.1f} "
        f'{middle} {y + high:.1f} {x} {y + high:.1f} Z"/>'
    )
