"""Marks without a partner: set by their neighbours if these leave one direction, and reported.

In edited books, nearly all of the 989 marks that were left straight have one direction. A mark between two spaces, or between
two letters, is left as typed and reported, too.
"""

from __future__ import annotations

from collections.abc import Sequence

from book.style.character_classes import CLASS, Class
from book.style.languages import elisions, one_glyph
from book.style.rules.quotes.marks import Mark, Role
from book.style.rules.quotes.strength import STRONG, WEAK
from book.style.words import Words

NEAR = 8
"""The number of characters on each side of a mark that are examined."""
SENTENCE_ENDS = frozenset(".!?")
SIBILANTS = frozenset("sxzSXZ")


def set_alone(marks: Sequence[Mark], text: str, words: Words) -> None:
    """Give a role to every mark that has none.

    Args:
        marks: the marks of one run; pairs have their roles.
        text: the guarded text.
        words: what the book teaches.
    """
    inside = False
    for mark in marks:
        if mark.role:
            inside = mark.role is Role.OPEN if mark.partner is not None and not mark.double else inside
            continue
        if mark.double:
            mark.role, mark.alone = _direction(mark, text), True
        else:
            mark.role, mark.alone = _single(mark, text, words, inside=inside)


def _direction(mark: Mark, text: str) -> Role:
    """Return the one direction of *mark*, if it has one and there is something to quote."""
    before, after = text[: mark.start][-NEAR:], text[mark.end : mark.end + NEAR]
    if before[-1:].isalnum() and after[:1].isalnum():
        return Role.NONE
    if mark.only_opens and _holds(after):
        return Role.OPEN
    return Role.CLOSE if mark.only_closes and _holds(before[::-1]) else Role.NONE


def _holds(inside: str) -> bool:
    """Return whether *inside*, the text from the mark on, begins with anything but a space, ignoring other marks."""
    return next((not letter.isspace() for letter in inside if CLASS[letter] != Class.QUOTE), False)


def _single(mark: Mark, text: str, words: Words, *, inside: bool) -> tuple[Role, bool]:
    """Return the role of a single without a partner, and whether the author should check it.

    A single *inside* a pair of singles opens nothing, because singles are never nested directly in singles.
    """
    if mark.glyph == "`":
        return Role.STAYS, False
    if mark.glyph in "‹›『』‚":
        return _direction(mark, text), True
    before = CLASS[text[mark.start - 1]] if mark.start else Class.SPACE
    after = CLASS[text[mark.end]] if mark.end < len(text) else Class.SPACE
    if mark.weak and text[mark.start - 1] not in SIBILANTS:
        return (Role.PRIME if mark.straight else Role.APOSTROPHE), False
    if mark.glyph == "‘" and mark.only_opens and one_glyph(mark.tag):
        return Role.OPEN, True
    if mark.turn < 0 and mark.glyph != "’" and mark.only_closes and not one_glyph(mark.tag):
        return Role.CLOSE, True
    if mark.closes and before == Class.LETTER:
        return Role.APOSTROPHE, False
    if mark.opens and after == Class.LETTER:
        if not inside and mark.straight and mark.only_opens and _begins(mark, text, words):
            return Role.OPEN, True
        return Role.APOSTROPHE, False
    if mark.only_closes and one_glyph(mark.tag):
        return Role.APOSTROPHE, True
    return _direction(mark, text), True


def _begins(mark: Mark, text: str, words: Words) -> bool:
    """Return whether a lone single begins a quotation: it follows a pause and does not precede a cut-off word.

    If the closing single and the apostrophe have different glyphs, words are seldom cut off at their beginning. Otherwise a single
    inside doubles stays an apostrophe: `"It's late. 'Guess I'll go."`
    """
    if mark.head in words.heads:
        return False
    if not one_glyph(mark.tag):
        return mark.opening == STRONG or (mark.opening > WEAK and not elisions(mark.tag))
    before = text[: mark.start].rstrip()[-1:]
    if mark.region is not None:
        return False
    return not before or before in ",:;—–()" or (before in SENTENCE_ENDS and mark.opening == STRONG)
