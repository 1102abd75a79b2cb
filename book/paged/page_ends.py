"""How pages end: white space at their foot, chapters that end with a few lines, and the blocks that could fill the space."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from msgspec import Struct, field

from book.paged.pages import Block, Context, Figure, Line, Page, PageBreak, Picture, Row

EMPTY = 4
"""Lines: as much white space at the foot of a page, before its chapter ends, is reported."""
FEW = 5
"""Fewer lines on the last page of a chapter are reported."""
GAP = 1 / 12
"""Share of a page: white space that a figure left."""
SMALLEST = 0.7
"""The least share of its height that an image keeps: text in it must stay readable."""
LARGE = 48.0
"""Pixels: a higher picture fills a page that has few lines; a tick box or a sign in the text does not."""
LEAST_ROWS = 6
"""The fewest rows of a table that may break: three on each side."""
LEAST_HIGH_ROWS = 4
"""The fewest rows of a table that may break if they are high: two on each side."""
HIGH = 3
"""Lines: so high are these rows, on average."""


def rows_kept(count: int) -> int:
    """Return how many rows of a table with a *count* of them stay together before and after a page break."""
    return LEAST_ROWS // 2 if count >= LEAST_ROWS else LEAST_HIGH_ROWS // 2


WHOLE_KINDS = {"table": "the table", "callout": "the box", "formula": "the formula"}
"""Kinds of blocks that stay whole, or break into few pieces, in words."""
TAGS = {"figure": "the figure", "pre": "the listing", "ul": "the list", "ol": "the list", "dl": "the list"}
"""Blocks in words, by their elements."""
TEXT = "the text"
SLACK = 1.5
"""Tolerance for rounding, in pixels."""


Part = tuple[int, int]
"""A block, by its number and 0, or an item of a list: the number of the list, and of its child, from 1."""


class Hole(Struct, frozen=True, kw_only=True):
    """White space at the foot of a page before its chapter ends."""

    page: int
    """Page number, from 1, in the file."""
    begins: Context
    """The context of the first item of the next page."""
    text: str
    """The first words there."""
    room: float
    """Its height in pixels."""
    lines: float
    """Its height in lines."""
    share: float
    """Its share of the height of the page."""
    ends: float
    """The lower limit of the text on the page."""


class ShortPage(Struct, frozen=True, kw_only=True):
    """The last page of a chapter, with a few lines."""

    page: int
    begins: Context
    text: str
    lines: int


class BlockSize(Struct, kw_only=True):
    """A block of a chapter on its pages; lengths in pixels."""

    number: int
    tag: str
    kinds: frozenset[str]
    page: int
    """The page on which it begins."""
    top: float
    """Where it begins on this page."""
    height: float = 0.0
    rows: int = 0
    """Number of the rows of its tables."""
    text: str = ""
    """Its last line."""
    gap: float = 0.0
    """Distance from the block above it on its page; 0 if there is none, or if it was not measured."""

    @property
    def heading(self) -> bool:
        """Whether it is a heading."""
        return re.fullmatch("h[1-6]", self.tag) is not None

    @property
    def heads(self) -> bool:
        """Whether what stands below it belongs to it: a heading, or the label of a tab or a card."""
        return self.heading or "label" in self.kinds

    @property
    def introduces(self) -> bool:
        """Whether it introduces the block below it."""
        return self.text.endswith(":") or "introduction" in self.kinds


class Item(NamedTuple):
    """An item of a list, or an entry, that is not the first one on its page."""

    part: Part
    page: int
    gap: float
    """Distance from the item above in pixels."""


class PageEnds(Struct, frozen=True, kw_only=True):
    """How the pages of one chapter end."""

    lead: float
    """Distance of two lines in pixels."""
    holes: tuple[Hole, ...] = ()
    short: ShortPage | None = None
    blocks: tuple[BlockSize, ...] = ()
    """Its blocks in the order of the pages."""
    items: tuple[Item, ...] = ()
    """The items of its lists, if they are estimated."""
    astray: tuple[int, ...] = ()
    """The pages from which a note would be moved, if they are estimated."""
    rooms: Mapping[int, float] = field(default_factory=dict)
    """Page -> the height of the white space between its last line, or its notes, and its foot, if it is estimated; without the last page
    and those that end early on purpose."""


class PushedFigure(Struct, frozen=True, kw_only=True):
    """A figure that moved to the next page and left white space; lengths in pixels."""

    chapter: str
    figure: str
    """Number in its chapter."""
    image: float
    """Height of its picture."""
    room: float
    """The height at which it would have stayed on its page."""


def reason(hole: Hole, ends: PageEnds) -> str:
    """Return what did not fit into *hole*, as a clause."""
    at = next((at for at, block in enumerate(ends.blocks) if block.number == hole.begins.block), None)
    if at is None:
        return "the rest has no room"
    first = ends.blocks[at]
    if first.page <= hole.page:  # it goes on
        if "table" in first.kinds:
            return "a table keeps three rows before and after a break"
        if first.tag == "pre":
            return "a listing keeps three lines together"
        return (
            "the next line has a note without room"
            if first.tag == "p"
            else f"what follows in {_named(first)} has no room"
        )
    block = next((block for block in ends.blocks[at:] if not block.heading), first)
    head = "the heading stays with what follows it, and " if block is not first else ""
    rows = f" of {block.rows} rows" if block.rows and block.rows < LEAST_ROWS else ""
    if "table" in block.kinds and block.rows >= LEAST_ROWS:
        return f"{head}the first three rows of the table have no room"
    if block.tag == "figure" or block.kinds & WHOLE_KINDS.keys():
        return f"{head}{_named(block)}{rows} takes {block.height / ends.lead:.0f} lines"
    return f"{head}the first lines of {_named(block)} have no room"


def _named(block: BlockSize) -> str:
    """Return the words for a block."""
    return next((words for kind, words in WHOLE_KINDS.items() if kind in block.kinds), TAGS.get(block.tag, TEXT))


class Sheet(Struct):
    """The contents of one page."""

    page: Page
    first: Context = field(default_factory=Context)
    """The context of its first item."""
    last: Context = field(default_factory=Context)
    """The context of its last item."""
    begins: str = ""
    """The text of its first item."""
    lines: set[float] = field(default_factory=set)
    """The positions of its lines."""
    lowest: float = 0.0
    """Where its text or its last picture ends."""
    pictures: bool = False
    ended: bool = False
    """Whether the author put a page break here."""
    figures: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Number of a figure -> its height with the space above, and that of its picture; 0 if it stays as its author wants it."""

    def see(self, item: object) -> None:
        """Record what *item* shows."""
        match item:
            case PageBreak():
                self.ended = True
            case Figure() if item.context.figure not in self.figures:
                self.figures[item.context.figure] = (item.height, 0.0)
            case Picture() if item.context.chapter and not item.context.footnote:
                self._reach(item.context, item.bottom, "")
                self.pictures = self.pictures or item.height > LARGE
                figure = item.context.figure
                if figure in self.figures and not item.is_sized:
                    self.figures[figure] = (self.figures[figure][0], item.height)
            case Line() if item.context.chapter and not item.context.footnote and item.text.strip():
                self._reach(item.context, item.bottom, item.text)
                self.lines.add(round(item.top))

    def _reach(self, context: Context, bottom: float, text: str) -> None:
        if not self.first.chapter:
            self.first = context
        if not re.search(r"\w{3}", self.begins):  # more than the number of an item
            self.begins = f"{self.begins} {text}".strip()
        self.last = context
        self.lowest = max(self.lowest, bottom)

    @property
    def ends(self) -> float:
        """The lower limit of its text: the foot of the page or its notes."""
        return self.page.notes[0] if self.page.notes is not None else self.page.bottom

    @property
    def room(self) -> float:
        """The height of the white space at its foot, in pixels."""
        return max(0.0, self.ends - self.lowest) if self.lowest and not self.ended else 0.0

    @property
    def white(self) -> float:
        """The share of the page that is white at its foot, from 0 to 1."""
        return self.room / self.page.height


def lead(pages: Sequence[Page]) -> float:
    """Return the distance of two lines of running text, in pixels; 1 without text."""
    heights = Counter(
        round(item.bottom - item.top, 2)
        for page in pages
        for item in page.items
        if isinstance(item, Line) and item.paragraph and not item.context.footnote
    )
    return heights.most_common(1)[0][0] if heights else 1.0


def ends(sheets: Sequence[Sheet]) -> Mapping[str, PageEnds]:
    """Return how the pages of each chapter end, by its slug."""
    line = lead([sheet.page for sheet in sheets])
    blocks = _blocks(sheets)
    holes, short = list(_holes(sheets, line)), dict(_short_pages(sheets))
    return {
        slug: PageEnds(
            lead=line,
            holes=tuple(hole for hole in holes if hole.begins.chapter == slug),
            short=short.get(slug),
            blocks=blocks.get(slug, ()),
        )
        for slug in dict.fromkeys(sheet.last.chapter for sheet in sheets if sheet.last.chapter)
    }


def _blocks(sheets: Sequence[Sheet]) -> Mapping[str, tuple[BlockSize, ...]]:
    """Return the blocks of each chapter."""
    blocks: dict[str, dict[int, BlockSize]] = {}
    for sheet in sheets:
        for item in sheet.page.items:
            context = item.context
            chapter = blocks.setdefault(context.chapter, {})
            if isinstance(item, Block):
                size = BlockSize(
                    number=context.block, tag=item.tag, kinds=item.kinds, page=sheet.page.number, top=item.top
                )
                chapter.setdefault(context.block, size).height += item.height
            elif isinstance(item, Row) and context.block and not context.table_head:
                chapter[context.block].rows += 1
            elif isinstance(item, Line) and context.block and item.text.strip() and not context.footnote:
                chapter[context.block].text = item.text.strip()
    return {slug: tuple(sizes.values()) for slug, sizes in blocks.items()}


def _holes(sheets: Sequence[Sheet], line: float) -> Iterator[Hole]:
    """Yield the pages that end in white space before the end of their chapter.

    Where an edition begins a page of its own in the chapter, such as the questions of a handout, the space is intended.
    """
    numbered = {item.context.chapter for sheet in sheets for item in sheet.page.items if item.context.block}
    for sheet, after in pairwise(sheets):
        chapter = sheet.last.chapter
        broad = sheet.page.broad or after.page.broad
        added = chapter in numbered and not after.first.block
        if chapter and after.first.chapter == chapter and not (broad or added) and sheet.room >= EMPTY * line - SLACK:
            yield Hole(
                page=sheet.page.number,
                begins=after.first,
                text=after.begins,
                room=sheet.room,
                lines=sheet.room / line,
                share=sheet.white,
                ends=sheet.ends,
            )


def _short_pages(sheets: Sequence[Sheet]) -> Iterator[tuple[str, ShortPage]]:
    """Yield the slug and the last page of each chapter that ends with a few lines on a page of its own."""
    for number, (sheet, after) in enumerate(zip(sheets, [*sheets[1:], None], strict=True)):
        chapter = sheet.last.chapter
        on = after is not None and after.first.chapter == chapter
        begun = number > 0 and sheets[number - 1].last.chapter == chapter == sheet.first.chapter
        if chapter and begun and not on and not sheet.pictures and len(sheet.lines) < FEW:
            short = ShortPage(page=sheet.page.number, begins=sheet.first, text=sheet.begins, lines=len(sheet.lines))
            yield chapter, short


def pushed_figures(sheets: Sequence[Sheet]) -> Iterator[PushedFigure]:
    """Yield figures that begin a page while the page before has white space."""
    for sheet, after in pairwise(sheets):
        first = after.first
        broad = sheet.page.broad or after.page.broad
        if first.figure and first.chapter == sheet.last.chapter and sheet.white > GAP and not broad:
            height, image = after.figures.get(first.figure, (0.0, 0.0))
            if image:
                room = sheet.room - (height - image) - SLACK
                yield PushedFigure(chapter=first.chapter, figure=first.figure, image=image, room=room)
