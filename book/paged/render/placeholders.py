"""Marks the page numbers in the text of a chapter while WeasyPrint paints them: :mod:`book.paged.slots` sets the true ones later.

WeasyPrint has no interface for this, so its function that paints a text is wrapped while a document is written.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

from weasyprint.draw import text

from book.paged import box_changes
from book.paged.box_changes import Line
from book.paged.boxes import references
from book.paged.segments import Slot, UnjoinableError
from book.paged.slots import MARK
from book.patterns import regex

DIGITS = "0123456789"
FIGURES = regex(rb"\[<((?:[0-9a-f]{4}){10})>0?\] TJ")
NOTHING = b">0<"
"""A distance between two glyphs that is less than one unit."""


@contextlib.contextmanager
def marked(pages: Sequence[Any], line: Line) -> Iterator[list[Slot]]:
    """Mark the placeholders on *pages* that WeasyPrint writes in the ``with`` block; yield a list that collects them.

    Raises:
        UnjoinableError: the digits of a placeholder are not equally wide.
    """
    places = references.placeholders(pages)
    slots: list[Slot] = []
    draw = text.draw_first_line

    def draw_marked(stream: Any, box: Any, *rest: Any) -> Any:
        start = len(stream.stream)
        emojis = draw(stream, box, *rest)
        place = places.get(id(box))
        if place is not None:
            figures = box_changes.to_paint(box, DIGITS, line)
            end = len(stream.stream)
            draw(stream, figures, *rest)
            glyphs = _glyphs(stream, stream.stream[end:])
            del stream.stream[end:]
            stream.stream[-1] = stream.stream[-1].replace(NOTHING, b"")
            painted = re.match(rb"\[<((?:[0-9a-f]{4})+)", stream.stream[-1])
            if sum(b" TJ" in words for words in stream.stream[start:]) != 1 or not painted:
                raise UnjoinableError("a page number in the text is painted in several parts")
            if any(code not in glyphs for code in _codes(painted[1])[: place.digits]):
                raise UnjoinableError("a page number in the text has unknown digits")
            stream.stream.insert(end - 1, MARK)
            slots.append(Slot(page=place.page, target=place.target, digits=place.digits, glyphs=glyphs))
        return emojis

    text.draw_first_line = draw_marked
    try:
        yield slots
    finally:
        text.draw_first_line = draw


def _glyphs(stream: Any, painted: Sequence[bytes]) -> tuple[int, ...]:
    """Return the glyphs of all digits, which were *painted* into *stream*.

    Raises:
        UnjoinableError: they are not equally wide, or not of the font of the placeholder.
    """
    figures = FIGURES.fullmatch(painted[-1].replace(NOTHING, b""))
    glyphs = _codes(figures[1]) if figures else ()
    name, _ = stream._current_font  # noqa: SLF001 - nothing public says which font is used
    (font,) = (font for font in map(stream._fonts.get, stream._fonts) if font.hash == name)  # noqa: SLF001 - the same
    if any(b" Tf" in words for words in painted) or len({font.widths.get(glyph) for glyph in glyphs}) != 1:
        raise UnjoinableError("the digits of page numbers in the text are not equally wide")
    return glyphs


def _codes(hexadecimal: bytes) -> tuple[int, ...]:
    return tuple(int(hexadecimal[at : at + 4], 16) for at in range(0, len(hexadecimal), 4))
