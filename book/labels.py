"""The words that Handbound itself prints ("Contents", "Chapter 3"), in the language of the book; data in labels.toml."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from importlib import resources
from string import Formatter
from types import MappingProxyType

from book import catalogue

ENGLISH = "en"
PARENTS: Mapping[str, str] = {
    "no": "nb",
    "nn": "nb",
    "iw": "he",
    "in": "id",
    "zh-tw": "zh-hant",
    "zh-hk": "zh-hant",
    "zh-mo": "zh-hant",
}
"""Tags whose fallback is not their own prefix."""
IN_TEXT = (
    "chapter", "part", "contents", "references", "notes", "note", "tip", "important", "warning", "caution", "danger", "example", "quote",
    "title_page", "imprint", "colophon", "page_reference", "addresses", "continued", "figures", "tables", "index", "see", "see_also", "version",
    "edition_of", "licence", "made_with", "typefaces", "published_by",
)  # fmt: skip
"""Labels that readers of a book see; a missing translation is reported. The titles of the editions are added."""

SINGULAR: Mapping[str, str] = {"pages": "one_page"}
"""Labels with a number in front of a noun, and their form for the number 1."""

own: ContextVar[Mapping[str, str]] = ContextVar("own", default=MappingProxyType({}))
"""``[labels]`` in the handbound.toml of the current book; they take precedence."""


@functools.cache
def _tables() -> Mapping[str, str]:
    """Return the table of each language as it is written, by tag: a book needs two or three of them, and to read all takes long."""
    text = resources.files("book").joinpath("labels.toml").read_text(encoding="utf-8")
    _, *pieces = re.split(r"^\[([\w-]+)\]$", text, flags=re.MULTILINE)
    return dict(zip(pieces[::2], pieces[1::2], strict=True))


@functools.cache
def _words_of(tag: str) -> Mapping[str, str]:
    """Return the words in the table of the language *tag*."""
    return MappingProxyType(tomllib.loads(_tables()[tag]))


@functools.cache
def languages() -> Mapping[str, Mapping[str, str]]:
    """Return every language's words, by tag."""
    return MappingProxyType({tag: _words_of(tag) for tag in _tables()})


def chain(language: str) -> tuple[str, ...]:
    """Return the tags under which labels for *language* are searched, in lower case, the nearest first.

    >>> chain("pt-BR"), chain("nn"), chain("zh-TW"), chain("de-CH-1996")
    (('pt-br', 'pt'), ('nn', 'nb'), ('zh-tw', 'zh-hant', 'zh'), ('de-ch-1996', 'de-ch', 'de'))
    """
    tags: list[str] = []
    tag = language.lower()
    while tag:
        tags.append(tag)
        tag = PARENTS.get(tag, tag.rpartition("-")[0])
    return tuple(tags)


@functools.cache
def _spoken(language: str) -> Mapping[str, str]:
    known = {tag.lower(): tag for tag in _tables()}
    words: dict[str, str] = {}
    for tag in (ENGLISH, *reversed(chain(language))):
        words |= _words_of(known[tag]) if tag in known else {}
    return MappingProxyType(words)


def english() -> Mapping[str, str]:
    """Return the English labels, including those of the editions; languages and books can replace them."""
    return MappingProxyType({**catalogue.titles(), **_words_of(ENGLISH)})


def labels(language: str) -> Mapping[str, str]:
    """Return the labels in *language*: of the full tag, else of its prefixes, else English; the book's own take precedence.

    >>> labels("de-CH")["contents"], labels("tlh")["contents"]
    ('Inhalt', 'Contents')
    """
    ours = own.get()
    return MappingProxyType({**_printed(language), **ours}) if ours else _printed(language)


@functools.cache
def _printed(language: str) -> Mapping[str, str]:
    """Return the labels in *language* without those of a book."""
    return MappingProxyType({**catalogue.titles(), **_spoken(language)})


def label(language: str, word: str, /, **values: object) -> str:
    """Return one label in *language* with its ``{…}`` filled in.

    >>> label("fr", "chapter", n=3), label("de", "pages", n=1), label("de", "pages", n=2)
    ('Chapitre 3', '1 Seite', '2 Seiten')
    """
    ours = own.get()
    singular = SINGULAR.get(word)
    if singular and values.get("n") == 1 and (singular in ours or word not in ours):
        word = singular
    return (ours if word in ours else _printed(language))[word].format(**values)


def is_known(language: str) -> bool:
    """Return whether there are labels in *language*.

    >>> is_known("de-AT"), is_known("tlh")
    (True, False)
    """
    known = {tag.lower() for tag in _tables()}
    return any(tag in known for tag in chain(language))


def fields(words: str) -> frozenset[str] | None:
    """Return the names in braces in *words*; None if the braces are unbalanced or contain anything but a name.

    >>> sorted(fields("Chapter {n}")), fields("{"), fields("{n:>5}")
    (['n'], None, None)
    """
    try:
        pieces = [
            (name, spec, conversion) for _, name, spec, conversion in Formatter().parse(words) if name is not None
        ]
    except ValueError:
        return None
    return (
        None if any(spec or conversion for _, spec, conversion in pieces) else frozenset(name for name, _, _ in pieces)
    )


def unspoken(language: str, keys: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the labels that a book in *language* would print in English because they are not translated.

    Args:
        language: the language of the book.
        keys: the keys that its handbound.toml sets.
    """
    words = (
        *IN_TEXT,
        *(f"edition_{name}" for name, edition in catalogue.EDITIONS.items() if edition.format != "cover"),
    )
    return () if is_known(language) else tuple(word for word in words if word not in keys)
