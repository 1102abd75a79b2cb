"""A book between stages: a chapter with one type for each stage, and the chapters in order.

Nodes of pandoc's tree are plain JSON data (``{"t": …, "c": …}``); they are treated as immutable: a stage that changes
one makes a new one. Only :mod:`book.markdown.tree` and the rooms above it look inside.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar, final

from msgspec import Struct, field
from msgspec.structs import replace

from book.body import EMPTY_BODY, Body
from book.model.manuscripts import Change, Manuscript, Matter
from book.model.wording import Wording
from book.problems import Problem

Node = dict[str, Any]
Nodes = tuple[Node, ...]


class Draft(Struct, frozen=True, kw_only=True):
    """A chapter as a tree, as the Markdown reader returns it and house style corrects it."""

    source: Manuscript
    title: Nodes
    """Inlines of the heading."""
    label: Nodes
    """Inlines for contents, bookmarks and running heads; the title unless the nav gives another label."""
    show_title: bool = True
    role: str | None = None
    """Term of the EPUB structural vocabulary (``preface`` …); ``None`` for an ordinary chapter."""
    lang: str
    """BCP 47 tag, never empty."""
    blocks: Nodes
    discussion: tuple[Nodes, ...] = ()
    """Questions, each as inlines."""
    anchors: tuple[str, ...] = ()
    """Ids that the author gave the chapter's own heading."""
    words: int = 0
    """Number of words in the running text, as the author wrote it."""
    description: str = ""
    """Description in the front matter, plain text."""
    signs: tuple[str, ...] = ()
    """What looks like markup in its text, by the names in :data:`book.markdown.raw_marks.SIGNS`."""


class IndexMark(Struct, frozen=True, kw_only=True):
    """A place that its author marked for the index, as in ``[term]{.index}``."""

    words: str = ""
    """The words that are marked, as XHTML: a line without links and notes; empty if none are."""
    key: str = ""
    """The entry as the author wrote it, ``entry!subentry``; empty: the marked words."""
    sort: str = ""
    """The words by which the entry is sorted, in place of its own."""
    see: tuple[str, ...] = ()
    """The entries, written like *key*, under which its places are listed; the mark then names no place."""
    also: tuple[str, ...] = ()
    """Other entries that are worth a look."""
    range: str = ""
    """``begin`` or ``end`` if the place is one of the ends of what the entry names; else empty."""
    identifier: str = ""
    """The id of the place: before references are resolved, the one that the chapter gave it; empty for the title of the chapter."""
    line: int = 0
    """Line and column of the mark in the text of the chapter, from 1; 0 if they are not known."""
    column: int = 0


class Composed(Struct, frozen=True, kw_only=True):
    """A chapter in XHTML, not yet part of a book: ids, links and images are as the author wrote them."""

    source: Manuscript
    lang: str
    """BCP 47 tag, never empty."""
    role: str | None
    """Term of the EPUB structural vocabulary (``preface`` …); ``None`` for an ordinary chapter."""
    title: str
    """Plain text."""
    show_title: bool
    heading: Body
    """The title, a line without links and notes."""
    entry: Body
    """The label, for contents, bookmarks and running heads; a line without links and notes."""
    description: str
    """Description in the front matter, plain text."""
    body: Body
    """The chapter without its heading; the references to the notes of the title come first."""
    questions: tuple[Body, ...]
    """Questions for discussion, one line each."""
    anchors: tuple[str, ...]
    """Ids that the author gave the chapter's own heading."""
    words: int
    """Number of words in the running text, as the author wrote it."""
    wording: Wording
    """Every word that the author wrote; each edition must show them all."""
    has_html: bool
    """Whether the author wrote HTML in it."""
    marks: tuple[IndexMark, ...] = ()
    """The places that its author marked for the index, in order."""


@final
class Placed(Struct, frozen=True, kw_only=True):
    """A composed chapter and its place in the book."""

    slug: str
    """Name of its file and prefix of its ids: letters, digits and ``-``; unique in the book."""
    matter: Matter
    number: str | None
    """``4``, ``4.1`` for a chapter nested in it, ``A`` for an appendix; ``None`` for an unnumbered chapter."""
    depth: int
    """Depth in the contents below its part: 0 for a chapter, 1 for one nested in a chapter …"""
    composed: Composed

    @property
    def source(self) -> Manuscript:
        """The author's file."""
        return self.composed.source


@final
class Chapter(Struct, frozen=True, kw_only=True):
    """One chapter of a book: ids are unique in the book, and every link is resolved.

    Its images are those of the author until it is part of a :class:`Book`, which contains them.
    """

    slug: str
    """Name of its file and prefix of its ids: letters, digits and ``-``; unique in the book."""
    source: Manuscript
    lang: str
    """BCP 47 tag, never empty."""
    role: str | None = None
    """Term of the EPUB structural vocabulary (``preface`` …); ``None`` for an ordinary chapter."""
    matter: Matter = "main"
    number: str | None = None
    """``4``, ``4.1`` for a chapter nested in it, ``A`` for an appendix; ``None`` for an unnumbered chapter."""
    depth: int = 0
    """Depth in the contents below its part: 0 for a chapter, 1 for one nested in a chapter …"""
    title: str
    """Plain text."""
    show_title: bool = True
    heading: Body
    """The title, a line without links and notes."""
    title_calls: Body = EMPTY_BODY
    """The references to the notes of the title; printed after it on the page only."""
    entry: Body
    """The label, for contents, bookmarks and running heads; a line without links and notes."""
    description: str = ""
    """Description in the front matter, plain text."""
    body: Body
    """The chapter without its heading."""
    questions: tuple[Body, ...] = ()
    """Questions for discussion, one line each."""
    sections: tuple[Section, ...] = ()
    """Its headings, in order."""
    address: str = ""
    """Its address on the book's site; empty if the site is not known."""
    words: int
    """Number of words in the running text, as the author wrote it."""
    wording: Wording
    """Every word that the author wrote; each edition must show them all."""
    has_html: bool = False
    """Whether the author wrote HTML in it."""
    marks: tuple[IndexMark, ...] = ()
    """The places that its author marked for the index, in order."""
    is_made: bool = False
    """Whether Handbound made it, and no file of the author: the index."""


class Section(Struct, frozen=True, kw_only=True):
    """One heading inside a chapter, for contents and bookmarks."""

    level: int
    """2 to 6: 2 is a section of a chapter."""
    identifier: str
    """Unique in the book."""
    heading: Body
    """A line without links and notes."""


class Title(Struct, frozen=True, kw_only=True):
    """The title of a part."""

    text: str
    """Plain text."""
    heading: Body
    """A line without links and notes."""


C = TypeVar("C", bound=Placed | Chapter)
D = TypeVar("D", bound=Placed | Chapter)
"""A chapter with its place in the book, before and after its links are resolved."""


@final
class Part(Struct, Generic[C], frozen=True, kw_only=True):
    """Chapters and parts under one name."""

    title: Title
    slug: str
    """Its id, unique in the book."""
    number: int | None = None
    """From 1 for a numbered part at the top level; ``None`` for any other."""
    opening: C | None = None
    """The chapter that opens the part and shares its name. Without it, the part has a page with only its title."""
    children: tuple[Part[C] | C, ...] = ()
    """In reading order. A chapter that is nested in another one follows it; see its ``depth``."""


class Release(Struct, frozen=True, kw_only=True):
    """One published edition of the text, from ``[[edition]]`` of handbound.toml."""

    version: str
    date: str
    note: str = ""


class Metadata(Struct, frozen=True, kw_only=True):
    """Bibliographic data."""

    title: str
    """Plain text, house style applied."""
    subtitle: str = ""
    authors: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    translators: tuple[str, ...] = ()
    illustrators: tuple[str, ...] = ()
    series: str = ""
    """The series that the book belongs to."""
    volume: int = 0
    """Number of the volume; 0 if it has none."""
    language: str = "en"
    identifier: str
    """A stable URN, ``urn:uuid:…`` unless the settings give another."""
    slug: str
    publisher: str = ""
    description: str = ""
    subjects: tuple[str, ...] = ()
    licence: str = ""
    licence_url: str = ""
    version: str = ""
    date: str
    """Date of the edition, ISO 8601, never the time of the build, so that builds are reproducible."""
    modified: str
    """UTC, ``YYYY-MM-DDThh:mm:ssZ``."""
    releases: tuple[Release, ...] = ()
    cover_alt: str = ""
    """Text alternative of the book's own cover."""
    logo_alt: str = ""
    """Text alternative of the book's logo."""
    back: tuple[str, ...] = ()
    """Paragraphs on the back of the printed cover; empty: the description."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels that replace Handbound's own."""


class Asset(Struct, frozen=True, kw_only=True):
    """One image of the book, read, checked and named."""

    name: str
    """File name in an edition, unique: ``images/<stem>-<digest>.<ext>``."""
    path: str
    """Path of its source, relative to the book's root."""
    media_type: str
    data: bytes
    width: int
    """In pixels (SVG: user units), at least 1."""
    height: int


class Page(Struct, frozen=True, kw_only=True):
    """Where one page of the PDF begins: an entry of the page map (:mod:`book.paged.page_map`)."""

    label: str
    """Its folio: ``37``, ``iv``."""
    place: str = ""
    """The place to which its text belongs: the name of a chapter or part, or ``title-page``, ``imprint``, ``contents``, ``colophon``;
        empty for a page without text."""
    letters: int = 0
    """Number of letters of that place's body on earlier pages."""
    title: bool = False
    """Whether the place begins on this page: its title comes first."""
    begins: str = ""
    """The first letters of the body on the page, case folded."""


PageMap = tuple[Page, ...]


class Budgets(Struct, frozen=True, kw_only=True):
    """``[budgets]``: limits for an EPUB that every device and shop accepts (figures published by their makers)."""

    image_pixels: int = 5_600_000
    """Maximum size of an image, width times height in pixels; Apple Books rejects more."""
    image_bytes: int = 5_000_000
    """Maximum size of an image, in bytes; Kindle rejects more."""
    book_bytes: int = 100_000_000
    """Maximum size of the EPUB, in bytes; Kobo rejects larger files."""
    cover_pixels: int = 1_600
    """Minimum of the long side of the cover, in pixels."""

    def for_cover(self) -> Budgets:
        """Return the limits of the cover: it may be as large as devices accept, however small the other images must be.

        >>> Budgets(image_pixels=1_000).for_cover().image_pixels
        5600000
        """
        accepted = Budgets()
        return replace(
            self,
            image_pixels=max(self.image_pixels, accepted.image_pixels),
            image_bytes=max(self.image_bytes, accepted.image_bytes),
        )


def walk(
    nodes: Iterable[Part[C] | C], above: tuple[Part[C], ...] = ()
) -> Iterator[tuple[Part[C] | C, tuple[Part[C], ...]]]:
    """Yield parts and chapters in reading order, each with the parts that contain it, outermost first."""
    for node in nodes:
        yield node, above
        if isinstance(node, Part):
            if node.opening is not None:
                yield node.opening, (*above, node)
            yield from walk(node.children, (*above, node))


def changed(
    nodes: Iterable[Part[C] | C], change: Callable[[C], D], title: Callable[[Title], Title] = lambda title: title
) -> tuple[Part[D] | D, ...]:
    """Return parts and chapters with *change* applied to each chapter and *title* to the title of each part, in reading order."""

    def replace_node(node: Part[C] | C) -> Part[D] | D:
        if isinstance(node, Part):
            heading = title(node.title)
            opening = change(node.opening) if node.opening is not None else None
            children = changed(node.children, change, title)
            return Part(title=heading, slug=node.slug, number=node.number, opening=opening, children=children)
        return change(node)

    return tuple(map(replace_node, nodes))


class Collation(Struct, Generic[C], frozen=True, kw_only=True, dict=True):
    """The chapters of a book in their order."""

    metadata: Metadata
    front: tuple[C, ...] = ()
    main: tuple[Part[C] | C, ...] = ()
    back: tuple[C, ...] = ()

    @property
    def parts(self) -> tuple[Part[C], ...]:
        """All parts in reading order, each before the parts that it contains."""
        return tuple(node for node, _ in walk(self.main) if isinstance(node, Part))

    @functools.cached_property
    def body(self) -> tuple[C, ...]:
        """The chapters of the main matter in order."""
        return tuple(node for node, _ in walk(self.main) if not isinstance(node, Part))

    @functools.cached_property
    def spine(self) -> tuple[C, ...]:
        """All chapters in reading order: front, body and back matter."""
        return (*self.front, *self.body, *self.back)


class Book(Collation[Chapter], frozen=True, kw_only=True):
    """Everything that is printed: chapters ready for every format, and their images."""

    assets: tuple[Asset, ...] = ()
    pages: PageMap = ()
    """The page map; empty if no PDF numbers the pages of the other editions."""
    paged: str = ""
    """File name of that PDF."""
    budgets: Budgets = field(default_factory=Budgets)
    cover: Asset | None = None
    """The book's own cover; None: the theme draws one."""
    logo: Asset | None = None
    """The picture above the title; None: the theme's own logo, if it has one."""

    @functools.cached_property
    def indexes(self) -> frozenset[str]:
        """The slugs of the chapters that contain the index of the book: one or none."""
        return frozenset(
            chapter.slug
            for chapter in self.spine
            if chapter.role == "index" and "index-list" in chapter.body.facts.kinds
        )

    @property
    def without_index(self) -> Book:
        """The book without its index: for handouts, whose chapters do not share their page numbers."""
        if not self.indexes:
            return self
        front, back = (
            tuple(chapter for chapter in matter if chapter.slug not in self.indexes)
            for matter in (self.front, self.back)
        )
        return replace(self, front=front, back=back)

    @property
    def bodies(self) -> Iterator[Body]:
        """Every piece of XHTML: of the chapters, and the titles of the parts."""
        for chapter in self.spine:
            yield from (chapter.body, chapter.heading, chapter.entry, *chapter.questions)
        yield from (part.title.heading for part in self.parts)

    @property
    def pictures(self) -> tuple[Asset, ...]:
        """The images of the chapters, and the logo, each once."""
        logo = () if self.logo is None or self.logo in self.assets else (self.logo,)
        return (*self.assets, *logo)

    def rest(self) -> None:
        """Let go of the trees of all chapters: a long book takes less memory, and those that are needed again are parsed again."""
        headings = (section.heading for chapter in self.spine for section in chapter.sections)
        for body in (*self.bodies, *headings):
            body.rest()

    def map_chapters(
        self, change: Callable[[Chapter], Chapter], title: Callable[[Title], Title] = lambda title: title
    ) -> Book:
        """Return the book with *change* applied to each chapter and *title* to the title of each part, in reading order."""
        return replace(
            self,
            front=tuple(map(change, self.front)),
            main=changed(self.main, change, title),
            back=tuple(map(change, self.back)),
        )

    @property
    def landmarks(self) -> tuple[tuple[str, str], ...]:
        """Pairs of EPUB role and chapter slug: the start of the body, and every chapter with a role."""
        start = self.body or self.spine
        marks = [("bodymatter", start[0].slug)] if start else []
        return (*marks, *((chapter.role, chapter.slug) for chapter in self.spine if chapter.role))


Rule = Callable[[Draft], tuple[Draft, tuple[Problem, ...], tuple[Change, ...]]]
