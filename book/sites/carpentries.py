"""Lessons of The Carpentries: ``config.yaml`` of the Workbench, with lists of files for each of its folders."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from book.sites.files import Document, Files, items_of, text_of
from book.sites.finder import repository_of
from book.sites.names import path_key
from book.sites.site import Item, Items, Library, Quota, Site
from book.source.manuscript import SUFFIXES

CONFIG = "config.yaml"
EPISODES = "episodes"
FOLDERS = (EPISODES, "learners", "instructors", "profiles")
LINKS = "links.md"
"""Targets of links, which the site adds to every page."""
NOT_PAGES = ("README.md", LINKS, "site", "renv", "bin", "CODE_OF_CONDUCT.md", "LICENSE.md")
SETUP = "learners/setup"
"""What the site shows on its first page."""


def recognise(files: Files, home: str) -> Site | None:
    """Return what the settings of a lesson state."""
    document = files.first(f"{home}{CONFIG}")
    if document is None or not isinstance(document.root.value, Mapping):
        return None
    if document.text("carpentry") is None or not files.is_folder(f"{home}{EPISODES}"):
        return None
    url = document.text("url")
    return Site(
        system="carpentries",
        label="The Carpentries Workbench",
        config=document.path,
        nav=document.path,
        base=home,
        suffixes=(*SUFFIXES, ".rmd"),
        excluded=tuple(f"{home}{name}" for name in NOT_PAGES),
        title=document.text("title"),
        description=document.text("description"),
        language=document.text("lang"),
        site_url=url if url and url.startswith("http") else None,
        repository=repository_of(document.text("source"), document.text("branch")),
        static=(home, *(f"{home}{folder}/" for folder in FOLDERS)),
        appended=(f"{home}{LINKS}",) if files.is_file(f"{home}{LINKS}") else (),
        dialects=("carpentries",),
    )


def order(library: Library) -> Items | None:
    """Return the first page with the setup, the episodes, then the pages for learners and for instructors."""
    site = library.site
    document = library.files.yaml(site.config)
    if document is None:
        return None
    quota = library.quota()
    pages = {posixpath.splitext(path.removeprefix(site.base))[0]: path for path in library.chapters}
    place = document.place(document.root)
    named = pages.get("index", "")
    untitled = named in library.chapters and not library.chapters[named].front.title
    name = "Summary and Setup" if (site.language or "en").startswith("en") else site.title
    first = [
        Item(
            path=pages[stem],
            place=place,
            reason="page of the site",
            title=name if untitled and stem == "index" else None,
        )
        for stem in ("index", SETUP)
        if stem in pages
    ]
    taken = {item.path for item in first}
    items = [item for folder in FOLDERS for item in _of_folder(folder, document, library, quota)]
    rest = (item for item in items if item.path is None or item.path not in taken)
    return Items(items=(*first, *rest), source=f"{site.config}: its lists of files", nav=site.config, folder=site.base)


def _of_folder(folder: str, document: Document, library: Library, quota: Quota) -> Iterator[Item]:
    """Yield the files that the list of a folder names; all of them, by name, if it names none."""
    home = library.site.base
    spot = document.get(folder)
    entries = tuple(quota.of(items_of(spot)))
    for entry in entries:
        name = text_of(entry)
        if name:
            path = f"{home}{folder}/{name}"
            known = path if path in library.chapters else None
            yield Item(target=f"{folder}/{name}", path=known, place=document.place(entry))
    if not entries:
        inside = (path for path in library.chapters if path.startswith(f"{home}{folder}/"))
        place = document.place(spot, key=True) if spot else document.place(document.root)
        for path in sorted(inside, key=path_key):
            yield Item(path=path, place=place, reason="name of the file")
