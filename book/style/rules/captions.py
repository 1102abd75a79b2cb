"""Captions of tables: a paragraph ``: words`` or ``Table: words`` straight before or after a table belongs to it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from book.markdown.tree import attributes, is_wrapper, plain
from book.model import Change, Chapter, Node
from book.problems import Problem

TYPED = re.compile(r"^[ >\t-]*(?:table)?:[ \t]", re.I | re.M)
HEAD = re.compile(r"(?:table)?:\s+", re.I)
HOLDERS = frozenset({"Div", "BlockQuote", "BulletList", "OrderedList", "DefinitionList"})
LAST = 3
"""Nodes at the head of a paragraph that a caption's mark is made of: ``Table``, ``:``, a space."""


def captions(chapter: Chapter) -> tuple[Chapter, tuple[Problem, ...], tuple[Change, ...]]:
    """Return *chapter* with each table's caption in the table, ``{#id .class}`` at its end on the table."""
    if "|" not in chapter.source.text or TYPED.search(chapter.source.text) is None:
        return chapter, (), ()
    return replace(chapter, blocks=tuple(_fixed(list(chapter.blocks)))), (), ()


def _fixed(value: Any) -> Any:
    if isinstance(value, list):
        inside = [_fixed(item) for item in value]
        return _joined(inside) if any(isinstance(item, dict) and item["t"] == "Table" for item in inside) else inside
    if isinstance(value, dict) and value["t"] in HOLDERS:
        return {**value, "c": _fixed(value["c"])}
    return value


def _joined(blocks: list[Any]) -> list[Any]:
    """Return one container's *blocks*, captions moved into tables without one: the one before wins over the one after."""
    result: list[Any] = []
    taken = -1
    for index, block in enumerate(blocks):
        if index == taken:
            continue
        if block["t"] != "Table" or block["c"][1][1]:
            result.append(block)
            continue
        words = _caption(result[-1]) if result else None
        if words is not None:
            result.pop()
        elif index + 1 < len(blocks) and (words := _caption(blocks[index + 1])) is not None:
            taken = index + 1
        result.append(_captioned(block, words) if words is not None else block)
    return result


def _caption(block: Node) -> list[Node] | None:
    """Return the words of a caption, or None for another block."""
    while is_wrapper(block) and len(block["c"][1]) == 1:
        block = block["c"][1][0]
    if block["t"] != "Para" or not HEAD.match(plain(block["c"][:LAST])):
        return None
    words = list(block["c"])
    mark = ""
    while words and not HEAD.fullmatch(mark):
        mark += plain([words.pop(0)]) or " "
    return words or None


def _captioned(table: Node, words: list[Node]) -> Node:
    identifier, classes, pairs = table["c"][0]
    last = words[-1]
    if is_wrapper(last) and not plain([last]).strip():
        name, more, values = attributes(last)
        kept = [[key, value] for key, value in values.items() if key not in ("wrapper", "data-pos")]
        identifier, classes, pairs = identifier or name, [*classes, *more], [*pairs, *kept]
        words = words[:-1]
    caption = [table["c"][1][0], [{"t": "Plain", "c": words}]]
    return {"t": "Table", "c": [[identifier, list(classes), pairs], caption, *table["c"][2:]]}
