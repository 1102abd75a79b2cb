"""Where a block of a chapter stands while a page is filled, and what the grid of lines gives it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from book.body import HEADINGS
from book.paged.boxes import tree
from book.paged.boxes.tree import Box

TEXT = frozenset({"p", "ul", "ol", "dl", "blockquote"})
"""Elements whose lines are on the grid where they begin."""


class Place(NamedTuple):
    """How a block of a chapter stands on the grid; lengths in pixels."""

    step: float = 0.0
    """The distance of the lines of the grid; 0 without one."""
    above: float = 0.0
    """The space that the grid puts above it."""
    below: float = 0.0
    """The space that the grid puts below it."""


def place(box: Box) -> Place:
    """Return how *box* stands on the grid, as :mod:`book.paged.box_changes` noted it."""
    return getattr(box, "grid", Place())


def top(box: Box) -> float | None:
    """Return where the text of the page begins, in pixels, if *box* is the outermost of its text; else None."""
    return float(box.content_box_y()) if box.is_for_root_element else None


def in_chapter(parent: Box) -> bool:
    """Return whether blocks in *parent* are those of a chapter."""
    return bool(tree.chapter_of(parent))


def value(box: Box, name: str) -> Sequence[Any]:
    """Return the tokens of the custom property with the *name*, such as ``--hb-grid``, in the style of *box*."""
    return box.style[name.replace("-", "_")] or ()


def is_paragraph(box: Box) -> bool:
    """Return whether *box* is a paragraph: a high letter in it makes no space between it and the next one."""
    return bool(box.element_tag == "p")


def is_empty(box: Box) -> bool:
    """Return whether *box* has no height."""
    return not box.border_height()


def space_below(box: Box) -> float:
    """Return the margin below *box*, if it is a heading: its text begins there; else 0."""
    return float(box.margin_bottom) if box.element_tag in HEADINGS else 0.0


def share_above(box: Box) -> float:
    """Return which share of the space that the grid adds belongs above *box*: all for a heading, none for text, half for others."""
    return 1.0 if box.element_tag in HEADINGS else 0.0 if box.element_tag in TEXT else 0.5
