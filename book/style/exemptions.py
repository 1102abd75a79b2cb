"""Links that the author has exempted from the house style, with the comments that :mod:`book.style.flatten` reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from book.markdown.nodes import INLINES, literal
from book.model import Node
from book.style.flatten import DIRECTIVE, unwrapped

BOXES = frozenset({"BlockQuote", "Div", "BulletList", "OrderedList", "DefinitionList", "Table", "Note"})
"""Nodes that contain blocks, each of which may be exempted separately."""


def exempted(blocks: Iterable[Node], source: str) -> frozenset[int]:
    """Return the identities (:func:`id`) of the links below *blocks* that are left as typed; *source* is their text."""
    if "handbound:" not in source.lower():
        return frozenset()
    reader = _Reader()
    reader.blocks(blocks)
    return frozenset(reader.links)


class _Reader:
    def __init__(self) -> None:
        self.off = self.as_typed = False
        self.links: set[int] = set()

    def blocks(self, nodes: Iterable[Node]) -> None:
        for item in unwrapped(nodes):
            if directive := DIRECTIVE.fullmatch(literal(item) if item["t"] == "RawBlock" else ""):
                self.apply_comment(directive[1].lower())
                continue
            typed, self.as_typed = self.as_typed, False
            if item["t"] in BOXES:
                off, self.off = self.off, self.off or typed
                self.within(item["c"])
                self.off = off if typed else self.off
            else:
                self.line(item.get("c"), typed=typed)

    def apply_comment(self, word: str) -> None:
        if word == "as-typed":
            self.as_typed = True
        else:
            self.off = word == "off"

    def within(self, value: Any) -> None:
        """Find the blocks and lines inside a box, at any position in its content."""
        if isinstance(value, dict):
            self.blocks([value])
        elif isinstance(value, list):
            if value and all(isinstance(item, dict) for item in value) and value[0]["t"] in INLINES:
                self.line(value, typed=False)
            elif value and all(isinstance(item, dict) for item in value):
                self.blocks(value)
            else:
                for item in value:
                    self.within(item)

    def line(self, content: Any, *, typed: bool) -> None:
        """Read the inlines of one block: a comment for the whole block may come last."""
        links: list[int] = []
        stack: list[Any] = [content]
        while stack:
            value = stack.pop()
            if isinstance(value, list):
                stack.extend(reversed(value))
            elif isinstance(value, dict):
                directive = DIRECTIVE.fullmatch(literal(value)) if value["t"] == "RawInline" else None
                if directive:
                    word = directive[1].lower()
                    typed = typed or word == "as-typed"
                    self.off = self.off if word == "as-typed" else word == "off"
                elif value["t"] == "Link":
                    links.append(id(value))
                    self.links.update({id(value)} if self.off else ())
                stack.append(value.get("c"))
        self.links.update(links if typed else ())
