"""The pages of the contents: the last one has more than a line or two."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest

from book import press
from book.proof import pdf_text
from tests.making import write_book

pytestmark = pytest.mark.usefixtures("needs_pango")


@pytest.mark.parametrize("count", [29, 30])
def test_the_last_page_of_the_contents_has_four_lines_at_least(count: int, tmp_path: Path) -> None:
    chapters = {f"{number:02}.md": f"# Chapter called {number:02}\n\nWords.\n" for number in range(count)}
    out = tmp_path / "out"
    assert press.build(write_book(tmp_path / "book", chapters), out, editions=("pdf",)).status == 0
    with pikepdf.open(out / "tiny.pdf") as pdf:
        pages = ["".join(pdf_text.painted(page).values()) for page in list(pdf.pages)[:6]]
    lines = [page.count("Chaptercalled") for page in ("".join(page.split()) for page in pages)]
    contents = [number for number in lines if number > 1]
    assert sum(contents) == count
    assert contents[-1] == 4
