"""Tables that are too wide for the screen of an e-reader: there, each row becomes a block whose lines begin with the heads of their columns."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from book.body import Element, kinds, mark

SMALL = 19.0
"""Width in em from which a table does not fit the screen of a phone in upright format: 320 px with letters of 16 px, less the margins."""
LARGE = 28.0
"""Width in em from which it does not fit the screen of an e-reader either: 600 px."""
LETTER = 0.47
"""Mean width of a letter in em, in the size of a table."""
GAP = 0.6
"""Space between columns in em."""
HEAVY = 0.6
"""Mean width of a bold letter or a digit in em, in the size of a table."""
SHEET = 30.0
"""Width in em of a sheet of A5, less its margins, in the size of a table that is printed from a browser."""
EASY = 14
"""Letters that a line of a cell needs, if the cell has so many, to be easy to read."""


def mark_tables(body: Element) -> None:
    """Mark the tables of *body* that must be stacked on small screens, and give their cells the heads of their columns.

    Only a table with one row of heads and without joined cells can be stacked. It needs no roles: browsers show assistive technology a
    table, although the style sheet makes its cells blocks, and the HTML checker refuses roles inside of a table.
    """
    for box in body.iter("div"):
        if "table" not in kinds(box) or (table := box.find("table")) is None:
            continue
        heads, rows = _cells(table, "thead"), _cells(table, "tbody")
        if len(heads) != 1 or not rows or _joined(table):
            continue
        needed = width([[_text(cell) for cell in row] for row in (*heads, *rows)])
        if needed < SMALL:
            continue
        mark(box, "stack-large" if needed >= LARGE else "stack")
        names = [_text(head) for head in heads[0]]
        for row in rows:
            for name, cell in zip(names, row, strict=False):
                if name:
                    cell.set("data-head", name)


def mark_whole(body: Element) -> None:
    """Mark the tables of *body* that have room on paper without dividing a word or a number.

    A browser that may divide words anywhere makes the columns of a table as narrow as one letter, even if there is room.
    """
    for box in body.iter("div"):
        if "table" not in kinds(box) or (table := box.find("table")) is None:
            continue
        rows = ([_text(cell) for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr"))
        columns = zip_longest(*rows, fillvalue="")
        words = (max((len(word) for cell in column for word in cell.split()), default=0) for column in columns)
        if sum(count * HEAVY + GAP for count in words) <= SHEET:
            mark(box, "whole")


def width(rows: Sequence[Sequence[str]]) -> float:
    """Return the least width in em at which a table with these *rows* of texts is easy to read.

    >>> width([["Year", "Place"], ["2025", "a long description of a place"]])
    9.66
    """
    columns = zip_longest(*rows, fillvalue="")
    needed = sum(max(_line(cell) for cell in column) * LETTER + GAP for column in columns)
    return round(needed, 2)


def _line(text: str) -> int:
    """Return how many letters a line of a cell with this *text* needs."""
    return max(min(len(text), EASY), *map(len, text.split()), 0)


def _cells(table: Element, group: str) -> list[list[Element]]:
    return [[cell for cell in row if cell.tag in ("td", "th")] for row in table.iterfind(f"{group}/tr")]


def _joined(table: Element) -> bool:
    return any(cell.get("colspan") or cell.get("rowspan") for cell in table.iter("td", "th"))


def _text(cell: Element) -> str:
    """Return the text of *cell* without the marks of notes."""
    return " ".join("".join(cell.xpath(".//text()[not(ancestor::a[@role='doc-noteref'])]")).split())
