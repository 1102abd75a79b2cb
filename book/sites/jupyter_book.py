"""Jupyter Book 1: ``_toc.yml`` and ``_config.yml``."""

from __future__ import annotations

import posixpath

from msgspec import Struct
from msgspec.structs import replace

from book.notation import Spot
from book.problems import Place
from book.sites.files import Document, Files, in_folder, items_of, table_of, text_of
from book.sites.finder import repository_of
from book.sites.names import glob_of, path_key
from book.sites.site import Item, Items, Library, Quota, Site
from book.sites.sphinx import MACROS, PROJECTS, command, projects
from book.source.manuscript import SUFFIXES
from book.source.notebooks import SUFFIX as NOTEBOOK

NAV = "_toc.yml"
WORKS = (("bibtex_bibfiles",), ("sphinx", "config", "bibtex_bibfiles"))
SUBSTITUTIONS = (("parse", "myst_substitutions"), ("sphinx", "config", "myst_substitutions"))
HEADINGS = ("caption", "part", "header")
INNER = ("chapters", "sections", "entries", "subtrees", "parts", "items")


def recognise(files: Files, home: str) -> Site | None:
    """Return what ``_config.yml`` says beside a ``_toc.yml``."""
    nav = f"{home}{NAV}"
    if not files.is_file(nav) or files.yaml(nav) is None:
        return None
    config = files.first(f"{home}_config.yml")
    author = config.text("author") if config else None
    repository = None
    if config:
        folder, branch = config.text("repository", "path_to_book"), config.text("repository", "branch")
        repository = repository_of(config.text("repository", "url"), branch, folder)
    tables = [table_of(config.get("sphinx", "config", name, *path)) for name, path in MACROS.items()] if config else []
    macros = {command(key): spot.plain for table in tables for key, spot in table.items()}
    tables = [table_of(config.get(*path)) for path in SUBSTITUTIONS] if config else []
    substitutions = {key: spot.plain for table in tables for key, spot in table.items()}
    others = config.get("sphinx", "config", PROJECTS) if config else None
    works = [name for path in WORKS for name in (config.texts(*path) if config else ())]
    extensions = config.texts("parse", "myst_enable_extensions") if config else ()
    return Site(
        system="jupyter-book",
        label="Jupyter Book",
        config=nav,
        nav=nav,
        base=home,
        title=config.text("title") if config else None,
        authors=(author,) if author else (),
        language=config.text("sphinx", "config", "language") if config else None,
        repository=repository,
        suffixes=(*SUFFIXES, NOTEBOOK),
        static=(home,),
        dialects=("myst",),
        bibliography=in_folder(home, *works),
        parameters=substitutions | macros,
        projects=projects(others.plain if others else None),
        formulas=True if macros or "dollarmath" in extensions or "amsmath" in extensions else None,
    )


def order(library: Library) -> Items | None:
    """Return the root and the chapters in their parts; the older form of the file, a bare list, is read too."""
    nav = library.site.nav
    document = library.files.yaml(nav)
    if document is None:
        return None
    reading = _Reading(document, library, library.quota())
    items = (
        reading.items(document.root) if items_of(document.root) else (*reading.root(), *reading.inner(document.root))
    )
    return Items(items=items, source=f"{nav}: its table of contents", nav=nav, folder=library.site.base)


class _Reading(Struct):
    """One pass through the table of contents."""

    document: Document
    library: Library
    quota: Quota

    def root(self) -> tuple[Item, ...]:
        """Return the page that precedes all others."""
        spot = self.document.get("root")
        target = text_of(spot)
        return (Item(target=target, place=self.document.place(spot), numbered=False),) if spot and target else ()

    def inner(self, spot: Spot) -> tuple[Item, ...]:
        """Return the items below an entry."""
        table = table_of(spot)
        return tuple(item for key in INNER for item in self.items(table.get(key)))

    def items(self, spot: Spot | None) -> tuple[Item, ...]:
        """Return the items of a list of chapters or parts."""
        made: list[Item] = []
        for entry in self.quota.of(items_of(spot)):
            table = table_of(entry)
            title = text_of(table.get("title")) or next(
                (text for key in HEADINGS if (text := text_of(table.get(key)))), None
            )
            target = text_of(table.get("file")) or text_of(table.get("url")) or text_of(entry)
            place = self.document.place(table.get("file") or table.get("caption") or entry)
            if glob := text_of(table.get("glob")):
                made.extend(self.fitting(glob, place))
                continue
            children = self.inner(entry)
            if target or children:
                made.append(Item(title=title, target=target, place=place, children=children))
            elif title:  # a part in the older form: a heading above what follows
                made.append(Item(title=title, place=place))
        return _under_headings(made)

    def fitting(self, glob: str, place: Place) -> tuple[Item, ...]:
        """Return the chapters that match a glob, in natural order."""
        base = self.library.site.base
        names = {path: posixpath.splitext(path.removeprefix(base))[0] for path in self.library.chapters}
        pattern = glob_of(posixpath.splitext(glob.lstrip("/"))[0])
        fit = (path for path, stem in names.items() if pattern.fullmatch(stem))
        return tuple(Item(path=path, place=place) for path in sorted(fit, key=path_key))


def _under_headings(items: list[Item]) -> tuple[Item, ...]:
    """Return *items*; those that are only a title get what follows them as children."""
    made: list[Item] = []
    for item in items:
        heading = made[-1] if made and made[-1].target is None and made[-1].path is None else None
        bare = item.target is None and item.path is None and not item.children
        if heading is not None and not bare and item.title != heading.title and _bare(heading, items):
            made[-1] = replace(heading, children=(*heading.children, item))
        else:
            made.append(item)
    return tuple(made)


def _bare(heading: Item, items: list[Item]) -> bool:
    """Return whether *heading* was written without entries of its own."""
    return any(item.place == heading.place and not item.children for item in items)
