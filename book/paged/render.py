"""The only module that imports WeasyPrint: lays out HTML with the resources of the book and nothing else, and writes PDF.

WeasyPrint is imported late because it needs Pango: EPUB and HTML are made without it. Its log never reaches the
terminal; its lines are read here by the patterns below, and ``tests/test_boxes.py`` fails if their wording changes.
"""

from __future__ import annotations

import contextlib
import copy
import ctypes.util
import functools
import io
import logging
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from types import SimpleNamespace
from typing import Any, cast

from book.images import svg
from book.paged import box_changes, boxes, copied_code, folios, galley, joining, on_paper, shared_fonts, sides, slots
from book.paged.galley import Galley
from book.paged.joining import POINTS, Branch
from book.paged.pages import Page
from book.paged.segments import Bookmark, Findings, Glyphs, PageKind, Segment, gather_anchors
from book.paged.sides import Edges
from book.problems import Kind, Problem, Severity, Subject, ToolMissing

COMPLAINT = Kind("E104", Severity.WARNING, "WeasyPrint reported a problem with a page")
NO_PANGO = Kind("X101", Severity.ERROR, "WeasyPrint cannot start without Pango")

INSTALL = "apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
SCHEME = "book"
"""The scheme of the addresses under which WeasyPrint finds the resources of the book."""
CARRIED = tuple(f"data:image/{kind};base64," for kind in ("png", "jpeg", "gif", "svg+xml"))
"""The start of the address of an image inside a drawing."""
TAGGED: Mapping[str, Any] = {"pdf_variant": "pdf/ua-1", "pdf_tags": True}
"""The options of WeasyPrint for a file with tags."""
LARGEST_CARRIED = 1 << 30
"""The most bytes of such an image; :mod:`book.images.svg` has read and rewritten it."""

NO_DESCRIPTION = re.compile(r'Image ".*" has no required alt description', re.S)
"""Logged for a picture without a description: :mod:`book.assemble.illustrate` reports it, :mod:`book.paged.tags` fixes the tags."""
NO_GLYPH = re.compile(r'\.notdef glyph rendered for Unicode string unsupported by fonts: "\S"')
"""Logged for a letter without a glyph: :mod:`book.paged.coverage` has reported it at its line."""
KNOWN_LINES: Mapping[str, re.Pattern[str]] = {"no description": NO_DESCRIPTION, "no glyph": NO_GLYPH}
"""Log lines of WeasyPrint that are reported elsewhere; every other line is reported verbatim."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Pages that are laid out but not yet written."""

    pages: tuple[Page, ...]
    lines: tuple[str, ...]
    """WeasyPrint's log lines during layout."""
    document: Any
    """WeasyPrint's document, for this file only."""
    edges: Callable[[], Edges | None] = lambda: None
    """Lays out the edges of its pages for both sides."""

    def galley(self, slug: str) -> Galley | None:
        """Return the chapter with a *slug* as one column; None if it has no text."""
        return galley.read(self.document.pages).get(slug)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """A style sheet, parsed once for all documents that share it."""

    parsed: list[Any]
    faces: list[Any]
    """The typefaces that it declares."""
    counters: Any
    """Its own styles of counters."""
    profiles: Mapping[str, Any]
    """Its own colour profiles."""
    lines: tuple[str, ...]
    """WeasyPrint's log lines while it was parsed."""


class Renderer:
    """Lays out one document after the other, with fonts read once, and writes them.

    Args:
        served: everything that WeasyPrint may load: address -> bytes and media type.

    Raises:
        ToolMissing: Pango is not installed.
    """

    def __init__(self, served: Mapping[str, tuple[bytes, str]]) -> None:
        self._weasyprint = _weasyprint()
        from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415 - as _weasyprint

        self._fonts = FontConfiguration()
        self._fetcher = _fetcher(served)
        self._sheets: dict[str, _Sheet] = {}
        self.log: list[str] = []
        """WeasyPrint's log lines during writing."""

    @property
    def versions(self) -> str:
        """The versions of everything that decides where lines break."""
        from weasyprint.text.ffi import pango  # noqa: PLC0415 - as _weasyprint

        libraries = ", ".join(f"{name} {metadata.version(name)}" for name in ("weasyprint", "pydyf", "pikepdf"))
        return f"{libraries}, Pango {pango.pango_version()}"

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
        from book.paged import even_lines  # noqa: PLC0415 - as _weasyprint

        shared = self._parsed(sheet)
        with _log() as lines:
            source = self._weasyprint.HTML(string=page, base_url=f"{SCHEME}:", url_fetcher=self._fetcher)
            on_paper.divide_endless(source.etree_element)
            if after:
                on_paper.put_behind(source.etree_element, after)
            with even_lines.evenly(), sides.remember() as memory:
                document = source.render(
                    stylesheets=shared.parsed,
                    font_config=self._fonts,
                    counter_style=shared.counters,
                    color_profiles=dict(shared.profiles),
                    presentational_hints=False,
                )
        if after:
            document = document.copy(sides.behind(document.pages, after))
        layout = Layout(pages=boxes.read(document.pages), lines=(*shared.lines, *lines), document=document)
        if not turns:
            return layout
        memory.html = source
        return replace(layout, edges=functools.partial(sides.edges, memory, document.pages, 1 if after else 0))

    def _parsed(self, sheet: str) -> _Sheet:
        """Return *sheet* as parsed by WeasyPrint, with its typefaces in the fonts of this renderer."""
        if sheet not in self._sheets:
            from weasyprint.urls import FatalURLFetchingError  # noqa: PLC0415 - as _weasyprint

            try:
                parsed = _parse(sheet)
            except FatalURLFetchingError:  # it loads more than typefaces, which is not the same for all books
                parsed = _parse.__wrapped__(sheet, self._fetcher)
            with _log() as lines:
                for face in parsed.faces:
                    self._fonts.add_font_face(face, self._fetcher)
            self._sheets[sheet] = replace(parsed, counters=copy.copy(parsed.counters), lines=(*parsed.lines, *lines))
        return self._sheets[sheet]

    def write(self, layouts: Sequence[Layout], *, identifier: str, title: str = "", tagged: bool = True) -> bytes:
        """Return the PDF of *layouts*, one after the other.

        Args:
            layouts: layouts from this renderer; their ids must be unique.
            identifier: the identifier of the file.
            title: the title of the file, if not that of the first document.
            tagged: True writes PDF/UA-1 with tags; False plain pages, which are placed on sheets later.
        """
        document = layouts[0].document
        if len(layouts) > 1 or title:
            document = document.copy([page for layout in layouts for page in layout.document.pages])
        if title:
            document.metadata = copy.copy(document.metadata)
            document.metadata.title = title
        document.fonts = shared_fonts.Embedded(document.fonts)
        box_changes.prepare(document.pages, tagged=tagged)
        out = io.BytesIO()
        with _log() as lines, copied_code.whole_lines(document.pages):
            document.write_pdf(out, pdf_identifier=identifier.encode(), **(TAGGED if tagged else {}))
        self.log += lines
        return out.getvalue()

    def segment(self, layout: Layout, *, numbered: bool = True, tagged: bool = True) -> Segment:
        """Return the pages of *layout* as a segment, before their tags are finished.

        Args:
            layout: from this renderer.
            numbered: whether the pages know their numbers; else their folios are left out.
            tagged: as for :meth:`write`.

        Raises:
            UnjoinableError: they use a font in a way that is true for one document only.
        """
        document = layout.document.copy()
        document.fonts = fonts = shared_fonts.Unembedded()
        kinds = () if numbered else tuple(folios.kind(boxes.root(page)) for page in document.pages)
        edges = layout.edges()
        painted = self._edges(edges, document) if edges else b""
        if painted:
            document.pages = [sides.body(page) for page in document.pages]
        for page in () if numbered or painted else document.pages:
            box_changes.put_root(page, folios.without(boxes.root(page)))
        anchors, foreign = gather_anchors(document.pages)
        # WeasyPrint drops links to ids that no page has.
        document.pages[-1].anchors.update(dict.fromkeys(foreign, (0.0, 0.0, 0.0, 0.0)))
        box_changes.prepare(document.pages, tagged=tagged)
        out = io.BytesIO()
        with (
            _log() as lines,
            copied_code.whole_lines(document.pages),
            slots.marked(() if numbered else document.pages, _line) as numbers,
        ):
            document.write_pdf(out, **(TAGGED if tagged else {}))
        data = document.metadata
        return Segment(
            pdf=out.getvalue(),
            heights=tuple(float(page.height) for page in document.pages),
            outline=tuple(tuple(map(_bookmark, page.bookmarks)) for page in document.pages),
            fonts=tuple(shared_fonts.glyphs_of(font) for font in fonts.used()),
            metadata={name: getattr(data, name) for name in ("title", "authors", "description", "generator", "lang")},
            findings=Findings(pages=len(document.pages), lines=(*layout.lines, *lines)),
            kinds=kinds,
            slots=tuple(numbers),
            anchors=anchors,
            foreign=foreign,
            edges=painted,
            shifts=edges.shifts if edges and painted else (),
        )

    def _edges(self, edges: Edges, document: Any) -> bytes:
        """Return a PDF with the edges of the pages of *document*: for each page the left one, then the right one.

        It is empty if they are more than text.
        """
        pair = document.copy([_page(box) for page in zip(edges.left, edges.right, strict=True) for box in page])
        pair.fonts = document.fonts
        out = io.BytesIO()
        with _log() as lines:
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

        def sample(kind: PageKind) -> folios.Sample:
            def laid_out(number: int) -> Any:
                return folios.of_kind(self.lay_out(page(kind, number), sheet).document.pages, kind)

            return folios.sample(laid_out)

        printed = [
            (replace(kind, restart=None), number)
            for kind, number in zip(kinds, folios.numbers(kinds), strict=True)
            if kind.folio
        ]
        samples = {kind: sample(kind) for kind in dict.fromkeys(kind for kind, _ in printed)}
        pages = [samples[kind].numbered(number, _line) for kind, number in printed]
        document = self.lay_out("<!DOCTYPE html>").document.copy([_page(box) for box in pages])
        document.color_profiles = dict(self._parsed(sheet).profiles)
        document.fonts = fonts = shared_fonts.Unembedded()
        out = io.BytesIO()
        with _log() as lines:
            document.write_pdf(out)
        self.log += lines
        return out.getvalue(), tuple(shared_fonts.glyphs_of(font) for font in fonts.used())

    def frame(
        self,
        segments: Sequence[Segment],
        sheet: str,
        *,
        identifier: str,
        title: str = "",
        more: Sequence[Glyphs] = (),
        tagged: bool = True,
    ) -> bytes:
        """Return a PDF with one empty page and everything that *segments* share.

        Args:
            segments: in order; what is said of the whole file comes from the first.
            sheet: their style sheet, which knows their fonts.
            identifier: of the file.
            title: instead of that of the first segment.
            more: glyphs that are used beside those of *segments*.
            tagged: as for :meth:`write`.

        Raises:
            UnjoinableError: a font of theirs is not found again.
        """
        from weasyprint.pdf.metadata import DocumentMetadata  # noqa: PLC0415 - as _weasyprint

        profiles = self._parsed(sheet).profiles
        document = self.lay_out("<!DOCTYPE html>").document.copy()
        document.metadata = DocumentMetadata(**segments[0].metadata)
        document.metadata.title = title or document.metadata.title
        document.color_profiles = dict(profiles)
        document.fonts = {
            font.name: shared_fonts.again(font, self._fonts.font_map)
            for font in joining.union((*(segment.fonts for segment in segments), more))
        }
        out = io.BytesIO()
        with _log() as lines:
            document.write_pdf(out, pdf_identifier=identifier.encode(), **(TAGGED if tagged else {}))
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


def _page(box: Any) -> Any:
    """Return a page of WeasyPrint's with *box*."""
    from weasyprint.document import Page  # noqa: PLC0415 - as _weasyprint

    return Page(box)


def _line(text: str, style: Any) -> tuple[Any, float]:
    """Return Pango's layout of *text* in *style*, and its width."""
    from weasyprint.text.line_break import split_first_line  # noqa: PLC0415 - as _weasyprint

    layout, _, _, width, _, _ = split_first_line(text, style, context=None, max_width=None, justification_spacing=0)
    return layout, float(width)


def _bookmark(line: tuple[int, str, tuple[float, float], str]) -> Bookmark:
    level, label, (x, y), state = line
    return Bookmark(level=level, label=label, x=float(x), y=float(y), state=state)


def complaints(lines: Iterable[str], name: str) -> Iterator[Problem]:
    """Yield WeasyPrint's complaints in the *lines* of its log, each once, as problems of the file *name*."""
    fix = "check the page, the theme's style sheets and the images on that page"
    for line in dict.fromkeys(lines):
        if not any(pattern.match(line) for pattern in KNOWN_LINES.values()):
            yield COMPLAINT.at(Subject(name=name), f"WeasyPrint reported: {line}", fix=fix)


@contextlib.contextmanager
def _log() -> Iterator[list[str]]:
    """Yield a list that collects WeasyPrint's log lines; none of them reach the terminal."""
    log, lines = logging.getLogger("weasyprint"), list[str]()
    listener = logging.Handler(logging.WARNING)
    listener.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    log.addHandler(listener)
    before = log.propagate
    log.propagate = False
    try:
        yield lines
    finally:
        log.removeHandler(listener)
        log.propagate = before


def _weasyprint() -> Any:
    """Return the module weasyprint.

    Raises:
        ToolMissing: Pango or HarfBuzz cannot be loaded; the message says what to install.
    """
    try:
        with contextlib.redirect_stdout(io.StringIO()), _sonames():  # without Pango it prints a message of its own
            import weasyprint  # noqa: PLC0415 - slow, and it needs Pango
    except OSError as error:
        place = Subject(name="pdf")
        message = "the PDF editions need Pango, which is not installed; EPUB and HTML are built without it"
        raise ToolMissing(NO_PANGO.at(place, message, fix=INSTALL)) from error
    return weasyprint


@contextlib.contextmanager
def _sonames() -> Iterator[None]:
    """Let WeasyPrint load its libraries by the name that the loader knows; asking gcc and ldconfig for others first takes a quarter of its import."""
    search = ctypes.util.find_library
    if sys.platform == "linux":
        ctypes.util.find_library = lambda _: None  # type: ignore[assignment]
    try:
        yield
    finally:
        ctypes.util.find_library = search


@functools.lru_cache(maxsize=8)
def _parse(sheet: str, fetcher: Any = None) -> _Sheet:
    """Return *sheet* as parsed by WeasyPrint, which takes as long as laying out two pages: many books have the same one."""
    from weasyprint.css.counters import CounterStyle  # noqa: PLC0415 - as _weasyprint

    counters, profiles, faces = CounterStyle(), dict[str, Any](), list[Any]()
    with _log() as lines:
        parsed = _weasyprint().CSS(
            string=sheet,
            base_url=f"{SCHEME}:",
            url_fetcher=fetcher or _fetcher({}),
            font_config=SimpleNamespace(add_font_face=lambda face, _: faces.append(face)),
            counter_style=counters,
            color_profiles=profiles,
        )
    return _Sheet(parsed=[parsed], faces=faces, counters=counters, profiles=profiles, lines=tuple(lines))


def _fetcher(served: Mapping[str, tuple[bytes, str]]) -> Any:
    """Return a fetcher that serves the resources of the book only: no files, no network."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse  # noqa: PLC0415 - as _weasyprint

    class Shelf(URLFetcher):  # type: ignore[misc]
        def __init__(self) -> None:  # the parent would open handlers for http, ftp and file
            pass

        def fetch(self, url: str, headers: object = None) -> Any:  # noqa: ARG002 - the library's signature
            if url.startswith(CARRIED):
                data = svg.data_of(url, LARGEST_CARRIED)
                return URLFetcherResponse(url, data, {"Content-Type": url[5:].partition(";")[0]})
            if url not in served:
                raise FatalURLFetchingError(f"the book did not hand in {url[:200]!r}")
            data, kind = served[url]
            return URLFetcherResponse(url, data, {"Content-Type": kind})

    return Shelf()
