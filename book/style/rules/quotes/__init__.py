"""Quotation marks, apostrophes and primes.

The marks of each paragraph are read (`reading.py`), doubles are paired (`doubles.py`) and carried from paragraph to
paragraph (`paragraphs.py`), singles are paired by worth in each region of the doubles (`singles.py`) with the words that
the book teaches (`page.py`), what is left is set by its neighbours and told (`alone.py`), and each mark is written as
its level wants (`levels.py`, `writing.py`). What was typed right stays as typed (`typed.py`).
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
