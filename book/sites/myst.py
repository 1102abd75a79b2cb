"""MyST and Jupyter Book 2: ``myst.yml``, with a ``toc`` or in the order of the folders."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from msgspec import Struct

from book.model import Manuscript
from book.notation import Spot, truth
from book.problems import Place
from book.sites.files import Document, Files, in_folder, items_of, leaves, table_of, text_of
from book.sites.finder import ADDRESS, repository_of
from book.sites.folders import Folder, Node, folder_of, items_of_folder
from book.sites.names import glob_of, natural_key, path_key, stem_of
from book.sites.site import Item, Items, Library, Quota, Site
from book.source.manuscript import SUFFIXES
from book.source.notebooks import SUFFIX as NOTEBOOK

NAMES = ("myst.yml", "myst.yaml")
ABBREVIATIONS = "abbreviations"
PAGES = ("index", "readme", "main")


def recognise(files: Files, home: str) -> Site | None:
    """Return what a ``myst.yml`` states."""
    document = files.first(*(f"{home}{name}" for name in NAMES))
    if document is None or not isinstance(document.root.value, Mapping):
        return None
    source, toc = _toc(files, document)
    return Site(
        system="myst",
        label="MyST",
        config=document.path,
        nav=source.path if toc and items_of(toc) else "",
        base=home,
        excluded=tuple(f"{home}{glob.strip('/')}" for glob in document.texts("project", "exclude")),
        title=document.text("project", "title") or document.text("site", "title"),
        authors=document.texts("project", "authors") or document.texts("project", "author"),
        description=document.text("project", "description"),
        language=document.text("project", "language"),
        repository=repository_of(document.text("project", "github")),
        suffixes=(*SUFFIXES, NOTEBOOK),
        static=(home,),
        dialects=("myst",),
        parameters=_parameters(files, document),
        projects={
            name: address.rstrip("/")
            for name, spot in table_of(document.get("project", "references")).items()
            if (address := text_of(spot) or text_of(table_of(spot).get("url"))) and ADDRESS.match(address)
        },
        bibliography=in_folder(home, *document.texts("project", "bibliography"))
        or tuple(f"{home}{name}" for name in files.names(home.rstrip("/")) if name.endswith(".bib")),
        guests=True,
        formulas=None,
    )


def order(library: Library) -> Items | None:
    """Return the ``toc``; else the pages of each folder before its folders, in natural order."""
    site = library.site
    document = library.files.yaml(site.config)
    if document is None:
        return None
    source, toc = _toc(library.files, document)
    if toc and items_of(toc):
        items = _Reading(source, library, library.quota()).items(toc)
        return Items(items=items, source=f"{source.path}: its toc", nav=source.path, folder=site.base)
    folder = folder_of(library.chapters, site.base, PAGES)
    place = Place(path=site.config)
    first = (Item(path=folder.page.path, place=place, reason="page of the site"),) if folder.page else ()
    items = (*first, *items_of_folder(folder, natural, "order of the folders", place))
    return Items(items=items, source=f"the file names in '{site.base or '.'}': '{site.config}' has no toc")


def _toc(files: Files, document: Document) -> tuple[Document, Spot | None]:
    """Return the toc and the file that contains it: the settings themselves, or one of the files that they extend."""
    tocs = ((source, source.get("project", "toc")) for source in (document, *_extended(files, document)))
    return next(((source, toc) for source, toc in tocs if toc is not None), (document, None))


def _extended(files: Files, document: Document) -> Iterator[Document]:
    """Yield the files of the book that the settings extend."""
    for name in document.texts("extends"):
        path = posixpath.normpath(posixpath.join(posixpath.dirname(document.path), name))
        if not ADDRESS.match(name) and not leaves(path) and (other := files.yaml(path)) is not None:
            yield other


def _parameters(files: Files, document: Document) -> dict[str, object]:
    """Return the values that the chapters may print; those of the settings take precedence over those of the files that they extend."""
    sources = (*reversed([*_extended(files, document)]), document)
    values: dict[str, object] = {}
    abbreviations: dict[str, object] = {}
    for source in sources:
        for name in ("substitutions", "math"):
            values |= {key: spot.plain for key, spot in table_of(source.get("project", name)).items()}
        abbreviations |= {key: spot.plain for key, spot in table_of(source.get("project", ABBREVIATIONS)).items()}
    return {**values, ABBREVIATIONS: abbreviations} if abbreviations else values


def natural(folder: Folder) -> tuple[Node, ...]:
    """Return the files, then the folders, in natural order."""

    def key(node: Node) -> tuple[object, ...]:
        name = node.path.rstrip("/").rpartition("/")[2]
        return natural_key(stem_of(name) if isinstance(node, Manuscript) else name)

    return (*sorted(folder.files, key=key), *sorted(folder.folders, key=key))


class _Reading(Struct):
    """One pass through a toc."""

    document: Document
    library: Library
    quota: Quota

    def items(self, spot: Spot | None) -> tuple[Item, ...]:
        """Return the items of a list of files, groups, addresses and patterns."""
        made: list[Item] = []
        for entry in self.quota.of(items_of(spot)):
            table = table_of(entry)
            if truth(text_of(table.get("hidden")) or ""):
                continue
            place = self.document.place(table.get("file") or table.get("title") or table.get("url") or entry)
            if pattern := text_of(table.get("pattern")) or text_of(table.get("glob")):
                made.extend(self.fitting(pattern, place))
                continue
            title = text_of(table.get("title"))
            target = text_of(table.get("file")) or text_of(table.get("url")) or text_of(entry)
            children = self.items(table.get("children"))
            if target or children:
                made.append(Item(title=title, target=target, place=place, children=children))
        return tuple(made)

    def fitting(self, pattern: str, place: Place) -> tuple[Item, ...]:
        """Return the chapters that match a pattern, in natural order; ``**`` also matches folders."""
        glob = glob_of(posixpath.join(self.library.site.base, pattern.lstrip("/").removeprefix("./")))
        fit = (path for path in self.library.chapters if glob.fullmatch(path))
        return tuple(Item(path=path, place=place) for path in sorted(fit, key=path_key))
