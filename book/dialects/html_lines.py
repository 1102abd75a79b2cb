"""Markdown on the lines of HTML, which MDX reads and CommonMark does not: it gets blank lines around it.

In MDX, `<td>**bold**</td>` is bold, and so is a line of Markdown between the lines of two tags. For pandoc, HTML goes on to the next
blank line.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from book.dialects.context import Context
from book.dialects.rows import join
from book.dialects.tags import Edit, Passage
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

_BLOCKS = "p|td|th|tr|table|ul|ol|li|dl|dt|dd|summary|details|figure|figcaption|caption|h[1-6]|div|section|center|blockquote|pre"
_ELEMENT = regex(
    r"<(?P<name>p|td|th|li|dt|dd|summary|figcaption|caption|h[1-6]|div|section|center|blockquote)(?:[ \t][^<>]*)?>"
    rf"(?P<inside>(?:[^<>\n]|<(?!/?(?:{_BLOCKS})\b)[^<>\n]*>)+)</(?P=name)>"
)
"""An element on one line with nothing but text in it."""
_MARKS = regex(r"\*\*?[^\s*]|(?<!\w)__?[^\s_]|`[^`\n]+`|\[[^\[\]\n]*\]\([^()\n]+\)")
"""Markdown inside a line."""
_AS_TYPED = regex(r"<(pre|script|style|svg|math|textarea)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)


def before(manuscript: Manuscript, _: Context) -> Manuscript:
    """Return *manuscript* with blank lines around Markdown on the lines of HTML."""
    if "<" not in manuscript.text or not _MARKS.search(manuscript.text):
        return manuscript
    page = Passage(manuscript)
    if Sort.HTML not in page.source.sorts:
        return manuscript
    return page.with_edits(sorted(_edits(page), key=lambda edit: edit.start))


def _edits(page: Passage) -> Iterator[Edit]:
    """Yield an edit for each run of lines, or part of a line, that is Markdown."""
    spans = [match.span() for match in _AS_TYPED.finditer(page.text)]
    number = 0
    while number < len(page.rows):
        start, row = page.starts[number], page.rows[number]
        if page.source.sorts[number] is not Sort.HTML or _is_inside(start, spans):
            number += 1
            continue
        if row.text.lstrip().startswith("<"):
            yield from _parts(page, number)
            number += 1
            continue
        end = number
        while end < len(page.rows) and _is_text(page, end):
            end += 1
        lines = page.rows[number:end]
        if any(_MARKS.search(line.text) for line in lines):
            indent = page.item_indent(start)
            blank = page.made(indent, start)
            inside = (
                join(page.made(indent, start), line.cut(len(line.text) - len(line.text.lstrip()))) for line in lines
            )
            yield Edit(
                start=start, end=page.starts[end - 1] + len(lines[-1].text), new=(blank, *inside, blank), block=True
            )
            if end < len(page.rows) and (margin := page.indent(page.starts[end])):
                # Below a blank line, HTML that is indented would be code.
                below = page.starts[end]
                yield Edit(start=below, end=below + len(margin), new=(page.made(indent, below),))
        number = max(end, number + 1)


def _is_inside(offset: int, spans: Sequence[tuple[int, int]]) -> bool:
    at = bisect_right(spans, (offset, offset)) - 1
    return any(first <= offset < last for first, last in spans[max(at, 0) : at + 2])


def _is_text(page: Passage, number: int) -> bool:
    """Return whether a line of HTML does not begin with a tag."""
    row = page.rows[number]
    return page.source.sorts[number] is Sort.HTML and not row.is_blank and not row.text.lstrip().startswith("<")


def _parts(page: Passage, number: int) -> Iterator[Edit]:
    """Yield an edit for each element on the line *number* that holds Markdown."""
    for match in _ELEMENT.finditer(page.rows[number].text):
        if not _MARKS.search(match["inside"]):
            continue
        start, end = (page.starts[number] + at for at in match.span("inside"))
        indent = page.item_indent(start)
        blank = page.made(indent, start)
        text = page.piece(start, end)
        text = text.cut(len(text.text) - len(text.text.lstrip()))
        yield Edit(start=start, end=end, new=(blank, join(page.made(indent, start), text), blank), block=True)
