"""The text of a tree, piece by piece, each with the lines of the author's file from which it comes."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from book.document import attributes, note_name, position

TEXT, CODE, RAW, ALT = "text", "code", "raw", "alt"
"""What a piece is: letters, code or a formula, the letters between tags, the words that describe a picture."""

# Tags and comments as every parser reads them; what is left of raw HTML are its words. A quote in a tag may hold a bracket.
TAG = re.compile(r"<!--.*?(?:-->|\Z)|</?[A-Za-z](?:[^<>\"']|\"[^\"]*\"|'[^']*')*>|<[!?][^>]*>", re.S)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A piece of text."""

    line: int
    """From 1; 0 when nobody knows."""
    column: int
    text: str
    sort: str


def of(nodes: Iterable[Any]) -> Iterator[Leaf]:
    """Yield the pieces of *nodes* in their order; a note that is called twice comes once."""
    seen: set[str] = set()
    stack: list[tuple[Any, tuple[int, int]]] = [(list(nodes), (0, 0))]
    while stack:
        value, where = stack.pop()
        if isinstance(value, (list, tuple)):
            stack.extend((inner, where) for inner in reversed(value))
            continue
        if not isinstance(value, dict):
            continue
        tag: str = value["t"]
        content: Any = value.get("c")
        if tag == "Str":
            yield Leaf(*where, content, TEXT)
            continue
        if tag in ("Space", "SoftBreak", "LineBreak"):
            yield Leaf(*where, " ", TEXT)
            continue
        where = position(value) or where
        if tag in ("Code", "CodeBlock", "Math"):
            yield from _code(value, where)
        elif tag in ("RawInline", "RawBlock"):
            text = html.unescape(TAG.sub(_blank, content[1]))
            for number, line in enumerate(text.split("\n")):
                if line.strip():
                    yield Leaf(where[0] + number if where[0] else 0, where[1] if not number else 1, line, RAW)
        elif tag == "Image":
            yield from (Leaf(leaf.line, leaf.column, leaf.text, ALT) for leaf in of(_placed(content[1], where)))
        elif tag == "Note":
            if (name := note_name(value)) not in seen:
                seen.add(name)
                stack.append((content, where))
        elif isinstance(content, list):
            stack.append((content, where))


def _placed(nodes: list[Any], where: tuple[int, int]) -> list[Any]:
    """Return *nodes* in a box that says where they are."""
    return [{"t": "Span", "c": [["", [], [["data-pos", f"{where[0]}:{where[1]}"]]], nodes]}] if where[0] else nodes


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])


def _code(item: dict[str, Any], where: tuple[int, int]) -> Iterator[Leaf]:
    text = item["c"][1]
    first = where[0]
    if item["t"] == "CodeBlock" and first:
        found = re.findall(r"(\d+):\d+-(\d+):(\d+)", attributes(item)[2].get("data-pos", ""))
        last = int(found[-1][1]) - (found[-1][2] == "1") if found else first
        # Of a fenced block the first line is the fence.
        first += last - first > text.count("\n")
    for number, line in enumerate(text.split("\n")):
        yield Leaf(first + number if first else 0, where[1], line, CODE)
