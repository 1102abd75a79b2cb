"""Every page of a PDF has the size of its edition; a page of another size fails its proof."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Mapping
from pathlib import Path

import pikepdf
import pytest

from book import press
from book.edition import Trim
from book.model import Book, Metadata, Work
from book.paged import sheets
from book.proof import pdf, pdf_size
from book.seal import Stage

MILLIMETRE = 72 / 25.4
BOOK = Book(metadata=Metadata(title="T", identifier="urn:x", slug="t", date="", modified="1980-01-01T00:00:00Z"))
A5 = Trim(width_mm=148, height_mm=210)
CUT = Trim(width_mm=148, height_mm=210, bleed_mm=3)

Boxes = Mapping[str, tuple[float, float, float, float]]
"""Name of a box -> its sides in millimetres."""


def bytes_of(*pages: Boxes, turn: int = 0) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as made:
        for boxes in pages:
            page = made.add_blank_page()
            page.obj["/Rotate"] = turn
            for name, sides in boxes.items():
                page.obj[f"/{name}"] = pikepdf.Array([side * MILLIMETRE for side in sides])
        made.save(out)
    return out.getvalue()


def faults(size: Trim | None, *pages: Boxes, edition: str = "pdf", turn: int = 0) -> list[str]:
    data = bytes_of(*pages, turn=turn)
    work = Work(edition=edition, path="t.pdf", bytes=len(data), digest="", pages=len(pages), sheet=size)
    with pikepdf.open(io.BytesIO(data)) as opened:
        return list(pdf_size.missized(opened, work, BOOK))


def page(width: float, height: float) -> Boxes:
    return {"MediaBox": (0, 0, width, height)}


def cut(bleed: float, width: float = 148, marks: float = 3) -> Boxes:
    edge = bleed + marks
    return {
        "MediaBox": (-edge, -edge, width + edge, 210 + edge),
        "BleedBox": (-bleed, -bleed, width + bleed, 210 + bleed),
        "TrimBox": (0, 0, width, 210),
    }


def test_pages_of_their_edition_have_no_fault() -> None:
    assert faults(A5, page(148, 210), page(210, 148)) == []
    assert faults(CUT, cut(3)) == []
    assert faults(CUT, cut(3, marks=0)) == []


@pytest.mark.parametrize(
    ("size", "boxes", "words"),
    [
        (A5, page(210, 297), "it is 210 × 297 mm after cutting; its edition has 148 × 210 mm"),
        (A5, page(148, 208), "it is 148 × 208 mm after cutting; its edition has 148 × 210 mm"),
        (CUT, cut(3, width=152.4), "it is 152.4 × 210 mm after cutting; its edition has 148 × 210 mm"),
        (CUT, cut(2), "2 mm is printed beyond the cut; its edition has 3 mm"),
        (CUT, page(148, 210), "0 mm is printed beyond the cut; its edition has 3 mm"),
        (A5, cut(0), "its sheet is 154 × 216 mm; its edition has no bleed"),
    ],
)
def test_a_page_of_another_size_is_reported(size: Trim, boxes: Boxes, words: str) -> None:
    sound = cut(3) if size.bleed_mm else page(148, 210)
    assert faults(size, sound, boxes) == [f"page 2: {words}"]


@pytest.mark.parametrize(
    ("edition", "boxes", "turn", "words"),
    [
        ("print", page(210, 148), 270, ""),
        ("print", page(210, 148), 0, "it is shown as 210 × 148 mm; its edition has 148 × 210 mm"),
        ("print", page(148, 210), 90, "it is shown as 210 × 148 mm; its edition has 148 × 210 mm"),
        ("pdf", page(148, 210), 90, "it is shown as 210 × 148 mm; its edition has 148 × 210 mm"),
        ("pdf", page(210, 148), 90, "it is shown as 148 × 210 mm; its edition has 148 × 210 mm"),
        ("handout", page(148, 210), 0, ""),
        ("handout", page(210, 148), 0, "it is 210 × 148 mm after cutting; its edition has 148 × 210 mm"),
    ],
)
def test_a_landscape_page_is_upright_in_a_bound_book_only(edition: str, boxes: Boxes, turn: int, words: str) -> None:
    assert faults(A5, boxes, edition=edition, turn=turn) == ([f"page 1: {words}"] if words else [])


SIDE = Trim(width_mm=297, height_mm=210)
"""A sheet of the booklet, on its broad side."""


def folded(size: Trim) -> Work:
    with sheets.Sheets(bytes_of(*[page(148, 210)] * 4), BOOK, most=40) as placed:
        data = placed.impose(SIDE, (1, 2, 3, 4))
    return Work(edition="booklet", path="t.pdf", bytes=len(data), digest=data.hex(), pages=2, sheet=size)


@pytest.mark.parametrize(("size", "codes"), [(SIDE, []), (Trim(width_mm=279.4, height_mm=215.9), ["P152", "P152"])])
def test_the_sheets_of_a_booklet_have_the_size_of_their_paper(size: Trim, codes: list[str], tmp_path: Path) -> None:
    work = folded(size)
    (tmp_path / "t.pdf").write_bytes(bytes.fromhex(work.digest))
    check = pdf.sheets(tmp_path, work, BOOK)
    assert [problem.code for problem in check.problems] == codes
    assert check.status == ("failed" if codes else "passed")


TEXT = {
    "handbound.toml": 'title = "T"\nauthors = ["A"]\nlanguage = "en"\nslug = "t"\n',
    "one.md": "# One\n\nWords of the first chapter.\n",
}
FILES = {
    "t.pdf": (140, 216),
    "t-print.pdf": (152.4, 228.6),
    "t-large.pdf": (210, 297),
    "t-booklet.pdf": (297, 210),
    "t-booklet-letter.pdf": (279.4, 215.9),
    "booklets/one.pdf": (297, 210),
    "t-handout.pdf": (210, 297),
    "t-handout-letter.pdf": (215.9, 279.4),
    "handouts/one.pdf": (210, 297),
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("book")
    for name, text in TEXT.items():
        (root / name).write_text(text, "utf-8")
    return root


@pytest.mark.needs_pango
def test_every_file_of_every_paged_edition_has_the_size_that_its_edition_says(source: Path, tmp_path: Path) -> None:
    names = ["pdf", "print", "large", "booklet", "handout"]
    result = press.build(source, tmp_path / "out", editions=names)
    assert result.status == 0, result.report.problems
    works = {work.path: work for work in result.report.works if work.pages}
    assert works.keys() == FILES.keys()
    for name, size in FILES.items():
        sheet = works[name].sheet
        assert sheet is not None
        assert (sheet.width_mm, sheet.height_mm) == size
        with pikepdf.open(tmp_path / "out" / name) as opened:
            assert list(pdf_size.missized(opened, works[name], BOOK)) == []
            assert len(opened.pages) > 0


def spoilt(put: Callable[..., None], stage: Stage, name: str, data: bytes, owner: str, _digest: str = "") -> None:
    """Write a PDF whose second page is 2 mm too narrow."""
    if name.endswith(".pdf"):
        with pikepdf.open(io.BytesIO(data)) as opened:
            box = opened.pages[1].obj.MediaBox
            opened.pages[1].obj.MediaBox = pikepdf.Array([box[0], box[1], float(box[2]) - 2 * MILLIMETRE, box[3]])
            for trimmed in ("/TrimBox", "/BleedBox"):
                if trimmed in opened.pages[1].obj:
                    opened.pages[1].obj[trimmed] = opened.pages[1].obj.MediaBox
            out = io.BytesIO()
            opened.save(out)
        data = out.getvalue()
    put(stage, name, data, owner)


@pytest.fixture
def spoiling(monkeypatch: pytest.MonkeyPatch) -> None:
    put = Stage.put
    monkeypatch.setattr(Stage, "put", lambda *values: spoilt(functools.partial(put), *values))


@pytest.mark.usefixtures("spoiling")
@pytest.mark.parametrize("name", ["pdf", "booklet", "handout"])
def test_an_edition_with_a_page_of_another_size_is_not_published(
    name: str, source: Path, tmp_path: Path, needs_pango: None
) -> None:
    if name == "handout":
        pages = "\n\n".join(["Words that fill a page. " * 200] * 2)
        (tmp_path / "book").mkdir()
        for file, text in TEXT.items():
            (tmp_path / "book" / file).write_text(text + (pages if file == "one.md" else ""), "utf-8")
        source = tmp_path / "book"
    result = press.build(source, tmp_path / "out", editions=[name])
    assert result.status in (1, 3)
    codes = {problem.code for check in result.report.checks for problem in check.problems}
    assert "P152" in codes | {problem.code for problem in result.report.problems}, result.report.problems
    assert not list((tmp_path / "out").rglob("t*.pdf"))
