"""Page numbers of joined pages: taken out of the pages of a chapter, which does not know them, and set again when all pages are known.

A chapter is remembered without its folios (the margin boxes with the page number). For each kind of page, two sample pages with
numbers of different lengths show where the folio stands; every number is then set like them, by Pango. An edit that moves pages
therefore lays out no other chapter. :mod:`book.paged.boxes.margins` reads folios, :mod:`book.paged.box_changes` sets them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from book.amounts import roman
from book.paged.segments import PageKind

STYLES: Mapping[str, Callable[[int], str]] = {"decimal": str, "lower-roman": roman}
"""The styles of page numbers: name in CSS -> the number as it is printed."""
SAMPLES: Mapping[str, int] = {"decimal": 1000, "lower-roman": 8}
"""The number of the second sample page, by the style of its folio; that of the first one is 1."""


def numbers(kinds: Iterable[PageKind], last: int = 0) -> tuple[int, ...]:
    """Return the number of each page behind one with the number *last*.

    >>> pages = (PageKind(name="", side="right", blank=False, later=False, folio=True, restart=at) for at in (None, None, 1, None))
    >>> numbers(pages)
    (1, 2, 1, 2)
    """
    result, number = [], last
    for page in kinds:
        number = number + 1 if page.restart is None else page.restart
        result.append(number)
    return tuple(result)
