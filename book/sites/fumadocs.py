"""Fumadocs: `meta.json` in each folder of a Next.js, Vite or Astro site lists its pages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from book.notation import Spot
from book.patterns import regex
from book.sites.files import Document, Files, items_of, leaves, text_of
from book.sites.folders import Folder, folder_of, opening
from book.sites.meta_lists import Listed, MetaLists
from book.sites.site import Items, Library, Site

CONFIGS = tuple(f"{folder}source.config.{ending}" for folder in ("", "src/") for ending in ("ts", "mts", "js", "mjs"))
META = "meta.json"
SOURCES = tuple(
    f"{folder}{name}" for folder in ("", "src/", "app/") for name in ("lib/source.ts", "lib/source.tsx", "source.ts")
)
"""Programs that state where the pages are on the site."""
DIR = regex(r"\bdir\s*:\s*[\"'`](?P<name>[^\"'`$\n]+)[\"'`]")
BASE = regex(r"\bbaseUrl\s*:\s*[\"'`](?P<path>/[^\"'`$\n]*)[\"'`]")
HEADING = regex(r"---(?:\[[^\[\]]*\])?(?P<title>.*?)-*")
LINK = regex(r"(?:external:)?(?:\[[^\[\]]*\](?=\[))?\[(?P<title>[^\[\]]+)\]\((?P<address>[^()\s]+)\)")
GROUP = regex(r"\((?P<name>[^()]+)\)")
"""A folder that is no part of the addresses."""
REST, BACKWARDS = "...", "z...a"


def recognise(files: Files, home: str) -> Site | None:
    """Return the site whose source settings name Fumadocs, and the folder of its pages."""
    config = files.first_file(*(f"{home}{name}" for name in CONFIGS))
    text = files.text(config) or "" if config else ""
    if config is None or "fumadocs" not in text:
        return None
    names = [*(match["name"].strip("./") for match in DIR.finditer(text)), "content/docs", "content"]
    folders = (f"{home}{name}/" for name in names if name and not leaves(name))
    base = next((folder for folder in folders if files.holds(folder, (".md", ".mdx"))), None)
    if base is None:
        return None
    programs = "\n".join(files.text(f"{home}{name}") or "" for name in SOURCES if files.is_file(f"{home}{name}"))
    mount = BASE.search(programs)
    return Site(
        system="fumadocs",
        label="Fumadocs",
        config=config,
        base=base,
        mount=mount["path"] if mount else "/docs",
        static=(base, f"{home}public/", home),
        dialects=("fumadocs",),
        guests=True,
    )


def order(library: Library) -> Items | None:
    """Return the pages as the lists sort them, folder by folder; a page that no list of its folder names, nor its `...`, is not shown."""
    site, files = library.site, library.files
    folder = folder_of(library.chapters, site.base, ("index",))

    def listed(inner: Folder) -> tuple[str | None, Sequence[Listed] | None]:
        path = f"{inner.path}{META}"
        document = files.json(path) if files.is_file(path) else None
        if document is None:
            return None, None
        pages = document.get("pages")
        entries = [entry for spot in items_of(pages) for entry in _entry(document, spot)] if pages else None
        return document.text("title"), entries

    lists = MetaLists(listed, library.quota(), rest=False, strip=lambda name: GROUP.sub(r"\g<name>", name))
    named = {entry.name for entry in listed(folder)[1] or ()}
    items = (*(() if "index" in named else opening(folder)), *lists.items(folder))
    source = f"the files `{META}` in '{site.base}'" if lists.used else f"the file names in '{site.base}'"
    return Items(items=items, source=source)


def _entry(document: Document, spot: Spot) -> tuple[Listed, ...]:
    """Return the entry of a list; none for what is no text."""
    text, place = (text_of(spot) or "").strip(), document.place(spot)
    if not text:
        return ()
    if text in (REST, BACKWARDS):
        return (Listed(kind="rest", place=place, backwards=text == BACKWARDS),)
    if heading := HEADING.fullmatch(text):
        return (
            (Listed(kind="heading", title=heading["title"].strip() or None, place=place),) if heading["title"] else ()
        )
    if link := LINK.fullmatch(text):
        return (Listed(kind="link", title=link["title"], name=link["address"], place=place),)
    kind = "inside" if text.startswith("...") else "hidden" if text.startswith("!") else "name"
    name = re.sub(r"\.mdx?$", "", text.removeprefix("...").removeprefix("!").removeprefix("./"))
    return (Listed(kind=kind, name=name, place=place),)  # type: ignore[arg-type]
