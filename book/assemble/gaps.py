"""Replaces images that cannot be shown: by their text and address, or by nothing."""

from __future__ import annotations

from collections.abc import Container

from lxml import etree

from book.body import KIND, Element
from book.model import Book
from book.problems import printable

LARGEST_ADDRESS = 120
"""The most letters of an address that are shown."""
EMPTIED = frozenset("a div em figure li ol p span strong ul".split())
"""Elements that are removed with the only image in them; a figure goes with its caption."""


def words_instead(image: Element, alt: str, address: str) -> None:
    """Put the alternative text and the address in place of the image."""
    name = image.get("id")
    image.tag = "span"
    image.attrib.clear()
    image.set(KIND, "missing-image")
    if name:  # links may lead to it
        image.set("id", name)
    text = address if len(address) <= LARGEST_ADDRESS else address[: LARGEST_ADDRESS - 1] + "…"
    image.text = f"{alt} " if alt else ""
    inner = etree.SubElement(image, "span", {KIND: "missing-address"})
    inner.text = f"[{printable(text)}]"


def targets_of(book: Book) -> frozenset[str]:
    """Return the ids in *book* that links lead to."""
    links = (address for chapter in book.spine for address in chapter.body.facts.addresses)
    return frozenset(link.removeprefix("#") for link in links if link.startswith("#"))


def leave_out(image: Element, targets: Container[str]) -> None:
    """Remove *image*, and what is around it if that contains nothing else (see :data:`EMPTIED`) and has none of the ids *targets*."""
    outermost: Element = image
    while True:
        parent = outermost.getparent()
        if parent is None:
            return
        before = outermost.getprevious()
        tail = outermost.tail or ""
        if before is not None:
            before.tail = f"{before.tail or ''}{tail}"
        else:
            parent.text = f"{parent.text or ''}{tail}"
        parent.remove(outermost)
        if parent.tag not in EMPTIED or parent.get("id") in targets or not _is_empty(parent):
            return
        outermost = parent


def _is_empty(element: Element) -> bool:
    """Return whether *element* holds nothing, or nothing but the caption of a picture that is gone."""
    rest = [child for child in element if (element.tag, child.tag) != ("figure", "figcaption")]
    return not rest and not "".join([element.text or "", *(child.tail or "" for child in element)]).strip()
