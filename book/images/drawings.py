"""SVG drawings inlined in a page, so that their text uses the page's fonts and follows its rules.

A drawing comes from the author, so it must not affect the rest of the page: only listed elements and attributes are allowed,
its ids get a prefix, and a drawing that contains anything else stays an image.
"""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

import tinycss2
import tinycss2.color4
from lxml import etree

from book.html_names import SVG
from book.images import rasters
from book.images.svg import vocabulary
from book.notation import count
from book.patterns import regex

XLINK = "{http://www.w3.org/1999/xlink}href"
SILENT = frozenset({"title", "desc", "metadata"})
"""Elements that a browser would show as a tooltip; the alternative text of the image replaces them."""
TAGS = (vocabulary.ELEMENTS | {"title", "desc"}) - {"image"}
"""Elements that are allowed. Dark mode inverts inline drawings, so a drawing that contains a photograph stays an image."""
ATTRIBUTES = (vocabulary.NUMERIC | vocabulary.WORDED | vocabulary.PRESENTED) | frozenset(
    "id href viewbox clip-path clip-rule mask marker-start marker-mid marker-end markerWidth markerHeight markerUnits refX refY orient "
    "stroke-miterlimit stroke-dashoffset letter-spacing word-spacing clipPathUnits maskUnits maskContentUnits patternUnits "
    "patternContentUnits patternTransform spreadMethod fx fy textLength lengthAdjust vector-effect paint-order "
    "alignment-baseline baseline-shift text-decoration visibility display overflow".split()
)
DROPPED = frozenset({"version", "role", "class", "baseProfile", "focusable"})
"""Attributes that an inline drawing does not need."""
MARKERS = {
    "ink": "#1f1a17",
    "muted": "#5f5954",
    "accent": "#8f3414",
    "tint": "#ece8e4",
    "rule": "#b5afa9",
    "paper": "#ffffff",
}
"""The colours that stand for those of the theme, by the role of these: a drawing that uses them looks right in every theme."""
HAIRY = 3.0
"""The width of a line, in units of a drawing, from which it need not be made heavier to be seen in black and white."""
HEAVIER = 1.5
_OWN_NAME = regex(r"url\(\s*['\"]?#([^)'\"]+)['\"]?\s*\)")


def inlined(data: bytes, prefix: str) -> etree._Element | None:
    """Return the drawing *data* as an ``svg`` element for a page, or None when it must stay an image.

    Args:
        data: an SVG file that :mod:`book.assemble.illustrate` has accepted.
        prefix: put before every id in it, so that two drawings in a page never share one.

    >>> drawing = inlined(b'<svg xmlns="http://www.w3.org/2000/svg"><g id="a"/><use href="#a"/></svg>', "d1-")
    >>> etree.tostring(drawing).decode()
    '<svg xmlns="http://www.w3.org/2000/svg" aria-hidden="true" focusable="false"><g id="d1-a"/><use href="#d1-a"/></svg>'
    >>> inlined(b'<svg xmlns="http://www.w3.org/2000/svg"><style>p { color: red }</style></svg>', "d1-") is None
    True
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    root = etree.fromstring(data, parser)
    strange = {str(element.tag) for element in root.iter(etree.Element) if not _is_drawn(element)}
    if root.tag in strange:
        return None
    etree.strip_elements(root, *strange, with_tail=False)
    for element in root.iter(etree.Element):
        if etree.QName(element).localname not in TAGS or not _dressed(element, prefix):
            return None
    root.set("aria-hidden", "true")
    root.set("focusable", "false")
    etree.cleanup_namespaces(root)
    return root


def _is_drawn(element: etree._Element) -> bool:
    """Return whether *element* is an SVG element that a page may contain."""
    tag = etree.QName(element)
    return tag.localname not in SILENT and tag.namespace in {SVG, None}


def _dressed(element: etree._Element, prefix: str) -> bool:
    """Prefix the ids of *element* and remove what a page does not need; return False if it cannot be inlined."""
    for key, value in list(element.attrib.items()):
        name = "href" if key == XLINK else str(key)
        if name in DROPPED or name.startswith(("{", "data-", "aria-")):
            del element.attrib[key]
            continue
        if name not in ATTRIBUTES or (name == "href" and not value.startswith("#")):
            return False
        del element.attrib[key]
        if name == "id":
            value = f"{prefix}{value}"  # noqa: PLW2901 - the same value, renamed
        elif name == "href":
            value = f"#{prefix}{value[1:]}"  # noqa: PLW2901 - the same
        else:
            value = _OWN_NAME.sub(rf"url(#{prefix}\1)", value)  # noqa: PLW2901 - the same
        element.set(name, value)
    return True


def text(drawing: etree._Element) -> str:
    """Return the text that *drawing* shows."""
    return "".join(str(piece) for piece in drawing.itertext())


@functools.lru_cache(maxsize=1_000)
def letters(data: bytes) -> frozenset[str]:
    """Return the letters that the drawing *data* shows; all of those in it, if it hides some.

    >>> sorted(letters(b'<svg xmlns="http://www.w3.org/2000/svg"><title>no</title><text>a<tspan>b</tspan></text></svg>'))
    ['a', 'b']
    """
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    etree.strip_elements(root, etree.Comment, *(f"{{{SVG}}}{name}" for name in (*SILENT, "style")), with_tail=False)
    return frozenset(text(root))


def typed(drawing: etree._Element) -> Iterator[tuple[str, int, str]]:
    """Yield family, weight and style of each text in *drawing*, as far as its attributes give them.

    >>> svg = b'<svg xmlns="http://www.w3.org/2000/svg"><text font-family="A, serif" font-weight="700">x</text></svg>'
    >>> list(typed(inlined(svg, "")))
    [('A', 700, 'normal')]
    """
    for element in drawing.iter(f"{{{SVG}}}text", f"{{{SVG}}}tspan"):
        properties = {
            name: next((str(above.get(name)) for above in (element, *element.iterancestors()) if above.get(name)), "")
            for name in ("font-family", "font-weight", "font-style")
        }
        weight = {"bold": "700", "normal": "400", "": "400"}.get(properties["font-weight"], properties["font-weight"])
        family = properties["font-family"].split(",")[0].strip(" '\"")
        yield family, count(weight) or 400, properties["font-style"] or "normal"


def smallest_letters(drawing: etree._Element) -> float:
    """Return the smallest size of letters in *drawing*, in units of its coordinates, as far as attributes give it; 0 if it has none.

    Transformations are not counted.

    >>> svg = b'<svg xmlns="http://www.w3.org/2000/svg" font-size="20"><text>a</text><text font-size="12.5px">b</text></svg>'
    >>> smallest_letters(inlined(svg, ""))
    12.5
    """
    sizes: list[float] = []
    for element in drawing.iter(f"{{{SVG}}}text", f"{{{SVG}}}tspan"):
        if not (element.text or "").strip():
            continue
        size = next(
            (str(above.get("font-size")) for above in (element, *element.iterancestors()) if above.get("font-size")),
            "16",
        )
        try:
            sizes.append(float(size.removesuffix("px")))
        except ValueError:  # in another unit
            continue
    return min((size for size in sizes if size > 0), default=0.0)


def smallest_shares(data: bytes) -> tuple[float, float]:
    """Return the size of the smallest letters in the SVG *data*, as shares of its width and its height; zeros if it is unknown.

    >>> smallest_shares(b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 240"><text font-size="12">a</text></svg>')
    (0.025, 0.05)
    """
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    try:
        _, _, width, height = map(float, str(root.get("viewBox", "")).replace(",", " ").split())
    except ValueError:
        return 0.0, 0.0
    letters = smallest_letters(root)
    return (letters / width, letters / height) if width > 0 and height > 0 else (0.0, 0.0)


_MARKED = regex("(?:{})(?![0-9a-f])".format("|".join(MARKERS.values())), re.IGNORECASE)


def recoloured(data: bytes, colours: Mapping[str, str], *, heavier: bool = False) -> bytes:
    """Return an SVG with the *colours* of a theme in place of :data:`MARKERS`.

    White is the paper only in a drawing that also uses another one of them.

    Args:
        data: an SVG file.
        colours: the colour of each role.
        heavier: make what is drawn in the accent heavier, so that it can be told from the rest without colours.

    >>> svg = b'<svg><path fill="#8F3414" stroke="#fff"/><g style="fill:#1f1a17"/></svg>'
    >>> recoloured(svg, {"ink": "#000", "accent": "#00f"})
    b'<svg><path fill="#00f" stroke="#fff"/><g style="fill:#000"/></svg>'
    >>> recoloured(b'<svg><text fill="#8f3414">a</text></svg>', {"accent": "#000"}, heavier=True)
    b'<svg><text fill="#000" font-weight="700">a</text></svg>'
    """
    return _recoloured(data, tuple(colours.items()), heavier)


@functools.lru_cache(maxsize=256)
def _recoloured(data: bytes, table: tuple[tuple[str, str], ...], heavier: bool) -> bytes:
    colours, roles = dict(table), {marker: role for role, marker in MARKERS.items()}
    used = {marker.lower() for marker in _MARKED.findall(data.decode("utf-8", "replace"))}
    if not used - {MARKERS["paper"]}:
        return data
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.fromstring(data, parser)

    def replaced(text: str) -> str:
        return _MARKED.sub(lambda match: colours.get(roles[match[0].lower()], match[0]), text)

    for element in root.iter(etree.Element):
        if heavier:
            _strengthen(element)
        for key, value in element.attrib.items():
            if key in vocabulary.COLOURS or key == "style":
                element.set(key, replaced(str(value)))
        if etree.QName(element).localname == "style" and element.text:
            element.text = replaced(element.text)
    return etree.tostring(root)


def _strengthen(element: etree._Element) -> None:
    """Make *element* heavier if it is drawn in the accent."""
    accent = MARKERS["accent"]
    is_text = etree.QName(element).localname in {"text", "tspan"} and not element.get("font-weight")
    if is_text and str(element.get("fill", "")).lower() == accent:
        element.set("font-weight", "700")
    if str(element.get("stroke", "")).lower() == accent:
        widths = (above.get("stroke-width") for above in (element, *element.iterancestors()))
        try:
            width = float(next((str(width).removesuffix("px") for width in widths if width), "1"))
        except ValueError:  # in another unit
            return
        if 0 < width < HAIRY:
            element.set("stroke-width", f"{width * HEAVIER:g}")


def greyed(data: bytes) -> bytes:
    """Return an SVG with each colour replaced by the grey of the same lightness, for printing with black ink only.

    Colours are replaced only where SVG has them: in attributes, in declarations of ``style`` and of style sheets, and in
    embedded pictures.

    >>> greyed(b'<svg><path id="add" fill="#8f3414" stroke="hsl(0 100% 50%)"/><use href="#add" style="fill: red"/></svg>')
    b'<svg><path id="add" fill="#4c4c4c" stroke="#4c4c4c"/><use href="#add" style="fill:#4c4c4c"/></svg>'
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.fromstring(data, parser)
    for element in root.iter(etree.Element):
        for key, value in element.attrib.items():
            if key in vocabulary.COLOURS:
                element.set(key, _grey(value))
            elif key == "style":
                element.set(key, _grey_declarations(value))
            elif key in (XLINK, "href") and value.startswith("data:image/"):
                element.set(key, _grey_picture(value))
        if etree.QName(element).localname == "style" and element.text:
            element.text = _grey_sheet(element.text)
    return etree.tostring(root)


def _grey(value: str) -> str:
    """Return a colour as a grey; return any other value unchanged."""
    colour = tinycss2.color4.parse_color(value)
    if colour is None or colour == "currentcolor":
        return value
    try:
        red, green, blue = (max(0.0, min(1.0, float(channel))) for channel in colour.to("srgb").coordinates)
    except (ValueError, TypeError, NotImplementedError):
        return value
    light = round(255 * (0.3 * red + 0.59 * green + 0.11 * blue))
    alpha = "" if colour.alpha >= 1 else f"{round(255 * max(0.0, colour.alpha)):02x}"
    return f"#{light:02x}{light:02x}{light:02x}{alpha}"


def _grey_declarations(style: Any) -> str:
    declarations = []
    for declaration in tinycss2.parse_blocks_contents(style, skip_comments=True, skip_whitespace=True):
        if declaration.type == "declaration":
            value = tinycss2.serialize(declaration.value).strip()
            grey = (
                _grey(value)
                if declaration.lower_name in (*vocabulary.COLOURS, "background", "background-color")
                else value
            )
            declarations.append(f"{declaration.name}:{grey}{' !important' if declaration.important else ''}")
    return ";".join(declarations)


def _grey_sheet(text: str) -> str:
    rules = []
    for rule in tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True):
        if rule.type == "qualified-rule":
            rules.append(f"{tinycss2.serialize(rule.prelude)}{{{_grey_declarations(rule.content)}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports") and rule.content is not None:
            inner = _grey_sheet(tinycss2.serialize(rule.content))
            rules.append(f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inner}}}")
        elif rule.type == "at-rule":
            rules.append(rule.serialize())
    return "".join(rules)


def _grey_picture(address: str) -> str:
    """Return a picture embedded in a drawing, in greys."""
    head, _, body = address.partition(",")
    kind = head.removeprefix("data:").partition(";")[0]
    data = base64.b64decode(body)
    grey = greyed(data) if kind == "image/svg+xml" else rasters.greyed(data, kind)
    return f"{head},{base64.b64encode(grey).decode('ascii')}"
