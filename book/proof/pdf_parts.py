"""The parts of a joined PDF: the objects of each chapter, which are the same bytes in the next file if nobody changed the chapter.

What is proved of a part is remembered under the digest of its bytes (:mod:`book.proof.pdf_known`), so the digest covers everything that
belongs to it: the bytes of its objects as they stand in the file, and which of them stand in which object stream. Only its folios are left
out, because an edit changes those of all pages behind it: each is proved by itself. A file of another form is not divided, and is read as a
whole.
"""

from __future__ import annotations

import bisect
import functools
import hashlib
import itertools
import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pikepdf
from msgspec import Struct
from msgspec.structs import replace

from book.model import Work
from book.paged import chunks
from book.patterns import regex
from book.proof import opened, verdicts

END = regex(rb"startxref\s+(\d+)\s+%%EOF\s*\Z")
HEAD = regex(rb"(\d+) 0 obj\b")
WIDTHS = (1, 4, 2)
ROW = struct.Struct(">BIH")
"""A row of the table of objects (PDF 2.0 §7.5.8): whether an object is free (0), at an offset (1) or in an object stream (2); where; and its index there."""
EMPTY = bytes(ROW.size)
FOLIO = regex(
    rb"(?:(?:(?:(?:[+-]?(?:\d++\.?\d*+|\.\d++)|/[\w.+-]++)\s++)*+(?:q|Q|cm|gs|g|rg|k|cs|sc|scn|BT|ET|Tm|Td|Tf)(?=\s|\Z)"
    rb"|\[(?:<(?:[0-9a-f]{2})*+>|[+-]?\d++(?:\.\d++)?+|\s)*+\]\s*TJ(?=\s|\Z))(?:\s++|\Z))*+",
    re.ASCII,
)
TOPS = regex(rb"\[ (?:\d+ 0 R )*\]")
FREE = ROW.pack(0, 0, 65535)

Thing = Any
"""A value from pikepdf."""


class Part(Struct, frozen=True, kw_only=True):
    """The objects of one node of the tree of pages."""

    numbers: range
    """Their numbers; not all of them are used."""
    tops: tuple[int, ...]
    """The numbers of its top tags, in the order of the document."""
    folios: frozenset[int]
    """The numbers of its streams that show a few letters and do nothing else, whatever letters these are."""
    digest: str
    """The digest of its bytes, without those of its folios, and of its top tags."""


AT_ONCE = 16
"""The parts that are at least read from one opened file."""
OPENINGS = 12
"""How often a long file is opened: it takes the longer, the longer the file is."""


class Handles:
    """A file that is opened anew after some parts: qpdf keeps every object that it has read."""

    def __init__(self, path: Path, pdf: pikepdf.Pdf, parts: int) -> None:
        """Begin with *pdf*, which is the file at *path*, opened, and has so many *parts*."""
        self._path, self._parts = path, 0
        self._at_once = max(AT_ONCE, parts // OPENINGS)
        self._pdf: pikepdf.Pdf | None = pdf

    def next(self) -> pikepdf.Pdf:
        """Return the file for reading one more part."""
        self._parts += 1
        if self._pdf is None or self._parts % self._at_once == 0:
            self._pdf = None  # so that it does not take room beside the next one
            self._pdf = opened.apart(self._path)
        return self._pdf


class Division(Struct, frozen=True, kw_only=True):
    """A file in parts."""

    pdf: pikepdf.Pdf
    handles: Handles
    parts: tuple[Part, ...]
    common: tuple[int, ...]
    """The numbers of the objects that belong to no part."""
    fonts: str
    """The digest of the fonts that all pages share, with everything to which they refer."""
    font_numbers: frozenset[int]
    """The numbers of the dictionary of these fonts, and of the fonts in it."""
    bytes_of: dict[int, memoryview]
    """The bytes of each object that is not in an object stream."""

    def for_a_part(self) -> Division:
        """Return it for reading one of its parts whole."""
        return replace(self, pdf=self.handles.next())

    def objects(self, part: Part) -> Iterator[Thing]:
        """Yield every object of *part*."""
        return (self.pdf.get_object((number, 0)) for number in part.numbers)

    def digest(self, number: int) -> str:
        """Return the digest of the object with a *number*; empty if it has no bytes of its own."""
        own = self.bytes_of.get(number)
        return "" if own is None else hashlib.sha256(own).hexdigest()


def division(folder: Path, work: Work) -> Division | None:
    """Return a PDF edition in parts; None if it has another form. All proofs of a file share it."""
    path = folder / work.path
    return _division(path, opened.state(path))


@opened.shared
def _division(path: Path, _: opened.State) -> Division | None:
    try:
        return divided(path, opened.pdf_at(path), path.read_bytes())
    except (pikepdf.PdfError, AttributeError, KeyError, TypeError, ValueError, struct.error):
        return None


def divided(path: Path, pdf: pikepdf.Pdf, data: bytes) -> Division | None:
    """Return *pdf*, the file at *path* whose bytes are *data*, in parts; None if it has another form.

    Raises:
        Exception: of pikepdf or of Python, if it has another form.
    """
    table = _table(pdf, data)
    kids = list(pdf.Root.Pages.Kids)
    bases = [kid.objgen[0] for kid in kids]
    if table is None or not bases or bases != sorted(set(bases)) or any(kid.get("/Type") != "/Pages" for kid in kids):
        return None
    rows, bytes_of, size = table.rows, table.bytes_of, len(table.rows) // ROW.size
    joint = table.holder(pdf.Root.objgen[0])
    # Offsets differ from file to file; what the whole file says of itself belongs to no part.
    for number in (*bytes_of, *_members_of(rows, joint)):
        rows[number * ROW.size : (number + 1) * ROW.size] = EMPTY
    tops = _tops(pdf)
    tops_of: list[list[int]] = [[] for _ in (0, *bases)]
    for top in tops:
        tops_of[bisect.bisect(bases, top)].append(top)
    if tops_of[0] or tops != list(itertools.chain.from_iterable(tops_of)):
        return None
    streams = sorted(bytes_of.keys() - {joint, table.number})
    parts = []
    for kid, numbers, own_tops in zip(
        kids, itertools.starmap(range, pairwise((*bases, size))), tops_of[1:], strict=True
    ):
        own = streams[bisect.bisect_left(streams, numbers.start) : bisect.bisect_left(streams, numbers.stop)]
        apart = _folios(pdf, chunks.folios(numbers.start, int(kid.Count)), own, bytes_of)
        part = _part(numbers, own, tuple(own_tops), bytes(rows), bytes_of, apart)
        if part is None:
            return None
        parts.append(part)
    fonts = kids[0].Kids[0].Resources.Font
    known = {fonts.objgen[0], *(fonts[name].objgen[0] for name in fonts.keys())}  # noqa: SIM118 - of pikepdf
    return Division(
        pdf=pdf,
        handles=Handles(path, pdf, len(parts)),
        parts=tuple(parts),
        common=tuple(number for number in (*range(1, bases[0]), *_members(pdf, joint, bases[0]), joint)),
        fonts=_spelled(pdf, fonts, bytes_of),
        font_numbers=frozenset(known),
        bytes_of=bytes_of,
    )


class _Table(Struct, frozen=True, kw_only=True):
    """The table of the objects of a file."""

    number: int
    """Its own number."""
    rows: bytearray
    bytes_of: dict[int, memoryview]

    def holder(self, number: int) -> int:
        """Return the number of the object stream with an object."""
        kind, place, _ = ROW.unpack_from(self.rows, number * ROW.size)
        if kind != 2 or place not in self.bytes_of:
            raise ValueError("it is in no object stream")
        return int(place)


def _table(pdf: pikepdf.Pdf, data: bytes) -> _Table | None:
    end = END.search(data[-64:])
    head = HEAD.match(data, int(end[1])) if end is not None else None
    if head is None:
        return None
    table = pdf.get_object((int(head[1]), 0))
    if not isinstance(table, pikepdf.Stream) or table.get("/Type") != "/XRef" or "/Prev" in table or "/Index" in table:
        return None
    if tuple(map(int, table.W)) != WIDTHS:
        return None
    rows = table.read_bytes()
    places = sorted((place, number) for number, (kind, place, _) in enumerate(ROW.iter_unpack(rows)) if kind == 1)
    view = memoryview(data)
    ends = [place for place, _ in places[1:]] + [len(data)]
    bytes_of = {number: view[place:end] for (place, number), end in zip(places, ends, strict=True)}
    return _Table(number=int(head[1]), rows=bytearray(rows), bytes_of=bytes_of)


def _members_of(rows: bytes | bytearray, holder: int) -> Iterator[int]:
    """Yield the numbers of the objects in the object stream *holder*."""
    own, at = ROW.pack(2, holder, 0)[:-2], -1
    while (at := rows.find(own, at + 1)) >= 0:
        if at % ROW.size == 0:
            yield at // ROW.size


def _tops(pdf: pikepdf.Pdf) -> list[int]:
    """Return the numbers of the top tags of the one document in *pdf*."""
    tree = pdf.Root.get("/StructTreeRoot")
    if tree is None:
        return []
    (document,) = tree.K
    tops = document.K.unparse()  # to ask each for its number takes ten times as long
    if not TOPS.fullmatch(tops):
        raise ValueError("a top tag is no object of its own")
    return [int(number) for number in tops.split()[1:-1:3]]


def _folios(pdf: pikepdf.Pdf, places: range, own: Sequence[int], bytes_of: dict[int, memoryview]) -> frozenset[int]:
    """Return those of the numbers *places* among the *own* ones of a part whose streams are folios."""

    def look(number: int) -> bool | None:
        thing = pdf.get_object((number, 0))
        if not isinstance(thing, pikepdf.Stream) or thing.keys() - {"/Length", "/Filter"}:
            return None
        content = thing.read_bytes(pikepdf.StreamDecodeLevel.all)
        if pdf.get_warnings():
            raise ValueError("it had to be repaired")
        return is_folio(content) or None

    folios = set[int]()
    for number in own[bisect.bisect_left(own, places.start) : bisect.bisect_left(own, places.stop)]:
        if verdicts.remember("folio", (bytes(bytes_of[number]),), functools.partial(look, number), bool):
            folios.add(number)
    return frozenset(folios)


def is_folio(content: bytes) -> bool:
    """Return whether *content*, of a page, shows letters and does nothing else that lasts behind it: it marks and draws nothing.

    >>> is_folio(b"q BT /F 9 Tf [<0012>0<0013>] TJ ET Q"), is_folio(b"q BT /F 9 Tf [<0012>] TJ ET"), is_folio(b"/P Do")
    (True, False, False)
    """
    depth = 0
    for word in content.split():
        depth += (word == b"q") - (word == b"Q")
        if depth < 0:
            return False
    return depth == 0 and FOLIO.fullmatch(content) is not None


def _part(
    numbers: range,
    own: Sequence[int],
    tops: tuple[int, ...],
    rows: bytes,
    bytes_of: dict[int, memoryview],
    apart: frozenset[int],
) -> Part | None:
    """Return the part with *own* objects; None if something of it is in an object stream of another part."""
    table = rows[numbers.start * ROW.size : numbers.stop * ROW.size]
    if not {place for kind, place, _ in ROW.iter_unpack(table) if kind == 2} <= set(own):
        return None
    while table.endswith((FREE, EMPTY)):
        table = table[: -ROW.size]
    total = hashlib.sha256(f"{numbers.start} {tops} {len(table)} {own} {sorted(apart)} ".encode())
    total.update(table)
    for number in own:
        if number not in apart:
            total.update(bytes_of[number])
    return Part(numbers=numbers, tops=tops, folios=apart, digest=total.hexdigest())


def _members(pdf: pikepdf.Pdf, joint: int, first: int) -> Iterable[int]:
    """Return the numbers from *first* on of the objects in the object stream *joint*."""
    stream = pdf.get_object((joint, 0))
    numbers = stream.read_bytes()[: int(stream.First)].split()[::2]
    return (number for number in map(int, numbers) if number >= first)


def _spelled(pdf: pikepdf.Pdf, fonts: Thing, bytes_of: dict[int, memoryview]) -> str:
    """Return the digest of *fonts* and of everything to which they refer."""
    total = hashlib.sha256()
    waiting, known = [fonts.objgen[0]], {fonts.objgen[0]}
    for number in waiting:  # it grows meanwhile
        thing = pdf.get_object((number, 0))
        text = (thing.stream_dict if isinstance(thing, pikepdf.Stream) else thing).unparse(resolved=True)
        total.update(b"%d %d " % (number, len(text)) + text)
        total.update(bytes_of.get(number, b""))
        for match in re.finditer(rb"(\d+) 0 R\b", text):
            if int(match[1]) not in known:
                known.add(int(match[1]))
                waiting.append(int(match[1]))
    return total.hexdigest()
