"""Positions in a tree: read, shifted, or removed to compare what two trees print."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from book.markdown.nodes import attributes, literal, with_literal
from book.markdown.tree import unwrap
from book.model import Node, Nodes
from book.patterns import regex

RANGE = regex(r"(\d+):(\d+)-(\d+):(\d+)")
"""A range in a text, as pandoc states it: line and column, from 1, of its first character and of the one behind its last."""


def line_ranges(item: Node) -> list[tuple[int, int]]:
    """Return the first and the last line of each range in the position of *item*; several if it was put together.

    >>> from book.markdown.nodes import node
    >>> line_ranges(node("Header", [2, ["", [], [["hb:pos", "3:1-3:9;3:1-5:1"]]], []]))
    [(3, 3), (3, 4)]
    """
    ranges = RANGE.findall(attributes(item)[2].get("hb:pos", ""))
    return [(int(first), int(last) - (end == "1")) for first, _, last, end in ranges]


def moved(nodes: Iterable[Node], lines: int, columns: int) -> Nodes:
    """Return *nodes* with positions shifted by *lines* and *columns*."""

    def move(match: re.Match[str]) -> str:
        return f"{int(match[1]) + lines}:{int(match[2]) + columns}"

    return tuple(_changed(list(nodes), lambda value: re.sub(r"(\d+):(\d+)", move, value)))


def without_positions(nodes: Iterable[Node]) -> Nodes:
    """Return *nodes* without positions, to compare what is printed.

    >>> from book.markdown.nodes import node
    >>> without_positions([node("Span", ["", [], [["hb:pos", "1:1-1:2"]]], [node("Str", "a")])])
    ({'t': 'Span', 'c': [['', [], []], [{'t': 'Str', 'c': 'a'}]]},)
    """
    return tuple(_changed(list(unwrap(nodes)), lambda _: None))


def _changed(value: Any, change: Callable[[str], str | None]) -> Any:
    """Return a piece of a tree with *change* applied to every position; a position is removed if the result is None."""
    if isinstance(value, dict):
        if value["t"] in ("RawInline", "RawBlock"):
            html = re.sub(r' hb:pos="([\d:]*)"', lambda match: f' hb:pos="{change(match[1])}"', literal(value))
            return with_literal(value, html)
        return {**value, "c": _changed(value["c"], change)} if "c" in value else value
    if not isinstance(value, list):
        return value
    result = []
    for item in value:
        if isinstance(item, list) and len(item) == 2 and item[0] == "hb:pos":
            where = change(item[1])
            result += [] if where is None else [["hb:pos", where]]
        else:
            result.append(_changed(item, change))
    return result
