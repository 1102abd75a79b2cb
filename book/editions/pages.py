"""The HTML of the pages of an edition: of a whole book, or of some of its chapters alone."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType

from msgspec.structs import replace

from book import cache, labels, view
from book.body import HEAD, SMALLEST, Change, Element
from book.edition import Edition
from book.editions import spelled
from book.model import Book, Chapter
from book.paged import fit, index_pages, likely_pages, on_paper, page_body, resources, running_heads, tables
from book.paged.fit import Fitting
from book.paged.resources import SCHEME, Resources
from book.theme import Theme, trusted
from book.view import cover, lists, markup, typefaces

MANY_LINES = 160
"""Contents with more entries leave out the sections."""
LATER = ("continued",)
"""The labels that pages may ask for only with a later measure: for the rest of a table that is split."""
FRONT, BACK = "(front)", "(back)"
"""What stands before the chapters and behind them, where chapters are named to be laid out alone."""


def body(
    chapter: Chapter,
    images: Mapping[str, str],
    shape: Change,
    lower: Change | None = None,
    *,
    smallest: Mapping[str, str] = MappingProxyType({}),
    live: bool = False,
) -> str:
    """Return the body of *chapter* as HTML for paper.

    Args:
        chapter: after composition, with references resolved.
        images: name of an asset -> its address.
        shape: see :func:`book.paged.page_body.prepare`.
        lower: see :func:`book.paged.page_body.prepare`.
        smallest: name of a drawing with letters -> their size, see :data:`book.body.SMALLEST`.
        live: whether its links can be clicked.
    """

    def measure(fragment: Element) -> None:
        for image in fragment.iter("img"):
            if size := smallest.get(str(image.get("src"))):
                image.set(SMALLEST, size)

    change = functools.partial(page_body.prepare, shape=shape, lower=lower, live=live)
    return markup.html_body(chapter, measure, change, image=images.__getitem__, paper=True)


class Source:
    """The HTML for WeasyPrint."""

    def __init__(self, book: Book, edition: Edition, theme: Theme) -> None:
        self.book, self.edition, self.theme = book, edition, theme
        size = edition.trim if edition.covered and book.cover is None else None
        drawing = cover.for_pages(book, theme, cover.Shape.of(size), resources.logo_address(book)) if size else b""
        self.resources: Resources = resources.gather(book, theme, grey=edition.mode == "print", cover=drawing)
        self.head_letters = running_heads.letters(theme)
        self.sheet = theme.sheet(*lists.sheets(book, edition), faces=self.resources.faces, mode=edition.mode)
        """The style sheet of all pages."""
        self.live = edition.mode != "print"
        self.roman = on_paper.front_ids(book) if edition.facing else frozenset()
        self.terms = on_paper.glossary_ids(book)
        self.lines = lists.contents(book, lambda name: f"#{name}")
        self.plates = lists.plates(book, lambda name: f"#{name}")
        self.items = view.items(book, theme)
        """The parts and chapters, without their bodies."""
        self.faces = typefaces.names(theme, book)
        self.titles = view.titles(book) if not self.live else {}
        """The titles that links on paper may name, by id."""

    @functools.cached_property
    def likely(self) -> Mapping[str, int]:
        """Likely page numbers, except in front of the main matter."""
        facing = self.edition.facing
        return likely_pages.likely_pages(self.book, self.theme, self.roman, self.memory, facing=facing)

    @functools.cached_property
    def memory(self) -> cache.Bundle:
        """Remembers what is asked of the chapters, if it is closed."""
        return spelled.memory(self.book, self.edition, self.theme)

    @functools.cached_property
    def folios(self) -> Mapping[str, str]:
        """Provisional page numbers of other chapters, for a chapter that is laid out alone."""
        numbers = {name: "8" * len(str(number)) for name, number in self.likely.items()}
        return {**numbers, **dict.fromkeys(self.roman, "xii")}

    def key(self, name: str) -> str:
        """Return the digest of what the HTML of the chapter *name* depends on with the first measures.

        It is empty for what is no chapter. What all chapters of the edition depend on with the same theme is left to
        :func:`book.editions.spelled.memory`.
        """
        item = self.items_by_name.get(name)
        if item is None or item.chapter is None:
            return ""
        chapter = item.chapter
        bodies = [body.digest for body in (chapter.body, chapter.heading, chapter.title_calls, *chapter.questions)]
        about = (chapter.lang, chapter.role, chapter.title, chapter.description, chapter.show_title, begins(self.book))
        return cache.key(self._shared, repr(replace(item, chapter=None)), repr(about), *bodies)

    def unseen(self, name: str) -> tuple[str, ...]:
        """Return what the pages of the chapter *name* depend on that the HTML of their first layout need not show.

        That is its body, with the title of its notes, which may go to its end, and the book's own words for :data:`LATER`.
        """
        item = self.items_by_name.get(name)
        if item is None or item.chapter is None:
            return ()
        body, ours = item.chapter.body, labels.own.get()
        return body.digest, *(ours.get(word, "") for word in LATER if body.holds("table"))

    @functools.cached_property
    def items_by_name(self) -> Mapping[str, view.Item]:
        """The parts and chapters by slug."""
        return {item.slug: item for item in self.items}

    @functools.cached_property
    def _shared(self) -> str:
        """What the HTML of all chapters depends on: pictures, titles, the ids that links do not get a number for, or a roman one, and what fonts lack."""
        pictures = (sorted(self.resources.images.items()), sorted(self.resources.smallest.items()))
        titles = repr(sorted(self.titles.items()))
        ids, lacking = (sorted(self.roman), sorted(self.terms)), sorted(self.resources.lacking)
        return cache.key(repr(replace(self.edition, standard="")), repr(pictures), titles, repr(ids), repr(lacking))

    def page(
        self, fitting: Fitting, alone: frozenset[str] = frozenset(), *, joined: bool = False
    ) -> tuple[str, Mapping[str, int]]:
        """Return the HTML of the whole book or of a part of it, without the style sheet.

        Also return the number of letters of each chapter whose notes stand at the foot of pages.

        Args:
            fitting: the measures so far.
            alone: what is laid out: slugs of parts and chapters, :data:`FRONT` and :data:`BACK`; nothing for the whole book.
            joined: whether it is joined with others, and gets its page numbers later.
        """
        book, edition, theme = self.book, self.edition, self.theme
        about = view.about_with_logo(book, lambda asset: f"{SCHEME}:{asset.name}")
        if joined and FRONT not in alone:
            about = replace(about, title="", authors=(), description="", subjects=())  # they come from the front
        bodies = _Bodies(self, fitting, provisional=bool(alone) and not joined)
        page = theme.page(
            edition.template,
            about=about,
            edition=edition.name,
            say=view.speaker(about.language),
            say_in=view.speaker,
            front=not alone or FRONT in alone,
            back=not alone or BACK in alone,
            contents=self.lines,
            head=bodies.head,
            lower={item.slug: fitting.start(item.slug).replace(" ", " hb-") for item in book.spine},
            plates=self.plates,
            show_sections=sum(1 + len(line.sections) for line in self.lines) <= MANY_LINES,
            items=tuple(bodies.item(item) for item in self.items if not alone or item.slug in alone),
            begins=begins(book),
            addresses=bodies.addresses,
            cover=f"{SCHEME}:{book.cover.name}" if book.cover else resources.COVER if edition.covered else "",
            sheet="",
            faces=self.faces,
        )
        return page, bodies.letters

    def places(self, page: str) -> tuple[str, ...]:
        """Return the ids whose page numbers the index in the HTML *page* prints; none if it has no index."""
        return index_pages.places(page) if self.book.indexes else ()

    def with_index(self, page: str, numbers: Mapping[str, int]) -> str:
        """Return the HTML *page* with the page *numbers* of the places that the index in it names."""
        return index_pages.numbered(page, numbers, self.roman, self.book.metadata.language)


class _Bodies:
    """The bodies of the chapters, and what is found while making them."""

    def __init__(self, source: Source, fitting: Fitting, *, provisional: bool) -> None:
        self.source, self.fitting, self.provisional = source, fitting, provisional
        self.addresses: dict[str, tuple[on_paper.Address, ...]] = {}
        self.letters: dict[str, int] = {}
        self._rooms: dict[str, int] = {}

    def head(self, label: str, slug: str = "") -> str:
        """Return the running head of the chapter *slug*, which has the title *label*."""
        return running_heads.head(label, self._rooms.get(slug, self.source.head_letters))

    def item(self, item: view.Item) -> view.Item:
        """Return *item* with its body."""
        heading = trusted(page_body.tied_title(str(item.heading)))
        return replace(item, heading=heading, body=trusted(self._body(item.chapter) if item.chapter else ""))

    def _body(self, chapter: Chapter) -> str:
        calls = any(link.get("role") == "doc-noteref" for link in chapter.body.iter("a"))
        at_foot = calls and chapter.slug not in self.fitting.ended
        return body(
            chapter,
            self.source.resources.images,
            functools.partial(self._shape, chapter),
            functools.partial(self._lower, chapter) if at_foot else None,
            smallest=self.source.resources.smallest,
            live=self.source.live,
        )

    def _shape(self, chapter: Chapter, fragment: Element) -> None:
        if chapter.slug in self.source.book.indexes:
            index_pages.cleared(fragment)
        if not self.source.live:
            page_body.mark_titles(fragment, self.source.titles)
            self.addresses[chapter.slug] = on_paper.annotate(fragment, chapter, self.source.roman, self.source.terms)
            if self.provisional:
                on_paper.fill_in(fragment, on_paper.ids(chapter), self.source.folios)
        if first_words := self.source.theme.tokens["type"]["first_words"]:
            page_body.set_off_first_words(fragment, first_words)
        fit.apply(fragment, chapter, self.fitting)
        tables.shrink_cramped(fragment, tables.room_on(self.source.theme))
        self._name_sections(chapter.slug, fragment)

    def _name_sections(self, slug: str, fragment: Element) -> None:
        """Give each section of the chapter *slug* its running head, and find the room for that of the chapter."""
        heads = {heading: page_body.own_words(heading) for heading in fragment.iter("h2")}
        most = self.source.head_letters
        if self.source.theme.tokens["page"]["screen"]["heads"] == running_heads.BESIDE:
            label = self.source.items_by_name[slug].label
            self._rooms[slug], most = running_heads.rooms(label, heads.values(), most)
        for heading, words in heads.items():
            heading.set(HEAD, running_heads.head(words, most))

    def _lower(self, chapter: Chapter, fragment: Element) -> None:
        self.letters[chapter.slug] = fit.lower_notes(fragment, chapter, self.fitting)


def other_templates(theme: Theme) -> tuple[str, ...]:
    """Return the templates of a *theme* that does not come with Handbound: it is not known what they print with a later measure."""
    return theme.texts("templates", ".j2") if theme.foreign else ()


def begins(book: Book) -> str:
    """Return the id with which page 1 begins: the first part or chapter of the main matter; empty if there is none."""
    return book.main[0].slug if book.main else ""
