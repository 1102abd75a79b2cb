"""Likely page numbers, before anything is laid out: a page number in the text needs as many digits as the true one will have.

A wrong guess costs time only: the chapter is laid out once more with the right number of digits.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from book import cache
from book.body import Body
from book.model import Book, Part, walk
from book.paged import on_paper
from book.theme import Theme

WORDS_A_PAGE = 220.0
"""Where the theme does not say how large its pages are."""
LETTER, WORD = 0.45, 6
"""Width of a letter in sizes of the type; letters of a word with its space."""
FILLED = 0.55
"""The share of a page that running text fills (measured: 0.4 to 0.6): titles, lists, short lines and last pages take the rest."""
BLOCK = 0.15
"""Pages that a figure, a table or a listing takes."""
FRONT_PAGES = 4.0
"""Pages before the first chapter, where they are counted."""
BETWEEN = 0.5
"""Pages between two chapters of a book with facing pages: every second one of them begins behind a blank page."""


def likely_pages(
    book: Book, theme: Theme, roman: frozenset[str], memory: cache.Bundle, *, facing: bool
) -> Mapping[str, int]:
    """Return a likely page number for each id of *book*; those in front of the main matter have none.

    Args:
        book: after composition.
        theme: adapted to the edition.
        roman: ids on pages with roman numbers, from :func:`book.paged.on_paper.front_ids`.
        memory: remembers how many blocks a chapter has.
        facing: whether chapters begin on the right.
    """
    words_a_page, between = _words_a_page(theme), BETWEEN if facing else 0.0
    numbers: dict[str, int] = {}
    before = 0.0 if facing else FRONT_PAGES
    for node in (*book.front, *(node for node, _ in walk(book.main)), *book.back):
        pages = 1.0
        if not isinstance(node, Part):
            blocks = memory.remember(f"blocks {node.body.digest}", functools.partial(_blocks, node.body), int)
            pages = max(1.0, node.words / words_a_page + blocks * BLOCK)
            names = on_paper.ids(node)
            if node.slug not in roman:
                numbers |= {name: 1 + int(before + pages * at / len(names)) for at, name in enumerate(names)}
        elif node.opening is None:
            numbers[node.slug] = 1 + int(before)
        if not isinstance(node, Part) or node.opening is None:
            before += pages + between if node.slug not in roman else 0.0
    return numbers


def _blocks(body: Body) -> int:
    """Return how many figures, tables and listings *body* has."""
    return sum(1 for _ in body.iter("img", "pre", "table"))


def _words_a_page(theme: Theme) -> float:
    page, kind = theme.tokens["page"]["screen"], theme.tokens["type"]
    names = ("width", "inner", "outer", "height", "top", "bottom")
    width, inner, outer, height, top, bottom = (on_paper.points(str(page[name])) or 0.0 for name in names)
    size, lead = (on_paper.points(str(kind[name])) or 0.0 for name in ("size", "lead"))
    area = max(0.0, width - inner - outer) * max(0.0, height - top - bottom)
    return area / (size * lead * LETTER * WORD) * FILLED if area and size and lead else WORDS_A_PAGE
