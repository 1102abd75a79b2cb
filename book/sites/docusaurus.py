"""Docusaurus: ``docusaurus.config.*`` (1: ``siteConfig.js``) and ``sidebars.*``, read and never run; the current version of the documents."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from msgspec import Struct, field

from book.model import Manuscript
from book.notation import Spot, number
from book.patterns import regex
from book.problems import Place
from book.sites.files import Document, Files, Ruler, items_of, leaves, table_of, text_of
from book.sites.finder import repository_of
from book.sites.folders import Folder, Node, folder_of
from book.sites.keys import number_of, text_under
from book.sites.names import Key, number_before, title_of, without_number
from book.sites.site import Item, Items, Library, Quota, Site

ENDINGS = (".js", ".ts", ".mjs", ".mts", ".cjs", ".json")
SIDEBAR_PATH = regex(r"""sidebarPath\s*:\s*[^,}\n]*?["'](?:\./)?([\w./-]+)["']""")
DOCS_PATH = regex(r"""\bdocs\s*:\s*\{[^{}]*?\bpath\s*:\s*["']([^"']+)["']""")
ROUTE_BASE = regex(r"""\bdocs\s*:\s*\{[^{}]*?\brouteBasePath\s*:\s*["']([^"']*)["']""")
DOCS_URL = regex(r"""\bdocsUrl\s*:\s*["']([^"']*)["']""")
"""The same setting in Docusaurus 1."""
CATEGORY = ("_category_.json", "_category_.yml", "_category_.yaml")
PAGES = ("index", "readme")


def recognise(files: Files, home: str) -> Site | None:
    """Return what ``docusaurus.config.*`` states; also if there are only sidebars."""
    config = _first(files, home, "docusaurus.config") or _first(files, home, "siteConfig")
    sidebars = _first(files, home, "sidebars")
    if config is None and sidebars is None:
        return None
    text = files.text(config) or "" if config else ""
    document = files.javascript(config) if config and not config.endswith(".json") else None

    def stated(*keys: str) -> str | None:
        return document.text(*keys) if document else None

    named = SIDEBAR_PATH.search(text)
    if named and not leaves(posixpath.join(home, named[1])):
        path = posixpath.normpath(posixpath.join(home, named[1]))
        sidebars = next(
            (candidate for candidate in (path, *(path + ending for ending in ENDINGS)) if files.is_file(candidate)),
            sidebars,
        )
    where = DOCS_PATH.search(text)
    base = f"{home}docs/"
    if where:
        path = posixpath.normpath(posixpath.join(home, where[1]))
        if config and leaves(path):
            files.leaves(Ruler(config, text).place(where.start(1)), where[1])
        base = f"{path}/" if not leaves(path) and files.is_folder(path) else base
    if not files.is_folder(base):
        base = next((candidate for candidate in ("docs/", "content/", home) if files.is_folder(candidate or ".")), home)
    route = ROUTE_BASE.search(text) or DOCS_URL.search(text)
    url, mount = stated("url"), stated("baseUrl") or ""
    address = f"{url.rstrip('/')}/{mount.strip('/')}" if url else None
    owner, project = stated("organizationName"), stated("projectName")
    return Site(
        system="docusaurus",
        label="Docusaurus",
        config=config or sidebars or home,
        nav=sidebars or "",
        base=base,
        versions=tuple(folder for name in VERSIONS if files.is_folder(folder := f"{home}{name}/")),
        title=stated("title"),
        description=stated("tagline"),
        language=stated("i18n", "defaultLocale"),
        site_url=f"{address.rstrip('/')}/{(route[1] if route else 'docs').strip('/')}".rstrip("/") if address else None,
        repository=repository_of(f"{owner}/{project}") if owner and project else None,
        static=(base, f"{home}static/", home),
        mount=mount,
        alias="@site",
        dialects=("docusaurus",),
        guests=True,
        formulas=True if "remark-math" in text or "rehype-katex" in text else None,
    )


VERSIONS = ("versioned_docs", "i18n")
"""Folders of earlier versions and of translations."""


def _first(files: Files, home: str, name: str) -> str | None:
    return files.first_file(*(f"{home}{name}{ending}" for ending in ENDINGS))


def order(library: Library) -> Items | None:
    """Return the pages of all sidebars, one after the other; without sidebars those of the folders."""
    site = library.site
    reading = _Reading(library, library.quota())
    nav = site.nav
    document = library.files.data(nav) if nav else None
    if document is None:
        place = Place(path=site.config)
        items = reading.generated(reading.folder(""), place)
        source = f"{site.config}: the folders of '{site.base or '.'}', which it has no sidebar for"
        return Items(items=items, source=source, routes=reading.routes) if items else None
    reading.document = document
    library.files.tell_left_out(document, document.root)
    lists = [document.root] if items_of(document.root) else list(table_of(document.root).values())
    items = tuple(item for spot in lists for item in reading.items(spot))
    return Items(items=items, source=f"{nav}: its sidebars", nav=nav, folder=site.base, routes=reading.routes)


class _Reading(Struct):
    """One pass through the sidebars."""

    library: Library
    quota: Quota
    document: Document | None = None
    ids: dict[str, str] = field(default_factory=dict)
    """Id of a document -> its path."""
    routes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Record the ids and addresses of all documents."""
        for path, chapter in self.library.chapters.items():
            inside = posixpath.splitext(path.removeprefix(self.library.site.base))[0]
            *steps, name = inside.split("/")
            folder = "/".join(without_number(step) for step in steps)
            own = text_under(chapter, "id") or without_number(name)
            identity = f"{folder}/{own}" if folder else own
            self.ids.setdefault(identity, path)
            self.ids.setdefault(inside, path)
            slug = chapter.front.slug
            address = slug.lstrip("/") if slug and slug.startswith("/") else posixpath.join(folder, slug or own)
            if own.lower() in (*PAGES, steps[-1].lower() if steps else "") and not slug:
                self.routes.setdefault(folder, path)
            self.routes.setdefault(address, path)
            self.routes.setdefault(f"docs/{address}", path)

    def place(self, spot: Spot) -> Place:
        assert self.document is not None  # noqa: S101 - items are read of a document only
        return self.document.place(spot)

    def items(self, spot: Spot | None) -> tuple[Item, ...]:
        """Return the items of a list of ids and tables, or of the short form ``{Label: […]}``."""
        made: list[Item] = []
        entries = items_of(spot) or ((spot,) if spot and spot.value is not None else ())
        for entry in self.quota.of(entries):
            table = table_of(entry)
            if text := text_of(entry):
                made.append(self.doc(text, None, self.place(entry)))
            elif text_of(table.get("type")) or "id" in table or "dirName" in table:
                made.extend(self.typed(entry, table))
            else:
                for label, inner in table.items():
                    made.append(Item(title=label, place=self.place(inner), children=self.items(inner)))
        return tuple(made)

    def typed(self, entry: Spot, table: Mapping[str, Spot]) -> tuple[Item, ...]:
        """Return the items of a table, according to its ``type``."""
        kind, label = text_of(table.get("type")) or "doc", text_of(table.get("label"))
        place = self.place(entry)
        if kind in ("doc", "ref"):
            return (self.doc(text_of(table.get("id")) or "", label, place),) if kind == "doc" else ()
        if kind == "link":
            return (Item(title=label, target=text_of(table.get("href")) or "", place=place),)
        if kind == "autogenerated":
            name = (text_of(table.get("dirName")) or ".").strip("./")
            return self.generated(self.folder(name), place)
        if kind == "subcategory":  # Docusaurus 1
            return (Item(title=label, place=place, children=self.items(table.get("ids"))),)
        if kind == "category":
            children = self.items(table.get("items"))
            link = table_of(table.get("link"))
            identity = text_of(link.get("id")) if text_of(link.get("type")) == "doc" else None
            opening = self.doc(identity, None, place) if identity else Item(place=place)
            return (Item(title=label, target=opening.target, path=opening.path, place=place, children=children),)
        return ()

    def doc(self, identity: str, label: str | None, place: Place) -> Item:
        path = self.ids.get(identity) or self.ids.get("/".join(map(without_number, identity.split("/"))))
        return Item(title=label, target=None if path else f"/{identity}", path=path, place=place)

    def folder(self, name: str) -> Folder:
        """Return the folder that an autogenerated sidebar shows; number prefixes may be missing in its name."""
        base = self.library.site.base
        root = folder_of(self.library.chapters, base, ())
        for step in [step for step in name.split("/") if step]:
            fit = [child for child in root.folders if step in (child.name, without_number(child.name))]
            root = fit[0] if fit else Folder(path=f"{root.path}{step}/")
        return root

    def generated(self, folder: Folder, place: Place) -> tuple[Item, ...]:
        """Return the items of a folder: by position, by number prefix, by name; items without a position come last."""
        made: list[Item] = []
        for node in sorted(folder.nodes, key=self.key):
            position = self.position(node)
            reason = f"sidebar_position: {position}" if position is not None else "name of the file"
            if isinstance(node, Manuscript):
                if self.opens(folder) is not node:
                    made.append(Item(path=node.path, place=place, reason=reason))
                continue
            inner = self.generated(node, place)
            opening = self.opens(node)
            category = self.category(node)
            own = category.text("label") if category else None
            title = own or (title_of(opening) if opening else without_number(node.name))
            if opening and not inner:
                made.append(Item(path=opening.path, title=own, place=place, reason=reason))
            elif inner:
                path = opening.path if opening else None
                made.append(Item(title=title, path=path, place=place, reason=reason, children=inner))
        return tuple(made)

    def opens(self, folder: Folder) -> Manuscript | None:
        """Return the document that opens a category: its index, its README, or the one with the name of the folder."""
        category = self.category(folder)
        link = table_of(category.get("link")) if category else {}
        if identity := text_of(link.get("id")):
            path = self.ids.get(identity) or self.ids.get(
                posixpath.join(folder.path.removeprefix(self.library.site.base), identity)
            )
            return self.library.chapters.get(path or "")
        if folder.path == self.library.site.base:
            return None
        names = (*PAGES, without_number(folder.name).lower())
        stems = {
            without_number(posixpath.splitext(file.path)[0].rpartition("/")[2]).lower(): file
            for file in reversed(folder.files)
        }
        return next((stems[name] for name in names if name in stems), None)

    def category(self, folder: Folder) -> Document | None:
        """Return the settings of a folder."""
        files = self.library.files
        path = files.first_file(*(f"{folder.path}{name}" for name in CATEGORY))
        return files.data(path) if path else None

    def position(self, node: Node) -> float | None:
        """Return the position that a document or a folder gives itself, or its number prefix."""
        if isinstance(node, Manuscript):
            position, name = number_of(node, "sidebar_position"), posixpath.basename(node.path)
        else:
            category, name = self.category(node), node.name
            position = number((category.text("position") if category else None) or "")
        match = number_before(name)
        return position if position is not None else int(match["number"][:9]) if match else None

    def key(self, node: Node) -> Key:
        position = self.position(node)
        name = node.path.rstrip("/").rpartition("/")[2]
        name = posixpath.splitext(name)[0] if isinstance(node, Manuscript) else name
        return (position is None, position or 0, without_number(name), node.path)
