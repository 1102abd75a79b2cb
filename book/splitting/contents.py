"""The table of contents that a document brings with it: every edition has its own, with the right pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from book import labels
from book.markdown.lines import LIST_MARKER, Sort, Source
from book.patterns import regex
from book.sites.names import folded
from book.sites.title import words_of
from book.splitting.headings import LONGEST, Heading

_LINK = regex(r"\[((?:[^\[\]\\]|\\.)*)\]\(<?#[^()\n]*>?\)")
_MARKER = regex(rf"^[ \t]*{LIST_MARKER}[ \t]+", re.MULTILINE)
_PAGE = regex(r"[\s.…]*\b(?:\d+|[ivxlc]+)\s*$", re.IGNORECASE)
"""The number of a page, and the dots before it."""
_NUMBER = regex(r"\d+|[ivxlc]+", re.IGNORECASE)
_WORD = regex(r"[^\W_]+")
_NAMES = frozenset({
    "contents", "toc", "inhalt", "inhaltsverzeichnis", "sommaire", "índice", "indice", "inhoud", "inhoudsopgave", "sumário", "spis treści",
    "innehåll", "indhold", "содержание", "оглавление", "目次", "目录",
})  # fmt: skip


def contents_of(source: Source, heads: Sequence[Heading], language: str) -> frozenset[int]:
    """Return the lines of the table of contents in a text, its own heading included; none if it has no such table.

    It is a run of blocks of links into the text, and of nothing else, that names at least half of the headings that may begin chapters;
    or only its heading, which is what is left of the field of a document of Word.
    """
    top = min((head.level for head in heads), default=0)
    titles = {folded(head.words) for head in heads if head.level == top}
    blocks = list(_blocks(source))
    names = _NAMES | {folded(labels.labels(language)["contents"]), "table of contents", "table des matières"}
    starts = {head.line for head in heads}
    at = 0
    while at < len(blocks):
        end = at
        named: set[str] = set()
        while end < len(blocks) and (links := _links(source, blocks[end])):
            named |= links
            end += 1
        if end > at and len(named) > 1 and len(named & titles) * 2 >= len(titles):
            first = at - 1 if at and _words(source, blocks[at - 1]) in names else at
            return frozenset(range(blocks[first].start, blocks[end - 1].stop))
        if at + 1 < len(blocks) and blocks[at + 1].start in starts and _words(source, blocks[at]) in names:
            return frozenset(blocks[at])
        at = end + 1
    return frozenset()


def _blocks(source: Source) -> Iterator[range]:
    """Yield the lines between blank lines."""
    start = 0
    for number in range(len(source.lines) + 1):
        if number == len(source.lines) or not source.lines[number].strip():
            if number > start:
                yield range(start, number)
            start = number + 1


def _links(source: Source, block: range) -> set[str]:
    """Return the words of the links of a block into the text, folded, without the numbers of pages; none if it has other words."""
    if any(source.sorts[line] is not Sort.TEXT for line in block):
        return set()
    text = "\n".join(source.lines[line] for line in block)
    if "](#" not in text and "](<#" not in text:
        return set()
    if not all(_NUMBER.fullmatch(word) for word in _WORD.findall(_LINK.sub("", _MARKER.sub("", text)))):
        return set()
    return {folded(_PAGE.sub("", words_of(match[1]))) for match in _LINK.finditer(text)}


def _words(source: Source, block: range) -> str:
    """Return the words of a block of one line, folded, without the marks of a heading."""
    text = "\n".join(source.lines[line] for line in block)
    if len(text) > LONGEST:
        return ""
    return folded(words_of(re.sub(r"^ {0,3}#{1,6}[ \t]+|\s*\{[^{}]*\}\s*$", "", text)).rstrip(":"))
