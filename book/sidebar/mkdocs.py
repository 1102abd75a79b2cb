"""The order of an ``mkdocs.yml``: its ``nav`` of the pages below ``docs_dir``."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from book.model import Entry, Sidebar
from book.notation import NotationError, Spot, read_loose_yaml
from book.problems import Place, Problem
from book.sidebar import summary
from book.sidebar.items import ADDRESS, Item, Ruler, Settling, not_read, outside, read, text_of, texts_of, unused
from book.sidebar.natural import entries_of
from book.sidebar.way import Folder, Said, leaves, paths

NAMES = ("mkdocs.yml", "mkdocs.yaml")
DOCS = "docs"
LISTS = ("SUMMARY.md", "README.md", "index.md")
"""Where the pages of a folder may be listed that the nav names as ``folder/``."""


def order(folder: Folder) -> Said | None:
    """Return the order of the nav of an ``mkdocs.yml``; without a nav natural order of its pages; None without the file."""
    problems: list[Problem] = []
    for name in NAMES:
        text = read(folder, name, problems)
        if text is None:
            continue
        try:
            table = read_loose_yaml(text).value
        except NotationError as fault:
            problems.append(not_read(name, text, fault))
            continue
        if isinstance(table, Mapping):
            return _Site(folder, name, Ruler(name, text), table, problems).said()
    return unused(problems)


@dataclass(slots=True)
class _Site:
    """One ``mkdocs.yml`` on its way to the order."""

    folder: Folder
    name: str
    ruler: Ruler
    table: Mapping[str, Spot]
    problems: list[Problem]
    base: str = ""
    count: int = 0

    def said(self) -> Said | None:
        """Return what the file says, None when it names no chapter."""
        self.base = self.docs()
        settling = Settling(folder=self.folder, nav=self.name, base=self.base, problems=self.problems)
        nav = self.table.get("nav")
        if nav and isinstance(nav.value, tuple):
            entries = settling.entries(self.items(nav))
            settling.unlisted()
            source = f"{self.name}: its nav, because no chapter has a number under `sidebar`"
        else:
            entries = settling.entries(self.below(self.base, Place(path=self.name)))
            source = f"natural order of the file names in '{self.base}': '{self.name}' has no nav"
        if not paths(entries):
            return unused(self.problems)
        theme = self.table.get("theme")
        look = theme.value if theme and isinstance(theme.value, Mapping) else {}
        sidebar = Sidebar(
            source=source,
            entries=entries,
            title=text_of(self.table.get("site_name")),
            authors=texts_of(self.table.get("site_author")),
            language=text_of(look.get("language")) or text_of(look.get("locale")),
        )
        return Said(sidebar=sidebar, problems=tuple(self.problems), base=self.base, by="nav", nav=self.name)

    def docs(self) -> str:
        """Return the folder of the pages, with a slash at its end."""
        for key in ("INHERIT", "docs_dir"):
            spot = self.table.get(key)
            if spot and leaves(text_of(spot) or ""):
                self.problems.append(outside(self.ruler.place(spot.at), text_of(spot) or ""))
            elif spot and key == "docs_dir" and (where := posixpath.normpath(text_of(spot) or DOCS)) != ".":
                return f"{where}/"
            elif spot and key == "docs_dir":
                return ""
        return f"{DOCS}/"

    def items(self, nav: Spot) -> tuple[Item, ...]:
        """Return the items of a list: files, ``title: file``, ``title: [ … ]``."""
        made: list[Item] = []
        for entry in nav.value if isinstance(nav.value, tuple) else ():
            pairs = entry.value.items() if isinstance(entry.value, Mapping) else ((None, entry),)
            for title, spot in pairs:
                self.count += 1
                if self.count > self.folder.settings.limits.chapters + 1:  # aliases of aliases; settling tells it
                    return tuple(made)
                place = self.ruler.place(spot.key_at if title is not None and spot.key_at >= 0 else spot.at)
                if isinstance(spot.value, tuple):
                    made.append(self.item(title, None, place, self.items(spot)))
                elif spot.value is None or isinstance(spot.value, str):
                    target = text_of(spot) or ""
                    inner = self.inner(target, place) if target.endswith("/") and not ADDRESS.match(target) else ()
                    made.append(self.item(title, None if inner else target, place, inner))
        return tuple(made)

    def item(self, title: str | None, target: str | None, place: Place, children: tuple[Item, ...] = ()) -> Item:
        """Return one item; MkDocs numbers none, but an author may ask for it."""
        numbered = "number_chapters" in self.folder.settings.places
        return Item(title=title, target=target, place=place, numbered=numbered, children=children)

    def inner(self, target: str, place: Place) -> tuple[Item, ...]:
        """Return the pages of a folder that the nav names as a whole: as its own list has them, else in natural order."""
        where = posixpath.normpath(posixpath.join(self.base, target)) + "/"
        if leaves(where):
            return ()
        for name in LISTS:
            path = f"{where}{name}"
            text = read(self.folder, path, self.problems)
            listed = [
                replace(item, target=posixpath.normpath(posixpath.join(target, item.target)), children=())
                for item in flat(summary.items(text or "", path))
                if item.target and not ADDRESS.match(item.target) and not item.target.startswith(("#", "/", ".."))
            ]
            if listed:
                own = [self.item(None, f"{target}{name}", place)] if path in self.folder.chapters else []
                return (*own, *(replace(item, numbered=own[0].numbered if own else False) for item in listed))
        return self.below(where, place)

    def below(self, where: str, place: Place) -> tuple[Item, ...]:
        """Return the chapters below the folder *where* in natural order."""
        inside = [one for path, one in self.folder.chapters.items() if path.startswith(where)]

        def items(entries: tuple[Entry, ...]) -> tuple[Item, ...]:
            return tuple(
                self.item(entry.title, entry.path and entry.path.removeprefix(self.base), place, items(entry.children))
                for entry in entries
            )

        return items(entries_of(inside))


def flat(items: tuple[Item, ...]) -> Iterator[Item]:
    """Yield *items* and all below them."""
    for item in items:
        yield item
        yield from flat(item.children)
