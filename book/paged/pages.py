"""Laid-out pages in our own types: :mod:`book.paged.boxes.pages` makes them, and the rest of this room uses them.

Lengths are CSS pixels from the upper left corner of the sheet.
"""

from __future__ import annotations

from msgspec import Struct

from book.assemble import formulas

PLACES = frozenset({"chapter", "part"})
"""Kinds of the sections whose ids name a place of the page map."""
OPENER = "opener"
"""Class of the title of a chapter."""
OUTSIDE_BODY = frozenset({OPENER, "addresses"})
"""Kinds of elements in a chapter outside its body."""
LONG_TABLE, TALL_TABLE = "long-table", "tall"
"""Kinds of the box around a table that may break across pages: between rows, or within them too."""
ADDED = "added"
"""Class of text that an edition adds to that of the book."""
UNCOUNTED = frozenset({ADDED, "noteref", formulas.CLASS})
"""Kinds of elements that the page map does not count: text that an edition adds or writes differently."""


class Context(Struct, frozen=True, kw_only=True):
    """The context of an item on a page."""

    chapter: str = ""
    """Slug of the chapter or part; empty outside of them."""
    place: str = ""
    """The name of the place in the page map: a slug, or the name of one of Handbound's own pages (``contents``)."""
    in_body: bool = True
    """Whether the item is in the body of its place, not in its opener."""
    counted: bool = True
    """Whether the page map counts it: not a note at the foot, text added by CSS or an edition, or a repeated table head."""
    owner: str = ""
    """Slug of the chapter, or id of the footnote, to which the words belong; empty for words of an edition."""
    heading: bool = False
    table: str = ""
    """Number of the table in its chapter; empty elsewhere."""
    table_width: float = 0.0
    """Width of the table."""
    table_breaks: bool = False
    """Whether the table may break across pages between its rows."""
    table_head: bool = False
    figure: str = ""
    """Number of the figure in its chapter; empty elsewhere."""
    footnote: bool = False
    """Whether it is among the notes at the foot of the page."""
    block: int = 0
    """Number, from 1, of the block directly in the body of its chapter; 0 outside of such blocks."""


class Text(Struct, frozen=True, kw_only=True):
    """A run of letters in one typeface on one line."""

    text: str
    context: Context
    cell: int
    """Distinguishes the cells of a page; 0 outside tables."""
    size: float
    """Font size in pixels."""
    right: float


class Line(Struct, frozen=True, kw_only=True):
    """A line of text."""

    text: str
    context: Context
    top: float
    bottom: float
    width: float
    """Width of its words."""
    measure: float
    """Width for which it has room."""
    paragraph: int
    """Identifies its paragraph on all pages; 0 outside running text."""
    broken: bool
    """Whether the author ended it with a line break."""
    ragged: bool
    """Whether it belongs to a paragraph whose lines may end at the punctuation of a long name."""
    even: bool = False
    """Whether it belongs to a justified paragraph."""
    gap: float = 0.0
    """Width of its word spaces if they are not as wide as in the font, because it is justified; else 0."""


class Picture(Struct, frozen=True, kw_only=True):
    """An image or a drawing."""

    context: Context
    bottom: float
    height: float
    smallest: float = 0.0
    """Size of its smallest letters in pixels; 0 if it is unknown."""
    name: str = ""
    """What it shows, in words."""
    is_sized: bool = False
    """Whether its author gave it its size."""


class Formula(Picture, frozen=True, kw_only=True):
    """A drawn formula."""

    tex: str
    right: float
    width: float
    full_width: float
    """Width that it would have at full size; 0 if unknown."""


class Figure(Struct, frozen=True, kw_only=True):
    """The start of a figure; its content follows."""

    context: Context
    height: float
    """Height with the space above it, on a page where something precedes it."""


class TaggedTable(Struct, frozen=True, kw_only=True):
    """The part of a table, with its caption, on one page: WeasyPrint gives it a tag of its own."""

    context: Context
    piece: int
    """Index of the piece, from 0, of a table whose columns are split."""


class TaggedList(Struct, frozen=True, kw_only=True):
    """The part of a list on one page: WeasyPrint gives it a tag of its own."""

    context: Context
    style: str
    """How CSS calls the numbers of its items; empty if they have none."""


class Table(Struct, frozen=True, kw_only=True):
    """The rows of a table on one page; their content follows."""

    context: Context
    height: float
    columns: tuple[float, ...]
    """Widths of its columns."""


class Row(Struct, frozen=True, kw_only=True):
    """The part of a row on one page."""

    context: Context
    height: float


class Cell(Struct, frozen=True, kw_only=True):
    """The part of a cell on one page."""

    context: Context
    number: int
    """The same number for all parts of one cell, from 1."""


class Code(Struct, frozen=True, kw_only=True):
    """The part of a listing on one page."""

    context: Context
    number: str
    """Number of the listing in its chapter."""
    columns: int
    """Letters per line for which it has room; 0 if unknown."""
    longest: int
    """Columns of the longest line of the whole listing."""
    smallest: float = 0.0
    """Size of the letters of a drawing that was made smaller, in pixels; else 0."""
    words: str = ""
    """The text of such a drawing."""


class NoteCall(Struct, frozen=True, kw_only=True):
    """The first printed reference to a note."""

    context: Context
    note: str
    """Id of the note."""


class Note(Struct, frozen=True, kw_only=True):
    """The start of a note."""

    context: Context
    note: str
    """Its id."""


class Opening(Struct, frozen=True, kw_only=True):
    """The start of a chapter or a part."""

    context: Context


class Block(Struct, frozen=True, kw_only=True):
    """The part of a block of a chapter on one page; its content follows."""

    context: Context
    tag: str
    """The name of its element."""
    kinds: frozenset[str]
    top: float
    height: float
    """Height with its margins."""
    moved: str
    """``yes`` if it was moved, ``no`` if another block of its chapter was; else empty."""


class PageBreak(Struct, frozen=True, kw_only=True):
    """A place where the author ended the page."""

    context: Context


Item = (
    Text
    | Line
    | Picture
    | Figure
    | TaggedTable
    | TaggedList
    | Table
    | Row
    | Cell
    | Code
    | NoteCall
    | Note
    | Opening
    | Block
    | PageBreak
)


class Collision(Struct, frozen=True, kw_only=True):
    """A line that stands on another one, or that is not wholly on its page."""

    chapter: str
    """Slug of its chapter; empty outside of chapters."""
    text: str
    other: str
    """The words of the other line; empty if it is not wholly on its page."""


class Page(Struct, frozen=True, kw_only=True):
    """One laid-out page; its box is the text area, without the margins."""

    number: int
    """From 1, in the file."""
    left: float
    top: float
    width: float
    height: float
    items: tuple[Item, ...]
    """In reading order; a container precedes its content, a line precedes its texts."""
    margins: str
    """The words in its margins: running heads, folio."""
    notes: tuple[float, float] | None
    """Where the notes at its foot begin and end."""
    lowest: float
    """Where its lowest item ends."""
    collisions: tuple[Collision, ...] = ()

    @property
    def right(self) -> float:
        """The right edge of the text."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The lower edge of the text."""
        return self.top + self.height

    @property
    def broad(self) -> bool:
        """Whether it is wider than high."""
        return self.width > self.height

    @property
    def fill(self) -> float:
        """The share of its height that is used, from 0 to 1."""
        return (self.lowest - self.top) / self.height
