"""Chunks: the objects of a segment as a joined file holds them, as bytes at fixed object numbers, which are copied and never parsed again.

Some numbers behind those of a chunk stay free, so that an edit in one chapter seldom moves those of the next, and few: a file with many more
numbers than bytes is taken for a damaged one. What may do something when a reader opens it (pages and links) is kept apart from the other objects, as text
that is checked when it is read, because anyone may have written a cache entry.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from book.paged import segments
from book.paged.pdf_objects import ENTRY
from book.paged.segments import Segment
from book.patterns import regex

STEP = 64
"""The numbers of a chunk begin at a multiple of this, or of twice, four, eight … times this behind a long chunk."""
POINTS = 0.75
"""Points in a pixel."""
CATALOG, PAGES, TREE, DOCUMENT, PARENTS, SAVE, RESTORE, BEFORE_EDGE, AFTER_EDGE, BEFORE_FOLIO, FRAME = range(1, 12)
"""The object numbers in a joined file of what its chunks share; those of its fonts and everything else begin at the last one."""
BOX = regex(r"\[ (?:-?[0-9.]+ ){4}\]")
PLACE = regex(r"\[ \d+ 0 R /XYZ(?: -?[0-9.]+){3} \]")
BOXES = ("/MediaBox", "/BleedBox", "/TrimBox")


class Sheet(Struct, frozen=True, kw_only=True):
    """A page without what it shows."""

    boxes: Mapping[str, str]
    """Its boxes, as they are written in PDF."""
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
    moves: tuple[str, ...]
    """How far the text of each page moves, as an operator; empty if it stays."""
    slots: tuple[int, ...]
    """The pages with page numbers in their text; their contents are not in :attr:`data`."""
    tops: tuple[int, ...]
    """The numbers of its top tags."""
    names: Mapping[str, str]
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


def spell(chunk: Chunk) -> bytes:
    """Return *chunk* as a cache entry."""
    pictures = [{**to_builtins(replace(picture, data=b"")), "data": len(picture.data)} for picture in chunk.pictures]
    fields = {
        **to_builtins(replace(chunk, pictures=(), table=b"", data=b"")),
        "pictures": pictures,
        "table": len(chunk.table),
        "data": len(chunk.data),
    }
    return b"".join(
        (json.dumps(fields).encode(), b"\n", chunk.table, chunk.data, *(picture.data for picture in chunk.pictures))
    )


def read(data: bytes, base: int, segment: Segment) -> Chunk:
    """Return the chunk in *data*, which :func:`spell` wrote.

    Raises:
        ValueError: it is no chunk of *segment* at *base*, or its pages do more than show something and lead somewhere.
    """
    head, _, rest = data.partition(b"\n")
    fields = json.loads(head)
    size, end = int(fields["table"]), int(fields["table"]) + int(fields["data"])
    pictures, at = [], end
    for picture in fields["pictures"]:
        places = {int(number): int(place) for number, place in picture["places"].items()}
        own = rest[at : at + int(picture["data"])]
        pictures.append(Picture(digest=str(picture["digest"]), places=places, data=own))
        at += int(picture["data"])
    chunk = Chunk(
        base=int(fields["base"]),
        count=int(fields["count"]),
        sheets=tuple(map(_sheet, fields["sheets"])),
        edged=fields["edged"] is True,
        moves=tuple(map(_move, fields["moves"])),
        slots=tuple(map(int, fields["slots"])),
        tops=tuple(map(int, fields["tops"])),
        names={str(name): _matching(PLACE, place) for name, place in fields["names"].items()},
        objects={str(name): int(number) for name, number in fields["objects"].items()},
        pictures=tuple(pictures),
        states={str(name): str(text) for name, text in fields["states"].items()},
        more={str(name): str(text) for name, text in fields["more"].items()},
        table=rest[:size],
        data=rest[size:end],
    )
    lengths = (chunk.base, at, len(chunk.table))
    pages = {len(segment.heights), len(chunk.sheets), len(chunk.moves)}
    if lengths != (base, len(rest), ENTRY * chunk.count) or len(pages) > 1:
        raise ValueError("no chunk: it is another one")
    return chunk


def _matching(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError("no chunk: it is written in another way")
    return text


def _move(text: str) -> str:
    return _matching(re.compile(r"(?:q 1 0 0 1 -?[0-9.e-]+ -?[0-9.e-]+ cm)?"), text)


def _sheet(fields: dict[str, Any]) -> Sheet:
    links = tuple(map(str, fields["links"]))
    if not all(map(_is_link, links)):
        raise ValueError("no chunk: a link does more than lead somewhere")
    return Sheet(
        boxes={name: _matching(BOX, fields["boxes"][name]) for name in BOXES if name in fields["boxes"]},
        rotate=int(fields["rotate"]),
        tabs=fields["tabs"] is True,
        parent=int(fields["parent"]),
        links=links,
    )


def _is_link(text: str) -> bool:
    import pikepdf  # noqa: PLC0415 - slow to import

    try:
        thing = pikepdf.Object.parse(text.encode("latin-1"))
    except pikepdf.PdfError:
        return False
    return isinstance(thing, pikepdf.Dictionary) and segments.is_link(thing)
