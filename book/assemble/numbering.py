"""Numbers of figures and tables with captions: "Figure 1.1" in the caption, and in links whose words are "Figure"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from lxml import etree
from msgspec.structs import replace

from book.body import KIND, Element, mark
from book.labels import label
from book.markdown.nodes import BY_NUMBER
from book.model import Book, Chapter
from book.patterns import regex

KINDS = (("figure", "figcaption"), ("table", "caption"))
"""What has a number: its element and name of its label, and the element of its caption."""
CAPTIONS = tuple(caption for _, caption in KINDS)
NUMBER = "added caption-number"
_LETTER = regex(r"\s*\(([a-z])\)\s")
ENGLISH = {"figure": ("figure", "fig."), "table": ("table", "tab.")}
"""Words that name a figure or a table in any book: dialects use them for references."""


def numbered(book: Book, *, by_chapter: bool) -> Book:
    """Return *book* with numbers in its captions and in references to them.

    A caption that an author has numbered keeps its number, and so do captions in chapters without a number.

    Args:
        book: with resolved links.
        by_chapter: whether chapters are numbered; otherwise the numbers go through the book. They do, too, if no chapter of the
            book has a number, but links ask for those of figures or tables.
    """
    by_chapter = by_chapter and not _asks_through(book)
    numbers: dict[str, tuple[str, str]] = {}
    counts: Counter[str] = Counter()

    def count(chapter: Chapter) -> Chapter:
        if by_chapter:
            counts.clear()
        if (by_chapter and not chapter.number) or not chapter.body.holds(*CAPTIONS):
            return chapter
        head = f"{chapter.number}." if by_chapter else ""
        return replace(
            chapter, body=chapter.body.changed(lambda body: _number(body, chapter.lang, head, counts, numbers))
        )

    book = book.map_chapters(count)
    return book.map_chapters(lambda chapter: _referred(chapter, numbers)) if numbers else book


def _captions(body: Element) -> list[tuple[str, Element, Element]]:
    """Return the kind, the element and the caption of everything in *body* that has a caption."""
    captions = []
    for kind, tag in KINDS:
        for element in body.iter(kind):
            caption = next(element.iter(tag), None)
            if caption is not None and "".join(caption.itertext()).strip():
                captions.append((kind, element, caption))
    return captions


def _number(body: Element, language: str, head: str, counts: Counter[str], numbers: dict[str, tuple[str, str]]) -> None:
    """Number the captions of *body*, and enter the numbers under the ids inside their elements."""
    for kind, element, caption in _captions(body):
        own = "|".join(re.escape(word) for word in _words(kind, language))
        if re.match(rf"\s*(?:{own})\s*\d", "".join(caption.itertext()), re.IGNORECASE):
            continue
        counts[kind] += 1
        number = f"{head}{counts[kind]}"
        added = etree.Element("span", {KIND: NUMBER})
        added.text, added.tail = label(language, kind, n=number), f" {caption.text or ''}"
        caption.text = None
        caption.insert(0, added)
        numbers |= {
            str(name): (kind, f"{number}{_letter(holder)}")
            for holder in _holders(element)
            if (name := holder.get("id"))
        }


def _letter(part: Element) -> str:
    """Return the letter of a *part* of a figure, "b" if its words begin with "(b)"; empty for anything else."""
    letter = (
        _LETTER.match("".join(map(str, part.itertext())))
        if part.tag == "div" and part.find(".//img") is not None
        else None
    )
    return letter[1] if letter else ""


def _holders(element: Element) -> Iterator[Element]:
    """Yield *element*, what is inside it, the boxes around it that hold nothing else, and anchors alone above it: links lead to any of them."""
    yield from element.iter(etree.Element)
    last, box = element, element.getparent()
    while box is not None and box.tag == "div" and len(box) == 1 and box.getparent() is not None:
        yield box
        last, box = box, box.getparent()
    above = last.getprevious()
    if above is not None and above.tag == "p" and not "".join(map(str, above.itertext())).strip() and len(above) == 1:
        yield from above.iter("span")


def _words(kind: str, language: str) -> set[str]:
    """Return the words that name a *kind* in *language*, in lower case."""
    return {label(language, kind, n="").strip().casefold(), *ENGLISH[kind]}


def _referred(chapter: Chapter, numbers: Mapping[str, tuple[str, str]]) -> Chapter:
    """Return *chapter* with the number of its target in each link whose only word is "Figure" or "Table", or that asks for it by its class."""
    if not any(address[1:] in numbers for address in chapter.body.facts.addresses):
        return chapter
    words = {kind: _words(kind, chapter.lang) for kind in ENGLISH}

    def number(link: Element) -> str:
        kind, known = numbers.get(str(link.get("href", ""))[1:], ("", ""))
        text = " ".join("".join(map(str, link.itertext())).split()).casefold()
        return known if kind and not link.get(KIND) and (_asks(link) or text in words[kind]) else ""

    targets = [number(link) for link in chapter.body.root.iter("a")]

    def refer(body: Element) -> None:
        for link, own in zip(list(body.iter("a")), targets, strict=True):
            if own:
                mark(link, "numbered")  # it is not divided
                words_before = _called(link, words, numbers, chapter.lang) if _asks(link) else ""
                added = etree.SubElement(link, "span", {KIND: "added"})
                added.text = f"{words_before}\u00a0{own}" if words_before or not _asks(link) else own

    return replace(chapter, body=chapter.body.changed(refer)) if any(targets) else chapter


def _asks_through(book: Book) -> bool:
    """Return whether no chapter of *book* has a number, and a link asks for that of a figure or a table."""
    if any(chapter.number for chapter in book.spine):
        return False
    # Spelled bodies are remembered: only those with such a link need their trees.
    bodies = (chapter.body for chapter in book.spine if BY_NUMBER in chapter.body.spell())
    return any(_asks(link) for body in bodies for link in body.root.iter("a"))


def _asks(link: Element) -> bool:
    """Return whether the words of a *link* shall become the number of its target."""
    return BY_NUMBER in (link.get("class") or "").split()


def _called(link: Element, words: Mapping[str, set[str]], numbers: Mapping[str, tuple[str, str]], language: str) -> str:
    """Take the words out of a *link*; return the word for the kind of its target, empty if it stands before the link already."""
    kind, _ = numbers[str(link.get("href"))[1:]]
    link.text = None
    for child in list(link):
        link.remove(child)
    above, parent = link.getprevious(), link.getparent()
    before = (above.tail if above is not None else parent.text if parent is not None else "") or ""
    last = before.split()[-1].strip("([").casefold() if before.strip() and before[-1].isspace() else ""
    if last not in words[kind]:
        return label(language, kind, n="").strip()
    spaced = f"{before.rstrip()}\u00a0"
    if above is not None:
        above.tail = spaced
    elif parent is not None:
        parent.text = spaced
    return ""
