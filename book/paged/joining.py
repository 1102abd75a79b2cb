"""Joins segments into one PDF: pages, links, outline and tags, with one set of fonts.

The result is what WeasyPrint writes if it lays out the same pages as one document, except for object numbers and the names of header
cells and notes, which begin with the chapter, because they must be unique.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from book.edition import Trim
from book.paged import chunking, chunks, pdf_objects, slots
from book.paged.chunks import (
    AFTER_EDGE,
    AFTER_FOLIO,
    BEFORE_EDGE,
    BEFORE_FOLIO,
    CATALOG,
    DOCUMENT,
    FRAME,
    PAGES,
    PARENTS,
    RESTORE,
    SAVE,
    TREE,
    Chunk,
)
from book.paged.imposition import around
from book.paged.pdf_objects import ENTRY, FREE, Objects
from book.paged.segments import Glyphs, Segment, Slot, UnjoinableError

CODES = {
    SAVE: b"q",
    RESTORE: b"Q",
    BEFORE_EDGE: b"q /Artifact BMC",
    AFTER_EDGE: b"EMC Q",
    BEFORE_FOLIO: b"Q q /Artifact BMC",
    AFTER_FOLIO: b"EMC Q",
}
"""What stands between the contents of a page. Edges and folios are artifacts (PDF/UA-1 §7.8).

A page names none twice: some programs read a stream of a page only once, and take a folio for text without a tag.
"""

Branch = tuple[str, tuple[int, float, float], list[Any], str]
"""A line of the outline: its label, its place (page from 0, and a point on it), the lines below it, and its state."""


class Numbers(Struct, frozen=True, kw_only=True):
    """The page numbers of a joined file."""

    folios: bytes
    """A PDF with a page for each page that has a folio, with nothing but that."""
    pages: tuple[int, ...]
    """These pages, from 0."""
    targets: Mapping[str, int]
    """The page number of every id, for page numbers in the text."""


def union(lists: Iterable[Iterable[Glyphs]]) -> tuple[Glyphs, ...]:
    """Return the fonts in *lists*, each once, with all glyphs that any segment uses, by their numbers; the first use of a glyph counts.

    Not in the order of their use, which any edit may change: the fonts would be others, and all that is known of pages with them lost.
    """
    fonts: dict[str, Glyphs] = {}
    for glyphs in lists:
        for font in glyphs:
            before = fonts.get(font.name, font)
            letters, widths = {**font.letters, **before.letters}, {**font.widths, **before.widths}
            fonts[font.name] = replace(before, letters=letters, widths=widths)
    return tuple(
        replace(font, letters=dict(sorted(font.letters.items())), widths=dict(sorted(font.widths.items())))
        for font in fonts.values()
    )


def joined(
    frame: bytes,
    segments: Sequence[Segment],
    outline: Sequence[Branch],
    numbers: Numbers | None = None,
    *,
    labels: Sequence[tuple[int, str]] = ((0, "D"),),
    stamp: str = "",
    folder: Path | None = None,
    paper: Trim | None = None,
) -> bytes:
    """Return *segments* as one PDF, the same bytes for the same segments.

    Args:
        frame: a PDF with one empty page, all fonts, and the metadata of the whole file.
        segments: the segments; their ids must be unique.
        outline: the outline of the whole file.
        numbers: the page numbers; None: the pages have theirs.
        labels: how its pages are numbered, as for :func:`book.paged.finishing.finish`.
        stamp: its date, as PDF writes it; empty for none.
        folder: the cache folder; None for no cache.
        paper: the sheet in whose middle each page stands; None: the page is the sheet.

    Raises:
        UnjoinableError: a link leads nowhere, or a folio is more than text.
    """
    import pikepdf  # noqa: PLC0415 - slow to import

    with pikepdf.open(io.BytesIO(frame)) as pdf:
        file = _File(pdf, _Frame(pdf, stamp), paper)
    folios = None
    if numbers is not None and numbers.pages:
        folios = pikepdf.open(io.BytesIO(numbers.folios))
        if not _is_text(folios.pages[0].obj.Resources):
            raise UnjoinableError("a page number is more than text")
    every, free = [], chunks.begin(file.frame.after, file.frame.after)
    for segment in segments:
        every.append(chunking.recall(folder, segment, free, chunking.digest_of(segment)))
        free = chunks.begin(free + every[-1].count, every[-1].count)
    file.tail = free
    known = {name for chunk in every for name in chunk.names}
    if not all(segment.foreign <= known for segment in segments):
        raise UnjoinableError("a link leads nowhere")
    file.begin()
    file.put_chunks(list(zip(every, segments, strict=True)), numbers, folios)
    return file.ended(every, outline, labels)


class _Frame:
    """What all segments share, as it is written in a joined file."""

    def __init__(self, pdf: Any, stamp: str) -> None:
        root, page = pdf.Root, pdf.pages[0].obj
        tree = root.StructTreeRoot
        fixed = {root.objgen: CATALOG, root.Pages.objgen: PAGES, page.objgen: PAGES}
        fixed |= {tree.objgen: TREE, tree.K[0].objgen: DOCUMENT}
        objects = Objects(pdf, FRAME + 2, fixed)
        self.fonts, self.info = FRAME, FRAME + 1
        parts = {"/Type", "/Pages", "/Names", "/Outlines", "/StructTreeRoot", "/PageLabels"}
        self.catalog = _words(objects, root, parts)
        self.document = _words(objects, tree.K[0], {"/K", "/P"})
        self.tree = _words(objects, tree, {"/K", "/ParentTree", "/ParentTreeNextKey"})
        fonts = objects.renumbered(page.Resources.Font.unparse(resolved=True))
        for name in ("/CreationDate", "/ModDate") if stamp else ():
            pdf.docinfo[name] = stamp
        info = objects.text(pdf.docinfo)
        plain, self.streams = objects.write()
        self.plain = {self.fonts: fonts, self.info: info, **plain}
        self.after = objects.next


def _words(objects: Objects, thing: Any, without: Iterable[str]) -> bytes:
    """Return the entries of a dictionary as they are written in PDF."""
    return b" ".join(
        key.encode() + b" " + objects.value(value) for key, value in sorted(thing.items()) if key not in without
    )


class _File:
    """Writes a joined file."""

    def __init__(self, pdf: Any, frame: _Frame, paper: Trim | None) -> None:
        self.frame, self.paper = frame, paper
        self.out = bytearray(b"%%PDF-%s\n%%\xbf\xf7\xa2\xfe\n" % str(pdf.pdf_version).encode())
        self.tables: list[tuple[int, bytes]] = []
        self.tail = 0
        """The first number behind those of the segments."""
        self.moves: dict[str, int] = {}
        self.pictures: dict[str, int] = {}

    def put(self, number: int, text: bytes) -> None:
        """Put an object into the file."""
        self.tables.append((number, pdf_objects.entry(1, len(self.out), 0)))
        self.out += b"%d 0 obj\n%s\nendobj\n" % (number, text)

    def put_packed(self, objects: Mapping[int, bytes], number: int) -> None:
        """Put *objects* without streams into the file, in an object stream with a *number*."""
        text, entries = pdf_objects.packed(objects, number)
        self.put(number, text)
        self.tables += entries.items()

    def begin(self) -> None:
        """Put what the segments share into the file."""
        for number, code in CODES.items():
            self.put(number, pdf_objects.stream(code))
        for number, text in self.frame.streams.items():
            self.put(number, text)

    def put_chunks(self, every: Sequence[tuple[Chunk, Segment]], numbers: Numbers | None, folios: Any) -> None:
        """Put the pages of *every* segment into the file."""
        printed = (
            dict(zip(numbers.pages, folios.pages, strict=True)) if numbers is not None and folios is not None else {}
        )
        states: dict[str, str] = {}
        if folios is not None:
            shared = folios.pages[0].obj.Resources.ExtGState
            states = {name: state.unparse(resolved=True).decode("latin-1") for name, state in shared.items()}
        others = Objects(folios, 0, {})
        first = 0
        for chunk, segment in every:
            self._put_chunk(chunk)
            self._put_slots(chunk, segment, numbers.targets if numbers is not None else {})
            own = {at: printed[first + at] for at in range(len(chunk.sheets)) if first + at in printed}
            for at, page in own.items():
                self.put(chunk.folio(at), others.stream(page.obj.Contents))
            objects = {chunk.node: self._node(chunk), chunk.resources: self._resources(chunk, states if own else {})}
            for at, sheet in enumerate(chunk.sheets):
                objects[chunk.page(at)] = self._page(chunk, at, folio=at in own)
                objects |= {chunk.link(at, number): text.encode("latin-1") for number, text in enumerate(sheet.links)}
            self.put_packed(objects, chunk.pack())
            first += len(chunk.sheets)

    def _put_chunk(self, chunk: Chunk) -> None:
        """Copy what is the same in every file."""
        self.tables.append((chunk.base, _moved(chunk.table, len(self.out))))
        self.out += chunk.data
        for picture in chunk.pictures:
            number = next(iter(picture.places))
            if self.pictures.setdefault(picture.digest, number) == number:
                start = len(self.out)
                self.tables += [(own, pdf_objects.entry(1, start + at, 0)) for own, at in picture.places.items()]
                self.out += picture.data

    def _put_slots(self, chunk: Chunk, segment: Segment, targets: Mapping[str, int]) -> None:
        """Put the texts with page numbers into the file.

        Raises:
            UnjoinableError: a number does not fit in its place.
        """
        by_page: dict[int, list[Slot]] = {}
        for slot in segment.slots:
            by_page.setdefault(slot.page, []).append(slot)
        if not by_page:
            return
        pdf = segment.open(0)  # its pages do not outlive it
        pages = list(pdf.pages)[segment.skipped :]
        for at, waiting in by_page.items():
            code = slots.filled(pages[at].obj.Contents.read_bytes(), waiting, targets)
            self.put(chunk.text(at), pdf_objects.stream(zlib.compress(code), b"/Filter /FlateDecode"))

    def _node(self, chunk: Chunk) -> bytes:
        kids = b" ".join([b"%d 0 R" % chunk.page(at) for at in range(len(chunk.sheets))])
        words = (kids, len(chunk.sheets), PAGES)
        return b"<< /Type /Pages /Kids [ %s ] /Count %d /Parent %d 0 R >>" % words

    def _resources(self, chunk: Chunk, states: Mapping[str, str]) -> bytes:
        drawn = {next(iter(picture.places)): self.pictures[picture.digest] for picture in chunk.pictures}
        words = [f"{name} {text}" for name, text in chunk.more.items()]
        words.append(f"/Font {self.frame.fonts} 0 R")
        lists = {
            "/XObject": [f"{name} {drawn.get(number, number)} 0 R" for name, number in chunk.objects.items()],
            "/ExtGState": [f"{name} {text}" for name, text in {**states, **chunk.states}.items()],
        }
        words += [f"{name} << {' '.join(entries)} >>" for name, entries in lists.items()]
        return f"<< {' '.join(words)} >>".encode("latin-1")

    def _page(self, chunk: Chunk, at: int, *, folio: bool) -> bytes:
        sheet, contents = chunk.sheets[at], [chunk.text(at)]
        if chunk.moves[at]:
            move = self.moves.setdefault(chunk.moves[at], self.tail + len(self.moves))
            contents = [move, *contents, RESTORE]
        if chunk.edged:
            contents = [BEFORE_EDGE, chunk.edge(at), AFTER_EDGE, *contents]
        if folio:
            contents = [SAVE, *contents, BEFORE_FOLIO, chunk.folio(at), AFTER_FOLIO]
        words = [f"/Type /Page /Parent {chunk.node} 0 R /Resources {chunk.resources} 0 R"]
        words += [f"{name} {self._box(box)}" for name, box in sheet.boxes.items()]
        words.append(f"/Contents {_references(contents)}")
        if sheet.parent >= 0:
            words.append(f"/StructParents {sheet.parent}")
        if sheet.rotate:
            words.append(f"/Rotate {sheet.rotate}")
        if sheet.tabs:
            words.append("/Tabs /S")
        if sheet.links:
            words.append(f"/Annots {_references([chunk.link(at, number) for number in range(len(sheet.links))])}")
        return f"<< {' '.join(words)} >>".encode()

    def _box(self, box: str) -> str:
        """Return the *box* of a page as that of its paper."""
        if self.paper is None:
            return box
        left, bottom, right, top = map(float, box.strip("[ ]").split())
        return f"[ {' '.join(map(_decimal, around((left, bottom, right, top), self.paper)))} ]"

    def ended(self, every: Sequence[Chunk], outline: Sequence[Branch], labels: Sequence[tuple[int, str]]) -> bytes:
        """Return the file, with what belongs to all of its pages."""
        import pikepdf  # noqa: PLC0415 - as above

        for move, number in self.moves.items():
            self.put(number, pdf_objects.stream(move.encode()))
        pages = [chunk.page(at) for chunk in every for at in range(len(chunk.sheets))]
        objects = _outline(outline, pages, self.tail + len(self.moves))
        words = [b"/Type /Catalog /Pages %d 0 R" % PAGES, self.frame.catalog]
        if outline:
            words.append(b"/Outlines %d 0 R" % (self.tail + len(self.moves)))
        names = {bytes(pikepdf.String(name)): place for chunk in every for name, place in chunk.names.items()}
        if names:
            pairs = " ".join(f"<{name.hex()}> {place}" for name, place in sorted(names.items()))
            words.append(f"/Names << /Dests << /Names [ {pairs} ] >> >>".encode())
        nums = " ".join(f"{first} << /S /{style} >>" for first, style in labels)
        words.append(f"/PageLabels << /Nums [ {nums} ] >>".encode())
        words.append(b"/StructTreeRoot %d 0 R" % TREE)
        tops = " ".join(f"{number} 0 R" for chunk in every for number in chunk.tops)
        parents = " ".join(f"{chunk.parents} 0 R" for chunk in every)
        objects[TREE] = b"<< %s /K [ %d 0 R ] /ParentTree %d 0 R >>" % (self.frame.tree, DOCUMENT, PARENTS)
        objects[DOCUMENT] = b"<< %s /K [ %s ] /P %d 0 R >>" % (self.frame.document, tops.encode(), TREE)
        objects[PARENTS] = f"<< /Kids [ {parents} ] >>".encode()
        kids = " ".join(f"{chunk.node} 0 R" for chunk in every)
        objects[PAGES] = f"<< /Type /Pages /Kids [ {kids} ] /Count {len(pages)} >>".encode()
        objects[CATALOG] = b"<< %s >>" % b" ".join(words)
        objects |= self.frame.plain
        number = max(self.tail + len(self.moves), *objects) + 1
        self.put_packed(objects, number)
        return self._closed(number + 1)

    def _closed(self, number: int) -> bytes:
        """Return the file with its table of objects, a stream with a *number*."""
        start = len(self.out)
        table = bytearray(FREE * number + pdf_objects.entry(1, start, 0))
        for own, entries in self.tables:
            table[ENTRY * own : ENTRY * own + len(entries)] = entries
        identifier = hashlib.sha256(self.out).hexdigest()[:32]
        words = (
            f"/Type /XRef /W [ 1 4 2 ] /Size {number + 1} /Root {CATALOG} 0 R /Info {self.frame.info} 0 R "
            f"/ID [ <{identifier}> <{identifier}> ] "
            f"/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns {ENTRY - 1} >>"
        )
        self.out += b"%d 0 obj\n%s\nendobj\n" % (
            number,
            pdf_objects.stream(zlib.compress(_predicted(bytes(table))), words.encode()),
        )
        self.out += b"startxref\n%d\n%%%%EOF\n" % start
        return bytes(self.out)


def _references(numbers: Iterable[int]) -> str:
    return f"[ {' '.join(f'{number} 0 R' for number in numbers)} ]"


def _moved(table: bytes, start: int) -> bytes:
    """Return the *table* of objects of which the first stands at *start*."""
    moved, kinds = bytearray(table), table[1::ENTRY]
    at = kinds.find(1)
    while at >= 0:
        place = ENTRY * at + 2
        moved[place : place + 4] = (int.from_bytes(table[place : place + 4], "big") + start).to_bytes(4, "big")
        at = kinds.find(1, at + 1)
    return bytes(moved)


def _predicted(table: bytes) -> bytes:
    """Return *table* with the difference of each byte to that in the entry above, and how that is told (PNG filter 2: up).

    >>> _predicted(bytes((0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 6))).hex(" ")
    '02 01 02 03 04 05 06 07 02 00 00 00 00 00 00 ff'
    """
    high = int.from_bytes(b"\x80" * len(table), "big")
    own, above = int.from_bytes(table, "big"), int.from_bytes(bytes(ENTRY) + table[:-ENTRY], "big")
    # All bytes at once, without a carry from one to the next.
    differences = ((own | high) - (above & ~high)) ^ ((own ^ ~above) & high)
    marks = int.from_bytes((b"\2" + bytes(ENTRY - 1)) * (len(table) // ENTRY), "big")
    return (differences | marks).to_bytes(len(table), "big")


def _outline(branches: Sequence[Branch], pages: Sequence[int], first: int) -> dict[int, bytes]:
    """Return the outline of a file as it is written in PDF, from the number *first* on; *pages* are the numbers of its pages."""
    import pikepdf  # noqa: PLC0415 - slow to import

    objects: dict[int, bytes] = {}

    def grow(own: int, lines: Sequence[Branch]) -> tuple[str, int]:
        """Write *lines* below the line *own*; return what that line says of them, and the number of those that are visible."""
        numbers = list(range(first + len(objects), first + len(objects) + len(lines)))
        objects.update(dict.fromkeys(numbers, b""))
        total = len(lines)
        for at, (label, (page, x, y), below, state) in enumerate(lines):
            words = [f"/Title <{bytes(pikepdf.String(label)).hex()}> /Parent {own} 0 R"]
            words.append(f"/Dest [ {pages[page]} 0 R /XYZ {_decimal(x)} {_decimal(y)} 0 ]")
            words += [f"/Prev {numbers[at - 1]} 0 R"] if at else []
            words += [f"/Next {numbers[at + 1]} 0 R"] if at + 1 < len(lines) else []
            inner, count = grow(numbers[at], below)
            words.append(f"{inner} /Count {-count if state == 'closed' else count}")
            total += 0 if state == "closed" else count
            objects[numbers[at]] = f"<< {' '.join(words)} >>".encode()
        return (f"/First {numbers[0]} 0 R /Last {numbers[-1]} 0 R" if lines else ""), total

    if branches:
        objects[first] = b""
        lines, total = grow(first, branches)
        objects[first] = f"<< {lines} /Count {total} >>".encode()
    return objects


def _decimal(number: float) -> str:
    """Return *number* as it is written in PDF.

    >>> _decimal(56.69291338582678), _decimal(0.0), _decimal(1e-9)
    ('56.692913', '0', '0')
    """
    return f"{number:.6f}".rstrip("0").rstrip(".")


def is_text_alone(data: bytes) -> bool:
    """Return whether the pages of the PDF *data* show nothing but text and lines, which other pages may show too."""
    import pikepdf  # noqa: PLC0415 - as above

    with pikepdf.open(io.BytesIO(data)) as pdf:
        return _is_text(pdf.pages[0].obj.Resources)


def _is_text(resources: Any) -> bool:
    """Return whether the *resources* of pages are those of text and lines alone."""
    apart = any(resources.get(kind) for kind in ("/XObject", "/Pattern", "/Shading"))
    return not apart and all(name[1:2] in "aA" for name in resources.ExtGState.keys())  # noqa: SIM118 - of pikepdf
