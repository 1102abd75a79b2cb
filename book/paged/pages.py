"""Pages as they were laid out, in types of our own: what :mod:`book.paged.boxes` reads, and the rest of this room works on.

Lengths are CSS pixels from the upper left corner of the sheet.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What something on a page stands in."""

    chapter: str = ""
    """Slug of the chapter or part; empty outside of them."""
    place: str = ""
    """What the page map calls the place: a slug, or the name of a page of ours (``contents``)."""
    in_body: bool = True
    """Whether it stands in the body of its place, not in its opener."""
    counted: bool = True
    """Whether the page map counts it: no note at the foot, nothing that CSS or an edition adds, no table head printed again."""
    owner: str = ""
    """Slug of the chapter or id of the footnote whose words these are; empty for words of an edition."""
    heading: bool = False
    table: str = ""
    """Number of the table in its chapter; empty elsewhere."""
    table_width: float = 0.0
    """Width that the table has."""
    table_breaks: bool = False
    """Whether the table may go on over the page between its rows."""
    table_head: bool = False
    figure: str = ""
    """Number of the figure in its chapter; empty elsewhere."""
    footnote: bool = False
    """Whether it stands at the foot of the page, among the notes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A run of letters in one typeface on one line."""

    text: str
    context: Context
    cell: int
    """Tells one cell of a table from another on its page; 0 outside of tables."""
    size: float
    """Of the type, in pixels."""
    right: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of text."""

    text: str
    context: Context
    top: float
    bottom: float
    width: float
    """Of its words."""
    measure: float
    """Width that it has room for."""
    paragraph: int
    """Tells one paragraph from another, the same on all pages it goes on over; 0 outside of running text."""
    broken: bool
    """Whether the author ended it, with a line break."""
    ragged: bool
    """Whether it is one of a paragraph that ends its lines at the marks of a long name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image or a drawing."""

    context: Context
    bottom: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula(Picture):
    """A formula, drawn."""

    tex: str
    right: float
    width: float
    full_width: float
    """Width that it would have at its size; 0 when it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure, before what is in it."""

    context: Context
    height: float
    """With the space that stands above it on a page where something comes before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggedTable:
    """The part of a table, with its caption, that stands on one page: WeasyPrint gives it a tag of its own."""

    context: Context
    piece: int
    """Of a table whose columns are split: which piece, from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The rows of a table that stand on one page, before what is in them."""

    context: Context
    height: float
    columns: tuple[float, ...]
    """Widths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The part of a row that stands on one page."""

    context: Context
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The part of a cell that stands on one page."""

    context: Context
    number: int
    """The same for all parts of one cell, from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """The part of a listing that stands on one page."""

    context: Context
    number: str
    """Of the listing in its chapter."""
    columns: int
    """Letters that a line has room for; 0 when it is not known."""
    longest: int
    """Columns of the longest line of the whole listing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteCall:
    """The number that calls a note, where it first stands."""

    context: Context
    note: str
    """Id of the note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """The beginning of a note."""

    context: Context
    note: str
    """Its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The beginning of a chapter or a part."""

    context: Context


@dataclass(frozen=True, slots=True, kw_only=True)
class PageBreak:
    """Where the author ended the page."""

    context: Context


Item = Text | Line | Picture | Figure | TaggedTable | Table | Row | Cell | Code | NoteCall | Note | Opening | PageBreak


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page as it was laid out; its box is that of the text, without the margins."""

    number: int
    """From 1, in the file."""
    left: float
    top: float
    width: float
    height: float
    items: tuple[Item, ...]
    """In reading order; what holds something comes before it, a line before its texts."""
    margins: str
    """The words in its margins: running heads, folio."""
    notes: tuple[float, float] | None
    """Where the notes at its foot begin and end."""
    lowest: float
    """Where the lowest thing on it ends."""

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
        """Whether it is broader than high."""
        return self.width > self.height

    @property
    def fill(self) -> float:
        """How much of it is taken, from its top, from 0 to 1."""
        return (self.lowest - self.top) / self.height
