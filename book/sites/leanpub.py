"""Leanpub and Softcover: ``Book.txt`` with one file per line."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace

from book.model import Matter
from book.problems import Place
from book.sites.files import Files, leaves
from book.sites.site import Item, Items, Library, Site
from book.source.manuscript import SUFFIXES

NAV = "Book.txt"
MATTERS: dict[str, Matter] = {
    "frontmatter": "front", "mainmatter": "main", "backmatter": "back",
}  # fmt: skip
COMMANDS = frozenset({"cover", "maketitle", "tableofcontents", "listoffigures", "listoftables"})
"""Lines of Softcover for pages of its own."""
LISTS = (NAV, "Sample.txt", "Subset.txt")
PART = re.compile(
    r"\s*(?:-#[ \t]+(?P<leanpub>[^\n]+?)(?:[ \t]*#-)?|\{class: *part\}\s*\n#[ \t]+(?P<markua>[^\n]+)|"
    r"#[ \t]+(?P<after>[^\n]+?)[ \t]*\{class: *part\})\s*"
)
"""A file that contains only the title of a part."""
FILE = re.compile(r"[^{}#%]+\.(?:md|markdown|mdown|txt|tex|html)", re.IGNORECASE)


def recognise(files: Files, home: str) -> Site | None:
    """Return what the files beside a ``Book.txt`` state."""
    nav = next((path for path in (f"{home}{NAV}", f"{home}manuscript/{NAV}") if files.is_file(path)), None)
    text = files.text(nav) if nav else None
    if nav is None or text is None or not any(FILE.fullmatch(line.strip()) for line in text.split("\n")):
        return None
    base = nav.removesuffix(NAV)
    site = Site(
        system="leanpub", label="Leanpub", config=nav, nav=nav, base=base, static=(f"{base}resources/", f"{base}images/"),
        suffixes=(*SUFFIXES, ".txt"), excluded=tuple(f"{base}{name}" for name in LISTS), dialects=("leanpub",), numbered=True,
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


def _command(files: Files, path: str) -> str:
    """Return the command in a file that contains nothing else: ``{frontmatter}``."""
    if leaves(path) or posixpath.splitext(posixpath.basename(path))[0].lower() not in MATTERS:
        return ""
    return (files.text(path) or "").strip().strip("{}").lower()


def order(library: Library) -> Items | None:
    """Return the files of ``Book.txt``: ``frontmatter:`` or ``{frontmatter}`` begins the front matter."""
    nav = library.site.nav
    matter: Matter = "main"
    items: list[Item] = []
    part: Item | None = None
    folder = library.site.base
    for number, line in enumerate((library.files.text(nav) or "").split("\n"), 1):
        word = line.strip()
        if name := MATTERS.get(word.strip("{}:").lower()):
            matter, part = name, None
        elif word and not word.startswith(("#", "%", "{")) and word.rstrip(":").lower() not in COMMANDS:
            command = _command(library.files, posixpath.normpath(f"{folder}{word}"))
            if command in MATTERS:
                matter, part = MATTERS[command], None
                continue
            place = Place(path=nav, line=number, column=len(line) - len(line.lstrip()) + 1)
            item = Item(target=word, place=place, matter=matter, numbered=matter == "main")
            chapter = library.chapters.get(posixpath.normpath(f"{folder}{word}"))
            title = PART.fullmatch(chapter.text) if chapter else None
            if title:
                part = replace(item, title=title["leanpub"] or title["markua"] or title["after"], part=True)
                items.append(part)
            elif part:
                part = items[-1] = replace(part, children=(*part.children, item))
            else:
                items.append(item)
    return Items(items=tuple(items), source=f"{nav}: its list of files", nav=nav, folder=folder)
