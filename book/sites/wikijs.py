"""Wiki.js: a wiki kept in files by its Git or disk storage; the home page comes first, then pages and folders by name."""

from __future__ import annotations

from collections.abc import Iterator

from book.patterns import regex
from book.problems import Place
from book.sites.files import Files
from book.sites.folders import Folder, folder_of
from book.sites.names import natural_key, readable, stem_of
from book.sites.site import Item, Items, Library, Site
from book.source.translations import tag_of

HOME = "home.md"
WRITTEN = regex(r"\A---\n(?=(?:[^\n]+\n)*?editor: markdown\n)(?=(?:[^\n]+\n)*?dateCreated: )")
"""What Wiki.js writes at the head of each page."""
LINK = regex(r"\]\(/(?P<language>[A-Za-z]{2}(?:-[A-Za-z]{2,4})?)/")
"""The address of a page, with its language."""


def recognise(files: Files, home: str) -> Site | None:
    """Return the wiki whose home page has the head that Wiki.js writes."""
    page = f"{home}{HOME}"
    if not files.is_file(page) or not WRITTEN.match(files.text(page) or ""):
        return None
    return Site(system="wikijs", label="Wiki.js", config=page, base=home, opening=page, static=(home,), guests=True)


def order(library: Library) -> Items | None:
    """Return the home page, then the pages and folders by name; addresses may begin with the language of the pages at the root."""
    site = library.site
    place = Place(path=site.config)
    folder = folder_of(library.chapters, site.base, (stem_of(HOME),))
    home = Item(path=site.opening, place=place, reason="page of the site", matter="front", numbered=False)
    first = (home,) if site.opening in library.chapters else ()
    named = {match["language"] for page in library.chapters.values() for match in LINK.finditer(page.text)}
    languages = {name for name in named if tag_of(name) and not library.files.is_folder(f"{site.base}{name}")}
    routes = {
        f"/{language}/{path.removeprefix(site.base).rpartition('.')[0]}": path
        for path in library.chapters
        for language in sorted(languages)
    }
    return Items(items=(*first, *_items(folder, place)), source="the names of its pages", routes=routes)


def _items(folder: Folder, place: Place) -> Iterator[Item]:
    """Yield an item for each page and folder; a page beside a folder of its name is above the pages in it."""
    pages = {stem_of(page.path.rpartition("/")[2]): page for page in folder.files}
    folders = {inner.name: inner for inner in folder.folders}
    for name in sorted(pages.keys() | folders.keys(), key=natural_key):
        page, inner = pages.get(name), folders.get(name)
        own = () if inner is None or inner.page is None else (Item(path=inner.page.path, place=place, reason=NAME),)
        children = (*own, *_items(inner, place)) if inner else ()
        yield Item(
            path=page.path if page else None,
            title=None if page else readable(name),
            place=place,
            reason=NAME,
            children=children,
        )


NAME = "name of the page"
