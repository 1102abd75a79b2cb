"""Where the text of facing pages ends, measured in a PDF: whether the feet of a left page and of the right one beside it are level.

A page ends with its last line, or with the lower edge of a tinted box, as the eye sees it: a listing that goes on overleaf is tinted down
to the foot of its page, whatever its last line is.
"""

from __future__ import annotations

import ctypes
import re
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
PLACED = re.compile(rb"q ([\d.]+) 0 [\d.]+ [\d.]+ re W n 1 0 0 1 \S+ (\S+) cm /Page(\d+) Do Q")
"""A page on a sheet: the left edge of its half of the sheet, how much it is higher, and its number."""


class Foot(Struct, frozen=True, kw_only=True):
    """The lowest text or box of a page, without its folio."""

    height: float
    """The height of its base line or its edge above the lower edge of the page after cutting, in points."""
    opens: bool
    """Whether the page begins a chapter or a part."""


def feet(path: Path, margin: float, *, imposed: bool) -> Mapping[int, Foot]:
    """Return the feet of the pages with text, by their numbers in the book, from 1.

    Args:
        path: a PDF of pages, or of sheets with two pages on each side.
        margin: the lower margin of its pages in points.
        imposed: whether it has sheets.
    """
    result: dict[int, Foot] = {}
    with pikepdf.open(path) as places:
        for index, page in enumerate(pypdfium2.PdfDocument(path)):
            whole = [(0.0, float(places.pages[index].trimbox[1]), index + 1)]
            halves = list(_halves(places.pages[index])) if imposed else whole
            letters, boxes = list(_letters(page)), list(_boxes(page))
            for left, lower, number in halves:
                right = min((other for other, *_ in halves if other > left), default=page.get_width())
                own = [(y - lower, size) for x, y, size in letters if left <= x < right and y - lower > margin - 2]
                if own:
                    opens = any(size >= OPENER for _, size in own)
                    edges = (y - lower for x, y in boxes if left <= x < right and y - lower > margin - 2)
                    result[number] = Foot(height=min((*(height for height, _ in own), *edges)), opens=opens)
    return result


def _halves(sheet: pikepdf.Page) -> Iterator[tuple[float, float, int]]:
    """Yield the pages on a side of a *sheet*: the left edge, the lower edge and the number of each."""
    for match in PLACED.finditer(sheet.Contents.read_bytes()):
        lower = float(sheet.Resources.XObject[f"/Page{int(match[3])}"].BBox[1])
        yield float(match[1]), float(match[2]) + lower, int(match[3])


def _letters(page: pypdfium2.PdfPage) -> Iterator[tuple[float, float, float]]:
    """Yield the place and the size of each upright letter of a *page*, in points: what is printed in the fold is no text of it."""
    text = page.get_textpage()
    x, y, matrix = ctypes.c_double(), ctypes.c_double(), raw.FS_MATRIX()
    for index in range(text.count_chars()):
        if chr(raw.FPDFText_GetUnicode(text, index)).isalnum():
            raw.FPDFText_GetCharOrigin(text, index, x, y)
            raw.FPDFText_GetMatrix(text, index, matrix)
            if matrix.b:
                continue
            yield x.value, y.value, raw.FPDFText_GetFontSize(text, index) * abs(matrix.d)


def _boxes(page: pypdfium2.PdfPage) -> Iterator[tuple[float, float]]:
    """Yield the left and the lower edge of each painted box of a *page*, in points."""
    for box in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=4):
        left, lower, _, upper = box.get_bounds()
        mode, stroke = ctypes.c_int(), ctypes.c_int()
        raw.FPDFPath_GetDrawMode(box, mode, stroke)
        if mode.value != raw.FPDF_FILLMODE_NONE and upper - lower >= BOX:
            form = box.container
            while form is not None:  # pages on sheets are moved, and not turned
                *_, x, y = form.get_matrix().get()
                left, lower, form = left + x, lower + y, form.container
            yield left, lower


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
