"""The screen edition joined from chapters: each is laid out alone and remembered, without its page numbers.

What stands before and behind the chapters is laid out in the same way; the contents get the page numbers of all chapters.
"""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from book import view
from book.editions.pages import BACK, FRONT, Source
from book.model import Page, PageMap
from book.paged import finishing, fit, joining, layout_warnings, math_svg, page_map, segments
from book.paged.fit import Fitted, Fitting
from book.paged.inspection import Inspection
from book.paged.render import Renderer, complaints
from book.paged.segments import Findings, Mark, Segment, UnjoinableError
from book.problems import Problem

TARGET = re.compile(r"target-counter\(\s*attr\(\s*(?:href|data-to)\s+url\s*\)\s*,\s*page\s*\)")
"""In a style sheet: the page number of a target, which may stand in another segment."""
FOLIO = "data-folio"
"""The attribute that holds it instead."""
REFERENCE = re.compile(r'\bhref="#([^"]+)"')
FRONT_PAGES = 4
"""The pages before the first chapter, at first."""
ROUNDS = 5
"""How often the contents are laid out until they have as many pages as their page numbers say."""


def laid_out(source: Source, renderer: Renderer) -> tuple[bytes, tuple[Problem, ...], PageMap]:
    """Return the pages of an edition as one PDF, their problems, and the page map.

    Raises:
        UnjoinableError: the edition has to be laid out as one document.
    """
    book, edition = source.book, source.edition
    if edition.mode == "print" or edition.facing or source.theme.paginates:
        raise UnjoinableError("its pages depend on those of other chapters, or nobody knows")
    every = _Chapters(source, renderer).all()
    folios, glyphs = renderer.folio_pages(every, every_sheet(source.sheet), functools.partial(_sample, source))
    frame = renderer.frame(every, every_sheet(source.sheet), identifier=book.metadata.identifier, more=glyphs)
    ranges = ((0, "D"),)
    with joining.joined(frame, every, renderer.outline(every), folios) as pdf:
        data = finishing.close(pdf, book, ranges)
    name = edition.path(book.metadata.slug)
    lines = (*(line for segment in every for line in segment.findings.lines), *renderer.log)
    return data, (*complaints(lines, name), *_problems(source, every, name)), _page_map(every, ranges)


def _sample(source: Source, kind: str, number: int) -> str:
    """Return the HTML of a page of the given *kind* with a *number*."""
    language = source.book.metadata.language
    return source.theme.page("pdf/sample.html.j2", language=language, kind=kind or "auto", number=number)


def every_sheet(sheet: str) -> str:
    """Return *sheet* with page numbers of targets that are given in the HTML.

    Raises:
        UnjoinableError: it asks for something else of a target.
    """
    joinable = TARGET.sub(f"attr({FOLIO})", sheet)
    if "target-" in joinable:
        raise UnjoinableError("the style sheet asks for more than the page number of a target")
    return joinable


class _Chapters:
    """Lays out what the edition consists of, each part and chapter alone, or remembers it."""

    def __init__(self, source: Source, renderer: Renderer) -> None:
        self.source, self.renderer = source, renderer
        self.sheet = every_sheet(source.sheet)
        self.begin = fit.begin(source.book, scale=not source.edition.least_type)

    def all(self) -> list[Segment]:
        """Return all segments in order."""
        slugs = [item.slug for item in view.items(self.source.book, lambda _: "")]
        body = [*(self.segment(slug) for slug in slugs), self.segment(BACK)]
        count = FRONT_PAGES
        for _ in range(ROUNDS):
            front = self.segment(FRONT, _numbers(body, count))
            if front.findings.pages == count:
                return [front, *body]
            count = front.findings.pages
        raise UnjoinableError("the contents find no length")

    def segment(self, name: str, numbers: Mapping[str, int] | None = None) -> Segment:
        """Return the pages of the part or chapter *name*, of :data:`FRONT` or :data:`BACK`.

        Args:
            name: its slug.
            numbers: the page numbers that are printed on its pages, by id.
        """
        source, alone = self.source, frozenset({name})

        def page(fitting: Fitting) -> tuple[str, Mapping[str, int]]:
            text, letters = source.page(fitting, alone)
            return _with_numbers(text, numbers) if numbers else text, letters

        def lay_out(fitting: Fitting, _: frozenset[str]) -> fit.LaidOut:
            text, letters = page(fitting)
            return self.renderer.lay_out(text, self.sheet), letters

        def make() -> Segment:
            fitted = fit.fit(lay_out, self.begin, {name: 1})
            segment = self.renderer.segment(fitted.layout, numbered=False)
            segment = finishing.finish_segment(segment, fitted.layout, name)
            return replace(segment, findings=_findings(fitted, name, segment), marks=_marks(fitted))

        first, _ = page(self.begin)
        about = (source.edition.name, name, self.renderer.versions, self.sheet)
        return segments.recall(source.theme.cache, (*about, first, *source.resources.digests(first)), make)


def _with_numbers(page: str, numbers: Mapping[str, int]) -> str:
    """Return the HTML *page* with the page number of its target beside each link."""

    def numbered(match: re.Match[str]) -> str:
        number = numbers.get(html.unescape(match[1]))
        return f'{match[0]} {FOLIO}="{number}"' if number else match[0]

    return REFERENCE.sub(numbered, page)


def _numbers(body: Sequence[Segment], before: int) -> dict[str, int]:
    """Return the page number of every id in *body*, before which there are *before* pages."""
    numbers: dict[str, int] = {}
    for segment in body:
        numbers |= {name: before + page + 1 for name, page in segment.anchors.items()}
        before += segment.findings.pages
    return numbers


def _marks(fitted: Fitted) -> tuple[Mark, ...]:
    pages = fitted.layout.pages
    return tuple(
        Mark(place=page.place, letters=page.letters, title=page.title, begins=page.begins)
        for page in page_map.read(pages, [""] * len(pages))
    )


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
        squeezed=math_svg.squeezed(fitted.layout.pages),
    )


def _problems(source: Source, every: Sequence[Segment], name: str) -> list[Problem]:
    """Return the problems of the pages in the file *name*."""
    book, edition = source.book, source.edition
    slugs = (FRONT, *(item.slug for item in view.items(book, lambda _: "")), BACK)
    report = list(zip(slugs, (segment.findings for segment in every), strict=True))
    defects, before = [], 0
    for _, findings in report:
        defects += [replace(defect, page=defect.page + before) for defect in findings.defects]
        before += findings.pages
    smallest = min(findings.smallest for _, findings in report)
    inspection = Inspection(defects=tuple(defects), smallest=smallest, openings=(), blanks=())
    cut = frozenset((slug, table) for slug, findings in report for table in findings.cut)
    squeezed: dict[str, float] = {}
    for _, findings in report:
        for tex, share in findings.squeezed.items():
            squeezed[tex] = min(share, squeezed.get(tex, 1.0))
    return [
        *math_svg.warnings_of(squeezed, book, name),
        *layout_warnings.defects(inspection, book, edition, name, cut=cut),
        *layout_warnings.notes_at_end(
            {slug: findings.ended for slug, findings in report if findings.ended}, book, name
        ),
    ]
