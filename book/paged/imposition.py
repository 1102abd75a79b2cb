"""The arithmetic of paper: where a page stands on a sheet, and which pages stand side by side on which one. Pages count from 1; 0 is a blank."""

from __future__ import annotations

import math
from collections.abc import Sequence

from book.edition import Trim
from book.model import Sheet

POINTS = 72 / 25.4
"""Points per millimetre."""

LEAVES = 4
"""Pages on one sheet that is folded once."""
CREEP = 0.13
"""Shift of the pages of a sheet towards the fold, in millimetres, for each sheet around it: office paper of 80 g is 0.1 mm thick."""
MOST_CREEP = 1.2
"""The longest shift."""


def around(page: Sequence[float], paper: Trim) -> tuple[float, float, float, float]:
    """Return the edges of a *paper* around a *page* in its middle, in points: left, bottom, right, top.

    >>> [round(edge, 1) for edge in around((0, 0, 595.3, 792), Trim(width_mm=210, height_mm=297))]
    [0.0, -24.9, 595.3, 816.9]
    """
    left, bottom, right, top = page
    across, up = (paper.width_mm * POINTS - (right - left)) / 2, (paper.height_mm * POINTS - (top - bottom)) / 2
    return left - across, bottom - up, right + across, top + up


def scale(page: Trim, paper: Trim) -> float:
    """Return the size at which a *page* fits on half of a *paper* in landscape, at most 1.

    >>> [round(scale(Trim(width_mm=152.4, height_mm=228.6), Trim(width_mm=297, height_mm=height)), 3) for height in (210, 230)]
    [0.919, 0.974]
    """
    return min(1.0, paper.width_mm / 2 / page.width_mm, paper.height_mm / page.height_mm)


def signatures(pages: int, most: int = 32) -> tuple[tuple[Sheet, ...], ...]:
    """Return the sheets of a text block, signature by signature: more than *most* pages of paper fold badly.

    The block is divided as evenly as whole sheets allow, thicker signatures first, so that the last one is not a single sheet.

    Args:
        pages: number of pages in the text block, at least 1.
        most: most pages in one signature, at least 4; rounded down to a multiple of 4.

    Raises:
        ValueError: if *pages* is less than 1 or *most* less than 4.

    >>> [len(sheets) for sheets in signatures(32)], [len(sheets) for sheets in signatures(44)]
    ([8], [6, 5])
    >>> signatures(44)[1][0]
    Sheet(recto=(44, 25), verso=(26, 43))
    """
    if pages < 1:
        raise ValueError(f"a booklet has at least one page, not {pages}")
    if most < LEAVES:
        raise ValueError(f"a signature has at least {LEAVES} pages, not {most}")
    sheets = math.ceil(pages / LEAVES)
    count = math.ceil(sheets / (most // LEAVES))
    thin, thick = divmod(sheets, count)
    groups, first = [], 1
    for number in range(count):
        length = LEAVES * (thin + (number < thick))
        groups.append(_signature(first, length, pages))
        first += length
    return tuple(groups)


def creep(step: int) -> float:
    """Return how far the pages of a sheet are moved towards the fold, in millimetres.

    A sheet lies outside the one before it, and its fold farther from the back by the thickness of the paper: without a shift,
    the text of the inner sheets would stand nearer to the outer edge.

    Args:
        step: the number of sheets around it in its signature.

    >>> [creep(step) for step in (0, 1, 7, 30)]
    [0.0, 0.13, 0.91, 1.2]
    """
    return min(round(step * CREEP, 2), MOST_CREEP)


def _signature(first: int, length: int, last: int) -> tuple[Sheet, ...]:
    """Return the sheets of *length* pages from *first* on; pages after *last* are blanks."""

    def page(number: int) -> int:
        return number if number <= last else 0

    end = first + length - 1
    return tuple(
        Sheet(
            recto=(page(end - step), page(first + step)),
            verso=(page(first + step + 1), page(end - step - 1)),
        )
        for step in range(0, length // 2, 2)
    )
