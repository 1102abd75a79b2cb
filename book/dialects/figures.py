"""Ids of pictures: moved to a box around the picture's paragraph, so that links find it even if the picture is missing."""

from __future__ import annotations

from collections.abc import Iterable

from book.dialects.context import Context
from book.markdown.nodes import attribute, attributes, children, core, node, with_attributes, with_children
from book.markdown.tree import rewrite
from book.model import Node, Nodes


def after(blocks: Nodes, context: Context) -> Nodes:
    """Return *blocks* with the ids of pictures on boxes around their paragraphs."""
    if any(mark not in context.manuscript.text for mark in ("{", "#", "](")):
        return blocks

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] != "Para":
            return None
        names = [name for child in children(item) if (name := _name(core(child)))]
        if not names:
            return None
        box = with_children(item, [_unnamed(child) for child in children(item)])
        for name in names:
            box = node("Div", attribute((), name), [box])
        return [box]

    return rewrite(blocks, change)


def _name(item: Node) -> str:
    return attributes(item)[0] if item["t"] == "Image" else ""


def _unnamed(item: Node) -> Node:
    image = core(item)
    if not _name(image):
        return item
    _, classes, values = attributes(image)
    plain = with_attributes(image, "", classes, values)
    return plain if image is item else with_children(item, [plain])
