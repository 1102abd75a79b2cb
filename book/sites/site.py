"""The types of this room: what a site generator's own files say of a handbook (Site), and its order (Items)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from book.model import Manuscript, Matter
from book.problems import Place
from book.sites.files import Files
from book.source.manuscript import SUFFIXES, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """The repository that a handbook lies in, as its site names it."""

    address: str
    """Without a slash at its end: ``https://github.com/owner/name``."""
    branch: str = ""
    """Empty when no file says it: any branch counts."""
    folder: str = ""
    """The folder of the repository that is the root of the book, with a slash at its end; empty for the repository itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the files of a site generator say of a handbook; nothing here was read from a chapter."""

    system: str
    """Name of the site generator in :data:`book.sites.SYSTEMS`: ``mdbook``."""
    label: str
    """The same for people: ``mdBook``."""
    config: str
    """The file by which the site was recognised, relative to the root of the book."""
    nav: str = ""
    """The file that lists the chapters; empty where folders and front matter give the order."""
    base: str = ""
    """The folder below which the chapters lie, with a slash at its end; empty for the root."""
    suffixes: tuple[str, ...] = SUFFIXES
    """Endings of the names of chapters, in lower case."""
    underscored: tuple[str, ...] = ()
    """Files and folders that count although their names begin with ``_``."""
    excluded: tuple[str, ...] = ()
    """Globs, relative to the root of the book, of what the site leaves out."""
    guests: bool = False
    """Whether a ``CONTRIBUTING.md`` or ``CHANGELOG.md`` beside the chapters is one of them."""
    listed: frozenset[str] = frozenset()
    """The files of the book that the nav file names."""
    title: str | None = None
    authors: tuple[str, ...] = ()
    description: str | None = None
    language: str | None = None
    """BCP 47 tag."""
    site_url: str | None = None
    mount: str = ""
    """The path below which the site stands on its server, as its own addresses begin: ``/handbook/``."""
    alias: str = ""
    """What the addresses of its files may begin with for the folder of its settings: ``@site``."""
    repository: Repository | None = None
    routes: Mapping[str, str] = field(default_factory=dict)
    """Redirects: old address or file -> the one that took its place."""
    static: tuple[str, ...] = ()
    """Folders whose files the site serves from its root, each with a slash at its end."""
    dialects: tuple[str, ...] = ()
    """Names of the dialects of Markdown that its chapters are written in."""
    parameters: Mapping[str, object] = field(default_factory=dict)
    """What its chapters may print by name, plain data: the ``params`` of Hugo, the substitutions of MyST."""
    bibliography: tuple[str, ...] = ()
    """The files of works that its chapters cite, relative to the root of the book."""
    csl: str | None = None
    """The CSL style of its citations, a file relative to the root of the book."""
    numbered: bool = False
    """Whether the site itself numbers its chapters."""
    formulas: bool | None = None
    """Whether the site shows formulas; None where no file says it."""

    def rooted(self, address: str) -> str:
        """Return an *address* from the root of the server, or of the settings, as one from the root of the site."""
        if self.alias and address.startswith(f"{self.alias}/"):
            return address.removeprefix(self.alias)
        mount = (self.mount or urlsplit(self.site_url or "").path).strip("/")
        return address.removeprefix(f"/{mount}") if mount and address.startswith(f"/{mount}/") else address

    @property
    def about(self) -> Mapping[str, Any]:
        """What it says of the book, as :func:`book.settings.over` takes it."""
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
            suffixes=self.suffixes,
            underscored=frozenset(self.underscored),
            listed=self.listed,
            excluded=self.excluded,
            guests=self.guests,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry of an order, as it is written: nothing has looked for its chapter yet."""

    kind: Literal["entry", "separator"] = "entry"
    title: str | None = None
    """Inline Markdown."""
    target: str | None = None
    """The file it names, an address, ``""`` for a chapter still to be written; None for a heading over others."""
    path: str | None = None
    """The chapter itself, where the site needs no name for it."""
    place: Place
    matter: Matter = "main"
    numbered: bool = True
    part: bool = False
    """Whether what stands below it are the chapters of a part, and its own page is that of the part."""
    appendix: bool = False
    """Whether its chapters are counted with letters."""
    reason: str = ""
    """Where the order of this entry comes from, in words; its place unless said."""
    children: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """The order of a site, unresolved."""

    items: tuple[Item, ...]
    source: str
    """Who says the order, one line for ``book order``."""
    nav: str = ""
    """The file that says it; empty where folders do."""
    folder: str = ""
    """The folder that its targets are relative to, with a slash at its end."""
    rest: Literal["left out", "last"] = "left out"
    """What becomes of the chapters that it does not name."""
    index_opens: bool = False
    """Whether the page of a folder that comes first in a section is the opening page of that section."""
    routes: Mapping[str, str] = field(default_factory=dict)
    """Address on the site, or id -> chapter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What a site may look at to say its order."""

    site: Site
    files: Files
    chapters: Mapping[str, Manuscript]
    """The chapters below its base by path, in code point order; none before they are read."""
    most: int
    """Most entries that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """One site generator."""

    name: str
    label: str
    recognise: Callable[[Files, str], Site | None]
    """Returns what the site says whose settings lie in a folder (with a slash at its end), None where there is no such site."""
    order: Callable[[Library], Items | None]
    """Returns the order of a recognised site, None when it says none."""
    sure: bool = True
    """False for one that is only a guess: it is asked when no other is recognised."""
