"""The line below a quotation that says whose words they are."""

from __future__ import annotations

import re
from collections.abc import Iterable

from book.markdown.nodes import BOXES, children, core, node, with_children
from book.markdown.tree import plain, rewrite
from book.model import Node, Nodes
from book.patterns import regex

# A line of a quotation that begins with a dash; without one there is nothing to do.
_MAYBE = regex(r"^[ \t]*>[> \t]*(?:[—–―]|--)", re.MULTILINE)
_DASH = regex(r"[—–―]|--")
_LINES = ("Para", "Plain")


def set_apart(blocks: Nodes, typed: str) -> Nodes:
    """Return *blocks*, read from the text *typed*, with a line break before the last line of a quotation if it begins with a dash."""
    if not _MAYBE.search(typed):
        return blocks

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] != "BlockQuote" or not (inside := children(item)) or core(inside[-1])["t"] not in _LINES:
            return None
        last = _broken(inside[-1])
        return None if last is None else [with_children(item, [*inside[:-1], last])]

    return rewrite(blocks, change, within=BOXES)


def _broken(block: Node) -> Node | None:
    """Return the paragraph *block*, perhaps in a box for its place, with the break; None if its last line has no dash."""
    if block["t"] not in _LINES:
        (inner,) = children(block)
        new = _broken(inner)
        return None if new is None else with_children(block, [new])
    words = children(block)
    last = max((number for number, word in enumerate(words) if _is_break(word)), default=0)
    if not last or not _DASH.match(plain(words[last + 1 :])):
        return None
    return with_children(block, [*words[:last], node("LineBreak"), *words[last + 1 :]])


def _is_break(word: Node) -> bool:
    """Return whether *word* is the end of a typed line; pandoc gives it a box without a place."""
    return word["t"] == "SoftBreak" or (word["t"] == "Span" and [part["t"] for part in children(word)] == ["SoftBreak"])
