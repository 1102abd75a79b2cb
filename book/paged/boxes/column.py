"""Turns a layout into a chapter as one column (:mod:`book.paged.galley`)."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from book.body import BLOCK as BLOCK_NUMBER
from book.body import ON_PAPER, kinds
from book.paged.boxes import lines, objects, placing, tree
from book.paged.boxes.tree import KINDS, LINE, MARGIN, NOTES, PICTURE, ROW, TABLE, Box
from book.paged.galley import Galley, Piece, Unit, unknown

FORCED: Final = frozenset({"always", "page", "left", "right", "recto", "verso"})
"""Values of ``break-before`` and ``break-after`` that begin a new page."""
SIDED: Final = FORCED - {"always", "page"}
"""Those of them that choose its side."""
LISTS: Final = frozenset({"ul", "ol", "dl"})
ITEMS: Final = frozenset({"li", "dt"})
SHORTEST: Final = 3
"""The fewest lines of a paragraph that may be set in one more or less."""

Variants = Callable[[Box, int], Mapping[int, float]]
"""Returns the numbers of lines that a paragraph may have instead, with their costs: of its first line, and the number of its lines."""


LinesWith = Callable[[Box, float], int]
"""Returns the number of lines of a paragraph with another indent: of its first line, and the indent; 0 if it is unknown."""


class _LaidOut(Struct):
    """A piece as it is laid out."""

    piece: Piece
    page: int
    top: float
    chain: tuple[Box, ...]
    """The boxes that contain it, from the unit inwards; a row of a table is the last of them."""
    line: Box | None = None
    """The line that it is."""
    gap: float = 0.0
    padding: float = 0.0
    may_begin: bool = False
    notes: float = 0.0
    by_block: bool = False
    item: int = 0
    """These become the fields of its piece, when all pieces are read."""

    def joined(self) -> Piece:
        """Return the piece, with what is known from the pieces beside it."""
        piece = self.piece
        return Piece(
            height=piece.height,
            ink=piece.ink,
            gap=self.gap,
            top=self.padding,
            may_begin=self.may_begin,
            head=piece.head,
            lines=piece.lines,
            text=piece.text,
            picture=piece.picture,
            is_sized=piece.is_sized,
            calls=piece.calls,
            notes=self.notes,
            by_block=self.by_block,
            item=self.item,
        )


def read(sheets: Sequence[Any], variants: Variants, lines_with: LinesWith) -> Mapping[str, Galley]:
    """Return the chapters on the pages that WeasyPrint laid out, by their slugs."""
    reader = _Reader()
    pages = [tree.root(sheet) for sheet in sheets]
    for page in pages:
        reader.read(page)
    return {
        slug: _galley(slug, laid_out, reader, pages, variants, lines_with) for slug, laid_out in reader.chapters.items()
    }


def _galley(
    slug: str,
    laid_out: Sequence[_LaidOut],
    reader: _Reader,
    pages: Sequence[Box],
    variants: Variants,
    lines_with: LinesWith,
) -> Galley:
    called: set[str] = set()
    groups: dict[int, list[_LaidOut]] = {}
    for item in laid_out:
        item.notes = sum(reader.notes.get(call, 0.0) for call in item.piece.calls if call not in called)
        item.by_block = not reader.by_block.isdisjoint(set(item.piece.calls) - called)
        called.update(item.piece.calls)
        groups.setdefault(id(item.chain[0].element), []).append(item)
    gaps = {}
    for index, (above, below) in enumerate(pairwise(groups.values())):
        if above[-1].page == below[0].page:
            over, under = above[-1].chain[0], below[0].chain[0]
            added = placing.place(over).below + placing.place(under).above
            gaps[index, index + 1] = _border_top(under) - _border_bottom(over) - added
    first = pages[laid_out[0].page]
    return Galley(
        chapter=slug,
        units=tuple(_unit(group, pages[group[0].page], variants, lines_with) for group in groups.values()),
        gaps=gaps,
        begins=_border_top(laid_out[0].chain[0]) - float(first.content_box_y()),
        notes=reader.area,
        first=int(first.page_type.side != "left") if slug in reader.sided else None,
    )


def _unit(laid_out: Sequence[_LaidOut], page: Box, variants: Variants, lines_with: LinesWith) -> Unit:
    first, last = laid_out[0], laid_out[-1]
    box, end = first.chain[0], last.chain[0]
    element = box.element
    style = box.style
    for above, below in pairwise(laid_out):
        _join(above, below)
    _begin(laid_out)
    _count(laid_out)
    return Unit(
        number=int(element.get(ON_PAPER[BLOCK_NUMBER]) or 0) if element is not None else 0,
        tag=str(element.tag) if element is not None else "",
        kinds=frozenset(kinds(element)) if element is not None else frozenset(),
        margin_top=_margin(first.chain, "top"),
        margin_bottom=_margin(last.chain, "bottom"),
        whole=_avoids(style["break_inside"]),
        begins_page=any(inner.style["break_before"] in FORCED for inner in first.chain),
        ends_page=any(inner.style["break_after"] in FORCED for inner in last.chain),
        stays_before=any(_avoids(inner.style["break_after"]) for inner in last.chain),
        stays_behind=any(_avoids(inner.style["break_before"]) for inner in first.chain),
        room=float(page.height),
        broad=bool(page.width > page.height),
        lead_in=first.top - _border_top(box),
        lead_out=max(0.0, _border_bottom(end) - last.top - last.piece.height),
        pieces=tuple(_captioned([item.joined() for item in laid_out], element)),
        variants=_variants(laid_out, variants),
        orphans=int(style["orphans"]),
        widows=int(style["widows"]),
        padding=_edge(last.chain[-1], "bottom") if last.line is not None else 0.0,
        indent=_indent(first.line) if first.line is not None else 0.0,
        lines_with=functools.partial(lines_with, first.line) if first.line is not None else unknown,
        step=placing.place(box).step,
    )


def _captioned(pieces: list[Piece], element: Any) -> list[Piece]:
    """Return the *pieces* of a block; a caption that hangs in the margin belongs to the last one."""
    caption = element.find("figcaption") if element is not None and element.tag == "figure" else None
    if caption is not None and not any(piece.text for piece in pieces):
        pieces[-1] = replace(pieces[-1], text=" ".join("".join(caption.itertext()).split()))
    return pieces


def _variants(laid_out: Sequence[_LaidOut], variants: Variants) -> Mapping[int, float]:
    """Return the numbers of lines that a unit may have instead, with their costs; none if it is not a paragraph of text."""
    first = laid_out[0]
    if len(laid_out) < SHORTEST or first.line is None or any(item.piece.picture for item in laid_out):
        return {}
    return variants(first.line, len(laid_out))


def _join(above: _LaidOut, below: _LaidOut) -> None:
    """Note the distance of two pieces of a unit, and whether a page break may be between them."""
    shared = 0
    for outer, other in zip(above.chain, below.chain, strict=False):
        if _same(outer) != _same(other):
            break
        shared += 1
    ends, begins = above.chain[shared:], below.chain[shared:]
    below.padding = sum(_edge(box, "top") for box in begins)
    below.gap = below.top - above.top - above.piece.height if above.page == below.page else _gap(ends, begins)
    below.may_begin = not (
        any(_avoids(box.style["break_after"]) for box in ends)
        or any(_avoids(box.style["break_before"]) for box in begins)
        or any(_avoids(box.style["break_inside"]) for box in above.chain[1:shared])
        or above.piece.head
    )


def _same(box: Box) -> tuple[int, int]:
    """Return what the parts of one box on many pages have in common: an anonymous box has the element of its parent."""
    return id(box.element), id(box.style)


def _begin(laid_out: Sequence[_LaidOut]) -> None:
    """Note which lines may begin a page: not with too few lines of their paragraph before or after the break."""
    groups: dict[tuple[int, int], list[_LaidOut]] = {}
    for item in laid_out:
        groups.setdefault(_same(item.chain[-1]), []).append(item)
    for group in groups.values():
        style = group[0].chain[-1].style
        for index, item in enumerate(group[1:], 1):
            item.may_begin &= index >= style["orphans"] and len(group) - index >= style["widows"]


def _indent(line: Box) -> float:
    """Return the indent of the paragraph with a first *line*."""
    source = lines.source(line)
    return float(source.measure - source.first) if source is not None else 0.0


def _count(laid_out: Sequence[_LaidOut]) -> None:
    """Note which pieces of a list begin an item, or a term and its definitions, behind the first one."""
    block = laid_out[0].chain[0].element
    if block is None or block.tag not in LISTS:
        return
    numbers = {id(child): number for number, child in enumerate(block, 1) if child.tag in ITEMS}
    for above, below in pairwise(laid_out):
        before, item = (part.chain[1].element if len(part.chain) > 1 else None for part in (above, below))
        if before is not None and item is not None and item is not before and before.tag != "dt":
            below.item = numbers.get(id(item), 0)


def _gap(ends: Sequence[Box], begins: Sequence[Box]) -> float:
    """Return the distance that boxes with *ends* and *begins* would have on one page."""
    gap, margins = 0.0, [0.0]
    for box in reversed(ends):
        if edge := _edge(box, "bottom"):
            gap += max(margins) + edge
            margins = [0.0]
        margins.append(_own(box, "bottom"))
    for box in begins:
        margins.append(_own(box, "top"))
        if edge := _edge(box, "top"):
            gap += max(margins) + edge
            margins = [0.0]
    return gap + max(margins)


def _margin(chain: Sequence[Box], side: str) -> float:
    """Return the margin of the first box of *chain*, with those of the boxes in it that collapse with it."""
    margins = [0.0]
    for box in chain:
        margins.append(_own(box, side))
        if _edge(box, side):
            break
    return max(margins)


def _own(box: Box, side: str) -> float:
    """Return the margin that the style of *box* gives it: at the top of a page it is dropped from the box itself."""
    value = box.style[f"margin_{side}"]
    length = getattr(value, "value", None)
    if length is not None and str(getattr(value, "unit", "")).lower() == "px":
        return float(length)
    margin = getattr(box, f"margin_{side}", 0.0)
    return float(margin) if isinstance(margin, int | float) else 0.0


def _edge(box: Box, side: str) -> float:
    return float(getattr(box, f"padding_{side}") + getattr(box, f"border_{side}_width"))


def _border_top(box: Box) -> float:
    return float(box.border_box_y())


def _border_bottom(box: Box) -> float:
    return float(box.border_box_y() + box.border_height())


def _avoids(value: object) -> bool:
    return value in {"avoid", "avoid-page"}


class _Reader(Struct):
    """Reads page after page."""

    page: int = 0
    chapters: dict[str, list[_LaidOut]] = field(default_factory=dict)
    """The pieces of each chapter."""
    notes: dict[str, float] = field(default_factory=dict)
    """Id of each note at the foot of a page -> its height."""
    by_block: set[str] = field(default_factory=set)
    """Ids of the notes that take their whole block to the next page if they do not fit."""
    area: float = 0.0
    """Space above the notes of a page."""
    sided: set[str] = field(default_factory=set)
    """The slugs of the chapters that begin on one side, by their style."""
    heads: set[int] = field(default_factory=set)
    """The rows of the heads of tables that were read: they are repeated on each page."""

    def read(self, page: Box) -> None:
        """Read one page."""
        for box in page.children:
            kind = KINDS[type(box).__name__]
            if kind == NOTES:
                # Their margins collapse, and the last one with that of the area.
                heights = {id(note): float(note.margin_height() - note.margin_bottom) for note in box.children}
                for note in box.children:
                    if note.element is not None and (name := note.element.get("id")):
                        self.notes[name] = heights[id(note)]
                        if note.style["footnote_policy"] == "block":
                            self.by_block.add(name)
                self.area = max(self.area, float(box.margin_height()) - sum(heights.values()))
            elif kind != MARGIN:
                self._enter(box, "", ())
        self.page += 1

    def _enter(self, box: Box, slug: str, chain: tuple[Box, ...]) -> None:
        """Read the pieces in *box*, which is in *chain* in the chapter *slug*."""
        box = tree.laid_out(box)
        if not box.is_in_normal_flow():
            return
        kind = KINDS[type(box).__name__]
        within = (*chain, box) if slug else ()
        if not slug:
            slug = tree.chapter_of(box)
            if slug and box.style["break_before"] in SIDED:
                self.sided.add(slug)
            for child in box.children:
                self._enter(child, slug, ())
        elif kind == LINE:
            if chain and box.height:
                self._keep(slug, _line(box), box.position_y, chain, box)
        elif kind == ROW:
            self._keep(slug, _row(box), box.position_y, within)
        elif kind == PICTURE or type(box).__name__ in {"FlexBox", "GridBox"}:
            height = float(box.border_height())
            picture, is_sized = (height, objects.is_sized(box)) if kind == PICTURE else (0.0, False)
            piece = Piece(height=height, ink=height, lines=0, picture=picture, is_sized=is_sized)
            self._keep(slug, piece, box.border_box_y(), within)
        elif kind == TABLE:
            for group in box.children:
                for row in group.children:
                    if not group.is_header or id(row.element) not in self.heads:
                        self._enter(row, slug, within)
                        if group.is_header:
                            self.heads.add(id(row.element))
                            last = self.chapters[slug][-1]
                            last.piece = replace(last.piece, head=True)
        else:
            for child in box.children:
                self._enter(child, slug, within)

    def _keep(self, slug: str, piece: Piece, top: float, chain: tuple[Box, ...], line: Box | None = None) -> None:
        self.chapters.setdefault(slug, []).append(_LaidOut(piece, self.page, float(top), chain, line))


def _line(box: Box) -> Piece:
    height = ink = float(box.height)
    text = tree.text_of(box).strip()
    pictures = [inner for inner in tree.within(box) if KINDS[type(inner).__name__] == PICTURE]
    if pictures and not text:
        ink = max(float(picture.position_y + picture.height) for picture in pictures) - float(box.position_y)
    return Piece(
        height=height,
        ink=ink,
        lines=1 if text else 0,
        text=text,
        picture=max((float(picture.height) for picture in pictures), default=0.0),
        is_sized=any(map(objects.is_sized, pictures)),
        calls=_calls(box),
    )


def _row(box: Box) -> Piece:
    height = float(box.height)
    lines = [inner for inner in tree.within(box) if KINDS[type(inner).__name__] == LINE]
    ink = max((float(line.position_y + line.height) for line in lines), default=0.0) - float(box.position_y)
    tops = {round(line.position_y) for line in lines}
    return Piece(height=height, ink=min(height, max(ink, 0.0)), lines=len(tops), calls=_calls(box))


def _calls(box: Box) -> tuple[str, ...]:
    """Return the ids of the notes to which references in *box* lead."""
    elements = (inner.element for inner in tree.within(box))
    calls = (
        element.get("href") or "#"
        for element in elements
        if element is not None and element.get("role") == "doc-noteref"
    )
    return tuple(dict.fromkeys(call[1:] for call in calls))
