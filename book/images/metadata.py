"""Removes the metadata of a picture (Exif with the place where it was taken, XMP, further frames) without touching a pixel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType


def _cut_jpeg(data: bytes) -> bytes:
    """Return the first image of a JPEG file, from its SOI to its EOI, without APP1, APP13 and the index of further images."""
    pieces = [data[:2]]
    at = 2
    while data[at] == 0xFF:
        mark = data[at + 1]
        if mark == 0xFF:
            at += 1
            continue
        if mark == 0xDA:
            break
        size = 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        piece = data[at : at + size]
        private = mark in (0xE1, 0xED) or (mark == 0xE2 and piece[4:8] == b"MPF\0")
        if not private:
            pieces.append(piece)
        at += size
    end = _end_of_jpeg(data, at)
    joined = b"".join((*pieces, data[at:end]))
    return data if len(joined) == len(data) else joined


def _end_of_jpeg(data: bytes, at: int) -> int:
    """Return the offset of the end of the image whose first scan begins at *at*: after its EOI."""
    while True:
        at = data.index(b"\xff", at)
        mark = data[at + 1]
        if mark == 0xD9:
            return at + 2
        if mark in (0x00, 0xFF, 0x01) or 0xD0 <= mark <= 0xD7:
            at += 1 if mark == 0xFF else 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")


PRIVATE_CHUNKS = frozenset({b"eXIf", b"acTL", b"fcTL", b"fdAT", b"tIME"})


def _cut_png(data: bytes) -> bytes:
    """Return a PNG without Exif, XMP and the frames of an animation.

    Raises:
        ValueError: its chunks have no end. Whether Pillow reads such a file depends on a process-wide setting.
    """
    pieces, at, name = [data[:8]], 8, b""
    while at < len(data):
        size = 12 + int.from_bytes(data[at : at + 4], "big")
        piece = data[at : at + size]
        name = piece[4:8]
        if not name.isalpha() or len(piece) < size:
            break
        xmp = name in (b"iTXt", b"tEXt", b"zTXt") and piece[8:25].startswith(
            (b"XML:com.adobe.xmp", b"Raw profile type")
        )
        if name not in PRIVATE_CHUNKS and not xmp:
            pieces.append(piece)
        at += size
        if name == b"IEND":
            break
    if name != b"IEND":
        raise ValueError("no end")
    joined = b"".join(pieces)
    return data if len(joined) == len(data) else joined


def _cut_webp(data: bytes) -> bytes:
    """Return a WebP without Exif and XMP."""
    pieces = []
    for name, piece in riff_chunks(data):
        if name == b"VP8X":
            pieces.append(piece[:8] + bytes([piece[8] & ~0b1100]) + piece[9:])
        elif name not in (b"EXIF", b"XMP "):
            pieces.append(piece)
    body = b"WEBP" + b"".join(pieces)
    joined = b"RIFF" + len(body).to_bytes(4, "little") + body
    return data if len(joined) == len(data) else joined


def riff_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Return the chunks of a WebP file: for each its name, and its bytes with the header."""
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2
        yield data[at : at + 4], data[at:end]
        at = end


CUT: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType({"JPEG": _cut_jpeg, "PNG": _cut_png, "WEBP": _cut_webp})
"""Pillow's name of a format -> the function that removes the metadata; it returns the same bytes if there is none."""
