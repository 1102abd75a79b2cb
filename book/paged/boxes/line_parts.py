"""The boxes in a line: what a paragraph consists of before it is broken into lines, and what the layout made of each part of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from book.paged.boxes import lines
from book.paged.boxes.tree import Box

SIDES: Final = ("top", "right", "bottom", "left")
MADE: Final = frozenset(
    {
        *(f"{kind}_{side}" for kind in ("margin", "padding") for side in SIDES),
        *(f"border_{side}_width" for side in SIDES),
        *(f"{bound}{size}" for size in ("width", "height") for bound in ("", "min_", "max_")),
        *("position_x", "position_y", "baseline", "text_indent", "style", "text", "pango_layout"),
        *("justification_spacing", "remove_decoration_sides", "children"),
        *("measured", "paragraph", "space", "narrowest", "source"),
    }
)
"""The attributes of a box that the layout of a line writes; the others say what it is in its document."""


@dataclass(slots=True)
class Parts:
    """What a paragraph consists of."""

    boxes: list[Box]
    """The line that is not broken yet, and all boxes in it."""
    content: list[tuple[Any, ...]]
    """What is in it. Styles are known by their identity."""
    styles: list[Any]
    alone: bool = True
    """Whether it has nothing but text, in its place."""


@dataclass(slots=True)
class Piece:
    """A box of a line, as it was set."""

    kind: Any
    number: int
    """The number of the box that it is a part of, among those of its paragraph."""
    made: dict[str, Any]
    """Its attributes, but for its children and for those that say what it is in its document."""
    above: float
    """How far it is below the base line of the line, in pixels: negative above it."""
    children: list[Piece] | None
    """What is in it; None if it is text."""


def parts(line: Box, names: Sequence[str]) -> Parts:
    """Return what a *line* that is not broken yet consists of.

    Args:
        line: the line.
        names: the attributes of its paragraph that count.
    """
    about = lines.attributes(line)
    own = id(line.style), line.element_tag, *(about.get(name) for name in names)
    result = Parts([line], [own], [line.style])
    _read(line, result)
    return result


def _read(parent: Box, result: Parts) -> None:
    for box in parent.children:
        kind = type(box).__name__
        if kind == "InlineBox":
            if box.is_leader or box.style["position"] != "static":
                result.alone = False
                return
            more: tuple[Any, ...] = (len(box.children), box.trailing_collapsible_space)
        elif kind == "TextBox":
            more = (box.text, box.leading_collapsible_space, box.trailing_collapsible_space)
        else:
            result.alone = False
            return
        result.content.append((id(box.style), box.element_tag, *more))
        result.boxes.append(box)
        result.styles.append(box.style)
        if kind == "InlineBox":
            _read(box, result)


def room(line: Box, container: Box) -> tuple[Any, ...]:
    """Return where the next line of a paragraph begins, and how wide it may be."""
    return line.text_indent, container.content_box_x(), container.width, container.style["direction"]


def heights(line: Box) -> Mapping[int, float]:
    """Return the height on the page of all boxes of a *line* by their identity, in pixels."""
    return {id(box): box.position_y for box in line.descendants()}


def piece(box: Box, boxes: Sequence[Box], stood: Mapping[int, float]) -> Piece | None:
    """Return a *box* of a line as it was set; None if something in it was set in an unknown way.

    Args:
        box: a line, or a box in it.
        boxes: those of its paragraph.
        stood: the heights of the boxes of the line, from its base line on.
    """
    own, number = vars(box), getattr(box, "part", None)
    if number is None or id(box) not in stood:
        return None
    source = vars(boxes[number])
    if any(name not in MADE and source.get(name, own) is not value for name, value in own.items()):
        return None
    children: list[Piece] | None = None
    if type(box).__name__ != "TextBox":
        children = []
        for child in box.children:
            if (inner := piece(child, boxes, stood)) is None:
                return None
            children.append(inner)
    made = {name: value for name, value in own.items() if name in MADE and name != "children"}
    return Piece(type(box), number, made, stood[id(box)], children)
