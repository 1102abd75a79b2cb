"""Letters that no font of a theme has: boxes stand in for them, and no font of the machine."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest
import uharfbuzz

from book.problems import Place, Severity
from book.proof import pdf_text
from book.theme import stand_ins
from tests.test_scripts import LATIN, book, built
from tests.told_by_pdf import texts


def fonts_in(pdf: Path) -> set[str]:
    """Return the names of the fonts in a PDF, without the tags of subsets."""
    with pikepdf.open(pdf) as file:
        fonts = [one for one in file.objects if isinstance(one, pikepdf.Dictionary) and one.get("/Type") == "/Font"]
        return {str(one.BaseFont).rpartition("+")[2] for one in fonts if "/DescendantFonts" in one}


@pytest.mark.needs_pango
def test_no_font_of_the_machine_gets_into_a_pdf(tmp_path: Path) -> None:
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 20"><text y="15" font-family="Arial">\u2741 א</text></svg>'
    source = book(
        tmp_path / "book",
        f"{LATIN * 3}\n\nA word سلام and *𝕏*, `漢`, **ፊ**.\n\n![A flower](flower.svg)",
        more='publisher = "ߊ"\n',
    )
    (source / "flower.svg").write_text(drawing)
    result = built(source, "pdf", "handout")
    assert sorted({(one.code, one.place.path) for one in result.report.problems if isinstance(one.place, Place)}) == [
        ("E102", "01-watch.md"),
        ("E102", "flower.svg"),
        ("E102", "handbound.toml"),
    ]
    for pdf in sorted((tmp_path / "out").glob("*.pdf")):
        assert {name.partition("-")[0] for name in fonts_in(pdf)} == {"Handbound"}
        assert "Handbound-Boxes" in fonts_in(pdf)
    with pikepdf.open(tmp_path / "out" / "watch.pdf") as printed:
        text = "".join(part for page in printed.pages for _, part in texts(page))
    assert all(letter in text for letter in "سلم𝕏漢ፊߊ\u2741א")


@pytest.mark.expects_log
@pytest.mark.needs_pango
def test_a_letter_of_a_style_sheet_without_a_glyph_is_a_box_and_reported(tmp_path: Path) -> None:
    source = book(tmp_path / "book", LATIN)
    theme_folder = source / "themes" / "ours"
    (theme_folder / "css").mkdir(parents=True)
    (theme_folder / "theme.toml").write_text('title = "Ours"\nextends = "folio"\n')
    (theme_folder / "css" / "book.css").write_text('h1::before { content: "\U00010348 " }')
    (problem,) = (one for one in built(source, "pdf", theme_name="ours").report.problems if one.code == "E104")
    assert problem.message.startswith("no font has \U00010348 (U+10348), which a template, a style sheet or Handbound")


def test_boxes_are_the_same_bytes_for_the_same_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    first = stand_ins.font(frozenset("𝕏漢"))
    stand_ins.font.cache_clear()
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert stand_ins.font(frozenset("漢𝕏")) == first
    assert set(uharfbuzz.Face(first).unicodes) == {*map(ord, "𝕏漢"), *stand_ins.SPACES}


@pytest.mark.needs_pango
def test_a_private_character_is_reported_once_where_it_stands(tmp_path: Path) -> None:
    result = built(
        book(tmp_path / "book", f"{LATIN * 5}\n\nA \uf0c1 in words, `\U000f0001` in code.\n"), "pdf", "print"
    )
    warnings = [one for one in result.report.problems if one.severity is not Severity.NOTE]
    assert {(one.code, one.place.path) for one in warnings} == {("M122", "01-watch.md")}
    with pikepdf.open(tmp_path / "out" / "watch.pdf") as printed:
        text = "".join(run.text for run in pdf_text.runs(printed))
    assert "\uf0c1" in text


@pytest.mark.needs_pango
def test_a_page_that_begins_with_boxes_has_its_mark(tmp_path: Path) -> None:
    page = '<hr class="page-break">'
    body = f"{LATIN * 3}\n\n{page}\n\nسلام سلام سلام is a word. {LATIN}\n\n{page}\n\nשלום ושלום is one. {LATIN}\n\n{page}\n\n한국 is one. {LATIN}"
    result = built(book(tmp_path / "book", body), "pdf", "html")
    assert [one.code for one in result.report.problems if one.severity is not Severity.NOTE] == ["E102"]
    assert [work.path for work in result.report.works] == ["watch.pdf", "watch.html"]


@pytest.mark.needs_pango
def test_a_passage_without_glyphs_in_a_chapter_is_boxes_and_a_chapter_of_it_refuses_pages(tmp_path: Path) -> None:
    passage = "漢字中文日本語文字書物本章節" * 2
    result = built(book(tmp_path / "book", f"{LATIN * 5}\n\n{passage}\n"), "pdf")
    assert [one.code for one in result.report.problems if one.severity is not Severity.NOTE] == ["E102"]
    result = built(book(tmp_path / "other" / "book", f"{LATIN}\n\n{passage * 5}\n"), "pdf")
    assert [one.code for one in result.report.problems if one.severity is not Severity.NOTE] == ["E107"]
