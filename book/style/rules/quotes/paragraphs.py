"""Quotations that continue from paragraph to paragraph.

Each paragraph of such a quotation opens it again, and only the last one closes it. The quotation may begin at the start of its
first paragraph or in the middle (`"So it is," said he. "I am a married man.`), and it may contain a quotation of singles
that continues as well (`"'`). When only an opener at the very start was carried, 2,511 of 10,000 marks of such quotations were
wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from book.style.languages import marks_of
from book.style.rules.quotes.doubles import pair_doubles
from book.style.rules.quotes.marks import Mark, Role
from book.style.rules.quotes.strength import STRONG
from book.style.runs import Run

FARTHEST = 60
"""The most paragraphs without doubles between two paragraphs of one quotation."""


class Doubles:
    """The doubles of all runs of a chapter, paired; knows which quotation continues in which paragraph."""

    def __init__(self, runs: Sequence[Run], marks: Mapping[int, list[Mark]]) -> None:
        """Pair the doubles of each run of *marks*, in reading order."""
        self.runs, self.marks = runs, marks
        self.following = {run.before: index for index, run in enumerate(runs) if run.before is not None}
        self.inside: dict[int, list[int]] = {}
        """Index of a paragraph that introduces block quotes and lists -> the first paragraphs of these and of their items."""
        for index, run in enumerate(runs):
            if run.into is not None:
                self.inside.setdefault(run.into, []).append(index)
        self.carried: dict[int, Mark] = {}
        """Index of a run -> the opener of the quotation that is still open when it begins."""
        self.within: dict[int, Mark] = {}
        """Index of a paragraph inside such a quotation, without doubles of its own -> the opener."""
        self.open: set[Mark] = set()
        """The openers of such quotations."""
        self.closers: dict[int, Mark | None] = {}
        """Index of a run -> the mark that closes the quotation carried into it."""
        for index in marks:
            self._pair(index)

    def next(self, index: int) -> int | None:
        """Return the index of the paragraph directly after the one at *index*, if it has marks; else None."""
        after = self.following.get(index)
        return after if after in self.marks else None

    def _pair(self, index: int) -> None:
        marks, text = self.marks[index], self.runs[index].guarded
        carried = self.carried.get(index)
        lead = leading(marks, text)
        doubles = [mark for mark in marks if mark.double]
        # An opener at the start opens the quotation again: then nothing here can close the earlier one.
        closer = pair_doubles(doubles, open_before=carried is not None and lead is None) if doubles else None
        self.closers[index] = closer
        opener = self._open(doubles, lead)
        if opener is None and carried is not None and closer is None and lead is None:
            opener = carried  # a paragraph within the quotation
        after = self._continuation(index) if opener is not None else None
        if opener is not None and after is not None:
            opener.role = Role.OPEN
            self.open.add(opener)
            self.carried[after] = opener
            between = self.following.get(index)
            while between is not None and between < after:
                self.within[between] = opener
                between = self.following.get(between)

    def _open(self, doubles: list[Mark], lead: Mark | None) -> Mark | None:
        """Return the double that is still open at the end of a paragraph."""
        last = next((mark for mark in reversed(doubles) if mark.role is Role.NONE), None)
        if last is not None and last.only_opens:
            return last
        return lead if lead is not None and not lead.role else None

    def _continuation(self, index: int) -> int | None:
        """Return the index of the paragraph that continues a quotation left open in the one at *index*, or None.

        It opens the quotation again, or has one closer more than openers. In a block quote or a list only the second counts, because a
        quotation that opens there may be a new one.
        """
        for start in self.inside.get(index, ()):
            after = self._next_with_doubles(start)
            if after is not None and self._closes(self.marks[after]):
                return after
        after = self._next_with_doubles(self.following.get(index))
        if after is None:
            return None
        marks = self.marks[after]
        return after if leading(marks, self.runs[after].guarded) is not None or self._closes(marks) else None

    def _next_with_doubles(self, index: int | None) -> int | None:
        """Return the index of the first paragraph with doubles, from the one at *index* on."""
        for _ in range(FARTHEST):
            if index is None:
                break
            if any(map(_is_outer, self.marks.get(index, ()))):
                return index
            index = self.following.get(index)
        return None

    @staticmethod
    def _closes(marks: list[Mark]) -> bool:
        """Return whether *marks* close a quotation that is open before them."""
        doubles = [mark for mark in marks if mark.double]
        closer = pair_doubles(doubles, open_before=True)
        for mark in doubles:
            # Only examined here: the paragraph gets its turn later.
            mark.role = mark.role if mark.role in (Role.PRIME, Role.STAYS) and not mark.doubtful else Role.NONE
            mark.partner = None
        return closer is not None


def _is_outer(mark: Mark) -> bool:
    """Return whether *mark* is a double that does not belong to an inner level, as « » do in Polish inside „ ”."""
    if not mark.double or mark.role in (Role.PRIME, Role.STAYS):
        return False
    outer, *inner = marks_of(mark.tag)
    return mark.straight or mark.glyph in "".join(outer) or not any(mark.glyph in "".join(pair) for pair in inner)


def leading(marks: Sequence[Mark], text: str) -> Mark | None:
    """Return the double that opens at the very start of a paragraph."""
    first = marks[0] if marks else None
    return first if first is not None and first.double and first.opens and not text[: first.start].strip() else None


def leading_single(marks: Sequence[Mark], text: str) -> Mark | None:
    """Return the single that opens at the very start of a paragraph, or directly after the double that does."""
    first = leading(marks, text)
    place = 1 if first is not None else 0
    if len(marks) <= place:
        return None
    mark = marks[place]
    begins = mark.start == first.end if first is not None else not text[: mark.start].strip()
    return mark if begins and not mark.double and mark.opens and mark.opening == STRONG else None
