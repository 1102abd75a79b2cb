"""The types of this room: what a site generator's own files state about a handbook (Site), and its order (Items)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from msgspec import Struct, field

from book.model import Manuscript, Matter
from book.problems import Place
from book.sites.files import Files
from book.source.manuscript import SUFFIXES, Scope

Entry = TypeVar("Entry")


class Repository(Struct, frozen=True, kw_only=True):
    """The repository of a handbook, as its site names it."""

    address: str
    """Without a slash at its end: ``https://github.com/owner/name``."""
    branch: str = ""
    """Empty if no file names it: then any branch counts."""
    folder: str = ""
    """The folder of the repository that is the root of the book, with a slash at its end; empty for the repository itself."""


class Site(Struct, frozen=True, kw_only=True):
    """What the files of a site generator state about a handbook, without reading any chapter."""

    system: str
    """Name of the site generator in :data:`book.sites.SYSTEMS`: ``mdbook``."""
    label: str
    """The name for people: ``mdBook``."""
    config: str
    """The file by which the site was recognised, relative to the root of the book."""
    nav: str = ""
    """The file that lists the chapters; empty if folders and front matter give the order."""
    base: str = ""
    """The folder that contains the chapters, with a slash at its end; empty for the root."""
    opening: str = ""
    """The page with the title of the book, if the site names one."""
    content: str = ""
    """The folder of all its pages, if *base* is only a section of it, with a slash at its end; empty otherwise."""
    versions: tuple[str, ...] = ()
    """Folders with other versions and translations of the book, each with a slash at its end."""
    suffixes: tuple[str, ...] = SUFFIXES
    """File extensions of chapters, in lower case."""
    underscored: tuple[str, ...] = ()
    """Files and folders that are included although their names begin with ``_``."""
    excluded: tuple[str, ...] = ()
    """Globs, relative to the root of the book, of files that the site leaves out."""
    unfenced: Literal["", ":", "::"] = ""
    """What stands between key and value in lines without fences at the head of a chapter that are its front matter; empty if there are none."""
    guests: bool = False
    """Whether a ``CONTRIBUTING.md`` or ``CHANGELOG.md`` beside the chapters is a chapter."""
    listed: frozenset[str] = frozenset()
    """The files of the book that the navigation file names."""
    title: str | None = None
    authors: tuple[str, ...] = ()
    description: str | None = None
    language: str | None = None
    """BCP 47 tag."""
    site_url: str | None = None
    mount: str = ""
    """The path of the site on its server, with which its own addresses begin: ``/handbook/``."""
    alias: str = ""
    """Prefixes of file addresses that stand for the folder of its settings: ``@site``."""
    repository: Repository | None = None
    routes: Mapping[str, str] = field(default_factory=dict)
    """Redirects: old address or file -> its replacement."""
    static: tuple[str, ...] = ()
    """Folders whose files the site serves from its root, each with a slash at its end."""
    dialects: tuple[str, ...] = ()
    """Names of the Markdown dialects of its chapters."""
    parameters: Mapping[str, object] = field(default_factory=dict)
    """Values that its chapters may print by name, plain data: Hugo's ``params``, MyST's substitutions, and commands of TeX with
    their backslash."""
    snippets: tuple[str, ...] = ()
    """The folders in which PyMdown's snippets are, ``.`` for the root of the book."""
    appended: tuple[str, ...] = ()
    """Files of the book whose text the site adds to the end of every chapter: abbreviations, targets of links."""
    projects: Mapping[str, str] = field(default_factory=dict)
    """The addresses of other projects' documentation, by the names that links use for them."""
    bibliography: tuple[str, ...] = ()
    """The bibliographies for its chapters, relative to the root of the book."""
    csl: str | None = None
    """The CSL style of its citations, relative to the root of the book."""
    numbered: bool = False
    """Whether the site itself numbers its chapters."""
    joined: bool = False
    """Whether it joins its files before it makes pages, so that ``#id`` leads to a heading of any file."""
    named_by_file: bool = False
    """Whether a chapter without a title, or a heading of level 1, has the name of its file; its other headings are sections."""
    levels: tuple[str, ...] = ()
    """What stands between the levels of the name of a file, ``.`` in ``guide.hours.md``, if names of files give a hierarchy."""
    places_in_tables: bool = False
    """Whether a table under ``sidebar`` in the front matter of its chapters is for the site: ``{order: 2, label: Start}``."""
    formulas: bool | None = None
    """Whether the site shows formulas; None if no file states it."""

    def rooted(self, address: str) -> str:
        """Return an *address* from the root of the server, or of the settings, as an address from the root of the site."""
        if self.alias and address.startswith(f"{self.alias}/"):
            return address.removeprefix(self.alias)
        mount = (self.mount or urlsplit(self.site_url or "").path).strip("/")
        inside = mount and (address == f"/{mount}" or address.startswith(f"/{mount}/"))
        return (address.removeprefix(f"/{mount}") or "/") if inside else address

    @property
    def about(self) -> Mapping[str, Any]:
        """Its values for the settings, as arguments of :func:`book.settings.over`."""
        return {
            "title": self.title,
            "authors": self.authors,
            "language": self.language,
            "description": self.description,
            "site_url": self.site_url,
            "math": self.formulas,
            "bibliography": self.bibliography,
            "csl": self.csl,
        }

    @property
    def scope(self) -> Scope:
        """Which files may be chapters."""
        return Scope(
            base=self.base,
            content=self.content,
            versions=self.versions,
            suffixes=self.suffixes,
            underscored=frozenset(self.underscored),
            listed=self.listed,
            excluded=self.excluded,
            unfenced=self.unfenced,
            guests=self.guests,
        )


class Item(Struct, frozen=True, kw_only=True):
    """One entry of an order as written; its chapter is not looked up yet."""

    kind: Literal["entry", "separator"] = "entry"
    title: str | None = None
    """Inline Markdown."""
    target: str | None = None
    """The file that it names, or an address; ``""`` for a chapter that is not written yet; None for a heading above others."""
    path: str | None = None
    """The chapter itself, if the site knows it without a target."""
    place: Place
    matter: Matter = "main"
    numbered: bool = True
    part: bool = False
    """Whether the entries below it are the chapters of a part, which its own page opens."""
    appendix: bool = False
    """Whether its chapters are numbered with letters."""
    reason: str = ""
    """The source of the position of this entry, in words; empty for its place."""
    unnamed: bool = False
    """Whether nothing names this file: it is no chapter if others include all of it."""
    children: tuple[Item, ...] = ()


class Items(Struct, frozen=True, kw_only=True):
    """The order of a site, unresolved."""

    items: tuple[Item, ...]
    source: str
    """The source of the order, in one line, for ``book order``."""
    nav: str = ""
    """The file with the order; empty if the folders give it."""
    folder: str = ""
    """The folder to which its targets are relative, with a slash at its end."""
    rest: Literal["left out", "last"] = "left out"
    """What happens to the chapters that it does not name."""
    elsewhere: tuple[str, ...] = ()
    """The targets that the navigation file names for other versions and languages of the handbook, which are left out."""
    index_opens: bool = False
    """Whether a folder's page that comes first in a section is the opening page of that section."""
    slash_leaves: bool = False
    """Whether an entry that begins with a slash, and is no chapter, is a page of the server outside the handbook."""
    routes: Mapping[str, str] = field(default_factory=dict)
    """Address on the site, or id -> chapter."""


class Quota(Struct):
    """How many entries of a list are still read: aliases of aliases can make millions of a few lines.

    >>> quota = Quota(3)
    >>> [*quota.of("ab"), *quota.of("cd")]
    ['a', 'b', 'c']
    """

    left: int

    def of(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Yield *entries* as long as there are some left; every list that is read takes from the same number."""
        for entry in entries:
            if self.left <= 0:
                return
            self.left -= 1
            yield entry


class Library(Struct, frozen=True, kw_only=True):
    """What a site may read to give its order."""

    site: Site
    files: Files
    chapters: Mapping[str, Manuscript]
    """The chapters below its base by path, in code point order; none before they are read."""
    most: int
    """The most entries that are read."""

    def quota(self) -> Quota:
        """Return what one reading of a list may read: an entry more than a book may have, so that settling reports it."""
        return Quota(self.most + 1)


class System(Struct, frozen=True, kw_only=True):
    """One site generator."""

    name: str
    label: str
    recognise: Callable[[Files, str], Site | None]
    """Returns the site whose settings are in a folder (with a slash at its end), None if there is none."""
    order: Callable[[Library], Items | None]
    """Returns the order of a recognised site, None if it gives none."""
    sure: bool = True
    """False for a guess, which is tried only if no other system is recognised."""
