"""Whether the footnotes of a printed table name the tests behind its own P values."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.lib.analysis.ard import ArdIndex, Row, parse_key
from scripts.lib.analysis.formats import P_VALUES
from scripts.lib.display.printed_table import PrintedTable


def p_rows(table: PrintedTable, ard: ArdIndex) -> Iterator[Row]:
    """The rows of results behind the P values that a table prints."""
    for row in table.rows:
        for cell in row.cells:
            for key in map(parse_key, cell.keys):
                found = ard.find(**key)
                if found is not None and found.statistic in P_VALUES and found.value:
                    yield found


def parts_of(row: Row) -> list[str]:
    """What a footnote must say of a method; a test of interaction is named for every factor."""
    method = row.method.lower()
    if row.statistic == "p_interaction":
        return method.replace(f"x {row.variable}".lower(), "x factor").rsplit(", ", 1)
    return [method]


def unnamed(table: PrintedTable, ard: ArdIndex) -> list[str]:
    """Methods of printed P values that no footnote names."""
    text = " ".join(table.footnotes).lower()
    rows = list(p_rows(table, ard))
    return sorted({row.method for row in rows if not all(part in text for part in parts_of(row))})


def stale(table: PrintedTable, ard: ArdIndex) -> list[str]:
    """Tests in the footnote on P values that gave none of the table's."""
    own = {row.method.lower() for row in p_rows(table, ard)}
    tests = [r for r in ard.rows if r.statistic in P_VALUES and r.level != "normality"]
    known = {row.method.lower() for row in tests} - own
    lines = [note.lower() for note in table.footnotes if note.startswith("P-values: ")]
    for method in sorted(own, key=len, reverse=True):  # the longer one first: it holds others
        lines = [line.replace(method, "") for line in lines]
    return sorted(method for method in known if method and any(method in line for line in lines))
