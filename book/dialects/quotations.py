"""Lines inside quotations and items of lists: their marks, taken off and put back around what a dialect makes of them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence

from msgspec import Struct

from book.dialects.rows import Row, join, rows_of, with_rows
from book.markdown.lines import LIST_MARKER, Sort, read
from book.model import Manuscript
from book.patterns import regex

QUOTING = regex(rf"(?:[ \t]*(?:{LIST_MARKER}[ \t]+)*>)+[ \t]?")
"""The marks of the quotations in which a line stands, and of the items of lists around them."""
_IN_ITEM = regex(rf"^(?:[ \t>]*(?:{LIST_MARKER}[ \t]+)+|[ \t]{{2,}}(?:>[ \t]*)*)>", re.MULTILINE)
"""The beginning of a quotation in an item of a list."""
DEEPEST = 12
"""The most quotations inside each other that are read."""


class Quotation(Struct, frozen=True):
    """The lines of one quotation."""

    typed: Sequence[Row]
    inside: Sequence[Row]
    """The same lines without the marks."""
    marks: Row
    """The marks of the first line."""

    def with_lines(self, lines: Sequence[Row]) -> list[Row]:
        """Return *lines*, what became of those inside, with the marks; the typed ones if nothing changed."""
        if list(lines) == list(self.inside):
            return list(self.typed)
        return quoted(lines, self.marks, (), starts_here=True)


def _depth(row: Row) -> int:
    """Return the number of quotations around a line."""
    marks = QUOTING.match(row.text)
    return marks[0].count(">") if marks else 0


def unquoted(rows: Sequence[Row], first: int) -> Quotation | None:
    """Return the quotation that begins at the line *first*, up to the last line with its marks; None if none begins there.

    A line in more than :data:`DEEPEST` quotations is never in it, so that what reads quotations inside quotations comes to an end.
    """
    match = QUOTING.match(rows[first].text)
    if match is None or _depth(rows[first]) > DEEPEST:
        return None
    below = continued(match[0]).rstrip()
    last = first + 1
    while last < len(rows) and rows[last].text.startswith(below) and _depth(rows[last]) <= DEEPEST:
        last += 1
    inside = [row.cut(len(below) + row.text.startswith(" ", len(below))) for row in rows[first:last]]
    inside[0] = rows[first].cut(match.end())
    return Quotation(rows[first:last], inside, rows[first].cut(0, match.end()))


def in_quotations(
    rows: Sequence[Row],
    mark: str,
    read_inside: Callable[[Sequence[Row]], list[Row]],
    marks: re.Pattern[str] | None = None,
) -> list[Row]:
    """Return *rows* with what *read_inside* makes of the lines of each quotation that contains *mark*; quotations in code stay as they are.

    If *marks* are given, only quotations that begin with them are read.
    """
    sorts = read("\n".join(row.text for row in rows)).sorts
    result: list[Row] = []
    at = 0
    while at < len(rows):
        quotation = unquoted(rows, at) if sorts[at] in (Sort.TEXT, Sort.HTML) else None
        typed = quotation.typed if quotation else rows[at : at + 1]
        is_meant = marks is None or marks.match(typed[0].text) is not None
        has_mark = quotation is not None and is_meant and any(mark in row.text for row in typed)
        result += quotation.with_lines(read_inside(quotation.inside)) if quotation and has_mark else typed
        at += len(typed)
    return result


def in_items(manuscript: Manuscript, mark: str, read_inside: Callable[[Manuscript], Manuscript]) -> Manuscript:
    """Return *manuscript* with what *read_inside* makes of each quotation with *mark* in an item of a list, taken for a manuscript."""
    if mark not in manuscript.text or not _IN_ITEM.search(manuscript.text):
        return manuscript

    def lines_of(inside: Sequence[Row]) -> list[Row]:
        return rows_of(read_inside(with_rows(manuscript, inside)))

    return with_rows(manuscript, in_quotations(rows_of(manuscript), mark, lines_of, marks=_IN_ITEM))


def inside_item(row: Row, marks: re.Pattern[str]) -> Row:
    """Return a line that begins with the *marks* of items of lists as if it were the next line of the last item; others as they are."""
    item = marks.match(row.text)
    return join(row.made(" " * item.end()), row.cut(item.end())) if item else row


def quoted(new: Sequence[Row], marks: Row, typed: Sequence[Row], *, starts_here: bool) -> list[Row]:
    """Return *new*, the lines of a block inside quotations, with their *marks*; lines among those *typed* may have them already.

    Where the block *starts_here*, on the line with the *marks*, they are as they are typed; on the lines below, items around them go on.
    """
    below = continued(marks.text)
    own = {(row.origin.path, row.origin.line) for row in typed}
    lines = []
    for number, row in enumerate(new):
        if (row.origin.path, row.origin.line) in own and row.text.lstrip().startswith(">"):
            lines.append(row)
        elif starts_here and not number:
            lines.append(join(marks, row))
        else:
            lines.append(join(row.made(below), row))
    return lines


def begun(marks: Row, lines: Sequence[Row]) -> list[Row]:
    """Return *lines* as the block with which an item of a list begins, on the line with its *marks*.

    The marks alone on their line would make a heading of the line above, or belong to the paragraph there.
    """
    first, *rest = [*itertools.dropwhile(lambda line: line.is_blank, lines)] or [marks.made("")]
    return [join(marks, first.cut(len(first.lead))), *rest]


def continued(marks: str) -> str:
    """Return the *marks* of quotations on a line below, where the items of lists around them go on.

    >>> continued("- > ")
    '  > '
    """
    return re.sub(r"[^\s>]", " ", marks)
