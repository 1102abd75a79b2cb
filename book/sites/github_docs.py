"""GitHub Docs, and sites made like it: `content/` with lists `children` in its pages, variables and reusable texts in `data/`."""

from __future__ import annotations

import posixpath
import re

from book.model import Manuscript
from book.patterns import regex
from book.problems import Place
from book.sites.files import Files
from book.sites.folders import Folder, is_empty, section
from book.sites.site import Item, Items, Library, Quota, Site

CONTENT, INDEX, DATA = "content/", "index.md", ("data/variables", "data/reusables")
CHILDREN = "children"
_TITLE = regex(r"^title:[ \t]*(?P<quote>['\"]?)(?P<title>[^\n{}]+?)(?P=quote)[ \t]*$", re.MULTILINE)
"""A title in front matter without tags."""

_ENTRY = regex(r"[ \t]*-[ \t]+['\"]?(?P<name>[^\s'\"#]+)['\"]?[ \t]*")


def recognise(files: Files, home: str) -> Site | None:
    """Return the site whose pages are in ``content/`` and whose texts are in ``data/``."""
    path = f"{home}{CONTENT}{INDEX}"
    if not files.is_file(path) or not any(files.is_folder(f"{home}{folder}") for folder in DATA):
        return None
    match = _TITLE.search(files.text(path) or "")
    base = f"{home}{CONTENT}"
    return Site(
        system="github-docs",
        label="GitHub Docs",
        config=path,
        base=base,
        title=match["title"] if match else None,
        static=(base, home) if home else (base, "./"),
        dialects=("github-docs",),
        guests=True,
    )


def order(library: Library) -> Items | None:
    """Return the pages as the lists `children` of the pages above them name them."""
    home = library.site.base
    items = _below(f"{home}{INDEX}", library, library.quota(), frozenset())
    if not items:
        return None
    page = library.chapters.get(f"{home}{INDEX}")
    opening = [] if page is None or is_empty(page) else [Item(path=page.path, place=_place(page), reason="home page")]
    return Items(items=(*opening, *items), source="front matter: `children` of the pages", rest="last")


def _below(path: str, library: Library, quota: Quota, above: frozenset[str]) -> tuple[Item, ...]:
    """Return the items for the children of the page *path*."""
    page = library.chapters.get(path)
    children = page.front.values.get(CHILDREN) if page else None
    if page is None or path in above or not isinstance(children, list):
        return ()
    items: list[Item] = []
    folder, places = posixpath.dirname(path), _places(path, library)
    for name in quota.of(child.strip().strip("/") for child in children if isinstance(child, str)):
        stem = posixpath.normpath(posixpath.join(folder, name))
        file, index = f"{stem}.md", f"{stem}/{INDEX}"
        place = places.get(name, _place(page))
        if file in library.chapters:
            items.append(Item(path=file, place=place, reason=CHILDREN))
        elif index in library.chapters:
            inner = _below(index, library, quota, above | {path})
            items += section(Folder(path=f"{stem}/", page=library.chapters[index]), inner, CHILDREN, place)
        else:
            items.append(Item(target=f"{name}.md", place=place, reason=CHILDREN))
    return tuple(items)


def _places(path: str, library: Library) -> dict[str, Place]:
    """Return the place of each entry of a list in the file *path*, by its name."""
    places: dict[str, Place] = {}
    for number, line in enumerate((library.files.text(path) or "").split("\n"), 1):
        if match := _ENTRY.fullmatch(line):
            places.setdefault(match["name"].strip("/"), Place(path=path, line=number, column=match.start("name") + 1))
    return places


def _place(page: Manuscript) -> Place:
    return page.front.places.get(CHILDREN, Place(path=page.path))
