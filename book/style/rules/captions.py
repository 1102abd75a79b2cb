"""Captions of tables: a paragraph ``: words`` or ``Table: words`` directly before or after a table becomes its caption."""

from __future__ import annotations

import re
from typing import Any

from msgspec.structs import replace

from book.markdown.nodes import attributes, caption, children, core, is_wrapper, node, with_attributes, with_caption
from book.markdown.tree import plain
from book.model import Change, Draft, Node
from book.patterns import regex
from book.problems import Problem

TYPED = regex(r"^[ >\t-]*(?:table)?:[ \t]", re.I | re.M)
HEAD = regex(r"(?:table)?:\s+", re.I)
HOLDERS = frozenset({"Div", "BlockQuote", "BulletList", "OrderedList", "DefinitionList"})
LAST = 3
"""Nodes that may begin a caption: ``Table``, ``:``, a space."""


def captions(chapter: Draft) -> tuple[Draft, tuple[Problem, ...], tuple[Change, ...]]:
    """Return *chapter* with the captions in their tables; ``{#id .class}`` at the end of a caption applies to the table."""
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
    """Return the *blocks* of one container with captions moved into tables without one; a caption before the table takes precedence."""
    result: list[Any] = []
    caption_at = -1
    for index, block in enumerate(blocks):
        if index == caption_at:
            continue
        if block["t"] != "Table" or caption(block):
            result.append(block)
            continue
        words = _caption(result[-1]) if result else None
        if words is not None:
            result.pop()
        elif index + 1 < len(blocks) and (words := _caption(blocks[index + 1])) is not None:
            caption_at = index + 1
        result.append(_captioned(block, words) if words is not None else block)
    return result


def _caption(block: Node) -> list[Node] | None:
    """Return the words of a caption, or None if *block* is not one."""
    while core(block) is not block:
        block = core(block)
    if block["t"] != "Para" or not HEAD.match(plain(children(block)[:LAST])):
        return None
    words = list(children(block))
    mark = ""
    while words and not HEAD.fullmatch(mark):
        mark += plain([words.pop(0)]) or " "
    return words or None


def _captioned(table: Node, words: list[Node]) -> Node:
    last = words[-1]
    if is_wrapper(last) and not plain([last]).strip():
        identifier, classes, values = attributes(table)
        name, more, added = attributes(last)
        added = {key: value for key, value in added.items() if key not in ("hb:wrapper", "hb:pos")}
        table = with_attributes(table, identifier or name, (*classes, *more), values | added)
        words = words[:-1]
    return with_caption(table, [node("Plain", words)])
