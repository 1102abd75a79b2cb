"""Tables with high rows: their heads stay, and no page is left half empty because a row does not fit on it."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest

from book import press
from book.proof import pdf_text
from tests.loops import some
from tests.making import write_book

pytestmark = pytest.mark.needs_pango

SENTENCE = "Nobody should have written a row as high as this one, and people write them in handbooks of every kind. "
SETTINGS = 'title = "T"\nslug = "t"\nlanguage = "en"\n'


def book(folder: Path, rows: list[int], *, before: int) -> Path:
    """Return the folder of a book with a table, given the sentences of each row, behind so many sentences."""
    cells = "\n".join(f"| Row{number} | {SENTENCE * count} | Why |" for number, count in enumerate(rows))
    text = f"# One\n\n{SENTENCE * before}\n\n| Topic | Words | Reason |\n|---|---|---|\n{cells}\n\n{SENTENCE * 4}\n"
    return write_book(folder, {"one.md": text}, SETTINGS)


def pages(folder: Path) -> list[str]:
    with pikepdf.open(folder / "t.pdf") as pdf:
        runs = list(pdf_text.runs(pdf))
    return [
        " ".join(run.text for run in runs if run.page == number) for number in range(max(run.page for run in runs) + 1)
    ]


@pytest.mark.parametrize("rows", [[1, 7, 7, 1], [7, 7, 7], [12, 12], [3, 4, 4, 4, 3]])
def test_a_table_higher_than_a_page_keeps_its_head(tmp_path: Path, rows: list[int]) -> None:
    result = press.build(book(tmp_path / "b", rows, before=10), tmp_path / "out", editions=["pdf"])
    assert result.status == 0, [problem.message for problem in result.report.problems]
    first = next(page for page in some(pages(tmp_path / "out")) if "Row0" in page)
    assert "Topic" in first


@pytest.mark.parametrize("rows", [[1, 6, 6, 6, 1], [8, 8]])
def test_a_row_as_high_as_a_third_of_a_page_goes_over_two(tmp_path: Path, rows: list[int]) -> None:
    result = press.build(book(tmp_path / "b", rows, before=15), tmp_path / "out", editions=["pdf"])
    assert [problem.message for problem in result.report.problems if problem.code == "E127"] == []
