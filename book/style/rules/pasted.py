"""Characters that come with pasted text: ligatures, characters without width that do nothing where they stand, and rows of no-break spaces.

Who searches an e-book or a PDF for a word does not find it with one of them inside. What has a purpose stays: breaks in long words,
between signs, and in scripts without spaces; soft hyphens in words; marks of direction in a text that runs both ways.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from book.patterns import regex
from book.scripts import RIGHT_TO_LEFT
from book.style.character_classes import DOUBLES, SINGLES
from book.style.options import Doubt, Style
from book.style.runs import Edit, Run

LIGATURES = regex("[\ufb00-\ufb06]")
DIRECTIONS = regex("[\u200e\u200f\u061c]+")
AT_AN_EDGE = regex("(?:(?<=[ \n\u00a0])|^)[\u00ad\u200b\u2060]+|[\u00ad\u200b\u2060]+(?=[ \n\u00a0]|$)")
INSIDE = regex("(?<=[^ \n\u00a0])[\u200b\u2060]+(?=[^ \n\u00a0])")
CHAIN = regex("(?<![^ \n\u00a0])(?:[^\\W\\d_][^ \n\u00a0]*\u00a0){5,}[^\\W\\d_]")
"""Six words or more between which no line may break: nobody types that."""
BETWEEN = regex("(?<=[^\\W\\d_])([,.;:!?)’”\"']*)\u00a0(?=[^\\W\\d_])")
ANY = regex("[\u00ad\u061c\u200b\u200e\u200f\u2060\ufb00-\ufb06]")
_GAP = regex("[ \n\u00a0]")
_WITHOUT_WIDTH = regex("[\u00ad\u200b\u2060]")
WITH_SPACES = ("LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "GEORGIAN", "HEBREW", "ARABIC", "HANGUL", "DIGIT")
"""How the names of letters begin in scripts that have spaces between words."""
MARKS, CLOSING, OPENING = DOUBLES | SINGLES, frozenset(".,;:!?)]}"), frozenset("([{")
LONG = 20
"""Letters of a word in which a break without a hyphen has a purpose."""


def pasted(runs: Sequence[Run], _style: Style) -> Iterator[tuple[int, Edit | Doubt]]:
    """Yield an edit for each ligature, which becomes its letters, and for each of the other characters, which goes."""
    for index, run in enumerate(runs):
        text = run.guarded
        if "\u00a0" in text:
            for chain in CHAIN.finditer(text):
                for match in BETWEEN.finditer(text, *chain.span()):
                    yield index, Edit(match.end() - 1, match.end(), " ", "space")
        if not ANY.search(text):
            continue
        for match in LIGATURES.finditer(text):
            yield index, Edit(*match.span(), unicodedata.normalize("NFKC", match[0]), "letters")
        if not RIGHT_TO_LEFT.search(run.text):
            for match in DIRECTIONS.finditer(text):
                yield index, Edit(*match.span(), "", "letters")
        for match in AT_AN_EDGE.finditer(text):
            yield index, Edit(*match.span(), "", "letters")
        for match in INSIDE.finditer(text):
            if _is_idle(text, *match.span()):
                yield index, Edit(*match.span(), "", "letters")


def _is_idle(text: str, start: int, end: int) -> bool:
    """Return whether no line needs to break, or must not break, between *start* and *end*."""
    before, after = text[start - 1], text[end]
    if after in CLOSING or before in OPENING or {before, after} & MARKS:
        return True
    if not (_is_spaced(before) and _is_spaced(after)) or (before.islower() and after.isupper()):
        return False
    head, tail = text[max(0, start - 4 * LONG) : start], text[end : end + 4 * LONG]
    letters = _WITHOUT_WIDTH.sub("", _GAP.split(head)[-1] + _GAP.split(tail, 1)[0])
    return len(letters) <= LONG


def _is_spaced(letter: str) -> bool:
    """Return whether *letter* is one of a script with spaces between words."""
    return letter.isalnum() and unicodedata.name(letter, "").startswith(WITH_SPACES)
