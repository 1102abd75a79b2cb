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

from book.paged import slots, tags
from book.paged.segments import Glyphs, Segment, Slot, UnjoinableError

POINTS = 0.75
"""Points in a pixel."""

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
        sources = [segment.open(0) for segment in segments]
        _fill(pdf, list(zip(sources, segments, strict=True)))
        if numbers is not None:
            _fill_slots(pdf, segments, numbers.targets)
            edges = _edge(pdf, segments)  # noqa: F841 - they stay open, too
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
        for page in list(source.pages)[segment.skipped :]:
            pdf.pages.append(page)
        pages = [page.obj for page in pdf.pages[first:]]
        _share(pages[0].Resources, fonts, images)
        own = {name: place for name, place in _places(pdf, source).items() if name not in segment.foreign}
        elements = _elements(pdf, source, tree.K[0]) if tree is not None else []
        if segment.turned and any(map(any, segment.shifts)):
            _shift(pages, segment, own.values(), elements)
        places |= own
        if tree is not None:
            kids += elements
            parents += _numbered(pdf, source, pages, len(parents) - segment.skipped)[segment.skipped :]
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


def _edge(pdf: Any, segments: Sequence[Segment]) -> list[Any]:
    """Paint the margin boxes of the side on which each page of *segments* stands, as artifacts, and move its text there.

    Args:
        pdf: with the pages of the segments.
        segments: in order.

    Returns:
        The files of the margin boxes: they must stay open until *pdf* is written.
    """
    import pikepdf  # noqa: PLC0415 - as above

    before, between, after = (pdf.make_stream(code) for code in (b"q /Artifact BMC", b"EMC Q", b"Q"))
    first, opened = 0, []
    for segment in segments:
        pages = pdf.pages[first : first + len(segment.kinds)]
        first += len(pages)
        if not segment.edges:
            continue
        edges = segment.open(1)
        opened.append(edges)
        _add_states(pages[0], _states(pdf, edges))
        for number, (page, kind) in enumerate(zip(pages, segment.kinds, strict=True), segment.skipped):
            text = pdf.copy_foreign(edges.pages[2 * number + (kind.side == "right")].obj.Contents)
            across, down = segment.shifts[number - segment.skipped] if segment.turned else (0.0, 0.0)
            move = f"q 1 0 0 1 {POINTS * across:g} {-POINTS * down:g} cm".encode()
            body = [pdf.make_stream(move), page.obj.Contents, after] if across or down else [page.obj.Contents]
            page.obj.Contents = pikepdf.Array([before, text, between, *body])
    return opened


def _shift(pages: Sequence[Any], segment: Segment, places: Iterable[Any], elements: Iterable[Any]) -> None:
    """Move what belongs to the text of *pages* and is not painted: links, named places, and the boxes of tags."""
    import pikepdf  # noqa: PLC0415 - as above

    shifts = {page.objgen: shift for page, shift in zip(pages, segment.shifts, strict=True)}
    for page in pages:
        across, down = (POINTS * side for side in shifts[page.objgen])
        for annotation in page.get("/Annots", ()):
            for name in ("/Rect", "/QuadPoints"):
                if name in annotation:
                    _move(annotation[name], across, -down)
    for place in places:
        across, down = shifts[place[0].objgen]
        place[2], place[3] = float(place[2]) + POINTS * across, float(place[3]) - POINTS * down
    stack = list(elements)
    while stack:
        element = stack.pop()
        stack += [kid for kid in tags.kids(element) if hasattr(kid, "get") and "/S" in kid]
        attributes = element.get("/A", ())
        for attribute in attributes if isinstance(attributes, pikepdf.Array) else [attributes]:
            if "/BBox" in attribute:
                _move(attribute.BBox, *shifts[element.Pg.objgen])


def _move(points: Any, across: float, down: float) -> None:
    """Move *points*, numbers across and down in turn."""
    for at, value in enumerate(points):
        points[at] = float(value) + (down if at % 2 else across)


def _states(pdf: Any, source: Any) -> Mapping[str, Any]:
    """Return the graphics states of the pages of *source*, for *pdf*."""
    return dict(pdf.copy_foreign(source.make_indirect(source.pages[0].obj.Resources.ExtGState)).items())


def _add_states(page: Any, states: Mapping[str, Any]) -> None:
    """Let *page* use graphics *states*, whose names say what they are."""
    own = page.obj.Resources.ExtGState
    for name, state in states.items():
        if name not in own:
            own[name] = state


def is_text_alone(data: bytes) -> bool:
    """Return whether the pages of the PDF *data* show nothing but text and lines, which other pages may show too."""
    import pikepdf  # noqa: PLC0415 - as above

    with pikepdf.open(io.BytesIO(data)) as pdf:
        return _is_text(pdf.pages[0].obj.Resources)


def _is_text(resources: Any) -> bool:
    """Return whether the *resources* of pages are those of text and lines alone."""
    apart = any(resources.get(kind) for kind in ("/XObject", "/Pattern", "/Shading"))
    return not apart and all(name[1:2] in "aA" for name in resources.ExtGState.keys())  # noqa: SIM118 - of pikepdf


def _number(pdf: Any, folios: Any, numbers: Sequence[int]) -> None:
    """Paint the pages of *folios* over those of *pdf* with these *numbers*, as artifacts (PDF/UA-1 §7.8).

    Raises:
        UnjoinableError: a folio is more than text.
    """
    if not numbers:
        return
    if not _is_text(folios.pages[0].obj.Resources):
        raise UnjoinableError("a page number is more than text")
    import pikepdf  # noqa: PLC0415 - as above

    before, between, after = (pdf.make_stream(code) for code in (b"q", b"Q q /Artifact BMC", b"EMC Q"))
    states = _states(pdf, folios)
    for number, folio in zip(numbers, folios.pages, strict=True):
        page = pdf.pages[number]
        _add_states(page, states)
        text = pdf.copy_foreign(folio.obj.Contents)
        contents = page.obj.Contents
        body = contents if isinstance(contents, pikepdf.Array) else [contents]
        page.obj.Contents = pikepdf.Array([before, *body, between, text, after])


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
