"""The pages of a document that WeasyPrint laid out: their sides, sizes, anchors, links and bookmarks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from book.paged.boxes import tree
from book.paged.segments import Bookmark, UnjoinableError


def opening(sheet: Any) -> tuple[str, bool]:
    """Return the side of a page, ``left`` or ``right``, and whether a chapter, a part or another section stands on it."""
    page = tree.root(sheet)
    return str(page.page_type.side), "section" in {box.element_tag for box in tree.within(page)}


def behind(sheets: Sequence[Any], after: str) -> Sequence[Any]:
    """Return *sheets* without the first one, which is on the side *after* and must be empty.

    Raises:
        UnjoinableError: it is not.
    """
    first, *others = sheets
    if not others or opening(first) != (after, False):
        raise UnjoinableError("a chapter does not begin on a new page")
    return others


def gather_anchors(sheets: Sequence[Any]) -> tuple[dict[str, int], frozenset[str]]:
    """Return the ids on *sheets* with the first page of each, from 0, and those that only links on them name."""
    places: dict[str, int] = {}
    for number, sheet in enumerate(sheets):
        for name in sheet.anchors:
            places.setdefault(name, number)
    targets = {target for sheet in sheets for kind, target, *_ in sheet.links if kind == "internal"}
    return places, frozenset(targets - places.keys())


def heights(sheets: Sequence[Any]) -> tuple[float, ...]:
    """Return the height of each page."""
    return tuple(float(sheet.height) for sheet in sheets)


def gather_bookmarks(sheets: Sequence[Any]) -> tuple[tuple[Bookmark, ...], ...]:
    """Return the bookmarks of each page."""
    return tuple(
        tuple(
            Bookmark(level=level, label=label, x=float(x), y=float(y), state=state)
            for level, label, (x, y), state in sheet.bookmarks
        )
        for sheet in sheets
    )
