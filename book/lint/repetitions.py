"""Paragraphs that appear twice in the book."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from book.lint.passages import OBJECT, Passage, Text
from book.problems import Kind, Problem, Severity
from book.settings import Lint

TWICE = Kind("N103", Severity.WARNING, "a paragraph that appears twice in the book")
LEAST = 40
"""Fewest letters of a paragraph that is compared."""


def twice(texts: Sequence[Text], settings: Lint) -> Iterator[Problem]:
    """Yield each paragraph that repeats the words of an earlier one, regardless of links and emphasis."""
    del settings
    first_of: dict[str, Passage] = {}
    for text in texts:
        for passage in text.passages:
            if passage.kind not in ("paragraph", "item"):
                continue
            words = re.sub(rf"[\W_{OBJECT}]+", " ", passage.text).strip().casefold()
            if len(words) <= LEAST:
                continue
            first = first_of.setdefault(words, passage)
            if first is not passage:
                excerpt = passage.text.strip().replace(OBJECT, "…")
                excerpt = excerpt if len(excerpt) <= LEAST else f"{excerpt[:LEAST]}…"
                message = f"this paragraph already appeared at {first.place(0)}: {excerpt!r}"
                yield TWICE.at(passage.place(0), message, fix="remove one of the two")
