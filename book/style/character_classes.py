"""Classes of characters, which decide the direction of a quotation mark next to them."""

from __future__ import annotations

import unicodedata
from enum import IntEnum


class Class(IntEnum):
    """The class of a character next to a quotation mark."""

    SPACE = 0
    """A space, or the edge of the run."""
    OPENING = 1
    """An opening bracket, ``¿``."""
    DASH = 2
    """A dash, or a sign that separates words like a dash."""
    LETTER = 3
    """A letter, digit, currency sign, or an opaque object that is read like a word."""
    CJK = 4
    """A letter or sign of a script without spaces."""
    CLOSING = 5
    """Everything else: stops, closing brackets, primes, pictures."""
    QUOTE = 6
    """A quotation mark whose direction is not known yet."""
    OPENER = 7
    """A mark that opens."""
    CLOSER = 8
    """A mark that closes."""
    EITHER = 9
    """A mark that may open or close."""


DOUBLES = frozenset('"“”„‟«»「」＂')
SINGLES = frozenset("'‘’‚‛‹›『』")
DASHES = frozenset("/|&+=~@#*_<>^\\")
BLANKS = frozenset("\u200b\u2060\ufeff")
JOINERS = frozenset("\u200c\u200d\u00ad")
LETTERS = frozenset("§№\ufffc")
EAST = (
    (0x1100, 0x11FF), (0x2E80, 0x9FFF), (0xA960, 0xA97F), (0xAC00, 0xD7FF), (0xF900, 0xFAFF), (0xFE30, 0xFE4F),
    (0xFF00, 0xFFEF), (0x1B000, 0x1B16F), (0x20000, 0x3FFFF),
)  # fmt: skip


def classify(letter: str) -> Class:
    """Return the class of one character.

    >>> [classify(letter).name for letter in " (—a漢.'"]
    ['SPACE', 'OPENING', 'DASH', 'LETTER', 'CJK', 'CLOSING', 'QUOTE']
    """
    category = unicodedata.category(letter)
    code = ord(letter)
    if letter in DOUBLES or letter in SINGLES:
        return Class.QUOTE
    if category[0] == "Z" or letter in BLANKS or (category == "Cc" and letter.isspace()):
        return Class.SPACE
    if category in ("Ps", "Pi") or letter in "¿¡":
        return Class.OPENING
    if any(first <= code <= last for first, last in EAST):
        return Class.CJK
    if category == "Pd" or letter in DASHES:
        return Class.DASH
    if 0xFE00 <= code <= 0xFE0F or code == 0x20E3:
        return Class.CLOSING
    if category[0] in "LMN" or category == "Sc" or letter in LETTERS or letter in JOINERS:
        return Class.LETTER
    return Class.CLOSING


class _Classes(dict[str, Class]):
    """Caches the class of each character."""

    def __missing__(self, letter: str) -> Class:
        self[letter] = kind = classify(letter)
        return kind


CLASS = _Classes()
