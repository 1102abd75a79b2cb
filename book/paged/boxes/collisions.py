"""Lines of text that stand on each other, or not on their page, which no proof of words can see.

The lines of a page are compared where they stand, not the boxes in them: a line within a line, as in a box between words, is a part of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from book.paged.boxes import tree
from book.paged.boxes.tree import KINDS, LINE, MARGIN, Box
from book.paged.pages import Collision

SLACK = 1.5
"""Pixels: lines that meet in less do not stand on each other."""
CAPITALS = 0.65
"""The height of capitals as a share of the size of the type, or a little less."""


class _Place(NamedTuple):
    """Where a line stands on its page, in pixels; those of one page are sorted from top to bottom."""

    upper: float
    begin: float
    lower: float
    end: float
    order: int
    line: Box
    chapter: str


def collisions(sheet: Box) -> tuple[Collision, ...]:
    """Return the lines on the page *sheet* that stand on others, or that the edges of the paper cut.

    A theme may put text into the margins. Lines that are too long for their page are found as the texts in them
    (:class:`book.paged.inspection.Defect`), since a table may be made to fit.
    """
    return (*_outside(places := sorted(_places(sheet)), sheet), *_overlapping(places))


def _places(sheet: Box) -> Iterator[_Place]:
    """Yield the place of each line on *sheet*, without margin boxes."""
    stack = [(sheet, "")]
    order = 0
    while stack:
        box, chapter = stack.pop()
        box = tree.laid_out(box)
        kind = KINDS.get(type(box).__name__, MARGIN)
        if kind == LINE:
            left, top = float(box.position_x), float(box.position_y)
            if box.width > SLACK and tree.text_of(box).strip():
                order += 1
                yield _Place(top, left, top + float(box.height), left + float(box.width), order, box, chapter)
        elif kind != MARGIN:
            chapter = tree.chapter_of(box) or chapter
            stack.extend((child, chapter) for child in reversed(box.children))


def _outside(places: list[_Place], sheet: Box) -> Iterator[Collision]:
    bottom = float(sheet.margin_height()) + SLACK
    for place in places:
        if place.upper < -SLACK or place.lower > bottom or place.begin < -SLACK:
            yield Collision(chapter=place.chapter, text=tree.text_of(place.line), other="")


def _overlapping(places: list[_Place]) -> Iterator[Collision]:
    above: list[_Place] = []
    for place in places:
        above = [other for other in above if other.lower > place.upper + SLACK]
        for other in above:
            if min(place.end, other.end) - max(place.begin, other.begin) > SLACK and _touch(place.line, other.line):
                yield Collision(chapter=place.chapter, text=tree.text_of(place.line), other=tree.text_of(other.line))
        above.append(place)


def _touch(line: Box, other: Box) -> bool:
    """Return whether the letters of two lines stand at the same height; a style may let only the space around them overlap."""
    (top, bottom), (upper, lower) = _letters(line), _letters(other)
    return min(bottom, lower) - max(top, upper) > SLACK


def _letters(line: Box) -> tuple[float, float]:
    """Return between which heights the letters of *line* stand, without what goes below their baseline."""
    texts = [box for box in tree.within(line) if tree.is_text(box) and box.text.strip()]
    lines = [(float(box.position_y + box.baseline), float(box.style["font_size"])) for box in texts]
    return min(base - CAPITALS * size for base, size in lines), max(base for base, _ in lines)
