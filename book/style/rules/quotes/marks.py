"""The quotation marks of one run: what each can be, told by its neighbours.

The kind of a mark, double or single, comes from its glyph, the direction from what stands beside it; the glyph only
breaks ties. So ``”x”``, ``»x«`` and curls typed the wrong way round are read as what they are meant for.
"""

from __future__ import annotations

import re
from enum import IntEnum

from book.style.character_classes import CLASS, DOUBLES, Class
from book.style.languages import elisions, family, turn
from book.style.runs import Run

ANY = re.compile("[\"“”„‟«»「」＂'‘’‚‛‹›『』`´]")
TOKEN = re.compile("(?<!`)``(?!`)|(?<!')''(?!')|[\"“”„‟«»「」＂'‘’‚‛‹›『』`´]")
TOKEN_SINGLE = re.compile("(?<!`)``(?!`)|[\"“”„‟«»「」＂'‘’‚‛‹›『』`´]")
PAIRED_STRAIGHTS = re.compile("(?<!')''(?!')|(?<!`)``(?!`)")
APOSTROPHES = frozenset("'’‘‛‚´")
HEADS = frozenset("'‘’‛")
"""Marks that can stand for the head of a word."""
N = re.compile("['‘’‛]n['‘’](?![^\\W_])", re.I)
DECADE = re.compile(r"\d\d(?:s|er)?(?!\w)")
WORD = re.compile(r"([^\W\d_]+)(?!\w)(['’]t)?")
POSSESSIVE = re.compile("(?<=[sxzSXZ]).[ \n\v\f\u00a0\u202f]+(?:[^\\W_]|\ufffc)")
AFTER_WORD = frozenset({Class.LETTER, Class.CLOSER})
LONE_S = re.compile(r"s(?!\w)")
FRACTIONS = frozenset("¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞")
ENDS = frozenset(",.!?…")
CLEAR = frozenset("“”„«»「」‚‹›『』")
"""Marks that are no apostrophe and no prime, and show a direction."""
HALVES = frozenset({"twon", "tisn"})
"""Elisions that are words only before ``'t``."""


class Role(IntEnum):
    """What a mark turns out to be."""

    NONE = 0
    """Not known; in the end: without a partner."""
    OPEN = 1
    CLOSE = 2
    APOSTROPHE = 3
    PRIME = 4
    STAYS = 5
    """No mark of quotation: left, and not worth a word."""


class Mark:
    """One mark; its role is found in the course of pairing."""

    __slots__ = (
        "cause", "closes", "double", "doubtful", "elides", "end", "glyph", "inner", "level", "opens", "partner", "region",
        "role", "start", "straight", "tag", "weak",
    )  # fmt: skip

    def __init__(self, start: int, end: int, glyph: str, tag: str, *, double: bool) -> None:
        self.start, self.end, self.glyph, self.tag, self.double = start, end, glyph, tag, double
        self.straight = glyph[0] in "\"'`＂"
        self.opens = self.closes = False
        self.doubtful = False
        """A double that may be a prime, or an opener that may close."""
        self.weak = False
        """A single that may be a possessive or a prime."""
        self.elides = False
        """An apostrophe at the head of a word."""
        self.inner = False
        """A guillemet set off by a space inside."""
        self.role = Role.NONE
        self.partner: Mark | None = None
        self.region: Mark | None = None
        self.level = 0
        self.tag = tag

    @property
    def turn(self) -> int:
        """1 if the glyph itself opens, -1 if it closes, 0 if it does not say."""
        return 0 if self.straight else turn(self.tag, self.glyph)


def read(run: Run) -> list[Mark]:
    """Return the marks of *run* in order, apostrophes and primes decided, the others with what they can be."""
    text = run.guarded
    pattern = TOKEN if "''" in text and _has_straights_for_doubles(text) else TOKEN_SINGLE
    marks: list[Mark] = []
    last, kind_of_last = -1, Class.SPACE
    length = len(text)
    second_of_n = -1
    lone = len(run.languages) == 1
    tag = run.languages[0][1]
    for found in pattern.finditer(text):
        start, end = found.span()
        glyph = found[0]
        before = kind_of_last if start == last else (CLASS[text[start - 1]] if start else Class.SPACE)
        after = CLASS[text[end]] if end < length else Class.SPACE
        if not lone:
            tag = run.language(start)
        double = glyph in DOUBLES or end - start > 1
        mark = Mark(start, end, glyph, tag, double=double)
        if not double:
            if glyph == "`" and (before in AFTER_WORD or after != Class.LETTER):
                continue
            if glyph == "´" and not (before == Class.LETTER == after):
                continue
            heads = before not in AFTER_WORD and glyph in HEADS
            if start == second_of_n:
                mark.role = Role.APOSTROPHE
            elif before == Class.LETTER and after == Class.LETTER and glyph in APOSTROPHES:
                mark.role = _between(text, start, glyph)
            elif heads and N.match(text, start):
                mark.role = Role.APOSTROPHE
                second_of_n = start + 2
            elif heads and _elides(text, end, tag):
                mark.role, mark.elides = Role.APOSTROPHE, True
            elif before == Class.LETTER and after == Class.QUOTE and glyph in "'’" and _before_opener(text, end):
                mark.role = Role.APOSTROPHE
            elif before == Class.CLOSER and glyph in "'’" and LONE_S.match(text, end):
                mark.role = Role.APOSTROPHE  # "Foo"'s
        last = end
        if mark.role:
            kind_of_last = Class.DASH if mark.role is Role.APOSTROPHE else Class.CLOSING
            marks.append(mark)
            continue
        _turn(mark, text, before, after)
        marks.append(mark)
        kind_of_last = _kind(mark)
    return marks


def _kind(mark: Mark) -> Class:
    """Return the class of *mark* to the one straight after it."""
    if mark.opens:
        return Class.EITHER if mark.closes else Class.OPENER
    return Class.CLOSER if mark.closes and not mark.doubtful and mark.role is not Role.PRIME else Class.CLOSING


def _has_straights_for_doubles(text: str) -> bool:
    """Say whether ``''`` stands for a double here: after ``` `` ```, or when there are two of them."""
    return len(PAIRED_STRAIGHTS.findall(text)) > 1


def _between(text: str, start: int, glyph: str) -> Role:
    """Return what a single between two letters or digits is."""
    if glyph != "'" or not text[start - 1].isdecimal():
        return Role.APOSTROPHE
    if text[start + 1].isdecimal():
        # 40'000 is a number with its thousands apart; inches and seconds have two digits.
        return Role.APOSTROPHE if re.match(r"\d{3}(?!\d)", text[start + 1 : start + 5]) else Role.PRIME
    # 5'x7': feet by feet
    return Role.PRIME if re.match(r"[x×]\s?\d", text[start + 1 : start + 4]) else Role.APOSTROPHE


def _elides(text: str, end: int, tag: str) -> bool:
    """Say whether a word with its head cut off begins at *end*: a decade or a word of the language's list."""
    if DECADE.match(text, end):
        return True
    words = elisions(tag)
    found = WORD.match(text, end) if words else None
    if found is None:
        return False
    word = found[1].lower()
    return word in words and (word not in HALVES or found[2] is not None)


def _before_opener(text: str, at: int) -> bool:
    """Say whether the double at *at* opens after an elided article: ``l'"amico"``, ``l'« homme »``."""
    if text[at] not in DOUBLES or at + 1 >= len(text):
        return False
    return CLASS[text[at + 1]] == Class.LETTER or (text[at] == "«" and text[at + 1] in " \u00a0\u202f")


BEFORE_OPENER = frozenset({Class.SPACE, Class.OPENING, Class.DASH, Class.CJK, Class.OPENER, Class.EITHER})
NOT_BEFORE_CLOSER = frozenset({Class.SPACE, Class.OPENING, Class.OPENER})
AFTER_CLOSER = frozenset({Class.SPACE, Class.CLOSING, Class.DASH, Class.CJK, Class.QUOTE, Class.OPENING})


def _turn(mark: Mark, text: str, before: Class, after: Class) -> None:
    """Find out whether *mark* can open and can close."""
    start = mark.start
    if mark.glyph in "«»‹›" and _inner(mark, text, before, after):
        return
    mark.opens = after != Class.SPACE and (
        before in BEFORE_OPENER or (before == Class.CLOSING and after in (Class.LETTER, Class.CJK))
    )
    mark.closes = before not in NOT_BEFORE_CLOSER and after in AFTER_CLOSER
    if before in (Class.OPENER, Class.EITHER) and after in (Class.SPACE, Class.CLOSING):  # empty quotes
        mark.closes = True
    if not mark.opens and not mark.closes and mark.glyph in CLEAR and Class.SPACE not in (before, after):
        mark.opens, mark.closes = mark.turn > 0, mark.turn < 0  # «Pull»s: its glyph is all it has
    if (
        mark.double
        and before == Class.LETTER == after
        and not text[start - 1].isdecimal()
        and LONE_S.match(text, mark.end)
    ):
        mark.closes = True  # "Foo"s, when one is open
    number = start > 0 and (text[start - 1].isdecimal() or text[start - 1] in FRACTIONS)
    if mark.glyph == "`":
        mark.closes = False
    elif mark.double:
        if number and mark.glyph in ('"', "''"):
            if mark.closes:
                mark.doubtful = True
            elif not mark.opens:
                mark.role = Role.PRIME
        elif mark.opens and not mark.closes and mark.glyph == '"' and start and text[start - 1] in ENDS:
            mark.doubtful = True  # `"Well,"she said`: a space forgotten
    elif mark.closes and not mark.opens and mark.glyph in "'’":
        mark.weak = number or POSSESSIVE.match(text, start) is not None
    if family(mark.tag) == "he" and mark.glyph == '"' and before == Class.LETTER == after:
        mark.role = Role.STAYS  # gershayim in an acronym


def _inner(mark: Mark, text: str, before: Class, after: Class) -> bool:
    """Turn a guillemet that has a space on its inner side by its glyph; say whether it was one."""
    side = mark.turn
    if (
        side > 0
        and after == Class.SPACE
        and mark.end < len(text)
        and before not in (Class.LETTER, Class.CLOSING, Class.CLOSER)
    ):
        mark.opens = mark.inner = True
    elif side < 0 and before == Class.SPACE and mark.start and after not in (Class.LETTER, Class.CJK, Class.OPENING):
        mark.closes = mark.inner = True
    return mark.inner
