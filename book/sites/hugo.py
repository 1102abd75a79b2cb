"""Hugo (Book, Docsy and other themes): ``weight`` in the pages of its folders."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping

from book.model import Manuscript
from book.notation import Spot
from book.problems import Place
from book.sites import markdown_lists
from book.sites.files import Document, Files, leaves, table_of, text_of
from book.sites.finder import repository_of
from book.sites.folders import Folder, Node, folder_of, is_empty
from book.sites.keys import addresses, by_number, is_true, latest_first, number_of, text_under
from book.sites.names import Key, readable, title_of
from book.sites.site import Item, Items, Library, Site

NAMES = ("hugo", "config")
ENDINGS = (".toml", ".yaml", ".yml", ".json")
KEYS = (
    "baseURL",
    "baseurl",
    "theme",
    "module",
    "languageCode",
    "defaultContentLanguage",
    "contentDir",
    "languages",
    "params",
)
"""Any configuration of Hugo has one of these keys."""
HIDDEN = ("bookHidden", "toc_hide", "headless")
OUTSIDE = ("manualLink", "manualLinkRelref", "bookHref")
"""Keys of a page that stands for a link in the menu, and has no text."""


def recognise(files: Files, home: str) -> Site | None:
    """Return what the configuration states; folders with ``_index.md`` may be a part of such a site without it."""
    document = _config(files, home)
    if document is None:
        marked = any(
            files.is_file(f"{home}{name}/_index.md") for name in ("", *files.names(home)) if not name.startswith(".")
        )
        if home or not marked:
            return None
        return Site(
            system="hugo",
            label="Hugo",
            config="_index.md" if files.is_file("_index.md") else ".",
            dialects=("hugo",),
            guests=True,
        )
    language = _text(document, "defaultContentLanguage") or "en"
    languages = _languages(files, home, document)
    own = table_of(languages.get(language))
    content = _folder(files, home, document, document.get("contentDir"), "content")
    spot = own.get("contentDir")
    if spot:
        content = _folder(files, home, document, spot, f"content/{language}")
    elif files.is_folder(f"{content}{language}"):
        content = f"{content}{language}/"
    base = content + _section(files, document, content)
    title = text_of(own.get("title")) or _text(document, "title")
    parameters = _parameters(files, home, document) | dict(table_of(own.get("params")))
    described = text_of(parameters.get("description"))
    url = _text(document, "baseURL")
    name = document.text("params", "author", "name") or document.text("params", "author")
    math = document.text("markup", "goldmark", "extensions", "passthrough", "enable")
    return Site(
        system="hugo",
        label="Hugo",
        config=document.path,
        base=base,
        content=content if base != content else "",
        title=(title or "").strip() or None,
        authors=(name,) if name else (),
        description=described,
        language=_text(document, "languageCode") or text_of(own.get("languageCode")) or language,
        site_url=url if url and url.startswith("http") else None,
        repository=repository_of(document.text("params", "github_repo") or document.text("params", "BookRepo")),
        static=(base, content, f"{home}static/", f"{home}assets/"),
        dialects=("hugo",),
        parameters={key: spot.plain for key, spot in parameters.items()},
        guests=True,
        formulas=True if math == "true" else None,
    )


def _section(files: Files, document: Document, content: str) -> str:
    """Return the folder in *content* that is the handbook, empty for all of it: the named one, else the one with the most pages."""
    named = document.text("params", "BookSection")
    section = (named or "docs").strip("/")
    if section in ("", "*") or leaves(section) or not files.is_folder(f"{content}{section}"):
        return ""
    pages = [path for path in files.markdown() if path.startswith(content)]
    inside = [path for path in pages if path.startswith(f"{content}{section}/")]
    return f"{section}/" if named or len(inside) * 2 >= len(pages) else ""


def _config(files: Files, home: str) -> Document | None:
    for folder in ("", "config/_default/"):
        for name in NAMES:
            for ending in ENDINGS:
                path = f"{home}{folder}{name}{ending}"
                document = files.data(path) if files.is_file(path) else None
                if (
                    document
                    and isinstance(document.root.value, Mapping)
                    and (name == "hugo" or folder or _known(document))
                ):
                    return document
    return None


def _known(document: Document) -> bool:
    return any(_spot(document, key) is not None for key in KEYS)


def _spot(document: Document, key: str) -> Spot | None:
    """Return the value of a key, in any case."""
    table = {name.lower(): spot for name, spot in table_of(document.root).items()}
    return table.get(key.lower())


def _text(document: Document, key: str) -> str | None:
    return (text_of(_spot(document, key)) or "").strip() or None


def _languages(files: Files, home: str, document: Document) -> Mapping[str, Spot]:
    """Return the languages of the site; they may be in a file of their own."""
    return table_of(_spot(document, "languages")) or _beside(files, home, "languages")


def _parameters(files: Files, home: str, document: Document) -> dict[str, Spot]:
    """Return the parameters of the site; those in a file of their own take precedence."""
    return {**table_of(_spot(document, "params")), **_beside(files, home, "params")}


def _beside(files: Files, home: str, name: str) -> Mapping[str, Spot]:
    """Return the table in a settings file of its own, empty if there is no such file."""
    paths = (f"{home}config/_default/{name}{ending}" for ending in ENDINGS)
    own = files.first(*paths)
    return table_of(own.root if own else None)


def _folder(files: Files, home: str, document: Document, spot: Spot | None, default: str) -> str:
    return files.folder(document, home, spot, default)


def order(library: Library) -> Items | None:
    """Return the pages and sections of each folder by weight, date and title."""
    site = library.site
    place = Place(path=site.config if site.config != "." else next(iter(library.chapters), "."))
    folder = folder_of(library.chapters, site.base, ("_index", "index"))
    first = (
        (Item(path=folder.page.path, place=place, reason="page of the site"),)
        if folder.page and not is_empty(folder.page)
        else ()
    )
    routes = addresses(library.chapters.values())
    inside = site.content or site.base
    for path, chapter in library.chapters.items():
        if url := text_under(chapter, "url"):
            routes.setdefault(url, path)
        if slug := chapter.front.slug:
            for base in (inside, site.base):
                routes.setdefault(posixpath.join(posixpath.dirname(path.removeprefix(base)), slug), path)
    items = (*first, *_items(folder, place))
    for path in library.chapters:
        routes.setdefault(address_of(path.removeprefix(inside)), path)
    for item in markdown_lists.flat(items):
        # A section without words of its own has no page: links to it lead to its first chapter.
        if item.path and item.children and is_empty(library.chapters[item.path]):
            inner = (below.path for below in markdown_lists.flat(item.children) if below.path)
            page = next((path for path in inner if not is_empty(library.chapters[path])), item.path)
            routes[address_of(item.path.removeprefix(inside))] = page
    return (
        Items(items=items, source="front matter: `weight`, date and title, folder by folder", routes=routes)
        if items
        else None
    )


def address_of(path: str) -> str:
    """Return the address of the file *path* on a site of Hugo.

    >>> address_of("docs/Getting started/_index.md"), address_of("docs/Überblick.md")
    ('docs/getting-started', 'docs/überblick')
    """
    stem = re.sub(r"(?:^|/)_?index$", "", posixpath.splitext(path)[0])
    return re.sub(r"\s+", "-", stem).casefold()


def _items(folder: Folder, place: Place) -> tuple[Item, ...]:
    items: list[Item] = []
    for node in _sorted(folder.nodes):
        page = node if isinstance(node, Manuscript) else node.page
        weight = number_of(page, "weight")
        reason = f"weight: {weight}" if weight is not None else "date and title"
        if isinstance(node, Manuscript):
            items.append(Item(path=node.path, place=place, reason=reason, unnamed=not node.front.title))
            continue
        bundle = page is not None and page.path.rpartition("/")[2].startswith("index.")
        inner = () if bundle else _items(node, place)  # other files in the folder of a bundle are its resources
        if page and not inner:
            items.extend([Item(path=page.path, place=place, reason=reason)] if bundle or not is_empty(page) else [])
        elif inner:
            title = title_of(page) if page else readable(node.name)
            items.append(
                Item(title=title, path=page.path if page else None, place=place, reason=reason, children=inner)
            )
    return tuple(items)


def _sorted(nodes: Iterable[Node]) -> list[Node]:
    """Return pages and folders in Hugo's order: weight, date, title, path."""

    def key(node: Node) -> Key:
        page = node if isinstance(node, Manuscript) else node.page
        title = title_of(page) if page else readable(node.path.rstrip("/").rpartition("/")[2])
        return (by_number(number_of(page, "weight"), zero_last=True), latest_first(page), title.casefold(), node.path)

    return sorted((node for node in nodes if not _hidden(node)), key=key)


def _hidden(node: Node) -> bool:
    page = node if isinstance(node, Manuscript) else node.page
    if page is None:
        return False
    build = page.front.values.get("build", page.front.values.get("_build"))
    shown = ("list", "render") if isinstance(node, Manuscript) else ("list",)  # a section may show pages and be none
    kept_back = isinstance(build, Mapping) and any(str(build.get(key, "")) in ("never", "False") for key in shown)
    if is_empty(page) and any(text_under(page, key) for key in OUTSIDE):
        return True
    return kept_back or any(is_true(page, key) for key in HIDDEN)
