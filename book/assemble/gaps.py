"""Replaces images that cannot be shown: by their text and address, or by nothing."""

from __future__ import annotations

from lxml import etree

from book.body import KIND, Element
from book.problems import printable

LARGEST_ADDRESS = 120
"""The most letters of an address that are shown."""
EMPTIED = ("a", "em", "figure", "p", "span", "strong")
"""Elements that are removed with the only image in them."""


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


def leave_out(image: Element) -> None:
    """Remove *image*, and the link or paragraph around it if that contains nothing else."""
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
        if parent.tag not in EMPTIED or len(parent) or (parent.text or "").strip() or parent.get("id"):
            return
        outermost = parent
