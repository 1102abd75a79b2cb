"""What a chapter needs on paper, where nobody can click: page numbers beside its own links, numbers for the addresses it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from book.labels import labels
from book.markup import HEADINGS, Element
from book.model import Book, Chapter
from book.theme import Theme

NOT_SENT = frozenset({"doc-noteref", "doc-backlink"})
"""Roles of links that need no help: a note stands at the end of its chapter."""
QUIET = frozenset({*HEADINGS, "pre", "figcaption"})
"""Elements in which nothing is put."""
LETTERED = {"a": "lower-alpha", "A": "upper-alpha", "i": "lower-roman", "I": "upper-roman"}
"""The ``type`` of a list in HTML 4.4.5, in the words of CSS; digits are what a list has anyway."""
WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)
BREAK = "\u200b"
POINTS = {"mm": 72 / 25.4, "cm": 72 / 2.54, "in": 72.0, "pt": 1.0, "px": 0.75}
"""Points of a unit of length."""
UNCUT = 500
LETTER = 0.5
"""Width of a letter over the size of its type, on the safe side of the mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One line of the list at the end of a chapter."""

    number: int
    href: str
    shown: str
    """Without scheme, with places where the line may break."""


def front_ids(book: Book) -> frozenset[str]:
    """Return the ids of everything that stands on a page with a roman number."""
    return frozenset(
        name for chapter in book.front for name in (chapter.slug, *_ids(chapter.body), f"title-{chapter.slug}")
    )


def _ids(body: str) -> Iterator[str]:
    return (found[1] for found in re.finditer(r'\sid="([^"]*)"', body))


def annotate(body: Element, chapter: Chapter, roman: frozenset[str]) -> tuple[Address, ...]:
    """Put a page number behind each link inside the book and a number behind each other one; return the addresses.

    A link whose text is its address needs no number. What is put in carries the class ``added``.

    Args:
        body: the chapter's body, which is changed.
        chapter: for its language.
        roman: ids on pages with roman numbers, from :func:`front_ids`.
    """
    before, _, after = labels(chapter.lang)["page_reference"].partition("{n}")
    numbers: dict[str, int] = {}
    for link in list(body.iter("a")):
        href = link.get("href") or ""
        parent = link.getparent()
        if not href or parent is None or link.get("role") in NOT_SENT:
            continue
        if any(above.tag in QUIET for above in link.iterancestors()) or not "".join(link.itertext()).strip():
            continue
        if href.startswith("#"):
            kind = "page-reference roman" if href[1:] in roman else "page-reference"
            mark = etree.Element("span", {"class": f"added {kind}", "data-to": href, "data-after": after})
            mark.text = before
            _behind(link, mark, space=not before.startswith("（"))
        elif _bare(href) not in (_bare("".join(link.itertext())), _bare(f"mailto:{''.join(link.itertext())}")):
            number = numbers.setdefault(href, len(numbers) + 1)
            mark = etree.Element("span", {"class": "added link-number"})
            mark.text = str(number)
            _behind(link, mark)
    return tuple(Address(number=number, href=href, shown=shown(href)) for href, number in numbers.items())


def _behind(link: Element, mark: Element, *, space: bool = False) -> None:
    """Put *mark* right behind *link*; a space between them stands in an element of its own, as the line breaker wants it."""
    mark.tail, link.tail = link.tail, None
    link.addnext(mark)
    if space:
        gap = etree.Element("span")
        gap.text = " "
        link.addnext(gap)


def _bare(address: str) -> str:
    return re.sub(r"^(?:https?://|mailto:)", "", address.strip()).rstrip("/").casefold()


def shown(href: str) -> str:
    r"""Return an address as it is printed: without scheme and last slash, with a place to break after each mark inside.

    >>> shown("https://example.org/a/b?c=1").replace("\u200b", "|")
    'example.org/|a/|b?|c=1'
    """
    address = re.sub(r"^(?:https?://|mailto:|tel:)", "", href)
    address = address.removesuffix("/") if address.count("/") == 1 else address
    return re.sub(r"([/?&](?=.))(?!/)", rf"\1{BREAK}", address)


def head(title: str, most: int) -> str:
    """Return *title* as a running head of at most *most* letters, cut after a word.

    >>> head("Working with product managers and designers", 24)
    'Working with product…'
    """
    if len(title) <= most:
        return title
    words = title[:most].rsplit(" ", 1)[0] if " " in title[:most] else title[: most - 1]
    return words.rstrip(" ,;:.–—-") + "…"


def head_letters(theme: Theme) -> int:
    """Return how many letters of a running head have room on the pages of *theme*, one letter taken as half its size.

    A theme with lengths in another unit than :data:`POINTS` has room for :data:`UNCUT` letters: its style sheet cuts.
    """
    page = theme.tokens["page"]["screen"]
    lengths = [_points(str(length)) for length in (page["width"], page["inner"], page["outer"])]
    size = _points(str(theme.tokens["type"]["small_size"]))
    if not size or None in lengths:
        return UNCUT
    width, *margins = (length or 0.0 for length in lengths)
    return int((width - sum(margins)) / page["heads"] / (size * LETTER))


def _points(length: str) -> float | None:
    found = re.fullmatch(r"([0-9.]+)([a-z]+)", length)
    return float(found[1]) * POINTS[found[2]] if found and found[2] in POINTS else None


def count(body: Element) -> None:
    """Say in styles which numbers the lists of a chapter bear: WeasyPrint 70 knows none of the attributes for them.

    Args:
        body: the chapter's body, which is changed: lists that do not begin with 1 and go up, and those of letters.

    >>> items = etree.fromstring('<div><ol start="7" type="a"><li>g</li></ol></div>')
    >>> count(items)
    >>> etree.tostring(items[0]).decode()
    '<ol start="7" type="a" style="list-style-type: lower-alpha"><li style="counter-set: list-item 7; counter-increment: none">g</li></ol>'
    """
    for items in body.iter("ol"):
        if (style := LETTERED.get(items.get("type", ""))) is not None:
            items.set("style", f"list-style-type: {style}")
        entries = items.findall("li")
        down = items.get("reversed") is not None
        number = _whole(items.get("start"), len(entries) if down else 1)
        for place, entry in enumerate(entries, 1):
            number = _whole(entry.get("value"), number)
            if number != place:
                entry.set("style", f"counter-set: list-item {number}; counter-increment: none")
            number += -1 if down else 1


def _whole(said: str | None, other: int) -> int:
    """Return the whole number that an attribute says, in bounds that every counter has; else *other*."""
    return int(said) if said is not None and WHOLE.fullmatch(said.strip()) else other


def narrow(body: Element, steps: dict[str, int]) -> None:
    """Give each table of a handout that does not fit the class of the step it needs: ``shrunk``, then ``cut-anywhere``.

    Args:
        body: the chapter's body, which is changed.
        steps: number of the table (``data-table``) -> 1 or 2.
    """
    for box in body.iter("div"):
        step = steps.get(box.get("data-table", ""), 0)
        if step:
            box.set("class", " ".join([box.get("class", ""), *("shrunk", "cut-anywhere")[:step]]).strip())
