"""The language in the first line of a block of code, `:::python` or `#!python`, as Python-Markdown and Bitbucket read it."""

from __future__ import annotations

from collections.abc import Iterator

from book.dialects.context import Context
from book.dialects.rows import join
from book.dialects.tags import Edit, Passage
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

_NAME = regex(r"[ \t]*(?:(?<!:):::|#!)(?P<name>[A-Za-z][\w+-]*)(?:[ \t]+hl_lines=.*)?[ \t]*")
"""A name after `#!` that is no path of a program."""


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with these languages after the fence of the code, which indented code gets."""
    if ":::" not in manuscript.text and "#!" not in manuscript.text:
        return manuscript
    page = Passage(manuscript)
    return page.with_edits([*_fenced(page, context), *_indented(page, context)])


def _fenced(page: Passage, context: Context) -> Iterator[Edit]:
    for fence in page.source.fences:
        first = page.rows[fence.line + 1] if fence.line + 1 < fence.end else None
        name = _NAME.fullmatch(first.text) if first and not fence.info.strip() else None
        if name is None or first is None:
            continue
        row, start = page.rows[fence.line], page.starts[fence.line]
        context.take(first.text)
        context.taken.subtract([name["name"].casefold()])
        new = (join(row.cut(0, len(row.text.rstrip())), first.cut(*name.span("name"))),)
        if fence.line + 2 < len(page.starts):
            yield Edit(start=start, end=page.starts[fence.line + 2], new=new, block=True)


def _indented(page: Passage, context: Context) -> Iterator[Edit]:
    fenced = {line for fence in page.source.fences for line in range(fence.line, fence.end)}
    sorts = page.source.sorts
    for number, row in enumerate(page.rows):
        is_first = (
            sorts[number] is Sort.CODE and number not in fenced and (number == 0 or page.rows[number - 1].is_blank)
        )
        name = _NAME.fullmatch(row.text) if is_first else None
        if name is None:
            continue
        last = number
        while last + 1 < len(page.rows) and (
            page.rows[last + 1].is_blank or (sorts[last + 1] is Sort.CODE and last + 1 not in fenced)
        ):
            last += 1
        while page.rows[last].is_blank:
            last -= 1
        body = page.rows[number + 1 : last + 1]
        width = min((line.indent for line in body if not line.is_blank), default=row.indent)
        lead = " " * max(min(width, row.indent) - 4, 0)
        inside = [line if line.is_blank else join(line.made(lead), line.dedented(width)) for line in body]
        context.take(row.text)
        context.taken.subtract([name["name"].casefold()])
        opening = join(row.made(f"{lead}```"), row.cut(*name.span("name")))
        new = (row.made(""), opening, *inside, page.rows[last].made(f"{lead}```"))
        yield Edit(start=page.starts[number], end=page.starts[last] + len(page.rows[last].text), new=new, block=True)
