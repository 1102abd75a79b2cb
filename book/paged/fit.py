"""What the layout of a book needs so that all of it fits: the ladder of a wide table, notes that are held or go to the chapter's end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace

from lxml import etree

from book.body import Element
from book.labels import label
from book.model import Book, Chapter
from book.paged import footnotes, on_paper
from book.paged.measure import Columns, Figure, Pages
from book.paged.page_map import NEAR

SHRUNK, TURNED, SPLIT, DIVIDED, CUT = on_paper.SHRUNK, "turned", "split", on_paper.DIVIDED, on_paper.CUT
"""Classes of the box round a table: smaller type, a page on its side, columns in pieces, long words divided, all words cut."""
LADDER: tuple[tuple[str, ...], ...] = (
    (),
    (SHRUNK,),
    (TURNED,),
    (TURNED, SHRUNK),
    (SPLIT,),
    (SPLIT, SHRUNK, DIVIDED),
    (SPLIT, SHRUNK, DIVIDED, CUT),
)
"""What is tried on a table that does not fit, one step after the other; what has no chance is passed over."""
FIRST = (0, 1, 4, 5, 6)
"""The order for a table with which a chapter begins: on a page on its side it would leave the opener's page empty."""
LEAST = 0.75
"""Smaller type and less air make a table narrower, but not narrower than this."""
SMALLEST = 0.7
"""Of its height that a picture keeps at least: words that are drawn must be read."""
MOST = 4
"""Figures of one chapter that are made smaller: each one lays the chapter out again."""
SLACK = 0.95
"""Of the room that a piece may fill: so narrow that a space in the first column breaks, no column need be."""
BY_BLOCK, SUNK, DEEP, MOVED = "by-block", "sunk", "deep", "moved"
TRIES: tuple[tuple[str, ...], ...] = (
    (),
    (BY_BLOCK,),
    (SUNK,),
    (BY_BLOCK, SUNK),
    (DEEP,),
    (BY_BLOCK, DEEP),
    (BY_BLOCK, MOVED),
)
"""What is tried on a chapter, in this order, before its notes go to its end.

A note that does not fit takes its line to the next page, or its whole block. A chapter that begins one line lower, or three,
has all its pages broken otherwise. At last the paragraphs of the notes that went astray begin a page.
"""
LOWER = frozenset({SUNK, DEEP})
"""Classes of a chapter that begins lower than others."""
ASTRAY = "WeasyPrint lays note {number} on another page than its call"
LOST = "WeasyPrint loses words beside a note"
HOLE = "a note would leave a page a third empty"

Key = tuple[str, str]
"""Slug of a chapter, and number of a table in it or id of a note."""
Pieces = tuple[tuple[int, ...], ...]
"""Of a table that is split: the columns of each piece, from 0; the first column heads them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """What has been done so far to make everything fit; nothing of it is ever taken back."""

    tables: Mapping[Key, int] = field(default_factory=dict)
    """Table -> its step on the :data:`LADDER`."""
    pieces: Mapping[Key, Pieces] = field(default_factory=dict)
    """How a table would be split."""
    tall: Mapping[Key, str] = field(default_factory=dict)
    """Table that goes on over the page -> its class."""
    figures: Mapping[Key, float] = field(default_factory=dict)
    """Figure, by its number -> height of its picture in pixels: made smaller so that it stays on its page."""
    codes: Mapping[Key, int] = field(default_factory=dict)
    """Listing with lines that are too long -> the columns that a line of it has."""
    scale: bool = True
    """Whether figures may be made smaller."""
    tries: Mapping[str, int] = field(default_factory=dict)
    """Slug of a chapter whose notes went astray -> how often."""
    held: frozenset[Key] = frozenset()
    """Notes that went astray."""
    ended: Mapping[str, str] = field(default_factory=dict)
    """Slug of a chapter whose notes stand at its end -> why."""

    def way(self, slug: str) -> tuple[str, ...]:
        """Return how the notes of a chapter are tried at the foot of pages."""
        return TRIES[min(self.tries.get(slug, 0), len(TRIES) - 1)] if slug not in self.ended else ()

    @property
    def cut(self) -> frozenset[Key]:
        """The tables whose words were cut."""
        return frozenset(key for key, step in self.tables.items() if DIVIDED in LADDER[step])


def first(book: Book, *, scale: bool = True) -> Care:
    """Return the care that is known before anything is laid out: chapters whose notes cannot stand at the foot.

    Args:
        book: composed.
        scale: whether figures may be made smaller.
    """
    reasons = {chapter.slug: footnotes.unfit(chapter.body.root) for chapter in book.spine}
    return Care(ended={slug: reason for slug, reason in reasons.items() if reason}, scale=scale)


def more(taken: Care, found: Pages, letters: Mapping[str, int]) -> Care:
    """Return *taken* and one step more for everything that does not fit; the same when nothing helps or is needed.

    Args:
        taken: so far.
        found: on the pages that were laid out with it.
        letters: slug of each chapter on them, and the letters and digits that it has.
    """
    tables, pieces = dict(taken.tables), dict(taken.pieces)
    for one in found.tables:
        key = (one.chapter, one.table)
        step = tables.get(key, 0)
        if not step:
            pieces[key] = parted(one)
        if step != len(LADDER) - 1:
            order = FIRST if one.first else tuple(range(len(LADDER)))
            at = order.index(step)
            tables[key] = next((n for n in order[at + 1 :] if _may_fit(one, step, n)), step)
    tries, ended = dict(taken.tries), dict(taken.ended)
    reasons = {
        slug: LOST for slug, count in letters.items() if slug not in ended and found.letters.get(slug, 0) != count
    }
    reasons |= {slug: ASTRAY.format(number=_number(note)) for slug, note in sorted(found.astray)}
    # A block that a note took along may leave a hole; one that a figure or a table left is none of the notes' doing.
    others = {figure.chapter for figure in found.figures}
    holes = {one.chapter for one in found.blemishes if one.kind == "white foot" and not one.table} - others
    blocks = {slug for slug in holes & tries.keys() if slug not in ended and BY_BLOCK in TRIES[tries[slug]]}
    reasons |= dict.fromkeys(sorted(blocks - reasons.keys()), HOLE)
    for slug, reason in reasons.items():
        tries[slug] = tries.get(slug, 0) + 1
        if tries[slug] == len(TRIES):
            ended[slug] = reason
    held = taken.held | found.astray
    figures = dict(taken.figures)
    for chapter in sorted({figure.chapter for figure in found.figures} - reasons.keys()) if taken.scale else ():
        # The first one alone: what follows it moves.
        pushed = next((figure for figure in found.figures if figure.chapter == chapter and _stays(figure, taken)), None)
        if pushed is not None and sum(slug == chapter for slug, _ in figures) < MOST:
            figures[chapter, pushed.figure] = pushed.room
    codes = dict(taken.codes)
    for code in found.codes:
        key = (code.chapter, code.code)
        if key not in codes or code.columns < codes[key]:
            codes[key] = code.columns
    after = replace(
        taken,
        tables=tables,
        pieces=pieces,
        tall=_taller(taken.tall, found.tall),
        figures=figures,
        codes=codes,
        tries=tries,
        held=held,
        ended=ended,
    )
    return taken if after == taken else after


def _taller(taken: Mapping[Key, str], found: Mapping[Key, str]) -> Mapping[Key, str]:
    """Return the classes of tables that go on over the page; one that goes on within its rows never goes back."""
    return {**found, **{key: name for key, name in taken.items() if name == on_paper.TALL or key not in found}}


def _stays(figure: Figure, taken: Care) -> bool:
    """Say whether *figure* would stay on its page if it were smaller, and not too small."""
    return (
        figure.chapter,
        figure.figure,
    ) not in taken.figures and SMALLEST * figure.image <= figure.room < figure.image


def _may_fit(table: Columns, now: int, step: int) -> bool:
    """Say whether *table*, laid out at the step *now*, has a chance at *step*: only what was measured at full size is judged."""
    if now or SPLIT in LADDER[step]:
        return True
    least = sum(table.widths) * (LEAST if SHRUNK in LADDER[step] else 1)
    return least <= (max(table.tall, table.room) if TURNED in LADDER[step] else table.room)


def _number(note: str) -> str:
    return note.rpartition("-")[2]


def columns(chapter: Chapter, taken: Care) -> Mapping[str, int]:
    """Return the columns of each listing of *chapter* that has longer lines."""
    return {code: columns for (slug, code), columns in taken.codes.items() if slug == chapter.slug}


def touched(before: Care, after: Care) -> frozenset[str]:
    """Return the chapters that are set otherwise with *after*."""
    tables = {key[0] for key, step in after.tables.items() if before.tables.get(key) != step}
    figures = {chapter for chapter, _ in after.figures.keys() - before.figures.keys()}
    tall = {key[0] for key, name in after.tall.items() if before.tall.get(key) != name}
    codes = {key[0] for key, columns in after.codes.items() if before.codes.get(key) != columns}
    return frozenset(
        {
            *tables,
            *tall,
            *figures,
            *codes,
            *(slug for slug, count in after.tries.items() if before.tries.get(slug) != count),
        }
    )


def again(book: Book, slugs: frozenset[str]) -> frozenset[str]:
    """Return which chapters of *book* are worth a layout of their own when *slugs* are set again; none when all pages are.

    A layout of a few chapters costs little and spares those of the whole book; one of most chapters costs as much as it spares.
    """
    letters = {chapter.slug: len(chapter.body.spell()) for chapter in book.spine}
    most = 2 * sum(letters.get(slug, 0) for slug in slugs) > sum(letters.values())
    return frozenset() if most else slugs


def parted(table: Columns) -> Pieces:
    """Return the columns of *table* in pieces that have room beside the first one.

    >>> parted(Columns(chapter="", table="1", room=106.0, tall=0.0, widths=(20, 30, 30, 30, 90)))
    ((0, 1, 2), (0, 3), (0, 4))
    """
    key, *rest = table.widths
    room = SLACK * table.room
    pieces: list[list[int]] = []
    left = 0.0
    for number, width in enumerate(rest, 1):
        if not pieces or width > left:
            pieces.append([0])
            left = room - key
        pieces[-1].append(number)
        left -= width
    return tuple(map(tuple, pieces))


def narrow(body: Element, chapter: Chapter, taken: Care) -> None:
    """Give each table of *chapter* the classes of its step, and each figure its number and its height; split what is to be split.

    Args:
        body: the chapter's body, which is changed.
        chapter: whose.
        taken: for the steps.
    """
    for number, figure in enumerate(body.iter("figure"), 1):
        figure.set("data-figure", str(number))
        height = taken.figures.get((chapter.slug, str(number)))
        for image in figure.iter("img") if height else ():
            image.set("style", f"max-height: {height:.0f}px")
    for box in list(body.iter("div")):
        key = (chapter.slug, box.get("data-table", ""))
        classes = (*LADDER[taken.tables.get(key, 0)], *((taken.tall[key],) if key in taken.tall else ()))
        if not classes:
            continue
        if DIVIDED in classes:
            on_paper.divide(box)
        if SPLIT in classes:
            _split(box, taken.pieces.get(key, ()), chapter.lang)
        box.set("class", " ".join([box.get("class", ""), *classes]).strip())


def _split(box: Element, pieces: Pieces, language: str) -> None:
    """Put the table in *box* into several, the first column in each; what is said again is ``added``."""
    table = box.find("table")
    # The page map finds a cell that was moved among so many letters and no further.
    if (
        table is None
        or len(pieces) < 2
        or footnotes.letters(table) > NEAR
        or any(cell.get("colspan") or cell.get("rowspan") for cell in _cells(table))
    ):
        return
    for number, columns in enumerate(pieces):
        piece = table if number == len(pieces) - 1 else deepcopy(table)
        for row in piece.iter("tr"):
            for index, cell in enumerate(list(row)):
                if index not in columns:
                    row.remove(cell)
                elif number and not index:
                    _again(cell)
        if number:
            for caption in piece.findall("caption"):
                piece.remove(caption)
            caption = etree.Element("caption")
            etree.SubElement(caption, "span", {"class": "added"}).text = label(language, "continued")
            piece.insert(0, caption)
            piece.set("data-piece", str(number))
            piece.attrib.pop("id", None)
        if piece is not table:
            piece.tail = None
            table.addprevious(piece)


def _again(cell: Element) -> None:
    """Leave of a cell its words alone, as words of the press: no id and no link stands twice."""
    words = " ".join("".join(cell.itertext()).split())
    for child in list(cell):
        cell.remove(child)
    cell.text = None
    cell.attrib.pop("id", None)
    etree.SubElement(cell, "span", {"class": "added"}).text = words


def _cells(table: Element) -> Iterator[Element]:
    return (cell for cell in table.iter("td", "th"))
