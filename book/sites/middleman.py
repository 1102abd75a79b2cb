"""Middleman: pages below ``source`` that are templates, ``hosting.html.md.erb``, as in the Tech Docs Template of public bodies."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from book.model import Manuscript
from book.patterns import regex
from book.problems import Place
from book.sites import readme
from book.sites.files import Document, Files, table_of, text_of
from book.sites.finder import repository_of
from book.sites.keys import by_number, is_true, number_of
from book.sites.markdown_lists import flat
from book.sites.names import Key, stem_of
from book.sites.site import Item, Items, Library, Site
from book.source.manuscript import SUFFIXES, TEMPLATES

CONFIG, TECH_DOCS = "config.rb", "config/tech-docs.yml"
SOURCE = regex(r"^\s*set\s+:source\s*,\s*['\"](?P<folder>[^'\"\n]+)['\"]", re.MULTILINE)
MOUNT = regex(r"^\s*set\s+:http_prefix\s*,\s*['\"](?P<path>[^'\"\n]+)['\"]", re.MULTILINE)
OWN = regex(
    r"^\s*(?:GovukTechDocs\.|activate\s+:|page\s+['\"]|configure\s+:|set\s+:(?:layout|markdown|source|build_dir)\b)",
    re.MULTILINE,
)
"""A setting of Middleman: Compass has a file of the same name."""
NOT_PAGES = ("layouts", "javascripts", "stylesheets")
PAGE = regex(r"\.html(?:\.(?:md|markdown))?(?:\.erb)?$")
HIDDEN = "hide_in_navigation"
DEEPEST = 30


def recognise(files: Files, home: str) -> Site | None:
    """Return what the settings state: those of the Tech Docs Template, else those of Middleman, a program that is not run."""
    program = files.text(f"{home}{CONFIG}") if files.is_file(f"{home}{CONFIG}") else None
    docs = files.first(f"{home}{TECH_DOCS}")
    if docs is None and (program is None or OWN.search(program) is None):
        return None
    named = SOURCE.search(program or "")
    base = f"{home}{(named['folder'] if named else 'source').strip('/')}/"
    if not files.is_folder(base):
        return None
    mount = MOUNT.search(program or "")
    return Site(
        system="middleman",
        label="Middleman",
        config=f"{home}{TECH_DOCS if docs else CONFIG}",
        base=base,
        suffixes=(*TEMPLATES, ".html.md", *SUFFIXES),
        excluded=(f"{base}_*", f"{base}*/_*", *(f"{base}{name}" for name in NOT_PAGES)),
        mount=mount["path"] if mount else "",
        static=(base, f"{base}images/"),
        dialects=("tech-docs" if docs else "middleman",),
        parameters={"tech_docs": docs.root.plain} if docs else {},
        **(_about(docs) if docs else {}),
    )


def _about(docs: Document) -> Mapping[str, Any]:
    """Return what the settings of the Tech Docs Template state about the handbook."""
    host = (docs.text("host") or "").rstrip("/")
    repository = repository_of(docs.text("github_repo"), docs.text("github_branch"))
    return {
        "title": docs.text("full_service_name") or docs.text("service_name"),
        "description": docs.text("description"),
        "site_url": host if host.startswith("http") else None,
        "repository": repository,
        "routes": {old: new for old, spot in table_of(docs.get("redirects")).items() if (new := text_of(spot))},
    }


def order(library: Library) -> Items | None:
    """Return the pages by ``weight``, each below the page of its folder; without any weight, the list of the first page counts."""
    site, chapters = library.site, library.chapters
    index = next((path for path in chapters if stem_of(path.removeprefix(site.base)) == "index"), None)
    pages = [path for path in chapters if PAGE.search(path)]
    if index and not any(number_of(chapters[path], "weight") is not None for path in pages if path != index):
        listed = readme.order(replace(library, site=replace(site, nav=index)))
        named = {item.path for item in flat(listed.items) if item.path} if listed else set()
        if listed and len(named) * 2 >= len(pages) > 1:
            return listed
    place = Place(path=site.config)
    children: dict[str, list[str]] = {}
    for path in chapters:
        if path != index:
            children.setdefault(_parent(path, site.base, chapters), []).append(path)

    def below(parent: str, depth: int) -> tuple[Item, ...]:
        paths = sorted(children.pop(parent, []) if depth < DEEPEST else [], key=lambda path: _key(chapters[path]))
        return tuple(
            _item(chapters[path], place, below(path, depth + 1))
            for path in paths
            if not is_true(chapters[path], HIDDEN)
        )

    first = (Item(path=index, place=place, reason="page of the site"),) if index else ()
    return Items(items=(*first, *below("", 0)), source="front matter: `weight` of the pages, folder by folder")


def _item(page: Manuscript, place: Place, inner: tuple[Item, ...]) -> Item:
    weight = number_of(page, "weight")
    reason = f"weight: {weight}" if weight is not None else "name of the file"
    return Item(path=page.path, place=place, reason=reason, unnamed=not PAGE.search(page.path), children=inner)


def _key(page: Manuscript) -> Key:
    return (by_number(number_of(page, "weight")), page.path)


def _parent(path: str, base: str, chapters: Mapping[str, Manuscript]) -> str:
    """Return the page below which Middleman puts *path*: ``teams`` or ``teams/index`` for ``teams/a``; empty for the top."""
    folder = posixpath.dirname(path)
    if stem_of(posixpath.basename(path)) == "index":
        folder = posixpath.dirname(folder)
    if f"{folder}/" == base or not f"{folder}/".startswith(base):
        return ""
    names = (f"{stem}{ending}" for stem in (folder, f"{folder}/index") for ending in (".html.md", *TEMPLATES))
    return next((name for name in names if name in chapters and name != path), "")
