"""SITES: site generators whose handbooks can be read as they are; one file per system, in the list `SYSTEMS`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote

from msgspec.structs import replace

from book.model import Manuscript
from book.patterns import regex
from book.problems import Kind, Place, Problem, SettingsError, Severity, Subject, nearest
from book.settings import Settings, languages, unknown_language
from book.sites import (
    azure,
    bookdown,
    carpentries,
    dendron,
    docsify,
    docusaurus,
    eleventy,
    fumadocs,
    gitbook,
    github_docs,
    hugo,
    jekyll,
    jupyter_book,
    leanpub,
    logseq,
    markdown_lists,
    mdbook,
    middleman,
    mintlify,
    mkdocs,
    myst,
    nextra,
    notion,
    nuxt,
    obsidian,
    posthog,
    quarto,
    readme,
    readme_com,
    redocly,
    retype,
    rspress,
    sphinx,
    starlight,
    vitepress,
    wiki,
    wikijs,
    writerside,
    zola,
)
from book.sites.files import Files
from book.sites.finder import Finder
from book.sites.site import Item, Items, Library, Site, System
from book.source.manuscript import NAV_NAMES, WHOLE, Scope

__all__ = ["SYSTEMS", "Item", "Items", "Site", "named", "order", "recognise", "says_language", "scope"]

OTHER_NAV = Kind("O111", Severity.NOTE, "a second nav file, not used")
NO_SYSTEM = Kind("S130", Severity.ERROR, "a name after --sidebar that no way of saying the order has")
NOT_THERE = Kind("S131", Severity.ERROR, "a site generator named after --sidebar whose files are not there")

SYSTEMS: tuple[System, ...] = (
    System(name="posthog", label="PostHog", recognise=posthog.recognise, order=posthog.order),
    System(name="mdbook", label="mdBook", recognise=mdbook.recognise, order=mdbook.order),
    System(name="gitbook", label="GitBook or HonKit", recognise=gitbook.recognise, order=gitbook.order),
    System(name="mkdocs", label="MkDocs", recognise=mkdocs.recognise, order=mkdocs.order),
    System(name="docusaurus", label="Docusaurus", recognise=docusaurus.recognise, order=docusaurus.order),
    System(name="vitepress", label="VitePress or VuePress", recognise=vitepress.recognise, order=vitepress.order),
    System(name="starlight", label="Starlight", recognise=starlight.recognise, order=starlight.order),
    System(name="mintlify", label="Mintlify", recognise=mintlify.recognise, order=mintlify.order),
    System(name="nextra", label="Nextra", recognise=nextra.recognise, order=nextra.order),
    System(name="fumadocs", label="Fumadocs", recognise=fumadocs.recognise, order=fumadocs.order),
    System(name="rspress", label="Rspress", recognise=rspress.recognise, order=rspress.order),
    System(name="nuxt", label="Nuxt Content", recognise=nuxt.recognise, order=nuxt.order),
    System(name="retype", label="Retype", recognise=retype.recognise, order=retype.order),
    System(name="redocly", label="Redocly", recognise=redocly.recognise, order=redocly.order),
    System(name="writerside", label="Writerside", recognise=writerside.recognise, order=writerside.order),
    System(name="jupyter-book", label="Jupyter Book", recognise=jupyter_book.recognise, order=jupyter_book.order),
    System(name="myst", label="MyST", recognise=myst.recognise, order=myst.order),
    System(name="quarto", label="Quarto", recognise=quarto.recognise, order=quarto.order),
    System(name="bookdown", label="bookdown", recognise=bookdown.recognise, order=bookdown.order),
    System(
        name="carpentries", label="The Carpentries Workbench", recognise=carpentries.recognise, order=carpentries.order
    ),
    System(name="sphinx", label="Sphinx", recognise=sphinx.recognise, order=sphinx.order),
    System(name="docsify", label="docsify", recognise=docsify.recognise, order=docsify.order),
    System(name="leanpub", label="Leanpub or Softcover", recognise=leanpub.recognise, order=leanpub.order),
    System(name="wiki", label="wiki", recognise=wiki.recognise, order=wiki.order),
    System(name="wikijs", label="Wiki.js", recognise=wikijs.recognise, order=wikijs.order),
    System(name="azure", label="wiki of Azure DevOps", recognise=azure.recognise, order=azure.order),
    System(name="readme-com", label="ReadMe", recognise=readme_com.recognise, order=readme_com.order),
    System(name="logseq", label="Logseq", recognise=logseq.recognise, order=logseq.order),
    System(name="dendron", label="Dendron", recognise=dendron.recognise, order=dendron.order),
    System(name="zola", label="Zola", recognise=zola.recognise, order=zola.order),
    System(name="hugo", label="Hugo", recognise=hugo.recognise, order=hugo.order),
    System(name="eleventy", label="Eleventy", recognise=eleventy.recognise, order=eleventy.order),
    System(name="middleman", label="Middleman", recognise=middleman.recognise, order=middleman.order),
    System(name="github-docs", label="GitHub Docs", recognise=github_docs.recognise, order=github_docs.order),
    System(name="jekyll", label="Jekyll", recognise=jekyll.recognise, order=jekyll.order),
    System(name="readme", label="README", recognise=readme.recognise, order=readme.order, sure=False),
    System(name="notion", label="Notion", recognise=notion.recognise, order=notion.order, sure=False),
    System(name="obsidian", label="Obsidian", recognise=obsidian.recognise, order=obsidian.order, sure=False),
)
"""All systems; if several fit and list the same number of chapters, the first one wins."""

HOMES = ("", "docs/", "website/", "site/", "book/", "doc/", "documentation/", "docs/source/", "doc/source/", "guide/")
"""Folders in which the settings of a site may be; only those of the first folder with a site count."""
NONE = ("natural", "list", "numbers")
"""Further values of ``--sidebar``: orders without a site."""
MOST = 20_000


def named(name: str) -> str:
    """Return the *name* of a system, or of an order without one.

    Raises:
        SettingsError: there is no such system.
    """
    known = (*(system.name for system in SYSTEMS), *NONE)
    if name not in known:
        near = nearest(name, known)
        message = f"there is no order called '{name}'"
        fix = f"write {near}" if near else f"write one of {', '.join(known)}"
        raise SettingsError(NO_SYSTEM.at(Subject(name="--sidebar"), message, fix=fix))
    return name


def recognise(root: Path, name: str = "") -> tuple[Site | None, tuple[Problem, ...]]:
    """Return what the site's own files state about the handbook in *root*, before any chapter is read, and the problems.

    Args:
        root: the book's folder.
        name: the only system to try; empty for the best match.

    Raises:
        SettingsError: there is no system *name*, or no site of it.
    """
    files = Files(root)
    if name and named(name) in NONE:
        return None, ()
    systems = [system for system in SYSTEMS if name in ("", system.name)]
    weak: list[Site] | None = None
    for sure in (True, False):
        group = [system for system in systems if system.sure is sure]
        homes = (*(home for home in HOMES if not home or files.is_folder(home)), *(_deeper(files) if sure else ()))
        for home in homes:
            usable = _usable(group, files, home)
            if home not in HOMES:
                usable = [site for site in usable if _holds_most(site, files)]
            if usable and (name or not all(map(_is_weak, usable))):
                later = _usable(group, files, "website/") if home in ("", "docs/") and not name else []
                if all(site.system == "gitbook" for site in usable) and any(site.nav for site in later):
                    # A handbook that moved to another generator often keeps the settings of GitBook.
                    best, problems = _best([site for site in later if site.nav], files)
                    return best, (*problems, *_not_used(best, usable, "is the newer site"))
                if not any(site.listed for site in usable):
                    _tell_empty(files)
                return _best(usable, files)
            weak = weak or usable or None
        if weak:
            _tell_empty(files)
            return _best(weak, files)
    if name:
        message = f"the folder contains no handbook of {systems[0].label}"
        raise SettingsError(NOT_THERE.at(Subject(name="--sidebar"), message, fix="leave --sidebar out"))
    _tell_empty(files)
    return None, tuple(files.problems)


LISTS = ("mkdocs.yml", "_toc.yml", "myst.yml", "Book.txt", "manuscript/Book.txt", "_data/navigation.yml")
"""Files that are of no use empty, and without which nobody knows that there should be an order."""


def _tell_empty(files: Files) -> None:
    """Report the files of the order that are empty."""
    for path in (f"{home}{name}" for home in HOMES for name in LISTS if not home or files.is_folder(home)):
        text = files.text(path) if files.is_file(path) else None
        if text is not None and not text.strip():
            files.tell(Place(path=path), "it is empty", "list the chapters in it, or remove it")


def _usable(group: list[System], files: Files, home: str) -> list[Site]:
    """Return the sites of *group* whose settings are in the folder *home* and that have chapters."""
    candidates = [_with_listed(system, site, files) for system in group if (site := system.recognise(files, home))]
    return [site for site in candidates if site.listed or files.holds(site.base, site.suffixes)]


def _deeper(files: Files) -> Iterator[str]:
    """Yield the folders two levels down, in which a repository with many contents may keep its handbook."""
    for outer in files.names("")[:MOST_FOLDERS]:
        if outer.startswith((".", "_")) or outer in ASIDE or not files.is_folder(outer):
            continue
        folders = [
            f"{outer}/",
            *(f"{outer}/{inner}/" for inner in files.names(outer)[:MOST_FOLDERS] if inner not in ASIDE),
        ]
        yield from (
            folder for folder in folders if folder not in HOMES and "/." not in f"/{folder}" and files.is_folder(folder)
        )


MOST_FOLDERS = 30
"""The most subfolders of a folder that are searched for settings."""
ASIDE = frozenset({"node_modules", "examples", "example", "templates", "test", "tests", "fixtures", "vendor", "themes"})
"""Folders whose handbooks are not that of the repository."""


def _holds_most(site: Site, files: Files) -> bool:
    """Return whether at least half of the Markdown files of the book's folder are pages of *site*."""
    pages = files.markdown()
    mine = [path for path in pages if path in site.listed or path.startswith(site.base)]
    return len(mine) * 2 >= len(pages)


def _is_weak(site: Site) -> bool:
    """Return whether the only evidence for *site* is a ``_config.yml``, which GitHub Pages puts into any repository."""
    return site.system == "jekyll" and not site.listed and not site.underscored


def _best(candidates: list[Site], files: Files) -> tuple[Site, tuple[Problem, ...]]:
    """Return the site that lists the most chapters, the first of several; and notes about the others."""
    best = max(candidates, key=lambda site: len(site.listed))
    problems = [problem for site in candidates for problem in _not_used(best, [site], _why(best, site))]
    unused = {site.config for site in candidates if site is not best} | {
        site.nav for site in candidates if site is not best
    }
    problems += _strange_language(best, files)
    faults = [problem for problem in files.problems if problem.place.path not in unused - {best.config, best.nav}]
    return best, (*faults, *problems)


def _not_used(best: Site, others: list[Site], reason: str) -> list[Problem]:
    """Return a note about each of *others* whose settings are files of its own."""
    return [
        OTHER_NAV.at(Place(path=site.config), f"'{site.config}' is not used: '{best.config}' {reason}")
        for site in others
        if site is not best and site.config not in (best.config, best.nav, ".") and site.system != "obsidian"
    ]


def _strange_language(site: Site, files: Files) -> tuple[Problem, ...]:
    """Return the warning about an unknown language of *site*."""
    tag = site.language or ""
    doubt = languages.doubt(languages.tag_of(tag) or tag) if tag else None
    if doubt is None:
        return ()
    lines = (files.text(site.config) or "").split("\n")
    line = next((number for number, text in enumerate(lines, 1) if tag in text and LANGUAGE_KEY.search(text)), 1)
    return (unknown_language(tag, doubt, Place(path=site.config, line=line)),)


LANGUAGE_KEY = regex("lang|locale", re.IGNORECASE)


def _why(best: Site, other: Site) -> str:
    return "names more chapters" if len(best.listed) > len(other.listed) else "comes first"


def _with_listed(system: System, site: Site, files: Files) -> Site:
    """Return *site* with the files that its navigation names; no other file is read."""
    items = system.order(Library(site=site, files=files, chapters={}, most=MOST)) if site.nav else None
    if items is None:
        return site
    listed = set()
    finder = Finder(
        (), bases=(site.base, *site.static), suffixes=site.suffixes, site_url=site.site_url, repository=site.repository
    )
    for item in markdown_lists.flat(items.items):
        target = (item.target or "").partition("#")[0]
        local = finder.local(target) if target else None
        if local and (path := _on_disk(finder, local, items.folder, site, files)):
            listed.add(path)
    if site.nav.rpartition("/")[2] in NAV_NAMES:
        listed.discard(site.nav)
    return replace(site, listed=frozenset(listed))


def _on_disk(finder: Finder, target: str, folder: str, site: Site, files: Files) -> str | None:
    """Return the file that *target* names, if one of the most likely paths exists."""
    for name in dict.fromkeys((target, unquote(target))):
        for path in finder.tries(name, folder):
            if path.lower().endswith(site.suffixes) and files.is_file(path):
                return path
    return None


def scope(site: Site | None, settings: Settings) -> Scope:
    """Return which files may be chapters of the book; a list in handbound.toml may name any."""
    if site is None:
        return WHOLE
    return site.scope if settings.sidebar is None else replace(site.scope, base="", content="")


def order(
    root: Path, site: Site, chapters: Mapping[str, Manuscript], most: int
) -> tuple[Items | None, tuple[Problem, ...]]:
    """Return the order of *site*, unresolved, and the problems of its files.

    Args:
        root: the book's folder.
        site: the site, from :func:`recognise`.
        chapters: by path, in code point order.
        most: the most entries that are read.
    """
    files = Files(root)
    system = next(system for system in SYSTEMS if system.name == site.system)
    below = {path: chapter for path, chapter in chapters.items() if path.startswith(site.base) or path in site.listed}
    items = system.order(Library(site=site, files=files, chapters=below, most=most))
    return items, tuple(files.problems)


def says_language(site: Site | None, settings: Settings) -> bool:
    """Return whether handbound.toml or the *site*, which the *settings* override, sets the language of the book."""
    return "language" in settings.places or (
        site is not None and settings.language == languages.tag_of(site.language or "")
    )
