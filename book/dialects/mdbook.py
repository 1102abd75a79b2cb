"""Blocks of mdBook's common preprocessors: ```` ```admonish note "Title" ````, `{{#tabs}}` with `{{#tab name="x"}}`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from book.dialects import boxes
from book.dialects.context import Context
from book.dialects.rows import Row, rows_of, with_rows
from book.dialects.tags import arguments
from book.markdown.callouts import is_known
from book.model import Manuscript

_FENCE = re.compile(r"(?P<indent>[ \t]*)(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>.*?)[ \t]*$")
_TAB = re.compile(r"(?P<indent>[ \t]*)\{\{[ \t]*#(?P<name>tabs|tab|endtab|endtabs)\b(?P<rest>[^{}]*)\}\}[ \t]*$")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with these blocks as callouts and panels."""
    text = manuscript.text
    if "admonish" not in text and "#tab" not in text:
        return manuscript
    return with_rows(manuscript, list(_read(rows_of(manuscript), context)))


def _read(rows: Sequence[Row], context: Context) -> Iterator[Row]:
    at = 0
    while at < len(rows):
        row = rows[at]
        fence = _FENCE.match(row.text)
        if fence is not None:
            end = _end(rows, at, fence["mark"])
            if re.match(r"admonish\b", fence["info"]):
                yield from _admonition(row, fence, rows[at + 1 : end], context)
            else:
                yield from rows[at : end + 1]
            at = end + 1
            continue
        tab = _TAB.match(row.text)
        yield from _tab(row, tab, context) if tab is not None else (row,)
        at += 1


def _end(rows: Sequence[Row], start: int, mark: str) -> int:
    """Return the number of the line that closes the fence on line *start*; that of the last line where none does."""
    closing = re.compile(rf"[ \t]*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$")
    return next((at for at in range(start + 1, len(rows)) if closing.match(rows[at].text)), len(rows) - 1)


def _admonition(row: Row, fence: re.Match[str], inside: Sequence[Row], context: Context) -> Iterator[Row]:
    words, values = arguments(fence["info"])
    context.take(fence["info"])
    kinds = [word for word in words[1:] if is_known(word)]
    titles = [word for word in words[1:] if word not in kinds]
    title = values.get("title", titles[0] if titles else None)
    kind = kinds[0] if kinds else "note"
    indent = fence["indent"]
    made = row.made(title) if title is not None else None
    yield from boxes.opened(row, boxes.CALLOUT + kind, made, indent=indent)
    yield from _read(boxes.body(inside, indent), context)
    yield from boxes.closed(row, indent)


def _tab(row: Row, tab: re.Match[str], context: Context) -> Iterator[Row]:
    """Yield what stands for one tag of tabs: each panel has its name above it."""
    context.take(row.text)
    if tab["name"] == "tab":
        _, values = arguments(tab["rest"])
        yield from boxes.opened(row, boxes.PANEL, row.made(values.get("name", "")), indent=tab["indent"])
    elif tab["name"] == "endtab":
        yield from boxes.closed(row, tab["indent"])
    else:
        yield row.made(tab["indent"])
