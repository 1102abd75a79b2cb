"""Reads WeasyPrint's layout into pages of our own: lines, texts, images, tables and notes in reading order.

Only this file and :mod:`book.paged.galley` read WeasyPrint's boxes, which are private: its version is pinned, and
``tests/test_boxes.py`` fails if a class or an attribute that is read here is renamed. Lengths are CSS pixels from the upper left corner of the
sheet. A layout is read once; the other modules of this room work on the result.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from book.assemble import formulas, shapes
from book.body import BLOCK as BLOCK_NUMBER
from book.body import CODE, FIGURE, HEADINGS, MOVED, ON_PAPER, PIECE, SMALLEST, kinds
from book.body import TABLE as TABLE_NUMBER
from book.html_names import SVG
from book.paged import code_lines
from book.paged.pages import (
    Block,
    Cell,
    Code,
    Context,
    Figure,
    Formula,
    Item,
    Line,
    Note,
    NoteCall,
    Opening,
    Page,
    PageBreak,
    Picture,
    Row,
    Table,
    TaggedTable,
    Text,
)

Box = Any
"""A box of WeasyPrint's layout."""

BLOCK, LINE, TEXT, PICTURE, TABLE, ROWS, ROW, CELL, MARGIN, NOTES, OTHER = range(11)
KINDS: Mapping[str, int] = {
    "BlockBox": BLOCK,
    "InlineBlockBox": BLOCK,
    "LineBox": LINE,
    "TextBox": TEXT,
    "ReplacedBox": PICTURE,
    "BlockReplacedBox": PICTURE,
    "InlineReplacedBox": PICTURE,
    "TableBox": TABLE,
    "TableRowGroupBox": ROWS,
    "TableRowBox": ROW,
    "TableCellBox": CELL,
    "MarginBox": MARGIN,
    "FootnoteAreaBox": NOTES,
    **dict.fromkeys(
        (
            *("PageBox", "InlineBox", "InlineTableBox", "TableColumnGroupBox", "TableColumnBox"),
            *("TableCaptionBox", "FlexBox", "InlineFlexBox", "GridBox", "InlineGridBox"),
        ),
        OTHER,
    ),
}
"""Every class of WeasyPrint's boxes that occurs in a layout, and how it is read."""

PARAGRAPHS = frozenset({"p", "li", "dd"})
"""Elements whose lines are running text."""
PLACES = frozenset({"chapter", "part"})
"""Kinds of the sections whose ids name a place of the page map."""
OPENER = "opener"
"""Class of the title of a chapter."""
OUTSIDE_BODY = frozenset({OPENER, "addresses"})
"""Kinds of elements in a chapter outside its body."""
LONG_TABLE, TALL_TABLE = "long-table", "tall"
"""Kinds of the box around a table that may break across pages: between rows, or within them too."""
ADDED = "added"
"""Class of text that an edition adds to that of the book."""
UNCOUNTED = frozenset({ADDED, "noteref", formulas.CLASS})
"""Kinds of elements that the page map does not count: text that an edition adds or writes differently."""


class UnknownBox(LookupError):
    """WeasyPrint made a box of an unknown class: it is another version."""


def read(sheets: Iterable[Any]) -> tuple[Page, ...]:
    """Return the pages of a document that WeasyPrint laid out.

    Raises:
        UnknownBox: WeasyPrint has another version.
    """
    reader = _Reader()
    return tuple(reader.page(number, root(sheet)) for number, sheet in enumerate(sheets, 1))


def root(sheet: Any) -> Box:
    """Return the box of a page."""
    return sheet._page_box  # noqa: SLF001 - not public


def walk(sheets: Iterable[Any]) -> Iterator[Iterator[Box]]:
    """Yield the boxes of each page in reading order, without margin boxes, for :mod:`book.paged.box_changes`."""
    for sheet in sheets:
        yield within(root(sheet))


def opening(sheet: Any) -> tuple[str, bool]:
    """Return the side of a page, ``left`` or ``right``, and whether a chapter, a part or another section stands on it."""
    page = root(sheet)
    return str(page.page_type.side), "section" in {box.element_tag for box in within(page)}


def within(parent: Box) -> Iterator[Box]:
    """Yield *parent* and the boxes in it in reading order, without margin boxes."""
    stack = [parent]
    while stack:
        box = laid_out(stack.pop())
        if type(box).__name__ != "MarginBox":
            yield box
            stack.extend(reversed(box.children))


def laid_out(box: Box) -> Box:
    """Return the box itself: a box outside the flow is wrapped."""
    return getattr(box, "_box", box)


def is_formula(box: Box) -> bool:
    """Return whether *box* is a formula."""
    element = box.element
    return (
        KINDS[type(box).__name__] == PICTURE
        and element is not None
        and element.tag == f"{{{SVG}}}svg"
        and formulas.CLASS in kinds(element)
    )


def is_generated(box: Box) -> bool:
    """Return whether CSS generated *box*: bullets, counters, text before and after."""
    return "::" in (box.element_tag or "")


def chapter_of(box: Box) -> str:
    """Return the slug of the chapter that *box* is; empty if it is none."""
    element = box.element
    is_chapter = element is not None and element.tag == "section" and "chapter" in kinds(element)
    return str(element.get("id") or "") if is_chapter and not is_generated(box) else ""


def title_of(formula: Box) -> Any:
    """Return the element that contains the TeX of the *formula*."""
    return formula.element.find(f"{{{SVG}}}title")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marks:
    """The properties that an element gives its content."""

    changes: bool
    """Whether it changes the context of its content."""
    identifier: str
    role: str
    href: str
    kinds: frozenset[str]
    place: str
    table: str
    figure: str
    block: int
    moved: str


def _marks(element: Any) -> _Marks:
    """Return the properties that the attributes of *element* give."""
    get = element.get
    names = frozenset(kinds(element))
    table = (get(ON_PAPER[TABLE_NUMBER]) or "") if "table" in names else ""
    place, figure, role = get("data-place") or "", get(ON_PAPER[FIGURE]) or "", get("role") or ""
    block = int(get(ON_PAPER[BLOCK_NUMBER]) or 0)
    marked = not names.isdisjoint(PLACES | OUTSIDE_BODY | UNCOUNTED)
    return _Marks(
        changes=bool(marked or table or place or figure or block or role == "doc-footnote"),
        identifier=get("id") or "",
        role=role,
        href=get("href") or "",
        kinds=names,
        place=place,
        table=table,
        figure=figure,
        block=block,
        moved=get(ON_PAPER[MOVED]) or "",
    )


@dataclass(slots=True)
class _Reader:
    """Reads page after page, and remembers the elements of earlier pages."""

    items: list[Item] = field(default_factory=list)
    """Of the page that is read."""
    margins: list[str] = field(default_factory=list)
    notes: tuple[float, float] | None = None
    lowest: float = 0.0
    cells: int = 0
    """On the page that is read."""
    marks: dict[int, _Marks] = field(default_factory=dict)
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
        box = laid_out(box)
        name = type(box).__name__
        kind = KINDS.get(name, -1)
        if kind < 0:
            raise UnknownBox(f"WeasyPrint lays out a box {name}, which book/paged/boxes.py does not know")
        if kind == MARGIN:
            self.margins.append(text_of(box))
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
        marks = self.marks.get(id(element))
        if marks is None:
            marks = self.marks[id(element)] = _marks(element)
        if marks.changes:
            context = _within(context, marks, tag, box)
        # A title may be alone on its page, another heading may not.
        if tag in HEADINGS and not context.heading:
            context = replace(context, heading=True)
        if marks.role in {"doc-noteref", "doc-footnote"} and self._first(element):
            if marks.role == "doc-noteref":
                self.items.append(NoteCall(context=context, note=(marks.href or "#")[1:]))
            else:
                self.items.append(Note(context=context, note=marks.identifier))
        elif tag == "section" and not marks.kinds.isdisjoint(PLACES) and self._first(element):
            self.items.append(Opening(context=context))
        if box.is_table_wrapper and tag == "table":
            piece = int(element.get(ON_PAPER[PIECE], 0))
            self.items.append(TaggedTable(context=context, piece=piece))
        if marks.block and id(element) not in self.blocks:
            self.blocks.add(id(element))
            self.items.append(_block(box, context, marks))
        if kind == BLOCK and shapes.PAGE_BREAK in marks.kinds:
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
            keep(_picture(box, context))
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
        elif box.element_tag == "pre" and type(box).__name__ == "BlockBox" and _code_number(box):
            keep(_code(box, context, self._widest(box.element)))

    def _line(self, box: Box, context: Context, measure: float) -> Line:
        running = box.element is not None and box.element_tag in PARAGRAPHS
        even = running and box.style["text_align_all"] == "justify"
        return Line(
            text=text_of(box),
            context=context,
            top=float(box.position_y),
            bottom=float(box.position_y + box.height),
            width=float(box.width),
            measure=measure,
            paragraph=self._number(box.element) if running else 0,
            broken=running and any(inner.element_tag == "br" for inner in within(box)),
            ragged=running and "ragged" in self.marks[id(box.element)].kinds,
            even=even,
            gap=_gap(box) if even else 0.0,
        )


def _within(context: Context, marks: _Marks, tag: str, box: Box) -> Context:
    """Return the context in an element with *marks* inside *context*."""
    begins = not marks.kinds.isdisjoint(PLACES)
    slug = marks.identifier if begins and tag == "section" else ""
    owner = context.owner
    if slug:
        owner = slug
    elif context.footnote and marks.role == "doc-footnote":
        owner = marks.identifier
    elif not marks.kinds.isdisjoint(OUTSIDE_BODY):
        owner = ""
    return Context(
        chapter=slug or context.chapter,
        place=marks.identifier if begins else marks.place or context.place,
        in_body=context.in_body and (begins or bool(marks.place) or OPENER not in marks.kinds),
        counted=context.counted and marks.kinds.isdisjoint(UNCOUNTED),
        owner=owner,
        heading=context.heading,
        table=marks.table or context.table,
        table_width=float(box.width) if marks.table else context.table_width,
        table_breaks=context.table_breaks or (bool(marks.table) and LONG_TABLE in marks.kinds),
        table_head=context.table_head,
        figure=marks.figure or context.figure,
        footnote=context.footnote,
        block=marks.block or context.block,
    )


def _block(box: Box, context: Context, marks: _Marks) -> Block:
    tag, top, height = str(box.element_tag), float(box.position_y), float(box.margin_height())
    return Block(context=context, tag=tag, kinds=marks.kinds, top=top, height=height, moved=marks.moved)


def text_of(box: Box) -> str:
    """Return the words in *box*."""
    if type(box).__name__ == "TextBox":
        return str(box.text)
    return "".join(text_of(laid_out(child)) for child in box.children)


def _gap(line: Box) -> float:
    """Return the width of the word spaces of a justified *line*; 0 if it is not justified."""
    texts = (inner for inner in within(line) if type(inner).__name__ == "TextBox" and " " in inner.text)
    extra = next((float(text.justification_spacing) for text in texts), 0.0)
    return float(line.space) + extra if extra else 0.0  # book/paged/even_lines.py notes the natural width


def _picture(box: Box, context: Context) -> Picture:
    bottom, height = float(box.position_y + box.height), float(box.height)
    if not is_formula(box):
        element = box.element
        shares = str(element.get(ON_PAPER[SMALLEST]) or "0 0").split() if element is not None else ("0", "0")
        smallest = min(float(shares[0]) * float(box.width), float(shares[1]) * height)
        name = str(element.get("alt") or "") if smallest else ""
        return Picture(context=context, bottom=bottom, height=height, smallest=smallest, name=name)
    width = re.search(r"--width: ([0-9.]+)em", box.element.get("style", ""))
    return Formula(
        context=context,
        bottom=bottom,
        height=height,
        tex=str(title_of(box).text),
        right=float(box.position_x + box.width),
        width=float(box.width),
        full_width=float(width[1]) * float(box.style["font_size"]) if width else 0.0,
    )


HAIR = 0.01
"""In letters: how much rounding may reduce the room of a line."""


def _code_number(box: Box) -> str:
    return str(box.element.get(ON_PAPER[CODE]) or "") if box.element is not None else ""


def _code(box: Box, context: Context, longest: int) -> Code:
    texts = (inner for inner in within(box) if type(inner).__name__ == "TextBox")
    letters = (inner.width / len(inner.text) for inner in texts if inner.text.isascii() and inner.text.isprintable())
    letter = max(letters, default=0.0)
    columns = int(box.width / letter + HAIR) if letter else 0
    return Code(context=context, number=_code_number(box), columns=columns, longest=longest)
