"""Exports of Notion: a page stands before the pages in the folder of its name, in the order in which it links to them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote

from book.model import Manuscript
from book.patterns import regex
from book.problems import Place
from book.sites.files import Files
from book.sites.names import MARK_OF_NOTION, escaped, heading_of, path_key, readable
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
    items = tuple(_items(start, folders, library.chapters, None, Place(path=library.site.config), DEEPEST))
    return Items(items=items, source="the links of its pages", rest="last")


def _items(
    folder: str,
    folders: Mapping[str, set[str]],
    chapters: Mapping[str, Manuscript],
    page: Manuscript | None,
    place: Place,
    depth: int,
) -> Iterator[Item]:
    """Yield an entry for each page of *folder*, which belongs to *page*, and for each folder without a page, such as that of a database."""
    if not depth:
        return
    links = _links(page) if page else {}
    inside = folders.get(folder, set())
    own = {name: path for path in inside if path in chapters for name in _folders_of(path)}

    def position(path: str) -> tuple[object, ...]:
        ways = [path] if path in chapters else [f"{name}.csv" for name in (path, *_marked(path, links))]
        return (min((links[way] for way in ways if way in links), default=len(links)), *path_key(path))

    for path in sorted((path for path in inside if path in chapters or path not in own), key=position):
        reason = "link in the page above it" if position(path)[0] != len(links) else "name of the file"
        if path not in chapters:
            below = tuple(_items(path, folders, chapters, None, place, depth - 1))
            title = escaped(readable(posixpath.basename(path)))
            yield Item(title=title, place=place, reason=reason, children=below)
            continue
        inner = next((name for name, owner in own.items() if owner == path and name in folders), None)
        below = tuple(_items(inner, folders, chapters, chapters[path], place, depth - 1)) if inner else ()
        yield Item(path=path, place=place, reason=reason, children=below)


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
