"""Fonts: the styles of a typeface, the characters that each supports, and subsets with those that a book uses."""

from __future__ import annotations

import contextlib
import functools
import io
import logging
import re
import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

from msgspec import Struct

from book import packages
from book.cache import key, program, remember
from book.limits import Exceeded
from book.problems import Kind, Place, Severity, ThemeError
from book.seal import digest

DAMAGED = Kind("T138", Severity.ERROR, "a font that cannot be subset")
KINDS = (b"\0\1\0\0", b"true", b"OTTO")
"""The first bytes of an uncompressed font file with a single face (OpenType 1.9, "Organization of an OpenType font")."""

PAPER_ONLY = frozenset({"smcp", "c2sc", "sups"})
"""Layout features that HTML and EPUB leave out: small capitals double the glyphs of a face, and their sheets do not use them."""


class Face(Struct, frozen=True, kw_only=True):
    """One style of one typeface."""

    family: str
    weight: int
    """100 to 900."""
    style: str
    """``normal`` or ``italic``."""
    path: Path
    role: str
    """The token that selects it: ``serif``, ``sans``, ``mono``, ``symbols``."""
    script: bool = False
    """Whether it is for one script only and takes precedence over the typeface of its role; e-readers have their own."""

    @property
    def name(self) -> str:
        """Name of its file in an edition, without extension."""
        return f"{re.sub(r'[^A-Za-z0-9]+', '', self.family)}-{self.weight}{'i' if self.style == 'italic' else ''}"


T = TypeVar("T")


def until_changed(read: Callable[[Path], T]) -> Callable[[Path], T]:
    """Return *read*, which reads a font, so that it reads each file once, and again when another font is in its place.

    The files of a typeface often have the same time of change, and keep it when they are copied: more than that counts.
    """

    @functools.lru_cache(maxsize=500)
    def known(path: Path, *_: int) -> T:
        return read(path)

    @functools.wraps(read)
    def current(path: Path) -> T:
        state = path.stat()
        return known(path, state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)

    return current


def opened(path: Path) -> Any:
    """Return the face in the file *path*, for HarfBuzz."""
    import uharfbuzz  # noqa: PLC0415 - slow to import, but less so than fontTools

    return uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(path)))


def looked_at(path: Path, data: bytes | None = None) -> tuple[int, str]:
    """Return weight and style of the face in the file *path*.

    Args:
        path: the file.
        data: its bytes if it comes from a foreign theme: then every table that Handbound needs is checked.

    Raises:
        ValueError: it is not a font, or lacks a table.
    """
    return _styled(path) if data is None else _checked(data)


@until_changed
def _styled(path: Path) -> tuple[int, str]:
    table = opened(path).reference_table("OS/2").data
    (weight,), (selection,) = struct.unpack_from(">H", table, 4), struct.unpack_from(">H", table, 62)
    return weight, "italic" if selection & 1 else "normal"


def _checked(data: bytes) -> tuple[int, str]:
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - slow to import

    if not data.startswith(KINDS):
        raise ValueError("its first bytes are not those of a TTF file")
    with _damage("", ValueError), TTFont(io.BytesIO(data), lazy=True) as font:
        weight, style = font["OS/2"].usWeightClass, "italic" if font["OS/2"].fsSelection & 1 else "normal"
        widths, glyphs = font["hmtx"].metrics, font.getBestCmap()
        if not glyphs or not set(glyphs.values()) <= set(widths):
            raise ValueError("it has no letters, or none of a width")
        if not 0 < weight <= 1000 or not 16 <= font["head"].unitsPerEm <= 16384:
            raise ValueError(f"its weight is {weight}, its em {font['head'].unitsPerEm}")
        return weight, style


DESIGNER = 9
"""Number of the designer's name in the table of names of a font (OpenType 1.9, "name")."""
LONGEST_NAME = 100
"""The most letters of the name of a typeface or of a designer."""


@until_changed
def credit(path: Path) -> str:
    """Return the name of the typeface in the file *path*, followed by its designer if the font says it; empty if it has no sound name."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - slow to import

    with contextlib.suppress(ThemeError), _damage(_short(path)), TTFont(path, lazy=True) as font:
        family, designer = (
            str(name or "") for name in (font["name"].getBestFamilyName(), font["name"].getDebugName(DESIGNER))
        )
        sound = [0 < len(name) <= LONGEST_NAME and name.isprintable() for name in (family, designer)]
        if sound[0]:
            return f"{family} ({designer})" if sound[1] else family
    return ""


@contextlib.contextmanager
def _damage(path: str, kind: type[ValueError] | None = None) -> Iterator[None]:
    """Turn any error about a damaged font into a ThemeError, and keep the log of fontTools from the terminal."""
    log = logging.getLogger("fontTools")
    before = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    except (ThemeError, Exceeded, ImportError):
        raise
    except Exception as error:  # fontTools does not validate fonts: a damaged one may raise anything
        detail = f"{type(error).__name__}: {error}"[:200]
        if kind:
            raise kind(detail) from error
        fix = "remove it from the theme, or save it again"
        raise ThemeError(DAMAGED.at(Place(path=path), f"the font is damaged: {detail}", fix=fix)) from error
    finally:
        log.setLevel(before)


def covered(face: Face) -> frozenset[int]:
    """Return the code points for which *face* has a glyph."""
    return _covered(face.path)


@until_changed
def _covered(path: Path) -> frozenset[int]:
    with _damage(_short(path)):
        return frozenset(opened(path).unicodes)


def _short(path: Path) -> str:
    """Return the path of a font for messages: from the folder of themes on."""
    parts = path.parts
    at = max((number for number, part in enumerate(parts) if part == "themes"), default=len(parts) - 1)
    return "/".join(parts[at:])


def subset(face: Face, characters: frozenset[int], cache: Path | None = None, *, compressed: bool = True) -> bytes:
    """Return *face* with only the glyphs of *characters*; empty bytes if it has none of them.

    Args:
        face: a face of a theme.
        characters: code points.
        cache: the folder in which the result is cached, or None.
        compressed: as WOFF2, for browsers; otherwise as TrueType or OpenType, as the face is.
    """
    needed = covered(face) & characters
    if not needed:
        return b""
    letters = "".join(map(chr, sorted(needed)))
    entry = key(program(), file_digest(face.path), letters, _cutter(), str(compressed), *sorted(PAPER_ONLY))
    make, starts = (_cut, (WOFF2,)) if compressed else (_part, (TRUETYPE, OPENTYPE))
    return remember(cache, "fonts", entry, lambda: make(face, needed), lambda data: data.startswith(starts))


@until_changed
def file_digest(path: Path) -> str:
    """Return the digest of the file *path* of a font."""
    return digest(path.read_bytes())


@functools.cache
def _cutter() -> str:
    return f"{packages.version('uharfbuzz')} {packages.version('fonttools')}"


WOFF2, TRUETYPE, OPENTYPE = b"wOF2", b"\x00\x01\x00\x00", b"OTTO"
"""What font files begin with; OpenType stands for outlines of PostScript, CFF."""
QUALITY = 10
"""How hard Brotli tries: with 11, as fontTools asks for, the cut faces of a book take twice the time and half a per cent more bytes."""


@contextlib.contextmanager
def _packing() -> Iterator[None]:
    """Let fontTools compress with :data:`QUALITY` in the ``with`` block; it has no option for that."""
    from fontTools.ttLib import woff2  # noqa: PLC0415 - a build without changes does not need it

    before = woff2.brotli
    compress = functools.partial(before.compress, quality=QUALITY)
    woff2.brotli = SimpleNamespace(**{**vars(before), "compress": compress})
    try:
        yield
    finally:
        woff2.brotli = before


def _cut(face: Face, needed: frozenset[int]) -> bytes:
    """Return *face* as WOFF2 with the glyphs of *needed*."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - a build without changes does not need it

    out = io.BytesIO()
    part = io.BytesIO(_part(face, needed))
    with _damage(_short(face.path)), _packing(), TTFont(part, recalcBBoxes=False, recalcTimestamp=False) as font:
        font.flavor = "woff2"
        font.save(out, reorderTables=False)
    return out.getvalue()


def _part(face: Face, needed: frozenset[int]) -> bytes:
    """Return *face* with the glyphs of *needed*: HarfBuzz cuts in a hundredth of the time of fontTools, which compresses."""
    import uharfbuzz  # noqa: PLC0415 - a build without changes does not need it

    cut = uharfbuzz.SubsetInput()
    cut.flags = uharfbuzz.SubsetFlags.NO_HINTING | uharfbuzz.SubsetFlags.NOTDEF_OUTLINE
    cut.unicode_set.set(needed)
    features = cut.layout_feature_tag_set
    features.clear()
    features.invert()  # all
    for tag in PAPER_ONLY:
        features.discard(int.from_bytes(tag.encode(), "big"))
    with _damage(_short(face.path)):
        return bytes(uharfbuzz.subset(opened(face.path), cut).blob.data)


SELECTORS = frozenset({0xFE0E, 0xFE0F})
"""Code points after a sign that say whether it is a letter or an emoji."""


def choose(faces: Iterable[Face], characters: frozenset[int]) -> tuple[tuple[Face, frozenset[int]], ...]:
    """Return the fonts that a book needs, each with the code points for which it is used.

    Text fonts are used for all characters they have; a fallback (``symbols``, ``emoji``) only for those that no text font has.
    """
    faces = tuple(faces)
    text = [face for face in faces if face.role in ("serif", "sans", "mono")]
    # Characters that every text role has in its upright font need no fallback.
    roles = {face.role for face in text}
    common = frozenset.intersection(
        *(frozenset().union(*(covered(face) for face in text if face.role == role)) for role in roles)
    )
    shares: list[tuple[Face, frozenset[int]]] = [(face, characters & covered(face)) for face in text]
    rest = characters - common
    for face in faces:
        if face not in text:
            part = rest & covered(face)
            # A sign and the selector after it, as in "↩\ufe0e", are drawn by one font, or as the sign and a box.
            shares.append((face, part | (characters & covered(face) & SELECTORS if part else part)))
            rest -= part
    return tuple((face, share) for face, share in shares if share)
