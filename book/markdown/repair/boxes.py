"""HTML as nested boxes: the result of reading an author's tags, questions about them, and their serialisation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from msgspec import Struct, field

from book.html_names import VOID
from book.markdown import html_table

IN_LINES = (html_table.PHRASING | frozenset("acronym big font nobr rb rt rp rtc strike tt".split())) - {"br"}
"""Elements that do not separate words."""
CELLS = frozenset({"td", "th"})
SECTIONS = frozenset({"thead", "tbody", "tfoot"})
PIECES = SECTIONS | CELLS | {"tr", "caption", "colgroup", "col"}
"""Elements that only a table may contain."""


class Box(Struct):
    """An element: its attributes as written between quotes, and its content: boxes and escaped text."""

    tag: str
    pairs: dict[str, str] = field(default_factory=dict)
    inside: list[Box | str] = field(default_factory=list)

    def like(self, inside: list[Box | str], tag: str = "") -> Box:
        """Return another element with the same attributes."""
        return Box(tag or self.tag, self.pairs, inside)

    def again(self, inside: list[Box | str]) -> Box:
        """Return another piece of the same element, without its id, because ids are unique."""
        return Box(self.tag, {name: value for name, value in self.pairs.items() if name not in ("id", "name")}, inside)


Nodes = list[Box | str]


class Fits(Protocol):
    """Repairs the content of a box: :class:`book.markdown.repair.fitting.Fitter`."""

    def flow(self, nodes: Nodes, above: frozenset[str]) -> Nodes:
        """Return *nodes* as valid content of a box, inside elements *above*."""

    def say(self, box: Box, message: str, fix: str) -> None:
        """Record a repair at *box*."""


def spell(nodes: Iterable[Box | str]) -> Iterator[str]:
    """Yield the HTML of *nodes*."""
    for node in nodes:
        if isinstance(node, str):
            yield node
            continue
        attributes = "".join(f' {name}="{value}"' for name, value in node.pairs.items())
        yield f"<{node.tag}{attributes}>"
        if node.tag not in VOID:
            yield from spell(node.inside)
            yield f"</{node.tag}>"


def blank(node: Box | str) -> bool:
    """Return whether *node* is white space."""
    return isinstance(node, str) and not node.strip(" \t\r\n\f")


def in_line(node: Box | str) -> bool:
    """Return whether *node* is phrasing content."""
    if isinstance(node, str):
        return True
    if node.tag in html_table.TRANSPARENT:
        return all(in_line(inner) for inner in node.inside)
    return node.tag in html_table.PHRASING


def holds(node: Box | str, tags: frozenset[str]) -> bool:
    """Return whether *node* is, or contains, an element of *tags*."""
    return isinstance(node, Box) and (node.tag in tags or any(holds(inner, tags) for inner in node.inside))


def says(nodes: Iterable[Box | str]) -> bool:
    """Return whether *nodes* have visible content."""
    return any(
        not blank(node) if isinstance(node, str) else node.tag in ("img", "svg", "math", "hr") or says(node.inside)
        for node in nodes
    )


def runs(nodes: Nodes, belongs: Callable[[Box | str], bool]) -> Iterator[tuple[bool, Nodes]]:
    """Yield *nodes* in runs, each with what *belongs* says of all its nodes; white space joins the run before it."""
    run: Nodes = []
    kind: bool | None = None
    for node in nodes:
        if not blank(node):
            member = belongs(node)
            if kind is not None and member != kind:
                yield kind, run
                run = []
            kind = member
        run.append(node)
    if run:
        yield bool(kind), run


def text_of(nodes: Nodes) -> str:
    """Return the text of *nodes*, escaped for HTML."""
    return "".join(node if isinstance(node, str) else text_of(node.inside) for node in nodes)


def names_of(nodes: Nodes) -> list[str]:
    """Return the names of *nodes* for content models; text is :data:`book.markdown.html_table.TEXT`."""
    return [node.tag if isinstance(node, Box) else html_table.TEXT for node in nodes if not blank(node)]
