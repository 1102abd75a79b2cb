"""Divides a chapter into pages without laying it out: as WeasyPrint would, line by line, from the sizes of one layout.

The result is an estimate: the chapter is laid out again with whatever is chosen by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from book.body import HEADINGS
from book.paged.galley import Galley, Piece, Unit
from book.paged.page_ends import EMPTY, FEW, GAP, LARGE, SLACK, SMALLEST, BlockSize, Hole, PageEnds, ShortPage
from book.paged.pages import Context

HAIR: Final = 0.01
"""Pixels: how much rounding may reduce the room of a page."""
GRID: Final = 0.05
"""Pixels: a smaller distance from the grid is none."""
OVERSHOOT: Final = 0.1
"""In lines: a block that is so little too high takes no other line of the grid."""
STRAINED: Final = 0.25
"""The weight of a line that has no room because of its own notes."""
ASTRAY: Final = 10.0
"""The weight of a note that goes to the next page, in holes of the least size."""
ROWS: Final = 3
"""The fewest rows of a table before and after a page break."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A piece of the column."""

    unit: Unit
    piece: Piece
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


@dataclass(slots=True)
class _Page:
    """A page, with the positions of its pieces."""

    number: int
    places: list[_Place]
    tops: list[float]
    ends: float
    """The lower limit of its text."""
    forced: bool = False
    """Whether the author or the style ends it."""
    strained: bool = False
    """Whether a line of it has no room only because of its own notes: WeasyPrint may then misplace them."""
    astray: bool = False
    """Whether WeasyPrint moves a note of it to the next page, so that a line has room that no page break may be before."""

    @property
    def room(self) -> float:
        """The height of the white space at its foot."""
        lowest = max(top + place.piece.ink for place, top in zip(self.places, self.tops, strict=True))
        return 0.0 if self.forced else max(0.0, self.ends - lowest)

    @property
    def foot(self) -> float:
        """The height of the white space between its last line, or its notes, and its foot."""
        return 0.0 if any(place.piece.notes for place in self.places) else self.room

    @property
    def broad(self) -> bool:
        """Whether it is wider than high."""
        return self.places[0].unit.broad

    @property
    def lines(self) -> int:
        """The number of its lines."""
        return sum(place.piece.lines for place in self.places)


def divide(
    galley: Galley,
    order: Sequence[int],
    breaking: AbstractSet[int],
    lower: float,
    lead: float,
    lines: Mapping[int, int] = MappingProxyType({}),
    spaces: Mapping[int, float] = MappingProxyType({}),
    *,
    scale: bool = True,
) -> tuple[PageEnds, float]:
    """Return how the pages of a chapter would end, and how likely WeasyPrint would misplace its notes, from 0.

    Args:
        galley: the chapter.
        order: the numbers of its blocks, in their order.
        breaking: the numbers of blocks that may break although their style keeps them whole.
        lower: how many pixels lower the chapter begins.
        lead: the distance of two lines.
        lines: number of a paragraph -> the number of its lines, if it is another one than in *galley*.
        spaces: number of a block -> its distance from the block above, if it is another one than in *galley*.
        scale: whether a figure that does not fit is made smaller.
    """
    column = _column(galley, order, breaking, lines, spaces)
    pages = list(_pages(galley, column, galley.begins + lower, scale=scale))
    holes = tuple(
        _hole(page, after, galley.chapter, lead)
        for page, after in pairwise(pages)
        if page.room >= EMPTY * lead - SLACK and after.places[0].unit.number and not (page.broad or after.broad)
    )
    last = pages[-1]
    short = None
    if len(pages) > 1 and last.lines < FEW and not any(place.piece.picture > LARGE for place in last.places):
        short = ShortPage(page=last.number, begins=_context(last, galley.chapter), text="", lines=last.lines)
    strain = sum(STRAINED * page.strained + ASTRAY * page.astray for page in pages)
    astray = tuple(page.number for page in pages if page.astray)
    rooms = {page.number: page.foot for page in pages[:-1] if not (page.forced or page.broad)}
    return PageEnds(lead=lead, holes=holes, short=short, blocks=_blocks(pages), astray=astray, rooms=rooms), strain


def _hole(page: _Page, after: _Page, chapter: str, lead: float) -> Hole:
    return Hole(
        page=page.number,
        begins=_context(after, chapter),
        text=after.places[0].piece.text,
        room=page.room,
        lines=page.room / lead,
        share=page.room / page.places[0].unit.room,
        ends=page.ends,
    )


def _context(page: _Page, chapter: str) -> Context:
    return Context(chapter=chapter, block=page.places[0].unit.number)


def _column(
    galley: Galley,
    order: Sequence[int],
    breaking: AbstractSet[int],
    lines: Mapping[int, int],
    spaces: Mapping[int, float],
) -> list[_Place]:
    """Return the pieces of the chapter with its blocks in *order*, as far apart as in *spaces*, and its paragraphs in *lines*."""
    units = [_relined(unit, lines[unit.number]) if unit.number in lines else unit for unit in galley.units]
    index = {unit.number: at for at, unit in enumerate(units) if unit.number}
    first = min(index.values(), default=len(units))
    last = max(index.values(), default=-1)
    in_order = [*range(first), *(index[number] for number in order if number in index), *range(last + 1, len(units))]
    places: list[_Place] = []
    before: int | None = None
    for at in in_order:
        unit = units[at]
        above = units[before] if before is not None else None
        distance = 0.0 if before is None else spaces.get(unit.number) or _distance(galley, before, at)
        repeated = sum(piece.height + piece.gap for piece in unit.pieces if piece.head)
        inside = not unit.whole or (unit.number in breaking and unit.tag != "figure")
        for number, piece in enumerate(unit.pieces):
            end = unit.lead_out if piece is unit.pieces[-1] else 0.0
            if number:
                may = _may_begin(unit, number)
                top = piece.top + (repeated if not piece.head else 0.0)
                places.append(_Place(unit, piece, piece.gap, 0.0, 0.0, 0.0, top, end, may and inside, may, False))
                continue
            tied = above is None or above.stays_before or unit.stays_behind
            forced = above is not None and (above.ends_page or unit.begins_page)
            out, step = (above.lead_out, above.step) if above else (0.0, 0.0)
            gap = distance + unit.lead_in + out
            if above is not None and above.tag in HEADINGS:  # its text begins on the grid
                out += above.margin_bottom
            places.append(_Place(unit, piece, gap, distance, out, step, unit.lead_in, end, not tied, not tied, forced))
        before = at
    return places


def _relined(unit: Unit, lines: int) -> Unit:
    """Return the paragraph *unit* in as many *lines*, one more or less than it has."""
    *others, above, last = unit.pieces
    if lines > len(unit.pieces):
        pieces = [*others, above, replace(above, calls=(), notes=0.0), last]
    else:
        pieces = [*others, replace(last, calls=above.calls + last.calls, notes=above.notes + last.notes)]
    may = [index >= unit.orphans and lines - index >= unit.widows for index in range(lines)]
    lined = (replace(piece, may_begin=begins) for piece, begins in zip(pieces, may, strict=True))
    return replace(unit, pieces=tuple(lined))


def _may_begin(unit: Unit, number: int) -> bool:
    """Return whether the piece with the *number*, from 0, may begin a page, if *unit* may break."""
    rows = [piece for piece in unit.pieces if not piece.head]
    if "table" in unit.kinds and unit.pieces[number] in rows:
        done = number - (len(unit.pieces) - len(rows))
        return unit.pieces[number].lines >= 0 and ROWS <= done <= len(rows) - ROWS
    return unit.pieces[number].may_begin


def _distance(galley: Galley, above: int, below: int) -> float:
    """Return the distance of two units that follow each other."""
    if (above, below) in galley.gaps:
        return galley.gaps[above, below]
    return max(galley.units[above].margin_bottom, galley.units[below].margin_top)


def _pages(galley: Galley, column: list[_Place], begins: float, *, scale: bool) -> list[_Page]:
    pages: list[_Page] = []
    start = 0
    smaller: set[int] = set()
    while start < len(column):
        page, end = _page(galley, column, start, begins if not pages else 0.0, len(pages) + 1)
        if scale and end < len(column) and end not in smaller and (figure := _smaller(page, column, end)) is not None:
            # It is made smaller when the pages are laid out; then it stays on this page.
            smaller.add(end)
            column[end] = figure
            page, end = _page(galley, column, start, begins if not pages else 0.0, len(pages) + 1)
        pages.append(page)
        start = end
    return pages


def _smaller(page: _Page, column: Sequence[_Place], at: int) -> _Place | None:
    """Return the figure that begins with the piece *at*, behind *page*, so small that it stays on it; None if it cannot."""
    place = column[at]
    unit, image = place.unit, place.piece.picture
    if unit.tag != "figure" or place.piece is not unit.pieces[0] or not image or page.broad:
        return None
    room = page.room - (_height(unit) - unit.margin_top - image) - SLACK
    if page.room / unit.room > GAP and SMALLEST * image <= room < image:
        height = room + place.piece.height - image
        return replace(place, piece=replace(place.piece, height=height, ink=height))
    return None


def _page(galley: Galley, column: Sequence[_Place], start: int, begins: float, number: int) -> tuple[_Page, int]:
    """Return the page that begins with the piece *start*, and the first piece behind it."""
    tops: list[float] = []
    limit, noted, position = column[start].unit.room, 0.0, 0.0
    end, forced, strained, astray = len(column), False, False, False
    for at in range(start, len(column)):
        place = column[at]
        if at > start and place.must_begin:
            end, forced = at, column[at - 1].unit.ends_page
            break
        top = begins + place.top if at == start else position + place.gap + _to_grid(position + place.out, place.step)
        notes = noted + place.piece.notes + (galley.notes if place.piece.notes and not noted else 0.0)
        position = top + place.piece.height
        if at > start and position + place.bottom > limit - notes + HAIR:
            strained = position + place.bottom <= limit - noted + HAIR
            after = column[at + 1] if at + 1 < len(column) else None
            only_after = after is not None and after.unit is place.unit and after.may_begin and not place.may_begin
            astray = bool(noted) and only_after and position + place.bottom <= limit + HAIR
            by_block = strained and place.piece.by_block
            end = _last_break(column, start, max(start + 1, _first(column, at)) if by_block else at)
            break
        noted = notes
        tops.append(top)
    ends = limit - _noted(galley, column[start:end])
    return _Page(number, list(column[start:end]), tops[: end - start], ends, forced, strained, astray), end


def _to_grid(position: float, step: float) -> float:
    """Return the distance from *position*, where a unit ends, to the next line of a grid with *step*."""
    rest = -position % step if step else 0.0
    return 0.0 if rest < GRID or step - rest < max(OVERSHOOT * step, GRID) else rest


def _first(column: Sequence[_Place], at: int) -> int:
    """Return the place of the first piece of the unit to which the piece *at* belongs."""
    while at and column[at - 1].unit is column[at].unit:
        at -= 1
    return at


def _noted(galley: Galley, places: Sequence[_Place]) -> float:
    notes = sum(place.piece.notes for place in places)
    return notes + galley.notes if notes else 0.0


def _last_break(column: Sequence[_Place], start: int, at: int) -> int:
    """Return the last place up to *at* that may begin the next page; if none may, one that could."""
    for index in range(at, start, -1):
        if column[index].may_begin:
            return index
    for index in range(at, start, -1):
        if column[index].could_begin:
            return index
    return at


def _blocks(pages: Sequence[_Page]) -> tuple[BlockSize, ...]:
    """Return the blocks in the order of the pages."""
    blocks: dict[int, BlockSize] = {}
    for page in pages:
        for place, top in zip(page.places, page.tops, strict=True):
            unit = place.unit
            if not unit.number:
                continue
            if unit.number not in blocks:
                blocks[unit.number] = BlockSize(
                    number=unit.number,
                    tag=unit.tag,
                    kinds=unit.kinds,
                    page=page.number,
                    top=top - unit.lead_in - unit.margin_top,
                    height=_height(unit),
                    rows=sum("table" in unit.kinds and not piece.head for piece in unit.pieces),
                    gap=place.apart if place is not page.places[0] else 0.0,
                )
            if place.piece.text:
                blocks[unit.number].text = place.piece.text
    return tuple(blocks.values())


def _height(unit: Unit) -> float:
    inner = sum(piece.height + piece.gap for piece in unit.pieces)
    return unit.margin_top + unit.lead_in + inner + unit.lead_out + unit.margin_bottom
