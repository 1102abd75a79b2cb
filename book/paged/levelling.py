"""Lets facing pages end on the same line: a page that ends higher than the one beside it gets lines above its blocks, or a longer paragraph.

The items of a list share a line or two among them, so that none of them is conspicuously far from the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from book.paged.page_ends import BlockSize, Item, PageEnds, Part

MOST_SPACES: Final = 3
"""The most lines of white space that one step sets above the blocks of one page so that less is at its foot."""
MOST_ON_PAGE: Final = 4
"""The most lines in all."""
MOST_PARAGRAPHS: Final = 2
"""The most paragraphs of one page that are set in a line more or less."""
MOST_VARIANTS: Final = 3
"""The most of them among which one is chosen."""
BOXES: Final = frozenset({"figure", "div", "pre"})
"""Elements that stand apart from the text, so that two lines more above them are not conspicuous."""
MOST_IN_LIST: Final = 1 / 3
"""The most lines of white space that are set between two items of a list."""
DEPTH: Final = 2
"""How many steps are taken at once where one does not help."""
BREADTH: Final = 6
"""How many of the steps that do not help are taken a step further."""
HAIR: Final = 0.05
"""Pixels by which a line of white space is smaller than a line, so that rounding does not push the last line off its page."""


class Adjustment(NamedTuple):
    """What makes the pages of a chapter end lower."""

    lines: Mapping[int, int]
    """Number of a paragraph -> the number of its lines, if it is not the best for the paragraph itself."""
    spaces: Mapping[Part, float]
    """Block or item of a list -> its distance in pixels from what is above it, if it is more than its style says."""


def uneven(ends: PageEnds, first: int | None) -> tuple[int, ...]:
    """Return the left pages that end half a line or more above or below the pages beside them.

    Args:
        ends: how the pages end.
        first: 0 if the first of them is a left one, 1 if it is a right one; None if it may be either, so that every page counts as a left one.
    """
    return tuple(left for left, apart in _differences(ends, first) if apart > 1 / 2)


def _differences(ends: PageEnds, first: int | None) -> Iterator[tuple[int, float]]:
    """Yield the left pages with the distances, in lines, by which they end above or below the pages beside them."""
    for page, room in ends.rooms.items():
        if page + 1 in ends.rooms and (first is None or (page - 1 + first) % 2 == 0):
            yield page, abs(room - ends.rooms[page + 1]) / ends.lead


def level(
    estimate: Callable[[Adjustment], PageEnds],
    begin: Adjustment,
    first: int | None,
    costs: Mapping[int, Mapping[int, float]],
    enough: Callable[[], bool],
) -> tuple[Adjustment, int]:
    """Return what lets more facing pages end on the same line, and the number of pairs that still do not.

    Nothing else about the pages becomes worse: neither their number nor the white space at their feet.

    Args:
        estimate: returns how the pages would end.
        begin: what is done about them already.
        first: 0 if the first page of the chapter is a left one, 1 if it is a right one; None if it may be either.
        costs: number of a paragraph -> the numbers of lines that it may have, with their costs.
        enough: returns whether so many estimates were made that no more pairs are tried.
    """
    best, ends = begin, estimate(begin)
    unchanged = estimate(Adjustment(begin.lines, {})) if begin.spaces else ends
    gaps = {block.number: block.gap for block in unchanged.blocks}
    while pairs := uneven(ends, first):
        better = _first_better(estimate, best, ends, first, costs, pairs, gaps, enough)
        if better is None:
            return best, len(pairs)
        best, ends = better
    return best, 0


def _first_better(
    estimate: Callable[[Adjustment], PageEnds],
    before: Adjustment,
    ends: PageEnds,
    first: int | None,
    costs: Mapping[int, Mapping[int, float]],
    pairs: Sequence[int],
    gaps: Mapping[int, float],
    enough: Callable[[], bool],
) -> tuple[Adjustment, PageEnds] | None:
    """Return the best step for the first of the uneven *pairs* for which one helps, and how the pages then end."""
    now = _unevenness(ends, first)
    for left in pairs:
        front = [_Step((0, 0.0), 0.0, 0, before, ends)]
        for _ in range(DEPTH):
            steps: list[_Step] = []
            for step in front:
                for adjustment, cost in _steps(left, step.ends, step.adjustment, costs, gaps):
                    if enough():
                        return None
                    after = estimate(adjustment)
                    if _alike(after, ends):
                        value = _unevenness(after, first)
                        steps.append(_Step(value, step.cost + cost, len(steps), adjustment, after))
                        if value < now and not value[0]:
                            break
            front = sorted(steps, key=lambda step: step[:3])[:BREADTH]
            if front and front[0].value < now:
                return front[0].adjustment, front[0].ends
    return None


class _Step(NamedTuple):
    """An adjustment, and how the pages would end; the best is the least."""

    value: tuple[int, float]
    cost: float
    number: int
    adjustment: Adjustment
    ends: PageEnds


def _alike(after: PageEnds, before: PageEnds) -> bool:
    """Return whether nothing but the level of the feet of pages differs, or is better."""
    return (
        after.astray == before.astray
        and after.rooms.keys() == before.rooms.keys()
        and after.short == before.short
        and len(after.holes) <= len(before.holes)
    )


def _unevenness(ends: PageEnds, first: int | None) -> tuple[int, float]:
    """Return the number of uneven pairs, and the sum of their differences in lines."""
    apart = [lines for _, lines in _differences(ends, first) if lines > 1 / 2]
    return len(apart), round(sum(apart), 1)


def _steps(
    left: int,
    ends: PageEnds,
    before: Adjustment,
    costs: Mapping[int, Mapping[int, float]],
    gaps: Mapping[int, float],
) -> Iterator[tuple[Adjustment, float]]:
    """Yield *before* with one more change near the page *left*, each with its cost, the least conspicuous first.

    Lines above the blocks of a page, or a longer paragraph, let it end lower; if it is full, its last lines go to the next page.
    """
    shorter, longer = sorted((left, left + 1), key=lambda page: ends.rooms[page], reverse=True)
    missing = min(ends.rooms[shorter] - ends.rooms[longer], ends.rooms[shorter]) / ends.lead
    likely = max(1, round(missing))
    for page in (shorter, longer, left - 1):
        blocks = _by_lines(page, ends, gaps)
        paragraphs = _other_lines(page, ends, before.lines, costs)
        for more, items in _lists(page, ends, before.spaces):
            # All of the rest, where it is a little less than so many lines.
            count = min(missing, more) if page == shorter and missing > more - 1 / 2 >= 0 else more
            spaces = _apart_in_list(items, count * ends.lead)
            yield Adjustment(before.lines, {**before.spaces, **spaces}), more / 10
        for lines, cost in [({}, 0.0), *paragraphs]:
            changed = {**before.lines, **lines}
            for count in sorted(range(not lines, MOST_SPACES + 1), key=lambda count: abs(count - likely)):
                if count <= len(blocks):
                    share = min(1.0, missing / count) if page == shorter and missing > count - 1 / 2 >= 0 else 1.0
                    spaces = _apart(blocks[:count], share * ends.lead)
                    yield Adjustment(changed, {**before.spaces, **spaces}), cost + count / 10


def _by_lines(page: int, ends: PageEnds, gaps: Mapping[int, float]) -> list[BlockSize]:
    """Return the blocks on *page* that may be a line farther from the block above, one that may be two lines farther twice.

    Args:
        page: the number of the page.
        ends: how the pages end.
        gaps: number of a block -> its distance from the block above, as its style has it.
    """
    blocks = partable(page, ends, {})
    done = {block.number: round((block.gap - gaps.get(block.number, 0.0)) / ends.lead) for block in blocks}
    more = [
        block
        for number in range(1, 3)
        for block in blocks
        if done[block.number] < number and (number == 1 or block.heading or block.tag in BOXES)
    ]
    return more[: max(0, MOST_ON_PAGE - sum(done.values()))]


def _apart(blocks: Sequence[BlockSize], more: float) -> dict[Part, float]:
    """Return the distances of *blocks* from the blocks above if each of them is *more* pixels farther down for each time that it occurs."""
    times = Counter(block.number for block in blocks)
    return {(block.number, 0): block.gap + times[block.number] * more - HAIR for block in blocks}


def _lists(page: int, ends: PageEnds, spaces: Mapping[Part, float]) -> Iterator[tuple[int, Sequence[Item]]]:
    """Yield the lists on *page* whose items may stand a little farther apart, with the lines that this takes in all."""
    lists: dict[int, list[Item]] = {}
    for item in ends.items:
        if item.page == page:
            lists.setdefault(item.part[0], []).append(item)
    for items in lists.values():
        if not any(item.part in spaces for item in items):
            for lines in range(1, MOST_SPACES + 1):
                if lines <= MOST_IN_LIST * len(items):
                    yield lines, items


def _apart_in_list(items: Sequence[Item], more: float) -> dict[Part, float]:
    """Return the distances of *items* if the last of them is *more* pixels farther down."""
    return {item.part: item.gap + (more - HAIR) / len(items) for item in items}


def _other_lines(
    page: int, ends: PageEnds, lines: Mapping[int, int], costs: Mapping[int, Mapping[int, float]]
) -> Sequence[tuple[Mapping[int, int], float]]:
    """Return the paragraphs that begin on *page* in another number of lines, each with its cost, the best first."""
    if sum(block.page == page and block.number in lines for block in ends.blocks) >= MOST_PARAGRAPHS:
        return []
    paragraphs = (
        block.number
        for block in ends.blocks
        if block.page == page and block.number in costs and block.number not in lines
    )
    others = sorted((cost, number, count) for number in paragraphs for count, cost in costs[number].items())
    return [({number: count}, cost) for cost, number, count in others if cost < 1][:MOST_VARIANTS]


def partable(page: int, ends: PageEnds, spaces: Mapping[Part, float]) -> list[BlockSize]:
    """Return the blocks on *page* that may be a line farther from the block above, headings first."""
    pairs = zip(ends.blocks[1:], ends.blocks, strict=False)
    blocks = [block for block, above in pairs if block.page == page and may_part(block, above, ends.lead)]
    return sorted((block for block in blocks if (block.number, 0) not in spaces), key=lambda block: not block.heading)


def may_part(block: BlockSize, above: BlockSize, lead: float) -> bool:
    """Return whether *block* may be farther from the block *above* it: not if it is a paragraph that follows another, or below its heading."""
    return block.gap > lead / 3 and not above.heading and not block.tag == above.tag == "p"
