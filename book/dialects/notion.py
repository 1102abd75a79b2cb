"""Pages that Notion exports: properties below the title stand on lines of their own, databases are tables, icons are left out."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from urllib.parse import unquote

from book.dialects import directive_tables
from book.dialects.context import Context
from book.dialects.includes import included
from book.dialects.rows import Row, join
from book.dialects.tags import Edit, Passage
from book.model import Manuscript
from book.patterns import regex

_PROPERTIES = regex(r"\A\s*#[ \t][^\n]*\n+(?P<lines>(?:[^\W\d_][^\n:]{0,60}: [^\n]*\n){2,})(?=[ \t]*(?:\n|\Z))")
_DATABASE = regex(r"^\[(?P<words>[^\[\]\n]*)\]\((?P<path>[^()\s]+\.csv)\)[ \t]*$", re.MULTILINE)
_CALLOUT = regex(r"^[ \t]*<aside>(?=\n[ \t]*\S)", re.MULTILINE)
_CAPTION = regex(
    r"^(?P<image>[ \t]*!\[(?P<alt>[^\[\]\n*_`<]+)\]\([^()\s]+\))[ \t]*\n[ \t]*\n[ \t]*(?P<caption>(?P=alt))[ \t]*$",
    re.MULTILINE,
)
_INWARD = regex(
    r"(?<=\]\()https://(?:www\.)?notion\.(?:so|site)/[^\s()]*?(?P<page>[0-9a-f]{32})(?:[?#][^\s()]*)?(?=\))"
)
"""The address of a page on Notion's site."""
_RELATION = regex(
    r"(?<=[:,] )(?P<words>[^,()\n]*[^\s,()]) \((?P<target>https://(?:www\.)?notion\.so/[^\s()]+|[^\s():]+\.md)\)"
)
"""A page in a property: its title, and its address."""
_ICON = regex(r"<img\s[^<>]*\bsrc=\"https://(?:www\.)?notion\.so/icons/[^<>]*>")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with its properties, databases and icons as readers of a book expect them."""
    page = Passage(manuscript)
    edits = [*_properties(page), *_databases(page, context), *_callouts(page), *_captions(page)]
    for match in _ICON.finditer(page.visible):
        context.take(match[0])
        edits.append(Edit(start=match.start(), end=match.end(), new=(page.made("", match.start()),)))
    return _with_pages(page.with_edits(edits), context)


def _with_pages(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with links to pages on Notion's site that are chapters here as links to these."""
    if "notion." not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    paths = {posixpath.splitext(path)[0][-32:]: path for path in context.library.manuscripts}
    pieces = []
    for match in _INWARD.finditer(page.visible):
        path = paths.get(match["page"])
        if path and (address := context.address(f"/{path}")):
            pieces.append((*match.span(), f"<{address}>"))
    return page.with_texts(context, pieces)


def _properties(page: Passage) -> Iterator[Edit]:
    """Yield a line end after each property but the last, and links for the pages that properties name."""
    match = _PROPERTIES.match(page.text + "\n")
    if match:
        for relation in _RELATION.finditer(page.text, *match.span("lines")):
            start, end = relation.span()
            words, target = (page.piece(*relation.span(name)) for name in ("words", "target"))
            new = join(page.made("[", start), words, page.made("](", end), target, page.made(")", end))
            yield Edit(start=start, end=end, new=(new,))
        start = match.start("lines")
        for line in match["lines"].rstrip("\n").split("\n")[:-1]:
            start += len(line)
            yield Edit(start=start, end=start, new=(page.made("\\", start - 1),))
            start += 1


def _callouts(page: Passage) -> Iterator[Edit]:
    """Yield a blank line below the tag that begins a callout, whose text is Markdown."""
    for match in _CALLOUT.finditer(page.visible):
        blank = page.made(page.indent(match.start()), match.start())
        yield Edit(start=match.end(), end=match.end(), new=(blank, blank), block=True)


def _captions(page: Passage) -> Iterator[Edit]:
    """Yield the caption of each image, which Notion repeats in a paragraph, as a line in italics directly below it."""
    for match in _CAPTION.finditer(page.visible):
        caption = page.made(f"{page.indent(match.start())}*{match['alt']}*", match.start("caption"))
        yield Edit(start=match.end("image"), end=match.end(), new=(caption,), block=True)


def _databases(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield tables in place of links to databases, which Notion shows in the page."""
    for match in _DATABASE.finditer(page.visible):
        start = match.start()
        row, path = page.row(start), unquote(match["path"])
        beside = f"{context.library.root}/{posixpath.dirname(row.origin.path)}/{path}"
        body = included(row, path, context) if os.path.isfile(beside) else None  # noqa: PTH113 - no path of a stranger raises here
        if not body:
            continue
        context.take(match[0])
        table = directive_tables.separated(body, {"header-rows": "1"}, row, "")
        words = page.text[match.start("words") : match.end("words")]
        title: list[Row] = [page.made(f"**{words}**", start)] if words.strip() else []
        blank = page.made("", start)
        yield Edit(start=start, end=match.end(), new=(blank, *title, blank, *table, blank), block=True)
