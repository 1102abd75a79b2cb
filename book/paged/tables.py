"""The measures for a table that does not fit on its page, step by step, in books and in handouts."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

from lxml import etree

from book.body import KIND, PIECE, TABLE, Element, mark
from book.labels import label
from book.paged import footnotes, on_paper
from book.paged.boxes import ADDED, LONG_TABLE
from book.paged.inspection import WideTable
from book.paged.page_map import NEAR

SMALLER, TURNED, SPLIT, DIVIDED, CUT = "shrunk", "turned", "split", "divided", "cut-anywhere"
"""Kinds of the box round a table: smaller type, a page on its side, columns in pieces, long words divided, all words cut."""
LEAST = 0.75
"""The least share of its width to which smaller type and tighter spacing reduce a table."""
SLACK = 0.95
"""Share of the room that a piece may fill, so that the first column need not break at its spaces."""
WHOLE_ROWS = 10
"""The most rows of a table that stays on one page."""

Step = tuple[str, ...]
"""Classes that a table gets at once."""
Pieces = tuple[tuple[int, ...], ...]
"""Of a table that is split: the columns of each piece, from 0; the first column heads them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The steps for a wide table."""

    steps: tuple[Step, ...]
    """In order; the first is the unchanged table."""
    first: tuple[int, ...] = ()
    """Numbers of the steps for a table with which a chapter begins, where they are others."""

    def next(self, table: WideTable, now: int) -> int:
        """Return the number of the next step that has a chance, for a *table* that does not fit at step *now*; the last one stays."""
        order = self.first if table.first and self.first else range(len(self.steps))
        after = (number for number in order if number > now)
        return next((number for number in after if now or _may_fit(table, self.steps[number])), now)


BOOK = Ladder(
    steps=(
        (),
        (SMALLER,),
        (TURNED,),
        (TURNED, SMALLER),
        (SPLIT,),
        (SPLIT, SMALLER, DIVIDED),
        (SPLIT, SMALLER, DIVIDED, CUT),
    ),
    # On a landscape page it would leave the opening page empty.
    first=(0, 1, 4, 5, 6),
)
HANDOUT = Ladder(steps=((), (SMALLER,), (SMALLER, DIVIDED), (SMALLER, DIVIDED, CUT)))
"""With a column for notes, pages are not turned, and tables not split."""


def _may_fit(table: WideTable, step: Step) -> bool:
    """Return whether *table* could fit at *step*: steps that divide the table or its words always could."""
    if SPLIT in step or DIVIDED in step:
        return True
    least = sum(table.widths) * (LEAST if SMALLER in step else 1)
    return least <= (max(table.page_height, table.room) if TURNED in step else table.room)


def pieces_of(table: WideTable) -> Pieces:
    """Return the columns of *table* in pieces that have room beside the first one.

    >>> pieces_of(WideTable(chapter="", table="1", room=106.0, page_height=0.0, widths=(20, 30, 30, 30, 90)))
    ((0, 1, 2), (0, 3), (0, 4))
    """
    key, *rest = table.widths
    room = SLACK * table.room
    pieces: list[list[int]] = []
    room_left = 0.0
    for number, width in enumerate(rest, 1):
        if not pieces or width > room_left:
            pieces.append([0])
            room_left = room - key
        pieces[-1].append(number)
        room_left -= width
    return tuple(map(tuple, pieces))


def let_long_ones_break(body: Element) -> None:
    """Give each table of *body* with more than :data:`WHOLE_ROWS` rows the kind of a table that goes on over the page.

    A shorter table gets it only if a layout shows that it is higher than a page.
    """
    for box in body.iter("div"):
        if box.get(TABLE) and any(len(rows.findall("tr")) > WHOLE_ROWS for rows in box.iter("tbody")):
            mark(box, LONG_TABLE)


def take(box: Element, step: Step, *, breaks: str, pieces: Pieces, language: str) -> None:
    """Change the *box* round a table so that it fits.

    Args:
        box: with the table in it.
        step: one of a :class:`Ladder`.
        breaks: the kind of a table that goes on over the page, if it has one.
        pieces: how it is split, where the step says so.
        language: of its chapter.
    """
    if DIVIDED in step:
        on_paper.divide(box)
    if SPLIT in step:
        _split(box, pieces, language)
    mark(box, *step, *filter(None, (breaks,)))


def _split(box: Element, pieces: Pieces, language: str) -> None:
    """Split the table in *box* into several, each with the first column; repeated cells have the kind ``added``."""
    table = box.find("table")
    # The page map finds a moved cell only within so many letters.
    if (
        table is None
        or len(pieces) < 2
        or footnotes.letters(table) > NEAR
        or any(cell.get("colspan") or cell.get("rowspan") for cell in _cells(table))
    ):
        return
    for number, columns in enumerate(pieces):
        piece = table if number == len(pieces) - 1 else deepcopy(table)
        for row in piece.iter("tr"):
            for index, cell in enumerate(list(row)):
                if index not in columns:
                    row.remove(cell)
                elif number and not index:
                    _repeat(cell)
        if number:
            for caption in piece.findall("caption"):
                piece.remove(caption)
            caption = etree.Element("caption")
            etree.SubElement(caption, "span", {KIND: ADDED}).text = label(language, "continued")
            piece.insert(0, caption)
            piece.set(PIECE, str(number))
            piece.attrib.pop("id", None)
        if piece is not table:
            piece.tail = None
            table.addprevious(piece)


def _repeat(cell: Element) -> None:
    """Reduce a cell to its text, as text of the edition, so that no id and no link occurs twice."""
    words = " ".join("".join(cell.itertext()).split())
    for child in list(cell):
        cell.remove(child)
    cell.text = None
    cell.attrib.pop("id", None)
    etree.SubElement(cell, "span", {KIND: ADDED}).text = words


def _cells(table: Element) -> Iterator[Element]:
    return (cell for cell in table.iter("td", "th"))
