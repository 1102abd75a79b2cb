"""The one-page edition in a browser that knows no dialogs and does not tell by what an element got its focus, as Safari before 15.4."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from book import press
from tests.making import write_book

OLD = """<script>(function () {
  var make = document.createElement, matches = Element.prototype.matches;
  document.createElement = function (tag) { return make.call(document, tag === "dialog" ? "x-dialog" : tag); };
  Element.prototype.matches = function (selector) {
    if (selector.indexOf(":focus-visible") >= 0) { throw new SyntaxError(selector); }
    return matches.call(this, selector);
  };
}());</script>"""
"""What makes a new browser an old one."""
FILLER = "Somebody wrote a sentence that is long enough to fill a line or two on the screen of a telephone.\n\n"
CHAPTER = f"# The first chapter\n\nOne.[^a]\n\n{FILLER * 40}\n## A section\n\nA zebra.\n\n{FILLER * 30}\n[^a]: The first note.\n"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1250, "height": 800}}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("old")
    write_book(folder / "book", {"one.md": CHAPTER, "two.md": "# Two\n\nWords.\n"}, 'title = "A book"\n')
    assert press.build(folder / "book", folder / "out", editions=("html",)).status == 0
    page: Path = next((folder / "out").glob("*book*.html"))
    page.write_text(page.read_text("utf-8").replace("<body", f"{OLD}<body", 1), "utf-8")
    return page.as_uri()


def opened(address: str, page: Any) -> Any:
    page.goto(address)
    page.evaluate("document.fonts.ready")
    for name in ("search", "sheet", "drawer"):
        assert page.locator(f".hb-{name}").is_hidden()
    return page


def test_the_search_finds_and_closes(address: str, window: Callable[..., Any]) -> None:
    page = opened(address, window(**DESK, reduced_motion="reduce"))
    page.keyboard.press("/")
    box = page.locator(".hb-search").bounding_box()
    assert (box["y"] < 100, abs(box["x"] + box["width"] / 2 - 625) < 12) == (True, True), box
    page.keyboard.type("zebra")
    page.keyboard.press("Enter")
    assert page.locator(".hb-search").is_hidden()
    assert page.evaluate("location.hash") == "#one-a-section"
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    assert page.locator(".hb-search").is_hidden()
    # And a note shows where it is called.
    page.locator("a.hb-noteref").focus()
    assert "The first note" in page.locator(".hb-preview").inner_text()


def test_the_contents_open_from_the_bar_and_go_back_to_their_place(address: str, window: Callable[..., Any]) -> None:
    page = opened(address, window(**PHONE, reduced_motion="reduce"))
    for y in (3000, 2800):
        page.evaluate(f"window.scrollTo(0, {y})")
        page.wait_for_timeout(60)
    page.get_by_role("button", name="Contents").tap()
    assert page.locator(".hb-drawer").get_by_role("link", name="Two").is_visible()
    page.locator(".hb-drawer .hb-close").tap()
    assert page.locator(".hb-drawer").is_hidden()
    assert page.locator("nav.hb-contents #contents-box").count() == 1


def test_a_tap_shows_a_note_and_escape_puts_it_away(address: str, window: Callable[..., Any]) -> None:
    page = opened(address, window(**PHONE, reduced_motion="reduce"))
    page.locator("a.hb-noteref").tap()
    sheet = page.locator(".hb-sheet")
    assert "The first note" in sheet.inner_text()
    box = sheet.bounding_box()
    assert (box["x"], box["width"], box["y"] + box["height"]) == (0, 390, 844)
    page.keyboard.press("Escape")
    assert sheet.is_hidden()
    assert page.evaluate("document.activeElement.className") == "hb-noteref"
