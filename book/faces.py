"""Faces: the styles of a typeface, what each can show, and cut to what a book uses."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from book.cache import key, remember


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One style of one typeface."""

    family: str
    weight: int
    """100 to 900."""
    style: str
    """``normal`` or ``italic``."""
    path: Path
    role: str
    """Token that asks for it: ``serif``, ``sans``, ``mono``, ``symbols``."""
    script: bool = False
    """Whether it holds the letters of one script alone and is asked before the face of its role: readers have their own."""

    @property
    def name(self) -> str:
        """Name of its file in an edition, without ending."""
        return f"{re.sub(r'[^A-Za-z0-9]+', '', self.family)}-{self.weight}{'i' if self.style == 'italic' else ''}"


def covered(face: Face) -> frozenset[int]:
    """Return the code points that *face* has a glyph for."""
    return _covered(face.path)


@functools.cache
def _covered(path: Path) -> frozenset[int]:
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - slow to import

    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())


def subset(face: Face, characters: frozenset[int], cache: Path | None = None) -> bytes:
    """Return *face* as WOFF2 with only the glyphs of *characters*; empty bytes when it has none of them.

    Args:
        face: a face of a theme.
        characters: code points.
        cache: where the result is remembered, or None.
    """
    wanted = covered(face) & characters
    if not wanted:
        return b""
    letters = "".join(map(chr, sorted(wanted)))
    return remember(cache, "fonts", key(face.path.read_bytes(), letters, _cutter()), lambda: _cut(face, wanted))


@functools.cache
def _cutter() -> str:
    from importlib.metadata import version  # noqa: PLC0415 - slow, and only a cold cache needs it

    return version("fonttools")


def _cut(face: Face, wanted: frozenset[int]) -> bytes:
    import io  # noqa: PLC0415

    from fontTools import subset as cutter  # noqa: PLC0415 - slow to import

    options = cutter.Options(layout_features=["*"], notdef_outline=True, hinting=False)
    options.flavor = "woff2"
    out = io.BytesIO()
    with cutter.load_font(str(face.path), options) as font:
        tool = cutter.Subsetter(options)
        tool.populate(unicodes=wanted)
        tool.subset(font)
        font["head"].modified = font["head"].created  # same input, same bytes
        font.recalcTimestamp = False
        cutter.save_font(font, out, options)
    return out.getvalue()


def choose(faces: Iterable[Face], characters: frozenset[int]) -> tuple[tuple[Face, frozenset[int]], ...]:
    """Return the faces that a book needs, each with the code points it shows.

    Text faces show all they can; a fall-back (``symbols``, ``emoji``) shows only what no text face has.
    """
    faces = tuple(faces)
    text = [face for face in faces if face.role in ("serif", "sans", "mono")]
    # What every text role has in its upright face needs no fall-back.
    roles = {face.role for face in text}
    common = frozenset.intersection(
        *(frozenset().union(*(covered(face) for face in text if face.role == role)) for role in roles)
    )
    chosen: list[tuple[Face, frozenset[int]]] = [(face, characters & covered(face)) for face in text]
    left = characters - common
    for face in faces:
        if face not in text:
            here = left & covered(face)
            chosen.append((face, here))
            left -= here
    return tuple((face, shown) for face, shown in chosen if shown)
