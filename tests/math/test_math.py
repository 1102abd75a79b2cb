"""Formulas: dollars are money if formulas are off, MathML and outlines if they are on, and none is lost in any edition."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from msgspec.structs import replace

from book import press, settings, theme, view
from book.assemble import formulas
from book.body import Body, kinds
from book.editions import epub
from book.paged import math_svg
from book.problems import Severity
from book.settings import Limits
from book.view import typefaces
from tests.loops import some
from tests.math.formulas import LONG, MATH, TEXS, maths, write

PLAIN = "# Prices\n\nIt costs $5 and $6, or $x$ for short.\n"


# What is a formula.


def test_money_stays_money_where_formulas_are_off(tmp_path: Path) -> None:
    (chapter,) = press.read(write(tmp_path, PLAIN, on=False)).book.spine
    assert str(chapter.body) == "<p>It costs $5 and $6, or $x$ for short.</p>\n"


def test_money_stays_money_where_formulas_are_on(tmp_path: Path) -> None:
    text = "# P\n\nIt costs $5–$6, $10k/$20k, $1 *and* $2, `$3-$4`, [a $5–$6 link](https://example.org/?a=$5-$6), *$7-$8*.\n"
    (chapter,) = press.read(write(tmp_path, text)).book.spine
    shown = chapter.body.text.strip()
    assert shown == "It costs $5–$6, $10k/$20k, $1 and $2, $3-$4, a $5–$6 link, $7-$8."
    assert "math" not in str(chapter.body)
    assert 'href="https://example.org/?a=$5-$6"' in str(chapter.body)


def test_a_price_before_a_formula_leaves_the_formula_its_place(tmp_path: Path) -> None:
    text = "# P\n\nIt costs $5–$6 or $\\foo$.\n"
    (problem,) = press.read(write(tmp_path, text)).problems
    assert str(problem.place) == "01-one.md:3:19"


def test_every_way_to_write_a_formula_is_read(read: press.Proofread) -> None:
    chapter = read.book.spine[0]
    found = [str(math.get("alttext")) for text in (chapter.heading, chapter.body) for math in maths(text)]
    assert sorted(found) == sorted(TEXS)
    blocks = [math.get("alttext") for math in maths(chapter.body) if math.get("display") == "block"]
    assert blocks == [TEXS[5], TEXS[6], TEXS[8]]


def test_a_display_formula_stands_in_a_box_between_the_halves_of_its_paragraph(read: press.Proofread) -> None:
    body = re.sub(r"<math.*?</math>", "M", str(read.book.spine[0].body))
    assert '<p>To be sure, ask</p>\n<div hb:kind="formula">M</div>\n<p>people.</p>' in body
    assert '<li>item M <div hb:kind="formula">M</div>' in body


def test_the_setting_is_part_of_what_the_cache_remembers(tmp_path: Path) -> None:
    text = "# P\n\nOnly $x$.\n"
    off = press.read(write(tmp_path / "b", text, on=False), cache=tmp_path / "out").book.spine[0].body
    on = press.read(write(tmp_path / "b", text), cache=tmp_path / "out").book.spine[0].body
    again = press.read(write(tmp_path / "b", text), cache=tmp_path / "out").book.spine[0].body
    assert (off.holds(MATH), on.holds(MATH)) == (False, True)
    assert again == on


def test_house_style_and_fix_leave_formulas_alone(tmp_path: Path, read: press.Proofread) -> None:
    assert read.changes, "the quotation marks beside it are set"
    assert not any("--" in change.before for change in read.changes)
    assert all("$" not in change.before for change in read.changes)


def test_the_alternative_text_of_a_formula_of_several_lines_is_one_line(tmp_path: Path) -> None:
    (chapter,) = press.read(write(tmp_path, "# P\n\n$$a +\nb$$\n")).book.spine
    assert [math.get("alttext") for math in maths(chapter.body)] == ["a + b"]


# What cannot be converted.


def test_a_formula_that_pandoc_does_not_know_is_reported_with_its_place_and_shown_as_code(tmp_path: Path) -> None:
    found = press.read(write(tmp_path, "# P\n\nGood $x$,\nbad $\\foo{y}$.\n"))
    (problem,) = found.problems
    assert (problem.code, str(problem.place), problem.severity) == ("F101", "01-one.md:4:5", Severity.WARNING)
    assert problem.message == r"the formula \foo{y} is shown as code: pandoc does not know \foo there"
    assert '<code hb:kind="tex">\\foo{y}</code>' in str(found.book.spine[0].body)
    assert found.book.spine[0].body.holds(MATH)


@pytest.mark.parametrize(
    ("tex", "what"),
    [(r"\tag{1} x", r"the number of \tag"), (r"\color{red}{x}", "the colour"), (r"\label{e} a", "the label")],
)
def test_the_part_of_a_formula_that_pandoc_leaves_out_is_reported(tmp_path: Path, tex: str, what: str) -> None:
    (problem,) = press.read(write(tmp_path, f"# P\n\n$${tex}$$\n")).problems
    assert (problem.code, problem.message) == ("F102", f"of the formula {tex} {what} is not shown")


def test_a_fraction_of_plain_tex_is_one_and_its_text_is_as_typed(tmp_path: Path) -> None:
    tex = r"x = {-b \pm \sqrt{b^2 \over 4} \over 2a}"
    result = press.read(write(tmp_path, f"# P\n\n$${tex}$$\n"))
    assert result.problems == ()
    (chapter,) = result.book.spine
    page = str(chapter.body)
    assert page.count("<mfrac>") == 2
    assert f'alttext="{tex}"' in page


def test_a_formula_that_shows_nothing_or_is_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    deep = "\\sqrt{" * 70 + "x" + "}" * 70
    problems = press.read(write(tmp_path, f"# P\n\n$\\text{{}}$ and ${deep}$.\n")).problems
    assert [problem.message.rpartition(": ")[2] for problem in problems] == [
        "it shows nothing",
        "its parts are nested deeper than 64 levels",
    ]


def test_one_formula_that_stops_pandoc_does_not_take_the_others_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from book.markdown import pandoc

    genuine = pandoc.formulas

    def failing(blocks: Any, limits: Limits) -> tuple[str, str]:
        if '"bomb"' in str(blocks).replace("'", '"'):
            raise pandoc.Failure("time", "pandoc took more than 60 s")
        return genuine(blocks, limits)

    monkeypatch.setattr(pandoc, "formulas", failing)
    keys = [("InlineMath", tex) for tex in ("a", "b", "bomb", "c", "d")]
    said = formulas._written(keys, Limits())
    assert ["<math" in page for page, _ in said] == [True, True, False, True, True]
    assert said[2] == ("", "pandoc took more than 60 s")


# EPUB and HTML.


def test_the_epub_declares_mathml_where_it_has_formulas(built: Path) -> None:
    with zipfile.ZipFile(built / "formulas.epub") as package:
        document = etree.fromstring(package.read("EPUB/one.xhtml"))
        manifest = package.read("EPUB/content.opf").decode()
        assert re.search(r'<item href="one.xhtml"[^>]*properties="mathml"', manifest)
        assert '<meta property="schema:accessibilityFeature">MathML</meta>' in manifest
        assert "<text>1. Queues and L = λW</text>" in package.read("EPUB/toc.ncx").decode()
        assert any(name.endswith("HandboundMath-400.ttf") for name in package.namelist())
    found = list(document.iter(MATH))
    assert sorted(math.get("alttext") or "" for math in found) == sorted(TEXS)
    assert [kinds(math) for math in found if kinds(math) != ("math",)] == [("math", "by-hand")]
    assert all(math.get("display") in ("inline", "block", None) for math in found)
    assert not list(document.iter("{*}annotation", "{*}semantics"))


@pytest.mark.parametrize(("text", "claimed"), [("$x$", True), ("$x$ and $\\foo$", False), ("Words", False)])
def test_mathml_is_claimed_where_every_formula_is(tmp_path: Path, text: str, claimed: bool) -> None:
    found = press.read(write(tmp_path / "b", f"# P\n\n{text}.\n")).book
    assert (("accessibilityFeature", "MathML") in epub._accessibility(found)) is claimed


def test_a_book_without_formulas_carries_nothing_for_them(tmp_path: Path) -> None:
    found = press.read(write(tmp_path / "b", "# P\n\nWords.\n")).book
    look = theme.load("folio")
    assert typefaces.math_face(found, look) == ()
    assert math_svg.TYPEFACE not in typefaces.names(look, found)
    assert math_svg.on_paper(found, look) == (found, ())


def test_a_long_formula_of_the_epub_can_be_reached_by_the_keyboard_and_has_a_name(tmp_path: Path) -> None:
    (chapter,) = press.read(write(tmp_path, f"# P\n\n$$x$$\n\n$${LONG}$$\n")).book.spine
    body = epub._body(chapter, lambda name: name)
    frames = [dict(frame.attrib) for frame in Body.of(body).iter("div")]
    assert frames == [
        {"class": "hb-formula"},
        {"class": "hb-formula hb-long", "tabindex": "0", "role": "region", "aria-label": "Formula 2"},
    ]


def test_the_page_names_a_formula_that_scrolls_and_carries_its_typeface(built: Path) -> None:
    page = (built / "formulas.html").read_text("utf-8")
    assert page.count("<math ") == len(TEXS) + 2  # the contents name the chapter and the section
    assert page.count('aria-label="Formula ') == page.count('display="block"')
    assert '@font-face { font-family: "Handbound Math";' in page
    assert "STIX Two Math" in page


def test_no_line_of_the_page_or_of_the_epub_begins_with_the_comma_after_a_formula(tmp_path: Path) -> None:
    text = "# F\n\nWith ($x$), $y$ and *as $n$-th*.\n\n$$ a $$\n"
    press.build(write(tmp_path / "book", text), tmp_path / "out", editions=("epub", "html"))
    with zipfile.ZipFile(tmp_path / "out/formulas.epub") as package:
        chapters = [package.read("EPUB/one.xhtml").decode(), (tmp_path / "out/formulas.html").read_text("utf-8")]
    for chapter in some(chapters):
        short = re.sub(r"<math.*?</math>", "M", re.sub(r"<span class=\"hb-page.*?</span>", "", chapter))
        assert re.findall(r'<span class="hb-tied">(.*?)</span>', short) == ["(M),", "M-th"]


def test_plain_text_shows_a_formula_as_letters_or_as_tex() -> None:
    simple = (
        '<math xmlns="http://www.w3.org/1998/Math/MathML" alttext="a=\\lambda"><mi>a</mi><mo>=</mo><mi>λ</mi></math>'
    )
    raised = (
        '<math xmlns="http://www.w3.org/1998/Math/MathML" alttext="x^2 &lt; 1"><msup><mi>x</mi><mn>2</mn></msup></math>'
    )
    assert view.text_of(Body.of(f"Of {simple} and <em>{raised}</em>")) == "Of a = λ and x^2 < 1"


def test_the_setting_is_off_by_default() -> None:
    assert settings.parse("").math is False
    assert replace(settings.parse("math = true")).math is True


@pytest.mark.parametrize(
    ("tex", "ends"), [(r"\frac{\text{price} \times \text{share}}{2}", True), (r"\text{a} - \text{b}", True), (r"x - \text{b}", False)]
)  # fmt: skip
def test_an_operator_between_words_keeps_its_space_where_text_counts_as_space(
    tex: str, ends: bool, tmp_path: Path
) -> None:
    """Firefox sets the space of an operator around its row if nothing else is in the row but text."""
    (chapter,) = press.read(write(tmp_path, f"# One\n\nLook: ${tex}$.\n")).book.spine
    (math,) = maths(chapter.body)
    (sign,) = math.iter("{*}mo")
    row = sign.getparent()
    assert row is not None
    assert (etree.QName(row[-1]).localname == "mi" and not row[-1].text) == ends
