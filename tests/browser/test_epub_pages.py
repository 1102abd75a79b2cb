"""The pages of an EPUB in a browser that shows them in columns, as most e-readers do."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from book import press
from tests.making import write_book

LONG = "A chapter with a title of so many words that no telephone has room for them on one line"
SETTINGS = 'title = "T"\nslug = "t"\nauthors = ["A"]\nsidebar = [{ part = "The part", chapters = ["a.md"] }]\n'
COLUMNS = "document.body.style.cssText = 'height: 700px; column-width: 340px; column-gap: 50px; column-fill: auto'"
LINES = """selector => {
  const range = document.createRange(), boxes = [];
  const walk = document.createTreeWalker(document.querySelector(selector), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) { range.selectNodeContents(walk.currentNode); boxes.push(...range.getClientRects()); }
  const tops = new Map();
  for (const box of boxes) {
    const line = Math.round((box.top + box.bottom) / 16);
    tops.set(line, Math.min(tops.get(line) ?? 1e6, Math.round(box.left)));
  }
  return [...tops.entries()].sort((a, b) => a[0] - b[0]).map(entry => entry[1]);
}"""
"""The left edge of each line of text in an element."""


@pytest.fixture(scope="module", params=["folio", "field", "almanac"])
def pages(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the files of an EPUB."""
    folder = tmp_path_factory.mktemp("pages")
    settings = f'theme = "{request.param}"\n{SETTINGS}'
    write_book(folder / "b", {"a.md": f"# {LONG}\n\nText.\n"}, settings)
    assert press.build(folder / "b", folder / "out", editions=("epub",)).status == 0
    with zipfile.ZipFile(folder / "out" / "t.epub") as epub:
        epub.extractall(folder / "epub")
    return folder / "epub" / "EPUB"


@pytest.fixture
def phone(window: Callable[..., Any]) -> Any:
    return window(bypass_csp=False, viewport={"width": 390, "height": 700})


def test_the_imprint_has_a_page_of_its_own(pages: Path, phone: Any) -> None:
    phone.goto((pages / "title.xhtml").as_uri())
    phone.evaluate(COLUMNS)
    lefts = phone.evaluate(
        "['#title-page', '#imprint'].map(id => document.querySelector(id).getBoundingClientRect().left)"
    )
    assert lefts[1] - lefts[0] > 300


def test_the_second_line_of_a_title_in_the_contents_stands_further_in_than_its_number(pages: Path, phone: Any) -> None:
    phone.goto((pages / "nav.xhtml").as_uri())
    first, second, *_ = phone.evaluate(LINES, "nav ol ol a")
    assert second > first + 10
