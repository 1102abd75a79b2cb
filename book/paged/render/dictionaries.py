"""Pyphen's dictionaries, with their patterns kept beside the program once they are parsed: reading them takes a tenth of the time."""

from __future__ import annotations

import contextlib
import functools
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import pyphen

from book import beside, forms
from book.seal.files import digest

Patterns = dict[str, tuple[int, tuple[int, ...]]]
"""The letters of a pattern -> where its values begin, and these values."""


@functools.cache
def dictionary(language: str, left: int, right: int) -> Any:
    """Return what divides words of a *language* that Pyphen knows, with so many letters at least on the *left* and on the *right*."""
    path = pyphen.LANGUAGES[language]
    if path not in pyphen.hdcache:
        pyphen.hdcache[path] = _table(path)
    return pyphen.Pyphen(lang=language, left=left, right=right)


def _table(path: Path) -> Any:
    """Return the patterns in the file *path* as Pyphen holds them."""
    place = Path(cache_from_source(__file__)).with_name(
        f"{path.stem}.{pyphen.VERSION}.{digest(path.read_bytes())}.json"
    )
    with contextlib.suppress(OSError):
        patterns = forms.believed(place.read_bytes(), forms.decoder(Patterns).decode)
        if patterns:
            table = pyphen.HyphDict.__new__(pyphen.HyphDict)
            table.patterns, table.cache, table.maxlen = patterns, {}, max(map(len, patterns))
            return table
    table = pyphen.HyphDict(path)
    # In some languages a division changes letters; such values are more than numbers.
    is_plain = all(type(value) is int for _, values in table.patterns.values() for value in values)
    if is_plain:
        beside.put(place, forms.ENCODER.encode(table.patterns))
    return table
