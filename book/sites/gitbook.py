"""GitBook and HonKit: ``SUMMARY.md``, with or without ``.gitbook.yaml`` or ``book.json``."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace

from book.problems import Kind, Place, Severity, printable
from book.settings import languages
from book.sites import markdown_lists
from book.sites.files import Document, Files, leaves, table_of, text_of
from book.sites.site import Item, Items, Library, Site

SUMMARY, README, GLOSSARY = "SUMMARY.md", "README.md", "GLOSSARY.md"
LANGUAGES = "LANGS.md"
OTHER_LANGUAGES = Kind("O124", Severity.WARNING, "a handbook in several languages, of which one is read")
KITS = ("book.json", "honkit.json")


def recognise(files: Files, home: str) -> Site | None:
    """Return what the settings beside a ``SUMMARY.md`` state."""
    gitbook = files.yaml(f"{home}.gitbook.yaml") or files.yaml(f"{home}.gitbook.yml")
    kit = None if gitbook else next((candidate for name in KITS if (candidate := files.json(f"{home}{name}"))), None)
    document = gitbook or kit
    base = files.folder(document, home, document.get("root"), ".") if document else home
    language = _language(files, base) if not files.is_file(f"{base}{SUMMARY}") else None
    base = language.folder if language else base
    nav = f"{base}{_structure(files, document, 'summary', SUMMARY)}"
    text = files.text(nav)
    if text is None or (document is None and not markdown_lists.links_to_files(text)):
        return None
    honkit = bool(kit) or (not gitbook and any(files.is_file(f"{base}{name}") for name in (GLOSSARY, "LANGS.md")))
    site = Site(
        system="gitbook",
        label="HonKit" if honkit else "GitBook",
        config=document.path if document else nav,
        nav=nav,
        base=base,
        static=(base, f"{base}.gitbook/assets/"),
        dialects=("gitbook",),
        numbered=honkit,
        language=language.tag if language else None,
    )
    if document is None:
        return site
    redirects = table_of(document.get("redirects"))
    return replace(
        site,
        title=document.text("title"),
        authors=document.texts("author"),
        description=document.text("description"),
        language=site.language or document.text("language"),
        routes={old: text_of(new) or "" for old, new in redirects.items()},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Language:
    """One of the books in ``LANGS.md``."""

    folder: str
    """With a slash at its end."""
    tag: str | None


def _language(files: Files, base: str) -> _Language | None:
    """Return the first book in ``LANGS.md``, which has one for each language; the others are reported."""
    path = f"{base}{LANGUAGES}"
    items = markdown_lists.read(files.text(path) or "", path) if files.is_file(path) else ()
    folders = {
        f"{base}{(item.target or '').strip('/').removesuffix('/' + README)}/": item
        for item in markdown_lists.flat(items)
        if item.target and not leaves(item.target)
    }
    books = [(folder, item) for folder, item in folders.items() if files.is_file(f"{folder}{SUMMARY}")]
    if not books:
        return None
    folder, item = books[0]
    if len(books) > 1:
        others = ", ".join(f"'{printable(other)}'" for other, _ in books[1:])
        message = f"'{path}' lists {len(books)} books, one for each language; the first, '{folder}', is read"
        files.problems.append(
            OTHER_LANGUAGES.at(item.place, message, fix=f"for another one, build its folder: {others}")
        )
    return _Language(folder=folder, tag=languages.tag_of(folder.rstrip("/").rpartition("/")[2]))


def _structure(files: Files, document: Document | None, key: str, name: str) -> str:
    """Return the file to which ``structure`` gives a role, else its usual *name*."""
    spot = document.get("structure", key) if document else None
    path = (text_of(spot) or name).lstrip("/").removeprefix("./")
    if document and spot and leaves(path):
        files.leaves(document.place(spot), path)
        return name
    return posixpath.normpath(path)


def order(library: Library) -> Items | None:
    """Return the order of the links in ``SUMMARY.md``; README and glossary belong to the book in any case."""
    site, nav = library.site, library.site.nav
    text = library.files.text(nav)
    items = markdown_lists.read(text or "", nav)
    if text is None or not items:
        library.files.tell(Place(path=nav), "it contains no list of links", "write a list: - [Title](chapter.md)")
        return None
    items = tuple(replace(item, matter="main") for item in items)
    folder = f"{posixpath.dirname(nav)}/" if "/" in nav else ""
    named = {
        posixpath.normpath((item.target or "").partition("#")[0].lstrip("/")) for item in markdown_lists.flat(items)
    }
    place = Place(path=nav)
    first = [
        Item(path=f"{site.base}{name}", place=place, reason=f"{name} of the book", matter="front", numbered=False)
        for name in (README,)
        if f"{site.base}{name}" in library.chapters and name not in named
    ]
    last = [
        Item(path=f"{site.base}{name}", place=place, reason=f"{name} of the book", matter="back", numbered=False)
        for name in (GLOSSARY,)
        if f"{site.base}{name}" in library.chapters and name not in named
    ]
    return Items(items=(*first, *items, *last), source=f"{nav}: its list of links", nav=nav, folder=folder)
