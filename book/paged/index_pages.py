"""Page numbers in the index: each place gets the number of its page, once, and pages that follow each other become a range.

An entry lists its places in an attribute of an empty element, both ends of a range that its author marked as one. Their numbers are known when all chapters are laid out, so that an edit
that moves pages lays out the index again and no other chapter.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import pairwise

from book.amounts import roman as roman_number
from book.body import ON_PAPER, PLACES, Element
from book.paged.on_paper import COMMAS
from book.paged.pages import Line, Page
from book.paged.render import Layout
from book.patterns import regex

NUMBERS = regex(rf'(<span\b[^>]*\b{ON_PAPER[PLACES]}="([^"]*)"[^>]*>)(</span>)')
"""An element that gets the numbers of its places."""
TO = "|"
"""Between the ids of both ends of a range."""
FEWEST = 3
"""The fewest pages that become a range, as in 12–14."""
LONGEST = 10_000
"""The most pages of a range that are looked at."""
LIST, TIGHT = 'class="hb-index-list"', 'class="hb-index-list hb-tight"'
"""The box with all entries, and the same with its letters closer together."""
SHORT = 7
"""Lines: the fewest on the last page of an index."""

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
    every = (name for match in NUMBERS.finditer(page) for name in html.unescape(match[2]).replace(TO, " ").split())
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
    >>> page = '<span data-places="b|c d"></span>'
    >>> numbered(page, {"b": 3, "c": 4, "d": 9}, ()).replace("<a href=", "<")
    '<span data-places="b|c d">, <"#b">3</a>–<"#c">4</a>, <"#d">9</a></span>'
    """
    comma = COMMAS.get(language.partition("-")[0], ",") + " "

    def link(name: str) -> str:
        number = numbers[name]
        shown = roman_number(number) if name in roman else str(number)
        return f'<a href="#{html.escape(name)}">{shown}</a>'

    def fill(match: re.Match[str]) -> str:
        marked = (tuple(name.split(TO)) for name in html.unescape(match[2]).split())
        spans = [(names[0], names[-1]) for names in marked if all(map(numbers.get, names))]
        items = "".join(
            comma + (link(first) if first == last else f"{link(first)}\u2013{link(last)}")
            for first, last in runs(spans, numbers, roman)
        )
        return f"{match[1]}{items}{match[3]}"

    return NUMBERS.sub(fill, page)


def runs(spans: Sequence[Run], numbers: Mapping[str, int], roman: Collection[str]) -> Iterator[Run]:
    """Yield the ranges of the pages of *spans*; fewer than :data:`FEWEST` pages stay single, unless their author marked them as a range.

    Args:
        spans: the ids of each place, the same twice, and of both ends of each marked range, in the order of the book.
        numbers: the page number of each id.
        roman: the ids on pages with roman numbers.
    """
    pages: dict[tuple[bool, int], str] = {}
    joined: set[tuple[bool, int]] = set()  # pages of which the next one belongs to the same marked range
    for first, last in spans:
        begin, end = ((name not in roman, numbers[name]) for name in (first, last))
        pages.setdefault(begin, first)
        pages.setdefault(end, last)
        if begin[0] == end[0]:
            inside = [(begin[0], number) for number in range(begin[1], min(end[1], begin[1] + LONGEST))]
            joined.update(inside)
            for page in inside:
                pages.setdefault(page, first)
    order = sorted(pages)
    ends = [at for at, (page, after) in enumerate(pairwise(order), 1) if after != (page[0], page[1] + 1)]
    for begin_at, end_at in pairwise((0, *ends, len(order))):
        group = order[begin_at:end_at]
        whole = len(group) >= FEWEST or (len(group) > 1 and group[0] in joined)
        yield from [(pages[group[0]], pages[group[-1]])] if whole else ((pages[page], pages[page]) for page in group)


LayOut = Callable[[str], Layout]
"""Lays out a page of HTML."""


def laid_out(page: str, lay_out: LayOut) -> Layout:
    """Return the pages of the index in the HTML *page*: with its letters closer together if only a few lines would stand on the last one."""
    layout = lay_out(page)
    if len(layout.pages) > 1 and page.count(LIST) == 1 and _lines(layout.pages[-1]) < SHORT:
        tight = lay_out(page.replace(LIST, TIGHT))
        if len(tight.pages) < len(layout.pages):
            return tight
    return layout


def _lines(page: Page) -> int:
    """Return on how many lines text stands on *page*, in whichever column."""
    return len({round(item.top) for item in page.items if isinstance(item, Line) and item.text.strip()})
