"""The author's files: chapters, their front matter, and their order."""

from __future__ import annotations

import functools
from bisect import bisect_right
from collections.abc import Mapping
from operator import attrgetter
from typing import Literal, NamedTuple

from msgspec import Struct, field

from book.facts import digest
from book.problems import Place, Subject, line_and_column

Matter = Literal["front", "main", "back"]


class Change(NamedTuple):
    """One replaced piece of the author's text, as `report.json` lists it.

    A book has thousands of them, which become values at every build: hence a tuple.
    """

    rule: str
    """Name of the rule, for instance ``quotes`` or ``redirect``."""
    path: str
    """The author's file."""
    line: int
    column: int
    """Line and column of the first replaced character, from 1."""
    before: str
    """The whole text that the author typed."""
    after: str
    """The whole text that is printed instead."""

    @property
    def place(self) -> Place:
        """The place of the first replaced character."""
        return Place(path=self.path, line=self.line, column=self.column)

    def at(self, place: Place) -> Change:
        """Return the same change at *place*."""
        path, line, column = place.spot
        return self._replace(path=path, line=line, column=column)


NOWHERE = 10_000_000
"""The first line of words that are not in the text of a chapter, but in its front matter or the order."""


class FrontMatter(Struct, frozen=True, kw_only=True):
    """The front matter of a chapter; values are not interpreted beyond their type."""

    title: str | None = None
    """Inline Markdown as written; ``None`` if the key is absent or null."""
    label: str | None = None
    """Short name for the contents (``linkTitle``, ``sidebar_label``, ``nav_title``, ``short_title``, ``sidebarTitle``)."""
    show_title: bool = True
    """False hides the title on the page, never in contents and bookmarks."""
    lang: str | None = None
    """BCP 47 tag of the chapter if it differs from the book's."""
    description: str | None = None
    discussion: tuple[str, ...] = ()
    """Questions for the handout, inline Markdown."""
    role: str | None = None
    """``preface``, ``glossary``, ``bibliography`` …: a term of the EPUB structural vocabulary."""
    draft: bool = False
    """True leaves the chapter out of every edition (a note says so)."""
    authors: tuple[str, ...] = ()
    date: str | None = None
    slug: str | None = None
    addresses: tuple[str, ...] = ()
    """Other addresses of the page, for links: ``permalink``, ``aliases``, ``redirect_from``, ``id``."""
    values: Mapping[str, object] = field(default_factory=dict)
    """Every key as read, plain data; order keys are interpreted by :mod:`book.sidebar`."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """For each key the place of its value (of the key where there is no value); ``discussion.0`` … for its items."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """For each scalar key the raw text as typed in the file, quotes and comments included."""

    @property
    def own_addresses(self) -> tuple[str, ...]:
        """Every address that the page gives itself, its slug last."""
        return (*self.addresses, self.slug) if self.slug else self.addresses


class Piece(NamedTuple):
    """A stretch of a line that is typed in one piece in a file, or replaces something typed there."""

    column: int
    """Column of the line at which it begins, from 1."""
    typed: int
    """Column of the file at which it, or the text that it replaces, begins."""
    exact: bool
    """Whether the file has the same characters there; False for text that a dialect inserts."""


class Origin(Struct, frozen=True, kw_only=True):
    """The origin of one line of a text: an entry of the source map of a manuscript."""

    path: str
    """The file, relative to the book's root: not the chapter's for an included line."""
    line: int
    """Its line there, from 1."""
    pieces: tuple[Piece, ...] = ()
    """In order; empty for a line that is unchanged in the file."""

    def at(self, column: int) -> tuple[int, bool]:
        """Return the column of the file for a *column* of the line, and whether the file has that character there.

        >>> Origin(path="a.md", line=1, pieces=(Piece(1, 1, False), Piece(4, 9, True))).at(5)
        (10, True)
        """
        after = bisect_right(self.pieces, column, key=attrgetter("column"))
        piece = self.pieces[after - 1] if after else Piece(1, 1, exact=True)
        return (piece.typed + max(0, column - piece.column) if piece.exact else piece.typed), piece.exact


class Manuscript(Struct, frozen=True, kw_only=True, dict=True):
    """One Markdown file without its front matter: first as it is on disk, then with its dialects rewritten."""

    path: str
    """POSIX path relative to the book's root; the name of this chapter in all tables of the book."""
    text: str
    """The Markdown after the front matter, line ends as ``\\n``, no byte order mark."""
    first_line: int
    """Line of the file on which *text* begins, at least 1."""
    front: FrontMatter
    sound: bool = True
    """False for a file that cannot be read: it has a place in the order and no text."""
    origins: tuple[Origin, ...] = ()
    """The origin of each line of the text; empty if the text is that of the file."""
    banner: str = ""
    """The words of its first heading, if most chapters of the book share it: the name of the project, and no title."""
    whole: str = ""
    """The file, if that contains several chapters, of which this is one; then *path* names the chapter in it: ``book.md#two``."""
    size: int = 0
    """The bytes of the file as it is on disk."""

    @property
    def file(self) -> str:
        """The file, relative to the book's root."""
        return self.whole or self.path

    @functools.cached_property
    def digest(self) -> str:
        """The digest of all of it, for keys."""
        about = repr((self.path, self.first_line, self.front, self.sound, self.origins, self.banner, self.whole))
        return digest(f"{len(about)} {about}{self.text}")

    def place(self, line: int, column: int = 1) -> Place:
        """Return the place in the author's file of *line* and *column* of the text (both from 1); of words of the front matter, that of the title.

        >>> Manuscript(path="a.md", text="x", first_line=5, front=FrontMatter()).place(1)
        Place(path='a.md', line=5, column=1)
        """
        if line >= NOWHERE:
            return self.front.places.get("title") or Place(path=self.file)
        if not self.origins:
            return Place(path=self.file, line=line + self.first_line - 1, column=column)
        origin = self.origins[min(max(line, 1), len(self.origins)) - 1]
        return Place(path=origin.path, line=origin.line, column=origin.at(column)[0])

    def is_typed(self, line: int, column: int) -> bool:
        """Return whether the chapter's own file has the character at *line* and *column* of the text."""
        if not self.origins:
            return True
        origin = self.origins[min(max(line, 1), len(self.origins)) - 1]
        return origin.path == self.file and origin.at(column)[1]

    def line_at(self, place: Place | Subject) -> int:
        """Return the line of the text for *place* in a file; 0 if there is none."""
        if not self.origins:
            return place.line - self.first_line + 1 if place.path == self.file else 0
        spots = ((origin.path, origin.line) for origin in self.origins)
        return next((number for number, spot in enumerate(spots, 1) if spot == (place.path, place.line)), 0)

    def place_at(self, at: int) -> Place:
        """Return the place in the file of the offset *at* of the text."""
        return self.place(*line_and_column(self.text, at))


EntryKind = Literal["part", "chapter", "draft", "separator", "link"]


class Entry(Struct, frozen=True, kw_only=True):
    """One entry of the reading order."""

    kind: EntryKind
    title: str | None = None
    """Inline Markdown as written in the nav; ``None`` means the chapter's own title."""
    path: str | None = None
    """The chapter's path relative to the book's root; for a part its opening page, if it has one."""
    matter: Matter = "main"
    numbered: bool = True
    appendix: bool = False
    """Whether its chapters are numbered with letters."""
    place: Place | None = None
    """The place that sets the position of this entry; ``None`` for natural order."""
    source: str = ""
    """That place in words, for ``book order``: ``sidebar: 3``, ``navs/x.json``, ``natural order`` …"""
    children: tuple[Entry, ...] = ()
    is_appended: bool = False
    """Whether the order does not name it: it comes last, unless a chapter includes it."""


class Sidebar(Struct, frozen=True, kw_only=True):
    """The reading order: a tree of parts and chapters."""

    source: str
    """The source of the order and the reason for it, one line for ``book order``."""
    entries: tuple[Entry, ...] = ()
    routes: Mapping[str, str] = field(default_factory=dict)
    """Address on the site of the handbook, or id -> chapter."""
