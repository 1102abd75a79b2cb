"""Finishes a PDF from WeasyPrint: page labels, boxes for the printer, fixed dates and specific tags."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from string import punctuation
from typing import Any
from urllib.parse import quote

from msgspec.structs import replace

from book.edition import Trim
from book.model import Book
from book.paged import contents_tags, link_tags, list_tags, margin_tags, tags
from book.paged.imposition import around
from book.paged.pages import Block, Cell, Item, TaggedList, TaggedTable
from book.paged.pdf_objects import places
from book.paged.render import Layout
from book.paged.segments import Segment

Ranges = Sequence[tuple[int, str]]
"""Ranges of page numbers: the index of the page (from 0) that gets the number 1, and the style: ``D`` 1, 2, 3; ``r`` i, ii, iii."""


def finish(
    data: bytes,
    book: Book,
    *,
    ranges: Ranges = ((0, "D"),),
    layouts: Sequence[Layout] = (),
    upright: bool = False,
    paper: Trim | None = None,
    marks: bool = True,
) -> bytes:
    """Return the finished PDF, the same bytes for the same book.

    Args:
        data: the PDF from WeasyPrint.
        book: the book, for its date.
        ranges: the ranges of page numbers.
        layouts: the layouts from which the PDF was written, if it is tagged.
        upright: whether every page must be portrait, as in a bound book: a landscape one is rotated to the left.
        paper: as for :func:`book.paged.joining.joined`.
        marks: whether the marks beyond the bleed stay on the sheets, if it has any.
    """
    import pikepdf  # noqa: PLC0415 - slow to import

    with pikepdf.open(io.BytesIO(data)) as pdf:
        _bound_pages(pdf, upright=upright)
        if not marks:
            for page in pdf.pages:
                page.obj.MediaBox = page.obj.BleedBox
        _name_places(pdf)
        _name_tags(pdf, layouts)
        if paper is not None:
            _put_on(pdf, paper)
        return close(pdf, book, ranges)


def finish_segment(segment: Segment, layout: Layout, slug: str, *, upright: bool = False) -> Segment:
    """Return *segment* with finished pages and tags.

    Args:
        segment: from WeasyPrint.
        layout: that it was written from.
        slug: of its chapter: the names of tags begin with it.
        upright: as for :func:`finish`.
    """
    import pikepdf  # noqa: PLC0415 - slow to import

    with pikepdf.open(io.BytesIO(segment.pdf)) as pdf:
        _bound_pages(pdf, upright=upright)
        _name_places(pdf)
        tags.prefix_names(_name_tags(pdf, [layout]), slug)
        return replace(segment, pdf=_saved(pdf), foreign=frozenset(map(place_name, segment.foreign)))


def close(pdf: Any, book: Book, ranges: Ranges) -> bytes:
    """Return the open *pdf* as a file, with page labels and the date of *book*.

    Args:
        pdf: its pages and tags are finished.
        book: for its date.
        ranges: how its pages are numbered.
    """
    import pikepdf  # noqa: PLC0415 - slow to import

    nums = [item for first, style in ranges for item in (first, pikepdf.Dictionary(S=pikepdf.Name(f"/{style}")))]
    pdf.Root.PageLabels = pdf.make_indirect(pikepdf.Dictionary(Nums=pikepdf.Array(nums)))
    pdf.docinfo["/CreationDate"] = pdf.docinfo["/ModDate"] = stamp(book)
    return _saved(pdf)


def stamp(book: Book) -> str:
    """Return the date of *book* as PDF writes it."""
    return "D:" + re.sub(r"[-:TZ]", "", book.metadata.modified) + "Z"


def _saved(pdf: Any) -> bytes:
    import pikepdf  # noqa: PLC0415 - slow to import

    out = io.BytesIO()
    pdf.save(out, deterministic_id=True, linearize=False, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _bound_pages(pdf: Any, *, upright: bool) -> None:
    """Give every page of *pdf* its boxes for the printer, and its rotation."""
    import pikepdf  # noqa: PLC0415 - slow to import

    for page in pdf.pages:
        # The margin around the trim box: its inner half is the bleed, its outer half contains the printer's marks.
        sides = zip(page.trimbox, page.mediabox, strict=True)
        page.obj.BleedBox = pikepdf.Array([(trim + media) / 2 for trim, media in sides])
        left, bottom, right, top = (float(side) for side in page.mediabox)
        if upright and right - left > top - bottom:
            page.Rotate = 270


def _put_on(pdf: Any, paper: Trim) -> None:
    """Put every page of *pdf* in the middle of a *paper*."""
    import pikepdf  # noqa: PLC0415 - slow to import

    for page in pdf.pages:
        box = pikepdf.Array([round(edge, 6) for edge in around([float(edge) for edge in page.mediabox], paper)])
        page.obj.MediaBox = page.obj.TrimBox = page.obj.BleedBox = box


def place_name(name: str) -> str:
    """Return *name* of a place in ASCII.

    A reader finds a place by halves in a sorted list (ISO 32000-2 §7.9.6). Names outside ASCII are stored in two encodings, and programs sort
    some by their bytes and others by their letters: they would not find these places, and qpdf calls the list damaged.

    >>> place_name("docker-入门"), place_name("the-loop")
    ('docker-%E5%85%A5%E9%97%A8', 'the-loop')
    """
    return name if name.isascii() else quote(name, safe=punctuation + " ")


def _name_places(pdf: Any) -> None:
    """Give the places of *pdf* that links lead to names in ASCII, and sort them."""
    import pikepdf  # noqa: PLC0415 - slow to import

    named = places(pdf)
    if all(map(str.isascii, named)):
        return
    pairs = sorted((place_name(name), name) for name in named)
    pdf.Root.Names.Dests.Names = pikepdf.Array(
        [item for ascii_name, name in pairs for item in (pikepdf.String(ascii_name), named[name])]
    )
    for page in pdf.pages:
        for annotation in page.obj.get("/Annots", ()):
            if isinstance(annotation.get("/Dest"), pikepdf.String):
                annotation.Dest = pikepdf.String(place_name(str(annotation.Dest)))


def _name_tags(pdf: Any, layouts: Sequence[Layout]) -> tags.Roles:
    """Make the tags of *pdf* specific, and join those of tables that were printed in pieces; return them as they were before that."""
    margin_tags.hide_margins(pdf)
    roles = tags.by_role(pdf)
    tags.place_figures(pdf, roles)
    blocks = tags.name_blocks(roles, [item for item in _items(layouts) if isinstance(item, Block) and item.moved])
    if blocks:
        roles = tags.by_role(pdf)
    list_tags.number_lists(roles["/L"], [item.style for item in _items(layouts) if isinstance(item, TaggedList)])
    if contents_tags.name_contents(pdf, roles["/L"]):
        roles = tags.by_role(pdf)
    link_tags.settle_links(pdf, roles["/Link"])
    if tags.undescribed(pdf, roles["/Figure"]):
        roles = tags.by_role(pdf)
    tags.name_formulas(roles)
    tags.name_notes(roles)
    tags.scope_heads(roles)
    cells = _cells(layouts)
    if len(set(filter(None, cells))) < sum(map(bool, cells)):
        tags.join_cells(pdf, cells)
    pieces = [
        (item.context.chapter, item.context.table, item.piece)
        for item in _items(layouts)
        if isinstance(item, TaggedTable)
    ]
    if any(piece for _, _, piece in pieces):
        tags.join(pdf, pieces)
    list_tags.settle_lists(pdf, roles["/L"])
    tags.reorder(blocks)
    return roles


def _items(layouts: Sequence[Layout]) -> Iterator[Item]:
    return (item for layout in layouts for page in layout.pages for item in page.items)


def _cells(layouts: Sequence[Layout]) -> list[int]:
    """Return a number for every cell of *layouts*, in order: the same for all parts of one cell, 0 for the cells of heads."""
    numbers: dict[tuple[int, int], int] = {}
    return [
        0 if item.context.table_head else numbers.setdefault((at, item.number), len(numbers) + 1)
        for at, layout in enumerate(layouts)
        for page in layout.pages
        for item in page.items
        if isinstance(item, Cell)
    ]
