"""The booklet: the pages of the printed book on sheets to fold, in the order of the trade."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from book import theme
from book.edition import Trim
from book.editions import EDITIONS, adapted
from book.model import Book, Metadata, Sheet
from book.paged import sheets
from book.paged.imposition import signatures
from tests.loops import some
from tests.making import build_book, write_files
from tests.told_by_pdf import texts

WORDS = "A signature is a few sheets that are folded into one another. "
TEXT = {
    "handbound.toml": 'title = "The Bindery"\nauthors = ["A. Binder"]\nlanguage = "en"\nslug = "bindery"\ndate = "2026-01-31"\n',
    **{f"{number}.md": f"# Chapter {number}\n\n{(WORDS * 12 + chr(10) + chr(10)) * 5}" for number in (1, 2, 3)},
}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory, needs_pango: None) -> Path:
    """The printed book and the booklet of a small book, built and proved."""
    return build_book(tmp_path_factory.mktemp("bindery"), TEXT, ("print", "booklet"))


def folded(pages: int) -> tuple[Sheet, ...]:
    """Return the sheets of *pages* that are one signature."""
    (sheets,) = signatures(pages, 400)
    return sheets


def test_a_booklet_of_9_pages_has_3_sheets_and_8_pages_stand_in_the_order_of_the_trade() -> None:
    assert len(folded(9)) == 3
    assert [side for sheet in folded(8) for side in (sheet.recto, sheet.verso)] == [(8, 1), (2, 7), (6, 3), (4, 5)]


@given(st.integers(1, 400), st.integers(4, 80))
def test_every_page_stands_once_on_the_sheets_and_reads_in_order_when_folded(pages: int, most: int) -> None:
    read: list[int] = []
    for group in signatures(pages, most):
        assert 4 * len(group) <= most
        # Folded, the right half of each front is followed by the left half of its back, outermost first; then the way back.
        read += [number for one in group for number in (one.recto[1], one.verso[0])]
        read += [number for one in reversed(group) for number in (one.verso[1], one.recto[0])]
    assert read[:pages] == list(range(1, pages + 1))
    assert set(read[pages:]) <= {0}
    assert len(read) - pages < 4


def test_no_booklet_has_no_pages_and_no_signature_is_less_than_a_sheet() -> None:
    for wrong in (lambda: folded(0), lambda: signatures(0), lambda: signatures(9, 3)):
        with pytest.raises(ValueError, match="at least"):
            wrong()


def plain_pages(count: int) -> bytes:
    with pikepdf.new() as found:
        for number in range(1, count + 1):
            page = found.add_blank_page(page_size=(419.5, 595.3))
            page.obj.Contents = found.make_stream(f"BT ({number}) Tj ET".encode())
        out = io.BytesIO()
        found.save(out)
    return out.getvalue()


def halves(page: pikepdf.Page) -> list[str]:
    """Return the text on the left and on the right half."""
    return [
        bytes(instruction.operands[0]).decode()
        for name in re.findall(rb"/Page\d+", page.obj.Contents.read_bytes())
        for instruction in pikepdf.parse_content_stream(page.obj.Resources.XObject[name.decode()], "Tj")
    ]


def imposed(book: Book, paper: Trim, *, pages: int = 8, most: int = 40, order: Sequence[int] = ()) -> bytes:
    with sheets.Sheets(plain_pages(pages), book, most=most) as placed:
        return placed.impose(paper, order or range(1, pages + 1))


def test_the_pages_of_inner_sheets_are_moved_towards_the_fold() -> None:
    book = Book(metadata=Metadata(title="x", identifier="urn:x", slug="x", date="2026-01-02", modified=""))
    paper = EDITIONS["booklet"].papers[0].size
    with pikepdf.open(io.BytesIO(imposed(book, paper, pages=32, most=32))) as found:
        places = [re.findall(rb"1 0 0 1 (\S+) \S+ cm", page.obj.Contents.read_bytes()) for page in found.pages]
    lefts, rights = ([float(side[half]) for side in places] for half in (0, 1))
    assert lefts == sorted(lefts)
    assert rights == sorted(rights, reverse=True)
    assert lefts[0] == lefts[1]  # both sides of a sheet alike
    assert lefts[-1] - lefts[0] == pytest.approx(7 * 0.13 * 72 / 25.4, abs=0.01)


def test_a_booklet_of_some_pages_begins_with_the_title_page_and_keeps_each_page_on_its_side() -> None:
    book = Book(metadata=Metadata(title="x", identifier="urn:x", slug="x", date="2026-01-02", modified=""))
    with pikepdf.open(
        io.BytesIO(imposed(book, EDITIONS["booklet"].papers[0].size, pages=9, order=(1, 0, 7, 8, 9)))
    ) as found:
        sides = [halves(page) for page in found.pages]
    assert sides == [["1"], [], ["7"], ["8", "9"]]


def test_the_pages_stand_on_the_sheets_as_the_arithmetic_says(tmp_path: Path) -> None:
    book = Book(metadata=Metadata(title="x", identifier="urn:x", slug="x", date="2026-01-02", modified=""))
    for one in some(EDITIONS["booklet"].papers):
        data = imposed(book, one.size)
        with pikepdf.open(io.BytesIO(data)) as found:
            assert [halves(page) for page in found.pages] == [["8", "1"], ["2", "7"], ["6", "3"], ["4", "5"]]
            assert [float(side) for side in found.pages[0].mediabox][2:] == pytest.approx(
                [one.size.width_mm * 72 / 25.4, one.size.height_mm * 72 / 25.4], abs=0.01
            )
        assert imposed(book, one.size) == data


def test_the_booklet_holds_the_text_of_its_pages_and_fonts_that_can_be_read(out: Path) -> None:
    with pikepdf.open(out / "bindery-booklet.pdf") as found:
        forms = [form for page in found.pages for form in page.obj.Resources.XObject.values()]
        assert forms
        assert all("/Font" in form.Resources for form in forms if b" Tf" in form.read_bytes())
        report = json.loads((out / "report.json").read_text("utf-8"))
        assert any("sheets" in check["detail"] for check in report["checks"] if check["work"] == "bindery-booklet.pdf")


def test_a_booklet_has_the_pages_of_the_printed_book_from_its_title_page_on(out: Path) -> None:
    with pikepdf.open(out / "bindery-booklet.pdf") as folded, pikepdf.open(out / "bindery-print.pdf") as bound:
        placed = {
            int(name.removeprefix("/Page")): form
            for page in folded.pages
            for name, form in page.obj.Resources.XObject.items()
            if name.startswith("/Page")
        }
        pages = bound.pages[2:]  # without the half title and what is behind it
        assert sorted(placed) == list(range(1, len(pages) + 1))
        for number, page in enumerate(pages, 1):
            assert placed[number].read_bytes() == page.as_form_xobject().read_bytes(), number
        words = " ".join(text for _, text in texts(pages[0]))
    assert "The Bindery" in " ".join(words.split())


def test_a_page_becomes_as_much_smaller_as_half_a_sheet_asks() -> None:
    book = Book(metadata=Metadata(title="x", identifier="urn:x", slug="x", date="2026-01-02", modified=""))
    sheet = Trim(width_mm=297, height_mm=210)
    for size, expected in {
        (432.0, 648.0): (0.918619, 14.0),
        (419.5, 595.3): (1.0, 4.0),
        (300.0, 400.0): (1.0, 0.0),
    }.items():
        with pikepdf.new() as found:
            page = found.add_blank_page(page_size=size)
            page.obj.Contents = found.make_stream(b"BT (1) Tj ET")
            data = io.BytesIO()
            found.save(data)
        with sheets.Sheets(data.getvalue(), book, most=40) as placed:
            folded = placed.impose(sheet, (1,))
        with pikepdf.open(io.BytesIO(folded)) as found:
            text = found.pages[0].Contents.read_bytes().decode()
        clip = re.search(r"q (\S+) (\S+) (\S+) (\S+) re W n (\S+) 0 0 (\S+) (\S+) (\S+) cm /Page1 Do", text)
        assert clip is not None, text
        x, y, width, height, across, up, left, bottom = map(float, clip.groups())
        half = sheet.width_mm / 2 * 72 / 25.4
        assert across == up == pytest.approx(expected[0], abs=0.001)
        assert (width, height) == pytest.approx((size[0] * across, size[1] * up), abs=0.2), "nothing is cut off"
        assert x - half == pytest.approx(2 * half - x - width, abs=0.2), "in the middle"
        assert y == pytest.approx(sheet.height_mm * 72 / 25.4 - y - height, abs=0.2)
        assert (left, bottom) == pytest.approx((x, y), abs=0.01)


def test_a_booklet_in_another_order_fails_its_proof(out: Path, tmp_path: Path) -> None:
    from book.model import Work
    from book.proof.pdf import sheets

    with pikepdf.open(out / "bindery-booklet.pdf") as found:
        found.pages.reverse()
        found.save(tmp_path / "x.pdf")
        work = Work(edition="booklet", path="x.pdf", bytes=1, digest="", pages=len(found.pages))
    empty: Any = None
    told = sheets(tmp_path, work, empty)
    assert {problem.code for problem in told.problems} == {"P150"}


@pytest.mark.parametrize(
    ("page", "pages", "booklet"),
    [
        ('width = "140mm"\nheight = "216mm"', (140, 216), (140, 216)),
        ('width = "170mm"\nheight = "240mm"', (170, 240), (170, 240)),
        ('width = "210mm"\nheight = "297mm"', (210, 297), (148, 210)),
    ],
)
def test_the_cover_and_the_booklet_have_the_size_of_the_printed_book_of_a_theme(
    page: str, pages: tuple[float, float], booklet: tuple[float, float], tmp_path: Path
) -> None:
    from book import settings

    look = {"theme.toml": 'extends = "folio"\n', "tokens.toml": f"[page.print]\n{page}\n"}
    write_files(tmp_path / "themes" / "ours", look)
    own = theme.load("ours", tmp_path)
    chosen = settings.parse('title = "x"\n')
    sizes = {
        name: (trim.width_mm, trim.height_mm)
        for name in ("print", "cover", "booklet")
        if (trim := adapted(EDITIONS[name], chosen, own).trim)
    }
    assert sizes == {"print": pages, "cover": pages, "booklet": booklet}
