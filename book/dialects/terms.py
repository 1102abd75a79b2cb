"""Definitions: several terms on lines of their own, as in PHP Markdown Extra, kramdown and Python-Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from book.dialects.context import Context
from book.markdown.nodes import BOXES, children, definitions, node, with_definitions
from book.markdown.tree import rewrite
from book.model import Node, Nodes
from book.patterns import regex

_SUSPECT = regex(r"\S[ \t]*\n[^\n]*\S[ \t]*\n(?:[ \t]*\n)?[ \t>]*[:~][ \t]")


def after(blocks: Nodes, context: Context) -> Nodes:
    """Return *blocks* with each term of a definition on a line of its own."""
    if not _SUSPECT.search(context.manuscript.text):
        return blocks

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] != "DefinitionList":
            return None
        return [with_definitions(item, [(list(rewrite(term, _broken)), rest) for term, rest in definitions(item)])]

    return rewrite(blocks, change, within=BOXES)


def _broken(item: Node) -> Iterable[Node] | None:
    """Return a line break for the end of a line."""
    is_alone = item["t"] == "Span" and [inner["t"] for inner in children(item)] == ["LineBreak"]
    return [node("LineBreak")] if is_alone or item["t"] == "SoftBreak" else None
