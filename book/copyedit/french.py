"""The spaces before French signs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from book.copyedit.languages import before_signs
from book.copyedit.neighbours import CLASS, Class
from book.copyedit.style import Doubt, Style
from book.runs import Edit, Run

SIGN = re.compile("([ \n\u00a0\u202f]*)([:;!?])")
SMILEY = frozenset("()")
CLOSERS = frozenset("»”’›\"'")


def french(runs: Sequence[Run], _style: Style) -> Iterator[tuple[int, Edit | Doubt]]:
    """Yield an edit for each sign of a French text that does not have its own space before it."""
    for index, run in enumerate(runs):
        if any(before_signs(tag) for _, tag in run.languages):
            for edit in _signs(run):
                yield index, edit


def _signs(run: Run) -> Iterator[Edit]:
    text = run.guarded
    for found in SIGN.finditer(text):
        wanted = before_signs(run.language(found.start(2))).get(found[2])
        if wanted is None or found[1] == wanted or not found.start():
            continue
        before, after = text[found.start() - 1], text[found.end() : found.end() + 1]
        if before in ":;!?" or CLASS[before] in (Class.SPACE, Class.OPENING) or before in "«‹“‘":
            continue
        if after and CLASS[after] not in (Class.SPACE, Class.CLOSING) and after not in CLOSERS:
            continue
        if found[2] in ":;" and (after in SMILEY or after == found[2]) and after:
            continue
        if found[1]:
            yield Edit(*found.span(1), wanted, "french-space")
        else:
            yield Edit(*found.span(2), wanted + found[2], "french-space")
