"""Nuxt Content and Docus: numbers before the names of files and folders in ``content/``, and ``.navigation.yml``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from book.model import Manuscript
from book.patterns import regex
from book.problems import Place
from book.sites.files import Files
from book.sites.folders import Folder, folder_of, opening
from book.sites.keys import text_under
from book.sites.meta_lists import Listed, MetaLists
from book.sites.names import stem_of
from book.sites.site import Items, Library, Site

CONFIGS = tuple(f"nuxt.config.{ending}" for ending in ("ts", "js", "mjs"))
APP = tuple(f"{folder}app.config.{ending}" for folder in ("", "app/") for ending in ("ts", "js"))
NAVIGATION = (".navigation.yml", "_dir.yml", "_dir.yaml")
MARK = regex(r"@nuxt/content|\bdocus\b|nuxt-content")
COUNT = regex(r"\d+\.(?=\S)")


def recognise(files: Files, home: str) -> Site | None:
    """Return the site whose Nuxt settings, or whose package, name Nuxt Content or Docus."""
    config = files.first_file(*(f"{home}{name}" for name in CONFIGS))
    package = f"{home}package.json"
    texts = [files.text(path) or "" for path in (config, package) if path and files.is_file(path)]
    base = f"{home}content/"
    if not any(MARK.search(text) for text in texts) or not files.holds(base, (".md",)):
        return None
    if config is None and not any('"docus"' in text or '"@nuxt/content"' in text for text in texts):
        return None
    app = files.first(*(f"{home}{name}" for name in APP))
    keys = (("seo", "siteName"), ("header", "title"), ("docus", "title"), ("seo", "title"), ("name",))
    return Site(
        system="nuxt",
        label="Nuxt Content",
        config=config or package,
        base=base,
        title=next((title for path in keys if app and (title := app.text(*path))), None),
        static=(base, f"{home}public/", f"{home}static/"),
        dialects=("nuxt",),
        guests=True,
    )


def order(library: Library) -> Items | None:
    """Return the pages by the numbers before their names, folder by folder; what is to be in no navigation is left out."""
    site, files = library.site, library.files
    folder = folder_of(library.chapters, site.base, ("index",))

    def listed(inner: Folder) -> tuple[str | None, Sequence[Listed] | None]:
        path = files.first_file(*(f"{inner.path}{name}" for name in NAVIGATION))
        document = files.yaml(path) if path else None
        place = Place(path=inner.path or ".")
        hidden = [
            Listed(kind="hidden", name=stem_of(page.path.rpartition("/")[2]), place=place)
            for page in inner.files
            if _is_hidden(page)
        ]
        title = (document.text("title") or document.text("navigation", "title")) if document else None
        return title, [*hidden, Listed(kind="rest", place=place)]

    lists = MetaLists(listed, library.quota(), rest=True, strip=lambda name: COUNT.sub("", name))
    items = (*opening(folder), *lists.items(folder))
    routes = {_address(path.removeprefix(site.base)): path for path in library.chapters}
    return Items(items=items, source=f"the numbers before the names in '{site.base}'", routes=routes)


def _address(path: str) -> str:
    """Return the address of the page *path* on its site.

    >>> _address("1.guide/2.start.md"), _address("1.guide/0.index.md"), _address("index.md")
    ('/guide/start', '/guide', '/')
    """
    steps = [COUNT.sub("", step) for step in re.sub(r"\.md$", "", path).split("/")]
    return "/" + "/".join(steps[:-1] if steps[-1] == "index" else steps)


def _is_hidden(page: Manuscript) -> bool:
    return re.fullmatch(r"false|no", text_under(page, "navigation") or "", re.IGNORECASE) is not None
