"""ORDER: the position of each chapter, and where it comes from. One file per source of the order."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from msgspec.structs import replace

from book.characters import NOT_IN_A_LINE
from book.model import Entry, Manuscript, Matter, Sidebar
from book.problems import Kind, Place, Problem, Severity, printable, worst
from book.settings import FILE, Settings
from book.sidebar import front_matter, handbound, natural, nav
from book.sidebar.listing import listing
from book.sidebar.way import Answer, Folder, Way, paths, walk
from book.sites import Site
from book.sites.names import TAG, title_of
from book.source.front_matter import CONTROL
from book.source.front_matter_keys import ORDER_KEYS, ROLES
from book.source.manuscript import ASIDE, CLOSED, LEFT_OUT, SAME_FILE, TOO_DEEP, no_chapters

NO_ORDER = Kind("O101", Severity.WARNING, "no chapter gives an order")
NOT_READ = Kind("O117", Severity.WARNING, "the navigation file of another tool, which is not read")

ABOVE: Mapping[str, str] = {
    "mkdocs.yml": "MkDocs", "book.toml": "mdBook", "SUMMARY.md": "GitBook", ".gitbook.yaml": "GitBook",
    "sidebars.js": "Docusaurus", "sidebars.ts": "Docusaurus", "docusaurus.config.js": "Docusaurus",
    "docusaurus.config.ts": "Docusaurus", "_toc.yml": "Jupyter Book", "myst.yml": "MyST", "_quarto.yml": "Quarto",
    "_bookdown.yml": "bookdown", "hugo.toml": "Hugo", "hugo.yaml": "Hugo", "_config.yml": "Jekyll",
    "_sidebar.md": "docsify", "mint.json": "Mintlify", "Book.txt": "Leanpub",
}  # fmt: skip
"""Files that give an order, and their site generators; above the book's folder they cannot be read."""
STRANGE: Mapping[str, str] = {"antora.yml": "Antora", "docs/antora.yml": "Antora"}
"""Files of site generators that are not supported."""

WAYS: tuple[Way, ...] = (handbound.order, front_matter.order, nav.order, front_matter.parts, natural.order)
"""Every source of the order; the first one that a folder uses wins."""


def order(
    root: Path,
    settings: Settings,
    manuscripts: tuple[Manuscript, ...],
    faults: tuple[Problem, ...] = (),
    site: Site | None = None,
) -> tuple[Sidebar, tuple[Problem, ...]]:
    """Return the reading order of *manuscripts*, and the problems of the source that gives it.

    Args:
        root: the book's folder, for navigation files.
        settings: for the list ``sidebar``, and whether the folder has a handbound.toml.
        manuscripts: the chapters, in any order, without drafts; a chapter that cannot be read has a position but no entry.
        faults: problems of the files, from :func:`book.source.manuscript.gather`.
        site: the site to which the handbook belongs, from :func:`book.sites.recognise`.

    Returns:
        A tree that contains every chapter of the book once: front matter, main matter, back matter, in this order at the top
            level. Chapters that a site's navigation leaves out are not in it; a warning names each. The problems are those of the
            order, and those of *faults* that concern the book, because problems of files outside the book do not interest the
            author.
    """
    chapters = {chapter.path: chapter for chapter in sorted(manuscripts, key=lambda chapter: chapter.path)}
    folder = Folder(root=root, settings=settings, site=site, manuscripts=tuple(chapters.values()), chapters=chapters)
    answer = Answer(sidebar=Sidebar(source="nothing"))
    for way in reversed(WAYS):  # so that each knows the order without it
        answer = way(replace(folder, otherwise=answer)) or answer
    faults = tuple(_of_the_book(faults, answer, manuscripts))
    if answer.by in ("names", "numbers") and not (settings.present and settings.number_chapters):
        answer = replace(answer, sidebar=replace(answer.sidebar, entries=_uncounted(answer.sidebar.entries)))
    sound = {path: chapter for path, chapter in chapters.items() if chapter.sound}
    entries, unclean = _clean(_sound(answer.sidebar.entries, sound))
    sidebar = _in_matters(replace(answer.sidebar, entries=entries), chapters)
    in_the_book = tuple(chapters[path] for path in paths(sidebar.entries))
    listed = answer.by == "list"
    # Site generators with a list of their chapters have their own values for this key.
    own = tuple(
        chapter for chapter in in_the_book if not (site and answer.nav and front_matter.is_of_the_site(chapter))
    )
    unordered = () if listed else _no_order(answer, own, folder)
    problems = (*faults, *unordered, *answer.problems, *unclean)
    problems = (*problems, *(() if listed else front_matter.unusable(own, answer.nav, _keys_of_others(answer, site))))
    if manuscripts and not in_the_book and worst(problems) is not Severity.ERROR:
        problems = (*problems, no_chapters())
    return sidebar, problems


def _keys_of_others(answer: Answer, site: Site | None) -> tuple[str, ...]:
    """Return the keys of other systems that the order follows."""
    # In just-the-docs, a theme of Jekyll, pages whose `nav_order` is a text are in the order of these texts.
    texts = ("nav_order",) if site and site.system == "jekyll" else ()
    return () if answer.listed else tuple(key for key in ORDER_KEYS[1:] if key not in texts)


def _uncounted(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return *entries* without numbers: in a plain folder, nothing is numbered, parts included."""
    return tuple(replace(entry, numbered=False, children=_uncounted(entry.children)) for entry in entries)


def _of_the_book(faults: Iterable[Problem], answer: Answer, manuscripts: Iterable[Manuscript]) -> Iterator[Problem]:
    """Yield those of *faults* that concern a file of the book, or no file that could be in it."""
    placed = frozenset(paths(answer.sidebar.entries))
    outside = {printable(chapter.path, 4096) for chapter in manuscripts if chapter.path not in placed}
    for fault in faults:
        if fault.place.path in outside or (answer.listed and fault.code in PASSED_OVER):
            continue
        passed = answer.by == "list" and fault.code in PASSED_OVER
        yield replace(fault, severity=Severity.NOTE) if passed else fault


PASSED_OVER = frozenset(kind.code for kind in (LEFT_OUT, ASIDE, CLOSED, TOO_DEEP, SAME_FILE))
"""Problems of files that are not in the book because of their name or place: a navigation file reports them better."""


def _sound(entries: tuple[Entry, ...], sound: Mapping[str, Manuscript]) -> tuple[Entry, ...]:
    """Return *entries* without files that cannot be read, and without parts that contain nothing else."""
    result: list[Entry] = []
    for entry in entries:
        children = _sound(entry.children, sound)
        if entry.path is None or entry.path in sound:
            if children or entry.path or not entry.children:
                result.append(replace(entry, children=children))
        elif entry.kind == "part" and children:
            result.append(replace(entry, path=None, children=children))
        else:
            result.extend(children)
    return tuple(result)


def _no_order(answer: Answer, manuscripts: tuple[Manuscript, ...], folder: Folder) -> tuple[Problem, ...]:
    """Return one problem if no chapter gives a position although one tried to, or if nothing else by the author gives an order."""
    claims = front_matter.claims_of(manuscripts, (front_matter.OWN,))
    tried = any(front_matter.OWN in chapter.front.places and not claims[chapter.path].part for chapter in manuscripts)
    silent = answer.nav and not tried
    fix = f"write `sidebar: 1`, `sidebar: 2` … in the chapters, or list them under `sidebar` in {FILE}"
    if answer.by == "names" and len(manuscripts) > 1 and (foreign := _not_read(folder)):
        path, system = foreign
        message = f"'{path}' ({system}) is not read: its order, its parts and its titles are not used"
        example = '`sidebar = ["a.md", { part = "Guide", chapters = ["b.md"] }]`'
        fix = f"list the chapters in {FILE}: {example}"
        if path.startswith("../"):
            fix = f"build the folder that holds it; or {fix}"
        return (NOT_READ.at(Place(path=path), message, fix=fix),)
    if (
        answer.by == "numbers"
        or silent
        or len(manuscripts) < 2
        or (not answer.nav and natural.is_numbered(manuscripts))
    ):
        return ()
    if answer.nav:  # it gives the order, and a number in a chapter would replace that order
        message = f"no chapter gives an order; the order of '{printable(answer.nav)}' is used"
        return (replace(NO_ORDER.at(Place(path=answer.nav), message), severity=Severity.NOTE),)
    place = Place(path=FILE if folder.settings.present else manuscripts[0].path)
    return (NO_ORDER.at(place, "no chapter gives an order; natural order is used", fix=fix),)


def _not_read(folder: Folder) -> tuple[str, str] | None:
    """Return the first navigation file above the folder, or of a system that is not supported, and its system."""
    tables = (STRANGE, {f"../{name}": system for name, system in ABOVE.items()})
    for table in tables:
        for name, system in table.items():
            if os.path.exists(f"{folder.root}/{name}"):  # noqa: PTH110 - it is not opened
                return name, system
    return None


def _clean(entries: tuple[Entry, ...]) -> tuple[tuple[Entry, ...], tuple[Problem, ...]]:
    """Return *entries* with titles of one line, and a problem for each title that had a line end or a control character."""
    problems: list[Problem] = []

    def clean(entry: Entry) -> Entry:
        title = entry.title and NOT_IN_A_LINE.sub(" ", entry.title).strip()
        if title != entry.title and entry.title and NOT_IN_A_LINE.search(entry.title):
            message = f"the title '{printable(entry.title, 80)}' holds a line end or a control character"
            place = entry.place or Place(path=entry.path or FILE)
            problems.append(CONTROL.at(place, message, fix="write it in one line of plain text"))
        return replace(entry, title=title, children=tuple(clean(child) for child in entry.children))

    return tuple(clean(entry) for entry in entries), tuple(problems)


def _in_matters(sidebar: Sidebar, chapters: Mapping[str, Manuscript]) -> Sidebar:
    """Return *sidebar* with the chapters that have a role moved before and after the others, unnumbered."""
    matters: dict[Matter, list[Entry]] = {"front": [], "main": [], "back": []}

    def stays(entries: Iterable[Entry]) -> tuple[Entry, ...]:
        result = []
        for entry in entries:
            role = chapters[entry.path].front.role if entry.path and entry.kind == "chapter" else None
            matter = ROLES[role] if role else entry.matter
            if matter != "main":
                matters[matter].append(replace(entry, matter=matter, numbered=False))
                continue
            children = stays(entry.children)
            if children or not entry.children:
                result.append(replace(entry, children=children))
            elif entry.path:
                result.append(replace(entry, kind="chapter", children=()))
        return tuple(result)

    matters["main"] = list(stays(sidebar.entries))
    return replace(sidebar, entries=(*matters["front"], *matters["main"], *matters["back"]))


def without(sidebar: Sidebar, dropped: Collection[str]) -> Sidebar:
    """Return *sidebar* without those of the chapters that no order names which are among *dropped*; parts without chapters go, too."""

    def rest(entries: tuple[Entry, ...]) -> Iterator[Entry]:
        for entry in entries:
            children = tuple(rest(entry.children))
            if entry.is_appended and entry.path in dropped:
                yield from children
            elif children or entry.path or not entry.children:
                yield replace(entry, children=children)

    return replace(sidebar, entries=tuple(rest(sidebar.entries)))


def tree(sidebar: Sidebar, manuscripts: Iterable[Manuscript]) -> tuple[str, ...]:
    """Return the lines that `book order` prints: the source of the order, then the tree, each line with its own source."""
    chapters = {manuscript.path: manuscript for manuscript in manuscripts}

    def lines(entries: tuple[Entry, ...], stem: str) -> Iterable[str]:
        for entry in entries:
            last = entry is entries[-1]
            title = entry.title or (TAG.sub("", title_of(chapters[entry.path])) if entry.path in chapters else "")
            matter = f"{entry.matter} matter" if entry.matter != "main" else ""
            about = [printable(piece) for piece in (entry.path or "", matter, entry.source) if piece]
            yield f"{stem}{'└─' if last else '├─'} {printable(title)}{'  [' if about else ''}{' · '.join(about)}{']' if about else ''}"
            yield from lines(entry.children, stem + ("   " if last else "│  "))

    return (printable(sidebar.source), *lines(sidebar.entries, ""))


__all__ = ["WAYS", "listing", "order", "tree", "walk"]
