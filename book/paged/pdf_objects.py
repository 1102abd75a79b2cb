"""The objects of a PDF as text: with other numbers, packed into object streams, and as entries of a table of objects."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from typing import Any

from book.patterns import regex

PACKED = 200
"""How many objects without a stream stand together in one object stream (PDF 2.0 §7.5.7)."""
ENTRY = 8
"""Bytes of an entry of the table of a chunk: a zero, and the three fields of a cross-reference stream (PDF 2.0 §7.5.8)."""
TOKEN = regex(rb"\((?:[^\\()]|\\.)*+\)|<[0-9a-fA-F]*>|(\d+) (\d+) R\b", re.DOTALL)
"""A string, which may look like anything, or a reference."""


class Objects:
    """The objects of a file, written as text with other numbers; whatever they refer to is written, too."""

    def __init__(self, pdf: Any, first: int, fixed: Mapping[tuple[int, int], int]) -> None:
        """Number objects from *first* on, except those whose numbers are *fixed*."""
        self.pdf, self.first = pdf, first
        self.numbers = dict(fixed)
        self.waiting: list[tuple[int, int]] = []
        self.next = first

    def text(self, thing: Any) -> bytes:
        """Return *thing* as it is written in PDF."""
        if not hasattr(thing, "unparse"):
            return _plain(thing)
        return self.renumbered(thing.unparse(resolved=True))

    def renumbered(self, text: bytes) -> bytes:
        """Return *text* with the numbers of this file for those of the other one."""

        def token(match: re.Match[bytes]) -> bytes:
            return match[0] if match[1] is None else b"%d 0 R" % self.of((int(match[1]), int(match[2])))

        return TOKEN.sub(token, text) if b" R" in text else text

    def of(self, number: tuple[int, int]) -> int:
        """Return the number of an object, which will be written if it has none yet."""
        if number not in self.numbers:
            self.numbers[number] = self.next
            self.next += 1
            self.waiting.append(number)
        return self.numbers[number]

    def write(self) -> tuple[dict[int, bytes], dict[int, bytes]]:
        """Return all objects that are waiting, and those to which they refer: those without a stream, then those with one."""
        plain: dict[int, bytes] = {}
        streams: dict[int, bytes] = {}
        for number in self.waiting:  # it grows meanwhile
            thing = self.pdf.get_object(number)
            own = self.numbers[number]
            if hasattr(thing, "read_raw_bytes") and _is_stream(thing):
                streams[own] = self.stream(thing)
            else:
                plain[own] = self.text(thing)
        self.waiting.clear()
        return plain, streams

    def stream(self, thing: Any) -> bytes:
        """Return a stream as it is written in PDF."""
        data = thing.read_raw_bytes()
        words = [
            key.encode() + b" " + self.value(value)
            for key, value in sorted(thing.stream_dict.items())
            if key != "/Length"
        ]
        return stream(data, b" ".join(words))

    def value(self, value: Any) -> bytes:
        """Return an entry of a dictionary as it is written in PDF: a reference, if it is one there."""
        if getattr(value, "is_indirect", False):
            return b"%d 0 R" % self.of(value.objgen)
        return self.text(value)


def _is_stream(thing: Any) -> bool:
    import pikepdf  # noqa: PLC0415 - slow to import

    return isinstance(thing, pikepdf.Stream)


def _plain(value: Any) -> bytes:
    """Return a number, which pikepdf gives as one of Python, as it is written in PDF."""
    if isinstance(value, bool):
        return b"true" if value else b"false"
    return str(value).encode()


def stream(data: bytes, words: bytes = b"") -> bytes:
    """Return a stream with *data* and the *words* of its dictionary as it is written in PDF."""
    return b"<< %s%s/Length %d >>\nstream\n%s\nendstream" % (words, b" " if words else b"", len(data), data)


def entry(kind: int, place: int, index: int) -> bytes:
    """Return an entry of a table: an object at an offset (1), in an object stream (2), or a free number (0)."""
    return b"\0" + bytes((kind,)) + place.to_bytes(4, "big") + index.to_bytes(2, "big")


FREE = entry(0, 0, 65535)
"""The entry of a number that no object has, and that none will get."""


def packed(objects: Mapping[int, bytes], number: int) -> tuple[bytes, dict[int, bytes]]:
    """Return *objects* without streams as one object stream, and their entries.

    Args:
        objects: number -> text.
        number: that of the object stream.
    """
    heads, at = [], 0
    for own, text in objects.items():
        heads.append(b"%d %d" % (own, at))
        at += len(text) + 1
    head = b" ".join(heads) + b"\n"
    data = zlib.compress(head + b"\n".join(objects.values()))
    words = b"/Type /ObjStm /N %d /First %d /Filter /FlateDecode" % (len(objects), len(head))
    entries = {own: entry(2, number, index) for index, own in enumerate(objects)}
    return stream(data, words), entries


def places(pdf: Any) -> Mapping[str, Any]:
    """Return the places that links in a *pdf* of WeasyPrint lead to, by name, in the order of the file."""
    tree = pdf.Root.get("/Names", {}).get("/Dests")
    names = [] if tree is None else tree.Names
    return {str(names[at]): names[at + 1] for at in range(0, len(names), 2)}
