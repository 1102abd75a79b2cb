"""Finds what a printer would reject on laid-out pages: content that does not fit, misplaced notes, badly ended lines and pages.

Pure: :class:`book.paged.pages.Page` in, :class:`Inspection` out. :mod:`book.paged.fit` acts on it, and
:mod:`book.paged.layout_warnings` reports what remains.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from book.model import Evenness
from book.paged import page_ends
from book.paged.page_ends import PageEnds, PushedFigure, Sheet
from book.paged.pages import (
    LONG_TABLE,
    TALL_TABLE,
    Code,
    Collision,
    Context,
    Formula,
    Line,
    Note,
    NoteCall,
    Opening,
    Page,
    Picture,
    Row,
    Table,
    Text,
)

SHORT = 0.6
"""Share of the line length: a shorter line inside a paragraph is reported."""
SLACK = 1.5
"""Tolerance for rounding, in pixels."""
HIGH = 1 / 3
"""Share of a page: a table row that is higher may break across pages."""
LINE_HYPHEN = "\N{HYPHEN}"
"""Ends a line within a word (``hyphenate-character``); what authors type is another character."""
POINT = 4 / 3
"""Pixels per point."""

SMALL_CODE = 5.5
"""Points: smaller letters of a drawing made of characters are reported; 80 columns are larger on every page."""
LARGE_TYPE = 16.0
"""Points: smaller letters in a drawing are recorded."""

DefectKind = Literal[
    "outside",
    "off the page",
    "overlap",
    "heading last",
    "widow",
    "orphan",
    "short line",
    "white space",
    "short page",
    "small letters",
]


class Defect(Struct, frozen=True, kw_only=True):
    """A defect on a page that a printer would reject."""

    kind: DefectKind
    page: int
    """Page number, from 1, in the file."""
    chapter: str
    """Slug of its chapter; empty outside chapters."""
    table: str
    """Number of the table in its chapter; empty outside tables."""
    text: str
    size: float = 0.0
    """Of white space, its height in lines; of letters in a drawing, their size in points; else 0."""
    reason: str = ""
    """Of white space: what did not fit, in words; of text on other text: the words of the other line."""


class WideTable(Struct, frozen=True, kw_only=True):
    """A table that does not fit, as it was laid out; lengths in pixels."""

    chapter: str
    table: str
    room: float
    """The width that it takes."""
    page_height: float
    """Height of the text on the page: the width that the table would have on a landscape page."""
    widths: tuple[float, ...]
    """The widths of its columns."""
    first: bool = False
    """Whether it is the first thing in its chapter."""


class LongCode(Struct, frozen=True, kw_only=True):
    """A listing with a line that is longer than its box is wide."""

    chapter: str
    code: str
    """Number in its chapter."""
    columns: int
    """The letters per line for which it has room."""


class Inspection(Struct, frozen=True, kw_only=True):
    """The result of inspecting the pages of one edition."""

    defects: tuple[Defect, ...]
    smallest: float
    """Size of the smallest text in points, superscripts and subscripts included; text in pictures does not count."""
    openings: tuple[tuple[str, int], ...]
    """Slug of each chapter and part -> the page on which it begins, from 1."""
    blanks: tuple[int, ...]
    """Blank pages, by their numbers from 1."""
    wide_tables: tuple[WideTable, ...] = ()
    astray_notes: frozenset[tuple[str, str]] = frozenset()
    """Chapter and id of each note that is lost, that begins on another page than its reference, or that overlaps the text."""
    letters: Mapping[str, int] = field(default_factory=dict)
    """Slug of each chapter -> the number of letters and digits of its body and its notes on the pages."""
    pushed_figures: tuple[PushedFigure, ...] = ()
    tall_tables: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Chapter and number of each table that may break across pages -> its class: it has a row that is a third as high as a page, or
    a few rows that together are higher than a page."""
    long_codes: tuple[LongCode, ...] = ()
    ends: Mapping[str, PageEnds] = field(default_factory=dict)
    """Slug of each chapter -> how its pages end."""
    evenness: Evenness = field(default_factory=Evenness)
    """How even the justified lines are."""


def inspect(pages: Sequence[Page]) -> Inspection:
    """Inspect *pages*."""
    notes, heights, lines = _Notes(), _TableHeights(), _Paragraphs()
    findings = _Findings()
    sheets: list[Sheet] = []
    for page in pages:
        sheet = Sheet(page=page)
        sheets.append(sheet)
        for item in page.items:
            findings.see(item, page, begun=notes.counts)
            heights.see(item, page)
            notes.see(item, page)
            sheet.see(item)
            lines.see(item, page)
        findings.end(page)
        findings.defects += map(functools.partial(_collided, page.number), page.collisions)
    ends = page_ends.ends(sheets)
    defects = dict.fromkeys((*findings.defects, *lines.defects(), *_unfilled(ends.values())))
    wide = {(defect.chapter, defect.table) for defect in defects if defect.kind == "outside"}
    return Inspection(
        defects=tuple(defects),
        smallest=findings.smallest,
        openings=tuple(findings.openings.items()),
        blanks=tuple(findings.blanks),
        wide_tables=tuple(table for key, table in findings.tables.items() if key in wide),
        astray_notes=notes.astray(pages),
        letters=notes.letters(),
        pushed_figures=tuple(page_ends.pushed_figures(sheets)),
        long_codes=tuple(findings.codes.values()),
        tall_tables=heights.tall(),
        ends=ends,
        evenness=_evenness(pages),
    )


def _evenness(pages: Sequence[Page]) -> Evenness:
    """Return how even the lines on *pages* are."""
    sides = [[item for item in page.items if isinstance(item, Line) and item.paragraph] for page in pages]
    lines = [line for side in sides for line in side]
    lead = page_ends.lead(pages)
    pairs = (pair for side in sides for pair in pairwise(side) if pair[0].paragraph == pair[1].paragraph)
    steps = [below.top - line.top for line, below in pairs if not line.context.footnote and line.top < below.top]
    even = [line for line in lines if line.even and line.text.strip()]
    gaps = [line.gap / POINT for line in even if line.gap]
    return Evenness(
        lines=len(even),
        justified=len(gaps),
        gaps=round(sum(gaps), 3),
        over_5=sum(gap > 5 for gap in gaps),
        over_6=sum(gap > 6 for gap in gaps),
        hyphens=sum(line.text.endswith(LINE_HYPHEN) for line in even),
        stray=sum(abs(step - lead) > SLACK / 2 for step in steps),
    )


class _Findings(Struct):
    """Inspects each item by itself."""

    defects: list[Defect] = field(default_factory=list)
    smallest: float = 1000.0
    openings: dict[str, int] = field(default_factory=dict)
    blanks: list[int] = field(default_factory=list)
    tables: dict[tuple[str, str], WideTable] = field(default_factory=dict)
    codes: dict[tuple[str, str], LongCode] = field(default_factory=dict)
    last: Line | None = None
    """The lowest line of text so far on the page."""
    painted: bool = False
    """Whether there is a picture on the page."""

    def see(self, item: object, page: Page, *, begun: Mapping[str, int]) -> None:
        """Record what *item* shows; *begun* has the number of letters of each chapter so far."""
        match item:
            case Text() if item.text.strip():
                self.smallest = min(self.smallest, item.size / POINT)
                if item.right > page.right + SLACK:
                    self.defects.append(_defect("outside", page, item.context, item.text))
            case Line() if item.text and not item.context.footnote:
                if self.last is None or item.top > self.last.top + SLACK:
                    self.last = item
            case Picture():
                self.painted = True
                if item.smallest and (size := item.smallest / POINT) < LARGE_TYPE:
                    letters = _defect("small letters", page, item.context, item.name)
                    self.defects.append(replace(letters, size=round(size, 1)))
                if isinstance(item, Formula) and item.right > page.right + SLACK:
                    self.defects.append(_defect("outside", page, item.context, item.tex))
            case Code() if item.columns and item.longest > item.columns and not item.context.table:
                key = (item.context.chapter, item.number)
                self.codes.setdefault(key, LongCode(chapter=key[0], code=key[1], columns=item.columns))
            case Code() if item.smallest and (size := item.smallest / POINT) < SMALL_CODE:
                letters = _defect("small letters", page, item.context, item.words)
                self.defects.append(replace(letters, size=round(size, 1)))
            case Table() if item.context.table:
                key = (item.context.chapter, item.context.table)
                self.tables[key] = WideTable(
                    chapter=key[0],
                    table=key[1],
                    room=item.context.table_width,
                    page_height=page.height,
                    widths=item.columns,
                    first=self.tables[key].first if key in self.tables else not begun.get(key[0]),
                )
            case Opening() if item.context.chapter:
                self.openings.setdefault(item.context.chapter, page.number)

    def end(self, page: Page) -> None:
        """Record what the whole *page* shows."""
        last = self.last
        if last is None and not page.margins and not self.painted:
            self.blanks.append(page.number)
        if last is not None and last.context.heading and last.context.chapter:
            self.defects.append(_defect("heading last", page, last.context, last.text))
        self.last, self.painted = None, False


def _unfilled(ends: Iterable[PageEnds]) -> Iterator[Defect]:
    """Yield pages that end in white space before the end of their chapter, and chapters whose last page is almost empty."""
    for chapter in ends:
        for hole in chapter.holes:
            defect = _of("white space", hole.page, hole.begins, hole.text)
            yield replace(defect, size=round(hole.lines, 1), reason=page_ends.reason(hole, chapter))
        if chapter.short is not None:
            yield _of("short page", chapter.short.page, chapter.short.begins, chapter.short.text)


class _TableHeights(Struct):
    """The heights of tables and their rows, over all pages."""

    rows: set[tuple[str, str]] = field(default_factory=set)
    """Tables with a row that is a third as high as a page."""
    heights: dict[tuple[str, str], float] = field(default_factory=dict)
    """The height, in pages, of each table that may not break between its rows."""

    def see(self, item: object, page: Page) -> None:
        """Record what *item* shows."""
        if not isinstance(item, Row | Table) or not item.context.table:
            return
        key = (item.context.chapter, item.context.table)
        if isinstance(item, Table) and not item.context.table_breaks:
            self.heights[key] = self.heights.get(key, 0.0) + item.height / page.height
        elif isinstance(item, Row) and item.height > HIGH * page.height:
            self.rows.add(key)

    def tall(self) -> Mapping[tuple[str, str], str]:
        """Return the tables that must be allowed to break across pages, and their classes."""
        long = (key for key, height in self.heights.items() if height > 1)
        return {**dict.fromkeys(long, LONG_TABLE), **dict.fromkeys(self.rows, TALL_TABLE)}


class _Notes(Struct):
    """Note references and notes, and how far down the text reaches on each page."""

    calls: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Id of a note -> chapter and page of its first reference."""
    notes: dict[str, tuple[int, bool]] = field(default_factory=dict)
    """Id of a note -> the page on which it begins, and whether it is at the foot."""
    text: dict[int, float] = field(default_factory=dict)
    """Page -> where its text ends."""
    counts: dict[str, int] = field(default_factory=dict)
    """Slug of a chapter or id of a note -> the number of its letters."""

    def see(self, item: object, page: Page) -> None:
        """Record what *item* shows."""
        match item:
            case Text() if item.context.owner:
                owner = item.context.owner
                self.counts[owner] = self.counts.get(owner, 0) + sum(map(str.isalnum, item.text))
            case Line() | Picture() if not item.context.footnote:
                self.text[page.number] = max(self.text.get(page.number, 0.0), item.bottom)
            case NoteCall():
                self.calls.setdefault(item.note, (item.context.chapter, page.number))
            case Note():
                self.notes.setdefault(item.note, (page.number, item.context.footnote))

    def letters(self) -> Mapping[str, int]:
        """Return the number of letters of each chapter, including its notes."""
        letters = {slug: count for slug, count in self.counts.items() if slug not in self.notes}
        for note, (slug, _) in self.calls.items():
            letters[slug] = letters.get(slug, 0) + self.counts.get(note, 0)
        return letters

    def astray(self, pages: Sequence[Page]) -> frozenset[tuple[str, str]]:
        """Return chapter and id of the misplaced notes."""
        full = {
            page.number
            for page in pages
            if page.notes is not None
            and (self.text.get(page.number, 0.0) > page.notes[0] + SLACK or page.notes[1] > page.bottom + SLACK)
        }
        astray = set()
        for note, (chapter, page) in self.calls.items():
            begins, at_foot = self.notes.get(note, (0, True))
            if at_foot and (begins != page or page in full):
                astray.add((chapter, note))
        return frozenset(astray)


class _Paragraphs(Struct):
    """The lines of running text, paragraph by paragraph."""

    lines: dict[int, list[tuple[Page, Line]]] = field(default_factory=dict)

    def see(self, item: object, page: Page) -> None:
        """Record a line of running text outside tables."""
        if not isinstance(item, Line) or not item.paragraph or item.context.table or not item.text.strip():
            return
        if item.context.chapter and not item.context.owner:
            return  # an address in the list of addresses: it breaks at its punctuation, not between words
        self.lines.setdefault(item.paragraph, []).append((page, item))

    def defects(self) -> Iterator[Defect]:
        """Yield the lines that are too short inside their paragraph, and widows and orphans."""
        for lines in self.lines.values():
            chapter = lines[0][1].context.chapter
            for page, line in lines[:-1]:
                short = bool(line.measure) and line.width < SHORT * line.measure
                if short and not line.broken and not line.ragged:
                    yield _of_paragraph("short line", page, chapter, line)
            yield from _alone(lines, chapter)


def _alone(lines: Sequence[tuple[Page, Line]], chapter: str) -> Iterator[Defect]:
    """Yield the first or last line of a paragraph if it is alone on its page."""
    on = [page.number for page, _ in lines]
    if len(lines) > 1 and on[0] != on[-1]:
        if on[1] != on[0]:
            yield _of_paragraph("orphan", lines[0][0], chapter, lines[0][1])
        if on[-2] != on[-1]:
            yield _of_paragraph("widow", lines[-1][0], chapter, lines[-1][1])


def _of_paragraph(kind: DefectKind, page: Page, chapter: str, line: Line) -> Defect:
    return Defect(kind=kind, page=page.number, chapter=chapter, table="", text=line.text.replace("\u200b", "").strip())


def _collided(page: int, collision: Collision) -> Defect:
    """Return the defect of a line that stands on another one, or not wholly on its *page*."""
    kind: DefectKind = "overlap" if collision.other else "off the page"
    context = Context(chapter=collision.chapter)
    return replace(_of(kind, page, context, collision.text), reason=" ".join(collision.other.split()))


def _defect(kind: DefectKind, page: Page, context: Context, text: str) -> Defect:
    return _of(kind, page.number, context, text)


def _of(kind: DefectKind, page: int, context: Context, text: str) -> Defect:
    return Defect(
        kind=kind,
        page=page,
        chapter=context.chapter,
        table=context.table,
        text=re.sub(r"\s+", " ", text.replace("\u200b", "")).strip(),
    )
