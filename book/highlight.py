"""Syntax highlighting of listings with as few spans as possible.

Only four kinds of words are marked, and the kinds of lines in a diff. A style sheet distinguishes them by weight and
slant, and by colour in editions with colour.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from lxml import etree

from book import cache
from book.body import KIND

LONGEST = 50_000
"""Characters. A longer listing is not highlighted: a lexer consists of regular expressions, and the text is untrusted."""

KINDS = (
    ("Token.Comment", "c"),
    ("Token.Keyword.Constant", ""),
    ("Token.Keyword", "k"),
    ("Token.Operator.Word", "k"),
    ("Token.Name.Function", "f"),
    ("Token.Name.Class", "f"),
    ("Token.Name.Tag", "k"),
    ("Token.Literal.String.Doc", "c"),
    ("Token.Literal.String", "s"),
    ("Token.Generic.Deleted", "gd"),
    ("Token.Generic.Inserted", "gi"),
    ("Token.Generic.Heading", "k"),
    ("Token.Generic.Subheading", "k"),
    ("Token.Generic.Prompt", "c"),
)
"""Type of token -> kind of its span; the first match counts, a type without a match is not marked."""
MARKS = frozenset(kind for _, kind in KINDS)
PLAIN = frozenset({"text", "txt", "plain", "plaintext", "none", "output", "ascii"})


Pieces = tuple[tuple[str, str], ...]
"""The pieces of a listing, each with its kind."""


class _Listings:
    """The listings of a chapter as they were marked before: an edit changes few of them."""

    def __init__(self, folder: Path | None, name: str) -> None:
        self._at = folder, name

    @functools.cached_property
    def bundle(self) -> cache.Bundle:
        folder, name = self._at
        return cache.Bundle(folder, "listings", cache.key(cache.program(), name))

    def pieces(self, text: str, language: str) -> Pieces:
        def holds(known: Pieces) -> bool:
            return "".join(piece for _, piece in known) == text and all(kind in MARKS for kind, _ in known)

        return self.bundle.remember(cache.key(language, text), lambda: pieces(text, language), Pieces, holds=holds)

    def close(self) -> None:
        if "bundle" in vars(self):
            self.bundle.close()


_LISTINGS: ContextVar[_Listings | None] = ContextVar("_LISTINGS", default=None)


@contextlib.contextmanager
def remembering(folder: Path | None, name: str) -> Iterator[None]:
    """Mark the words of a listing in the ``with`` block as they were marked the last time, if it has not changed.

    Args:
        folder: the cache; None remembers nothing.
        name: of the chapter.
    """
    listings = _Listings(folder, name)
    token = _LISTINGS.set(listings)
    try:
        yield
    finally:
        _LISTINGS.reset(token)
    listings.close()


def pieces(text: str, language: str) -> Pieces:
    r"""Return *text* in pieces, each with its kind; the kind is empty for a piece that is not marked.

    Args:
        text: the listing.
        language: the name that the author wrote after the fence; for an unknown language nothing is marked.

    Returns:
        Pieces that together are *text*.

    >>> pieces("return 1  # one", "python")
    (('k', 'return'), ('', ' 1  '), ('c', '# one'))
    >>> pieces("- old\n+ new", "diff")
    (('gd', '- old'), ('', '\n'), ('gi', '+ new'))
    """
    if language.lower() in PLAIN or len(text) > LONGEST:
        return (("", text),)
    merged: list[tuple[str, str]] = []
    whole = f"{text}\n"  # some lexers, such as that of diffs, do not see a line without its end
    for kind, piece in _tokens(whole, language):
        if merged and (merged[-1][0] == kind or not piece.strip()):
            merged[-1] = (merged[-1][0], merged[-1][1] + piece)
        else:
            merged.append((kind, piece))
    # A lexer that loses or adds anything is not trusted with the author's words.
    if "".join(piece for _, piece in merged) != whole:
        return (("", text),)
    return tuple(_bare([*merged[:-1], (merged[-1][0], merged[-1][1][:-1])]))


def knows(language: str) -> bool:
    """Return whether words of *language* are marked, or it is a name for plain text.

    >>> knows("python"), knows("txt"), knows("pyhton")
    (True, True, False)
    """
    from pygments.lexers import find_lexer_class_by_name  # noqa: PLC0415 - only for a book with listings
    from pygments.util import ClassNotFound  # noqa: PLC0415

    try:
        find_lexer_class_by_name(language)
    except ClassNotFound:
        return language.lower() in PLAIN
    return True


def _tokens(text: str, language: str) -> Iterator[tuple[str, str]]:
    lexer = _lexer(language)
    if lexer is None:
        yield "", text
        return
    for token, piece in lexer.get_tokens(text):
        name = str(token)
        yield next((kind for prefix, kind in KINDS if name == prefix or name.startswith(f"{prefix}.")), ""), piece


@functools.lru_cache(maxsize=64)
def _lexer(language: str) -> Any:
    """Return the lexer of *language*; None if there is none."""
    from pygments.lexers import get_lexer_by_name  # noqa: PLC0415 - only for a book with listings
    from pygments.util import ClassNotFound  # noqa: PLC0415

    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


def _bare(merged: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the pieces, with the space at the end of a marked piece moved out of it."""
    rest = ""
    for kind, piece in merged:
        if not kind:
            rest += piece
            continue
        if rest:
            yield "", rest
        word = piece.rstrip()
        yield kind, word
        rest = piece[len(word) :]
    if rest:
        yield "", rest


def dress(code: etree._Element, language: str) -> None:
    """Mark the words in *code*, a ``code`` element that contains only text; its text does not change."""
    if len(code) or not code.text:
        return
    listings = _LISTINGS.get()
    parts = listings.pieces(code.text, language) if listings else pieces(code.text, language)
    code.text = None
    for kind, piece in parts:
        if kind:
            etree.SubElement(code, "span", {KIND: kind}).text = piece
        elif len(code):
            code[-1].tail = piece
        else:
            code.text = piece
