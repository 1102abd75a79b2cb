"""The cover of the printed book: its spine, its barcode, its inks, and the one drawing that all editions share."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import get_args, get_type_hints

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from book import cache, press
from book.catalogue import EDITIONS
from book.edition import PAPERS, Edition
from book.editions import cover
from book.editions.cover import thickness
from book.paged import frames
from book.settings.identifiers import check_digit
from book.settings.keys import Print
from book.view import barcode
from tests.loops import some
from tests.making import picture, write_book

ISBN = "978-3-16-148410-0"
POINTS = 72 / 25.4
CHAPTERS = {"one.md": "# One\n\nThe first of the pages.\n"}
SETTINGS = (
    f'title = "Harbour Lights"\nlanguage = "en"\nauthors = ["Ada Writer"]\npublisher = "Pier Press"\n'
    f'description = "How a light is kept."\nidentifier = "urn:isbn:{ISBN}"\n'
)


def built(
    folder: Path, settings: str = "", *, editions: tuple[str, ...] = ("cover",), **files: str | bytes
) -> press.Result:
    """Return the result of building the small book in *folder* with *settings*."""
    write_book(folder / "book", {**CHAPTERS, **files}, f"{SETTINGS}{settings}")
    return press.build(folder / "book", folder / "out", editions=editions)


def cover_of(folder: Path) -> Path:
    """Return the cover in the output below *folder*."""
    (path,) = (folder / "out").glob("*-cover.pdf")
    return path


def words_of(path: Path) -> str:
    """Return the words of a PDF, in one line."""
    run = subprocess.run(["pdftotext", "-raw", str(path), "-"], capture_output=True, check=True, text=True)
    return " ".join(run.stdout.split())


def decoded(modules: str) -> str:
    """Return the digits of 95 *modules*, read as a scanner does: by the widths of bars and spaces, from the left."""
    runs = [len(run[0]) for run in re.finditer(r"1+|0+", modules)]
    assert runs[:3] == runs[-3:] == [1, 1, 1]
    assert runs[27:32] == [1] * 5
    # ISO/IEC 15420, table 1: the widths of set A; set B has them in reverse, set C as A.
    widths = ("3211", "2221", "2122", "1411", "1132", "1231", "1114", "1312", "1213", "3112")
    sets = {
        "LLLLLL": 0,
        "LLGLGG": 1,
        "LLGGLG": 2,
        "LLGGGL": 3,
        "LGLLGG": 4,
        "LGGLLG": 5,
        "LGGGLL": 6,
        "LGLGLG": 7,
        "LGLGGL": 8,
        "LGGLGL": 9,
    }
    digits, order = "", ""
    for at in (*range(3, 27, 4), *range(32, 56, 4)):
        four = "".join(map(str, runs[at : at + 4]))
        digits += str(widths.index(four) if four in widths else widths.index(four[::-1]))
        order += "L" if four in widths else "G"
    return f"{sets[order[:6]]}{digits}"


@given(st.text("0123456789", min_size=9, max_size=9), st.sampled_from(("978", "979")))
def test_a_scanner_reads_every_isbn(nine: str, prefix: str) -> None:
    digits = f"{prefix}{nine}{check_digit(f'{prefix}{nine}')}"
    assert decoded(barcode.modules(digits)) == digits


def test_the_symbol_has_its_size_its_guards_and_its_quiet_zones() -> None:
    code = barcode.barcode(ISBN)
    assert code.bars[0].x == pytest.approx(3.63)
    assert barcode.WIDTH_MM - code.bars[-1].x - code.bars[-1].width == pytest.approx(2.31, abs=0.01)
    long = [bar for bar in code.bars if bar.height == barcode.GUARD_MM]
    assert len(long) == 6
    assert len(code.bars) == 30
    assert all(first.x + first.width < second.x for first, second in some(pairwise(code.bars)))


def test_every_paper_of_the_settings_has_a_thickness() -> None:
    assert set(get_args(get_type_hints(Print)["paper"])) == set(PAPERS)


@pytest.mark.parametrize(
    ("pages", "changes", "millimetres"),
    [(200, {}, 10.0), (201, {}, 10.1), (300, {"paper_um": 114}, 17.1), (300, {"spine_mm": 14.3}, 14.3)],
)
def test_the_spine_is_as_wide_as_its_sheets_or_as_the_book_says(
    pages: int, changes: dict[str, float], millimetres: float
) -> None:
    edition: Edition = replace(EDITIONS["cover"], **changes)
    assert thickness(edition, pages) == millimetres


@pytest.mark.needs_pango
@pytest.mark.needs_poppler
def test_a_cover_alone_counts_the_pages_of_the_print_edition(
    tmp_path: Path, needs_pango: None, needs_poppler: None
) -> None:
    alone = built(tmp_path / "alone", '[print]\npaper = "kdp-cream"\n')
    both = built(tmp_path / "both", '[print]\npaper = "kdp-cream"\n', editions=("cover", "print"))
    assert alone.status == both.status == 0
    assert cover_of(tmp_path / "alone").read_bytes() == cover_of(tmp_path / "both").read_bytes()
    pages = next(work.pages for work in both.report.works if work.edition == "print")
    (remark,) = (work.remark for work in both.report.works if work.remark)
    assert remark.startswith(
        f"spine {thickness(replace(EDITIONS['cover'], paper_um=127), pages or 0):g} mm ({pages} pages on"
    )
    table = json.loads((tmp_path / "both" / "out" / "report.json").read_text())
    assert [row["remark"] for row in table["works"] if row["remark"]] == [remark]
    assert "without words, which need 6 mm" in remark
    assert not both.report.problems
    words = words_of(cover_of(tmp_path / "both"))
    assert "How a light is kept." in words
    assert "Pier Press" in words
    assert f"ISBN {ISBN}" in words


@pytest.mark.needs_pango
@pytest.mark.needs_poppler
def test_the_sheet_holds_two_pages_a_spine_with_words_and_a_bleed(
    tmp_path: Path, needs_pango: None, needs_poppler: None
) -> None:
    result = built(tmp_path, '[print]\nspine = 15\ntrim = "a5"\nback = ["First words.", "Second words."]\n')
    assert (result.status, result.report.problems) == (0, ())
    words = words_of(cover_of(tmp_path))
    assert words.count("Harbour Lights") == 2
    assert words.count("Ada Writer") == 2
    assert "First words. Second words." in words
    assert "How a light" not in words
    with pikepdf.open(cover_of(tmp_path)) as pdf:
        (page,) = pdf.pages
        left, bottom, right, top = (float(side) / POINTS for side in page.trimbox)
        assert right - left == pytest.approx(311, abs=0.1)
        assert top - bottom == pytest.approx(210, abs=0.1)
        assert (left - float(page.bleedbox[0]) / POINTS) == pytest.approx(3, abs=0.1)


@pytest.mark.needs_pango
@pytest.mark.needs_poppler
@pytest.mark.parametrize("pressed", [False, True])
def test_a_camera_reads_the_barcode_and_all_colours_are_inks(
    tmp_path: Path, needs_pango: None, needs_poppler: None, pressed: bool
) -> None:
    import zxingcpp
    from PIL import Image

    result = built(tmp_path, f"[print]\nspine = 15\npdf_x = {str(pressed).lower()}\n")
    assert result.status == 0
    path = cover_of(tmp_path)
    subprocess.run(["pdftoppm", "-r", "200", "-singlefile", "-png", str(path), str(tmp_path / "page")], check=True)
    (code,) = zxingcpp.read_barcodes(Image.open(tmp_path / "page.png"))
    assert (code.text, code.format) == (barcode.ean(ISBN), zxingcpp.BarcodeFormat.EAN13)
    with pikepdf.open(path) as pdf:
        forms = [item for item in pdf.objects if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Form"]
        steps = [
            *pikepdf.parse_content_stream(pdf.pages[0]),
            *(step for form in forms for step in pikepdf.parse_content_stream(form)),
        ]
        assert not {str(step.operator) for step in steps} & {"rg", "RG", "g", "G"}
        inks = {tuple(float(part) for part in step.operands) for step in steps if str(step.operator) == "k"}
        assert (0.24, 0.85, 1.0, 0.18) in inks, "the cloth of folio, as its theme says"
        assert (0.0, 0.0, 0.0, 1.0) in inks, "bars in black alone"
        assert ("/OutputIntents" in pdf.Root) is pressed
        assert not pressed or int(pdf.Root.OutputIntents[0].DestOutputProfile.N) == 4


@pytest.mark.needs_pango
def test_what_does_not_fit_is_told(tmp_path: Path, needs_pango: None) -> None:
    long = "A very long title that goes on and on " * 7
    settings = f'title = "{long.strip()}"\nlanguage = "en"\ncover = "small.png"\n[print]\nspine = 9\nback = ["{"word " * 1500}"]\n'
    write_book(tmp_path / "book", {**CHAPTERS, "small.png": picture(size=(400, 640))}, settings)
    result = press.build(tmp_path / "book", tmp_path / "out", editions=["cover"])
    assert [problem.code for problem in result.report.problems] == ["E211", "E213", "E212"]
    assert result.status == 0


@pytest.mark.needs_pango
@pytest.mark.needs_poppler
@pytest.mark.parametrize("theme", ["folio", "field", "almanac"])
def test_the_first_page_of_the_pdf_is_the_drawing_of_the_epub(
    tmp_path: Path, needs_pango: None, needs_poppler: None, theme: str
) -> None:
    write_book(tmp_path / "book", CHAPTERS, SETTINGS)
    press.build(tmp_path / "book", tmp_path / "out", editions=["pdf"], theme_name=theme)
    (path,) = (tmp_path / "out").glob("*.pdf")
    run = subprocess.run(["pdftotext", "-l", "1", str(path), "-"], capture_output=True, check=True, text=True)
    words = run.stdout.split()
    assert sorted(words) == sorted("Ada Writer Harbour Lights Pier Press".split())


SHEETS = {
    "the back": '[print]\nback = ["Another text."]\n',
    "the paper": "[print]\npaper_um = 400\nspine = 9\n",
    "the trim": '[print]\ntrim = "a5"\n',
    "no standard": "[print]\npdf_x = true\n",
    "the theme": 'theme = "almanac"\n',
    "the date": 'date = "2026-01-02"\n',
    "the version": 'version = "3"\n',
    "the licence": 'licence = "CC BY 4.0"\n',
    "a label": '[labels]\nversion = "Printing {n}"\n[print]\nspine = 9\n',
}  # fmt: skip


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory, needs_pango: None) -> Path:
    """Return a folder with the small book and its cover, to be copied."""
    folder = tmp_path_factory.mktemp("warm")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1767225600")
        assert built(folder).status == 0
    return folder


@pytest.mark.parametrize("name", SHEETS)
def test_a_remembered_cover_is_that_of_a_build_from_nothing(
    name: str, warm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    shutil.copytree(warm, tmp_path / "warm")
    first = cover_of(warm).read_bytes()
    assert built(tmp_path / "warm", SHEETS[name]).status == 0
    assert built(tmp_path / "cold", SHEETS[name]).status == 0
    assert cover_of(tmp_path / "warm").read_bytes() == cover_of(tmp_path / "cold").read_bytes()
    monkeypatch.setattr(cover, "_fits", lambda *_: pytest.fail("the cover is laid out again"))
    (tmp_path / "warm" / "book" / "one.md").write_text("# One\n\nThe first of the sheets.\n", "utf-8")
    assert press.build(tmp_path / "warm" / "book", tmp_path / "warm" / "out", editions=("cover",)).status == 0
    assert cover_of(tmp_path / "warm").read_bytes() == cover_of(tmp_path / "cold").read_bytes()
    assert built(tmp_path / "warm").status == 0
    assert cover_of(tmp_path / "warm").read_bytes() == first


def test_a_cover_that_lost_text_is_told_each_time(tmp_path: Path, needs_pango: None) -> None:
    settings = f'[print]\nback = ["{"A long text. " * 400}"]\n'
    for text in ("One", "Two"):
        write_book(tmp_path / "book", {"one.md": f"# {text}\n\nWords.\n"}, f"{SETTINGS}{settings}")
        result = press.build(tmp_path / "book", tmp_path / "out", editions=("cover",))
        assert [problem.code for problem in result.report.problems if problem.code == "E212"] == ["E212"]


def test_a_remembered_file_that_does_something_is_made_again(
    warm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    shutil.copytree(warm, tmp_path, dirs_exist_ok=True)
    sound = cover_of(tmp_path).read_bytes()
    folder = tmp_path / "out" / ".cache"
    spoiled = 0
    for entry in some((folder / frames.STAGE).iterdir()):
        data = entry.read_bytes()[32:]
        if data == sound:
            out = io.BytesIO()
            with pikepdf.open(io.BytesIO(data)) as pdf:
                pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
                pdf.save(out)
            cache.keep(folder, frames.STAGE, entry.name, out.getvalue())
            spoiled += 1
    assert spoiled == 1
    (tmp_path / "book" / "one.md").write_text("# One\n\nThe first of the sheets.\n", "utf-8")
    assert press.build(tmp_path / "book", tmp_path / "out", editions=("cover",)).status == 0
    assert cover_of(tmp_path).read_bytes() == sound
