"""Tasks in lists with numbers, `1. [ ] Words`, as GitHub reads them; pandoc reads only those of other lists."""

from __future__ import annotations

from collections.abc import Iterable

from book.dialects.context import Context
from book.markdown.nodes import BOXES, children, core, items, node, text, with_children, with_items
from book.markdown.tree import plain, rewrite, unwrap
from book.model import Node, Nodes
from book.patterns import regex

_SUSPECT = regex(r"\d[.)][ \t]+\[[ xX]\][ \t]")
_BOX = regex(r"\[(?P<state>[ xX])\] ")
MARKS = {" ": "☐", "x": "☒", "X": "☒"}
"""The marks of open and done tasks, as pandoc writes them."""


def after(blocks: Nodes, context: Context) -> Nodes:
    """Return *blocks* with the boxes of these tasks as marks."""
    if "] " not in context.manuscript.text or not _SUSPECT.search(context.manuscript.text):
        return blocks

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] != "OrderedList":
            return None
        new = [_marked(entry, context) for entry in items(item)]
        return None if new == items(item) else [with_items(item, new)]

    return rewrite(blocks, change, within=BOXES)


def _marked(entry: list[Node], context: Context) -> list[Node]:
    """Return the blocks of an item, with a paragraph for the mark of its task, as pandoc makes it if positions are on."""
    first = entry[0] if entry else node("Null")
    paragraph = core(first)
    if paragraph["t"] not in ("Para", "Plain"):
        return entry
    words = children(paragraph)
    box = _BOX.match(plain(unwrap(words[:4])) + " ")
    if box is None or len(words) < len(box[0]):
        return entry
    context.take(box["state"])
    rest = with_children(paragraph, words[len(box[0]) :])
    rest = rest if first is paragraph else with_children(first, [rest])
    return [node("Plain", text(MARKS[box["state"]])), rest, *entry[1:]]
