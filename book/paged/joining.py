"""Joins segments into one PDF: pages, links, outline and tags, with one set of fonts.

The result is what WeasyPrint writes if it lays out the same pages as one document, except for object numbers and the names of header
cells and notes, which begin with the chapter, because they must be unique.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from book.paged import slots
from book.paged.segments import Glyphs, Segment, Slot, UnjoinableError

Branch = tuple[str, tuple[int, float, float], list[Any], str]
"""A line of the outline: its label, its place (page from 0, and a point on it), the lines below it, and its state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The page numbers of a joined file."""

    folios: bytes
    """A PDF with a page for each page that has a folio, with nothing but that."""
    pages: tuple[int, ...]
    """These pages, from 0."""
    targets: Mapping[str, int]
    """The page number of every id, for page numbers in the text."""


def union(lists: Iterable[Iterable[Glyphs]]) -> tuple[Glyphs, ...]:
    """Return the fonts in *lists*, each once, with all glyphs that any segment uses; the first use of a glyph counts."""
    fonts: dict[str, Glyphs] = {}
    for glyphs in lists:
        for font in glyphs:
            before = fonts.get(font.name, font)
            letters, widths = {**font.letters, **before.letters}, {**font.widths, **before.widths}
            fonts[font.name] = replace(before, letters=letters, widths=widths)
    return tuple(fonts.values())


@contextlib.contextmanager
def joined(
    frame: bytes, segments: Sequence[Segment], outline: Sequence[Branch], numbers: Numbers | None = None
) -> Iterator[Any]:
    """Yield *segments* as one open PDF.

    Args:
        frame: a PDF with one empty page, all fonts, and the metadata of the whole file.
        segments: the segments; their ids must be unique.
        outline: the outline of the whole file.
        numbers: the page numbers; None: the pages have theirs.

    Raises:
        UnjoinableError: a link leads nowhere, or a folio is more than text.
    """
    import pikepdf  # noqa: PLC0415 - slow to import

    with contextlib.ExitStack() as stack:
        pdf = stack.enter_context(pikepdf.open(io.BytesIO(frame)))
        # They stay open until the file is written, because their streams are copied only then.
        sources = [stack.enter_context(pikepdf.open(io.BytesIO(segment.pdf))) for segment in segments]
        _fill(pdf, list(zip(sources, segments, strict=True)))
        if numbers is not None:
            _fill_slots(pdf, segments, numbers.targets)
            _number(pdf, stack.enter_context(pikepdf.open(io.BytesIO(numbers.folios))), numbers.pages)
        if outline:
            pdf.Root.Outlines = pdf.make_indirect(pikepdf.Dictionary())
            _grow(pdf, pdf.Root.Outlines, outline)
        yield pdf


def _fill(pdf: Any, sources: Iterable[tuple[Any, Segment]]) -> None:
    """Put the pages of *sources* with their links and tags into *pdf*, in place of its empty page.

    Raises:
        UnjoinableError: a link leads nowhere.
    """
    import pikepdf  # noqa: PLC0415 - as above

    fonts, tree = pdf.pages[0].obj.Resources.Font, pdf.Root.get("/StructTreeRoot")
    del pdf.pages[0]
    places: dict[str, Any] = {}
    images: dict[bytes, Any] = {}
    parents: list[Any] = []
    kids: list[Any] = []
    for source, segment in sources:
        first = len(pdf.pages)
        for page in source.pages:
            pdf.pages.append(page)
        pages = [page.obj for page in pdf.pages[first:]]
        _share(pages[0].Resources, fonts, images)
        places |= {name: place for name, place in _places(pdf, source).items() if name not in segment.foreign}
        if tree is not None:
            kids += _elements(pdf, source, tree.K[0])
            parents += _numbered(pdf, source, pages, len(parents))
    if any(not segment.foreign <= places.keys() for _, segment in sources):
        raise UnjoinableError("a link leads nowhere")
    if tree is not None:
        tree.K[0].K = pikepdf.Array(kids)
        tree.ParentTree.Nums = pikepdf.Array([item for pair in enumerate(parents) for item in pair])
    if places:
        names = [item for name, place in sorted(places.items()) for item in (pikepdf.String(name), place)]
        pdf.Root.Names = pikepdf.Dictionary(Dests=pikepdf.Dictionary(Names=pikepdf.Array(names)))


def _fill_slots(pdf: Any, segments: Sequence[Segment], targets: Mapping[str, int]) -> None:
    """Set the page numbers in the text of *segments*.

    Raises:
        UnjoinableError: a number does not fit in its place.
    """
    first = 0
    for segment in segments:
        by_page: dict[int, list[Slot]] = {}
        for slot in segment.slots:
            by_page.setdefault(slot.page, []).append(slot)
        for page, waiting in by_page.items():
            contents = pdf.pages[first + page].obj.Contents
            contents.write(slots.filled(contents.read_bytes(), waiting, targets))
        first += segment.findings.pages


def _number(pdf: Any, folios: Any, numbers: Sequence[int]) -> None:
    """Paint the pages of *folios* over those of *pdf* with these *numbers*, as artifacts (PDF/UA-1 §7.8).

    Raises:
        UnjoinableError: a folio is more than text.
    """
    if not numbers:
        return
    if any(folios.pages[0].obj.Resources.get(kind) for kind in ("/XObject", "/Pattern", "/Shading")):
        raise UnjoinableError("a page number is more than text")
    import pikepdf  # noqa: PLC0415 - as above

    before, between, after = (pdf.make_stream(code) for code in (b"q", b"Q q /Artifact BMC", b"EMC Q"))
    states = pdf.copy_foreign(folios.make_indirect(folios.pages[0].obj.Resources.ExtGState))
    for number, folio in zip(numbers, folios.pages, strict=True):
        page = pdf.pages[number]
        for name, state in states.items():
            if name not in page.obj.Resources.ExtGState:
                page.obj.Resources.ExtGState[name] = state
        text = pdf.copy_foreign(folio.obj.Contents)
        page.obj.Contents = pikepdf.Array([before, page.obj.Contents, between, text, after])


def _share(resources: Any, fonts: Any, images: dict[bytes, Any]) -> None:
    """Make the pages with *resources* use *fonts*, and keep one of equal images."""
    # All drawings in a segment refer to this one dictionary.
    for name, font in fonts.items():
        resources.Font[name] = font
    drawn = resources.get("/XObject", {})
    for name, image in list(drawn.items()):
        if image.get("/Subtype") == "/Image":
            digest = hashlib.sha256(image.read_raw_bytes()).digest() + repr(sorted(image.keys())).encode()
            drawn[name] = images.setdefault(digest, image)


def _places(pdf: Any, source: Any) -> dict[str, Any]:
    """Return the named places in *source*, whose pages are in *pdf*."""
    dests = source.Root.get("/Names", {}).get("/Dests")
    names = pdf.copy_foreign(source.make_indirect(dests.Names)) if dests is not None else []
    return {str(names[at]): names[at + 1] for at in range(0, len(names), 2)}


def _elements(pdf: Any, source: Any, document: Any) -> list[Any]:
    """Return the top elements of the tag tree of *source* as kids of *document* in *pdf*."""
    kids = list(pdf.copy_foreign(source.Root.StructTreeRoot.K[0]).K)
    for kid in kids:
        kid.P = document
    return kids


def _numbered(pdf: Any, source: Any, pages: Sequence[Any], first: int) -> list[Any]:
    """Return the parent elements of the content of *pages*, which are numbered from *first* on."""
    nums = pdf.copy_foreign(source.Root.StructTreeRoot.ParentTree).Nums
    for page in pages:
        page.StructParents = first + int(page.StructParents)
        for annotation in page.get("/Annots", ()):
            if "/StructParent" in annotation:
                annotation.StructParent = first + int(annotation.StructParent)
    return [nums[at + 1] for at in range(0, len(nums), 2)]


def _grow(pdf: Any, parent: Any, branches: Sequence[Branch]) -> int:
    """Put *branches* below *parent* in the outline; return the number of its visible lines."""
    import pikepdf  # noqa: PLC0415 - as above

    lines: list[Any] = []
    total = len(branches)
    for label, (page, x, y), below, state in branches:
        place = pikepdf.Array([pdf.pages[page].obj, pikepdf.Name.XYZ, x, y, 0])
        line = pdf.make_indirect(pikepdf.Dictionary(Title=pikepdf.String(label), Dest=place, Parent=parent))
        count = _grow(pdf, line, below)
        if state == "closed":
            line.Count = -count
        else:
            total += count
        if lines:
            line.Prev = lines[-1]
            lines[-1].Next = line
        lines.append(line)
    if lines:
        parent.First, parent.Last = lines[0], lines[-1]
    parent.Count = total
    return total
