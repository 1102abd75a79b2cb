"""Lists that Markdown reads differently than their author meant: they are reported, not changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from book.amounts import amount
from book.markdown.nodes import core, definitions, position
from book.markdown.tree import plain
from book.model import Change, Draft, Node
from book.patterns import regex
from book.problems import Kind, Problem, Severity

BROKEN = Kind("Q111", Severity.WARNING, "a numbered list that ends where a bullet is not indented far enough")
SENTENCE = Kind("Q112", Severity.NOTE, "a sentence printed as a term because the next line starts with ':'")

NUMBERED = regex(r"^[ >\t]*\d+[.)][ \t]", re.M)
INDENTED = regex(r"^[ >\t]*[ \t][-*+][ \t]", re.M)
COLON = regex(r"^[ >\t]*:[ \t]", re.M)


def lists(chapter: Draft) -> tuple[Draft, tuple[Problem, ...], tuple[Change, ...]]:
    """Return *chapter* unchanged, and the problems of its lists."""
    text = chapter.source.text
    problems: list[Problem] = []
    if NUMBERED.search(text) and INDENTED.search(text):
        problems += _broken(chapter)
    if COLON.search(text):
        problems += _sentences(chapter)
    return chapter, tuple(problems), ()


def _broken(chapter: Draft) -> Iterator[Problem]:
    for blocks in _containers(list(chapter.blocks)):
        for above, below in pairwise(blocks):
            first, second = position(above), position(below)
            if first is None or second is None or (_kind(above), _kind(below)) != ("OrderedList", "BulletList"):
                continue
            if second[1] > first[1]:
                room = len("1. ")
                message = f"this bullet stands {amount(second[1] - first[1], 'column')} in, so the numbered list above ends here"
                fix = f"indent it by {room} spaces or more, as far as the text after the number"
                yield BROKEN.at(chapter.source.place(*second), message, fix=fix)


def _containers(value: Any) -> Iterator[list[Node]]:
    """Yield every list of blocks below *value*, but not inside paragraphs."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            if item["t"] in ("Div", "BlockQuote", "BulletList", "OrderedList", "DefinitionList"):
                stack.append(item["c"])
        elif isinstance(item, list):
            if item and all(isinstance(inner, dict) for inner in item):
                yield item
            stack.extend(item)


def _blocks(value: Any) -> Iterator[Node]:
    for blocks in _containers(value):
        yield from blocks


def _kind(block: Node) -> str:
    return str(core(block)["t"])


def _sentences(chapter: Draft) -> Iterator[Problem]:
    for block in _blocks(list(chapter.blocks)):
        if block["t"] != "DefinitionList":
            continue
        for term, _ in definitions(block):
            words = plain(term)
            where = position(term[0]) if term else None
            if where is not None and words.endswith((".", "!", "?")):
                message = f"“{words}” is printed as a term, because the next line starts with ':'"
                yield SENTENCE.at(chapter.source.place(*where), message, fix="put a blank line between them")
