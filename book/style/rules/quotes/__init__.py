"""Quotation marks, apostrophes and primes.

The marks of each paragraph are read (`reading.py`). Doubles are paired (`doubles.py`) and carried from paragraph to paragraph
(`paragraphs.py`). Singles are paired, by a score, in each region between doubles (`singles.py`), using the words that the
book teaches (`page.py`). Marks without a partner are set by their neighbours and reported (`alone.py`). Then each mark is written
for its level (`levels.py`, `writing.py`). Text with the right marks is left as typed (`typed.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from book.style.options import Doubt, Style
from book.style.rules.quotes.page import Page
from book.style.rules.quotes.writing import UNMATCHED, doubts, edits
from book.style.runs import Edit, Run

__all__ = ["UNMATCHED", "quotes"]


def quotes(runs: Sequence[Run], style: Style) -> Iterator[tuple[int, Edit | Doubt]]:
    """Yield the edits of the marks of *runs*, and the doubts about them."""
    page = Page(runs)
    words = style.words if style.words is not None else page.teach()
    page.settle(words, style)
    for index, marks in page.marks.items():
        if index not in page.typed:
            for edit in edits(marks, runs[index].text):
                yield index, edit
        for doubt in doubts(marks, runs[index].text):
            yield index, doubt
