"""The order as handbound.toml lists it: ``sidebar = ["a.md", { part = "Culture", chapters = ["b.md"] }]``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from msgspec.structs import replace

from book.model import Entry, Sidebar
from book.problems import Kind, Omission, Place, Problem, Severity, printable
from book.settings import FILE, SidebarEntry
from book.settings.keys import EntryMatter
from book.sidebar.settle import OFFERS, OUTSIDE, UNLISTED, missing, names_of, other_case, twice
from book.sidebar.way import Answer, Folder
from book.sites.files import leaves
from book.sites.finder import Finder, finder_of
from book.sites.names import path_key

EMPTY_PART = Kind("O114", Severity.NOTE, "a part without chapters")


def order(folder: Folder) -> Answer | None:
    """Return the order of the list ``sidebar``; chapters that it does not name come last, or are left out."""
    listed = folder.settings.sidebar
    if listed is None:
        return None
    reading = _Reading(folder)
    reading.name_all(listed)
    entries = reading.entries(listed)
    last = _others(folder, reading)
    source = f"{FILE}: its list `sidebar`"
    return Answer(
        sidebar=Sidebar(source=source, entries=(*entries, *last)), problems=tuple(reading.problems), by="list"
    )


def _others(folder: Folder, reading: _Reading) -> tuple[Entry, ...]:
    """Return the entries of the chapters that the list does not name, for its end; one problem counts them."""
    others = [path for path in folder.chapters if path not in reading.named]
    unreadable = [path for path in others if not folder.chapters[path].sound]
    at_the_end = folder.settings.others == "last"
    rest = sorted((path for path in others if path not in unreadable), key=path_key)
    place = folder.settings.places.get("sidebar")
    for paths, where in ((rest, "placed at the end" if at_the_end else "left out"), (unreadable, "left out")):
        silent = [path for path in paths if path not in reading.offered]
        if not silent:
            continue
        why = " and cannot be read" if paths is unreadable else ""
        problem = Omission.of(UNLISTED, silent, partial(_unlisted, where=where, why=why), place)
        requested = paths is rest and not at_the_end
        reading.problems.append(replace(problem, severity=Severity.NOTE, fix="") if requested else problem)
    return tuple(
        Entry(kind="chapter", path=path, source="not in the list", is_appended=True) for path in rest if at_the_end
    )


def _unlisted(paths: Sequence[str], *, where: str, why: str) -> tuple[str, str]:
    """Return message and fix for the chapters that the list does not name."""
    count = "1 chapter is" if len(paths) == 1 else f"{len(paths):,} chapters are"
    name = f"the list `sidebar` of {FILE} does not name {'it' if len(paths) == 1 else 'them'}"
    fix = f'add "{printable(paths[0])}" to `sidebar` in {FILE}, or write others = "leave out"'
    return f"{count} {where}: {name}{why}: {names_of(paths)}", fix


class _Reading:
    """One pass over the list."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.chapters = folder.chapters
        self.finder: Finder = finder_of(folder.chapters, None, {})
        self.named: dict[str, Place] = {}
        """Every chapter that the list names, with the place of its first entry."""
        self.placed: set[str] = set()
        self.offered: set[str] = set()
        """The chapters that were offered for entries that name none: their problem is told there."""
        self.problems: list[Problem] = []

    def name_all(self, listed: tuple[SidebarEntry, ...]) -> None:
        for entry in listed:
            hit = self.finder.find(entry.chapter) if entry.chapter else None
            if hit:
                self.named.setdefault(hit.path, entry.place)
            self.name_all(entry.chapters)

    def entries(self, listed: tuple[SidebarEntry, ...], matter: EntryMatter = "main") -> tuple[Entry, ...]:
        return tuple(made for entry in listed for made in self.entry(entry, entry.matter or matter))

    def entry(self, entry: SidebarEntry, matter: EntryMatter) -> Iterator[Entry]:
        """Yield the entry of the list: one; the chapters below it, if its own cannot be had; or none."""
        if entry.part is not None:
            part = self.part(entry, matter)
            yield from (part,) if part else ()
            return
        chapter = self.chapter(entry, matter)
        below = self.entries(entry.chapters, matter)
        yield from (replace(chapter, children=below),) if chapter else below

    def part(self, entry: SidebarEntry, matter: EntryMatter) -> Entry | None:
        opening = self.chapter(entry, matter) if entry.chapter else None
        children = self.entries(entry.chapters, matter)
        if not children and not opening:
            self.problems.append(
                EMPTY_PART.at(entry.place, f"the part '{printable(entry.part or '')}' has no chapters")
            )
            return None
        return Entry(
            kind="part",
            title=entry.part,
            path=opening.path if opening else None,
            numbered=entry.numbered,
            appendix=matter == "appendix",
            place=entry.place,
            source=_source(entry.place),
            children=children,
        )

    def chapter(self, entry: SidebarEntry, matter: EntryMatter) -> Entry | None:
        target = entry.chapter or ""
        hit = self.finder.find(target)
        path = hit.path if hit else None
        if path is None and leaves(target):
            message = f"the order names '{printable(target)}', which is outside the book"
            self.problems.append(
                OUTSIDE.at(entry.place, message, fix="put the file into the book's folder, or remove the entry")
            )
            return None
        if path is None:
            unlisted = [path for path in self.chapters if path not in self.named]
            offered = self.offered if len(self.problems) < OFFERS else None
            self.problems.append(missing(target, entry.place, self.folder, unlisted, offered))
            return None
        if path in self.placed:
            self.problems.append(twice(path, self.named[path], entry.place))
            return None
        if hit and not hit.exact:
            self.problems.append(other_case(target, path, entry.place))
        self.placed.add(path)
        return Entry(
            kind="chapter",
            title=entry.title or None,
            path=path,
            matter="main" if matter == "appendix" else matter,
            numbered=entry.numbered,
            appendix=matter == "appendix",
            place=entry.place,
            source=_source(entry.place),
        )


def _source(place: Place) -> str:
    return f"{place.path}:{place.line}"
