"""The table of SVG for drawings in a chapter: elements, their content and their attributes (SVG 1.1 §5 to §16)."""

from __future__ import annotations

from collections.abc import Mapping

from book.html_names import SHAPES

# Names in lower case, as HTML reads them.
_PLACED, _BOX = "x y", "x y width height"
SVG_ATTRIBUTES: Mapping[str, frozenset[str]] = {
    name: frozenset(listed.split())
    for name, listed in {
        "svg": f"{_BOX} viewbox preserveaspectratio",
        "g": "transform",
        "defs": "transform",
        "symbol": "viewbox preserveaspectratio",
        "marker": "viewbox preserveaspectratio",
        "clippath": "transform",
        "mask": _BOX,
        "pattern": f"{_BOX} viewbox preserveaspectratio",
        "path": "d transform",
        "rect": f"{_BOX} rx ry transform",
        "circle": "cx cy r transform",
        "ellipse": "cx cy rx ry transform",
        "line": "x1 y1 x2 y2 transform",
        "polyline": "points transform",
        "polygon": "points transform",
        "text": f"{_PLACED} dx dy transform",
        "tspan": f"{_PLACED} dx dy",
        "lineargradient": "x1 y1 x2 y2 gradientunits gradienttransform",
        "radialgradient": "cx cy r gradientunits gradienttransform",
        "stop": "offset",
        "title": "",
        "desc": "",
    }.items()
}
"""Elements of a drawing and their own attributes, beside :data:`SVG_LOOKS`."""
SVG_NEEDED: Mapping[str, frozenset[str]] = {
    "path": frozenset({"d"}),
    "rect": frozenset({"width", "height"}),
    "circle": frozenset({"r"}),
    "ellipse": frozenset({"rx", "ry"}),
    "polyline": frozenset({"points"}),
    "polygon": frozenset({"points"}),
    "stop": frozenset({"offset"}),
}
"""Attributes without which an element of a drawing draws nothing."""
_FRACTION = r"\s*[-+]?(?:\d+(?:\.\d*)?|\.\d+)\s*"
SVG_LOOKS: Mapping[str, str] = {
    **dict.fromkeys("fill stroke stroke-width stroke-dasharray font-size font-family stop-color".split(), "filled"),
    **dict.fromkeys("opacity fill-opacity stroke-opacity stop-opacity".split(), _FRACTION),
    "stroke-linecap": "butt|round|square|inherit",
    "stroke-linejoin": "miter|round|bevel|inherit",
    "fill-rule": "nonzero|evenodd|inherit",
    "font-style": "normal|italic|oblique|inherit",
    "font-weight": "normal|bold|bolder|lighter|[1-9]00|inherit",
    "text-anchor": "start|middle|end|inherit",
    "dominant-baseline": "auto|use-script|no-change|reset-size|ideographic|alphabetic|hanging|mathematical|central|middle"
    "|text-after-edge|text-before-edge|inherit",
    "id": "token",
    "class": "tokens",
}
"""Attributes of all elements of a drawing, with the form of their values."""
SVG_FORMS: Mapping[str, str] = {
    "preserveaspectratio": r"\s*(?:none|x(?:Min|Mid|Max)Y(?:Min|Mid|Max))(?:\s+(?:meet|slice))?\s*",
    "gradientunits": "userSpaceOnUse|objectBoundingBox",
}
SVG_WORDS = frozenset({"text", "tspan", "title", "desc"})
"""Elements of a drawing that may contain text."""
SVG_DRAWN = frozenset({"text", "tspan"})
"""Elements of a drawing whose text is visible."""
SVG_HELD: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(SHAPES, frozenset({"title", "desc"})),
    "text": frozenset({"tspan", "title", "desc"}),
    "tspan": frozenset({"tspan", "title", "desc"}),
    **dict.fromkeys(("lineargradient", "radialgradient"), frozenset({"stop", "title", "desc"})),
    **dict.fromkeys(("stop", "title", "desc"), frozenset()),
    "clippath": SHAPES | {"text", "title", "desc"},
}
"""The children of some elements of a drawing; all other elements may contain shapes, text and groups."""
SVG_BOXED = frozenset(SVG_ATTRIBUTES) - {"tspan", "stop"}
