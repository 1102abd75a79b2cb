"""Chunks: the objects of a segment as a joined file holds them, as bytes at fixed object numbers, which are copied and never parsed again.

Some numbers behind those of a chunk stay free, so that an edit in one chapter seldom moves those of the next, and few: a file with many more
numbers than bytes is taken for a damaged one. What may do something when a reader opens it (pages and links) is kept apart from the other objects, as text
that is checked when it is read, because anyone may have written a cache entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct
from msgspec.structs import replace

from book import forms
from book.paged import segments
from book.paged.pdf_objects import ENTRY
from book.paged.segments import Segment

STEP = 64
"""The numbers of a chunk begin at a multiple of this, or of twice, four, eight … times this behind a long chunk."""
POINTS = 0.75
"""Points in a pixel."""
CATALOG, PAGES, TREE, DOCUMENT, PARENTS, SAVE, RESTORE = range(1, 8)
BEFORE_EDGE, AFTER_EDGE, BEFORE_FOLIO, AFTER_FOLIO, FRAME = range(8, 13)
"""The object numbers in a joined file of what its chunks share; those of its fonts and everything else begin at the last one."""
BoxName = Literal["/MediaBox", "/BleedBox", "/TrimBox"]
BOXES: tuple[BoxName, ...] = get_args(BoxName)
Box = Annotated[str, Meta(pattern=r"^\[ (?:-?[0-9.]+ ){4}\]\Z")]
Place = Annotated[str, Meta(pattern=r"^\[ \d+ 0 R /XYZ(?: -?[0-9.]+){3} \]\Z")]
Move = Annotated[str, Meta(pattern=r"^(?:q 1 0 0 1 -?[0-9.e-]+ -?[0-9.e-]+ cm)?\Z")]
"""As they are written in PDF."""


class Sheet(Struct, frozen=True, kw_only=True):
    """A page without what it shows."""

    boxes: Mapping[BoxName, Box]
    rotate: int
    tabs: bool
    """Whether its links have an order."""
    parent: int
    """Its number in the tree of parents; -1 if it has no tags."""
    links: tuple[str, ...]
    """Its links, as they are written in PDF."""


class Picture(Struct, frozen=True, kw_only=True):
    """A picture and what belongs to it; of equal pictures in two chunks, one file needs only one."""

    digest: str
    places: Mapping[int, int]
    """The numbers of its objects -> where they begin in :attr:`data`; the first is that of the picture."""
    data: bytes


class Chunk(Struct, frozen=True, kw_only=True):
    """The objects of a segment, from the number :attr:`base` on: pages, their contents and folios, links, everything else."""

    base: int
    count: int
    """How many numbers it takes."""
    sheets: tuple[Sheet, ...]
    edged: bool
    """Whether the contents of each page consist of its edge and its text."""
    moves: tuple[Move, ...]
    """How far the text of each page moves, as an operator; empty if it stays."""
    slots: tuple[int, ...]
    """The pages with page numbers in their text; their contents are not in :attr:`data`."""
    tops: tuple[int, ...]
    """The numbers of its top tags."""
    names: Mapping[str, Place]
    """The named places on its pages."""
    objects: Mapping[str, int]
    """The pictures and forms on its pages: name -> number."""
    pictures: tuple[Picture, ...]
    """The pictures among these; they are not in :attr:`data`."""
    states: Mapping[str, str]
    """The graphics states of its pages, as they are written in PDF."""
    more: Mapping[str, str]
    """The other resources of its pages."""
    table: bytes
    """Where each of its objects is: an entry of :data:`ENTRY` bytes for each number."""
    data: bytes
    """Its objects that are the same in every file in which they have these numbers."""

    @property
    def node(self) -> int:
        """The number of the node of its pages."""
        return self.base

    @property
    def resources(self) -> int:
        """The number of the resources that its pages share."""
        return self.base + 1

    @property
    def parents(self) -> int:
        """The number of the node of the parents of its content."""
        return self.base + 2

    def page(self, number: int) -> int:
        """Return the object number of its page *number*, from 0."""
        return self.base + FIRST + number

    def text(self, number: int) -> int:
        """Return the object number of the text of page *number*."""
        return self.base + FIRST + len(self.sheets) + number

    def folio(self, number: int) -> int:
        """Return the object number of the folio of page *number*."""
        return folios(self.base, len(self.sheets))[number]

    def edge(self, number: int) -> int:
        """Return the object number of the edge of page *number*."""
        return self.base + FIRST + 3 * len(self.sheets) + number

    def link(self, page: int, number: int) -> int:
        """Return the object number of link *number* on *page*."""
        before = sum(len(sheet.links) for sheet in self.sheets[:page])
        return self.base + FIRST + 4 * len(self.sheets) + before + number

    def pack(self) -> int:
        """Return the object number for the stream of the objects that :attr:`data` does not hold."""
        return self.base + 3


FIRST = 4
"""The number of its first page behind the base of a chunk."""


def folios(base: int, count: int) -> range:
    """Return the object numbers of the folios of a chunk that begins with the number *base* and has *count* pages.

    >>> folios(64, 3)
    range(74, 77)
    """
    return range(base + FIRST + 2 * count, base + FIRST + 3 * count)


def begin(after: int, count: int) -> int:
    """Return where the numbers of a chunk begin behind the number *after*, where a chunk with *count* numbers ends.

    >>> begin(20, 20), begin(63, 40), begin(64, 40), begin(1500, 1400)
    (64, 64, 128, 1536)
    """
    step = STEP
    while 4 * step < count:
        step *= 2
    return (after // step + 1) * step


class _Entry(Struct, frozen=True, kw_only=True):
    """The head of an entry of the cache."""

    table: int
    data: int
    pictures: tuple[int, ...]
    """The bytes of what is behind it."""
    chunk: Chunk
    """Without that."""


def spell(chunk: Chunk) -> bytes:
    """Return *chunk* as a cache entry."""
    files = [picture.data for picture in chunk.pictures]
    pictures = tuple(replace(picture, data=b"") for picture in chunk.pictures)
    bare = replace(chunk, table=b"", data=b"", pictures=pictures)
    head = _Entry(table=len(chunk.table), data=len(chunk.data), pictures=tuple(map(len, files)), chunk=bare)
    return b"".join((forms.ENCODER.encode(head), b"\n", chunk.table, chunk.data, *files))


def read(data: bytes, base: int, segment: Segment) -> Chunk:
    """Return the chunk in *data*, which :func:`spell` wrote.

    Raises:
        ValueError: it is no chunk of *segment* at *base*, or its pages do more than show something and lead somewhere.
    """
    line, _, rest = data.partition(b"\n")
    head = forms.decoder(_Entry).decode(line)
    pictures, end = [], head.table + head.data
    at = end
    for picture, size in zip(head.chunk.pictures, head.pictures, strict=True):
        pictures.append(replace(picture, data=rest[at : at + size]))
        at += size
    chunk = replace(head.chunk, pictures=tuple(pictures), table=rest[: head.table], data=rest[head.table : end])
    lengths = (chunk.base, at, len(chunk.table))
    pages = {len(segment.heights), len(chunk.sheets), len(chunk.moves)}
    if lengths != (base, len(rest), ENTRY * chunk.count) or len(pages) > 1:
        raise ValueError("no chunk: it is another one")
    if not all(_is_link(link) for sheet in chunk.sheets for link in sheet.links):
        raise ValueError("no chunk: a link does more than lead somewhere")
    return chunk


def _is_link(text: str) -> bool:
    import pikepdf  # noqa: PLC0415 - slow to import

    try:
        thing = pikepdf.Object.parse(text.encode("latin-1"))
    except pikepdf.PdfError:
        return False
    return isinstance(thing, pikepdf.Dictionary) and segments.is_link(thing)
