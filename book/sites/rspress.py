"""Rspress: `_meta.json` in each folder lists its pages; `rspress.config.*` has the title."""

from __future__ import annotations

import re
from collections.abc import Sequence

from book.notation import Spot
from book.patterns import regex
from book.problems import Place
from book.sites.files import Document, Files, items_of, table_of, text_of
from book.sites.folders import Folder, folder_of, opening
from book.sites.heroes import has_text
from book.sites.meta_lists import Listed, MetaLists
from book.sites.site import Item, Items, Library, Site

CONFIGS = tuple(f"rspress.config.{ending}" for ending in ("ts", "mts", "js", "mjs", "cjs"))
METAS = ("_meta.json", "_meta.js", "_meta.ts")
ROOT = regex(r"\broot\s*:\s*(?:path\.\w+\(\s*__dirname\s*,\s*)?[\"'`](?P<name>[^\"'`$\n]+)[\"'`]")
HEADINGS = frozenset({"section-header"})
LEFT_OUT = frozenset({"divider", "custom-link"})


def recognise(files: Files, home: str) -> Site | None:
    """Return the site of ``rspress.config.*``."""
    config = files.first_file(*(f"{home}{name}" for name in CONFIGS))
    if config is None:
        return None
    document = files.javascript(config)
    root = ROOT.search(files.text(config) or "")
    base = f"{home}{root['name'].strip('./') if root else 'docs'}/"
    language = document.text("lang") if document else None
    if language and files.is_folder(f"{base}{language}"):
        base = f"{base}{language}/"
    return Site(
        system="rspress",
        label="Rspress",
        config=config,
        base=base if files.is_folder(base) else home,
        title=document.text("title") if document else None,
        description=document.text("description") if document else None,
        language=language,
        mount=(document.text("base") if document else None) or "",
        static=(base, f"{base}public/"),
        dialects=("rspress",),
        guests=True,
    )


def order(library: Library) -> Items | None:
    """Return the pages as the lists sort them, folder by folder; those that the list of a folder does not name are not shown."""
    site, files = library.site, library.files
    folder = folder_of(library.chapters, site.base, ("index",))

    def listed(inner: Folder) -> tuple[str | None, Sequence[Listed] | None]:
        path = files.first_file(*(f"{inner.path}{name}" for name in METAS))
        document = files.data(path) if path else None
        if document is None:
            return None, None
        return None, [entry for spot in items_of(document.root) for entry in _entry(document, spot)]

    # In the root, the list is that of the bar above the pages, which may name only some of the folders.
    lists = MetaLists(listed, library.quota(), rest=True)
    home = folder.page
    # The home page of the site may have all of its words in its front matter.
    hero = (
        (Item(path=home.path, place=Place(path=home.path), reason="page of the site"),)
        if home and has_text(home)
        else ()
    )
    items = (*(hero or opening(folder)), *lists.items(folder))
    source = f"the files `{METAS[0]}` in '{site.base}'" if lists.used else f"the file names in '{site.base}'"
    return Items(items=items, source=source)


def _entry(document: Document, spot: Spot) -> tuple[Listed, ...]:
    """Return the entry of a list."""
    table, place = table_of(spot), document.place(spot)
    if text := text_of(spot):
        return (Listed(name=_stem(text), place=place),)
    kind = text_of(table.get("type")) or ""
    title = text_of(table.get("label")) or text_of(table.get("text"))
    if kind in HEADINGS:
        return (Listed(kind="heading", title=title, place=place),) if title else ()
    name = text_of(table.get("name"))
    if kind in LEFT_OUT or (name is None and kind != ""):
        return ()
    if name is None:  # an entry of the bar: its folder
        link = (text_of(table.get("link")) or "").strip("/")
        return (Listed(name=link.partition("/")[0], title=title, place=place),) if link and "://" not in link else ()
    return (Listed(name=_stem(name), title=title, place=place),)


def _stem(name: str) -> str:
    return re.sub(r"\.mdx?$", "", name.strip("/"))
