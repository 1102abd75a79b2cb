"""What laid-out pages say of themselves: what does not fit, lines and pages that end badly. Reads WeasyPrint's boxes, changes nothing.

The boxes are private to WeasyPrint (``_page_box``), so its version is pinned; lengths are CSS pixels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from book.editions import engraving

Box = Any
"""A box of WeasyPrint's layout."""

PARAGRAPHS = frozenset({"p", "li", "dd"})
BLOCKS = frozenset({"BlockBox", "TableCellBox", "InlineBlockBox"})
"""Boxes that hold lines."""
HEADS = frozenset({"h2", "h3", "h4", "h5", "h6"})
"""A title may stand alone on its page, a heading may not."""
SHORT = 0.6
"""Of the measure: a line inside a paragraph that is shorter is torn."""
SLACK = 1.5
"""Pixels that rounding may put outside."""
POINT = 4 / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Blemish:
    """Something on a page that a printer would not let pass."""

    kind: str
    """``head last``, ``lone line``, ``short line`` or ``outside``."""
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

    def wide(self) -> frozenset[tuple[str, str]]:
        """Return chapter and number of each table that does not fit."""
        return frozenset((one.chapter, one.table) for one in self.blemishes if one.kind == "outside" and one.table)


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


def pages(document: Any) -> Pages:
    """Return what the pages of a laid-out WeasyPrint *document* say."""
    found: list[Blemish] = []
    paragraphs: dict[int, _Paragraph] = {}
    smallest = 1000.0
    openings: dict[str, int] = {}
    blanks: list[int] = []
    for number, page in enumerate(document.pages, 1):
        sheet = page._page_box  # noqa: SLF001 - nothing public tells where the lines are
        right = sheet.content_box_x() + sheet.width
        last: tuple[float, bool, str, _Where] | None = None
        for box, where in _walk(sheet, _Where()):
            kind = type(box).__name__
            if kind == "LineBox":
                text = _text(box)
                if text and (last is None or box.position_y > last[0] + SLACK):
                    last = (box.position_y, where.head, text, where)
                _note(paragraphs, box, where, number, text)
            elif kind == "TextBox" and box.text.strip():
                smallest = min(smallest, box.style["font_size"] / POINT)
                if box.position_x + box.width > right + SLACK:
                    found.append(_blemish("outside", number, where, box.text))
            elif engraving.is_formula(box) and box.position_x + box.width > right + SLACK:
                found.append(_blemish("outside", number, where, engraving.tex_of(box)))
            slug = _slug(box)
            if slug:
                openings.setdefault(slug, number)
        margins = any(_text(box) for box in sheet.children if type(box).__name__ == "MarginBox")
        if last is None and not margins and not _painted(sheet):
            blanks.append(number)
        if last and last[1] and last[3].chapter:
            found.append(_blemish("head last", number, last[3], last[2]))
    found += _torn(paragraphs.values())
    return Pages(
        blemishes=tuple(dict.fromkeys(found)),
        smallest=smallest,
        openings=tuple(openings.items()),
        blanks=tuple(blanks),
    )


def added(document: Any) -> None:
    """Tag what the press put into the text as a label, so that whoever reads the tags can tell it from the author's words.

    WeasyPrint gives the tag /Lbl to nothing but the marks of lists, by the name of their element.
    """
    for page in document.pages:
        for box, _ in _walk(page._page_box, _Where()):  # noqa: SLF001 - as above
            if _is(box, "added") and type(box).__name__ == "InlineBox" and "::" not in (box.element_tag or ""):
                box.element_tag = "li::marker"


def _walk(box: Box, where: _Where) -> Iterator[tuple[Box, _Where]]:
    """Yield *box* and all boxes in it, in order, with what they stand in; margin boxes are left out."""
    box = getattr(box, "_box", box)  # what stands aside is wrapped
    if type(box).__name__ == "MarginBox":
        return
    slug, table = _slug(box), ""
    element = box.element
    if element is not None and "::" not in (box.element_tag or ""):
        table = element.get("data-table", "") if _is(box, "table") else ""
        where = _Where(
            slug or where.chapter, table or where.table, where.head or box.element_tag in HEADS, where.measure
        )
    if type(box).__name__ in BLOCKS:
        where = replace(where, measure=float(box.width))
    yield box, where
    for child in getattr(box, "children", ()):
        yield from _walk(child, where)


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
    paragraph = paragraphs.setdefault(id(line.element), _Paragraph(chapter=where.chapter))
    broken = any(box.element_tag == "br" for box, _ in _walk(line, where))
    short = bool(where.measure) and line.width < SHORT * where.measure
    paragraph.lines.append(_Line(page=page, short=short, broken=broken, text=text))


def _torn(paragraphs: Iterable[_Paragraph]) -> Iterator[Blemish]:
    for one in paragraphs:
        for line in one.lines[:-1]:
            if line.short and not line.broken:
                yield Blemish(kind="short line", page=line.page, chapter=one.chapter, table="", text=line.text.strip())
        for line in _alone(one.lines):
            yield Blemish(kind="lone line", page=line.page, chapter=one.chapter, table="", text=line.text.strip())


def _alone(lines: Sequence[_Line]) -> Iterator[_Line]:
    """Yield the first or last line of a paragraph when it stands on a page without the others."""
    if len(lines) > 1 and lines[0].page != lines[-1].page:
        if lines[1].page != lines[0].page:
            yield lines[0]
        if lines[-2].page != lines[-1].page:
            yield lines[-1]


def _blemish(kind: str, page: int, where: _Where, text: str) -> Blemish:
    return Blemish(
        kind=kind, page=page, chapter=where.chapter, table=where.table, text=re.sub(r"\s+", " ", text).strip()
    )
