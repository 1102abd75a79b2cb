"""Bare addresses end before a closing mark: the reader takes ``”`` and no-break spaces into the address."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from book.markdown.tree import attribute, rewrite
from book.model import Chapter, Node

END = "[”’»›“‘«‹」』…\u00a0\u202f]"
BARE = re.compile(rf"(?:https?://|www\.)[^\s<>]*?{END}", re.I)
POSITION = re.compile(r"(\d+):(\d+)-(\d+):(\d+)")


def bare(chapter: Chapter) -> Chapter:
    """Return *chapter* with what follows the address of a bare link outside the link."""
    if BARE.search(chapter.source.text) is None:
        return chapter
    return replace(chapter, blocks=rewrite(chapter.blocks, _cut))


def _cut(node: Node) -> Iterable[Node] | None:
    if node["t"] != "Link":
        return None
    attribute_, inner, (target, title) = node["c"]
    if len(inner) != 1 or inner[0]["t"] != "Str":
        return None
    shown = inner[0]["c"]
    found = re.search(END, shown)
    if found is None or not target.endswith(shown):
        return None
    tail = shown[found.start() :]
    position = POSITION.fullmatch(dict(attribute_[2]).get("data-pos", ""))
    pairs = [pair for pair in attribute_[2] if pair[0] != "data-pos"]
    link = [attribute_, [{"t": "Str", "c": shown[: found.start()]}], [target[: -len(tail)], title]]
    if position is None:
        return [{"t": "Link", "c": link}, {"t": "Str", "c": tail}]
    line, column, last, end = position.groups()
    border = int(end) - len(tail)
    link[0] = [attribute_[0], attribute_[1], [*pairs, ["data-pos", f"{line}:{column}-{last}:{border}"]]]
    # Each mark has its own wrapper, as the reader gives them.
    after = [
        {
            "t": "Span",
            "c": [
                attribute(wrapper="1", data_pos=f"{last}:{border + at}-{last}:{border + at + 1}"),
                [{"t": "Str", "c": letter}],
            ],
        }
        for at, letter in enumerate(tail)
    ]
    return [{"t": "Link", "c": link}, *after]
