"""A chapter as one column, as if it were not divided into pages: its blocks, and what of them no page break divides.

:mod:`book.paged.boxes.column` reads it from a layout, and :mod:`book.paged.makeup` divides it into pages in its own way, which takes no
layout. Lengths are CSS pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct, field


class Piece(Struct, frozen=True, kw_only=True):
    """A part of a block that no page break divides: a line, a row of a table, a picture."""

    height: float
    ink: float
    """Its height down to the end of its text or picture, without the padding of a row."""
    gap: float = 0.0
    """Distance from the piece before it in its block."""
    top: float = 0.0
    """Padding above it if it is the first on its page."""
    may_begin: bool = False
    """Whether it may begin a page, if its block may break."""
    head: bool = False
    """Whether it is a row of the head of a table, which is repeated on each page."""
    lines: int = 1
    text: str = ""
    picture: float = 0.0
    """Height of its highest picture; 0 without one."""
    is_sized: bool = False
    """Whether the author of a picture in it gave that its size."""
    calls: tuple[str, ...] = ()
    """The ids of the notes to which it refers."""
    notes: float = 0.0
    """Height of the notes at the foot of the page to which it is the first to refer."""
    by_block: bool = False
    """Whether they take its whole block to the next page if they do not fit."""
    item: int = 0
    """Number of the child of its list, from 1, if it begins an item or an entry behind the first one; else 0."""


def unknown(indent: float) -> int:  # noqa: ARG001 - nobody knows
    """Return that the number of lines with an *indent* is unknown."""
    return 0


class Unit(Struct, frozen=True, kw_only=True):
    """A block of a chapter, or its title, or what an edition adds below it."""

    number: int
    """The number of the block, from 1; 0 for what is not a block of the body."""
    tag: str
    kinds: frozenset[str]
    margin_top: float
    """Its margin, with those of its first children that collapse with it."""
    margin_bottom: float
    whole: bool
    """Whether it does not break, as its style has it."""
    begins_page: bool
    ends_page: bool
    stays_before: bool
    """Whether no page break may be between it and the next unit."""
    stays_behind: bool
    """Whether no page break may be between it and the unit before it."""
    room: float
    """Height of the text on its page."""
    broad: bool
    """Whether that page is wider than high."""
    lead_in: float = 0.0
    """Distance of its first piece from its upper edge."""
    lead_out: float = 0.0
    """Distance of its lower edge from its last piece."""
    pieces: tuple[Piece, ...] = ()
    variants: Mapping[int, float] = field(default_factory=dict)
    """The numbers of lines that it may have instead, if it is a paragraph, each with its cost, from 0 to 1."""
    orphans: int = 1
    """The fewest of its lines at the foot of a page."""
    widows: int = 1
    """The fewest of its lines at the head of a page."""
    padding: float = 0.0
    """The padding and border below its last line, if they belong to the same box as the line."""
    indent: float = 0.0
    """The indent of its first line, if it is a paragraph."""
    lines_with: Callable[[float], int] = unknown
    """Returns the number of its lines with another indent; 0 if it is unknown."""
    step: float = 0.0
    """The distance of the lines of the grid on which the text behind it goes on; 0 if it goes on anywhere."""

    @property
    def height(self) -> float:
        """Its height with its margins, on one page."""
        inner = sum(piece.height + piece.gap for piece in self.pieces)
        return self.margin_top + self.lead_in + inner + self.lead_out + self.margin_bottom


class Galley(Struct, frozen=True, kw_only=True):
    """A chapter as one column."""

    chapter: str
    units: tuple[Unit, ...]
    gaps: Mapping[tuple[int, int], float]
    """Distance of two units that follow each other on a page, by their indexes in :attr:`units`, where it was seen; without what the grid
    adds."""
    begins: float
    """Distance of the first unit from the top of its page."""
    notes: float
    """Space above the notes at the foot of a page."""
    first: int | None = 1
    """0 if it begins on a left page, 1 if on a right one; None if its style lets it begin on either."""
