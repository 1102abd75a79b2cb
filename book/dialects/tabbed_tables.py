"""Rows of a spreadsheet that were pasted: paragraphs in which TABs divide each line into as many cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from book.dialects.context import Context
from book.dialects.rows import Row, join, rows_of, with_rows
from book.markdown.lines import Sort, read
from book.model import Manuscript
from book.patterns import regex

_ROW = regex(r"(?!(?:[-*+#>|:~=\[`<{]|\d{1,9}[.)][ \t]))\S[^\t]*(?:\t[^\t]*)+")
LEAST = {2: 3}
"""The fewest lines that make a table, for a number of columns; two for any other number."""


def before(manuscript: Manuscript, _: Context) -> Manuscript:
    """Return *manuscript* with these paragraphs as tables; the first line is the head."""
    if "\t" not in manuscript.text:
        return manuscript
    rows = rows_of(manuscript)
    sorts = read(manuscript.text).sorts
    new: list[Row] = []
    at = 0
    while at < len(rows):
        end = at
        while end < len(rows) and sorts[end] is Sort.TEXT and not rows[end].is_blank:
            end += 1
        paragraph = rows[at:end]
        new += _table(paragraph) if _is_table(paragraph) else rows[at : max(end, at + 1)]
        at = max(end, at + 1)
    return with_rows(manuscript, new)


def _is_table(paragraph: Sequence[Row]) -> bool:
    """Return whether all lines of a *paragraph* have as many cells."""
    columns = {row.text.rstrip("\t ").count("\t") + 1 if _ROW.fullmatch(row.text) else 0 for row in paragraph}
    most = max(columns, default=0)
    return most > 1 and len(columns) == 1 and len(paragraph) >= LEAST.get(most, 2)


def _table(paragraph: Sequence[Row]) -> Iterator[Row]:
    """Yield the lines of the table, with a blank one before and after it."""
    head = paragraph[0]
    yield head.made("")
    for number, row in enumerate(paragraph):
        yield join(row.made("| "), *_cells(row.cut(0, len(row.text.rstrip("\t ")))), row.made(" |"))
        if number == 0:
            yield row.made("|---" * (head.text.rstrip("\t ").count("\t") + 1) + "|")
    yield paragraph[-1].made("")


def _cells(row: Row) -> Iterator[Row]:
    """Yield the pieces of a line, with bars in place of its TABs, and its own bars as text."""
    start = 0
    for at, letter in enumerate(row.text):
        if letter in "\t|":
            yield row.cut(start, at)
            yield row.made(" | " if letter == "\t" else r"\|", at)
            start = at + 1
    yield row.cut(start)
