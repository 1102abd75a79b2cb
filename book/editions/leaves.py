"""The chapters of a handout: each with its links as QR codes, its questions, and references that can be followed on paper."""

from __future__ import annotations

import functools
import io
import math
from collections.abc import Mapping

from lxml import etree
from msgspec import Struct
from msgspec.structs import replace

from book import cache, packages, view
from book.body import AFTER, KIND, TO, Element
from book.labels import label
from book.model import Book, Chapter
from book.paged import on_paper, page_body
from book.paged.resources import SCHEME
from book.scripts import counted
from book.style.links.whatwg import spelt
from book.theme import Theme, trusted
from book.view import markup

LONGEST_CODED = 1000
"""The most bytes of an address in a QR code: with more, a phone cannot read it from paper."""


class Link(Struct, frozen=True, kw_only=True):
    """One entry of the list of links at the end of a chapter."""

    number: int
    address: str
    code: str
    """The address of the drawing of its QR code; empty if the link is too long for one."""

    shown: str
    """The address in readable form, with allowed line breaks."""

    name: str
    """The words of the first link to the address; empty if they are the address."""


class Leaf(Struct, frozen=True, kw_only=True):
    """One chapter for the template."""

    item: view.Item
    """The chapter, with links that can be followed on paper."""
    minutes: int
    description: str
    questions: tuple[str, ...]
    links: tuple[Link, ...]
    address: str
    """Address of the chapter on the book's site; empty if unknown."""
    code: str


def minutes(chapter: Chapter) -> int:
    """Return the reading time of *chapter* in whole minutes, at least 1."""
    words, letters = counted(view.text_of(chapter.body))
    return max(1, math.ceil(words / view.WORDS_A_MINUTE + letters / view.LETTERS_A_MINUTE))


def code(address: str) -> str | None:
    """Return the QR code of *address*, level M or better, as an SVG without a margin; None if a phone could not read it from paper."""
    import segno  # noqa: PLC0415 - only a handout needs it

    if len(address.encode()) > LONGEST_CODED:
        return None
    out = io.BytesIO()
    qr = segno.make_qr(address, error="m")
    qr.save(out, kind="svg", border=0, xmldecl=False, nl=False, svgclass=None, lineclass=None, omitsize=True)
    return out.getvalue().decode()


def gather(book: Book, theme: Theme) -> tuple[tuple[Leaf, ...], dict[str, tuple[bytes, str]]]:
    """Return the chapters with their links, and the QR codes by their addresses, which the cache of *theme* remembers."""
    codes: dict[str, tuple[bytes, str]] = {}
    places: dict[str, str] = {"": ""}
    about = cache.key("codes", cache.program(), packages.version("segno"), book.metadata.identifier)
    memory = cache.Bundle(theme.cache, "drawings", about)

    def code_at(address: str) -> str:
        if address not in places:
            entry = cache.key(address)
            drawing = memory.remember(entry, functools.partial(code, address), str)
            places[address] = f"{SCHEME}:codes/{entry}.svg" if drawing is not None else ""
            if drawing is not None:
                codes[places[address]] = (drawing.encode(), "image/svg+xml")
        return places[address]

    owners, titles = _owners(book), view.titles(book)
    chapters = []
    for item in view.items(book, theme):
        chapter = item.chapter
        if chapter is None:
            continue
        names = on_paper.link_names(chapter)
        numbers = {address: number for number, address in enumerate(names, 1)}
        follow = functools.partial(_on_paper, chapter=chapter, numbers=numbers, owners=owners, titles=titles)
        body = replace(chapter, body=chapter.body.changed(follow))
        leaf = Leaf(
            item=replace(item, chapter=body),
            minutes=minutes(chapter),
            description=chapter.description,
            questions=tuple(trusted(question.xhtml(follow, paper=True)) for question in chapter.questions),
            links=tuple(
                Link(
                    number=number,
                    address=address,
                    code=code_at(address),
                    shown=on_paper.breakable(spelt(address, chapter.lang)),
                    name=names[address],
                )
                for address, number in numbers.items()
            ),
            address=chapter.address,
            code=code_at(chapter.address),
        )
        chapters.append(leaf)
    memory.close()
    return tuple(chapters), codes


def _owners(book: Book) -> Mapping[str, Chapter]:
    """Return for each id of the book the chapter that contains it."""
    owners: dict[str, Chapter] = {}
    for chapter in book.spine:
        owners[chapter.slug] = chapter
        owners |= dict.fromkeys(markup.ids(chapter), chapter)
    return owners


def _on_paper(
    body: Element,
    chapter: Chapter,
    numbers: Mapping[str, int],
    owners: Mapping[str, Chapter],
    titles: Mapping[str, str],
) -> None:
    """Make the links of *body* usable on paper, by a number in the list, a page number, or the name of a chapter.

    The additions have the kind ``added``.
    """
    page_body.mark_titles(body, titles)
    for link, bracketed in [(link, on_paper.in_brackets(link)) for link in body.iter("a")]:
        if link.get(KIND) in ("noteref", "backlink"):
            continue
        address, inside = on_paper.outside(link), str(link.get("href", "")).removeprefix("#")
        if address:
            _after(link, "added link-number", f"[{numbers[address]}]")
        elif inside in owners and owners[inside].slug != chapter.slug:
            link.tag = "span"
            link.attrib.pop("href")
            if name := _name(owners[inside], chapter.lang, beside="".join(link.itertext())):
                words = label(chapter.lang, "aside", text=name)
                _after(link, "added aside", words, space=not words.startswith("（"))
        elif inside in owners and inside != chapter.slug:
            gap, before, after = on_paper.page_words(chapter.lang, bracketed=bracketed)
            added = _after(link, "added page-reference", before)
            link.tail = gap
            added.attrib.update({TO: f"#{inside}", AFTER: after})
        elif inside not in owners:
            link.tag = "span"
            link.attrib.pop("href", None)


def _after(link: Element, kind: str, text: str, *, space: bool = False) -> Element:
    """Insert an addition of *kind* directly after *link*."""
    added = etree.Element("span", {KIND: kind})
    added.text, added.tail = text, link.tail
    link.tail = " " if space else None
    parent = link.getparent()
    assert parent is not None  # noqa: S101 - a link stands in the body
    parent.insert(parent.index(link) + 1, added)
    return added


def _name(target: Chapter, language: str, *, beside: str) -> str:
    """Return how a reference names the chapter *target* in another handout; empty if the text *beside* it does already."""
    title, kicker = view.text_of(target.heading), label(language, "chapter", n=target.number) if target.number else ""
    words = beside.casefold()
    return ": ".join(name for name in (kicker, title) if name and name.casefold() not in words)
