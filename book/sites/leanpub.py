"""Leanpub and Softcover: ``Book.txt``, one file a line."""

from __future__ import annotations

import re
from dataclasses import replace

from book.model import Matter
from book.problems import Place
from book.sites.files import Files
from book.sites.site import Item, Items, Library, Site

NAV = "Book.txt"
MATTERS: dict[str, Matter] = {
    "frontmatter": "front", "mainmatter": "main", "backmatter": "back",
}  # fmt: skip
FILE = re.compile(r"[^{}#%]+\.(?:md|markdown|mdown|txt|tex|html)", re.IGNORECASE)


def recognise(files: Files, home: str) -> Site | None:
    """Return what lies beside a ``Book.txt``."""
    nav = next((path for path in (f"{home}{NAV}", f"{home}manuscript/{NAV}") if files.is_file(path)), None)
    text = files.text(nav) if nav else None
    if nav is None or text is None or not any(FILE.fullmatch(line.strip()) for line in text.split("\n")):
        return None
    base = nav.removesuffix(NAV)
    site = Site(
        system="leanpub", label="Leanpub", config=nav, nav=nav, base=base, static=(f"{base}resources/", f"{base}images/"),
        dialects=("leanpub",), numbered=True,
    )  # fmt: skip
    about = files.yaml(f"{home}config/book.yml") if files.is_file(f"{home}config/book.yml") else None
    if about is None:
        return site
    return replace(
        site,
        label="Softcover",
        title=about.text("title"),
        authors=about.texts("author"),
        description=about.text("description"),
    )


def order(library: Library) -> Items | None:
    """Return the files of ``Book.txt``: ``frontmatter:`` or ``{frontmatter}`` begins the front matter."""
    nav = library.site.nav
    matter: Matter = "main"
    items = []
    for number, line in enumerate((library.files.text(nav) or "").split("\n"), 1):
        word = line.strip()
        if name := MATTERS.get(word.strip("{}:").lower()):
            matter = name
        elif word and not word.startswith(("#", "%", "{")) and word.rstrip(":").lower() not in ("cover", "maketitle"):
            place = Place(path=nav, line=number, column=len(line) - len(line.lstrip()) + 1)
            items.append(Item(target=word, place=place, matter=matter, numbered=matter == "main"))
    return Items(items=tuple(items), source=f"{nav}: its list of files", nav=nav, here=library.site.base)
