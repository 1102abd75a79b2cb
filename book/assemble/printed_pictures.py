"""Pictures in their printed form, remembered: a photograph is opened, and a drawing cleaned, once."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from book import cache, packages
from book.facts import Facts
from book.images import rasters, svg
from book.images.rasters import PRINTED, Refused
from book.images.svg import UNSAFE_SVG
from book.seal import digest
from book.settings import Limits

DRAWING = "image/svg+xml"
LONGEST = 300_000
"""The most letters of a drawing that is remembered."""


class Picture(NamedTuple):
    """A picture in its printed form."""

    content: tuple[bytes, int, int]
    """Its bytes, width and height."""
    kind: str
    """Its media type."""
    ending: str
    """Its file extension."""
    clear: bool
    """Whether it has transparent parts."""
    faults: tuple[svg.Fault, ...]
    """The faults that were corrected."""


def picture(data: bytes, name: str, limits: Limits) -> Picture:
    """Return the picture in *data* in its printed form; its format is detected from its content, never from its *name*.

    Raises:
        Refused: it cannot be printed.
    """
    if data[:2] == b"\x1f\x8b":
        raise Refused(UNSAFE_SVG, f"{name!r} is packed with gzip", "unpack it")
    if svg.is_drawing(data):
        drawing = svg.cleaned(data, name, limits)
        return Picture(
            (drawing.data, drawing.width, drawing.height), DRAWING, "svg", clear=False, faults=drawing.faults
        )
    raster = rasters.sound(data, name, limits)
    content = (raster.data, raster.width, raster.height)
    return Picture(content, raster.media_type, raster.ending, raster.clear, raster.faults)


class _Row(NamedTuple):
    """A :class:`Picture` as the cache has it."""

    kind: str
    ending: str
    drawing: str
    """A drawing; empty for a photograph, which is printed as it is."""
    clear: bool
    width: int
    height: int


class Pictures:
    """The pictures of one book. Remembered are those without a fault: drawings, and photographs that are printed as they are."""

    def __init__(self, folder: Path | None = None, book: Path | None = None) -> None:
        """Read what is remembered in the cache *folder* for the book in the folder *book*; None remembers nothing."""
        folder = None if book is None else folder
        parts = (cache.program(), packages.version("Pillow"), str(book.resolve())) if folder and book else ()
        self._bundle = cache.Bundle(folder, "drawings", cache.key("pictures", *parts))
        self.remembers = folder is not None
        """Whether anything is remembered."""

    def printed(self, data: bytes, name: str, limits: Limits) -> Picture:
        """Return what :func:`picture` returns."""
        entry = cache.key(digest(data), repr(limits))
        known = self._bundle.recall(entry, _Row, sound=_is_sound)
        if known is not None:
            body = known.drawing.encode("utf-8") if known.drawing else data
            return Picture((body, known.width, known.height), known.kind, known.ending, known.clear, ())
        made = picture(data, name, limits)
        body, width, height = made.content
        drawing = body.decode("utf-8") if made.kind == DRAWING else ""
        if not made.faults and len(drawing) <= LONGEST and (drawing or body == data):
            self._bundle.keep(entry, _Row(made.kind, made.ending, drawing, made.clear, width, height))
        return made

    def facts(self, entry: str) -> Facts | None:
        """Return the facts of a body with its images that are remembered for *entry*; None if there are none."""
        return self._bundle.recall(entry, Facts)

    def keep_facts(self, entry: str, facts: Facts) -> None:
        """Remember the *facts* of a body with its images."""
        self._bundle.keep(entry, facts)

    def close(self) -> None:
        """Write what was asked for, if that has changed."""
        self._bundle.close()


def _is_sound(row: _Row) -> bool:
    """Return whether a picture can have given *row*."""
    if row.drawing:
        return row.kind == DRAWING and row.ending == "svg" and svg.is_clean(row.drawing.encode()) and _has_size(row)
    return row.kind != DRAWING and (row.kind, row.ending) in PRINTED.values() and _has_size(row)


def _has_size(row: _Row) -> bool:
    return min(row.width, row.height) >= 1
