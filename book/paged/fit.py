"""Fits pages: whatever does not fit is laid out again with the next measure, until nothing more helps or is needed.

A :class:`Fitting` records the measures taken so far: the step of each wide table, smaller figures, listings with divided
lines, and how the notes of each chapter are kept at the foot of its pages. Measures are only added, so the loop ends.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from book import cache
from book.body import FIGURE, TABLE, Body, Element
from book.model import Book, Chapter
from book.paged import code_lines, filling, footnotes, tables
from book.paged.filling import Filling
from book.paged.galley import Galley
from book.paged.inspection import Inspection, inspect
from book.paged.page_ends import SMALLEST, PushedFigure
from book.paged.pages import TALL_TABLE
from book.paged.render import Layout
from book.paged.tables import Ladder, Pieces, Step

MOST_FIGURES = 4
"""The most figures of one chapter that are made smaller: each one needs another layout of the chapter."""
SMALLER = 0.98
"""The share of its height to which an image that was made smaller is made smaller still, or less."""
BY_BLOCK, MOVED = "by-block", "moved"
NOTE_STEPS: tuple[Step, ...] = ((), (BY_BLOCK,), (BY_BLOCK, MOVED))
"""The measures for the notes of a chapter, in order, before they are moved to its end.

At first the chapter begins higher or lower, or its blocks move, so that its pages break differently (:mod:`book.paged.filling`). If this
does not help, a note that does not fit takes its whole block to the next page, not only its line. The last measure lets the paragraphs of
misplaced notes begin a page.
"""
ASTRAY = "WeasyPrint puts note {number} on another page than its reference"
LOST = "WeasyPrint loses words next to a note"
HOLE = "a note would leave a third of a page empty"
WHITE = 1 / 3
"""Share of a page: with a larger white space at its foot, notes of the page go to the end of their chapter."""

MOST_KEPT = 60
"""Pages: of a longer chapter, earlier layouts are not kept while it is fitted."""

Key = tuple[str, str]
"""Slug of a chapter, and the number of a table, figure or listing in it, or the id of a note."""


class Fitting(Struct, frozen=True, kw_only=True):
    """The measures taken so far; none is ever undone."""

    ladder: Ladder = tables.BOOK
    notes_at_foot: bool = True
    """Whether notes stand at the foot of pages, where WeasyPrint may misplace them."""
    scale: bool = True
    """Whether figures may be made smaller."""
    drawings: bool = True
    """Whether drawings made of characters may be made smaller."""
    steps: Mapping[Key, int] = field(default_factory=dict)
    """Table -> its step on the ladder."""
    pieces: Mapping[Key, Pieces] = field(default_factory=dict)
    """How a table would be split."""
    tall: Mapping[Key, str] = field(default_factory=dict)
    """Table that may break across pages -> its class."""
    figures: Mapping[Key, float] = field(default_factory=dict)
    """Figure -> height of its picture in pixels, so small that the figure stays on its page."""
    natural: Mapping[Key, float] = field(default_factory=dict)
    """The height of the picture of each of these figures before, in pixels."""
    codes: Mapping[Key, int] = field(default_factory=dict)
    """Listing with lines that are too long -> columns per line."""
    tries: Mapping[str, int] = field(default_factory=dict)
    """Slug of a chapter with misplaced notes -> number of measures taken."""
    astray: frozenset[Key] = frozenset()
    """Misplaced notes."""
    ended: Mapping[str, str] = field(default_factory=dict)
    """Slug of a chapter whose notes are at its end -> the reason."""
    starts: bool = True
    """Whether chapters may begin higher or lower to fill pages."""
    facing: bool = False
    """Whether pages face each other, and should end on the same line."""
    fillings: Mapping[str, Filling] = field(default_factory=dict)
    """Slug of a chapter -> what fills its pages."""

    def note_step(self, slug: str) -> Step:
        """Return the measure for the notes at the foot of the pages of chapter *slug*."""
        return NOTE_STEPS[min(self.tries.get(slug, 0), len(NOTE_STEPS) - 1)] if slug not in self.ended else ()

    def start(self, slug: str) -> str:
        """Return the class of chapter *slug* that makes it begin some lines higher or lower; empty for none."""
        return filling.STARTS[self.fillings.get(slug, Filling()).start]

    @property
    def cut(self) -> frozenset[Key]:
        """The tables whose words were divided."""
        return frozenset(key for key, step in self.steps.items() if tables.DIVIDED in self.ladder.steps[step])


class Fitted(Struct, frozen=True, kw_only=True):
    """Pages on which everything fits as well as it can."""

    layout: Layout
    inspection: Inspection
    fitting: Fitting


LaidOut = tuple[Layout, Mapping[str, int]]
"""Pages, and the number of letters and digits of each chapter on them whose notes stand at the foot."""
LayOut = Callable[[Fitting, frozenset[str]], LaidOut]
"""Lays out the named chapters, or all of them."""


def fit(lay_out: LayOut, fitting: Fitting, sizes: Mapping[str, int]) -> Fitted:
    """Return the pages that *lay_out* gives once nothing more helps or is needed.

    Chapters that need another layout are laid out without the others until they fit, then all pages once more. A chapter that is alone is
    not laid out again in a way in which it was laid out before.

    Args:
        lay_out: called with the measures so far.
        fitting: the measures to start with.
        sizes: slug of each chapter -> its length, in any unit.
    """
    alone: frozenset[str] = frozenset()
    earlier: list[tuple[Fitting, LaidOut]] = []
    while True:
        laid_out = next((result for before, result in earlier if not changed(before, fitting)), None)
        layout, letters = laid_out or lay_out(fitting, alone)
        inspection = inspect(layout.pages)
        after = improve(fitting, inspection, letters, layout.galley)
        others = changed(fitting, after)
        if not (others or alone):
            return Fitted(layout=layout, inspection=inspection, fitting=after)
        if laid_out is None and len(sizes) == 1 and len(layout.pages) <= MOST_KEPT:
            earlier.append((fitting, (layout, letters)))
        alone = worth_alone(sizes, others)
        fitting = after


def alone(lay_out: LayOut, fitting: Fitting, slug: str) -> Fitting:
    """Return *fitting* with the measures that the chapter *slug* needs if it is laid out alone.

    Args:
        lay_out: called with the measures so far.
        fitting: the measures to start with.
        slug: the chapter.
    """
    while True:
        layout, letters = lay_out(fitting, frozenset({slug}))
        after = improve(fitting, inspect(layout.pages), letters, layout.galley)
        if not changed(fitting, after):
            return after
        fitting = after


def may_need(chapter: Chapter, fitting: Fitting) -> bool:
    """Return whether anything in *chapter* could need a measure beyond *fitting*; running text and notes at its end always fit."""
    body = chapter.body
    return any(True for _ in body.iter("table", "img", "pre")) or (
        chapter.slug not in fitting.ended and any(link.get("role") == "doc-noteref" for link in body.iter("a"))
    )


def begin(book: Book, *, scale: bool = True, facing: bool = False, memory: cache.Bundle | None = None) -> Fitting:
    """Return the measures that are known before the first layout: chapters whose notes cannot be at the foot of pages.

    Args:
        book: after composition.
        scale: whether figures, and drawings made of characters, may be made smaller.
        facing: whether pages face each other.
        memory: remembers the measures of a body; None: every body is looked at.
    """
    known = memory or cache.Bundle(None, "fits", "")

    def unfit(body: Body) -> str:
        return known.remember(f"notes {body.digest}", lambda: footnotes.unfit(body.root), str)

    reasons = {chapter.slug: unfit(chapter.body) for chapter in book.spine if chapter.body.holds("aside")}
    return Fitting(
        ended={slug: reason for slug, reason in reasons.items() if reason}, scale=scale, drawings=scale, facing=facing
    )


def with_codes(fitting: Fitting, slug: str, columns: Mapping[str, int]) -> Fitting:
    """Return *fitting* with the *columns* per line of listings in the chapter *slug*, by their numbers."""
    return replace(fitting, codes={**fitting.codes, **{(slug, number): room for number, room in columns.items()}})


def improve(
    fitting: Fitting,
    inspection: Inspection,
    letters: Mapping[str, int],
    galley: Callable[[str], Galley | None] = lambda _: None,
) -> Fitting:
    """Return *fitting* with one more step for everything that does not fit; the same if nothing helps or is needed.

    Args:
        fitting: the measures so far.
        inspection: the inspection of the pages that were laid out with them.
        letters: slug of each chapter on the pages that has notes -> the number of its letters and digits.
        galley: returns the chapter with a slug as one column; None if it cannot be read.
    """
    steps, pieces = dict(fitting.steps), dict(fitting.pieces)
    for table in inspection.wide_tables:
        key = (table.chapter, table.table)
        step = steps.get(key, 0)
        if not step:
            pieces[key] = tables.pieces_of(table)
        if (after := fitting.ladder.next(table, step)) != step:
            steps[key] = after
    reasons = _faults_of_notes(fitting, inspection, letters) if fitting.notes_at_foot else {}
    tries, ended, fillings = dict(fitting.tries), dict(fitting.ended), dict(fitting.fillings)
    for slug, reason in reasons.items():
        if fitting.starts and slug in inspection.ends and not fillings.get(slug, Filling()).settled:
            continue  # its pages may break differently
        tries[slug] = tries.get(slug, 0) + 1
        fillings.pop(slug, None)
        if tries[slug] == len(NOTE_STEPS):
            ended[slug] = reason
    codes = dict(fitting.codes)
    for code in inspection.long_codes:
        key = (code.chapter, code.code)
        codes[key] = min(code.columns, codes.get(key, code.columns))
    smaller, natural = _smaller(fitting, inspection)
    fitted = replace(
        fitting,
        steps=steps,
        pieces=pieces,
        tall=_taller(fitting.tall, inspection.tall_tables),
        figures={**fitting.figures, **smaller},
        natural={**natural, **fitting.natural},
        codes=codes,
        tries=tries,
        astray=fitting.astray | inspection.astray_notes if fitting.notes_at_foot else fitting.astray,
        ended=ended,
        fillings=fillings,
    )
    busy = changed(fitting, fitted)
    for slug, ends in inspection.ends.items():
        last = fillings.get(slug, Filling())
        if slug not in busy:
            filled = filling.improve(
                last,
                ends,
                functools.partial(galley, slug),
                starts=fitting.starts,
                scale=fitting.scale,
                facing=fitting.facing,
                misplaced=slug in reasons,
            )
            if filled != last:
                fillings[slug] = filled
    fitted = replace(fitted, fillings=fillings)
    # If its pages stay as they are, a chapter with misplaced notes needs something else.
    return fitted if fitted == fitting or changed(fitting, fitted) else improve(fitted, inspection, letters, galley)


def _faults_of_notes(fitting: Fitting, inspection: Inspection, letters: Mapping[str, int]) -> dict[str, str]:
    """Return the chapters with misplaced notes at the foot of their pages, and the reasons."""
    ended = fitting.ended
    reasons = {
        slug: LOST for slug, count in letters.items() if slug not in ended and inspection.letters.get(slug, 0) != count
    }
    reasons |= {slug: ASTRAY.format(number=note.rpartition("-")[2]) for slug, note in sorted(inspection.astray_notes)}
    # A block that moved with its note may leave white space; a figure or a table may leave some for other reasons.
    pushed = {figure.chapter for figure in inspection.pushed_figures}
    holes = ((slug, hole) for slug, ends in inspection.ends.items() for hole in ends.holes)
    empty = {slug for slug, hole in holes if hole.share > WHITE and not hole.begins.table}
    tries = fitting.tries
    moved = {
        slug
        for slug in (empty - pushed) & tries.keys()
        if slug not in ended and BY_BLOCK in NOTE_STEPS[tries[slug]] and slug not in reasons
    }
    return reasons | dict.fromkeys(sorted(moved), HOLE)


def _taller(before: Mapping[Key, str], after: Mapping[Key, str]) -> Mapping[Key, str]:
    """Return the classes of tables that may break across pages; one that may break within rows keeps that class."""
    return {**after, **{key: name for key, name in before.items() if name == TALL_TABLE or key not in after}}


def _smaller(fitting: Fitting, inspection: Inspection) -> tuple[Mapping[Key, float], Mapping[Key, float]]:
    """Return the figures to make smaller, one per chapter, since everything after it moves: their new heights, and those before."""
    figures: dict[Key, float] = {}
    natural: dict[Key, float] = {}
    for chapter in {figure.chapter for figure in inspection.pushed_figures} if fitting.scale else ():
        pushed = (figure for figure in inspection.pushed_figures if figure.chapter == chapter)
        figure = next((figure for figure in pushed if _would_stay(figure, fitting)), None)
        count = sum(slug == chapter for slug, _ in fitting.figures)
        if figure is not None and ((chapter, figure.figure) in fitting.figures or count < MOST_FIGURES):
            figures[chapter, figure.figure], natural[chapter, figure.figure] = figure.room, figure.image
    return figures, natural


def _would_stay(figure: PushedFigure, fitting: Fitting) -> bool:
    """Return whether *figure* would stay on its page if it were smaller, and not too small.

    One that was made smaller may become smaller still, since other measures change the pages before it.
    """
    key = figure.chapter, figure.figure
    least = SMALLEST * fitting.natural.get(key, figure.image)
    most = SMALLER * figure.image if key in fitting.figures else figure.image
    return (key not in fitting.figures or key in fitting.natural) and least <= figure.room < most


def changed(before: Fitting, after: Fitting) -> frozenset[str]:
    """Return the chapters whose layout differs between *before* and *after*."""
    pairs = (
        (before.steps, after.steps),
        (before.tall, after.tall),
        (before.figures, after.figures),
        (before.codes, after.codes),
    )
    return frozenset(
        {
            *(key[0] for old, new in pairs for key, value in new.items() if old.get(key) != value),
            *(slug for slug, count in after.tries.items() if before.tries.get(slug) != count),
            *(
                slug
                for slug, value in after.fillings.items()
                if not value.same_pages(before.fillings.get(slug, Filling()))
            ),
        }
    )


def worth_alone(sizes: Mapping[str, int], slugs: frozenset[str]) -> frozenset[str]:
    """Return the chapters of *slugs* that should be laid out again without the others; none if all pages should be.

    Laying out a few chapters costs little and saves layouts of the whole book; laying out most of them saves nothing.
    """
    most = 2 * sum(sizes.get(slug, 0) for slug in slugs) > sum(sizes.values())
    return frozenset() if most else slugs


def apply(body: Element, chapter: Chapter, fitting: Fitting) -> None:
    """Apply *fitting* to a chapter: to its tables, to its figures, which are numbered, and to its listings.

    Args:
        body: the body of the chapter, which is changed.
        chapter: the chapter.
        fitting: the measures so far.
    """
    filling.arrange(body, fitting.fillings.get(chapter.slug, Filling()))
    for number, figure in enumerate(body.iter("figure"), 1):
        figure.set(FIGURE, str(number))
        height = fitting.figures.get((chapter.slug, str(number)))
        for image in figure.iter("img") if height else ():
            image.set("style", f"max-height: {height:.0f}px")
    for box in list(body.iter("div")):
        key = (chapter.slug, box.get(TABLE, ""))
        step, breaks = fitting.ladder.steps[fitting.steps.get(key, 0)], fitting.tall.get(key, "")
        if step or breaks:
            tables.take(box, step, breaks=breaks, pieces=fitting.pieces.get(key, ()), language=chapter.lang)
    code_lines.dress(body, dict(_columns(chapter, fitting)), scale=fitting.drawings)


def _columns(chapter: Chapter, fitting: Fitting) -> Iterator[tuple[str, int]]:
    """Yield the number of each listing of *chapter* that has longer lines, and its columns."""
    return ((code, columns) for (slug, code), columns in fitting.codes.items() if slug == chapter.slug)


def lower_notes(body: Element, chapter: Chapter, fitting: Fitting) -> int:
    """Move the notes of *chapter* to the foot of their pages; return the number of letters that its body then has.

    Args:
        body: the body of the chapter, which is changed.
        chapter: a chapter whose notes do not stand at its end.
        fitting: the measures so far.
    """
    step = fitting.note_step(chapter.slug)
    moved = frozenset(note for _, note in fitting.astray) if MOVED in step else frozenset()
    footnotes.lower(body, moved, by_block=BY_BLOCK in step)
    return footnotes.letters(body)
