"""The fonts of a document: glyphs of shortened lines mean themselves.

Segments embed no font, and say which glyphs they use; the joined file finds the same fonts again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import uharfbuzz
from weasyprint.pdf.fonts import Font
from weasyprint.text.ffi import TO_UNITS, ffi, gobject, pango
from weasyprint.text.fonts import get_pango_font_key

from book.paged.segments import Glyphs, UnjoinableError

SHORTENING = "…."
"""What Pango puts in place of the end of a line that is too long: one mark, or three where the font lacks it."""
DIRECTORY = 1000
"""More bytes than the directory of the tables of a font takes, which has a checksum of each table (OpenType 1.9, "Table Directory")."""
_SHORTENING_GLYPHS: dict[tuple[bytes, int, int], dict[int, str]] = {}
"""Beginning, length and number in its file of a font -> the glyphs of those marks. Its name may be that of another font later."""


class Embedded(dict[Any, Any]):
    """The fonts of a document: WeasyPrint embeds the values, and asks for single ones while it draws."""

    def values(self) -> Any:
        """Return the fonts to embed."""
        return self.used()

    def used(self) -> Iterable[Any]:
        """Return the fonts, once all is drawn."""
        for font in super().values():
            _mean_themselves(font)
        return super().values()


class Unembedded(Embedded):
    """The fonts of a document that embeds none."""

    def values(self) -> Any:
        """Return no font to embed."""
        return ()


def _mean_themselves(font: Any) -> None:
    """Let the marks of shortened lines stand for themselves: Pango gives them the text that they replace.

    WeasyPrint keeps the first text of a glyph, so that each such mark in the book would be copied as the end of some running head.
    """
    key = (font.file_content[:DIRECTORY], len(font.file_content), font.index)
    if key not in _SHORTENING_GLYPHS:
        letters = uharfbuzz.Font(uharfbuzz.Face(font.file_content, font.index))
        glyphs = {letters.get_nominal_glyph(ord(sign)): sign for sign in SHORTENING}
        # A font of pictures may have no table of characters.
        _SHORTENING_GLYPHS[key] = {glyph: sign for glyph, sign in glyphs.items() if glyph is not None}
    marks = _SHORTENING_GLYPHS[key]
    font.to_unicode.update({glyph: sign for glyph, sign in marks.items() if glyph in font.to_unicode})


def glyphs_of(font: Any) -> Glyphs:
    """Return the glyphs that a document uses of *font*.

    Raises:
        UnjoinableError: some are missing, or they are pictures.
    """
    if font.missing or font.bitmap:
        raise UnjoinableError(f"the font {font.family} lacks glyphs")
    return Glyphs(
        name=font.hash,
        family=font.family,
        style=int(font.style),
        weight=int(font.weight),
        variations=",".join(f"{axis}={value:g}" for axis, value in font.variations.items()),
        size=float(font.font_size),
        letters=dict(font.to_unicode),
        widths=dict(font.widths),
    )


def again(glyphs: Glyphs, fonts: Any) -> Any:
    """Return the font of *glyphs* as WeasyPrint writes it.

    Args:
        glyphs: of a font.
        fonts: the font map of Pango that has it.

    Raises:
        UnjoinableError: Pango gives another font.
    """
    context = ffi.gc(pango.pango_font_map_create_context(fonts), gobject.g_object_unref)
    pango.pango_context_set_round_glyph_positions(context, False)
    wish = ffi.gc(pango.pango_font_description_new(), pango.pango_font_description_free)
    pango.pango_font_description_set_family(wish, glyphs.family.encode())
    pango.pango_font_description_set_style(wish, glyphs.style)
    pango.pango_font_description_set_weight(wish, glyphs.weight)
    pango.pango_font_description_set_absolute_size(wish, glyphs.size * TO_UNITS)
    if glyphs.variations:
        pango.pango_font_description_set_variations(wish, glyphs.variations.encode())
    loaded = pango.pango_font_map_load_font(fonts, context, wish)
    if loaded == ffi.NULL:
        raise UnjoinableError(f"the font {glyphs.family} is not found again")
    loaded = ffi.gc(loaded, gobject.g_object_unref)
    _, description, size = get_pango_font_key(loaded)
    font = Font(loaded, description, size)
    if font.hash != glyphs.name:
        raise UnjoinableError(f"another font is found for {glyphs.family}")
    font.to_unicode, font.widths = dict(glyphs.letters), dict(glyphs.widths)
    return font
