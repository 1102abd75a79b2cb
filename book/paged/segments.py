"""Segments: pages that are finished except for their fonts, as bytes that can be cached and joined with others.

A segment is one chapter on paper: its pages, already tagged, and what the PDF that contains them must know about them. It has no
fonts, only the glyphs that it uses: joined segments share one set (:mod:`book.paged.joining`).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from book import cache, forms
from book.model import Evenness
from book.paged.inspection import Defect
from book.schemes import SCHEMES, scheme

STAGE = "segments"
"""The folder of the cache for segments."""
BEFORE = "right"
"""The side of the page behind which segments are laid out: a chapter that begins on the right has an empty page before it there."""
OTHER: Mapping[str, str] = {"left": "right", "right": "left"}
"""Side -> the other side."""
MOST_PAGES = 100_000
"""The largest number with which pages may begin."""
PAGE_KEYS = frozenset(
    "/Type /Parent /MediaBox /TrimBox /BleedBox /Contents /Resources /Tabs /StructParents /Annots /Rotate".split()
)
LINK_KEYS = frozenset("/Type /Subtype /Rect /QuadPoints /BS /Contents /Dest /A /StructParent".split())
ACTION_KEYS = frozenset(("/Type", "/S", "/URI"))


class UnjoinableError(Exception):
    """Pages that cannot be joined with others: the book must be laid out as one document."""


class Bookmark(Struct, frozen=True, kw_only=True):
    """A line of the outline."""

    level: int
    label: str
    x: float
    y: float
    """Position in pixels from the upper left corner of its page."""
    state: Literal["open", "closed"]


Glyph = Annotated[int, Meta(ge=0, lt=1 << 16)]
"""The number of a glyph."""


class Glyphs(Struct, frozen=True, kw_only=True):
    """The glyphs of one font that a segment uses."""

    name: str
    """The name of the font in the PDF; fonts with the same name are the same font."""
    family: str
    style: int
    weight: int
    variations: str
    size: float
    """The size in pixels of the first use of the font: ascent and descent are rounded at it."""
    letters: Mapping[Glyph, str]
    """Glyph -> the text that it represents."""
    widths: Mapping[Glyph, int]
    """Glyph -> its width, in thousandths of the size."""


class Findings(Struct, frozen=True, kw_only=True):
    """What is reported about the pages of a chapter."""

    pages: int
    lines: tuple[str, ...]
    """WeasyPrint's log lines."""
    defects: tuple[Defect, ...] = ()
    """Defects that a printer would reject, by the number of the page in the chapter, from 1."""
    smallest: float = 1000.0
    """The size of the smallest text, in points."""
    cut: tuple[str, ...] = ()
    """The numbers of the tables in which words were divided."""
    ended: str = ""
    """Why its notes stand at its end; empty if they do not."""
    evenness: Evenness = field(default_factory=Evenness)
    """How even its justified lines are."""
    squeezed: Mapping[str, float] = field(default_factory=dict)
    """The formulas that were scaled down to fit: their TeX -> the remaining share of their width."""


class Mark(Struct, frozen=True, kw_only=True):
    """Where a page begins: a page of the page map (:class:`book.model.Page`) without its folio."""

    place: str
    letters: int
    title: bool
    begins: str


class PageKind(Struct, frozen=True, kw_only=True):
    """What style sheets know of a page whose folio is set when it is joined."""

    name: str
    """Its name in ``@page NAME``; empty if it has none."""
    side: Literal["left", "right"]
    blank: bool
    """Whether it is empty because the next page must be on the other side."""
    later: bool
    """Whether it is not the first page of the element that gives it its name."""
    folio: bool
    """Whether its number is printed."""
    restart: Annotated[int, Meta(ge=0, le=MOST_PAGES)] | None
    """Its number, if that is not one more than the number of the page before it."""


class Slot(Struct, frozen=True, kw_only=True):
    """The place of a page number in the text; the digits there are not the true ones."""

    page: int
    """Its page in the segment, from 0."""
    target: str
    """The id of what is on the page with that number."""
    digits: int
    """How many digits there are."""
    glyphs: Annotated[tuple[Glyph, ...], Meta(min_length=10, max_length=10)]
    """The glyphs of the digits from 0 to 9, which are all equally wide."""


class About(TypedDict):
    """What a document says about itself."""

    title: str | None
    authors: tuple[str, ...]
    description: str | None
    keywords: tuple[str, ...]
    generator: str | None
    lang: str | None


class Segment(Struct, frozen=True, kw_only=True):
    """Finished pages without fonts."""

    pdf: bytes
    heights: tuple[float, ...]
    """The height of each page in pixels."""
    outline: tuple[tuple[Bookmark, ...], ...]
    """The bookmarks of each page."""
    fonts: tuple[Glyphs, ...]
    """The fonts in the order of their first use."""
    metadata: About
    findings: Findings
    kinds: tuple[PageKind, ...] = ()
    """The kind of each page, if its folio is set when it is joined."""
    slots: tuple[Slot, ...] = ()
    """Page numbers in the text, in the order in which they are painted on each page."""
    anchors: Mapping[str, int] = field(default_factory=dict)
    """The ids on its pages -> the page, from 0."""
    foreign: frozenset[str] = frozenset()
    """The ids in other segments that its links lead to."""
    marks: tuple[Mark, ...] = ()
    """Where each page begins."""
    edges: bytes = b""
    """A PDF with the margin boxes of each page, once as a left page and once as a right one; empty if they are in :attr:`pdf`."""
    shifts: tuple[tuple[float, float], ...] = ()
    """How far the text of each page moves on the other side, in pixels; empty if the pages must stay on their side."""
    turned: bool = False
    """Whether its pages stand on the other side than they were laid out for."""
    skipped: int = 0
    """How many pages at the beginning of :attr:`pdf` do not belong to it."""

    def open(self, number: int) -> Any:
        """Return :attr:`pdf` (0) or :attr:`edges` (1), opened: some megabytes, which nobody keeps."""
        import pikepdf  # noqa: PLC0415 - slow to import

        return pikepdf.open(io.BytesIO((self.pdf, self.edges)[number]))

    def spell(self) -> bytes:
        """Return the segment, as it was laid out, as a cache entry."""
        bare = replace(self, pdf=b"", edges=b"")
        head = _Entry(pdf=len(self.pdf), edges=len(self.edges), segment=bare)
        return forms.ENCODER.encode(head) + b"\n" + self.pdf + self.edges

    def behind(self, side: str) -> Segment | None:
        """Return the segment as it stands behind a page on *side*; None if it must be laid out for it.

        Args:
            side: ``left`` or ``right``; the segment was laid out behind a page on the right.
        """
        if side == BEFORE:
            return self
        if self.kinds[0].blank:
            return self._without_first()
        if not self.shifts:
            return None
        outline = tuple(
            tuple(replace(line, x=line.x + across, y=line.y + down) for line in lines)
            for (across, down), lines in zip(self.shifts, self.outline, strict=True)
        )
        kinds = tuple(replace(kind, side=OTHER[kind.side]) for kind in self.kinds)
        return replace(self, kinds=kinds, outline=outline, turned=True)

    def _without_first(self) -> Segment:
        """Return the segment without its first page, which is empty."""
        findings = self.findings
        defects = tuple(replace(defect, page=defect.page - 1) for defect in findings.defects)
        return replace(
            self,
            heights=self.heights[1:],
            outline=self.outline[1:],
            findings=replace(findings, pages=findings.pages - 1, defects=defects),
            kinds=self.kinds[1:],
            slots=tuple(replace(slot, page=slot.page - 1) for slot in self.slots),
            anchors={name: page - 1 for name, page in self.anchors.items()},
            marks=self.marks[1:],
            shifts=self.shifts[1:],
            skipped=1,
        )


def recall(
    folder: Path | None, inputs: Iterable[str | bytes], make: Callable[[], Segment], memory: cache.Bundle | None = None
) -> Segment:
    """Return the cached segment, or the one that *make* returns.

    Args:
        folder: the cache folder; None for no cache.
        inputs: everything on which the pages depend, but for this program.
        make: makes the segment.
        memory: as for :func:`read`.
    """
    entry = entry_of(inputs)
    segment = cache.recall(folder, STAGE, entry, lambda data: read(data, memory))
    if segment is None:
        data = make().spell()
        cache.keep(folder, STAGE, entry, data)
        segment = read(data, memory)
    return segment


def entry_of(inputs: Iterable[str | bytes]) -> str:
    """Return the name of the cache entry of the pages that depend on *inputs*, and on this program."""
    return cache.key(cache.program(), *inputs)


def is_remembered(folder: Path | None, inputs: Iterable[str | bytes]) -> bool:
    """Return whether there is a cached segment for *inputs*, sound or not; see :func:`recall`."""
    return cache.holds(folder, STAGE, entry_of(inputs))


def read(data: bytes, memory: cache.Bundle | None = None) -> Segment:
    """Return the segment in *data*, which :meth:`Segment.spell` wrote.

    Args:
        data: a cache entry.
        memory: remembers the files with nothing but drawings and links, which are not opened here. None: it is opened.

    Raises:
        ValueError: it is not a segment, or contains something that no segment of ours contains.
    """
    head, _, rest = data.partition(b"\n")
    segment = _segment(forms.decoder(_Entry).decode(head), rest)
    key = cache.key("plain", segment.pdf, segment.edges, str(len(segment.heights)))
    if memory is None or not memory.recall(key, bool):
        _check(segment)
        (memory or cache.Bundle(None, STAGE, "")).keep(key, value=True)
    return segment


class _Entry(Struct, frozen=True, kw_only=True):
    """The head of an entry of the cache."""

    pdf: int
    edges: int
    """The bytes of both files, which are behind it."""
    segment: Segment
    """Without them."""


def _segment(head: _Entry, rest: bytes) -> Segment:
    pdf, edges, segment = rest[: head.pdf], rest[head.pdf :], head.segment
    if (head.pdf, head.edges) != (len(pdf), len(edges)):
        raise ValueError("no segment: it is cut off")
    pages = len(segment.heights)
    if (
        not pages
        or pages != len(segment.outline)
        or pages != segment.findings.pages
        or len(segment.shifts) not in {0, pages}
    ):
        raise ValueError("no segment: it has other pages")
    if not all(0 <= page < pages for page in (*segment.anchors.values(), *(slot.page for slot in segment.slots))):
        raise ValueError("no segment: it has no such page")
    return replace(segment, pdf=pdf, edges=edges, turned=False, skipped=0)


def _check(segment: Segment) -> None:
    """Open the files of *segment*: their pages contain only drawings and links, like all pages that are made here.

    Raises:
        ValueError: they contain anything else.
    """
    import pikepdf  # noqa: PLC0415 - slow to import

    pages = len(segment.heights)
    try:
        for number, count in enumerate((pages, 2 * pages) if segment.edges else (pages,)):
            with segment.open(number) as pdf:
                if len(pdf.pages) != count or not all(_plain(page.obj) for page in pdf.pages):
                    raise ValueError("no segment: its pages hold something else")
    except pikepdf.PdfError as error:
        raise ValueError(f"no segment: {error}") from error


def _plain(page: Any) -> bool:
    """Return whether *page* has only the keys and values that are written here."""
    return PAGE_KEYS.issuperset(page.keys()) and all(map(is_link, page.get("/Annots", ())))


def is_link(annotation: Any) -> bool:
    """Return whether *annotation* is a link to a place in this file or to an allowed address."""
    if annotation.get("/Subtype") != "/Link" or not LINK_KEYS.issuperset(annotation.keys()):
        return False
    action = annotation.get("/A")
    if action is None:
        return "/Dest" in annotation
    return ACTION_KEYS.issuperset(action.keys()) and action.get("/S") == "/URI" and scheme(str(action.URI)) in SCHEMES
