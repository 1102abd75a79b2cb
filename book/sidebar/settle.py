"""Settling: turns the items of any order into entries; looks each target up once, and reports problems at their place."""

from __future__ import annotations

import html
import itertools
import os
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from msgspec import Struct, field
from msgspec.structs import replace

from book.model import Entry
from book.patterns import regex
from book.problems import Kind, Omission, Place, Problem, Severity, nearest, printable
from book.safe_open import Refusal, open_file
from book.settings import FILE
from book.sidebar.way import Folder
from book.sites.files import leaves
from book.sites.finder import ADDRESS, Finder
from book.sites.folders import is_empty
from book.sites.names import folded, is_folder_page, path_key, title_from_path, title_of
from book.sites.site import Item, Items
from book.source.manuscript import ELSEWHERE, OTHER_SUFFIXES

MISSING = Kind("O106", Severity.WARNING, "an entry of the order that names no chapter")
TWICE = Kind("O107", Severity.WARNING, "an entry of the order that names a chapter a second time")
UNLISTED = Kind("O108", Severity.WARNING, "chapters that the order does not name")
OUTSIDE = Kind("O109", Severity.ERROR, "an entry of the order that leaves the book")
NOT_MARKDOWN = Kind(
    "O120", Severity.WARNING, "an entry of the order that names a file in another notation than Markdown"
)
LINK = Kind("O112", Severity.NOTE, "an entry of the order that points outside the book")
NO_CHAPTER = Kind("O113", Severity.NOTE, "an entry of the order that names a file of the folder that is not a chapter")
DRAFT = Kind("O115", Severity.NOTE, "an entry of the order without a file: a chapter not written yet")
CASE = Kind("O125", Severity.NOTE, "an entry of the order whose path differs in case")
TOO_MANY = Kind("O116", Severity.WARNING, "a nav file with more entries than the settings allow chapters")

OFFERS = 20
"""The most problems of one order for which the nearest name is searched."""
ALIKE = 0.65
"""The least similarity of a name that is offered: "tow" and "two" have 0.67."""
NUMBERS = regex(r"[0-9]+")
NAMED = 8
"""The most files that one message names."""


class Settling(Struct, kw_only=True):
    """Finds the chapters that the items of one order name."""

    folder: Folder
    finder: Finder
    items: Items
    numbered: bool
    """Whether its chapters are numbered."""
    problems: list[Problem] = field(default_factory=list)
    first: dict[str, Place] = field(default_factory=dict)
    """Every chapter that has an entry, with the place of that entry."""
    unnamed: tuple[str, ...] | None = None
    """The chapters that no entry names."""
    titles: dict[str, list[str]] | None = None
    """The chapters that no entry names, by their case-folded titles."""
    offered: set[str] = field(default_factory=set)
    """The chapters that were offered for entries that name none."""
    count: int = 0

    def settled(self) -> tuple[Entry, ...]:
        """Return the entries of all items."""
        return self.entries(self.items.items)

    def entries(self, items: Iterable[Item]) -> tuple[Entry, ...]:
        """Return the entries of *items*."""
        return tuple(entry for item in items for entry in self.entry(item))

    def entry(self, item: Item) -> Iterator[Entry]:
        """Yield the entries of one item: one; its children, if it names nothing; or none."""
        self.count += 1
        most = self.folder.settings.limits.chapters
        if self.count > most:
            if self.count == most + 1:
                message = f"'{item.place.path}' has more than {most:,} entries; the rest is not read"
                self.problems.append(TOO_MANY.at(item.place, message, fix="raise limits.chapters in handbound.toml"))
            return
        title = html.unescape(item.title).strip() if item.title else None
        made = Entry(
            kind="chapter",
            title=title or None,
            matter=item.matter,
            numbered=item.numbered and self.numbered,
            appendix=item.appendix,
            is_appended=item.unnamed,
            place=item.place,
            source=item.reason or f"{item.place.path}:{item.place.line}",
        )
        if item.kind == "separator":
            yield replace(made, kind="separator")
            return
        path = self.page(item, title)
        children = self.entries(item.children)
        heading = self.items.index_opens and item.target is None and item.path is None
        # A page to which the list gives a title of its own is a chapter.
        titled = bool(item.children and item.children[0].title)
        opening = children[0] if children and heading and not titled else None
        part = replace(made, kind="part", numbered=False, children=children)
        own = children and (item.part or item.target is None)
        if path and own and is_empty(self.folder.chapters[path]):
            yield replace(part, title=title or title_of(self.folder.chapters[path]))
        elif path and own:
            yield replace(part, path=path)
        elif path:
            yield replace(made, path=path, children=children)
        elif children and title and opening and opening.path and not opening.children and is_folder_page(opening.path):
            # The first page of a section is its opening page.
            yield replace(part, path=opening.path, children=children[1:])
        elif children and title:
            yield part
        else:
            yield from children

    def page(self, item: Item, title: str | None) -> str | None:
        """Return the chapter that *item* names; None if it names none, or one that already has an entry."""
        if item.path is not None:
            hit = self.finder.find(item.target, self.items.folder) if item.target else None
            if hit and hit.path == item.path and not hit.exact:
                self.problems.append(other_case(str(item.target), self.spelled(hit.path), item.place))
            return self.take(item.path, item.place) if item.path in self.folder.chapters else None
        target = item.target
        if target is None:
            return None
        if not target:
            self.problems.append(DRAFT.at(item.place, f"'{printable(title or '')}' has no file yet"))
            return None
        if target.startswith("#"):
            return None
        if self.finder.local(target) is None:
            self.problems.append(outside(target, item.place))
            return None
        hit = self.finder.find(target, self.items.folder)
        if hit is None and self.items.slash_leaves and target.startswith("/"):
            self.problems.append(outside(target, item.place))
            return None
        if hit is None:
            return self.missing(item, target, title)
        if not hit.exact:
            self.problems.append(other_case(target, self.spelled(hit.path), item.place))
        return self.take(hit.path, item.place, quietly="#" in target and hit.path in self.first)

    def take(self, path: str, place: Place, *, quietly: bool = False) -> str | None:
        """Return *path* if it gets an entry now; None if it already has one."""
        if path not in self.first:
            self.first[path] = place
            return path
        if not quietly:
            self.problems.append(twice(path, self.first[path], place))
        return None

    def missing(self, item: Item, target: str, title: str | None) -> str | None:
        """Report an entry that names no chapter; return the one unnamed chapter with its title, if there is exactly one."""
        file = target.partition("#")[0].partition("?")[0]
        leaving = leaves(posixpath.join(self.items.folder, file)) and not file.startswith("/")
        if leaving and not ADDRESS.match(target):
            message = f"the order names '{printable(target)}', which is outside the book"
            self.problems.append(
                OUTSIDE.at(item.place, message, fix="put the file into the book's folder, or remove the entry")
            )
            return None
        twins = self.untaken().get(folded(title), []) if title else []
        if len(twins) == 1 and twins[0] not in self.first:
            (path,) = twins
            message = f"the order names '{printable(target)}', but {_absence(target)}"
            message += f"; the unlisted '{printable(path)}' has its title and comes here"
            self.problems.append(MISSING.at(item.place, message, fix=f"write '{printable(self.spelled(path))}'"))
            return self.take(path, item.place)
        base = "" if ADDRESS.match(target) else self.items.folder
        file = self.finder.local(file) or file
        full = posixpath.normpath(posixpath.join(base, file.lstrip("/")))
        offered = self.offered if len(self.problems) < OFFERS else None
        base = self.items.folder
        self.problems.append(missing(full, item.place, self.folder, self.rest_of(), offered, typed=target, base=base))
        return None

    def spelled(self, path: str) -> str:
        """Return *path* in a form that an entry may have."""
        return path.removeprefix(self.items.folder)

    def rest_of(self) -> tuple[str, ...]:
        """Return the chapters that no entry names, whether or not it was settled already."""
        if self.unnamed is None:
            named = set()
            pending = list(self.items.items)
            while pending:
                item = pending.pop()
                pending.extend(item.children)
                hit = self.finder.find(item.target, self.items.folder) if item.target else None
                named.add(item.path or (hit.path if hit else ""))
            self.unnamed = tuple(path for path in self.folder.chapters if path not in named)
        return self.unnamed

    def untaken(self) -> Mapping[str, list[str]]:
        """Return the chapters that no entry names, by their titles."""
        if self.titles is None:
            self.titles = {}
            for path in self.rest_of():
                chapter = self.folder.chapters[path]
                if chapter.sound:
                    self.titles.setdefault(folded(title_of(chapter)), []).append(path)
        return self.titles

    def rest(self) -> tuple[Entry, ...]:
        """Report the chapters that no entry names, in one warning; return the entries of those that come last."""
        site = self.folder.site
        base = site.base if site else ""
        nav = self.items.nav
        rest = [
            path
            for path, chapter in self.folder.chapters.items()
            if path.startswith(base)
            and path not in self.first
            and path != nav
            and not (is_empty(chapter) and is_folder_page(path))
        ]
        named = (self.finder.find(target, self.items.folder) for target in self.items.elsewhere)
        others = {hit.path for hit in named if hit}.intersection(rest)
        if others:
            self.problems.append(Omission.of(ELSEWHERE, sorted(others), partial(_of_versions, nav=nav)))
        rest = [path for path in rest if path not in others]
        if not rest:
            return ()
        last = self.items.rest == "last"
        if silent := [path for path in rest if path not in self.offered]:
            self.problems.append(Omission.of(UNLISTED, silent, partial(_unlisted, nav=nav, last=last)))
        if not last:
            return ()
        return tuple(
            Entry(kind="chapter", path=path, source="not in the list", numbered=self.numbered, is_appended=True)
            for path in sorted(rest, key=path_key)
        )


def _of_versions(paths: Sequence[str], *, nav: str) -> tuple[str, str]:
    """Return message and fix for chapters that the navigation file names for other versions or languages."""
    count, them = ("1 page is", "it") if len(paths) == 1 else (f"{len(paths):,} pages are", "them")
    message = f"{count} left out: '{nav}' names {them} for another version or language: {names_of(paths)}"
    return message, f"list the chapters under `sidebar` in {FILE} to print others"


def _unlisted(paths: Sequence[str], *, nav: str, last: bool) -> tuple[str, str]:
    """Return message and fix for chapters that the navigation file, or a site without one, does not name."""
    count = "1 file is" if len(paths) == 1 else f"{len(paths):,} files are"
    where = "placed at the end" if last else "left out"
    them = "it" if len(paths) == 1 else "them"
    by = f"'{nav}' does not name {them}" if nav else f"the site does not show {them}"
    message = f"{count} {where}: {by}: {names_of(paths)}"
    return message, f"add {them} to '{nav}'" if nav else f"list the chapters in {FILE}"


def outside(target: str, place: Place) -> Problem:
    """Return the problem of an entry that is a page outside the book."""
    return LINK.at(place, f"'{printable(target)}' points outside the book and is not a chapter")


def names_of(paths: Sequence[str]) -> str:
    """Return the first of *paths* as a list for a message."""
    names = ", ".join(f"'{printable(path, 80)}'" for path in paths[:NAMED])
    return names + (" …" if len(paths) > NAMED else "")


def missing(
    target: str,
    place: Place,
    folder: Folder,
    unlisted: Iterable[str],
    offered: set[str] | None,
    *,
    typed: str = "",
    base: str = "",
) -> Problem:
    """Return the problem of an entry that names no chapter, with the nearest chapter as its fix.

    Args:
        target: the path to which the entry refers.
        place: the place of the entry.
        folder: the folder with the chapters.
        unlisted: chapters without an entry, of which the nearest is offered.
        offered: receives the nearest; None: it is not looked for, which takes time: a navigation file may have thousands of dead
            entries.
        typed: the entry as the author typed it; empty if that is *target*.
        base: the folder to which the author's entries are relative.
    """
    shown = printable(typed or target)
    names = (target, *(target + ending for ending in OTHER_SUFFIXES)) if offered is not None else ()
    others = (name for name in names if name.lower().endswith(OTHER_SUFFIXES) and not leaves(name))
    other = next((name for name in others if os.path.isfile(folder.root / name)), None)  # noqa: PTH113 - no path of a stranger raises here
    if other:
        message = f"the order names '{printable(other)}', which is not Markdown; it is left out"
        return NOT_MARKDOWN.at(place, message, fix="convert it to Markdown")
    if not isinstance(open_file(folder.root, target, limit=folder.settings.limits.chapter_bytes), Refusal):
        return NO_CHAPTER.at(place, f"'{shown}' is not a chapter of this book (it is a draft, or left out by name)")
    near = nearest_path(target, unlisted) if offered is not None else None
    if near and offered is not None:
        offered.add(near)
    made = "add the page that it leads to" if _is_address(typed) else f"create the file '{shown}'"
    fix = f"write '{printable(near.removeprefix(base))}'" if near else f"{made}, or remove the entry"
    return MISSING.at(place, f"the order names '{shown}', but {_absence(typed)}", fix=fix)


def _is_address(target: str) -> bool:
    """Return whether an author names a page as a reader of the site does: `/guide` or `https://example.org/guide`."""
    return bool(ADDRESS.match(target)) or target.startswith("/")


def _absence(target: str) -> str:
    return "no chapter has this address" if _is_address(target) else "there is no such chapter"


def nearest_path(target: str, known: Iterable[str]) -> str | None:
    """Return the known path whose name is most like that of *target*.

    Extensions and the numbers in front of names are not compared. The first letter and all other numbers must be the same:
    few slips change them, and without this rule "gone" would be like "one".

    >>> nearest_path("02-twoo.md", ["02-two.md", "03-three.md"]), nearest_path("03-dead.md", ["03-two.md"])
    ('02-two.md', None)
    """
    words = title_from_path(target).casefold()
    numbers = NUMBERS.findall(words)
    by_words: dict[str, list[str]] = {}
    for path in itertools.islice(known, 1000):
        other = title_from_path(path).casefold()
        if other[:1] == words[:1] and NUMBERS.findall(other) == numbers:
            by_words.setdefault(other, []).append(path)
    name = nearest(words, by_words, alike=ALIKE)
    return (nearest(target, by_words[name], alike=0) or by_words[name][0]) if name else None


def other_case(target: str, path: str, place: Place) -> Problem:
    """Return the note for an entry that names a chapter in another case."""
    message = f"the entry '{printable(target)}' means '{printable(path)}'"
    return CASE.at(place, message, fix=f"write '{printable(path)}'")


def twice(path: str, first: Place | None, second: Place) -> Problem:
    """Return the problem of a chapter that has a second entry."""
    where = f" at {first}" if first else ""
    return TWICE.at(second, f"'{printable(path)}' is already in the order{where}", fix="keep one of the two entries")
