"""Fills pages: what to do about white space before a block that does not fit, and about chapters that end with a few lines.

WeasyPrint leaves a figure, a table or a box where it is written; if it does not fit, the rest of the page stays white. So one block after
the other is allowed to break or is moved:

1. a table of six rows or more, or of four high ones, and a callout, may break across pages;
2. the block moves down, with the figures and tables that follow it, behind the text that fills the page, but not behind a text that introduces another one, nor into another section
   unless it is a figure with a caption, nor away from the text that introduces it unless it has a caption or leaves a quarter of the page;
3. the block moves up on its page, and the text before it runs on below it, unless that text introduces it with a colon;

The same is tried for each start of the chapter: a line or two higher or lower, so that all its pages break differently. For the best of these
ways, :mod:`book.paged.best_pages` then chooses where each page ends. None of this is laid out: :mod:`book.paged.makeup` estimates how the
pages would end. The chapter is then laid out with the best of these plans, and measured; if its pages end worse than was estimated, with the
next one. What was measured to leave the least white space stays.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from lxml import etree
from msgspec import Struct, field

from book.body import BLOCK, LINES, MOVED, TABLE, Element, mark
from book.paged import best_pages, makeup
from book.paged.galley import Galley
from book.paged.page_ends import (
    EMPTY,
    HIGH,
    LEAST_HIGH_ROWS,
    LEAST_ROWS,
    BlockSize,
    Hole,
    PageEnds,
    Part,
)
from book.paged.pages import LONG_TABLE

BREAKS, DOWN, UP = 1, 2, 3
"""What is done about a block, in order: it may break, it moved down, it moved up. Later steps include the first."""
MAY_BREAK: Final = "may-break"
"""The kind of a block that may break although blocks of its kind usually stay whole."""
STARTS: Final = ("", "one-line-higher", "one-line-lower", "two-lines-higher", "three-lines-lower", "two-lines-lower")
"""Classes of a chapter that begins some lines higher or lower; of equal plans, the first is taken."""
LINES_LOWER: Final = (0, -1, 1, -2, 3, 2)
"""How many lines lower it then begins."""
TEXT: Final = frozenset({"p", "ul", "ol", "dl", "blockquote", "pre"})
"""Elements that may break across pages by themselves."""
WHOLE: Final = frozenset({"callout", "formula", "table"})
"""Kinds of blocks that stay whole; of these, only tables may move."""
TRIES: Final = 5
"""How many plans are laid out, if each leaves more white space than was estimated."""
BREADTH: Final = 3
"""How many ways from one start are taken a step further."""
MOST_PLANS: Final = 8
"""How many ways to order the blocks get the best pages."""
ENOUGH: Final = 2
"""So many of them without a fault are enough: if the first turns out to have one, there is another."""
MOST_STEPS: Final = 8
"""How many steps a way has at most."""
MOST_LOOKS: Final = 1_000_000
"""How many pieces of a chapter are looked at in all: a chapter of a hundred pages has too many ways to look at each."""
MOST_LOOKS_FOR_PAIRS: Final = 400_000
"""The same for the facing pages of one way; those of a chapter of forty pages take less."""
GREAT: Final = 0.25
"""Share of the page that is too much to leave white for the sake of the words that introduce a block."""
GAIN = 0.5
"""How much less white space a plan must leave to be laid out."""

Fill = tuple[int, int]
"""What is done about a block, and the number of the block behind which it stands (0: at the beginning of the chapter)."""


class Way(NamedTuple):
    """A way to fill the pages of a chapter."""

    white: float
    """How much is wrong with its pages, in holes of the least size: measured, or estimated."""
    start: int
    """Index in :data:`STARTS`."""
    fills: Mapping[int, Fill]
    """Number of a block -> what is done about it."""
    lines: Mapping[int, int] = MappingProxyType({})
    """Number of a paragraph -> the number of its lines, if it is not the best for the paragraph itself."""
    spaces: Mapping[Part, float] = MappingProxyType({})
    """Block or item of a list -> its distance in pixels from what is above it, if it is more than its style says."""
    early: frozenset[Part] = frozenset()
    """The blocks that begin pages although one more line would have room on the page before: their numbers, and how many of their last lines
    do; 0: all of a block."""
    uneven: int = 0
    """The number of facing pages that would not end on the same line, in pairs, by estimate."""
    cost: float = 0.0
    """How conspicuous it is, and what else is wrong, by estimate."""

    @property
    def key(self) -> tuple[object, ...]:
        """What two ways with the same pages have in common."""
        return self.start, self.early, *(frozenset(table.items()) for table in (self.fills, self.lines, self.spaces))


class Filling(Struct, frozen=True, kw_only=True):
    """What fills the pages of one chapter."""

    start: int = 0
    """Index in :data:`STARTS`."""
    fills: Mapping[int, Fill] = field(default_factory=dict)
    """Number of a block -> what is done about it."""
    lines: Mapping[int, int] = field(default_factory=dict)
    """Number of a paragraph -> the number of its lines, if it is not the best for the paragraph itself."""
    spaces: Mapping[Part, float] = field(default_factory=dict)
    """Block or item of a list -> its distance in pixels from what is above it, if it is more than its style says."""
    early: frozenset[Part] = frozenset()
    """The blocks that begin pages although one more line would have room on the page before: their numbers, and how many of their last lines
    do; 0: all of a block."""
    tried: tuple[Way, ...] = ()
    """What was laid out and measured."""
    uneven: int = 0
    """The number of facing pages that do not end on the same line, in pairs, by estimate."""
    plans: tuple[Way, ...] = ()
    """What is not laid out yet, the best first."""
    settled: bool = False
    """Whether everything was tried."""

    def same_pages(self, other: Filling) -> bool:
        """Return whether the pages with *other* are the same."""
        own = self.start, self.fills, self.lines, self.spaces, self.early
        return own == (other.start, other.fills, other.lines, other.spaces, other.early)


def improve(
    filling: Filling,
    ends: PageEnds,
    galley: Callable[[], Galley | None],
    *,
    starts: bool = True,
    scale: bool = True,
    facing: bool = False,
    misplaced: bool = False,
) -> Filling:
    """Return the next way to fill the pages of a chapter whose pages end as *ends* says; the same if nothing helps or is needed.

    Args:
        filling: what was done so far.
        ends: how the pages then end.
        galley: returns the chapter as one column, as it was laid out; None if it cannot be read.
        starts: whether the chapter may begin higher or lower.
        scale: whether a figure that does not fit may be made smaller.
        facing: whether pages face each other.
        misplaced: whether notes are on other pages than their references.
    """
    if filling.settled or not (ends.holes or ends.short or misplaced or facing):
        return filling
    measured = white(ends) + makeup.ASTRAY * misplaced
    way = Way(measured, filling.start, filling.fills, filling.lines, filling.spaces, filling.early, filling.uneven)
    plans = filling.plans
    if not filling.tried and filling.same_pages(Filling()) and (column := galley()) is not None:
        estimates = Estimates(column, ends.lead, scale=scale, facing=facing)
        way = way._replace(uneven=estimates.of(way).way.uneven if facing else 0)
        if way.white or way.uneven:
            plans = planned(estimates, starts=starts)
    tried = (*filling.tried, way)
    best = min(tried, key=_quality)
    for number, plan in enumerate(plans if len(tried) <= TRIES else (), 1):
        better = plan.white < best.white - GAIN or (plan.white < best.white + GAIN and plan.uneven < best.uneven)
        if better and plan.key not in {other.key for other in tried}:
            return _filled(plan, tried=tried, plans=plans[number:])
    return _filled(best, tried=tried, settled=True)


def _quality(way: Way) -> tuple[float, int]:
    return way.white, way.uneven


def _filled(way: Way, **state: Any) -> Filling:
    return Filling(
        start=way.start,
        fills=way.fills,
        lines=way.lines,
        spaces=way.spaces,
        early=way.early,
        uneven=way.uneven,
        **state,
    )


class _Estimate(NamedTuple):
    """A way, and how the pages would end."""

    way: Way
    ends: PageEnds


class Estimates:
    """Estimates how the pages of a chapter would end."""

    def __init__(self, galley: Galley, lead: float, *, scale: bool = True, facing: bool = False) -> None:
        """Estimate for a chapter as it is without any fills.

        Args:
            galley: the chapter.
            lead: the distance of two lines in pixels.
            scale: whether a figure that does not fit may be made smaller.
            facing: whether pages should end on the same line as those beside them.
        """
        self._galley, self._makeup, self._facing = galley, makeup.Makeup(galley, lead, scale=scale), facing
        self._numbers = [unit.number for unit in galley.units if unit.number]
        self._known: dict[tuple[tuple[int, ...], frozenset[int]], best_pages.Known] = {}
        """What may be done about pages, by the order of the blocks and those that may break."""
        self.looks = 0
        """How many pieces were looked at so far."""

    def of(self, way: Way) -> _Estimate:
        """Return how the pages would end, and *way* with what would then be wrong with them."""
        self.looks += len(self._galley.units)
        order, lower = ordered(self._numbers, way.fills), LINES_LOWER[way.start] * self._makeup.lead
        ends, strain = self._makeup.divide(order, way.fills.keys(), lower, way.lines, way.spaces, way.early)
        uneven = len(best_pages.uneven(ends, self._galley.first)) if self._facing else 0
        faults = white(ends)
        # Pages that break a little differently have other strains, so they count less for ways to order the blocks.
        cost = faults + min(strain, GAIN) + best_pages.UNEVEN * uneven
        return _Estimate(way._replace(white=faults + strain, uneven=uneven, cost=cost), ends)

    def best(self, way: Way) -> _Estimate:
        """Return the start and the order of the blocks of *way* with the pages that are best over the whole chapter."""
        order = ordered(self._numbers, way.fills)
        chapter = best_pages.Chapter(
            makeup=self._makeup,
            order=order,
            breaking=way.fills.keys(),
            known=self._known.setdefault((tuple(order), frozenset(way.fills)), {}),
            begins=self._galley.begins + LINES_LOWER[way.start] * self._makeup.lead,
            facing=self._facing,
        )
        pages = chapter.best(math.inf, MOST_LOOKS_FOR_PAIRS)
        if pages is None:  # there are none
            return self.of(way)
        best = self.of(way._replace(lines=pages.lines, spaces=pages.spaces, early=pages.early))
        return best._replace(way=best.way._replace(cost=pages.cost))


def planned(estimates: Estimates, *, starts: bool) -> tuple[Way, ...]:
    """Return the ways with the best pages, the best of all first; no two of them with the same pages.

    Args:
        estimates: of the chapter.
        starts: whether it may begin higher or lower.
    """
    count = len(LINES_LOWER) if starts else 1
    ways: dict[tuple[object, ...], Way] = {}
    for start in range(count):
        last = estimates.looks + MOST_LOOKS // count
        for way in _moved(estimates, Way(0.0, start, {}), last):
            ways[way.key] = way
    plans: dict[tuple[tuple[int, int], ...], Way] = {}
    for way in sorted(ways.values(), key=_order)[:MOST_PLANS]:
        plan, ends = estimates.best(way)
        pages = tuple((block.number, block.page) for block in ends.blocks)  # the same ones would fail alike
        if pages not in plans or plan.cost < plans[pages].cost:
            plans[pages] = plan
        if sum(plan.white < GAIN and not plan.uneven for plan in plans.values()) == ENOUGH:
            break
    return tuple(sorted(plans.values(), key=_order))


def _order(way: Way) -> tuple[float, int]:
    return way.cost, len(way.fills) + len(way.lines) + len(way.spaces)


def _moved(estimates: Estimates, begin: Way, last: int) -> Iterator[Way]:
    """Yield *begin* and the ways that follow from it: moves of the best few ways so far are tried, until none helps or after the *last* look."""
    front = [estimates.of(begin)]
    known = {begin.key}
    yield front[0].way
    for _ in range(MOST_STEPS):
        tries = []
        for step in (step for way, ends in front for step in moves(way, ends)):
            if step.key not in known and estimates.looks <= last:
                known.add(step.key)
                tries.append(estimates.of(step))
        front = sorted(tries, key=lambda item: _order(item.way))[:BREADTH]
        yield from (way for way, _ in front)


def moves(way: Way, ends: PageEnds) -> Iterator[Way]:
    """Yield *way* with one more step for one of the holes that could be filled.

    Args:
        way: what was done about blocks so far.
        ends: how the pages then end.
    """
    for hole in ends.holes:
        for fills in _next(hole, ends, way.fills):
            yield way._replace(fills={**way.fills, **fills})


def ordered(numbers: Sequence[int], fills: Mapping[int, Fill]) -> list[int]:
    """Return the *numbers* of the blocks of a chapter in the order that *fills* gives them."""
    order = list(numbers)
    behind: dict[int, int] = {}
    for number, (step, after) in sorted(fills.items()):
        if step > BREAKS and number in order:
            order.remove(number)
            before = behind.get(after, after)
            order.insert(order.index(before) + 1 if before in order else 0, number)
            behind[after] = number
    return order


def white(ends: PageEnds) -> float:
    """Return how much is wrong with *ends*, in holes of the least size."""
    short = best_pages.short_end(ends.short.lines) if ends.short else 0.0
    return sum(hole.lines / EMPTY for hole in ends.holes) + short


def _next(hole: Hole, ends: PageEnds, fills: Mapping[int, Fill]) -> Iterator[Mapping[int, Fill]]:
    """Yield what could be done next about the block that left *hole*, and about those that move with it."""
    index = _displaced(hole, ends.blocks)
    if index is None:
        return
    block = ends.blocks[index]
    step, after = fills.get(block.number, (0, 0))
    if step < BREAKS and _breakable(block, ends.lead):
        yield {block.number: (BREAKS, block.number - 1)}
    if not _movable(block):
        return
    # Figures and tables directly behind it stay behind it.
    last = next((at for at in range(index, len(ends.blocks) - 1) if not _movable(ends.blocks[at + 1])), index)
    moved = [other.number for other in ends.blocks[index : last + 1] if fills.get(other.number, (0, 0))[0] < DOWN]
    if ends.blocks[last].page > hole.page + 1:
        step = max(step, DOWN)  # text below them would stand pages before the last one, which it follows
    captioned = block.tag == "figure" and bool(block.text)  # found by its number, it may stand in the next section
    if index and ends.blocks[index - 1].introduces and not captioned and hole.share < GREAT:
        step = max(step, DOWN)  # "as here:" would be followed by something else
    below = _below(last, ends, hole)
    if step < DOWN and below:
        yield dict.fromkeys(moved, (DOWN, below))
    if step < UP and (above := _above(index, ends, hole, fills)) is not None and above != after:
        yield {block.number: (UP, above)}
    if step < DOWN and not below:
        if captioned and (below := _below(last, ends, hole, headings=1)):
            yield dict.fromkeys(moved, (DOWN, below))
        if below := _below(last, ends, hole, part=True):
            yield dict.fromkeys(moved, (DOWN, below))


def _movable(block: BlockSize) -> bool:
    return block.tag == "figure" or "table" in block.kinds


def _displaced(hole: Hole, blocks: Sequence[BlockSize]) -> int | None:
    """Return the index of the block that did not fit: the first of the next page, or the one to which its headings and introduction belong."""
    index = next((at for at, block in enumerate(blocks) if block.number == hole.begins.block), None)
    if index is None:
        return None
    while index < len(blocks) and blocks[index].heading:
        index += 1
    while index + 1 < len(blocks) and blocks[index].tag == "p" and blocks[index].introduces:
        index += 1
    return index if index < len(blocks) and _stays_whole(blocks[index]) and blocks[index].page > hole.page else None


def _stays_whole(block: BlockSize) -> bool:
    return block.tag == "figure" or not WHOLE.isdisjoint(block.kinds)


def _breakable(block: BlockSize, lead: float) -> bool:
    if "callout" in block.kinds:
        return True
    high = block.rows >= LEAST_HIGH_ROWS and block.height >= block.rows * HIGH * lead
    return "table" in block.kinds and (block.rows >= LEAST_ROWS or high) and LONG_TABLE not in block.kinds


def _below(index: int, ends: PageEnds, hole: Hole, headings: int = 0, *, part: bool = False) -> int:
    """Return the number of the first block below that, with those between, fills *hole*; 0 if there is none before more *headings*.

    To fill a *part* of the hole, the last of these blocks is enough.
    """
    last = 0
    above = [block.height for block in ends.blocks[:index] if block.page > hole.page and not _movable(block)]
    height = sum(above) + ends.lead * bool(above)  # the first of them has lost its margin at the top of the page
    for block in ends.blocks[index + 1 :]:
        headings -= block.heads
        if (block.tag not in TEXT and not block.heading) or (block.heads and headings < 0):
            break
        height += block.height
        if block.heads:
            continue
        last = last if block.introduces else block.number
        if height > hole.room - EMPTY * ends.lead and last == block.number:
            return block.number
    return last if part else 0


def _above(index: int, ends: PageEnds, hole: Hole, fills: Mapping[int, Fill]) -> int | None:
    """Return the number of the nearest block above behind which there is room on the page of *hole*; None if there is none in the section."""
    block = ends.blocks[index]
    for at in range(index - 1, 0, -1):
        above = ends.blocks[at]
        if (
            above.tag not in TEXT
            or above.heads
            or above.page != hole.page
            or above.number in fills
            or ends.blocks[index - 1].introduces
        ):
            return None
        if above.top + block.height + ends.lead <= hole.ends and not ends.blocks[at - 1].introduces:
            return ends.blocks[at - 1].number
    return None


def arrange(body: Element, filling: Filling) -> None:
    """Number the blocks in the *body* of a chapter, and do with them what *filling* says."""
    blocks = dict(enumerate(body.iterchildren(etree.Element), 1))
    for number, block in blocks.items():
        block.set(BLOCK, str(number))
        if number in filling.lines:
            block.set(LINES, str(filling.lines[number]))
    for number, lines in sorted(filling.early):
        if number in blocks:
            _style(blocks[number], f"widows: {lines}" if lines else "break-before: page; margin-top: 0")
    for (number, item), space in filling.spaces.items():
        if number in blocks and item <= len(blocks[number]):
            part = blocks[number][item - 1] if item else blocks[number]
            _style(part, f"margin-top: {space:.2f}px")
    fills = {number: fill for number, fill in sorted(filling.fills.items()) if number in blocks}
    for number in fills:
        box = blocks[number]
        mark(box, LONG_TABLE if box.get(TABLE) else MAY_BREAK)
    moves = {number for number, (step, _) in fills.items() if step > BREAKS}
    for number in moves:
        blocks[number].tail = None
    before: Element | None = None
    for number in ordered(list(blocks), fills) if moves else ():
        block = blocks[number]
        block.set(MOVED, "yes" if number in moves else "no")
        if number in moves:
            body.remove(block)
            if before is not None:
                before.addnext(block)
            else:
                body.insert(0, block)
        before = block


def _style(part: Element, more: str) -> None:
    part.set("style", f"{part.get('style', '')}; {more}".strip("; "))
