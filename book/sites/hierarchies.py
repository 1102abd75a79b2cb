"""Hierarchies in names of files: pages that lie beside each other in one folder and whose names give the levels, `guide.hours.md`, `Guide___Hours.md`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct, field

from book.model import Manuscript
from book.problems import Place
from book.sites.names import Key, readable, stem_of, title_of
from book.sites.site import Item, Quota

DEEPEST = 32
"""The most levels of a name; what follows belongs to the last one."""


def levels_of(stem: str, separators: Sequence[str]) -> tuple[str, ...]:
    """Return the levels in the name of a file without its extension, the outermost first.

    >>> levels_of("guide.hours.night", (".",)), levels_of("Guide___Hours", ("___", "%2F"))
    (('guide', 'hours', 'night'), ('Guide', 'Hours'))
    """
    pattern = "|".join(map(re.escape, separators))
    return tuple(filter(None, re.split(pattern, stem, maxsplit=DEEPEST - 1, flags=re.IGNORECASE))) or (stem,)


class _Level(Struct):
    """A page, and those below it; or only the name of those."""

    page: Manuscript | None = None
    below: dict[str, _Level] = field(default_factory=dict)


def items(
    pages: Mapping[str, Manuscript],
    separators: Sequence[str],
    key: Callable[[str, Manuscript | None], Key],
    place: Callable[[Manuscript | None], tuple[Place, str]],
    quota: Quota,
) -> tuple[Item, ...]:
    """Return the items of *pages*, by path, each below the page whose name is the beginning of its own.

    Args:
        pages: the pages, in any folder; two with the same levels are two items.
        separators: what stands between two levels of a name, in any case.
        key: the sort key of a level among its siblings, from its name and its page.
        place: the source of the position of a page, and the reason in words.
        quota: how many items are made.
    """
    root = _Level()
    for path, page in pages.items():
        level = root
        for name in levels_of(stem_of(path.rpartition("/")[2]), separators):
            level = level.below.setdefault(name, _Level())
        if level.page is None:
            level.page = page
        else:
            root.below[path] = _Level(page=page)

    def inside(level: _Level) -> tuple[Item, ...]:
        made = []
        for name in quota.of(sorted(level.below, key=lambda name: key(name, level.below[name].page))):
            inner = level.below[name]
            where, reason = place(inner.page)
            below = inside(inner)
            path = inner.page.path if inner.page else None
            title = (title_of(inner.page) if inner.page else readable(name)) if below else None
            made.append(Item(path=path, title=title, place=where, reason=reason, children=below))
        return tuple(made)

    return inside(root)
