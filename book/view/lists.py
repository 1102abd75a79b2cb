"""The contents, and the lists of figures and tables, for the templates of every format: one line for each entry, ready to print."""

from __future__ import annotations

import re
from collections.abc import Callable

from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from book.body import Element, kinds
from book.edition import Edition
from book.model import Book, Chapter, Part, walk
from book.patterns import regex
from book.theme import trusted
from book.view import counts_sections_of, numbers_above, text_of

INDEX_SHEET = "index"
"""The style sheet of a book with an index."""
DIGITS = 2.0
"""The least room for numbers in the contents, in digits."""
OWN_NUMBER = regex(r"^(\d+(?:\.\d+)*[.):]?|[A-Z]{1,5}[.)]) ")
"""A number that the author wrote before the title of a section, which stays on one line with its first word: "3. ", "2.1 ", "IV. "."""


def sheets(book: Book, edition: Edition) -> tuple[str, ...]:
    """Return the style sheets of an *edition* of *book*: one without an index does not carry that for one."""
    return (*edition.sheets, *((INDEX_SHEET,) if book.indexes else ()))


class Line(Struct, frozen=True, kw_only=True):
    """One line of the contents."""

    kind: str
    """``part``, ``chapter`` or ``section``."""
    depth: int = 0
    """Indentation: depth of a part below other parts, or of a chapter below other chapters."""
    level: int = 0
    """Number of parts and chapters above it."""
    number: str = ""
    digits: float = DIGITS
    """Room for the numbers of all lines with its depth, in digits: a dot takes half the room of a digit."""
    heading: Markup
    label: str
    href: str
    sections: tuple[Line, ...] = ()
    counts_sections: bool = False
    """As in :class:`book.view.Item`."""
    matter: str = "body"
    """``front``, ``body`` or ``back``: front matter has roman folios in print."""


def contents(book: Book, href: Callable[[str], str]) -> tuple[Line, ...]:
    """Return the lines of the contents; *href* turns an id into an address for the format."""

    def line(chapter: Chapter, matter: str = "body", parts: int = 0) -> Line:
        sections = tuple(
            Line(
                kind="section",
                heading=trusted(OWN_NUMBER.sub("\\1\u00a0", section.heading.xhtml())),
                label=text_of(section.heading),
                href=href(section.identifier),
            )
            for section in chapter.sections
            if section.level == 2
        )
        return Line(
            kind="chapter",
            depth=min(3, max(0, parts - 1) + chapter.depth),
            level=parts + chapter.depth,
            number=chapter.number or "",
            heading=trusted(chapter.entry.xhtml()),
            label=text_of(chapter.entry),
            href=href(chapter.slug),
            counts_sections=counts_sections_of(chapter, counted),
            sections=sections,
            matter=matter,
        )

    counted = numbers_above(book)
    lines = [line(chapter, "front") for chapter in book.front]
    for node, parts in walk(book.main):
        if isinstance(node, Part):
            if node.opening is not None:
                continue
            lines.append(
                Line(
                    kind="part",
                    depth=min(3, len(parts)),
                    level=len(parts),
                    heading=trusted(node.title.heading.xhtml()),
                    label=text_of(node.title.heading),
                    href=href(node.slug),
                )
            )
        elif parts and parts[-1].opening is node:
            lines.append(replace(line(node, parts=len(parts) - 1), kind="part", depth=min(3, len(parts) - 1)))
        else:
            lines.append(line(node, parts=len(parts)))
    lines.extend(line(chapter, "back") for chapter in book.back)
    digits: dict[int, float] = {}
    for entry in lines:
        digits[entry.depth] = max(digits.get(entry.depth, DIGITS), _digits(entry.number))
    return tuple(replace(entry, digits=digits[entry.depth]) for entry in lines)


def _digits(number: str) -> float:
    """Return the room that *number* takes, in digits.

    >>> _digits("12"), _digits("5.2.1")
    (2.0, 4.0)
    """
    return sum(1.0 if sign.isalnum() else 0.5 for sign in number)


class Plates(Struct, frozen=True, kw_only=True):
    """The list of figures or the list of tables."""

    kind: str
    """``figures`` or ``tables``: name of its label."""
    role: str
    """Its term in the EPUB structural vocabulary."""
    lines: tuple[Line, ...]


CAPTIONS = (("figures", "loi", "//figure[@id]", "figcaption"), ("tables", "lot", "//table[@id]", "caption"))
"""What can be listed: name, role, its element, and the element of its caption."""
FEWEST = 3
"""Fewest captions that make a list."""


def plates(book: Book, href: Callable[[str], str]) -> tuple[Plates, ...]:
    """Return the lists of figures and tables with captions, each with at least :data:`FEWEST` lines; *href* as for :func:`contents`."""
    matters = {chapter.slug: "front" for chapter in book.front} | {chapter.slug: "back" for chapter in book.back}
    lines: dict[str, list[Line]] = {}
    for chapter in book.spine:
        for kind, _, path, caption in CAPTIONS:
            if not chapter.body.holds(caption):
                continue
            for plate in chapter.body.root.xpath(path):
                words = " ".join(
                    "".join(plate.xpath(f"{caption}//text()[not(ancestor::a[@role='doc-noteref'])]")).split()
                )
                if words:
                    number, rest = _numbered(words, plate)
                    line = Line(
                        kind="plate",
                        number=number,
                        heading=Markup.escape(rest),
                        label=words,
                        href=href(plate.get("id")),
                        matter=matters.get(chapter.slug, "body"),
                    )
                    lines.setdefault(kind, []).append(line)
    return tuple(
        Plates(kind=kind, role=role, lines=tuple(lines[kind]))
        for kind, role, _, _ in CAPTIONS
        if len(lines.get(kind, ())) >= FEWEST
    )


def _numbered(words: str, plate: Element) -> tuple[str, str]:
    """Return the number of *plate* without its label, as the heading of the list says it already, and the rest of the *words* of its caption."""
    for part in plate.iter("span"):
        name = " ".join("".join(part.itertext()).split())
        digits = re.search(r"[\d.]*\d", name)
        if "caption-number" in kinds(part) and digits and words.startswith(name):
            return digits[0], words.removeprefix(name).strip()
    return "", words
