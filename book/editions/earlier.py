"""Of which chapters an edition was made the last time: how much of it must be laid out is known before anything is loaded that lays out pages.

This only decides how many processes are started. Whether the pages of a chapter are remembered is known when they are asked for.
"""

from __future__ import annotations

import json

from book import cache, forms
from book.edition import Edition
from book.model import Book
from book.theme import Theme

STAGE = "paper"


def words_anew(book: Book, edition: Edition, theme: Theme) -> int:
    """Return how many words the chapters of *book* have of which *edition* was not made with *theme* the last time."""
    known = _known(_entry(book, edition, theme), theme)
    return sum(chapter.words for chapter in book.spine if chapter.body.digest not in known)


def keep(book: Book, edition: Edition, theme: Theme) -> None:
    """Remember that *edition* was made of the chapters of *book*."""
    entry = _entry(book, edition, theme)
    chapters = sorted({chapter.body.digest for chapter in book.spine})
    if _known(entry, theme) != frozenset(chapters):
        cache.keep(theme.cache, STAGE, entry, json.dumps(chapters).encode())


def _known(entry: str, theme: Theme) -> frozenset[str]:
    """Return the digests of the chapters of the last time."""
    return cache.recall(theme.cache, STAGE, entry, forms.decoder(frozenset[str]).decode) or frozenset()


def _entry(book: Book, edition: Edition, theme: Theme) -> str:
    files = (*theme.texts("templates", ".j2"), *theme.texts("css", ".css"))
    about = (book.metadata.identifier, repr(edition), repr(theme.tokens))
    return cache.key(cache.program(), "pages", *about, *files)
