"""The lines of code on a page: those that are divided into several rows, or begin with spaces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from book.body import kinds
from book.paged.boxes import tree
from book.paged.boxes.tree import Box

CARRY = "carry"
"""The kind of the mark before the rest of a line that is divided."""


class CodeLine(Struct, frozen=True, kw_only=True):
    """A line of code on a page."""

    texts: tuple[Box, ...]
    """Its text boxes, in the order in which they are painted."""
    words: str
    """What was typed, without the spaces at its end."""


def divided(sheets: Any) -> Iterator[CodeLine]:
    """Yield the lines of code on *sheets* that have several rows on one page, and those that are indented.

    Poppler leaves out spaces at the beginning of a line that it reads glyph by glyph.
    """
    for page in tree.walk(sheets):
        yield from _divided(page)


def _divided(page: Iterator[Box]) -> Iterator[CodeLine]:
    listings: dict[int, list[list[list[Box]]]] = {}
    for box in page:
        if type(box).__name__ != "LineBox" or box.element_tag != "pre":
            continue
        texts, is_rest = _row(box)
        lines = listings.setdefault(id(box.element), [])
        # The rest of a line that began on the page before stands alone.
        if is_rest and lines:
            lines[-1].append(texts)
        elif texts:
            lines.append([texts])
    for lines in listings.values():
        for rows in lines:
            if len(rows) > 1 or rows[0][0].text.startswith(" "):
                texts = [text for row in rows for text in row]
                yield CodeLine(texts=tuple(texts), words="".join(text.text for text in texts).rstrip(" "))


def _row(line: Box) -> tuple[list[Box], bool]:
    """Return the text boxes of a row, and whether it continues the row above."""
    texts: list[Box] = []
    is_rest = False
    stack = [line]
    while stack:
        box = stack.pop()
        if tree.is_text(box):
            texts.append(box)
        if box.element is not None and CARRY in kinds(box.element):
            is_rest = True
        stack.extend(reversed(getattr(box, "children", ())))
    return texts, is_rest
