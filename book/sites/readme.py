"""A README whose list of links is the order of a folder without a known site generator."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from urllib.parse import unquote

from msgspec.structs import replace

from book.patterns import regex
from book.problems import Place
from book.sites import markdown_lists, obsidian
from book.sites.files import Files
from book.sites.finder import ADDRESS, Finder, in_repository, repository_of
from book.sites.names import is_folder_page
from book.sites.site import Item, Items, Library, Repository, Site

NAMES = ("README.md", "readme.md", "Readme.md", "index.md", "docs/README.md", "docs/index.md")
DEEPEST = 30
FILE = regex(r"https?://[^/\s]+/[^/\s]+/[^/\s]+/(?:-/)?(?:blob|tree)/[^\s)]+")
ASIDE = frozenset({"contributing", "license", "licence", "code_of_conduct", "changelog", "security", "copying"})
CONTENTS = frozenset(
    {"table of contents", "contents", "toc", "index", "chapters", "documentation", "docs", "summary", "overview"}
)
"""Headings above a list that name the list, and no part of the book."""
MOST_NAMED = 5_000
"""The files after which the lists of folders are no longer followed."""
LEAST = 2
"""The least chapters in such a list: a single link is not a list."""


def recognise(files: Files, home: str) -> Site | None:
    """Return the README whose list links to at least half of the Markdown files of the folder."""
    if home:
        return None
    for nav in NAMES:
        text = files.text(nav) if files.is_file(nav) else None
        if text is None or not markdown_lists.LINK.search(text):
            continue
        items = tuple(markdown_lists.flat(markdown_lists.read(text, nav, nested=True)))
        repository = _repository(items, files)
        known = {path.casefold(): path for path in files.markdown()}
        targets = {item.target for item in items if item.target}
        named = {path for target in targets if (path := _file(target, nav, repository, files, known))}
        named |= _below(named - {nav}, repository, files, known)
        # Of pages that are called README, those count that the list names: in some handbooks they are all chapters.
        rest = [
            path
            for path in files.markdown()
            if (name := path.rpartition("/")[2].rpartition(".")[0].lower()) not in ASIDE
            and (name != "readme" or path in named - {nav})
        ]
        counted = named & set(rest)
        if len(counted) >= LEAST and len(counted) * 2 >= len(rest):
            vault = obsidian.recognise(files, home)
            return Site(
                system="readme",
                label="README",
                config=nav,
                nav=nav,
                repository=repository,
                excluded=vault.excluded if vault else (),
                dialects=vault.dialects if vault else (),
                named_by_file=vault is not None,
            )
    return None


def _below(pages: set[str], repository: Repository | None, files: Files, known: Mapping[str, str]) -> set[str]:
    """Return the files that lists in *pages*, those of folders, name in their folders, at any depth."""
    queue, named = sorted(pages), set(pages)
    while queue and len(named) < MOST_NAMED:
        page = queue.pop()
        folder = page.rpartition("/")[0]
        if not folder or not is_folder_page(page):
            continue
        items = markdown_lists.flat(markdown_lists.read(files.text(page) or "", page, nested=True))
        inner = {path for item in items if item.target and (path := _file(item.target, page, repository, files, known))}
        new = {path for path in inner - named if path.startswith(f"{folder}/")}
        named |= new
        queue += sorted(new)
    return named - pages


def _repository(items: tuple[Item, ...], files: Files) -> Repository | None:
    """Return the repository to which most absolute links of a list lead, if it contains a file of the folder."""
    addresses = [item.target for item in items if item.target and FILE.match(item.target)]
    known = [known_repository for address in addresses if (known_repository := repository_of(address, folder=""))]
    for (address, branch), _ in Counter(
        (known_repository.address, known_repository.branch) for known_repository in known
    ).most_common(1):
        repository = Repository(address=address, branch=branch)
        paths = (in_repository(inner, repository) for inner in addresses)
        if any(path and files.is_file(unquote(path)) for path in paths):
            return repository
    return None


def _file(target: str, nav: str, repository: Repository | None, files: Files, known: Mapping[str, str]) -> str | None:
    """Return the Markdown file to which a link of the list leads, in any case; *known* are the paths by their lower case."""
    finder = Finder((), repository=repository)
    local = finder.local(target.partition("#")[0])
    if not local:
        return None
    folder = nav.rpartition("/")[0]
    tries = finder.tries(unquote(local), f"{folder}/" if folder else "")
    existing = (path if files.is_file(path) else known.get(path.casefold()) for path in tries)
    return next((path for path in existing if path and path.lower().endswith((".md", ".mdx", ".markdown"))), None)


def order(library: Library) -> Items | None:
    """Return the order of the list; the README comes first, and chapters that it does not name come last."""
    nav = library.site.nav
    site = library.site
    finder = Finder(library.chapters, bases=(site.base,), suffixes=site.suffixes, repository=site.repository)
    folder = nav.rpartition("/")[0] + "/" if "/" in nav else ""
    visited: set[str] = set()
    items = _chapters(markdown_lists.read(library.files.text(nav) or "", nav, nested=True), finder, folder, visited)
    items = _with_lists(items, library, finder, visited)
    own = Item(path=nav, place=Place(path=nav), reason="the file of the list", matter="front", numbered=False)
    named = {item.path for item in markdown_lists.flat(items)}
    first = (own,) if nav in library.chapters and nav not in named else ()
    return Items(items=(*first, *items), source=f"{nav}: its list of links", nav=nav, folder=folder, rest="last")


def _chapters(
    items: tuple[Item, ...], finder: Finder, folder: str, visited: set[str], within: str = ""
) -> tuple[Item, ...]:
    """Return those of *items* that lead to a new chapter in the folder *within*, and the headings above them; a README has many other links."""
    chapters = []
    for item in items:
        target = item.target or ""
        mine = ADDRESS.match(target) is None or finder.local(target) is not None
        path = finder.find(target, folder) if target and mine and not target.startswith("#") else None
        new = path is not None and path.path not in visited and path.path.startswith(within)
        if path and new:
            visited.add(path.path)
        children = _chapters(item.children, finder, folder, visited, within)
        if new and path:
            chapters.append(replace(item, path=path.path, matter="main", numbered=True, children=children))
        elif children and not target and names_the_list(item.title or ""):
            chapters += children
        elif children:
            chapters.append(replace(item, target=None, matter="main", numbered=True, children=children))
        elif target and mine and not finder.paths:  # before the chapters are read
            chapters.append(replace(item, matter="main"))
    return tuple(chapters)


def _with_lists(
    items: tuple[Item, ...], library: Library, finder: Finder, visited: set[str], depth: int = 0
) -> tuple[Item, ...]:
    """Return *items* with the chapters that the page of a folder lists, and that are in the folder, below it; none of *visited*."""
    made = []
    for item in items:
        inner: tuple[Item, ...] = ()
        folder = (item.path or "").rpartition("/")[0]
        if item.path and folder and item.path != library.site.nav and is_folder_page(item.path) and depth < DEEPEST:
            listed = markdown_lists.read(library.files.text(item.path) or "", item.path, nested=True)
            inner = _chapters(listed, finder, f"{folder}/", visited, f"{folder}/")
            inner = inner[0].children if len(inner) == 1 and not inner[0].path else inner
        children = _with_lists((*item.children, *inner), library, finder, visited, depth + 1)
        made.append(replace(item, children=children))
    return tuple(made)


def names_the_list(title: str) -> bool:
    """Return whether a heading only says that a list follows.

    >>> names_the_list("📖 Table of Contents"), names_the_list("Work")
    (True, False)
    """
    return " ".join(re.findall(r"[^\W_]+", title)).casefold() in CONTENTS
