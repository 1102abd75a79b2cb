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
    return cache.Bundle(None if theme.foreign else theme.cache, STAGE, context(book, edition, theme))


def context(book: Book, edition: Edition, theme: Theme) -> str:
    """Return the key of what all chapters of *book* in *edition* depend on, if *theme* comes with Handbound."""
    about = view.about(book.metadata)
    entry = cache.key(
        cache.program(), edition.name, repr(about), repr(book.metadata.labels), *theme.texts("templates", ".j2")
    )
    return cache.key(entry, repr(theme.tokens))
