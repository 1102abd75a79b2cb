"""The body of a chapter as HTML, with what readers without a mouse and readers of right-to-left text need."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from book.assemble import compose
from book.labels import label
from book.model import Chapter
from book.scripts import direction


def turn_code(body: compose.Element, language: str) -> None:
    """Say of the code in a chapter that is written from right to left that it is written from left to right."""
    if direction(language) == "rtl":
        for element in body.iter("pre", "code", "kbd", "samp"):
            element.set("dir", "ltr")


def html_body(chapter: Chapter, *, image: Callable[[str], str], shift: int = 0) -> str:
    """Return the chapter's body as HTML (empty elements without a slash, no EPUB attributes).

    Args:
        chapter: composed, references resolved.
        image: gives the address of an asset by its name.
        shift: how many levels the headings sink.
    """
    body = compose.restore(chapter.body)
    turn_code(body, chapter.lang)
    for element in body.iter(etree.Element):
        element.attrib.pop(compose.EPUB_TYPE, None)
        if element.tag == "img" and element.get("src"):
            element.set("src", image(str(element.get("src"))))
            if not element.get("alt"):
                element.attrib.pop("role", None)  # an empty alt says that it is decoration (HTML 4.8.4.4)
        elif shift and element.tag in compose.HEADINGS:
            element.tag = f"h{min(6, int(str(element.tag)[1]) + shift)}"
    etree.cleanup_namespaces(body)
    # lxml does not know that HTML 13.1.2 gives wbr no end tag.
    text = _in_double_quotes(body).replace("</wbr>", "")
    return text[text.index(">") + 1 : text.rindex("<")]


def _in_double_quotes(body: etree._Element) -> str:
    """Return *body* as HTML, every attribute in double quotes: lxml would put one that holds such a mark in single ones."""
    marked = [
        (element, name)
        for element in body.iter(etree.Element)
        for name in element.attrib
        if '"' in element.attrib[name]
    ]
    if not marked:
        return etree.tostring(body, encoding="unicode", method="html")
    written = etree.tostring(body, encoding="unicode")
    stand_in = next((mark for mark in map(chr, range(0xFDD0, 0xFDF0)) if mark not in written), "\ufdd0")
    for element, name in marked:
        element.set(name, element.attrib[name].replace('"', stand_in))
    return etree.tostring(body, encoding="unicode", method="html").replace(stand_in, "&quot;")


def name_tables(body: etree._Element, language: str, before: int = 0) -> int:
    """Make a region of every box round a table, with a name: it scrolls where there is no room, and keys must reach it.

    Args:
        body: a chapter's.
        language: of the name.
        before: how many tables were named before.

    Returns:
        How many are named now.
    """
    for box in body.iter("div"):
        if "table" not in (box.get("class") or "").split():
            continue
        before += 1
        caption = box.find("table/caption")
        said = "" if caption is None else " ".join("".join(map(str, caption.itertext())).split())
        name_region(box, label(language, "table", n=before) + (f": {said}" if said else ""))
    return before


def name_region(box: etree._Element, name: str) -> None:
    """Make a region called *name* of *box*, and let the keyboard come to it (WCAG 2.1.1)."""
    box.set("tabindex", "0")
    box.set("role", "region")
    box.set("aria-label", name)
