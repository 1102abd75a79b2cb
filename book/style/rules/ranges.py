"""Ranges: a hyphen between two numbers of the same kind becomes an en dash.

Never after a label in the singular (`Listing 2-3` is one listing): 252 of the 254 hyphens that were changed in twelve chapters
of a technical book were in such names. A label that is numbered like that once is treated so in the whole book. Never in
versions, telephone numbers, dates, addresses, ISBNs and other numbers of several parts.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator

from book.patterns import regex
from book.style.runs import Edit

RANGE = regex(r"(?<![\w.,:/–-])(\d{1,4})-(\d{1,4})(?![\w/–-]|[.,:]\d)")
PAGES = regex(r"(?<=[\d)]:)(\d{1,4})-(\d{1,4})(?![\w/–-]|[.,:]\d)")
"""The pages after volume and number of a journal: ``13(2):157-161``."""
YEARS = regex(r"(?<=\()(\d{3,4})( ?)-( ?)(\d{3,4})(?=[);,])")
"""The years of a life: ``(1841 - 1913)``."""
VOTES = regex(
    r"(?:\b(?:ruled|voted|(?:vote|count|majority|decision|ruling) of)[ \n\u00a0](\d{1,3})-(\d{1,3})(?![\w/–-]|[.,:]\d)"
    r"|(?<![\w.,:/–-])(\d{1,3})-(\d{1,3})(?=[ \n\u00a0](?:vote|decision|ruling|majority)\b))"
)
"""The votes for and against (Chicago 6.84)."""
ERA = regex(r"[ \u00a0](?:B\.?C\.?(?:E\.?)?|v\. ?Chr\.|av\. J\.-C\.|a\. ?C\.)(?!\w)")
PAGE = regex(r"(?:\bpp?\.|\bpages?)[ \u00a0]\Z", re.I)
LABEL = regex(
    r"\b(?:listing|figure|fig\.|table|tab\.|example|ex\.|section|sec\.|chapter|ch\.|exercise|equation|eq\.|appendix|step|box|part|exhibit|"
    r"problem|question|no\.|nr\.|room|suite|route|highway|flight|model|form|rule|lemma|theorem|definition|abbildung|abb\.|tabelle|kapitel|"
    r"abschnitt|tableau|chapitre|figura|tabla|tabella|capitolo|capítulo|§)[ \n\v\f\u00a0]+\Z",
    re.I,
)
LABELS = regex(
    r"\b([^\W\d_]{3,}?)s?[ \n\v\f\u00a0]+(?:\d+[-–]\d+,?[ \n\v\f\u00a0](?:(?:and|or|to|through)[ \n\v\f\u00a0])?)*+\Z"
)
"""A word before numbers, in the singular or the plural."""
NEAREST = regex(r"\b([^\W\d_]{3,}?)s?[ \n\v\f\u00a0]+\Z")
"""A word directly before two numbers."""
LONGEST_LABEL = 40


def ranges(text: str, labels: Container[str]) -> Iterator[Edit]:
    """Yield an edit for the hyphen of each range in *text*.

    Args:
        text: the guarded text of a run.
        labels: words that number things with two numbers in this book, from :func:`labels_in`.
    """
    for pattern in (RANGE, PAGES):
        for match in pattern.finditer(text):
            before = text[max(0, match.start() - LONGEST_LABEL) : match.start()]
            falls = _falls(match[1], match[2]) and ERA.match(text, match.end()) is not None
            if not (falls or is_range(match[1], match[2]) or (PAGE.search(before) and _short_end(match[1], match[2]))):
                continue
            if not _is_label(before, labels):
                yield Edit(match.end(1), match.end(1) + 1, "–", "range")
    for match in VOTES.finditer(text):
        hyphen = match.end(1) if match[1] else match.end(3)
        yield Edit(hyphen, hyphen + 1, "–", "range")
    for match in YEARS.finditer(text):
        if match[2] == match[3] == " " and int(match[1]) < int(match[4]):
            yield Edit(match.end(1), match.start(4), "–", "range")


def labels_in(texts: Iterable[str]) -> frozenset[str]:
    """Return, in lower case, the words before pairs of numbers that fall or are equal: they are names, not ranges.

    >>> sorted(labels_in(["see Drawing 5-3", "Drawing 5-9", "pages 5-9"]))
    ['drawing']
    """
    names: set[str] = set()
    for text in texts:
        for match in RANGE.finditer(text):
            word = NEAREST.search(text[max(0, match.start() - LONGEST_LABEL) : match.start()])
            if word is not None and int(match[2]) <= int(match[1]) and len(match[2]) <= len(match[1]) < 3:
                names.add(word[1].lower())
    return frozenset(names)


def is_range(first: str, last: str) -> bool:
    """Return whether two numbers joined by a hyphen are a range: the second is greater, or a shortened year.

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


def _short_end(first: str, last: str) -> bool:
    """Return whether *last* is the shortened end of a page range: ``pp. 252-70``."""
    return len(last) < len(first) and int(first[: -len(last)] + last) > int(first)


def _falls(first: str, last: str) -> bool:
    return int(first) > int(last) and first[0] != "0" != last[0]


def _is_label(before: str, labels: Container[str]) -> bool:
    """Return whether the words *before* a pair of numbers name one thing."""
    if LABEL.search(before):
        return True
    word = LABELS.search(before)
    return word is not None and word[1].lower() in labels
