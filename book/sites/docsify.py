"""docsify: ``index.html`` with ``_sidebar.md``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from book.notation import NotationError, javascript
from book.problems import Place
from book.sites import markdown_lists
from book.sites.files import Files, leaves, table_of, text_of
from book.sites.finder import repository_of
from book.sites.site import Item, Items, Library, Site
from book.sites.title import words_of

SIDEBAR = "_sidebar.md"
SCRIPT = re.compile(r"<script\b[^<>]*>(.*?)</script", re.DOTALL | re.IGNORECASE)


def recognise(files: Files, home: str) -> Site | None:
    """Return the settings in the script of ``index.html``."""
    page = files.text(f"{home}index.html") if files.is_file(f"{home}index.html") else None
    if page is None or "docsify" not in page:
        return None
    try:
        script = next((match[1] for match in SCRIPT.finditer(page) if "$docsify" in match[1]), page)
        options = table_of(javascript.read(script, "$docsify")[0])
    except NotationError:
        options = {}
    name = text_of(options.get("loadSidebar")) or SIDEBAR
    name = name if name.endswith(".md") and not leaves(name) else SIDEBAR
    base = home
    folder = (text_of(options.get("basePath")) or "").strip("/")
    if folder and "://" not in folder and not leaves(folder) and files.is_folder(f"{home}{folder}"):
        base = f"{home}{folder}/"
    if not files.is_file(f"{base}{name}"):
        return None
    return Site(
        system="docsify",
        label="docsify",
        config=f"{home}index.html",
        nav=f"{base}{name}",
        base=base,
        title=words_of(text_of(options.get("name")) or "") or None,
        repository=repository_of(text_of(options.get("repo"))),
        static=(base,),
        dialects=("docsify",),
    )


def order(library: Library) -> Items | None:
    """Return the order of the links in ``_sidebar.md``; the README is the home page, whether or not it is listed."""
    site, nav = library.site, library.site.nav
    items = tuple(replace(item, matter="main") for item in markdown_lists.read(library.files.text(nav) or "", nav))
    if not items:
        library.files.tell(Place(path=nav), "it contains no list of links", "write a list: - [Title](chapter.md)")
        return None
    home = next((path for name in HOMES if (path := f"{site.base}{name}") in library.chapters), None)
    named = any((item.target or "").strip("/.").casefold() in ("", "readme", "readme.md") for item in _linked(items))
    if home and not named:
        first = Item(path=home, place=Place(path=site.config), reason="page of the site", numbered=False)
        items = (first, *items)
    return Items(items=items, source=f"{nav}: its list of links", nav=nav, folder=site.base)


HOMES = ("README.md", "readme.md", "index.md")


def _linked(items: Iterable[Item]) -> Iterator[Item]:
    """Yield those of *items*, and of the items below, that lead to a page."""
    for item in items:
        if item.target is not None:
            yield item
        yield from _linked(item.children)
