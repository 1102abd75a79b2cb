"""Lets facing pages end on the same line: a page that ends higher than the one beside it gets lines above its blocks, or a longer paragraph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from book.paged.page_ends import BlockSize, PageEnds

MOST_SPACES: Final = 3
"""The most lines of white space that are set above the blocks of one page so that less is at its foot."""
MOST_PARAGRAPHS: Final = 2
"""The most paragraphs of one page that are set a line longer."""
BOXES: Final = frozenset({"figure", "div", "pre"})
"""Elements that stand apart from the text, so that two lines more above them are not conspicuous."""
HAIR: Final = 0.05
"""Pixels by which a line of white space is smaller than a line, so that rounding does not push the last line off its page."""


class Adjustment(NamedTuple):
    """What makes the pages of a chapter end lower."""

    lines: Mapping[int, int]
    """Number of a paragraph -> the number of its lines, if it is not the best for the paragraph itself."""
    spaces: Mapping[int, float]
    """Number of a block -> its distance in pixels from the block above, if it is more than its style says."""


def uneven(ends: PageEnds, first: int) -> tuple[int, ...]:
    """Return the left pages that end half a line or more above or below the pages beside them.

    Args:
        ends: how the pages end.
        first: 0 if the first of them is a left one, else 1.
    """
    lefts = (page for page in ends.rooms if (page - 1 + first) % 2 == 0 and page + 1 in ends.rooms)
    return tuple(page for page in lefts if abs(ends.rooms[page] - ends.rooms[page + 1]) > ends.lead / 2)


def level(
    estimate: Callable[[Adjustment], PageEnds], begin: Adjustment, first: int, costs: Mapping[int, Mapping[int, float]]
) -> tuple[Adjustment, int]:
    """Return what lets more facing pages end on the same line, and the number of pairs that still do not.

    Nothing else about the pages becomes worse: neither their number nor the white space at their feet.

    Args:
        estimate: returns how the pages would end.
        begin: what is done about them already.
        first: 0 if the first page of the chapter is a left one, else 1.
        costs: number of a paragraph -> the numbers of lines that it may have, with their costs.
    """
    best, ends = begin, estimate(begin)
    for left in uneven(ends, first):
        for step in _steps(left, ends, best, costs):
            after = estimate(step)
            alike = (
                after.astray == ends.astray and after.rooms.keys() == ends.rooms.keys() and after.short == ends.short
            )
            if alike and len(after.holes) <= len(ends.holes) and len(uneven(after, first)) < len(uneven(ends, first)):
                best, ends = step, after
                break
    return best, len(uneven(ends, first))


def _steps(
    left: int, ends: PageEnds, before: Adjustment, costs: Mapping[int, Mapping[int, float]]
) -> Iterator[Adjustment]:
    """Yield *before* with as many more lines on the shorter of the page *left* and the one beside it as it needs: the least conspicuous first."""
    shorter, longer = sorted((left, left + 1), key=lambda page: ends.rooms[page], reverse=True)
    missing = min(ends.rooms[shorter] - ends.rooms[longer] + ends.lead / 2, ends.rooms[shorter] + HAIR)
    lines = int(missing / ends.lead)
    blocks = partable(shorter, ends, before.spaces)
    blocks += [
        block for block in blocks if block.heading
    ]  # a heading may stand two lines farther down, if others do not suffice
    paragraphs = _longer(shorter, ends, before.lines, costs)
    for more in range(min(lines, MOST_PARAGRAPHS, len(paragraphs)) + 1):
        if lines and lines - more <= min(len(blocks), MOST_SPACES):
            apart = Counter(block.number for block in blocks[: lines - more])
            gaps = {block.number: block.gap for block in blocks}
            spaces = {number: gaps[number] + count * ends.lead - HAIR for number, count in apart.items()}
            yield Adjustment({**before.lines, **dict(paragraphs[:more])}, {**before.spaces, **spaces})


def _longer(
    page: int, ends: PageEnds, lines: Mapping[int, int], costs: Mapping[int, Mapping[int, float]]
) -> list[tuple[int, int]]:
    """Return the paragraphs that begin on *page* and may have a line more, each with the number of its lines then, the best first."""
    paragraphs = [
        block for block in ends.blocks if block.page == page and block.number in costs and block.number not in lines
    ]
    more = [
        (costs[block.number][count], block.number, count)
        for block in paragraphs
        for count in [max(costs[block.number])]
    ]
    return [(number, count) for cost, number, count in sorted(more) if cost < 1]


def partable(page: int, ends: PageEnds, spaces: Mapping[int, float]) -> list[BlockSize]:
    """Return the blocks on *page* that may be a line farther from the block above, headings first."""
    pairs = zip(ends.blocks[1:], ends.blocks, strict=False)
    blocks = [block for block, above in pairs if block.page == page and may_part(block, above, ends.lead)]
    return sorted((block for block in blocks if block.number not in spaces), key=lambda block: not block.heading)


def may_part(block: BlockSize, above: BlockSize, lead: float) -> bool:
    """Return whether *block* may be farther from the block *above* it: not if it is a paragraph that follows another, or below its heading."""
    return block.gap > lead / 3 and not above.heading
