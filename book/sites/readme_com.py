"""Documentation of ReadMe (readme.com), synchronised with a repository: ``_order.yaml`` in each folder lists its pages by their slugs."""

from __future__ import annotations

import functools

from book.problems import Place
from book.sites.files import Files, items_of, text_of
from book.sites.folders import Folder, folder_of
from book.sites.page_lists import PageLists
from book.sites.site import Items, Library, Site

ORDER = "_order.yaml"
FOLDERS = ("docs/", "")
"""Where the pages are, below the root of the repository."""


def recognise(files: Files, home: str) -> Site | None:
    """Return the documentation in whose folder, or a folder in it, there is a list of pages."""
    for base in (f"{home}{folder}" for folder in FOLDERS):
        folders = (
            "",
            *(f"{name}/" for name in files.names(base.rstrip("/")) if files.is_file(f"{base}{name}/{ORDER}")),
        )
        config = files.first_file(*(f"{base}{folder}{ORDER}" for folder in folders))
        if config:
            return Site(
                system="readme-com",
                label="ReadMe",
                config=config,
                base=base,
                guests=True,
                dialects=("readme-com",),
            )
    return None


def order(library: Library) -> Items | None:
    """Return the pages as the lists sort them, folder by folder; those that no list names follow by name."""
    lists = PageLists(functools.partial(_listed, library.files), library.quota(), by_slug=True)
    return Items(items=lists.items(folder_of(library.chapters, library.site.base)), source=f"the files `{ORDER}`")


def _listed(files: Files, folder: Folder) -> dict[str, Place]:
    """Return the slugs in the list of *folder*, with their places."""
    path = f"{folder.path}{ORDER}"
    document = files.yaml(path) if files.is_file(path) else None
    entries = items_of(document.root) if document else ()
    return {text: document.place(entry) for entry in entries if document and (text := text_of(entry))}
