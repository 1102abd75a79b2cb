"""Field lists of MyST and reStructuredText, `:name: text`, as lists of definitions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from book.dialects.context import Context
from book.dialects.rows import Row, join, rows_of, with_rows
from book.markdown.lines import Sort, read
from book.model import Manuscript
from book.patterns import regex

_FIELD = regex(r"(?P<indent>[ ]{0,12}):(?P<name>[^:`\s](?:[^:`\n]|`[^`\n]*`)*)(?<!\s):(?:[ \t]+(?P<text>\S.*))?$")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with its field lists as definitions; those above all else, which are for the program, are removed."""
    if not re.search(r"^[ \t]*:[^:\s]", manuscript.text, re.MULTILINE):
        return manuscript
    rows = rows_of(manuscript)
    sorts = read(manuscript.text).sorts
    result: list[Row] = []
    at = 0
    while at < len(rows):
        end = _end(rows, sorts, at) if not result or result[-1].is_blank else at
        if end == at:
            result.append(rows[at])
            at += 1
            continue
        if all(row.is_blank for row in result):
            context.take("\n".join(row.text for row in rows[at:end]))
        else:
            result += _definitions(rows[at:end])
        at = end
    return with_rows(manuscript, result)


def _end(rows: Sequence[Row], sorts: Sequence[Sort], start: int) -> int:
    """Return the index of the line after the field list that begins at *start*; *start* if none does."""
    first = _FIELD.match(rows[start].text) if sorts[start] is Sort.TEXT else None
    if first is None:
        return start
    end = start + 1
    while end < len(rows) and sorts[end] is Sort.TEXT and not rows[end].is_blank:
        field = _FIELD.match(rows[end].text)
        if not (field and field["indent"] == first["indent"]) and rows[end].indent <= len(first["indent"]):
            return start  # a paragraph
        end += 1
    return end


def _definitions(rows: Sequence[Row]) -> list[Row]:
    """Return the lines of a field list as a list of definitions; fields without text as a list of names."""
    fields = [(row, _FIELD.match(row.text)) for row in rows]
    width = rows[0].indent
    heads = [match for _, match in fields if match and len(match["indent"]) == width]
    terse = not all(match["text"] for match in heads)
    result: list[Row] = []
    for row, match in fields:
        indent = row.made(" " * width)
        if match is None or len(match["indent"]) != width:
            result.append(join(indent, row.made("  " if terse else "    "), row.dedented(row.indent)))
            continue
        name = row.cut(*match.span("name"))
        text = row.cut(match.start("text")) if match["text"] else row.made("")
        if terse:
            colon = [row.made(": "), text] if match["text"] else []
            result.append(join(indent, row.made("- **"), name, row.made("**"), *colon))
        else:
            result += [row.made(""), join(indent, name), join(indent, row.made(":   "), text)]
    return result
