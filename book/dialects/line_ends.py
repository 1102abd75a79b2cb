r"""What exports of editors leave at the ends and beginnings of lines: ` \` at the end of a paragraph, and tasks with backslashes, `\[ \] Words`."""

from __future__ import annotations

from collections.abc import Iterator

from book.dialects.context import Context
from book.dialects.rows import Row
from book.dialects.tags import Edit, Passage
from book.markdown.lines import LIST_MARKER, Sort
from book.model import Manuscript
from book.patterns import regex

_BREAK = regex(r"(?<=\S)(?P<gap>[ \t]+\\)$")
_TASK = regex(rf"[ \t>]*(?:{LIST_MARKER}[ \t]+)?(?P<open>\\)\[[ xX]?(?P<close>\\?)\][ \t]+(?=\S)")
_BLOCK = regex(rf"[ \t>]*(?:{LIST_MARKER}[ \t]|#{{1,6}}[ \t]|$)")
LEAST = 2
"""The fewest such tasks of a chapter: brackets that are shown on purpose stand alone."""


def before(manuscript: Manuscript, _: Context) -> Manuscript:
    """Return *manuscript* without breaks of lines that no line follows, and with such tasks as others write them."""
    if "\\" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    return page.with_edits([*_breaks(page), *_tasks(page)])


def _breaks(page: Passage) -> Iterator[Edit]:
    rows = page.rows
    for number, row in enumerate(rows):
        match = _BREAK.search(_visible(page, number)) if row.text.endswith("\\") else None
        if match and (number + 1 == len(rows) or _BLOCK.match(rows[number + 1].text)):
            yield _removed(page, number, *match.span("gap"))


def _tasks(page: Passage) -> list[Edit]:
    edits, count = [], 0
    for number, row in enumerate(page.rows):
        task = _TASK.match(_visible(page, number)) if "\\[" in row.text else None
        if task:
            count += 1
            edits += [_removed(page, number, *task.span(mark)) for mark in ("open", "close")]
    return edits if count >= LEAST else []


def _visible(page: Passage, number: int) -> str:
    """Return the line *number* with spaces in place of code; nothing if it is no text."""
    start, row = page.starts[number], page.rows[number]
    return page.visible[start : start + len(row.text)] if page.source.sorts[number] is Sort.TEXT else ""


def _removed(page: Passage, number: int, start: int, end: int) -> Edit:
    row: Row = page.rows[number]
    at = page.starts[number]
    return Edit(start=at + start, end=at + end, new=(row.made("", start),))
