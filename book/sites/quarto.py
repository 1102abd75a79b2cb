"""Quarto: ``_quarto.yml`` of a book, or of a site with a sidebar."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from book import settings
from book.labels import label
from book.model import Manuscript
from book.notation import Spot, truth
from book.patterns import regex
from book.problems import Place
from book.sites.files import Document, Files, in_folder, items_of, table_of, text_of, texts_of
from book.sites.finder import repository_of
from book.sites.folders import Folder, folder_of
from book.sites.keys import by_number, number_of
from book.sites.names import Key, glob_of, is_unnumbered, natural_key, readable, stem_of, title_of
from book.sites.site import Item, Items, Library, Quota, Site
from book.source.manuscript import SUFFIXES
from book.source.notebooks import SUFFIX as NOTEBOOK

NAMES = ("_quarto.yml", "_quarto.yaml")
SETTINGS = (".yml", ".yaml", ".toml", ".json")
TEXT = (".qmd", *SUFFIXES, ".rmd", NOTEBOOK)
FILE = regex(r"[^\s*]+\.(?:qmd|md|Rmd|rmd|ipynb|markdown|mdx)", re.IGNORECASE)


def recognise(files: Files, home: str) -> Site | None:
    """Return what a ``_quarto.yml`` states."""
    document = files.first(*(f"{home}{name}" for name in NAMES))
    if document is None or not isinstance(document.root.value, Mapping):
        return _without_settings(files) if not home else None
    book = document.get("book") is not None or document.text("project", "type") == "book"
    top = "book" if book else "website"
    sidebar = document.get("book", "chapters") if book else document.get("website", "sidebar")
    authors = document.get(top, "author") or document.get("author")
    url = document.text(top, "site-url")
    return Site(
        system="quarto",
        label="Quarto",
        config=document.path,
        nav=document.path if sidebar else "",
        base=home,
        suffixes=TEXT,
        excluded=tuple(
            f"{home}{glob[1:].strip('/')}" for glob in document.texts("project", "render") if glob.startswith("!")
        ),
        title=document.text(top, "title") or document.text("title"),
        authors=texts_of(authors) if authors else (),
        description=document.text(top, "description") or document.text("description"),
        language=document.text("lang"),
        site_url=url,
        repository=repository_of(
            document.text(top, "repo-url"), document.text(top, "repo-branch"), document.text(top, "repo-subdir")
        ),
        static=(home,),
        dialects=("quarto",),
        bibliography=in_folder(home, *document.texts("bibliography"), *document.texts("book", "bibliography")),
        csl=next(iter(in_folder(home, *document.texts("csl"))), None),
        parameters=_parameters(files, home, document),
        guests=True,
        numbered=book and not _unnumbered(document),
        joined=book,
        formulas=True,
    )


def _without_settings(files: Files) -> Site | None:
    """Return the site of a folder whose only chapters are those of Quarto or R Markdown, and whose settings are missing or empty."""
    pages = [name for name in files.names("") if name.lower().endswith((".qmd", ".rmd"))]
    if not pages or files.markdown():
        return None
    config = files.first_file(*NAMES)
    others = [name for name in files.names("") if name.endswith(SETTINGS) and name not in (*NAMES, settings.FILE)]
    if others or "bookdown" in (files.text("index.Rmd") or ""):
        return None
    if config:
        files.tell(Place(path=config), "it has no settings", "write `project:` and `book:` with its `chapters:`")
    return Site(
        system="quarto", label="Quarto", config=config or pages[0], suffixes=TEXT, dialects=("quarto",), formulas=True
    )


VARIABLES = "_variables.yml"


def _parameters(files: Files, home: str, document: Document) -> dict[str, object]:
    """Return what chapters may print: the metadata of the book, those of the settings, and over them the variables in a file of their own."""
    variables = files.first(f"{home}{VARIABLES}")
    parts = (document.get("website"), document.get("book"), document.root, variables.root if variables else None)
    made: dict[str, object] = {}
    for part in parts:
        for key, spot in table_of(part).items():
            names = texts_of(spot) if key in ("author", "authors") else ()
            made[key] = ", ".join(names) if names else spot.plain
    return made


def _unnumbered(document: Document) -> bool:
    values = (document.text("format", "html", "number-sections"), document.text("number-sections"))
    return any(truth(text or "") is False for text in values)


def order(library: Library) -> Items | None:
    """Return the chapters and appendices of a book; else the sidebar of a site; else the content of the folders."""
    site = library.site
    document = library.files.yaml(site.config) if site.config.endswith(NAMES) else None
    if document is None:
        return None
    reading = _Reading(document, library, library.quota())
    chapters, appendices = document.get("book", "chapters"), document.get("book", "appendices")
    if items_of(chapters):
        body = _with_preface(reading.numbered(reading.items(chapters, "chapters")), site.base)
        spot = appendices
        letters = tuple(_lettered(item) for item in reading.items(appendices, "chapters"))
        last = (
            (
                Item(
                    title=label(library.site.language or "en", "appendices"),
                    place=document.place(spot, key=True),
                    children=letters,
                ),
            )
            if letters and spot
            else ()
        )
        return Items(items=(*body, *last), source=f"{site.config}: its chapters", nav=site.config, folder=site.base)
    sidebar = document.get("website", "sidebar")
    sidebars = items_of(sidebar) or ((sidebar,) if sidebar else ())
    items = tuple(item for bar in sidebars for item in reading.sidebar(bar, alone=len(sidebars) == 1))
    if items:
        # The home page needs no entry in a sidebar.
        home = folder_of(library.chapters, site.base, ("index",)).page
        first = () if home is None or _names(items, home.path, site.base) else (_page_of_site(home, site.config),)
        items = (*first, *items)
        return Items(items=items, source=f"{site.config}: its sidebar", nav=site.config, folder=site.base)
    folder = folder_of(library.chapters, site.base, ("index",))
    place = Place(path=site.config)
    first = (_page_of_site(folder.page, site.config),) if folder.page else ()
    items = (*first, *reading.automatic(folder, place))
    return Items(items=items, source=f"the file names in '{site.base or '.'}': '{site.config}' has no list")


def _page_of_site(page: Manuscript, config: str) -> Item:
    return Item(path=page.path, place=Place(path=config), reason="page of the site")


def _names(items: Iterable[Item], path: str, base: str) -> bool:
    """Return whether one of *items*, or of those below, names the chapter *path*."""
    stem = posixpath.splitext(path)[0]
    return any(
        item.path == path
        or posixpath.splitext(posixpath.normpath(posixpath.join(base, (item.target or "").lstrip("/"))))[0] == stem
        or _names(item.children, path, base)
        for item in items
    )


def _contents(spot: Spot) -> Spot:
    """Return the list of a sidebar."""
    return table_of(spot).get("contents") or spot


def _with_preface(items: tuple[Item, ...], base: str) -> tuple[Item, ...]:
    """Return *items* with the page of the whole book as front matter."""
    index = posixpath.join(base, "index")
    return tuple(
        replace(item, matter="front", numbered=False)
        if not item.children and item.target and posixpath.splitext(posixpath.join(base, item.target))[0] == index
        else item
        for item in items
    )


def _lettered(item: Item) -> Item:
    return replace(item, appendix=True, children=tuple(_lettered(child) for child in item.children))


class _Reading(Struct):
    """One pass through the lists of a ``_quarto.yml``."""

    document: Document
    library: Library
    quota: Quota

    def items(self, spot: Spot | None, inner: str) -> tuple[Item, ...]:
        """Return the items of a list; *inner* is the key of the list in an entry."""
        made: list[Item] = []
        entries = items_of(spot) or ((spot,) if spot and isinstance(spot.value, str) else ())
        for entry in self.quota.of(entries):
            made.extend(self.entry(entry, inner))
        return tuple(made)

    def sidebar(self, bar: Spot, *, alone: bool) -> tuple[Item, ...]:
        """Return the items of one sidebar; one of several is a part if it has a title."""
        items = self.items(_contents(bar), "contents")
        title = table_of(bar).get("title")
        if alone or title is None or not text_of(title) or not items:
            return items
        return (Item(title=text_of(title), place=self.document.place(title), part=True, children=items),)

    def numbered(self, items: tuple[Item, ...]) -> tuple[Item, ...]:
        """Return *items*; those whose titles are marked as unnumbered get no number."""
        base, chapters = self.library.site.base, self.library.chapters
        return tuple(
            replace(
                item,
                numbered=not is_unnumbered(chapters.get(posixpath.normpath(posixpath.join(base, item.target or "")))),
                children=self.numbered(item.children),
            )
            for item in items
        )

    def entry(self, entry: Spot, inner: str) -> tuple[Item, ...]:
        """Return the items of a file, a part or section, a rule, or a folder that is listed automatically."""
        table = table_of(entry)
        text = text_of(entry)
        place = self.document.place(
            next((table[key] for key in ("part", "section", "file", "href", "text", "auto") if key in table), entry)
        )
        if text == "auto" or "auto" in table:
            names = texts_of(table.get("auto")) or ("",)
            return tuple(item for name in names for item in self.auto(name, place))
        if text is not None and re.fullmatch(r"-{3,}", text):
            return (Item(kind="separator", place=place),)
        if text is not None:
            if "*" in text:
                return self.auto(text, place)
            folder = (
                not FILE.fullmatch(text)
                and text.rstrip("/")
                and self.library.files.is_folder(self.library.site.base + text.rstrip("/"))
            )
            return self.auto(text, place) if folder else (Item(target=text, place=place),)
        heading = text_of(table.get("part")) or text_of(table.get("section"))
        children = self.items(table.get(inner) or table.get("chapters") or table.get("contents"), inner)
        title = text_of(table.get("text"))
        target = text_of(table.get("file")) or text_of(table.get("href"))
        if heading is not None:
            page = target or (heading if FILE.fullmatch(heading) else None)
            return (
                Item(
                    title=None if page == heading else heading, target=page, place=place, part=True, children=children
                ),
            )
        return (Item(title=title, target=target, place=place, children=children),) if target or children else ()

    def auto(self, where: str, place: Place) -> tuple[Item, ...]:
        """Return the automatic list of a folder, of the files that a glob matches, or of the whole site."""
        base = self.library.site.base
        if "*" in where.rstrip("*") or FILE.fullmatch(where):
            pattern = glob_of(where.strip("/"))
            fit = [path for path in self.library.chapters if pattern.fullmatch(path.removeprefix(base))]
            return tuple(Item(path=path, place=place) for path in sorted(fit, key=self.by_order))
        path = re.sub(r"/?\*+$", "", where.strip("/"))
        base = self.library.site.base + (f"{path}/" if path and path not in ("true", ".") else "")
        folder = folder_of(self.library.chapters, base, ("index",))
        first = (Item(path=folder.page.path, place=place),) if folder.page else ()
        return (*first, *self.automatic(folder, place))

    def by_order(self, path: str) -> Key:
        """Return the sort key of the file *path*: its ``order``, then its name."""
        return (by_number(number_of(self.library.chapters[path], "order")), natural_key(path))

    def automatic(self, folder: Folder, place: Place) -> tuple[Item, ...]:
        """Return the pages of a folder by ``order``, then by name; its folders follow."""
        made: list[Item] = []

        def key(node: Folder | Manuscript) -> Key:
            page = node if isinstance(node, Manuscript) else node.page
            name = node.path.rstrip("/").rpartition("/")[2]
            return (
                by_number(number_of(page, "order")),
                natural_key(stem_of(name) if isinstance(node, Manuscript) else name),
            )

        for node in sorted(folder.nodes, key=key):
            if isinstance(node, Manuscript):
                made.append(Item(path=node.path, place=place))
                continue
            inner = self.automatic(node, place)
            title = title_of(node.page) if node.page else readable(node.name)
            if inner:
                made.append(Item(title=title, path=node.page.path if node.page else None, place=place, children=inner))
            elif node.page:
                made.append(Item(path=node.page.path, place=place))
        return tuple(made)
