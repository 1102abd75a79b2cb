"""Recto and verso, blank pages and imposition, as drawings: see `tests/drawings/*.txt`."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from book import press
from tests.drawing import Drawing, drawings, in_rows
from tests.loops import some
from tests.making import write_book

BAR = '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="70" viewBox="0 0 400 70"><rect width="400" height="70"/></svg>'
LENGTHS = {"One": 1, "Two": 9, "Three": 2}
"""Chapters, and the number of bars in each: the second is longer than a page."""

GOLDEN = Path(__file__).parent / "drawings"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, needs_pango: None, needs_poppler: None) -> Path:
    """The printed edition and the booklets of a book of bars."""
    home = tmp_path_factory.mktemp("bars")
    chapters = {
        f"{number}.md": f"# {title}\n\n{'![A bar](bar.svg)' + chr(10) * 2}" + "![A bar](bar.svg)\n\n" * (count - 1)
        for number, (title, count) in enumerate(LENGTHS.items(), 1)
    }
    book = write_book(
        home / "book",
        {**chapters, "bar.svg": BAR},
        'title = "Bars"\nslug = "bars"\nlanguage = "en"\n[print]\nsignature = 8\n',
    )
    result = press.build(book, home / "out", editions=("print", "booklet"))
    assert result.status == 0, result.report.problems
    return home / "out"


@pytest.fixture(scope="module")
def printed(built: Path) -> tuple[Drawing, ...]:
    return drawings(built / "bars-print.pdf")


@pytest.fixture(scope="module")
def sheets(built: Path) -> tuple[Drawing, ...]:
    return drawings(built / "bars-booklet.pdf")


def is_blank(page: Drawing) -> bool:
    return set("".join(page)) == {"_"}


def foot(page: Drawing) -> str:
    """Return the side of the folio on a page, ``left`` or ``right``; empty if it has none."""
    marks = [column for row in page[-2:] for column, letter in enumerate(row) if letter != "_"]
    if not marks:
        return ""
    assert min(marks) > len(page[0]) // 2 or max(marks) < len(page[0]) // 2, "a folio in the middle"
    return "right" if min(marks) > len(page[0]) // 2 else "left"


def test_the_printed_book_matches_its_drawing(
    printed: tuple[Drawing, ...], golden: Callable[[Path, str], None]
) -> None:
    named = ((f"{number} {'recto' if number % 2 else 'verso'}", page) for number, page in enumerate(printed, 1))
    # A verso and the recto beside it, as the book lies open: the first row begins with the inside of the cover.
    first, *rest = named
    blank = ("", tuple(" " * len(row) for row in first[1]))
    golden(GOLDEN / "print.txt", in_rows((blank, first, *rest), 6))


def test_the_booklet_matches_its_drawing(sheets: tuple[Drawing, ...], golden: Callable[[Path, str], None]) -> None:
    named = (
        (f"sheet {number // 2 + 1} {'back' if number % 2 else 'front'}", side) for number, side in enumerate(sheets)
    )
    golden(GOLDEN / "booklet.txt", in_rows(named, 2))


def test_folios_stand_outside_and_a_blank_page_has_none(printed: tuple[Drawing, ...]) -> None:
    seen = {"": 0, "left": 0, "right": 0}
    for number, page in some(enumerate(printed, 1)):
        where = foot(page)
        seen[where] += 1
        assert where in {"", "right" if number % 2 else "left"}, number
        assert not (is_blank(page) and where)
    assert min(seen.values()) > 0, seen


def test_every_chapter_begins_on_a_recto_behind_a_blank_verso_where_there_is_room(printed: tuple[Drawing, ...]) -> None:
    bars = [sum(row[len(row) // 2] == "#" for row in page) for page in printed]
    full = [number for number, count in enumerate(bars, 1) if count]
    assert full[0] % 2 == 1
    gaps = [before + 1 for before, after in pairwise(full) if after - before == 2]
    assert gaps, "no chapter ended on a recto"
    assert all(number % 2 == 0 and is_blank(printed[number - 1]) for number in gaps)


SIGNATURES = (2, 1)
"""Sheets that are folded into one another: twelve pages, eight of them (`signature = 8`) on two sheets."""


def folded(sheets: tuple[Drawing, ...]) -> list[Drawing]:
    """Return the pages of a folded booklet in reading order."""
    sides = [
        (tuple(row[: len(row) // 2] for row in side), tuple(row[-(len(row) // 2) :] for row in side)) for side in sheets
    ]
    assert len(sides) == 2 * sum(SIGNATURES)
    pages: list[Drawing] = []
    for count in SIGNATURES:
        signature, sides = sides[: 2 * count], sides[2 * count :]
        fronts, backs = signature[::2], signature[1::2]
        for front, back in zip(fronts, backs, strict=True):
            pages += (front[1], back[0])
        for front, back in zip(reversed(fronts), reversed(backs), strict=True):
            pages += (back[1], front[0])
    return pages


def test_a_folded_booklet_has_the_pages_of_the_book_in_order(sheets: tuple[Drawing, ...]) -> None:
    pages = folded(sheets)
    bars = [sum(row[len(row) // 2] == "#" for row in page) for page in pages]
    filled = [count for count in bars if count]
    assert len(filled) >= 4
    # One bar, then nine over more than one page, then two.
    assert filled[0] < filled[-1] < max(filled)
    assert bars.index(max(filled)) > bars.index(filled[0])
    assert {foot(page) for page in some(pages[::2])} <= {"right", ""}
    assert {foot(page) for page in some(pages[1::2])} == {"left", ""}
