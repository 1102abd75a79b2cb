"""Quotations that are boxes by what stands below them: `{.is-warning}` in Wiki.js, `{style="note" title="…"}` in Writerside."""

from __future__ import annotations

from book.dialects import boxes
from book.dialects.context import Context
from book.dialects.rows import Row, join, rows_of, with_rows
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

_STYLE = regex(
    r"(?P<lead>[ \t>]*)\{[ \t]*(?:\.is-(?P<kind>info|success|warning|danger)|(?=[^{}\n]*\bstyle=\"(?P<style>note|tip|warning)\")"
    r"(?:(?:style|title|id)=\"[^\"{}\n]*\"[ \t]*)+)[ \t]*\}[ \t]*"
)
_TITLE = regex(r"\btitle=\"(?P<title>[^\"\n]+)\"")
_QUOTE = regex(r"[ \t]*>")


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with these quotations as alerts, `> [!WARNING]`."""
    if "{.is-" not in manuscript.text and "style=" not in manuscript.text:
        return manuscript
    rows = rows_of(manuscript)
    sorts = boxes.structure(rows).sorts
    opened: dict[int, Row] = {}
    dropped = set()
    for at, row in enumerate(rows):
        style = _STYLE.fullmatch(row.text) if "{" in row.text and sorts[at] is Sort.TEXT else None
        first = at
        while style and first > 0 and _QUOTE.match(rows[first - 1].text):
            first -= 1
        if style is None or first == at:
            continue
        title = _TITLE.search(row.text)
        mark = rows[first].made(f"{rows[first].lead}> [!{(style['kind'] or style['style']).upper()}]")
        opened[first] = join(mark, row.made(" "), row.cut(*title.span("title"))) if title else mark
        context.take(row.text)
        context.taken.subtract([word.casefold() for word in title["title"].split() if word.isalnum()] if title else [])
        dropped.add(at)
    if not dropped:
        return manuscript
    new: list[Row] = []
    for at, row in enumerate(rows):
        new += [opened[at]] if at in opened else []
        new.append(row.made("") if at in dropped else row)
    return with_rows(manuscript, new)
