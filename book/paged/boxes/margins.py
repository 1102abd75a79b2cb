"""The edges of a page: what style sheets know of it, and its margin boxes, of which some hold its number (the folio)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from book.paged.boxes import tree
from book.paged.boxes.tree import MARGIN, Box
from book.paged.folios import STYLES
from book.paged.segments import OTHER, PageKind, UnjoinableError

SIZES = ("width", "height", *(f"padding_{side}" for side in ("top", "right", "bottom", "left")))
BORDERS = tuple(f"border_{side}_width" for side in ("top", "right", "bottom", "left"))


class Edges(Struct, frozen=True, kw_only=True):
    """The pages of a document without their text, and without their folios, on both sides."""

    left: tuple[Box, ...]
    right: tuple[Box, ...]
    shifts: tuple[tuple[float, float], ...]
    """How far the text of each page moves from its side to the other, in pixels."""


def is_margin(box: Box) -> bool:
    """Return whether *box* is a margin box of a page."""
    return tree.is_of(box, MARGIN)


def folios(page: Box) -> list[Box]:
    """Return the margin boxes of *page* with its number.

    Raises:
        UnjoinableError: a margin box has a page number beside something else.
    """
    return [child for child in page.children if is_margin(child) and folio_style(child)]


def folio_style(box: Box) -> str:
    """Return the name of the style of the page number in the margin *box*; empty if it has none.

    Raises:
        UnjoinableError: it has a page number beside something other than text that is always the same.
    """
    return _folio(box)[1]


def folio_text(box: Box, number: int) -> str:
    """Return what the folio *box* says on the page with a *number*: the number, and the text around it."""
    before, style, after = _folio(box)
    return f"{before}{STYLES[style](number)}{after}".strip(" ")


def _folio(box: Box) -> tuple[str, str, str]:
    """Return what the style of the margin *box* prints before its page number, the style of that, and what is after it.

    Raises:
        UnjoinableError: as for :func:`folio_style`.
    """
    content = box.style["content"]
    parts = content if isinstance(content, tuple) else ()
    at = next((index for index, (kind, _) in enumerate(parts) if kind in {"counter()", "counters()"}), None)
    if at is None:
        return "", "", ""
    before, (kind, (name, style, *_)), after = parts[:at], parts[at], parts[at + 1 :]
    if (
        kind != "counter()"
        or name != "page"
        or style not in STYLES
        or any(kind != "string" for kind, _ in before + after)
    ):
        raise UnjoinableError("a margin box has a page number beside something else")
    return "".join(text for _, text in before), str(style), "".join(text for _, text in after)


def number_of(folio: Box) -> Box:
    """Return the one text in the margin box *folio*.

    Raises:
        UnjoinableError: it has more than one.
    """
    texts = list(_texts([folio]))
    if len(texts) != 1:
        raise UnjoinableError("a page number has several parts")
    return texts[0]


def _texts(boxes: Iterable[Box]) -> Iterator[Box]:
    for box in boxes:
        if tree.is_text(box):
            yield box
        else:
            yield from _texts(box.children)


def kind(page: Box) -> PageKind:
    """Return what style sheets know of *page*.

    Raises:
        UnjoinableError: as for :func:`folios`; or its number is counted in an unusual way.
    """
    about = page.page_type
    name = str(about.name or "")
    return PageKind(
        name=name,
        side=side(page),
        blank=bool(about.blank),
        later=any(group == about.name and number > 0 for group, number in about.groups[-1:]),
        folio=bool(folios(page)),
        restart=_restart(page.style),
    )


def of_kind(sheets: Iterable[Any], wish: PageKind) -> Box:
    """Return the box of the last of *sheets* that is of the kind *wish*, whatever its number.

    Raises:
        UnjoinableError: there is none.
    """
    for sheet in reversed(list(sheets)):
        page = tree.root(sheet)
        if replace(kind(page), folio=wish.folio, restart=wish.restart) == wish:
            return page
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


def samples(lay_out: Callable[[int], Box], numbers: Mapping[str, int]) -> tuple[Box, tuple[tuple[Box, Box], ...]]:
    """Return a page of some kind, and its folios, each with that of the same page with a longer number.

    Args:
        lay_out: returns a page of the kind with a number.
        numbers: the longer number for each style of page numbers; the shorter one is 1.

    Raises:
        UnjoinableError: its folio does not stand on one line at the same height, or its box is painted.
    """
    page = lay_out(1)
    styles = {folio_style(box) for box in folios(page)}
    if len(styles) != 1:
        raise UnjoinableError("a page has numbers of different styles, or its sample has none")
    style = styles.pop()
    longer = numbers[style]
    pairs = tuple(zip(folios(page), folios(lay_out(longer)), strict=True))
    for pair in pairs:
        left, right = (number_of(box) for box in pair)
        expected = tuple(folio_text(box, number) for box, number in zip(pair, (1, longer), strict=True))
        if (left.text, right.text) != expected or left.position_y != right.position_y:
            raise UnjoinableError("a page number does not stand on one line")
        if any(box.background is not None for box in pair):
            raise UnjoinableError("the box of a page number is painted")
    return page, pairs


def position(short: Box, long: Box, width: float) -> float:
    """Return where a number with a *width* begins: that depends on its width alone, as the folios *short* and *long* show."""
    before, after = number_of(short), number_of(long)
    share = (after.position_x - before.position_x) / (after.width - before.width)
    return float(before.position_x + (width - before.width) * share)


def side(page: Box) -> Literal["left", "right"]:
    """Return the side on which *page* stands."""
    return "left" if page.page_type.side == "left" else "right"


def description(page: Box, *, turned: bool = False) -> Any:
    """Return WeasyPrint's description of *page*, or that of such a page on the other side."""
    own = page.page_type
    return own._replace(side=OTHER[own.side]) if turned else own


def overflow(page: Box) -> Any:
    """Return what style sheets say of text that does not fit on *page*."""
    return page.style["overflow"]


def may_turn(page: Box, other: Box) -> bool:
    """Return whether *page* has no canvas and no border, and its text the same room as on *other*, the page of the other side."""
    return (
        page.canvas_background is None
        and not any(getattr(page, name) for name in BORDERS)
        and all(getattr(page, name) == getattr(other, name) for name in SIZES)
        and (other.margin_width(), other.margin_height()) == (page.margin_width(), page.margin_height())
    )


def shift(page: Box, other: Box) -> tuple[float, float]:
    """Return how far the text of *page* moves, across and down, if it stands on *other*."""
    return (
        float(other.content_box_x() - page.content_box_x()),
        float(other.content_box_y() - page.content_box_y()),
    )
