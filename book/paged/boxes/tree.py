"""The tree of WeasyPrint's boxes: their classes, the way through them, and what is asked of every kind of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from book.assemble import formulas
from book.body import kinds
from book.html_names import SVG

Box = Any
"""A box of WeasyPrint's layout."""

BLOCK, LINE, TEXT, PICTURE, TABLE, ROWS, ROW, CELL, MARGIN, NOTES, OTHER = range(11)
KINDS: Mapping[str, int] = {
    "BlockBox": BLOCK,
    "InlineBlockBox": BLOCK,
    "LineBox": LINE,
    "TextBox": TEXT,
    "ReplacedBox": PICTURE,
    "BlockReplacedBox": PICTURE,
    "InlineReplacedBox": PICTURE,
    "TableBox": TABLE,
    "TableRowGroupBox": ROWS,
    "TableRowBox": ROW,
    "TableCellBox": CELL,
    "MarginBox": MARGIN,
    "FootnoteAreaBox": NOTES,
    **dict.fromkeys(
        (
            *("PageBox", "InlineBox", "InlineTableBox", "TableColumnGroupBox", "TableColumnBox"),
            *("TableCaptionBox", "FlexBox", "InlineFlexBox", "GridBox", "InlineGridBox"),
        ),
        OTHER,
    ),
}
"""Every class of WeasyPrint's boxes that occurs in a layout, and how it is read."""


class UnknownBox(LookupError):
    """WeasyPrint made a box of an unknown class: it is another version."""


def root(sheet: Any) -> Box:
    """Return the box of a page."""
    return sheet._page_box  # noqa: SLF001 - not public


def walk(sheets: Iterable[Any]) -> Iterator[Iterator[Box]]:
    """Yield the boxes of each page in reading order, without margin boxes."""
    for sheet in sheets:
        yield within(root(sheet))


def within(parent: Box) -> Iterator[Box]:
    """Yield *parent* and the boxes in it in reading order, without margin boxes."""
    stack = [parent]
    while stack:
        box = laid_out(stack.pop())
        if type(box).__name__ != "MarginBox":
            yield box
            stack.extend(reversed(box.children))


def laid_out(box: Box) -> Box:
    """Return the box itself: a box outside the flow is wrapped."""
    return getattr(box, "_box", box)


def is_of(box: Box, kind: int) -> bool:
    """Return whether *box* is of a *kind*, one of those in :data:`KINDS`."""
    return KINDS[type(box).__name__] == kind


def is_text(box: Box) -> bool:
    """Return whether *box* is a text on one line."""
    return type(box).__name__ == "TextBox"


def is_formula(box: Box) -> bool:
    """Return whether *box* is a formula."""
    element = box.element
    return (
        is_of(box, PICTURE)
        and element is not None
        and element.tag == f"{{{SVG}}}svg"
        and formulas.CLASS in kinds(element)
    )


def is_generated(box: Box) -> bool:
    """Return whether CSS generated *box*: bullets, counters, text before and after."""
    return "::" in (box.element_tag or "")


def element(box: Box) -> Any:
    """Return the element of *box*; None if it has none. A box that CSS generated has the element of its parent."""
    return box.element


def chapter_of(box: Box) -> str:
    """Return the slug of the chapter that *box* is; empty if it is none."""
    element = box.element
    is_chapter = element is not None and element.tag == "section" and "chapter" in kinds(element)
    return str(element.get("id") or "") if is_chapter and not is_generated(box) else ""


def title_of(formula: Box) -> Any:
    """Return the element that contains the TeX of the *formula*."""
    return formula.element.find(f"{{{SVG}}}title")


def text_of(box: Box) -> str:
    """Return the words in *box*."""
    if is_text(box):
        return str(box.text)
    return "".join(text_of(laid_out(child)) for child in box.children)
