"""The contents of a PDF as tags that screen readers know: TOC and TOCI, with one link in each entry, and leaders that are no words.

WeasyPrint 70 tags the contents as a list, each leader as words, and the title, the number and the page of an entry as links of
their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from book.paged import link_tags, tags
from book.paged.link_tags import Surplus, annotation, role
from book.paged.tags import Element


def name_contents(pdf: Any, lists: Sequence[Element]) -> bool:
    """Change the tags of those *lists* of *pdf* that are its contents, as WeasyPrint wrote them (PDF 1.7 §14.8.4.2, Table 334).

    Returns:
        Whether there are any.
    """
    import pikepdf  # noqa: PLC0415 - slow to import

    contents = [(element, entries) for element in lists if (entries := _entries(element))]
    decoration: list[Element] = []
    surplus: Surplus = {}
    for element, entries in contents:
        element.S = pikepdf.Name.TOC
        element.K = pikepdf.Array([items[0] for items in entries])
        for items in entries:
            _settle_entry(items, decoration, surplus)
    if contents:
        tags.turn_into_artifacts(pdf, decoration)
        link_tags.remove_annotations(pdf, surplus)
    return bool(contents)


def _entries(element: Element) -> list[list[Element]]:
    """Return the entries of a list of the contents, each as its items: one for each line. Empty if it is another list.

    Each entry is a link, in the contents with a page behind its words unless a theme gives that of a part none, and maybe a list. All
    lines of an entry lead to one place.
    """
    entries: list[list[Element]] = []
    last = None
    for item in tags.kids(element):
        inside = _inside(item)
        links = [kid for kid in inside if role(kid) == "/Link"]
        if not links and entries:
            entries[-1].append(item)  # a dot alone on a line
            continue
        if not links or any(role(kid) not in {"/Link", "/L", "/NonStruct", "/TOC"} for kid in inside):
            return []
        annotations = [annotation(next(iter(tags.kids(link)), None)) for link in links]
        if any(own is None or not _is_internal(own) for own in annotations):
            return []
        place = _destination(annotations[0])
        if place != last:
            entries.append([])
        last = place
        entries[-1].append(item)
    return entries if any(map(_names_page, chain.from_iterable(entries))) else []


def _names_page(item: Element) -> bool:
    """Return whether the last link of *item* has another one in it: the page behind its words."""
    links = [kid for kid in _inside(item) if role(kid) == "/Link"]
    return any(role(kid) == "/Link" for link in links[-1:] for kid in tags.kids(link))


def _inside(item: Element) -> list[Element]:
    """Return what the body of an item of a list holds; nothing if it has none."""
    bodies = tags.kids(item) if role(item) == "/LI" else []
    return tags.kids(bodies[0]) if len(bodies) == 1 and role(bodies[0]) == "/LBody" else []


def _settle_entry(items: list[Element], decoration: list[Element], surplus: Surplus) -> None:
    """Make one entry with one link of *items*, and gather what is to be removed: dots and leaders, and other annotations."""
    import pikepdf  # noqa: PLC0415 - as above

    entry, body = items[0], tags.kids(items[0])[0]
    inside = [kid for item in items for kid in _inside(item)]
    decoration += [item for item in items if not any(role(kid) == "/Link" for kid in _inside(item))]
    entry.S, body.S = pikepdf.Name.TOCI, pikepdf.Name.Reference
    lists = [kid for kid in inside if role(kid) in {"/L", "/TOC"}]
    links = [kid for kid in inside if role(kid) == "/Link"]
    # What stands behind the link leads to the next entry.
    dots = [kid for kid in inside if role(kid) == "/NonStruct"]
    # A leader is what stands before the number in the page of an entry: a box in a box.
    pages = [kid for link in links for kid in tags.kids(link) if role(kid) == "/Link"]
    decoration += [*dots, *(kid for page in pages for kid in tags.kids(page) if role(kid) == "/Link")]
    body.K = pikepdf.Array([links[0], *dots])
    entry.K = pikepdf.Array([body, *lists])
    for kid in lists:
        kid.P = entry
    for kid in dots:
        kid.P = body
    for kid in links[1:]:
        kid.P = links[0]
    links[0].K = pikepdf.Array([*tags.kids(links[0]), *links[1:]])
    link_tags.settle_link(links[0], surplus)


def _is_internal(own: Any) -> bool:
    return "/Dest" in own or str((own.get("/A") or {}).get("/S", "")) == "/GoTo"


def _destination(own: Any) -> str:
    """Return where the annotation of an internal link leads, as a text that can be compared."""
    place = own["/Dest"] if "/Dest" in own else own["/A"].get("/D")
    return str(place)
