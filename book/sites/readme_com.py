"""Documentation of ReadMe (readme.com), synchronised with a repository: ``_order.yaml`` in each folder lists its pages by their slugs."""

from __future__ import annotations

from book.model import Manuscript
from book.problems import Place
from book.sites.files import Document, Files, items_of, text_of
from book.sites.folders import Folder, folder_of
from book.sites.names import natural_key, readable, stem_of, title_of
from book.sites.site import Item, Items, Library, Quota, Site

ORDER = "_order.yaml"
FOLDERS = ("docs/", "")
"""Where the pages are, below the root of the repository."""


def recognise(files: Files, home: str) -> Site | None:
    """Return the documentation in whose folder, or a folder in it, there is a list of pages."""
    for base in (f"{home}{folder}" for folder in FOLDERS):
        folders = (
            "",
            *(f"{name}/" for name in files.names(base.rstrip("/")) if files.is_file(f"{base}{name}/{ORDER}")),
        )
        config = next((path for folder in folders if files.is_file(path := f"{base}{folder}{ORDER}")), None)
        if config:
            return Site(
                system="readme-com",
                label="ReadMe",
                config=config,
                base=base,
                guests=True,
                dialects=("readme-com",),
            )
    return None


def order(library: Library) -> Items | None:
    """Return the pages as the lists sort them, folder by folder; those that no list names follow by name."""
    reading = _Reading(library.files, library.quota())
    return Items(items=reading.items(folder_of(library.chapters, library.site.base)), source=f"the files `{ORDER}`")


class _Reading:
    """One pass through the folders."""

    def __init__(self, files: Files, quota: Quota) -> None:
        self.files, self.quota = files, quota

    def items(self, folder: Folder) -> tuple[Item, ...]:
        """Return the items of *folder*, without its page."""
        path = f"{folder.path}{ORDER}"
        document = self.files.yaml(path) if self.files.is_file(path) else None
        stems = {stem_of(page.path.rpartition("/")[2]): page for page in folder.files}
        pages = {page.front.slug or stem: page for stem, page in stems.items()}
        folders = {inner.name: inner for inner in folder.folders}
        slugs = {stem: page.front.slug or stem for stem, page in stems.items()}
        named = {
            name if name in pages | folders else slugs.get(name, name): place
            for name, place in _listed(document).items()
        }
        others = sorted((pages.keys() | folders.keys()) - named.keys(), key=natural_key)
        items: list[Item] = []
        for name in self.quota.of((*named, *others)):
            place = named.get(name, Place(path=folder.path or "."))
            reason = "" if name in named else "name of the file"
            if name in pages or name in folders:
                items += self.entry(name, pages.get(name), folders.get(name), place, reason)
            else:
                items.append(Item(target=f"{folder.path}{name}.md", place=place))
        return tuple(items)

    def entry(
        self, name: str, page: Manuscript | None, folder: Folder | None, place: Place, reason: str
    ) -> tuple[Item, ...]:
        """Return the item of a page, or of a folder with its page and the pages in it."""
        inner = self.items(folder) if folder else ()
        page = page or (folder.page if folder else None)
        title = (title_of(page) if page else readable(name)) if inner else None
        if page is None and not inner:
            return ()
        return (Item(path=page.path if page else None, title=title, place=place, reason=reason, children=inner),)


def _listed(document: Document | None) -> dict[str, Place]:
    """Return the slugs that a list names, with their places."""
    entries = items_of(document.root) if document else ()
    return {text: document.place(entry) for entry in entries if document and (text := text_of(entry))}
