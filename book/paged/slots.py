"""Page numbers in the text of joined pages ("see page 57"): a chapter has placeholders, which get the numbers when all pages are known.

A placeholder has as many digits as the number. All digits of its font are equally wide, so that only glyphs are exchanged: no line
changes, and an edit that moves pages lays out no other chapter. :mod:`book.paged.render.placeholders` marks them while they are painted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from book.paged.segments import Slot, UnjoinableError
from book.patterns import regex

MARK = b"/HandboundNumber MP"
"""A point in the content of a page (PDF 2.0 §14.6.1), directly before a placeholder is painted."""
PLACEHOLDER = regex(MARK + rb"\s+\[\s*<([0-9a-fA-F]*)")


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
