"""Fills pages: what to do about white space before a block that does not fit, and about chapters that end with a few lines.

WeasyPrint leaves a figure, a table or a box where it is written; if it does not fit, the rest of the page stays white. So a layout is
measured, one block is allowed to break or is moved, and the chapter is laid out again:

1. a table of six rows or more, and a callout, may break across pages;
2. the block moves down, behind the text that fills the page, but never into another section;
3. the block moves up on its page, and the text before it runs on below it, unless that text introduces it with a colon;
4. the chapter begins a line or two higher or lower, so that all its pages break differently.

The last also helps where there is no such block. If nothing helps, the start with the least white space stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from lxml import etree

from book.body import BLOCK, MOVED, TABLE, Element, mark
from book.paged.boxes import LONG_TABLE
from book.paged.page_ends import EMPTY, BlockSize, Hole, PageEnds

LEAST_ROWS: Final = 6
"""The fewest rows of a table that may break: three on each side."""
BREAKS, DOWN, UP = 1, 2, 3
"""What is done about a block, in order: it may break, it moved down, it moved up. Later steps include the first."""
MAY_BREAK: Final = "may-break"
"""The kind of a block that may break although blocks of its kind usually stay whole."""
STARTS: Final = ("", "one-line-higher", "one-line-lower", "two-lines-higher", "three-lines-lower", "two-lines-lower")
"""Classes of a chapter that begins some lines higher or lower, in the order in which they are tried."""
TEXT: Final = frozenset({"p", "ul", "ol", "dl", "blockquote", "pre"})
"""Elements that may break across pages by themselves."""
WHOLE: Final = frozenset({"callout", "formula", "table"})
"""Kinds of blocks that stay whole; of these, only tables may move."""
WORTH = EMPTY + 1
"""Lines: with a smaller hole, a chapter is not tried at other starts, each of which takes a layout or more."""
SHORT_END = 2.0
"""The weight of a chapter that ends with a few lines, in holes of the least size."""

Fill = tuple[int, int]
"""What is done about a block, and the number of the block behind which it stands (0: at the beginning of the chapter)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """What fills the pages of one chapter."""

    start: int = 0
    """Index in :data:`STARTS`."""
    fills: Mapping[int, Fill] = field(default_factory=dict)
    """Number of a block -> what is done about it."""
    tried: tuple[tuple[float, int, Mapping[int, Fill]], ...] = ()
    """White space, start and blocks of the layouts that were tried."""
    settled: bool = False
    """Whether everything was tried."""


def improve(filling: Filling, ends: PageEnds, *, starts: bool = True) -> Filling:
    """Return *filling* with one more step for a chapter whose pages end as *ends* says; the same if nothing helps or is needed.

    Args:
        filling: what was done so far.
        ends: how the pages then end.
        starts: whether the chapter may begin higher or lower.
    """
    if filling.settled or not (ends.holes or ends.short):
        return filling
    for hole in ends.holes:
        for number, fill in _next(hole, ends, filling.fills):
            return replace(filling, fills={**filling.fills, number: fill})
    if not starts or not (ends.short or any(hole.lines >= WORTH for hole in ends.holes)):
        return filling
    tried = (*filling.tried, (_white(ends), filling.start, filling.fills))
    if filling.start + 1 < len(STARTS):
        return Filling(start=filling.start + 1, tried=tried)
    _, start, fills = min(tried, key=lambda way: way[0])
    return Filling(start=start, fills=fills, tried=tried, settled=True)


def _white(ends: PageEnds) -> float:
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
        if height > hole.room - EMPTY * ends.lead:
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
        if above.top + block.height + ends.lead <= hole.ends:
            return ends.blocks[at - 1].number
    return None


def arrange(body: Element, filling: Filling) -> None:
    """Number the blocks in the *body* of a chapter, and do with them what *filling* says."""
    blocks = dict(enumerate(body.iterchildren(etree.Element), 1))
    for number, block in blocks.items():
        block.set(BLOCK, str(number))
    fills = {number: fill for number, fill in sorted(filling.fills.items()) if number in blocks}
    moved = {number: after for number, (step, after) in fills.items() if step > BREAKS}
    for number in fills:
        box = blocks[number]
        mark(box, LONG_TABLE if box.get(TABLE) else MAY_BREAK)
    behind: dict[int, Element] = {}
    for number, after in moved.items():
        block = blocks[number]
        body.remove(block)
        block.tail = None
        if (before := behind.get(after, blocks.get(after))) is not None:
            before.addnext(block)
        else:
            body.insert(0, block)
        behind[after] = block
    for number, block in blocks.items() if moved else ():
        block.set(MOVED, "yes" if number in moved else "no")
