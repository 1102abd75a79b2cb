"""Pages placed two-up on the sides of sheets that are printed on both sides and folded once."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any, Self

from book.edition import Trim
from book.model import Book
from book.paged.imposition import POINTS, creep, signatures

TICK_MM = (3.0, 8.0)
"""Where the tick on the fold begins and ends, from the edge of the sheet: nearer to it, office printers do not print."""
MARK = "/Mark"
"""The name of the mark of a sheet among its forms."""
MARK_MM = 11.0
"""Where the mark of a sheet begins, from the lower edge: above the tick."""


class Sheets:
    """Places the pages of one PDF on sheets, all of them or some.

    Use it as a context manager, because the PDF stays open.
    """

    def __init__(self, pages: bytes, book: Book, *, most: int, marks: bytes = b"") -> None:
        """Open a PDF.

        Args:
            pages: a PDF; a page that is larger than half a sheet becomes smaller.
            book: the book, for title, language and date.
            most: the most pages in a signature.
            marks: a PDF with a page for each sheet of the whole book, which is printed into its fold; empty: no marks.
        """
        import pikepdf  # noqa: PLC0415 - slow to import

        self.book, self.most = book, most
        self.source = pikepdf.open(io.BytesIO(pages))
        self.marks = pikepdf.open(io.BytesIO(marks)) if marks else None

    def __enter__(self) -> Self:
        """Return these sheets."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the PDF."""
        self.source.close()
        if self.marks is not None:
            self.marks.close()

    def impose(self, paper: Trim, order: Sequence[int], *, marked: bool = False) -> bytes:
        """Return the sides of the folded sheets, as a PDF for printing on both sides, flipped on the short edge.

        Args:
            paper: the size of the sheet in landscape.
            order: the numbers of the pages that are placed, from 1; 0 is an empty page.
            marked: whether the sheets have their marks.
        """
        import pikepdf  # noqa: PLC0415 - slow to import

        width, height = paper.width_mm * POINTS, paper.height_mm * POINTS
        with pikepdf.new() as target:
            forms = [self._form(target, number) for number in order]
            blank = (0.0, 0.0, width / 2, height)
            boxes = [trim_of(self.source.pages[number - 1]) if number else blank for number in order]
            for count, (step, is_front, folded) in enumerate(_sides(len(forms), self.most)):
                content: list[str] = []
                placed: dict[str, pikepdf.Object] = {}
                for half, number in enumerate(folded):
                    if not number:
                        continue
                    name = f"/Page{number}"
                    placed[name] = forms[number - 1]
                    inward = creep(step) * POINTS * (-1 if half else 1)
                    content.append(
                        f"q {_put(boxes[number - 1], half * width / 2, width / 2, height, inward)} {name} Do Q"
                    )
                if is_front:
                    content.append(_ticks(width, height))
                if is_front and marked and self.marks is not None:
                    mark = self.marks.pages[count // 2]
                    placed[MARK] = target.copy_foreign(mark.as_form_xobject())
                    # Turned upwards, its middle on the fold.
                    middle = width / 2 + float(mark.mediabox[3]) / 2
                    content.append(f"q 0 1 -1 0 {middle:.3f} {MARK_MM * POINTS:.3f} cm {MARK} Do Q")
                page = target.add_blank_page(page_size=(width, height))
                page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(placed))
                page.obj.Contents = target.make_stream("\n".join(content).encode())
                page.obj.TrimBox = page.obj.MediaBox
            return self._saved(target)

    def is_empty(self, number: int) -> bool:
        """Return whether nothing is printed on the page *number* but printer's marks: nothing on it has a tag."""
        import pikepdf  # noqa: PLC0415 - slow to import

        return not pikepdf.parse_content_stream(self.source.pages[number - 1], "Tj TJ BDC")

    def _form(self, target: Any, number: int) -> Any:
        """Return the page *number* as a form of *target*."""
        import pikepdf  # noqa: PLC0415 - slow to import

        if number:
            return target.copy_foreign(self.source.pages[number - 1].as_form_xobject())
        return target.make_stream(
            b"", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=pikepdf.Array([0, 0, 0, 0])
        )

    def _saved(self, target: Any) -> bytes:
        """Return the bytes of *target*, with the facts of the book."""
        import pikepdf  # noqa: PLC0415 - slow to import

        target.Root.Lang = self.book.metadata.language
        target.Root.ViewerPreferences = pikepdf.Dictionary(
            DisplayDocTitle=True, Duplex=pikepdf.Name.DuplexFlipShortEdge, PrintScaling=pikepdf.Name("/None")
        )
        for key, value in self.source.docinfo.items():
            target.docinfo[key] = str(value)
        out = io.BytesIO()
        target.save(out, deterministic_id=True, linearize=False, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return out.getvalue()


def _sides(pages: int, most: int) -> Iterator[tuple[int, bool, tuple[int, int]]]:
    """Yield the sides of all sheets: the number of sheets around this one, whether it is the outer side, and its two pages."""
    for signature in signatures(pages, most):
        for step, sheet in enumerate(signature):
            yield step, True, sheet.recto
            yield step, False, sheet.verso


def _put(box: Sequence[float], start: float, width: float, height: float, inward: float) -> str:
    """Return the operators that place a page on half a sheet, in its middle, and show nothing beyond its cut.

    Args:
        box: the edges of the page: left, bottom, right, top.
        start: where the half begins.
        width: of the half.
        height: of the sheet.
        inward: how far the page is moved to the right.
    """
    left, bottom, right, top = box
    size = round(min(1.0, width / (right - left), height / (top - bottom)), 4)
    across, up = size * (right - left), size * (top - bottom)
    x, y = start + (width - across) / 2 + inward, (height - up) / 2
    begin, end = max(x, start), min(x + across, start + width)
    clip = f"{begin:.3f} {y:.3f} {end - begin:.3f} {up:.3f} re W n"
    return f"{clip} {size:g} 0 0 {size:g} {x - size * left:.3f} {y - size * bottom:.3f} cm"


def _ticks(width: float, height: float) -> str:
    """Return the operators that draw a tick on the fold at the upper and the lower edge."""
    near, far = (place * POINTS for place in TICK_MM)
    lines = ((near, far), (height - far, height - near))
    drawn = " ".join(f"{width / 2:.3f} {low:.3f} m {width / 2:.3f} {high:.3f} l S" for low, high in lines)
    return f"q 0.25 w 0.5 G {drawn} Q"


def trim_of(page: Any) -> tuple[float, float, float, float]:
    """Return the trim box of *page* as displayed; that of a rotated page has its corner at 0, because the page becomes a form."""
    left, bottom, right, top = (float(side) for side in page.trimbox)
    return (
        (0.0, 0.0, top - bottom, right - left) if int(page.obj.get("/Rotate", 0)) % 180 else (left, bottom, right, top)
    )
