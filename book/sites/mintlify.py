"""Mintlify: ``docs.json``, in earlier versions ``mint.json``: tabs, groups and pages, nested in any way."""

from __future__ import annotations

from book.notation import Spot
from book.patterns import regex
from book.sites.files import Document, Files, items_of, table_of, text_of
from book.sites.markdown_lists import flat
from book.sites.site import Item, Items, Library, Quota, Site

CONFIGS = ("docs.json", "mint.json")
LABELS = ("group", "tab", "anchor", "dropdown", "product", "item", "name")
GROUPS = ("products", "tabs", "menu", "anchors", "dropdowns", "groups", "pages")
"""Lists of a table, in the order in which readers meet them."""
ALTERNATIVES = ("versions", "languages")
"""Lists of which one entry is the book."""
ENDPOINT = regex(r"(?:(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|TRACE|WEBHOOK)\s|\S+\.(?:json|ya?ml)\s)")
"""An entry for a page that is made of the description of an interface."""


def recognise(files: Files, home: str) -> Site | None:
    """Return what ``docs.json`` states, if it has a navigation of pages."""
    for name in CONFIGS:
        text = files.text(f"{home}{name}") or "" if files.is_file(f"{home}{name}") else ""
        own = '"navigation"' in text and (name == "mint.json" or "mintlify" in text)
        document = files.json(f"{home}{name}") if own else None
        if document and document.get("navigation"):
            return Site(
                system="mintlify",
                label="Mintlify",
                config=document.path,
                nav=document.path,
                base=home,
                excluded=(f"{home}snippets/*", f"{home}_snippets/*", f"{home}README.md"),
                title=document.text("name"),
                description=document.text("description"),
                language=_language(document),
                static=(home,),
                dialects=("mintlify",),
                guests=True,
            )
    return None


def order(library: Library) -> Items | None:
    """Return the pages of the navigation; of several versions or languages the one that readers see first."""
    nav = library.site.nav
    document = library.files.json(nav)
    if document is None:
        return None
    reading = _Reading(document, library.quota())
    items = reading.of(document.get("navigation"))
    others = tuple(item.target for entry in reading.others for item in flat(reading.of(entry)) if item.target)
    while len(items) == 1 and items[0].target is None:
        items = items[0].children
    return Items(items=items, source=f"{nav}: its navigation", nav=nav, folder=library.site.base, elsewhere=others)


class _Reading:
    """One pass through the navigation."""

    def __init__(self, document: Document, quota: Quota) -> None:
        self.document, self.quota = document, quota
        self.others: list[Spot] = []
        """The versions and languages that are not the book."""

    def of(self, spot: Spot | None) -> tuple[Item, ...]:
        """Return the items of a list, or of the lists in a table."""
        if entries := items_of(spot):
            return tuple(item for entry in self.quota.of(entries) for item in self.entry(entry))
        table = table_of(spot)
        chosen = [_first(items_of(table[name])) for name in ALTERNATIVES if items_of(table.get(name))]
        for name in ALTERNATIVES:
            self.others += [entry for entry in items_of(table.get(name)) if entry not in chosen]
        lists = (*chosen, *(table[name] for name in GROUPS if name in table))
        return tuple(item for inner in lists for item in self.of(inner))

    def entry(self, entry: Spot) -> tuple[Item, ...]:
        place, table = self.document.place(entry), table_of(entry)
        if text := text_of(entry):
            return () if ENDPOINT.match(text) else (Item(target=text.strip("/"), place=place),)
        title = next((text for key in LABELS if (text := text_of(table.get(key)))), None)
        root = text_of(table.get("root"))
        children = self.of(entry)
        if title is None or not (children or root):
            return children
        target = root.strip("/") if root else None
        return (Item(title=title, target=target, place=place, children=children),)


def _language(document: Document) -> str | None:
    """Return the language of the pages that readers see first, if there are several."""
    entries = items_of(document.get("navigation", "languages"))
    return text_of(table_of(_first(entries)).get("language")) if entries else None


def _first(entries: tuple[Spot, ...]) -> Spot:
    """Return the entry that is the default, else the first."""
    return next((entry for entry in entries if text_of(table_of(entry).get("default")) == "true"), entries[0])
