"""Reads a book once to learn the words that its apostrophes cut off.

A mark without a partner, in a place where only an apostrophe makes sense, teaches its word: `'low` in the middle of a sentence,
`goin'` before the next word. A word is learnt if its mark is
alone more than half as often as it is one of a pair.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from book.style.rules.quotes.marks import Mark, Role
from book.style.rules.quotes.strength import STRONG, WEAK
from book.style.words import Words, dialect

ALONE, PAIRED = 2, 1
"""The weight of a mark that is alone, against one mark of a pair."""


class Lesson:
    """Counts for each word how often its mark is alone, minus how often it is one of a pair."""

    def __init__(self) -> None:
        """Start with empty counts."""
        self.heads: Counter[str] = Counter()
        self.tails: Counter[str] = Counter()
        self.likely_heads: Counter[str] = Counter()
        """Words whose mark is alone although another lone mark could be its partner; in dialect they are cut off, too."""
        self.likely_tails: Counter[str] = Counter()
        self.lone = self.paired = 0
        self.singles: set[str] = set()
        """The words next to all singles."""

    def add(self, singles: Sequence[Mark]) -> None:
        """Count the *singles* of one run, as they are paired now."""
        alone = [mark for mark in singles if mark.partner is None and mark.glyph in "'’"]
        # A possible partner makes a lone mark less certain.
        closers = {mark.region: mark for mark in alone if mark.only_closes and mark.closing > WEAK and not mark.weak}
        strong_closers = {mark.region: mark for mark in alone if mark.only_closes and mark.closing == STRONG}
        openers = {mark.region: mark for mark in reversed(alone) if mark.only_opens}
        strong_openers = {mark.region: mark for mark in reversed(alone) if mark.only_opens and mark.opening == STRONG}
        for mark in alone:
            if mark.only_opens and mark.opening == WEAK and not _follows(strong_closers, mark):
                (self.likely_heads if _follows(closers, mark) else self.heads)[mark.head] += ALONE
            elif mark.only_closes and mark.closing < STRONG and not mark.weak:
                self.lone += 1
                if not mark.tail.endswith("s") and not _precedes(strong_openers, mark):
                    unsure = mark.closing > WEAK and (mark.ends or _precedes(openers, mark))
                    (self.likely_tails if unsure else self.tails)[mark.tail] += ALONE
        for mark in singles:
            self.singles |= {mark.head, mark.tail}
            if mark.role is Role.OPEN and mark.partner is not None:
                self.heads[mark.head] -= PAIRED
                if mark.partner.closing < STRONG:
                    self.tails[mark.partner.tail] -= PAIRED
                self.paired += WEAK in (mark.opening, mark.partner.closing)

    def words(self, whole: frozenset[str]) -> Words:
        """Return the learnt words; *whole* are the words that also occur without an apostrophe."""
        words = Words(whole=whole & self.singles, dialect=dialect(self.lone, self.paired))
        if words.in_dialect:
            heads, tails = _more(self.heads + self.likely_heads), _more(self.tails + self.likely_tails)
        else:
            # One mark is not enough for a word that also occurs whole: its partner may be missing.
            heads, tails = _more(self.heads, whole), _more(self.tails, whole)
        return replace(words, heads=heads, tails=tails)


def _follows(closers: Mapping[Mark | None, Mark], mark: Mark) -> bool:
    """Return whether the last of the *closers* in the region of *mark* comes after it."""
    last = closers.get(mark.region)
    return last is not None and last.start > mark.start


def _precedes(openers: Mapping[Mark | None, Mark], mark: Mark) -> bool:
    """Return whether the first of the *openers* in the region of *mark* comes before it."""
    first = openers.get(mark.region)
    return first is not None and first.start < mark.start


def _more(counts: Counter[str], doubted: frozenset[str] = frozenset()) -> frozenset[str]:
    return frozenset(word for word, count in counts.items() if word and count > (ALONE if word in doubted else 0))
