"""Nextra: ``_meta`` files, JSON or a program that is never run, in the folders of a Next.js site."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from book.model import Manuscript
from book.notation import Spot
from book.patterns import regex
from book.problems import Place
from book.sites.files import Document, Files, table_of, text_of
from book.sites.finder import repository_of
from book.sites.folders import Folder, folder_of, is_empty
from book.sites.names import natural_key, readable, stem_of, title_of
from book.sites.site import Item, Items, Library, Quota, Site

CONFIGS = tuple(f"next.config.{ending}" for ending in ("mjs", "js", "ts", "mts", "cjs"))
THEMES = (
    *(f"theme.config.{ending}" for ending in ("tsx", "jsx", "ts", "js", "mdx")),
    "app/layout.tsx",
    "app/layout.jsx",
)
FOLDERS = ("content", "src/content", "pages", "src/pages", "app", "src/app")
METAS = tuple(f"_meta.{ending}" for ending in ("json", "js", "jsx", "ts", "tsx"))
WHOLE = tuple(f"_meta.global.{ending}" for ending in ("js", "jsx", "ts", "tsx"))
"""One file for all folders."""
INDEX = ("index", "page")
NO_PAGES = ("*", "index")
"""Names of entries that need no page of their own."""
LOGO = regex(r"\blogo\s*[:=]\s*[({\s=>]*<(?P<tag>\w+)[^<>]*>(?P<words>[^<>{}]+)</(?P=tag)>")
LOCALE = regex(r"\bdefaultLocale\s*:\s*['\"](?P<name>[\w-]+)['\"]")
LATEX = regex(r"\blatex\s*:\s*(?:true\b|\{)")
SOURCE = regex(r"\bdocsRepositoryBase\s*[:=]\s*\{?\s*['\"](?P<address>[^'\"]+)['\"]")


Meta = tuple[Document, Spot]
"""A settings file, and the table in it that states the order of a folder."""


def recognise(files: Files, home: str) -> Site | None:
    """Return the site whose Next.js settings name Nextra."""
    config = files.first_file(*(f"{home}{name}" for name in CONFIGS))
    text = files.text(config) or "" if config else ""
    if config is None or "nextra" not in text:
        return None
    suffixes = (".md", ".mdx")
    base = next((f"{home}{name}/" for name in FOLDERS if files.holds(f"{home}{name}", suffixes)), None)
    if base is None:
        return None
    locale = LOCALE.search(text)
    if locale and files.is_folder(f"{base}{locale['name']}"):
        base = f"{base}{locale['name']}/"
    theme = "\n".join(files.text(f"{home}{name}") or "" for name in THEMES if files.is_file(f"{home}{name}"))
    logo, source = LOGO.search(theme), SOURCE.search(theme)
    return Site(
        system="nextra",
        label="Nextra",
        config=config,
        base=base,
        excluded=(f"{base}_app.*", f"{base}_document.*"),
        title=" ".join(logo["words"].split()) if logo else None,
        language=locale["name"] if locale else None,
        repository=repository_of(source["address"]) if source else None,
        static=(base, f"{home}public/", home),
        dialects=("nextra",),
        guests=True,
        formulas=True if LATEX.search(text) else None,
    )


def order(library: Library) -> Items | None:
    """Return the pages as the ``_meta`` files sort them, folder by folder; the others follow by name."""
    site, files = library.site, library.files
    # In Nextra 2 each language has files of its own beside the others: `index.en-US.mdx`, `_meta.en-US.json`.
    ending = f".{site.language}" if site.language else ""
    folder = folder_of(library.chapters, site.base, (*INDEX, *(f"{name}{ending}".lower() for name in INDEX)))
    path = files.first_file(*(f"{site.base}{name}" for name in WHOLE))
    document = files.javascript(path) if path else None
    reading = _Reading(files, library.quota(), ending)
    meta = (document, document.root) if document else None
    home = None if folder.page is None or is_empty(folder.page) else folder.page
    items = reading.items(folder, meta, home)
    source = f"the `_meta` files in '{site.base}'" if reading.used else f"the file names in '{site.base}'"
    inner = {path: path.removeprefix(site.base).rpartition(".")[0] for path in library.chapters} if ending else {}
    routes = {f"/{name.removesuffix(ending)}": path for path, name in inner.items() if name.endswith(ending)}
    return Items(items=items, source=source, routes=routes)


class _Reading:
    """One pass through the folders."""

    def __init__(self, files: Files, quota: Quota, ending: str) -> None:
        self.files, self.quota = files, quota
        self.ending = ending
        """The end of the names of files in the language of the book, before their extensions; empty if there is no other language."""
        self.used = False

    def meta(self, folder: Folder) -> Meta | None:
        """Return the ``_meta`` file of a folder."""
        names = (*(name.replace(".", f"{self.ending}.", 1) for name in METAS), *METAS)
        path = self.files.first_file(*(f"{folder.path}{name}" for name in names))
        document = self.files.data(path) if path else None
        return (document, document.root) if document else None

    def items(self, folder: Folder, whole: Meta | None, home: Manuscript | None = None) -> tuple[Item, ...]:
        """Return the items of *folder*, without its page; a separator with a title begins a part.

        Args:
            folder: the folder.
            whole: what a file for all folders states about this one.
            home: the page of the root, which is an entry like others.
        """
        meta = whole or self.meta(folder)
        table = table_of(meta[1]) if meta else {}
        self.used = self.used or bool(table)
        pages = {stem_of(page.path.rpartition("/")[2]).removesuffix(self.ending): page for page in folder.files}
        if home:
            pages["index"] = home
        folders = {inner.name: inner for inner in folder.folders}
        others = sorted(
            (pages.keys() | folders.keys()) - table.keys(), key=lambda name: (name != "index", natural_key(name))
        )
        parts: list[tuple[Item | None, list[Item]]] = [(None, [])]
        for name in self.quota.of((*table, *others)):
            entry = table.get(name)
            place = meta[0].place(entry, key=True) if meta and entry else Place(path=folder.path)
            title = text_of(entry) or text_of(table_of(entry).get("title")) or None
            if text_of(table_of(entry).get("type")) == "separator":
                parts.append((Item(title=title, place=place) if title else None, []))
            elif text_of(table_of(entry).get("display")) != "hidden":
                inside = table_of(entry).get("items")
                below = (meta[0], inside) if meta and inside else None
                reason = "" if entry else "name of the file"
                page, inner = pages.get(name), folders.get(name)
                address = text_of(table_of(entry).get("href"))
                if page or inner:
                    parts[-1][1].extend(self.node(title, place, reason, page, inner, below))
                elif address or not (inside or name in NO_PAGES):
                    parts[-1][1].append(Item(title=title, target=address or f"/{folder.path}{name}", place=place))
        made: list[Item] = []
        for heading, entries in parts:
            made += [replace(heading, children=tuple(entries))] if heading and entries else entries
        return tuple(made)

    def node(
        self,
        title: str | None,
        place: Place,
        reason: str,
        page: Manuscript | None,
        folder: Folder | None,
        below: Meta | None,
    ) -> Iterator[Item]:
        """Yield the item of a page, or of a folder with its pages; a page and a folder of one name are one item."""
        inner = self.items(folder, below) if folder else ()
        page = page or (folder.page if folder else None)
        if not inner:
            if page:
                yield Item(path=page.path, title=title, place=place, reason=reason)
        elif folder:
            name = title or (title_of(page) if page else readable(folder.name))
            yield Item(path=page.path if page else None, title=name, place=place, reason=reason, children=inner)
