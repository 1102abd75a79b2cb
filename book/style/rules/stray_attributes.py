"""Attributes that apply to nothing: in ``word {.class}`` Markdown gives the class to the space."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from book.problems import Kind, Severity
from book.style.options import Doubt, Style
from book.style.runs import Edit, Run

LOOSE = Kind("Q113", Severity.NOTE, "a stray attribute")
FIX = "put it straight after the word, link or code it is meant for"


def stray_attributes(runs: Sequence[Run], _style: Style) -> Iterator[tuple[int, Edit | Doubt]]:
    """Yield a doubt for each attribute that is left out; nothing is changed."""
    for index, run in enumerate(runs):
        for start, attribute in run.loose:
            message = f"{{{attribute}}} follows a space, so it applies to nothing"
            yield index, Doubt(start, start + 1, LOOSE, message, FIX)
