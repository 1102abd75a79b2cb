"""Repairs drawings in a chapter: removes HTML from them, and attributes that SVG does not have."""

from __future__ import annotations

import html

from book.markdown import content_model as model
from book.markdown import html_table, svg_table
from book.markdown.repair.boxes import PIECES, Box, Nodes, blank, says

NOT_DRAWN = (html_table.FLOW | PIECES | {"li", "dt", "dd", "figcaption", "summary"}) - {"a", "svg"}
"""HTML elements that are moved out of drawings."""


def fit_drawing(box: Box) -> tuple[Box, Nodes]:
    """Return a drawing without HTML in it, and everything from the first HTML on: HTML, and the words of the drawing.

    A browser also ends a drawing where HTML begins (HTML §13.2.6.5).
    """
    after: Nodes = []

    def clean(box: Box, tag: str) -> Box:
        pairs = {
            name: value for name, value in box.pairs.items() if _of_drawing(tag, name.lower(), html.unescape(value))
        }
        allowed = svg_table.SVG_HELD.get(tag, svg_table.SVG_BOXED)
        inside: Nodes = []
        for node in box.inside:
            if after:
                after.extend(_worded(node, visible=tag in svg_table.SVG_DRAWN))
                continue
            if isinstance(node, str):
                inside += [node] if tag in svg_table.SVG_WORDS or blank(node) else []
                continue
            inner = node.tag.lower()
            if inner == "a" and tag in svg_table.SVG_DRAWN:  # a drawing inside a line is not a link
                inner = "tspan"
                node = Box(inner, {}, node.inside)  # noqa: PLW2901
            if inner == "a" or inner in NOT_DRAWN:
                after.append(node)
            elif inner in allowed and svg_table.SVG_NEEDED.get(inner, frozenset()) <= {
                name.lower() for name in node.pairs
            }:
                inside.append(clean(node, inner))
            elif says(words := _worded(node, visible=False)):
                after.extend(words)
        return Box(box.tag, pairs, inside)

    return clean(box, "svg"), after


def gap(after: Nodes) -> Nodes:
    """Return the space that separates *after*, which was inside a drawing, from what follows the drawing."""
    return [" "] if after else []


def _worded(node: Box | str, *, visible: bool) -> Nodes:
    """Return the readable content of *node*, a part of a drawing: its HTML, and the text that the drawing would show."""
    if isinstance(node, str):
        return [node] if visible else []
    tag = node.tag.lower()
    if tag == "a" or tag in NOT_DRAWN:
        return [node]
    is_shown = tag in svg_table.SVG_DRAWN
    return [" ", *(word for inner in node.inside for word in _worded(inner, visible=is_shown)), " "]


def _of_drawing(tag: str, name: str, value: str) -> bool:
    """Return whether *tag*, an element of a drawing, may have the attribute *name* with *value*."""
    if name in svg_table.SVG_ATTRIBUTES.get(tag, frozenset()):
        return model.fits(name, value, svg_table.SVG_FORMS.get(name, "any"))
    return name in svg_table.SVG_LOOKS and model.fits(name, value, svg_table.SVG_LOOKS[name])
