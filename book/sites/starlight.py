"""Starlight, the documentation theme of Astro: the sidebar in ``astro.config.*``, read and never run, and ``sidebar.order`` in its pages."""

from __future__ import annotations

import math
from collections.abc import Mapping

from book.model import Manuscript
from book.notation import Spot, number
from book.patterns import regex
from book.problems import Place
from book.sites.files import Document, Files, items_of, table_of, text_of
from book.sites.finder import ADDRESS, repository_of
from book.sites.folders import Folder, Node, folder_of, is_empty, section
from book.sites.heroes import has_text
from book.sites.markdown_lists import flat
from book.sites.names import natural_key
from book.sites.site import Item, Items, Library, Quota, Site

CONFIGS = tuple(f"astro.config.{ending}" for ending in ("mjs", "ts", "mts", "js", "cjs"))
NAMED = regex(r"['\"]@astrojs/starlight['\"]")
PAGES = "src/content/docs/"
INDEX = ("index",)


def recognise(files: Files, home: str) -> Site | None:
    """Return what the call of ``starlight`` in the settings of Astro states."""
    path = files.first_file(*(f"{home}{name}" for name in CONFIGS))
    pages = f"{home}{PAGES}"
    if path is None or not files.is_folder(pages) or not NAMED.search(files.text(path) or ""):
        return None
    document = files.javascript(path)
    own = _settings(document)
    locales = table_of(own.get("locales"))
    default = text_of(own.get("defaultLocale")) or ("root" if "root" in locales else "")
    language = text_of(table_of(locales.get(default)).get("lang")) or (default if default != "root" else "")
    base = f"{pages}{default}/" if default in locales and files.is_folder(f"{pages}{default}") else pages
    others = (f"{pages}{name}/" for name in locales if name not in ("root", default))
    links = (text_of(table_of(entry).get("href")) for entry in items_of(own.get("social")))
    return Site(
        system="starlight",
        label="Starlight",
        config=path,
        nav=path if items_of(own.get("sidebar")) or _topics(own) else "",
        base=base,
        opening=f"{base}index.mdx",
        versions=tuple(folder for folder in others if files.is_folder(folder)),
        title=_words(own.get("title")),
        description=text_of(own.get("description")),
        language=language or None,
        site_url=document.text("site") if document else None,
        mount=(document.text("base") or "") if document else "",
        repository=next(filter(None, map(repository_of, links)), None),
        static=(base, pages, f"{home}public/", home),
        dialects=("starlight",),
        guests=True,
        places_in_tables=True,
    )


def _settings(document: Document | None) -> Mapping[str, Spot]:
    """Return the settings with which ``starlight`` is called, the first of the integrations that has a title."""
    integrations = items_of(document.get("integrations")) if document else ()
    return next((table for entry in integrations if "title" in (table := table_of(entry))), {})


def order(library: Library) -> Items | None:
    """Return the sidebar; without one all folders, each with its files and folders by ``sidebar.order`` and name."""
    site = library.site
    document = library.files.javascript(site.config)
    folder = folder_of(library.chapters, site.base, INDEX)
    place = Place(path=site.config)
    settings = _settings(document)
    topics = _topics(settings)
    sidebar = settings.get("sidebar") or topics
    routes = {chapter.front.slug: path for path, chapter in library.chapters.items() if chapter.front.slug}
    home = folder.page
    first = (
        (Item(path=home.path, place=place, reason="page of the site", numbered=False),)
        if home and (has_text(home) or not is_empty(home))
        else ()
    )
    if document is None or not items_of(sidebar):
        items = (*first, *_generated(folder, place))
        return Items(items=items, source="front matter: `sidebar.order` and names, folder by folder", routes=routes)
    library.files.tell_left_out(document, sidebar or document.root)
    reading = _Reading(document, folder, library.quota())
    items = reading.items(sidebar) if sidebar is not topics else reading.topics(items_of(topics))
    named = any((item.target or "x").strip("/") in ("", "index") for item in items)
    return Items(
        items=(*(() if named else first), *items),
        source=f"{site.config}: its sidebar",
        nav=site.config,
        folder=site.base,
        routes=routes,
    )


def _topics(settings: Mapping[str, Spot]) -> Spot | None:
    """Return the topics of the plugin that gives each of them a sidebar of its own, the only plugin with a list of tables that have `items`."""
    plugins = items_of(settings.get("plugins"))
    return next((plugin for plugin in plugins if any("items" in table_of(topic) for topic in items_of(plugin))), None)


class _Reading:
    """One pass through the sidebar."""

    def __init__(self, document: Document, folder: Folder, quota: Quota) -> None:
        self.document, self.folder, self.quota = document, folder, quota

    def items(self, spot: Spot | None) -> tuple[Item, ...]:
        """Return the items of a list of ids and tables."""
        return tuple(item for entry in self.quota.of(items_of(spot)) for item in self.entry(entry))

    def topics(self, topics: tuple[Spot, ...]) -> tuple[Item, ...]:
        """Return a part for each of *topics*, which its page opens; those without `items` lead elsewhere."""
        made: list[Item] = []
        for topic in self.quota.of(topics):
            place, table = self.document.place(topic), table_of(topic)
            link = text_of(table.get("link")) or ""
            first = (Item(target=f"/{link.strip('/')}", place=place),) if link and not ADDRESS.match(link) else ()
            inner = self.items(table.get("items"))
            page = self.below(link).page if first else None
            names = {name for item in flat(inner) for name in (item.target, item.path)} - {None}
            is_inside = {f"/{link.strip('/')}", page.path if page else None} & names
            children = inner if is_inside else (*first, *inner)
            made.append(Item(title=_words(table.get("label")), place=place, children=children))
        return tuple(item for item in made if item.children)

    def entry(self, entry: Spot) -> tuple[Item, ...]:
        place, table = self.document.place(entry), table_of(entry)
        identity = text_of(entry) if text_of(entry) is not None else text_of(table.get("slug"))
        label = _words(table.get("label"))
        if identity is not None:
            return (Item(title=label, target=f"/{identity.strip('/')}", place=place),)
        if (link := text_of(table.get("link"))) is not None:
            return (Item(title=label, target=link if ADDRESS.match(link) else f"/{link.strip('/')}", place=place),)
        children = self.items(table.get("items"))
        directory = text_of(table_of(table.get("autogenerate")).get("directory"))
        if directory is not None:
            folder = self.below(directory)
            page = (Item(path=folder.page.path, place=place, reason="page of the folder"),) if folder.page else ()
            children = (*children, *page, *_generated(folder, place))
        if label is None:
            return children
        return (Item(title=label, place=place, children=children),) if children else ()

    def below(self, directory: str) -> Folder:
        """Return the folder of the pages that a group shows."""
        folder = self.folder
        for step in filter(None, directory.strip("/").split("/")):
            folder = next(
                (inner for inner in folder.folders if inner.name == step), Folder(path=f"{folder.path}{step}/")
            )
        return folder


def _words(spot: Spot | None) -> str | None:
    """Return a label: a text, or the first of a table of texts by language."""
    return text_of(spot) or next(filter(None, map(text_of, table_of(spot).values())), None)


def _generated(folder: Folder, place: Place) -> tuple[Item, ...]:
    """Return the items of a folder without its own page; pages that the sidebar hides are left out."""
    made: list[Item] = []
    for node in sorted(folder.nodes, key=lambda node: (_position(node), natural_key(node.path))):
        position = _position(node)
        reason = "name of the file" if position == math.inf else f"sidebar.order: {position:g}"
        if isinstance(node, Manuscript):
            if _sidebar(node).get("hidden") not in (True, "true"):
                made.append(Item(path=node.path, place=place, reason=reason))
        else:
            made += section(node, _generated(node, place), reason, place)
    return tuple(made)


def _sidebar(page: Manuscript) -> Mapping[str, object]:
    """Return what a page states under ``sidebar``."""
    value = page.front.values.get("sidebar")
    return value if isinstance(value, Mapping) else {}


def _position(node: Node) -> float:
    """Return the position of a page, or the first one of a folder's pages; infinity if there is none."""
    if isinstance(node, Manuscript):
        position = number(str(_sidebar(node).get("order", "")))
        return math.inf if position is None else position
    inner = (*node.nodes, *((node.page,) if node.page else ()))
    return min(map(_position, inner), default=math.inf)
