"""The size of a PDF's pages, compared with that of its edition: the trimmed page, the bleed, and the sheet."""

from __future__ import annotations

from collections.abc import Iterator

import pikepdf
from msgspec.structs import replace

from book.catalogue import EDITIONS
from book.edition import Trim
from book.model import Book, Work
from book.proof.pdf_looks import Sheets

POINTS = 72 / 25.4
"""Points per millimetre."""
SLACK = 0.2
"""Tolerance in points: the rounding of millimetres to pixels."""


def missized(pdf: Sheets, work: Work, book: Book) -> Iterator[str]:
    """Yield the pages whose boxes differ from those of the edition (PDF 2.0 §14.11.2)."""
    del book
    if work.sheet is None:
        return
    edition = EDITIONS.get(work.edition)
    landscape = None if edition is None or edition.papers else edition.facing
    for number, page in enumerate(pdf.pages, start=1):
        if "/MediaBox" in page:
            sheet = _unfolded(page, work.sheet) if edition is not None and edition.format == "cover" else work.sheet
            yield from (f"page {number}: {fault}" for fault in _faults(page, sheet, landscape))


def _unfolded(page: pikepdf.Page, size: Trim) -> Trim:
    """Return the size of the sheet of a cover, of which *size* may be a page: two of them, and a spine of any width."""
    left, _, right, _ = (float(side) for side in page.trimbox)
    width = (right - left) / POINTS
    return replace(size, width_mm=width) if width >= 2 * size.width_mm - SLACK else size


def _faults(page: pikepdf.Page, size: Trim, landscape: bool | None) -> Iterator[str]:
    """Yield the faults in the boxes of one *page*.

    Args:
        page: a page of the PDF.
        size: the page size of the edition.
        landscape: whether a landscape page, which carries a wide table, is turned upright by /Rotate, as in a bound book;
            None: the edition has no such pages.
    """
    media, bleed, trim = ([float(side) for side in box] for box in (page.mediabox, page.bleedbox, page.trimbox))
    width, height = trim[2] - trim[0], trim[3] - trim[1]
    is_turned = int(page.obj.get("/Rotate", 0)) % 180 != 0
    upright = [size.width_mm * POINTS, size.height_mm * POINTS]
    says = f"its edition has {size.width_mm:g} × {size.height_mm:g} mm"
    is_upright, is_landscape = _alike([width, height], upright), _alike([width, height], upright[::-1])
    if not is_upright and not (is_landscape and landscape is not None):
        yield f"it is {_millimetres(width, height)} after cutting; {says}"
    elif size.width_mm < size.height_mm and is_turned != (is_landscape and bool(landscape)):
        text = _millimetres(height, width) if is_turned else _millimetres(width, height)
        yield f"it is shown as {text}; {says}"
    room = size.bleed_mm * POINTS
    if not _alike(bleed, [trim[0] - room, trim[1] - room, trim[2] + room, trim[3] + room]):
        yield f"{_beyond(bleed, trim)} is printed beyond the cut; its edition has {size.bleed_mm:g} mm"
    if not room and not _alike(media, trim):
        yield f"its sheet is {_millimetres(media[2] - media[0], media[3] - media[1])}; its edition has no bleed"


def _alike(box: list[float], other: list[float]) -> bool:
    return all(abs(side - want) <= SLACK for side, want in zip(box, other, strict=True))


def _millimetres(width: float, height: float) -> str:
    return f"{round(width / POINTS, 1):g} × {round(height / POINTS, 1):g} mm"


def _beyond(bleed: list[float], trim: list[float]) -> str:
    """Return how much is printed beyond each side of the trimmed page: left, bottom, right, top; one figure if all are equal."""
    sides = [trim[0] - bleed[0], trim[1] - bleed[1], bleed[2] - trim[2], bleed[3] - trim[3]]
    figures = [f"{round(side / POINTS, 1) + 0.0:g}" for side in sides]
    return f"{', '.join(dict.fromkeys(figures))} mm"
