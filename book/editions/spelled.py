"""Chapters as EPUB and HTML spell them, remembered: an edit spells one chapter, not all of them."""

from __future__ import annotations

from book import cache, view
from book.edition import Edition
from book.model import Book
from book.theme import Theme

STAGE = "spelled"
LONGEST = 300_000
"""The most letters of a chapter that is remembered: one with pictures in it is quick to spell, but long to write and to read."""


def memory(book: Book, edition: Edition, theme: Theme) -> cache.Bundle:
    """Return the memory for chapters of *book* in *edition*; the keys need not name what its key names.

    Only for themes that come with Handbound: what templates of others depend on is not known.
    """
    folder = None if theme.foreign else theme.cache
    about = book.metadata
    entry = cache.key(
        cache.program(), edition.name, repr(view.about(about)), repr(about.labels), *theme.texts("templates", ".j2")
    )
    return cache.Bundle(folder, STAGE, cache.key(entry, repr(theme.tokens)))
