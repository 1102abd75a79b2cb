"""Doubles inside a Hebrew word: the gershayim of an acronym (צה"ל), or a quotation behind a prefix (ב"הארץ").

A preposition, an article or a conjunction is written in one word with what is quoted. So a double between two letters opens a quotation if
only letters of prefixes stand before it in its word and two letters or more behind it, and if the next double that is not
between letters closes one. The gershayim of an acronym stand before its last letter, or before its ending.
"""

from __future__ import annotations

from book.patterns import regex

PREFIXED = regex(r"(?<![\w\u0591-\u05c7])[משהוכלב][\u0591-\u05c7]*(?:[משהוכלב][\u0591-\u05c7]*){0,3}\Z")
"""The end of a text that is nothing but prefixes."""
QUOTED = regex(r"[\w\u0591-\u05c7]{2}")
DOUBLE = '["“”„‟]'
CLOSED = regex(rf"(?:[^\"“”„‟]|(?<=\w){DOUBLE}(?=\w))*(?<=[\w\u0591-\u05c7.,!?…)\]]){DOUBLE}(?!\w)")
"""A text in which a double closes, before any other opens."""
LONGEST = 24
"""The most characters of prefixes that are looked at."""


def opens(text: str, start: int, end: int) -> bool:
    """Return whether the double at *start* to *end* in *text*, between two Hebrew letters, opens a quotation.

    >>> opens('קראתי ב"הארץ" היום', 7, 8), opens('צה"ל אמר "כן"', 2, 3), opens('מ"מים אמרו "כן"', 1, 2)
    (True, False, False)
    """
    before = PREFIXED.search(text[max(start - LONGEST, 0) : start])
    return before is not None and QUOTED.match(text, end) is not None and CLOSED.match(text, end) is not None
