"""Both sides of a page: what it would be as a left page instead of a right one, or the reverse.

A chapter is laid out once, and its pages may later stand on either side (:meth:`book.paged.segments.Segment.behind`): the text keeps its
lines and moves as a whole, and the margin boxes are laid out for both sides. WeasyPrint has no interface for this, so the function that
lays out margin boxes is wrapped while a document is laid out, to remember what it needs.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from book.paged import box_changes, boxes, folios
from book.paged.boxes import Box
from book.paged.segments import OTHER, UnjoinableError

FORCED = frozenset(("left", "right", "recto", "verso"))
"""The kinds of page breaks that put what follows on a side."""
MOVES = frozenset((*(f"margin_{side}" for side in ("top", "right", "bottom", "left")), "size"))
"""Properties that may differ between the sides: text of the same width and height moves, and does not break in other places."""
SIZES = ("width", "height", *(f"padding_{side}" for side in ("top", "right", "bottom", "left")))
BORDERS = tuple(f"border_{side}_width" for side in ("top", "right", "bottom", "left"))
AREAS = ("@footnote", "@note-area")
"""Areas of the page that take room from the text."""


@dataclass(slots=True)
class Memory:
    """What WeasyPrint knew when it laid out the margin boxes of a document."""

    context: Any = None
    html: Any = None


@contextlib.contextmanager
def remember() -> Iterator[Memory]:
    """Remember what is needed to lay out the margin boxes of the document that is laid out in the ``with`` block once more."""
    from weasyprint import layout  # noqa: PLC0415 - slow, and it needs Pango

    memory = Memory()
    make = layout.make_margin_boxes

    def make_and_remember(context: Any, page: Any, state: Any) -> Any:
        memory.context = context
        return make(context, page, state)

    layout.make_margin_boxes = make_and_remember
    try:
        yield memory
    finally:
        layout.make_margin_boxes = make


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """The pages of a document without their text, and without their folios, on both sides."""

    left: tuple[Box, ...]
    right: tuple[Box, ...]
    shifts: tuple[tuple[float, float], ...]
    """How far the text of each page moves from its side to the other, in pixels."""


def edges(memory: Memory, sheets: Sequence[Any], before: int) -> Edges | None:
    """Return the edges of pages on both sides; None if the pages must stay on their side.

    Args:
        memory: of the document.
        sheets: its pages, without the first ones.
        before: how many these are.
    """
    breaks = [memory.context.page_maker[before + number][1]["break"] for number in range(len(sheets))]
    if not FORCED.isdisjoint(breaks):
        return None
    result: dict[str, list[Box]] = {"left": [], "right": []}
    shifts = []
    for number, sheet in enumerate(sheets, before + 1):
        page = boxes.root(sheet)
        other = _other(memory, page, number)
        if other is None or replace(folios.kind(other), side=page.page_type.side) != folios.kind(page):
            return None
        shifts.append(
            (
                float(other.content_box_x() - page.content_box_x()),
                float(other.content_box_y() - page.content_box_y()),
            )
        )
        for side in (_edge(page), other):
            result[side.page_type.side].append(folios.without(side))
    return Edges(left=tuple(result["left"]), right=tuple(result["right"]), shifts=tuple(shifts))


def behind(pages: Sequence[Any], after: str) -> Sequence[Any]:
    """Return *pages* without the first one, which is on the side *after* and must be empty.

    Raises:
        UnjoinableError: it is not.
    """
    first, *others = pages
    if not others or boxes.opening(first) != (after, False):
        raise UnjoinableError("a chapter does not begin on a new page")
    return others


def body(sheet: Any) -> Any:
    """Return a page without its edges."""
    page = boxes.root(sheet)
    inner = page.copy_with_children([child for child in page.children if not folios.is_margin(child)])
    inner.background = inner.canvas_background = None
    result = copy.copy(sheet)
    box_changes.put_root(result, inner)
    return result


def _edge(page: Box) -> Box:
    """Return *page* without its text."""
    return page.copy_with_children([child for child in page.children if folios.is_margin(child)])


def _other(memory: Memory, page: Box, number: int) -> Box | None:
    """Return the edge of *page* on the other side; None if it must stay on its own.

    Args:
        memory: of its document.
        page: a page, as laid out.
        number: its number there, from 1.
    """
    from weasyprint import layout  # noqa: PLC0415 - as above
    from weasyprint.layout.background import layout_backgrounds  # noqa: PLC0415 - as above

    context = memory.context
    other = _empty(memory, page)
    styles = [[context.style_for(box.page_type, area) for area in (None, *AREAS)] for box in (page, other)]
    if page.canvas_background is not None or not all(map(_same, *styles)):
        return None
    if any(getattr(page, name) for name in BORDERS) or any(getattr(page, n) != getattr(other, n) for n in SIZES):
        return None
    if (other.margin_width(), other.margin_height()) != (page.margin_width(), page.margin_height()):
        return None
    context.current_page = number
    root = page.children[0].copy()
    root.children = []
    other.children = [root, *layout.make_margin_boxes(context, other, context.page_maker[number][3])]
    layout_backgrounds(other, context.get_image_from_uri)
    return _edge(other)


def _empty(memory: Memory, page: Box) -> Box:
    """Return a page like *page* on the other side, without anything on it."""
    from weasyprint.formatting_structure.boxes import PageBox  # noqa: PLC0415 - as above
    from weasyprint.layout import page as theirs  # noqa: PLC0415 - as above
    from weasyprint.layout.percent import resolve_percentages  # noqa: PLC0415 - as above

    context, own = memory.context, page.page_type
    kind = own._replace(side=OTHER[own.side])
    theirs.set_page_type_computed_styles(kind, memory.html, context.style_for)
    style = context.style_for(kind)
    style["overflow"] = page.style["overflow"]
    theirs._standardize_page_based_counters(style, None)  # noqa: SLF001 - as WeasyPrint does for a page
    other = PageBox(kind, style)
    other.position_x = other.position_y = 0
    width, height = style["size"]
    resolve_percentages(other, style["size"])
    theirs.page_width(other, context, width)
    theirs.page_height(other, context, height)
    return other


def _same(left: Any, right: Any) -> bool:
    """Return whether two styles of a page or an area differ in nothing but what moves its text."""
    if left is None or right is None:
        return left is right
    declared = [{name: value for name, (value, _) in style.cascaded.items()} for style in (left, right)]
    return all(
        declared[0].get(name) == declared[1].get(name) for name in declared[0].keys() | declared[1] if name not in MOVES
    )
