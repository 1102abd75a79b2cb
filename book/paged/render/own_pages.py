"""Reads the pages that Handbound makes for WeasyPrint, which would read any HTML: letter by letter, in Python.

Such a page ends every element, quotes every value, and has nothing for which HTML has exceptions. That is all that is read here: of any other
page (a drawing in the text, an end tag that the template of a theme leaves out, a link in a link) nothing is returned, and WeasyPrint
reads it itself. ``tests/test_own_pages.py`` compares the trees.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Final
from xml.etree import ElementTree

from book.html_names import HEADINGS, INLINE, VOID
from book.patterns import regex

ATTRIBUTES = r'((?:\s+[a-z][a-z-]*(?:="[^"]*")?)*)'
PAGE: Final = regex(rf"\s*<!DOCTYPE html>\s*<html{ATTRIBUTES}\s*>\s*(?=<(head|body))(.*)</body>(\s*)</html>(\s*)", re.S)
TAG: Final = regex(rf"<(/?)([a-z][a-z0-9]*){ATTRIBUTES}\s*(/?)>")
ATTRIBUTE: Final = regex(r'([a-z][a-z-]*)(?:="([^"]*)")?')
RARE: Final = regex(r"[\0\r\f\ud800-\udfff]|&(?!(?:amp|lt|gt|quot|nbsp|#39|#34);)")
"""Letters that HTML exchanges, and references to letters that are seldom written."""
IN_HEAD: Final = frozenset({"link", "meta", "style", "title"})
RAW: Final = frozenset({"style", "title"})
"""Elements that contain no others."""
PARENTS: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(("head", "body"), frozenset({"html"})),
    **dict.fromkeys(IN_HEAD, frozenset({"head"})),
    **dict.fromkeys(("caption", "colgroup", "tbody", "tfoot", "thead"), frozenset({"table"})),
    **dict.fromkeys(("td", "th"), frozenset({"tr"})),
    **dict.fromkeys(("dd", "dt"), frozenset({"dl"})),
    "col": frozenset({"colgroup"}),
    "li": frozenset({"ol", "ul"}),
    "tr": frozenset({"tbody", "tfoot", "thead"}),
}
"""Elements that only these may contain: elsewhere HTML ends others before them, or adds what is missing."""
SPARSE: Final[Mapping[str, frozenset[str]]] = {
    parent: frozenset(name for name, parents in PARENTS.items() if parent in parents)
    for parent in ("html", "head", "table", "tbody", "tfoot", "thead", "tr", "colgroup")
}
"""Elements that contain only these, and no text."""
BLOCKS: Final = HEADINGS | frozenset(
    "address article aside blockquote dd details div dl dt fieldset figcaption figure footer header hgroup hr li main nav ol p pre section "
    "summary table ul".split()
)
"""Elements before which HTML ends a paragraph."""
KNOWN: Final = (BLOCKS | INLINE | PARENTS.keys() | frozenset({"br", "dfn", "img", "picture", "source", "wbr"})) - {
    "html"
}


class UnusualError(Exception):
    """A page is not as Handbound makes them."""


def tree(page: str) -> ElementTree.Element | None:
    """Return the tree of the HTML *page*, the same as WeasyPrint's; None if something in it is unusual."""
    whole = PAGE.fullmatch(page)
    if whole is None or RARE.search(page):
        return None
    attributes, first, inside, *after = whole.groups()
    try:
        reader = _Reader()
        reader.start("html", attributes)
        if first == "body":
            reader.start("head", "")
            reader.end("head")
        reader.read(inside)
        if reader.open != ["html", "body"]:
            return None
        for text in after:  # HTML puts it into the body
            reader.write(text)
        reader.end("body")
        return reader.end("html")
    except UnusualError:
        return None


class _Reader:
    """Reads a page, from its head or body on, into a tree."""

    def __init__(self) -> None:
        self._builder = ElementTree.TreeBuilder()
        self.open: list[str] = []
        """The elements that have begun and not ended, the outermost first."""

    def read(self, inside: str) -> None:
        """Read what is *inside* a page.

        Raises:
            UnusualError: it is not as Handbound makes it.
        """
        last, first = 0, ""
        for match in TAG.finditer(inside):
            if match.start() > last:
                self._words(inside[last : match.start()], first)
            ends, name, attributes, slash = match.groups()
            if ends:
                if attributes or slash or name in ("body", "html"):
                    raise UnusualError
                self.end(name)
            else:
                self._begin(name, attributes, slash)
            last, first = match.end(), "" if ends else name
        self._words(inside[last:], first)

    def _words(self, text: str, first: str) -> None:
        """Read a *text*, perhaps the *first* in an element with this name."""
        around = self.open[-1]
        breaks = first == "pre" and text.startswith("\n")  # in a table WeasyPrint keeps this line break
        if "<" in text or (around in SPARSE and text.strip()) or (breaks and "table" in self.open):
            raise UnusualError
        text = text[breaks:]
        self.write(html.unescape(text) if "&" in text and around != "style" else text)

    def write(self, text: str) -> None:
        """Write a *text* that is read."""
        if text:
            self._builder.data(text)

    def _begin(self, name: str, attributes: str, slash: str) -> None:
        """Begin an element where HTML does nothing else before it."""
        around = self.open[-1]
        if (
            name not in KNOWN
            or around not in PARENTS.get(name, (around,))
            or name not in SPARSE.get(around, (name,))
            or around in RAW
            or (name in BLOCKS and "p" in self.open)
            or (name in HEADINGS and around in HEADINGS)
            or (name == "a" and "a" in self.open)
            or (slash and name not in VOID)
        ):
            raise UnusualError
        self.start(name, attributes)
        if name in VOID:
            self.end(name)

    def start(self, name: str, attributes: str) -> None:
        """Begin an element."""
        pairs = ATTRIBUTE.findall(attributes) if attributes else ()
        values = {key: html.unescape(value) if "&" in value else value for key, value in pairs}
        if len(values) != len(pairs):  # of two with the same name HTML takes the first
            raise UnusualError
        self.open.append(name)
        self._builder.start(name, values)

    def end(self, name: str) -> ElementTree.Element:
        """End the element that began last, which has this *name*."""
        if self.open.pop() != name:
            raise UnusualError
        return self._builder.end(name)
