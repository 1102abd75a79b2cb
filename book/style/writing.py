"""Writes the edits of runs back into the tree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec.structs import replace

from book.markdown.nodes import (
    caption,
    children,
    definitions,
    items,
    target,
    title,
    with_caption,
    with_cells,
    with_children,
    with_definitions,
    with_items,
    with_target,
)
from book.markdown.tree import is_task_mark
from book.model import Draft, Node
from book.patterns import regex
from book.style.flatten import head, unwrapped
from book.style.runs import CLOSE, KEEP, NOTE, OPEN, TEXT, Edit, Run, edited

SPACES: Mapping[str, Node] = {" ": {"t": "Space"}, "\n": {"t": "SoftBreak"}, "\v": {"t": "LineBreak"}}
PIECES = regex(r"^[☐☒](?= )|^ (?=[\n\v]|$)|[^\n\v]+|[\n\v]")
"""The text of a run as nodes: a task mark, a line, a break. Pandoc writes the spaces in a line as they are."""


def rebuild(chapter: Draft, runs: Sequence[Run], edits: Mapping[int, Sequence[Edit]]) -> Draft:
    """Return *chapter* with *edits* made and without wrappers: neighbouring texts are joined, task marks are in their items.

    Args:
        chapter: the chapter as it was flattened.
        runs: the runs from :func:`flatten`.
        edits: index of a run -> its edits, in order, none overlapping.

    Returns:
        The chapter; nodes that are not just wrappers keep their ``hb:pos``.
    """
    writer = _Writer(runs, edits)
    top = [tuple(writer.inlines()) for _ in head(chapter)]
    shares_label = chapter.label == chapter.title
    return replace(
        chapter,
        title=top[0],
        label=top[0] if shares_label else top[1],
        discussion=tuple(top[1 if shares_label else 2 :]),
        blocks=tuple(writer.blocks(chapter.blocks)),
    )


class _Writer:
    """Walks the tree again in the order of the reader, and writes the runs back."""

    def __init__(self, runs: Sequence[Run], edits: Mapping[int, Sequence[Edit]]) -> None:
        self.runs, self.edits = runs, edits
        self.index = 0

    def titled(self, node: Node) -> Node:
        """Return *node*, a link or an image, with its title from the next run; a node without a title has no run."""
        if not title(node):
            return node
        index, self.index = self.index, self.index + 1
        return with_target(node, target(node), edited(self.runs[index].text, self.edits.get(index, ())))

    def blocks(self, nodes: Iterable[Node]) -> list[Node]:
        result: list[Node] = []
        for node in unwrapped(nodes):
            tag = node["t"]
            if tag in ("Para", "Plain"):
                words = self.inlines()
                if result and is_task_mark(result[-1]):  # with positions on, ☐ is a paragraph of its own
                    words = [*children(result.pop()), SPACES[" "], *words]
                result.append({"t": tag, "c": words})
            else:
                result.append(OUTSIDE[tag](self, node) if tag in OUTSIDE else node)
        return result

    def heading(self, node: Node) -> Node:
        return with_children(node, self.inlines())

    def box(self, node: Node) -> Node:
        return with_children(node, self.blocks(children(node)))

    def listing(self, node: Node) -> Node:
        return with_items(node, [self.blocks(item) for item in items(node)])

    def terms(self, node: Node) -> Node:
        written = [
            (self.inlines(), [self.blocks(meaning) for meaning in meanings]) for _, meanings in definitions(node)
        ]
        return with_definitions(node, written)

    def table(self, node: Node) -> Node:
        node = with_caption(node, self.blocks(caption(node)))
        return with_cells(node, lambda _, cell: cell._replace(blocks=self.blocks(cell.blocks)))

    def inlines(self) -> list[Node]:
        """Return the inlines of the next run."""
        run, edits = self.runs[self.index], self.edits.get(self.index, ())
        self.index += 1
        result: list[Node] = []
        stack: list[tuple[list[Node], Node]] = []
        at = 0
        for step in run.steps:
            kind = step[0]
            if kind == TEXT:
                words, at = _stretch(run.text, step[1], step[2], edits, at)
                result += [SPACES.get(piece) or {"t": "Str", "c": piece} for piece in PIECES.findall(words)]
            elif kind == OPEN:
                node = step[1]
                stack.append((result, self.titled(node) if node["t"] == "Link" else node))
                result = []
            elif kind == CLOSE:
                outer, node = stack.pop()
                outer.append(with_children(node, result))
                result = outer
            elif kind == KEEP:
                result.append(step[1])
            elif kind == NOTE:
                result.append(self.box(step[1]))
            else:
                result.append(self.titled(with_children(step[1], self.inlines())))
        return result


OUTSIDE: Mapping[str, Callable[[_Writer, Node], Node]] = {
    "Header": _Writer.heading,
    "BlockQuote": _Writer.box,
    "Div": _Writer.box,
    "BulletList": _Writer.listing,
    "OrderedList": _Writer.listing,
    "DefinitionList": _Writer.terms,
    "Table": _Writer.table,
}
"""The method for each kind of block that :data:`book.style.flatten.INSIDE` reads."""


def _stretch(text: str, start: int, end: int, edits: Sequence[Edit], at: int) -> tuple[str, int]:
    """Return ``text[start:end]`` with its edits, and the index of the first edit that extends beyond it."""
    pieces: list[str] = []
    while at < len(edits) and edits[at].start < end:
        edit = edits[at]
        if edit.start >= start:  # an edit across a border is written where it begins
            pieces += (text[start : edit.start], edit.new)
        start = min(edit.end, end)
        if edit.end > end:
            break
        at += 1
    return "".join((*pieces, text[start:end])), at
