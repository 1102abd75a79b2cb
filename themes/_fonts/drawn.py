"""The characters that are drawn or composed here, because no subset file has them: blanks, look-alikes, fractions, boxes, symbols in cells.

Everything is made of what a face already has, at its own weight and slant, or of plain rectangles. Only the symbols of listings are
those of another face.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from fontTools.ttLib import TTFont

# Blank characters and their widths in thousandths of the em; a letter means "as wide as this glyph".
BLANKS: dict[int, int | str] = {
    0x00A0: " ",
    0x2000: 500,
    0x2001: 1000,
    0x2002: 500,
    0x2003: 1000,
    0x2004: 333,
    0x2005: 250,
    0x2006: 167,
    0x2007: "0",
    0x2008: ".",
    0x2009: 200,
    0x200A: 100,
    0x202F: 200,
    0x205F: 222,
    0x3000: 1000,
}
# Characters that print nothing and take no room, so that no other font is asked for them.
MARKS_WITHOUT_WIDTH = (
    0x200B,
    0x200C,
    0x200D,
    0x200E,
    0x200F,
    0x2060,
    0x2061,
    0x2062,
    0x2063,
    0x2064,
    0xFE0E,
    0xFE0F,
    0xFEFF,
)
# Characters that look like another one: hyphen, non-breaking hyphen, soft hyphen, ohm, kelvin, angstrom, ligatures by code.
SAME_AS = {
    0x2010: 0x002D,
    0x2011: 0x002D,
    0x00AD: 0x002D,
    0x2126: 0x03A9,
    0x212A: 0x004B,
    0x212B: 0x00C5,
    0x2206: 0x0394,
    0x00B5: 0x03BC,
    0x03BC: 0x00B5,
    0x0387: 0x00B7,
    0x037E: 0x003B,
    0x2215: 0x2044,
    0x2219: 0x00B7,
    0x22C5: 0x00B7,
    0x02BC: 0x2019,
}


def add_blanks_and_twins(font: TTFont) -> None:
    """Give *font* the spaces, invisible marks and look-alikes that its sources left out."""
    cmap, advance = font.getBestCmap(), font["hmtx"].metrics
    em = font["head"].unitsPerEm
    fixed = advance[cmap[0x20]][0] if font["post"].isFixedPitch else None

    def width_of(width: int | str) -> int:
        if fixed is not None:
            return int(fixed)
        return int(advance[cmap[ord(width)]][0]) if isinstance(width, str) else round(width * em / 1000)

    for code, width in BLANKS.items():
        if code not in cmap and 0x30 in cmap and 0x2E in cmap:
            add_glyph(font, code, Glyph(), width_of(width))
    for code in MARKS_WITHOUT_WIDTH:
        if code not in cmap:
            add_glyph(font, code, Glyph(), 0)
    for code, twin in SAME_AS.items():
        if code not in cmap and twin in cmap:
            map_code(font, code, cmap[twin])
    if 0x2021 not in cmap and 0x2020 in cmap:
        add_double_dagger(font)


def add_double_dagger(font: TTFont) -> None:
    """Make ‡ of † and the same † turned upside down round its own centre."""
    name = font.getBestCmap()[0x2020]
    dagger, (width, _) = font["glyf"][name], font["hmtx"].metrics[name]
    pen = TTGlyphPen(font["glyf"])
    pen.addComponent(name, (1, 0, 0, 1, 0, 0))
    pen.addComponent(name, (-1, 0, 0, -1, dagger.xMin + dagger.xMax, dagger.yMin + dagger.yMax))
    add_glyph(font, 0x2021, pen.glyph(), width)


def add_glyph(font: TTFont, code: int, glyph: Glyph, width: int) -> None:
    """Append *glyph*, *width* units wide, as the character *code*."""
    name = f"uni{code:04X}"
    while name in font.getReverseGlyphMap():
        name += ".h"
    glyf = font["glyf"]
    glyf[name] = glyph
    if glyph.numberOfContours:
        glyph.recalcBounds(glyf)
    font["hmtx"].metrics[name] = (width, getattr(glyph, "xMin", 0) if glyph.numberOfContours else 0)
    font.setGlyphOrder(glyf.glyphOrder)
    map_code(font, code, name)


def map_code(font: TTFont, code: int, name: str) -> None:
    """Let the character *code* be drawn by the glyph *name*."""
    for table in font["cmap"].tables:
        if table.isUnicode() and (code <= 0xFFFF or table.format == 12):
            table.cmap[code] = name


# Figures ------------------------------------------------------------------------------------------------------------------
# The faces can set any fraction by their `frac` feature, but an author types ⅓, and a subset file stops at ¼ ½ ¾.
FRACTIONS = {
    code: (int(over), int(under))
    for code in (*range(0x2150, 0x2152), *range(0x2153, 0x215F))
    for over, _, under in [unicodedata.normalize("NFKC", chr(code)).partition("\u2044")]
    if len(under) == 1
}
RAISED = {0x2070: 0, **{0x2070 + n: n for n in range(4, 10)}}
LOWERED = {0x2080 + n: n for n in range(10)}


def add_figures(font: TTFont) -> None:
    """Compose the fractions, the raised and lowered figures and the per mille sign that *font* lacks."""
    cmap, advance, glyf = font.getBestCmap(), font["hmtx"].metrics, font["glyf"]
    over, under = (substitutes(font, feature) for feature in ("numr", "dnom"))
    if not over or not under or not {0x2044, 0xB2, 0x30} <= set(cmap):
        return
    figure = [cmap[0x30 + n] for n in range(10)]
    if 0x2030 not in cmap and 0x25 in cmap:
        add_per_mille(font, under[figure[0]])
    for code, (n, d) in FRACTIONS.items():
        if code in cmap or font["post"].isFixedPitch:  # three glyphs do not fit into one cell
            continue
        top, bar, low = over[figure[n]], cmap[0x2044], under[figure[d]]
        pen, x = TTGlyphPen(glyf), 0
        for name in (top, bar, low):
            pen.addComponent(name, (1, 0, 0, 1, x, 0))
            x += advance[name][0]
        add_glyph(font, code, pen.glyph(), x)
    lift = glyf[cmap[0xB2]].yMin - glyf[over[figure[2]]].yMin
    drop = -round(0.14 * font["head"].unitsPerEm) - glyf[under[figure[0]]].yMin
    for codes, source, shift in ((RAISED, over, lift), (LOWERED, under, drop)):
        for code, n in codes.items():
            if code not in cmap:
                pen = TTGlyphPen(glyf)
                pen.addComponent(source[figure[n]], (1, 0, 0, 1, 0, shift))
                add_glyph(font, code, pen.glyph(), advance[source[figure[n]]][0])


def substitutes(font: TTFont, feature: str) -> Mapping[str, str]:
    """Return glyph -> glyph of the one-to-one replacements that a GSUB *feature* makes."""
    if "GSUB" not in font or font["GSUB"].table.FeatureList is None:
        return {}
    table = font["GSUB"].table
    found: dict[str, str] = {}
    for record in table.FeatureList.FeatureRecord:
        if record.FeatureTag == feature:
            for index in record.Feature.LookupListIndex:
                for lookup in table.LookupList.Lookup[index].SubTable:
                    single = getattr(lookup, "ExtSubTable", lookup)
                    found |= dict(getattr(single, "mapping", None) or {})
    return found


def add_per_mille(font: TTFont, zero: str) -> None:
    """Make ‰ of % and one more lowered *zero*, squeezed into the cell of a fixed-pitch face."""
    percent, advance, glyf = font.getBestCmap()[0x25], font["hmtx"].metrics, font["glyf"]
    x = glyf[percent].xMax + round(0.02 * font["head"].unitsPerEm) - glyf[zero].xMin
    whole = x + advance[zero][0]
    cell = advance[percent][0] if font["post"].isFixedPitch else whole
    squeeze = cell / whole
    pen = TTGlyphPen(glyf)
    pen.addComponent(percent, (squeeze, 0, 0, 1, 0, 0))
    pen.addComponent(zero, (squeeze, 0, 0, 1, round(x * squeeze), 0))
    add_glyph(font, 0x2030, pen.glyph(), cell)


# Box drawing --------------------------------------------------------------------------------------------------------------
# Trees and tables in listings need lines that meet from cell to cell. No subset file has them, so they are drawn: each name in the
# Unicode table says which arms a character has ("BOX DRAWINGS LIGHT VERTICAL AND RIGHT").
ARMS = {
    "UP": ("up",),
    "DOWN": ("down",),
    "LEFT": ("left",),
    "RIGHT": ("right",),
    "HORIZONTAL": ("left", "right"),
    "VERTICAL": ("up", "down"),
}
STROKES = {"LIGHT", "HEAVY", "DOUBLE", "SINGLE"}


def arms(name: str) -> Mapping[str, str] | None:
    """Return the stroke of each arm that a box drawing character has by its Unicode *name*, or `None` for dashes, arcs and diagonals.

    >>> arms("BOX DRAWINGS LIGHT VERTICAL AND RIGHT")
    {'up': 'LIGHT', 'down': 'LIGHT', 'right': 'LIGHT'}
    >>> arms("BOX DRAWINGS DOWN SINGLE AND RIGHT DOUBLE")
    {'down': 'LIGHT', 'right': 'DOUBLE'}
    """
    words = name.removeprefix("BOX DRAWINGS ").split()
    if not set(words) <= STROKES | set(ARMS) | {"AND"}:
        return None
    leading = words[0] in STROKES
    found: dict[str, str] = {}
    waiting: list[str] = []
    stroke = words[0] if leading else ""
    for word in words:
        if word in STROKES:
            stroke = word
            if not leading:  # "DOWN SINGLE AND RIGHT DOUBLE": the stroke follows its arms
                found |= dict.fromkeys(waiting, stroke)
                waiting.clear()
        elif word in ARMS and leading:
            found |= dict.fromkeys(ARMS[word], stroke)
        elif word in ARMS:
            waiting += ARMS[word]
    return {arm: "LIGHT" if kind == "SINGLE" else kind for arm, kind in found.items()}


def add_box_drawing(font: TTFont) -> None:
    """Draw the straight lines of U+2500–257F, their rounded corners as square ones, and the blocks U+2580–2595, one cell wide."""
    cell = font["hmtx"].metrics[font.getBestCmap()[0x20]][0]
    top, bottom = font["hhea"].ascent, font["hhea"].descent
    past = round(
        0.15 * font["head"].unitsPerEm
    )  # upright lines meet up to a lead of 1.55: listings are set wider than the face is high
    for code in range(0x2500, 0x2580):
        name = (
            unicodedata.name(chr(code))
            .replace(" ARC ", " ")
            .replace("BOX DRAWINGS LIGHT TRIPLE DASH", "BOX DRAWINGS LIGHT")
        )
        for dashes in ("TRIPLE DASH ", "QUADRUPLE DASH ", "DOUBLE DASH "):
            name = name.replace(dashes, "")
        lines = arms(name)
        if lines is not None and code not in font.getBestCmap():
            add_glyph(font, code, rectangles(strokes(lines, cell, top + past, bottom - past)), cell)
    height = top - bottom
    for code, (left, low, right, high) in BLOCKS.items():
        if code not in font.getBestCmap():
            box = (round(cell * left), bottom + round(height * low), round(cell * right), bottom + round(height * high))
            add_glyph(font, code, rectangles([box]), cell)


BLOCKS: dict[int, tuple[float, float, float, float]] = {
    0x2580: (0, 0.5, 1, 1),
    **{0x2580 + n: (0, 0, 1, n / 8) for n in range(1, 9)},
    **{0x2590 - n: (0, 0, n / 8, 1) for n in range(1, 8)},
    0x2590: (0.5, 0, 1, 1),
    0x2594: (0, 0.875, 1, 1),
    0x2595: (0.875, 0, 1, 1),
}


def strokes(lines: Mapping[str, str], cell: int, top: int, bottom: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield the rectangles (left, low, right, high) of the arms in a cell; each arm runs a little past the centre, so that corners close."""
    x, y, light = cell // 2, (top + bottom) // 2, cell // 12
    gap = light
    double = "DOUBLE" in lines.values()
    reach = gap + light // 2 if double else (light if "HEAVY" in lines.values() else light // 2)
    for arm, kind in lines.items():
        half = light if kind == "HEAVY" else light // 2
        for shift in (-gap, gap) if kind == "DOUBLE" else (0,):
            if arm in {"left", "right"}:
                span = (0, x + reach) if arm == "left" else (x - reach, cell)
                yield span[0], y + shift - half, span[1], y + shift + half
            else:
                span = (bottom, y + reach) if arm == "down" else (y - reach, top)
                yield x + shift - half, span[0], x + shift + half, span[1]


def rectangles(boxes: Iterable[tuple[int, int, int, int]]) -> Glyph:
    """Return a glyph of filled rectangles, each (left, low, right, high)."""
    pen = TTGlyphPen(None)
    for left, low, right, high in boxes:
        pen.moveTo((left, low))
        for point in ((left, high), (right, high), (right, low)):
            pen.lineTo(point)
        pen.closePath()
    return pen.glyph()


# Symbols in listings ------------------------------------------------------------------------------------------------------
# A drawing made of characters stands in columns. An arrow or a tick of another face is wider than a cell, and moves all that follows.
SYMBOLS = [
    code
    for span in (
        # arrows, mathematics, keys
        "2190-21FF 2200-2223 2225-222B 2234-2237 223C 2243-224A 2260-226B 2282-2289 2295-2299 22A2-22A5 22C0-22C6 22EE-22F1 "
        "2302-2305 2318 2324-2328 232B 238B 23CE-23CF 23E9-23FA 27E8-27EB 27F5-27FF "
        # numbers in circles, shades and quarters, shapes
        "2460-2473 2591-2593 2596-259F 25A0-25FF "
        # weather, boxes to tick, cards, notes, signs; dingbats
        "2600-2606 260E 2610-2612 261B-261F 2630 2660-2667 266A-266F 2691 2699 26A0-26A1 26AA-26AB "
        "2702 2708-2709 270E-2718 271A 2726-2727 2731 2736 2756 275B-2767 276E-2771 2776-277F 2794 2798-27AF 27B1-27BE"
    ).split()
    for low, _, high in [span.partition("-")]
    for code in range(int(low, 16), int(high or low, 16) + 1)
]
SHADES = (*range(0x2591, 0x2594), *range(0x2596, 0x25A0))
"""These fill their cell, as U+2588 does."""
INSIDE = 0.94
"""The share of its cell that a symbol takes at most."""
UPRIGHT = 0.85
"""An arrow that is made narrower keeps this share of its height, so that its head and its stroke stay visible."""


def add_symbols(font: TTFont, lender: TTFont) -> None:
    """Give the fixed-pitch *font* the symbols of *lender*, drawn into one cell each, or two where terminals give a character two.

    Their middle stands where that of the minus sign does.
    """
    cmap, lent, glyphs = font.getBestCmap(), lender.getBestCmap(), lender.getGlyphSet()
    cell = font["hmtx"].metrics[cmap[0x20]][0]
    em = font["head"].unitsPerEm / lender["head"].unitsPerEm
    middle, own = (middle_of(face, 0x2212) for face in (lender, font))
    for code in SYMBOLS:
        box = lender["glyf"][lent[code]] if code in lent and code not in cmap else None
        if box is None or not box.numberOfContours:
            continue
        width = cell * (2 if unicodedata.east_asian_width(chr(code)) in "WF" else 1)
        across = min(em, INSIDE * width / (box.xMax - box.xMin))
        up = max(across, UPRIGHT * em) if "ARROW" in unicodedata.name(chr(code), "") else across
        across, left, up, low = (
            filled(lender, font, cell)
            if code in SHADES
            else (across, width / 2 - across * (box.xMin + box.xMax) / 2, up, own - up * middle)
        )
        whole, pen = DecomposingRecordingPen(glyphs), TTGlyphPen(None)
        glyphs[lent[code]].draw(whole)
        whole.replay(TransformPen(pen, (across, 0, 0, up, left, low)))
        add_glyph(font, code, pen.glyph(round=round), width)


def middle_of(font: TTFont, code: int) -> float:
    """Return the height of the middle of the character *code*."""
    glyph = font["glyf"][font.getBestCmap()[code]]
    return float(glyph.yMin + glyph.yMax) / 2


def filled(lender: TTFont, font: TTFont, cell: int) -> tuple[float, float, float, float]:
    """Return what makes the full block of *lender* fill a cell of *font*: the factor and the shift across, and those upwards."""
    block = lender["glyf"][lender.getBestCmap()[0x2588]]
    top, bottom = font["hhea"].ascent, font["hhea"].descent
    across, up = cell / (block.xMax - block.xMin), (top - bottom) / (block.yMax - block.yMin)
    return across, -across * block.xMin, up, bottom - up * block.yMin
