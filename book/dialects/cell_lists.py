"""Lists in cells of tables, which Markdown does not have: `- one<br>- two`; each item gets a bullet in place of its sign."""

from __future__ import annotations

import re
from collections.abc import Iterator

from book.dialects.context import Context
from book.dialects.tags import Edit, Passage
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

_SIGN = regex(r"(?:(?P<first>^|\|)|<br\s*/?>)[ \t]*(?P<sign>[-*+])(?=[ \t]+[^\s|])", re.IGNORECASE)
_END = regex(r"(?<!\\)\|")
LEAST = 2
"""The fewest items of a list: one hyphen may stand before a name."""


def before(manuscript: Manuscript, _: Context) -> Manuscript:
    """Return *manuscript* with bullets in such lists."""
    if "<br" not in manuscript.text and "<BR" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    return page.with_edits(edit for number in range(len(page.rows)) for edit in _of_line(page, number))


def _of_line(page: Passage, number: int) -> Iterator[Edit]:
    """Yield the edits for the lists on a line; at its beginning, outside a row of a table, a sign is that of a real list."""
    start = page.starts[number]
    line = page.visible[start : start + len(page.rows[number].text)]
    if page.source.sorts[number] is not Sort.TEXT or "<br" not in line.lower():
        return
    ends = [match.start() for match in _END.finditer(line)]
    cells: dict[int, list[int]] = {}
    for match in _SIGN.finditer(line):
        if match["first"] != "":
            at = match.start("sign")
            cells.setdefault(sum(end < at for end in ends), []).append(start + at)
    for signs in cells.values():
        if len(signs) >= LEAST:
            yield from (Edit(start=at, end=at + 1, new=(page.made("•", at),)) for at in signs)
