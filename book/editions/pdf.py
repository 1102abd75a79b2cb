"""The PDF for the screen: tagged, with bookmarks, live links and true page labels. The one door of WeasyPrint."""

from __future__ import annotations

import contextlib
import copy
import functools
import io
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from lxml import etree

from book import view
from book.body import SVG, Change, Element
from book.edition import Edition
from book.images import drawings, rasters, svg
from book.model import Book, Chapter, Made, PageMap
from book.paged import code_lines, fit, footnotes, layout_warnings, math_svg, measure, on_paper, page_map, pdf_x, tags
from book.paged.fit import Care
from book.problems import Kind, Place, Problem, Severity, ToolMissing
from book.theme import Theme, trusted
from book.view import markup, typefaces

COMPLAINT = Kind("E104", Severity.WARNING, "WeasyPrint complains of a page")
NO_PANGO = Kind("X101", Severity.ERROR, "WeasyPrint cannot start without Pango")

INSTALL = "apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
SCHEME = "book"
"""Of the addresses under which WeasyPrint finds what the book handed it."""
CARRIED = tuple(f"data:image/{kind};base64," for kind in ("png", "jpeg", "gif", "svg+xml"))
"""How the address of a picture begins that stands in a drawing itself."""
LARGEST_CARRIED = 1 << 30
MANY_LINES = 160
"""Contents longer than this leave the sections out: they would be a book of their own."""
LONGEST_TIED = 24
"""Letters of a word that is kept with the number behind it."""
LETTER = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef][\u3001\u3002\u3009-\u3011\uff09\uff0c\uff0e\uff3d]*$")
"""The last letter of a text that is written without spaces, with the marks that close it."""
SAID = ".//text()[not(ancestor::a[@role='doc-noteref'] or ancestor::*[contains(@class, 'added')])]"
"""The words of a heading without what the press put in."""
INLINE = frozenset(
    "a abbr b bdi bdo cite code data del dfn em i ins kbd mark q s samp small span strong sub sup time u var".split()
)


def make(book: Book, edition: Edition, theme: Theme) -> Made:
    """Return a paged edition of *book*.

    Args:
        book: composed, references resolved, images taken in.
        edition: names the file, the size of the page, the template, the style sheets and the colours (its ``mode``).
        theme: its look.

    Raises:
        ToolMissing: Pango is not installed.
        ThemeError: the theme cannot be printed like that: large print that is small or pale.
    """
    data, problems, where = laid_out(book, edition, theme)
    return Made(files={edition.path(book.metadata.slug): data}, problems=problems, pages=where)


def laid_out(
    book: Book, edition: Edition, theme: Theme, *, tagged: bool = True
) -> tuple[bytes, tuple[Problem, ...], PageMap]:
    """Return the pages of *edition* as one PDF, what is wrong with them, and where they begin.

    What does not come out right is set again with more care (:mod:`book.paged.fit`): its chapters alone, until they
    do, then all pages once more; all pages at once where its chapters are most of the book.
    """
    theme = theme.for_edition(edition)
    book, undrawn = math_svg.on_paper(book, theme)
    shelf = furnish(book, theme, grey=edition.mode == "print")
    taken = fit.first(book, scale=not edition.least_type)
    only: frozenset[str] = frozenset()
    while True:
        page, letters = _page(book, edition, theme, shelf, taken, only)
        document, complaints = rendered(page, shelf)
        found = measure.pages(document)
        after = fit.more(taken, found, letters)
        if after == taken and not only:
            break
        only = fit.again(book, fit.touched(taken, after))
        taken = after
    name = edition.path(book.metadata.slug)
    begins = dict(found.openings).get(_begins(book), 1) if edition.facing else 1
    ranges = ((0, "r"), (begins - 1, "D")) if begins > 1 else ((0, "D"),)
    # Before writing: what is tagged as a label then has another name in the layout.
    where = page_map.read(document.pages, page_map.folios(len(document.pages), ranges))
    pieces, cells = (measure.pieces(document), measure.cells(document)) if tagged else ((), ())
    turned = edition.facing
    data = finished(
        written(document, book, tagged=tagged), book, ranges=ranges, pieces=pieces, cells=cells, upright=turned
    )
    data = pdf_x.pressed(data, book) if edition.standard == "pdf/x-4" else data
    fix = "look at the page; a theme's style sheet or an image of the book is what it does not like"
    problems = [COMPLAINT.at(Place(path=name), f"WeasyPrint says: {line}", fix=fix) for line in complaints]
    problems += [*undrawn, *math_svg.told(math_svg.squeezed(document), book, name)]
    problems += layout_warnings.told(found, book, edition, name, cut=taken.cut)
    problems += layout_warnings.ended(taken.ended, book, name)
    return data, tuple(problems), where


def _page(
    book: Book, edition: Edition, theme: Theme, shelf: Shelf, taken: Care, only: frozenset[str] = frozenset()
) -> tuple[str, Mapping[str, int]]:
    """Return the HTML that WeasyPrint is given, of all chapters or of those that are named in *only*.

    With it come the letters of each chapter whose notes stand at the foot of the pages.
    """
    about = view.about(book.metadata)
    letters: dict[str, int] = {}
    head = functools.partial(on_paper.head, most=on_paper.head_letters(theme))
    lines = view.contents(book, lambda name: f"#{name}")
    listed: dict[str, tuple[on_paper.Address, ...]] = {}
    roman = on_paper.front_ids(book) if edition.facing else frozenset()

    def body(chapter: Chapter) -> str:
        def shape(fragment: Element) -> None:
            if edition.mode == "print":
                listed[chapter.slug] = on_paper.annotate(fragment, chapter, roman)
            fit.narrow(fragment, chapter, taken)
            code_lines.dress(fragment, fit.columns(chapter, taken))
            for heading in fragment.iter("h2"):
                heading.set("data-head", head(" ".join("".join(heading.xpath(SAID)).split())))

        if only and chapter.slug not in only:
            return ""
        if chapter.slug in taken.ended or not _calls_notes(chapter):
            return paged_body(chapter, shelf.images, shape, live=edition.mode != "print")

        def lower(fragment: Element) -> None:
            way = taken.way(chapter.slug)
            moved = frozenset(note for _, note in taken.held) if fit.MOVED in way else frozenset()
            footnotes.lower(fragment, moved, by_block=fit.BY_BLOCK in way)
            letters[chapter.slug] = footnotes.letters(fragment)

        return paged_body(chapter, shelf.images, shape, lower, live=edition.mode != "print")

    page = theme.page(
        edition.template,
        about=about,
        edition=edition.name,
        say=view.speaker(about.language),
        say_in=view.speaker,
        contents=lines,
        head=head,
        lower={chapter.slug: "".join(fit.LOWER.intersection(taken.way(chapter.slug))) for chapter in book.spine},
        plates=view.plates(book, lambda name: f"#{name}"),
        show_sections=sum(1 + len(line.sections) for line in lines) <= MANY_LINES,
        items=tuple(item for item in view.items(book, body) if not only or item.slug in only),
        begins=_begins(book),
        addresses=listed,
        cover=f"{SCHEME}:{book.cover.name}" if book.cover else "",
        sheet=trusted(theme.sheet(*edition.sheets, faces=shelf.faces, mode=edition.mode)),
        faces=typefaces.names(theme, book),
    )
    return page, letters


def _calls_notes(chapter: Chapter) -> bool:
    return any(link.get("role") == "doc-noteref" for link in chapter.body.iter("a"))


def _begins(book: Book) -> str:
    """Return the id of what page 1 begins with: the first part or chapter of the body; empty when there is none."""
    return next((part.slug or part.chapters[0].slug for part in book.parts if part.slug or part.chapters), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Everything that WeasyPrint may ask for while it prints one edition."""

    served: Mapping[str, tuple[bytes, str]]
    """Address -> bytes and media type."""
    images: Mapping[str, str]
    """Name of an asset -> its address."""
    faces: tuple[Mapping[str, Any], ...]
    """What the style sheet says of the fonts."""


def furnish(book: Book, theme: Theme, *, grey: bool = False) -> Shelf:
    """Return the images of *book* and the faces of *theme*, each under an address of our own scheme.

    Images are made *grey* for editions that are printed in black.
    """
    served: dict[str, tuple[bytes, str]] = {}
    for asset in (*book.assets, *filter(None, (book.cover,))):
        drawn = asset.media_type == "image/svg+xml"
        data = in_our_faces(asset.data, theme) if drawn else asset.data
        if grey:
            data = drawings.greyed(data) if drawn else rasters.greyed(data, asset.media_type)
        served[f"{SCHEME}:{asset.name}"] = (data, asset.media_type)
    faces = []
    for face in theme.faces:
        url = f"{SCHEME}:fonts/{face.name}.ttf"
        # A script without italics stays upright where italics are asked for: Pango would slant its letters.
        said = {"family": face.family, "weight": face.weight, "kind": "", "url": url}
        faces += [{**said, "style": style} for style in (("normal", "italic") if face.script else (face.style,))]
        served[url] = (face.path.read_bytes(), "font/ttf")
    images = {asset.name: f"{SCHEME}:{asset.name}" for asset in book.assets}
    return Shelf(served=served, images=images, faces=tuple(faces))


def door() -> Any:
    """Return the module weasyprint.

    Raises:
        ToolMissing: Pango or HarfBuzz cannot be loaded; the message says what to install.
    """
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # without Pango it prints a paragraph of its own
            import weasyprint  # noqa: PLC0415 - slow, and it needs Pango
    except OSError as error:
        place = Place(path="pdf")
        message = "the PDF editions need Pango, which is not on this machine; EPUB and HTML are made without it"
        raise ToolMissing(NO_PANGO.at(place, message, fix=INSTALL)) from error
    return weasyprint


def rendered(page: str, shelf: Shelf) -> tuple[Any, tuple[str, ...]]:
    """Return the laid-out pages of the HTML *page*, and what WeasyPrint complained of.

    Raises:
        ToolMissing: Pango is not installed.
    """
    weasyprint = door()
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

    with _heard() as said:
        document = weasyprint.HTML(string=page, base_url=f"{SCHEME}:", url_fetcher=_fetcher(shelf.served)).render(
            font_config=FontConfiguration(), presentational_hints=False
        )
    return document, tuple(dict.fromkeys(said))


def written(document: Any, book: Book, *, tagged: bool = True) -> bytes:
    """Return laid-out pages as a PDF: PDF/UA-1 with tags, or plain pages that are placed on sheets later."""
    out = io.BytesIO()
    identifier = book.metadata.identifier.encode()
    math_svg.inked(document, tagged=tagged)
    with _heard():
        if tagged:
            measure.added(document)
            document.write_pdf(out, pdf_variant="pdf/ua-1", pdf_tags=True, pdf_identifier=identifier)
        else:
            document.write_pdf(out, pdf_identifier=identifier)
    return out.getvalue()


@contextlib.contextmanager
def _heard() -> Iterator[list[str]]:
    """Give the list of what WeasyPrint complains of meanwhile; none of it reaches the terminal."""
    log = logging.getLogger("weasyprint")
    listener = _Listener()
    log.addHandler(listener)
    before = log.propagate
    log.propagate = False
    try:
        yield listener.said
    finally:
        log.removeHandler(listener)
        log.propagate = before


class _Listener(logging.Handler):
    """Keeps what WeasyPrint complains of, instead of letting it reach the terminal."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line; a picture without a description is :mod:`book.assemble.illustrate`'s to tell, and :mod:`book.paged.tags`'s to fix."""
        line = record.getMessage()
        if not line.endswith("has no required alt description"):
            self.said.append(line)


def _fetcher(served: Mapping[str, tuple[bytes, str]]) -> Any:
    """Return a fetcher that serves what the book handed it and refuses all else: no file, no network."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse  # noqa: PLC0415

    class OurShelf(URLFetcher):  # type: ignore[misc]
        def __init__(self) -> None:  # the parent opens handlers for http, ftp and file: none of them here
            pass

        def fetch(self, url: str, headers: object = None) -> Any:  # noqa: ARG002 - the library's signature
            if url.startswith(CARRIED):
                # A picture inside a drawing, which book.svg has read and written anew.
                data = svg.data_of(url, LARGEST_CARRIED)
                return URLFetcherResponse(url, data, {"Content-Type": url[5:].partition(";")[0]})
            if url not in served:
                raise FatalURLFetchingError(f"the book did not hand in {url[:200]!r}")
            data, kind = served[url]
            return URLFetcherResponse(url, data, {"Content-Type": kind})

    return OurShelf()


def in_our_faces(drawing: bytes, theme: Theme) -> bytes:
    """Return an SVG whose text is set in the theme's sans: no font of the machine gets into a PDF."""
    family = theme.stack("sans").replace('"', "'")
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.fromstring(drawing, parser)
    for element in root.iter(etree.Element):
        if element.get("font-family"):
            element.set("font-family", family)
        if element.get("style"):
            element.set("style", re.sub(r"font-family:[^;]*", f"font-family:{family}", element.get("style", "")))
    root.set("font-family", family)
    return etree.tostring(root)


def paged_body(
    chapter: Chapter,
    images: Mapping[str, str],
    shape: Change | None = None,
    lower: Change | None = None,
    *,
    live: bool = False,
) -> str:
    """Return the chapter's body as HTML for paper: every inline element may follow a line break.

    *shape* may change the body first, *lower* when the words before calls are tied to them. Links of a *live* edition can
    be followed, so the ways back from its notes stay.

    WeasyPrint 70 breaks a line after its first word when the text before an inline element just fills it; a space in an
    element of its own does not (measured).
    """

    def fit(body: Element) -> None:
        for main in body.iter(measure.NOTE_TAG):
            main.tag = "div"
        on_paper.count(body)
        on_paper.let_long_tables_break(body)
        if not live:
            on_paper.without_ways_back(body)
        for heading in body.iter("h2"):
            if heading.find(".//a[@role='doc-noteref']") is not None:
                heading.set("data-bookmark", " ".join("".join(heading.xpath(SAID)).split()))
        if shape is not None:
            shape(body)
        on_paper.ease(body)
        for mark in list(body.iter("a", "span")):
            if not {"noteref", "link-number"}.isdisjoint((mark.get("class") or "").split()):
                _tie(mark)
        for formula in list(body.iter(f"{{{SVG}}}svg")):
            if formula.get("class") == "math":
                _keep(formula)
        if lower is not None:
            lower(body)
        for element in list(body.iter(*INLINE)):
            _loosen(element)

    return markup.html_body(chapter, fit, image=images.__getitem__)


def _tie(mark: Element) -> None:
    """Keep the small number *mark* with the word before it: WeasyPrint 70 may begin a line with it."""
    parent, before = mark.getparent(), mark.getprevious()
    text = ((parent.text if before is None else before.tail) or "") if parent is not None else ""
    found = LETTER.search(text) or re.search(rf"\S{{1,{LONGEST_TIED}}}$", text)
    if parent is None or found is None:
        return
    tied = etree.Element("span", {"class": "tied"})
    tied.text = found[0]
    if before is None:
        parent.text = text[: found.start()]
    else:
        before.tail = text[: found.start()]
    tied.tail, mark.tail = mark.tail, None
    parent.replace(mark, tied)
    tied.append(mark)


def _keep(formula: Element) -> None:
    """Keep *formula* on one line with the marks before and behind it: WeasyPrint 70 would let a comma begin a line."""
    parent, before = formula.getparent(), formula.getprevious()
    if parent is None or parent.get("class") == "formula":
        return
    ahead = (parent.text if before is None else before.tail) or ""
    behind = formula.tail or ""
    left = re.search(rf"\S{{0,{LONGEST_TIED}}}$", ahead)
    right = re.match(rf"\S{{0,{LONGEST_TIED}}}", behind)
    if left is None or right is None or not (left[0] or right[0]):
        return
    tied = etree.Element("span", {"class": "tied"})
    tied.text = left[0]
    tied.tail, formula.tail = behind[right.end() :], right[0]
    if before is None:
        parent.text = ahead[: left.start()]
    else:
        before.tail = ahead[: left.start()]
    parent.replace(formula, tied)
    tied.append(formula)


def _loosen(element: Element) -> None:
    """Put the space before *element* into a span."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None or any(above.tag == "pre" for above in element.iterancestors()):
        return
    text = (parent.text if before is None else before.tail) or ""
    if not text[-1:].isspace() or not text.strip():
        return
    space = etree.Element("span")
    space.text = " "
    parent.insert(parent.index(element), space)
    if before is None:
        parent.text = text.rstrip(" \n")
    else:
        before.tail = text.rstrip(" \n")


def finished(
    data: bytes,
    book: Book,
    *,
    ranges: Sequence[tuple[int, str]] = ((0, "D"),),
    pieces: Sequence[tuple[str, str, int]] = (),
    cells: Sequence[int] = (),
    upright: bool = False,
) -> bytes:
    """Return the PDF with page labels, descriptions on its links and fixed dates, the same bytes for the same book.

    Args:
        data: as WeasyPrint wrote it.
        book: whose date it bears.
        ranges: from which page on (the first is 0) pages are numbered from 1, and how: ``D`` 1, 2, 3; ``r`` i, ii, iii.
        pieces: from :func:`book.paged.measure.pieces`.
        cells: from :func:`book.paged.measure.cells`.
        upright: whether every page stands on its short side, as those of a bound book do: a broad one is turned to the left.
    """
    import pikepdf  # noqa: PLC0415 - slow to import

    with pikepdf.open(io.BytesIO(data)) as pdf:
        nums = [item for first, style in ranges for item in (first, pikepdf.Dictionary(S=pikepdf.Name(f"/{style}")))]
        pdf.Root.PageLabels = pdf.make_indirect(pikepdf.Dictionary(Nums=pikepdf.Array(nums)))
        for page in pdf.pages:
            # Whatever lies round the cut: its inner half bleeds, its outer half holds the printer's marks.
            sides = zip(page.trimbox, page.mediabox, strict=True)
            page.obj.BleedBox = pikepdf.Array([(trim + media) / 2 for trim, media in sides])
        stamp = "D:" + re.sub(r"[-:TZ]", "", book.metadata.modified) + "Z"
        pdf.docinfo["/CreationDate"] = stamp
        pdf.docinfo["/ModDate"] = stamp
        tags.undescribed(pdf)
        math_svg.tagged(tags.elements(pdf))
        notes = 0
        for element in tags.elements(pdf):
            if element.get("/S") == pikepdf.Name.Part:
                # PDF 1.7 §14.8.4.5, PDF/UA-1 §7.9: a note is called so and has a name of its own.
                notes += 1
                element.S, element.ID = pikepdf.Name.Note, pikepdf.String(f"note-{notes}")
            # PDF/UA-1 §7.5: a head cell says which way it heads. Ours head columns unless they say otherwise.
            if element.get("/S") == pikepdf.Name.TH and "/A" in element:
                attributes = element.A if isinstance(element.A, pikepdf.Array) else [element.A]
                for attribute in attributes:
                    if attribute.get("/O") == pikepdf.Name.Table and "/Scope" not in attribute:
                        attribute.Scope = pikepdf.Name.Column
            elif element.get("/S") == pikepdf.Name.TH:
                element.A = pikepdf.Dictionary(O=pikepdf.Name.Table, Scope=pikepdf.Name.Column)
        if len(set(filter(None, cells))) < sum(map(bool, cells)):
            tags.whole(pdf, cells)
        if any(piece for _, _, piece in pieces):
            tags.join(pdf, pieces)
        for page in pdf.pages if upright else ():
            left, bottom, right, top = (float(side) for side in page.mediabox)
            if right - left > top - bottom:
                page.Rotate = 270
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True, linearize=False, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


# Several documents that become files together: the handout.


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheets:
    """Pages that are laid out and not yet written."""

    document: Any
    """WeasyPrint's."""
    fill: float
    """How much of the last page is taken, from 0 to 1."""

    @property
    def count(self) -> int:
        """How many pages there are."""
        return len(self.document.pages)


class Layout:
    """Lays pages out one document after the other, with fonts read once, and keeps what WeasyPrint complains of."""

    def __init__(self, shelf: Shelf) -> None:
        """Open the door of WeasyPrint.

        Raises:
            ToolMissing: Pango is not installed.
        """
        self._weasyprint = door()
        from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

        self._fonts = FontConfiguration()
        self._fetcher = _fetcher(shelf.served)
        self._said: list[str] = []

    @property
    def complaints(self) -> tuple[str, ...]:
        """What WeasyPrint said, each line once."""
        return tuple(dict.fromkeys(self._said))

    def lay_out(self, page: str) -> Sheets:
        """Return the pages of the HTML *page*."""
        with _heard() as said:
            source = self._weasyprint.HTML(string=page, base_url=f"{SCHEME}:", url_fetcher=self._fetcher)
            document = source.render(font_config=self._fonts, presentational_hints=False)
        self._said += said
        return Sheets(document=document, fill=_fill(document.pages[-1]._page_box))  # noqa: SLF001 - as the page map

    def written(self, sheets: Sequence[Sheets], book: Book, *, name: str, title: str = "") -> bytes:
        """Return the PDF of *sheets*, one after the other, tagged and finished.

        Args:
            sheets: laid out here; ids are unique over all of them.
            book: for identifier and date.
            name: of the file: two files of one book are two things.
            title: instead of that of the first document.
        """
        first = sheets[0].document
        whole = first.copy([page for one in sheets for page in one.document.pages])
        if title:
            whole.metadata = copy.copy(first.metadata)
            whole.metadata.title = title
        out = io.BytesIO()
        cells = measure.cells(whole)
        identifier = f"{book.metadata.identifier}/{name}".encode()
        with _heard() as said:
            math_svg.inked(whole, tagged=True)
            measure.added(whole)
            whole.write_pdf(out, pdf_variant="pdf/ua-1", pdf_tags=True, pdf_identifier=identifier)
        self._said += said
        starts = accumulate((one.count for one in sheets[:-1]), initial=0)
        return finished(out.getvalue(), book, ranges=[(start, "D") for start in starts], cells=cells)


def _fill(page: Any) -> float:
    """Return how much of the content box of a laid-out *page* is taken, from its top."""
    lowest = top = float(page.content_box_y())
    boxes = [child for child in page.children if not type(child).__name__.startswith("Margin")]
    while boxes:
        box = boxes.pop()
        children = getattr(box, "children", ())
        boxes.extend(children)
        if not children and box.height != "auto":
            lowest = max(lowest, float(box.position_y + box.height))
    return (lowest - top) / float(page.height)
