"""The elements, attributes and properties that a drawing may contain, and how others are treated (SVG 1.1, SVG 2)."""

from __future__ import annotations

from lxml import etree

from book.characters import NOT_XML
from book.html_names import SHAPES

XLINK = "http://www.w3.org/1999/xlink"
HREF = f"{{{XLINK}}}href"
SPACE = "{http://www.w3.org/XML/1998/namespace}space"

ELEMENTS = SHAPES | frozenset(
    "svg g defs symbol use text tspan textPath image linearGradient radialGradient stop pattern clipPath mask marker filter "
    "feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap "
    "feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feMerge feMergeNode feMorphology "
    "feOffset fePointLight feSpecularLighting feSpotLight feTile".split()
)
"""Elements of a static drawing that loads nothing (SVG 1.1 and 2)."""
NEEDED = {
    "path": frozenset({"d"}),
    "rect": frozenset({"width", "height"}),
    "circle": frozenset({"r"}),
    "polyline": frozenset({"points"}),
    "polygon": frozenset({"points"}),
}
"""Attributes without which a shape draws nothing (SVG 1.1 §8.3, §9)."""
LOUD = {
    "script": "a script",
    "handler": "a script",
    "listener": "a script",
    "iframe": "a frame",
    "embed": "a frame",
    "object": "a frame",
    "audio": "a sound",
    "video": "a film",
    "canvas": "a canvas",
    "animate": "an animation",
    "animateTransform": "an animation",
    "animateMotion": "an animation",
    "animateColor": "an animation",
    "set": "an animation",
    "discard": "an animation",
    "feImage": "a filter that loads an image",
    "feTurbulence": "a filter of noise",
}
"""Elements that are removed and reported."""
PRESENTED = frozenset(
    "alignment-baseline baseline-shift clip-path clip-rule color color-interpolation color-interpolation-filters direction "
    "display dominant-baseline fill fill-opacity fill-rule filter flood-color flood-opacity font-family font-size "
    "font-stretch font-style font-variant font-weight image-rendering letter-spacing lighting-color marker-end marker-mid "
    "marker-start mask opacity overflow shape-rendering stop-color stop-opacity stroke stroke-dasharray "
    "stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity stroke-width text-anchor "
    "text-decoration text-rendering unicode-bidi visibility word-spacing writing-mode".split()
)
"""Properties that are also attributes (SVG 1.1 §6.1, SVG 2 §6.6)."""
NUMERIC = frozenset(
    "x y x1 y1 x2 y2 cx cy r rx ry fx fy dx dy width height offset rotate textLength startOffset refX refY markerWidth "
    "markerHeight pathLength stdDeviation radius scale order k k1 k2 k3 k4 values tableValues slope intercept amplitude "
    "exponent seed baseFrequency elevation azimuth limitingConeAngle specularConstant specularExponent diffuseConstant "
    "surfaceScale pointsAtX pointsAtY pointsAtZ z kernelMatrix divisor bias targetX targetY d points transform "
    "gradientTransform patternTransform viewBox".split()
)
WORDED = frozenset(
    "id preserveAspectRatio lengthAdjust spacing method side gradientUnits spreadMethod patternUnits "
    "patternContentUnits clipPathUnits maskUnits maskContentUnits markerUnits orient filterUnits primitiveUnits in in2 "
    "result mode operator type edgeMode preserveAlpha xChannelSelector yChannelSelector".split()
)
MEASURED = frozenset("font-size stroke-width stroke-dasharray stroke-dashoffset stroke-miterlimit letter-spacing word-spacing opacity "
                     "fill-opacity stroke-opacity stop-opacity flood-opacity baseline-shift".split())  # fmt: skip
COLOURS = {
    "fill": "fill-opacity",
    "stroke": "stroke-opacity",
    "stop-color": "stop-opacity",
    "flood-color": "flood-opacity",
    "color": "",
    "lighting-color": "",
}
"""Properties that hold a colour -> the property for its opacity."""
LINKED = frozenset({"use", "image", "textPath", "linearGradient", "radialGradient", "pattern", "filter"})
"""Elements whose ``href`` has a meaning in a static drawing."""
REFERRING = frozenset({"clip-path", "mask", "filter", "fill", "stroke", "marker-start", "marker-mid", "marker-end"})
PAINTS = frozenset({"linearGradient", "radialGradient", "pattern"})
MEANT = {
    "clip-path": frozenset({"clipPath"}),
    "mask": frozenset({"mask"}),
    "filter": frozenset({"filter"}),
    "fill": PAINTS,
    "stroke": PAINTS,
    **dict.fromkeys(("marker-start", "marker-mid", "marker-end"), frozenset({"marker"})),
    "use": SHAPES | {"svg", "g", "symbol", "use", "text", "image"},
    "textPath": SHAPES,
    "linearGradient": PAINTS,
    "radialGradient": PAINTS,
    "pattern": frozenset({"pattern"}),
}
"""Allowed targets of a reference in an attribute, or of the ``href`` of an element (EPUBCheck RSC-014)."""
MARKERS = frozenset({"marker-start", "marker-mid", "marker-end"})
FOLLOWED = "color fill font-family font-size font-style font-weight".split()
"""Font properties that an HTML label may have."""
UNMEASURED = frozenset({"values", "rotate", "seed", "order", "kernelMatrix"})
"""Lists that have no effect if they are invalid."""

etree.register_namespace("xlink", XLINK)

Element = etree._Element  # noqa: SLF001 - lxml's only name for the type


def local_name(element: Element) -> str:
    """Return the local name of *element*; empty for anything that is not an element."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def writable(text: str | None) -> str | None:
    """Return *text* without characters that XML does not allow."""
    return NOT_XML.sub("", text) if text else text
