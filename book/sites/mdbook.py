"""mdBook: ``book.toml`` and ``src/SUMMARY.md``."""

from __future__ import annotations

import posixpath

from msgspec.structs import replace

from book.problems import Place
from book.sites import markdown_lists
from book.sites.files import Files, leaves, table_of, text_of
from book.sites.finder import repository_of
from book.sites.site import Items, Library, Site

CONFIG, SUMMARY = "book.toml", "SUMMARY.md"


def recognise(files: Files, home: str) -> Site | None:
    """Return what a ``book.toml`` states; also if there is only ``src/SUMMARY.md``."""
    document = files.toml(f"{home}{CONFIG}")
    book = document.get("book") if document else None
    base = files.folder(document, home, document.get("book", "src"), "src") if document else f"{home}src/"
    if document is None and not files.is_file(f"{base}{SUMMARY}") and _alone(files, f"{home}{SUMMARY}"):
        base = home
    nav = f"{base}{SUMMARY}"
    if not files.is_file(nav):
        return None
    site = Site(
        system="mdbook",
        label="mdBook",
        config=nav,
        nav=nav,
        base=base,
        excluded=() if (files.text(nav) or "").strip() else (nav,),
        static=(base,),
        dialects=("mdbook",),
        numbered=True,
    )
    if document is None or book is None:
        return site
    html = ("output", "html")
    repository = document.text(*html, "git-repository-url")
    address = document.text(*html, "site-url") or ""
    redirects = table_of(document.get(*html, "redirect"))
    return replace(
        site,
        config=document.path,
        title=document.text("book", "title"),
        authors=document.texts("book", "authors") or document.texts("book", "author"),
        description=document.text("book", "description"),
        language=document.text("book", "language"),
        site_url=address if address.startswith("http") else None,
        repository=repository_of(repository),
        routes={old: _beside(old, text_of(new) or "") for old, new in redirects.items()},
        formulas=document.truth(*html, "mathjax-support") or None,
    )


def _alone(files: Files, nav: str) -> bool:
    """Return whether *nav* has links outside its list, as only an mdBook does: its settings may be above the book."""
    text = files.text(nav) if files.is_file(nav) else None
    return any(item.matter != "main" for item in markdown_lists.read(text or "", nav))


def _beside(old: str, new: str) -> str:
    """Return the address to which the page *old* redirects."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(old), new)) if "://" not in new else new
    return old if leaves(path.lstrip("/")) else path


def order(library: Library) -> Items | None:
    """Return the order of the links in ``SUMMARY.md``."""
    nav = library.site.nav
    text = library.files.text(nav)
    if text is None:
        return None
    items = markdown_lists.read(text, nav)
    if not items:
        library.files.tell(Place(path=nav), "it contains no list of links", "write a list: - [Title](chapter.md)")
        return None
    return Items(items=items, source=f"{nav}: its list of links", nav=nav, folder=library.site.base)
