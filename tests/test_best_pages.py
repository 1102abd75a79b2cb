"""Pages of a chapter that are chosen together: a change on one page lets a later one end where it should."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from book.paged import best_pages, filling
from book.paged.best_pages import Chapter, Pages
from book.paged.galley import Galley, Piece, Unit
from book.paged.makeup import Makeup
from book.paged.page_ends import PageEnds

LEAD = 20.0
ROOM = 10
"""Lines of a page."""


def unit(number: int, tag: str, lines: int, *, whole: bool = False, **fields: Any) -> Unit:
    """Return a block of so many *lines*, whose first two and last two stay together."""
    pieces = tuple(
        Piece(height=LEAD, ink=LEAD, may_begin=2 <= index <= lines - 2, text=f"{number}.{index}")
        for index in range(lines)
    )
    about: dict[str, Any] = {
        "kinds": frozenset[str](), "margin_top": 0.0, "margin_bottom": 0.0, "begins_page": False, "ends_page": False, "stays_before": False,
        "stays_behind": False, "room": ROOM * LEAD + 1, "broad": False, "orphans": 2, "widows": 2,
    }  # fmt: skip
    return Unit(number=number, tag=tag, pieces=pieces, whole=whole, **{**about, **fields})


def text(number: int, lines: int, *other_lines: int) -> Unit:
    """Return a paragraph, with the numbers of lines that it may have instead."""
    return unit(number, "p", lines, variants=dict.fromkeys(other_lines, 0.1))


def head(number: int) -> Unit:
    return unit(number, "h2", 1, whole=True, stays_before=True, margin_top=LEAD)


def box(number: int, lines: int) -> Unit:
    return unit(number, "div", lines, whole=True)


def chapter(units: Sequence[Unit], *, facing: bool = False, first: int | None = 1) -> Chapter:
    galley = Galley(chapter="a", units=tuple(units), gaps={}, begins=0.0, notes=0.0, first=first)
    order = [block.number for block in units]
    return Chapter(makeup=Makeup(galley, LEAD), order=order, breaking=frozenset(), begins=0.0, facing=facing)


def best(of: Chapter, most: float = math.inf, enough: int = 10**6) -> Pages:
    pages = of.best(most, enough)
    assert pages is not None
    return pages


def ends(of: Chapter, pages: Pages | None = None) -> PageEnds:
    """Return how the pages end: as they are, or as chosen."""
    if pages is None:
        return of.makeup.divide(of.order)[0]
    return of.makeup.divide(of.order, lines=pages.lines, spaces=pages.spaces, early=pages.early)[0]


def test_a_paragraph_two_pages_before_a_hole_is_a_line_shorter() -> None:
    # One line less lets the box, which is on page 4 otherwise, stay on page 3.
    units = [text(1, 2), text(2, 6, 5), text(3, 7), text(4, 9), box(5, 7), text(6, 8)]
    made = chapter(units)
    assert [hole.page for hole in ends(made).holes] == [3]
    pages = best(made)
    assert pages.lines == {2: 5}
    assert not ends(made, pages).holes


def test_a_paragraph_that_would_then_begin_on_the_page_before_stays_as_it_is() -> None:
    # In two lines, the second paragraph would have room on page 1.
    units = [text(1, 8), text(2, 3, 2), text(3, 2), box(4, 6), text(5, 9)]
    made = chapter(units)
    assert [hole.page for hole in ends(made).holes] == [2]
    assert best(made).lines == {}


def test_a_page_ends_a_line_early_so_that_the_last_one_has_enough_lines() -> None:
    made = chapter([text(1, 12), text(2, 10)])
    assert ends(made).short is not None
    pages = best(made)
    assert pages.early == {(2, 5)}
    assert ends(made, pages).short is None
    # A block of which a line or two would be on the page before may begin the next one.
    made = chapter([text(1, 9), text(2, 8), text(3, 6)])
    assert ends(made).short is not None
    pages = best(made)
    assert pages.early == {(3, 0)}
    assert ends(made, pages).short is None


def test_a_page_does_not_end_so_early_that_it_has_a_hole() -> None:
    made = chapter([text(1, 8), box(2, 5), text(3, 5), text(4, 2)])
    assert [round(hole.lines) for hole in ends(made).holes] == []
    assert ends(made).short is not None
    pages = best(made)
    assert not ends(made, pages).holes


def test_facing_pages_end_on_the_same_line_by_lines_above_blocks_headings_first() -> None:
    units = [box(1, 10), text(2, 4), head(3), text(4, 3), box(5, 10), text(6, 9)]
    made = chapter(units, facing=True)
    assert best_pages.uneven(ends(made), 1) == (2,)
    pages = best(made)
    assert {part: round(space) for part, space in pages.spaces.items()} == {(3, 0): 40}
    assert best_pages.uneven(ends(made, pages), 1) == ()
    assert not best(chapter(units)).spaces
    # If its first page is on the left, the first two face each other, which are level.
    units[0] = box(1, 9)
    assert best(chapter(units, facing=True)).spaces
    assert not best(chapter(units, facing=True, first=0)).spaces


def test_a_heading_may_be_two_lines_farther_down_and_no_other_block() -> None:
    def spaces(*middle: Unit, lines: int) -> dict[int, int]:
        units = [box(1, 10), text(2, lines), *middle, box(9, 10), text(10, 9)]
        pages = best(chapter(units, facing=True))
        return {number: round(space / LEAD) for (number, _), space in pages.spaces.items()}

    assert spaces(head(3), text(4, 2), lines=4) == {3: 3}
    gap = {"margin_top": LEAD, "margin_bottom": LEAD}
    assert spaces(unit(3, "pre", 2, whole=True, **gap), unit(4, "ul", 2), lines=2) == {3: 2, 4: 2}
    assert spaces(unit(3, "pre", 3, whole=True, **gap), lines=5) == {3: 2}
    assert spaces(unit(3, "pre", 3, whole=True, **gap), lines=4) == {}


def test_no_more_is_looked_at_than_there_is_time_for() -> None:
    units = [
        block
        for at in range(1, 250, 5)
        for block in (box(at, 10), text(at + 1, 4), head(at + 2), text(at + 3, 3), box(at + 4, 10))
    ]
    short, long = chapter(units, facing=True), chapter(units, facing=True)
    few = best(short, enough=1_000)
    many = best(long, enough=10**6)
    assert short.looks < long.looks
    assert few.cost > many.cost
    nothing = best(chapter(units, facing=True), enough=0)
    assert (nothing.lines, nothing.spaces, nothing.early) == ({}, {}, frozenset())


def test_nothing_is_returned_if_nothing_is_better() -> None:
    assert chapter([text(1, 9), text(2, 8)]).best(0.0, 10**6) is None
    pages = best(chapter([text(1, 9), text(2, 8)]))
    assert (pages.cost, pages.lines, pages.spaces, pages.early) == (0.0, {}, {}, frozenset())


BLOCKS = st.one_of(
    st.tuples(st.just("text"), st.integers(2, 12), st.sampled_from(((), (-1,), (1,), (-1, 1)))),
    st.tuples(st.just("head"), st.just(1), st.just(())),
    st.tuples(st.just("box"), st.integers(2, 9), st.just(())),
    st.tuples(st.just("ul"), st.integers(2, 9), st.just(())),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(BLOCKS, min_size=3, max_size=24), st.booleans(), st.sampled_from((0, 1, None)))
def test_what_is_chosen_is_what_the_pages_are_estimated_to_be(
    blocks: list[tuple[str, int, tuple[int, ...]]], facing: bool, first: int | None
) -> None:
    units = [
        text(number, lines, *(lines + more for more in others if lines + more > 2)) if kind == "text"
        else head(number) if kind == "head" else box(number, lines) if kind == "box" else unit(number, "ul", lines, margin_top=LEAD)
        for number, (kind, lines, others) in enumerate(blocks, 1)
    ]  # fmt: skip
    made = chapter(units, facing=facing, first=first)
    pages = best(made)

    def faults(of: PageEnds) -> float:
        uneven = best_pages.uneven(of, first) if facing else ()
        apart = sum(abs(of.rooms[page] - of.rooms[page + 1]) / LEAD for page in uneven)
        return filling.white(of) + best_pages.UNEVEN * len(uneven) + best_pages.APART * apart

    before, after = faults(ends(made)), faults(ends(made, pages))
    assert after <= pages.cost + 1e-6
    assert pages.cost <= before + 1e-6
    if before == 0:
        assert (pages.lines, pages.spaces, pages.early) == ({}, {}, frozenset())


@pytest.mark.parametrize(("lines", "cost"), [(1, 2.2), (2, 2.4), (3, 2.4), (4, 2.2)])
def test_a_short_end_is_worst_where_it_is_farthest_from_both_ways_out(lines: int, cost: float) -> None:
    assert best_pages.short_end(lines) == pytest.approx(cost)
