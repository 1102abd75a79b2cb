"""Line breaks in the author's file that do not stand for spaces: those between two Chinese or Japanese letters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from book.markdown.nodes import INLINES, children, has_children, node, placed
from book.markdown.tree import rewrite
from book.model import Node, Nodes
from book.scripts import joined

OBJECT = "\ufffc"
"""Placeholder for what is neither a letter nor a space: a formula, an image, code."""


def unbroken(blocks: Nodes, language: str) -> Nodes:
    """Return *blocks* without the line breaks that do not stand for spaces; Korean uses spaces between words and is left alone.

    Args:
        blocks: the tree of a chapter.
        language: BCP 47 tag of the chapter.
    """
    if language.lower().startswith("ko"):
        return blocks
    verdicts = list(_verdicts(blocks))
    if not any(verdicts):
        return blocks
    following = iter(verdicts)

    def change(item: Node) -> Iterable[Node] | None:
        return [node("Str", "")] if item["t"] == "SoftBreak" and next(following) else None

    return rewrite(blocks, change)


def _verdicts(blocks: Nodes) -> Iterator[bool]:
    """Yield for each line break, in document order, whether it is removed."""
    verdicts: list[bool] = []
    before, waiting = "", -1
    # A line break waits for the letter after it. At the start or end of a block there is none.
    stack: list[Any] = [list(blocks)]
    while stack:
        value = stack.pop()
        if isinstance(value, (list, tuple)):
            stack.extend(reversed(value))
            continue
        if not isinstance(value, dict):
            if value is END:
                before, waiting = stack.pop()
            continue
        if value["t"] == "Span" and (pair := placed(value)) is not None:
            value = pair[1]
        tag = value["t"]
        content: Any = children(value) if has_children(value) else value.get("c")
        if tag == "SoftBreak":
            verdicts.append(False)
            waiting = len(verdicts) - 1
            continue
        if tag in APART:  # the words inside are not part of this line
            before = OBJECT if tag == "Image" else before
            waiting = -1 if tag == "Image" else waiting
            stack.extend([(before, waiting), END, content])
            before, waiting = "", -1
            continue
        text = content if tag == "Str" else OBJECT if tag in LEAVES else ""
        if text:
            if waiting >= 0:
                verdicts[waiting] = joined(before[-1:], text[0])
                waiting = -1
            before = text
        elif tag in ("Space", "LineBreak") or tag not in INLINES:
            before, waiting = "", -1
        if tag not in LEAVES and isinstance(content, list):
            stack.append(content)
    return iter(verdicts)


LEAVES = frozenset({"Code", "Math"})
APART = frozenset({"Note", "Image"})
END = object()
"""Marks the end of such a node on the stack."""
