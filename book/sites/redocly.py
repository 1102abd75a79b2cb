"""Redocly: ``redocly.yaml``, and ``sidebars.yaml`` with the pages and groups."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname, normpath

from book.notation import Spot
from book.sites.files import Document, Files, items_of, leaves, table_of, text_of
from book.sites.site import Item, Items, Library, Quota, Site

CONFIGS = ("redocly.yaml", "redocly.yml")
LISTS = ("sidebars.yaml", "sidebars.yml")


def recognise(files: Files, home: str) -> Site | None:
    """Return the project with both files."""
    config = files.first_file(*(f"{home}{name}" for name in CONFIGS))
    nav = files.first_file(*(f"{home}{name}" for name in LISTS))
    if config is None or nav is None:
        return None
    return Site(
        system="redocly",
        label="Redocly",
        config=config,
        nav=nav,
        base=home,
        excluded=(f"{home}_partials/*", f"{home}partials/*"),
        static=(home, f"{home}static/"),
        dialects=("markdoc",),
        guests=True,
    )


def order(library: Library) -> Items | None:
    """Return the pages and groups of the list; a folder stands for the pages in it, by their names."""
    site = library.site
    document = library.files.yaml(site.nav)
    if document is None:
        return None
    reading = _Reading(document, library, library.quota())
    return Items(items=tuple(reading.of(document.root)), source=f"{site.nav}: its list", nav=site.nav, folder=site.base)


class _Reading:
    """One pass through the list."""

    def __init__(self, document: Document, library: Library, quota: Quota) -> None:
        self.document, self.library, self.quota = document, library, quota

    def of(self, spot: Spot | None) -> Iterator[Item]:
        """Yield the items of a list."""
        for entry in self.quota.of(items_of(spot)):
            yield from self.entry(entry)

    def entry(self, entry: Spot) -> Iterator[Item]:
        """Yield the items of one entry."""
        table, place = table_of(entry), self.document.place(entry)
        page = text_of(entry) or text_of(table.get("page"))
        label = text_of(table.get("label"))
        children = tuple(self.of(table.get("items")))
        if group := text_of(table.get("group")):
            if children or page:
                yield Item(title=group, target=page, place=place, children=children)
        elif page:
            yield Item(title=label, target=page, place=place, children=children)
        elif folder := text_of(table.get("directory")):
            base = normpath(f"{dirname(self.library.site.nav)}/{folder}".lstrip("/"))
            if not leaves(base):
                below = (path for path in self.library.chapters if base == "." or path.startswith(f"{base}/"))
                yield from (Item(path=path, place=place, reason="name of the file") for path in self.quota.of(below))
        elif href := text_of(table.get("href")):
            yield Item(title=label or href, target=href, place=place)
