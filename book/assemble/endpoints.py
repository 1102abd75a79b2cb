"""The two ends of links in a chapter, as values: elements that need an id, and links. They are remembered, so that an unchanged chapter is not parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lxml import etree

from book.assemble import slugs
from book.body import HEADINGS, HREF, KIND, MARKS, POS, Element, mark
from book.html_names import SVG
from book.model import Manuscript
from book.problems import Place

HEADING = "heading"
TERM = "term"
IN_DRAWING = "drawing"
"""The kinds of targets: a heading, the term of a definition, and an element of an inline drawing, whose ids are only for the drawing itself."""
NOTES = ("noteref", "backlink")
"""The kinds of links to a note and back."""


_TEXT = "text()[not(ancestor::a[@hb:kind='noteref'])]"
"""What is a word of a heading or a term (XPath)."""


class Spot(NamedTuple):
    """A place in the text of a chapter: line and column, or 0 and 0 if it is not known."""

    line: int
    column: int

    def place(self, source: Manuscript) -> Place:
        """Return the place in the author's file, its first line if the spot is not known."""
        return source.place(self.line, self.column) if self.line else source.place(1)


class Target(NamedTuple):
    """An element that gets an id."""

    kind: str
    """:data:`HEADING`, :data:`TERM`, :data:`IN_DRAWING`, or empty."""
    typed: str
    """The id that its author gave it; empty for a heading or a term without one."""
    words: str
    """The text of a heading."""
    spot: Spot
    aliases: tuple[str, ...] = ()
    """The ids by which a heading or a term may be linked, by :func:`book.assemble.slugs.dialects`."""


class Link(NamedTuple):
    """A link whose address must be resolved."""

    kind: str
    """One of :data:`NOTES`, or empty."""
    address: str
    """As its author wrote it; of a note, its id."""
    is_target: bool
    """Whether it has an id."""
    spot: Spot


class Endpoints(NamedTuple):
    """The targets and the links of a text, each in order."""

    targets: tuple[Target, ...]
    links: tuple[Link, ...]


def endpoints_of(body: Element) -> Endpoints:
    """Return the ends of links in *body*, which is not changed."""
    targets = (_target(element, kind, typed) for element, kind, typed in _targets(body))
    links = (
        Link("", str(element.get(HREF)), bool(element.get("name")) or element.get("id") is not None, spot_of(element))
        if kind == ""
        else Link(kind, str(element.get("href", ""))[1:], is_target=False, spot=Spot(0, 0))
        for element, kind in _links(body)
    )
    return Endpoints(targets=tuple(targets), links=tuple(links))


def _target(element: Element, kind: str, typed: str) -> Target:
    if kind == TERM:
        aliases = dict.fromkeys(alias for words in _lines(element) for alias in slugs.dialects(words))
        return Target(kind, typed, "", spot_of(element), tuple(aliases))
    words = _words(element) if kind == HEADING else ""
    return Target(kind, typed, words, spot_of(element), slugs.dialects(words) if kind == HEADING else ())


def name_targets(body: Element, names: Sequence[str]) -> None:
    """Give the targets of *body* the ids *names*, in order; a term whose name is empty gets none."""
    in_drawings: dict[str, str] = {}
    for (element, kind, typed), name in zip(list(_targets(body)), names, strict=True):
        if element.tag == "a" and element.get("name"):
            del element.attrib["name"]
        if not name:
            continue
        element.set("id", name)
        if kind == IN_DRAWING:
            in_drawings.setdefault(typed, name)
    for element in body.iter(f"{{{SVG}}}*") if in_drawings else ():
        for key, value in element.attrib.items():
            if match := re.fullmatch(r"\s*url\(\s*[\"']?#([^\"')]+)[\"']?\s*\)\s*", str(value)):
                element.set(key, f"url(#{in_drawings.get(match[1], match[1])})")


def lead_links(body: Element, hrefs: Sequence[str | None]) -> None:
    """Let the links of *body* lead to *hrefs*, in order; one without an href becomes text. Remove the marks of addresses and positions."""
    for (element, kind), href in zip(list(_links(body)), hrefs, strict=True):
        element.attrib.pop(HREF, None)
        if href is None:
            element.tag = "span"
            mark(element, "dead-link")
            continue
        element.set("href", href)
        if not kind and not href.startswith("#"):
            mark(element, "external")
    for element in list(body.iter("a")):
        if not element.get("href"):  # an anchor: readers would take it for a link that leads nowhere
            element.tag = "span"
    for element in body.iter(etree.Element):
        element.attrib.pop(POS, None) if element.tag != "img" else None


def _targets(body: Element) -> Iterator[tuple[Element, str, str]]:
    """Yield each target with its kind, and the id that its author gave it."""
    pictured = next(body.iter(f"{{{SVG}}}*"), None) is not None
    for element in body.iter(etree.Element):
        typed = element.get("id")
        if typed is None and element.tag == "a":
            typed = element.get("name") or None
        if pictured and _in_drawing(element):
            if typed is not None:
                yield element, IN_DRAWING, typed
        elif element.tag in HEADINGS:
            yield element, HEADING, typed or ""
        elif element.tag == "dt":
            yield element, TERM, typed or ""
        elif typed is not None:
            yield element, "", typed


def _links(body: Element) -> Iterator[tuple[Element, str]]:
    """Yield each link with its kind."""
    for element in body.iter("a"):
        kind = element.get(KIND)
        if kind in NOTES:
            yield element, kind
        elif element.get(HREF) is not None:
            yield element, ""


def _words(heading: Element) -> str:
    """Return the text of *heading* without the calls of notes."""
    if not len(heading):  # true of most headings
        return heading.text or ""
    return "".join(map(str, heading.xpath(f".//{_TEXT}", namespaces={"hb": MARKS})))


def _lines(term: Element) -> list[str]:
    """Return the lines of *term*, each of which may be a term of its own, without the calls of notes."""
    pieces = term.xpath(f".//br | .//{_TEXT}", namespaces={"hb": MARKS})
    lines = "".join(str(piece).replace("\n", " ") if isinstance(piece, str) else "\n" for piece in pieces).split("\n")
    return [words for line in lines if (words := line.strip())]


def _in_drawing(element: Element) -> bool:
    return any(etree.QName(above).namespace == SVG for above in (element, *element.iterancestors()))


def spot_of(element: Element) -> Spot:
    """Return the spot of *element*, or of the nearest one around it that has one."""
    near: Element | None = element
    while near is not None:
        if match := re.match(r"(\d+):(\d+)", near.get(POS, "")):
            return Spot(int(match[1]), int(match[2]))
        near = near.getparent()
    return Spot(0, 0)


def place_of(element: Element, source: Manuscript) -> Place:
    """Return the place of *element* in the author's file."""
    return spot_of(element).place(source)
