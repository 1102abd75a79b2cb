"""What a dialect may ask about a chapter and its book, and where it says what it does."""

from __future__ import annotations

import functools
import posixpath
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from book.dialects.rows import Row
from book.model import Manuscript
from book.problems import Kind, Place, Problem
from book.settings import Settings

_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Return the words of *text*, case folded.

    >>> words("A tip, or `two`")
    ['a', 'tip', 'or', 'two']
    """
    return _WORD.findall(text.casefold())


def value_of(name: str, values: Mapping[str, object], *, any_case: bool = False) -> str | None:
    """Return what *values* hold under a dotted *name*, None when that is no text and no number.

    >>> value_of("a.B", {"a": {"b": 2}}, any_case=True)
    '2'
    """
    level: object = values
    for piece in name.split("."):
        table = level if isinstance(level, Mapping) else {}
        folded = (key for key in table if any_case and key.casefold() == piece.casefold())
        level = table.get(piece, table.get(next(folded, piece)))
    return str(level) if isinstance(level, str | int | float) and not isinstance(level, bool) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Something in the book that has a name, and can be referred to."""

    path: str
    """The chapter in which it stands."""
    text: str
    """Its heading or caption, inline Markdown; empty when it has none."""


ENDS = (".md", ".mdx", ".markdown", ".qmd", ".Rmd", "/index.md", "/README.md", "/_index.md", "/index.mdx")


@dataclass(frozen=True, kw_only=True)
class Library:
    """What all chapters of a book share."""

    root: Path
    """The book's folder, from which dialects include files."""
    settings: Settings
    names: frozenset[str]
    """The dialects that are switched on."""
    manuscripts: Mapping[str, Manuscript]
    """The chapters by path, as their files have them."""
    labels: Mapping[str, Label] = field(default_factory=dict)
    """What can be referred to, by its name in lower case."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """The titles of the chapters by their paths, inline Markdown."""
    variables: Mapping[str, object] = field(default_factory=dict)
    """What the site's own settings say that its templates may print."""
    parameters: Mapping[str, object] = field(default_factory=dict)
    """What the site's own settings say that its chapters may print by name."""
    cites: bool = False
    """Whether the book has a bibliography: citations are worded when all dialects are read."""

    @functools.cached_property
    def ends(self) -> Mapping[str, tuple[str, ...]]:
        """The chapters by each end of their paths, without suffix, in lower case."""
        by_end: dict[str, list[str]] = {}
        for path in sorted(self.manuscripts):
            stem = posixpath.splitext(path)[0].casefold()
            stems = [stem, stem.rpartition("/")[0]] if stem.endswith(("/index", "/readme", "/_index")) else [stem]
            for name in filter(None, stems):
                pieces = name.split("/")
                for at in range(len(pieces)):
                    by_end.setdefault("/".join(pieces[at:]), []).append(path)
        return {end: tuple(paths) for end, paths in by_end.items()}

    def chapter(self, target: str, path: str) -> str | None:
        """Return the path of the chapter that *target* names in the chapter *path*; None for none, or for several."""
        plain = unquote(target).strip("/")
        for base in (posixpath.dirname(path), ""):
            joined = posixpath.normpath(posixpath.join(base, plain))
            for name in (joined, *(f"{joined}{end}" for end in ENDS)):
                if name in self.manuscripts:
                    return name
        stem = re.sub(r"\.(?:mdx?|markdown|html?|qmd|rmd|adoc|ipynb|rst)$", "", plain, flags=re.I).casefold()
        stem = re.sub(r"^(?:\.\.?/)+", "", stem)
        paths = self.ends.get(stem, ())
        return paths[0] if len(paths) == 1 else None


@dataclass(slots=True)
class Context:
    """One chapter on its way through the dialects."""

    manuscript: Manuscript
    """As its file has it."""
    library: Library
    problems: list[Problem] = field(default_factory=list)
    taken: Counter[str] = field(default_factory=Counter)
    """Words that a dialect takes away on purpose, because they are no words of the text."""
    reported: set[tuple[str, str]] = field(default_factory=set)
    brought: int = 0
    """Bytes that were included so far, and letters of values."""
    chains: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """For each included file, the files through which it was included last, itself the last one."""

    def tell(self, kind: Kind, place: Place, message: str, fix: str = "") -> None:
        """Keep a problem."""
        self.problems.append(kind.at(place, message, fix=fix))

    def tell_once(self, kind: Kind, place: Place, name: str, message: str, fix: str = "") -> None:
        """Keep a problem, unless one of its kind about *name* is kept of this chapter."""
        if (kind.code, name) not in self.reported:
            self.reported.add((kind.code, name))
            self.tell(kind, place, message, fix)

    def tell_at(self, kind: Kind, row: Row, at: int, message: str, fix: str = "") -> None:
        """Keep a problem at the offset *at* of *row*."""
        place = Place(path=row.origin.path, line=row.origin.line, column=row.origin.at(at + 1)[0])
        self.problems.append(kind.at(place, message, fix=fix))

    def address(self, target: str) -> str | None:
        """Return the address, for a link in this chapter, of the chapter that *target* names in the way of its system; None for none.

        *target* is a path with or without suffix, from the chapter's folder or the book's, or the end of a path; it may have a fragment.
        """
        path, mark, fragment = target.partition("#")
        chapter = self.library.chapter(path.strip(), self.manuscript.path)
        if chapter is None:
            return None
        address = posixpath.relpath(chapter, posixpath.dirname(self.manuscript.path) or ".")
        return f"{address.replace(' ', '%20').replace('(', '%28').replace(')', '%29')}{mark}{fragment}"

    def has_room(self, text: str) -> bool:
        """Count *text*, which a short name brings into this chapter; say whether the chapter may still grow by it."""
        self.brought += len(text)
        return self.brought <= self.library.settings.limits.chapter_bytes

    def take(self, text: str) -> None:
        """Count the words of *text*, which is not of the chapter's own words, as taken away on purpose."""
        self.taken.update(words(text))
