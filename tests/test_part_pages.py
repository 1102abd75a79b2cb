"""The page of a part names its chapters: all of them on one page, also where there are many."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest

from book import press
from book.proof import pdf_text
from tests.making import write_book

LONG = (
    "A part with an unusually long title that runs over several lines wherever it is set, be it in the contents or here"
)


@pytest.mark.needs_pango
@pytest.mark.parametrize(("count", "title"), [(8, "A long part"), (14, "A long part"), (20, "A long part"), (4, LONG)])
@pytest.mark.parametrize("look", ["folio", "field", "almanac"])
def test_the_chapters_of_a_part_stand_on_one_page(look: str, count: int, title: str, tmp_path: Path) -> None:
    names = [f"{number:02}.md" for number in range(count)]
    settings = f'title = "B"\nslug = "b"\nlanguage = "en"\nsidebar = [{{ part = "{title}", chapters = {names!r} }}]\n'
    chapters = {name: f"# Matter {number:02}\n\nWords.\n" for number, name in enumerate(names)}
    source = write_book(tmp_path / "book", chapters, settings)
    press.build(source, tmp_path / "out", editions=("pdf", "print"), theme_name=look)
    for name in ("b.pdf", "b-print.pdf"):
        with pikepdf.open(tmp_path / "out" / name) as pdf:
            pages = ["".join(pdf_text.painted(page).values()) for page in pdf.pages]
        (part,) = (text for text in pages if "Matter 00" in text and "Words." not in text and "Contents" not in text)
        assert [number for number in range(count) if f"Matter {number:02}" not in part] == []
