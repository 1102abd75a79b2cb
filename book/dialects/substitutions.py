"""Substitutions of MyST: `{{ name }}` is replaced by the value of that name in the front matter or the site's settings.

Expressions and unknown names stay as typed, and are reported with the raw markup that readers would see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from book.dialects.context import Context, value_of
from book.dialects.tags import Edit, Passage
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

_NAME = regex(r"(?<![\\{])\{\{[ \t]*(?P<name>[\w.-]+)[ \t]*\}\}(?!\})")
KEY = "substitutions"


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the values of its substitutions, which may be several lines of Markdown."""
    if "{{" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    return page.with_edits(_edits(page, context))


def _edits(page: Passage, context: Context) -> Iterator[Edit]:
    values = {**context.library.parameters, **_own(context.manuscript)}
    for match in _NAME.finditer(page.visible):
        start, end = match.span()
        value = value_of(match["name"], values)
        if value is None or page.source.sorts[page.at(start)[0]] is not Sort.TEXT or not context.has_room(value):
            continue
        context.take(match[0])
        lines = value.strip("\n").split("\n")
        indent = page.indent(start)
        if len(lines) > 1 and page.is_block(start, end):
            yield Edit(start=start, end=end, new=tuple(page.made(indent + line, start) for line in lines), block=True)
        else:
            yield Edit(start=start, end=end, new=(page.made(" ".join(line.strip() for line in lines), start),))


def _own(manuscript: Manuscript) -> Mapping[str, object]:
    """Return the values from the front matter of a chapter: under `substitutions`, or under `myst` for Sphinx."""
    front = manuscript.front.values
    myst = front.get("myst")
    tables = (front.get(KEY), myst.get(KEY) if isinstance(myst, Mapping) else None)
    return {key: value for table in tables if isinstance(table, Mapping) for key, value in table.items()}
