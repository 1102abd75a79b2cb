"""Page numbers in the index: each place gets the number of its page, once, and pages that follow each other become a range.

An entry lists its places in an attribute of an empty element. Their numbers are known when all chapters are laid out, so that an edit
that moves pages lays out the index again and no other chapter.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise

from book.amounts import roman as roman_number
from book.body import ON_PAPER, PLACES, Element
from book.paged.on_paper import COMMAS
from book.patterns import regex

NUMBERS = regex(rf'(<span\b[^>]*\b{ON_PAPER[PLACES]}="([^"]*)"[^>]*>)(</span>)')
"""An element that gets the numbers of its places."""
FEWEST = 3
"""The fewest pages that become a range, as in 12–14."""

Run = tuple[str, str]
"""The ids of a place on the first and on the last page of a range."""


def cleared(body: Element) -> None:
    """Remove the links to places from the *body* of an index: the places themselves stay, for :func:`numbered`."""
    for element in body.iter("span"):
        if element.get(PLACES) is not None:
            element[:] = []
            element.text = ""


def places(page: str) -> tuple[str, ...]:
    """Return the ids of the places whose page numbers the HTML *page* prints, each once."""
    every = (name for match in NUMBERS.finditer(page) for name in html.unescape(match[2]).split())
    return tuple(dict.fromkeys(every))


def numbered(page: str, numbers: Mapping[str, int], roman: Collection[str], language: str = "en") -> str:
    """Return the HTML *page* of an index with its page numbers.

    Args:
        page: the HTML, see :func:`cleared`.
        numbers: the page number of each id; a place without one is left out.
        roman: the ids on pages with roman numbers.
        language: the language of the index, for its comma.

    >>> page = '<span data-places="a b c d e x"></span>'
    >>> numbered(page, {"a": 1, "b": 12, "c": 12, "d": 13, "e": 14}, {"a"}).replace("<a href=", "<")
    '<span data-places="a b c d e x">, <"#a">i</a>, <"#b">12</a>–<"#e">14</a></span>'
    """
    comma = COMMAS.get(language.partition("-")[0], ",") + " "

    def link(name: str) -> str:
        number = numbers[name]
        shown = roman_number(number) if name in roman else str(number)
        return f'<a href="#{html.escape(name)}">{shown}</a>'

    def fill(match: re.Match[str]) -> str:
        names = [name for name in html.unescape(match[2]).split() if numbers.get(name)]
        items = "".join(
            comma + (link(first) if first == last else f"{link(first)}\u2013{link(last)}")
            for first, last in runs(names, numbers, roman)
        )
        return f"{match[1]}{items}{match[3]}"

    return NUMBERS.sub(fill, page)


def runs(names: Sequence[str], numbers: Mapping[str, int], roman: Collection[str]) -> Iterator[Run]:
    """Yield the ranges of the pages of *names*, ids in the order of the book; fewer than :data:`FEWEST` pages stay single."""
    pages: dict[tuple[bool, int], str] = {}
    for name in names:
        pages.setdefault((name not in roman, numbers[name]), name)
    order = sorted(pages)
    ends = [at for at, (page, after) in enumerate(pairwise(order), 1) if after != (page[0], page[1] + 1)]
    for begin, end in pairwise((0, *ends, len(order))):
        group = [pages[page] for page in order[begin:end]]
        yield from [(group[0], group[-1])] if len(group) >= FEWEST else ((name, name) for name in group)
