"""The body of a chapter as HTML, with additions for keyboard users and for right-to-left text."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lxml import etree

from book.body import HEADINGS, Change, Element, kinds
from book.labels import label
from book.model import Chapter
from book.scripts import direction


def turn_code(body: Element, language: str) -> None:
    """Mark the code in a right-to-left chapter as left-to-right."""
    if direction(language) == "rtl":
        for element in body.iter("pre", "code", "kbd", "samp"):
            element.set("dir", "ltr")


def ids(chapter: Chapter) -> Iterator[str]:
    """Yield the ids in *chapter*, including those of the note calls after its title."""
    yield from chapter.body.ids()
    yield from chapter.title_calls.ids()


def html_body(
    chapter: Chapter, *changes: Change, image: Callable[[str], str], shift: int = 0, paper: bool = False
) -> str:
    """Return the chapter's body as HTML.

    Args:
        chapter: after composition, with references resolved.
        changes: changes that the edition makes to the body first.
        image: returns the address of an asset for its name.
        shift: number of levels by which headings are lowered.
        paper: see :meth:`book.body.Body.html`.
    """

    def fit(body: Element) -> None:
        turn_code(body, chapter.lang)
        for element in body.iter(etree.Element):
            if element.tag == "img" and element.get("src"):
                element.set("src", image(str(element.get("src"))))
                if not element.get("alt"):
                    element.attrib.pop("role", None)  # an empty alt marks an image as decorative (HTML 4.8.4.4)
            elif shift and element.tag in HEADINGS:
                element.tag = f"h{min(6, int(str(element.tag)[1]) + shift)}"

    return chapter.body.html(*changes, fit, paper=paper)


def name_tables(body: Element, language: str, before: int = 0) -> int:
    """Make every box around a table a named region: it may scroll, and the keyboard must reach it.

    Args:
        body: the body of a chapter.
        language: language of the name.
        before: number of tables named before.

    Returns:
        The number of tables named so far.
    """
    for box in body.iter("div"):
        if "table" not in kinds(box):
            continue
        before += 1
        caption = box.find("table/caption")
        caption_text = "" if caption is None else " ".join("".join(map(str, caption.itertext())).split())
        name_region(box, label(language, "table", n=before) + (f": {caption_text}" if caption_text else ""))
    return before


def name_region(box: Element, name: str) -> None:
    """Make *box* a region called *name* that the keyboard can reach (WCAG 2.1.1)."""
    box.set("tabindex", "0")
    box.set("role", "region")
    box.set("aria-label", name)
