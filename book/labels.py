"""The words that the press itself prints ("Contents", "Chapter 3"), in the language of the book; data in labels.toml."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType


@functools.cache
def languages() -> Mapping[str, Mapping[str, str]]:
    """Return every language's words, by tag."""
    return MappingProxyType(tomllib.loads(resources.files("book").joinpath("labels.toml").read_text(encoding="utf-8")))


@functools.cache
def labels(language: str) -> Mapping[str, str]:
    """Return the words of *language*: of the full tag, else of the language alone, else English.

    >>> labels("de-CH")["contents"], labels("tlh")["contents"]
    ('Inhalt', 'Contents')
    """
    known = languages()
    tags = [tag for tag in (language.lower(), language.lower().split("-")[0]) if tag in known]
    return MappingProxyType({**known["en"], **(known[tags[0]] if tags else {})})


def label(language: str, word: str, /, **values: object) -> str:
    """Return one word of *language* with its ``{…}`` filled in.

    >>> label("fr", "chapter", n=3)
    'Chapitre 3'
    """
    return labels(language)[word].format(**values)
