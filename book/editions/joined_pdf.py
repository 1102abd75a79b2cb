"""Paged editions joined from chapters: each is laid out alone and remembered, without page numbers.

What stands before and behind the chapters is laid out in the same way; the contents get the page numbers of all chapters.
"""

from __future__ import annotations

import functools
import html
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from book import cache, facts, limits
from book.amounts import roman
from book.edition import Edition
from book.editions import in_parallel
from book.editions.pages import BACK, FRONT, Source, begins
from book.model import Book, Evenness, Page, PageMap
from book.paged import finishing, fit, folios, frames, joining, layout_warnings, math_svg, page_map, segments
from book.paged.code_rooms import Rooms
from book.paged.fit import Fitted, Fitting
from book.paged.index_pages import laid_out as with_full_pages
from book.paged.inspection import Inspection
from book.paged.render import Renderer, complaints
from book.paged.resources import BOXES
from book.paged.segments import About, Findings, Mark, PageKind, Segment, UnjoinableError
from book.patterns import regex
from book.problems import Problem
from book.theme import Theme

TARGET = regex(r"target-counter\(\s*attr\(\s*(?:href|data-to)\s+url\s*\)\s*,\s*page\s*(?:,\s*(lower-roman)\s*)?\)")
"""In a style sheet: the page number of a target, which may stand in another segment."""
FOLIO, ROMAN = "data-folio", "data-folio-roman"
"""The attributes that hold it instead."""
LINK = regex(r'\bhref="#([^"]+)"')
REFERENCE = regex(r'\bdata-to="#([^"]+)"')
SIDES = regex(r":(?:left|right|blank)\b|\b(?:recto|verso)\b|break-(?:before|after)\s*:\s*(?:left|right)\b")
"""In a style sheet: what makes pages on the left differ from those on the right."""
FRONT_PAGES = 4
"""The pages before the first chapter, at first."""
ANY_FOLIO = 888
"""The page number of all chapters, where only the number of pages of the contents is wanted."""
ROUNDS = 6
"""How often pages are laid out until they have as many pages, and as many digits in their page numbers, as was assumed."""


def laid_out(source: Source, renderer: Renderer) -> tuple[bytes, tuple[Problem, ...], PageMap, Evenness]:
    """Return the pages of an edition as one PDF, their problems, the page map, and how even their lines are.

    Args:
        source: the HTML of the pages.
        renderer: lays them out.

    Raises:
        UnjoinableError: the edition has to be laid out as one document.
    """
    book, edition = source.book, source.edition
    if reason := source.theme.dependence(edition):
        raise UnjoinableError(reason)
    chapters = Chapters(source, renderer)
    numbers = chapters.likely()
    book.rest()
    in_parallel.lay_out(
        in_parallel.Chapters(
            book=book,
            edition=edition,
            theme=source.theme,
            unremembered=lambda: chapters.unremembered(numbers),
            lay_out=lambda name: chapters.lay_out_apart(name, numbers),
            begin=begin,
            more=numbers,
        )
    )
    every = chapters.all()
    chapters.memory.close()
    kinds = [kind for segment in every for kind in segment.kinds]
    numbered = _folio_pages(source, renderer, kinds, chapters.sheet)
    fonts = joining.union((*(segment.fonts for segment in every), numbered.fonts))
    frame = frames.recall(
        source.theme.cache,
        renderer,
        every[0].metadata,
        fonts,
        chapters.sheet,
        source.resources.digests_of((BOXES,)),
        identifier=book.metadata.identifier,
    )
    printed = joining.Numbers(
        folios=numbered.pdf,
        pages=tuple(number for number, kind in enumerate(kinds) if kind.folio),
        targets=_numbers(every),
    )
    ranges = _ranges(source, every)
    renderer.forget()
    with limits.uncollected():
        data = joining.joined(
            frame,
            every,
            renderer.outline(every),
            printed,
            labels=ranges,
            stamp=finishing.stamp(book),
            folder=source.theme.cache,
        )
    name = edition.path(book.metadata.slug)
    lines = (*(line for segment in (*every, numbered) for line in segment.findings.lines), *renderer.log)
    problems = (*complaints(lines, name), *_problems(source, every, name))
    return data, problems, _page_map(every, ranges), sum((segment.findings.evenness for segment in every), Evenness())


def begin(book: Book, edition: Edition, look: Theme, numbers: Mapping[str, int]) -> in_parallel.LayOut:
    """Return what lays out a chapter by its slug, with likely page *numbers*."""
    source = Source(book, edition, look)
    chapters = Chapters(source, Renderer(source.resources.served))
    return lambda name: chapters.lay_out_apart(name, numbers)


def _folio_pages(source: Source, renderer: Renderer, kinds: Sequence[PageKind], sheet: str) -> Segment:
    """Return the pages with nothing but the folios of pages of these *kinds*; an edit that moves no page needs the same again.

    Raises:
        UnjoinableError: as for :meth:`book.paged.render.Renderer.folio_pages`.
    """
    sample = functools.partial(_sample, source)
    printed = [(kind, number) for kind, number in zip(kinds, folios.numbers(kinds), strict=True) if kind.folio]

    def make() -> Segment:
        before = len(renderer.log)
        pdf, glyphs = renderer.folio_pages(kinds, sheet, sample)
        lines = tuple(renderer.log[before:])
        del renderer.log[before:]
        return Segment(
            pdf=pdf,
            heights=(0.0,) * len(printed),
            outline=((),) * len(printed),
            fonts=glyphs,
            metadata=About(title="", authors=(), description="", keywords=(), generator="", lang=""),
            findings=Findings(pages=len(printed), lines=lines),
        )

    if not printed:
        return make()
    several = dict.fromkeys(replace(kind, restart=None) for kind, _ in printed)
    samples = [sample(kind, number) for kind in several for number in (1, *folios.SAMPLES.values())]
    about = (renderer.versions, sheet, *source.resources.digests("".join((sheet, *samples))))
    return segments.recall(source.theme.cache, ("folios", repr(printed), *samples, *about), make)


def _sample(source: Source, kind: PageKind, number: int) -> str:
    """Return the HTML of pages of which the last one is of the given *kind* and has a *number*."""
    return source.theme.page("pdf/sample.html.j2", language=source.book.metadata.language, kind=kind, number=number)


def every_sheet(sheet: str) -> str:
    """Return *sheet* with page numbers of targets that are given in the HTML.

    Raises:
        UnjoinableError: it asks for something else of a target.
    """
    joinable = TARGET.sub(lambda match: f"attr({ROMAN if match[1] else FOLIO})", sheet)
    if "target-" in joinable:
        raise UnjoinableError("the style sheet asks for more than the page number of a target")
    return joinable


_Inputs = tuple[str, str, str, str]


class _Outline(NamedTuple):
    """What must be known of the HTML of a segment to find its pages."""

    digest: str
    length: int
    targets: tuple[str, ...]
    """The ids whose page numbers it prints."""
    images: tuple[str, ...]
    """The addresses of its images."""


def _links(name: str) -> re.Pattern[str]:
    """Return the pattern of the links whose page numbers the segment *name* prints."""
    return LINK if name == FRONT else REFERENCE


class Chapters:
    """Lays out what the edition consists of, each part and chapter alone, or remembers it."""

    def __init__(self, source: Source, renderer: Renderer) -> None:
        self.source, self.renderer = source, renderer
        self.sheet = every_sheet(source.sheet)
        self.sided = bool(SIDES.search(self.sheet))
        self.names = (*(item.slug for item in source.items), BACK)
        self.indexes = source.book.indexes
        """Those that print the page numbers of others, as the contents do, and are laid out when these are known."""
        self.first_pages: dict[str, tuple[str, Mapping[str, int]]] = {}
        """The HTML of each segment for its first layout."""
        self.memory = source.memory
        edition, folder = source.edition, source.theme.cache
        self.begin = fit.begin(source.book, scale=not edition.least_type, facing=edition.facing, memory=self.memory)
        fonts = source.resources.digests_of(())
        self.about = cache.key(edition.name, renderer.versions, self.sheet, *fonts)
        """What the pages of all chapters depend on."""
        self.rooms = Rooms(lambda page: renderer.lay_out(page, self.sheet).pages, self.sheet, folder, self.about)
        self.outlines: dict[str, _Outline] = {}
        self.ready: dict[_Inputs, Segment] = {}
        self.latest: dict[str, tuple[str, ...]] = {}
        """The digest of the HTML of each segment, and the page numbers with which it was laid out last."""

    def all(self) -> list[Segment]:
        """Return all segments in order.

        Raises:
            UnjoinableError: they find no length.
        """
        pages, side = self._front()
        numbers = self.likely(pages)
        before_index = tuple(itertools.takewhile(lambda name: name not in self.indexes, self.names))
        # An index prints the page numbers of all the rest: it waits until the pages before it are counted.
        for names in [before_index] * (before_index != self.names) + [self.names] * ROUNDS:
            body = self._body(names, numbers, pages, side)
            numbers = {**({} if names == self.names else numbers), **_numbers(body, pages)}
            front = self.segment(FRONT, numbers, "")
            settled = names == self.names and all(self._same(name, numbers) for name in names)
            if settled and (front.findings.pages, self._side(front.kinds[-1].side)) == (pages, side):
                return [front, *body]
            pages, side = front.findings.pages, self._side(front.kinds[-1].side)
        raise UnjoinableError("the pages find no length")

    def likely(self, pages: int = FRONT_PAGES) -> Mapping[str, int]:
        """Return likely page numbers by id, if there are so many *pages* before the first chapter."""
        return {**self.source.likely, **dict.fromkeys(self.source.roman, pages + 1 + pages % 2)}

    def unremembered(self, numbers: Mapping[str, int]) -> dict[str, int]:
        """Return the parts and chapters that are not cached with these page *numbers*, each with the length of its HTML."""
        folder, pages = self.source.theme.cache, {}
        for name in (name for name in self.names if name not in self.indexes):
            inputs = self._inputs(name, numbers, segments.BEFORE)
            if not segments.is_remembered(folder, (*inputs, *self._about(name))):
                pages[name] = self._outline(name).length
        return pages

    def _front(self) -> tuple[int, str]:
        """Return how many pages stand before the chapters, and the side of the last one.

        Where chapters can be turned, a guess is enough, because a wrong side lays out none of them again. The front is then laid out
        once, with the page numbers of the chapters.
        """
        numbers = self.likely()
        first = self.segment(self.names[0], numbers, segments.BEFORE) if self.sided else None
        if first is None or first.behind(segments.OTHER[segments.BEFORE]):
            return FRONT_PAGES, segments.BEFORE
        front = self.segment(FRONT, dict.fromkeys(self.source.folios, ANY_FOLIO), "")
        return front.findings.pages, front.kinds[-1].side

    def _side(self, side: str) -> str:
        """Return the *side* of a page as far as the next pages depend on it."""
        return side if self.sided else "right"

    def _body(self, names: Iterable[str], numbers: Mapping[str, int], before: int, side: str) -> list[Segment]:
        """Return the segments with *names* behind the front, which has *before* pages and ends on the *side*.

        A chapter that names a page of an earlier one gets its true number.
        """
        body: list[Segment] = []
        known, last = dict(numbers), before
        for name in names:
            segment = self.segment(name, known, side)
            body.append(segment)
            side = self._side(segment.kinds[-1].side)
            printed = folios.numbers(segment.kinds, last)
            known |= {anchor: printed[page] for anchor, page in segment.anchors.items()}
            last = printed[-1]
        return body

    def _same(self, name: str, numbers: Mapping[str, int]) -> bool:
        """Return whether the segment *name* is the same with the page numbers *numbers* as it was laid out last."""
        return self._inputs(name, numbers, "")[2:] == self.latest[name]

    def _page(self, name: str, fitting: Fitting) -> tuple[str, Mapping[str, int]]:
        """Return the HTML of the segment *name*, and the letters of its chapter, without page numbers."""
        if fitting is not self.begin:
            return self.source.page(fitting, frozenset({name}), joined=True)
        if name not in self.first_pages:
            self.first_pages[name] = self.source.page(fitting, frozenset({name}), joined=True)
        return self.first_pages[name]

    def _outline(self, name: str) -> _Outline:
        """Return what must be known of the HTML of the segment *name* for its first layout; for a chapter that is unchanged it is not made."""
        if name not in self.outlines:
            key = self.source.key(name)
            make = functools.partial(self._new_outline, name)
            self.outlines[name] = self.memory.remember(key, make, _Outline) if key else make()
        return self.outlines[name]

    def _new_outline(self, name: str) -> _Outline:
        page, _ = self._page(name, self.begin)
        links = (html.unescape(match[1]) for match in _links(name).finditer(page))
        targets = dict.fromkeys((*links, *self.source.places(page)))
        return _Outline(facts.digest(page), len(page), tuple(targets), self.source.resources.named(page))

    def _with_numbers(self, name: str, page: str, numbers: Mapping[str, int]) -> str:
        """Return the HTML *page* with the page number of its target beside each link that needs it."""
        page = _links(name).sub(lambda match: match[0] + self._number(name, html.unescape(match[1]), numbers), page)
        return self.source.with_index(page, numbers) if name in self.indexes else page

    def _number(self, name: str, target: str, numbers: Mapping[str, int]) -> str:
        """Return the attributes with the page number of *target* for the segment *name*; nothing if it has none.

        The contents get the numbers themselves, and chapters get placeholders with as many digits (:mod:`book.paged.slots`).
        """
        number = numbers.get(target)
        if not number:
            return ""
        digits = str(number) if name == FRONT else "8" * len(str(number))
        both = name == FRONT or target in self.source.roman
        return f' {FOLIO}="{digits}"' + (f' {ROMAN}="{roman(number)}"' if both else "")

    def segment(self, name: str, numbers: Mapping[str, int], after: str) -> Segment:
        """Return the pages of the part or chapter *name*, of :data:`FRONT` or :data:`BACK`, where they stand.

        They are laid out for the other side only if they cannot be turned: the pages before them move none of theirs.

        Args:
            name: its slug.
            numbers: the page numbers that are printed on its pages, by id.
            after: the side of the page before it; empty if there is none.
        """
        if not after:
            return self.laid_out(name, numbers, after)
        return self.laid_out(name, numbers, segments.BEFORE).behind(after) or self.laid_out(name, numbers, after)

    def lay_out_apart(self, name: str, numbers: Mapping[str, int]) -> None:
        """Lay out the segment *name* for the cache, from which it comes again when all are there; in memory, nothing of it stays."""
        self.laid_out(name, numbers, segments.BEFORE)
        self.ready.clear()
        self.first_pages.pop(name, None)

    def laid_out(self, name: str, numbers: Mapping[str, int], after: str) -> Segment:
        """Return the same as :meth:`segment`, as it was laid out."""
        source = self.source

        def lay_out(fitting: Fitting, _: frozenset[str]) -> fit.LaidOut:
            text, letters = self._page(name, fitting)
            page = self._with_numbers(name, text, numbers)
            turns = self.sided and bool(after)
            paged = functools.partial(self.renderer.lay_out, sheet=self.sheet, after=after, turns=turns)
            return (with_full_pages(page, paged) if name in self.indexes else paged(page)), letters

        def make() -> Segment:
            page, _ = self._page(name, self.begin)
            fitted = fit.fit(lay_out, fit.with_codes(self.begin, name, self.rooms.of_long(page)), {name: 1})
            segment = self.renderer.segment(fitted.layout, numbered=False)
            segment = finishing.finish_segment(segment, fitted.layout, name, upright=source.edition.facing)
            return replace(segment, findings=_findings(fitted, name, segment), marks=_marks(fitted))

        inputs = self._inputs(name, numbers, after)
        self.latest[name] = inputs[2:]
        if inputs not in self.ready:
            self.ready[inputs] = segments.recall(source.theme.cache, (*inputs, *self._about(name)), make, self.memory)
        return self.ready[inputs]

    def _inputs(self, name: str, numbers: Mapping[str, int], after: str) -> _Inputs:
        """Return what the pages of a chapter depend on: the digest of the HTML of its first layout, and the page numbers in it."""
        outline = self._outline(name)
        printed = numbers.get if name in self.indexes else functools.partial(self._number, name, numbers=numbers)
        return name, after, outline.digest, repr([printed(target) for target in outline.targets])

    def _about(self, name: str) -> tuple[str, ...]:
        """Return what the pages of all chapters depend on, and what those of the segment *name* need besides their HTML."""
        images = self.source.resources.digests_of(self._outline(name).images)
        return self.about, *self.source.unseen(name), *images


def _numbers(every: Sequence[Segment], before: int = 0) -> dict[str, int]:
    """Return the page number of every id in *every*, before which there are *before* pages."""
    printed = folios.numbers([*([PLAIN] * before), *(kind for segment in every for kind in segment.kinds)])
    numbers: dict[str, int] = {}
    for segment in every:
        numbers |= {name: printed[before + page] for name, page in segment.anchors.items()}
        before += segment.findings.pages
    return numbers


PLAIN = PageKind(name="", side="right", blank=False, later=False, folio=False, restart=None)
"""Any page that does not begin to count anew."""


def _ranges(source: Source, every: Sequence[Segment]) -> tuple[tuple[int, str], ...]:
    """Return how the pages are numbered in a reader: in a printed book, roman before the main matter."""
    first = begins(source.book)
    before = 0
    for segment in every if source.edition.facing else ():
        if first in segment.anchors:
            before += segment.anchors[first]
            return ((0, "r"), (before, "D")) if before else ((0, "D"),)
        before += segment.findings.pages
    return ((0, "D"),)


def _marks(fitted: Fitted) -> tuple[Mark, ...]:
    pages = page_map.read(fitted.layout.pages, [""] * len(fitted.layout.pages))
    return tuple(Mark(place=page.place, letters=page.letters, title=page.title, begins=page.begins) for page in pages)


def _page_map(every: Sequence[Segment], ranges: Sequence[tuple[int, str]]) -> PageMap:
    marks = [mark for segment in every for mark in segment.marks]
    return tuple(
        Page(label=label, place=mark.place, letters=mark.letters, title=mark.title, begins=mark.begins)
        for label, mark in zip(page_map.folios(len(marks), ranges), marks, strict=True)
    )


def _findings(fitted: Fitted, name: str, segment: Segment) -> Findings:
    return replace(
        segment.findings,
        defects=fitted.inspection.defects,
        smallest=fitted.inspection.smallest,
        cut=tuple(sorted(table for _, table in fitted.fitting.cut)),
        ended=fitted.fitting.ended.get(name, ""),
        evenness=fitted.inspection.evenness,
        squeezed=math_svg.squeezed(fitted.layout.pages),
    )


def _problems(source: Source, every: Sequence[Segment], name: str) -> list[Problem]:
    """Return the problems of the pages in the file *name*."""
    book, edition = source.book, source.edition
    slugs = (FRONT, *(item.slug for item in source.items), BACK)
    report = list(zip(slugs, (segment.findings for segment in every), strict=True))
    defects, before = [], 0
    for _, findings in report:
        defects += [replace(defect, page=defect.page + before) for defect in findings.defects]
        before += findings.pages
    smallest = min(findings.smallest for _, findings in report)
    inspection = Inspection(defects=tuple(defects), smallest=smallest, openings=(), blanks=())
    cut = frozenset((slug, table) for slug, findings in report for table in findings.cut)
    ended = {slug: findings.ended for slug, findings in report if findings.ended}
    squeezed: dict[str, float] = {}
    for _, findings in report:
        for tex, share in findings.squeezed.items():
            squeezed[tex] = min(share, squeezed.get(tex, 1.0))
    return [
        *math_svg.warnings_of(squeezed, book, name),
        *layout_warnings.defects(inspection, book, edition, name, cut=cut),
        *layout_warnings.notes_at_end(ended, book, name),
    ]
