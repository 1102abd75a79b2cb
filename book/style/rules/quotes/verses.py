"""Quotations of singles over several paragraphs: verses, a letter, a speech within a speech.

Such a quotation begins with a single at the start of a paragraph, or directly after the double there. Each paragraph may
open it again, and the last mark of a following paragraph closes it; each line of a verse is a paragraph of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from book.style.languages import one_glyph
from book.style.rules.quotes.marks import Mark, Role
from book.style.rules.quotes.paragraphs import leading_single
from book.style.rules.quotes.strength import STRONG
from book.style.runs import Run
from book.style.words import Words

FARTHEST = 12
"""The number of paragraphs after the opener in which its closer, or its next opener, is searched."""


def carry_singles(
    runs: Sequence[Run], marks_of_runs: Mapping[int, list[Mark]], following: Mapping[int, int], words: Words
) -> None:
    """Open and close the quotations of singles that continue in the next paragraphs; singles are already paired within each.

    Args:
        runs: all runs.
        marks_of_runs: index of a run -> its marks.
        following: index of a paragraph -> index of the paragraph directly after it.
        words: what the book teaches.
    """
    for index, marks in marks_of_runs.items():
        opener = _lead(marks, runs[index].guarded)
        if opener is None or opener.partner is not None:
            continue
        for after in _next(index, following):
            later = marks_of_runs.get(after)
            if later is None:
                continue
            again = _lead(later, runs[after].guarded)
            if again is not None:
                if again.partner is None and opener.role is Role.OPEN:
                    again.role = Role.OPEN
                break
            closer = next((mark for mark in reversed(later) if _closes(mark, words)), None)
            if closer is not None:
                opener.join(closer)
                break


def _next(index: int, following: Mapping[int, int]) -> Iterator[int]:
    """Yield the indexes of the next paragraphs."""
    for _ in range(FARTHEST):
        after = following.get(index)
        if after is None:
            return
        yield (index := after)


def _lead(marks: Sequence[Mark], text: str) -> Mark | None:
    """Return the single at the start of a paragraph, if it is not an apostrophe."""
    mark = leading_single(marks, text)
    return mark if mark is not None and mark.only_opens and mark.role in (Role.NONE, Role.OPEN) else None


def _closes(mark: Mark, words: Words) -> bool:
    """Return whether *mark* is alone and closes: after a stop, or after a whole word at the very end of the paragraph."""
    if mark.double or mark.role or not mark.only_closes or mark.weak:
        return False
    if mark.closing == STRONG:
        return True
    apostrophe = mark.tail in words.tails or (words.in_dialect and one_glyph(mark.tag))
    return mark.ends and not apostrophe
