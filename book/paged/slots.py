"""Page numbers in the text of joined pages ("see page 57"): a chapter has placeholders, which get the numbers when all pages are known.

A placeholder has as many digits as the number. All digits of its font are equally wide, so that only glyphs are exchanged: no line
changes, and an edit that moves pages lays out no other chapter.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from book.body import ON_PAPER, TO, kinds
from book.paged import boxes
from book.paged.segments import Slot, UnjoinableError

REFERENCE = "page-reference"
"""The kind of the elements behind which style sheets print a page number."""
DIGITS = "0123456789"
MARK = b"/HandboundNumber MP"
"""A point in the content of a page (PDF 2.0 §14.6.1), directly before a placeholder is painted."""
PLACEHOLDER = re.compile(MARK + rb"\s+\[\s*<([0-9a-fA-F]*)")
FIGURES = re.compile(rb"\[<((?:[0-9a-f]{4}){10})>0?\] TJ")

NOTHING = b">0<"
"""A distance between two glyphs that is less than one unit."""

Line = Callable[[str, Any], tuple[Any, float]]
"""Sets a text in a style; returns Pango's layout of it, and its width."""


@contextlib.contextmanager
def marked(pages: Sequence[Any], line: Line) -> Iterator[list[Slot]]:
    """Mark the placeholders on *pages* that WeasyPrint writes in the ``with`` block; yield a list that collects them.

    Raises:
        UnjoinableError: the digits of a placeholder are not equally wide.
    """
    from weasyprint.draw import text  # noqa: PLC0415 - slow, and it needs Pango

    places = {id(box): (number, box) for number, page in enumerate(boxes.walk(pages)) for box in page if _numbered(box)}
    slots: list[Slot] = []
    draw = text.draw_first_line

    def draw_marked(stream: Any, box: Any, *rest: Any) -> Any:
        start = len(stream.stream)
        emojis = draw(stream, box, *rest)
        page, _ = places.get(id(box), (None, None))
        if page is not None:
            figures = box.copy_with_text(DIGITS)
            figures.pango_layout, _ = line(DIGITS, box.style)
            figures.pango_layout.reactivate(box.style)
            end = len(stream.stream)
            draw(stream, figures, *rest)
            glyphs = _glyphs(stream, stream.stream[end:])
            digits = len(_digits(box))
            del stream.stream[end:]
            stream.stream[-1] = stream.stream[-1].replace(NOTHING, b"")
            painted = re.match(rb"\[<((?:[0-9a-f]{4})+)", stream.stream[-1])
            if sum(b" TJ" in words for words in stream.stream[start:]) != 1 or not painted:
                raise UnjoinableError("a page number in the text is painted in several parts")
            if any(code not in glyphs for code in _codes(painted[1])[:digits]):
                raise UnjoinableError("a page number in the text has unknown digits")
            stream.stream.insert(end - 1, MARK)
            target = (box.element.get(ON_PAPER[TO]) or "")[1:]
            slots.append(Slot(page=page, target=target, digits=digits, glyphs=glyphs))
        return emojis

    text.draw_first_line = draw_marked
    try:
        yield slots
    finally:
        text.draw_first_line = draw


def _numbered(box: Any) -> bool:
    """Return whether *box* is the text with a page number behind a reference."""
    return (
        type(box).__name__ == "TextBox"
        and (box.element_tag or "").endswith("::after")
        and REFERENCE in kinds(box.element)
        and bool(_digits(box))
    )


def _digits(box: Any) -> str:
    return re.match("[0-9]*", box.text)[0]  # type: ignore[index]


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


def filled(code: bytes, slots: Sequence[Slot], numbers: Mapping[str, int]) -> bytes:
    """Return the content of a page with its page numbers.

    Args:
        code: the content of a page with placeholders.
        slots: its placeholders.
        numbers: the page number of each target.

    Raises:
        UnjoinableError: a number has another number of digits, or a placeholder is not found.
    """
    texts = [_text(slot, numbers) for slot in slots]
    if len(PLACEHOLDER.findall(code)) != len(slots):
        return _filled(code, slots, texts)
    waiting = iter(zip(slots, texts, strict=True))

    def number(match: re.Match[bytes]) -> bytes:
        slot, text = next(waiting)
        glyphs = "".join(f"{slot.glyphs[int(digit)]:04x}" for digit in text).encode()
        return b"[<" + glyphs + match[1][len(glyphs) :]

    return PLACEHOLDER.sub(number, code)


def _text(slot: Slot, numbers: Mapping[str, int]) -> str:
    text = str(numbers.get(slot.target, ""))
    if len(text) != slot.digits:
        raise UnjoinableError("a placeholder has the wrong number of digits")
    return text


def _filled(code: bytes, slots: Sequence[Slot], texts: Sequence[str]) -> bytes:
    """Return the same as :func:`filled` for content that was spelled in another way since it was painted.

    Raises:
        UnjoinableError: a placeholder is not found.
    """
    import pikepdf  # noqa: PLC0415 - slow to import

    waiting = list(zip(slots, texts, strict=True))
    steps: list[Any] = []
    begun = False
    owner = pikepdf.new()  # a stream does not outlive its file
    for step in pikepdf.parse_content_stream(pikepdf.Stream(owner, code)):
        word = str(step.operator)
        if word == "MP" and str(step.operands[0]) == MARK.split()[0].decode():
            begun = True
            continue
        if begun and word == "TJ" and waiting:
            slot, text = waiting.pop(0)
            glyphs = b"".join(slot.glyphs[int(digit)].to_bytes(2, "big") for digit in text)
            first, *rest = step.operands[0]
            strings = pikepdf.Array([pikepdf.String(glyphs + bytes(first)[len(glyphs) :]), *rest])
            steps.append(([strings], step.operator))
            begun = False
        else:
            steps.append(step)
    if waiting or begun:
        raise UnjoinableError("a page does not have the placeholders that were painted")
    return pikepdf.unparse_content_stream(steps)
