"""Films that a chapter shows with the syntax of an image, `![A tour](https://…)`: a link to those on the web. Those in HTML are :mod:`book.markdown.raw_piece`'s."""

from __future__ import annotations

from collections.abc import Iterable

from book.dialects.context import Context
from book.images.films import FIX, PLAYED, fault, is_linked
from book.markdown.nodes import attribute, children, node, position, target, text
from book.markdown.tree import plain, rewrite, unwrap
from book.model import Node, Nodes


def after(blocks: Nodes, context: Context) -> Nodes:
    """Return *blocks* with links in place of images that are films on the web; those in files are left to :mod:`book.assemble.illustrate`."""
    if "![" not in context.manuscript.text:
        return blocks

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] != "Image" or not is_linked(target(item)):
            return None
        place = context.manuscript.place(*(position(item) or (1, 1)))
        context.tell(PLAYED, place, fault(target(item)), FIX)
        words = children(item) if plain(unwrap(children(item))).strip() else text(target(item))
        return [node("Link", attribute(), list(words), [target(item), ""])]

    return rewrite(blocks, change)
