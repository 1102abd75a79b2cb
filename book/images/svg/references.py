"""References between the parts of a drawing: none of a wrong kind, no cycles, no unlimited expansion."""

from __future__ import annotations

import re

from lxml import etree

from book.images.rasters import Refused
from book.images.svg.findings import UNSAFE_SVG, Findings
from book.images.svg.vocabulary import COLOURS, HREF, MARKERS, MEANT, REFERRING, Element, local_name
from book.patterns import regex

URL = regex(r"url\(\s*['\"]?\s*#([^)'\"]+?)\s*['\"]?\s*\)", re.I)


def unfolding(name: str, limit: int) -> Refused:
    """Return the refusal of a drawing that expands without limit."""
    message = f"{name!r} unfolds to more than {limit} nodes, or uses itself"
    return Refused(UNSAFE_SVG, message, "simplify the drawing, or raise limits.svg_nodes in handbound.toml")


def drop_senseless(root: Element) -> None:
    """Remove references to elements of the wrong kind: a use of a clip path, a fill with a mask."""
    kinds = {str(element.get("id")): local_name(element) for element in root.iter() if element.get("id")}
    for element in list(root.iter()):
        link = element.get(HREF, "")
        if link.startswith("#") and kinds.get(link[1:]) not in MEANT.get(local_name(element), ()):
            del element.attrib[HREF]
            parent = element.getparent()
            if local_name(element) == "use" and parent is not None and not element.tail:
                parent.remove(element)
        for key in REFERRING.intersection(map(str, element.attrib)):
            names = URL.findall(element.get(key, ""))
            if any(kinds.get(name) not in MEANT[key] for name in names):
                if key in COLOURS:
                    element.set(key, "none")
                else:
                    del element.attrib[key]


def untangle(root: Element, findings: Findings, limit: int) -> None:
    """Remove cyclic references; refuse a drawing that expands to too many nodes.

    Everything that is drawn once per reference counts that often: uses, patterns, masks, markers, clip paths.
    """
    by_id = {element.get("id"): element for element in root.iter(etree.Element) if element.get("id")}
    sizes: dict[Element, int] = {}
    open_: set[Element] = set()

    def below(element: Element) -> list[tuple[str, Element, int]]:
        edges: list[tuple[str, Element, int]] = [("", child, 1) for child in element]
        link = element.get(HREF, "")
        if link.startswith("#"):
            target = by_id.get(link[1:])
            if target is None and local_name(element) == "use":
                return edges
            if target is not None:
                edges.append((HREF, target, 1))
        for key in REFERRING:
            value = element.get(key, "")
            for name in URL.findall(value) if "url(" in value else ():
                target = by_id.get(name)
                if target is not None:
                    times = 1 + len(re.findall(r"[A-Za-z ,]+", element.get("d", "") or element.get("points", "")))
                    edges.append((key, target, times if key in MARKERS else 1))
        return edges

    stack: list[tuple[Element, bool]] = [(root, False)]
    while stack:
        element, finished = stack.pop()
        if finished:
            open_.discard(element)
            total = 1 + sum(sizes.get(child, 1) * times for _, child, times in below(element))
            sizes[element] = min(limit + 1, total)
            continue
        if element in open_ or element in sizes:
            continue
        open_.add(element)
        stack.append((element, True))
        for key, child, _ in below(element):
            if child in open_:
                if key:
                    del element.attrib[key]
                    findings.drop("a reference that leads back to itself")
            elif child not in sizes:
                stack.append((child, False))
    if sizes[root] > limit:
        raise unfolding(findings.name, limit)
