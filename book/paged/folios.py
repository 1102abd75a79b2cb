"""Page numbers of joined pages: taken out of the pages of a chapter, which does not know them, and set again when all pages are known.

A chapter is remembered without its folios (the margin boxes with the page number). For each kind of page, two sample pages with
numbers of different lengths show where the folio stands; every number is then set like them, by Pango. An edit that moves pages
therefore lays out no other chapter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from book.paged.boxes import Box
from book.paged.segments import UnjoinableError

NUMBER = (("counter()", ("page", "decimal")),)
"""The content of a margin box that holds a page number and nothing else, as WeasyPrint computes it."""
SAMPLES = (1, 1000)
"""The numbers of the two sample pages."""

Line = Callable[[str, Any], tuple[Any, float]]
"""Sets a text in a style; returns Pango's layout of it, and its width."""


def take_out(sheet: Any) -> None:
    """Take the folios out of a page that WeasyPrint laid out.

    Raises:
        UnjoinableError: a margin box has a page number beside something else.
    """
    box = sheet._page_box  # noqa: SLF001 - as in book/paged/boxes.py
    numbers = set(map(id, _folios(box)))
    if numbers:
        sheet._page_box = box.copy_with_children([child for child in box.children if id(child) not in numbers])  # noqa: SLF001 - the same


def kind(sheet: Any) -> str:
    """Return the name that a page has in ``@page NAME``; empty if it has none."""
    return str(sheet._page_box.page_type.name or "")  # noqa: SLF001 - as above


def _folios(page: Box) -> list[Box]:
    """Return the margin boxes of *page* with its number.

    Raises:
        UnjoinableError: as for :func:`take_out`.
    """
    boxes = [child for child in page.children if type(child).__name__ == "MarginBox"]
    for box in boxes:
        if box.style["content"] != NUMBER and any(part[0] == "counter()" for part in box.style["content"]):
            raise UnjoinableError("a margin box has a page number beside something else")
    return [box for box in boxes if box.style["content"] == NUMBER]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Where the folios of one kind of page stand."""

    page: Box
    folios: tuple[tuple[Box, Box], ...]
    """The margin boxes with the numbers, a pair for each."""

    def numbered(self, number: int, line: Line) -> Box:
        """Return a page with nothing but the folios for *number*."""
        page = self.page.copy_with_children(
            [_renumbered(short, long, str(number), line) for short, long in self.folios]
        )
        page.background = page.canvas_background = None
        return page


def sample(short: Any, long: Any) -> Sample:
    """Return the sample of a kind of page.

    Args:
        short: a page of the kind with the first number of :data:`SAMPLES`.
        long: the same with the second one.

    Raises:
        UnjoinableError: its folio does not stand on one line at the same height, or its box is painted.
    """
    page = short._page_box  # noqa: SLF001 - as above
    folios = tuple(zip(_folios(page), _folios(long._page_box), strict=True))  # noqa: SLF001 - the same
    for boxes in folios:
        left, right = (_text(box) for box in boxes)
        if (left.text, right.text) != tuple(map(str, SAMPLES)) or left.position_y != right.position_y:
            raise UnjoinableError("a page number does not stand on one line")
        if any(box.background is not None for box in boxes):
            raise UnjoinableError("the box of a page number is painted")
    return Sample(page=page, folios=folios)


def _text(box: Box) -> Box:
    """Return the one text in the margin box *box*.

    Raises:
        UnjoinableError: it has more than one.
    """
    texts = list(_texts([box]))
    if len(texts) != 1:
        raise UnjoinableError("a page number has several parts")
    return texts[0]


def _texts(boxes: Iterable[Box]) -> Iterable[Box]:
    for box in boxes:
        if type(box).__name__ == "TextBox":
            yield box
        else:
            yield from _texts(box.children)


def _renumbered(short: Box, long: Box, number: str, line: Line) -> Box:
    """Return the margin box *short* with *number*: where it begins depends on its width alone, as the samples show."""
    before, after = _text(short), _text(long)
    layout, width = line(number, before.style)
    text = before.copy_with_text(number)
    text.pango_layout, text.width = layout, width
    share = (after.position_x - before.position_x) / (after.width - before.width)
    text.position_x = before.position_x + (width - before.width) * share
    return _with_text(short, before, text)


def _with_text(box: Box, before: Box, after: Box) -> Box:
    """Return *box* with the text *after* in place of *before*."""
    if box is before:
        return after
    children = getattr(box, "children", None)
    return box.copy_with_children([_with_text(child, before, after) for child in children]) if children else box
