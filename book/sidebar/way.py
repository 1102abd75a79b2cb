"""What every way of saying the order is given and gives, and the faults that several of them find.

A way is one function in a file of its own: ``order(folder) -> Said | None``. None means that this folder does not say
its order in this way. The list of ways is in :mod:`book.sidebar`.
"""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal
from urllib.parse import unquote

from book.model import Entry, Manuscript, Sidebar
from book.problems import Kind, Place, Problem, Severity, nearest, printable
from book.safe_open import Refusal, open_file
from book.settings import Settings

MISSING = Kind("O106", Severity.WARNING, "an entry of the order that names no chapter")
TWICE = Kind("O107", Severity.WARNING, "an entry of the order that names a chapter a second time")
UNLISTED = Kind("O108", Severity.WARNING, "a chapter that the order does not name")
OUTSIDE = Kind("O109", Severity.ERROR, "an entry of the order that leaves the book")
OTHER_NAV = Kind("O111", Severity.NOTE, "a second nav file, not used")
NO_CHAPTER = Kind("O113", Severity.NOTE, "an entry of the order that names a file of the folder that is not a chapter")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one way says."""

    sidebar: Sidebar
    problems: tuple[Problem, ...] = ()
    base: str = ""
    """The folder below which the chapters of this book lie, ``""`` for the root; ends with a slash otherwise."""
    by: Literal["list", "numbers", "nav", "names"] = "names"
    """Who gives the order: the settings, the chapters, the nav file of another system, or nobody but the file names."""
    nav: str = ""
    """The nav file that was read, ``""`` when *by* is not ``nav``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """What a way may look at."""

    root: Path
    settings: Settings
    manuscripts: tuple[Manuscript, ...]
    """By path in code point order."""
    otherwise: Said | None = None
    """What the next of the ways says: the order of whatever this way leaves open."""
    chapters: Mapping[str, Manuscript]
    """The manuscripts by path."""


Way = Callable[[Folder], Said | None]


def walk(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield *entries* and all below them, in reading order."""
    for entry in entries:
        yield entry
        yield from walk(entry.children)


def paths(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Return the paths of all files of *entries* in reading order, opening pages of parts included."""
    return tuple(entry.path for entry in walk(entries) if entry.path)


OTHER_NAMES = ("", ".md", ".mdx", ".markdown", "/index.md", "/README.md", "/index.mdx", "/_index.md")


def resolve(target: str, chapters: Mapping[str, Manuscript], base: str = "") -> str | None:
    """Return the path of the chapter that *target* names: as it is, or without suffix, or a folder's page.

    >>> from book.model import FrontMatter
    >>> page = Manuscript(path="a b/index.md", text="", first_line=1, front=FrontMatter())
    >>> resolve("/a%20b/", {page.path: page})
    'a b/index.md'
    """
    for name in dict.fromkeys((target, unquote(target))):
        path = posixpath.normpath(posixpath.join(base, name.lstrip("/")))
        for ending in OTHER_NAMES:
            if path + ending in chapters:
                return path + ending
    return None


OFFERS = 20
"""For how many problems of one order the nearest name is looked for."""


def missing(
    target: str,
    place: Place,
    folder: Folder,
    unlisted: Iterable[str],
    *,
    offer: bool = True,
    typed: str = "",
    spell: Callable[[str], str] = str,
) -> Problem:
    """Return the problem of an entry that names no chapter, with the nearest chapter as its fix.

    Args:
        target: the path that the entry stands for.
        place: where the entry stands.
        folder: the chapters there are.
        unlisted: those that no entry names: the nearest of them is offered, else the nearest of all.
        offer: False spares the search, which takes its time: a nav file may have thousands of dead entries.
        typed: the entry as the author typed it, *target* unless said.
        spell: writes a path as the author would in an entry.
    """
    shown = printable(typed or target)
    if not isinstance(open_file(folder.root, target, limit=folder.settings.limits.chapter_bytes), Refusal):
        return NO_CHAPTER.at(place, f"'{shown}' is not a chapter of this book (it is a draft, or left out by name)")
    near = nearest_path(target, unlisted) or nearest_path(target, folder.chapters) if offer else None
    fix = f"write '{printable(spell(near))}'" if near else f"create the file '{shown}', or remove the entry"
    return MISSING.at(place, f"the order names '{shown}', but there is no such chapter", fix=fix)


def leaves(target: str) -> bool:
    """Return whether *target* leads out of the book.

    >>> leaves("../a.md"), leaves("/etc/passwd"), leaves("a/../b.md")
    (True, True, False)
    """
    path = posixpath.normpath(target)
    return path.startswith(("/", "../", "file:")) or path == ".."


def nearest_path(target: str, known: Iterable[str]) -> str | None:
    """Return the known path whose file name, or whose whole path, looks most like *target*."""
    known = tuple(known)[:1000]
    by_name = {PurePosixPath(path).stem: path for path in reversed(known)}
    stem = nearest(PurePosixPath(target).stem, by_name)
    return by_name[stem] if stem else nearest(target, known)


def twice(path: str, first: Place | None, second: Place) -> Problem:
    """Return the problem of a chapter that is named a second time."""
    where = f" at {first}" if first else ""
    return TWICE.at(second, f"'{printable(path)}' is already in the order{where}", fix="keep one of the two entries")


def other_nav(path: str, used: str) -> Problem:
    """Return the note about a nav file that is not used."""
    return OTHER_NAV.at(Place(path=path), f"'{path}' is not used: '{used}' names more chapters")


HEADING = re.compile(r"^ {0,3}(#{1,2})[ \t]+(.*)$", re.MULTILINE)
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)


def title_of(manuscript: Manuscript) -> str:
    """Return what the contents call this chapter: label, title, first H1, first H2, or its file name made readable."""
    if said := manuscript.front.label or manuscript.front.title:
        return said
    found = HEADING.findall(FENCE.sub("", manuscript.text[:20_000]))
    for level in ("#", "##"):
        for hashes, words in found:
            title = words.strip().rstrip("#").strip()
            if title.endswith("}") and "{" in title:  # attributes: {#id}, {.unnumbered}
                title = title[: title.rindex("{")].strip()
            if hashes == level and title:
                return str(title)
    path = PurePosixPath(manuscript.path)
    stem = path.stem.lower()
    return readable(path.parent.name if stem in FOLDER_PAGES and path.parent.name else path.stem)


FOLDER_PAGES = ("_index", "index", "readme")


def readable(name: str) -> str:
    """Return a file or folder name as words: number prefix off, hyphens to spaces, a capital in front.

    >>> readable("02-getting-started"), readable("Employment Policies"), readable("2024")
    ('Getting started', 'Employment Policies', '2024')
    """
    words = re.sub(r"[-_\s]+", " ", re.sub(r"^[0-9]+\s*[-_. ]+\s*(?=\S)", "", name)).strip() or name
    return words[:1].upper() + words[1:]


def folded(title: str) -> str:
    """Return what two titles share that differ in case, spaces, entities and the shape of quotes only.

    >>> folded("The  engineer’s role") == folded("the engineer's role")
    True
    """
    straight = html.unescape(title).translate(str.maketrans("‘’“”", "''\"\""))
    return " ".join(straight.casefold().split())
