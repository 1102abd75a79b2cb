"""Where the text of facing pages ends, measured in a PDF: whether the feet of a left page and of the right one beside it are level.

A page ends with its last line, or with the lower edge of a tinted box, as the eye sees it: a listing that goes on overleaf is tinted down
to the foot of its page, whatever its last line is.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping
from pathlib import Path

import pikepdf
import pypdfium2
from msgspec import Struct
from pypdfium2 import raw

OPENER = 18.0
"""Points: a page with letters of this size begins a chapter or a part."""
POINTS = 72 / 25.4
"""Points per millimetre."""
BOX = 6.0
"""Points: a painted rectangle that is less high is a rule."""


class Foot(Struct, frozen=True, kw_only=True):
    """The lowest text or box of a page, without its folio."""

    height: float
    """The height of its base line or its edge above the lower edge of the page after cutting, in points."""
    opens: bool
    """Whether the page begins a chapter or a part."""


def feet(path: Path, margin: float) -> Mapping[int, Foot]:
    """Return the feet of the pages with text, by their numbers in the book, from 1.

    Args:
        path: a PDF of pages.
        margin: the lower margin of its pages in points.
    """
    result: dict[int, Foot] = {}
    with pikepdf.open(path) as places:
        for number, page in enumerate(pypdfium2.PdfDocument(path), 1):
            lower = float(places.pages[number - 1].trimbox[1])
            own = [(y - lower, size) for y, size in _letters(page) if y - lower > margin - 2]
            if own:
                opens = any(size >= OPENER for _, size in own)
                edges = (y - lower for y in _boxes(page) if y - lower > margin - 2)
                result[number] = Foot(height=min((*(height for height, _ in own), *edges)), opens=opens)
    return result


def _letters(page: pypdfium2.PdfPage) -> Iterator[tuple[float, float]]:
    """Yield the height above the lower edge and the size of each upright letter of a *page*, in points."""
    text = page.get_textpage()
    x, y, matrix = ctypes.c_double(), ctypes.c_double(), raw.FS_MATRIX()
    for index in range(text.count_chars()):
        if chr(raw.FPDFText_GetUnicode(text, index)).isalnum():
            raw.FPDFText_GetCharOrigin(text, index, x, y)
            raw.FPDFText_GetMatrix(text, index, matrix)
            if matrix.b:
                continue
            yield y.value, raw.FPDFText_GetFontSize(text, index) * abs(matrix.d)


def _boxes(page: pypdfium2.PdfPage) -> Iterator[float]:
    """Yield the lower edge of each painted box of a *page*, in points."""
    for box in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=4):
        _, lower, _, upper = box.get_bounds()
        mode, stroke = ctypes.c_int(), ctypes.c_int()
        raw.FPDFPath_GetDrawMode(box, mode, stroke)
        if mode.value != raw.FPDF_FILLMODE_NONE and upper - lower >= BOX:
            form = box.container
            while form is not None:  # forms are moved, and not turned
                *_, y = form.get_matrix().get()
                lower, form = lower + y, form.container
            yield lower


def level(pages: Mapping[int, Foot], lead: float) -> tuple[int, int]:
    """Return how many pairs of facing pages end on the same line, within half a *lead*, and how many pairs there are.

    The last page of a chapter ends anywhere, and so do a page that opens one and a page before a page without text.
    """
    pairs = [
        (pages[left], pages[left + 1])
        for left in pages
        if left % 2 == 0
        and left + 1 in pages
        and left + 2 in pages
        and not (pages[left + 1].opens or pages[left + 2].opens)
    ]
    return sum(abs(left.height - right.height) <= lead / 2 for left, right in pairs), len(pairs)
