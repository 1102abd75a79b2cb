"""Dashes. An em dash is never joined to its words or separated from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from book.patterns import regex
from book.style.languages import family
from book.style.options import Doubt, Style
from book.style.rules.ranges import labels_in, ranges
from book.style.runs import Edit, Run

DASH = regex(r"(?<!-)---?(?!-)")
# "Monday - Friday", "Step 1 - Install", but neither 10 - 5 nor 10 - x.
SPACED = regex(
    r"""(?:(?<=[^\W\d_\ufffc])|(?<=[\ufffc"'“”„‟«»‘’‚‹›)\]}!?…])|(?<=\.\.\.)|(?<=\d)(?=[ \n\v\u00a0]+-[ \n\v\u00a0]+[^\W\d_]{2}))"""
    r"(?P<before>[ \n\v\f\u00a0]+)-(?=[ \n\v\f\u00a0]+[^\W\d_])"
)
PRESENT = regex(r"present(?!\w)")
"""Words that may end a range of years: ``2013--present``."""
BLANK = " \n\v\f\u00a0"


def dashes(runs: Sequence[Run], style: Style) -> Iterator[tuple[int, Edit | Doubt]]:
    """Yield an edit for ``--``, ``---``, a spaced hyphen between words, and the hyphen of a range."""
    labels = style.words.labels if style.words is not None else labels_in(run.guarded for run in runs)
    for index, run in enumerate(runs):
        text = run.guarded
        if "-" not in text:
            continue
        for match in DASH.finditer(text):
            yield index, Edit(*match.span(), _dash(run, match.start(), match.end(), style), "dash")
        for match in SPACED.finditer(text):
            yield index, Edit(match.end() - 1, match.end(), "–", "dash")
        for edit in ranges(text, labels):
            yield index, edit


def _dash(run: Run, start: int, end: int, style: Style) -> str:
    """Return the dash for two or three hyphens.

    Two without spaces are an em dash in English (all 12,652 in edited books are); between digits, or with spaces, an en dash.
    """
    text = run.guarded
    if end - start > len("--"):
        return "—"
    if style.double_hyphen == "en" or family(run.language(start)) != "en":
        return "–"
    before, after = text[start - 1 : start], text[end : end + 1]
    between = (before.isdecimal() and (after.isdecimal() or PRESENT.match(text, end) is not None)) or (
        before in ("%", "°") and after.isdecimal()
    )
    spaced = (not before or before in BLANK) and (not after or after in BLANK)
    return "–" if between or spaced else "—"
