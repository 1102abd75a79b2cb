"""Retype: ``retype.yml``, and ``order`` in front matter and in the settings of folders, where the highest number comes first."""

from __future__ import annotations

from book.model import Manuscript
from book.problems import Place
from book.sites.files import Document, Files
from book.sites.folders import Folder, Node, folder_of, opening
from book.sites.keys import number_of, text_under
from book.sites.meta_lists import Listed, MetaLists
from book.sites.names import Key, natural_key, readable, stem_of, title_of
from book.sites.site import Items, Library, Site

CONFIGS = ("retype.yml", "retype.yaml", "retype.json")
FOLDERS = ("index.yml", "index.yaml")


def recognise(files: Files, home: str) -> Site | None:
    """Return the project of ``retype.yml``."""
    path = files.first_file(*(f"{home}{name}" for name in CONFIGS))
    document = files.data(path) if path else None
    if document is None:
        return None
    base = files.folder(document, home, document.get("input"), ".")
    return Site(
        system="retype",
        label="Retype",
        config=document.path,
        base=base,
        excluded=tuple(f"{base}{name.strip('/')}" for name in document.texts("exclude") if not name.startswith("!")),
        title=document.text("branding", "title") or document.text("meta", "title"),
        language=document.text("locale"),
        static=(base, f"{base}static/"),
        dialects=("retype",),
        guests=True,
    )


def order(library: Library) -> Items | None:
    """Return the pages by their numbers, the highest first, then by their titles, folder by folder."""
    site, files = library.site, library.files
    folder = folder_of(library.chapters, site.base, ("readme", "index", "default"))

    def settings(inner: Folder) -> Document | None:
        path = files.first_file(*(f"{inner.path}{name}" for name in FOLDERS))
        return files.yaml(path) if path else None

    def key(node: Node) -> Key:
        if isinstance(node, Manuscript):
            number, title = number_of(node, "order"), title_of(node)
        else:
            document = settings(node)
            own = number_of(node.page, "order") if node.page else None
            text = document.text("order") if document else None
            number = _number(text) if text else own
            title = readable(node.name)
        return (-(number or 0), natural_key(title))

    def listed(inner: Folder) -> tuple[str | None, list[Listed]]:
        document = settings(inner)
        entries = [
            Listed(kind="hidden" if _is_hidden(node) else "name", name=_name(node), place=_place(node))
            for node in sorted(inner.nodes, key=key)
        ]
        return document.text("label") if document else None, entries

    items = (*opening(folder), *MetaLists(listed, library.quota(), rest=False).items(folder))
    return Items(items=items, source="front matter: `order` of the pages, the highest first")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _name(node: Node) -> str:
    return stem_of(node.path.rpartition("/")[2]) if isinstance(node, Manuscript) else node.name


def _place(node: Node) -> Place:
    """Return the place of the number of a page, else the page or folder itself."""
    return (
        node.front.places.get("order", Place(path=node.path)) if isinstance(node, Manuscript) else Place(path=node.path)
    )


def _is_hidden(node: Node) -> bool:
    return isinstance(node, Manuscript) and text_under(node, "visibility") in ("hidden", "private")
