"""Pandoc's nodes, by name: only this file knows at which index of a node each part is.

A node is plain JSON, ``{"t": tag, "c": content}``, in the layout of pandoc-types 1.23 (``Text.Pandoc.Definition``): the content of a
constructor with one argument is that argument, with several it is a list of them, and without arguments there is no ``"c"``. An
``Attr`` is ``[id, [class, …], [[key, value], …]]``. Nodes are never changed in place: the functions ``with_…`` return another node.

What we read is GitHub's Markdown, of which pandoc makes neither a ``LineBlock`` nor a ``Figure``: no stage asks for them.

Positions come from the reader's ``sourcepos``: ``hb:pos="line:column-line:column"`` on the node, or on a wrapper (a Span or
Div with ``hb:wrapper="1"``) round it.

    >>> link = node("Link", attribute(), text("a b"), ["https://example.org", "Title"])
    >>> target(link), title(link), target(with_target(link, "b.md"))
    ('https://example.org', 'Title', 'b.md')
    >>> heading = node("Header", 2, attribute(identifier="x"), text("a"))
    >>> level(heading), children(heading), attributes(heading)
    (2, [{'t': 'Str', 'c': 'a'}], ('x', (), {}))
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from book.model import Node
from book.patterns import regex

Attr = list[Any]
"""``[id, [class, …], [[key, value], …]]``."""

MARKS = frozenset({"Emph", "Strong", "Strikeout", "Underline", "SmallCaps", "Superscript", "Subscript"})
"""Inlines that contain inlines and nothing else."""
BREAKS = frozenset({"Space", "SoftBreak", "LineBreak"})
LITERALS = frozenset({"Code", "CodeBlock", "Math", "RawInline", "RawBlock"})
"""Nodes with literal text: ``Code Attr Text``, ``Math MathType Text``, ``RawInline Format Text`` …"""
LEAVES = LITERALS | BREAKS | {"Str", "HorizontalRule"}
"""Nodes that contain no nodes."""
RAW = frozenset({"RawInline", "RawBlock"})
INLINES = frozenset(
    {"Str", "Quoted", "Cite", "Code", *BREAKS, "Math", "RawInline", "Link", "Image", "Note", "Span", *MARKS}
)
BY_NUMBER = "by-number"
"""The class of a link whose words are those of a figure or a table: its number, if it has one, takes their place."""
BOXES = frozenset({"Div", "BlockQuote", "BulletList", "OrderedList", "DefinitionList"})
"""Blocks that contain blocks, except tables."""

_ATTRIBUTE = {
    "Header": 1,
    "CodeBlock": 0,
    "Code": 0,
    "Div": 0,
    "Span": 0,
    "Link": 0,
    "Image": 0,
    "Table": 0,
}
"""The index of the ``Attr`` in a node's content."""

_CHILDREN: dict[str, int | None] = {
    **dict.fromkeys(("Para", "Plain", "BlockQuote", "Note", *MARKS)),
    **dict.fromkeys(("Div", "Span", "Link", "Image", "Quoted", "Cite"), 1),
    "Header": 2,
}
"""The index of the one list of nodes in a node's content; None if the list is the content."""


# Making nodes.


def node(tag: str, *content: Any) -> Node:
    """Return a node; a single piece of *content* is the content itself, several become a list.

    >>> node("Str", "a"), node("Space")
    ({'t': 'Str', 'c': 'a'}, {'t': 'Space'})
    """
    if not content:
        return {"t": tag}
    return {"t": tag, "c": content[0] if len(content) == 1 else list(content)}


def text(words: str) -> list[Node]:
    """Return *words* as inlines, with spaces as Space.

    >>> text("a b")
    [{'t': 'Str', 'c': 'a'}, {'t': 'Space'}, {'t': 'Str', 'c': 'b'}]
    """
    pieces = re.split(r"([ \t\n]+)", words)
    return [node("Str", piece) if piece.strip(" \t\n") else node("Space") for piece in pieces if piece]


def attribute(classes: Iterable[str] = (), identifier: str = "", **values: str) -> Attr:
    """Return an ``Attr``; in the names of *values*, ``hb_`` becomes ``hb:``, and other underscores become hyphens.

    >>> attribute(["note"], role="doc-tip")
    ['', ['note'], [['role', 'doc-tip']]]
    """
    names = {name: re.sub("^hb_", "hb:", name).replace("_", "-") for name in values}
    return [identifier, list(classes), [[names[name], value] for name, value in values.items()]]


def wrapper(position: str, *inside: Node) -> Node:
    """Return a Span that only gives the *position* of its content.

    >>> wrapper("1:1-1:2", node("Str", "a"))
    {'t': 'Span', 'c': [['', [], [['hb:wrapper', '1'], ['hb:pos', '1:1-1:2']]], [{'t': 'Str', 'c': 'a'}]]}
    """
    return node("Span", attribute(hb_wrapper="1", hb_pos=position), list(inside))


def citation(key: str, prefix: str = "", suffix: str = "", mode: str = "NormalCitation") -> dict[str, Any]:
    """Return one work that a Cite cites.

    Args:
        key: of the work.
        prefix: plain text before it.
        suffix: plain text after it; a locator such as ``, p. 3`` is recognised in it.
        mode: ``NormalCitation``, ``AuthorInText`` or ``SuppressAuthor``.

    >>> node("Cite", [citation("a", suffix=", p. 3")], [])["c"][0][0]["citationSuffix"][0]
    {'t': 'Str', 'c': ','}
    """
    spaced = re.sub(r"^([,;:])(?=\S)|^([,;:])\s+", r"\1\2 ", suffix)
    return {
        "citationId": key,
        "citationPrefix": text(prefix),
        "citationSuffix": text(spaced),
        "citationMode": {"t": mode},
        "citationNoteNum": 1,
        "citationHash": 0,
    }


# Attributes and positions.


def attributes(item: Node) -> tuple[str, tuple[str, ...], dict[str, str]]:
    """Return the id, classes and key-value pairs of *item*; empty ones for a node without an ``Attr``."""
    index = _ATTRIBUTE.get(item["t"])
    if index is None:
        return "", (), {}
    identifier, classes, pairs = item["c"][index]
    return identifier, tuple(classes), dict(pairs)


def attr(item: Node) -> Attr | None:
    """Return the ``Attr`` of *item*; None for a node without one."""
    index = _ATTRIBUTE.get(item["t"])
    return None if index is None else item["c"][index]


def with_attr(item: Node, new: Attr) -> Node:
    """Return *item* with another ``Attr``."""
    index = _ATTRIBUTE[item["t"]]
    content = item["c"]
    return {**item, "c": [*content[:index], new, *content[index + 1 :]]}


def with_attributes(item: Node, identifier: str, classes: Iterable[str], values: dict[str, str]) -> Node:
    """Return *item* with another id, other classes and key-value pairs."""
    return with_attr(item, [identifier, list(classes), [[name, value] for name, value in values.items()]])


def with_pairs(item: Node, pairs: Iterable[tuple[str, str]]) -> Node:
    """Return *item* with other key-value pairs; its id and classes stay."""
    identifier, classes, _ = item["c"][_ATTRIBUTE[item["t"]]]
    return with_attr(item, [identifier, classes, [[key, value] for key, value in pairs]])


def pairs(item: Node) -> list[tuple[str, str]]:
    """Return the key-value pairs of *item* in order; a key may occur twice."""
    index = _ATTRIBUTE.get(item["t"])
    return [] if index is None else [(key, value) for key, value in item["c"][index][2]]


def value(item: Node, name: str) -> str:
    """Return the first value of the attribute *name* of *item*; empty if it has none."""
    index = _ATTRIBUTE.get(item["t"])
    pairs = () if index is None else item["c"][index][2]
    return next((str(value) for key, value in pairs if key == name and value), "")


WRAPPER = ["hb:wrapper", "1"]
"""The pair that makes a Span or a Div a wrapper."""


def is_wrapper(item: Node) -> bool:
    """Return whether *item* only carries a position."""
    return item["t"] in ("Span", "Div") and WRAPPER in item["c"][0][2]


def wrapper_position(item: Node) -> str | None:
    """Return the position of *item*, a Span or Div, if it is nothing but a wrapper; else None. Fast."""
    pairs = item["c"][0][2]
    return pairs[1][1] if len(pairs) == 2 and pairs[0] == WRAPPER and pairs[1][0] == "hb:pos" else None


def unboxed(item: Node) -> tuple[str | None, list[Node]]:
    """Return the position of *item*, a Span or Div, as :func:`wrapper_position` does, and the nodes inside it; quick."""
    (_, _, pairs), inside = item["c"]
    return pairs[1][1] if len(pairs) == 2 and pairs[0] == WRAPPER and pairs[1][0] == "hb:pos" else None, inside


def placed(item: Node) -> tuple[str, Node] | None:
    """Return position and content of *item*, a Span that only wraps one node; else None. Fast, because nearly every word has a wrapper.

    >>> placed(wrapper("1:1-1:2", node("Str", "a")))
    ('1:1-1:2', {'t': 'Str', 'c': 'a'})
    """
    (identifier, classes, values), inside = item["c"]
    if len(values) != 2 or len(inside) != 1 or identifier or classes or values[0] != WRAPPER:
        return None
    return values[1][1], inside[0]


def is_anonymous(item: Node) -> bool:
    """Return whether *item*, a Span, Div or Link, has neither an id nor a class."""
    identifier, classes, _ = item["c"][0]
    return not identifier and not classes


def core(item: Node) -> Node:
    """Return the content of a wrapper that contains one node; any other node is returned as it is."""
    return item["c"][1][0] if is_wrapper(item) and len(item["c"][1]) == 1 else item


def position(item: Node) -> tuple[int, int] | None:
    """Return line and column (from 1) of the start of *item* in the text; None if unknown.

    >>> position(node("Code", attribute(hb_pos="3:45-3:51"), "x"))
    (3, 45)
    """
    index = _ATTRIBUTE.get(item["t"])
    if index is None:
        return None
    mark = ""
    for name, words in item["c"][index][2]:
        if name == "hb:pos":
            mark = words
    match = _BEGINNING.match(mark) if mark else None
    return (int(match[1]), int(match[2])) if match else None


_BEGINNING = regex(r"(\d+):(\d+)")


# The content of nodes.


def children(item: Node) -> list[Node]:
    """Return the nodes in *item*: a paragraph, heading, mark, span, link, image, note, div or quote."""
    index = _CHILDREN[item["t"]]
    content: list[Any] = item["c"]
    if index is None:
        return content
    inside: list[Node] = content[index]
    return inside


def has_children(item: Node) -> bool:
    """Return whether *item* contains one list of nodes, and no nodes elsewhere."""
    return item["t"] in _CHILDREN


def with_children(item: Node, new: Iterable[Node]) -> Node:
    """Return *item* with other nodes in it."""
    index = _CHILDREN[item["t"]]
    if index is None:
        return {**item, "c": list(new)}
    content = item["c"]
    return {**item, "c": [*content[:index], list(new), *content[index + 1 :]]}


def literal(item: Node) -> str:
    """Return the text of *item*: code, a formula, raw markup (:data:`LITERALS`), or a Str."""
    content = item["c"]
    return str(content if item["t"] == "Str" else content[1])


def with_literal(item: Node, words: str) -> Node:
    """Return *item*, one of :data:`LITERALS` or a Str, with another text."""
    return {**item, "c": words if item["t"] == "Str" else [item["c"][0], words]}


def raw_html(item: Node) -> str | None:
    """Return the HTML of *item*; None for a node that is not raw HTML."""
    return str(item["c"][1]) if item["t"] in RAW and item["c"][0] == "html" else None


def math_kind(formula: Node) -> str:
    """Return ``InlineMath`` or ``DisplayMath``."""
    return str(formula["c"][0]["t"])


def level(heading: Node) -> int:
    """Return the level of a Header, 1 to 6."""
    return int(heading["c"][0])


def with_level(heading: Node, new: int) -> Node:
    """Return *heading* on another level."""
    return {**heading, "c": [new, *heading["c"][1:]]}


def target(link: Node) -> str:
    """Return the address of a Link, or the source of an Image."""
    return str(link["c"][2][0])


def title(link: Node) -> str:
    """Return the title of a Link or an Image; empty if it has none."""
    return str(link["c"][2][1])


def with_target(link: Node, address: str, words: str | None = None) -> Node:
    """Return *link*, a Link or an Image, with another address, and with another title unless *words* is None."""
    mark, inside, (_, old) = link["c"]
    return {**link, "c": [mark, inside, [address, old if words is None else words]]}


# Lists and tables.


def items(listing: Node) -> list[list[Node]]:
    """Return the items of a BulletList or an OrderedList; each is a list of blocks."""
    blocks: list[list[Node]] = listing["c"] if listing["t"] == "BulletList" else listing["c"][1]
    return blocks


def with_numerals(listing: Node, style: str) -> Node:
    """Return an OrderedList whose items are counted in *style*: ``LowerRoman``, ``UpperRoman``, ``LowerAlpha``, ``UpperAlpha``, ``Decimal``."""
    (first, _, delimiter), blocks = listing["c"]
    return {**listing, "c": [[first, {"t": style}, delimiter], blocks]}


def with_items(listing: Node, new: list[list[Node]]) -> Node:
    """Return *listing* with other items."""
    return {**listing, "c": new if listing["t"] == "BulletList" else [listing["c"][0], new]}


def definitions(listing: Node) -> list[tuple[list[Node], list[list[Node]]]]:
    """Return the terms (inlines) of a DefinitionList, each with its definitions (blocks)."""
    return [(term, meanings) for term, meanings in listing["c"]]


def with_definitions(listing: Node, new: Iterable[tuple[list[Node], list[list[Node]]]]) -> Node:
    """Return *listing* with other terms and definitions."""
    return {**listing, "c": [[term, meanings] for term, meanings in new]}


def caption(item: Node) -> list[Node]:
    """Return the blocks of the caption of a Table (``Caption (Maybe ShortCaption) [Block]``)."""
    blocks: list[Node] = item["c"][1][1]
    return blocks


def with_caption(item: Node, blocks: list[Node]) -> Node:
    """Return *item*, a Table, with another caption; its short caption stays."""
    mark, (short, _), *rest = item["c"]
    return {**item, "c": [mark, [short, blocks], *rest]}


class Cell(NamedTuple):
    """A cell of a table: ``Cell Attr Alignment RowSpan ColSpan [Block]``."""

    attr: Attr
    alignment: Node
    rows: int
    columns: int
    blocks: list[Node]


def columns(table: Node) -> list[str]:
    """Return the alignment of each column of *table*: ``AlignLeft``, ``AlignRight``, ``AlignCenter`` or ``AlignDefault``."""
    return [alignment["t"] for alignment, _ in table["c"][2]]


def cells(table: Node) -> Iterator[Cell]:
    """Yield the cells of *table* in reading order: head, bodies, foot."""
    _, _, _, (_, head), bodies, (_, foot) = table["c"]
    for row in head:
        yield from (Cell(*cell) for cell in row[1])
    for _, _, between, rows in bodies:
        for row in (*between, *rows):
            yield from (Cell(*cell) for cell in row[1])
    for row in foot:
        yield from (Cell(*cell) for cell in row[1])


def with_cells(table: Node, change: Callable[[int, Cell], Cell]) -> Node:
    """Return *table* with *change* applied to each cell in reading order; *change* also gets the index of the cell in its row, from 0."""

    def rows(old: list[Any]) -> list[Any]:
        return [[mark, [list(change(number, Cell(*cell))) for number, cell in enumerate(row)]] for mark, row in old]

    mark, words, widths, head, bodies, foot = table["c"]
    new_head = [head[0], rows(head[1])]
    new_bodies = [[body[0], body[1], rows(body[2]), rows(body[3])] for body in bodies]
    return {**table, "c": [mark, words, widths, new_head, new_bodies, [foot[0], rows(foot[1])]]}


def without_widths(table: Node) -> Node:
    """Return *table* with columns that have neither an alignment nor a width."""
    content = table["c"]
    plain = [[node("AlignDefault"), node("ColWidthDefault")] for _ in content[2]]
    return {**table, "c": [*content[:2], plain, *content[3:]]}
