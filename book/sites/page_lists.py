"""Lists of pages by name, one in each folder for the pages of that folder, as `.order` and `_order.yaml` are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from book.model import Manuscript
from book.problems import Place
from book.sites.folders import Folder
from book.sites.names import natural_key, readable, stem_of, title_of
from book.sites.site import Item, Quota


class PageLists:
    """One pass through the folders of a site."""

    def __init__(self, listed: Callable[[Folder], Mapping[str, Place]], quota: Quota, *, by_slug: bool = False) -> None:
        """Read the lists with *listed*, which returns the names in that of a folder with their places; *by_slug*: they may be slugs."""
        self.listed, self.quota, self.by_slug = listed, quota, by_slug

    def items(self, folder: Folder) -> tuple[Item, ...]:
        """Return the items of *folder*, without its page: those that its list names, then the others by name."""
        stems = {stem_of(page.path.rpartition("/")[2]): page for page in folder.files}
        slugs = {stem: (self.by_slug and page.front.slug) or stem for stem, page in stems.items()}
        pages = {slugs[stem]: page for stem, page in stems.items()}
        folders = {inner.name: inner for inner in folder.folders}
        there = pages.keys() | folders.keys()
        named = {name if name in there else slugs.get(name, name): place for name, place in self.listed(folder).items()}
        items: list[Item] = []
        for name in self.quota.of((*named, *sorted(there - named.keys(), key=natural_key))):
            place = named.get(name, Place(path=folder.path or "."))
            reason = "" if name in named else "name of the file"
            if name in there:
                items += self._entry(name, pages.get(name), folders.get(name), place, reason)
            else:
                items.append(Item(target=f"{folder.path}{name}.md", place=place))
        return tuple(items)

    def _entry(
        self, name: str, page: Manuscript | None, folder: Folder | None, place: Place, reason: str
    ) -> tuple[Item, ...]:
        """Return the item of a page with the pages in the folder of its name; a folder without a page is a section."""
        inner = self.items(folder) if folder else ()
        page = page or (folder.page if folder else None)
        title = (title_of(page) if page else readable(name)) if inner else None
        if page is None and not inner:
            return ()
        return (Item(path=page.path if page else None, title=title, place=place, reason=reason, children=inner),)
