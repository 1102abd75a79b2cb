"""The files of an EPUB as an archive whose bytes depend only on them; what is packed already is not packed again."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from book import cache, forms, seal

STAGE = "packed"
ANCIENT = (1980, 1, 1, 0, 0, 0)
"""The date of every file in an archive."""


class Memory:
    """How files were packed for the last archive of a book, in one entry of the cache: a line of JSON, then the packed bytes."""

    def __init__(self, folder: Path | None, *about: str) -> None:
        """Read what is remembered in *folder* for an archive; *about* tells which; None for *folder* remembers nothing."""
        self._folder = folder
        self._entry = cache.key(STAGE, zlib.ZLIB_RUNTIME_VERSION, *about)
        self._known = cache.recall(folder, STAGE, self._entry, _read) or {}
        self._asked: dict[str, bytes] = {}

    def deflated(self, data: bytes) -> bytes:
        """Return *data*, compressed as :mod:`zipfile` does it."""
        name = seal.digest(data)
        known = self._known.get(name)
        self._asked[name] = packed = _deflated(data) if known is None else bytes(known)
        return packed

    def close(self) -> None:
        """Remember what was asked for, if that has changed."""
        if self._folder is not None and self._asked.keys() != self._known.keys():
            index = forms.ENCODER.encode([(name, len(data)) for name, data in self._asked.items()])
            cache.keep(self._folder, STAGE, self._entry, b"".join([index, b"\n", *self._asked.values()]))


def _deflated(data: bytes) -> bytes:
    press = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS)
    return press.compress(data) + press.flush()


def _read(entry: bytes) -> dict[str, memoryview]:
    """Return the packed bytes in an *entry* by the digest of what they were packed from."""
    head, _, data = entry.partition(b"\n")
    view, known, at = memoryview(data), {}, 0
    for name, size in forms.decoder(list[tuple[str, int]]).decode(head):
        known[name] = view[at : at + size]
        at += size
    if at != len(data) or min(map(len, known.values()), default=1) == 0:
        raise ValueError("bytes of nothing")
    return known


def archive(files: Mapping[str, bytes], memory: Memory | None = None) -> bytes:
    """Return a zip with *files*: ``mimetype`` first and stored (EPUB 3.3 §4.2), the rest by name, dates fixed."""
    memory = memory or Memory(None)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as tight:
        for name in sorted(files, key=lambda name: (name != "mimetype", name)):
            data, entry = files[name], zipfile.ZipInfo(name, ANCIENT)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            if name == "mimetype" or len(data) >= zipfile.ZIP64_LIMIT:
                tight.writestr(entry, data)
                continue
            packed = memory.deflated(data)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.file_size, entry.compress_size, entry.CRC = len(data), len(packed), zlib.crc32(data)
            # The public way to add a file compresses it.
            entry.header_offset = out.tell()
            out.write(entry.FileHeader())
            out.write(packed)
            tight.start_dir = out.tell()
            tight.filelist.append(entry)
            tight.NameToInfo[name] = entry
    memory.close()
    return out.getvalue()
