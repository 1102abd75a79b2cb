"""Spaces that must not break, and superfluous spaces."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

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
NEXT = regex(r"[^\W\d_]+")


def spaces(runs: Sequence[Run], _style: Style) -> Iterator[tuple[int, Edit | Doubt]]:
    """Yield an edit for each space that must not break, then for each run of several spaces."""
    for index, run in enumerate(runs):
        text = run.guarded
        for edit in (*_units(run), *_names(text)):
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
