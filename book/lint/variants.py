"""Words that a book spells in two ways."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from book.amounts import times
from book.lint.passages import WORD, Passage, Sighting, Text
from book.patterns import regex
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
    return regex(rf"(?<![\w-])(?:({re.escape(spelling)})|({re.escape(other)})){ending}(?![\w-])", re.I)


START = 2
"""Letters at the start of a word, as many as the shortest word of a pair has before a sign that is no letter, or fewer."""


@functools.cache
def _searches(language: str) -> tuple[tuple[tuple[str, str], ...], dict[str, list[tuple[int, str]]]]:
    """Return the words of each of :func:`pairs` in lower case, and by their first letters the number and the first letters up to a sign."""
    ways = tuple((spelling.casefold(), other.casefold()) for spelling, other, _ in pairs(language))
    by_start: dict[str, list[tuple[int, str]]] = {}
    for number, both in enumerate(ways):
        for way in both:
            start = WORD.findall(way)[0]
            by_start.setdefault(start[:START], []).append((number, start))
    return ways, by_start


def spellings(text: Text) -> Iterator[Sighting]:
    """Yield the words that have two spellings, in the order of the pairs; the word is the number of the pair and which of its two it is."""
    words = frozenset(text.words)
    for language in sorted({passage.primary for passage in text.passages}):
        own: list[tuple[str, Passage]] = []
        ways, by_start = _searches(language)
        likely = {
            number for word in words for number, start in by_start.get(word[:START], ()) if word.startswith(start)
        }
        for number in sorted(likely):
            if any(way in text.folded for way in ways[number]):
                own = own or [(item.text.casefold(), item) for item in text.passages if item.primary == language]
                passages = [passage for words, passage in own if any(way in words for way in ways[number])]
                yield from _matches(passages, language, number, pairs(language)[number][2])


def _matches(passages: list[Passage], language: str, number: int, pattern: re.Pattern[str]) -> Iterator[Sighting]:
    for passage in passages:
        for match in pattern.finditer(passage.text):
            # A capital within a sentence begins a name, and the title of another book keeps its spelling.
            if match.start() == 0 or not match[0][0].isupper():
                word, place = f"{number} {1 if match[1] else 2}", passage.place(match.start())
                yield Sighting(word, match[0], *place.spot, language)


def mixed_spellings(sightings: Iterable[Sighting], settings: Lint) -> Iterator[Problem]:
    """Yield the rarer of two spellings of a word, once for each pair, at its first place."""
    del settings
    by_pair: dict[tuple[str, int], list[tuple[str, Sighting]]] = {}
    for sighting in sightings:
        number, way = sighting.word.split()
        by_pair.setdefault((sighting.language, int(number)), []).append((way, sighting))
    for _, matches in sorted(by_pair.items(), key=lambda item: item[0]):
        ways = [[sighting for way, sighting in matches if way == group] for group in "12"]
        if all(ways):
            yield _mixed(ways)


def _mixed(ways: list[list[Sighting]]) -> Problem:
    rare, usual = sorted(ways, key=len)
    often, seldom = (f"“{way[0].text}” ({times(len(way))})" for way in (usual, rare))
    message = f"the book writes {seldom} and {often}"
    return MIXED.at(rare[0].place, message, fix=f"write it as in {usual[0].place}")
