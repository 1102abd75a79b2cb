"""Numerals of lists, as MyST and kramdown state them above a list: `{style=lower-roman}`."""

from __future__ import annotations

from collections.abc import Iterable

from book.dialects import lettered_lists
from book.dialects.context import Context
from book.markdown.nodes import attributes, children, core, with_attributes, with_children, with_numerals
from book.markdown.tree import rewrite
from book.model import Node, Nodes

KEY = "style"


def after(blocks: Nodes, context: Context) -> Nodes:
    """Return *blocks* with lists that are counted as the attributes around them say."""
    text = context.manuscript.text
    if "{style=" not in text and " style=" not in text and not lettered_lists.is_suspect(text):
        return blocks

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] != "Div":
            return None
        identifier, classes, values = attributes(item)
        words = values.get(KEY, "").replace("list-style-type:", "").strip(" ;").split("-")
        style = "".join(map(str.capitalize, words))
        if style not in STYLES or [core(child)["t"] for child in children(item)] != ["OrderedList"]:
            return None
        rest = {name: value for name, value in values.items() if name != KEY}
        listing = [
            with_numerals(child, style)
            if child["t"] == "OrderedList"
            else with_children(child, [with_numerals(inner, style) for inner in children(child)])
            for child in children(item)
        ]
        return [with_children(with_attributes(item, identifier, classes, rest), listing)]

    return rewrite(blocks, change)


STYLES = frozenset({"LowerRoman", "UpperRoman", "LowerAlpha", "UpperAlpha", "Decimal"})
