"""Which links the author has exempted from the house style, by the comments that :mod:`book.style.runs` reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from book.model import Node
from book.style.runs import DIRECTIVE, unwrapped

BOXES = frozenset({"BlockQuote", "Div", "BulletList", "OrderedList", "DefinitionList", "Table", "Figure", "Note"})
"""Nodes that hold blocks, each of which may be exempted by itself."""


def exempted(blocks: Iterable[Node], source: str) -> frozenset[int]:
    """Return the identities (:func:`id`) of the links below *blocks* that are left as typed; *source* is their text."""
    if "handbound:" not in source.lower():
        return frozenset()
    reader = _Reader()
    reader.blocks(blocks)
    return frozenset(reader.found)


class _Reader:
    def __init__(self) -> None:
        self.off = self.as_typed = False
        self.found: set[int] = set()

    def blocks(self, nodes: Iterable[Node]) -> None:
        for item in unwrapped(nodes):
            raw = item["c"][1] if item["t"] == "RawBlock" else ""
            if said := DIRECTIVE.fullmatch(raw):
                self.obey(said[1].lower())
                continue
            typed, self.as_typed = self.as_typed, False
            if item["t"] in BOXES:
                off, self.off = self.off, self.off or typed
                self.within(item["c"])
                self.off = off if typed else self.off
            else:
                self.line(item.get("c"), typed=typed)

    def obey(self, word: str) -> None:
        if word == "as-typed":
            self.as_typed = True
        else:
            self.off = word == "off"

    def within(self, value: Any) -> None:
        """Find the blocks and lines inside a box, wherever it keeps them."""
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
        """Read the inlines of one block: a comment for the whole of it may come last."""
        links: list[int] = []
        stack: list[Any] = [content]
        while stack:
            value = stack.pop()
            if isinstance(value, list):
                stack.extend(reversed(value))
            elif isinstance(value, dict):
                said = DIRECTIVE.fullmatch(value["c"][1]) if value["t"] == "RawInline" else None
                if said:
                    typed = typed or said[1].lower() == "as-typed"
                    self.off = self.off if said[1].lower() == "as-typed" else said[1].lower() == "off"
                elif value["t"] == "Link":
                    links.append(id(value))
                    self.found.update({id(value)} if self.off else ())
                stack.append(value.get("c"))
        self.found.update(links if typed else ())


INLINES = frozenset(
    "Str Space SoftBreak LineBreak Emph Strong Strikeout Underline SmallCaps Superscript Subscript Quoted Cite Code Math "
    "RawInline Link Image Note Span".split()
)
