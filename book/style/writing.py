"""Edits of runs written back into the tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from book.model import Chapter, Node
from book.style.runs import CLOSE, KEEP, MARKS, NOTE, OPEN, TEXT, Edit, Run, edited, head, unwrapped

SPACES: Mapping[str, Node] = {" ": {"t": "Space"}, "\n": {"t": "SoftBreak"}, "\v": {"t": "LineBreak"}}
PIECES = re.compile(r"[^ \n\v]+|[ \n\v]")
TASKS = frozenset("☐☒")


def rebuild(chapter: Chapter, runs: Sequence[Run], edits: Mapping[int, Sequence[Edit]]) -> Chapter:
    """Return *chapter* with *edits* made, without wrappers: neighbouring texts are one, task marks stand in their items.

    Args:
        chapter: as it was flattened.
        runs: what :func:`flatten` gave.
        edits: for the index of a run its edits, in order, none overlapping.

    Returns:
        The chapter; nodes that are more than wrappers keep their ``data-pos``.
    """
    writer = _Writer(runs, edits)
    top = [tuple(writer.inlines()) for _ in head(chapter)]
    same = chapter.label == chapter.title
    return replace(
        chapter,
        title=top[0],
        label=top[0] if same else top[1],
        discussion=tuple(top[1 if same else 2 :]),
        blocks=tuple(writer.blocks(chapter.blocks)),
    )


class _Writer:
    """Walks the tree again, in the reader's order, and writes the runs back."""

    def __init__(self, runs: Sequence[Run], edits: Mapping[int, Sequence[Edit]]) -> None:
        self.runs, self.edits = runs, edits
        self.index = 0

    def title(self) -> str:
        """Return the next run, a title."""
        index, self.index = self.index, self.index + 1
        return edited(self.runs[index].text, self.edits.get(index, ()))

    def blocks(self, nodes: Iterable[Node]) -> list[Node]:
        result: list[Node] = []
        for node in unwrapped(nodes):
            tag = node["t"]
            if tag in ("Para", "Plain"):
                words = self.inlines()
                if result and _is_task(result[-1]):  # with positions on, ☐ is a paragraph of its own
                    words = [*result.pop()["c"], SPACES[" "], *words]
                result.append({"t": tag, "c": words})
            else:
                result.append({"t": tag, "c": OUTSIDE[tag](self, node["c"])} if tag in OUTSIDE else node)
        return result

    def each(self, items: Iterable[Any]) -> list[Any]:
        return [self.blocks(item) for item in items]

    def lines(self, items: Iterable[Any]) -> list[Any]:
        return [self.inlines() for _ in items]

    def terms(self, content: Any) -> list[Any]:
        return [[self.inlines(), self.each(definitions)] for _, definitions in content]

    def table(self, content: Any) -> list[Any]:
        attribute, (short, caption), columns, head, bodies, foot = content
        return [
            attribute,
            [short, self.blocks(caption)],
            columns,
            [head[0], self.rows(head[1])],
            [[body[0], body[1], self.rows(body[2]), self.rows(body[3])] for body in bodies],
            [foot[0], self.rows(foot[1])],
        ]

    def rows(self, rows: Any) -> list[Any]:
        return [[row[0], [[*cell[:4], self.blocks(cell[4])] for cell in row[1]]] for row in rows]

    def inlines(self) -> list[Node]:
        """Return the inlines of the next run."""
        run, edits = self.runs[self.index], self.edits.get(self.index, ())
        self.index += 1
        result: list[Node] = []
        stack: list[tuple[list[Node], Node, str]] = []
        at = 0
        for step in run.steps:
            kind = step[0]
            if kind == TEXT:
                words, at = _stretch(run.text, step[1], step[2], edits, at)
                result += [SPACES.get(piece) or {"t": "Str", "c": piece} for piece in PIECES.findall(words)]
            elif kind == OPEN:
                node = step[1]
                title = self.title() if node["t"] == "Link" and node["c"][2][1] else ""
                stack.append((result, node, title))
                result = []
            elif kind == CLOSE:
                outer, node, title = stack.pop()
                outer.append(_filled(node, result, title))
                result = outer
            elif kind == KEEP:
                result.append(step[1])
            elif kind == NOTE:
                result.append({**step[1], "c": self.blocks(step[1]["c"])})
            else:
                alt = self.inlines()
                title = self.title() if step[1]["c"][2][1] else ""
                result.append(_filled(step[1], alt, title))
        return result


OUTSIDE: Mapping[str, Callable[[_Writer, Any], Any]] = {
    "Header": lambda writer, content: [content[0], content[1], writer.inlines()],
    "BlockQuote": _Writer.blocks,
    "Div": lambda writer, content: [content[0], writer.blocks(content[1])],
    "BulletList": _Writer.each,
    "OrderedList": lambda writer, content: [content[0], writer.each(content[1])],
    "DefinitionList": _Writer.terms,
    "Table": _Writer.table,
    "Figure": lambda writer, content: [
        content[0],
        [content[1][0], writer.blocks(content[1][1])],
        writer.blocks(content[2]),
    ],
    "LineBlock": _Writer.lines,
}
"""How to write what :data:`book.style.runs.INSIDE` reads."""


def _stretch(text: str, start: int, end: int, edits: Sequence[Edit], at: int) -> tuple[str, int]:
    """Return ``text[start:end]`` with its edits, and the number of the first edit that reaches beyond it."""
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


def _filled(node: Node, inner: list[Node], title: str) -> Node:
    """Return *node* with other inlines in it."""
    tag, content = node["t"], node["c"]
    if tag in MARKS:
        return {"t": tag, "c": inner}
    if len(content) == 2:
        return {"t": tag, "c": [content[0], inner]}
    return {"t": tag, "c": [content[0], inner, [content[2][0], title]]}


def _is_task(node: Node) -> bool:
    return node["t"] == "Plain" and len(node["c"]) == 1 and node["c"][0].get("c") in TASKS
