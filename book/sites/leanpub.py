"""Leanpub and Softcover: ``Book.txt`` with one file per line."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from msgspec.structs import replace

from book.model import Manuscript, Matter
from book.patterns import regex
from book.problems import Place
from book.sites.files import Files, leaves
from book.sites.names import heading_of
from book.sites.site import Item, Items, Library, Site
from book.source.manuscript import SUFFIXES

NAV = "Book.txt"
MATTERS: dict[str, Matter] = {
    "frontmatter": "front", "mainmatter": "main", "backmatter": "back",
}  # fmt: skip
COMMANDS = frozenset({"cover", "maketitle", "tableofcontents", "listoffigures", "listoftables"})
"""Lines of Softcover for pages of its own."""
LISTS = (NAV, "Sample.txt", "Subset.txt")
PART = regex(
    r"\s*(?:-#[ \t]+(?P<leanpub>[^\n]+?)(?:[ \t]*#-)?|\{class: *part\}\s*\n#[ \t]+(?P<markua>[^\n]+)|"
    r"#[ \t]+(?P<after>[^\n]+?)[ \t]*\{class: *part\})[ \t]*(?:\Z|\n)\s*"
)
"""The title of a part, which is often all that its file contains."""
FILE = regex(r"[^{}#%]+\.(?:md|markdown|mdown|txt|tex|html)", re.IGNORECASE)


def recognise(files: Files, home: str) -> Site | None:
    """Return what the files beside a ``Book.txt`` state."""
    nav = files.first_file(f"{home}{NAV}", f"{home}manuscript/{NAV}")
    text = files.text(nav) if nav else None
    if nav is None or text is None or not any(FILE.fullmatch(line.strip()) for line in text.split("\n")):
        return None
    base = nav.removesuffix(NAV)
    paths = [posixpath.normpath(f"{base}{line.strip()}") for line in text.split("\n") if line.strip()]
    commands = tuple(path for path in paths if _command(files, path) in MATTERS)
    site = Site(
        system="leanpub", label="Leanpub", config=nav, nav=nav, base=base, static=(f"{base}resources/", f"{base}images/"),
        suffixes=(*SUFFIXES, ".txt"), excluded=(*(f"{base}{name}" for name in LISTS), *commands), dialects=("leanpub",), numbered=True, joined=True,
    )  # fmt: skip
    about = files.first(f"{home}config/book.yml")
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
    groups: list[list[tuple[int, Item]]] = [[]]
    folder = library.site.base
    for number, line in enumerate((library.files.text(nav) or "").split("\n"), 1):
        word = line.strip()
        path = posixpath.normpath(f"{folder}{word}")
        if name := MATTERS.get(word.strip("{}:").lower()) or MATTERS.get(_command(library.files, path) if word else ""):
            matter = name
            groups.append([])
        elif (
            word
            and not word.startswith(("#", "%", "{"))
            and word.rstrip(":").lower() not in COMMANDS
            and word not in LISTS
        ):
            place = Place(path=nav, line=number, column=len(line) - len(line.lstrip()) + 1)
            item = Item(target=word, place=place, matter=matter, numbered=matter == "main")
            groups[-1].append(_levelled(item, library.chapters.get(path)))
    items = tuple(item for group in groups for item in _nested(group))
    return Items(items=items, source=f"{nav}: its list of files", nav=nav, folder=folder)


def _levelled(item: Item, chapter: Manuscript | None) -> tuple[int, Item]:
    """Return *item* with the level of its first heading, 0 for a part: Leanpub joins all files, so that one may go on with a chapter."""
    title = PART.match(chapter.text) if chapter else None
    if chapter and title:
        words = title["leanpub"] or title["markua"] or title["after"]
        return 0, replace(item, title=words if title.end() == len(chapter.text) else None, part=True)
    is_section = chapter and heading_of(chapter.text, levels=1) is None and heading_of(chapter.text) is not None
    return 2 if is_section else 1, item


def _nested(entries: Sequence[tuple[int, Item]]) -> list[Item]:
    """Return the first item and those that have its level or a higher one, with the items between them as their children."""
    nested: list[Item] = []
    at = 0
    while at < len(entries):
        level, item = entries[at]
        end = at + 1
        while end < len(entries) and entries[end][0] > level:
            end += 1
        nested.append(replace(item, children=tuple(_nested(entries[at + 1 : end]))))
        at = end
    return nested
