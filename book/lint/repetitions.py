"""Paragraphs that appear twice in the book."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from book.lint.passages import OBJECT, Sighting, Text
from book.patterns import regex
from book.problems import Kind, Problem, Severity
from book.settings import Lint

TWICE = Kind("N103", Severity.WARNING, "a paragraph that appears twice in the book")
WORD = regex(r"[^\W_]+")
LEAST = 40
"""Fewest letters of a paragraph that is compared."""


def paragraphs(text: Text) -> Iterator[Sighting]:
    """Yield the paragraphs that are compared: the words of each, regardless of links and emphasis, and how it begins."""
    for passage in text.passages:
        if passage.kind not in ("paragraph", "item"):
            continue
        words = " ".join(WORD.findall(passage.text)).casefold()
        if len(words) > LEAST:
            excerpt = passage.text.strip().replace(OBJECT, "…")
            excerpt = excerpt if len(excerpt) <= LEAST else f"{excerpt[:LEAST]}…"
            yield Sighting(hashlib.sha256(words.encode()).hexdigest(), excerpt, *passage.place(0).spot)


def twice(sightings: Iterable[Sighting], settings: Lint) -> Iterator[Problem]:
    """Yield each paragraph that repeats the words of an earlier one."""
    del settings
    first_of: dict[str, Sighting] = {}
    for sighting in sightings:
        first = first_of.setdefault(sighting.word, sighting)
        if first is not sighting:
            message = f"this paragraph already appeared at {first.place}: “{sighting.text}”"
            yield TWICE.at(sighting.place, message, fix="remove one of the two")
