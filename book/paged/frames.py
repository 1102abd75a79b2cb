"""Frames: what the pages of a joined file share, remembered, because an edit without new letters needs the same one again.

So are small files that an edit does not change at all, such as a cover.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from book import cache
from book.paged.segments import About, Glyphs

if TYPE_CHECKING:
    from book.paged.render import Renderer

T = TypeVar("T")

STAGE = "frames"
"""The folder of the cache for frames."""
KEYS = frozenset(
    (
        "/Type",
        "/Pages",
        "/Lang",
        "/MarkInfo",
        "/Metadata",
        "/ViewerPreferences",
        "/StructTreeRoot",
        "/Names",
        "/Outlines",
        "/OutputIntents",
        "/PageLabels",
    )
)
"""What the catalogue of a frame, or of a file that is remembered whole, holds: nothing of it does anything."""


def recall(
    folder: Path | None,
    renderer: Renderer,
    about: About,
    fonts: Sequence[Glyphs],
    sheet: str,
    faces: Sequence[str],
    *,
    identifier: str,
    title: str = "",
) -> bytes:
    """Return what :meth:`book.paged.render.Renderer.frame` returns for the same arguments, remembered unless it complained.

    Args:
        folder: the cache folder; None for no cache.
        renderer: makes the frame.
        about: as for that method.
        fonts: as for that method.
        sheet: as for that method.
        faces: the digests of the typefaces.
        identifier: as for that method.
        title: as for that method.

    Raises:
        UnjoinableError: as for that method.
    """
    inputs = (renderer.versions, sheet, *faces, identifier, title, repr(about), repr(fonts))
    key = cache.key(cache.program(), *inputs)
    known = cache.recall(folder, STAGE, key, lambda data: data if _is_sound(data, tagged=True) else None)
    if known is None:
        lines = len(renderer.log)
        known = renderer.frame(about, fonts, sheet, identifier=identifier, title=title)
        if len(renderer.log) == lines:
            cache.keep(folder, STAGE, key, known)
    return known


def whole(
    folder: Path | None, inputs: Iterable[str], pages: int, make: Callable[[], tuple[bytes, T]], blank: T
) -> tuple[bytes, T]:
    """Return the small file that *make* returns, and what else it returns; remembered if that is *blank*.

    Args:
        folder: the cache folder; None for no cache.
        inputs: everything on which the file depends, but for this program.
        pages: how many pages it has.
        make: makes the file; what else it returns, such as problems, is not remembered.
        blank: what else it returns if there is nothing to report.
    """
    key = cache.key(cache.program(), "whole", *inputs)
    known = cache.recall(folder, STAGE, key, lambda data: data if _is_sound(data, pages) else None)
    if known is not None:
        return known, blank
    data, more = make()
    if more == blank:
        cache.keep(folder, STAGE, key, data)
    return data, more


def _is_sound(data: bytes, pages: int = 1, *, tagged: bool = False) -> bool:
    """Return whether *data*, which anybody may have written, is a file of so many *pages*, with tags if it is *tagged*, that does nothing when it is opened."""
    import pikepdf  # noqa: PLC0415 - slow to import

    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            has_tags = "/StructTreeRoot" in pdf.Root or not tagged
            return has_tags and KEYS.issuperset(pdf.Root.keys()) and len(pdf.pages) == pages
    except pikepdf.PdfError:
        return False
