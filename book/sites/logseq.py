"""Graphs of Logseq: the pages in ``pages/``, in the order of ``contents.md``, else of the favourites and of their names; journals are no chapters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from book.model import Manuscript
from book.patterns import regex
from book.problems import Place
from book.sites import hierarchies, markdown_lists
from book.sites.files import Files, leaves
from book.sites.names import Key, natural_key
from book.sites.site import Item, Items, Library, Site

CONFIG = "logseq/config.edn"
LEVELS = ("___", "%2F")
"""What stands for the slash between the levels of the name of a page, since version 0.8 and before."""
CONTENTS = ("contents.md", "Contents.md")
PAGE = regex(r"(?<!!)(?:\[(?P<words>[^\[\]\n]+)\]\()?\[\[(?P<page>[^\[\]\n]+)\]\]\)?")
"""A link to a page: ``[[page]]``, ``[words]([[page]])``."""
COMMENT = regex(r"(\"(?:\\.|[^\"\\])*\")|;[^\n]*|#_\s*[\[{(][^\[\]{}()]*[\])}]")
FOLDER = regex(r":pages-directory\s+\"(?P<name>[^\"\n]+)\"")
HOME = regex(r":default-home\s*\{[^{}]*:page\s+\"(?P<name>[^\"\n]+)\"")
FAVOURITES = regex(r":favorites\s*\[(?P<names>[^\[\]]*)\]")
HIDDEN = regex(r":hidden\s*\[(?P<names>[^\[\]]*)\]")
NAME = regex(r"\"((?:\\.|[^\"\\\n])*)\"")


def recognise(files: Files, home: str) -> Site | None:
    """Return the graph whose settings are in the folder."""
    config = f"{home}{CONFIG}"
    if not files.is_file(config):
        return None
    text = _settings(files, config)
    folder = FOLDER.search(text)
    name = folder["name"].strip("/") if folder else "pages"
    base = f"{home}{name}/" if not leaves(name) and files.is_folder(f"{home}{name}") else f"{home}pages/"
    contents = files.first_file(*(f"{base}{name}" for name in CONTENTS)) or ""
    listed = bool(contents and PAGE.search(files.text(contents) or ""))
    is_empty = contents and not (files.text(contents) or "").strip("- \t\n")
    opening = HOME.search(text)
    hidden = (path.strip("/") for path in _names(HIDDEN, text))
    return Site(
        system="logseq",
        label="Logseq",
        config=config,
        nav=contents if listed else "",
        base=base,
        content=f"{home}journals/" if files.is_folder(f"{home}journals") else "",
        opening=_Pages(files, base, {}).path(opening["name"]) or "" if opening else "",
        excluded=(*((contents,) if listed or is_empty else ()), *(f"{home}{path}*" for path in hidden if path)),
        unfenced="::",
        guests=True,
        levels=LEVELS,
        named_by_file=True,
        dialects=("logseq",),
    )


def order(library: Library) -> Items | None:
    """Return the pages as the page of contents lists them; without one the first page, the favourites, and the others by name."""
    site, files = library.site, library.files
    pages = _Pages(files, site.base, library.chapters)
    if site.nav:
        text = PAGE.sub(lambda match: pages.link(match["page"], match["words"] or ""), files.text(site.nav) or "")
        listed = markdown_lists.read(text, site.nav)
        return Items(items=listed, source=f"{site.nav}: its list of links", nav=site.nav, folder=site.base, rest="last")
    place = Place(path=site.config)
    names = dict.fromkeys(pages.path(name) for name in _names(FAVOURITES, _settings(files, site.config)))
    ranks = {path: number for number, path in enumerate(names) if path}
    others = {path: page for path, page in library.chapters.items() if path != site.opening}

    def key(name: str, page: Manuscript | None) -> Key:
        return (ranks.get(page.path, len(ranks)) if page else len(ranks), *natural_key(unquote(name)))

    def position(page: Manuscript | None) -> tuple[Place, str]:
        return place, "favourite" if page and page.path in ranks else "name of the page"

    reason = "first page of the graph"
    first = Item(path=site.opening, place=place, reason=reason, matter="front", numbered=False)
    items = hierarchies.items(others, LEVELS, key, position, library.quota())
    source = "the favourites and names of its pages" if ranks else "the names of its pages"
    return Items(items=(*((first,) if site.opening in library.chapters else ()), *items), source=source)


def _settings(files: Files, config: str) -> str:
    """Return the text of the settings without its comments."""
    return COMMENT.sub(lambda match: match[1] or "", files.text(config) or "")


def _names(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    listed = pattern.search(text)
    yield from (match[1] for match in NAME.finditer(listed["names"])) if listed else ()


class _Pages:
    """The files of the pages of a graph, by their names."""

    def __init__(self, files: Files, base: str, chapters: Mapping[str, Manuscript]) -> None:
        """Take the files in *base*, and the titles and aliases of the *chapters*, if they are read already."""
        self.base = base
        self.paths: dict[str, str] = {}
        for name in files.names(base.rstrip("/")):
            if name.lower().endswith(".md"):
                self.paths.setdefault(page_of(name[: -len(".md")]).casefold(), f"{base}{name}")
        for path, chapter in chapters.items():
            for title in (chapter.front.title, *chapter.front.addresses):
                self.paths.setdefault((title or "").casefold(), path)

    def path(self, name: str) -> str | None:
        """Return the file of the page *name*, None if there is none."""
        return self.paths.get(name.strip().casefold())

    def link(self, name: str, words: str) -> str:
        """Return a link of Markdown to the page *name*; its words are the last level of its name, if there are no *words*."""
        path = self.path(name)
        target = path.removeprefix(self.base) if path else name.strip()
        shown = re.sub(r"([\\\[\]])", r"\\\1", words or name.strip().rpartition("/")[2])
        return f"[{shown}](<{target.replace('%', '%25')}>)"


def page_of(stem: str) -> str:
    """Return the name of the page whose file has the name *stem*, without its extension.

    >>> page_of("Guides___On call"), page_of("Who decides%3F"), page_of("a%2Fb")
    ('Guides/On call', 'Who decides?', 'a/b')
    """
    return unquote(stem.replace("___", "/"))
