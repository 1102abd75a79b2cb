"""Singles that are apostrophes or primes, whatever else the run contains.

A mark between two letters is always one (1 wrong of 37,162 in edited books). At the start of a word it is one if the language's
list of words without their beginning contains the word, or if the word is a decade.
"""

from __future__ import annotations

import re

from book.patterns import regex
from book.style.character_classes import CLASS, DOUBLES, Class
from book.style.languages import elisions, family
from book.style.rules.quotes.marks import Mark, Role

AFTER_WORD = frozenset({Class.LETTER, Class.CLOSER})
GLYPHS = frozenset("'’‘‛‚´")
HEADS = frozenset("'‘’‛")
"""Marks that can replace the beginning of a word."""
AND = regex("['‘’‛]n['‘’](?![^\\W_])", re.I)
DECADE = regex(r"\d\d(?:s|er)?(?!\w)")
WORD = regex(r"([^\W\d_]+)(?!\w|\.\w)(['’]t)?")
LONE_S = regex(r"s(?!\w)")
HALVES = frozenset({"twon", "tisn", "tain", "tweren", "twasn"})
"""Elisions that are words only before ``'t``."""
HAVE = regex(
    r"(?:n['’]t?|['’]d|['’]ll|\b(?:would|could|should|might|mought|ought|must|may|to|ter|ha|had|en|it|he|she|i|they|we|you))"
    r"[ \n]['’‘]a['’](?![^\W_])",
    re.I,
)
"""The ``'a'`` that is short for "have", as in "I'd 'a' been"."""
LONGEST_BEFORE_HAVE = 14


def decide(mark: Mark, text: str, before: Class, after: Class) -> None:
    """Give the single *mark* its role if its neighbours alone show that it is an apostrophe or a prime.

    Args:
        mark: a mark without a role.
        text: the run's guarded text.
        before: the class of the character before it.
        after: the class of the character after it.
    """
    start, end, glyph = mark.start, mark.end, mark.glyph
    heads = before not in AFTER_WORD and glyph in HEADS
    if before == Class.LETTER == after and glyph in GLYPHS:
        mark.role = _between(text, start, glyph)
    elif (
        (heads and AND.match(text, start))
        or (glyph in "'’‘" and AND.match(text, start - 2) and _starts(text, start - 2))
        or (glyph in HEADS and family(mark.tag) == "en" and _stands_for_have(text, start))
    ):
        mark.role = Role.APOSTROPHE
    elif heads and _elides(text, end, mark.tag):
        mark.role, mark.elides = Role.APOSTROPHE, True
    elif before == Class.LETTER and after == Class.QUOTE and glyph in "'’" and _before_opener(text, end):
        mark.role = Role.APOSTROPHE
    elif before == Class.CLOSER and glyph in "'’" and LONE_S.match(text, end):
        mark.role = Role.APOSTROPHE  # "Foo"'s
    elif (
        glyph in "'’"
        and text[start - 1 : start] == "."
        and text[start - 2 : start - 1].isalpha()
        and LONE_S.match(text, end)
    ):
        mark.role = Role.APOSTROPHE  # Wrigley Jr.'s


def _starts(text: str, start: int) -> bool:
    """Return whether a word begins at *start*."""
    return start >= 0 and (not start or CLASS[text[start - 1]] not in AFTER_WORD)


def _between(text: str, start: int, glyph: str) -> Role:
    """Return the role of a single between two letters or digits."""
    if glyph != "'" or not text[start - 1].isdecimal():
        return Role.APOSTROPHE
    if text[start + 1].isdecimal():
        # 40'000 has a thousands separator; inches and seconds have two digits.
        return Role.APOSTROPHE if re.match(r"\d{3}(?!\d)", text[start + 1 : start + 5]) else Role.PRIME
    # 5'x7': feet by feet
    return Role.PRIME if re.match(r"[x×]\s?\d", text[start + 1 : start + 4]) else Role.APOSTROPHE


def _stands_for_have(text: str, start: int) -> bool:
    """Return whether one of the marks of ``'a'`` for "have" is at *start*."""
    for head in (start, start - 2):
        if head >= 0 and text[head + 1 : head + 2] == "a" and text[head + 2 : head + 3] in ("'", "’"):
            match = HAVE.search(text, max(0, head - LONGEST_BEFORE_HAVE), head + 4)
            if match is not None and match.end() == head + 3:
                return True
    return False


def _elides(text: str, end: int, tag: str) -> bool:
    """Return whether a word without its beginning starts at *end*: a decade, or a word in the language's list."""
    if DECADE.match(text, end):
        return True
    words = elisions(tag)
    match = WORD.match(text, end) if words else None
    if match is None:
        return False
    word = match[1].lower()
    return word in words and (word not in HALVES or match[2] is not None)


def _before_opener(text: str, at: int) -> bool:
    """Return whether the double at *at* opens after an elided article: ``l'"amico"``, ``l'« homme »``."""
    if text[at] not in DOUBLES or at + 1 >= len(text):
        return False
    return CLASS[text[at + 1]] == Class.LETTER or (text[at] == "«" and text[at + 1] in " \u00a0\u202f")
