"""Drawings: what Graphviz, Inkscape, draw.io, Mermaid and their kind write, made clean: nothing in it loads or runs.

A drawing is read by our own rules and written anew from two lists, of elements and of attributes. Style sheets and ``style``
become attributes, so that every edition (a browser, an old reader, WeasyPrint) shows the same; pictures inside are checked as
files are; labels written as HTML become text. What is left out and could be missed is told; what says nothing to a reader
(metadata, an editor's own elements) goes in silence. A drawing that cannot be made safe is refused whole.
"""

from __future__ import annotations

import html
import re

from lxml import etree

from book.html_names import SVG
from book.images.svg.cleaning import Cleaner, Drawing
from book.images.svg.data_address import data_of
from book.images.svg.findings import UNSAFE_SVG, Fault
from book.images.svg.reading import is_drawing
from book.settings import Limits

__all__ = ["UNSAFE_SVG", "Drawing", "Fault", "cleaned", "data_of", "description", "is_drawing"]


def cleaned(data: bytes, name: str, limits: Limits) -> Drawing:
    """Return the drawing in *data* as every edition takes it.

    Args:
        data: an SVG file; UTF-8, or what its own first line or mark says.
        name: as messages call it.
        limits: bytes and nodes of a drawing; pixels of the pictures in it.

    Raises:
        Refused: it is no drawing, it is too large, or it cannot be made safe.

    >>> svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3" onload="x()"><g style="fill: red"/></svg>'
    >>> cleaned(svg, "a.svg", Limits()).data
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3" width="4" height="3"><g fill="red"/></svg>'
    """
    return Cleaner(name, limits).drawing(data)


def description(drawing: Drawing, source: str) -> str:
    """Return what a clean drawing says to those who cannot see it: the title in its *source*, and its words."""
    title = re.search(r"<title[^>]*>([^<]*)</title>", source)
    texts = etree.fromstring(drawing.data).iter(f"{{{SVG}}}text")
    words = [html.unescape(title[1]) if title else "", *("".join(map(str, text.itertext())) for text in texts)]
    return " ".join(" ".join(words).split())
