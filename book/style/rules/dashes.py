"""Dashes and ranges. Nothing is ever joined or respaced round an em dash."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from book.style.options import Doubt, Style
from book.style.runs import Edit, Run

DASH = re.compile(r"(?<!-)---?(?!-)")
# "Monday - Friday", "Step 1 - Install", but neither 10 - 5 nor 10 - x.
SPACED = re.compile(
    r"""(?:(?<=[^\W\d_\ufffc])|(?<=[\ufffc"'“”„‟«»‘’‚‹›)\]}!?…])|(?<=\.\.\.)|(?<=\d)(?=[ \n\v\u00a0]+-[ \n\v\u00a0]+[^\W\d_]{2}))"""
    r"(?P<before>[ \n\v\f\u00a0]+)-(?=[ \n\v\f\u00a0]+[^\W\d_])"
)
RANGE = re.compile(r"(?<![\w.,:/–-])(\d{1,4})-(\d{1,4})(?![\w/–-]|[.,:]\d)")


def dashes(runs: Sequence[Run], _style: Style) -> Iterator[tuple[int, Edit | Doubt]]:
    """Yield an edit for ``--``, ``---``, a spaced hyphen between words, and the hyphen of a range."""
    for index, run in enumerate(runs):
        text = run.guarded
        if "-" not in text:
            continue
        for found in DASH.finditer(text):
            yield index, Edit(*found.span(), "–" if len(found[0]) == len("--") else "—", "dash")
        for found in SPACED.finditer(text):
            yield index, Edit(found.end() - 1, found.end(), "–", "dash")
        for found in RANGE.finditer(text):
            if is_range(found[1], found[2]):
                yield index, Edit(found.end(1), found.end(1) + 1, "–", "range")


def is_range(first: str, last: str) -> bool:
    """Say whether two numbers joined by a hyphen are a range: the second is greater, or the short end of a year.

    >>> is_range("10", "20"), is_range("1939", "45"), is_range("50", "50"), is_range("555", "1234"), is_range("0", "10")
    (True, True, False, False, True)
    """
    if any(number[0] == "0" and len(number) > 1 for number in (first, last)) and not _short_year(first, last):
        return False
    if (len(first), len(last)) == (3, 4):
        return False
    if len(last) < len(first):
        return _short_year(first, last) and int(first[:2] + last) > int(first)
    return int(last) > int(first)


def _short_year(first: str, last: str) -> bool:
    return len(first) == 4 and len(last) == 2 and first[0] != "0"
