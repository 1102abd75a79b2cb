"""Natural order: the order of file and folder names, for a folder without any other order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec.structs import replace

from book.model import Entry, Manuscript, Sidebar
from book.patterns import regex
from book.problems import Kind, Place, Problem, Severity, printable
from book.sidebar.way import Answer, Folder
from book.sites.names import FOLDER_PAGES, Key, natural_key, readable, stem_of, title_of

SOURCE = "natural order of file names: there is no list, no number and no nav file"
NATURAL = "natural order"
"""The source that each entry states; that of the order as a whole says why."""
ALONE = "the only file"
FIRST = ("foreword", "preface", "introduction")
NUMBERED = regex(r"(?:ch|chap|chapter|part|section|lesson|unit)?[-_ ]?([0-9]+)(?:\b|(?=[-_]))", re.IGNORECASE)
APPENDIX = regex(r"(?:appendix[-_ .]?[a-z0-9]{0,2}|appendices|app[-_ .][a-z0-9])(?![a-z0-9])", re.IGNORECASE)

COUNTED = regex(r"(0*[0-9]{1,3})(?![0-9])(?:[-_. ]+(?![0-9]))(.*)")
"""A name with a number in front of it, and the rest; dates and versions do not count."""
UNCOUNTED = regex(
    r"(?:about|acknowledge?ments?|afterword|bibliography|change-?log|colophon|conclusion|contributing|credits|epilogue|faq|glossary|"
    r"licen[cs]e|links|prologue|references|resources|summary|title|toc)\b",
    re.IGNORECASE,
)
"""Names that need no number among numbered ones."""
FEW = 3
"""The number of numbered names from which a single unnumbered one is a slip."""

SAME_NUMBER = Kind("O121", Severity.WARNING, "two files with the same number in front of their names")
NO_NUMBER = Kind(
    "O122", Severity.WARNING, "a single file without a number among files with one, or with one among files without"
)

OTHERS = 2
"""The first value of :func:`prefix_key` for a name that implies no position."""

Rank = Callable[[str, Manuscript | None], Key]
"""The sort key of a file or folder among its siblings, from its name and its page; compared before the name."""


def order(folder: Folder) -> Answer:
    """Return the chapters of *folder* in natural order, with a part for each of its folders."""
    entries = _appended(entries_of(folder.manuscripts))
    alone = folder.manuscripts[0] if len(folder.manuscripts) == 1 else None
    source = f"{ALONE}, '{printable(alone.path)}'" if alone else SOURCE
    return Answer(sidebar=Sidebar(source=source, entries=entries), problems=tuple(slips(folder.manuscripts)))


def slips(manuscripts: Iterable[Manuscript]) -> Iterator[Problem]:
    """Yield probable slips in the numbers before file names: the same number twice, one forgotten, a single one."""
    folders: dict[str, list[str]] = {}
    for path in sorted(chapter.path for chapter in manuscripts):
        folders.setdefault(path.rpartition("/")[0], []).append(path)
    for folder, paths in folders.items():
        numbers: dict[int, dict[str, str]] = {}
        without = []
        for path in sorted(paths, key=lambda path: (len(path), path)):
            stem = stem_of(path.rpartition("/")[2])
            if match := COUNTED.fullmatch(stem):
                # `03-a.de.md` is a translation of `03-a.md`.
                numbers.setdefault(int(match[1]), {}).setdefault(match[2].partition(".")[0].casefold(), path)
            elif not (prefix_key(stem)[0] != OTHERS or stem.lower() in FOLDER_PAGES or UNCOUNTED.match(stem)):
                without.append(path)
        yield from (_same(number, tuple(same.values())) for number, same in sorted(numbers.items()) if len(same) > 1)
        if len(numbers) >= FEW and len(without) == 1:
            after = "it is placed after those that have one"
            message = f"'{printable(without[0])}' has no number in front of its name, as the other files have; {after}"
            yield NO_NUMBER.at(Place(path=without[0]), message, fix="put a number in front of its name")
        beside = (other.removeprefix(f"{folder}/" if folder else "") for other in folders if other.startswith(folder))
        lone = next(iter(numbers.values()), {}) if len(numbers) == 1 and not any(map(COUNTED.match, beside)) else {}
        path = next(iter(lone.values()), "")
        if len(lone) == 1 and len(without) >= FEW and path.rpartition("/")[2].startswith("0"):
            message = (
                f"'{printable(path)}' alone has a number in front of its name; the other files are in natural order"
            )
            yield NO_NUMBER.at(Place(path=path), message, fix="put numbers in front of all names, or of none")


def _same(number: int, paths: tuple[str, ...]) -> Problem:
    names = ", ".join(f"'{printable(path)}'" for path in paths[:FEW]) + (" …" if len(paths) > FEW else "")
    message = f"{names} have the same number, {number}: they are in the order of the words after it"
    return SAME_NUMBER.at(Place(path=paths[1]), message, fix="give one of them another number")


def _appended(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return *entries*, chapters marked as named by no order: those that others include are dropped."""
    return tuple(
        replace(entry, is_appended=entry.kind == "chapter", children=_appended(entry.children)) for entry in entries
    )


def entries_of(manuscripts: Iterable[Manuscript], rank: Rank | None = None) -> tuple[Entry, ...]:
    """Return the tree of *manuscripts*: in each folder its page first, then files and folders sorted together.

    The page of a folder stands in it, or beside it under its name.

    Args:
        manuscripts: in any order.
        rank: returns the key by which siblings are sorted before their names are compared.
    """
    tree: dict[str, object] = {}
    for manuscript in manuscripts:
        *folders, name = manuscript.path.split("/")
        branch = tree
        for step in folders:
            inner = branch.setdefault(step + "/", {})
            branch = inner if isinstance(inner, dict) else {}
        branch[name] = manuscript
    while len(tree) == 1 and isinstance(only := next(iter(tree.values())), dict):
        tree = only  # a folder that contains everything is not a part of the book
    return _entries(tree, rank or (lambda _name, _page: ()))


def _with_twins(tree: Mapping[str, object]) -> Mapping[str, object]:
    """Return *tree* with the file `guide.md` as the page of the folder `guide/` beside it, unless the folder has a page of its own."""
    files = {stem_of(name).casefold(): name for name, item in tree.items() if isinstance(item, Manuscript)}
    merged = dict(tree)
    for name, item in tree.items():
        own = files.get(stem_of(name).casefold())
        if own in merged and isinstance(item, dict) and folder_page(item) is None:
            merged[name] = {**item, f"{FOLDER_PAGES[0]}.md": merged.pop(own)}
    return merged


def _entries(tree: Mapping[str, object], rank: Rank) -> tuple[Entry, ...]:
    tree = _with_twins(tree)
    stems = [stem_of(name) for name in tree]
    counted = [stem for stem in stems if stem.lower() not in FOLDER_PAGES]
    numbered = sum(prefix_key(stem)[0] != OTHERS for stem in counted) * 2 >= len(counted) > 0

    def key(name: str) -> Key:
        stem = stem_of(name)
        page = tree[name] if isinstance(tree[name], Manuscript) else folder_page(tree[name])
        first = FOLDER_PAGES.index(stem.lower()) if stem.lower() in FOLDER_PAGES else len(FOLDER_PAGES)
        own = rank(stem, page if isinstance(page, Manuscript) else None)
        return (first, own, prefix_key(stem) if numbered else (), natural_key(stem), name)

    return tuple(_entry(name, tree[name], rank) for name in sorted(tree, key=key))


def _entry(name: str, item: object, rank: Rank) -> Entry:
    if isinstance(item, Manuscript):
        return Entry(kind="chapter", path=item.path, source=NATURAL)
    inner = dict(item) if isinstance(item, dict) else {}
    page = folder_page(inner)
    if page and len(inner) == 1:
        return Entry(kind="chapter", path=page.path, source=NATURAL)  # a page in a folder of its own, beside its images
    title = title_of(page) if page else readable(name.rstrip("/"))
    without = {key: value for key, value in inner.items() if value is not page}
    return Entry(
        kind="part",
        title=title,
        path=page.path if page else None,
        source=NATURAL,
        children=_entries(without, rank),
    )


def folder_page(tree: object) -> Manuscript | None:
    """Return the page that opens a folder: its ``_index``, ``index`` or ``README``; None if there is none."""
    if not isinstance(tree, Mapping):
        return None
    pages = {stem_of(name).lower(): item for name, item in sorted(tree.items()) if isinstance(item, Manuscript)}
    return next((pages[stem] for stem in FOLDER_PAGES if stem in pages), None)


def prefix_key(stem: str) -> Key:
    """Return the sort key of a name with a number or a word before it: front matter, numbers, other names, appendices.

    >>> sorted(["appendix-a", "ch2", "preface", "ch10", "notes"], key=prefix_key)
    ['preface', 'ch2', 'ch10', 'notes', 'appendix-a']
    """
    if stem.lower() in FIRST:
        return (0, FIRST.index(stem.lower()))
    if APPENDIX.match(stem):
        return (3, 0)
    match = NUMBERED.match(stem)
    return (1, int(match[1])) if match else (OTHERS, 0)


def is_numbered(manuscripts: Iterable[Manuscript]) -> bool:
    """Return whether the names of all files, or of all their folders, begin with a number."""
    pages = (*FIRST, *FOLDER_PAGES)
    stems = [stem_of(chapter.path.rpartition("/")[2]) for chapter in manuscripts]
    return all(NUMBERED.match(stem) or APPENDIX.match(stem) or stem.lower() in pages for stem in stems)
