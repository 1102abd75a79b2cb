"""The handout: every chapter on pages of its own, with room for notes, its questions, and its links as QR codes.

A page is as wide as A4 and as high as Letter, and stands in the middle of either: who prints on one paper has the same pages as who
prints on the other, and they are laid out once.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from msgspec.structs import replace

from book import cache, view
from book.assemble import discussion, notes
from book.edition import Edition, Trim
from book.editions import in_parallel, laid_out_whole, leaves
from book.editions.leaves import Leaf
from book.editions.pages import body, other_templates
from book.model import Book, Chapter, Evenness, Made
from book.paged import (
    code_rooms,
    filling,
    finishing,
    fit,
    fit_memory,
    frames,
    joining,
    layout_warnings,
    math_svg,
    resources,
    segments,
    tables,
)
from book.paged.fit import Fitted, Fitting
from book.paged.inspection import Inspection
from book.paged.render import Layout, Renderer, complaints
from book.paged.resources import SCHEME
from book.paged.segments import About, Findings, Segment, UnjoinableError
from book.problems import Kind, Problem, Severity
from book.theme import Theme, trusted

UNCODED = Kind("I117", Severity.NOTE, "an address too long for a QR code")
HARDLY = 0.34
"""A last page that is filled less than this is avoided by less room for writing."""


WAYS = {b"plain": "", b"tight": "tight"}
"""How the end of a chapter may be set, by the names in the cache and in the template: as it is, or with less room for writing."""
NOTES_PAGE = "pdf/notes_page.html.j2"
AS_IT_IS = Fitting(ladder=tables.HANDOUT, notes_at_foot=False, scale=False, starts=False)
"""The measures of a chapter that is laid out for the first time."""


def make(book: Book, edition: Edition, theme: Theme) -> Made:
    """Return the handout of *book* on each of its papers, and one file for each chapter on the first.

    Args:
        book: after composition, with references resolved and images read.
        edition: the edition: file name, template, style sheet and colours.
        theme: the theme.

    Raises:
        ToolMissing: Pango is not installed.
    """
    theme = theme.for_edition(edition)
    book, undrawn = math_svg.on_paper(book.without_index.map_chapters(_apart), theme)
    handout = Handout(book, edition, theme)
    problems: list[Problem] = [*undrawn, *_uncoded(handout.leaves)]
    name = edition.path(book.metadata.slug)
    try:
        files, findings = handout.single_documents() if theme.plain else handout.joined_segments()
    except UnjoinableError as error:
        files, findings = handout.single_documents()
        problems.append(laid_out_whole(name, error))
    problems += _defects(book, edition, name, findings)
    every = [chapter for _, chapter in findings]
    squeezed = {tex: share for chapter in every for tex, share in chapter.squeezed.items()}
    problems += math_svg.warnings_of(squeezed, book, name)
    problems += complaints((*(line for chapter in every for line in chapter.lines), *handout.renderer.log), name)
    evenness = sum((chapter.evenness for chapter in every), Evenness())
    return Made(files=files, problems=tuple(problems), evenness=evenness)


def _apart(chapter: Chapter) -> Chapter:
    """Return *chapter* without questions in its body, and with another title of its notes than that of the column for notes."""
    return notes.as_sources(discussion.without(chapter))


def begin(book: Book, edition: Edition, look: Theme, _: None) -> in_parallel.LayOut:
    """Return what lays out a chapter by its slug."""
    return Handout(book, edition, look).laid_out


P = TypeVar("P")
Report = tuple[str, Findings]
"""The slug of a chapter, and what is to be reported of its pages."""


class Handout:
    """Lays out the chapters of one book, each on its own pages."""

    def __init__(self, book: Book, edition: Edition, theme: Theme) -> None:
        self.book, self.edition, self.theme = book, edition, theme
        self.template = edition.template
        self.about = view.about_with_logo(book, lambda asset: f"{SCHEME}:{asset.name}")
        shelf = resources.gather(book, theme, grey=edition.mode == "print")
        self.leaves, codes = leaves.gather(book, theme)
        self.by_slug = {leaf.item.slug: leaf for leaf in self.leaves}
        self.first_pages: dict[str, str] = {}
        """The HTML of each chapter for its first layout, by its slug."""
        self.resources = replace(shelf, served={**shelf.served, **codes})
        self.sheet = theme.sheet(*edition.sheets, faces=shelf.faces, mode=edition.mode)

    @functools.cached_property
    def renderer(self) -> Renderer:
        """The renderer; it needs Pango."""
        return Renderer(self.resources.served)

    @functools.cached_property
    def rooms(self) -> code_rooms.Rooms:
        """The room of listings in the chapters."""
        renderer, sheet = self.renderer, self.sheet
        about = cache.key(renderer.versions, sheet, *self.resources.digests_of(()))
        return code_rooms.Rooms(lambda page: renderer.lay_out(page, sheet).pages, sheet, self.theme.cache, about)

    @functools.cached_property
    def about_all(self) -> tuple[str, ...]:
        """Everything that the pages of all chapters depend on."""
        return (self.renderer.versions, self.sheet, *other_templates(self.theme))

    def page(self, leaf: Leaf, way: str, fitting: Fitting = AS_IT_IS) -> str:
        """Return the HTML of a chapter, without the style sheet, which all chapters share.

        Args:
            leaf: the chapter.
            way: how its end is set: one of :data:`WAYS`.
            fitting: the measures so far.
        """
        chapter = leaf.item.chapter
        assert chapter is not None  # noqa: S101 - a leaf is a chapter
        shelf, shape = self.resources, functools.partial(fit.apply, chapter=chapter, fitting=fitting)
        words = body(chapter, shelf.images, shape, smallest=shelf.smallest)
        leaf = replace(leaf, item=replace(leaf.item, body=trusted(words)))
        say = view.speaker(leaf.item.lang)
        return self.theme.page(self.template, about=self.about, say=say, leaf=leaf, way=way, sheet="")

    def first_page(self, leaf: Leaf) -> str:
        """Return the HTML of a chapter for its first layout."""
        slug = leaf.item.slug
        if slug not in self.first_pages:
            self.first_pages[slug] = self.page(leaf, "")
        return self.first_pages[slug]

    def unremembered(self) -> dict[str, int]:
        """Return the chapters that are not cached, by their slug, each with the length of its HTML."""
        return {
            leaf.item.slug: len(self.first_page(leaf))
            for leaf in self.leaves
            if not segments.is_remembered(self.theme.cache, self._segment_inputs(leaf))
        }

    def chapter(self, leaf: Leaf) -> Fitted:
        """Return the pages of *leaf*, with its end set in the best way; the way and the measures are cached.

        If they are odd, a ruled page follows, so that the next chapter begins on another sheet.
        """
        folder, slug = self.theme.cache, leaf.item.slug
        inputs = self._inputs(leaf)
        fresh: list[tuple[bytes, Fitted]] = []

        def find() -> tuple[bytes, Fitted]:
            if not fresh:
                fresh.append(self._best(leaf))
            return fresh[0]

        key = cache.key("way", cache.program(), *inputs)
        entry = cache.remember(folder, fit_memory.STAGE, key, lambda: find()[0], WAYS.__contains__)
        way = WAYS[entry]
        fitting = fit_memory.recall(folder, (way, *inputs), slug, AS_IT_IS, lambda: find()[1].fitting)
        fitted = fresh[0][1] if fresh else self._fitted(leaf, way, fitting)
        if len(fitted.layout.pages) % 2 == 0:
            return fitted
        say = view.speaker(leaf.item.lang)
        notes_page = self.theme.page(NOTES_PAGE, about=self.about, say=say, leaf=leaf)
        return replace(fitted, layout=fitted.layout.before(self.renderer.lay_out(notes_page, self.sheet)))

    def _inputs(self, leaf: Leaf) -> tuple[str, ...]:
        """Return everything that the pages of *leaf* depend on."""
        page = self.first_page(leaf)
        return (*self.about_all, page, *self.resources.digests(page))

    def _best(self, leaf: Leaf) -> tuple[bytes, Fitted]:
        """Return the way in which *leaf* takes the fewest sheets of paper that are printed on both sides, and the pages."""
        codes = self.rooms.of_long(self.first_page(leaf))
        way, fitted = "", self._fitted(leaf, "", fit.with_codes(AS_IT_IS, leaf.item.slug, codes))
        count = len(fitted.layout.pages)
        if count > 1 and (leaf.questions or leaf.links) and (count % 2 or _fill(fitted) < HARDLY):
            tight = self._tight(leaf, fitted)
            if len(tight.layout.pages) < count:
                way, fitted = "tight", tight
        return (way or "plain").encode(), fitted

    def _tight(self, leaf: Leaf, before: Fitted) -> Fitted:
        """Return the pages of *leaf* with less room for writing than *before*; if they end worse, filled anew."""
        fitted = self._fitted(leaf, "tight", before.fitting)
        if _white(fitted) <= _white(before):
            return fitted
        again = self._fitted(leaf, "tight", replace(before.fitting, fillings={}))
        same = len(again.layout.pages) == len(fitted.layout.pages)
        return again if same and _white(again) < _white(fitted) else fitted

    def _fitted(self, leaf: Leaf, way: str, fitting: Fitting) -> Fitted:
        def lay_out(fitting: Fitting, _: frozenset[str]) -> fit.LaidOut:
            return self.renderer.lay_out(self.page(leaf, way, fitting), self.sheet), {}

        return fit.fit(lay_out, fitting, {leaf.item.slug: 1})

    def segment(self, leaf: Leaf) -> Segment:
        """Return the pages of *leaf* as a segment; it is remembered.

        Raises:
            UnjoinableError: its pages cannot be joined with others.
        """
        slug = leaf.item.slug

        def make() -> Segment:
            fitted = self.chapter(leaf)
            segment = finishing.finish_segment(self.renderer.segment(fitted.layout), fitted.layout, slug)
            return replace(segment, findings=_findings(fitted, segment.findings.lines))

        return segments.recall(self.theme.cache, self._segment_inputs(leaf), make)

    def _segment_inputs(self, leaf: Leaf) -> tuple[str, ...]:
        return "handout", leaf.item.slug, *self._inputs(leaf)

    def laid_out(self, slug: str) -> Segment:
        """Return the same as :meth:`segment` for the chapter with a *slug*."""
        return self.segment(self.by_slug[slug])

    def joined_segments(self) -> tuple[dict[str, bytes], list[Report]]:
        """Return the files, joined from remembered segments, and what is to be reported of the chapters.

        Raises:
            UnjoinableError: pages of a chapter cannot be joined with others.
        """
        in_parallel.lay_out(
            in_parallel.Chapters(
                book=self.book,
                edition=self.edition,
                theme=self.theme,
                unremembered=self.unremembered,
                lay_out=self.laid_out,
                begin=begin,
            )
        )
        return self._files(self.segment, self.joined, lambda segment: segment.findings)

    def single_documents(self) -> tuple[dict[str, bytes], list[Report]]:
        """Return the same as :meth:`joined_segments`, each file laid out and written as one document."""
        return self._files(self.chapter, self.written, lambda fitted: _findings(fitted, fitted.layout.lines))

    def _files(
        self,
        chapter: Callable[[Leaf], P],
        write: Callable[[Sequence[P], str, str, Trim], bytes],
        findings: Callable[[P], Findings],
    ) -> tuple[dict[str, bytes], list[Report]]:
        """Return the files of the handout, and what is to be reported of the chapters.

        Args:
            chapter: returns the pages of a chapter.
            write: returns the file of some chapters, with its name, its title, and the size of its paper.
            findings: returns what is to be reported of the pages of a chapter.
        """
        chapters = [(leaf.item.slug, chapter(leaf)) for leaf in self.leaves]
        book, every, files = self.book.metadata, [pages for _, pages in chapters], dict[str, bytes]()
        for paper in self.edition.papers:
            name = self.edition.path(book.slug, paper)
            files[name] = write(every, name, book.title, paper.size)
        for slug, pages in chapters:
            name = self.edition.single(slug)
            files[name] = write([pages], name, "", self.edition.papers[0].size)
        return files, [(slug, findings(pages)) for slug, pages in chapters]

    def joined(self, chapters: Sequence[Segment], name: str, title: str, paper: Trim) -> bytes:
        """Return the PDF *name*, joined from *chapters*, on a *paper*."""
        frame = frames.recall(
            self.theme.cache,
            self.renderer,
            About(**{**chapters[0].metadata, "keywords": self.about.subjects}),
            joining.union(chapter.fonts for chapter in chapters),
            self.sheet,
            self.resources.digests_of((resources.BOXES,)),
            identifier=self._identifier(name),
            title=title,
        )
        return joining.joined(
            frame,
            chapters,
            self.renderer.outline(chapters),
            labels=_ranges(chapter.findings.pages for chapter in chapters),
            stamp=finishing.stamp(self.book),
            folder=self.theme.cache,
            paper=paper,
        )

    def written(self, fitted: Sequence[Fitted], name: str, title: str, paper: Trim) -> bytes:
        """Return the PDF *name* with the chapters in *fitted*, written as one document, on a *paper*."""
        layouts: list[Layout] = [pages.layout for pages in fitted]
        data = self.renderer.write(
            layouts, identifier=self._identifier(name), title=title, keywords=self.about.subjects
        )
        ranges = _ranges(len(layout.pages) for layout in layouts)
        return finishing.finish(data, self.book, ranges=ranges, layouts=layouts, paper=paper)

    def _identifier(self, name: str) -> str:
        """Return the identifier of the file *name*: two files of one book have different ones."""
        return f"{self.book.metadata.identifier}/{name}"


def _ranges(counts: Iterable[int]) -> list[tuple[int, str]]:
    """Return how the pages of chapters with these *counts* of pages are numbered: each chapter begins with 1."""
    return [(start, "D") for start in list(itertools.accumulate(counts, initial=0))[:-1]]


def _findings(fitted: Fitted, lines: tuple[str, ...]) -> Findings:
    """Return what is to be reported of the pages in *fitted*, with the *lines* of WeasyPrint's log."""
    pages = fitted.layout.pages
    return Findings(
        pages=len(pages),
        lines=lines,
        defects=fitted.inspection.defects,
        smallest=fitted.inspection.smallest,
        cut=tuple(sorted(table for _, table in fitted.fitting.cut)),
        evenness=fitted.inspection.evenness,
        squeezed=math_svg.squeezed(pages),
    )


def _white(fitted: Fitted) -> float:
    """Return how much white space the pages of a chapter leave."""
    return sum(filling.white(ends) for ends in fitted.inspection.ends.values())


def _fill(fitted: Fitted) -> float:
    """Return the filled share of the last page, from 0 to 1."""
    return fitted.layout.pages[-1].fill


def _uncoded(leaves: Sequence[Leaf]) -> Iterator[Problem]:
    """Yield a note for each address that is printed without a QR code."""
    for leaf in leaves:
        for link in leaf.links:
            if not link.code and leaf.item.chapter is not None:
                message = f"the address {link.address[:80]}… has {len(link.address)} letters; the handout prints it without a QR code"
                yield UNCODED.at(
                    leaf.item.chapter.source.place(1), message, fix="no action needed, or link to a shorter address"
                )


def _defects(book: Book, edition: Edition, name: str, chapters: Sequence[Report]) -> list[Problem]:
    """Return the problems of the pages of all *chapters*, by their page numbers in the file *name*, the whole handout."""
    problems: list[Problem] = []
    first = 0
    for slug, findings in chapters:
        moved = tuple(replace(defect, page=defect.page + first) for defect in findings.defects)
        inspection = Inspection(defects=moved, smallest=findings.smallest, openings=(), blanks=())
        cut = frozenset((slug, table) for table in findings.cut)
        problems += layout_warnings.defects(inspection, book, edition, name, cut=cut)
        first += findings.pages
    return problems
