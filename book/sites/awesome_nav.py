"""awesome-nav (``.nav.yml``) and awesome-pages (``.pages``): MkDocs with an order in each folder."""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from book.model import Manuscript
from book.notation import Spot
from book.problems import Place
from book.sites.files import Document, items_of, table_of, text_of
from book.sites.finder import ADDRESS
from book.sites.folders import Folder, Node
from book.sites.names import glob_of, is_folder_page, natural_key, readable, stem_of, title_of
from book.sites.site import Item, Library

PLUGINS = ("awesome-nav", "awesome-pages")
NAMES = (".nav.yml", ".nav.yaml", ".pages")
_RENAMED = {
    "order": "direction",
    "sort_type": "type",
    "order_by": "by",
    "collapse_single_pages": "flatten_single_child_sections",
}
"""Options of awesome-pages, and the names that awesome-nav gives them."""
REST = frozenset({"...", "*"})


def order(library: Library, folder: Folder, plugins: Mapping[str, Spot | None]) -> tuple[Item, ...] | None:
    """Return the pages of *folder* in the order of the files in its folders; None if there is no such file."""
    name = next((name for name in PLUGINS if name in plugins), None)
    options = table_of(plugins[name]) if name else {}
    reading = _Reading(library, names=(filename,) if (filename := text_of(options.get("filename"))) else NAMES)
    documents = [child for child in _folders(folder) if reading.document(child)]
    return reading.inside(folder, _Sort().changed(_of_pages(options))) if name or documents else None


def _of_pages(options: Mapping[str, Spot]) -> Mapping[str, Spot]:
    """Return *options* of awesome-pages under the names that awesome-nav gives them."""
    return {_RENAMED.get(key, key): spot for key, spot in options.items()}


def _folders(folder: Folder) -> tuple[Folder, ...]:
    return (folder, *(below for inner in folder.folders for below in _folders(inner)))


MOST_FOLDERS = 60
"""Folders within folders that a glob looks into."""


class _Sort(Struct, frozen=True, kw_only=True):
    """How a folder is sorted and shown; folders in it inherit it."""

    descending: bool = False
    natural: bool = True
    by_title: bool = False
    sections: str = "last"
    ignore_case: bool = True
    as_named: bool = False
    """Whether the title of a folder is its exact name."""
    by_index: bool = False
    """Whether the title of a folder is that of its index."""
    flat: bool = False
    """Whether a folder with a single page is that page."""

    def changed(self, table: Mapping[str, Spot]) -> _Sort:
        """Return these options with the changes that *table* makes to them."""
        settings = {key: text_of(spot) or "" for key, spot in table.items()}

        def truth(key: str, before: bool) -> bool:
            return settings.get(key, str(before).lower()) == "true"

        return _Sort(
            descending=settings.get("direction", "desc" if self.descending else "asc") == "desc",
            natural=settings.get("type", "natural" if self.natural else "") == "natural",
            by_title=settings.get("by", "title" if self.by_title else "") == "title",
            sections=settings.get("sections", self.sections),
            ignore_case=truth("ignore_case", self.ignore_case),
            as_named=truth("preserve_directory_names", self.as_named),
            by_index=truth("use_index_title", self.by_index),
            flat=truth("flatten_single_child_sections", self.flat),
        )


class _Reading(Struct):
    """One pass through the folders."""

    library: Library
    names: tuple[str, ...] = NAMES
    """The names of the files with an order."""
    depth: int = 0
    known: dict[str, Document | None] = field(default_factory=dict)
    reserved: set[str] = field(default_factory=set)
    """Pages that the list of a parent folder names: they are not among the rest of their own folder."""

    def document(self, folder: Folder) -> Document | None:
        """Return the file in *folder* with its order."""
        if folder.path not in self.known:
            names = (f"{folder.path}{name}" for name in self.names)
            files = self.library.files
            self.known[folder.path] = next(
                (document for name in names if files.is_file(name) and (document := files.yaml(name))), None
            )
        return self.known[folder.path]

    def title(self, folder: Folder, sort: _Sort) -> str:
        """Return the title of *folder*."""
        document = self.document(folder)
        if document:
            sort = sort.changed(_own(document))
            if title := document.text("title"):
                return title
        if sort.as_named:
            return folder.name
        return (
            title_of(folder.page)
            if folder.page and (sort.by_index or folder.page.front.title)
            else readable(folder.name)
        )

    def inside(self, folder: Folder, sort: _Sort) -> tuple[Item, ...]:
        """Return the items of the content of *folder*."""
        document = self.document(folder)
        table = table_of(document.root) if document else {}
        sort = sort.changed(_own(document)) if document else sort
        nodes = self.sorted(folder, sort, table)
        nav = table.get("nav") or table.get("arrange")
        if document is None or nav is None:
            return tuple(item for node in nodes for item in self.item(node, sort, None, None))
        taken: set[str] = set()
        self.reserve(items_of(nav), folder, nodes, taken, sort)
        items = self.listed(items_of(nav), folder, nodes, sort, document, taken)
        rest = [node for node in nodes if node.path not in taken]
        appended = text_of(table.get("append_unmatched")) == "true"
        return (*items, *(item for node in rest for item in self.item(node, sort, None, None))) if appended else items

    def sorted(self, folder: Folder, sort: _Sort, table: Mapping[str, Spot]) -> list[Node]:
        """Return the content of *folder*, its index first."""
        ignored = _ignored(table)

        def key(node: Node) -> tuple[object, ...]:
            name = node.path.rstrip("/").rpartition("/")[2]
            text = stem_of(name) if isinstance(node, Manuscript) else name
            if sort.by_title:
                text = self.title(node, sort) if isinstance(node, Folder) else title_of(node)
            text = text.casefold() if sort.ignore_case else text
            return natural_key(text) if sort.natural else (text,)

        def group(node: Node) -> int:
            folder_ = isinstance(node, Folder)
            return {"first": not folder_, "last": folder_}.get(sort.sections, False)

        nodes: list[Node] = sorted(folder.nodes, key=key, reverse=sort.descending)
        nodes.sort(key=group)
        shadowed = folder.page is not None
        children = [
            node
            for node in nodes
            if node.path not in self.reserved
            and not _is_ignored(node, ignored)
            and not (shadowed and isinstance(node, Manuscript) and is_folder_page(node.path))
            and not (isinstance(node, Folder) and (options := self.document(node)) and options.truth("hide"))
        ]
        return [*((folder.page,) if folder.page else ()), *children]

    def item(self, node: Node, sort: _Sort, title: str | None, place: Place | None) -> tuple[Item, ...]:
        """Return the item of one page or folder."""
        if isinstance(node, Manuscript):
            return (
                Item(
                    path=node.path,
                    title=title,
                    place=place or Place(path=node.path),
                    reason="" if place else "order of the folder",
                ),
            )
        if self.depth > 60:
            return ()
        self.depth += 1
        inner = self.inside(node, sort)
        self.depth -= 1
        document = self.document(node)
        options = sort.changed(_own(document)) if document else sort
        collapse = text_of(document.get("collapse")) if document else None
        if len(inner) == 1 and (collapse == "true" or (options.flat and collapse != "false")):
            return (replace(inner[0], title=title or inner[0].title),)
        where = place or Place(path=document.path if document else self.library.site.config)
        return (Item(title=title or self.title(node, sort), place=where, children=inner),) if inner else ()

    def matching(self, glob: str, folder: Folder, sort: _Sort) -> list[Node]:
        """Return the pages and folders below *folder* that match *glob*, in order; not what lies in a folder that matches."""
        pattern = glob_of(glob)
        nodes: list[Node] = []
        for node in self.sorted(folder, sort, table_of(document.root) if (document := self.document(folder)) else {}):
            if pattern.fullmatch(node.path.rstrip("/")):
                nodes.append(node)
            elif isinstance(node, Folder) and node.path.count("/") < MOST_FOLDERS:
                nodes += self.matching(glob, node, sort)
        return nodes

    def find(self, target: str, folder: Folder, nodes: list[Node], sort: _Sort) -> list[Node]:
        """Return what *target* names in *folder*: a file, a folder, or the matches of a glob."""
        path = posixpath.normpath(posixpath.join(folder.path, target.strip("/") if target != "/" else "."))
        named: list[Node] = [node for node in nodes if node.path.rstrip("/") == path]
        if not named and "/" in target.strip("/"):
            chapter = self.library.chapters.get(path)
            below = [child for child in _folders(folder) if child.path.rstrip("/") == path]
            named = [chapter] if chapter else list(below)
        if not named and "*" in target:
            named = self.matching(path, folder, sort)
        return named

    def reserve(
        self, entries: tuple[Spot, ...], folder: Folder, nodes: list[Node], taken: set[str], sort: _Sort
    ) -> None:
        """Record what the list names, so that "the rest" does not contain it."""
        for entry in entries:
            for spot in table_of(entry).values() if isinstance(entry.value, Mapping) else (entry,):
                if isinstance(spot.value, tuple):
                    self.reserve(spot.value, folder, nodes, taken, sort)
                elif (target := text_of(spot)) and "*" not in target and target not in REST:
                    named = [node.path for node in self.find(target, folder, nodes, sort)]
                    taken.update(named)
                    self.reserved.update(set(named) - {node.path for node in nodes})

    def listed(
        self,
        entries: tuple[Spot, ...],
        folder: Folder,
        nodes: list[Node],
        sort: _Sort,
        document: Document,
        taken: set[str],
    ) -> tuple[Item, ...]:
        """Return the items of a list."""
        items: list[Item] = []
        inherited = sort
        for entry in entries:
            table, ignored = table_of(entry), _ignored(table_of(entry))
            sort = inherited.changed(_own_of(table)) if "glob" in table else inherited
            quiet = text_of(table.get("ignore_no_matches")) == "true"
            if "glob" in table:
                table = {"": table["glob"]}
            for title, spot in table.items() if table else ((None, entry),):
                place = document.place(spot, key=title is not None)
                target = text_of(spot) or ""
                if isinstance(spot.value, tuple):
                    inner = self.listed(spot.value, folder, nodes, sort, document, taken)
                    items.append(Item(title=title, place=place, children=inner))
                elif target in REST or target.startswith("... |") or (title or "").startswith("..."):
                    pattern = target.partition("|")[2].strip() if "|" in target else "*"
                    rest = [node for node in nodes if node.path not in taken and _fits(node, pattern)]
                    taken.update(node.path for node in rest)
                    items.extend(item for node in rest for item in self.item(node, sort, None, place))
                elif ADDRESS.match(target) or not target:
                    items.append(Item(title=title, target=target, place=place))
                elif matches := [
                    node
                    for node in self.find(target, folder, nodes, sort)
                    if "*" not in target or not (_is_taken(node, taken) or _is_ignored(node, ignored))
                ]:
                    taken.update(node.path for node in matches)
                    self.reserved.update(node.path for node in matches if node not in nodes)
                    items.extend(item for node in matches for item in self.item(node, sort, title or None, place))
                elif "*" not in target or not (self.find(target, folder, nodes, sort) or quiet):
                    below = folder.path.removeprefix(self.library.site.base)
                    items.append(Item(title=title, target=f"/{below}{target}", place=place))
        return tuple(items)


def _own(document: Document) -> Mapping[str, Spot]:
    """Return the options of one folder: those of awesome-nav, some of them in a table `sort`, or those of awesome-pages."""
    return _own_of(table_of(document.root))


def _own_of(table: Mapping[str, Spot]) -> Mapping[str, Spot]:
    return {**_of_pages(table), **table_of(table.get("sort"))}


def _is_taken(node: Node, taken: set[str]) -> bool:
    """Return whether *node*, or a folder around it, is in the order."""
    return node.path in taken or any(path.endswith("/") and node.path.startswith(path) for path in taken)


def _ignored(table: Mapping[str, Spot]) -> tuple[str, ...]:
    """Return the globs under `ignore`, which is one or a list."""
    return tuple(filter(None, map(text_of, (*items_of(table.get("ignore")), table.get("ignore")))))


def _is_ignored(node: Node, globs: tuple[str, ...]) -> bool:
    name = node.path.rstrip("/").rpartition("/")[2]
    return any(fnmatch.fnmatchcase(name, glob) for glob in globs)


def _fits(node: Node, pattern: str) -> bool:
    pattern = pattern.removeprefix("glob=") or "*"
    return fnmatch.fnmatchcase(node.path.rstrip("/").rpartition("/")[2], pattern)
