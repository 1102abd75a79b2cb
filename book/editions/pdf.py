"""The PDF editions: for the screen, for a printer, and in large print. The pages are made in :mod:`book.paged`."""

from __future__ import annotations

import functools

from book.edition import Edition
from book.editions import joined_pdf, laid_out_whole
from book.editions.pages import Source, begins, other_templates
from book.model import Book, Evenness, Made, PageMap
from book.paged import (
    finishing,
    fit,
    fit_memory,
    layout_warnings,
    math_svg,
    page_map,
    pdf_x,
)
from book.paged.fit import Fitted, Fitting
from book.paged.render import Layout, Renderer
from book.paged.segments import UnjoinableError
from book.problems import Problem
from book.theme import Theme

ROUNDS = 3
"""How often all pages are laid out until their index has their numbers: it may stand before pages that it names."""
LONG = 6000
"""The number of words from which chapters are fitted one by one: a shorter book is laid out as a whole as quickly."""


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
    data, problems, where, evenness = laid_out(book, edition, theme)
    return Made(files={edition.path(book.metadata.slug): data}, problems=problems, pages=where, evenness=evenness)


def laid_out(book: Book, edition: Edition, theme: Theme) -> tuple[bytes, tuple[Problem, ...], PageMap, Evenness]:
    """Return the pages of *edition* as one PDF, their problems, the page map, and how even their lines are."""
    theme = theme.for_edition(edition)
    book, undrawn = math_svg.on_paper(book, theme)
    source = Source(book, edition, theme)
    renderer = Renderer(source.resources.served)
    pressed = edition.standard == "pdf/x-4"
    name = edition.path(book.metadata.slug)
    notes: tuple[Problem, ...] = ()
    if not theme.plain:
        try:
            data, problems, where, evenness = joined_pdf.laid_out(source, renderer)
            return pdf_x.pressed(data, book) if pressed else data, (*undrawn, *problems), where, evenness
        except UnjoinableError as error:
            notes = (laid_out_whole(name, error),)

    def lay_out(fitting: Fitting, alone: frozenset[str]) -> fit.LaidOut:
        page, letters = source.page(fitting, alone)
        layout = renderer.lay_out(source.with_index(page, source.likely) if book.indexes else page, source.sheet)
        return layout if alone or not book.indexes else _with_index(source, renderer, page, layout), letters

    sizes = {chapter.slug: len(chapter.body.spell()) for chapter in book.spine}
    fitted = fit.fit(lay_out, _begun(source, renderer, lay_out), sizes)
    pages = fitted.layout.pages
    first = dict(fitted.inspection.openings).get(begins(book), 1) if edition.facing else 1
    ranges = ((0, "r"), (first - 1, "D")) if first > 1 else ((0, "D"),)
    data = renderer.write([fitted.layout], identifier=book.metadata.identifier)
    data = finishing.finish(data, book, ranges=ranges, layouts=[fitted.layout], upright=edition.facing)
    data = pdf_x.pressed(data, book) if pressed else data
    problems = (*notes, *renderer.complaints([fitted.layout], name), *undrawn, *_problems(fitted, book, edition, name))
    where = page_map.read(pages, page_map.folios(len(pages), ranges))
    return data, problems, where, fitted.inspection.evenness


def _with_index(source: Source, renderer: Renderer, page: str, layout: Layout) -> Layout:
    """Return the HTML *page* laid out with an index that has the page numbers of *layout*: the same but for those."""
    first = begins(source.book) if source.edition.facing else ""
    numbers: dict[str, int] = {}
    for _ in range(ROUNDS):
        before, anchors = numbers, layout.anchors
        start = anchors.get(first, 0)
        numbers = {name: at + 1 - (start if at >= start else 0) for name, at in anchors.items()}
        if numbers == before:
            break
        layout = renderer.lay_out(source.with_index(page, numbers), source.sheet)
    return layout


def _begun(source: Source, renderer: Renderer, lay_out: fit.LayOut) -> Fitting:
    """Return the measures to start with: in a long book, those that each chapter needs when laid out alone, from the cache."""
    book, edition = source.book, source.edition
    fitting = fit.begin(book, scale=not edition.least_type, facing=edition.facing)
    if sum(chapter.words for chapter in book.spine) < LONG:
        return fitting
    about = (renderer.versions, edition.name, source.sheet, *other_templates(source.theme))
    for chapter in book.spine:
        if not fit.may_need(chapter, fitting):
            continue
        page, _ = source.page(fitting, frozenset({chapter.slug}))
        fitting = fit_memory.recall(
            source.theme.cache,
            (*about, page, *source.unseen(chapter.slug), *source.resources.digests(page)),
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
