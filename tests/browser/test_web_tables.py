"""Tables of the one-page edition in a browser: on paper no word or number is divided that has room, and on a phone a caption can be read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from book import press
from tests.making import write_book

MONTHS = "January February March April May June July August September October November".split()
CHAPTER = f"""\
# Tables

| Left | Middle | Right | As it comes |
|---|:-:|--:|---|
| one | two | 3 | four |
| code | slant | 1,234.50 | [a link](https://example.org/somewhere) |
| a longer cell, with words that must be set on several lines, because there are so many of them | – | 12 | |

| Chapter | {" | ".join(MONTHS)} |
|---|{"--:|" * len(MONTHS)}
| Outcomes | {" | ".join(f"{number},200" for number in range(11, 22))} |

: With a caption that is longer than a line of the text on the screen of a phone
"""
DIVIDED = """[...document.querySelectorAll('td, th')].map(cell => {
  const range = document.createRange(), words = [];
  const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
  for (let text; (text = walker.nextNode());) {
    for (const word of text.data.matchAll(/\\S+/g)) {
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1) { words.push(word[0]); }
    }
  }
  return words;
}).flat()"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("tables")
    write_book(folder / "book", {"one.md": CHAPTER}, 'title = "A book"\nlanguage = "en"\n')
    assert press.build(folder / "book", folder / "out", editions=("html",)).status == 0
    page: Path = next((folder / "out").glob("*book*.html"))
    return page.as_uri()


@pytest.mark.parametrize("width", [643, 665])
def test_no_word_is_divided_on_paper_in_a_table_that_has_room(
    width: int, address: str, window: Callable[..., Any]
) -> None:
    """The widths are those of A4 and Letter without the margins."""
    page = window(viewport={"width": width, "height": 900})
    page.emulate_media(media="print")
    page.goto(address)
    assert set(page.evaluate(DIVIDED)) <= {*MONTHS, "Outcomes"}
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_number_in_a_table_without_room_stays_whole(address: str, window: Callable[..., Any]) -> None:
    page = window(viewport={"width": 480, "height": 900})
    page.emulate_media(media="print")
    page.goto(address)
    assert not [word for word in page.evaluate(DIVIDED) if word[0].isdecimal()]


def test_a_caption_can_be_read_where_its_table_scrolls(address: str, window: Callable[..., Any]) -> None:
    page = window(viewport={"width": 320, "height": 700})
    page.goto(address)
    page.wait_for_selector(".hb-scrolls caption")
    for along in (0, 60):
        page.evaluate(f"document.querySelector('.hb-scrolls').scrollLeft = {along}")
        box = page.locator(".hb-scrolls caption").first.bounding_box()
        assert (box["x"] >= 0, box["x"] + box["width"] <= 320) == (True, True), (along, box)
