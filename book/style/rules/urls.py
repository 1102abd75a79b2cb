"""Bare addresses end before a closing mark: pandoc reads ``”`` and no-break spaces as parts of the address."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from book.markdown.nodes import (
    attributes,
    children,
    literal,
    node,
    pairs,
    target,
    with_children,
    with_pairs,
    with_target,
    wrapper,
)
from book.markdown.positions import RANGE
from book.markdown.tree import rewrite
from book.model import Change, Draft, Node
from book.patterns import regex
from book.problems import Problem

END = "[”’»›“‘«‹」』…\u00a0\u202f]"
REST = regex(r"[^\s<>]*[\u00a0\u202f]?")
"""The rest of a word, with the space after it if that belongs to a mark."""
START = regex(r"h(?i:ttps?://)|H(?i:ttps?://)|w(?i:ww\.)|W(?i:ww\.)")
"""The start of an address in any case; each way begins with one letter, which is found fast."""


def urls(chapter: Draft) -> tuple[Draft, tuple[Problem, ...], tuple[Change, ...]]:
    """Return *chapter* with what follows the address of a bare link moved out of the link; nothing is reported, because no text changes."""
    return with_whole_urls(chapter), (), ()


def with_whole_urls(chapter: Draft) -> Draft:
    """Return *chapter* with what follows the address of a bare link moved out of the link."""
    if not _has_bare(chapter.source.text):
        return chapter
    return replace(chapter, blocks=rewrite(chapter.blocks, _cut))


def _has_bare(text: str) -> bool:
    """Return whether an address begins in a word of *text* and ends before the end of this word; each letter is read twice at most.

    >>> _has_bare("a “www.example.org” b"), _has_bare("”www.example.org ”"), _has_bare("www." * 100_000)
    (True, False, False)
    """
    if text.isascii():  # none of the marks is
        return False
    at = 0
    while start := START.search(text, at):
        rest = REST.match(text, start.end())
        at = rest.end() if rest else start.end()
        if re.search(END, text[start.end() : at]):
            return True
    return False


def _cut(link: Node) -> Iterable[Node] | None:
    if link["t"] != "Link":
        return None
    inner = children(link)
    if len(inner) != 1 or inner[0]["t"] != "Str":
        return None
    text = literal(inner[0])
    mark = re.search(END, text)
    if mark is None or not target(link).endswith(text):
        return None
    tail = text[mark.start() :]
    cut = with_target(with_children(link, [node("Str", text[: mark.start()])]), target(link)[: -len(tail)])
    position = RANGE.fullmatch(attributes(link)[2].get("hb:pos", ""))
    if position is None:
        return [cut, node("Str", tail)]
    line, column, last, end = position.groups()
    border = int(end) - len(tail)
    pairs_left = [pair for pair in pairs(link) if pair[0] != "hb:pos"]
    cut = with_pairs(cut, [*pairs_left, ("hb:pos", f"{line}:{column}-{last}:{border}")])
    # Each mark has its own wrapper, as in pandoc's output.
    after = (
        wrapper(f"{last}:{border + at}-{last}:{border + at + 1}", node("Str", letter)) for at, letter in enumerate(tail)
    )
    return [cut, *after]
