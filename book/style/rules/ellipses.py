"""Ellipses: three dots become one character."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from book.patterns import regex
from book.style.options import Doubt, Style
from book.style.runs import Edit, Run

SPACED = regex("\\.[ \u00a0]+\\.")
DOTS = regex(r"(?<!\.)\.\.\.(?!\.)|(?<!\S)(?<!\.[ \u00a0])\.[ \u00a0]+\.[ \u00a0]+\.(?![ \u00a0]*\.)(?!\w)")


def ellipses(runs: Sequence[Run], _style: Style) -> Iterator[tuple[int, Edit | Doubt]]:
    """Yield an edit for each ``...`` and each spaced ``. . .``; longer rows of dots are left as typed."""
    for index, run in enumerate(runs):
        if ".." in run.guarded or SPACED.search(run.guarded):
            for match in DOTS.finditer(run.guarded):
                yield index, Edit(*match.span(), "…", "ellipsis")
