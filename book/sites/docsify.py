"""docsify: ``index.html`` with ``_sidebar.md``; folders may have sidebars of their own."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from book.notation import NotationError, Spot, javascript
from book.patterns import regex
from book.problems import Place
from book.sites import markdown_lists
from book.sites.files import Files, leaves, table_of, text_of
from book.sites.finder import ADDRESS, repository_of
from book.sites.site import Item, Items, Library, Site
from book.sites.title import words_of

SIDEBAR = "_sidebar.md"
SCRIPT = regex(r"<script\b([^<>]*)>(.*?)</script", re.DOTALL | re.IGNORECASE)
SOURCE = regex(r"""\bsrc\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
LANGUAGE = regex(r"""<html\b[^<>]*?\slang\s*=\s*["']?([\w-]+)""", re.IGNORECASE)
TITLE = regex(r"<title>([^<]*)</title", re.IGNORECASE)
DESCRIPTION = regex(
    r"""<meta\b[^<>]*\bname\s*=\s*["']description["'][^<>]*\bcontent\s*=\s*["']([^"']*)""", re.IGNORECASE
)
FORMULAS = regex(r"""\bsrc\s*=\s*["'][^"']*docsify-(?:latex|katex|mathjax)""", re.IGNORECASE)
OF_TEMPLATES = frozenset({"document", "docsify", "index", "home", "description", "docs", "title"})
"""Titles and descriptions of a page that nobody has edited, in lower case; its language is English."""
HASH_ROUTE = regex(r"(?:[\w./-]*/)?#/(?P<path>[^?#]*)(?:\?(?:[^#]*&)?id=(?P<id>[^&#]+))?.*", re.DOTALL)
ID = regex(r"(?P<path>[^?#]*)\?(?:[^#]*&)?id=(?P<id>[^&#]+).*", re.DOTALL)
HOMES = ("README.md", "readme.md", "index.md")
DEEPEST = 6
"""The most sidebars within sidebars."""


def recognise(files: Files, home: str) -> Site | None:
    """Return the settings in the script of ``index.html``, or in a file beside it."""
    page = files.text(f"{home}index.html") if files.is_file(f"{home}index.html") else None
    if page is None or "docsify" not in page:
        return None
    options = _options(files, home, page)
    name = text_of(options.get("loadSidebar")) or SIDEBAR
    name = name if name.endswith(".md") and not leaves(name) else SIDEBAR
    base = home
    folder = (text_of(options.get("basePath")) or "").strip("/")
    if folder and "://" not in folder and not leaves(folder) and files.is_folder(f"{home}{folder}"):
        base = f"{home}{folder}/"
    if not files.is_file(f"{base}{name}"):
        return None
    homepage = (text_of(options.get("homepage")) or "").removeprefix("./")
    opening = f"{base}{homepage}" if homepage and not leaves(homepage) and "://" not in homepage else ""
    language = LANGUAGE.search(page)
    return Site(
        system="docsify",
        label="docsify",
        config=f"{home}index.html",
        nav=f"{base}{name}",
        base=base,
        opening=opening if opening and files.is_file(opening) else "",
        title=words_of(text_of(options.get("name")) or "") or _words(TITLE.search(page)),
        description=_words(DESCRIPTION.search(page)),
        # The page that everybody copies says "en".
        language=language[1] if language and language[1].lower() != "en" else None,
        repository=repository_of(text_of(options.get("repo"))),
        static=(base,),
        dialects=("docsify",),
        formulas=True if FORMULAS.search(page) else None,
    )


def _options(files: Files, home: str, page: str) -> Mapping[str, Spot]:
    """Return the settings in a script of *page*, or in a file of the folder *home* that it names."""
    scripts = list(SCRIPT.finditer(page))
    texts = [script[2] for script in scripts]
    for script in scripts:
        source = SOURCE.search(script[1])
        path = posixpath.normpath(f"{home}{source[1].partition('?')[0]}") if source else ""
        if source and not ADDRESS.match(source[1]) and not leaves(path) and files.is_file(path):
            texts.append(files.text(path) or "")
    text = next((text for text in texts if "$docsify" in text), page)
    try:
        return table_of(javascript.read(text, "$docsify")[0])
    except NotationError:
        return {}


def _words(match: re.Match[str] | None) -> str | None:
    """Return the words in the head of the page that *match* contains; None for those of a template."""
    words = words_of(html.unescape(match[1])) if match else ""
    return words if words and words.casefold() not in OF_TEMPLATES else None


def order(library: Library) -> Items | None:
    """Return the order of the links in ``_sidebar.md``; the home page belongs to the book, whether or not it is listed."""
    site, files = library.site, library.files
    base, nav = site.base, site.nav
    names = (*((site.opening.removeprefix(base),) if site.opening else ()), *HOMES)
    home = files.first_file(*(f"{base}{name}" for name in names))
    reading = _Reading(library, home)
    items = reading.items(nav, "")
    if not items:
        files.tell(Place(path=nav), "it contains no list of links", "write a list: - [Title](chapter.md)")
        return None
    if home in library.chapters and home not in reading.listed:
        first = Item(path=home, place=Place(path=site.config), reason="page of the site", numbered=False)
        items = (first, *items)
    routes = {"/": home} if home else {}
    return Items(items=items, source=f"{nav}: its list of links", nav=nav, folder=base, routes=routes)


class _Reading:
    """One pass through a sidebar and those of the folders to which it leads."""

    def __init__(self, library: Library, home: str | None) -> None:
        self.base, self.files, self.home = library.site.base, library.files, home
        self.own = library.site.nav.rpartition("/")[2]
        self.listed: set[str] = set()
        """The files to which an entry leads."""

    def items(self, nav: str, folder: str, depth: int = 0) -> tuple[Item, ...]:
        """Return the entries of the sidebar *nav* of a *folder*; of one below the first only those that are new."""
        items = tuple(replace(item, matter="main") for item in markdown_lists.read(self.files.text(nav) or "", nav))
        items = tuple(self.absolute(item, folder) for item in items)
        if depth:
            items = tuple(self.new(items))
        self.listed.update(filter(None, (self.file(item.target) for item in markdown_lists.flat(items) if item.target)))
        return tuple(self.deeper(item, depth) for item in items)

    def absolute(self, item: Item, folder: str) -> Item:
        """Return *item* with a target from the root of the site, without the ``#`` of an address in the browser."""
        children = tuple(self.absolute(child, folder) for child in item.children)
        target = item.target
        if target and not ADDRESS.match(target):
            target = address_of(target)
            path = target.partition("#")[0]
            if folder and path and not path.startswith("/"):
                beside = posixpath.join(folder, path)
                target = f"/{beside}" + target[len(path) :] if self.file(f"/{beside}") else target
            from_root = path if path.startswith("/") else f"/{folder}/{path}" if folder else f"/{path}"
            if self.home and path and "#" not in target and posixpath.normpath(from_root.lstrip("/") or ".") == ".":
                self.listed |= set() if folder else {self.home}
                return replace(item, target=None, path=self.home, children=children)
        return replace(item, target=target, children=children)

    def file(self, target: str) -> str | None:
        """Return the file to which a *target* from the root of the site leads; None if there is none."""
        path = target.partition("#")[0].strip("/")
        if leaves(path) or ADDRESS.match(target):
            return None
        path = posixpath.normpath(path) if path else ""
        names = (
            (path, f"{path}.md", *(posixpath.join(path, name) for name in HOMES)) if path not in ("", ".") else HOMES
        )
        return self.files.first_file(*(f"{self.base}{name}" for name in names))

    def new(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield those of *items* to which no other sidebar leads, with those below them."""
        for item in items:
            children = tuple(self.new(item.children))
            is_known = item.path == self.home or (item.target and self.file(item.target) in self.listed)
            if item.path is None and (item.target is None or is_known):
                yield from (replace(item, target=None, children=children),) if children and not is_known else children
            elif not is_known:
                yield replace(item, children=children)

    def deeper(self, item: Item, depth: int) -> Item:
        """Return *item* with the entries of the sidebar of the folder whose page it is."""
        children = tuple(self.deeper(child, depth) for child in item.children)
        page = self.file(item.target) if item.target else None
        folder = posixpath.dirname(page or "")
        nav = f"{folder}/{self.own}"
        opens = page and f"{folder}/" != self.base and folder and posixpath.basename(page) in HOMES and depth < DEEPEST
        if opens and nav not in self.listed and self.files.is_file(nav):
            self.listed.add(nav)
            below = self.items(nav, folder.removeprefix(self.base), depth + 1)
            twin = len(below) == 1 and below[0].target is None and below[0].title == item.title
            children += below[0].children if twin else below
        return replace(item, children=children)


def address_of(target: str) -> str:
    """Return the *target* of a link from the root of the site, with the id of a heading after its ``#``.

    >>> address_of("#/guide/saws?id=teeth"), address_of("saws.md?id=teeth"), address_of("#teeth"), address_of("a.md")
    ('/guide/saws#teeth', 'saws.md#teeth', '#teeth', 'a.md')
    """
    if route := HASH_ROUTE.fullmatch(target):
        return f"/{route['path']}" + (f"#{route['id']}" if route["id"] else "")
    if match := ID.fullmatch(target):
        return f"{match['path']}#{match['id']}"
    return target
