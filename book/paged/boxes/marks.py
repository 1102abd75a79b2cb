"""What the elements of a chapter say of the boxes in them: the context of an item on a page."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from book.body import BLOCK as BLOCK_NUMBER
from book.body import FIGURE, MOVED, ON_PAPER, kinds
from book.body import TABLE as TABLE_NUMBER
from book.paged.pages import LONG_TABLE, OPENER, OUTSIDE_BODY, PLACES, UNCOUNTED, Context


class Marks(Struct, frozen=True, kw_only=True):
    """The properties that an element gives its content."""

    changes: bool
    """Whether it changes the context of its content."""
    identifier: str
    role: str
    href: str
    kinds: frozenset[str]
    place: str
    table: str
    figure: str
    block: int
    moved: str


def of(element: Any) -> Marks:
    """Return the properties that the attributes of *element* give."""
    get = element.get
    names = frozenset(kinds(element))
    table = (get(ON_PAPER[TABLE_NUMBER]) or "") if "table" in names else ""
    place, figure, role = get("data-place") or "", get(ON_PAPER[FIGURE]) or "", get("role") or ""
    block = int(get(ON_PAPER[BLOCK_NUMBER]) or 0)
    marked = not names.isdisjoint(PLACES | OUTSIDE_BODY | UNCOUNTED)
    return Marks(
        changes=bool(marked or table or place or figure or block or role == "doc-footnote"),
        identifier=get("id") or "",
        role=role,
        href=get("href") or "",
        kinds=names,
        place=place,
        table=table,
        figure=figure,
        block=block,
        moved=get(ON_PAPER[MOVED]) or "",
    )


def inside(context: Context, marks: Marks, tag: str, width: float) -> Context:
    """Return the context in an element with *marks*.

    Args:
        context: the context of the element.
        marks: of the element.
        tag: its name.
        width: the width of its box, if it is that of a table.
    """
    begins = not marks.kinds.isdisjoint(PLACES)
    slug = marks.identifier if begins and tag == "section" else ""
    owner = context.owner
    if slug:
        owner = slug
    elif context.footnote and marks.role == "doc-footnote":
        owner = marks.identifier
    elif not marks.kinds.isdisjoint(OUTSIDE_BODY):
        owner = ""
    return Context(
        chapter=slug or context.chapter,
        place=marks.identifier if begins else marks.place or context.place,
        in_body=context.in_body and (begins or bool(marks.place) or OPENER not in marks.kinds),
        counted=context.counted and marks.kinds.isdisjoint(UNCOUNTED),
        owner=owner,
        heading=context.heading,
        table=marks.table or context.table,
        table_width=width if marks.table else context.table_width,
        table_breaks=context.table_breaks or (bool(marks.table) and LONG_TABLE in marks.kinds),
        table_head=context.table_head,
        figure=marks.figure or context.figure,
        footnote=context.footnote,
        block=marks.block or context.block,
    )
