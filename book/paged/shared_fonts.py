"""The fonts of segments: segments embed none, and say which glyphs they use; the joined file finds the same fonts again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from book.paged.segments import Glyphs, UnjoinableError


class Unembedded(dict[Any, Any]):
    """The fonts of a document that embeds none: WeasyPrint embeds the values, and asks for single ones while it draws."""

    def values(self) -> Any:
        """Return no font to embed."""
        return ()

    def used(self) -> Iterable[Any]:
        """Return the fonts."""
        return super().values()


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
    from weasyprint.pdf.fonts import Font  # noqa: PLC0415 - slow, and it needs Pango
    from weasyprint.text.ffi import TO_UNITS, ffi, gobject, pango  # noqa: PLC0415 - the same
    from weasyprint.text.fonts import get_pango_font_key  # noqa: PLC0415 - the same

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
