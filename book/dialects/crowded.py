"""Paragraphs with thousands of links, which pandoc cannot read in the memory that it may use: they are divided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from book.dialects.context import Context
from book.dialects.rows import Row, join, rows_of, with_rows
from book.markdown.lines import LIST_MARKER, Sort, read
from book.model import Manuscript
from book.patterns import regex
from book.problems import Kind, Severity

DIVIDED = Kind("G180", Severity.WARNING, "a paragraph with thousands of links, which is printed as several")

MOST = 1_000
"""The most links of a paragraph: the memory that pandoc needs grows with the square of their number."""
PIECE = 500
_LINK = regex(r"\](?=[(\[])")
_PREFIX = regex(r"[ \t>]*")
_BLOCK = regex(rf"[ \t>]*(?:{LIST_MARKER}|#{{1,6}}|\|)(?:[ \t]|$)")
_GAP = regex(r"(?<=[)\]])[ \t]+")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with such paragraphs divided after a link."""
    if len(_LINK.findall(manuscript.text)) <= MOST:
        return manuscript
    rows = rows_of(manuscript)
    sorts = read(manuscript.text).sorts
    result: list[Row] = []
    at = 0
    while at < len(rows):
        end = at + 1
        if sorts[at] is Sort.TEXT and not rows[at].is_blank:
            while end < len(rows) and sorts[end] is Sort.TEXT and not _begins(rows[end]):
                end += 1
        count = sum(len(_LINK.findall(row.text)) for row in rows[at:end])
        if count > MOST:
            message = f"this paragraph has {count:,} links; it is printed as several paragraphs"
            context.tell_at(DIVIDED, rows[at], 0, message, "divide it, or make it a list")
        result += _divided(rows[at:end]) if count > MOST else rows[at:end]
        at = end
    return with_rows(manuscript, result)


def _begins(row: Row) -> bool:
    """Return whether a line is blank, or begins a block of its own."""
    return row.is_blank or bool(_BLOCK.match(row.text))


def _divided(rows: Sequence[Row]) -> Iterator[Row]:
    """Yield the lines of a paragraph with a blank one after each :data:`PIECE` links."""
    count = 0
    for row in rows:
        prefix = _PREFIX.match(row.text)
        blank = row.made(prefix[0].rstrip() if prefix else "")
        start = done = 0
        if count >= PIECE:
            yield blank
            count = 0
        for gap in _GAP.finditer(row.text):
            count += len(_LINK.findall(row.text, done, gap.start()))
            done = gap.start()
            if count >= PIECE:
                yield _part(row, start, gap.start(), blank)
                yield blank
                start, count = gap.end(), 0
        count += len(_LINK.findall(row.text, done))
        yield _part(row, start, len(row.text), blank)


def _part(row: Row, start: int, end: int, blank: Row) -> Row:
    part = row.cut(start, end)
    return join(blank, row.made(" "), part) if start and blank.text else part
