"""Finds a block of an edition in the author's file by its words."""

from __future__ import annotations

import re
from itertools import islice

MOST_WORDS = 14
"""The most words of a block that are searched for."""
GAP = 12
"""The most words of the file between two of them: an address, a directive."""
STARTS = 6
"""The most words at the start of a block that Handbound may have added, such as ``Figure 1.1``."""
ENOUGH = 0.5
"""The share of the words that must be found."""


def line_of(text: str, block: str, share: float = 0.0) -> int | None:
    r"""Return the line of *text* in which *block* begins.

    Args:
        text: a chapter file.
        block: the text of a block as an edition shows it, without Markdown and perhaps with other quotation marks.
        share: how far into the chapter the block is, 0 to 1; it decides between equal passages.

    Returns:
        The line, from 1; None if too few of the words are found together.

    >>> line_of("# Users\n\nTalk to *five* users.\n\nThen [stop](https://example.org/x).", "Then stop.")
    5
    >>> line_of("One\n\nTwo\n\nOne\n\nTwo", "Two", share=0.9)
    7
    >>> line_of("One", "Nothing of it") is None
    True
    """
    source = [
        (match[0].casefold(), number)
        for number, line in enumerate(text.splitlines(), 1)
        for match in re.finditer(r"[^\W_]+", line)
    ]
    words = [match[0].casefold() for match in islice(re.finditer(r"[^\W_]+", block), MOST_WORDS)]
    if not words or not source:
        return None
    where: dict[str, list[int]] = {}
    for at, (word, _) in enumerate(source):
        where.setdefault(word, []).append(at)
    best: tuple[float, int] | None = None
    for skipped, first in enumerate(words[:STARTS]):
        for at in where.get(first, ()):
            matches, gaps = _follow(source, at, words[skipped:])
            distance = abs(at / len(source) - share)
            rank = matches / len(words) - gaps / 1000 - distance / 100
            if matches >= ENOUGH * len(words) and (best is None or rank > best[0]):
                best = (rank, source[at][1])
    return best[1] if best else None


def _follow(source: list[tuple[str, int]], start: int, words: list[str]) -> tuple[int, int]:
    """Return how many of *words* follow each other in *source* from *start* on, and how many other words are between them."""
    at, matches, gaps = start, 0, 0
    for word in words:
        ahead = next(
            (step for step in range(GAP + 1) if at + step < len(source) and source[at + step][0] == word), None
        )
        if ahead is not None:
            matches, gaps, at = matches + 1, gaps + ahead, at + ahead + 1
    return matches, gaps
