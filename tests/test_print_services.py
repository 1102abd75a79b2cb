"""What print services on the web take: pages of the size of the book, a cover of the same size, and no marks."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pikepdf
import pytest

from book import press
from tests.making import write_book

MILLIMETRES = 25.4 / 72
SETTINGS = 'title = "Harbour Lights"\nlanguage = "en"\nauthors = ["Ada Writer"]\n'
CHAPTERS: dict[str, str | bytes] = {"one.md": "# One\n\nThe first of the pages.\n"}
OURS = {"themes/ours/theme.toml": 'title = "Ours"\nextends = "folio"\n'}

Box = list[float]


def boxes(folder: Path, settings: str, tokens: str = "") -> dict[str, tuple[Box, Box]]:
    """Return the sheet and the trimmed page of print edition and cover, as left, bottom, right and top in millimetres."""
    files = {**CHAPTERS, **({**OURS, "themes/ours/tokens.toml": tokens} if tokens else {})}
    write_book(folder / "book", files, SETTINGS + ('theme = "ours"\n' if tokens else "") + settings)
    result = press.build(folder / "book", folder / "out", editions=("print", "cover"))
    assert (result.status, [check for check in result.report.checks if check.status == "failed"]) == (0, [])
    found = {}
    for name in ("print", "cover"):
        with pikepdf.open(folder / "out" / f"harbour-lights-{name}.pdf") as pdf:
            sheets = [[_millimetres(page.mediabox), _millimetres(page.trimbox)] for page in pdf.pages]
        assert all(boxes == sheets[0] for boxes in sheets)
        found[name] = (sheets[0][0], sheets[0][1])
    return found


def _millimetres(box: pikepdf.Array) -> Box:
    return [round(float(side) * MILLIMETRES, 1) for side in box]


@pytest.mark.needs_pango
def test_without_marks_the_pages_are_as_large_as_the_book_and_the_cover_keeps_its_bleed(
    tmp_path: Path, needs_pango: None
) -> None:
    found = boxes(tmp_path, "[print]\nmarks = false\nspine = 10\n")
    assert found == {
        "print": ([0, 0, 152.4, 228.6], [0, 0, 152.4, 228.6]),
        "cover": ([-3, -3, 317.8, 231.6], [0, 0, 314.8, 228.6]),
    }


@pytest.mark.needs_pango
def test_with_marks_they_stand_beyond_the_bleed(tmp_path: Path, needs_pango: None) -> None:
    found = boxes(tmp_path, '[print]\ntrim = "a5"\nspine = 10\n')
    assert found == {"print": ([-6, -6, 154, 216], [0, 0, 148, 210]), "cover": ([-6, -6, 312, 216], [0, 0, 306, 210])}


@pytest.mark.needs_pango
@pytest.mark.parametrize(
    ("tokens", "bleed"), [("", 3), ('bleed = "3.2mm"\n', 3.2), ('bleed = "0mm"\n', 3)], ids=["own", "wider", "none"]
)
def test_a_cover_has_the_size_of_the_book_that_a_theme_sets_and_always_a_bleed(
    tmp_path: Path, needs_pango: None, tokens: str, bleed: float
) -> None:
    size = '[page.print]\nwidth = "140mm"\nheight = "216mm"\n'
    found = boxes(tmp_path, "[print]\nmarks = false\nspine = 10\n", size + tokens)
    assert found["print"][1] == [0, 0, 140, 216]
    assert found["cover"] == ([-bleed, -bleed, 290 + bleed, 216 + bleed], [0, 0, 290, 216])


@pytest.mark.needs_pango
@pytest.mark.needs_poppler
def test_the_printed_book_has_an_isbn_of_its_own(tmp_path: Path, needs_pango: None, needs_poppler: None) -> None:
    settings = f'{SETTINGS}identifier = "urn:isbn:978-3-16-148410-0"\n[print]\nisbn = "979-10-90636-07-1"\n'
    write_book(tmp_path / "book", CHAPTERS, settings)
    for _ in range(2):  # made, and remembered
        result = press.build(tmp_path / "book", tmp_path / "out", editions=("pdf", "print", "cover"))
        assert result.status == 0
        isbns = {
            name: re.findall(r"97[89][-\d]+", words(tmp_path / "out" / f"harbour-lights{name}.pdf"))
            for name in ("", "-print", "-cover")
        }
        assert isbns == {"": ["978-3-16-148410-0"], "-print": ["979-10-90636-07-1"], "-cover": ["979-10-90636-07-1"]}


def words(path: Path) -> str:
    """Return the words of a PDF."""
    return subprocess.run(["pdftotext", "-raw", str(path), "-"], capture_output=True, check=True, text=True).stdout
