"""Blocks with indented bodies in Python-Markdown and its extensions: `!!! note "Title"`, `???+ tip`, `=== "Tab"`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from book.dialects import boxes
from book.dialects.context import Context
from book.dialects.includes import indented
from book.dialects.quotations import unquoted
from book.dialects.rows import Row, join, rows_of, with_rows
from book.markdown.callouts import is_known
from book.model import Manuscript
from book.patterns import regex

MARKS = ("!!!", "???", "===")
"""What the first line of a box or a panel begins with."""
_BOX = regex(
    r"(?P<indent>[ \t]*)(?:!!!|\?\?\?\+?)[ \t]+(?P<names>[\w-]+(?:[ \t]+[\w-]+)*)?(?:[ \t]*[\"“](?P<title>.*)[\"”])?[ \t]*$"
)
_ITEM = regex(r"[ \t]*(?:[-*+:]|\d+[.)])[ \t]+(?=(?:!!!|\?\?\?\+?|===[!+]?)[ \t]+[\w\"'“])")
"""The mark of an item of a list, or of a definition, that begins with a box or a panel."""
_TAB = regex(r"(?P<indent>[ \t]*)===[!+]?[ \t]+(?:\"(?P<title>.*)\"|'(?P<single>.*)'|“(?P<curly>.*)”)[ \t]*$")
PLACING = frozenset("inline end left right annotate highlight blink no-icon collapse open".split())
"""Classes that only concern the position or appearance of a box."""


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with boxes and tabs as fenced divs, their bodies shifted left."""
    if not any(mark in manuscript.text for mark in MARKS):
        return manuscript
    return with_rows(manuscript, _read(rows_of(manuscript), context))


def _read(rows: Sequence[Row], context: Context) -> list[Row]:
    """Return *rows* with the boxes among and inside them as fenced divs."""
    source = boxes.structure(rows)
    result: list[Row] = []
    at = 0
    while at < len(rows):
        row = rows[at]
        if not boxes.is_text(source, at):
            result.append(row)
            at += 1
            continue
        if (quotation := unquoted(rows, at)) is not None:
            has_boxes = any(mark in line.text for line in quotation.inside for mark in MARKS)
            result += quotation.with_lines(_read(quotation.inside, context)) if has_boxes else quotation.typed
            at += len(quotation.typed)
            continue
        item = _ITEM.match(row.text)
        if item is not None and (first := _opening(row.cut(item.end()))) is not None:
            end = _end(rows, at + 1, row.indent + 4)
            indent = " " * (row.indent + 4)
            lines = _box(row.cut(item.end()), first, rows[at + 1 : end], context, indent)
            result += [join(row.cut(0, item.end()), lines[0].dedented(len(indent))), *lines[1:]]
            at = end
            continue
        match = _opening(row)
        if match is None:
            result.append(row)
            at += 1
            continue
        end = _end(rows, at + 1, row.indent)
        result += _box(row, match, rows[at + 1 : end], context, match["indent"])
        at = end
    return result


def _opening(row: Row) -> re.Match[str] | None:
    text = row.text
    if not text.lstrip(" \t").startswith(MARKS):
        return None
    match = _BOX.match(text)
    if match is not None and not (match["names"] or match["title"]):
        return None
    return match or _TAB.match(text)


def _end(rows: Sequence[Row], start: int, indent: int) -> int:
    """Return the index of the line after the body that begins at *start*: blank lines, and those indented four columns more."""
    end = start
    for number in range(start, len(rows)):
        if rows[number].is_blank:
            continue
        if rows[number].indent < indent + 4:
            break
        end = number + 1
    return end


def _box(row: Row, match: re.Match[str], body: Sequence[Row], context: Context, indent: str) -> list[Row]:
    """Return the lines of one box or panel at *indent*; its *body* is read without any, so that the boxes in it are not taken for code."""
    width = len(indent.expandtabs(4)) + 4
    inside = _read([line.dedented(width) for line in body], context)
    if match.re.pattern == _TAB.pattern:
        key = next((key for key in ("title", "single", "curly") if match[key] is not None), "title")
        title = row.cut(match.start(key), match.end(key))
        lines = boxes.opened(row, boxes.PANEL, title, indent=indent)
    else:
        names = (match["names"] or "note").split()
        context.take(" ".join(names))
        name = next((name for name in names if name not in PLACING), names[0])
        key = "title"
        if match["title"] is None and not is_known(name) and len(names) > 1:
            key, name = "names", "note"  # a title without quotes
        title = row.cut(match.start(key), match.end(key)) if match[key] is not None else row.cut(0, 0)
        lines = boxes.opened(row, boxes.CALLOUT + name.casefold(), title, indent=indent)
    return [*lines, *indented(boxes.body(inside), indent), *boxes.closed(inside[-1] if inside else row, indent)]
