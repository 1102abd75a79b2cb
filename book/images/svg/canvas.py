"""A drawing as a whole: size, view box, background and default colour."""

from __future__ import annotations

import re

from lxml import etree

from book.html_names import SVG
from book.images.svg.findings import Findings
from book.images.svg.style_sheets import Styles, matches
from book.images.svg.values import NUMBER, is_sound, to_colour, to_pixels
from book.images.svg.vocabulary import Element

DEFAULT = (300.0, 150.0)
"""CSS 2.2 §10.3.2."""


def measure(source: Element, root: Element, findings: Findings) -> tuple[int, int]:
    """Give *root* its size in CSS pixels and a view box; return the size."""
    view_box = source.get("viewBox")
    numbers = [float(text) for text in re.findall(NUMBER, view_box or "")] if view_box and is_sound(view_box) else []
    box = numbers if len(numbers) == 4 and numbers[2] > 0 and numbers[3] > 0 else []
    if view_box is not None and not box and view_box.strip():
        findings.odd("viewBox", view_box)
    sides = []
    for key in ("width", "height"):
        value = source.get(key, "").strip()
        side = to_pixels(value)
        if value and side is None and not value.endswith("%") and value.lower() != "auto":
            findings.odd(key, value)
        sides.append(side)
    width, height = sides
    if width is None and height is None:
        width, height = (box[2], box[3]) if box else DEFAULT
    elif width is None:
        width = (height or 1.0) * box[2] / box[3] if box else DEFAULT[0]
    elif height is None:
        height = width * box[3] / box[2] if box else DEFAULT[1]
    wide, high = (max(1, min(100_000, round(side or 1.0))) for side in (width, height))
    if not box:
        box = [0.0, 0.0, float(width or wide), float(height or high)]
    root.set("viewBox", " ".join(f"{number:.10g}" for number in box))
    for key in ("width", "height", "x", "y"):
        root.attrib.pop(key, None)
    root.set("width", str(wide))
    root.set("height", str(high))
    return wide, high


def draw_ground(source: Element, root: Element, styles: Styles) -> None:
    """Draw the background that a style gives the whole drawing; EPUB and PDF pages would ignore it."""
    colour = ""
    for rule in styles.rules:
        if matches(rule.parts, source):
            colour = next((value for key, value, _ in rule.declarations if key == "background"), colour)
    colour = next((value for key, value, _ in styles.own(source) if key == "background"), colour)
    painted = to_colour(colour) or next(filter(None, map(to_colour, colour.split())), None)
    if painted is None or painted[1] == 0 or painted[0] in ("none", "transparent", "inherit", "initial", "unset"):
        return
    left, top, width, height = root.get("viewBox", "").split()
    paper = etree.Element(f"{{{SVG}}}rect", {"x": left, "y": top, "width": width, "height": height, "fill": painted[0]})
    paper.set("stroke", "none")
    root.insert(0, paper)


def pin_ink(root: Element) -> None:
    """Set ``currentColor`` to black unless the drawing sets it, so that it does not depend on the page."""
    colour = root.attrib.pop("color", None)
    if colour is None and any(_asks_for_ink(element) for element in root.iter()):
        colour = "#000000"
    if colour:
        root.set("color", colour)  # last, so that cleaning a clean drawing changes nothing


def _asks_for_ink(element: Element) -> bool:
    """Return whether a paint of *element* is ``currentColor`` or falls back to it."""
    paints = (value for key, value in element.attrib.items() if key != "id")
    return any(str(value).lower().split()[-1:] == ["currentcolor"] for value in paints)
