"""Pages placed two-up on the sides of sheets that are printed on both sides and folded once."""

from __future__ import annotations

import io
from typing import Any

from book.edition import Trim
from book.model import Book
from book.paged.imposition import signatures

POINTS = 72 / 25.4
"""Points per millimetre."""


def impose(pages: bytes, paper: Trim, most: int, book: Book) -> bytes:
    """Return the sides of the folded sheets of *pages*, as a PDF for printing on both sides, flipped on the short edge.

    Args:
        pages: a PDF; each page has the size of half a sheet.
        paper: the size of the sheet in landscape.
        most: the most pages in a signature.
        book: the book, for title, language and date.
    """
    import pikepdf  # noqa: PLC0415 - slow to import

    width, height = paper.width_mm * POINTS, paper.height_mm * POINTS
    with pikepdf.open(io.BytesIO(pages)) as source, pikepdf.new() as target:
        forms = [target.copy_foreign(page.as_form_xobject()) for page in source.pages]
        boxes = [trim_of(page) for page in source.pages]
        for folded in (
            side
            for signature in signatures(len(forms), most)
            for sheet in signature
            for side in (sheet.recto, sheet.verso)
        ):
            content: list[str] = []
            placed: dict[str, pikepdf.Object] = {}
            for half, number in enumerate(folded):
                if not number:
                    continue
                left, bottom, right, top = boxes[number - 1]
                x = half * width / 2 + (width / 2 - (right - left)) / 2 - left
                y = (height - (top - bottom)) / 2 - bottom
                name = f"/Page{number}"
                placed[name] = forms[number - 1]
                clip = f"{half * width / 2:.3f} 0 {width / 2:.3f} {height:.3f} re W n"
                content.append(f"q {clip} 1 0 0 1 {x:.3f} {y:.3f} cm {name} Do Q")
            page = target.add_blank_page(page_size=(width, height))
            page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(placed))
            page.obj.Contents = target.make_stream("\n".join(content).encode())
            page.obj.TrimBox = page.obj.MediaBox
        target.Root.Lang = book.metadata.language
        target.Root.ViewerPreferences = pikepdf.Dictionary(
            DisplayDocTitle=True, Duplex=pikepdf.Name.DuplexFlipShortEdge, PrintScaling=pikepdf.Name("/None")
        )
        for key, value in source.docinfo.items():
            target.docinfo[key] = str(value)
        out = io.BytesIO()
        target.save(out, deterministic_id=True, linearize=False, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def trim_of(page: Any) -> tuple[float, float, float, float]:
    """Return the trim box of *page* as displayed; that of a rotated page has its corner at 0, because the page becomes a form."""
    left, bottom, right, top = (float(side) for side in page.trimbox)
    return (
        (0.0, 0.0, top - bottom, right - left) if int(page.obj.get("/Rotate", 0)) % 180 else (left, bottom, right, top)
    )
