"""Formulas on paper: none is lost, and each is drawn in its place, its size and its colour."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from lxml import etree

from book import press, proof, theme
from book import report as reports
from book.editions import EDITIONS
from book.editions import pages as paged
from book.html_names import MATH as MATHML
from book.paged import box_changes, fit, math_svg, tags
from book.paged.boxes import tree
from book.paged.render import Layout, Renderer
from book.problems import Severity
from book.proof import pdf_text
from tests.loops import some
from tests.math.formulas import LONG, TEXS, maths, write

# Nothing lost.


def checks(built: Path, read: press.Proofread, ending: str) -> dict[str, str]:
    works = [work for work in reports.read(built).works if work.path == f"formulas{ending}"]
    return {check.name: check.status for check in proof.prove(built, works, read.book, validators=False)}


def altered(built: Path, folder: Path) -> Path:
    for path in built.iterdir():
        if path.is_file():
            (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.mark.parametrize("tex", ["W_q", r"\sqrt{x}", r"\bar{x}", "p^2"])
def test_a_formula_that_is_dropped_from_the_html_or_the_epub_fails_the_proof(
    built: Path, read: press.Proofread, tmp_path: Path, tex: str
) -> None:
    folder = altered(built, tmp_path)
    assert checks(folder, read, ".html")["nothing lost"] == "passed"
    drop = re.compile(rf'<math\b[^>]*alttext="{re.escape(tex)}".*?</math>', re.S)
    page = (folder / "formulas.html").read_text("utf-8")
    start = page.index("<main")
    (folder / "formulas.html").write_text(page[:start] + drop.sub("", page[start:]), "utf-8")
    assert checks(folder, read, ".html")["nothing lost"] == "failed"
    out = io.BytesIO()
    with zipfile.ZipFile(folder / "formulas.epub") as package, zipfile.ZipFile(out, "w") as other:
        for name in package.namelist():
            data = package.read(name)
            other.writestr(name, drop.sub("", data.decode()) if name == "EPUB/one.xhtml" else data)
    (folder / "formulas.epub").write_bytes(out.getvalue())
    assert checks(folder, read, ".epub")["nothing lost"] == "failed"


def test_a_formula_with_other_tex_fails_the_proof(built: Path, read: press.Proofread, tmp_path: Path) -> None:
    folder = altered(built, tmp_path)
    page = (folder / "formulas.html").read_text("utf-8")
    (folder / "formulas.html").write_text(page.replace('alttext="W_q"', 'alttext="W_p"'), "utf-8")
    assert checks(folder, read, ".html")["nothing lost"] == "failed"


def formulas_of(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    return (element for element in tags.elements(pdf) if element.get("/S") == "/Formula")


def unsaid(pdf: pikepdf.Pdf) -> None:
    next(one for one in formulas_of(pdf) if str(one.Alt) == "W_q").Alt = "W"


def untagged(pdf: pikepdf.Pdf) -> None:
    one = next(one for one in formulas_of(pdf) if str(one.Alt) == "W_q")
    one.K = pikepdf.Array()


def unpainted(pdf: pikepdf.Pdf) -> None:
    one = next(one for one in formulas_of(pdf) if str(one.Alt) == "W_q")
    page = pikepdf.Page(one.Pg)
    mcid, open_, kept = int(one.K[0]), 0, []
    for instruction in pikepdf.parse_content_stream(page):
        operands, word = instruction.operands, str(instruction.operator)
        if open_:
            open_ += {"BDC": 1, "BMC": 1, "EMC": -1}.get(word, 0)
            if open_ and word not in ("q", "Q"):
                continue
        elif word == "BDC" and operands[1].get("/MCID") == mcid:
            open_ = 1
        kept.append(instruction)
    page.Contents = pdf.make_stream(pikepdf.unparse_content_stream(kept))


@pytest.mark.parametrize("spoil", [unsaid, untagged, unpainted])
@pytest.mark.needs_pango
def test_a_formula_without_text_or_without_paint_in_the_pdf_fails_the_proof(
    built: Path, read: press.Proofread, tmp_path: Path, spoil: Callable[[pikepdf.Pdf], None]
) -> None:
    folder = altered(built, tmp_path)
    assert checks(folder, read, ".pdf")["nothing lost"] == "passed"
    with pikepdf.open(folder / "formulas.pdf", allow_overwriting_input=True) as pdf:
        spoil(pdf)
        pdf.save(folder / "formulas.pdf")
    assert checks(folder, read, ".pdf")["nothing lost"] == "failed"


# On paper.


@pytest.fixture(scope="module")
def screen(built: Path, needs_pango: None) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(built / "formulas.pdf") as pdf:
        yield pdf


def test_every_formula_of_the_pdf_is_tagged_with_its_tex(screen: pikepdf.Pdf) -> None:
    found = [str(one.Alt) for one in formulas_of(screen)]
    # The contents show the chapter and its section once more.
    assert sorted(found) == sorted([*TEXS, TEXS[0], "p^2"])
    assert not any(box_changes.FORMULA_MARK in str(one.get("/Alt", "")) for one in tags.elements(screen))


def test_a_formula_is_painted_as_outlines_not_as_letters_and_not_as_a_picture(screen: pikepdf.Pdf) -> None:
    one = next(one for one in formulas_of(screen) if str(one.Alt) == "W_q")
    page = pikepdf.Page(one.Pg)
    words: list[str] = []
    inside = 0
    for instruction in pikepdf.parse_content_stream(page):
        operands, word = instruction.operands, str(instruction.operator)
        if word == "BDC" and operands[1].get("/MCID") == int(one.K[0]):
            inside = 1
        elif inside:
            inside += {"BDC": 1, "BMC": 1, "EMC": -1}.get(word, 0)
            words.append(word)
    assert {"m", "l"} <= set(words)
    assert {"f", "f*"} & set(words)
    assert not {"Tj", "TJ", "Do", "BI"} & set(words)


def test_running_heads_and_bookmarks_show_formulas_as_letters(screen: pikepdf.Pdf) -> None:
    with screen.open_outline() as outline:
        titles = [item.title for item in outline.root]
        below = [item.title for item in outline.root[titles.index("Queues and L = λW")].children]
    assert below == ["The rate p^2"]


def laid_out(read: press.Proofread, name: str = "pdf") -> tuple[Layout, Any]:
    look = theme.load("folio").for_edition(EDITIONS[name])
    book, problems = math_svg.on_paper(read.book, look)
    assert problems == ()
    source = paged.Source(book, EDITIONS["pdf"], look)
    layout = Renderer(source.resources.served).lay_out(source.page(fit.begin(book))[0], source.sheet)
    assert layout.lines == ()
    return layout, look


def formula_boxes(layout: Layout) -> dict[str, Any]:
    """Return WeasyPrint's boxes of the formulas, by their TeX."""
    every = (box for page in tree.walk(layout.document.pages) for box in page)
    return {tree.title_of(box).text: box for box in every if tree.is_formula(box)}


@pytest.mark.needs_pango
def test_a_formula_stands_on_the_base_line_and_has_the_height_of_the_text(read: press.Proofread) -> None:
    layout, _ = laid_out(read)
    formula = formula_boxes(layout)["W_q"]
    size = 10.5 * 4 / 3
    every = [box for page in tree.walk(layout.document.pages) for box in page]
    lines = [box for box in every if type(box).__name__ == "LineBox"]
    line = next(line for line in lines if formula in list(line.descendants()))
    base = line.position_y + line.baseline
    low = formula.position_y + formula.margin_height()
    assert 0.1 * size < low - base < 0.45 * size, "the q of the index hangs below the line"
    drawing = math_svg.drawn(next(math for math in texts(read) if 'alttext="W_q"' in math))
    # The baseline of the drawing, measured from the top of its box, is the baseline of the line.
    assert abs(formula.position_y - drawing.top * formula.height / drawing.height - base) < 0.05 * size
    letter = math_svg.drawn('<math xmlns="http://www.w3.org/1998/Math/MathML"><mi>x</mi></math>')
    assert 0.4 < -letter.top / math_svg.EM < 0.52


def texts(read: press.Proofread) -> list[str]:
    return [etree.tostring(math, encoding="unicode", with_tail=False) for math in maths(read.book.spine[0].body)]


@pytest.mark.needs_pango
def test_a_formula_has_the_colour_of_the_words_beside_it(read: press.Proofread) -> None:
    layout, look = laid_out(read)
    box_changes.prepare(layout.document.pages, tagged=False)
    inks = {box.replacement._svg.tree.attrib["fill"] for box in formula_boxes(layout).values()}
    assert inks == {look.tokens["color"]["ink"]["light"]}
    box = formula_boxes(layout)["W_q"]
    box.style["color"] = type(box.style["color"])("srgb", (1, 0, 0), 1)
    box_changes.prepare(layout.document.pages, tagged=False)
    assert [child.attrib["fill"] for child in box.replacement._svg.tree if child.tag == "path"][:1] == ["#ff0000"]


def test_display_formulas_take_whole_lines(read: press.Proofread) -> None:
    look = theme.load("folio").for_edition(EDITIONS["pdf"])
    book, _ = math_svg.on_paper(read.book, look)
    lead = 14.5 / 10.5
    rooms = 0
    for style in some(re.findall(r'<div hb:kind="formula"><svg [^>]*style="([^"]*)"[^>]*>', str(book.spine[0].body))):
        width, room = (float(re.search(rf"--{name}: ([\d.]+)em", style)[1]) for name in ("width", "room"))  # type: ignore[index]
        assert width > 0
        assert 0 <= room < lead / 2 + 0.001
        rooms += 1
    assert rooms == 3


def test_two_builds_give_the_same_bytes(book: Path, built: Path, tmp_path: Path) -> None:
    press.build(book, tmp_path / "again", editions=["epub", "pdf", "html"])
    for path in some(sorted((tmp_path / "again").glob("formulas.*"))):
        assert path.read_bytes() == (built / path.name).read_bytes(), path.name


@pytest.mark.needs_pango
def test_a_formula_that_cannot_be_divided_is_made_smaller_and_told(tmp_path: Path) -> None:
    middling = " + ".join(f"b_{{{n}}}" for n in range(1, 17))
    text = f"# P\n\n$$({LONG})$$\n\nBetween.\n\n$$({middling})$$\n"
    result = press.build(write(tmp_path / "b", text), tmp_path / "out", editions=["pdf"])
    told = {problem.code: problem for problem in result.report.problems}
    assert set(told) == {"F104", "F105"}
    assert (told["F105"].severity, str(told["F105"].place)) == (Severity.WARNING, "01-one.md:3:3")
    assert (told["F104"].severity, str(told["F104"].place)) == (Severity.NOTE, "01-one.md:7:3")
    with pikepdf.open(tmp_path / "out" / "formulas.pdf") as pdf:
        right = 148 * 72 / 25.4 - 20 * 72 / 25.4
        for one in some(formulas_of(pdf)):
            assert float(one.A.BBox[2]) <= right + 0.5


@pytest.mark.needs_pango
def test_a_formula_that_does_not_fit_its_table_is_reported(tmp_path: Path) -> None:
    text = f"# P\n\n| a | b |\n|---|---|\n| ${LONG}$ | c |\n"
    result = press.build(write(tmp_path / "b", text), tmp_path / "out", editions=["pdf"])
    assert "E120" in {problem.code for problem in result.report.problems}


@pytest.mark.expects_log
@pytest.mark.needs_pango
def test_a_formula_with_a_letter_its_typeface_lacks_is_printed_as_code_and_told(tmp_path: Path) -> None:
    text = "# P\n\nSo $x = \\text{数}$ it is.\n"
    result = press.build(write(tmp_path / "b", text), tmp_path / "out", editions=["pdf", "html"])
    (told,) = (problem for problem in result.report.problems if problem.code == "F103")
    assert str(told.place) == "01-one.md:3:5"
    assert told.message == "the formula x = \\text{数} is printed as code: its font has no 数"
    assert {check.status for check in result.report.checks if check.name == "nothing lost"} == {"passed"}


@pytest.mark.parametrize(
    "nested",
    [
        "<mrow>" * 60 + "<mi>x</mi>" + "</mrow>" * 60,
        "<mfrac><mn>1</mn><mrow><mn>1</mn><mo>+</mo>" * 20 + "<mi>x</mi>" + "</mrow></mfrac>" * 20,
        "<mfenced>" * 12 + "<mi>x</mi>" + "</mfenced>" * 12,
    ],
)
def test_a_formula_that_would_take_for_ever_is_not_drawn(nested: str) -> None:
    with pytest.raises(math_svg.Undrawn, match="it is nested too deep"):
        math_svg.drawn(f'<math xmlns="{MATHML}">{nested}</math>')


@pytest.mark.parametrize(
    "mathml",
    ["<maction><mi>x</mi></maction>", "<mfrac><mi>x</mi></mfrac>", "<mi>\U0010fffd</mi>"],
)
def test_what_cannot_be_drawn_is_refused_not_drawn_wrongly(mathml: str) -> None:
    with pytest.raises(math_svg.Undrawn):
        math_svg.drawn(f'<math xmlns="{MATHML}">{mathml}</math>')


def test_a_drawing_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mathml = f'<math xmlns="{MATHML}"><mi>x</mi></math>'
    first = math_svg.drawn(mathml, tmp_path)
    monkeypatch.setattr(math_svg, "_drawn", lambda _: pytest.fail("it is drawn again"))
    assert math_svg.drawn(mathml, tmp_path) == first


def test_drawings_share_no_ids(read: press.Proofread) -> None:
    for mathml in some(texts(read)):
        paths = math_svg.drawn(mathml).paths
        assert not re.search(r"\bid=|href|url\(|<text", paths)


def test_a_formula_in_a_pdf_has_its_tex_as_text(screen: pikepdf.Pdf) -> None:
    said = "".join(run.text for run in pdf_text.runs(screen))
    assert r"n = \frac{z^2}{e^2}" in said


@pytest.mark.needs_pango
def test_all_paged_editions_contain_the_formulas(book: Path, tmp_path: Path) -> None:
    result = press.build(book, tmp_path, editions=["print", "large", "booklet", "handout"])
    assert [problem.message for problem in result.report.problems if problem.severity is not Severity.NOTE] == []
    assert {check.status for check in result.report.checks} == {"passed"}
