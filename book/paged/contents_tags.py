"""The contents of a PDF as tags that screen readers know: TOC and TOCI, with one link in each entry, and leaders that are no words.

WeasyPrint 70 tags the contents as a list, each leader as words, and the title, the number and the page of an entry as links of
their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from book.paged import tags
from book.paged.tags import Element


def name_contents(pdf: Any, lists: Sequence[Element]) -> bool:
    """Change the tags of those *lists* of *pdf* that are its contents, as WeasyPrint wrote them (PDF 1.7 §14.8.4.2, Table 334).

    Returns:
        Whether there are any.
    """
    import pikepdf  # noqa: PLC0415 - slow to import

    contents = [(element, entries) for element in lists if (entries := _entries(element))]
    decoration: list[Element] = []
    surplus: dict[tuple[int, int], None] = {}
    for element, entries in contents:
        element.S = pikepdf.Name.TOC
        element.K = pikepdf.Array([items[0] for items in entries])
        for items in entries:
            _settle_entry(items, decoration, surplus)
    if contents:
        tags.turn_into_artifacts(pdf, decoration)
        _remove_annotations(pdf, surplus)
    return bool(contents)


def _entries(element: Element) -> list[list[Element]]:
    """Return the entries of a list of the contents, each as its items: one for each line. Empty if it is another list.

    Each entry is a link with a page behind its words, and maybe a list. All lines of an entry lead to one place.
    """
    entries: list[list[Element]] = []
    last = None
    for item in tags.kids(element):
        inside = _inside(item)
        links = [kid for kid in inside if _role(kid) == "/Link"]
        if not links and entries:
            entries[-1].append(item)  # a dot alone on a line
            continue
        if not links or any(_role(kid) not in {"/Link", "/L", "/NonStruct", "/TOC"} for kid in inside):
            return []
        annotations = [_annotation(next(iter(tags.kids(link)), None)) for link in links]
        if any(annotation is None or not _is_internal(annotation) for annotation in annotations):
            return []
        place = _destination(annotations[0])
        if place != last:
            entries.append([])
        last = place
        entries[-1].append(item)
    return entries if all(any(map(_names_page, items)) for items in entries) else []


def _names_page(item: Element) -> bool:
    """Return whether the last link of *item* has another one in it: the page behind its words."""
    links = [kid for kid in _inside(item) if _role(kid) == "/Link"]
    return any(_role(kid) == "/Link" for link in links[-1:] for kid in tags.kids(link))


def _inside(item: Element) -> list[Element]:
    """Return what the body of an item of a list holds; nothing if it has none."""
    bodies = tags.kids(item) if _role(item) == "/LI" else []
    return tags.kids(bodies[0]) if len(bodies) == 1 and _role(bodies[0]) == "/LBody" else []


def _settle_entry(items: list[Element], decoration: list[Element], surplus: dict[tuple[int, int], None]) -> None:
    """Make one entry with one link of *items*, and gather what is to be removed: dots and leaders, and other annotations."""
    import pikepdf  # noqa: PLC0415 - as above

    entry, body = items[0], tags.kids(items[0])[0]
    inside = [kid for item in items for kid in _inside(item)]
    decoration += [item for item in items if not any(_role(kid) == "/Link" for kid in _inside(item))]
    entry.S, body.S = pikepdf.Name.TOCI, pikepdf.Name.Reference
    lists = [kid for kid in inside if _role(kid) in {"/L", "/TOC"}]
    links = [kid for kid in inside if _role(kid) == "/Link"]
    # What stands behind the link leads to the next entry.
    dots = [kid for kid in inside if _role(kid) == "/NonStruct"]
    # A leader is what stands before the number in the page of an entry: a box in a box.
    pages = [kid for link in links for kid in tags.kids(link) if _role(kid) == "/Link"]
    decoration += [*dots, *(kid for page in pages for kid in tags.kids(page) if _role(kid) == "/Link")]
    body.K = pikepdf.Array([links[0], *dots])
    entry.K = pikepdf.Array([body, *lists])
    for kid in lists:
        kid.P = entry
    for kid in dots:
        kid.P = body
    for kid in links[1:]:
        kid.P = links[0]
    links[0].K = pikepdf.Array([*tags.kids(links[0]), *links[1:]])
    _settle_link(links[0], surplus)


def _is_internal(annotation: Any) -> bool:
    return "/Dest" in annotation or str((annotation.get("/A") or {}).get("/S", "")) == "/GoTo"


def _destination(annotation: Any) -> str:
    """Return where an internal link leads, as a text that can be compared."""
    place = annotation["/Dest"] if "/Dest" in annotation else annotation["/A"].get("/D")
    return str(place)


def _settle_link(link: Element, surplus: dict[tuple[int, int], None]) -> None:
    """Leave one annotation in *link*, which covers all of it, and gather the others."""
    import pikepdf  # noqa: PLC0415 - as above

    first, *rest = tags.kids(link)
    own = _annotation(first)
    quads = [_quad(own)]
    for element in _below(rest):
        if _role(element) == "/Link":
            element.S = pikepdf.Name.Span
        inside = []
        for kid in tags.kids(element):
            other = _annotation(kid)
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
    kids = [kid for kid in rest if _annotation(kid) is None]
    for kid in rest:
        if (other := _annotation(kid)) is not None:
            surplus[other.objgen] = None
    link.K = pikepdf.Array([first, *kids])


def _below(items: list[Any]) -> Iterator[Element]:
    """Yield the elements among *items* and in them."""
    for item in items:
        if _role(item):
            yield item
            yield from _below(tags.kids(item))


def _role(item: Any) -> str:
    return str(item.get("/S", "")) if hasattr(item, "get") else ""


def _annotation(item: Any) -> Any:
    """Return the annotation to which *item* refers; None if it is no reference to one."""
    return item.get("/Obj") if hasattr(item, "get") and str(item.get("/Type", "")) == "/OBJR" else None


def _quad(annotation: Any) -> list[float]:
    """Return the corners of an annotation, in the order that readers expect: upper left, upper right, lower left, lower right."""
    left, bottom, right, top = (float(side) for side in annotation.Rect)
    left, right, bottom, top = min(left, right), max(left, right), min(bottom, top), max(bottom, top)
    return [left, top, right, top, left, bottom, right, bottom]


def _remove_annotations(pdf: Any, surplus: dict[tuple[int, int], None]) -> None:
    """Remove annotations from their pages; the parent tree keeps their entries, because it is counted."""
    import pikepdf  # noqa: PLC0415 - as above

    for page in pdf.pages:
        annotations = list(page.obj.get("/Annots", ()))
        others = [annotation for annotation in annotations if annotation.objgen not in surplus]
        if len(others) < len(annotations):
            page.obj.Annots = pikepdf.Array(others)
