"""The page map: which letter begins page n, read from the laid-out PDF; and the marks that say so in the other editions.

A place in a chapter is counted in letters (letters and digits of its body, in reading order): hyphens that the layout put in,
spaces and marks do not count, so the count is the same in every edition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from book import markup
from book.labels import label


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Where one page begins."""

    label: str
    """What stands on it as its folio: ``37``, ``iv``."""
    chapter: str = ""
    """Name of the chapter whose text comes first on the page; empty for a page without any."""
    letters: int = 0
    """How many letters of that chapter's body stand on earlier pages."""


PageMap = tuple[Page, ...]


def read(pages: Iterable[Any], labels: Iterable[str]) -> PageMap:
    """Return the map of laid-out *pages*.

    Args:
        pages: of WeasyPrint's document; a private attribute of theirs is read, so the version is pinned.
        labels: the folio of each page.
    """
    seen: dict[str, int] = {}
    heads: set[int] = set()
    result = []
    for page, folio in zip(pages, labels, strict=True):
        first: Page | None = None
        for chapter, letters in _texts(page._page_box, heads):  # noqa: SLF001 - the laid-out boxes have no public name
            if first is None and letters:
                first = Page(label=folio, chapter=chapter, letters=seen.get(chapter, 0))
            seen[chapter] = seen.get(chapter, 0) + letters
        result.append(first or Page(label=folio))
    return tuple(result)


def count(text: str) -> int:
    """Return the number of letters and digits of *text*.

    >>> count("A page, 12.")
    7
    """
    return sum(map(str.isalnum, text))


def _texts(page: Any, heads: set[int]) -> Iterator[tuple[str, int]]:
    """Yield chapter and number of letters for each piece of text of a chapter's body on a page, in order.

    *heads* remembers the heads of tables that were met: one that is printed again on the next page is no text.
    """
    stack: list[tuple[Any, str]] = [(page, "")]
    while stack:
        box, chapter = stack.pop()
        element = getattr(box, "element", None)
        tag = str(getattr(box, "element_tag", "") or "")
        kind = type(box).__name__
        # Margin boxes, bullets and what CSS puts in are no text of the chapter.
        if kind == "MarginBox" or "::" in tag:
            continue
        if getattr(box, "is_header", False):
            if id(element) in heads:
                continue
            heads.add(id(element))
        if element is not None:
            classes = (element.get("class") or "").split()
            if "chapter" in classes:
                chapter = element.get("id", "")
            elif "opener" in classes:
                chapter = ""
        if chapter and kind == "TextBox":
            yield chapter, count(box.text)
        stack.extend((child, chapter) for child in reversed(getattr(box, "children", ())))


def mark(body: str, pages: Iterable[Page], language: str, *, epub: bool) -> str:
    """Return a chapter's *body* with a mark before the letter that begins each of its *pages*.

    Args:
        body: XHTML as :func:`book.markup.spell` gives it.
        pages: those of this chapter, in order.
        language: for the words a screen reader says.
        epub: whether the marks carry ``epub:type``.
    """
    waiting = list(pages)
    if not waiting:
        return body
    root = markup.restore(body)
    seen = 0
    for element, where in list(_pieces(root)):
        text = (element.text if where == "text" else element.tail) or ""
        inside = count(text)
        cuts: list[tuple[int, Page]] = []
        while waiting and waiting[0].letters < seen + inside:
            page = waiting.pop(0)
            cuts.append((_letter(text, page.letters - seen), page))
        seen += inside
        if cuts:
            _cut(element, where, text, cuts, language, epub=epub)
    return markup.spell(root)


def _pieces(root: markup.Element) -> Iterator[tuple[markup.Element, str]]:
    """Yield every piece of text in reading order, as its element and ``text`` or ``tail``."""
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start" and element.text:
            yield element, "text"
        elif event == "end" and element is not root and element.tail:
            yield element, "tail"


def _letter(text: str, wanted: int) -> int:
    """Return the index of the letter before which *wanted* letters stand."""
    found = -1
    for index, letter in enumerate(text):
        if letter.isalnum():
            found += 1
            if found == wanted:
                return index
    return len(text)


def _cut(
    element: markup.Element, where: str, text: str, cuts: list[tuple[int, Page]], language: str, *, epub: bool
) -> None:
    """Put the marks of *cuts* into one piece of text."""
    ends = [at for at, _ in cuts[1:]] + [len(text)]
    before = text[: cuts[0][0]]
    marks = []
    for (at, page), end in zip(cuts, ends, strict=True):
        span = etree.Element("span", {"class": "page-mark", "id": f"page-{page.label}", "role": "doc-pagebreak"})
        span.set("aria-label", label(language, "page", n=page.label))
        if epub:
            span.set(markup.EPUB_TYPE, "pagebreak")
        span.tail = text[at:end]
        marks.append(span)
    if where == "text":
        element.text = before
        for number, span in enumerate(marks):
            element.insert(number, span)
    else:
        element.tail = before
        parent = element.getparent()
        if parent is not None:
            index = parent.index(element)
            for number, span in enumerate(marks, 1):
                parent.insert(index + number, span)


def by_chapter(pages: PageMap) -> Mapping[str, tuple[Page, ...]]:
    """Return the pages whose first text is of a chapter, by the chapter's name."""
    found: dict[str, list[Page]] = {}
    for page in pages:
        if page.chapter:
            found.setdefault(page.chapter, []).append(page)
    return {name: tuple(those) for name, those in found.items()}
