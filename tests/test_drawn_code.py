"""Drawings made of characters: on paper their lines are whole, and they stay on one page."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest
from lxml import etree

from book import press
from book.body import Element, kinds
from book.editions import handout
from book.paged import code_lines, fit
from book.problems import lines
from book.proof import pdf_text
from tests.loops import some
from tests.making import build_book, write_book, write_files

WIDE = f"+{'-' * 34}+        +{'-' * 34}+\n|{' first':34}| -----> |{' second':34}|\n+{'-' * 34}+        +{'-' * 34}+"
"""Eighty columns."""
TALL = "\n".join(["┌───────┐", *("│ row   │" for _ in range(20)), "└───────┘"])
TREE = "docs\n├── one.md\n│   └── two.md\n└── three.md"


def dressed(text: str, columns: int, *, scale: bool) -> Element:
    body = etree.Element("div")
    etree.SubElement(etree.SubElement(body, "pre"), "code").text = text
    code_lines.dress(body, {"1": columns}, scale=scale)
    return body[0]


def test_a_drawing_that_is_too_wide_is_made_smaller_and_not_divided() -> None:
    box = dressed(WIDE, 56, scale=True)
    assert kinds(box) == ("sketch", "scaled")
    assert "".join(box.itertext()) == WIDE
    assert float(str(box.get("style")).removeprefix("--hb-scale: ")) == pytest.approx(56 / 80, abs=0.005)


@pytest.mark.parametrize(
    ("text", "columns", "scale"), [(WIDE, 36, True), (WIDE, 56, False), (TREE + "─" * 70, 60, True)]
)
def test_what_would_be_too_small_or_is_no_drawing_is_divided(text: str, columns: int, scale: bool) -> None:
    box = dressed(text, columns, scale=scale)
    assert box.get("style") is None
    assert kinds(box) == ()
    assert any("carry" in kinds(mark) for mark in box.iter("span"))


GOAT = "     .-+-.    .-- 1\n" + " " * 60 + "   \\ 2" * 10
"""Without frames, 130 columns."""


@pytest.mark.parametrize(("language", "whole"), [("goat", True), ("svgbob", True), ("python", False)])
def test_code_in_a_language_for_drawings_is_one_at_any_width(language: str, whole: bool) -> None:
    body = etree.Element("div")
    etree.SubElement(etree.SubElement(body, "pre"), "code", {"class": f"language-{language}"}).text = GOAT
    code_lines.dress(body, {"1": 56}, scale=True)
    assert ("scaled" in kinds(body[0])) == whole
    assert ("\n" in "".join(body[0].itertext()).removeprefix(GOAT[:20])) != whole


def test_rounded_corners_are_a_frame() -> None:
    assert code_lines.is_drawing(".-----.\n| one |\n'-----'")
    assert not code_lines.is_drawing("a = '---'\nb = '---'\n...")


@pytest.mark.parametrize("text", ["a + b\n+ c", "+1\n+2", TREE, "x = '┌──'", "| a | b |\n|---|---|"])
def test_what_has_no_frame_is_no_drawing(text: str) -> None:
    assert not code_lines.is_drawing(text)


@pytest.mark.needs_pango
def test_a_drawing_with_small_letters_is_reported_at_its_line(tmp_path: Path) -> None:
    wide = WIDE.replace(" first", " first" + " " * 20).replace("-" * 34, "-" * 44)
    text = f"# One\n\nThe second, and the first.\n\n```\n{wide}\n```\n\n```\n{WIDE}\n```\n"
    files = {"handbound.toml": 'title = "T"\nslug = "t"\n', "one.md": text}
    result = press.build(write_files(tmp_path / "book", files), tmp_path / "out", editions=["pdf"])
    small = [lines(problem)[0] for problem in result.report.problems if problem.code == "E220"]
    assert [line[:13] + line.partition("”")[2] for line in small] == ["one.md:7:1: E have 4.5 pt; 7 pt can be read"]


def test_a_drawing_higher_than_most_pages_may_go_over_them() -> None:
    assert kinds(dressed(TALL, 0, scale=True)) == ("sketch",)
    assert kinds(dressed("\n".join([TALL] * 2), 0, scale=True)) == ()


def test_a_handout_has_smaller_drawings_too_and_large_print_has_none(tmp_path: Path) -> None:
    book = press.read(write_book(tmp_path / "b", {"one.md": "# One"})).book
    assert handout.AS_IT_IS.drawings
    assert fit.begin(book).drawings
    assert not fit.begin(book, scale=False).drawings


@pytest.mark.needs_pango
@pytest.mark.parametrize("before", [14, 20, 26])
def test_a_drawing_stays_on_one_page(tmp_path: Path, before: int) -> None:
    text = "# One\n\n" + "A paragraph of one line.\n\n" * before + f"```\n{TALL}\n```\n\n```\n{WIDE}\n```\n"
    out = build_book(tmp_path, {"handbound.toml": 'title = "T"\nslug = "t"\n', "one.md": text}, ("pdf",))
    with pikepdf.open(out / "t.pdf") as pdf:
        runs = list(pdf_text.runs(pdf))
    rows = {run.page for run in some(runs) if "row" in run.text}
    assert len(rows) == 1
    assert any("first" in run.text and "second" in run.text for run in runs)
