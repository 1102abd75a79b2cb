"""just-the-docs: a tree of ``parent`` and ``nav_order`` in the pages of a Jekyll site."""

from __future__ import annotations

from collections.abc import Sequence
from posixpath import commonpath

from book.model import Manuscript
from book.problems import Place
from book.sites.files import Document, table_of, text_of
from book.sites.keys import is_true, number_of, text_under
from book.sites.names import Key, folded, readable
from book.sites.site import Item, Items, Library

KEYS = ("nav_order", "parent", "nav_exclude", "has_children")
DEEPEST = 30
FIRST = ("index", "readme")


def order(library: Library, config: Document) -> Items | None:
    """Return the order of the pages, None if the site has another theme and no page states its position."""
    themed = any("just-the-docs" in (config.text(key) or "") for key in ("theme", "remote_theme"))
    chapters = library.chapters.values()
    if not themed and not any(key in page.front.values for page in chapters for key in ("nav_order", "parent")):
        return None
    if not any(key in page.front.values for page in chapters for key in KEYS):
        return None
    place = Place(path=library.site.config)
    ignore_case = config.text("nav_sort") == "case_insensitive"
    collections = table_of(config.get("just_the_docs", "collections"))
    groups: dict[str, list[Manuscript]] = {name: [] for name in collections}
    pages: list[Manuscript] = []
    for page in chapters:
        name = next((name for name in collections if f"/_{name}/" in f"/{page.path}"), None)
        (groups[name] if name is not None else pages).append(page)
    items = list(_tree(pages, place, ignore_case=ignore_case))
    for name, group in groups.items():
        title = text_of(table_of(collections[name]).get("name")) or readable(name)
        inside = _tree(group, place, ignore_case=ignore_case)
        if inside and text_of(table_of(collections[name]).get("nav_exclude")) != "true":
            items.append(Item(title=title, place=place, children=inside))
    source = "front matter: `parent` and `nav_order` of the pages (just-the-docs)"
    return Items(items=tuple(items), source=source)


def _tree(chapters: Sequence[Manuscript], place: Place, *, ignore_case: bool) -> tuple[Item, ...]:
    """Return the pages below their parents; a page whose parent does not exist is at the top."""
    family = _Family([page for page in chapters if page.front.title])
    pages = {page.path: page for page in family.pages}
    children: dict[str, list[Manuscript]] = {}
    for page in family.pages:
        parent = family.parent(page)
        children.setdefault(parent.path if parent else "", []).append(page)

    def key(child: Manuscript) -> Key:
        title = child.front.title or ""
        number = number_of(child, "nav_order")
        reason = text_under(child, "nav_order") if number is None else None
        word = reason or title
        # The page of the site without a position stands first, whatever its title.
        opens = (
            number is None
            and child.path.rpartition("/")[2].partition(".")[0].casefold() in FIRST
            and "/" not in child.path
        )
        return (not opens, number is None, number or 0, word.casefold() if ignore_case else word, title, child.path)

    def below(path: str) -> tuple[Item, ...]:
        items = []
        is_reversed = path in pages and text_under(pages[path], "child_nav_order") in ("desc", "reversed")
        for child in sorted(children.get(path, ()), key=key, reverse=is_reversed):
            if not is_true(child, "nav_exclude"):
                number = number_of(child, "nav_order")
                reason = f"nav_order: {number}" if number is not None else "title"
                items.append(Item(path=child.path, place=place, reason=reason, children=below(child.path)))
        return tuple(items)

    return below("")


class _Family:
    """Finds the parent of a page by its title; if several pages have it, the one to which ancestors and paths point."""

    def __init__(self, pages: Sequence[Manuscript]) -> None:
        self.pages = pages
        self.titled: dict[str, list[Manuscript]] = {}
        for page in pages:
            self.titled.setdefault(folded(page.front.title or ""), []).append(page)
        self.known: dict[str, Manuscript | None] = {}

    def parent(self, child: Manuscript) -> Manuscript | None:
        """Return the parent of a page, None for a page at the top, or one that would be its own ancestor."""
        if child.path not in self.known:
            self.known[child.path] = None  # for pages that are each other's parents
            self.known[child.path] = self.choose(child) if self.depth(child) < DEEPEST else None
        return self.known[child.path]

    def choose(self, child: Manuscript) -> Manuscript | None:
        named = self.titled.get(folded(text_under(child, "parent") or ""), [])
        grand, ancestor = text_under(child, "grand_parent"), text_under(child, "ancestor")
        fit = [page for page in named if page is not child and self.above(page, child)]
        if grand and len(fit) > 1:
            fit = [page for page in fit if folded(text_under(page, "parent") or "") == folded(grand)] or fit
        if ancestor and len(fit) > 1:
            fit = [page for page in fit if folded(ancestor) in self.titles_above(page)] or fit
        return max(fit, key=lambda page: len(commonpath([f"/{page.path}", f"/{child.path}"])), default=None)

    def titles_above(self, page: Manuscript) -> list[str]:
        """Return the titles of *page* and of all its ancestors."""
        titles: list[str] = []
        ancestor: Manuscript | None = page
        while ancestor is not None and len(titles) < DEEPEST:
            titles.append(folded(ancestor.front.title or ""))
            ancestor = self.parent(ancestor)
        return titles

    def above(self, page: Manuscript, child: Manuscript) -> bool:
        """Return whether *page* is not below *child*, as far as parents are known."""
        ancestor, steps = self.known.get(page.path), 0
        while ancestor is not None and steps < DEEPEST:
            if ancestor is child:
                return False
            ancestor, steps = self.known.get(ancestor.path), steps + 1
        return True

    def depth(self, child: Manuscript) -> int:
        """Return the number of known ancestors of *child*, :data:`DEEPEST` at most."""
        ancestor, steps = self.known.get(child.path), 0
        while ancestor is not None and steps < DEEPEST:
            ancestor, steps = self.known.get(ancestor.path), steps + 1
        return steps
