"""What laid-out pages say of themselves: what does not fit, lines and pages that end badly. Reads WeasyPrint's boxes, changes nothing.

The boxes are private to WeasyPrint (``_page_box``), so its version is pinned; lengths are CSS pixels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from book.assemble import compose
from book.paged import code_lines, math_svg, on_paper

Box = Any
"""A box of WeasyPrint's layout."""

PARAGRAPHS = frozenset({"p", "li", "dd"})
BLOCKS = frozenset({"BlockBox", "TableCellBox", "InlineBlockBox"})
"""Boxes that hold lines."""
HEADS = frozenset({"h2", "h3", "h4", "h5", "h6"})
"""A title may stand alone on its page, a heading may not."""
OURS = frozenset({"opener", "addresses"})
"""What stands in a chapter beside its body."""
WHITE = 1 / 3
"""Of a page: more white than this at its foot, before the chapter ends, is told."""
GAP = 1 / 12
"""Of a page: white that a figure left behind."""
FEW = 5
"""Lines: fewer on the last page of a chapter are told."""
SHORT = 0.6
"""Of the measure: a line inside a paragraph that is shorter is torn."""
SLACK = 1.5
"""Pixels that rounding may put outside."""
HAIR = 0.01
"""Of a letter: what rounding may take from the room of a line."""
HIGH = 1 / 2
"""Of a page: a row of a table that is higher may go on over it."""
POINT = 4 / 3
NOTE_TAG = "main"
"""An element that no paged edition has: WeasyPrint tags it /Part."""
FEET = "FootnoteAreaBox"
"""WeasyPrint's name for the box at the foot of a page that holds its notes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blemish:
    """Something on a page that a printer would not let pass."""

    kind: str
    """``head last``, ``lone line``, ``short line``, ``outside``, ``white foot`` or ``short page``."""
    page: int
    """From 1, in the file."""
    chapter: str
    """Slug; empty outside chapters."""
    table: str
    """Number of the table in its chapter; empty elsewhere."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """What was found on the pages of one edition."""

    blemishes: tuple[Blemish, ...]
    smallest: float
    """Size of the smallest text in points, raised and lowered figures among it; pictures left out."""
    openings: tuple[tuple[str, int], ...]
    """Slug of each chapter and part, and the page on which it begins, from 1."""
    blanks: tuple[int, ...]
    """Pages on which nothing at all is painted, from 1."""
    tables: tuple[Columns, ...] = ()
    """Those that do not fit."""
    astray: frozenset[tuple[str, str]] = frozenset()
    """Chapter and id of each note that is lost, begins on another page than its call, or lies over the text."""
    letters: Mapping[str, int] = field(default_factory=dict)
    """Slug of each chapter, and how many letters and digits of its body and its notes stand on the pages."""
    figures: tuple[Figure, ...] = ()
    """Those that left white behind."""
    tall: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Chapter and number of each table that goes on over the page -> its class: it has a row that is half as high as a page, or
    few rows that are together higher than one."""
    codes: tuple[Code, ...] = ()
    """Listings with lines that are too long."""

    def wide(self) -> frozenset[tuple[str, str]]:
        """Return chapter and number of each table that does not fit."""
        return frozenset((one.chapter, one.table) for one in self.blemishes if one.kind == "outside" and one.table)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns of a table as they were laid out."""

    chapter: str
    table: str
    room: float
    """Width that the table has."""
    tall: float
    """Height of the text on the page: the width that it would have on a page on its side."""
    widths: tuple[float, ...]
    """Of its columns."""
    first: bool = False
    """Whether its chapter begins with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A listing with a line that is longer than its box is wide."""

    chapter: str
    code: str
    """Number in its chapter."""
    columns: int
    """Letters that a line has room for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure that went to the next page and left white behind; lengths in pixels."""

    chapter: str
    figure: str
    """Number in its chapter."""
    image: float
    """Height of its picture."""
    room: float
    """Height that the picture would have to have to stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    page: int
    short: bool
    broken: bool
    """Ended by the author, with a line break."""
    text: str


@dataclass(slots=True)
class _Paragraph:
    chapter: str
    lines: list[_Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Where:
    """What a box stands in."""

    chapter: str = ""
    table: str = ""
    head: bool = False
    measure: float = 0.0
    """Width of the lines."""
    room: float = 0.0
    """Width that a table has."""
    figure: str = ""
    """Number of the figure in its chapter."""
    header: bool = False
    """Whether it is the head of a table."""
    foot: bool = False
    """Whether it is the place of the notes."""
    counted: str = ""
    """Slug of the chapter or id of the note whose letters these are; empty for those of the press."""


def pages(document: Any) -> Pages:
    """Return what the pages of a laid-out WeasyPrint *document* say."""
    found: list[Blemish] = []
    paragraphs: dict[int, _Paragraph] = {}
    smallest = 1000.0
    openings: dict[str, int] = {}
    blanks: list[int] = []
    feet, heads = _Feet(), set[int]()
    sheets: list[_Sheet] = []
    columns: dict[tuple[str, str], Columns] = {}
    codes: dict[tuple[str, str], Code] = {}
    tables = _Tables()
    for number, page in enumerate(document.pages, 1):
        sheet = page._page_box  # noqa: SLF001 - nothing public tells where the lines are
        right = sheet.content_box_x() + sheet.width
        last: tuple[float, bool, str, _Where] | None = None
        sheets.append(
            _Sheet(broad=sheet.width > sheet.height, top=float(sheet.content_box_y()), height=float(sheet.height))
        )
        for box, where in _walk(sheet, _Where(), heads):
            kind = type(box).__name__
            if kind == "LineBox":
                text = _text(box)
                if text and not where.foot and (last is None or box.position_y > last[0] + SLACK):
                    last = (box.position_y, where.head, text, where)
                _note(paragraphs, box, where, number, text)
            elif kind == "TextBox" and box.text.strip():
                smallest = min(smallest, box.style["font_size"] / POINT)
                if box.position_x + box.width > right + SLACK:
                    found.append(_blemish("outside", number, where, box.text))
            elif math_svg.is_formula(box) and box.position_x + box.width > right + SLACK:
                found.append(_blemish("outside", number, where, math_svg.tex_of(box)))
            elif kind == "BlockBox" and box.element_tag == "pre" and (long := _long(box, where)) is not None:
                codes.setdefault((long.chapter, long.code), long)
            elif kind == "TableBox" and where.table:
                widths = tuple(float(width) for width in box.column_widths)
                key = (where.chapter, where.table)
                columns[key] = Columns(
                    chapter=key[0],
                    table=key[1],
                    room=where.room,
                    tall=float(sheet.height),
                    widths=widths,
                    first=columns[key].first if key in columns else not feet.counts.get(where.chapter),
                )
            tables.see(box, where, float(sheet.height))
            feet.see(box, where, number)
            sheets[-1].see(box, where)
            slug = _slug(box)
            if slug:
                openings.setdefault(slug, number)
        margins = any(_text(box) for box in sheet.children if type(box).__name__ == "MarginBox")
        if last is None and not margins and not _painted(sheet):
            blanks.append(number)
        if last and last[1] and last[3].chapter:
            found.append(_blemish("head last", number, last[3], last[2]))
    found += _torn(paragraphs.values())
    for number, one in enumerate(sheets, 1):
        one.ends = feet.area[number][0] if number in feet.area else one.top + one.height
    found += _unfilled(sheets)
    wide = {(one.chapter, one.table) for one in found if one.kind == "outside"}
    return Pages(
        blemishes=tuple(dict.fromkeys(found)),
        smallest=smallest,
        openings=tuple(openings.items()),
        blanks=tuple(blanks),
        tables=tuple(one for key, one in columns.items() if key in wide),
        astray=feet.astray(document),
        letters=feet.letters(),
        figures=tuple(_pushed(sheets)),
        codes=tuple(codes.values()),
        tall=tables.tall(),
    )


def _long(box: Box, where: _Where) -> Code | None:
    """Return what is too long in the listing *box*: nothing in a table, whose columns follow their words."""
    number = box.element.get(code_lines.NUMBER) if box.element is not None else None
    if not number or where.table:
        return None
    texts = [inner for inner, _ in _walk(box, where) if type(inner).__name__ == "TextBox"]
    letters = (inner.width / len(inner.text) for inner in texts if inner.text.isascii() and inner.text.isprintable())
    letter = max(letters, default=0.0)
    columns = int(box.width / letter + HAIR) if letter else 0
    longest = code_lines.widest("".join(box.element.itertext()))
    return Code(chapter=where.chapter, code=number, columns=columns) if columns and longest > columns else None


def pieces(document: Any) -> tuple[tuple[str, str, int], ...]:
    """Return chapter, table and piece (from 0) of every table of a laid-out *document*, in the order in which they are tagged.

    A table that goes on over several pages is there once for each page.
    """
    return tuple(
        (where.chapter, where.table, int(box.element.get("data-piece", 0)))
        for page in document.pages
        for box, where in _walk(page._page_box, _Where())  # noqa: SLF001 - as above
        if getattr(box, "is_table_wrapper", False) and box.element_tag == "table"
    )


def cells(document: Any) -> tuple[int, ...]:
    """Return a number for every cell of a laid-out *document*, in the order in which they are tagged.

    The parts of a cell that goes on over several pages have the same number; 0 is for the cells of heads, which are printed again.
    """
    numbers: dict[int, int] = {}
    found: list[int] = []
    for page in document.pages:
        for box, where in _walk(page._page_box, _Where()):  # noqa: SLF001 - as above
            if type(box).__name__ == "TableCellBox" and box.element_tag in {"td", "th"}:
                found.append(0 if where.header else numbers.setdefault(id(box.element), len(numbers) + 1))
    return tuple(found)


@dataclass(slots=True)
class _Sheet:
    """How one page is filled."""

    broad: bool
    top: float
    height: float
    ends: float = 0.0
    """Where its text must end: at its foot or at its notes."""
    first: _Where = field(default_factory=_Where)
    """What comes first."""
    last: _Where = field(default_factory=_Where)
    """What comes last."""
    said: str = ""
    """The text that comes first."""
    lines: set[float] = field(default_factory=set)
    """Where its lines stand."""
    low: float = 0.0
    """Where its text or its last picture ends."""
    pictures: bool = False
    ended: bool = False
    """Whether the author ended the page."""
    figures: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Number of a figure -> its height with the space above, and that of its picture."""

    def see(self, box: Box, where: _Where) -> None:
        """Keep what *box* says."""
        kind = type(box).__name__
        self.ended = self.ended or (kind == "BlockBox" and _is(box, compose.PAGE_BREAK))
        if kind == "BlockBox" and box.element_tag == "figure" and where.figure not in self.figures:
            # The space above is that below: at the top of a page it is gone, and that below never counts at its foot.
            height = float(box.border_height() + box.margin_bottom)
            self.figures[where.figure] = (height, 0.0)
        picture = kind.endswith("ReplacedBox")
        if where.foot or not where.chapter or not (picture or (kind == "LineBox" and _text(box).strip())):
            return
        if not self.first.chapter:
            self.first = where
        if not re.search(r"\w{3}", self.said):  # more than the number of an item
            self.said = f"{self.said} {_text(box)}".strip()
        self.last = where
        self.low = max(self.low, float(box.position_y + box.height))
        if picture:
            self.pictures = True
            if where.figure in self.figures:
                self.figures[where.figure] = (self.figures[where.figure][0], float(box.height))
        else:
            self.lines.add(round(float(box.position_y)))

    @property
    def white(self) -> float:
        """How much of the page stays white at its foot, from 0 to 1."""
        return max(0.0, self.ends - self.low) / self.height if self.low and not self.ended else 0.0


def _unfilled(sheets: Sequence[_Sheet]) -> Iterator[Blemish]:
    """Yield pages that end in white before their chapter does, and chapters whose last page has next to nothing on it."""
    for number, (one, after) in enumerate(zip(sheets, [*sheets[1:], None], strict=True), 1):
        chapter = one.last.chapter
        on = after is not None and after.first.chapter == chapter
        if chapter and on and after is not None and not (one.broad or after.broad) and one.white > WHITE:
            yield _blemish("white foot", number, after.first, after.said)
        begun = number > 1 and sheets[number - 2].last.chapter == chapter == one.first.chapter
        if chapter and begun and not on and not one.pictures and len(one.lines) < FEW:
            yield _blemish("short page", number, one.first, one.said)


def _pushed(sheets: Sequence[_Sheet]) -> Iterator[Figure]:
    """Yield figures that begin a page while there is white on the page before."""
    for one, after in pairwise(sheets):
        where = after.first
        if where.figure and where.chapter == one.last.chapter and one.white > GAP and not (one.broad or after.broad):
            height, image = after.figures.get(where.figure, (0.0, 0.0))
            if image:
                room = one.ends - one.low - (height - image) - SLACK
                yield Figure(chapter=where.chapter, figure=where.figure, image=image, room=room)


@dataclass(slots=True)
class _Tables:
    """How high tables and their rows are, over all pages."""

    rows: set[tuple[str, str]] = field(default_factory=set)
    """Tables with a row that is half as high as a page."""
    heights: dict[tuple[str, str], float] = field(default_factory=dict)
    """Of each table, in pages."""
    long: set[tuple[str, str]] = field(default_factory=set)
    """Tables that may go on over the page between their rows as it is."""

    def see(self, box: Box, where: _Where, page: float) -> None:
        """Keep what *box* says."""
        if not where.table:
            return
        key, kind = (where.chapter, where.table), type(box).__name__
        if _is(box, on_paper.LONG):
            self.long.add(key)
        if kind == "TableRowBox" and box.height > HIGH * page:
            self.rows.add(key)
        elif kind == "TableBox":
            self.heights[key] = self.heights.get(key, 0.0) + float(box.height) / page

    def tall(self) -> Mapping[tuple[str, str], str]:
        """Return the tables that must be let go on over the page, and their classes."""
        long = (key for key, height in self.heights.items() if height > 1 and key not in self.long)
        return {**dict.fromkeys(long, on_paper.LONG), **dict.fromkeys(self.rows, on_paper.TALL)}


@dataclass(slots=True)
class _Feet:
    """Calls and notes, and how low text and notes reach on each page."""

    calls: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Id of a note -> chapter and page of its first call."""
    notes: dict[str, tuple[int, bool]] = field(default_factory=dict)
    """Id of a note -> the page on which it begins, and whether it stands at the foot."""
    text: dict[int, float] = field(default_factory=dict)
    """Page -> where its text ends."""
    area: dict[int, tuple[float, float]] = field(default_factory=dict)
    """Page -> where its notes begin and end."""
    counts: dict[str, int] = field(default_factory=dict)
    """Slug of a chapter or id of a note -> its letters."""

    def see(self, box: Box, where: _Where, page: int) -> None:
        """Keep what *box* says."""
        if where.counted and type(box).__name__ == "TextBox":
            self.counts[where.counted] = self.counts.get(where.counted, 0) + sum(map(str.isalnum, box.text))
        if type(box).__name__ == FEET:
            self.area[page] = (float(box.position_y), float(box.position_y + box.margin_height()))
        elif not where.foot and (type(box).__name__ == "LineBox" or type(box).__name__.endswith("ReplacedBox")):
            self.text[page] = max(self.text.get(page, 0.0), float(box.position_y + box.height))
        if box.element is None or "::" in (box.element_tag or ""):
            return
        if box.element.get("role") == "doc-noteref":
            self.calls.setdefault(box.element.get("href", "#")[1:], (where.chapter, page))
        elif box.element.get("role") == "doc-footnote":
            self.notes.setdefault(box.element.get("id", ""), (page, where.foot))

    def letters(self) -> Mapping[str, int]:
        """Return the letters of each chapter, its notes among them."""
        found = {slug: count for slug, count in self.counts.items() if slug not in self.notes}
        for note, (slug, _) in self.calls.items():
            found[slug] = found.get(slug, 0) + self.counts.get(note, 0)
        return found

    def astray(self, document: Any) -> frozenset[tuple[str, str]]:
        """Return chapter and id of the notes that are not where they should be."""
        full = {
            page
            for page, (top, bottom) in self.area.items()
            if self.text.get(page, 0.0) > top + SLACK or bottom > _bottom(document.pages[page - 1]) + SLACK
        }
        found = set()
        for note, (chapter, page) in self.calls.items():
            begins, foot = self.notes.get(note, (0, True))
            if foot and (begins != page or page in full):
                found.add((chapter, note))
        return frozenset(found)


def _bottom(page: Any) -> float:
    sheet = page._page_box  # noqa: SLF001 - as above
    return float(sheet.content_box_y() + sheet.height)


def added(document: Any) -> None:
    """Tag what the press put into the text as a label, so that whoever reads the tags can tell it from the author's words; notes too.

    WeasyPrint gives the tag /Lbl to nothing but the marks of lists, by the name of their element, and /Note to nothing: a note
    goes as :data:`NOTE_TAG`, and :func:`book.editions.pdf.finished` gives it its name.
    """
    for page in document.pages:
        noted: set[int] = set()
        for box, _ in _walk(page._page_box, _Where()):  # noqa: SLF001 - as above
            if _is(box, "added") and type(box).__name__ == "InlineBox" and "::" not in (box.element_tag or ""):
                box.element_tag = "li::marker"
            elif (
                box.element is not None
                and box.element.get("role") == "doc-footnote"
                and "::" not in (box.element_tag or "")
                and id(box.element) not in noted
            ):
                noted.add(id(box.element))  # the boxes in it that have no element of their own name it again
                box.element_tag = NOTE_TAG


def _walk(box: Box, where: _Where, heads: set[int] | None = None) -> Iterator[tuple[Box, _Where]]:
    """Yield *box* and all boxes in it, in order, with what they stand in; margin boxes are left out.

    *heads* remembers the heads of tables: one that is printed again does not count.
    """
    box = getattr(box, "_box", box)  # what stands aside is wrapped
    if type(box).__name__ == "MarginBox":
        return
    slug, table = _slug(box), ""
    element = box.element
    if type(box).__name__ == FEET:
        where = replace(where, foot=True)
    if element is not None and "::" not in (box.element_tag or ""):
        table = element.get("data-table", "") if _is(box, "table") else ""
        where = replace(
            where,
            chapter=slug or where.chapter,
            table=table or where.table,
            head=where.head or box.element_tag in HEADS,
            figure=element.get("data-figure") or where.figure,
            room=float(box.width) if table else where.room,
            counted=_counted(box, slug, where),
        )
    elif where.counted and "::" in (box.element_tag or ""):
        where = replace(where, counted="")
    if getattr(box, "is_header", False):
        where = replace(where, header=True)
    if heads is not None and getattr(box, "is_header", False):
        if id(element) in heads:
            where = replace(where, counted="")
        heads.add(id(element))
    if type(box).__name__ in BLOCKS:
        where = replace(where, measure=float(box.width))
    yield box, where
    for child in getattr(box, "children", ()):
        yield from _walk(child, where, heads)


def _counted(box: Box, slug: str, where: _Where) -> str:
    """Return for whom the letters in *box* count: a chapter, a note at the foot, or nobody."""
    if slug:
        return slug
    if where.foot and box.element.get("role") == "doc-footnote":
        return str(box.element.get("id", ""))
    return "" if any(_is(box, name) for name in OURS) else where.counted


def _slug(box: Box) -> str:
    if box.element_tag == "section" and (_is(box, "chapter") or _is(box, "part")):
        return str(box.element.get("id", ""))
    return ""


def _is(box: Box, name: str) -> bool:
    return box.element is not None and name in (box.element.get("class") or "").split()


def _text(box: Box) -> str:
    if type(box).__name__ == "TextBox":
        return str(box.text)
    return "".join(_text(getattr(child, "_box", child)) for child in getattr(box, "children", ()))


def _painted(box: Box) -> bool:
    return any(type(inner).__name__.endswith("ReplacedBox") for inner, _ in _walk(box, _Where()))


def _note(paragraphs: dict[int, _Paragraph], line: Box, where: _Where, page: int, text: str) -> None:
    """Keep what matters of one line of a paragraph."""
    if line.element is None or line.element_tag not in PARAGRAPHS or where.table or not text.strip():
        return
    if where.chapter and not where.counted:  # an address of ours: it breaks at its marks, not where a word would
        return
    paragraph = paragraphs.setdefault(id(line.element), _Paragraph(chapter=where.chapter))
    broken = any(box.element_tag == "br" for box, _ in _walk(line, where))
    ragged = _is(line, "ragged")  # it ends at the marks of a long name
    short = bool(where.measure) and line.width < SHORT * where.measure and not ragged
    paragraph.lines.append(_Line(page=page, short=short, broken=broken, text=text))


def _torn(paragraphs: Iterable[_Paragraph]) -> Iterator[Blemish]:
    for one in paragraphs:
        for line in one.lines[:-1]:
            if line.short and not line.broken:
                yield Blemish(
                    kind="short line",
                    page=line.page,
                    chapter=one.chapter,
                    table="",
                    text=line.text.replace("\u200b", "").strip(),
                )
        for line in _alone(one.lines):
            yield Blemish(
                kind="lone line",
                page=line.page,
                chapter=one.chapter,
                table="",
                text=line.text.replace("\u200b", "").strip(),
            )


def _alone(lines: Sequence[_Line]) -> Iterator[_Line]:
    """Yield the first or last line of a paragraph when it stands on a page without the others."""
    if len(lines) > 1 and lines[0].page != lines[-1].page:
        if lines[1].page != lines[0].page:
            yield lines[0]
        if lines[-2].page != lines[-1].page:
            yield lines[-1]


def _blemish(kind: str, page: int, where: _Where, text: str) -> Blemish:
    return Blemish(
        kind=kind,
        page=page,
        chapter=where.chapter,
        table=where.table,
        text=re.sub(r"\s+", " ", text.replace("\u200b", "")).strip(),
    )
