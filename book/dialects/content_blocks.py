"""Files that stand alone on a line of iA Writer or MultiMarkdown: `/figure.png "Words"`, `/part.md`, `{{part.md}}`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from book.dialects import directive_tables
from book.dialects.context import Context
from book.dialects.context import words as words_of
from book.dialects.includes import LANGUAGES, included, is_there, without_front_matter
from book.dialects.rows import Row
from book.dialects.tags import Edit, Passage, fenced
from book.images import ENDINGS
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

_SUSPECT = regex(r"^(?:/|\{\{)", re.MULTILINE)
_BLOCK = regex(
    r"(?:/(?P<path>[^\s/\"'()<>|][^\"'()<>|\n]*?\.\w{1,8})(?:[ \t]+(?:\"(?P<double>[^\"\n]*)\"|'(?P<single>[^'\n]*)'|\((?P<round>[^()\n]*)\)))?"
    r"|\{\{(?P<name>[^\s{}#%|<>:][^{}#%|<>:\n]*?\.\w{1,8})\}\})[ \t]*"
)
TEXTS = (".md", ".markdown", ".txt", ".text", ".mdown", ".mmd", ".fountain")
TABLES = (".csv", ".tsv")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with the files that paragraphs name: text, an image, a table, or code; other paragraphs stay."""
    if not _SUSPECT.search(manuscript.text):
        return manuscript
    page = Passage(manuscript)
    return page.with_edits(_edits(page, context))


def _edits(page: Passage, context: Context) -> Iterator[Edit]:
    rows = page.rows
    for number, row in enumerate(rows):
        if not row.text.startswith(("/", "{{")) or page.source.sorts[number] is not Sort.TEXT:
            continue
        around = (rows[number - 1 : number], rows[number + 1 : number + 2])
        match = _BLOCK.fullmatch(row.text) if all(line.is_blank for lines in around for line in lines) else None
        if match is None:
            continue
        name = (match["path"] or match["name"]).strip()
        words = next((match[key] for key in ("double", "single", "round") if match[key]), "")
        if is_there(row, name, context, ()) and (new := _shown(row, name, words, context)):
            start = page.starts[number]
            blank = row.made("")
            yield Edit(start=start, end=start + len(row.text), new=(blank, *new, blank), block=True)


def _shown(row: Row, name: str, words: str, context: Context) -> list[Row]:
    """Return the lines in place of the file *name*, which *row* names with *words*."""
    ending = f".{name.rpartition('.')[2].casefold()}"
    context.take(row.text)
    context.taken.subtract(words_of(words))
    if ending in ENDINGS:
        title = f' "{words}"' if words else ""
        return [row.made(f"![{words}](<{quote(name)}>{title})")]
    lines = included(row, name, context) or []
    caption = [row.made(""), row.made(f"*{words}*")] if words else []
    if ending in TEXTS:
        inner = Passage(context.manuscript, without_front_matter(lines))
        return [*(inner.edited(_edits(inner, context)) or inner.rows), *caption]
    if ending in TABLES:
        options = {"header-rows": "1", **({"delim": "tab"} if ending == ".tsv" else {})}
        table = directive_tables.separated(lines, options, row, "")
        return [*table, *([row.made(""), row.made(f"Table: {words}")] if words else [])]
    return [*fenced(lines, LANGUAGES.get(ending[1:], ending[1:]), row), *caption]
