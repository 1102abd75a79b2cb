"""ORDER: which chapter stands where, and who said so. One file per way of saying it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from book.head import CONTROL, NOT_IN_A_LINE, ROLES
from book.model import Entry, Manuscript, Matter, Sidebar
from book.problems import Kind, Place, Problem, Severity, printable
from book.settings import FILE, Settings
from book.sidebar import front_matter, handbound, natural, posthog
from book.sidebar.way import Folder, Said, Way, other_nav, paths, title_of, walk

NO_ORDER = Kind("O101", Severity.WARNING, "no chapter gives an order")

NAVS: tuple[Way, ...] = (posthog.order,)
"""Nav files of other systems."""


def nav(folder: Folder) -> Said | None:
    """Return the order of a nav file of another system; of several the one that names most chapters."""
    found = [said for way in NAVS if (said := way(folder))]
    best = max(found, key=lambda said: (said.by == "nav", len(paths(said.sidebar.entries))), default=None)
    notes = tuple(other_nav(said.nav, best.nav) for said in found if best and said.nav and said is not best)
    return replace(best, problems=(*best.problems, *notes)) if best else None


WAYS: tuple[Way, ...] = (handbound.order, front_matter.order, nav, front_matter.parts, natural.order)
"""Every way of saying the order; the first that a folder uses wins."""


def order(root: Path, settings: Settings, manuscripts: tuple[Manuscript, ...]) -> tuple[Sidebar, tuple[Problem, ...]]:
    """Return the reading order of *manuscripts* and what is wrong with the way it is said.

    Args:
        root: the book's folder, for nav files.
        settings: its list ``sidebar``, and whether the folder is a book of ours at all.
        manuscripts: the chapters, in any order, drafts left out.

    Returns:
        A tree in which every chapter of the book stands once: front matter, main matter, back matter, in this order
        at the top level. Chapters that a foreign nav file leaves out are not in it; a warning names each.
    """
    chapters = {one.path: one for one in sorted(manuscripts, key=lambda one: one.path)}
    folder = Folder(root=root, settings=settings, manuscripts=tuple(chapters.values()), chapters=chapters)
    said = Said(sidebar=Sidebar(source="nothing"))
    for way in reversed(WAYS):  # so that each knows what would be said without it
        said = way(replace(folder, otherwise=said)) or said
    entries, unclean = _clean(said.sidebar.entries)
    said = replace(said, problems=(*said.problems, *unclean))
    sidebar = _in_matters(replace(said.sidebar, entries=entries), chapters)
    if said.by == "list":
        return sidebar, said.problems
    in_the_book = tuple(chapters[path] for path in paths(sidebar.entries))
    unusable = front_matter.unusable(in_the_book)
    return sidebar, (*_no_order(said, in_the_book, settings), *said.problems, *unusable)


def _no_order(said: Said, manuscripts: tuple[Manuscript, ...], settings: Settings) -> tuple[Problem, ...]:
    """Return one warning where no chapter gives an order, though one tried, or nothing else of the author's does."""
    claims = front_matter.claims_of(manuscripts, (front_matter.OWN,))
    tried = any(front_matter.OWN in one.front.places and not claims[one.path].part for one in manuscripts)
    silent = said.nav and not tried
    if said.by == "numbers" or silent or len(manuscripts) < 2 or (not said.nav and natural.is_numbered(manuscripts)):
        return ()
    used = f"the order of '{said.nav}'" if said.nav else "natural order"
    place = Place(path=said.nav or (FILE if settings.present else manuscripts[0].path))
    mend = f"write `sidebar: 1`, `sidebar: 2` … in the chapters, or list them under `sidebar` in {FILE}"
    return (NO_ORDER.at(place, f"no chapter gives an order; {used} is used", mend=mend),)


def _clean(entries: tuple[Entry, ...]) -> tuple[tuple[Entry, ...], tuple[Problem, ...]]:
    """Return *entries* with titles of one line, and a problem for each that held anything else."""
    problems: list[Problem] = []

    def clean(entry: Entry) -> Entry:
        title = entry.title and NOT_IN_A_LINE.sub(" ", entry.title).strip()
        if title != entry.title and entry.title and NOT_IN_A_LINE.search(entry.title):
            message = f"the title '{printable(entry.title, 80)}' holds a line end or a control character"
            place = entry.place or Place(path=entry.path or FILE)
            problems.append(CONTROL.at(place, message, mend="write it in one line of plain text"))
        return replace(entry, title=title, children=tuple(clean(child) for child in entry.children))

    return tuple(clean(entry) for entry in entries), tuple(problems)


def _in_matters(sidebar: Sidebar, chapters: Mapping[str, Manuscript]) -> Sidebar:
    """Return *sidebar* with the chapters that have a role before and after the others, unnumbered."""
    matters: dict[Matter, list[Entry]] = {"front": [], "main": [], "back": []}

    def stays(entries: Iterable[Entry]) -> tuple[Entry, ...]:
        kept = []
        for entry in entries:
            role = chapters[entry.path].front.role if entry.path and entry.kind == "chapter" else None
            if role:
                matters[ROLES[role]].append(replace(entry, matter=ROLES[role], numbered=False))
                continue
            children = stays(entry.children)
            if children or not entry.children:
                kept.append(replace(entry, children=children))
            elif entry.path:
                kept.append(replace(entry, kind="chapter", children=()))
        return tuple(kept)

    matters["main"] = list(stays(sidebar.entries))
    return replace(sidebar, entries=(*matters["front"], *matters["main"], *matters["back"]))


def tree(sidebar: Sidebar, manuscripts: Iterable[Manuscript]) -> tuple[str, ...]:
    """Return the lines that `book order` prints: who says the order, then the tree, each line with its own source."""
    chapters = {manuscript.path: manuscript for manuscript in manuscripts}

    def lines(entries: tuple[Entry, ...], stem: str) -> Iterable[str]:
        for entry in entries:
            last = entry is entries[-1]
            title = entry.title or (title_of(chapters[entry.path]) if entry.path in chapters else "")
            matter = f"{entry.matter} matter" if entry.matter != "main" else ""
            about = [printable(piece) for piece in (entry.path or "", matter, entry.said) if piece]
            yield f"{stem}{'└─' if last else '├─'} {printable(title)}{'  [' if about else ''}{' · '.join(about)}{']' if about else ''}"
            yield from lines(entry.children, stem + ("   " if last else "│  "))

    return (printable(sidebar.source), *lines(sidebar.entries, ""))


__all__ = ["NAVS", "WAYS", "order", "tree", "walk"]
