"""bookdown: ``_bookdown.yml`` and the front matter of ``index.Rmd``; parts are in the headings of its chapters."""

from __future__ import annotations

import posixpath
import re

from msgspec.structs import replace

from book.model import Manuscript
from book.notation import NotationError, Spot, read_loose_yaml
from book.patterns import regex
from book.problems import Place
from book.sites.files import Document, Files, Ruler, in_folder, items_of, table_of, text_of, texts_of
from book.sites.finder import repository_of
from book.sites.names import FENCE, TITLE, heading_of, is_unnumbered, natural_key
from book.sites.site import Item, Items, Library, Site
from book.source.manuscript import SUFFIXES

CONFIG = "_bookdown.yml"
INDEXES = ("index.Rmd", "index.rmd", "index.md")
FRONT_MATTER = regex(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*$", re.MULTILINE | re.DOTALL)
PART = regex(r"^#[ \t]+\((PART|APPENDIX)(?:\\?\*)?\)[ \t]+(.*?)[ \t]*(?:\{[^{}\n]*\})?[ \t]*$", re.MULTILINE)
TEXT = (".rmd", *SUFFIXES)


def recognise(files: Files, home: str) -> Site | None:
    """Return what ``_bookdown.yml`` and the front matter of ``index.Rmd`` state."""
    config = files.first(f"{home}{CONFIG}")
    index = files.first_file(*(f"{home}{name}" for name in INDEXES))
    head = _head(files, index) if index else None
    if config is None and "bookdown" not in ((head.text("site") or "") if head else ""):
        return None
    listed = bool(config and config.get("rmd_files"))
    site = Site(
        system="bookdown",
        label="bookdown",
        config=config.path if config else index or home,
        nav=config.path if config and listed else "",
        base=home,
        suffixes=TEXT,
        static=(home,),
        dialects=("bookdown",),
        numbered=True,
        joined=True,
        formulas=True,
    )
    if head is None:
        return site
    author = head.get("author")
    return replace(
        site,
        title=head.text("title"),
        authors=texts_of(author) if author else (),
        description=" ".join((head.text("description") or "").split()) or None,
        language=head.text("lang") or (config.text("language", "code") if config else None),
        bibliography=in_folder(home, *head.texts("bibliography")),
        csl=next(iter(in_folder(home, *head.texts("csl"))), None),
        site_url=head.text("url"),
        repository=repository_of(head.text("github-repo")),
    )


def _head(files: Files, path: str) -> Document | None:
    """Return the front matter of the first file of the book, which is its configuration."""
    text = files.text(path) or ""
    match = FRONT_MATTER.match(text)
    if not match:
        return None
    try:
        return Document(path=path, root=read_loose_yaml(match[1]), ruler=Ruler(path, text))
    except NotationError:
        return None  # it is read again as a chapter, and reported then


def order(library: Library) -> Items | None:
    """Return the files of ``rmd_files``, else ``index.Rmd`` and the others by name; headings ``(PART)`` open parts."""
    site = library.site
    config = library.files.yaml(site.config) if site.config.endswith(CONFIG) else None
    spot = config.get("rmd_files") if config else None
    if spot and not items_of(spot):  # a list for each format
        table = table_of(spot)
        spot = table.get("html") or table.get("epub") or next(iter(table.values()), None)
    if config and spot and items_of(spot):
        listed = [Item(target=text_of(value) or "", place=config.place(value)) for value in items_of(spot)]
        nav = config.path
    else:
        listed, nav = (
            [Item(path=path, place=Place(path=path), reason="name of the file") for path in _by_name(library, config)],
            "",
        )
    items = _in_parts(listed, library) if library.chapters else tuple(listed)
    source = f"{nav}: its rmd_files" if nav else f"the file names in '{site.base or '.'}'"
    return Items(items=items, source=source, nav=nav, folder=site.base)


def _by_name(library: Library, config: Document | None) -> list[str]:
    """Return the chapters beside the first one, and those in the folders that the settings name, by name."""
    base = library.site.base
    spot: Spot | None = config.get("rmd_subdir") if config else None
    folders = texts_of(spot) if spot and items_of(spot) else ()
    every = text_of(spot) in ("true", "yes")

    def belongs(path: str) -> bool:
        inside = path.removeprefix(base)
        folder = posixpath.dirname(inside)
        fit = not folder or every or any(f"{folder}/".startswith(f"{home.strip('/')}/") for home in folders)
        return (
            fit and not posixpath.basename(path).startswith("_") and not (not folder and inside.lower() == "readme.md")
        )

    names = sorted(
        (path for path in library.chapters if belongs(path)), key=lambda path: (natural_key(path.lower()), path)
    )
    first = [path for path in names if posixpath.splitext(path.removeprefix(base))[0].lower() == "index"]
    return first + [path for path in names if path not in first]


def _in_parts(listed: list[Item], library: Library) -> tuple[Item, ...]:
    """Return *listed* in the parts that headings of the chapters open; a heading before the title opens one that begins with the chapter."""
    parts: list[tuple[str, bool, Place, list[Item]]] = []
    made: list[Item] = []
    appendix = False
    for item in listed:
        path = item.path or posixpath.normpath(posixpath.join(library.site.base, item.target or ""))
        chapter = library.chapters.get(path)
        before, after = _headings(chapter) if chapter else ([], [])
        for title, lettered, place in before:
            parts.append((title, lettered, place, []))
            appendix = lettered
        first = not made and not parts and posixpath.basename(path).lower().startswith("index.")
        label = heading_of(chapter.text) if chapter and first else None  # the title in front matter is the book's
        own = replace(
            item,
            title=label,
            appendix=appendix,
            matter="front" if first and is_unnumbered(chapter) else "main",
            numbered=not is_unnumbered(chapter),
        )
        (parts[-1][3] if parts else made).append(own)
        for title, lettered, place in after:
            parts.append((title, lettered, place, []))
            appendix = lettered
    made.extend(Item(title=title, place=place, children=tuple(inside)) for title, _, place, inside in parts if inside)
    return tuple(made)


def _headings(chapter: Manuscript) -> tuple[list[tuple[str, bool, Place]], list[tuple[str, bool, Place]]]:
    """Return the headings of parts that precede the title of a chapter, and those that follow it."""
    text = FENCE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), chapter.text)
    title = TITLE.search(text)
    before, after = list[tuple[str, bool, Place]](), list[tuple[str, bool, Place]]()
    for match in PART.finditer(text):
        heading = (match[2], match[1] == "APPENDIX", chapter.place_at(match.start()))
        (before if title is None or match.start() < title.start() else after).append(heading)
    return before, after
