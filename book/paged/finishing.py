"""A PDF as WeasyPrint wrote it gets page labels, boxes for the printer, fixed dates and tags that say what they are."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

from book.model import Book
from book.paged import tags
from book.paged.pages import Cell, TaggedTable
from book.paged.render import Layout

Ranges = Sequence[tuple[int, str]]
"""From which page on (the first is 0) pages are numbered from 1, and how: ``D`` 1, 2, 3; ``r`` i, ii, iii."""


def finish(
    data: bytes, book: Book, *, ranges: Ranges = ((0, "D"),), layouts: Sequence[Layout] = (), upright: bool = False
) -> bytes:
    """Return the PDF finished, the same bytes for the same book.

    Args:
        data: as WeasyPrint wrote it.
        book: whose date it bears.
        ranges: how its pages are numbered.
        layouts: of which it was written, where it is tagged.
        upright: whether every page stands on its short side, as those of a bound book do: a broad one is turned to the left.
    """
    import pikepdf  # noqa: PLC0415 - slow to import

    with pikepdf.open(io.BytesIO(data)) as pdf:
        nums = [item for first, style in ranges for item in (first, pikepdf.Dictionary(S=pikepdf.Name(f"/{style}")))]
        pdf.Root.PageLabels = pdf.make_indirect(pikepdf.Dictionary(Nums=pikepdf.Array(nums)))
        stamp = "D:" + re.sub(r"[-:TZ]", "", book.metadata.modified) + "Z"
        pdf.docinfo["/CreationDate"] = stamp
        pdf.docinfo["/ModDate"] = stamp
        for page in pdf.pages:
            # Whatever lies round the cut: its inner half bleeds, its outer half holds the printer's marks.
            sides = zip(page.trimbox, page.mediabox, strict=True)
            page.obj.BleedBox = pikepdf.Array([(trim + media) / 2 for trim, media in sides])
            left, bottom, right, top = (float(side) for side in page.mediabox)
            if upright and right - left > top - bottom:
                page.Rotate = 270
        _name_tags(pdf, layouts)
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True, linearize=False, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _name_tags(pdf: Any, layouts: Sequence[Layout]) -> None:
    """Let the tags of *pdf* say what they are, and join those of what was printed in pieces."""
    tags.undescribed(pdf)
    tags.name_formulas(pdf)
    tags.name_notes(pdf)
    tags.scope_heads(pdf)
    cells = _cells(layouts)
    if len(set(filter(None, cells))) < sum(map(bool, cells)):
        tags.join_cells(pdf, cells)
    pieces = [
        (item.context.chapter, item.context.table, item.piece)
        for layout in layouts
        for page in layout.pages
        for item in page.items
        if isinstance(item, TaggedTable)
    ]
    if any(piece for _, _, piece in pieces):
        tags.join(pdf, pieces)


def _cells(layouts: Sequence[Layout]) -> list[int]:
    """Return a number for every cell of *layouts*, in order, the same for all parts of one; 0 for the cells of heads."""
    numbers: dict[tuple[int, int], int] = {}
    return [
        0 if item.context.table_head else numbers.setdefault((at, item.number), len(numbers) + 1)
        for at, layout in enumerate(layouts)
        for page in layout.pages
        for item in page.items
        if isinstance(item, Cell)
    ]
