"""The types that every source of the reading order takes and returns.

A source is one function in a file of its own: ``order(folder) -> Answer | None``. None means that the folder does not use this
source. :data:`book.sidebar.WAYS` lists the sources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct

from book.model import Entry, Manuscript, Sidebar
from book.problems import Problem
from book.settings import Settings
from book.sites import Site


class Answer(Struct, frozen=True, kw_only=True):
    """The order from one source."""

    sidebar: Sidebar
    problems: tuple[Problem, ...] = ()
    by: Literal["list", "numbers", "nav", "names"] = "names"
    """What gives the order: the settings, the chapters, the site, or only the file names."""
    listed: bool = False
    """Whether a navigation file of the site lists the chapters."""
    nav: str = ""
    """The file of the site that gives the order; empty if *by* is not ``nav``."""


class Folder(Struct, frozen=True, kw_only=True):
    """What a source may read."""

    root: Path
    settings: Settings
    site: Site | None = None
    manuscripts: tuple[Manuscript, ...]
    """The chapters, sorted by path in code point order."""
    otherwise: Answer | None = None
    """The answer of the next source: the order of everything that this source leaves open."""
    chapters: Mapping[str, Manuscript]
    """The chapters by path."""


Way = Callable[[Folder], Answer | None]


def walk(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield *entries* and all entries below them, in reading order."""
    for entry in entries:
        yield entry
        yield from walk(entry.children)


def paths(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Return the paths of all files of *entries* in reading order, including the opening pages of parts."""
    return tuple(entry.path for entry in walk(entries) if entry.path)
