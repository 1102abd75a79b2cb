"""Links of a PDF as screen readers know them: each is one element with one annotation, which covers all of it.

WeasyPrint 70 gives every box in a link an annotation of its own, and lets the element of that box own it, although only a Link may
(PDF/UA-1 §7.18.5).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from book.paged import tags
from book.paged.tags import Element

Surplus = dict[tuple[int, int], None]
"""Annotations that are to be removed, by their object numbers."""


def settle_links(pdf: Any, links: Sequence[Element]) -> None:
    """Leave one annotation in each of the *links* of *pdf*, in reading order, that have others below them."""
    surplus: Surplus = {}
    for link in links:
        own, *rest = tags.kids(link) or [None]
        # What was a link in another one is none any more.
        if role(link) == "/Link" and annotation(own) is not None and any(map(_is_split, _below(rest))):
            settle_link(link, surplus)
    remove_annotations(pdf, surplus)


def _is_split(element: Element) -> bool:
    return any(annotation(kid) is not None for kid in tags.kids(element))


def settle_link(link: Element, surplus: Surplus) -> None:
    """Leave one annotation in *link*, which covers all of it, and add the others to *surplus*."""
    import pikepdf  # noqa: PLC0415 - slow to import

    first, *rest = tags.kids(link)
    own = annotation(first)
    quads = [_quad(own)]
    for element in _below(rest):
        if role(element) == "/Link":
            element.S = pikepdf.Name.Span
        inside = []
        for kid in tags.kids(element):
            other = annotation(kid)
            if other is None:
                inside.append(kid)
                continue
            surplus[other.objgen] = None
            if other.get("/P") == own.get("/P"):
                quads.append(_quad(other))
        element.K = pikepdf.Array(inside)
    xs, ys = [x for quad in quads for x in quad[::2]], [y for quad in quads for y in quad[1::2]]
    own.Rect = pikepdf.Array([min(xs), min(ys), max(xs), max(ys)])
    if len(quads) > 1:
        own.QuadPoints = pikepdf.Array([point for quad in quads for point in quad])
    kids = [kid for kid in rest if annotation(kid) is None]
    for kid in rest:
        if (other := annotation(kid)) is not None:
            surplus[other.objgen] = None
    link.K = pikepdf.Array([first, *kids])


def _below(items: list[Any]) -> Iterator[Element]:
    """Yield the elements among *items* and in them."""
    for item in items:
        if role(item):
            yield item
            yield from _below(tags.kids(item))


def role(item: Any) -> str:
    """Return the tag of *item*; empty if it is no element."""
    return str(item.get("/S", "")) if hasattr(item, "get") else ""


def annotation(item: Any) -> Any:
    """Return the annotation to which *item* refers; None if it is no reference to one."""
    return item.get("/Obj") if hasattr(item, "get") and str(item.get("/Type", "")) == "/OBJR" else None


def _quad(own: Any) -> list[float]:
    """Return the corners of the annotation *own*, in the order that readers expect: upper left, upper right, lower left, lower right."""
    left, bottom, right, top = (float(side) for side in own.Rect)
    left, right, bottom, top = min(left, right), max(left, right), min(bottom, top), max(bottom, top)
    return [left, top, right, top, left, bottom, right, bottom]


def remove_annotations(pdf: Any, surplus: Surplus) -> None:
    """Remove annotations from their pages; the parent tree keeps their entries, because it is counted."""
    import pikepdf  # noqa: PLC0415 - as above

    if not surplus:
        return
    for page in pdf.pages:
        annotations = list(page.obj.get("/Annots", ()))
        others = [link for link in annotations if link.objgen not in surplus]
        if len(others) < len(annotations):
            page.obj.Annots = pikepdf.Array(others)
