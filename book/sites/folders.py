"""The folders of a book as a value: for sites whose order is that of their folders."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from msgspec import Struct

from book.model import Manuscript
from book.patterns import regex
from book.problems import Place
from book.sites.names import FOLDER_PAGES, readable, stem_of, title_of
from book.sites.site import Item

Node: TypeAlias = "Folder | Manuscript"


class Folder(Struct, frozen=True, kw_only=True):
    """A folder that contains chapters, at any depth."""

    path: str
    """Its path with a slash at its end; empty for the root."""
    page: Manuscript | None = None
    """The page of the folder itself."""
    files: tuple[Manuscript, ...] = ()
    """Its other chapters, in code point order."""
    folders: tuple[Folder, ...] = ()

    @property
    def name(self) -> str:
        """Its name without its parents."""
        return self.path.rstrip("/").rpartition("/")[2]

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Its files and folders."""
        return (*self.files, *self.folders)


def folder_of(chapters: Mapping[str, Manuscript], base: str, pages: Iterable[str] = FOLDER_PAGES) -> Folder:
    """Return the folder *base* with all chapters below it.

    Args:
        chapters: by path.
        base: with a slash at its end, empty for the root.
        pages: names of the pages of folders, without extension, in lower case; the first that exists counts.
    """
    tree: dict[str, Any] = {}
    for path, chapter in chapters.items():
        if not path.startswith(base):
            continue
        *steps, name = path.removeprefix(base).split("/")
        level = tree
        for step in steps:
            level = level.setdefault(f"{step}/", {})
        level[name] = chapter
    return _folder(tree, base, tuple(pages))


def _folder(tree: Mapping[str, Any], path: str, pages: tuple[str, ...]) -> Folder:
    files = {name: chapter for name, chapter in sorted(tree.items()) if isinstance(chapter, Manuscript)}
    stems = {stem_of(name).lower(): chapter for name, chapter in reversed(files.items())}
    page = next((stems[stem] for stem in pages if stem in stems), None)
    return Folder(
        path=path,
        page=page,
        files=tuple(chapter for chapter in files.values() if chapter is not page),
        folders=tuple(
            _folder(inner, f"{path}{name}", pages) for name, inner in sorted(tree.items()) if isinstance(inner, dict)
        ),
    )


TOCTREE = regex(
    r"^(?P<fence>`{3,}|:{3,}|~{3,})[ \t]*\{toctree\}[^\n]*\n(?P<body>.*?)^(?P=fence)[`:~]*[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
"""A list of the pages below a page, in Sphinx with Markdown."""


def is_empty(chapter: Manuscript) -> bool:
    """Return whether a page contains only its title, and lists of pages below it, so that it just names its folder."""
    if chapter.front.values.get("children") and chapter.front.values.get("intro"):
        return False  # GitHub Docs prints the introduction
    lines = [
        line
        for line in TOCTREE.sub("", chapter.text).splitlines()
        if line.strip() and not re.fullmatch(r"\s*\{[^{}]*\}\s*", line)
    ]
    return not lines or (len(lines) == 1 and lines[0].startswith(("# ", "-# ")))


def opening(folder: Folder) -> tuple[Item, ...]:
    """Return the item of the own page of *folder*, which stands before all others; none if it has no text."""
    page = folder.page
    if page is None or is_empty(page):
        return ()
    return (Item(path=page.path, place=Place(path=page.path), reason="page of the site"),)


def items_of_folder(
    folder: Folder, sort: Callable[[Folder], Iterable[Node]], reason: str, place: Place
) -> tuple[Item, ...]:
    """Return the items for the content of a folder, without its own page.

    Args:
        folder: the folder.
        sort: returns its files and folders in order; those that it leaves out are not in the book.
        reason: the source of the order, in words.
        place: the source of the order, as a place.
    """
    items = []
    for node in sort(folder):
        if isinstance(node, Manuscript):
            items.append(Item(path=node.path, place=place, reason=reason))
        else:
            inner = items_of_folder(node, sort, reason, place)
            items.extend(section(node, inner, reason, place))
    return tuple(items)


def section(
    folder: Folder, inner: tuple[Item, ...], reason: str, place: Place, title: str | None = None
) -> tuple[Item, ...]:
    """Return the item of a folder with the items *inner* in it; a page alone in its folder is an ordinary chapter."""
    page = folder.page
    if page and not inner:
        return (
            ()
            if is_empty(page) and not page.front.title
            else (Item(path=page.path, title=title, place=place, reason=reason),)
        )
    if not inner:
        return ()
    title = title or (title_of(page) if page else readable(folder.name))
    return (Item(title=title, path=page.path if page else None, place=place, reason=reason, children=inner),)
