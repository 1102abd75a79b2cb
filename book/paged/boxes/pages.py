"""Turns a layout into pages of our own: lines, texts, images, tables and notes in reading order.

A layout is read once; the other modules of :mod:`book.paged` work on the result.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from book.assemble import shapes
from book.body import HEADINGS, ON_PAPER, PIECE
from book.paged import code_lines
from book.paged.boxes import collisions, lines, marks, objects, tree
from book.paged.boxes.marks import Marks
from book.paged.boxes.tree import BLOCK, CELL, KINDS, LINE, MARGIN, NOTES, OTHER, PICTURE, ROW, ROWS, TABLE, TEXT, Box
from book.paged.pages import (
    PLACES,
    Block,
    Cell,
    Context,
    Figure,
    Item,
    Line,
    Note,
    NoteCall,
    Opening,
    Page,
    PageBreak,
    Row,
    Table,
    TaggedList,
    TaggedTable,
    Text,
)

LISTS = frozenset({"ul", "ol", "dl"})


def read(sheets: Iterable[Any]) -> tuple[Page, ...]:
    """Return the pages of a document that WeasyPrint laid out.

    Raises:
        UnknownBox: WeasyPrint has another version.
    """
    reader = _Reader()
    return tuple(reader.page(number, tree.root(sheet)) for number, sheet in enumerate(sheets, 1))


class _Reader(Struct):
    """Reads page after page, and remembers the elements of earlier pages."""

    items: list[Item] = field(default_factory=list)
    """Of the page that is read."""
    margins: list[str] = field(default_factory=list)
    notes: tuple[float, float] | None = None
    lowest: float = 0.0
    cells: int = 0
    """On the page that is read."""
    marks: dict[int, Marks] = field(default_factory=dict)
    """Elements by their identity: one has many boxes, and lives as long as its layout."""
    numbers: dict[int, int] = field(default_factory=dict)
    """Of paragraphs and cells, by the identity of their elements."""
    longest: dict[int, int] = field(default_factory=dict)
    """Columns of the longest line of a listing, by the identity of its element: it may stand on hundreds of pages."""
    blocks: set[int] = field(default_factory=set)
    """Blocks on the page that is read, by the identity of their elements: boxes in one without an element of their own refer to it too."""
    met: set[int] = field(default_factory=set)
    """Table heads, note references, notes and sections that have begun, by the identity of their elements."""

    def page(self, number: int, sheet: Box) -> Page:
        """Return one page."""
        self.items, self.margins, self.notes, self.cells, self.blocks = [], [], None, 0, set()
        self.lowest = top = float(sheet.content_box_y())
        self.read(sheet, Context(), 0.0, 0)
        return Page(
            number=number,
            left=float(sheet.content_box_x()),
            top=top,
            width=float(sheet.width),
            height=float(sheet.height),
            items=tuple(self.items),
            margins="".join(self.margins),
            notes=self.notes,
            lowest=self.lowest,
            collisions=collisions.collisions(sheet),
        )

    def _widest(self, listing: Any) -> int:
        if id(listing) not in self.longest:
            self.longest[id(listing)] = code_lines.widest("".join(listing.itertext()))
        return self.longest[id(listing)]

    def read(self, box: Box, context: Context, measure: float, cell: int) -> None:
        """Record *box* and the boxes in it.

        Args:
            box: laid out.
            context: the context of its parent.
            measure: the width of the lines there, in pixels.
            cell: the number of the table cell that contains it, see :attr:`Text.cell`.
        """
        box = tree.laid_out(box)
        name = type(box).__name__
        kind = KINDS.get(name, -1)
        if kind < 0:
            raise tree.UnknownBox(f"WeasyPrint lays out a box {name}, which book/paged/boxes/tree.py does not know")
        if kind == MARGIN:
            self.margins.append(tree.text_of(box))
            return
        if kind == NOTES:
            context = replace(context, footnote=True, counted=False)
            self.notes = (float(box.position_y), float(box.position_y + box.margin_height()))
        if "::" in (box.element_tag or ""):
            if context.owner or context.counted:
                context = replace(context, owner="", counted=False)
        elif box.element is not None:
            context = self._entered(box, kind, context)
        if kind == ROWS and box.is_header:
            context = self._table_head(box, context)
        if kind in {BLOCK, CELL}:
            measure = float(box.width)
        if kind != OTHER:
            self._keep(box, kind, context, measure, cell)
        if kind == CELL:
            self.cells += 1
            cell = self.cells
        children = box.children
        if not children and (height := getattr(box, "height", "auto")) != "auto":
            self.lowest = max(self.lowest, float(box.position_y + height))
        for child in children:
            self.read(child, context, measure, cell)

    def _entered(self, box: Box, kind: int, context: Context) -> Context:
        """Return the context in a *box* with an element, and record what begins with it."""
        element, tag = box.element, box.element_tag
        own = self.marks.get(id(element))
        if own is None:
            own = self.marks[id(element)] = marks.of(element)
        if own.changes:
            context = marks.inside(context, own, tag, float(box.width) if own.table else 0.0)
        # A title may be alone on its page, another heading may not.
        if tag in HEADINGS and not context.heading:
            context = replace(context, heading=True)
        if own.role in {"doc-noteref", "doc-footnote"} and self._first(element):
            if own.role == "doc-noteref":
                self.items.append(NoteCall(context=context, note=(own.href or "#")[1:]))
            else:
                self.items.append(Note(context=context, note=own.identifier))
        elif tag == "section" and not own.kinds.isdisjoint(PLACES) and self._first(element):
            self.items.append(Opening(context=context))
        if box.is_table_wrapper and tag == "table":
            piece = int(element.get(ON_PAPER[PIECE], 0))
            self.items.append(TaggedTable(context=context, piece=piece))
        elif kind == BLOCK and tag in LISTS:
            self.items.append(TaggedList(context=context, style=_numbering(box) if tag == "ol" else ""))
        if own.block and id(element) not in self.blocks:
            self.blocks.add(id(element))
            self.items.append(_block(box, context, own))
        if kind == BLOCK and shapes.PAGE_BREAK in own.kinds:
            self.items.append(PageBreak(context=context))
        return context

    def _table_head(self, box: Box, context: Context) -> Context:
        """Return the context in the head of a table; a repeated head does not count."""
        if self._first(box.element):
            return replace(context, table_head=True)
        return replace(context, table_head=True, owner="", counted=False)

    def _first(self, element: Any) -> bool:
        """Return whether *element* occurs for the first time."""
        repeated = id(element) in self.met
        self.met.add(id(element))
        return not repeated

    def _number(self, element: Any) -> int:
        return self.numbers.setdefault(id(element), len(self.numbers) + 1)

    def _keep(self, box: Box, kind: int, context: Context, measure: float, cell: int) -> None:
        """Record *box* itself."""
        keep = self.items.append
        if kind == TEXT:
            size, right = box.style["font_size"], box.position_x + box.width
            keep(Text(text=box.text, context=context, cell=cell, size=size, right=right))
        elif kind == LINE:
            keep(self._line(box, context, measure))
        elif kind == PICTURE:
            keep(objects.picture(box, context))
        elif kind == TABLE:
            columns = tuple(float(width) for width in box.column_widths)
            keep(Table(context=context, height=float(box.height), columns=columns))
        elif kind == ROW:
            keep(Row(context=context, height=float(box.height)))
        elif kind == CELL and box.element_tag in {"td", "th"}:
            keep(Cell(context=context, number=self._number(box.element)))
        elif box.element_tag == "figure" and type(box).__name__ == "BlockBox":
            # Take the space above from that below: at the top of a page it is dropped, and that below never counts at the bottom.
            keep(Figure(context=context, height=float(box.border_height() + box.margin_bottom)))
        elif box.element_tag == "pre" and type(box).__name__ == "BlockBox" and objects.code_number(box):
            keep(objects.code(box, context, self._widest(box.element)))

    def _line(self, box: Box, context: Context, measure: float) -> Line:
        if not lines.is_running(box):
            return lines.line(box, context, measure)
        ragged = "ragged" in self.marks[id(box.element)].kinds
        return lines.line(box, context, measure, paragraph=self._number(box.element), ragged=ragged)


def _numbering(box: Box) -> str:
    """Return how CSS calls the numbers of a list; empty if it writes them itself."""
    style = box.style["list_style_type"]
    return style if isinstance(style, str) else ""


def _block(box: Box, context: Context, own: Marks) -> Block:
    tag, top, height = str(box.element_tag), float(box.position_y), float(box.margin_height())
    return Block(context=context, tag=tag, kinds=own.kinds, top=top, height=height, moved=own.moved)
