"""The search, the contents and the page numbers of the one-page edition in a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from book import press
from tests.loops import some
from tests.making import write_book

DESK = {"viewport": {"width": 1440, "height": 900}}
FILLER = "Somebody wrote a sentence that is long enough to fill a line or two on the screen of a telephone.\n\n"
CHAPTERS = {
    "01-one.md": "# The first chapter of all, with a title that fills more than one line\n\n" + FILLER * 30 + "## A section\n\n" + FILLER * 3
    + "Here stands the zebra.\n\n" + FILLER * 20,
    "02-two.md": "---\nshow_title: false\n---\n# A silent chapter\n\nAn ocelot, and nothing above it.\n\n" + FILLER * 20,
    "03-three.md": "# Other scripts\n\n" + "مُحَمَّد\n\nأحمد\n\nשָׁלוֹם\n\nＡＢＣ\n\n`eﬃcient`\n\nὈδυσσεύς\n\nwell\u2011known\n\n1939–45\n\nHand\u00adbuch\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("search")
    write_book(folder / "book", CHAPTERS, 'title = "A book"\nlanguage = "en"\n')
    assert press.build(folder / "book", folder / "out", editions=("html",)).status == 0
    page: Path = next((folder / "out").glob("*book*.html"))
    return page.as_uri()


@pytest.fixture
def opened(address: str, window: Callable[..., Any]) -> Any:
    page = window(**DESK, reduced_motion="reduce")
    page.goto(address)
    page.evaluate("document.fonts.ready")
    return page


def results(page: Any, words: str) -> list[str]:
    """Search for *words*, and return the results, each with the place that is shown above it."""
    page.keyboard.press("/")
    page.fill("#page-search-words", words)
    found: list[str] = page.locator("#page-search-results li").all_inner_texts()
    return found


@pytest.mark.parametrize(
    ("words", "place"), [("zebra", "a-section"), ("ocelot", "two"), ("other scripts", "three"), ("A section", "a-section")]
)  # fmt: skip
def test_the_way_back_from_a_result_leads_to_where_the_search_began(words: str, place: str, opened: Any) -> None:
    opened.evaluate("scrollTo(0, 700)")
    results(opened, words)
    opened.keyboard.press("Enter")
    assert str(opened.evaluate("location.hash")).endswith(place)
    assert opened.evaluate("scrollY") != 700
    opened.go_back()
    opened.wait_for_function("scrollY === 700 && location.hash === ''")


def test_a_result_names_its_own_chapter_also_where_that_shows_no_title(opened: Any) -> None:
    assert [line.split("\n")[0] for line in results(opened, "ocelot")] == ["A silent chapter"]


@pytest.mark.parametrize(
    ("words", "text"),
    [("محمد", "مُحَمَّد"), ("احمد", "أحمد"), ("שלום", "שָׁלוֹם"), ("abc", "ＡＢＣ"), ("efficient", "eﬃcient"), ("Οδυσσευς", "Ὀδυσσεύς"),
     ("well-known", "well\u2011known"), ("1939-45", "1939–45"), ("Handbuch", "Hand\u00adbuch")],
)  # fmt: skip
def test_marks_and_forms_of_letters_make_no_difference_to_the_search(words: str, text: str, opened: Any) -> None:
    assert [line.split("\n")[-1] for line in results(opened, words)] == [text]


def test_the_chosen_result_is_told_apart_where_the_reader_has_colours_of_their_own(opened: Any) -> None:
    opened.emulate_media(forced_colors="active")
    assert len(results(opened, "Somebody")) > 2
    looks = [
        item.evaluate("item => [getComputedStyle(item).borderLeftColor, getComputedStyle(item).backgroundColor].join()")
        for item in opened.locator("#page-search-results li").all()[:3]
    ]
    assert looks[1] == looks[2]
    assert looks[0] != looks[1]


def test_a_switch_that_is_on_is_told_apart_there_too(opened: Any) -> None:
    opened.emulate_media(forced_colors="active")
    outline = "item => getComputedStyle(item).outlineStyle"
    chosen = opened.locator(".hb-colours input:checked + span").evaluate(outline)
    others = opened.locator(".hb-colours input:not(:checked) + span").evaluate_all(
        "all => all.map(item => getComputedStyle(item).outlineStyle)"
    )
    assert [chosen, *others] == ["solid", "none", "none"]
    opened.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<button class=hb-folio-switch aria-pressed=true>1</button>')"
    )
    assert opened.locator("body > .hb-folio-switch").evaluate(outline) == "solid"


def test_the_line_below_the_chapter_that_is_read_begins_with_its_words(opened: Any) -> None:
    """A space behind the number would be underlined; a second line begins below the first."""
    opened.evaluate("scrollTo(0, 1500)")
    opened.wait_for_function("document.querySelector('.hb-contents [aria-current]')")
    title, sections = opened.evaluate(
        """() => {
          const link = document.querySelector('.hb-contents .hb-reading > a'), range = document.createRange();
          range.selectNodeContents(link.lastChild);
          const section = link.parentElement.querySelector(':scope > ol a');
          return [[...range.getClientRects()].map(box => [box.left, box.top]), section.getBoundingClientRect().left];
        }"""
    )
    assert len(title) > 1
    assert {round(left) for left, _ in title} == {round(title[0][0])}
    assert abs(sections - title[0][0]) < 1
    number = opened.locator(".hb-contents .hb-reading .hb-contents-number").bounding_box()
    assert abs(number["y"] - title[0][1]) < 2


@pytest.mark.parametrize("place", [".hb-chapter", ".hb-foot", ".hb-masthead"])
def test_a_page_number_at_a_beginning_moves_nothing(place: str, opened: Any) -> None:
    opened.evaluate(
        f"document.querySelector('{place}').insertAdjacentHTML('afterbegin', '<span class=hb-page-mark title=\"page 1\"></span>')"
    )
    tops = "[...document.querySelectorAll('h1, h2, main > *, .hb-foot p')].map(one => one.getBoundingClientRect().top)"
    before = opened.evaluate(tops)
    opened.evaluate("document.documentElement.classList.add('hb-folios')")
    shown = opened.locator(f"{place} > .hb-page-mark").evaluate("mark => getComputedStyle(mark, '::before').content")
    assert shown == '"page 1"'
    assert opened.evaluate(tops) == before


def test_paper_does_not_say_which_chapter_was_on_the_screen(opened: Any) -> None:
    opened.evaluate("scrollTo(0, 1500)")
    opened.wait_for_function("document.querySelector('.hb-contents [aria-current]')")
    opened.emulate_media(media="print")
    lines = opened.locator(".hb-contents-chapter > a").evaluate_all(
        "all => all.map(link => getComputedStyle(link).textDecorationLine)"
    )
    assert set(some(lines)) == {"none"}


def test_the_place_that_is_held_is_looked_for_only_when_scrolling_rests(opened: Any) -> None:
    opened.evaluate("scrollTo(0, 300)")
    opened.wait_for_timeout(400)
    opened.evaluate(
        "() => { window.asked = 0; const ask = document.elementFromPoint.bind(document);"
        " document.elementFromPoint = (x, y) => { window.asked += 1; return ask(x, y); }; }"
    )
    for y in range(310, 400, 10):
        opened.evaluate(f"scrollTo(0, {y}), new Promise(requestAnimationFrame)")
    assert opened.evaluate("window.asked") == 0
    opened.wait_for_function("window.asked > 0")
