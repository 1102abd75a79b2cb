"""Optimum line breaks: all lines of a paragraph chosen together, so that its word spaces are as even as they can be.

The method is that of D. E. Knuth and M. F. Plass, "Breaking Paragraphs into Lines", Software: Practice and Experience 11
(1981): every way to break the paragraph is a path from break to break, each line has demerits, and the path with the
fewest is found in one pass. This module knows nothing of fonts or WeasyPrint; all lengths have the same unit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from msgspec import Struct

__all__ = ["Break", "Paragraph", "choose", "variants"]

STRETCH: Final = 0.5
"""Share of the width of a space by which a space is wider in a line of badness 100."""
SHRINK: Final = 0.38
"""Share of the width of a space by which a space may be narrower: in the typefaces of books, three fifths of a space still separate words."""
NARROWEST: Final = 0.14
"""Share of the size of the type: no space is narrower, also in a typeface whose natural one is narrow, or words run together."""
SHORTEST: Final = 0.45
"""Share of the measure: a shorter line, other than the last, is not considered."""
LINE: Final = 1.0
"""Added to the badness of every line, so that of two equal ways the one with fewer lines is chosen."""
HYPHEN: Final = 1_000.0
"""Penalty of a divided word; with it, about one line in 23 of an English book ends in a hyphen."""
FRAGMENT: Final = 1_800.0
"""Penalty of a divided word with two letters alone: better than a line with spaces three times too wide."""
RUN: Final = 30_000.0
"""Demerits of two divided words in succession, and of a divided word before the last line."""
LONGEST_RUN: Final = 2
"""The most lines in succession that may end in a hyphen."""
RARE: Final = 1e11
"""Demerits of a line that ends in a hyphen after that many, or within a word that should stay whole: only an overfull line is worse."""
CONTRAST: Final = 3_000.0
"""Demerits of a tight line next to a loose one."""
RUNT: Final = 1e7
"""Demerits of a last line of a few letters, which is chosen only if there is no other way."""
OVERFULL: Final = 1e12
"""Demerits of a line that is wider than the measure even with its narrowest spaces."""
LOOSEST: Final = 1.8
"""The most by which the spaces of a line may be stretched, as a ratio, where a paragraph is set a line longer or shorter to fill a page."""
RAGGED: Final = 0.1
"""Share of the measure that a ragged line of badness 100 leaves empty."""
LIMITS: Final = (2.0, 3.3, 5.0, math.inf)
"""How far the spaces of a line may be stretched, as a ratio, in one search after the other: there are far fewer ways with even lines."""
TOLERANCE: Final = 1e-6
"""Tolerance for sums of widths."""
TIGHT, EVEN, LOOSE, VERY_LOOSE = range(4)
"""Classes of lines by the width of their spaces; neighbours should not be more than one class apart."""


class Break(NamedTuple):
    """A place where a line may end, and what comes before and after it."""

    offset: int
    """Offset of the first character of the next line."""
    end: float
    """Width of the paragraph up to the last letter before the break, with the hyphen that is added."""
    end_spaces: int
    """Number of spaces of the paragraph up to there."""
    start: float
    """Width of the paragraph up to the first letter after the break; spaces at the break belong to no line."""
    start_spaces: int
    """Number of spaces of the paragraph up to there."""
    hyphen: bool = False
    """Whether it divides a word."""
    fragment: bool = False
    """Whether it divides a word after or before two letters."""
    whole: bool = False
    """Whether it divides a word that should stay whole: only an overfull line is worse."""


class _Node(Struct, eq=False):
    """The best known way to a break, for a number of hyphens in succession and a class of the line before it."""

    index: int
    """The index of the break; -1 for the start of the paragraph."""
    start: float
    spaces: int
    measure: float
    """The width of the line that begins here."""
    hyphens: int
    """The number of divided words at the ends of the lines just before it."""
    fitness: int = EVEN
    """The class of the line before it."""
    demerits: float = 0.0
    line: int = 0
    """The number of lines up to here, if they are counted."""
    ratio: float = 0.0
    """How far the spaces of the line before it are from their natural width."""
    before: _Node | None = None


class Paragraph(Struct, frozen=True, kw_only=True):
    """What the lines of a paragraph are chosen from."""

    breaks: Sequence[Break]
    """The possible breaks in order; the last one is the end of the paragraph."""
    measure: float
    """The width of a line."""
    space: float
    """The natural width of a space."""
    size: float = 0.0
    """The size of the type."""
    first: float | None = None
    """The width of the first line, if it differs."""
    start: float = 0.0
    """The width of the paragraph before its first line, if some of its lines are already set."""
    spaces: int = 0
    """The number of spaces of the paragraph before its first line."""
    runt: int | None = None
    """An offset; a last line that begins after it is too short to stand alone."""
    ragged: bool = False
    """Whether its lines are not justified: spaces stay as they are, and lines end where they do."""


def choose(paragraph: Paragraph, lines: int | None = None) -> list[int]:
    """Return the indexes of the breaks to use; the last one is always the end of the paragraph.

    Args:
        paragraph: the possible breaks, and the width of its lines.
        lines: the number of lines; None for as many as the best way has. If there is no way with so many, the best one is returned.

    Returns:
        One index per line. A line that cannot be narrow enough is as narrow as possible.

    Examples:
        Eight words of equal width on lines of four; the same with a line more, whose first line has wider spaces:

        >>> words = [
        ...     Break(offset=4 * n, end=4.0 * n - 1, end_spaces=n - 1, start=4.0 * n, start_spaces=n) for n in range(1, 9)
        ... ]
        >>> choose(Paragraph(breaks=words, measure=15.0, space=1.0))
        [3, 7]
        >>> choose(Paragraph(breaks=words, measure=15.0, space=1.0), 3)
        [2, 6, 7]
    """
    ends = _ends(paragraph, counted=True, more=math.inf) if lines is not None else _ends(paragraph, counted=False)
    best = min(ends, key=_demerits)
    if lines is not None:
        best = min((node for node in ends if node.line == lines), key=_demerits, default=best)
    return [node.index for node in _path(best)]


def balanced(paragraph: Paragraph) -> list[int]:
    """Return the indexes of the breaks of a title: as few lines as there must be, of about the same length; no word is divided.

    The list is empty if a word is wider than the line.

    >>> words = [
    ...     Break(offset=4 * n, end=4.0 * n - 1, end_spaces=n - 1, start=4.0 * n, start_spaces=n) for n in range(1, 7)
    ... ]
    >>> balanced(Paragraph(breaks=words, measure=20.0, space=1.0))
    [2, 5]
    """
    best = _filled(paragraph, paragraph.measure)
    low, high = 0.0, paragraph.measure
    while best and high - low > TOLERANCE:
        middle = (low + high) / 2
        lines = _filled(paragraph, middle)
        if lines and len(lines) <= len(best):
            best, high = lines, middle
        else:
            low = middle
    return best


def _filled(paragraph: Paragraph, measure: float) -> list[int]:
    """Return the indexes of the breaks of lines that are as full as possible; empty if a word is wider than *measure*."""
    lines: list[int] = []
    start, last, begin = paragraph.start, None, paragraph.start
    for index, place in enumerate(paragraph.breaks):
        if place.hyphen:
            continue
        if place.end - start > measure and last is not None:
            lines.append(last)
            start = begin
        if place.end - start > measure:
            return []
        last, begin = index, place.start
    return [*lines, len(paragraph.breaks) - 1]


def variants(paragraph: Paragraph, lines: int) -> dict[int, float]:
    """Return the numbers of lines that *paragraph* may have without harm, one more or less than *lines*, each with its cost, from 0 to 1.

    No line is then looser than :data:`LOOSEST`.
    """
    ends = _ends(paragraph, counted=True, more=RUNT)
    best = min(ends, key=_demerits)
    costs = {}
    for node in sorted(ends, key=_demerits, reverse=True):
        cost = (node.demerits - best.demerits) / RUNT
        if abs(node.line - lines) == 1 and cost < 1 and max(step.ratio for step in _path(node)) <= LOOSEST:
            costs[node.line] = cost
    return costs


def _demerits(node: _Node) -> float:
    return node.demerits


def _path(last: _Node) -> list[_Node]:
    """Return the breaks that lead to *last*, in order, without the start of the paragraph."""
    path, node = [], last
    while node.before is not None:
        path.append(node)
        node = node.before
    return path[::-1]


def _ends(paragraph: Paragraph, *, counted: bool, more: float = 0.0) -> list[_Node]:
    """Return the best ways to the end of *paragraph*; if lines are *counted*, those of each number of lines.

    Args:
        paragraph: the paragraph.
        counted: whether lines are counted.
        more: how many more demerits than the best way others may have that are looked for; beyond, some may be missing.
    """
    for limit in (limit for limit in LIMITS if more < _badness(limit) or limit == math.inf):
        ends = _ends_within(paragraph, limit, counted=counted)
        if ends and min(map(_demerits, ends)) + more <= _badness(limit):  # a way with a looser line is worse
            break
    return ends


def shrink_of(space: float, size: float) -> float:
    """Return by how much a space may be narrower than *space*, its natural width, in type of a *size*.

    >>> round(shrink_of(2.5, 10.0), 2), round(shrink_of(2.0, 10.0), 2), shrink_of(1.3, 10.0)
    (0.95, 0.6, 0.0)
    """
    return max(0.0, min(SHRINK * space, space - NARROWEST * size))


def _badness(ratio: float) -> float:
    """Return the demerits of a line whose spaces are so far from their natural width."""
    return (LINE + 100 * abs(ratio) ** 3) ** 2


def _ends_within(paragraph: Paragraph, limit: float, *, counted: bool) -> list[_Node]:
    """Return the same of the ways in which no line is looser than the *limit*; none if there is no such way."""
    breaks, measure = paragraph.breaks, paragraph.measure
    first, runt, ragged = paragraph.first, paragraph.runt, paragraph.ragged
    shrink, stretch = (0.0, 0.0) if ragged else (shrink_of(paragraph.space, paragraph.size), STRETCH * paragraph.space)
    active = [_Node(-1, paragraph.start, paragraph.spaces, measure if first is None else first, 0)]
    for index, candidate in enumerate(breaks):
        final, divided, end, spaces = index == len(breaks) - 1, candidate.hyphen, candidate.end, candidate.end_spaces
        start, begun = candidate.start, candidate.start_spaces
        reached: dict[tuple[int, int, int], _Node] = {}
        remaining = []
        for node in active:  # most of the time of a book's line breaking is spent here
            width = node.measure
            extra, count = width - (end - node.start), spaces - node.spaces
            fits = extra >= -shrink * count - TOLERANCE  # with its narrowest spaces
            if fits or divided:  # without the hyphen, a later break of the same line may still fit
                remaining.append(node)
            if not fits or (width - extra < SHORTEST * width and not final):
                continue
            if ragged:  # its spaces are natural: what counts is what it leaves empty
                ratio = extra / (RAGGED * width)
            else:
                ratio = extra / (count * (stretch if extra > 0 or not shrink else shrink)) if count else extra / stretch
            if ratio > limit and not final:
                continue
            hyphens = min(node.hyphens, LONGEST_RUN) + 1 if divided else 0
            ratio = min(0.0, ratio) if final else ratio
            if final:
                fitness = EVEN
            elif ratio <= 0.5:
                fitness = TIGHT if ratio < -0.5 else EVEN
            else:
                fitness = LOOSE if ratio <= 1 else VERY_LOOSE
            demerits = node.demerits + (LINE + 100 * abs(ratio) ** 3) ** 2
            if abs(fitness - node.fitness) > 1:
                demerits += CONTRAST
            if divided:
                demerits += (FRAGMENT if candidate.fragment else HYPHEN) ** 2
                demerits += RARE * (int(hyphens > LONGEST_RUN) + int(candidate.whole))
            if node.hyphens and (divided or final):
                demerits += RUN
            if final and runt is not None and node.index >= 0 and breaks[node.index].offset > runt:
                demerits += RUNT
            number = node.line + counted
            key = hyphens, fitness, number
            if key not in reached or demerits < reached[key].demerits:
                reached[key] = _Node(index, start, begun, measure, hyphens, fitness, demerits, number, ratio, node)
        if not remaining and not reached:
            if limit < math.inf:
                return []
            node = min(active, key=lambda node: (-node.index, node.demerits))
            cost, number = node.demerits + OVERFULL, node.line + counted
            reached[0, EVEN, number] = _Node(index, start, begun, measure, 0, EVEN, cost, number, 0.0, node)
        active = [*remaining, *reached.values()]
    return [node for node in active if node.index == len(breaks) - 1]
