"""Pictures in their printed form, remembered: a photograph is opened, and a drawing cleaned, once."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, NamedTuple

from book import cache, forms, packages
from book.assemble import linked
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
        known = self._bundle.recall(entry, functools.partial(_read, data))
        if known is not None:
            return known
        made = picture(data, name, limits)
        body, width, height = made.content
        drawing = body.decode("utf-8") if made.kind == DRAWING else ""
        if not made.faults and len(drawing) <= LONGEST and (drawing or body == data):
            self._bundle.keep(entry, [made.kind, made.ending, drawing, int(made.clear), width, height])
        return made

    def facts(self, entry: str) -> Facts | None:
        """Return the facts of a body with its images that are remembered for *entry*; None if there are none."""
        return self._bundle.recall(entry, lambda value: linked.facts(*value))

    def keep_facts(self, entry: str, facts: Facts) -> None:
        """Remember the *facts* of a body with its images."""
        self._bundle.keep(entry, linked.plain(facts))

    def close(self) -> None:
        """Write what was asked for, if that has changed."""
        self._bundle.close()


def _read(data: bytes, value: Any) -> Picture:
    """Return the picture of *data* that is remembered as *value*.

    Raises:
        ValueError: no picture can have given it.
    """
    kind, ending, drawing, clear, width, height = forms.row(value, 3, 3)
    body = drawing.encode("utf-8") if drawing else data
    sound = svg.is_clean(body) if drawing else (kind, ending) in PRINTED.values()
    if not sound or min(width, height) < 1 or bool(drawing) is not (kind == DRAWING) or (drawing and ending != "svg"):
        raise forms.WrongFormError(kind)
    return Picture((body, width, height), kind, ending, bool(clear), ())
