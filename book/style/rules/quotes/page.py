"""The marks of all runs of a chapter, from what was typed to what is printed."""

from __future__ import annotations

from collections.abc import Sequence

from book.patterns import regex
from book.style.options import Style
from book.style.rules.quotes import singles
from book.style.rules.quotes.alone import set_alone
from book.style.rules.quotes.crossed import crossed
from book.style.rules.quotes.lesson import Lesson
from book.style.rules.quotes.levels import set_levels, set_regions
from book.style.rules.quotes.marks import Mark, Role
from book.style.rules.quotes.paragraphs import Doubles, leading_single
from book.style.rules.quotes.reading import ANY, read
from book.style.rules.quotes.typed import is_right
from book.style.rules.quotes.verses import carry_singles
from book.style.runs import Run
from book.style.words import NO_WORDS, ROUNDS, Words

WHOLE = regex(r"(?<![\w'’])[^\W\d_]+(?![\w'’])")
"""A word with no apostrophe on either side."""


class Page:
    """The marks of several runs; doubles are paired at once, singles when :meth:`settle` gets the words of the book."""

    def __init__(self, runs: Sequence[Run]) -> None:
        """Read the marks of *runs* and pair the doubles."""
        self.runs = runs
        self.marks = {
            index: marks for index, run in enumerate(runs) if ANY.search(run.guarded) and (marks := read(run))
        }
        self.typed = frozenset(index for index, marks in self.marks.items() if is_right(marks))
        """The indexes of runs that are right as typed."""
        self.doubles = Doubles(runs, self.marks)
        for index, marks in self.marks.items():
            set_regions(marks, self.doubles.carried.get(index), self.doubles.closers[index])

    def settle(self, words: Words, style: Style) -> None:
        """Give every mark its role and its level."""
        for index in self.marks:
            opener = self._pair(index, words)
            if opener is not None:
                opener.role = Role.OPEN
        carry_singles(self.runs, self.marks, self.doubles.following, words)
        for index, marks in self.marks.items():
            for mark in tuple(crossed(marks)):
                mark.role = Role.APOSTROPHE
            known = {*self.doubles.open, self.doubles.closers[index]}
            set_alone([mark for mark in marks if mark not in known], self.runs[index].guarded, words)
        for index, marks in self.marks.items():
            doubles = self.doubles
            set_levels(
                marks, doubles.carried.get(index), doubles.closers[index], style, within=doubles.within.get(index)
            )

    def teach(self) -> Words:
        """Return the words that these marks teach; the singles are left unpaired."""
        whole = frozenset(word for run in self.runs for word in WHOLE.findall(run.guarded.lower()))
        words = NO_WORDS
        for _ in range(ROUNDS):
            more = self._lesson(words, whole)
            if more == words:
                break
            words = more
        return words

    def _lesson(self, words: Words, whole: frozenset[str]) -> Words:
        """Return the words that are cut off if the marks are read with *words*."""
        lesson = Lesson()
        for index, marks in self.marks.items():
            free = [mark for mark in marks if not mark.double and not mark.role]
            if not free:
                continue
            elided = [mark for mark in marks if mark.elides]
            self._pair(index, words)
            lesson.add(free)
            for mark in free:
                mark.role, mark.partner = Role.NONE, None
            for mark in elided:
                mark.role, mark.partner = Role.APOSTROPHE, None
        return lesson.words(whole)

    def _pair(self, index: int, words: Words) -> Mark | None:
        """Pair the singles of one run; return the opener that continues in the next run."""
        after = self.doubles.next(index)
        goes_on = after is not None and leading_single(self.marks[after], self.runs[after].guarded) is not None
        return singles.pair_singles(self.marks[index], self.runs[index].guarded, words, goes_on=goes_on)
