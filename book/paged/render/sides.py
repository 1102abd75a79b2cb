"""Both sides of a page: what it would be as a left page instead of a right one, or the reverse.

A chapter is laid out once, and its pages may later stand on either side (:meth:`book.paged.segments.Segment.behind`): the text keeps its
lines and moves as a whole, and the margin boxes are laid out for both sides. WeasyPrint has no interface for this, so the function that
lays out margin boxes is wrapped while a document is laid out, to remember what it needs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from weasyprint import layout
from weasyprint.formatting_structure.boxes import PageBox
from weasyprint.layout import page as theirs
from weasyprint.layout.background import layout_backgrounds
from weasyprint.layout.percent import resolve_percentages

from book.paged import box_changes
from book.paged.boxes import margins, tree
from book.paged.boxes.margins import Edges
from book.paged.boxes.tree import Box

FORCED = frozenset(("left", "right", "recto", "verso"))
"""The kinds of page breaks that put what follows on a side."""
MOVES = frozenset((*(f"margin_{side}" for side in ("top", "right", "bottom", "left")), "size"))
"""Properties that may differ between the sides: text of the same width and height moves, and does not break in other places."""
AREAS = ("@footnote", "@note-area")
"""Areas of the page that take room from the text."""


class Memory(Struct):
    """What WeasyPrint knew when it laid out the margin boxes of a document."""

    context: Any = None
    html: Any = None


@contextlib.contextmanager
def remember() -> Iterator[Memory]:
    """Remember what is needed to lay out the margin boxes of the document that is laid out in the ``with`` block once more."""
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


def edges(memory: Memory, pages: Sequence[Any], before: int) -> Edges | None:
    """Return the edges of pages on both sides; None if the pages must stay on their side.

    Args:
        memory: of the document.
        pages: its pages, without the first ones.
        before: how many these are.
    """
    breaks = [memory.context.page_maker[before + number][1]["break"] for number in range(len(pages))]
    if not FORCED.isdisjoint(breaks):
        return None
    result: dict[str, list[Box]] = {"left": [], "right": []}
    shifts = []
    for number, sheet in enumerate(pages, before + 1):
        page = tree.root(sheet)
        other = _other(memory, page, number)
        side = margins.side(page)
        if other is None or replace(margins.kind(other), side=side) != margins.kind(page):
            return None
        shifts.append(margins.shift(page, other))
        for edge in (box_changes.edges(page), other):
            result[margins.side(edge)].append(box_changes.without_folios(edge))
    return Edges(left=tuple(result["left"]), right=tuple(result["right"]), shifts=tuple(shifts))


def _other(memory: Memory, page: Box, number: int) -> Box | None:
    """Return the edge of *page* on the other side; None if it must stay on its own.

    Args:
        memory: of its document.
        page: a page, as laid out.
        number: its number there, from 1.
    """
    context = memory.context
    other = _empty(memory, page)
    styles = [[context.style_for(margins.description(box), area) for area in (None, *AREAS)] for box in (page, other)]
    if not all(map(_same, *styles)) or not margins.may_turn(page, other):
        return None
    context.current_page = number
    box_changes.put_edges(other, page, layout.make_margin_boxes(context, other, context.page_maker[number][3]))
    layout_backgrounds(other, context.get_image_from_uri)
    return box_changes.edges(other)


def _empty(memory: Memory, page: Box) -> Box:
    """Return a page like *page* on the other side, without anything on it."""
    context = memory.context
    kind = margins.description(page, turned=True)
    theirs.set_page_type_computed_styles(kind, memory.html, context.style_for)
    style = context.style_for(kind)
    style["overflow"] = margins.overflow(page)
    theirs._standardize_page_based_counters(style, None)  # noqa: SLF001 - as WeasyPrint does for a page
    other = PageBox(kind, style)
    box_changes.put_in_corner(other)
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
