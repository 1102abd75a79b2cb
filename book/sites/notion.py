"""Exports of Notion: a page stands before the pages in the folder of its name, in the order in which it links to them."""

from __future__ import annotations

import csv
import io
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote

from msgspec import Struct

from book.model import Manuscript
from book.patterns import regex
from book.problems import Place
from book.sites.files import Files
from book.sites.names import MARK_OF_NOTION, escaped, heading_of, path_key, readable, title_of
from book.sites.site import Item, Items, Library, Site
from book.sites.title import words_of

LINK = regex(r"\]\(([^()\s]+\.(?:md|csv))(?:#[^()\s]*)?\)")
"""A link to a page, or to a database, whose rows may be pages."""
DEEPEST = 40


def recognise(files: Files, home: str) -> Site | None:
    """Return an export, in which most files have Notion's mark after their names; its only outer page names the book."""
    pages = () if home else files.markdown()
    marked = [path for path in pages if MARK_OF_NOTION.search(posixpath.splitext(path)[0])]
    if len(marked) * 2 <= len(pages):
        return None
    least = min(path.count("/") for path in marked)
    first, *others = sorted((path for path in marked if path.count("/") == least), key=path_key)
    title = None if others else words_of(heading_of(files.text(first) or "", levels=1) or "") or None
    return Site(system="notion", label="Notion", config=first, title=title, dialects=("notion",), guests=True)


def order(library: Library) -> Items | None:
    """Return the pages of every folder in the order of the links in the page above them; those without a link come last."""
    folders: dict[str, set[str]] = {}
    for path in library.chapters:
        below = path
        while below:
            above = posixpath.dirname(below)
            folders.setdefault(above, set()).add(below)
            below = above
    start = ""
    while len(inside := folders.get(start, set())) == 1 and (only := next(iter(inside))) not in library.chapters:
        start = only
    place = Place(path=library.site.config)
    export = _Export(folders=folders, chapters=library.chapters, files=library.files, place=place)
    items = tuple(export.items(start, None, DEEPEST))
    return Items(items=items, source="the links of its pages", rest="last")


class _Export(Struct, frozen=True, kw_only=True):
    """The pages of an export."""

    folders: Mapping[str, set[str]]
    """The pages and folders in each folder."""
    chapters: Mapping[str, Manuscript]
    files: Files
    place: Place

    def items(self, folder: str, page: Manuscript | None, depth: int) -> Iterator[Item]:
        """Yield an entry for each page of *folder*, which belongs to *page*, and for each folder without a page, such as that of a database."""
        if not depth:
            return
        inside = self.folders.get(folder, set())
        links, says = (
            (_links(page), "link in the page above it") if page else (self.rows(folder), "row of the database")
        )
        own = {name: path for path in inside if path in self.chapters for name in _folders_of(path)}

        def position(path: str) -> tuple[object, ...]:
            ways = [path] if path in self.chapters else [f"{name}.csv" for name in (path, *_marked(path, links))]
            return (min((links[way] for way in ways if way in links), default=len(links)), *path_key(path))

        for path in sorted((path for path in inside if path in self.chapters or path not in own), key=position):
            reason = says if position(path)[0] != len(links) else "name of the file"
            if path not in self.chapters:
                below = tuple(self.items(path, None, depth - 1))
                title = escaped(readable(posixpath.basename(path)))
                yield Item(title=title, place=self.place, reason=reason, children=below)
                continue
            inner = next((name for name, owner in own.items() if owner == path and name in self.folders), None)
            below = tuple(self.items(inner, self.chapters[path], depth - 1)) if inner else ()
            yield Item(path=path, place=self.place, reason=reason, children=below)

    def rows(self, folder: str) -> Mapping[str, int]:
        """Return the pages in *folder*, that of a database, each with the number of its row, in which the title comes first."""
        beside = (name for name in self.files.names(posixpath.dirname(folder)) if name.endswith(".csv"))
        stems = {posixpath.join(posixpath.dirname(folder), name.removesuffix(".csv")): name for name in beside}
        stem = next((stem for stem in stems if folder in _folders_of(f"{stem}.csv")), None) if folder else None
        text = self.files.text(f"{stem}.csv") if stem else None
        try:
            titles = [row[0].strip() for row in csv.reader(io.StringIO(text or ""), strict=False) if row][1:]
        except csv.Error:
            return {}
        numbers = {title: number for number, title in reversed(list(enumerate(titles)))}
        pages = (path for path in self.folders.get(folder, ()) if path in self.chapters)
        return {path: numbers[title] for path in pages if (title := title_of(self.chapters[path])) in numbers}


def _folders_of(path: str) -> tuple[str, str]:
    """Return the names that the folder of the pages below the page *path* may have: with its mark, as before 2024, and without."""
    stem = posixpath.splitext(path)[0]
    return stem, MARK_OF_NOTION.sub("", stem)


def _marked(path: str, links: Iterable[str]) -> Iterator[str]:
    """Yield the files among *links* that *path* names without their marks, without their extensions."""
    stems = (posixpath.splitext(link)[0] for link in links)
    return (stem for stem in stems if MARK_OF_NOTION.sub("", stem) == path)


def _links(page: Manuscript) -> Mapping[str, int]:
    """Return the files to which *page* links, each with the number of its first link."""
    folder = posixpath.dirname(page.path)
    targets = (posixpath.normpath(posixpath.join(folder, unquote(match[1]))) for match in LINK.finditer(page.text))
    return {target: number for number, target in enumerate(dict.fromkeys(targets))}
