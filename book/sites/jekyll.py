"""Jekyll: ``_config.yml``, with a navigation in ``_data/`` or with collections."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatch

from msgspec import Struct
from msgspec.structs import replace

from book.model import Manuscript
from book.notation import Spot, truth
from book.problems import Place
from book.sites import just_the_docs, readme
from book.sites.files import Document, Files, items_of, table_of, text_of, texts_of
from book.sites.finder import Finder, repository_of
from book.sites.folders import folder_of, items_of_folder
from book.sites.keys import addresses, by_number, number_of
from book.sites.markdown_lists import flat
from book.sites.names import is_folder_page, path_key, readable
from book.sites.site import Item, Items, Library, Quota, Site

CONFIGS = ("_config.yml", "_config.yaml", "_config.toml")
DATA = ("navigation", "nav", "toc", "sidebar", "docs", "docs_nav", "menu", "sidebars/docs_sidebar")
TITLES = ("title", "text", "name", "label", "page_title")
TARGETS = ("url", "href", "link", "path", "to", "page", "permalink", "slug", "file", "id")
CHILDREN = (
    "children", "items", "pages", "links", "subitems", "docs", "section", "sections", "folders", "folderitems",
    "subfolders", "subfolderitems", "sublinks", "entries", "toc", "subpages", "sub_links", "nav",
)  # fmt: skip
FEW = 8
"""Fewest entries of a list that is more than a menu."""
MENUS = frozenset({"main", "footer", "social", "header", "top", "topnav"})
"""Lists of themes that are not the contents if there is another list."""
LANGUAGES: Mapping[str, str] = {
    "de": "Deutsch", "en": "English", "es": "Español", "fa": "فارسی", "fr": "Français", "hi": "हिन्दी", "it": "Italiano",
    "ja": "日本語", "ko": "한국어", "nl": "Nederlands", "pl": "Polski", "pt": "Português", "ru": "Русский", "zh": "中文",
}  # fmt: skip


def recognise(files: Files, home: str) -> Site | None:
    """Return what a ``_config.yml`` states; a folder with a navigation in ``_data/`` may have none."""
    document = next(
        (
            candidate
            for name in CONFIGS
            if files.is_file(f"{home}{name}") and (candidate := files.data(f"{home}{name}"))
        ),
        None,
    )
    data = _data(files, home)
    if files.is_file(f"{home}_toc.yml") or not (document or data):
        return None
    if document is None or not isinstance(document.root.value, Mapping):
        return (
            Site(system="jekyll", label="Jekyll", config=data, base=home, static=_static(home), dialects=("jekyll",))
            if data
            else None
        )
    base = files.folder(document, home, document.get("source"), ".")
    where = (document.text("collections_dir") or "").strip("/")
    where = f"{base}{where}/" if where else base
    collections = _collections(document)
    url = document.text("url")
    author = document.get("author")
    return Site(
        system="jekyll",
        label="Jekyll",
        config=document.path,
        base=base,
        underscored=(
            *(f"{where}_{name}" for name in collections),
            *(f"{base}{name.strip('/')}" for name in document.texts("include")),
        ),
        excluded=tuple(f"{base}{glob.strip('/')}" for glob in document.texts("exclude")),
        title=document.text("title") or document.text("name"),
        authors=texts_of(author) if author else (),
        description=document.text("description"),
        language=document.text("lang") or document.text("locale") or document.text("language"),
        site_url=f"{url.rstrip('/')}/{(document.text('baseurl') or '').strip('/')}" if url else None,
        repository=repository_of(document.text("repository") or document.text("github", "repository_nwo")),
        mount=document.text("baseurl") or "",
        static=(*(f"{where}_{name}/" for name in collections), *_static(base)),
        dialects=("jekyll", "lesson") if document.text("carpentry") else ("jekyll",),
    )


def _static(base: str) -> tuple[str, ...]:
    return (base, f"{base}pages/", f"{base}_pages/", f"{base}docs/", f"{base}_docs/")


def _collections(document: Document) -> dict[str, Mapping[str, Spot]]:
    """Return the collections with their settings; those that the site does not show are left out."""
    spot = document.get("collections")
    named: dict[str, Mapping[str, Spot]] = {name: {} for name in texts_of(spot)}
    named.update({name: table_of(value) for name, value in table_of(spot).items()})
    return {
        name: table
        for name, table in named.items()
        if truth(text_of(table.get("output")) or "") is not False and name != "posts"
    }


def _data(files: Files, home: str) -> str:
    """Return the file in ``_data/`` with a navigation, empty if there is none."""
    paths = (f"{home}_data/{name}{ending}" for name in DATA for ending in (".yml", ".yaml", ".json"))
    return next((path for path in paths if files.is_file(path) and files.data(path)), "")


def order(library: Library) -> Items | None:
    """Return the order of the navigation; else that of just-the-docs; else that of the collections; else that of a README."""
    site = library.site
    home = posixpath.dirname(site.config.partition("_data/")[0])
    home = f"{home}/" if home else ""
    data = _data(library.files, home)
    routes = _routes(library)
    if data and (items := _navigation(library, data, routes)):
        return items
    config = library.files.data(site.config)
    library = _with_defaults(library, config) if config else library
    if config and (items := just_the_docs.order(library, config)):
        return replace(items, routes={**routes, **items.routes})
    collections = _collections(config) if config else {}
    if config and collections:
        return _of_collections(library, config, collections, routes)
    listed = readme.recognise(library.files, "") if library.chapters else None
    if listed:
        return readme.order(replace(library, site=replace(site, nav=listed.nav, repository=listed.repository)))
    return None


def _with_defaults(library: Library, config: Document) -> Library:
    """Return *library* with the front matter that the configuration gives to the pages of a folder or collection."""
    scopes = []
    for entry in items_of(config.get("defaults")):
        scope, values = table_of(table_of(entry).get("scope")), table_of(table_of(entry).get("values"))
        plain = {key: spot.plain for key, spot in values.items()}
        path, kind = (text_of(scope.get(key)) or "" for key in ("path", "type"))
        scopes.append((path.strip("/").removeprefix("./"), kind, plain))
    if not scopes:
        return library
    scopes.sort(key=lambda scope: (len(scope[0]), bool(scope[1])))  # the most specific one counts

    def filled(page: Manuscript) -> Manuscript:
        inside = page.path.removeprefix(library.site.base)
        folder = next((step[1:] for step in inside.split("/")[:-1] if step.startswith("_")), "pages")
        values = {
            key: value
            for path, kind, plain in scopes
            if kind in ("", folder)
            and (not path or fnmatch(inside, f"{path}*" if "*" in path else f"{path}/*") or inside == path)
            for key, value in plain.items()
        }
        return replace(page, front=replace(page.front, values={**values, **page.front.values}))

    return replace(library, chapters={path: filled(page) for path, page in library.chapters.items()})


def _routes(library: Library) -> dict[str, str]:
    """Return the addresses of the pages of collections, which differ from the names of their files."""
    routes = addresses(library.chapters.values())
    config = library.files.data(library.site.config)
    collections = _collections(config) if config else {}
    for folder in library.site.underscored:
        name = folder.rpartition("/")[2].lstrip("_")
        template = text_of(collections.get(name, {}).get("permalink")) or ""
        for path, chapter in library.chapters.items():
            if path.startswith(f"{folder}/"):
                inside = path.removeprefix(f"{folder}/")
                routes.setdefault(f"{name}/{inside}", path)
                if template.startswith("/") and not chapter.front.addresses:
                    routes.setdefault(_permalink(template, name, inside, chapter), path)
    return routes


def _permalink(template: str, collection: str, inside: str, chapter: Manuscript) -> str:
    """Return the address of a page of a collection: *template* with the values of the page, whose file is *inside* its folder."""
    path = posixpath.splitext(inside)[0]
    stem = posixpath.basename(path)
    slug = re.sub(r"[^\w-]+", "-", (chapter.front.slug or stem).lower()).strip("-")
    title = re.sub(r"[^\w-]+", "-", str(chapter.front.slug or chapter.front.title or stem).lower()).strip("-")
    values = {
        "collection": collection,
        "path": path,
        "name": slug,
        "slug": slug,
        "title": title,
        "output_ext": "",
        "categories": "",
    }
    address = re.sub(r":(\w+)", lambda match: values.get(match[1], match[0]), template)
    return re.sub(r"/{2,}", "/", address)


def _navigation(library: Library, path: str, routes: Mapping[str, str]) -> Items | None:
    """Return the order of a navigation file, None if most of it refers to no chapter."""
    document = library.files.data(path)
    if document is None:
        return None
    root = document.root
    lists = {key: spot for key, spot in table_of(root).items() if items_of(spot)}
    lists = {key: spot for key, spot in lists.items() if key not in MENUS} or lists
    reading = _Navigation(document, library.quota())
    items = tuple(item for spot in (lists.values() if lists else (root,)) for item in reading.items(spot))
    finder = Finder(library.chapters, bases=(library.site.base, *library.site.static), routes=routes)
    targets = [item.target for item in flat(items) if item.target]
    known = sum(1 for target in targets if finder.find(target))
    if known < min(2, len(targets) or 1):
        local = sum(1 for target in targets if finder.local(target))
        if local >= FEW and library.chapters:
            why = f"{local - known:,} of its {local:,} entries name no page"
            library.files.tell(Place(path=path), why, "write the addresses or files of the pages")
        return None
    return Items(items=items, source=f"{path}: the navigation of the site", nav=path, rest="last", routes=routes)


class _Navigation(Struct):
    """One pass through a navigation file, of which themes have many forms."""

    document: Document
    quota: Quota

    def items(self, spot: Spot) -> tuple[Item, ...]:
        """Return the items of a list of pages, sections or file names."""
        made: list[Item] = []
        for entry in self.quota.of(items_of(spot)):
            table = table_of(entry)
            if not table:
                if target := text_of(entry):
                    made.append(Item(target=target, place=self.document.place(entry)))
                continue
            title = next((text for key in TITLES if (text := text_of(table.get(key)))), None)
            target = next((text for key in TARGETS if (text := text_of(table.get(key))) is not None), None)
            children = tuple(item for key in CHILDREN if key in table for item in self.items(table[key]))
            place = self.document.place(next((table[key] for key in (*TARGETS, *TITLES) if key in table), entry))
            if target is not None and (not target.strip("/") or target.strip("/").startswith("#")):
                target = None if children or "#" in target else target
            made.append(Item(title=title, target=target or None, place=place, children=children))
        return tuple(made)


def _of_collections(
    library: Library, config: Document, collections: Mapping[str, Mapping[str, Spot]], routes: Mapping[str, str]
) -> Items:
    """Return the pages of the collections, one part each; pages outside collections come before and after."""
    site = library.site
    place = Place(path=site.config)
    where = (config.text("collections_dir") or "").strip("/")
    where = f"{site.base}{where}/" if where else site.base
    taken: set[str] = set()
    parts: list[Item] = []
    for name, table in collections.items():
        folder = f"{where}_{name}/"
        inside = [
            chapter for path, chapter in library.chapters.items() if path.startswith(folder) and path not in taken
        ]
        taken.update(chapter.path for chapter in inside)
        spot = config.get("collections", name)
        at = config.place(spot, key=True) if spot else place
        items = _by_language(inside, folder, config, at, table)
        title = text_of(table.get("title")) or text_of(table.get("name")) or readable(name)
        if items:
            parts.append(Item(title=title, place=at, children=items))
    rest = {path: chapter for path, chapter in library.chapters.items() if path not in taken}
    home = [
        chapter
        for path, chapter in rest.items()
        if path.rpartition("/")[0] == site.base.rstrip("/") and is_folder_page(path)
    ]
    pages = folder_of({path: chapter for path, chapter in rest.items() if chapter not in home}, site.base)
    first = tuple(Item(path=chapter.path, place=place, reason="page of the site") for chapter in home)
    last = items_of_folder(pages, lambda folder: (*folder.files, *folder.folders), "page of the site", place)
    chapters = (
        parts[0].children
        if len(parts) == 1 and not any(item.title and item.children for item in last)
        else tuple(parts)
    )
    return Items(items=(*first, *chapters, *last), source=f"{site.config}: its collections", routes=routes)


def _by_language(
    inside: Iterable[Manuscript], folder: str, config: Document, place: Place, table: Mapping[str, Spot]
) -> tuple[Item, ...]:
    """Return the pages of a collection in order; those in other languages than the site's form a part for each language."""
    groups: dict[str, list[Manuscript]] = {}
    own = config.text("lang") or config.text("locale") or ""
    for chapter in inside:
        groups.setdefault(chapter.front.lang or own, []).append(chapter)
    top = [chapter.front.lang or own for chapter in inside if "/" not in chapter.path.removeprefix(folder)]
    main = own if own in groups else max(groups, key=top.count, default="")
    sort_by = text_of(table.get("sort_by")) or ""
    name = posixpath.basename(folder.rstrip("/")).lstrip("_")
    # Jekyll has the first of these; lessons of The Carpentries have the last, `episode_order`.
    lists = (texts_of(table.get("order")), *(config.texts(f"{key}_order") for key in (name, name.removesuffix("s"))))
    stems = [posixpath.splitext(text)[0] for text in next(filter(None, lists), ())]
    places = {stem: at for at, stem in reversed([*enumerate(stems)])}

    def key(chapter: Manuscript) -> tuple[object, ...]:
        by = (number_of(chapter, sort_by), str(chapter.front.values.get(sort_by, ""))) if sort_by else (None, "")
        number = number_of(chapter, "order", "weight", "nav_order")
        return (
            places.get(posixpath.splitext(chapter.path.removeprefix(folder))[0], len(places)),
            by_number(by[0]),
            by[1],
            by_number(number),
            chapter.front.date is None,
            chapter.front.date or "",
            path_key(chapter.path),
        )

    def items(group: list[Manuscript]) -> tuple[Item, ...]:
        return tuple(
            Item(path=chapter.path, place=place, reason=_reason(chapter)) for chapter in sorted(group, key=key)
        )

    others = (
        Item(title=LANGUAGES.get(tag.partition("-")[0], tag) or "Other", place=place, children=items(groups[tag]))
        for tag in sorted(groups)
        if tag != main
    )
    return (*items(groups.get(main, [])), *others)


def _reason(chapter: Manuscript) -> str:
    for key in ("order", "weight", "nav_order"):
        if (number := number_of(chapter, key)) is not None:
            return f"{key}: {number}"
    return "order of the collection"
