"""PostHog: ``src/navs/*.json`` beside pages in ``contents/``.

``[{"name": …, "links": [{"order": "1", "name": …, "to": "/address"}]}]``: a group is a part unless it is the only one; links are
sorted by the integer ``order``, those without one keep the order of the file; ``to`` is an address of the site, for the page
``contents/<to>.md`` or ``contents/<to>/index.md``. Links and ``children`` may be nested.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from book.notation import Spot, number
from book.sites.files import Document, Files, items_of, table_of, text_of
from book.sites.finder import ADDRESS, Finder
from book.sites.names import readable
from book.sites.site import Item, Items, Library, Site

NAVS = ("src/navs", "navs")
CONTENTS = "contents/"
PLAIN_NAMES = frozenset({"index", "main", "menu", "nav", "navigation", "navs", "sidebar"})
"""Names of navigation files that say nothing of the handbook."""


def recognise(files: Files, home: str) -> Site | None:
    """Return the site whose navigation file names the most pages in ``contents/``."""
    if not files.is_folder(f"{home}{CONTENTS}"):
        return None
    best: tuple[str, tuple[str, ...]] | None = None
    for folder in NAVS:
        for name in files.names(f"{home}{folder}"):
            document = files.json(f"{home}{folder}/{name}") if name.endswith(".json") else None
            pages = tuple(dict.fromkeys(_pages(document, home, files))) if document else ()
            if document and len(pages) > len(best[1] if best else ()):
                best = (document.path, pages)
    if best is None:
        return None
    base = posixpath.commonpath([posixpath.dirname(page) for page in best[1]]) + "/"
    name = posixpath.basename(best[0]).removesuffix(".json")
    return Site(
        system="posthog",
        label="PostHog",
        config=best[0],
        nav=best[0],
        base=base,
        title=None if name in PLAIN_NAMES else readable(name),
        static=(f"{home}{CONTENTS}", f"{home}static/"),
        dialects=("mdx",),
    )


def _pages(document: Document, home: str, files: Files) -> Iterator[str]:
    """Yield the existing pages that a navigation file names."""
    finder = Finder((), bases=(f"{home}{CONTENTS}",))
    pending = [document.root]
    for spot in pending:
        pending.extend(items_of(spot))
        pending.extend(inner for inner in table_of(spot).values() if inner.value is not None)
        to = text_of(table_of(spot).get("to")) or text_of(table_of(spot).get("url")) or ""
        if to.partition("#")[0].strip("/") and not ADDRESS.match(to):
            order = (
                path
                for path in finder.tries("/" + to.partition("#")[0].strip("/"), "")
                if path.startswith(f"{home}{CONTENTS}")
            )
            yield from [path for path in order if path.lower().endswith((".md", ".mdx")) and files.is_file(path)][:1]


def order(library: Library) -> Items | None:
    """Return the links of the navigation file by ``order``."""
    nav = library.site.nav
    document = library.files.json(nav)
    if document is None:
        return None
    items = _items(document, document.root)
    if len(items) == 1 and items[0].target is None:
        items = items[0].children
    return Items(items=items, source=f"{nav}: its links", nav=nav, folder=library.site.static[0])


def _items(document: Document, spot: Spot | None) -> tuple[Item, ...]:
    """Return the items of a list by ``order``."""

    def key(item: Spot) -> tuple[int, float]:
        position = number(text_of(table_of(item).get("order")) or "")
        return (0, position) if position is not None else (1, 0)

    made = []
    for entry in sorted((item for item in items_of(spot) if table_of(item)), key=key):
        table = table_of(entry)
        inner = tuple(item for name in ("links", "children", "items") for item in _items(document, table.get(name)))
        target = (text_of(table.get("to")) or text_of(table.get("url")) or "").strip()
        place = document.place(table.get("to") or table.get("url") or table.get("name") or entry)
        title = text_of(table.get("name"))
        if target or inner:
            made.append(Item(title=title, target=target or None, place=place, children=inner))
    return tuple(made)
