"""What every way of saying the order is given and gives.

A way is one function in a file of its own: ``order(folder) -> Answer | None``. None means that this folder does not say
its order in this way. The list of ways is in :mod:`book.sidebar`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from book.model import Entry, Manuscript, Sidebar
from book.problems import Problem
from book.settings import Settings
from book.sites import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one way says."""

    sidebar: Sidebar
    problems: tuple[Problem, ...] = ()
    by: Literal["list", "numbers", "nav", "names"] = "names"
    """Who gives the order: the settings, the chapters, the site, or nobody but the file names."""
    listed: bool = False
    """Whether a file of the site lists the chapters."""
    nav: str = ""
    """The file of the site that says it, ``""`` when *by* is not ``nav``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """What a way may look at."""

    root: Path
    settings: Settings
    site: Site | None = None
    manuscripts: tuple[Manuscript, ...]
    """By path in code point order."""
    otherwise: Answer | None = None
    """What the next of the ways says: the order of whatever this way leaves open."""
    chapters: Mapping[str, Manuscript]
    """The manuscripts by path."""


Way = Callable[[Folder], Answer | None]


def walk(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield *entries* and all below them, in reading order."""
    for entry in entries:
        yield entry
        yield from walk(entry.children)


def paths(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Return the paths of all files of *entries* in reading order, opening pages of parts included."""
    return tuple(entry.path for entry in walk(entries) if entry.path)
