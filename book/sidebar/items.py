"""Entries of the nav files of other systems on their way to the reading order: read there, settled here."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Literal

from book.model import Entry, Matter, Sidebar
from book.notation import NotationError, Spot, toml
from book.problems import Kind, Place, Problem, Severity, printable
from book.safe_open import Refusal, open_file
from book.sidebar.way import (
    FOLDER_PAGES,
    OFFERS,
    OUTSIDE,
    UNLISTED,
    Folder,
    Said,
    leaves,
    missing,
    resolve,
    twice,
)

BROKEN_NAV = Kind("O110", Severity.WARNING, "a nav file that cannot be read")
LINK = Kind("O112", Severity.NOTE, "an entry of the order that points outside the book")
DRAFT = Kind("O115", Severity.NOTE, "an entry of the order without a file: a chapter not written yet")
TOO_MANY = Kind("O116", Severity.WARNING, "a nav file with more entries than the settings allow chapters")

LIMIT = 2_000_000
"""Most bytes of a nav file."""
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry of a nav file, as it is written."""

    kind: Literal["entry", "separator"] = "entry"
    title: str | None = None
    """Inline Markdown."""
    target: str | None = None
    """The file it names, an address, ``""`` for a chapter still to be written; None for a heading over others."""
    place: Place
    matter: Matter = "main"
    numbered: bool = True
    children: tuple[Item, ...] = ()


class Ruler:
    """Finds the place of an offset without counting from the top each time."""

    def __init__(self, path: str, text: str) -> None:
        """Measure *text*, the file *path*."""
        self.path = path
        self.starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def place(self, at: int) -> Place:
        """Return the place of the offset *at*."""
        line = bisect_right(self.starts, at)
        return Place(path=self.path, line=line, column=at - self.starts[line - 1] + 1)


def read(folder: Folder, path: str, problems: list[Problem]) -> str | None:
    """Return the text of the nav file *path*, None where there is none; one that cannot be read is told."""
    data = open_file(folder.root, path, limit=LIMIT)
    if isinstance(data, Refusal):
        if data.reason != "missing":
            problems.append(broken(Place(path=path), data.detail, "replace it with a text file"))
        return None
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        problems.append(broken(Place(path=path, line=line), "it is not UTF-8", "save the file as UTF-8"))
        return None


def broken(place: Place, why: str, fix: str) -> Problem:
    """Return the problem of a nav file that is not used."""
    return BROKEN_NAV.at(place, f"'{place.path}' is not used: {why}", fix=fix)


def not_read(path: str, text: str, fault: NotationError) -> Problem:
    """Return the problem of a nav file *text* that is not what its name says."""
    return broken(Ruler(path, text).place(fault.at), fault.message, fault.fix)


def toml_fault(fault: toml.TomlError) -> NotationError:
    """Return the fault of a TOML file of another tool."""
    return NotationError(BROKEN_NAV, fault.at, f"this is not TOML: {fault.why}", "fix the TOML")


def outside(place: Place, target: str) -> Problem:
    """Return the problem of a settings file of another tool that leads out of the book."""
    message = f"'{place.path}' is not followed out of the book: '{printable(target)}'"
    return BROKEN_NAV.at(place, message, fix="build the folder that holds both, or put the files into the book")


def unused(problems: Iterable[Problem]) -> Said | None:
    """Return what a way says that found no order, only *problems*; None when there are none."""
    problems = tuple(problems)
    return Said(sidebar=Sidebar(source="nothing"), problems=problems) if problems else None


def text_of(spot: Spot | None) -> str | None:
    """Return the text of a value, None when it is none."""
    return spot.value if spot and isinstance(spot.value, str) else None


def texts_of(spot: Spot | None) -> tuple[str, ...]:
    """Return the texts of a value that is one text or a list of them."""
    items = spot.value if spot and isinstance(spot.value, tuple) else (spot,)
    return tuple(text for item in items if (text := text_of(item)))


@dataclass(slots=True, kw_only=True)
class Settling:
    """Finds the chapters that the items of one nav file name."""

    folder: Folder
    nav: str
    """Path of the nav file."""
    base: str = ""
    """Folder of the chapters, with a slash at its end."""
    problems: list[Problem]
    first: dict[str, Place] = field(default_factory=dict)
    """Every chapter that has its entry, with the place of that."""
    count: int = 0

    def entries(self, items: Iterable[Item]) -> tuple[Entry, ...]:
        """Return the entries that *items* make."""
        return tuple(entry for item in items for entry in self.entry(item))

    def entry(self, item: Item) -> Iterator[Entry]:
        """Yield what one item makes: an entry; its children, where it names nothing; or nothing."""
        self.count += 1
        most = self.folder.settings.limits.chapters
        if self.count > most:
            if self.count == most + 1:
                message = f"'{self.nav}' has more than {most:,} entries; the rest is not read"
                self.problems.append(TOO_MANY.at(item.place, message, fix="raise limits.chapters in handbound.toml"))
            return
        said = f"{item.place.path}:{item.place.line}"
        title = html.unescape(item.title).strip() if item.title else None
        made = Entry(
            kind="chapter", title=title or None, matter=item.matter, numbered=item.numbered, place=item.place, said=said
        )
        if item.kind == "separator":
            yield replace(made, kind="separator")
            return
        path = self.page(item, title)
        children = self.entries(item.children)
        opening = children[0] if children and item.target is None else None
        if path:
            yield replace(made, path=path, children=children)
        elif children and title and opening and opening.path and not opening.children and _opens(opening.path):
            # The first page of a section is the page that opens it.
            yield replace(made, kind="part", path=opening.path, children=children[1:])
        elif children and title:
            yield replace(made, kind="part", children=children)
        else:
            yield from children

    def page(self, item: Item, title: str | None) -> str | None:
        """Return the chapter that *item* names, None when it names none, or one that has its entry already."""
        target = item.target
        if target is None:
            return None
        if not target:
            message = f"'{printable(title or '')}' has no file yet"
            self.problems.append(DRAFT.at(item.place, message))
            return None
        if ADDRESS.match(target):
            message = f"'{printable(target)}' points outside the book and is not a chapter"
            self.problems.append(LINK.at(item.place, message))
            return None
        file = target.partition("#")[0]
        path = resolve(file, self.folder.chapters, self.base) if file else None
        if path is None and file:
            self.problems.append(self.no_page(item.place, f"{self.base}{file.lstrip('/')}", target))
        elif path in self.first:
            if "#" not in target and path:
                self.problems.append(twice(path, self.first[path], item.place))
            return None
        elif path:
            self.first[path] = item.place
        return path

    def no_page(self, place: Place, file: str, target: str) -> Problem:
        """Return the problem of an entry that names no chapter."""
        if leaves(file):
            message = f"the order names '{printable(target)}', which is outside the book"
            return OUTSIDE.at(place, message, fix="put the file into the book's folder")
        unlisted = [path for path in self.folder.chapters if path not in self.first]
        offer = len(self.problems) < OFFERS

        def spell(path: str) -> str:
            return path.removeprefix(self.base)

        return missing(file, place, self.folder, unlisted, offer=offer, typed=target, spell=spell)

    def unlisted(self) -> None:
        """Tell which chapters no entry names."""
        for path in self.folder.chapters:
            if path.startswith(self.base) and path not in self.first and path != self.nav:
                message = f"'{printable(path)}' is left out: '{self.nav}' does not name it"
                self.problems.append(UNLISTED.at(Place(path=path), message, fix=f"add it to '{self.nav}'"))


def _opens(path: str) -> bool:
    return PurePosixPath(path).stem.lower() in FOLDER_PAGES
