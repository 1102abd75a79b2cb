"""Spaces that no key types: behind the marks of headings and lists, where Markdown needs a plain one, and in code, where readers copy them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from book.amounts import amount
from book.dialects.context import Context
from book.dialects.tags import Edit, Passage
from book.markdown.lines import LIST_MARKER, Sort
from book.model import Manuscript
from book.patterns import regex
from book.problems import Kind, Severity

IN_CODE = Kind("G184", Severity.WARNING, "an invisible character in code, which whoever copies the code gets, too")

_SPACE = "\u00a0\u2000-\u200a\u202f\u205f"
_ANY = regex(f"[{_SPACE}\u00ad\u200b\u200e\u200f\u2011\u2060\ufeff]")
_HEADING = regex(rf"[ ]{{0,3}}#{{1,6}}(?P<space>[{_SPACE}]+)(?=\S)")
_ITEM = regex(rf"(?P<lead>[ \t{_SPACE}]*){LIST_MARKER}(?P<space>[{_SPACE}]+)(?=\S)")
_SPAN = regex(r"(?<!`)(`+)(?!`)(?P<code>.+?)(?<!`)\1(?!`)")
_COMMENT = regex(r"<!--.*?-->")
LEAST = 2
"""The fewest lines that make a list: a single one may be a dialogue, whose dash its author keeps from beginning a list."""


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with plain spaces behind these marks; the characters in code are reported, and stay."""
    if not _ANY.search(manuscript.text):
        return manuscript
    page = Passage(manuscript)
    _tell_of_code(page, context)
    return page.with_edits(_edits(page))


def _edits(page: Passage) -> Iterator[Edit]:
    sorts = page.source.sorts
    items: list[tuple[int, re.Match[str]]] = []
    for number, row in enumerate(page.rows):
        item = _ITEM.match(row.text) if sorts[number] is Sort.TEXT else None
        if items and (item is None or items[-1][0] != number - 1):
            yield from _listed(page, items)
            items = []
        if item is not None:
            items.append((number, item))
        elif sorts[number] is Sort.TEXT and (heading := _HEADING.match(row.text)):
            yield _plain(page, number, *heading.span("space"))
    yield from _listed(page, items)


def _listed(page: Passage, items: Sequence[tuple[int, re.Match[str]]]) -> Iterator[Edit]:
    """Yield the edits for adjacent lines that are items of a list."""
    if len(items) >= LEAST:
        for number, item in items:
            if item["lead"]:
                yield _plain(page, number, *item.span("lead"))
            yield _plain(page, number, *item.span("space"))


def _plain(page: Passage, number: int, start: int, end: int) -> Edit:
    """Return the edit that puts a plain space in place of each character of the line *number* from *start* to before *end*."""
    at = page.starts[number]
    text = re.sub(r"[^ \t]", " ", page.text[at + start : at + end])
    return Edit(start=at + start, end=at + end, new=(page.made(text, at + start),))


def _tell_of_code(page: Passage, context: Context) -> None:
    """Report the characters in code, once for each and chapter."""
    places: dict[str, list[int]] = {}
    for number, row in enumerate(page.rows):
        if not _ANY.search(row.text):
            continue
        at, sort = page.starts[number], page.source.sorts[number]
        spans = [(0, len(row.text))] if sort is Sort.CODE else []
        if sort is Sort.TEXT:
            last = row.text.rfind("-->") + 3  # behind it, no comment ends
            shown = _COMMENT.sub(lambda match: " " * len(match[0]), row.text[:last]) + row.text[last:]
            spans = [match.span("code") for match in _SPAN.finditer(shown)]
        for start, end in spans:
            for match in _ANY.finditer(row.text, start, end):
                places.setdefault(match[0], []).append(at + match.start())
    for letter, offsets in places.items():
        times = f" ({amount(len(offsets), 'time')} in this chapter)" if len(offsets) > 1 else ""
        message = f"code holds the invisible character U+{ord(letter):04X}{times}; whoever copies the code gets it, too"
        fix = "type a hyphen there" if letter == "\u2011" else "type a plain space there, or remove it"
        page.tell(context, IN_CODE, offsets[0], message, fix)
