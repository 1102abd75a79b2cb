"""Dendron: notes beside each other in a vault, whose names give their places in one hierarchy, `guide.hours.md`."""

from __future__ import annotations

from book.model import Manuscript
from book.problems import Place
from book.sites import hierarchies
from book.sites.files import Document, Files, items_of, leaves, text_of
from book.sites.keys import is_true, number_of
from book.sites.names import Key, natural_key, title_of
from book.sites.site import Item, Items, Library, Site

CONFIG = "dendron.yml"
LEVELS = (".",)
ASIDE = ("daily.*", "scratch.*", "templates.*", "tags.*", "user.*", "task.*")
"""Journals, scratch notes, templates and pages of tags and people."""
ROOT = "root.md"


def recognise(files: Files, home: str) -> Site | None:
    """Return the workspace of ``dendron.yml``; of several vaults the first one that is in the book."""
    document = files.first(f"{home}{CONFIG}")
    if document is None:
        return None
    base = next((folder for folder in _vaults(document, home) if files.holds(folder, (".md",))), home)
    return Site(
        system="dendron",
        label="Dendron",
        config=document.path,
        base=base,
        opening=f"{base}{ROOT}" if files.is_file(f"{base}{ROOT}") else "",
        excluded=tuple(f"{base}{glob}" for glob in ASIDE),
        title=document.text("publishing", "seo", "title") or document.text("site", "title"),
        description=document.text("publishing", "seo", "description"),
        static=(base,),
        guests=True,
        levels=LEVELS,
        named_by_file=True,
        dialects=("dendron",),
    )


def _vaults(document: Document, home: str) -> list[str]:
    """Return the folders of the vaults, each with a slash at its end."""
    entries = items_of(document.get("workspace", "vaults")) or items_of(document.get("vaults"))
    names = [
        text_of(document_entry.value.get("fsPath"))
        for document_entry in entries
        if isinstance(document_entry.value, dict)
    ]
    inside = (name.strip("/").removeprefix("./") for name in names if name and not leaves(name))
    folders = [f"{home}{name}/" if name not in ("", ".") else home for name in inside]
    return [path for folder in folders for path in (f"{folder}notes/", folder)]


def order(library: Library) -> Items | None:
    """Return the notes as their names place them; siblings follow ``nav_order``, then their titles."""
    place = Place(path=library.site.config)

    def key(name: str, page: Manuscript | None) -> Key:
        number = number_of(page, "nav_order") if page else None
        return (number is None, number or 0, natural_key(title_of(page) if page else name), name)

    def position(page: Manuscript | None) -> tuple[Place, str]:
        number = number_of(page, "nav_order") if page else None
        return place, "name of the file" if number is None else f"nav_order: {number}"

    opening = library.site.opening
    pages = {
        path: page for path, page in library.chapters.items() if path != opening and not is_true(page, "nav_exclude")
    }
    first = (Item(path=opening, place=place, reason="root of the hierarchy", matter="front", numbered=False),)
    items = hierarchies.items(pages, LEVELS, key, position, library.quota())
    return Items(
        items=(*(first if opening in library.chapters else ()), *items),
        source="the names of its notes, and `nav_order`",
    )
