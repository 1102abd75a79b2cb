"""Fills pages: what to do about white space before a block that does not fit, and about chapters that end with a few lines.

WeasyPrint leaves a figure, a table or a box where it is written; if it does not fit, the rest of the page stays white. So one block after
the other is allowed to break or is moved:

1. a table of six rows or more, and a callout, may break across pages;
2. the block moves down, behind the text that fills the page, but never into another section, nor behind a text that ends with a colon;
3. the block moves up on its page, and the text before it runs on below it, unless that text introduces it with a colon.

The same is done for each start of the chapter: a line or two higher or lower, so that all its pages break differently. None of this is
laid out: :mod:`book.paged.makeup` estimates how the pages would end. The chapter is then laid out with the best of these plans, and
measured; if its pages end worse than was estimated, with the next one. What was measured to leave the least white space stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from lxml import etree

from book.body import BLOCK, MOVED, TABLE, Element, mark
from book.paged import makeup
from book.paged.boxes import LONG_TABLE
from book.paged.galley import Galley
from book.paged.page_ends import EMPTY, BlockSize, Hole, PageEnds

LEAST_ROWS: Final = 6
"""The fewest rows of a table that may break: three on each side."""
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
TRIES: Final = 3
"""How many plans are laid out, if each leaves more white space than was estimated."""
SHORT_END = 2.0
"""The weight of a chapter that ends with a few lines, in holes of the least size."""
BREADTH: Final = 3
"""How many ways from one start are taken a step further."""
MOST_STEPS: Final = 8
"""How many steps a way has at most."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """What fills the pages of one chapter."""

    start: int = 0
    """Index in :data:`STARTS`."""
    fills: Mapping[int, Fill] = field(default_factory=dict)
    """Number of a block -> what is done about it."""
    tried: tuple[Way, ...] = ()
    """What was laid out and measured."""
    plans: tuple[Way, ...] = ()
    """What is not laid out yet, the best first."""
    settled: bool = False
    """Whether everything was tried."""

    def same_pages(self, other: Filling) -> bool:
        """Return whether the pages with *other* are the same."""
        return (self.start, self.fills) == (other.start, other.fills)


def improve(
    filling: Filling,
    ends: PageEnds,
    galley: Callable[[], Galley | None],
    *,
    starts: bool = True,
    misplaced: bool = False,
) -> Filling:
    """Return the next way to fill the pages of a chapter whose pages end as *ends* says; the same if nothing helps or is needed.

    Args:
        filling: what was done so far.
        ends: how the pages then end.
        galley: returns the chapter as one column, as it was laid out; None if it cannot be read.
        starts: whether the chapter may begin higher or lower.
        misplaced: whether notes are on other pages than their references.
    """
    if filling.settled or not (ends.holes or ends.short or misplaced):
        return filling
    tried = (*filling.tried, Way(white(ends) + makeup.ASTRAY * misplaced, filling.start, filling.fills))
    plans = filling.plans
    if not filling.tried and filling.same_pages(Filling()) and (column := galley()) is not None:
        plans = planned(column, ends.lead, starts=starts)
    best = min(tried, key=lambda way: way.white)
    for number, plan in enumerate(plans if len(tried) <= TRIES else (), 1):
        if plan.white < best.white - GAIN and all(plan[1:] != way[1:] for way in tried):
            return Filling(start=plan.start, fills=plan.fills, tried=tried, plans=plans[number:])
    return Filling(start=best.start, fills=best.fills, tried=tried, settled=True)


def planned(galley: Galley, lead: float, *, starts: bool) -> tuple[Way, ...]:
    """Return the best way that is found for each start of a chapter, the best of all first.

    Args:
        galley: the chapter, laid out without any fills.
        lead: the distance of two lines.
        starts: whether it may begin higher or lower.
    """
    numbers = [unit.number for unit in galley.units if unit.number]
    ways: list[Way] = []
    for start, lower in enumerate(LINES_LOWER if starts else LINES_LOWER[:1]):

        def estimated(fills: Mapping[int, Fill], start: int = start, lower: int = lower) -> tuple[Way, PageEnds]:
            ends, strain = makeup.divide(galley, ordered(numbers, fills), fills.keys(), lower * lead, lead)
            return Way(white(ends) + strain, start, fills), ends

        ways.append(_best(estimated))
    return tuple(sorted(ways, key=_order))


def _order(way: Way) -> tuple[float, int]:
    return way.white, len(way.fills)


def _best(estimated: Callable[[Mapping[int, Fill]], tuple[Way, PageEnds]]) -> Way:
    """Return the best way that is found from one start: the steps of the best few ways so far are tried, until none helps."""
    front = [estimated({})]
    best, known = front[0][0], [front[0][0].fills]
    for _ in range(MOST_STEPS):
        steps = []
        for way, ends in front:
            for fills in moves(way.fills, ends):
                if fills not in known:
                    known.append(fills)
                    steps.append(estimated(fills))
        if not steps or best.white < GAIN:
            break
        front = sorted(steps, key=lambda step: _order(step[0]))[:BREADTH]
        best = min(best, front[0][0], key=_order)
    return best


def moves(fills: Mapping[int, Fill], ends: PageEnds) -> Iterator[Mapping[int, Fill]]:
    """Yield *fills* with one more step for one of the holes that could be filled.

    Args:
        fills: what was done about blocks so far.
        ends: how the pages then end.
    """
    for hole in ends.holes:
        for number, fill in _next(hole, ends, fills):
            yield {**fills, number: fill}


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
    return sum(hole.lines / EMPTY for hole in ends.holes) + (SHORT_END if ends.short else 0.0)


def _next(hole: Hole, ends: PageEnds, fills: Mapping[int, Fill]) -> Iterator[tuple[int, Fill]]:
    """Yield what could be done next about the block that left *hole*, with its number."""
    index = _displaced(hole, ends.blocks)
    if index is None:
        return
    block = ends.blocks[index]
    step, after = fills.get(block.number, (0, 0))
    if step < BREAKS and _breakable(block):
        yield block.number, (BREAKS, block.number - 1)
    if block.tag != "figure" and "table" not in block.kinds:
        return
    if step < DOWN and (below := _below(index, ends, hole)):
        yield block.number, (DOWN, below)
    if step < UP and (above := _above(index, ends, hole, fills)) is not None and above != after:
        yield block.number, (UP, above)


def _displaced(hole: Hole, blocks: Sequence[BlockSize]) -> int | None:
    """Return the index of the block that did not fit: the first of the next page, or the one to which its headings and introduction belong."""
    index = next((at for at, block in enumerate(blocks) if block.number == hole.begins.block), None)
    if index is None:
        return None
    while index < len(blocks) and blocks[index].heading:
        index += 1
    if index + 1 < len(blocks) and blocks[index].tag == "p" and blocks[index].text.endswith(":"):
        index += 1
    return index if index < len(blocks) and _stays_whole(blocks[index]) and blocks[index].page > hole.page else None


def _stays_whole(block: BlockSize) -> bool:
    return block.tag == "figure" or not WHOLE.isdisjoint(block.kinds)


def _breakable(block: BlockSize) -> bool:
    return "callout" in block.kinds or (
        "table" in block.kinds and block.rows >= LEAST_ROWS and LONG_TABLE not in block.kinds
    )


def _below(index: int, ends: PageEnds, hole: Hole) -> int:
    """Return the number of the first block below that, with those between, fills *hole*; 0 if there is none in the section."""
    height = 0.0
    for block in ends.blocks[index + 1 :]:
        if block.tag not in TEXT:
            break
        height += block.height
        if height > hole.room - EMPTY * ends.lead and not block.text.endswith(":"):
            return block.number
    return 0


def _above(index: int, ends: PageEnds, hole: Hole, fills: Mapping[int, Fill]) -> int | None:
    """Return the number of the nearest block above behind which there is room on the page of *hole*; None if there is none in the section."""
    block = ends.blocks[index]
    for at in range(index - 1, 0, -1):
        above = ends.blocks[at]
        if (
            above.tag not in TEXT
            or above.page != hole.page
            or above.number in fills
            or ends.blocks[index - 1].text.endswith(":")
        ):
            return None
        if above.top + block.height + ends.lead <= hole.ends and not ends.blocks[at - 1].text.endswith(":"):
            return ends.blocks[at - 1].number
    return None


def arrange(body: Element, filling: Filling) -> None:
    """Number the blocks in the *body* of a chapter, and do with them what *filling* says."""
    blocks = dict(enumerate(body.iterchildren(etree.Element), 1))
    for number, block in blocks.items():
        block.set(BLOCK, str(number))
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
