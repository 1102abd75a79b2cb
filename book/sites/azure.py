"""Wikis of Azure DevOps: a file ``.order`` in each folder names its pages; those below a page are in the folder of its name."""

from __future__ import annotations

from book.model import Manuscript
from book.problems import Place
from book.sites.files import Files
from book.sites.folders import Folder, folder_of
from book.sites.names import natural_key, readable, stem_of, title_of
from book.sites.site import Item, Items, Library, Quota, Site

ORDER = ".order"
HOMES = ("home", "welcome")
"""Names of a first page that opens the book, in lower case."""


def recognise(files: Files, home: str) -> Site | None:
    """Return the wiki in whose folder there is a list of pages."""
    if not files.is_file(f"{home}{ORDER}"):
        return None
    return Site(
        system="azure",
        label="wiki of Azure DevOps",
        config=f"{home}{ORDER}",
        base=home,
        guests=True,
        dialects=("wiki", "azure"),
        named_by_file=True,
    )


def order(library: Library) -> Items | None:
    """Return the pages as the lists sort them, folder by folder; those that no list names follow by name."""
    site = library.site
    reading = _Reading(library.files, library.quota())
    items = reading.items(folder_of(library.chapters, site.base, ()))
    first = items[0] if items else None
    if first and first.path and not first.children and stem_of(first.path.rpartition("/")[2]).casefold() in HOMES:
        opening = Item(path=first.path, place=first.place, reason=first.reason, matter="front", numbered=False)
        items = (opening, *items[1:])
    return Items(items=items, source=f"the files `{ORDER}` of the wiki")


class _Reading:
    """One pass through the folders."""

    def __init__(self, files: Files, quota: Quota) -> None:
        self.files, self.quota = files, quota

    def items(self, folder: Folder) -> tuple[Item, ...]:
        """Return the items of *folder*."""
        pages = {stem_of(page.path.rpartition("/")[2]): page for page in folder.files}
        folders = {inner.name: inner for inner in folder.folders}
        path = f"{folder.path}{ORDER}"
        text = (self.files.text(path) or "") if self.files.is_file(path) else ""
        lines = {line.strip(): number for number, line in reversed([*enumerate(text.split("\n"), 1)]) if line.strip()}
        named = sorted(lines, key=lambda name: lines[name])
        others = sorted((pages.keys() | folders.keys()) - lines.keys(), key=natural_key)
        items: list[Item] = []
        for name in self.quota.of((*named, *others)):
            place = Place(path=path, line=lines[name]) if name in lines else Place(path=folder.path or ".")
            reason = "" if name in lines else "name of the file"
            if name in pages or name in folders:
                items += self.entry(name, pages.get(name), folders.get(name), place, reason)
            else:
                items.append(Item(target=f"{folder.path}{name}.md", place=place))
        return tuple(items)

    def entry(
        self, name: str, page: Manuscript | None, folder: Folder | None, place: Place, reason: str
    ) -> tuple[Item, ...]:
        """Return the item of a page with the pages in the folder of its name; a folder without a page is a section."""
        inner = self.items(folder) if folder else ()
        title = (title_of(page) if page else readable(name)) if inner else None
        if page is None and not inner:
            return ()
        return (Item(path=page.path if page else None, title=title, place=place, reason=reason, children=inner),)
