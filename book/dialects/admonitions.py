"""Boxes of Obsidian's plugin Admonition: a block of code whose language begins with ``ad-`` is a callout."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from book.dialects import boxes
from book.dialects.context import Context
from book.dialects.rows import Row
from book.dialects.tags import Edit, Passage
from book.markdown.callouts import is_known
from book.markdown.lines import Fence
from book.model import Manuscript
from book.patterns import regex

_OPTION = regex(r"[ \t]*(?P<key>title|collapse|icon|color|metadata)[ \t]*:[ \t]*(?P<value>.*?)[ \t]*", re.IGNORECASE)
PREFIX = "ad-"


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with these blocks as boxes; those inside others, whose fences are shorter, too."""
    while PREFIX in manuscript.text:
        page = Passage(manuscript)
        made = page.with_edits(_edits(page, context))
        if made is manuscript:
            break
        manuscript = made
    return manuscript


def _edits(page: Passage, context: Context) -> Iterator[Edit]:
    for fence in page.source.fences:
        name = (fence.info.split() or [""])[0].casefold()
        if fence.closed and name.startswith(PREFIX):
            start, last = page.starts[fence.line], fence.end - 1
            end = page.starts[last] + len(page.rows[last].text)
            context.take(name)
            yield Edit(start=start, end=end, new=tuple(_box(page, fence, name, context)), block=True)


def _box(page: Passage, fence: Fence, name: str, context: Context) -> Iterator[Row]:
    """Yield the lines of the box in place of *fence*; options stand before its text."""
    inside: Sequence[Row] = page.rows[fence.line + 1 : fence.end - 1]
    title: Row | None = None
    while inside and (option := _OPTION.fullmatch(inside[0].text)):
        if option["key"].casefold() == "title":
            title = inside[0].cut(*option.span("value"))
            context.take(option["key"])
        else:
            context.take(inside[0].text)
        inside = inside[1:]
    indent = page.indent(page.starts[fence.line])
    kind = name.removeprefix(PREFIX)
    row, last = page.rows[fence.line], page.rows[fence.end - 1]
    yield from boxes.opened(row.made(""), boxes.CALLOUT + (kind if is_known(kind) else "note"), title, indent=indent)
    yield from boxes.body(inside)
    yield from boxes.closed(last.made(""), indent)
