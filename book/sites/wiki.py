"""Wikis of GitHub and GitLab, cloned: ``Home.md``, other pages beside it, and ``_Sidebar.md`` with links to them in any form."""

from __future__ import annotations

import re

from book.patterns import regex
from book.problems import Place
from book.sites import markdown_lists
from book.sites.files import Files
from book.sites.names import natural_key
from book.sites.readme import names_the_list
from book.sites.site import Item, Items, Library, Site

HOMES = ("Home.md", "home.md")
SIDEBARS = ("_Sidebar.md", "_sidebar.md")
BESIDE = ("_Footer.md", "_Header.md", "_footer.md")
LINK = regex(r"(?<!!)\[\[(?P<words>[^\[\]\n|]+)(?:\|(?P<page>[^\[\]\n|]+))?\]\]")


def recognise(files: Files, home: str) -> Site | None:
    """Return the wiki whose home page and sidebar are in the folder; a footer, or the name of its repository, will do, too."""
    page = files.first_file(*(f"{home}{name}" for name in HOMES))
    nav = files.first_file(*(f"{home}{name}" for name in SIDEBARS)) or ""
    others = any(files.is_file(f"{home}{name}") for name in BESIDE)
    if page is None or not (nav or others or (not home and files.root.name.endswith(".wiki"))):
        return None
    return Site(
        system="wiki",
        label="wiki",
        config=nav or page,
        nav=nav,
        base=home,
        opening=page,
        excluded=tuple(f"{home}{name}" for name in (*SIDEBARS, *BESIDE)),
        guests=True,
        dialects=("wiki",),
        named_by_file=True,
    )


def order(library: Library) -> Items | None:
    """Return the home page, the pages in the order of the sidebar, and those that it does not name."""
    site, files = library.site, library.files
    listed = markdown_lists.read(_plain(files.text(site.nav) or ""), site.nav) if site.nav else ()
    if len(listed) == 1 and not listed[0].target and names_the_list(listed[0].title or ""):
        listed = listed[0].children
    place = Place(path=site.config)
    home = Item(path=site.opening, place=place, reason="page of the site", matter="front", numbered=False)
    if listed:
        named = any(
            (item.target or "").strip("/").casefold() in ("home", "home.md") for item in markdown_lists.flat(listed)
        )
        first = (home,) if site.opening in library.chapters and not named else ()
        source = f"{site.nav}: its list of links"
        return Items(items=(*first, *listed), source=source, nav=site.nav, folder=site.base, rest="last")
    others = sorted((path for path in library.chapters if path != site.opening), key=natural_key)
    pages = (Item(path=path, place=place, reason="name of the file") for path in others)
    first = (home,) if site.opening in library.chapters else ()
    return Items(items=(*first, *pages), source="the names of its pages")


def _plain(text: str) -> str:
    """Return *text* with links in double brackets as links of Markdown.

    >>> _plain("* [[Getting started]] and [[words|A page]]")
    '* [Getting started](<Getting-started>) and [words](<A-page>)'
    """

    def link(match: re.Match[str]) -> str:
        page = (match["page"] or match["words"]).strip()
        return f"[{match['words'].strip()}](<{page.replace(' ', '-')}>)"

    return LINK.sub(link, text)
