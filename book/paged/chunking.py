"""Makes the chunk of a segment, or remembers it: the objects of its pages get the numbers that they have in a joined file."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from book import cache
from book.paged import chunks, tags
from book.paged.chunks import BOXES, DOCUMENT, FIRST, FRAME, POINTS, TREE, Chunk, Picture, Sheet
from book.paged.pdf_objects import ENTRY, FREE, PACKED, Objects, entry, packed, places
from book.paged.segments import Segment

STAGE = "chunks"
"""The folder of the cache for chunks."""


def recall(folder: Path | None, segment: Segment, base: int, digest: str) -> Chunk:
    """Return the chunk of *segment* from the number *base* on, remembered or made.

    Args:
        folder: the cache folder; None for no cache.
        segment: the pages.
        base: the first of its numbers.
        digest: that of the segment, as it was laid out.
    """
    own = (repr(segment.kinds), repr(segment.shifts if segment.turned else ()), str(segment.skipped))
    key = cache.key(cache.program(), digest, str(base), *own)
    chunk = cache.recall(folder, STAGE, key, lambda data: chunks.read(data, base, segment))
    if chunk is None:
        chunk = make(segment, base)
        cache.keep(folder, STAGE, key, chunks.spell(chunk))
    return chunk


def digest_of(segment: Segment) -> str:
    """Return the digest of the files of *segment*, with all they are joined by."""
    return cache.key(segment.pdf, segment.edges, repr(segment.slots))


def make(segment: Segment, base: int) -> Chunk:
    """Return the chunk of *segment* from the number *base* on."""
    import pikepdf  # noqa: PLC0415 - slow to import

    with pikepdf.open(io.BytesIO(segment.pdf)) as pdf, pikepdf.open(io.BytesIO(segment.edges or segment.pdf)) as edges:
        return _Maker(pdf, edges if segment.edges else None, segment, base).chunk()


class _Maker:
    """Makes the chunk of a segment from its opened files, which it changes."""

    def __init__(self, pdf: Any, edges: Any, segment: Segment, base: int) -> None:
        self.pdf, self.edges, self.segment, self.base = pdf, edges, segment, base
        self.pages = [page.obj for page in list(pdf.pages)[segment.skipped :]]
        self.links = [list(page.get("/Annots", ())) for page in self.pages]
        self.tree = pdf.Root.get("/StructTreeRoot")
        count = len(self.pages)
        last = base + FIRST + 4 * count
        fixed = {page.obj.objgen: base + FIRST for page in pdf.pages}
        fixed |= {page.objgen: base + FIRST + number for number, page in enumerate(self.pages)}
        for link in (link for links in self.links for link in links):
            fixed[link.objgen], last = last, last + 1
        if self.tree is not None:
            fixed |= {self.tree.objgen: TREE, self.tree.K[0].objgen: DOCUMENT}
        self.resources = self.pages[0].Resources
        fixed[self.resources.objgen] = base + 1
        if "/Font" in self.resources:
            # Forms on pages, as drawings with text are, name it too: they do not inherit the fonts of their page (PDF 2.0 §8.10.1).
            fixed[self.resources.Font.objgen] = FRAME
        self.objects = Objects(pdf, last, fixed)

    def chunk(self) -> Chunk:
        """Return the chunk."""
        segment, base, count = self.segment, self.base, len(self.pages)
        names = self._names()
        if segment.turned and any(map(any, segment.shifts)):
            self._shift(names.values())
        for link in (link for links in self.links for link in links if "/StructParent" in link):
            link.StructParent = base + int(link.StructParent)
        sheets = tuple(map(self._sheet, self.pages, self.links))
        slots = tuple(sorted({slot.page for slot in segment.slots}))
        own: dict[int, bytes] = {}
        for number, page in enumerate(self.pages):
            if number not in slots:
                own[base + FIRST + count + number] = self.objects.stream(page.Contents)
        tops = self._tops()
        drawn = {name: self.objects.of(thing.objgen) for name, thing in self.resources.get("/XObject", {}).items()}
        pictures = self._pictures()
        states = {name: self.objects.text(state) for name, state in self.resources.get("/ExtGState", {}).items()}
        own |= self._edges(states)
        more = {
            name: self.objects.text(value).decode("latin-1")
            for name, value in self.resources.items()
            if name not in {"/Font", "/XObject", "/ExtGState"}
        }
        parents = {base + 2: self._parents()} if self.tree is not None else {}
        place_texts = {name: self.objects.text(place).decode("latin-1") for name, place in names.items()}
        plain, streams = self.objects.write()
        table, data = self._written({**parents, **plain}, {**own, **streams})
        return Chunk(
            base=base,
            count=len(table) // ENTRY,
            sheets=sheets,
            edged=self.edges is not None,
            moves=tuple(map(self._moved, range(count))),
            slots=slots,
            tops=tops,
            names=place_texts,
            objects=drawn,
            pictures=pictures,
            states={name: text.decode("latin-1") for name, text in states.items()},
            more=more,
            table=table,
            data=data,
        )

    def _written(self, plain: Mapping[int, bytes], streams: Mapping[int, bytes]) -> tuple[bytes, bytes]:
        """Return the table of all objects, and the objects."""
        entries: dict[int, bytes] = {}
        streams, number = dict(streams), self.objects.next
        items = list(plain.items())
        for first in range(0, len(items), PACKED):
            streams[number], more = packed(dict(items[first : first + PACKED]), number)
            entries |= more
            number += 1
        data = bytearray()
        for own, text in streams.items():
            entries[own] = entry(1, len(data), 0)
            data += b"%d 0 obj\n%s\nendobj\n" % (own, text)
        table = b"".join([entries.get(own, FREE) for own in range(self.base, number)])
        return table, bytes(data)

    def _sheet(self, page: Any, links: Sequence[Any]) -> Sheet:
        return Sheet(
            boxes={name: self.objects.text(page[name]).decode() for name in BOXES if name in page},
            rotate=int(page.get("/Rotate", 0)),
            tabs="/Tabs" in page,
            parent=self.base + int(page.StructParents) if "/StructParents" in page else -1,
            links=tuple(self.objects.text(link).decode("latin-1") for link in links),
        )

    def _names(self) -> dict[str, Any]:
        return {name: place for name, place in places(self.pdf).items() if name not in self.segment.foreign}

    def _tops(self) -> tuple[int, ...]:
        return tuple(self.objects.of(kid.objgen) for kid in self.tree.K[0].K) if self.tree is not None else ()

    def _parents(self) -> bytes:
        """Return the node of the tree of parents that leads from the content of the pages to its tags."""
        nums = self.tree.ParentTree.Nums
        pairs = [(int(nums[at]), nums[at + 1]) for at in range(0, len(nums), 2)]
        own = [(self.base + key, value) for key, value in pairs if key >= self.segment.skipped]
        words = [b"%d %s" % (key, self._reference(value)) for key, value in own]
        low, high = (end(key for key, _ in own) for end in (min, max))
        return b"<< /Limits [ %d %d ] /Nums [ %s ] >>" % (low, high, b" ".join(words))

    def _reference(self, value: Any) -> bytes:
        return b"%d 0 R" % self.objects.of(value.objgen) if value.is_indirect else self.objects.text(value)

    def _pictures(self) -> tuple[Picture, ...]:
        """Return the pictures on the pages, which are then no longer waiting to be written."""
        pictures = []
        waiting, self.objects.waiting = self.objects.waiting, []
        for thing in self.resources.get("/XObject", {}).values():
            if thing.get("/Subtype") != "/Image":
                continue
            waiting.remove(thing.objgen)
            self.objects.waiting = [thing.objgen]
            digest = hashlib.sha256(thing.read_raw_bytes() + repr(sorted(thing.keys())).encode())
            plain, streams = self.objects.write()
            data, places = bytearray(), {}
            for number, text in {**streams, **plain}.items():
                places[number] = len(data)
                data += b"%d 0 obj\n%s\nendobj\n" % (number, text)
            pictures.append(Picture(digest=digest.hexdigest(), places=places, data=bytes(data)))
        self.objects.waiting = waiting
        return tuple(pictures)

    def _edges(self, states: dict[str, bytes]) -> dict[int, bytes]:
        """Return the edges of the pages on their side, and add their graphics states to *states*."""
        if self.edges is None:
            return {}
        segment = self.segment
        for name, state in self.edges.pages[0].obj.Resources.ExtGState.items():
            states.setdefault(name, state.unparse(resolved=True))
        others = Objects(self.edges, 0, {})
        first = self.base + FIRST + 3 * len(self.pages)
        return {
            first + number: others.stream(
                self.edges.pages[2 * (number + segment.skipped) + (kind.side == "right")].obj.Contents
            )
            for number, kind in enumerate(segment.kinds)
        }

    def _moved(self, number: int) -> str:
        across, down = self.segment.shifts[number] if self.segment.turned and self.segment.shifts else (0.0, 0.0)
        return f"q 1 0 0 1 {POINTS * across:g} {-POINTS * down:g} cm" if across or down else ""

    def _shift(self, places: Iterable[Any]) -> None:
        """Move what belongs to the text of pages and is not painted: links, named places, and the boxes of tags."""
        import pikepdf  # noqa: PLC0415 - as above

        shifts = {page.objgen: shift for page, shift in zip(self.pages, self.segment.shifts, strict=True)}
        for page, links in zip(self.pages, self.links, strict=True):
            across, down = (POINTS * side for side in shifts[page.objgen])
            for link in links:
                for name in ("/Rect", "/QuadPoints"):
                    if name in link:
                        _move_points(link[name], across, -down)
        for place in places:
            across, down = shifts[place[0].objgen]
            place[2], place[3] = float(place[2]) + POINTS * across, float(place[3]) - POINTS * down
        for element in tags.elements(self.pdf):
            attributes = element.get("/A", ())
            for attribute in attributes if isinstance(attributes, pikepdf.Array) else [attributes]:
                if "/BBox" in attribute:
                    across, down = shifts[element.Pg.objgen]
                    _move_points(attribute.BBox, POINTS * across, -POINTS * down)


def _move_points(points: Any, across: float, down: float) -> None:
    """Move *points*, numbers across and down in turn."""
    for at, value in enumerate(points):
        points[at] = float(value) + (down if at % 2 else across)
