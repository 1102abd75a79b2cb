"""Pictures, formulas and listings."""

from __future__ import annotations

import re

from book.body import CODE, ON_PAPER, SMALLEST
from book.paged.boxes import tree
from book.paged.boxes.tree import Box
from book.paged.pages import Code, Context, Formula, Picture

FULL = 100.0
"""Percent: a picture of this width fills its column, whatever its author meant."""
PIXEL = 0.5
HAIR = 0.01
"""In letters: how much rounding may reduce the room of a line."""


def picture(box: Box, context: Context) -> Picture:
    """Return the picture or the formula that *box* is."""
    bottom, height = float(box.position_y + box.height), float(box.height)
    if not tree.is_formula(box):
        element = box.element
        shares = str(element.get(ON_PAPER[SMALLEST]) or "0 0").split() if element is not None else ("0", "0")
        smallest = min(float(shares[0]) * float(box.width), float(shares[1]) * height)
        name = str(element.get("alt") or "") if smallest else ""
        return Picture(
            context=context, bottom=bottom, height=height, smallest=smallest, name=name, is_sized=is_sized(box)
        )
    width = re.search(r"--width: ([0-9.]+)em", box.element.get("style", ""))
    return Formula(
        context=context,
        bottom=bottom,
        height=height,
        tex=str(tree.title_of(box).text),
        right=float(box.position_x + box.width),
        width=float(box.width),
        full_width=float(width[1]) * float(box.style["font_size"]) if width else 0.0,
    )


def is_sized(box: Box) -> bool:
    """Return whether *box* is a picture as wide as its author wants it, not as its column lets it be."""
    width = box.style["width"]
    if width == "auto":
        return False
    number, unit = float(width.value), str(width.unit).lower()
    return number < FULL if unit == "%" else abs(number - float(box.width)) < PIXEL


def code_number(box: Box) -> str:
    """Return the number of the listing that *box* is; empty if it is none."""
    return str(box.element.get(ON_PAPER[CODE]) or "") if box.element is not None else ""


def code(box: Box, context: Context, longest: int) -> Code:
    """Return the listing that *box* is, of which the longest line has so many columns."""
    texts = (inner for inner in tree.within(box) if tree.is_text(inner))
    letters = (inner.width / len(inner.text) for inner in texts if inner.text.isascii() and inner.text.isprintable())
    letter = max(letters, default=0.0)
    columns = int(box.width / letter + HAIR) if letter else 0
    is_scaled = "--hb-scale" in str(box.element.get("style") or "")
    return Code(
        context=context,
        number=code_number(box),
        columns=columns,
        longest=longest,
        smallest=float(box.style["font_size"]) if is_scaled else 0.0,
        words="".join(box.element.itertext()) if is_scaled else "",
    )
