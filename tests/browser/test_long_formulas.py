"""Long formulas in the text: they end lines as words do, and no page is wider than its screen."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from book import press
from tests.loops import some
from tests.making import write_book

LONG = " + ".join(f"a_{{{number}}}" for number in range(1, 25))
TEXT = f"# One\n\nA formula that is long: ($S = {LONG}$), and $a = b$. Words behind it.\n\n$$S = {LONG}$$\n\n$$a = b$$\n\n## With $x = {LONG}$ in it\n\nText.\n"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The page of a book, and the page of its chapter in the EPUB."""
    folder = tmp_path_factory.mktemp("formulas")
    write_book(folder / "b", {"a.md": TEXT}, 'title = "T"\nslug = "t"\nmath = true\n')
    assert press.build(folder / "b", folder / "out", editions=("html", "epub")).status == 0
    with zipfile.ZipFile(folder / "out" / "t.epub") as epub:
        epub.extractall(folder / "epub")
    return [folder / "out" / "t.html", folder / "epub" / "EPUB" / "a.xhtml"]


def test_a_long_formula_ends_lines_and_no_page_is_wider_than_a_phone(
    pages: list[Path], window: Callable[..., Any]
) -> None:
    phone = window(bypass_csp=False, viewport={"width": 390, "height": 800})
    for page in some(pages):
        phone.goto(page.as_uri())
        assert phone.evaluate("document.documentElement.scrollWidth") == 390, page.name
        heights = phone.evaluate("[...document.querySelectorAll('p math')].map(math => math.getClientRects().length)")
        assert heights[0] > 1, page.name
        high, low = phone.evaluate(
            "[...document.querySelectorAll('.hb-formula math')].map(math => math.getBoundingClientRect().height)"
        )
        assert high > 2 * low, page.name
        said = phone.evaluate("[...document.querySelectorAll('p math')].map(math => math.getAttribute('alttext'))")
        assert said == [f"S = {LONG}", "a = b"]


def test_a_short_formula_is_as_it_was(pages: list[Path], window: Callable[..., Any]) -> None:
    phone = window(bypass_csp=False, viewport={"width": 390, "height": 800})
    for page in some(pages):
        phone.goto(page.as_uri())
        assert phone.evaluate("[...document.querySelectorAll('p math')].map(math => math.children.length)")[1] < 4


def test_a_long_formula_has_as_much_room_on_the_right_as_on_the_left(
    pages: list[Path], window: Callable[..., Any]
) -> None:
    """WebKit would set its lines half of the difference further left, where they are cut off."""
    phone = window(bypass_csp=False, viewport={"width": 390, "height": 800})
    for page in some(pages):
        phone.goto(page.as_uri())
        left, right, first = phone.evaluate(
            "() => { const math = document.querySelector('.hb-formula math'), style = getComputedStyle(math);"
            " return [style.paddingLeft, style.paddingRight,"
            " math.firstElementChild.getBoundingClientRect().left - math.parentElement.getBoundingClientRect().left]; }"
        )
        assert left == right != "0px", page.name
        assert abs(first) < 1, page.name
