"""Blocks of mdBook's common preprocessors: ```` ```admonish note "Title" ````, `{{#tabs}}` with `{{#tab name="x"}}`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from book.dialects import boxes
from book.dialects.context import Context
from book.dialects.rows import Row, rows_of, with_rows
from book.dialects.tags import UNREAD, Edit, Passage, arguments
from book.markdown.callouts import is_known
from book.model import Manuscript
from book.patterns import regex

_FENCE = regex(r"(?P<indent>[ \t]*)(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>.*?)[ \t]*$")
_TAB = regex(r"(?P<indent>[ \t]*)\{\{[ \t]*#(?P<name>tabs|tab|endtab|endtabs)\b(?P<rest>[^{}]*)\}\}[ \t]*$")


_RULE = regex(r"(?m:^)r\[(?P<name>[a-z0-9][\w-]*(?:\.[\w.-]+)+)\][ \t]*(?m:$)")
"""The name of a rule in the Rust reference."""
_NOTE = regex(r"\{\{footnote:[ \t]*(?P<text>[^{}]+?)\}\}")
_MARK = regex(r"\{\{(?:%[ \t]*|[ \t]*#)(?P<name>[a-z][\w-]*)\b[^{}\n]*\}\}")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with these blocks as callouts and panels."""
    text = manuscript.text
    if "admonish" in text or "#tab" in text:
        manuscript = with_rows(manuscript, list(_read(rows_of(manuscript), context)))
    return _without_marks(manuscript, context) if "mdbook" in context.library.names else manuscript


def _without_marks(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with notes of mdbook-footnote, names of rules as anchors, and without marks of other preprocessors."""
    if "{{" not in manuscript.text and "r[" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    edits: list[Edit] = []
    for match in _RULE.finditer(page.visible):
        context.take(match[0])
        edits.append(
            Edit(
                start=match.start(),
                end=match.end(),
                new=(page.made(f'<span id="r-{match["name"]}"></span>', match.start()), page.made("", match.start())),
                block=True,
            )
        )
    for match in _NOTE.finditer(page.visible):
        edits.append(Edit(start=match.start(), end=match.start("text"), new=(page.made("^[", match.start()),)))
        edits.append(Edit(start=match.end("text"), end=match.end(), new=(page.made("]", match.end("text")),)))
        context.take("footnote")
    for match in _MARK.finditer(page.visible):
        if page.text[match.start() - 1 : match.start()] == "\\":
            continue
        message = f"'{match[0][:60]}' is a mark for a preprocessor that Handbound does not know; it is left out"
        context.tell_once(UNREAD, page.place(match.start()), match["name"], message, "write what it stands for")
        context.take(match[0])
        edits.append(Edit(start=match.start(), end=match.end(), new=(page.made("", match.start()),)))
    return page.with_edits(edits)


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
    yield from _read(boxes.body(inside), context)
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
