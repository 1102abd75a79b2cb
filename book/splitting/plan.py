"""Decides whether a file is several chapters, and which of its headings begin them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from book.markdown.lines import LIST_MARKER, Sort, Source
from book.patterns import regex
from book.scripts import MAYBE_WIDE
from book.settings.keys import SplitFiles
from book.sites.names import folded
from book.sites.title import GENERIC, LONGEST
from book.splitting.contents import contents_of
from book.splitting.definitions import definitions_of
from book.splitting.headings import Heading, is_chapter, is_part

LONG = 10_000
"""Words from which no file is one chapter: its sections are chapters, if it has no other tops."""
FEW = 3
"""The fewest sections of a long file that are chapters."""
TITLE_PAGE = 30
"""The most words below a title: a subtitle, the author, a date."""
OF_ITS_OWN = GENERIC | frozenset({
    "abstract", "acknowledgements", "acknowledgments", "colophon", "copyright", "dedication", "disclaimer", "epigraph", "imprint", "license",
    "notice", "summary", "acknowledgement", "credits", "danksagung", "einleitung", "inhalt", "vorwort", "widmung", "avant-propos", "dédicace",
    "introducción", "prólogo", "prefazione", "introduzione", "prefácio", "voorwoord", "inleiding",
})  # fmt: skip
"""First headings that are no title of a book, however short their text is."""
_WORD = regex(r"[^\W_]+")
_TAG = regex(r"!\[[^\[\]]*\](?:\([^()]*\)|\[[^\[\]]*\])?|</?[A-Za-z][^<>]*>|\]\([^()]*\)|\{[^{}]*\}")
"""What has no words: an image, a tag, an address, attributes."""
_NO_LINE = regex(rf" {{0,3}}(?:#|>|\||{LIST_MARKER}[ \t])")
"""How a heading, a quotation, a table or a list begins: none of them is on a title page."""
_SENTENCE = regex(r"[.!?:…。！？][*_~\\\"'”’»)\s]*$", re.MULTILINE)
"""The end of a sentence, at the end of a line."""


class Plan(Struct, frozen=True, kw_only=True):
    """The chapters of a file."""

    heads: tuple[Heading, ...]
    """The headings that begin them, in order; the title of the book is not among them."""
    title: Heading | None = None
    """The heading that is the title of the book."""
    contents: frozenset[int] = frozenset()
    """The lines of a table of contents, which is left out."""


def planned(
    source: Source, heads: Sequence[Heading], how: SplitFiles, language: str, title: str, *, alone: bool
) -> Plan | None:
    """Return the chapters of a file; None if it is one chapter.

    Args:
        source: its lines.
        heads: its headings of the first two levels.
        how: what the settings say.
        language: of the book.
        title: of the book, if something other than its text gives it; else empty.
        alone: whether it is the only file of the book, so that it may contain the title of the book.
    """
    contents = contents_of(source, heads, language)
    heads = [head for head in heads if head.line not in contents]
    tops = [head for head in heads if head.level == 1]
    twos = [head for head in heads if head.level > 1]
    own = _own_title(source, heads, contents, language, title) if alone else None
    chapters = [head for head in tops if head is not own]
    if how == "h2":
        below = [head for head in heads if head is not own]
        return Plan(heads=tuple(below), title=own, contents=contents) if len(below) > 1 and twos else None
    if len(chapters) > 1 or (own and chapters):
        return Plan(heads=tuple(chapters), title=own, contents=contents)
    if how == "auto" and not chapters and (own or title) and _are_chapters(source, twos, language):
        return Plan(heads=tuple(twos), title=own, contents=contents)
    return None


def _own_title(
    source: Source, heads: Sequence[Heading], contents: frozenset[int], language: str, title: str
) -> Heading | None:
    """Return the heading that is the title of the book: the first one, if it repeats that title, or if it stands alone above chapters."""
    first = heads[0] if heads and heads[0].level == 1 else None
    if first is None or len(first.words) > LONGEST:
        return None
    if title:
        return first if folded(first.words) == folded(title) else None
    if sum(head.level == 1 for head in heads) == 1:
        return first
    below = heads[1]
    names_itself = is_chapter(first.words, language) or is_part(first.words, language)
    if below.level != 1 or names_itself or first.words.casefold() in OF_ITS_OWN:
        return None
    lines = [line for line in range(first.end, below.line) if line not in contents]
    if any(source.sorts[line] in (Sort.CODE, Sort.FENCE) or _NO_LINE.match(source.lines[line]) for line in lines):
        return None
    text = text_of(source, first.end, below.line, contents)
    return first if count(text) <= TITLE_PAGE and not _SENTENCE.search(text) else None


def _are_chapters(source: Source, twos: Sequence[Heading], language: str) -> bool:
    """Return whether the sections of a file are chapters: two of them say so, or the file is too long for one chapter."""
    if sum(is_chapter(head.words, language) for head in twos) > 1:
        return True
    return len(twos) >= FEW and count(text_of(source, 0, len(source.lines))) > LONG


def text_of(source: Source, start: int, end: int, without: frozenset[int] = frozenset()) -> str:
    """Return what is printed of the lines from *start* to before *end*: without code, images, tags, addresses, definitions, and those lines *without*."""
    defined = without | {line for definition in definitions_of(source) for line in definition.lines}
    visible = source.visible.split("\n")[start:end]
    texts = (
        line
        for number, line in enumerate(visible, start)
        if number not in defined and source.sorts[number] in (Sort.TEXT, Sort.HTML)
    )
    return _TAG.sub(" ", "\n".join(texts))


def count(text: str) -> int:
    """Return how many words a *text* has; about two letters of a script without spaces are a word."""
    return sum(-(-len(word) // 2) if MAYBE_WIDE.search(word) else 1 for word in _WORD.findall(text))
