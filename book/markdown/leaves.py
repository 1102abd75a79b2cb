"""The text of a tree in pieces, each with its line in the author's file."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from msgspec import Struct, field

from book.markdown.nodes import BREAKS, attributes, children, literal, target, title, unboxed
from book.markdown.positions import line_ranges
from book.markdown.tree import note_name
from book.model import Node
from book.patterns import regex

TEXT, CODE, RAW, ALT = "text", "code", "raw", "alt"
"""The kinds of pieces: text, code or a formula, text between raw tags, the description of an image."""

# Tags and comments as every parser reads them; all other raw HTML is text. A quoted value may contain an angle bracket.
TAG = regex(r"<!--.*?(?:-->|\Z)|</?[A-Za-z](?:[^<>\"']|\"[^\"]*\"|'[^']*')*>|<[!?][^>]*>", re.S)
# A start tag with its position, as book.markdown.sanitise writes it.
_PLACED = regex(r'<[^<>]*\bhb:pos="((\d+):\d+)"')

Leaf = tuple[int, str, str, str]
"""A piece of text: its line (from 1; 0 if unknown), its spot (see :func:`column`), the text, and its kind.

A plain tuple, because a long chapter has hundreds of thousands of them.
"""


class Tree(Struct, frozen=True):
    """What one walk through a tree collects; a note with several references is included once."""

    leaves: list[Leaf] = field(default_factory=list)
    """The pieces of text, in reading order."""
    headers: list[Node] = field(default_factory=list)
    code: list[tuple[Node, int, str]] = field(default_factory=list)
    """The blocks of code, each with its line and spot."""
    raw: list[str] = field(default_factory=list)
    """Raw HTML as typed."""
    addresses: list[str] = field(default_factory=list)
    """The addresses and titles of links and images."""
    attributes: list[str] = field(default_factory=list)
    """Identifiers, classes, and the names and values of attributes."""


def read(nodes: Iterable[Any]) -> Tree:
    """Return the content of *nodes*."""
    tree = Tree()
    _walk(nodes, tree, 0, "", TEXT)
    return tree


def by_line(leaves: Iterable[Leaf]) -> Iterator[tuple[int, list[Leaf]]]:
    """Yield the number of each line with the pieces of *leaves* that follow each other on it."""
    for line, pieces in groupby(leaves, itemgetter(0)):
        yield line, list(pieces)


def column(spot: str) -> int:
    """Return the column in *spot*, from 1; 0 if unknown.

    >>> column("3:45-3:51"), column("")
    (45, 0)
    """
    match = _SPOT.match(spot)
    return int(match[2]) if match else 0


_SPOT = regex(r"(\d+):(\d+)")


def _walk(nodes: Iterable[Any], tree: Tree, line: int, spot: str, sort: str) -> None:
    """Add the content of *nodes*, which are at *spot* in *line*, to *tree*; *sort* is :data:`ALT` inside the description of an image.

    A loop over iterators instead of recursion: nearly every word and every space has a wrapper of its own.
    """
    leaves = tree.leaves
    notes: set[str] = set()
    stack: list[tuple[Iterator[Any], int, str]] = []
    rest = iter(nodes)
    while True:
        for item in rest:
            inside: Any = item
            at, spot_inside = line, spot
            if isinstance(item, dict):
                tag = item["t"]
                if tag in _BOXES:
                    mark, inside = unboxed(item)
                    if mark is not None:
                        spot_inside = mark
                        first = spot_inside.partition(":")[0]
                        at = int(first) if first.isdecimal() else line
                    else:
                        at, spot_inside = _attributed(item, tree, line, spot)
                    if len(inside) == 1:
                        tag = inside[0]["t"]
                        if tag == "Str" or tag in BREAKS:
                            leaves.append((at, spot_inside, inside[0]["c"] if tag == "Str" else " ", sort))
                            continue
                elif tag == "Str":
                    leaves.append((line, spot, item["c"], sort))
                    continue
                elif tag in BREAKS:
                    leaves.append((line, spot, " ", sort))
                    continue
                else:
                    at, spot_inside = _attributed(item, tree, line, spot)
                    inside = _inside(item, tree, at, spot_inside, sort, notes)
            if isinstance(inside, (list, tuple)):
                stack.append((rest, line, spot))
                rest, line, spot = iter(inside), at, spot_inside
                break
        else:
            if not stack:
                return
            rest, line, spot = stack.pop()


_BOXES = frozenset({"Span", "Div"})


def _attributed(item: Node, tree: Tree, line: int, spot: str) -> tuple[int, str]:
    """Add the attributes of *item* to *tree*; return its line and spot, or its parent's *line* and *spot*."""
    identifier, classes, values = attributes(item)
    mark = values.pop("hb:pos", "")
    values.pop("hb:wrapper", None)
    tree.attributes.extend((identifier, *classes, *values, *values.values()))
    place = _SPOT.match(mark)
    return (int(place[1]), mark) if place else (line, spot)


def _inside(item: Node, tree: Tree, line: int, spot: str, sort: str, notes: set[str]) -> Any:
    """Return the children of *item*, which is neither text nor a box, that remain to be walked; add its other content to *tree*."""
    tag, content = item["t"], item.get("c")
    if content is None:
        return None
    if tag in ("Code", "CodeBlock", "Math"):
        if tag == "CodeBlock":
            tree.code.append((item, line, spot))
        tree.leaves.extend(_code(item, line, spot, CODE if sort == TEXT else sort))
        return None
    if tag in ("RawInline", "RawBlock"):
        tree.raw.append(literal(item))
        tree.leaves.extend(_raw(literal(item), line, spot, RAW if sort == TEXT else sort))
        return None
    if tag == "Note":
        if (name := note_name(item)) in notes:
            return None
        notes.add(name)
    elif tag == "Header":
        tree.headers.append(item)
    elif tag in ("Link", "Image"):
        tree.addresses.extend((target(item), title(item)))
        if tag == "Image":
            _walk(children(item), tree, line, spot, ALT)
            return None
        return children(item)
    return content


def _raw(text: str, line: int, spot: str, sort: str) -> Iterator[Leaf]:
    """Yield the words of raw HTML, line by line; a tag with a position gives the line numbers from there on."""
    words = html.unescape(TAG.sub(_blank, text)).split("\n")
    for number, (typed, row) in enumerate(zip(text.split("\n"), words, strict=False)):
        places = list(_PLACED.finditer(typed))
        if places and not row[: places[0].start()].strip():
            spot, line = places[0][1], int(places[0][2])
        elif number:
            spot = "1:1"
        if row.strip():
            yield line, spot, row, sort
        line = int(places[-1][2]) if places else line
        line += bool(line)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def _code(item: Node, line: int, spot: str, sort: str) -> Iterator[Leaf]:
    """Yield code or a formula, line by line."""
    text = literal(item)
    first = line
    if item["t"] == "CodeBlock" and first:
        ranges = line_ranges(item)
        last = ranges[-1][1] if ranges else first
        # The first line of a fenced block is the fence.
        first += last - first > text.count("\n")
    for number, row in enumerate(text.split("\n")):
        yield first + number if first else 0, spot, row, sort
