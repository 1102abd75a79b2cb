"""Definitions: several terms on lines of their own, as in PHP Markdown Extra, kramdown and Python-Markdown, and links to a term, as in Hugo."""

from __future__ import annotations

from collections.abc import Iterable

from book.dialects.context import Context, headings_of, id_of
from book.markdown.nodes import BOXES, attribute, attributes, children, definitions, node, with_definitions
from book.markdown.tree import every, plain, rewrite, unwrap
from book.model import Node, Nodes
from book.patterns import regex

_SUSPECT = regex(r"\S[ \t]*\n[^\n]*\S[ \t]*\n(?:[ \t]*\n)?[ \t>]*[:~][ \t]")
_LINK = regex(r"(?:\](?:\(|:[ \t]*)<?|\bhref=[\"'])#(?P<name>[^\s()<>\"']+)")
"""A link to a place in the same chapter."""
_ID = regex(r"\bid[ \t]*=[ \t]*[\"']?([^\s\"'<>]+)")
"""An id in HTML."""
_DEFINED = regex(r"\n[ \t>]*[:~][ \t]")


def after(blocks: Nodes, context: Context) -> Nodes:
    """Return *blocks* with each term of a definition on a line of its own, and with an id if a link of the chapter leads to it."""
    text = context.manuscript.text
    broken = _SUSPECT.search(text) is not None
    targets = _linked(text, blocks) if "#" in text and _DEFINED.search(text) else set[str]()
    if not broken and not targets:
        return blocks

    def change(item: Node) -> Iterable[Node] | None:
        if item["t"] != "DefinitionList":
            return None
        return [
            with_definitions(item, [(_term(term, targets, broken=broken), rest) for term, rest in definitions(item)])
        ]

    return rewrite(blocks, change, within=BOXES)


def _linked(text: str, blocks: Nodes) -> set[str]:
    """Return the ids to which links in a chapter lead, and that nothing in it has."""
    linked = {match["name"].casefold() for match in _LINK.finditer(text)}
    own = (
        *(attributes(item)[0] for item in every(blocks)),
        *_ID.findall(text),
        *(name for name, _ in headings_of(text)),
    )
    return linked.difference(map(str.casefold, own))


def _term(term: list[Node], targets: set[str], *, broken: bool) -> list[Node]:
    """Return the *term*; of several with the same words, the first one gets the id."""
    name = id_of(plain(unwrap(term)))
    if broken:
        term = list(rewrite(term, _broken))
    if name not in targets:
        return term
    targets.remove(name)
    return [node("Span", attribute(identifier=name), []), *term]


def _broken(item: Node) -> Iterable[Node] | None:
    """Return a line break for the end of a line."""
    is_alone = item["t"] == "Span" and [inner["t"] for inner in children(item)] == ["LineBreak"]
    return [node("LineBreak")] if is_alone or item["t"] == "SoftBreak" else None
