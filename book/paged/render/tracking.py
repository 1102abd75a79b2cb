"""Sets the letters of a very loose line a hair apart, so that its word spaces are less wide.

A line whose words do not divide, and which has few spaces, is loose however well its paragraph is broken. A hundredth of the type
size between two letters is not seen; over fifty letters it takes half a point from each of eight spaces. Text stays as it is.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from book.paged import box_changes
from book.paged.boxes import lines
from book.paged.boxes.tree import Box
from book.paged.render.paragraphs import natural_width

LOOSE: Final = 1.8
"""Word spaces wider than this, in natural spaces, are made narrower."""
MOST: Final = 0.01
"""The most that is added after each letter, in sizes of the type."""
SCRIPTS: Final = frozenset({"LATIN", "GREEK", "CYRILLIC"})
"""Scripts whose letters stand alone: those of others are joined or hang from a bar."""


def track(line: Box, missing: float, spaces: int) -> float:
    """Set the letters of a *line* apart if its word spaces would be very wide.

    Args:
        line: the line, with natural spaces.
        missing: how many pixels narrower it is than the measure.
        spaces: the number of its word spaces.

    Returns:
        How many pixels are still missing.
    """
    loose = missing - (LOOSE - 1) * lines.space(line) * spaces
    if loose <= 0:
        return missing
    texts = list(lines.typed(line))
    room = sum(len(text.strip()) * size for text, size in texts) * MOST
    if not room or not all(_stands_alone(letter) for text, _ in texts for letter in text):
        return missing
    return missing - box_changes.set_apart(line, MOST * min(1.0, loose / room), natural_width)


def _stands_alone(letter: str) -> bool:
    return not letter.isalpha() or unicodedata.name(letter, "").partition(" ")[0] in SCRIPTS
