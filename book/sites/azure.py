"""Wikis of Azure DevOps: a file ``.order`` in each folder names its pages; those below a page are in the folder of its name."""

from __future__ import annotations

import functools

from book.problems import Place
from book.sites.files import Files
from book.sites.folders import Folder, folder_of
from book.sites.names import stem_of
from book.sites.page_lists import PageLists
from book.sites.site import Item, Items, Library, Site

ORDER = ".order"
HOMES = ("home", "welcome")
"""Names of a first page that opens the book, in lower case."""


def recognise(files: Files, home: str) -> Site | None:
    """Return the wiki in whose folder there is a list of pages."""
    if not files.is_file(f"{home}{ORDER}"):
        return None
    return Site(
        system="azure",
        label="wiki of Azure DevOps",
        config=f"{home}{ORDER}",
        base=home,
        guests=True,
        dialects=("wiki", "azure"),
        named_by_file=True,
    )


def order(library: Library) -> Items | None:
    """Return the pages as the lists sort them, folder by folder; those that no list names follow by name."""
    site = library.site
    lists = PageLists(functools.partial(_listed, library.files), library.quota())
    items = lists.items(folder_of(library.chapters, site.base, ()))
    first = items[0] if items else None
    if first and first.path and not first.children and stem_of(first.path.rpartition("/")[2]).casefold() in HOMES:
        opening = Item(path=first.path, place=first.place, reason=first.reason, matter="front", numbered=False)
        items = (opening, *items[1:])
    return Items(items=items, source=f"the files `{ORDER}` of the wiki")


def _listed(files: Files, folder: Folder) -> dict[str, Place]:
    """Return the names in the list of *folder*, each with its first place."""
    path = f"{folder.path}{ORDER}"
    text = (files.text(path) or "") if files.is_file(path) else ""
    listed: dict[str, Place] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if name := line.strip():
            listed.setdefault(name, Place(path=path, line=number))
    return listed
