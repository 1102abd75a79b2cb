"""SVG drawings as Graphviz, Inkscape, draw.io, Mermaid and similar tools write them, cleaned so that nothing loads or runs.

A drawing is parsed by our own rules and rewritten from two allow lists, of elements and of attributes. Style sheets and
``style`` become attributes, so that every edition (a browser, an old reader, WeasyPrint) shows the same; embedded pictures are
checked like files; HTML labels become text. A removed part that readers could miss is reported; metadata and an editor's own
elements are removed silently. A drawing that cannot be made safe is refused as a whole.
"""

from __future__ import annotations

import html
import re

from lxml import etree

from book.html_names import SVG
from book.images.svg.clean import is_clean
from book.images.svg.cleaning import Cleaner, Drawing
from book.images.svg.data_address import data_of
from book.images.svg.findings import UNSAFE_SVG, Fault
from book.images.svg.reading import is_drawing
from book.settings import Limits

__all__ = ["UNSAFE_SVG", "Drawing", "Fault", "cleaned", "data_of", "description", "is_clean", "is_drawing"]


def cleaned(data: bytes, name: str, limits: Limits) -> Drawing:
    """Return the drawing in *data* in a form that every edition can use.

    Args:
        data: an SVG file in UTF-8, or in the encoding of its XML declaration or byte order mark.
        name: the name used in messages.
        limits: most bytes and nodes of a drawing, and most pixels of the pictures in it.

    Raises:
        Refused: it is not an SVG drawing, it is too large, or it cannot be made safe.

    >>> svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3" onload="x()"><g style="fill: red"/></svg>'
    >>> cleaned(svg, "a.svg", Limits()).data
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3" width="4" height="3"><g fill="red"/></svg>'
    """
    return Cleaner(name, limits).drawing(data)


def description(drawing: Drawing, source: str) -> str:
    """Return the text alternative of a clean drawing: the title of its *source*, and its words."""
    title = re.search(r"<title[^>]*>([^<]*)</title>", source)
    texts = etree.fromstring(drawing.data).iter(f"{{{SVG}}}text")
    words = [html.unescape(title[1]) if title else "", *("".join(map(str, text.itertext())) for text in texts)]
    return " ".join(" ".join(words).split())
