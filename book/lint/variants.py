"""Words that a book spells in two ways."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from book.amounts import times
from book.lint.passages import Passage, Text
from book.problems import Kind, Problem, Severity
from book.settings import Lint

MIXED = Kind("N107", Severity.WARNING, "a word that the book writes in two ways")

ENDINGS = r"(?:s|es|ed|er|ers|ing|d|r|rs|e|al|able|ation|ations|ion|ions|ative|ism|ist|ically|ful|less|ly)?"
"""Endings that both words of a pair may have."""
WHOLE = frozenset({"OK", "okay", "emphasis"})
"""Words without inflected forms, or whose forms belong to another word."""


@functools.cache
def pairs(language: str) -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """Return the pairs of *language*, each with a pattern that finds either."""
    table = tomllib.loads((Path(__file__).parent / "variants.toml").read_text("utf-8"))
    listed = table.get(language.partition("-")[0].lower(), [])
    return tuple((spelling, other, _pattern(spelling, other)) for spelling, other in listed)


def _pattern(spelling: str, other: str) -> re.Pattern[str]:
    ending = "" if spelling in WHOLE or other in WHOLE else ENDINGS
    return re.compile(rf"(?<![\w-])(?:({re.escape(spelling)})|({re.escape(other)})){ending}(?![\w-])", re.I)


def mixed_spellings(texts: Sequence[Text], settings: Lint) -> Iterator[Problem]:
    """Yield the rarer of two spellings of a word, once for each pair, at its first place."""
    del settings
    passages = [passage for text in texts for passage in text.passages]
    for language in sorted({passage.language.partition("-")[0].lower() for passage in passages}):
        own = [passage for passage in passages if passage.language.partition("-")[0].lower() == language]
        words = "\n".join(passage.text for passage in own).casefold()
        for spelling, other, pattern in pairs(language):
            if spelling.casefold() in words and other.casefold() in words:
                yield from _mixed(own, pattern)


def _mixed(passages: list[Passage], pattern: re.Pattern[str]) -> Iterator[Problem]:
    # A capital within a sentence begins a name, and the title of another book keeps its spelling.
    matches = [
        (passage, match)
        for passage in passages
        for match in pattern.finditer(passage.text)
        if match.start() == 0 or not match[0][0].isupper()
    ]
    ways = [[item for item in matches if item[1][group]] for group in (1, 2)]
    if not all(ways):
        return
    rare, usual = sorted(ways, key=len)
    passage, match = rare[0]
    often, seldom = (f"{way[0][1][0]!r} ({times(len(way))})" for way in (usual, rare))
    place = passage.place(match.start())
    message = f"the book writes {seldom} and {often}"
    yield MIXED.at(place, message, fix=f"write it as in {usual[0][0].place(usual[0][1].start())}")
