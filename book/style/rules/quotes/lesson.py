"""One reading of a book for the words that it cuts off.

A mark that finds no partner, and stands where only an apostrophe can, teaches its word: `'low` in the midst of a
sentence, `goin'` before the next word. A word is learnt when its mark is
alone more than half as often as it is one of a pair.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from book.style.rules.quotes.marks import Mark, Role
from book.style.rules.quotes.strength import STRONG, WEAK
from book.style.words import Words, dialect

ALONE, PAIRED = 2, 1
"""What a mark that is alone says about its word, against one of a pair."""


class Lesson:
    """Counts for each word how often its mark is alone, less how often it is one of a pair."""

    def __init__(self) -> None:
        """Begin with nothing counted."""
        self.heads: Counter[str] = Counter()
        self.tails: Counter[str] = Counter()
        self.lone = self.paired = 0
        self.singles: set[str] = set()
        """The words beside all singles."""

    def add(self, singles: Sequence[Mark]) -> None:
        """Count the *singles* of one run, paired as they are now."""
        alone = [mark for mark in singles if mark.partner is None and mark.glyph in "'’"]
        # What could be the partner of a mark that is alone takes the certainty from it.
        closers = {mark.region: mark.start for mark in alone if mark.only_closes and mark.closing == STRONG}
        openers = {mark.region: mark.start for mark in reversed(alone) if mark.only_opens and mark.opening == STRONG}
        for mark in alone:
            if mark.only_opens and mark.opening == WEAK and closers.get(mark.region, -1) < mark.start:
                self.heads[mark.head] += ALONE
            elif mark.only_closes and mark.closing < STRONG and not mark.weak:
                self.lone += 1
                if not mark.tail.endswith("s") and openers.get(mark.region, mark.start) >= mark.start:
                    self.tails[mark.tail] += ALONE
        for mark in singles:
            self.singles |= {mark.head, mark.tail}
            if mark.role is Role.OPEN and mark.partner is not None:
                self.heads[mark.head] -= PAIRED
                if mark.partner.closing < STRONG:
                    self.tails[mark.partner.tail] -= PAIRED
                self.paired += WEAK in (mark.opening, mark.partner.closing)

    def words(self, whole: frozenset[str]) -> Words:
        """Return what was learnt; *whole* are the words that stand somewhere without an apostrophe."""
        return Words(
            heads=_more(self.heads),
            tails=_more(self.tails),
            whole=whole & self.singles,
            dialect=dialect(self.lone, self.paired),
        )


def _more(counts: Counter[str]) -> frozenset[str]:
    return frozenset(word for word, count in counts.items() if word and count > 0)
