"""Page numbers of joined pages: taken out of the pages of a chapter, which does not know them, and set again when all pages are known.

A chapter is remembered without its folios (the margin boxes with the page number). For each kind of page, two sample pages with
numbers of different lengths show where the folio stands; every number is then set like them, by Pango. An edit that moves pages
therefore lays out no other chapter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from book.paged import boxes
from book.paged.boxes import Box
from book.paged.page_map import roman
from book.paged.segments import PageKind, UnjoinableError

STYLES: Mapping[str, Callable[[int], str]] = {"decimal": str, "lower-roman": roman}
"""The styles of page numbers: name in CSS -> the number as it is printed."""
SAMPLES = {"decimal": 1000, "lower-roman": 8}
"""The number of the second sample page, by the style of its folio; that of the first one is 1."""

Line = Callable[[str, Any], tuple[Any, float]]
"""Sets a text in a style; returns Pango's layout of it, and its width."""


def without(page: Box) -> Box:
    """Return *page* without its folios.

    Raises:
        UnjoinableError: a margin box has a page number beside something else.
    """
    numbers = set(map(id, _folios(page)))
    return page.copy_with_children([child for child in page.children if id(child) not in numbers]) if numbers else page


def kind(page: Box) -> PageKind:
    """Return what style sheets know of *page*.

    Raises:
        UnjoinableError: as for :func:`without`; or its number is counted in an unusual way.
    """
    about = page.page_type
    name = str(about.name or "")
    return PageKind(
        name=name,
        side=str(about.side),
        blank=bool(about.blank),
        later=any(group == about.name and number > 0 for group, number in about.groups[-1:]),
        folio=bool(_folios(page)),
        restart=_restart(page.style),
    )


def of_kind(sheets: Iterable[Any], wish: PageKind) -> Any:
    """Return the last of *sheets* that is of the kind *wish*, whatever its number.

    Raises:
        UnjoinableError: there is none.
    """
    for sheet in reversed(list(sheets)):
        if replace(kind(boxes.root(sheet)), folio=wish.folio, restart=wish.restart) == wish:
            return sheet
    raise UnjoinableError("there is no sample of a kind of page")


def _restart(style: Any) -> int | None:
    """Return the number of a page whose *style* does not simply count on; None if it does.

    Raises:
        UnjoinableError: it adds something other than 1.
    """
    steps = sum(value for name, value in style["counter_increment"] if name == "page")
    starts = [value for kind in ("counter_reset", "counter_set") for name, value in style[kind] if name == "page"]
    if starts:
        return int(starts[-1]) + int(steps)
    if steps != 1:
        raise UnjoinableError("the style sheet does not count every page")
    return None


def numbers(kinds: Iterable[PageKind], last: int = 0) -> tuple[int, ...]:
    """Return the number of each page behind one with the number *last*.

    >>> page = PageKind(name="", side="right", blank=False, later=False, folio=True, restart=None)
    >>> numbers([page, page, replace(page, restart=1), page])
    (1, 2, 1, 2)
    """
    result, number = [], last
    for page in kinds:
        number = number + 1 if page.restart is None else page.restart
        result.append(number)
    return tuple(result)


def _style(box: Box) -> str:
    """Return the name of the style of the page number that is the whole content of the margin *box*; empty if it has none.

    Raises:
        UnjoinableError: it has a page number beside something else.
    """
    content = box.style["content"]
    if isinstance(content, tuple) and any(part[0] in {"counter()", "counters()"} for part in content):
        ((kind, value), *others) = content
        if others or kind != "counter()" or value[0] != "page" or value[1] not in STYLES:
            raise UnjoinableError("a margin box has a page number beside something else")
        return str(value[1])
    return ""


def is_margin(box: Box) -> bool:
    """Return whether *box* is a margin box of a page."""
    return boxes.KINDS[type(box).__name__] == boxes.MARGIN


def _folios(page: Box) -> list[Box]:
    """Return the margin boxes of *page* with its number.

    Raises:
        UnjoinableError: as for :func:`without`.
    """
    return [child for child in page.children if is_margin(child) and _style(child)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Where the folios of one kind of page stand."""

    page: Box
    folios: tuple[tuple[Box, Box], ...]
    """The margin boxes with the numbers, a pair for each."""

    def numbered(self, number: int, line: Line) -> Box:
        """Return a page with nothing but the folios for *number*."""
        page = self.page.copy_with_children(
            [_renumbered(short, long, STYLES[_style(short)](number), line) for short, long in self.folios]
        )
        page.background = page.canvas_background = None
        return page


def sample(lay_out: Callable[[int], Any]) -> Sample:
    """Return the sample of a kind of page.

    Args:
        lay_out: returns a page of the kind with a number.

    Raises:
        UnjoinableError: its folio does not stand on one line at the same height, or its box is painted.
    """
    page = boxes.root(lay_out(1))
    styles = {_style(box) for box in _folios(page)}
    if len(styles) != 1:
        raise UnjoinableError("a page has numbers of different styles, or its sample has none")
    style = styles.pop()
    longer = SAMPLES[style]
    folios = tuple(zip(_folios(page), _folios(boxes.root(lay_out(longer))), strict=True))
    for pair in folios:
        left, right = (_text(box) for box in pair)
        if (left.text, right.text) != (STYLES[style](1), STYLES[style](longer)) or left.position_y != right.position_y:
            raise UnjoinableError("a page number does not stand on one line")
        if any(box.background is not None for box in pair):
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
