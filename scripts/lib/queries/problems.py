"""Findings that are one problem, so that the ward is asked one question about it.

Two findings are one problem where they ask about the same raw cell, whatever checks made them;
where they are held against the same one (ten contacts after one date of death); or where a link
says so (`cells.links`): a patient in no register, rows that contradict each other.
Known over all deliveries together, so that a problem stays the same one while checks come and go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.quality.suites import READING, SEVERITIES

ASKED, BESIDE = "asked", "beside"  # roles of a cell: asked about, or what it is held against
CELLS = [
    "id",
    "cell",
    "role",
    "USUBJID",
    "table",
    "src_file",
    "src_sheet",
    "src_row",
    "column",
    "header",
]
PLACE = ["src_file", "src_sheet", "src_row", "header"]
IN_FINDING = ("file", "sheet", "row")
MOST_QUESTIONS = 3  # that one query asks
MOST_PLACES = 30  # that one query names


def no_cells() -> pd.DataFrame:
    """A listing of cells without rows."""
    types: dict[str, str] = dict.fromkeys(CELLS, "string")
    return pd.DataFrame(columns=CELLS).astype(types | {"src_row": "Int64"})


def group(asked: Sequence[pd.DataFrame], cells: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Which problem each finding and each cell belongs to.

    Parameters
    ----------
    asked, cells
        Of every delivery, the oldest first: findings (`id`), and their cells and links (CELLS; a
        link has no table).

    Returns
    -------
    `name` (id of a finding or of a cell) and `problem` (its id), one row a name. The id of a
    problem is that of the cell that most of its findings ask about in the first delivery that has
    it; of a link where one says what the problem is; else of its finding.
    """
    from scipy.sparse import coo_matrix  # late: who names cells alone needs none of it
    from scipy.sparse.csgraph import connected_components

    edges = [pd.DataFrame(columns=["id", "cell"], dtype="string")]
    for number, listing in enumerate(cells):
        edges.append(listing[["id", "cell"]])
        placed = listing[listing["src_row"].notna()]
        place = _text(placed[["role", *PLACE]])
        edges.append(pd.DataFrame({"id": placed["id"], "cell": f"{number}\x1f" + place}))
    pairs = pd.concat(edges, ignore_index=True)
    findings = pd.concat([frame["id"] for frame in asked], ignore_index=True)
    codes, known = pd.factorize(pd.concat([findings, pairs["id"], pairs["cell"]]))
    count = len(pairs)
    ends = codes[len(findings) :]
    graph = coo_matrix(
        (np.ones(count), (ends[:count], ends[count:])), shape=(len(known), len(known))
    )
    component = connected_components(graph, directed=False)[1]
    nodes = pd.DataFrame({"name": pd.array(known, dtype="string"), "component": component})
    names = _names(asked, cells, nodes.set_index("name")["component"])
    nodes["problem"] = nodes["component"].map(names).astype("string")
    is_place = nodes["name"].str.contains("\x1f", regex=False)
    return nodes.loc[~is_place, ["name", "problem"]].reset_index(drop=True)


def _text(frame: pd.DataFrame) -> pd.Series:
    """The columns of each row as one text."""
    text = pd.Series("", frame.index, dtype="string")
    for name in frame:
        text = text + "\x1f" + frame[name].astype("string").fillna("")
    return text


def _names(
    asked: Sequence[pd.DataFrame], cells: Sequence[pd.DataFrame], component: pd.Series
) -> dict[int, str]:
    """The id of each problem."""
    found: dict[int, str] = {}
    for listing, frame in zip(cells, asked, strict=True):
        ranked = _ranked(listing).drop_duplicates("cell")
        ranked = ranked.assign(component=component.reindex(ranked["cell"]).to_numpy())
        first = ranked.drop_duplicates("component").set_index("component")["cell"]
        of_findings = frame.sort_values("id").drop_duplicates("id")["id"]
        own = pd.Series(of_findings.array, index=component.reindex(of_findings).to_numpy())
        own = own[~own.index.duplicated()]
        for names in (first, own):
            found |= {int(at): name for at, name in names.items() if at not in found}  # type: ignore
    return found


def _ranked(listing: pd.DataFrame) -> pd.DataFrame:
    """Cells and links, what names the problem first: a link, else the cell asked about most."""
    asked = listing.groupby("cell")["id"].transform("nunique")
    order = pd.DataFrame({
        "cell_at_all": listing["table"].notna(), "asked": -asked,
        "role": listing["role"].fillna(""),
        "file": listing["src_file"].fillna(""), "sheet": listing["src_sheet"].fillna(""),
        "row": -listing["src_row"].fillna(0), "column": listing["column"].fillna(""),
        "cell": listing["cell"],
    })  # fmt: skip
    return listing.loc[order.sort_values(list(order.columns), kind="stable").index]


# ---- a problem in words --------------------------------------------------------------------------


def describe(findings: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """One row a problem, made of its findings in one delivery.

    Parameters
    ----------
    findings
        `problem` and the columns of `asked.parquet`.
    cells
        Cells and links of that delivery (CELLS).

    Returns
    -------
    `id` (of the problem) and the columns of `asked.parquet`; `check_id` names every check that
    found it, `asked_as` the ids of their findings; `header` and `field` are what its row asks
    about, as the hospital and the study call it; `places` names every cell.
    """
    placed = cells[cells["src_row"].notna()]
    by_finding: dict[str, list[Record]] = {}
    for cell in _records(_ranked(placed)):
        by_finding.setdefault(cell["id"], []).append(cell)
    members: dict[str, list[Record]] = {}
    for finding in _records(findings.sort_values("id", kind="stable")):
        finding["cells"] = by_finding.get(finding["id"], [])
        members.setdefault(finding["problem"], []).append(finding)
    told = [_described(problem, sorted(of, key=_first)) for problem, of in members.items()]
    columns = ["id", *(c for c in findings if c not in ("id", "problem")), "asked_as", "places"]
    types = {name: findings[name].dtype for name in columns if name in findings}
    frame = pd.DataFrame(told, columns=columns)
    return frame.astype(types | dict.fromkeys(["asked_as", "places"], "string"))


Record = dict[str, Any]


def _records(frame: pd.DataFrame) -> list[Record]:
    plain = frame.astype(object).where(frame.notna(), None)
    return plain.to_dict("records")  # type: ignore[return-value]


def _first(finding: Record) -> tuple[Any, ...]:
    """Of the findings of a problem, the one that says best what it is: reading before checks."""
    raw = bool(finding["source_table"])
    reading = f".{READING}." in finding["check_id"]
    return not raw, not reading, SEVERITIES.index(finding["severity"]), finding["check_id"]


def _described(problem: str, findings: list[Record]) -> Record:
    first = findings[0]
    cells = list({_place(cell): cell for f in findings for cell in f["cells"]}.values())
    main = next((cell for cell in cells if cell["cell"] == problem), None) or _main(findings)
    where = first
    if main is not None:
        row = _place(main)[:3]
        here = [cell for cell in cells if _place(cell)[:3] == row]
        here = sorted(here, key=lambda cell: cell["cell"] != main["cell"])
        where = {
            "file": row[0], "sheet": row[1], "row": row[2], "source_table": main["table"],
            "header": _joined(cell["header"] for cell in here),
            "field": _joined(cell["column"] for cell in here),
        }  # fmt: skip
    asked = _questions(findings)
    severities = [finding["severity"] for finding in findings]
    return first | where | {
        "id": problem,
        "severity": min(severities, key=SEVERITIES.index),
        "USUBJID": next((f["USUBJID"] for f in findings if f["USUBJID"]), None),
        "question": _joined((f["question"] for f in asked), " "),
        "question_zh": _joined((f["question_zh"] for f in asked), ""),
        "check_id": _joined(f["check_id"] for f in findings),
        "affects": _joined(part for f in findings for part in (f["affects"] or "").split(", ")),
        "value": _joined((f["value"] for f in findings), " | "),
        "value_hash": _joined((f["value_hash"] for f in findings), " | "),
        "asked_as": _joined(f["id"] for f in findings),
        "places": _places(cells or [first | {f"src_{n}": first[n] for n in IN_FINDING}]),
    }  # fmt: skip


def _main(findings: list[Record]) -> Record | None:
    """The cell that most of the findings ask about; of several the one that was typed last."""
    cells = [cell for finding in findings for cell in finding["cells"]]
    asked = Counter(_place(cell) for cell in cells)
    order = [(asked[_place(c)], c["role"] == ASKED, c["src_row"]) for c in cells]
    return cells[order.index(max(order))] if cells else None


def _questions(findings: list[Record]) -> list[Record]:
    """Findings whose questions are asked: one for the same cells, none twice, a few at most.

    What cannot be read is missing for every check after that; so the first of `findings` asks.
    """
    by_cells: dict[Any, Record] = {}
    for number, finding in enumerate(findings):
        places = frozenset(map(_place, finding["cells"]))
        by_cells.setdefault(places or number, finding)
    distinct = {finding["question"]: finding for finding in reversed(by_cells.values())}
    asked = sorted(distinct.values(), key=_first)
    return asked[:MOST_QUESTIONS]


def _place(cell: Record) -> tuple[Any, ...]:
    return tuple(cell[name] for name in PLACE)


def _places(cells: list[Record]) -> str:
    """`FILE SHEET row N: HEADER, HEADER; ...`."""
    rows: dict[tuple[Any, ...], list[str]] = {}
    for cell in cells:
        rows.setdefault(_place(cell)[:3], []).append(cell["header"])
    named = [
        _joined(["", f"{file} {sheet or ''}".strip(), row and f"row {row}"], " ")
        + (f": {_joined(headers)}" if any(headers) else "")
        for (file, sheet, row), headers in sorted(rows.items(), key=_by_place)
        if file
    ]
    more = f"; and {len(named) - MOST_PLACES} more" if len(named) > MOST_PLACES else ""
    return "; ".join(named[:MOST_PLACES]) + more


def _by_place(item: tuple[tuple[Any, ...], Any]) -> tuple[str, str, int]:
    file, sheet, row = item[0]
    return file or "", sheet or "", row or 0


def _joined(texts: Iterable[str | None], by: str = ", ") -> str:
    """The distinct texts in their order."""
    return by.join(dict.fromkeys(filter(None, texts)))
