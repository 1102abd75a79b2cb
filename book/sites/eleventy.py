"""Eleventy: its configuration, read and never run, and the tree of ``eleventyNavigation`` in the data of its pages."""

from __future__ import annotations

import math
import posixpath
from collections.abc import Mapping
from typing import Any

from book.model import Manuscript
from book.notation import number, truth
from book.patterns import regex
from book.problems import Place
from book.sites.files import Document, Files, leaves, table_of
from book.sites.folders import is_empty
from book.sites.keys import addresses, is_true
from book.sites.markdown_lists import flat
from book.sites.names import Key, path_key
from book.sites.site import Item, Items, Library, Site

CONFIGS = (".eleventy.js", *(f"eleventy.config.{ending}" for ending in ("js", "mjs", "cjs", "ts", "mts")))
INPUT = regex(r"\binput\s*:\s*['\"](?P<key>[^'\"\n]*)['\"]|\.setInputDirectory\(\s*['\"](?P<call>[^'\"\n]*)['\"]")
OTHER_FOLDERS = regex(
    r"\b(?:includes|layouts|data|output)\s*:\s*['\"](?P<key>[^'\"\n]*)['\"]"
    r"|\.set(?:Includes|Layouts|Data|Output)Directory\(\s*['\"](?P<call>[^'\"\n]*)['\"]"
)
"""The folders of templates, of data, and of the finished site."""
MOUNT = regex(r"\bpathPrefix\s*:\s*['\"](?P<path>[^'\"\n]+)['\"]")
IGNORED = regex(r"\.ignores\.add\(\s*['\"]([^'\"\n]+)['\"]")
ENGINE_OFF = regex(r"\bmarkdownTemplateEngine\s*:\s*false\b|\.setMarkdownTemplateEngine\(\s*false\s*\)")
"""No page in Markdown is a template: braces are text."""
SITE_DATA = tuple(
    f"_data/{name}.{ending}"
    for name in ("site", "metadata", "meta")
    for ending in ("json", "yaml", "yml", "js", "cjs", "mjs")
)
FOLDER_DATA = (".11tydata.json", ".json", ".11tydata.js", ".11tydata.cjs", ".11tydata.mjs")
KEY = "eleventyNavigation"
HIDDEN = "eleventyExcludeFromCollections"
DEEPEST = 30


def recognise(files: Files, home: str) -> Site | None:
    """Return what the configuration states, and the title in the data of the site."""
    config = files.first_file(*(f"{home}{name}" for name in CONFIGS))
    if config is None:
        return None
    text = files.text(config) or ""
    named = INPUT.search(text)
    base = _inside(home, (named["key"] or named["call"] or "") if named else "")
    if base is None or not files.is_folder(base or "."):
        base = home
    templates = [f"{base}{name}/" for name in ("_includes", "_layouts", "_data")]
    templates += filter(
        None, (_inside(base, match["key"] or match["call"] or "") for match in OTHER_FOLDERS.finditer(text))
    )
    ignored = (line.strip() for line in (files.text(f"{home}.eleventyignore") or "").split("\n"))
    globs = [
        *(line for line in ignored if line and line[0] not in "#!"),
        *(match[1] for match in IGNORED.finditer(text)),
    ]
    paths = (f"{base}{name}" for name in SITE_DATA)
    data = [document for path in paths if files.is_file(path) and (document := files.data(path))]
    mount = MOUNT.search(text)
    return Site(
        system="eleventy",
        label="Eleventy",
        config=config,
        base=base,
        excluded=(
            *(folder.rstrip("/") for folder in templates if folder != base),
            *(f"{home}{glob.removeprefix('./').strip('/')}" for glob in globs),
        ),
        mount=mount["path"] if mount else "",
        static=(base, f"{base}public/", f"{home}public/", home),
        dialects=("eleventy",) if ENGINE_OFF.search(text) is None else ("markdown",),
        parameters={posixpath.splitext(posixpath.basename(document.path))[0]: document.root.plain for document in data},
        **(_about(data[0]) if data else {}),
    )


def _inside(home: str, name: str) -> str | None:
    """Return the folder *name* below *home* with a slash at its end, None if it leads out of the book."""
    path = posixpath.normpath(posixpath.join(home, name.strip("/"), "."))
    return None if leaves(path) else "" if path == "." else f"{path}/"


def _about(data: Document) -> dict[str, Any]:
    address = data.text("url") or data.text("baseUrl") or ""
    author = data.text("author", "name") or data.text("author")
    return {
        "title": data.text("title") or data.text("name"),
        "description": data.text("description"),
        "language": data.text("language") or data.text("lang"),
        "authors": (author,) if author else (),
        "site_url": address.rstrip("/") if address.startswith("http") else None,
    }


def order(library: Library) -> Items | None:
    """Return the tree of the pages that have a place in the navigation, None if there are none; the others come last, without those that the site hides."""
    site = library.site
    data = {folder: _folder_data(library.files, folder) for folder in _folders(library.chapters)}
    places: dict[str, Mapping[str, object]] = {}
    for path, page in library.chapters.items():
        own = page.front.values.get(KEY)
        place: Mapping[str, object] = {
            key: value for folder in _above(path) for key, value in data.get(folder, {}).items()
        }
        place = {**place, **own} if isinstance(own, Mapping) else place
        if own is not False and str(place.get("key", "")).strip():
            places[path] = place
    if not places:
        return None
    children: dict[str, list[str]] = {}
    for path, place in places.items():
        children.setdefault(str(place.get("parent") or "").strip(), []).append(path)
    source = Place(path=site.config)

    def below(key: str, depth: int) -> tuple[Item, ...]:
        # A list is taken once: pages may have the same key, or be each other's parents.
        paths = children.pop(key, []) if depth < DEEPEST else []
        items = []
        for path in sorted(paths, key=lambda path: (*_position(places[path]), path_key(path))):
            place, page = places[path], library.chapters[path]
            title = str(place.get("title") or "") or (None if page.front.title else str(place["key"]).strip())
            position = place.get("order")
            reason = "name of the file" if position is None else f"order: {position}"
            reason = "pinned" if truth(str(place.get("pinned", ""))) else reason
            inner = below(str(place["key"]).strip(), depth + 1)
            items.append(Item(path=path, title=title, place=source, reason=reason, children=inner))
        return tuple(items)

    items = below("", 0)
    home = library.chapters.get(f"{site.base}index.md")
    first = (
        (Item(path=home.path, place=source, reason="page of the site"),)
        if home and home.path not in places and not is_empty(home) and not is_true(home, HIDDEN)
        else ()
    )
    placed = {item.path for item in flat((*first, *items))}
    others = (
        Item(path=path, place=source, reason="not in the navigation")
        for path in sorted(library.chapters, key=path_key)
        if path not in placed and not is_true(library.chapters[path], HIDDEN)
    )
    return Items(
        items=(*first, *items, *others),
        source=f"front matter: `{KEY}` of the pages",
        routes=addresses(library.chapters.values()),
    )


def _position(place: Mapping[str, object]) -> Key:
    """Return the sort key of a place: the pinned ones first, those without a number last."""
    position = number(str(place.get("order", "")))
    return (truth(str(place.get("pinned", ""))) is not True, math.inf if position is None else position)


def _above(path: str) -> tuple[str, ...]:
    """Return the folders that contain *path*, the outermost first.

    >>> _above("src/guide/a.md")
    ('src', 'src/guide')
    """
    steps = path.split("/")[:-1]
    return tuple("/".join(steps[: count + 1]) for count in range(len(steps)))


def _folders(chapters: Mapping[str, Manuscript]) -> list[str]:
    return list(dict.fromkeys(folder for path in chapters for folder in _above(path)))


def _folder_data(files: Files, folder: str) -> Mapping[str, object]:
    """Return the place in the navigation that the data of a folder give to all of its pages."""
    stem = f"{folder}/{posixpath.basename(folder)}"
    path = files.first_file(*(f"{stem}{ending}" for ending in FOLDER_DATA))
    document = files.data(path) if path else None
    return {key: spot.plain for key, spot in table_of(document.get(KEY)).items()} if document else {}
