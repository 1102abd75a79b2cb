"""The pieces of a chapter in one way to set it, and the pages that :mod:`book.paged.makeup` makes of them. Lengths are CSS pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final

from msgspec import Struct

from book.body import HEADINGS
from book.paged.galley import Piece, Unit
from book.paged.page_ends import Part

TEXT: Final = frozenset({*HEADINGS, "p", "ul", "ol", "dl", "blockquote"})
"""Elements above which the grid leaves no space, or all of it."""
EDGE: Final = 0.5
"""Pixels: the edge of a box is farther from its last line; a smaller distance is rounding."""


GRID: Final = 0.05
"""Pixels: a smaller distance from the grid is none."""
OVERSHOOT: Final = 0.1
"""In lines: a block that is so little too high takes no other line of the grid."""


def to_grid(position: float, step: float) -> float:
    """Return the distance from *position*, where a unit ends, to the next line of a grid with *step*.

    >>> to_grid(30.0, 20.0), to_grid(41.0, 20.0), to_grid(30.0, 0.0)
    (10.0, 0.0, 0.0)
    """
    rest = -position % step if step else 0.0
    return 0.0 if rest < GRID or step - rest < max(OVERSHOOT * step, GRID) else rest


class Place(Struct, frozen=True, eq=False):
    """A piece of the column. The same places make the same page."""

    unit: Unit
    piece: Piece
    first: bool
    """Whether it is the first of its unit."""
    gap: float
    """Distance from the piece before it."""
    apart: float
    """Distance of its unit from the unit above, if it is the first piece of it; else 0."""
    out: float
    """What of the gap belongs to the unit above: the rest of its box, and the margin below a heading."""
    step: float
    """The distance of the lines of the grid at the next of which the gap goes on behind the unit above; 0 without a grid."""
    top: float
    """What is above it if it begins a page."""
    bottom: float
    """What is below it on its page."""
    may_begin: bool
    """Whether it may begin a page."""
    could_begin: bool
    """Whether it may do so if its block does not fit on any page."""
    must_begin: bool


class FilledPage(Struct, dict=True):
    """A page, with the positions of its pieces."""

    places: list[Place]
    tops: list[float]
    ends: float
    """The lower limit of its text."""
    forced: bool = False
    """Whether the author or the style ends it."""
    strained: bool = False
    """Whether a line of it has no room only because of its own notes: WeasyPrint may then misplace them."""
    astray: bool = False
    """Whether WeasyPrint moves a note of it to the next page, so that a line has room that no page break may be before."""

    @cached_property
    def room(self) -> float:
        """The height of the white space at its foot."""
        lower, last = self._lower, self.places[-1].unit
        lowest = max(
            top + place.piece.ink + (lower if place.unit is last else 0.0)
            for place, top in zip(self.places, self.tops, strict=True)
        )
        return 0.0 if self.forced else max(0.0, self.ends - lowest)

    @property
    def _lower(self) -> float:
        """How much lower than behind the unit before it its last unit stands: a box that ends the page ends on the grid, as text would."""
        last = self.places[-1]
        unit = last.unit
        if not unit.step or unit.tag in TEXT or last.piece is not unit.pieces[-1] or self.places[0].unit is unit:
            return 0.0
        return to_grid(self.tops[-1] + last.piece.height + unit.lead_out, unit.step)

    @cached_property
    def foot(self) -> float:
        """The height of the white space between its last line, the edge of its last box, or its notes, and its foot."""
        if any(place.piece.notes for place in self.places):
            return 0.0
        last = self.places[-1]
        if last.unit.lead_out < EDGE or last.unit.tag == "p" or "table" in last.unit.kinds:
            return self.room
        # A box that goes on overleaf is drawn down to the foot.
        return max(0.0, self.room - last.unit.lead_out) if last.piece is last.unit.pieces[-1] else 0.0

    @property
    def broad(self) -> bool:
        """Whether it is wider than high."""
        return self.places[0].unit.broad

    @cached_property
    def lines(self) -> int:
        """The number of its lines."""
        return sum(place.piece.lines for place in self.places)

    @cached_property
    def begins(self) -> Sequence[tuple[Unit, float, float, float]]:
        """The blocks that begin on it: each with its top, its height, and its distance from the block above."""
        places = zip(self.places, self.tops, strict=True)
        return [
            (
                place.unit,
                top - place.unit.lead_in - place.unit.margin_top,
                place.unit.height,
                place.apart if place is not self.places[0] else 0.0,
            )
            for place, top in places
            if place.first and place.unit.number
        ]

    @cached_property
    def texts(self) -> Mapping[int, str]:
        """The last text on it of each block."""
        return {place.unit.number: place.piece.text for place in self.places if place.unit.number and place.piece.text}

    @cached_property
    def items(self) -> Sequence[tuple[Part, float]]:
        """The items of lists that are not the first ones on it, each with its distance from the item above."""
        return [
            ((place.unit.number, place.piece.item), place.gap)
            for place in self.places[1:]
            if place.piece.item and place.unit.number
        ]
