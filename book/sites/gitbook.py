"""GitBook and HonKit: ``SUMMARY.md``, with or without ``.gitbook.yaml`` or ``book.json``."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from book.model import Matter
from book.problems import Kind, Place, Severity, printable
from book.settings import languages
from book.sites import markdown_lists
from book.sites.files import Document, Files, leaves, table_of, text_of, texts_of
from book.sites.site import Item, Items, Library, Site

SUMMARY, README, GLOSSARY = "SUMMARY.md", "README.md", "GLOSSARY.md"
LANGUAGES = "LANGS.md"
OTHER_LANGUAGES = Kind("O124", Severity.WARNING, "a handbook in several languages, of which one is read")
KITS = ("book.json", "honkit.json")
FORMULAS = frozenset({"katex", "katex-plus", "mathjax", "mathjax-pro"})
"""Plugins that show formulas."""


def recognise(files: Files, home: str) -> Site | None:
    """Return what the settings beside a ``SUMMARY.md`` state."""
    gitbook, kit = _settings(files, home)
    document = gitbook or kit
    base = files.folder(document, home, document.get("root"), ".") if document else home
    language = _language(files, base) if not files.is_file(f"{base}{SUMMARY}") else None
    base = language.folder if language else base
    nav = f"{base}{_structure(files, document, 'summary', SUMMARY)}"
    text = files.text(nav)
    if text is None or (document is None and not markdown_lists.links_to_files(text)):
        return None
    plugins = {name.lstrip("-") for name in texts_of(kit.get("plugins"))} if kit else set()
    honkit = bool(kit) or (not gitbook and any(files.is_file(f"{base}{name}") for name in (GLOSSARY, "LANGS.md")))
    site = Site(
        system="gitbook",
        label="HonKit" if honkit else "GitBook",
        config=document.path if document else nav,
        nav=nav,
        base=base,
        excluded=() if text.strip() else (nav,),
        opening=posixpath.normpath(f"{base}{_structure(files, document, 'readme', README)}"),
        static=(base, f"{base}.gitbook/assets/"),
        dialects=("gitbook", "honkit") if kit else ("gitbook",),
        parameters={"book": _variables(kit)} if kit else _space(files, home, base),
        formulas=True if plugins & FORMULAS else None,
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


def _settings(files: Files, home: str) -> tuple[Document | None, Document | None]:
    """Return the settings of GitBook in the folder *home*; without them those of HonKit."""
    gitbook = files.yaml(f"{home}.gitbook.yaml") or files.yaml(f"{home}.gitbook.yml")
    kit = None if gitbook else next((candidate for name in KITS if (candidate := files.json(f"{home}{name}"))), None)
    return gitbook, kit


def _variables(kit: Document) -> Mapping[str, object]:
    """Return what pages may print as ``{{ book.x }}``: the variables of the book, and its texts."""
    variables = kit.get("variables")
    plain = variables.plain if variables else None
    texts = {key: kit.text(key) for key in ("title", "author", "description", "language")}
    return {**texts, **(plain if isinstance(plain, Mapping) else {})}


def _space(files: Files, *folders: str) -> Mapping[str, object]:
    """Return what pages may print as ``space.vars.x``: the values in the first ``.gitbook/vars.yaml`` of *folders*."""
    document = next(filter(None, (files.yaml(f"{folder}.gitbook/vars.yaml") for folder in folders)), None)
    return {"space": {"vars": document.root.plain}} if document else {}


class _Language(Struct, frozen=True, kw_only=True):
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
        posixpath.normpath(posixpath.join(folder, (item.target or "").partition("#")[0].lstrip("/")))
        for item in markdown_lists.flat(items)
    }
    home = f"{posixpath.dirname(site.config)}/".lstrip("/")
    document = next(filter(None, _settings(library.files, home)), None) if site.config != nav else None

    def own(role: str, name: str, matter: Matter) -> tuple[Item, ...]:
        path = posixpath.normpath(f"{site.base}{_structure(library.files, document, role, name)}")
        if path not in library.chapters or path in named:
            return ()
        reason = f"{posixpath.basename(path)} of the book"
        return (Item(path=path, place=Place(path=nav), reason=reason, matter=matter, numbered=False),)

    first, last = own("readme", README, "front"), own("glossary", GLOSSARY, "back")
    return Items(items=(*first, *items, *last), source=f"{nav}: its list of links", nav=nav, folder=folder)
