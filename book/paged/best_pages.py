"""Chooses where the pages of a chapter end over the whole chapter, as the lines of a paragraph are broken in the best way.

What may be done about a page: blocks stand a line farther from what is above them, a paragraph is a line longer or shorter, the items of a
list stand a little farther apart, or the next block begins the next page although it would have room. Each of these costs a little, white
space, a short last page, a misplaced note, and facing pages that end on different lines cost more. Pages that begin with the same line
go on in the same ways, whatever is before them, so the cheapest way to each of these lines is all that is kept.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise
from types import MappingProxyType
from typing import Final, NamedTuple

from msgspec import Struct, field

from book.body import HEADINGS
from book.paged.makeup import ASTRAY, STRAINED, Makeup, by_block
from book.paged.page_ends import EMPTY, FEW, LARGE, SLACK, PageEnds, Part
from book.paged.places import FilledPage, Place

HOLE: Final = 1.0
"""The weight of a hole of the least size: all others are in this unit."""
SHORT_END = 2.0
"""The weight of a chapter that ends with a few lines."""
UNEVEN: Final = 0.4
"""The weight of facing pages that end on different lines, besides that of their distance."""
APART: Final = 0.03
"""The weight of each line of this distance."""
LOOSER: Final = 0.02
"""The weight of a paragraph that is a line longer or shorter than by itself, besides that of its spaces."""
SPACE: Final = 0.08
"""The weight of a line of white space above a block."""
IN_LIST: Final = 0.08
"""The weight of a line of white space among the items of a list."""
EARLY: Final = 0.06
"""The weight of a page that ends early, besides that of the lines that it has less."""
EARLY_LINE: Final = 0.03
"""The weight of each of these lines."""
MOST_SPACES: Final = 4
"""The most lines of white space that are set above the blocks of one page."""
MOST_IN_LIST: Final = 1 / 3
"""The most lines of white space that are set between two items of a list."""
MOST_VARIANTS: Final = 4
"""The most paragraphs of a page among which one is chosen."""
DEAREST: Final = 1.0
"""The cost of a paragraph in a number of lines that is not tried."""
BREADTH: Final = 10
"""How many beginnings of the next page are kept."""
HAIR: Final = 0.05
"""Pixels by which white space is smaller than so many lines, so that rounding does not push the last line off its page."""
ROUND: Final = 0.1
"""In lines: so much more or less than a number of lines is that number."""


class Start(NamedTuple):
    """Where a page begins."""

    at: int
    """Index of a unit in the order of the chapter."""
    piece: int
    """Index of a piece of it."""
    lines: int
    """The number of lines in which it is set, if it is not the best for it; else 0."""
    run: Sequence[Place]
    """All of its pieces; none if none of them is on a page before."""


class _Block(NamedTuple):
    """A block that may be a line farther from what is above it."""

    number: int
    gap: float
    """Its distance from what is above it, in pixels."""
    heading: bool


class Change(NamedTuple):
    """What is done about one page."""

    cost: float = 0.0
    lines: Mapping[int, int] = MappingProxyType({})
    """Number of a paragraph -> the number of its lines."""
    spaces: Mapping[Part, float] = MappingProxyType({})
    """Block or item of a list -> its distance in pixels from what is above it."""
    early: frozenset[Part] = frozenset()
    """The block that begins the next page although one more line would have room: its number, and how many of its last lines do; 0: all of it."""


class _Path(Struct, frozen=True):
    """The cheapest way to the beginning of a page."""

    cost: float
    start: Start
    foot: float | None
    """The white space at the foot of the last page; None if that page ends anywhere."""
    change: Change
    before: _Path | None

    def changes(self) -> Iterator[Change]:
        """Yield what is done about each page, from the last one to the first."""
        path: _Path | None = self
        while path is not None:
            yield path.change
            path = path.before


class Pages(Struct, frozen=True, kw_only=True):
    """What gives a chapter its best pages."""

    cost: float
    lines: Mapping[int, int]
    """Number of a paragraph -> the number of its lines, if it is not the best for the paragraph itself."""
    spaces: Mapping[Part, float]
    """Block or item of a list -> its distance in pixels from what is above it, if it is more than its style says."""
    early: frozenset[Part]
    """The blocks that begin pages although one more line would have room on the page before: their numbers, and how many of their last lines
    do; 0: all of a block."""


Choice = tuple[Change, FilledPage, Start | None]
"""What may be done about a page, how it is then filled, and where the next one begins; None at the end of the chapter."""
Known = dict[tuple[int, int, int, int, float], tuple[Start, list[Choice]]]
"""Where a page begins, and how far below its top -> the same again, which is kept so that its identity is not used again, and all that may be
done about the page."""


class Chapter(Struct, kw_only=True):
    """A chapter with its blocks in one order."""

    makeup: Makeup
    order: Sequence[int]
    """The numbers of its blocks."""
    breaking: AbstractSet[int]
    """The blocks that may break although their style keeps them whole."""
    begins: float
    """How far its first unit is below the top of its page, in pixels."""
    facing: bool
    """Whether its pages should end on the same line as those beside them."""
    known: Known = field(default_factory=dict)
    """What may be done about pages, for all chapters with this order and these blocks."""
    looks: int = 0
    """How many pieces were looked at."""
    indexes: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.indexes = self.makeup.in_order(self.order)

    def best(self, most: float, enough: int) -> Pages | None:
        """Return what gives it the best pages; None if nothing costs less than *most*.

        Args:
            most: what its pages cost without any change.
            enough: when so many pieces were looked at, pages stay as they are.
        """
        front = [_Path(0.0, Start(0, 0, 0, ()), None, Change(), None)]
        best: _Path | None = None
        number = 0
        while front:
            number += 1
            paths: dict[tuple[int, int, int, int | None], _Path] = {}
            for path in front:
                for change, page, after in self._known_choices(path.start, self.looks < enough):
                    last = after is None
                    cost = path.cost + change.cost + self._faults(page, after, number)
                    foot = None if last or page.forced or page.broad else page.foot
                    cost += self._uneven(path.foot, foot, number) if self.facing else 0.0
                    if cost >= most - 1e-6:
                        continue
                    reached = _Path(cost, after or path.start, foot, change, path)
                    if after is None:
                        best, most = reached, cost
                        continue
                    level = None if foot is None or not self.facing else round(2 * foot / self.makeup.lead)
                    key = (after.at, after.piece, after.lines, level)
                    if key not in paths or cost < paths[key].cost:
                        paths[key] = reached
            front = sorted(paths.values(), key=lambda path: path.cost)[:BREADTH]
        return _pages(best) if best is not None else None

    def _faults(self, page: FilledPage, after: Start | None, number: int) -> float:
        """Return what is wrong with the *page* with a *number*, from 1, before a page that begins *after* it."""
        lead = self.makeup.lead
        strain = STRAINED * page.strained + ASTRAY * page.astray
        if after is None:
            pictures = any(place.piece.picture > LARGE for place in page.places)
            return strain + (short_end(page.lines) if number > 1 and page.lines < FEW and not pictures else 0.0)
        unit = self.makeup.galley.units[self.indexes[after.at]]
        white = page.room >= EMPTY * lead - SLACK and unit.number and not (page.broad or unit.broad)
        return strain + (HOLE * page.room / lead / EMPTY if white else 0.0)

    def _uneven(self, left: float | None, right: float | None, number: int) -> float:
        """Return the cost of the feet of two pages that may face each other, the second with a *number* from 1."""
        first = self.makeup.galley.first
        if left is None or right is None or (first is not None and (number + first) % 2):
            return 0.0
        apart = abs(left - right) / self.makeup.lead
        return UNEVEN + APART * apart if apart > 1 / 2 else 0.0

    def _known_choices(self, start: Start, all_of_them: bool) -> Sequence[Choice]:
        """Return what :meth:`_choices` yields, once for all ways that lead to *start*, also those of a chapter that begins elsewhere."""
        if not all_of_them:
            return list(self._choices(start, all_of_them))
        key = start.at, start.piece, start.lines, id(start.run), 0.0 if start.at or start.piece else self.begins
        if key not in self.known:
            self.known[key] = start, list(self._choices(start, all_of_them))
        return self.known[key][1]

    def _choices(self, start: Start, all_of_them: bool) -> Iterator[Choice]:
        """Yield what may be done about the page that begins at *start*, how it is then filled, and where the next one begins."""
        page, after = self._fill(start, Change())
        yield Change(), page, after
        if all_of_them and not page.broad:
            changes = [] if after is None else self._changes(page)
            for change in [Change(), *changes]:
                if change.cost:
                    page, after = self._fill(start, change)
                    if not _on_page(change, page):
                        continue
                    yield change, page, after
                if after is not None:
                    yield from self._early(start, change, page, after)

    def _fill(self, start: Start, change: Change) -> tuple[FilledPage, Start | None]:
        """Return the page that begins at *start*, and where the next one begins; None at the end of the chapter."""
        makeup, units = self.makeup, self.makeup.galley.units
        column: list[Place] = []
        runs: list[tuple[int, int, Sequence[Place]]] = []
        ends: list[int] = []
        spaces = by_block(change.spaces)
        at, height, spare = start.at, 0.0, 2
        limit = math.inf
        while at < len(self.indexes) and spare:
            index = self.indexes[at]
            unit = units[index]
            own = spaces.get(unit.number, {})
            lines = change.lines.get(unit.number, 0) if unit.number else 0
            first = at == start.at
            if first and start.piece:
                lines = start.lines
            if first and start.piece and not own:
                run = start.run
            else:
                run = makeup.run(index, self.indexes[at - 1] if at else None, self.breaking, lines, own)
            column += run[start.piece :] if first else run
            runs.append((at, lines, run))
            ends.append(len(column))
            limit = min(limit, column[0].unit.room)
            spare -= height > limit
            height += sum(place.piece.height for place in column) if first else makeup.height(run)
            at += 1
        self.looks += len(column)
        page, length = makeup.page(column, 0, self.begins if not start.at else 0.0)
        if length >= len(column):
            return page, None
        part = next(number for number, end in enumerate(ends) if length < end)
        at, lines, run = runs[part]
        piece = len(run) - (ends[part] - length)
        return page, Start(at, piece, lines if piece else 0, run if piece else ())

    def _early(self, start: Start, change: Change, page: FilledPage, after: Start) -> Iterator[Choice]:
        """Yield the ways to end the *page* that begins at *start* early: before one of its last blocks, or in its last paragraph."""
        last, at = len(page.places), after.at
        if after.piece and page.places[-1].unit.tag == "p" and after.at > start.at:
            unit = page.places[-1].unit
            for piece in range(after.piece - 1, unit.orphans - 1, -1):
                last -= 1
                count = len(after.run) - piece
                if (
                    page.places[last].piece.notes
                    or not page.places[last].could_begin
                    or count * self.makeup.lead > unit.room / 2
                ):
                    break
                if (shorter := self._shorter(page, last, after.at, strained=page.strained)) is None:
                    break
                yield self._ended(change, shorter, unit.number, count), shorter, after._replace(piece=piece)
        last = len(page.places)
        at = after.at - (after.piece == 0)
        for index in range(last - 1, 0, -1):
            place = page.places[index]
            if not place.first:
                continue
            shorter = self._shorter(page, index, at)
            if shorter is None:
                break
            if place.could_begin and place.unit.number and not place.must_begin:
                yield self._ended(change, shorter, place.unit.number, 0), shorter, Start(at, 0, 0, ())
            at -= 1

    def _shorter(self, page: FilledPage, end: int, at: int, *, strained: bool = False) -> FilledPage | None:
        """Return *page* with its first pieces up to *end*; None if this leaves a hole."""
        places = page.places[:end]
        notes = sum(place.piece.notes for place in places)
        room = self.makeup.galley.units[self.indexes[at]].room
        ends = room - (notes + self.makeup.galley.notes if notes else 0.0)
        shorter = FilledPage(places, page.tops[:end], ends, strained=strained)
        return shorter if shorter.room < EMPTY * self.makeup.lead - 2 * SLACK else None

    def _ended(self, change: Change, page: FilledPage, number: int, count: int) -> Change:
        """Return *change* for a *page* that ends early, so that so many lines of the block with a *number* begin the next page."""
        cost = EARLY + EARLY_LINE * page.room / self.makeup.lead
        return change._replace(cost=change.cost + cost, early=frozenset({(number, count)}))

    def _changes(self, page: FilledPage) -> Iterator[Change]:
        """Yield what may be done about the blocks that begin on *page*."""
        lead = self.makeup.lead
        spaces = [(0.0, {}), *_spaces(page, lead)]
        for cost, paragraphs in [(0.0, {}), *_other_lines(page)]:
            for space, distances in spaces:
                if paragraphs or distances:
                    yield Change(cost + space, paragraphs, distances)


def uneven(ends: PageEnds, first: int | None) -> tuple[int, ...]:
    """Return the left pages that end half a line or more above or below the pages beside them.

    Args:
        ends: how the pages end.
        first: 0 if the first of them is a left one, 1 if it is a right one; None if it may be either, so that every page counts as a left one.
    """
    return tuple(
        page
        for page, room in ends.rooms.items()
        if page + 1 in ends.rooms
        and (first is None or (page - 1 + first) % 2 == 0)
        and abs(room - ends.rooms[page + 1]) / ends.lead > 1 / 2
    )


def short_end(lines: int) -> float:
    """Return the cost of a last page with a few *lines*: one with a line or two is sooner pulled back, one with four is sooner filled."""
    return SHORT_END + min(lines, FEW - lines) / FEW


def _pages(path: _Path) -> Pages:
    lines: dict[int, int] = {}
    spaces: dict[Part, float] = {}
    early: set[Part] = set()
    for change in path.changes():
        lines.update(change.lines)
        spaces.update(change.spaces)
        early.update(change.early)
    return Pages(cost=path.cost, lines=lines, spaces=spaces, early=frozenset(early))


def _spaces(page: FilledPage, lead: float) -> Iterator[tuple[float, Mapping[Part, float]]]:
    """Yield distances that blocks on *page*, or items of its lists, may have from what is above them, each with its cost."""
    blocks, items = _partable(page, lead), _lists(page)
    room = page.foot / lead
    rest = room % 1 if room % 1 > ROUND else 0.0
    headings = [block for block in blocks if block.heading]
    # A heading may be two lines farther away, if others do not suffice.
    lines = [*headings, *(block for block in blocks if not block.heading), *headings]
    for count in range(1, MOST_SPACES + 1):
        if count <= len(lines):
            yield SPACE * count, _apart(lines[:count], lead)
    if (
        rest and blocks and (not blocks[-1].heading or rest > 1 - ROUND)
    ):  # all of the white space: what is behind a heading begins on the grid
        last = blocks[-1]
        others = [block for block in lines if block is not last]
        for count in range(min(MOST_SPACES, len(others) + 1)):
            whole = _apart(others[:count], lead)
            yield SPACE * (count + 1), {**whole, (last.number, 0): last.gap + rest * lead - HAIR}
    for parts in items:
        for total in {*range(1, MOST_SPACES + 1), *(count + rest for count in range(MOST_SPACES))} - {0.0}:
            if total <= MOST_IN_LIST * len(parts):
                more = (total * lead - HAIR) / len(parts)
                apart = {part: gap + more for part, gap in parts}
                for count in range(min(MOST_SPACES, len(lines)) + 1):
                    yield IN_LIST * total + SPACE * count, {**apart, **_apart(lines[:count], lead)}


def _partable(page: FilledPage, lead: float) -> list[_Block]:
    """Return the blocks on *page* that may be a line farther from the block above."""
    blocks = []
    for above, place in pairwise(page.places):
        unit, over = place.unit, above.unit
        apart = unit.number and over.number and place.apart > lead / 3 and not unit.tag == over.tag == "p"
        if place.first and apart and over.tag not in HEADINGS:
            blocks.append(_Block(unit.number, place.apart, unit.tag in HEADINGS))
    return blocks


def _apart(blocks: Sequence[_Block], more: float) -> dict[Part, float]:
    """Return the distances of *blocks* from the blocks above if each is *more* pixels farther down for each time that it occurs."""
    times = Counter(block.number for block in blocks)
    return {(block.number, 0): block.gap + times[block.number] * more - HAIR for block in blocks}


def _lists(page: FilledPage) -> Sequence[Sequence[tuple[Part, float]]]:
    """Return the items of each list on *page* but the first ones, with their distances from the items above."""
    lists: dict[int, list[tuple[Part, float]]] = {}
    for part, gap in page.items:
        lists.setdefault(part[0], []).append((part, gap))
    return tuple(lists.values())


def _on_page(change: Change, page: FilledPage) -> bool:
    """Return whether all that *change* changes is still on *page*, and nothing of it on the next one."""
    begun = {place.unit.number for place in page.places if place.first}
    items = {(place.unit.number, place.piece.item) for place in page.places}
    return change.lines.keys() <= begun and all(
        part in items if part[1] else part[0] in begun for part in change.spaces
    )


def _other_lines(page: FilledPage) -> Sequence[tuple[float, Mapping[int, int]]]:
    """Return the paragraphs that begin on *page* in another number of lines, each with its cost, the best first.

    Not the first one: in another number of lines it could begin on the page before.
    """
    others = sorted(
        (LOOSER + cost, place.unit.number, lines)
        for place in page.places[1:]
        if place.first and place.unit.number
        for lines, cost in place.unit.variants.items()
        if cost < DEAREST
    )
    return [(cost, {number: lines}) for cost, number, lines in others[:MOST_VARIANTS]]
