"""Paints text faster: WeasyPrint asks Pango for the font of each word, and looks at each glyph of each word as if for the first time.

While a document is written, the function of WeasyPrint that paints a text is replaced. A font is looked up once, and what is written for
one of its glyphs follows from the width that Pango gave it. Text with anything rare in it (a shortened line, a letter without a glyph or above
the line, a font of pictures) is painted by WeasyPrint. The pages are the same, byte for byte: ``tests/test_shaping.py`` compares them.
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, Final

from msgspec import Struct, field
from weasyprint.draw import text
from weasyprint.pdf.stream import pydyf
from weasyprint.text.ffi import FROM_UNITS, ffi, gobject, pango

from book.paged.boxes import lines
from book.paged.render import shaping, wrapping
from book.paged.render.shaping import ACROSS, FIELDS, UPWARDS, WIDTH

ffi.cdef("gpointer g_object_ref (gpointer object);")

_draw = text.draw_first_line
RARE: Final = 0x0FFFFFFF
"""Glyphs from this number on are empty or missing ones."""
FIRST_VERSION: Final = 14802
"""Of Pango: earlier ones give another size of a font."""
SMALLEST: Final = 1e-6
"""A smaller text is not painted."""


class _Face(Struct):
    """A font of Pango's, of one size."""

    font: Any
    """WeasyPrint's font, which collects the glyphs that are used."""
    size: float
    plain: bool
    """Whether its glyphs are no pictures."""
    pango_font: Any
    """Pango's font: another one cannot stand at its address."""
    written: dict[tuple[int, int, int], str] = field(default_factory=dict)
    """A glyph, its width and its offset -> what is written for it."""


def _face(stream: Any, pango_font: Any) -> _Face:
    font, size = stream.add_font(pango_font)
    own = ffi.gc(gobject.g_object_ref(pango_font), gobject.g_object_unref)
    return _Face(font, size, not (font.svg or font.png or font.colr or font.bitmap), own)


@contextlib.contextmanager
def fast() -> Iterator[None]:
    """Paint the texts of one document fast in the ``with`` block."""
    faces: dict[int, _Face] = {}

    def draw(stream: Any, box: Any, overflow: str, ellipsis: Any, matrix: Any) -> Any:
        words, size, layout = lines.painted(box)
        if overflow == "ellipsis" or ellipsis != "none" or size < SMALLEST:
            return _draw(stream, box, overflow, ellipsis, matrix)
        if not words.strip():
            return []
        painted = _painted(faces, stream, layout)
        if painted is None:
            return _draw(stream, box, overflow, ellipsis, matrix)
        stream.set_text_matrix(*matrix.values)
        for number, (face, glyphs) in enumerate(painted, 1):
            stream.set_font_size(face.font.hash, face.size)
            if glyphs or number == len(painted):
                stream.show_text("".join(glyphs))
        return []

    if pango.pango_version() < FIRST_VERSION:
        yield
        return
    with wrapping.replaced(_draw, draw):
        yield


@contextlib.contextmanager
def packed() -> Iterator[None]:
    """Pack streams at zlib's usual level in the ``with`` block: the most thorough one takes 2.6 times as long for 1.3 % fewer bytes."""
    theirs = pydyf.zlib
    pydyf.zlib = SimpleNamespace(compress=zlib.compress, compressobj=lambda **_: zlib.compressobj())
    try:
        yield
    finally:
        pydyf.zlib = theirs


def _painted(faces: dict[int, _Face], stream: Any, layout: Any) -> list[tuple[_Face, list[str]]] | None:
    """Return what is written for the first line of a *layout* of Pango's, by the fonts in it; None if something in it is rare."""
    pango.pango_layout_set_single_paragraph_mode(layout.layout, True)
    painted: list[tuple[_Face, list[str]]] = []
    run = pango.pango_layout_get_line_readonly(layout.layout, 0).runs
    while run != ffi.NULL:
        item = run.data
        run = run.next
        pango_font = item.item.analysis.font
        address = int(ffi.cast("uintptr_t", pango_font))
        face = faces.get(address)
        if face is None:
            face = faces[address] = _face(stream, pango_font)
        count = item.glyphs.num_glyphs
        numbers = shaping.integers(item.glyphs.glyphs, count * FIELDS)
        if not face.plain or any(numbers[UPWARDS::FIELDS]):
            return None
        if not painted or painted[-1][0] is not face:
            painted.append((face, []))
        if not count:
            continue
        written, words = face.written, ["<"]
        for number, glyph in enumerate(
            zip(numbers[::FIELDS], numbers[WIDTH::FIELDS], numbers[ACROSS::FIELDS], strict=True)
        ):
            code = written.get(glyph)
            if code is None:
                if not 0 <= glyph[0] < RARE:
                    return None
                code = _written(stream, face, layout, item, number, *glyph)
            words.append(code)
        done = "".join(words)
        painted[-1][1].append(done[:-1] if done[-1] == "<" else f"{done}>")
    return painted or None


def _written(stream: Any, face: _Face, layout: Any, item: Any, number: int, glyph: int, width: int, across: int) -> str:
    """Return what is written for the *glyph* with a *number* in an *item* of text, and remember it as WeasyPrint does."""
    font = face.font
    if glyph not in font.to_unicode:
        clusters, length, begin = item.glyphs.log_clusters, item.item.length, item.item.offset
        if item.item.analysis.level % 2:
            end = length if number == 0 else clusters[number - 1]
        else:
            end = length if number == item.glyphs.num_glyphs - 1 else clusters[number + 1]
        font.to_unicode[glyph] = layout.text.encode()[begin + clusters[number] : begin + end].decode()
    if glyph not in font.widths:
        pango.pango_font_get_glyph_extents(face.pango_font, glyph, stream.ink_rect, stream.logical_rect)
        font.widths[glyph] = round(stream.logical_rect.width * 1000 * FROM_UNITS / face.size)
    offset = across / face.size
    kerning = font.widths[glyph] + offset - width * 1000 * FROM_UNITS / face.size
    result = (f">{-offset}<" if offset else "") + f"{glyph:04x}" + (f">{int(kerning)}<" if kerning else "")
    face.written[glyph, width, across] = result
    return result
