"""Code copied from a PDF, read by Poppler and by PDFium: a line that is divided on paper is one line."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from lxml import etree

from tests.loops import some
from tests.making import build_book

CODE = """def price(seats: int, plan: str) -> float:
    \"\"\"Return the price of a number of seats in a plan, with the discount that large teams get, in pounds.\"\"\"
    if seats > 10 and plan in {"team", "business", "enterprise"}:  # large teams pay less than small teams, a seat
        return seats * 8.0
    return seats * 10.0"""
SHORT = "for name in *; do\n    if true; then\n        echo short\n    fi\ndone"
CHAPTER = f"# One\n\nBefore.\n\n```python\n{CODE}\n```\n\n```sh\n{SHORT}\n```\n\nAfter.\n"


@pytest.fixture(scope="module")
def pdf(tmp_path_factory: pytest.TempPathFactory, needs_pango: None) -> Path:
    folder = tmp_path_factory.mktemp("code")
    files = {"handbound.toml": 'title = "T"\nlanguage = "en"\nslug = "t"\nauthors = ["A"]\n', "one.md": CHAPTER}
    return build_book(folder, files, ("pdf",)) / "t.pdf"


@pytest.mark.needs_poppler
def test_poppler_copies_code_as_it_was_typed(pdf: Path) -> None:
    text = subprocess.run(["pdftotext", str(pdf), "-"], check=True, capture_output=True, text=True).stdout
    lines = [line for line in text.splitlines() if line.strip()]  # it puts empty lines behind long ones
    start = lines.index("Before.") + 1
    assert lines[start : start + 5] == CODE.splitlines()


@pytest.mark.needs_poppler
def test_poppler_copies_the_indentation_of_code_that_is_not_divided(pdf: Path) -> None:
    text = subprocess.run(["pdftotext", str(pdf), "-"], check=True, capture_output=True, text=True).stdout
    lines = [line for line in text.splitlines() if line.strip()]
    start = lines.index("for name in *; do")
    assert lines[start : start + 5] == SHORT.splitlines()


def test_pdfium_copies_the_lines_as_they_were_typed_but_for_runs_of_spaces(pdf: Path) -> None:
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    start = lines.index("Before.") + 1
    # PDFium itself makes one space of several.
    assert lines[start : start + 5] == [" ".join(line.split()) for line in CODE.splitlines()]


def test_every_sequence_of_a_page_has_a_number_of_its_own_and_none_stands_in_another(pdf: Path) -> None:
    texts = 0
    with pikepdf.open(pdf) as file:
        for page in some(file.pages):
            numbers: list[int] = []
            depth = 0
            for instruction in some(pikepdf.parse_content_stream(page)):
                operator = str(instruction.operator)
                depth += (operator in {"BDC", "BMC"}) - (operator == "EMC")
                assert depth <= 1
                if operator == "BDC" and "/MCID" in instruction.operands[1]:
                    numbers.append(int(instruction.operands[1]["/MCID"]))
                    texts += "/ActualText" in instruction.operands[1]
            assert depth == 0
            assert len(set(numbers)) == len(numbers)
    assert texts == 7  # two divided lines, and five that are indented


def test_lines_in_an_epub_stand_in_elements_and_their_text_is_as_typed(tmp_path: Path) -> None:
    files = {"handbound.toml": 'title = "T"\nlanguage = "en"\nslug = "t"\n', "one.md": CHAPTER}
    with zipfile.ZipFile(build_book(tmp_path, files, ("epub",)) / "t.epub") as package:
        root = etree.fromstring(package.read("EPUB/one.xhtml"))
    space = {"h": "http://www.w3.org/1999/xhtml"}
    listings = root.xpath("//h:pre", namespaces=space)
    assert ["".join(listing.itertext()).rstrip("\n") for listing in listings] == [CODE, SHORT]
    lines = listings[0].xpath(".//h:span[contains(@class, 'hb-line')]", namespaces=space)
    assert ["".join(line.itertext()).rstrip("\n") for line in lines] == CODE.splitlines()
    # What does not fit on a line goes on further in than the line begins.
    assert [line.get("class") for line in lines[:4]] == [
        "hb-line",
        "hb-line hb-in-4",
        "hb-line hb-in-4",
        "hb-line hb-in-8",
    ]
