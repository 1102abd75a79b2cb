"""The only room that imports WeasyPrint: lays out HTML with the resources of the book and nothing else, and writes PDF.

WeasyPrint is imported late because it needs Pango: EPUB and HTML are made without it. Its log never reaches the
terminal; its lines are read here by the patterns below, and ``tests/test_boxes.py`` fails if their wording changes. What it does
not do by itself is done by functions that are wrapped while a document is laid out (:mod:`~book.paged.render.even_lines`,
:mod:`~book.paged.render.grid`, :mod:`~book.paged.render.sides`) or written (:mod:`~book.paged.render.placeholders`, :mod:`~book.paged.render.copied_code`).
"""

from __future__ import annotations

import contextlib
import copy
import functools
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

from msgspec import Struct
from msgspec.structs import replace

from book import limits, packages
from book.paged import box_changes, folios, joining, on_paper, resources
from book.paged.boxes import column, margins, pages, sheets, tree
from book.paged.boxes.margins import Edges
from book.paged.boxes.tree import Box
from book.paged.chunks import POINTS
from book.paged.galley import Galley
from book.paged.joining import Branch
from book.paged.pages import Page
from book.paged.render import library
from book.paged.segments import About, Findings, Glyphs, PageKind, Segment
from book.patterns import regex
from book.problems import Kind, Problem, Severity, Subject

COMPLAINT = Kind("E104", Severity.WARNING, "WeasyPrint reported a problem with a page")

LIBRARIES = ("weasyprint", "pydyf", "pikepdf", "Pyphen", "cssselect2", "tinyhtml5", "fonttools", "Pillow")
"""Distributions that decide what pages look like, apart from those in :data:`book.cache.LIBRARIES`."""
TAGGED: Mapping[str, Any] = {"pdf_variant": "pdf/ua-1", "pdf_tags": True}
"""The options of WeasyPrint for a file with tags."""

NO_DESCRIPTION = regex(r'Image ".*" has no required alt description', re.S)
"""Logged for a picture without a description: :mod:`book.assemble.illustrate` reports it, :mod:`book.paged.tags` fixes the tags."""
NO_GLYPH = regex(r'\.notdef glyph rendered for Unicode string unsupported by fonts: "(.*)" \((U\+[0-9A-F]+)\)', re.S)
"""Logged for a letter without a glyph that is not the author's: for those, :mod:`book.paged.resources` has a font."""


class Layout(Struct, frozen=True, kw_only=True):
    """Pages that are laid out but not yet written."""

    pages: tuple[Page, ...]
    lines: tuple[str, ...]
    """WeasyPrint's log lines during layout."""
    document: Any
    """WeasyPrint's document, for this file only."""
    edges: Callable[[], Edges | None] = lambda: None
    """Lays out the edges of its pages for both sides."""

    def before(self, more: Layout) -> Layout:
        """Return its pages and those of *more*, from the same renderer, as one layout."""
        document = self.document.copy([*self.document.pages, *more.document.pages])
        return Layout(pages=pages.read(document.pages), lines=(*self.lines, *more.lines), document=document)

    @property
    def anchors(self) -> Mapping[str, int]:
        """The index of the first page of each id, from 0."""
        return sheets.gather_anchors(self.document.pages)[0]

    def galley(self, slug: str) -> Galley | None:
        """Return the chapter with a *slug* as one column; None if it has no text."""
        from book.paged.render import even_lines  # noqa: PLC0415 - it needs Pango

        return column.read(self.document.pages, even_lines.variants, even_lines.lines_with).get(slug)


class Renderer:
    """Lays out one document after the other, with fonts read once, and writes them.

    Args:
        served: everything that WeasyPrint may load: address -> bytes and media type.

    Raises:
        ToolMissing: Pango is not installed.
    """

    def __init__(self, served: Mapping[str, tuple[bytes, str]]) -> None:
        self._weasyprint = library.weasyprint()
        from book.paged.render import own_fonts, shaping  # noqa: PLC0415 - it needs Pango

        self._fonts = own_fonts.OwnFonts(served=any(kind == resources.FONT for _, kind in served.values()))
        self._fetcher = library.fetcher(served)
        self._sheets: dict[str, library.Sheet] = {}
        self._memory = shaping.Memory()
        self._styles: dict[str, Any] = {}
        self.log: list[str] = []
        """WeasyPrint's log lines during writing."""

    @functools.cached_property
    def versions(self) -> str:
        """The versions of everything that decides where lines break."""
        from weasyprint.text.ffi import pango  # noqa: PLC0415 - it needs Pango

        libraries = ", ".join(f"{name} {packages.version(name)}" for name in LIBRARIES)
        return f"{libraries}, Pango {pango.pango_version()}, HarfBuzz {library.harfbuzz_version()}"

    def complaints(self, layouts: Sequence[Layout], name: str) -> Iterator[Problem]:
        """Yield WeasyPrint's complaints about layout and writing of *layouts*, as problems of the file *name*."""
        yield from complaints((*(line for layout in layouts for line in layout.lines), *self.log), name)

    def lay_out(self, page: str, sheet: str = "", after: str = "", *, turns: bool = False) -> Layout:
        """Return the pages of the HTML *page*.

        Args:
            page: a document, without its style sheet if many documents share one.
            sheet: the style sheet; it is parsed once.
            after: the side of the page before its first page, ``left`` or ``right``; empty if it is the beginning of a book.
            turns: whether its pages may later stand on either side.

        Raises:
            UnjoinableError: it does not begin on a new page.
        """
        from book.paged.render import cycles, even_lines, grid, lengths, shaping, sides, styles  # noqa: PLC0415 - it needs Pango

        limits.tidy()
        shared = self._parsed(sheet)
        with library.log() as lines:
            source = library.html(page, self._fetcher)
            on_paper.divide_endless(source.etree_element)
            if after:
                on_paper.put_behind(source.etree_element, after)
            words = self._memory
            with (
                shaping.once(words),
                styles.shared(self._styles.setdefault(sheet, styles.Memory(sheet))),
                lengths.once(),
                even_lines.evenly(words),
                grid.on_grid(),
                sides.remember() as memory,
            ):
                document = source.render(
                    stylesheets=shared.parsed,
                    font_config=self._fonts,
                    counter_style=shared.counters,
                    color_profiles=dict(shared.profiles),
                    presentational_hints=False,
                )
        cycles.Use(memory.context, document.pages)
        if after:
            document = document.copy(sheets.behind(document.pages, after))
        layout = Layout(pages=pages.read(document.pages), lines=(*shared.lines, *lines), document=document)
        if not turns:
            return layout
        memory.html = source
        return replace(layout, edges=functools.partial(sides.edges, memory, document.pages, 1 if after else 0))

    def forget(self) -> None:
        """Let go of what was remembered for the next layout: there is none."""
        self._memory = type(self._memory)()
        self._styles.clear()
        limits.tidy(0)

    def _parsed(self, sheet: str) -> library.Sheet:
        """Return *sheet* as parsed by WeasyPrint, with its typefaces in the fonts of this renderer."""
        if sheet not in self._sheets:
            from weasyprint.urls import FatalURLFetchingError  # noqa: PLC0415 - it needs Pango

            try:
                parsed = library.parse(sheet)
            except FatalURLFetchingError:  # it loads more than typefaces, which is not the same for all books
                parsed = library.parse.__wrapped__(sheet, self._fetcher)
            with library.log() as lines:
                for face in parsed.faces:
                    self._fonts.add_font_face(face, self._fetcher)
            self._sheets[sheet] = replace(parsed, counters=copy.copy(parsed.counters), lines=(*parsed.lines, *lines))
        return self._sheets[sheet]

    def write(
        self,
        layouts: Sequence[Layout],
        *,
        identifier: str,
        title: str = "",
        keywords: Sequence[str] = (),
        tagged: bool = True,
    ) -> bytes:
        """Return the PDF of *layouts*, one after the other.

        Args:
            layouts: layouts from this renderer; their ids must be unique.
            identifier: the identifier of the file.
            title: the title of the file, if not that of the first document.
            keywords: those of the file, if not those of the first document.
            tagged: True writes PDF/UA-1 with tags; False plain pages, which are placed on sheets later.
        """
        from book.paged.render import shared_fonts  # noqa: PLC0415 - it needs Pango

        document = layouts[0].document.copy([page for layout in layouts for page in layout.document.pages])
        document.metadata = copy.copy(document.metadata)
        document.metadata.title = title or document.metadata.title
        document.metadata.keywords = list(keywords) or document.metadata.keywords
        document.fonts = shared_fonts.Embedded(document.fonts)
        box_changes.prepare(document.pages, tagged=tagged)
        out = io.BytesIO()
        with self._writing(document.pages) as lines:
            document.write_pdf(out, pdf_identifier=identifier.encode(), **(TAGGED if tagged else {}))
        self.log += lines
        return out.getvalue()

    def segment(self, layout: Layout, *, numbered: bool = True) -> Segment:
        """Return the pages of *layout* as a segment, before their tags are finished.

        Args:
            layout: from this renderer.
            numbered: whether the pages know their numbers; else their folios are left out.

        Raises:
            UnjoinableError: they use a font in a way that is true for one document only.
        """
        from book.paged.render import placeholders, shared_fonts  # noqa: PLC0415 - it needs Pango

        document = layout.document.copy()
        document.fonts = fonts = shared_fonts.Unembedded()
        kinds = () if numbered else tuple(margins.kind(tree.root(page)) for page in document.pages)
        edges = layout.edges()
        painted = self._edges(edges, document) if edges else b""
        if painted:
            document.pages = [box_changes.body(page) for page in document.pages]
        for page in () if numbered or painted else document.pages:
            box_changes.put_root(page, box_changes.without_folios(tree.root(page)))
        anchors, foreign = sheets.gather_anchors(document.pages)
        box_changes.add_anchors(document.pages[-1], foreign)
        box_changes.prepare(document.pages, tagged=True)
        out = io.BytesIO()
        with (
            self._writing(document.pages) as lines,
            placeholders.marked(() if numbered else document.pages, library.line) as numbers,
        ):
            document.write_pdf(out, **TAGGED)
        self._memory.clear()
        data = document.metadata
        return Segment(
            pdf=out.getvalue(),
            heights=sheets.heights(document.pages),
            outline=sheets.gather_bookmarks(document.pages),
            fonts=tuple(shared_fonts.glyphs_of(font) for font in fonts.used()),
            metadata=About(
                title=data.title,
                authors=tuple(data.authors),
                description=data.description,
                keywords=tuple(data.keywords),
                generator=data.generator,
                lang=data.lang,
            ),
            findings=Findings(pages=len(document.pages), lines=(*layout.lines, *lines)),
            kinds=kinds,
            slots=tuple(numbers),
            anchors=anchors,
            foreign=foreign,
            edges=painted,
            shifts=edges.shifts if edges and painted else (),
        )

    @contextlib.contextmanager
    def _writing(self, pages: Sequence[Any]) -> Iterator[list[str]]:
        """Let WeasyPrint write *pages* in the ``with`` block with all that is wrapped for it; yield the lines of its log."""
        from book.paged.render import copied_code, painting, shaping  # noqa: PLC0415 - it needs Pango

        with (
            library.log() as lines,
            shaping.once(self._memory),
            painting.fast(),
            painting.packed(),
            copied_code.whole_lines(pages),
        ):
            yield lines

    def _edges(self, edges: Edges, document: Any) -> bytes:
        """Return a PDF with the edges of the pages of *document*: for each page the left one, then the right one.

        It is empty if they are more than text.
        """
        pair = document.copy([library.page(box) for page in zip(edges.left, edges.right, strict=True) for box in page])
        pair.fonts = document.fonts
        out = io.BytesIO()
        with self._writing(()) as lines:
            pair.write_pdf(out)
        self.log += lines
        return out.getvalue() if joining.is_text_alone(out.getvalue()) else b""

    def folio_pages(
        self, kinds: Sequence[PageKind], sheet: str, page: Callable[[PageKind, int], str]
    ) -> tuple[bytes, tuple[Glyphs, ...]]:
        """Return a PDF with a page for each page that has a folio, which holds nothing else, and the glyphs that it uses.

        Args:
            kinds: of all pages of a file, in order.
            sheet: their style sheet.
            page: returns the HTML of pages of which the last one is of a kind and has a number.

        Raises:
            UnjoinableError: a folio is of a kind that cannot be set apart.
        """
        from book.paged.render import shared_fonts  # noqa: PLC0415 - it needs Pango

        def sample(kind: PageKind) -> tuple[Box, tuple[tuple[Box, Box], ...]]:
            def laid_out(number: int) -> Box:
                return margins.of_kind(self.lay_out(page(kind, number), sheet).document.pages, kind)

            return margins.samples(laid_out, folios.SAMPLES)

        printed = [
            (replace(kind, restart=None), number)
            for kind, number in zip(kinds, folios.numbers(kinds), strict=True)
            if kind.folio
        ]
        samples = {kind: sample(kind) for kind in dict.fromkeys(kind for kind, _ in printed)}
        boxes = [box_changes.with_numbers(*samples[kind], number, library.line) for kind, number in printed]
        document = self.lay_out("<!DOCTYPE html>").document.copy([library.page(box) for box in boxes])
        document.color_profiles = dict(self._parsed(sheet).profiles)
        document.fonts = fonts = shared_fonts.Unembedded()
        out = io.BytesIO()
        with library.log() as lines:
            document.write_pdf(out)
        self.log += lines
        return out.getvalue(), tuple(shared_fonts.glyphs_of(font) for font in fonts.used())

    def frame(
        self,
        about: About,
        fonts: Sequence[Glyphs],
        sheet: str,
        *,
        identifier: str,
        title: str = "",
    ) -> bytes:
        """Return a PDF with one empty page and everything that segments share.

        Args:
            about: what is said of the whole file: :attr:`book.paged.segments.Segment.metadata` of the first segment.
            fonts: the glyphs of all segments, from :func:`book.paged.joining.union`.
            sheet: their style sheet, which knows their fonts.
            identifier: of the file.
            title: instead of that of the first segment.

        Raises:
            UnjoinableError: a font of theirs is not found again.
        """
        from weasyprint.pdf.metadata import DocumentMetadata  # noqa: PLC0415 - it needs Pango

        from book.paged.render import shared_fonts  # noqa: PLC0415 - it needs Pango

        profiles = self._parsed(sheet).profiles
        document = self.lay_out("<!DOCTYPE html>").document.copy()
        document.metadata = DocumentMetadata(**about)
        document.metadata.title = title or document.metadata.title
        document.color_profiles = dict(profiles)
        document.fonts = {font.name: shared_fonts.again(font, self._fonts.font_map) for font in fonts}
        out = io.BytesIO()
        with library.log() as lines:
            document.write_pdf(out, pdf_identifier=identifier.encode(), **TAGGED)
        self.log += lines
        return out.getvalue()

    def outline(self, segments: Sequence[Segment]) -> list[Branch]:
        """Return the outline of *segments*: which line stands below which depends on all lines before it."""
        pages = [
            SimpleNamespace(
                height=height, bookmarks=[(line.level, line.label, (line.x, line.y), line.state) for line in lines]
            )
            for segment in segments
            for height, lines in zip(segment.heights, segment.outline, strict=True)
        ]
        document = self._weasyprint.Document(pages, None, None, None, {}, None)
        return cast("list[Branch]", document.make_bookmark_tree(POINTS, transform_pages=True))


def complaints(lines: Iterable[str], name: str) -> Iterator[Problem]:
    """Yield WeasyPrint's complaints in the *lines* of its log, each once, as problems of the file *name*."""
    fix = "check the page, the theme's style sheets and the images on that page"
    unseen: dict[str, None] = {}
    for line in dict.fromkeys(lines):
        if lacking := NO_GLYPH.fullmatch(line):
            unseen[f"{lacking[1]} ({lacking[2]})"] = None
        elif not NO_DESCRIPTION.match(line):
            yield COMPLAINT.at(Subject(name=name), f"WeasyPrint reported: {line}", fix=fix)
    if unseen:
        message = f"no font has {' '.join(unseen)}, which a template, a style sheet or Handbound itself prints; a box stands in its place"
        yield COMPLAINT.at(
            Subject(name=name), message, fix="name a font that has it under [font] in a theme of your own"
        )
