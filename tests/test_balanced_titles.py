"""Titles and captions of several lines: their lines are of about the same length, and no more than they must be."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from book.paged.optimum import Break, Paragraph, balanced
from tests.loops import some
from tests.test_even_lines import lay_out, lines

TITLE = "How to contribute to open source, and why"


def words(lengths: list[int]) -> list[Break]:
    """Return the breaks of words of these *lengths*, with a space of 1 between them."""
    ends = list(itertools.accumulate(length + 1 for length in lengths))
    return [
        Break(offset=end, end=end - 1.0, end_spaces=number, start=float(end), start_spaces=number + 1)
        for number, end in enumerate(ends)
    ]


def widths(lengths: list[int], chosen: list[int]) -> list[int]:
    starts = [0, *(index + 1 for index in chosen[:-1])]
    rows = [lengths[start : index + 1] for start, index in zip(starts, chosen, strict=True)]
    return [sum(row) + len(row) - 1 for row in rows]


@given(st.lists(st.integers(1, 12), min_size=1, max_size=14), st.integers(12, 40))
def test_the_widest_line_is_as_narrow_as_so_few_lines_allow(lengths: list[int], measure: int) -> None:
    rows = widths(lengths, balanced(Paragraph(breaks=words(lengths), measure=float(measure), space=1.0)))
    every = [
        widths(lengths, [*places, len(lengths) - 1])
        for count in range(len(rows))
        for places in itertools.combinations(range(len(lengths) - 1), count)
    ]
    fitting = [ways for ways in every if max(ways) <= measure]
    assert min(map(len, fitting)) == len(rows)
    assert min(max(ways) for ways in fitting if len(ways) == len(rows)) == max(rows)


def test_a_word_wider_than_the_line_is_left_to_weasyprint() -> None:
    assert balanced(Paragraph(breaks=words([3, 30, 3]), measure=20.0, space=1.0)) == []


@pytest.mark.needs_pango
@pytest.mark.parametrize("align", ["left", "center"])
@pytest.mark.parametrize("tag", ["h1", "h2", "h3", "figcaption"])
def test_no_word_is_alone_on_the_last_line_of_a_title(tag: str, align: str) -> None:
    text = f"{TITLE}, too"
    style = f"font: 15px/20px Serif; margin: 0; text-align: {align}"
    rows = lines(lay_out(f'<figure style="margin: 0"><{tag} style="{style}">{text}</{tag}></figure>'))
    assert len(rows) == 2
    assert " ".join(rows) == text
    assert abs(len(rows[0]) - len(rows[1])) < 8


@pytest.mark.needs_pango
def test_the_subtitle_is_balanced_as_the_title_is() -> None:
    rows = lines(lay_out(f'<p class="hb-subtitle" style="text-align: left">{TITLE}, and more</p>'))
    assert len(rows) == 2
    assert abs(len(rows[0]) - len(rows[1])) < 8


@pytest.mark.needs_pango
def test_a_title_with_marks_and_a_break_of_its_author_keeps_them() -> None:
    rows = lines(lay_out(f'<h2 style="text-align: left"><em>{TITLE}</em>, <code>x</code> too<br>Again</h2>'))
    assert " ".join(some(rows)) == f"{TITLE}, x too Again"
    assert rows[-1] == "Again"


@pytest.mark.needs_pango
def test_a_ragged_paragraph_is_set_as_before() -> None:
    (row, *_) = lines(lay_out(f'<p style="text-align: left">{TITLE}, and what comes of it for everybody who does</p>'))
    assert len(row) > 40
