"""Words that a PDF divides at the end of a line without a hyphen, where no line may end.

The text of a PDF has no ends of lines: two runs of letters within a word may stand side by side or on two lines. So the proof of words
asks here about the few runs that end inside a word, and only the pages with these are read for their baselines.

A word that is too long for any line is divided wherever the line is full; it is the first on its line. Addresses and names of many letters
are divided where :mod:`book.paged.on_paper` allows it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from book.paged.on_paper import LONG_RUN, LONGEST
from book.patterns import regex

if TYPE_CHECKING:
    from book.proof.pdf_text import Run

SPELLED = regex("[0-9A-Za-zª-ʯͰ-ԯԱ-և\u10a0-\u10ff\u1c90-\u1cbf\u1e00-\u1fff]")
"""A letter or digit of a script with spaces between words, in which no line ends between two letters."""
STEP = regex(
    rb"/MCID\s+(?P<mark>\d+)\s*>>\s*BDC\b|\s(?P<x>[+-]?[\d.]+)\s+(?P<y>[+-]?[\d.]+)\s+Tm\s+/\S+\s+(?P<size>[\d.]+)\s+Tf\b",
    re.ASCII,
)
"""What begins marked content, and what places a text."""
OTHER_LINE = 0.75
"""Share of the size of the type: baselines that are farther apart are those of two lines; a raised figure is nearer."""

HAIR = 0.5
"""Of the units of a page: what rounding may add to the place of a run."""


class Baseline(NamedTuple):
    """Where a run begins on its page, and the size of its type, in the units of the page."""

    x: float
    y: float
    size: float


Contents = Callable[[int], bytes]
"""Returns the content of a page by its index."""


def may_be_cut(letters: str, offset: int) -> bool:
    """Return whether a word would be cut by the end of a line at *offset*: it stands between two letters that belong together."""
    return 0 < offset < len(letters) and all(SPELLED.match(letters[at]) for at in (offset - 1, offset))


def is_long(letters: str, gaps: frozenset[int], offset: int) -> bool:
    """Return whether *offset* is in a word that is divided without a hyphen on purpose, between any two of its letters.

    Args:
        letters: of a chapter, without spaces.
        gaps: the offsets at which there is a space, or another place where a line may end.
        offset: in *letters*.
    """
    in_a_run, in_all = (_size(letters, gaps, offset, belongs) for belongs in (str.isalnum, bool))
    return in_a_run >= LONG_RUN or in_all >= LONGEST


def _size(letters: str, gaps: frozenset[int], offset: int, belongs: Callable[[str], bool]) -> int:
    """Return how many letters around *offset* belong together, up to the next gap."""
    begin = end = offset
    while begin not in gaps and begin > 0 and offset - begin < LONGEST and belongs(letters[begin - 1]):
        begin -= 1
    while end not in gaps and end < len(letters) and end - offset < LONGEST and belongs(letters[end]):
        end += 1
    return end - begin


class Lines:
    """The lines of a file, or of a part of it."""

    __slots__ = ("_baselines", "_contents")

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._baselines: dict[int, Mapping[int, Baseline]] = {}

    def are_apart(self, run: Run, following: Run) -> bool:
        """Return whether *run* and *following* are on two lines; False if that is unknown."""
        if run.page != following.page:
            return True
        place, other = self._baseline(run), self._baseline(following)
        if place is None or other is None:
            return False
        return abs(place.y - other.y) > OTHER_LINE * max(place.size, other.size)

    def is_before(self, run: Run, begin: Run, following: Run) -> bool:
        """Return whether *run* stands before *begin* on its line, and in the same column, in which *following* begins the next line."""
        if self.are_apart(run, begin) or begin.page != following.page:
            return False
        place, begins, below = self._baseline(run), self._baseline(begin), self._baseline(following)
        if place is None or begins is None or below is None:
            return False
        return below.x - HAIR <= place.x < begins.x

    def _baseline(self, run: Run) -> Baseline | None:
        if run.page not in self._baselines:
            self._baselines[run.page] = dict(_baselines(self._contents(run.page)))
        return self._baselines[run.page].get(run.mark)


def _baselines(content: bytes) -> Iterator[tuple[int, Baseline]]:
    """Yield the baseline of each marked content with text."""
    mark = -1
    for step in STEP.finditer(content):
        if step["mark"] is not None:
            mark = int(step["mark"])
        elif mark >= 0:
            yield mark, Baseline(float(step["x"]), float(step["y"]), float(step["size"]))
            mark = -1


def is_cut(runs: Sequence[Run], letters: Sequence[str], index: int, inside: int, lines: Lines) -> bool:
    """Return whether a word that runs over from the run at *index* into the next one is cut by the end of a line.

    Args:
        runs: in the order of the text.
        letters: of each of them, without spaces.
        index: of the run.
        inside: how many letters of the word are on this side.
        lines: where the runs stand.
    """
    following = index + 1
    while following < len(runs) and not letters[following]:
        following += 1
    if following == len(runs) or not lines.are_apart(runs[index], runs[following]):
        return False
    if not (SPELLED.match(runs[index].text[-1:]) and SPELLED.match(runs[following].text[:1])):
        return False  # a letter that is not compared, such as one of Thai, stands between them
    while inside > len(letters[index]) or not letters[index]:
        inside -= len(letters[index])
        index -= 1
        if index < 0 or lines.are_apart(runs[index], runs[index + 1]):
            return False  # the line is full of the word
    if inside < len(letters[index]) or runs[index].text[:1].isspace():
        return True
    return index > 0 and lines.is_before(runs[index - 1], runs[index], runs[following])
