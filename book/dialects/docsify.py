"""What docsify adds to Markdown: `!> important`, `?> tip`, `{docsify-ignore}` and `:id=x` in headings, files that `':include'` brings in."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from book.dialects import boxes
from book.dialects.context import Context
from book.dialects.includes import LANGUAGES, dedented, included, indented, tell_missing_part, without_front_matter
from book.dialects.rows import Row, rows_of, with_rows
from book.dialects.tags import Edit, Passage, fenced
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex
from book.sites.docsify import address_of

_BOX = regex(r"(?P<indent>[ \t]*)(?P<mark>[!?])>[ \t]+(?=\S)")
_KINDS = {"!": "important", "?": "tip"}
_MARK = regex(r"[ \t]*(?:<!--[ \t]*)?\{docsify-ignore(?:-all)?\}(?:[ \t]*-->)?")
_ID = regex(r"^(?P<heading>#{1,6}[ \t].*?)[ \t]+:id=(?P<id>[\w-]+)[ \t]*$", re.MULTILINE)
_INCLUDE = regex(
    r"^(?P<indent>[ \t]*)\[(?P<words>[^\[\]\n]*)\]\((?P<path>[^()\s]+)[ \t]+(?P<quote>['\"]):include(?P<options>[^'\"\n]*)(?P=quote)\)[ \t]*$",
    re.MULTILINE,
)
_OPTIONS = regex(r"(?<=\S)[ \t]+(?P<quote>['\"])(?P<options>:[a-z]+(?:[= ][^'\"\n]*)?)(?P=quote)(?=\))")
"""What docsify writes in the place of a title of a link or picture."""
_ROUTE = regex(
    r"(?:(?<=\]\()|(?<=\bhref=[\"'])|(?<=\]:[ \t]))(?P<address>(?:[\w./-]*/)?#/[^\s()\"'<>]*|[^\s()#?\"'<>:]*\?id=[^\s()\"'<>]+)"
)
"""The address of a page as the browser shows it, and the id of a heading as docsify writes it."""
_TABS = regex(r"<!--[ \t]*tabs:start[ \t]*-->.*?<!--[ \t]*tabs:end[ \t]*-->", re.DOTALL)
_TAB = regex(r"^[ ]{0,3}#{1,6}[ \t]+(?=(?:\*\*|__)[^\n]+(?:\*\*|__)[ \t]*$)", re.MULTILINE)
_SIZE = regex(r":size=(?P<width>\d+%?)(?:x(?P<height>\d+))?")
_TYPE = regex(r":type=(\w+)")
_FRAGMENT = regex(r":fragment=([\w-]+)")
_MARKER = regex(r"(?:###|///)\s*\[(?P<name>[^\[\]]+)\]")
"""A line before and after a part of a file."""
CODE_SUFFIXES = frozenset("js ts json html css py java go rs sh yml yaml xml sql c cpp h rb php".split())


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with what docsify adds as callouts, attributes and the text of files."""
    page = Passage(manuscript)
    edits = [*_includes(page, context), *_headings(page, context), *_options(page, context), *_routes(page, context)]
    edits += _tabs(page)
    manuscript = page.with_edits(edits)
    if "!>" not in manuscript.text and "?>" not in manuscript.text:
        return manuscript
    return with_rows(manuscript, list(_boxes(rows_of(manuscript))))


def _boxes(rows: Sequence[Row]) -> Iterator[Row]:
    """Yield *rows* with each paragraph that begins with a mark as a callout."""
    source = boxes.structure(rows)
    closing: list[Row] = []
    for number, row in enumerate(rows):
        if closing and row.is_blank:
            yield from closing
            closing = []
        match = _BOX.match(row.text) if not closing and boxes.is_text(source, number) else None
        if match is None:
            yield row
            continue
        yield from boxes.opened(row, boxes.CALLOUT + _KINDS[match["mark"]], None, indent=match["indent"])
        yield row.cut(match.end())
        closing = boxes.closed(row, match["indent"])
    yield from closing


def _headings(page: Passage, context: Context) -> Iterator[Edit]:
    for match in _MARK.finditer(page.text):
        number = page.at(match.start())[0]
        if page.source.sorts[number] is Sort.TEXT and page.rows[number].text.lstrip().startswith("#"):
            context.take(match[0])
            yield Edit(start=match.start(), end=match.end(), new=(page.made("", match.start()),))
    for match in _ID.finditer(page.visible):
        start = match.end("heading")
        context.take(match[0][start - match.start() :])
        yield Edit(start=start, end=match.end(), new=(page.made(f" {{#{match['id']}}}", start),))


def _tabs(page: Passage) -> Iterator[Edit]:
    """Yield the names of tabs, which are headings in bold between two comments, as words in bold."""
    for group in _TABS.finditer(page.text):
        for match in _TAB.finditer(page.text, *group.span()):
            if page.source.sorts[page.at(match.start())[0]] is Sort.TEXT:
                yield Edit(start=match.start(), end=match.end(), new=(page.made("", match.start()),))


def _options(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield options of links and pictures: sizes as attributes, the others gone."""
    for match in _OPTIONS.finditer(page.visible):
        context.take(match[0])
        yield Edit(start=match.start(), end=match.end(), new=(page.made("", match.start()),))
        if size := _SIZE.search(match["options"]):
            sizes = " ".join(f"{key}={value}" for key, value in size.groupdict().items() if value)
            yield Edit(start=match.end() + 1, end=match.end() + 1, new=(page.made(f"{{{sizes}}}", match.end()),))


def _routes(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield links to pages, ``#/guide?id=saws``, as links from the root of the site."""
    for match in _ROUTE.finditer(page.visible):
        context.take("id")
        yield Edit(start=match.start(), end=match.end(), new=(page.made(address_of(match[0]), match.start()),))


def _part(rows: Sequence[Row], name: str) -> list[Row]:
    """Return the lines of *rows* between two lines with the mark *name*."""
    marks = [number for number, row in enumerate(rows) if (mark := _MARKER.search(row.text)) and mark["name"] == name]
    return dedented(rows[marks[0] + 1 : marks[-1]]) if len(marks) > 1 else []


def _includes(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield the files that stand for themselves: Markdown as it is, any other as code; media stay links."""
    for match in _INCLUDE.finditer(page.visible):
        typed = _TYPE.search(match["options"])
        kind = typed[1] if typed else ""
        suffix = posixpath.splitext(match["path"])[1].lstrip(".").casefold()
        if "://" in match["path"] or not (kind in ("code", "markdown") or suffix in CODE_SUFFIXES | {"md"}):
            continue
        number = page.at(match.start("path"))[0]
        rows = included(page.rows[number], match["path"], context, at=match.start("path") - page.starts[number])
        if rows is None:
            continue
        context.take(page.text[match.start() : match.end()])
        if part := _FRAGMENT.search(match["options"]):
            row, at = page.rows[number], match.start("path") - page.starts[number]
            rows = _part(rows, part[1])
            tell_missing_part(rows, part[1], match["path"], row, context, at=at)
        if not rows:
            new = [page.made("", match.start())]
        elif kind == "code" or (kind != "markdown" and suffix != "md"):
            new = fenced(rows, LANGUAGES.get(suffix, suffix), page.made("", match.start()), match["indent"])
        else:
            new = indented(without_front_matter(rows), match["indent"])
        yield Edit(start=match.start(), end=match.end(), new=tuple(new), block=True)
