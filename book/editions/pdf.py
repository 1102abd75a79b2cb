"""The PDF editions: for the screen, for a printer, and in large print. The pages are made in :mod:`book.paged`."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from book import view
from book.body import HEAD, Change, Element
from book.edition import Edition
from book.model import Book, Chapter, Made, PageMap
from book.paged import (
    finishing,
    fit,
    fit_memory,
    layout_warnings,
    math_svg,
    on_paper,
    page_body,
    page_map,
    pdf_x,
    resources,
)
from book.paged.fit import Fitted, Fitting
from book.paged.render import SCHEME, Renderer
from book.paged.resources import Resources
from book.problems import Problem
from book.theme import Theme
from book.view import markup, typefaces

LONG = 6000
"""The number of words from which chapters are fitted one by one: a shorter book is laid out as a whole as quickly."""
MANY_LINES = 160
"""Contents with more entries leave out the sections."""


def make(book: Book, edition: Edition, theme: Theme) -> Made:
    """Return a paged edition of *book*.

    Args:
        book: after composition, with references resolved and images read.
        edition: the edition: file name, page size, template, style sheets and colours (its ``mode``).
        theme: the theme.

    Raises:
        ToolMissing: Pango is not installed.
        ThemeError: the theme does not meet the requirements, such as those for large print.
    """
    data, problems, where = laid_out(book, edition, theme)
    return Made(files={edition.path(book.metadata.slug): data}, problems=problems, pages=where)


def laid_out(
    book: Book, edition: Edition, theme: Theme, *, tagged: bool = True
) -> tuple[bytes, tuple[Problem, ...], PageMap]:
    """Return the pages of *edition* as one PDF, their problems, and the page map."""
    theme = theme.for_edition(edition)
    book, undrawn = math_svg.on_paper(book, theme)
    source = Source(book, edition, theme)
    renderer = Renderer(source.resources.served)

    def lay_out(fitting: Fitting, alone: frozenset[str]) -> fit.LaidOut:
        page, letters = source.page(fitting, alone)
        return renderer.lay_out(page, source.sheet), letters

    sizes = {chapter.slug: len(chapter.body.spell()) for chapter in book.spine}
    fitted = fit.fit(lay_out, _begun(source, renderer, lay_out), sizes)
    pages = fitted.layout.pages
    begins = dict(fitted.inspection.openings).get(_begins(book), 1) if edition.facing else 1
    ranges = ((0, "r"), (begins - 1, "D")) if begins > 1 else ((0, "D"),)
    data = renderer.write([fitted.layout], identifier=book.metadata.identifier, tagged=tagged)
    data = finishing.finish(
        data, book, ranges=ranges, layouts=[fitted.layout] if tagged else (), upright=edition.facing
    )
    data = pdf_x.pressed(data, book) if edition.standard == "pdf/x-4" else data
    name = edition.path(book.metadata.slug)
    problems = (*renderer.complaints([fitted.layout], name), *undrawn, *_problems(fitted, book, edition, name))
    return data, problems, page_map.read(pages, page_map.folios(len(pages), ranges))


def _begun(source: Source, renderer: Renderer, lay_out: fit.LayOut) -> Fitting:
    """Return the measures to start with: in a long book, those that each chapter needs when laid out alone, from the cache."""
    book, fitting = source.book, fit.begin(source.book, scale=not source.edition.least_type)
    if sum(chapter.words for chapter in book.spine) < LONG:
        return fitting
    for chapter in book.spine:
        if not fit.may_need(chapter, fitting):
            continue
        page, _ = source.page(fitting, frozenset({chapter.slug}))
        fitting = fit_memory.recall(
            source.theme.cache,
            (renderer.versions, source.edition.name, source.sheet, page, *source.resources.digests(page)),
            chapter.slug,
            fitting,
            functools.partial(fit.alone, lay_out, fitting, chapter.slug),
        )
    return fitting


def _problems(fitted: Fitted, book: Book, edition: Edition, name: str) -> list[Problem]:
    """Return the problems of the pages of *edition* in the file *name*."""
    return [
        *math_svg.warnings_of(math_svg.squeezed(fitted.layout.pages), book, name),
        *layout_warnings.defects(fitted.inspection, book, edition, name, cut=fitted.fitting.cut),
        *layout_warnings.notes_at_end(fitted.fitting.ended, book, name),
    ]


def body(
    chapter: Chapter, images: Mapping[str, str], shape: Change, lower: Change | None = None, *, live: bool = False
) -> str:
    """Return the body of *chapter* as HTML for paper.

    Args:
        chapter: after composition, with references resolved.
        images: name of an asset -> its address.
        shape: see :func:`book.paged.page_body.prepare`.
        lower: see :func:`book.paged.page_body.prepare`.
        live: whether its links can be clicked.
    """
    change = functools.partial(page_body.prepare, shape=shape, lower=lower, live=live)
    return markup.html_body(chapter, change, image=images.__getitem__, paper=True)


class Source:
    """The HTML for WeasyPrint."""

    def __init__(self, book: Book, edition: Edition, theme: Theme) -> None:
        self.book, self.edition, self.theme = book, edition, theme
        self.resources: Resources = resources.gather(book, theme, grey=edition.mode == "print")
        self.head = functools.partial(on_paper.head, most=on_paper.head_letters(theme))
        self.sheet = theme.sheet(*edition.sheets, faces=self.resources.faces, mode=edition.mode)
        """The style sheet of all pages."""
        self.live = edition.mode != "print"
        self.roman = on_paper.front_ids(book) if edition.facing else frozenset()
        self.lines = view.contents(book, lambda name: f"#{name}")
        self.plates = view.plates(book, lambda name: f"#{name}")

    @functools.cached_property
    def folios(self) -> Mapping[str, str]:
        """Provisional page numbers of other chapters, for a chapter that is laid out alone."""
        return on_paper.likely_folios(self.book, self.roman)

    def page(self, fitting: Fitting, alone: frozenset[str] = frozenset()) -> tuple[str, Mapping[str, int]]:
        """Return the HTML of the whole book, or of the chapters named in *alone*, without the style sheet.

        Also return the number of letters of each chapter whose notes stand at the foot of pages.
        """
        book, edition, theme = self.book, self.edition, self.theme
        about = view.about(book.metadata)
        bodies = _Bodies(self, fitting, alone)
        page = theme.page(
            edition.template,
            about=about,
            edition=edition.name,
            say=view.speaker(about.language),
            say_in=view.speaker,
            alone=bool(alone),
            contents=self.lines,
            head=self.head,
            lower={item.slug: "".join(fit.LOWER.intersection(fitting.note_step(item.slug))) for item in book.spine},
            plates=self.plates,
            show_sections=sum(1 + len(line.sections) for line in self.lines) <= MANY_LINES,
            items=tuple(item for item in view.items(book, bodies.body) if not alone or item.slug in alone),
            begins=_begins(book),
            addresses=bodies.addresses,
            cover=f"{SCHEME}:{book.cover.name}" if book.cover else "",
            sheet="",
            faces=typefaces.names(theme, book),
        )
        return page, bodies.letters


class _Bodies:
    """The bodies of the chapters, and what is found while making them."""

    def __init__(self, source: Source, fitting: Fitting, alone: frozenset[str]) -> None:
        self.source, self.fitting, self.alone = source, fitting, alone
        self.addresses: dict[str, tuple[on_paper.Address, ...]] = {}
        self.letters: dict[str, int] = {}

    def body(self, chapter: Chapter) -> str:
        """Return the body of *chapter*; empty if only others are laid out."""
        if self.alone and chapter.slug not in self.alone:
            return ""
        calls = any(link.get("role") == "doc-noteref" for link in chapter.body.iter("a"))
        at_foot = calls and chapter.slug not in self.fitting.ended
        return body(
            chapter,
            self.source.resources.images,
            functools.partial(self._shape, chapter),
            functools.partial(self._lower, chapter) if at_foot else None,
            live=self.source.live,
        )

    def _shape(self, chapter: Chapter, fragment: Element) -> None:
        if not self.source.live:
            self.addresses[chapter.slug] = on_paper.annotate(fragment, chapter, self.source.roman)
            if self.alone:
                on_paper.fill_in(fragment, on_paper.ids(chapter), self.source.folios)
        fit.apply(fragment, chapter, self.fitting)
        for heading in fragment.iter("h2"):
            heading.set(HEAD, self.source.head(page_body.own_words(heading)))

    def _lower(self, chapter: Chapter, fragment: Element) -> None:
        self.letters[chapter.slug] = fit.lower_notes(fragment, chapter, self.fitting)


def _begins(book: Book) -> str:
    """Return the id with which page 1 begins: the first part or chapter of the main matter; empty if there is none."""
    return book.main[0].slug if book.main else ""
