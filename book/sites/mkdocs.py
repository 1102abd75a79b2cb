"""MkDocs: ``mkdocs.yml`` with its ``nav``, or the folders of its pages; literate-nav, awesome-pages and awesome-nav."""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from book.notation import Spot
from book.problems import Place
from book.sites import awesome_nav, markdown_lists
from book.sites.files import Document, Files, items_of, leaves, table_of, text_of
from book.sites.finder import ADDRESS, repository_of
from book.sites.folders import Folder, Node, folder_of, items_of_folder
from book.sites.names import is_folder_page
from book.sites.site import Item, Items, Library, Site

NAMES = ("mkdocs.yml", "mkdocs.yaml")
DOCS = "docs"
LISTS = ("SUMMARY.md", "README.md", "index.md")
"""Where the pages of a folder may be listed that the nav names as ``folder/``."""
PAGES = ("index", "readme")


def recognise(files: Files, home: str) -> Site | None:
    """Return what an ``mkdocs.yml`` says."""
    document = next((one for name in NAMES if (one := files.yaml(f"{home}{name}"))), None)
    if document is None or not isinstance(document.root.value, Mapping):
        return None
    inherit = document.get("INHERIT")
    if inherit and leaves(posixpath.normpath(posixpath.join(home, text_of(inherit) or ""))):
        files.leaves(document.place(inherit), text_of(inherit) or "")
    base = files.folder(document, home, document.get("docs_dir"), DOCS)
    plugins = _plugins(document)
    nav = document.path if document.get("nav") else ""
    literate = _literate(plugins)
    if not nav and literate and files.is_file(f"{base}{literate}"):
        nav = f"{base}{literate}"
    extensions = _plugins(document, "markdown_extensions")
    repository = document.text("repo_url")
    edit = (document.text("edit_uri") or "").strip("/").split("/")
    branch = edit[1] if len(edit) > 1 and edit[0] in ("blob", "edit", "tree", "raw") else None
    inside = "/".join(edit[2:]) if branch else None  # the folder of the pages, as the repository calls it
    redirects = table_of(table_of(plugins.get("redirects")).get("redirect_maps"))
    return Site(
        system="mkdocs",
        label="MkDocs",
        config=document.path,
        nav=nav,
        base=base,
        excluded=tuple(_globs(document.text("exclude_docs") or "", base)),
        title=document.text("site_name"),
        authors=document.texts("site_author"),
        description=document.text("site_description"),
        language=document.text("theme", "language") or document.text("theme", "locale"),
        site_url=document.text("site_url"),
        repository=repository_of(repository, branch, _outer(inside, base)),
        routes={old: f"/{text_of(new) or ''}" for old, new in redirects.items()},
        static=(base,),
        dialects=("mkdocs",),
        guests=True,
        formulas=True if any("arithmatex" in name or "mdx_math" in name for name in extensions) else None,
    )


def _outer(inside: str | None, base: str) -> str | None:
    """Return the folder of the repository that is the root of the book, when its pages lie in *inside* there and in *base* here."""
    if not inside:
        return None
    return f"{inside.strip('/')}/".removesuffix(base)


def _plugins(document: Document, key: str = "plugins") -> Mapping[str, Spot | None]:
    """Return the plugins with their options; they stand in a list or a table."""
    spot = document.get(key)
    if spot and isinstance(spot.value, Mapping):
        return spot.value
    found: dict[str, Spot | None] = {}
    for item in items_of(spot):
        found.update(table_of(item))
        if name := text_of(item):
            found[name] = None
    return found


def _literate(plugins: Mapping[str, Spot | None]) -> str | None:
    """Return the name of the lists of literate-nav, None without it."""
    if "literate-nav" not in plugins:
        return None
    return text_of(table_of(plugins["literate-nav"]).get("nav_file")) or "SUMMARY.md"


def _globs(text: str, base: str) -> Iterable[str]:
    """Yield the patterns of ``exclude_docs``, which are written as in a ``.gitignore``, relative to the root."""
    for line in text.splitlines():
        pattern = line.strip()
        if not pattern or pattern.startswith(("#", "!")):
            continue
        if "/" in pattern.rstrip("/"):
            yield f"{base}{pattern.lstrip('/').rstrip('/')}"
        else:
            yield from (f"{base}{pattern.rstrip('/')}", f"{base}*/{pattern.rstrip('/')}")


def order(library: Library) -> Items | None:
    """Return the order of the ``nav``; without one that of the lists in the folders; else that of the folders."""
    site = library.site
    document = library.files.yaml(site.config)
    if document is None:
        return None
    plugins = _plugins(document)
    reading = _Reading(library, document, _literate(plugins) or "")
    nav = document.get("nav")
    if nav and isinstance(nav.value, tuple):
        items = reading.items(nav)
        return Items(items=items, source=f"{site.config}: its nav", nav=site.config, here=site.base, index_opens=True)
    if nav:
        library.files.tell(document.place(nav, key=True), "its nav is no list", "write `nav:` as a list of pages")
    if site.nav and site.nav != site.config:
        items = reading.listed(site.nav, site.base)
        return Items(
            items=items, source=f"{site.nav}: its list of links", nav=site.nav, here=site.base, index_opens=True
        )
    folder = folder_of(library.chapters, site.base, PAGES)
    place = Place(path=site.config)
    ordered = awesome_nav.order(library, folder, plugins)
    if ordered is not None:
        return Items(items=ordered, source=f"the nav files in the folders of '{site.base or '.'}'", index_opens=True)
    items = in_order(folder, "order of the folders", place)
    return Items(
        items=items, source=f"the file names in '{site.base or '.'}': '{site.config}' has no nav", index_opens=True
    )


def in_order(folder: Folder, said: str, place: Place) -> tuple[Item, ...]:
    """Return the pages of a folder as MkDocs has them: its index, its files by name, its folders by name."""
    own = (Item(path=folder.page.path, place=place, said=said),) if folder.page else ()
    return (*own, *items_of_folder(folder, by_name, said, place))


def by_name(folder: Folder) -> tuple[Node, ...]:
    """Return the files, then the folders, both by name; a README beside an index is no page."""
    shadowed = folder.page is not None and is_folder_page(folder.page.path)
    files = [one for one in folder.files if not (shadowed and is_folder_page(one.path))]
    return (*files, *folder.folders)


@dataclass(slots=True)
class _Reading:
    """One pass over a nav."""

    library: Library
    document: Document
    lists: str
    """Name of the lists of literate-nav, empty without it."""
    count: int = 0
    inside: list[str] = field(default_factory=list)

    def items(self, nav: Spot) -> tuple[Item, ...]:
        """Return the items of a list: files, ``title: file``, ``title: [ … ]``."""
        made: list[Item] = []
        for entry in items_of(nav):
            pairs = entry.value.items() if isinstance(entry.value, Mapping) else ((None, entry),)
            for title, spot in pairs:
                self.count += 1
                if self.count > self.library.most + 1:  # aliases of aliases; settling tells it
                    return tuple(made)
                place = self.document.place(spot, key=title is not None)
                if isinstance(spot.value, tuple):
                    made.append(Item(title=title, place=place, children=self.items(spot)))
                elif spot.value is None or isinstance(spot.value, str):
                    made.extend(self.entry(title, text_of(spot) or "", place))
        return tuple(made)

    def entry(self, title: str | None, target: str, place: Place) -> tuple[Item, ...]:
        """Return the items of one page, folder or glob."""
        if ADDRESS.match(target):
            return (Item(title=title, target=target, place=place),)
        if target.endswith("/"):
            where = posixpath.normpath(posixpath.join(self.library.site.base, target)) + "/"
            inner = self.folder(where, place)
            if inner and title is None:
                return inner
            if inner:
                return (Item(title=title, place=place, children=inner),)
        if "*" in target:
            pattern = self.library.site.base + target.lstrip("/")
            return tuple(
                Item(path=path, place=place) for path in self.library.chapters if fnmatch.fnmatchcase(path, pattern)
            )
        return (Item(title=title, target=target, place=place),)

    def folder(self, where: str, place: Place) -> tuple[Item, ...]:
        """Return the pages of a folder that the nav names as a whole: as its own list has them, else as MkDocs does."""
        if leaves(where) or where in self.inside:
            return ()
        for name in dict.fromkeys((self.lists, *LISTS)) if self.lists else LISTS:
            path = f"{where}{name}" if name else ""
            if path and self.library.files.is_file(path) and (listed := self.listed(path, where)):
                implicit = path in self.library.chapters and not any(item.path == path for item in listed)
                own = (Item(path=path, place=place),) if implicit and is_folder_page(path) else ()
                return (*own, *listed)
        folder = folder_of(self.library.chapters, where, PAGES)
        return in_order(folder, "", place)

    def listed(self, path: str, where: str) -> tuple[Item, ...]:
        """Return the pages that the Markdown list in *path* names; its targets are relative to the folder *where*."""
        self.inside.append(where)
        items = self.relative(markdown_lists.read(self.library.files.text(path) or "", path), where)
        self.inside.pop()
        local = [item for item in markdown_lists.flat(items) if item.target or item.path]
        return items if local else ()

    def relative(self, items: tuple[Item, ...], where: str) -> tuple[Item, ...]:
        """Return *items* of a list in the folder *where* as items of the nav; folders and globs in it are looked up."""
        base = self.library.site.base
        made: list[Item] = []
        for item in items:
            target = item.target or ""
            children = self.relative(item.children, where)
            if item.kind == "separator" or (not target and not children):
                continue
            if not target or ADDRESS.match(target) or target.startswith(("#", "/")):
                if not target or children or ADDRESS.match(target) is None:
                    made.append(replace(item, matter="main", target=target or None, children=children))
                continue
            full = posixpath.normpath(posixpath.join(where, target)) + ("/" if target.endswith("/") else "")
            if leaves(full) or not full.startswith(base):
                continue
            entries = self.entry(item.title, full.removeprefix(base), item.place)
            made += (replace(entry, children=(*entry.children, *children)) for entry in entries)
        return tuple(made)
