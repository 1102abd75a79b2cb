"""A typeface of boxes: one glyph for each letter that no font of a theme has, so that a page shows where it is missing.

Each letter has a glyph of its own, although all look the same: so text that is copied from a PDF, and what is read aloud, is the text of
the author. The glyph that every font has for missing letters would not say which one is missing, and ISO 14289-1 §7.21.8 forbids it.
"""

from __future__ import annotations

import functools
import io

FAMILY = "Handbound Boxes"
"""The name of the typeface. No style sheet names it: it is used where no other font has a letter."""
EM = 1000
WIDTH = 600
"""That of a letter of the typeface for code, so that its columns stay."""
SPACE = 250
SPACES = (0x20, 0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)
"""A space after a letter is always taken from the font of that letter."""
LEFT, RIGHT, BOTTOM, TOP, STROKE = 60, 540, -20, 700, 44


@functools.lru_cache(maxsize=8)
def font(letters: frozenset[str]) -> bytes:
    """Return a TTF file with a box for each of *letters*; the same letters are the same bytes."""
    from fontTools.fontBuilder import FontBuilder  # noqa: PLC0415 - slow to import, and seldom needed
    from fontTools.pens.ttGlyphPen import TTGlyphPen  # noqa: PLC0415

    pen = TTGlyphPen(None)
    inner = (LEFT + STROKE, RIGHT - STROKE, BOTTOM + STROKE, TOP - STROKE)
    _rectangle(pen, LEFT, RIGHT, BOTTOM, TOP, step=1)
    _rectangle(pen, *inner, step=-1)
    box = pen.glyph()
    codes = {ord(letter): f"u{ord(letter):04X}" for letter in sorted(letters)}
    glyphs = {
        ".notdef": (box, WIDTH),
        "space": (TTGlyphPen(None).glyph(), SPACE),
        **dict.fromkeys(codes.values(), (box, WIDTH)),
    }
    builder = FontBuilder(EM, isTTF=True)
    builder.setupHead(unitsPerEm=EM, created=0, modified=0)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({**dict.fromkeys(SPACES, "space"), **codes})
    builder.setupGlyf({name: glyph for name, (glyph, _) in glyphs.items()})
    builder.setupHorizontalMetrics({name: (width, LEFT) for name, (_, width) in glyphs.items()})
    builder.setupHorizontalHeader(ascent=TOP, descent=BOTTOM)
    builder.setupNameTable({"familyName": FAMILY, "styleName": "Regular", "psName": FAMILY.replace(" ", "")})
    builder.setupOS2(sTypoAscender=TOP, sTypoDescender=BOTTOM, usWeightClass=400, fsSelection=0x40)
    builder.setupPost()
    out = io.BytesIO()
    builder.font.save(out)
    return out.getvalue()


def _rectangle(pen: object, left: int, right: int, bottom: int, top: int, *, step: int) -> None:
    """Draw a rectangle, clockwise if *step* is 1; the inner one of a frame runs the other way."""
    corners = ((left, bottom), (left, top), (right, top), (right, bottom))[::step]
    pen.moveTo(corners[0])  # type: ignore[attr-defined]
    for corner in corners[1:]:
        pen.lineTo(corner)  # type: ignore[attr-defined]
    pen.closePath()  # type: ignore[attr-defined]
