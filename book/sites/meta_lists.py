"""Lists of names in each folder of a site, `meta.json` and `_meta.json`: pages and folders by name, headings, and a place for the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from book.model import Manuscript
from book.problems import Place
from book.sites.folders import Folder
from book.sites.names import natural_key, readable, stem_of, title_of
from book.sites.site import Item, Quota


class Listed(Struct, frozen=True, kw_only=True):
    """One entry of such a list."""

    kind: Literal["name", "inside", "heading", "rest", "hidden", "link"] = "name"
    """A page or folder by its name, only the pages in that folder, a heading for what follows, all others, a name that is left out, or an address."""
    name: str = ""
    """A name in the folder, or a path below it, without extension; the address of a link."""
    title: str | None = None
    place: Place
    backwards: bool = False
    """Whether the others are sorted from the last to the first."""


class MetaLists:
    """One pass through the folders of a site."""

    def __init__(
        self,
        listed: Callable[[Folder], tuple[str | None, Sequence[Listed] | None]],
        quota: Quota,
        *,
        rest: bool,
        strip: Callable[[str], str] = str,
    ) -> None:
        """Take how to read the list of a folder.

        Args:
            listed: returns the title of a folder, and its list; None if it has no list.
            quota: how many entries are read.
            rest: whether pages that a list does not name follow.
            strip: returns the name of a folder as readers see it.
        """
        self.listed, self.quota, self.rest, self.strip = listed, quota, rest, strip
        self.used = False

    def title(self, folder: Folder) -> str:
        """Return the title of *folder*: that of its list or of its page, else its name."""
        return self.listed(folder)[0] or (title_of(folder.page) if folder.page else readable(self.strip(folder.name)))

    def items(self, folder: Folder) -> tuple[Item, ...]:
        """Return the items of *folder*; its own page is among them only if its list names it."""
        _, entries = self.listed(folder)
        self.used = self.used or bool(entries)
        nodes: dict[str, Folder | Manuscript] = {inner.name: inner for inner in folder.folders}
        pages = {stem_of(page.path.rpartition("/")[2]): page for page in folder.files}
        named = {entry.name.partition("/")[0] for entry in entries or () if entry.kind in ("name", "inside", "hidden")}
        others = sorted((name for name in {*nodes, *pages} if name not in named), key=natural_key)
        place = Place(path=folder.path or ".")
        if entries is None:
            entries = [Listed(kind="rest", place=place)]
        elif self.rest and not any(entry.kind == "rest" for entry in entries):
            entries = [*entries, Listed(kind="rest", place=place)]
        parts: list[tuple[Item | None, list[Item]]] = [(None, [])]
        for entry in self.quota.of(entries):
            if entry.kind == "heading":
                parts.append((Item(title=entry.title, place=entry.place), []))
            elif entry.kind == "rest":
                for name in self.quota.of(reversed(others) if entry.backwards else others):
                    for node in (pages.get(name), nodes.get(name)):
                        parts[-1][1].extend(self.node(node, None, Place(path=folder.path or "."), "name of the file"))
            elif entry.kind == "link":
                parts[-1][1].append(Item(title=entry.title, target=entry.name, place=entry.place))
            elif entry.kind != "hidden":
                parts[-1][1].extend(self.named(folder, entry))
        made: list[Item] = []
        for heading, inside in parts:
            made += [replace(heading, children=tuple(inside))] if heading and inside else inside
        return tuple(made)

    def named(self, folder: Folder, entry: Listed) -> tuple[Item, ...]:
        """Return the items of the page or folder that *entry* of the list of *folder* names."""
        *steps, last = [step for step in entry.name.split("/") if step not in ("", ".")] or [""]
        inside: Folder | None = folder
        for step in steps:
            inside = next((inner for inner in (inside.folders if inside else ()) if inner.name == step), None)
        if inside is not None:
            own = [inside.page] if inside.page else []
            page = next((page for page in (*inside.files, *own) if stem_of(page.path.rpartition("/")[2]) == last), None)
            inner = next((inner for inner in inside.folders if inner.name == last), None)
            if entry.kind == "inside" and inner:
                first = () if inner.page is None else (Item(path=inner.page.path, place=entry.place),)
                return (*first, *self.items(inner))
            if page and inner and not inner.page:
                title = entry.title or title_of(page)
                return (Item(path=page.path, title=title, place=entry.place, children=self.items(inner)),)
            if page or inner:
                return self.node(page or inner, entry.title, entry.place, "")
        return (Item(title=entry.title, target=f"{folder.path}{entry.name}", place=entry.place),)

    def node(self, node: Folder | Manuscript | None, title: str | None, place: Place, reason: str) -> tuple[Item, ...]:
        """Return the items of a page, or of a folder with its pages."""
        if node is None:
            return ()
        if isinstance(node, Manuscript):
            return (Item(path=node.path, title=title, place=place, reason=reason),)
        listed = {entry.name for entry in self.listed(node)[1] or ()}
        inner = self.items(node)
        own = node.page.path if node.page and not listed & {"index", "README", "readme"} else None
        if not inner:
            return (Item(path=own, title=title, place=place, reason=reason),) if own else ()
        return (Item(path=own, title=title or self.title(node), place=place, reason=reason, children=inner),)
