"""The pages of the handout: tables that fit beside the column for notes, chapters without a title, the look of each theme."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pypdfium2
import pytest

from book import press, theme
from book.editions import EDITIONS, handout
from book.paged import inspection
from book.paged.filling import Filling
from book.paged.fit import Fitting
from book.paged.page_ends import Hole, PageEnds
from book.paged.pages import Context, Line
from book.paged.render import Layout, Renderer
from tests.loops import some
from tests.making import build_book, write_book

WORDS = "Telemetry-infrastructure Internationalisation Board-of-directors Responsibilities Acknowledgement Circumstances Wholeheartedly"
ROW = f"| {' | '.join(WORDS.split())} |\n"
CHAPTER = f"""---
title: The quiet one
showTitle: false
description: Its title is not shown.
---

Straight to the text.

## A wide table

{ROW}|{"---|" * 7}
{ROW * 3}

> [!WARNING]
> Some text.
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, needs_pango: None) -> Path:
    root = tmp_path_factory.mktemp("pages") / "book"
    root.mkdir()
    (root / "handbound.toml").write_text(
        'title = "Workshop"\nlanguage = "en"\neditions = ["handout"]\nauthors = ["A"]\n', "utf-8"
    )
    (root / "01-quiet.md").write_text(CHAPTER, "utf-8")
    return root


def test_a_table_that_is_too_wide_is_made_narrower_until_it_stands_beside_the_notes(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = press.read(source).book
    found: list[inspection.Inspection] = []
    lay_out = Renderer.lay_out

    def inspected(self: Renderer, page: str, sheet: str = "") -> Layout:
        layout = lay_out(self, page, sheet)
        found.append(inspection.inspect(layout.pages))
        return layout

    monkeypatch.setattr(Renderer, "lay_out", inspected)
    made = handout.make(read, EDITIONS["handout"], theme.load("folio"))
    # What the gate is for: as it is written, the table reaches into the column.
    assert [(table.chapter, table.table) for table in found[0].wide_tables] == [("quiet", "1")]
    assert not found[-1].wide_tables
    cut = [problem for problem in made.problems if problem.code == "E121"]
    assert [(problem.place.path, problem.place.line) for problem in cut] == [("01-quiet.md", 11)]
    assert not [problem for problem in made.problems if problem.code == "E120"]


def page(source: Path, name: str) -> str:
    """Return the HTML of the first chapter in the theme *name*."""
    read = press.read(source).book
    edition = EDITIONS["handout"]
    made = handout.Handout(read, edition, theme.load(name).for_edition(edition))
    return made.page(made.leaves[0], "")


def test_a_chapter_that_shows_no_title_opens_as_in_the_other_editions(source: Path) -> None:
    text = page(source, "field")
    assert '<header class="hb-opener hb-silent hb-numbered" style="counter-reset: chapter 1 section">' in text
    assert "<h1" not in text
    assert "Its title is not shown." in text


@pytest.mark.parametrize(
    ("name", "mark"), [("field", ".hb-numbered ~ h2::before"), ("almanac", "2766"), ("folio", "width: 12mm")]
)
def test_a_handout_has_the_look_of_its_theme_and_no_tints(name: str, mark: str) -> None:
    look = theme.load(name).for_edition(EDITIONS["handout"])
    sheet = look.sheet(*EDITIONS["handout"].sheets, mode="print")
    assert mark in sheet
    assert sheet.index(mark) < sheet.rindex(".hb-callout, thead th { background: none; }")


@pytest.mark.parametrize(
    ("holes", "pages", "again"),
    [((0, 2, 1), (3, 2, 2), True), ((0, 2, 0), (3, 2, 3), False), ((2, 2, 0), (3, 2, 2), False)],
)
def test_pages_are_filled_anew_where_less_room_for_writing_leaves_white_space(
    holes: tuple[int, int, int], pages: tuple[int, int, int], again: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fitted(at: int, fitting: Fitting) -> Any:
        hole = Hole(page=1, begins=Context(), text="", room=100.0, lines=5.0, share=0.1, ends=500.0)
        ends = {"a": PageEnds(lead=20.0, holes=(hole,) * holes[at])}
        layout, inspected = SimpleNamespace(pages=[None] * pages[at]), SimpleNamespace(ends=ends)
        return SimpleNamespace(layout=layout, inspection=inspected, fitting=fitting)

    before = fitted(0, Fitting(fillings={"a": Filling(settled=True)}))
    monkeypatch.setattr(handout.Handout, "_fitted", lambda *words: fitted(1 if words[-1].fillings else 2, words[-1]))
    made = handout.Handout.__new__(handout.Handout)
    after = made._tight(cast("Any", None), before)
    assert (not after.fitting.fillings) == again


def test_a_link_whose_words_are_its_address_has_its_number_beside_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, needs_pango: None
) -> None:
    text = "# One\n\nSee <https://example.org/a>, [a name](https://example.org/b) and <https://example.org/c>.\n"
    read = press.read(write_book(tmp_path, {"one.md": text}, 'title = "T"\n')).book
    lines: list[str] = []
    lay_out = Renderer.lay_out

    def read_lines(self: Renderer, page: str, sheet: str = "") -> Layout:
        layout = lay_out(self, page, sheet)
        lines.extend(item.text.strip() for page in layout.pages for item in page.items if isinstance(item, Line))
        return layout

    monkeypatch.setattr(Renderer, "lay_out", read_lines)
    handout.make(read, EDITIONS["handout"], theme.load("folio"))
    listed = [line.replace("\u200b", "").replace(" ", "") for line in lines[lines.index("Links in this chapter") + 1 :]]
    assert listed[:4] == ["[1]https://example.org/a", "[2]aname", "https://example.org/b", "[3]https://example.org/c"]


BLOCKS = ("## A heading\n\nWords.\n", "- item\n- item\n", "> quote\n", "| a | b |\n|---|---|\n| 1 | 2 |\n", "A line.\n")
CODE = 35
"""The least width of a code in points."""


@pytest.mark.needs_pango
def test_a_code_stands_beside_its_link_if_a_page_is_laid_out_again_for_a_page_number(tmp_path: Path) -> None:
    links = " ".join(f"[Site {number}](https://example.org/{number})" for number in range(1, 6))
    files = {"handbound.toml": 'title = "T"\nslug = "t"\n'}
    for count in range(17, 23):
        text = "\n".join(BLOCKS[(number * number + number * count) % 5] for number in range(count))
        files[f"{count}.md"] = f"# Chapter\n\n{text}\n{links}\n\n## The end\n\nSee [it](#the-end).\n"
    codes = 0
    for page in some(pypdfium2.PdfDocument(build_book(tmp_path, files, ("handout",)) / "t-handout.pdf")):
        text_page = page.get_textpage()
        numbers = re.finditer(r"\[\d\]", text_page.get_text_bounded())
        tops = [text_page.get_charbox(number.start())[3] for number in numbers]
        drawings = page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_PATH], max_depth=6)
        for drawing in drawings:  # may be empty: a page without links
            left, bottom, right, top = drawing.get_bounds()
            if CODE < right - left < 2 * CODE and CODE < top - bottom < 2 * CODE:
                codes += 1
                assert any(abs(top - number) < 6 for number in tops)
    assert codes == 5 * 6
