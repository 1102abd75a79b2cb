"""Spaces that must not break, and superfluous spaces."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence

from book.patterns import regex
from book.style.languages import HARD, SHORT_UNITS, UNITS, family
from book.style.options import Doubt, Style
from book.style.runs import TEXT, Edit, Run

GAP = "[ \n]+"
UNIT = regex(
    rf"(?<=[\d¼½¾])({GAP})({'|'.join(sorted(map(re.escape, UNITS | SHORT_UNITS), key=len, reverse=True))})(?!\w)"
)
TITLE = regex(rf"(?<![\w.])(?:Dr|Mr|Mrs|Ms|Prof|St)\.({GAP})(?=[^\W\d_])")
NUMBERED = regex(rf"(?:(?<!\w)(?:pp?|Figs?|Nos?|Vol|Ch|Sec|Eq)\.|[§№])({GAP})(?=\d)")
SHORTENED = regex(rf"(?<![\w.])[^\W\d_]\.({GAP})(?=(?:[^\W\d_]|ex|ej|es|eks|in|Chr|Hd)\.)")
"""Between the words of an abbreviation of several: ``z. B.``, ``i. d. R.``, ``p. ex.``, ``f. eks.``, ``т. е.``"""
COUNTED_IN: Mapping[str, re.Pattern[str]] = {
    name: regex(rf"(?<![\w.])(?:{words})\.({GAP})(?=\d)", re.IGNORECASE)
    for names, words in {
        "de": "S|Nrn?|Abs|Abb|Abschn|Anm|Art|Bd|Kap|Tab|Ziff",
        "fr": "art|chap|fig|p|t|vol",
        "es pt it ca": "art|cap|fig|núm|n|pág|pag|p|tab|vol",
        "nl af": "afb|art|blz|hfst|nr|p",
        "sv da nb no nn": "bild|fig|kap|nr|s|tab",
        "pl": "art|nr|pkt|rozdz|rys|s|str|tab|ust",
        "cs sk sl hr": "č|kap|obr|odst|r|s|str|tab",
        "ru uk be bg": "гл|п|рис|с|ст|стр|т|табл",
    }.items()
    for name in names.split()
}
"""What is followed by a number, by language."""
DAY = regex(
    rf"(?<![\w.,])\d{{1,2}}\.({GAP})(?=(?:Januar|Jänner|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember)\b)"
)
"""A date in German."""
INITIAL = regex(rf"(?<![\w.])[^\W\d_]\.({GAP})(?=([^\W\d_])(\.|[^\W\d_]))")
MANY = regex(r"(?<=\S) {2,}(?=\S)")
# After "Plan B." a new sentence may begin; after "George W." it hardly does with one of these words.
SENTENCE = frozenset(
    "The This That These Those Then There They It We You He She If In On At As An And But So For From When Where What Why "
    "How Who No Not Now Our Your My See Use Please To Do Is Are All Some Most Each Every With Once After Before".split()
)
# What nearly every text lacks, found much faster than the patterns above.
MEASURED = regex(r"[\d¼½¾][ \n]")
ABBREVIATED = regex(r"\.(?:(?<=[DM]r\.)|(?<=Mrs\.)|(?<=Ms\.)|(?<=Prof\.)|(?<=St\.))[ \n]")
INITIALED = regex(r"\.(?<=[^\W\d_]\.)(?<![\w.][^\W\d_]\.)[ \n]")
COUNTED = regex(r"[.§№][ \n]+\d")
MONTH = regex(r"\d\.[ \n][JFMASOND]")
NEXT = regex(r"[^\W\d_]+")


def spaces(runs: Sequence[Run], _style: Style) -> Iterator[tuple[int, Edit | Doubt]]:
    """Yield an edit for each space that must not break, then for each run of several spaces."""
    for index, run in enumerate(runs):
        text = run.guarded
        for edit in (*_units(run), *_names(text), *_abbreviations(run)):
            yield index, edit
        if "  " in text:
            for match in MANY.finditer(text):
                # Two spaces with a comment or a tag between them do not form a run; typed ones are one piece of text.
                apart = bisect_right(run.starts, match.start()) < bisect_left(run.starts, match.end())
                if not apart and any(
                    step[0] == TEXT and step[1] <= match.start() and match.end() <= step[2] for step in run.steps
                ):
                    yield index, Edit(*match.span(), " ", "space")


def _units(run: Run) -> Iterator[Edit]:
    for match in UNIT.finditer(run.guarded) if MEASURED.search(run.guarded) else ():
        if match[2] in UNITS or family(run.language(match.start())) != "en":
            yield Edit(*match.span(1), HARD, "space")


def _names(text: str) -> Iterator[Edit]:
    if ABBREVIATED.search(text):
        for match in TITLE.finditer(text):
            if text[match.end()].isupper():
                yield Edit(*match.span(1), HARD, "space")
    if INITIALED.search(text):
        yield from _initials(text)
    if COUNTED.search(text):
        for match in NUMBERED.finditer(text):
            yield Edit(*match.span(1), HARD, "space")


def _abbreviations(run: Run) -> Iterator[Edit]:
    """Yield edits for abbreviations of several words, and for numbers after an abbreviation of the language or in a date."""
    text = run.guarded
    if INITIALED.search(text):
        for match in SHORTENED.finditer(text):
            if match[0][0].islower() or _goes_on(text, match.start()):
                yield Edit(*match.span(1), HARD, "space")
    if COUNTED.search(text) and (pattern := COUNTED_IN.get(family(run.language(0)))) is not None:
        for match in pattern.finditer(text):
            yield Edit(*match.span(1), HARD, "space")
    if MONTH.search(text) and family(run.language(0)) == "de":
        for match in DAY.finditer(text):
            yield Edit(*match.span(1), HARD, "space")


def _goes_on(text: str, at: int) -> bool:
    """Return whether an abbreviation that begins with a small letter goes on with the letter at *at*."""
    return re.search(rf"(?<![\w.])[^\W\d_A-ZÄÖÜ]\.{GAP}$", text[max(at - 40, 0) : at]) is not None


def _initials(text: str) -> Iterator[Edit]:
    """Yield edits for ``J. R. R. Tolkien``: between initials, and after the last one before a name."""
    chain = -1
    for match in INITIAL.finditer(text):
        if not (match[0][0].isupper() and match[2].isupper()):
            continue
        follows = match.start() == chain
        chain = match.end()
        if match[3] != "." and not follows and not _begins_name(text, match.start(), match.end()):
            continue
        yield Edit(*match.span(1), HARD, "space")


def _begins_name(text: str, start: int, end: int) -> bool:
    """Return whether a single initial belongs to a name: at the start or after a first name, and not before a new sentence."""
    word = NEXT.match(text, end)
    if word is None or word[0] in SENTENCE:
        return False
    before = text[:start].rstrip()
    previous = re.search(r"[^\W\d_]+$", before[-40:])
    return not before or before[-1] in "([" or (previous is not None and previous[0].istitle() and len(previous[0]) > 1)
