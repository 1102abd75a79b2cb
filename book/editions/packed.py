"""The files of an EPUB as an archive whose bytes depend only on them; what is packed already is not packed again."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NamedTuple

from msgspec import Meta

from book import cache, forms, seal

STAGE = "packed"
ANCIENT = (1980, 1, 1, 0, 0, 0)
"""The date of every file in an archive."""


class Packed(NamedTuple):
    """A file as an archive holds it."""

    data: bytes | memoryview
    """Its bytes, compressed as :mod:`zipfile` does it."""
    size: int
    """The number of its bytes before."""
    crc: int
    """Their CRC-32."""
    note: str = ""
    """What else is remembered of it."""


class Memory:
    """How files were packed for the last archive of a book: a line of JSON, then the packed bytes, in one entry of the cache.

    A few new files are in an entry of their own beside it, so that an edit does not write all the others again.
    """

    def __init__(self, folder: Path | None, *about: str) -> None:
        """Read what is remembered in *folder* for an archive; *about* tells which; None for *folder* remembers nothing."""
        self._folder = folder
        self._entry = cache.key(STAGE, zlib.ZLIB_RUNTIME_VERSION, *about)
        self._later = cache.key(self._entry, "later")
        self._old = cache.recall(folder, STAGE, self._entry, _read) or {}
        new = cache.recall(folder, STAGE, self._later, _read) if cache.holds(folder, STAGE, self._later) else None
        self._known = {**self._old, **(new or {})}
        self._asked: dict[str, Packed] = {}

    def recall(self, name: str) -> Packed | None:
        """Return what is remembered under *name*; None if nothing is."""
        known = self._known.get(name)
        if known is not None:
            self._asked[name] = known
        return known

    def keep(self, name: str, data: bytes, note: str = "") -> Packed:
        """Return *data*, packed, which is remembered under *name* with a *note*."""
        self._asked[name] = packed = Packed(_deflated(data), len(data), zlib.crc32(data), note)
        return packed

    def packed(self, data: bytes) -> Packed:
        """Return *data*, packed now or before."""
        name = seal.digest(data)
        return self.recall(name) or self.keep(name, data)

    def close(self) -> None:
        """Remember what was asked for, if that has changed."""
        if self._folder is None or self._asked.keys() == self._known.keys():
            return
        fresh = {name: file for name, file in self._asked.items() if self._old.get(name) is not file}
        gone = self._old.keys() - self._asked.keys()
        if max(len(fresh), len(gone)) * cache.SPARE > len(self._asked):
            self._write(self._entry, self._asked)
            fresh = {}
        if fresh or cache.holds(self._folder, STAGE, self._later):
            self._write(self._later, fresh)

    def _write(self, entry: str, files: Mapping[str, Packed]) -> None:
        rows = [(name, len(file.data), file.size, file.crc, file.note) for name, file in files.items()]
        pieces = (forms.ENCODER.encode(rows), b"\n", *(file.data for file in files.values()))
        cache.keep(self._folder, STAGE, entry, b"".join(pieces))


def _deflated(data: bytes) -> bytes:
    press = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS)
    return press.compress(data) + press.flush()


class _Row(NamedTuple):
    """A file in the index of an entry."""

    name: str
    length: Annotated[int, Meta(gt=0)]
    """The number of its packed bytes."""
    size: Annotated[int, Meta(ge=0, lt=zipfile.ZIP64_LIMIT)]
    crc: Annotated[int, Meta(ge=0, lt=1 << 32)]
    note: str


def _read(entry: bytes) -> dict[str, Packed]:
    """Return the files in an *entry* by the names under which they are remembered."""
    head, _, data = entry.partition(b"\n")
    view, known, at = memoryview(data), {}, 0
    for name, length, size, crc, note in forms.decoder(list[_Row]).decode(head):
        known[name] = Packed(view[at : at + length], size, crc, note)
        at += length
    if at != len(data):
        raise ValueError("bytes of nothing")
    return known


def archive(files: Mapping[str, bytes | Packed], memory: Memory | None = None) -> bytes:
    """Return a zip with *files*: ``mimetype`` first and stored (EPUB 3.3 §4.2), the rest by name, dates fixed.

    Args:
        files: by name; those that are packed already are those of *memory*.
        memory: how files were packed before; it is closed.
    """
    memory = memory or Memory(None)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as tight:
        for name in sorted(files, key=lambda name: (name != "mimetype", name)):
            file, entry = files[name], zipfile.ZipInfo(name, ANCIENT)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            if isinstance(file, bytes):
                if name == "mimetype" or len(file) >= zipfile.ZIP64_LIMIT:
                    tight.writestr(entry, file)
                    continue
                file = memory.packed(file)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.file_size, entry.compress_size, entry.CRC = file.size, len(file.data), file.crc
            # The public way to add a file compresses it.
            entry.header_offset = out.tell()
            out.write(entry.FileHeader())
            out.write(file.data)
            tight.start_dir = out.tell()
            tight.filelist.append(entry)
            tight.NameToInfo[name] = entry
    memory.close()
    return out.getvalue()
