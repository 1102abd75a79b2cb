"""The order of a PostHog handbook: ``src/navs/*.json`` beside pages in ``contents/``.

``[{"name": …, "links": [{"order": "1", "name": …, "to": "/address"}]}]``: a group is a part unless it is the only
one, links go by the integer of ``order``, those without one stay in the order of the file, and ``to`` is an address of
the site, the page ``contents/<to>.md`` or ``contents/<to>/index.md``. Links and ``children`` may nest.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from book.model import Entry, Manuscript, Sidebar
from book.notation import NotationError, Spot, number, read_json
from book.problems import Place, Problem, printable
from book.sidebar.items import ADDRESS, LINK, Ruler, not_read, read, unused
from book.sidebar.way import (
    MISSING,
    OFFERS,
    UNLISTED,
    Folder,
    Said,
    folded,
    missing,
    other_nav,
    paths,
    resolve,
    title_of,
    twice,
)

NAVS = ("src/navs", "navs")
CONTENTS = "contents"


def order(folder: Folder) -> Said | None:
    """Return the order of the nav file whose entries name most chapters, None when there is none."""
    if not any(path.startswith(f"{CONTENTS}/") for path in folder.chapters):
        return None
    problems: list[Problem] = []
    ranked = []
    for path in _nav_files(folder):
        nav = _read(folder, path, problems)
        if nav:
            ranked.append((-len(set(nav.named())), path, nav))
    ranked.sort(key=lambda item: item[:2])
    if not ranked or ranked[0][0] == 0:
        return unused(problems)
    _, path, nav = ranked[0]
    for _, other, _ in ranked[1:]:
        problems.append(other_nav(other, path))
    return nav.said(problems)


def address(path: str) -> str:
    """Return the address on the site of the page *path*.

    >>> address("contents/guide/teams.md"), address("contents/guide/index.mdx")
    ('/guide/teams', '/guide')
    """
    return "/" + path.removeprefix(f"{CONTENTS}/").rpartition(".")[0].removesuffix("/index")


def _nav_files(folder: Folder) -> Iterable[str]:
    for where in NAVS:
        place = folder.root / where
        if place.is_dir():
            yield from (f"{where}/{name}" for name in sorted(found.name for found in place.glob("*.json")))


def _read(folder: Folder, path: str, problems: list[Problem]) -> _Nav | None:
    text = read(folder, path, problems)
    if text is None:
        return None
    try:
        spot = read_json(text, depth=32)
    except NotationError as fault:
        problems.append(not_read(path, text, fault))
        return None
    return _Nav(folder=folder, path=path, ruler=Ruler(path, text), groups=spot)


def _items(spot: Spot | None) -> tuple[Mapping[str, Spot], ...]:
    """Return the tables of a list, in the order of their `order`."""
    items = (
        [item.value for item in spot.value if isinstance(item.value, Mapping)]
        if spot and isinstance(spot.value, tuple)
        else []
    )

    def key(item: Mapping[str, Spot]) -> tuple[int, float]:
        said = number(_text(item, "order") or "")
        return (0, said) if said is not None else (1, 0)

    return tuple(sorted(items, key=key))


def _text(item: Mapping[str, Spot], key: str) -> str | None:
    spot = item.get(key)
    return spot.value if spot and isinstance(spot.value, str) else None


def _inner(item: Mapping[str, Spot]) -> tuple[Mapping[str, Spot], ...]:
    return tuple(inner for key in ("links", "children", "items") for inner in _items(item.get(key)))


@dataclass(slots=True, kw_only=True)
class _Nav:
    """One nav file on its way to entries."""

    folder: Folder
    path: str
    ruler: Ruler
    groups: Spot
    titles: dict[str, list[str]] = field(default_factory=dict)
    """The chapters that no entry names, by their folded titles."""

    def named(self) -> list[str]:
        """Return the chapters that the entries name, in the order of the file."""

        def below(item: Mapping[str, Spot]) -> Iterable[str]:
            found = self.find(_text(item, "to") or "")
            yield from (found,) if found else ()
            for inner in _inner(item):
                yield from below(inner)

        return [path for group in _items(self.groups) for path in below(group)]

    def find(self, to: str) -> str | None:
        page = to.partition("#")[0].partition("?")[0].strip("/")
        if not page or ADDRESS.match(to):
            return None
        return resolve(page, self.folder.chapters, CONTENTS)

    def said(self, problems: list[Problem]) -> Said:
        named = set(self.named())
        base = posixpath.commonpath([posixpath.dirname(path) for path in named]) + "/"
        unlisted = {
            path: one for path, one in self.folder.chapters.items() if path.startswith(base) and path not in named
        }
        for path, one in unlisted.items():
            self.titles.setdefault(folded(title_of(one)), []).append(path)
        first: dict[str, Place] = {}
        entries = self.entries(_items(self.groups), unlisted, first, problems)
        if len(entries) == 1 and entries[0].kind == "part" and not entries[0].path:
            entries = entries[0].children
        placed = set(paths(entries))
        for path in sorted(unlisted):
            if path not in placed:
                message = f"'{printable(path)}' is left out: '{self.path}' does not name it"
                problems.append(UNLISTED.at(Place(path=path), message, fix=f"add it to '{self.path}'"))
        source = f"{self.path}: the nav file of PostHog's site, because no chapter has a number under `sidebar`"
        return Said(
            sidebar=Sidebar(source=source, entries=entries),
            problems=tuple(problems),
            base=base,
            by="nav",
            nav=self.path,
        )

    def entries(
        self,
        items: Iterable[Mapping[str, Spot]],
        unlisted: Mapping[str, Manuscript],
        first: dict[str, Place],
        problems: list[Problem],
    ) -> tuple[Entry, ...]:
        found = []
        for item in items:
            target = item.get("to")
            to = _text(item, "to") or ""
            spot = target or item.get("name") or self.groups
            place = self.ruler.place(spot.at)
            path = self.page(to, _text(item, "name"), place, unlisted, first, problems) if to else None
            children = self.entries(_inner(item), unlisted, first, problems)
            said = f"{self.path}:{place.line}"
            if _inner(item) and children:
                found.append(
                    Entry(kind="part", title=_text(item, "name"), path=path, place=place, said=said, children=children)
                )
            elif path:
                found.append(Entry(kind="chapter", title=_text(item, "name"), path=path, place=place, said=said))
        return tuple(found)

    def page(
        self,
        to: str,
        name: str | None,
        place: Place,
        unlisted: Mapping[str, Manuscript],
        first: dict[str, Place],
        problems: list[Problem],
    ) -> str | None:
        """Return the chapter that one entry names, None when it names none or one that is placed already."""
        if ADDRESS.match(to):
            problems.append(LINK.at(place, f"'{printable(to)}' points outside the book and is not a chapter"))
            return None
        path = self.find(to)
        if path is None:
            twins = self.titles.get(folded(name), []) if name else []
            if len(twins) != 1:
                target = f"{CONTENTS}/{to.strip('/')}.md"
                offer = len(problems) < OFFERS
                problems.append(missing(target, place, self.folder, unlisted, offer=offer, typed=to, spell=address))
                return None
            (path,) = twins
            message = (
                f"the order names '{printable(to)}', but there is no such chapter; the unlisted '{path}' has its title"
            )
            fix = f"write '{address(path)}'"
            problems.append(MISSING.at(place, f"{message} and stands here", fix=fix))
        if path in first:
            if "#" not in to:
                problems.append(twice(path, first[path], place))
            return None
        first[path] = place
        return path
