"""The steps that make a table fit its page, in books and in handouts."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from copy import deepcopy
from itertools import zip_longest

from lxml import etree
from msgspec import Struct

from book.body import HEADINGS, KIND, PIECE, TABLE, Element, kinds, mark
from book.labels import label
from book.paged import footnotes, on_paper
from book.paged.inspection import WideTable
from book.paged.page_map import NEAR
from book.paged.pages import ADDED, LONG_TABLE
from book.theme import Theme

SMALLER, TURNED, SPLIT, DIVIDED, CUT = "shrunk", "turned", "split", "divided", "cut-anywhere"
"""Kinds of the box around a table: smaller type, a landscape page, columns in pieces, long words divided, all words divided."""
LEAST = 0.75
"""The least share of its width to which smaller type and tighter spacing reduce a table."""
SLACK = 0.95
"""The share of the room that a piece may fill, so that lines of the first column need not break at spaces."""
WHOLE_ROWS = 10
"""The most rows of a table that is kept on one page."""

Step = tuple[str, ...]
"""The classes that a step gives to a table."""
Pieces = tuple[tuple[int, ...], ...]
"""The columns of each piece of a split table, from 0; the first column begins each piece."""


class Ladder(Struct, frozen=True, kw_only=True):
    """The sequence of steps for a wide table."""

    steps: tuple[Step, ...]
    """The steps in order; the first leaves the table unchanged."""
    first: tuple[int, ...] = ()
    """The indexes of the steps for a table that begins its chapter, if they differ."""

    def next(self, table: WideTable, now: int) -> int:
        """Return the index of the next step that may make *table* fit, given that step *now* does not; after the last step, the last one."""
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
    # A landscape page would leave the opening page empty.
    first=(0, 1, 4, 5, 6),
)
HANDOUT = Ladder(steps=((), (SMALLER,), (SMALLER, DIVIDED), (SMALLER, DIVIDED, CUT)))
"""Pages with a column for notes are never turned, and their tables never split."""


def _may_fit(table: WideTable, step: Step) -> bool:
    """Return whether *table* may fit at *step*: a step that divides the table or its words always may."""
    if SPLIT in step or DIVIDED in step:
        return True
    least = sum(table.widths) * (LEAST if SMALLER in step else 1)
    return least <= (max(table.page_height, table.room) if TURNED in step else table.room)


def pieces_of(table: WideTable) -> Pieces:
    """Return the columns of *table* in pieces that fit beside its first column.

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
    """Give each table in *body* with more than :data:`WHOLE_ROWS` rows the kind of a table that may break across pages.

    A table with fewer rows gets it only if a layout shows that it is higher than a page.
    """
    for box in body.iter("div"):
        if box.get(TABLE) and any(len(rows.findall("tr")) > WHOLE_ROWS for rows in box.iter("tbody")):
            mark(box, LONG_TABLE)


LARGE_TYPE = 12.0
"""Points from which the type of tables is that of large print."""
WORDS, LINES, NARROW = 70, 9, 18
"""A cell with more letters is cramped if they make so many lines, in a column whose lines have at most so many letters."""
LONGEST_WORD = 24
"""The most letters of a word that is not divided."""
WIDE_LETTER, LETTER, GAP = 0.55, 0.5, 0.67
"""In em of the type: the mean width of a letter in the longest word of a column, and in running text; the space between columns."""


def room_on(theme: Theme) -> float:
    """Return the width of the text on the pages of *theme* in em of the type of tables; 0 if it is unknown or that type never shrinks."""
    page, sizes = theme.tokens["page"]["screen"], theme.tokens["type"]
    width, inner, outer = (on_paper.points(str(page[name])) for name in ("width", "inner", "outer"))
    size = on_paper.points(str(sizes["table_size"]))
    if not width or inner is None or outer is None or not size or size >= LARGE_TYPE:
        return 0
    return (width - inner - outer) / size


def shrink_cramped(body: Element, room: float) -> None:
    """Give the tables in *body* smaller type that would fit as they are, but with a column of one or two words a line.

    Args:
        body: the body of a chapter after :func:`take`; a table that is on a page of its own, or in pieces, stays as it is.
        room: see :func:`room_on`; 0 changes nothing.
    """
    for box in body.iter("div"):
        table = box.find("table") if room and box.get(TABLE) else None
        if table is None or not {SMALLER, TURNED, SPLIT}.isdisjoint(kinds(box)):
            continue
        if any(cell.get("colspan") or cell.get("rowspan") for cell in _cells(table)):
            continue
        rows = [[" ".join(" ".join(map(str, cell.itertext())).split()) for cell in row] for row in table.iter("tr")]
        if is_cramped(rows, room):
            mark(box, SMALLER)


def is_cramped(rows: Sequence[Sequence[str]], room: float) -> bool:
    """Return whether a cell of a table with the texts *rows* has very many lines in a column that is too narrow for it.

    Columns are as wide as CSS makes them: each has its longest word, and what is left is shared by the lengths of the texts.

    >>> long = "An introduction to the Accessibility Guild and accessibility as it relates to our work at all times."
    >>> is_cramped([["Accessibility", long, "Conference", "Recommended", "presentation"]], 32)
    True
    >>> is_cramped([["Accessibility", long, "Conference"]], 32), is_cramped([["a", 9 * long]], 32)
    (False, False)
    """
    columns = list(zip_longest(*rows, fillvalue=""))
    words = [max((len(word) for cell in column for word in cell.split()), default=0) for column in columns]
    least = [min(word, LONGEST_WORD) * WIDE_LETTER + GAP for word in words]
    most = [max(low, max(map(len, column)) * LETTER + GAP) for low, column in zip(least, columns, strict=True)]
    if sum(most) <= room:
        return False
    share = max(0.0, room - sum(least)) / (sum(most) - sum(least)) if sum(most) > sum(least) else 0.0
    for column, low, high in zip(columns, least, most, strict=True):
        letters = max(1, int((low + (high - low) * share - GAP) / LETTER))
        if letters <= NARROW and any(
            len(cell) > WORDS and len(textwrap.wrap(cell, letters)) >= LINES for cell in column
        ):
            return True
    return False


def take(box: Element, step: Step, *, breaks: str, pieces: Pieces, language: str) -> None:
    """Change the *box* around a table so that the table fits.

    Args:
        box: the box with the table.
        step: a step of a :class:`Ladder`.
        breaks: the kind of a table that may break across pages; empty if it may not.
        pieces: the columns of each piece, for a step that splits the table.
        language: the language of the chapter.
    """
    if DIVIDED in step:
        on_paper.divide(box)
    if SPLIT in step:
        _split(box, pieces, language)
    mark(box, *step, *filter(None, (breaks,)))
    if TURNED in step:
        _turn_headings(box)


def _turn_headings(box: Element) -> None:
    """Give the headings directly above the *box* the kind ``turned-heading``: they go onto the page on its side, instead of ending a page alone.

    >>> body = etree.fromstring("<div><p>Text.</p><h2>A</h2><h3>B</h3><div/></div>")
    >>> _turn_headings(body[3])
    >>> [child.get(KIND) for child in body]
    [None, 'turned-heading', 'turned-heading', None]
    """
    above = box.getprevious()
    while above is not None and above.tag in HEADINGS:
        mark(above, "turned-heading")
        above = above.getprevious()


def _split(box: Element, pieces: Pieces, language: str) -> None:
    """Split the table in *box* into several that all have the first column; repeated cells have the kind ``added``."""
    table = box.find("table")
    # The page map finds a moved cell only within this many letters.
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
    """Reduce a cell to its text, marked as added, so that no id and no link occurs twice."""
    words = " ".join("".join(cell.itertext()).split())
    for child in list(cell):
        cell.remove(child)
    cell.text = None
    cell.attrib.pop("id", None)
    etree.SubElement(cell, "span", {KIND: ADDED}).text = words


def _cells(table: Element) -> Iterator[Element]:
    return (cell for cell in table.iter("td", "th"))
