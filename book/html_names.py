"""Names of HTML elements by kind, and of the other vocabularies in a page."""

from __future__ import annotations

XHTML = "http://www.w3.org/1999/xhtml"
EPUB = "http://www.idpf.org/2007/ops"
SVG = "http://www.w3.org/2000/svg"
MATH = "http://www.w3.org/1998/Math/MathML"
EPUB_TYPE = f"{{{EPUB}}}type"

SHAPES = frozenset("path rect circle ellipse line polyline polygon".split())
"""The shapes of a drawing (SVG 2 §10)."""

VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
"""Elements without an end tag (HTML §13.1.2)."""
HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
INLINE = frozenset(
    "a abbr b bdi bdo cite code data del dfn em i ins kbd mark q s samp small span strong sub sup time u var".split()
)
"""Inline elements that contain text."""
