"""Reads the quotation marks of one run: the neighbours of each mark show what it can be.

The kind of a mark, double or single, comes from its glyph, its direction from its neighbours; the glyph only breaks ties. So
``”x”``, ``»x«`` and curly marks in the wrong direction are read as they are meant. There is one exception: if ’ is also the
language's closing single, a curly ’ before a word is an apostrophe and nothing else (as are all 1,287 such marks in edited
books).
"""

from __future__ import annotations

from book.patterns import regex
from book.style.character_classes import CLASS, DOUBLES, Class
from book.style.languages import family, has_guillemets, one_glyph, opens_with_apostrophe
from book.style.rules.quotes import apostrophes, gershayim
from book.style.rules.quotes.marks import Mark, Role
from book.style.rules.quotes.strength import measure
from book.style.runs import Run

ANY = regex("[\"“”„‟«»「」＂'‘’‚‛‹›『』`´]")
TOKEN = regex("(?<!`)``(?!`)|(?<!')''(?!')|[\"“”„‟«»「」＂'‘’‚‛‹›『』`´]")
TOKEN_SINGLE = regex("(?<!`)``(?!`)|[\"“”„‟«»「」＂'‘’‚‛‹›『』`´]")
PAIRED_STRAIGHTS = regex("(?<!')''(?!')|(?<!`)``(?!`)")
ENDS = frozenset(",.!?…")
CLEAR = frozenset("“”„«»「」‚‹›『』")
"""Marks that are neither apostrophes nor primes, and show a direction."""
GUILLEMETS = frozenset("«»‹›")
GUILLEMET = regex("[«»‹›]")
INWARDS = regex(r"(?<!\w)[»›](?=\w)|(?<=[\w.,!?…–—-])[«‹](?!\w)")
OUTWARDS = regex(r"(?<!\w)[«‹](?=\w)|(?<=[\w.,!?…–—-])[»›](?!\w)")
NO_BREAK = frozenset("\u00a0\u202f")
STOP = regex(r"[,;:.?!)](?:[ \n\v\f\u00a0]|\Z)")
"""A stop that ends a sentence or a clause."""
PAUSES = frozenset(",.;:!?…–—-")
FRACTIONS = frozenset("¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞")
POSSESSIVE = regex("(?<=[sxzSXZ]).[ \n\v\f\u00a0\u202f]+(?:[^\\W_]|\ufffc)")

BEFORE_OPENER = frozenset({Class.SPACE, Class.OPENING, Class.DASH, Class.CJK, Class.OPENER, Class.EITHER})
NOT_BEFORE_CLOSER = frozenset({Class.SPACE, Class.OPENING, Class.OPENER})
AFTER_CLOSER = frozenset({Class.SPACE, Class.CLOSING, Class.DASH, Class.CJK, Class.QUOTE, Class.OPENING})


def read(run: Run) -> list[Mark]:
    """Return the marks of *run* in order: apostrophes and primes have their roles, the others what they can be."""
    text = run.guarded
    pattern = TOKEN if "''" in text and _has_straights_for_doubles(text) else TOKEN_SINGLE
    marks: list[Mark] = []
    last, kind_of_last = -1, Class.SPACE
    length = len(text)
    lone = len(run.languages) == 1
    tag = run.languages[0][1]
    turned = _guillemets_point_inwards(text)
    for match in pattern.finditer(text):
        start, end = match.span()
        glyph = match[0]
        before = kind_of_last if start == last else (CLASS[text[start - 1]] if start else Class.SPACE)
        after = CLASS[text[end]] if end < length else Class.SPACE
        if not lone:
            tag = run.language(start)
        mark = Mark(start, end, glyph, tag, double=glyph in DOUBLES or end - start > 1)
        mark.turned = turned and glyph in GUILLEMETS and not has_guillemets(tag)
        if not mark.double:
            if glyph == "`" and (before in apostrophes.AFTER_WORD or after != Class.LETTER):
                continue
            if glyph == "´" and not (before == Class.LETTER == after):
                continue
            apostrophes.decide(mark, text, before, after)
        last = end
        marks.append(mark)
        if mark.role:
            kind_of_last = Class.DASH if mark.role is Role.APOSTROPHE else Class.CLOSING
            mark.opens = mark.elides
        else:
            _turn(mark, text, before, after)
            kind_of_last = _kind(mark)
        if not mark.double:
            measure(mark, text)
    return marks


def _guillemets_point_inwards(text: str) -> bool:
    """Return whether *text* has more guillemets as in »this« than as in «this»."""
    if GUILLEMET.search(text) is None:
        return False
    return len(INWARDS.findall(text)) > len(OUTWARDS.findall(text))


def _kind(mark: Mark) -> Class:
    """Return the class of *mark* for the mark directly after it."""
    if mark.opens:
        return Class.EITHER if mark.closes else Class.OPENER
    return Class.CLOSER if mark.closes and not mark.doubtful and mark.role is not Role.PRIME else Class.CLOSING


def _has_straights_for_doubles(text: str) -> bool:
    """Return whether ``''`` is typed for a double here: of two or more, one opens a word and one closes a word."""
    spots = [match.span() for match in PAIRED_STRAIGHTS.finditer(text)]
    if len(spots) < 2:
        return False
    if all(text[start] == "'" and text[start - 1 : start].isdecimal() for start, _ in spots):
        return True  # the 5'' disk and the 8'' disk
    opens = any(text[end : end + 1].strip() and not text[:start][-1:].strip() for start, end in spots)
    closes = any(text[:start][-1:].strip() and not text[end : end + 1].isalnum() for start, end in spots)
    return opens and closes


def _turn(mark: Mark, text: str, before: Class, after: Class) -> None:
    """Determine whether *mark* can open and whether it can close."""
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
    if mark.double and after == Class.SPACE == before and len(text) > mark.end - start:
        mark.opens, mark.closes = not start, mark.end == len(text)  # a space too many, but only one direction
    if mark.glyph == "`":
        mark.closes = False
    elif mark.double:
        _turn_double(mark, text, before, after)
    elif mark.glyph == "’" and mark.only_opens and one_glyph(mark.tag) and not opens_with_apostrophe(mark.tag):
        mark.role = Role.APOSTROPHE
    elif mark.only_closes and mark.glyph in "'’":
        mark.weak = _after_number(text, start) or POSSESSIVE.match(text, start) is not None


def _turn_double(mark: Mark, text: str, before: Class, after: Class) -> None:
    """Determine what a double may be other than a quotation mark."""
    start = mark.start
    if before == Class.LETTER == after:
        if family(mark.tag) == "he":
            mark.opens, mark.closes = gershayim.opens(text, start, mark.end), False
            mark.role = Role.NONE if mark.opens else Role.STAYS  # gershayim in an acronym
        elif not text[start - 1].isdecimal() and (mark.straight or apostrophes.LONE_S.match(text, mark.end)):
            mark.closes = True  # "Foo"s, or a missing space, if a quotation is open
    if _after_number(text, start) and mark.glyph in ('"', "''"):
        if mark.closes:
            mark.doubtful = True
        elif not mark.opens:
            mark.role = Role.PRIME
    elif mark.only_opens and (mark.glyph == '"' or mark.turn < 0) and start:
        if text[start - 1] in ENDS:
            mark.doubtful = True  # `"Well,"she said`: a missing space
        elif before == Class.SPACE:
            if STOP.match(text, mark.end):
                mark.closes = True  # `"Well ", she said`: an extra space
            mark.astray = text[mark.end].islower() and _pauses(text, start)


def _pauses(text: str, start: int) -> bool:
    """Return whether the sentence pauses before the spaces at *start*."""
    while start and text[start - 1].isspace():
        start -= 1
    return start > 0 and text[start - 1] in PAUSES


def _after_number(text: str, start: int) -> bool:
    return start > 0 and (text[start - 1].isdecimal() or text[start - 1] in FRACTIONS)


def _inner(mark: Mark, text: str, before: Class, after: Class) -> bool:
    """Give a guillemet with a space on its inner side the direction of its glyph; return whether it was one.

    A no-break space leaves no doubt: it belongs to the guillemet, whatever is on the other side.
    """
    side = mark.turn
    if side > 0 and after == Class.SPACE and mark.end < len(text):
        if text[mark.end] in NO_BREAK or before not in (Class.LETTER, Class.CLOSING, Class.CLOSER):
            mark.opens = mark.inner = True
    elif side < 0 and before == Class.SPACE and mark.start:  # noqa: SIM102 - beside the other side
        if text[mark.start - 1] in NO_BREAK or after not in (Class.LETTER, Class.CJK, Class.OPENING):
            mark.closes = mark.inner = True
    return mark.inner
