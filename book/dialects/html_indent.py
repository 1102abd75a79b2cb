"""Text that is indented inside HTML, `<div>` … `</div>`, in MDX, which has no indented code: it moves to the margin."""

from __future__ import annotations

from collections.abc import Iterator

from book.dialects.rows import with_rows
from book.dialects.tags import Passage
from book.model import Manuscript
from book.patterns import regex

_ELEMENT = regex(
    r"^[ \t]*<(?P<slash>/)?(?P<name>div|section|article|main|aside|header|footer|center|figure|details|nav)(?=[\s>])[^<>]*>[ \t]*$"
)
_AS_TYPED = regex(r"<(?:pre|textarea|script|style|svg)\b")
CODE = 4
"""The indent from which pandoc takes a line for code, in columns."""


def before(manuscript: Manuscript) -> Manuscript:
    """Return *manuscript* with what is in elements on lines of their own shifted left to their tags."""
    if "\n    " not in manuscript.text or "</" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    widths: dict[int, int] = {}
    for first, last in _elements(page):
        inside = [(at, page.rows[at]) for at in range(first + 1, last)]
        if any(_AS_TYPED.search(row.text) for _, row in inside) or page.item_indent(page.starts[first]):
            continue
        indents = [row.indent for _, row in inside if not row.is_blank]
        if max(indents, default=0) >= CODE:
            widths |= {at: max(min(indents), widths.get(at, 0)) for at, _ in inside}
    if not widths:
        return manuscript
    rows = [row.dedented(widths.get(at, 0)) for at, row in enumerate(page.rows)]
    return with_rows(manuscript, rows)


def _elements(page: Passage) -> Iterator[tuple[int, int]]:
    """Yield the lines of the two tags of each element whose tags have lines of their own, outside fenced code."""
    code = {number for fence in page.source.fences for number in range(fence.line, fence.end)}
    stack: list[tuple[str, int]] = []
    for number, row in enumerate(page.rows):
        match = None if number in code else _ELEMENT.match(row.text)
        if match is None:
            continue
        if not match["slash"]:
            stack.append((match["name"], number))
        elif any(name == match["name"] for name, _ in stack):
            while stack:
                name, first = stack.pop()
                if name == match["name"]:
                    yield first, number
                    break
