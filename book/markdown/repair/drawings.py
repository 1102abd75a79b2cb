"""Drawings in a chapter: no HTML in them, and no attribute that SVG does not have."""

from __future__ import annotations

import html

from book.markdown import content_model as model
from book.markdown.repair.boxes import PIECES, Box, Things, blank, says

NOT_DRAWN = (model.FLOW | PIECES | {"li", "dt", "dd", "figcaption", "summary"}) - {"a", "svg"}
"""Elements of HTML that no drawing holds: they are taken out of it."""


def fit_drawing(box: Box) -> tuple[Box, Things]:
    """Return a drawing without HTML in it, and what followed the first HTML: HTML, and the words of the drawing.

    A browser too ends a drawing where HTML begins (HTML §13.2.6.5).
    """
    after: Things = []

    def clean(box: Box, tag: str) -> Box:
        pairs = {
            name: value for name, value in box.pairs.items() if _of_drawing(tag, name.lower(), html.unescape(value))
        }
        held = model.SVG_HELD.get(tag, model.SVG_BOXED)
        inside: Things = []
        for thing in box.inside:
            if after:
                after.extend(_worded(thing, seen=tag in model.SVG_DRAWN))
                continue
            if isinstance(thing, str):
                inside += [thing] if tag in model.SVG_WORDS or blank(thing) else []
                continue
            inner = thing.tag.lower()
            if inner == "a" and tag in model.SVG_DRAWN:  # a drawing in a line of text leads nowhere
                inner = "tspan"
                thing = Box(inner, {}, thing.inside)  # noqa: PLW2901
            if inner == "a" or inner in NOT_DRAWN:
                after.append(thing)
            elif inner in held and model.SVG_NEEDED.get(inner, frozenset()) <= {name.lower() for name in thing.pairs}:
                inside.append(clean(thing, inner))
            elif says(words := _worded(thing, seen=False)):
                after.extend(words)
        return Box(box.tag, pairs, inside)

    return clean(box, "svg"), after


def gap(after: Things) -> Things:
    """Return the space that parts *after*, what stood in a drawing, from what follows the drawing."""
    return [" "] if after else []


def _worded(thing: Box | str, *, seen: bool) -> Things:
    """Return what is to be read in *thing*, a piece of a drawing: HTML, and the words that the drawing would show."""
    if isinstance(thing, str):
        return [thing] if seen else []
    tag = thing.tag.lower()
    if tag == "a" or tag in NOT_DRAWN:
        return [thing]
    drawn = tag in model.SVG_DRAWN
    return [" ", *(word for inner in thing.inside for word in _worded(inner, seen=drawn)), " "]


def _of_drawing(tag: str, name: str, value: str) -> bool:
    """Say whether *tag* of a drawing may have the attribute *name* with *value*."""
    if name in model.SVG_ATTRIBUTES.get(tag, frozenset()):
        return model.fits(name, value, model.SVG_FORMS.get(name, "any"))
    return name in model.SVG_LOOKS and model.fits(name, value, model.SVG_LOOKS[name])
