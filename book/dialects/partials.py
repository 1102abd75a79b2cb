"""MDX files that chapters of Docusaurus import and show as components (``<Partial />``), and fences that hold MDX to be read."""

from __future__ import annotations

import re
from collections.abc import Mapping

from book.dialects.context import Context
from book.dialects.includes import included, indented, without_front_matter
from book.dialects.rows import Row, replaced
from book.dialects.tags import Edit, Passage, arguments
from book.model import Manuscript
from book.patterns import regex

_IMPORT = regex(
    r"(?:^|;[ \t]*)import\s+(?P<name>[A-Z]\w*)(?:\s*,\s*\{[^{}]*\})?\s+from\s+([\"'])(?P<path>(?:\.{1,2}/|@site/|/)[^\"'\n]+\.mdx?)\2",
    re.M,
)
_TAG = regex(r"<(?P<name>[A-Z]\w*)(?:\s[^<>]*)?(?:/>|>\s*</(?P=name)>)")
_PROPERTY = regex(r"\{\s*(?:props\.)?(?P<name>\w+)\s*\}")
_SNIPPET = "Snippet"
"""The component of Mintlify that shows a file of the folder ``snippets``."""
_PASSED_ON = "mdx-code-block"
"""The language of a fence whose text Docusaurus reads as MDX; other editors show it as code."""


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the text of imported files in place of their components."""
    text = manuscript.text
    if _PASSED_ON not in text and ".md" not in text:
        return manuscript
    page = Passage(manuscript)
    manuscript = page.with_edits([*_fences(page, context)])
    page = Passage(manuscript)
    return page.with_edits(_partials(page, context, {}))


def _fences(page: Passage, context: Context) -> list[Edit]:
    edits = []
    for fence in page.source.fences:
        if fence.info.split()[:1] != [_PASSED_ON]:
            continue
        for number in (fence.line, fence.end - 1) if fence.closed else (fence.line,):
            row, start = page.rows[number], page.starts[number]
            context.take(row.text)
            edits.append(Edit(start=start, end=start + len(row.text), new=(row.made(""),)))
    return edits


def _partials(page: Passage, context: Context, known: dict[str, str]) -> list[Edit]:
    """Return the edits for the components of a page that are files; *known* are those that a file around it imports."""
    names = known | {match["name"]: match["path"] for match in _IMPORT.finditer(page.visible)}
    edits: list[Edit] = []
    for match in _TAG.finditer(page.visible) if names or f"<{_SNIPPET}" in page.visible else ():
        start, end = match.span()
        _, values = arguments(page.text[start + 1 + len(match["name"]) : end].rstrip("/> "))
        path = names.get(match["name"])
        if path is None and match["name"] == _SNIPPET and values.get("file"):
            path = f"/snippets/{values['file'].lstrip('/')}"
        if path is None or not page.is_block(start, end):
            continue
        row = page.row(start)
        rows = included(
            row, re.sub(r"^@site/", "/", path.replace("\\_", "_")), context, folders=("website",), at=page.at(start)[1]
        )
        if rows is None:
            continue
        context.take(page.text[start:end])
        new = indented(_read(page, [_with_values(line, values) for line in rows], context), page.indent(start))
        edits.append(Edit(start=start, end=end, new=tuple(new), block=True))
    return edits


def _with_values(row: Row, values: Mapping[str, str]) -> Row:
    """Return a line of an imported file with the values that its component is given (``{props.name}``, ``{name}``)."""
    at = 0
    while match := next((match for match in _PROPERTY.finditer(row.text, at) if match["name"] in values), None):
        value = values[match["name"]]
        row = replaced(row, match.start(), match.end(), value)
        at = match.start() + len(value)
    return row


def _read(page: Passage, rows: list[Row], context: Context) -> list[Row]:
    """Return the lines of an imported file, with those that it imports in place."""
    inner = Passage(page.manuscript, without_front_matter(rows))
    edits = [*_partials(inner, context, {})]
    blank = inner.rows[0].made("") if inner.rows else page.rows[0].made("")
    return [blank, *(inner.edited(edits) or inner.rows), blank]
