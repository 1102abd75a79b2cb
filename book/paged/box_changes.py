"""Changes to WeasyPrint's boxes between layout and writing, for which it has no public interface.

WeasyPrint derives the tags of a PDF from element names, and paints an inline drawing as it was read. Each function
here changes one thing and says why; nothing else in Handbound changes a box. Elements tagged under a borrowed name get their
own name when the PDF is finished (:mod:`book.paged.finishing`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from book.body import MOVED, ON_PAPER, kinds
from book.paged import boxes
from book.paged.boxes import Box

LABEL_TAG = "li::marker"
"""The only element that WeasyPrint tags /Lbl (PDF 1.7 §14.8.4.3.3): a list marker."""
NOTE_TAG = "main"
"""An element that paged editions do not use: WeasyPrint tags it /Part."""
BLOCK_TAG = "tfoot"
"""An element that occurs in tables only: WeasyPrint tags it /TFoot."""
FORMULA_MARK = "\ue0fe"
"""Prefix of the alternative text of a formula, until its tag is a Formula."""


def prepare(sheets: Iterable[Any], *, tagged: bool) -> None:
    """Change the boxes of a document that is about to be written.

    Args:
        sheets: pages of a document that WeasyPrint laid out.
        tagged: whether it is written with tags.
    """
    for page in boxes.walk(sheets):
        notes: set[int] = set()
        blocks: set[int] = set()
        for box in page:
            if tagged and (block := order(box)) and block not in blocks:
                blocks.add(block)
                tag_block(box)
            if boxes.is_formula(box):
                ink_formula(box)
                if tagged:
                    mark_formula(box)
            elif tagged and is_added(box):
                tag_addition(box)
            elif tagged and is_note(box) and id(box.element) not in notes:
                # Boxes in it without an element of their own refer to it too.
                notes.add(id(box.element))
                tag_note(box)


def is_added(box: Box) -> bool:
    """Return whether *box* contains inline text that an edition added."""
    return (
        type(box).__name__ == "InlineBox"
        and box.element is not None
        and not boxes.is_generated(box)
        and boxes.ADDED in kinds(box.element)
    )


def is_note(box: Box) -> bool:
    """Return whether *box* belongs to a note."""
    return box.element is not None and not boxes.is_generated(box) and box.element.get("role") == "doc-footnote"


def order(box: Box) -> int:
    """Return the identity of the element of *box*, if it is a block of a chapter with moved blocks; else 0."""
    element = box.element
    return id(element) if element is not None and not boxes.is_generated(box) and element.get(ON_PAPER[MOVED]) else 0


def ink_formula(box: Box) -> None:
    """Give a formula the colour of the surrounding text: WeasyPrint paints an inline drawing as if it were a separate file."""
    drawing = box.replacement._svg.tree  # noqa: SLF001 - nothing public sets the ink of a drawing in the line
    red, green, blue = (round(channel * 255) for channel in box.style["color"].to("srgb").coordinates)
    drawing.attrib["color"] = drawing.attrib["fill"] = f"#{red:02x}{green:02x}{blue:02x}"
    drawing._children = None  # noqa: SLF001 - they keep the ink of before


def mark_formula(box: Box) -> None:
    """Mark the alternative text of a formula: WeasyPrint tags every drawing /Figure, never /Formula (PDF/UA-1 §7.7)."""
    title = boxes.title_of(box)
    if not title.text.startswith(FORMULA_MARK):
        title.text = FORMULA_MARK + title.text


def tag_addition(box: Box) -> None:
    """Tag text that an edition added as a label, so that software that reads the tags can distinguish it from the author's words."""
    box.element_tag = LABEL_TAG


def tag_block(box: Box) -> None:
    """Tag a block of a chapter with moved blocks under a name that no other block has, so that it is found and put in its order."""
    box.element_tag = BLOCK_TAG


def tag_note(box: Box) -> None:
    """Tag a note under a name that nothing else uses: WeasyPrint has no element for the tag /Note."""
    box.element_tag = NOTE_TAG


def put_root(sheet: Any, page: Box) -> None:
    """Make *page* the box of a page: WeasyPrint paints it without its folio, or without its margin boxes, which are painted when it is joined."""
    sheet._page_box = page  # noqa: SLF001 - as in book/paged/boxes.py
