"""Lessons of The Carpentries: questions, objectives and key points in front matter, and `::: group-tab`.

Their boxes, `::: challenge` and `{: .callout}`, are those of :mod:`book.markdown.callouts`.
"""

from __future__ import annotations

from collections.abc import Iterator

from book.dialects.context import Context
from book.dialects.rows import Row
from book.dialects.tags import Edit, Passage
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

ABOVE, BELOW = ("questions", "objectives"), ("keypoints",)
_TABS = regex(r"[ \t]*:{3,}[ \t]*(?P<name>(?:group-)?tab)[ \t]*")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with what its front matter says about the lesson, as the site shows it: in boxes above and below."""
    page = Passage(manuscript)
    edits = [*_tabs(page, context)]
    for keys, at in ((ABOVE, 0), (BELOW, len(page.text))):
        lines = [line for key in keys for line in _box(key, manuscript.front.values.get(key))]
        if lines:
            rows: tuple[Row, ...] = tuple(page.made(line, at) for line in ("", *lines, ""))
            edits.append(Edit(start=at, end=at, new=rows, block=True))
    return page.with_edits(edits)


def _box(name: str, value: object) -> Iterator[str]:
    entries = value if isinstance(value, list) else [value]
    texts = [" ".join(entry.split()) for entry in entries if isinstance(entry, str)]
    if any(texts):
        yield from (f"::: {name}", "", *(f"- {text}" for text in texts if text), "", ":::", "")


def _tabs(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield the edits that make tabs, each below a heading, those of Quarto."""
    for number, row in enumerate(page.rows):
        tabs = _TABS.fullmatch(row.text) if ":::" in row.text and page.source.sorts[number] is Sort.TEXT else None
        if tabs:
            start, end = (page.starts[number] + at for at in tabs.span("name"))
            context.take(tabs["name"])
            yield Edit(start=start, end=end, new=(page.made("panel-tabset", start),))
