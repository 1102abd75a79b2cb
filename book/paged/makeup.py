"""Divides a chapter into pages without laying it out: as WeasyPrint would, line by line, from the sizes of one layout.

The result is an estimate: the chapter is laid out again with whatever is chosen by it. Hundreds of ways to divide a chapter are compared,
and most differ on a page or two: what two ways have in common is worked out once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise
from types import MappingProxyType
from typing import Final, NamedTuple

from msgspec.structs import replace

from book.body import HEADINGS
from book.paged.galley import Galley, Unit
from book.paged.page_ends import (
    EMPTY,
    FEW,
    GAP,
    LARGE,
    SLACK,
    SMALLEST,
    BlockSize,
    Hole,
    Item,
    PageEnds,
    Part,
    ShortPage,
    rows_kept,
)
from book.paged.pages import Context
from book.paged.places import FilledPage, Place, to_grid

HAIR: Final = 0.01
"""Pixels: how much rounding may reduce the room of a page."""
STRAINED: Final = 0.25
"""The weight of a line that has no room because of its own notes."""
ASTRAY: Final = 10.0
"""The weight of a note that goes to the next page, in holes of the least size."""


class _Cut(NamedTuple):
    """A page that was filled, and what this depended on."""

    places: Sequence[Place]
    """The places that were looked at, with one that did not fit, and the next one."""
    last: bool
    """Whether the column ended there."""
    page: FilledPage
    length: int
    """How many places it has."""
    smaller: tuple[int, Place] | None
    """The figure on it that was made smaller, and how many places are before it."""


class Makeup:
    """Divides one chapter into pages, in one way after the other."""

    def __init__(self, galley: Galley, lead: float, *, scale: bool = True) -> None:
        """Divide the chapter in *galley*.

        Args:
            galley: the chapter.
            lead: the distance of two lines.
            scale: whether a figure that does not fit is made smaller.
        """
        self.galley, self.lead, self._scale = galley, lead, scale
        self._runs: dict[tuple[object, ...], list[Place]] = {}
        self._heights: dict[int, float] = {}
        """Identity of one of them -> the sum of the heights of its pieces."""
        self._cuts: dict[tuple[Place, float], list[_Cut]] = {}
        self._units: dict[tuple[int, int, bool], Unit] = {}
        self._early: dict[tuple[Place, frozenset[int]], Sequence[Place]] = {}
        # What a style says of a paragraph that follows another one, and of no other.
        pairs = list(enumerate(pairwise(galley.units)))
        behind = {below.indent for _, (above, below) in pairs if below.tag == "p" == above.tag}
        others = {below.indent for _, (above, below) in pairs if below.tag == "p" != above.tag}
        self._indent = max(behind, default=0.0) if others == {0.0} else 0.0
        gaps = (galley.gaps.get((at, at + 1)) for at, (above, below) in pairs if below.tag == "p" == above.tag)
        self._between = next(iter(Counter(gap for gap in gaps if gap is not None).most_common(1)), (0.0, 0))[0]

    def divide(
        self,
        order: Sequence[int],
        breaking: AbstractSet[int] = frozenset(),
        lower: float = 0.0,
        lines: Mapping[int, int] = MappingProxyType({}),
        spaces: Mapping[Part, float] = MappingProxyType({}),
        early: AbstractSet[Part] = frozenset(),
    ) -> tuple[PageEnds, float]:
        """Return how the pages of the chapter would end, and how likely WeasyPrint would misplace its notes, from 0.

        Args:
            order: the numbers of its blocks, in their order.
            breaking: the numbers of blocks that may break although their style keeps them whole.
            lower: how many pixels lower the chapter begins.
            lines: number of a paragraph -> the number of its lines, if it is another one than in the galley.
            spaces: block or item of a list -> its distance from what is above it, if it is another one than in the galley.
            early: the blocks of which so many of the last lines begin a page, if one ends in them; 0: they begin a page themselves.
        """
        galley, lead = self.galley, self.lead
        column = self._column(order, breaking, lines, spaces, early)
        pages = list(self._pages(column, galley.begins + lower))
        holes = tuple(
            _hole(page, number, after, galley.chapter, lead)
            for number, (page, after) in enumerate(pairwise(pages), 1)
            if page.room >= EMPTY * lead - SLACK and after.places[0].unit.number and not (page.broad or after.broad)
        )
        last = pages[-1]
        short = None
        if len(pages) > 1 and last.lines < FEW and not any(place.piece.picture > LARGE for place in last.places):
            short = ShortPage(page=len(pages), begins=_context(last, galley.chapter), text="", lines=last.lines)
        strain = sum(STRAINED * page.strained + ASTRAY * page.astray for page in pages)
        numbered = list(enumerate(pages, 1))
        return PageEnds(
            lead=lead,
            holes=holes,
            short=short,
            blocks=_blocks(pages),
            items=tuple(Item(part, number, gap) for number, page in numbered for part, gap in page.items),
            astray=tuple(number for number, page in numbered if page.astray),
            rooms={number: page.foot for number, page in numbered[:-1] if not (page.forced or page.broad)},
        ), strain

    def _column(
        self,
        order: Sequence[int],
        breaking: AbstractSet[int],
        lines: Mapping[int, int],
        spaces: Mapping[Part, float],
        early: AbstractSet[Part],
    ) -> list[Place]:
        """Return the pieces of the chapter with its blocks in *order*, as far apart as in *spaces*, and its paragraphs in *lines*."""
        units = self.galley.units
        items = by_block(spaces)
        places: list[Place] = []
        before: int | None = None
        for at in self.in_order(order):
            number = units[at].number
            run = self.run(at, before, breaking, lines.get(number, 0), items.get(number, {}) if number else {})
            after = frozenset(count for other, count in early if other == number)
            places += self._ended(run, after) if after else run
            before = at
        return places

    def _ended(self, run: Sequence[Place], after: frozenset[int]) -> Sequence[Place]:
        """Return *run*, the pieces of a unit of which so many begin a page *after* a break; always the same, so that pages are known again."""
        key = run[0], after
        if key not in self._early:
            may = len(run) - max(after) if max(after) else len(run)
            first = replace(run[0], must_begin=True) if 0 in after else run[0]
            others = (replace(place, may_begin=place.may_begin and at <= may) for at, place in enumerate(run[1:], 1))
            self._early[key] = [first, *others]
        return self._early[key]

    def in_order(self, order: Sequence[int]) -> list[int]:
        """Return the indexes of all units of the chapter, those of its blocks in *order*."""
        units = self.galley.units
        index = {unit.number: at for at, unit in enumerate(units) if unit.number}
        first = min(index.values(), default=len(units))
        last = max(index.values(), default=-1)
        blocks = (index[number] for number in order if number in index)
        return [*range(first), *blocks, *range(last + 1, len(units))]

    def run(
        self, at: int, before: int | None, breaking: AbstractSet[int], lines: int, spaces: Mapping[int, float]
    ) -> list[Place]:
        """Return the pieces of one unit.

        Args:
            at: its index.
            before: the index of the unit above.
            breaking: the numbers of blocks that may break although their style keeps them whole.
            lines: the number of its lines, if it is another one than in the galley; else 0.
            spaces: the distances of it (0) and of the items in it (their numbers), if they are others than in the galley.
        """
        unit = self.galley.units[at]
        inside = not unit.whole or (unit.number in breaking and unit.tag != "figure")
        key = (at, before, inside, lines, *spaces.items())
        if key not in self._runs:
            self._runs[key] = self._run(at, before, inside, lines, spaces)
        return self._runs[key]

    def height(self, run: Sequence[Place]) -> float:
        """Return the sum of the heights of the pieces in *run*, which comes from :meth:`run`."""
        height = self._heights.get(id(run))
        if height is None:
            height = self._heights[id(run)] = sum(place.piece.height for place in run)
        return height

    def _run(self, at: int, before: int | None, inside: bool, lines: int, spaces: Mapping[int, float]) -> list[Place]:
        """Return the pieces of the unit *at* an index, below the one *before*."""
        unit = self._unit(at, before, lines)
        above = self.galley.units[before] if before is not None else None
        distance = 0.0 if before is None else spaces.get(0) or self._distance(before, at)
        repeated = sum(piece.height + piece.gap for piece in unit.pieces if piece.head)
        places: list[Place] = []
        for number, piece in enumerate(unit.pieces):
            # WeasyPrint wants room for the padding below the last line of a box twice.
            end = unit.lead_out + unit.padding if piece is unit.pieces[-1] else 0.0
            if number:
                may = _may_begin(unit, number)
                top = piece.top + (repeated if not piece.head else 0.0)
                gap = spaces.get(piece.item, piece.gap) if piece.item else piece.gap
                places.append(Place(unit, piece, False, gap, 0.0, 0.0, 0.0, top, end, may and inside, may, False))
                continue
            tied = above is None or above.stays_before or unit.stays_behind
            forced = above is not None and (above.ends_page or unit.begins_page)
            out, step = (above.lead_out, above.step) if above else (0.0, 0.0)
            gap = distance + unit.lead_in + out
            if above is not None and above.tag in HEADINGS:  # its text begins on the grid
                out += above.margin_bottom
            places.append(
                Place(unit, piece, True, gap, distance, out, step, unit.lead_in, end, not tied, not tied, forced)
            )
        return places

    def _distance(self, above: int, below: int) -> float:
        """Return the distance of two units that follow each other."""
        units = self.galley.units
        if (above, below) in self.galley.gaps:
            return self.galley.gaps[above, below]
        between = self._between if units[below].tag == "p" == units[above].tag else 0.0
        return max(units[above].margin_bottom, units[below].margin_top, between)

    def _unit(self, at: int, before: int | None, lines: int) -> Unit:
        """Return the unit *at* an index in as many *lines*, if it has another number of them below the unit *before*."""
        units = self.galley.units
        unit = units[at]
        follows = before is not None and units[before].tag == "p"
        if not lines and unit.tag == "p" and self._indent and follows != (at > 0 and units[at - 1].tag == "p"):
            lines = unit.lines_with(self._indent if follows else 0.0)
        if not lines or abs(lines - len(unit.pieces)) != 1:
            return unit
        key = at, lines, follows
        if key not in self._units:
            self._units[key] = _relined(unit, lines)
        return self._units[key]

    def _pages(self, column: list[Place], begins: float) -> Iterator[FilledPage]:
        start = 0
        while start < len(column):
            page, length = self.page(column, start, begins)
            yield page
            start += length
            begins = 0.0

    def page(self, column: list[Place], start: int, begins: float) -> tuple[FilledPage, int]:
        """Return the page that begins with the piece *start* of *column*, *begins* pixels below its top, and how many pieces it takes."""
        cuts = self._cuts.setdefault((column[start], begins), [])
        cut = next((cut for cut in cuts if _again(cut, column, start)), None)
        if cut is None:
            cut = self._cut(column, start, begins)
            cuts.append(cut)
        elif cut.smaller is not None:
            after, figure = cut.smaller
            column[start + after] = figure
        return cut.page, cut.length

    def _cut(self, column: list[Place], start: int, begins: float) -> _Cut:
        """Fill the page that begins with the piece *start*; a figure that does not fit is made smaller in *column*, if it then does."""
        page, end, looked = _page(self.galley, column, start, begins)
        places, smaller = column[start:looked], None
        if self._scale and end < len(column) and (figure := _smaller(page, column, end)) is not None:
            # It is made smaller when the pages are laid out; then it stays on this page.
            smaller = end - start, figure
            column[end] = figure
            page, end, again = _page(self.galley, column, start, begins)
            places = [*places, *column[start + len(places) : again]]
            looked = max(looked, again)
        return _Cut(places, looked >= len(column), page, end - start, smaller)


def by_block(spaces: Mapping[Part, float]) -> dict[int, dict[int, float]]:
    """Return the distances of each block and of its items.

    >>> by_block({(3, 0): 8.0, (5, 2): 9.0, (3, 1): 7.0})
    {3: {0: 8.0, 1: 7.0}, 5: {2: 9.0}}
    """
    blocks: dict[int, dict[int, float]] = {}
    for (number, item), space in spaces.items():
        blocks.setdefault(number, {})[item] = space
    return blocks


def _again(cut: _Cut, column: Sequence[Place], start: int) -> bool:
    """Return whether the page that begins with the piece *start* of *column* is that of *cut*."""
    end = start + len(cut.places)
    return (not cut.last or end == len(column)) and column[start:end] == cut.places


def _hole(page: FilledPage, number: int, after: FilledPage, chapter: str, lead: float) -> Hole:
    return Hole(
        page=number,
        begins=_context(after, chapter),
        text=after.places[0].piece.text,
        room=page.room,
        lines=page.room / lead,
        share=page.room / page.places[0].unit.room,
        ends=page.ends,
    )


def _context(page: FilledPage, chapter: str) -> Context:
    return Context(chapter=chapter, block=page.places[0].unit.number)


def _relined(unit: Unit, lines: int) -> Unit:
    """Return the paragraph *unit* in as many *lines*, one more or less than it has."""
    *above, last = unit.pieces
    if lines > len(unit.pieces):
        usual = min(piece.height for piece in unit.pieces)  # a line with code may be higher
        pieces = [*above, replace((above or [last])[-1], calls=(), notes=0.0, height=usual, ink=usual), last]
    else:
        *others, shorter = above
        pieces = [*others, replace(last, calls=shorter.calls + last.calls, notes=shorter.notes + last.notes)]
    may = [index >= unit.orphans and lines - index >= unit.widows for index in range(lines)]
    lined = (replace(piece, may_begin=begins) for piece, begins in zip(pieces, may, strict=True))
    return replace(unit, pieces=tuple(lined))


def _may_begin(unit: Unit, number: int) -> bool:
    """Return whether the piece with the *number*, from 0, may begin a page, if *unit* may break."""
    rows = [piece for piece in unit.pieces if not piece.head]
    if "table" in unit.kinds and unit.pieces[number] in rows:
        done = number - (len(unit.pieces) - len(rows))
        least = rows_kept(len(rows))
        return unit.pieces[number].lines >= 0 and least <= done <= len(rows) - least
    return unit.pieces[number].may_begin


def _smaller(page: FilledPage, column: Sequence[Place], at: int) -> Place | None:
    """Return the figure that begins with the piece *at*, behind *page*, so small that it stays on it; None if it cannot."""
    place = column[at]
    unit, image = place.unit, place.piece.picture
    if unit.tag != "figure" or not place.first or not image or place.piece.is_sized or page.broad:
        return None
    room = page.room - (unit.height - unit.margin_top - image) - SLACK
    if page.room / unit.room > GAP and SMALLEST * image <= room < image:
        height = room + place.piece.height - image
        return replace(place, piece=replace(place.piece, height=height, ink=height))
    return None


def _page(galley: Galley, column: Sequence[Place], start: int, begins: float) -> tuple[FilledPage, int, int]:
    """Return the page that begins with the piece *start*, the first piece behind it, and the first one that was not looked at."""
    tops: list[float] = []
    limit, noted, position = column[start].unit.room, 0.0, 0.0
    end, looked, forced, strained, astray = len(column), len(column), False, False, False
    for at in range(start, len(column)):
        place = column[at]
        if at > start and place.must_begin:
            end, looked, forced = at, at + 1, column[at - 1].unit.ends_page
            break
        top = begins + place.top if at == start else position + place.gap + to_grid(position + place.out, place.step)
        notes = noted + place.piece.notes + (galley.notes if place.piece.notes and not noted else 0.0)
        position = top + place.piece.height
        if at > start and position + place.bottom > limit - notes + HAIR:
            looked = min(at + 2, len(column))
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
    page = FilledPage(list(column[start:end]), tops[: end - start], ends, forced, strained, astray)
    return page, end, looked


def _first(column: Sequence[Place], at: int) -> int:
    """Return the place of the first piece of the unit to which the piece *at* belongs."""
    while at and column[at - 1].unit is column[at].unit:
        at -= 1
    return at


def _noted(galley: Galley, places: Sequence[Place]) -> float:
    notes = sum(place.piece.notes for place in places)
    return notes + galley.notes if notes else 0.0


def _last_break(column: Sequence[Place], start: int, at: int) -> int:
    """Return the last place up to *at* that may begin the next page; if none may, one that could."""
    for index in range(at, start, -1):
        if column[index].may_begin:
            return index
    for index in range(at, start, -1):
        if column[index].could_begin:
            return index
    return at


def _blocks(pages: Sequence[FilledPage]) -> tuple[BlockSize, ...]:
    """Return the blocks in the order of the pages."""
    blocks: dict[int, BlockSize] = {}
    for number, page in enumerate(pages, 1):
        for unit, top, height, gap in page.begins:
            blocks[unit.number] = BlockSize(
                number=unit.number,
                tag=unit.tag,
                kinds=unit.kinds,
                page=number,
                top=top,
                height=height,
                rows=sum(not piece.head for piece in unit.pieces) if "table" in unit.kinds else 0,
                gap=gap,
            )
        for block, text in page.texts.items():
            blocks[block].text = text
    return tuple(blocks.values())
