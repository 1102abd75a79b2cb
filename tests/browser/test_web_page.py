"""The one-page edition in a browser: its bar and sheet on a phone, its notes and wide boxes on a desk, its search, its entrance."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from book import press
from tests.making import write_book

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
NARROW = {"viewport": {"width": 390, "height": 844}}
DESK = {"viewport": {"width": 1440, "height": 900}}
FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))"
FILLER = "Somebody wrote a sentence that is long enough to fill a line or two on the screen of a telephone.\n\n"
LISTING = "```sh\n" + "fifty-eight columns of code fit into the column: 123456789"[:58] + "\nchurn\n```\n"
OUTPUT = "```text\n01-one.md:3:7: R101 " + "the words of a message " * 20 + "\n    fix: write it\n```\n"
IN_COLUMNS = "```text\n" + "a name      what it is " * 20 + "\n```\n"
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="120" viewBox="0 0 600 120">'
    '<text x="10" y="40" font-size="10">small letters</text></svg>'
)
CHAPTERS = {
    "01-one.md": "# The first chapter\n\nOne.[^a] Two.[^b]\n\n" + FILLER * 30 + "## A section\n\nThe churn of a month.\n\n" + LISTING
    + "\n![A drawing](images/drawing.svg)\n\n" + FILLER * 10
    + "\n[^a]: The *first* note, long enough for several lines beside the text, so that the next one has to wait below it.\n[^b]: The second note.\n",
    "02-two.md": "# The second chapter\n\n" + FILLER * 10 + OUTPUT + "\n" + IN_COLUMNS,
    "glossary.md": "# Glossary\n\nChurn\n: The share that leaves.\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("page")
    settings = 'title = "A book"\nauthors = ["Ada"]\ndescription = "What it is about."\n'
    write_book(folder / "book", {**CHAPTERS, "images/drawing.svg": DRAWING}, settings)
    assert press.build(folder / "book", folder / "out", editions=("html",)).status == 0
    page: Path = next((folder / "out").glob("*book*.html"))
    return page.as_uri()


@pytest.fixture
def shown(address: str, window: Callable[..., Any]) -> Callable[[dict[str, Any]], Any]:
    """Opens the page on a screen, as if for the first time."""

    def opened(screen: dict[str, Any]) -> Any:
        page = window(**screen, reduced_motion="reduce")
        page.goto(address)
        page.evaluate("document.fonts.ready")
        return page

    return opened


def scroll(page: Any, y: int) -> None:
    """Scroll to *y* and wait until the page has drawn twice, so that its listeners have run."""
    page.evaluate(f"window.scrollTo(0, {y}), {FRAMES}")


def test_the_entrance_says_what_the_book_is_and_leads_to_its_first_page(shown: Callable[..., Any]) -> None:
    page = shown(DESK)
    words = " ".join(page.inner_text(".hb-masthead").split())
    assert ["Ada" in words, "What it is about." in words, "Reading time: 6 min" in words] == [True, True, True], words
    assert page.get_attribute(".hb-start", "href") == "#one"


def test_the_bar_of_a_phone_hides_while_scrolling_down_and_returns_while_scrolling_up(
    shown: Callable[..., Any],
) -> None:
    page = shown(PHONE)
    bar = page.locator(".hb-bar")
    assert not bar.is_visible()
    scroll(page, 3000)
    assert not bar.is_visible()
    scroll(page, 2800)
    bar.wait_for(state="visible")
    assert bar.inner_text().strip() == "The first chapter"
    scroll(page, 3000)
    bar.wait_for(state="hidden")


@pytest.mark.parametrize("place", ["one-a-section", "two"])
def test_the_bar_of_a_phone_does_not_lie_over_the_title_that_a_link_leads_to(
    place: str, shown: Callable[..., Any]
) -> None:
    page = shown(PHONE)
    scroll(page, page.evaluate("document.documentElement.scrollHeight") - 900)
    page.evaluate(f"location.hash = '{place}', {FRAMES}")
    title, bar = (page.locator(path).first.bounding_box() for path in (f"#{place}", ".hb-bar"))
    assert 0 <= title["y"] < 200
    assert bar["y"] + bar["height"] <= title["y"] or not page.locator(".hb-bar").is_visible()


def test_the_bar_opens_the_contents_and_a_line_closes_them(shown: Callable[..., Any]) -> None:
    page = shown(PHONE)
    scroll(page, 3000)
    scroll(page, 2800)
    page.get_by_role("button", name="Contents").tap()
    drawer = page.locator(".hb-drawer")
    assert drawer.is_visible()
    drawer.get_by_role("link", name="The second chapter").tap()
    drawer.wait_for(state="hidden")
    assert page.evaluate("location.hash") == "#two"
    assert page.locator(".hb-page .hb-contents #contents-box").count() == 1


def test_the_bar_changes_the_colours_and_the_radio_buttons_follow(shown: Callable[..., Any]) -> None:
    page = shown(PHONE)
    scroll(page, 3000)
    scroll(page, 2800)
    moon = page.get_by_role("button", name="Dark")
    assert moon.get_attribute("aria-pressed") == "false"
    moon.tap()
    assert (moon.get_attribute("aria-pressed"), page.evaluate("document.documentElement.dataset.colours")) == (
        "true",
        "dark",
    )
    assert page.evaluate("document.querySelector('input[value=dark]').checked")


def test_a_tap_shows_a_note_at_the_foot_and_the_text_stays(shown: Callable[..., Any]) -> None:
    page = shown(PHONE)
    call = page.locator("a.hb-noteref").first
    call.scroll_into_view_if_needed()
    before = page.evaluate("window.scrollY")
    call.tap()
    sheet = page.locator(".hb-sheet")
    assert "The first note" in sheet.inner_text()
    assert (page.evaluate("window.scrollY"), page.evaluate("location.hash")) == (before, "")
    page.keyboard.press("Escape")
    sheet.wait_for(state="hidden")
    assert page.evaluate("document.activeElement.className") == "hb-noteref"


def test_notes_stand_beside_their_calls_on_a_desk_and_none_over_another(shown: Callable[..., Any]) -> None:
    page = shown(DESK)
    boxes = page.evaluate(
        "[...document.querySelectorAll('.hb-footnote')].map(note => note.getBoundingClientRect().toJSON())"
    )
    call = page.locator("a.hb-noteref").first.bounding_box()
    text = page.locator("main").bounding_box()
    assert boxes[0]["left"] > text["x"] + text["width"]
    assert abs(boxes[0]["top"] - call["y"]) < 12
    assert boxes[1]["top"] >= boxes[0]["bottom"]
    assert max(box["right"] for box in boxes) <= 1440


def test_notes_stand_at_the_same_height_wherever_the_page_is_scrolled(shown: Callable[..., Any], address: str) -> None:
    """A link to a chapter, a window of another width, and a change of what is shown must not move what stands above."""
    page = shown(DESK)
    heights = "[...document.querySelectorAll('.hb-chapter')].map(chapter => chapter.offsetHeight)"
    notes = "[...document.querySelectorAll('.hb-footnote')].map(note => Math.round(note.getBoundingClientRect().top + scrollY))"
    before = page.evaluate(heights), page.evaluate(notes)
    assert len(before[0]) == 3
    assert before[1]
    scroll(page, before[0][0] + 600)
    page.evaluate("window.dispatchEvent(new Event('resize'))")
    assert (page.evaluate(heights), page.evaluate(notes)) == before
    page.set_viewport_size({"width": 1400, "height": 800})
    scroll(page, before[0][0] + 800)
    page.set_viewport_size(DESK["viewport"])
    scroll(page, before[0][0] + 700)
    assert (page.evaluate(heights), page.evaluate(notes)) == before
    page.goto("about:blank")
    page.goto(f"{address}#glossary")
    page.evaluate("document.fonts.ready")
    assert (page.evaluate(heights), page.evaluate(notes)) == before
    page.goto("about:blank")
    page.goto(f"{address}#two")
    assert 0 <= page.evaluate("document.getElementById('two').getBoundingClientRect().top") < 100


@pytest.mark.parametrize("y", [1500, 2900, 4200])
def test_whoever_turns_a_phone_goes_on_at_the_same_words(y: int, shown: Callable[..., Any]) -> None:
    page = shown(NARROW)
    scroll(page, y)
    page.wait_for_timeout(400)  # what is read is looked for when scrolling rests
    page.evaluate(
        "window.read = [...document.querySelectorAll('main p')].find(p => p.getBoundingClientRect().bottom > 90)"
    )
    page.set_viewport_size({"width": 844, "height": 390})
    page.evaluate(FRAMES)
    box = page.evaluate("window.read.getBoundingClientRect().toJSON()")
    page.set_viewport_size(NARROW["viewport"])
    assert box["top"] < 200
    assert box["bottom"] > 0


def test_notes_are_at_the_end_of_the_chapter_where_there_is_no_margin(shown: Callable[..., Any]) -> None:
    page = shown({"viewport": {"width": 1200, "height": 900}})
    note, last = (page.locator(path).bounding_box() for path in (".hb-footnote >> nth=0", "#one > p >> nth=-1"))
    assert note["y"] > last["y"]


def test_a_line_has_about_66_letters_and_58_columns_of_code_fit(shown: Callable[..., Any]) -> None:
    page = shown(DESK)
    width, size = page.evaluate(
        "(p => [p.clientWidth, parseFloat(getComputedStyle(p).fontSize)])(document.querySelector('#two > p'))"
    )
    assert width / size == pytest.approx(33, abs=0.1)
    listing = page.locator("pre").first
    assert listing.evaluate("box => box.scrollWidth <= box.clientWidth")


@pytest.mark.parametrize("width", [390, 1000, 1280, 1440, 1920])
def test_a_line_of_code_that_is_too_long_scrolls_in_its_box_and_not_the_page(
    width: int, shown: Callable[..., Any]
) -> None:
    page = shown({"viewport": {"width": width, "height": 900}})
    page.evaluate("document.querySelector('pre code').append('x'.repeat(400))")
    page.evaluate("document.querySelector('pre').scrollIntoView({behavior: 'instant'})")
    box = page.locator("pre").first
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    assert box.bounding_box()["x"] + box.bounding_box()["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("screen", [PHONE, DESK])
def test_a_long_line_of_output_goes_on_below_further_in_and_text_in_columns_scrolls(
    screen: dict[str, Any], shown: Callable[..., Any]
) -> None:
    page = shown(screen)
    output, columns = page.locator("pre").all()[1:]
    assert output.evaluate("box => box.scrollWidth <= box.clientWidth")
    assert columns.evaluate("box => box.scrollWidth > box.clientWidth")
    lefts = """box => {
      const range = document.createRange();
      range.selectNodeContents(box.querySelector("code"));
      const lines = new Map();
      for (const part of range.getClientRects())
        if (part.width > 1) lines.set(Math.round(part.top), Math.min(Math.round(part.left), lines.get(Math.round(part.top)) ?? 1e4));
      return [...lines.values()];
    }"""
    first, *others, last = output.evaluate(lefts)
    assert len(others) >= 2
    assert {left - first for left in others} == {others[0] - first}
    assert others[0] > first
    assert last == first  # a line of its own; its spaces are as typed
    assert output.evaluate("box => (getSelection().selectAllChildren(box), String(getSelection()))") == OUTPUT[8:-5]


def test_letters_of_a_drawing_are_not_under_12_px_on_a_phone(shown: Callable[..., Any]) -> None:
    page = shown(PHONE)
    width, box = page.evaluate(
        "(box => [box.querySelector('svg').clientWidth || box.querySelector('svg').getBoundingClientRect().width, box.clientWidth])(document.querySelector('.hb-drawing'))"
    )
    assert 10 * width / 600 >= 12 - 0.01
    assert page.locator(".hb-drawing").get_attribute("tabindex") == "0"
    assert box <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_search_puts_the_term_first_and_code_last(shown: Callable[..., Any]) -> None:
    page = shown(DESK)
    page.keyboard.press("/")
    page.keyboard.type("churn")
    hits = page.locator(".hb-search li .hb-text").all_inner_texts()
    assert [hits[0], len(hits)] == ["Churn", 3]
    assert hits[-1].startswith("fifty-eight")


def test_a_result_of_the_search_is_there_at_once_also_where_motion_is_welcome(shown: Callable[..., Any]) -> None:
    page = shown(DESK)
    page.emulate_media(reduced_motion="no-preference")
    page.keyboard.press("/")
    page.keyboard.type("fifty-eight")
    page.keyboard.press("Enter")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert 0 <= page.locator("pre").first.bounding_box()["y"] < 200


def test_columns_of_figures_are_as_narrow_as_they_may_be(tmp_path: Path, window: Callable[..., Any]) -> None:
    table = "| Year | A | B | C | D |\n|:--|--:|--:|--:|--:|\n| 2025 | 1 | 20 | 3 | 4.5 |\n"
    write_book(tmp_path / "book", f"# One\n\n{table}")
    press.build(tmp_path / "book", tmp_path / "out", editions=("html",))
    page = window(viewport={"width": 360, "height": 740})
    page.goto((tmp_path / "out/tiny.html").as_uri())
    assert page.locator(".hb-table").evaluate("box => box.scrollWidth <= box.clientWidth")


def test_paper_has_margins_page_numbers_and_every_note(shown: Callable[..., Any], tmp_path: Path) -> None:
    import pikepdf

    page = shown(DESK)
    page.pdf(path=str(tmp_path / "print.pdf"), prefer_css_page_size=True)
    page.emulate_media(media="print")
    assert page.locator(".hb-footnote").first.evaluate("note => getComputedStyle(note).position") == "static"
    assert [
        page.locator(name).first.is_visible() for name in (".hb-bar", ".hb-tools", ".hb-entrance", "#contents-box")
    ] == [False, False, False, True]
    page.locator("summary").first.focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "none"
    with pikepdf.open(tmp_path / "print.pdf") as pdf:
        assert len(pdf.pages) >= 3


def test_the_way_back_to_the_top_shows_on_the_way_up_only_and_a_jump_takes_no_time(shown: Callable[..., Any]) -> None:
    page = shown({"viewport": {"width": 1440, "height": 300}})
    button = page.locator("#page-to-top")

    def scrolled(distance: int) -> bool:
        page.evaluate(f"window.scrollBy(0, {distance})")
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return bool(button.is_visible())

    assert [scrolled(by) for by in (400, 1000, -50, 50, -50)] == [False, False, True, False, True]
    button.click()
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("scrollY") == 0
    assert not button.is_visible()


def test_spaces_in_a_row_are_kept_where_a_field_is_copied(shown: Callable[..., Any]) -> None:
    """WebKit copies from a field what is shown in it; the field is the way for pages without a secure connection."""
    page = shown(DESK)
    page.evaluate(
        "() => { Object.defineProperty(navigator, 'clipboard', {value: undefined}); document.execCommand = () => {"
        " window.spaces = getComputedStyle(document.activeElement).whiteSpace; return true; }; }"
    )
    page.locator(".hb-copy").first.click(force=True)
    assert page.evaluate("window.spaces") == "pre"


def test_the_offer_to_read_on_has_its_buttons_on_one_line_of_a_phone(shown: Callable[..., Any], address: str) -> None:
    page = shown(NARROW)
    page.evaluate(
        "localStorage.setItem('handbound-colours', 'light'), document.body.insertAdjacentHTML('beforeend',"
        " '<section class=hb-offer><p>Last time you were here: A section</p><button class=hb-go>Continue reading</button>"
        "<button class=hb-close>x</button></section>')"
    )
    words, go, close = (page.locator(f".hb-offer {part}").bounding_box() for part in ("p", ".hb-go", ".hb-close"))
    assert words["y"] + words["height"] <= min(go["y"], close["y"])
    assert go["y"] < close["y"] + close["height"] / 2 < go["y"] + go["height"]
    assert close["x"] + close["width"] > words["x"] + words["width"] - 2


def test_a_heading_takes_lines_with_it_on_paper_in_every_browser(shown: Callable[..., Any]) -> None:
    """Only Chromium knows ``break-after: avoid``: the box of a heading that is not divided reaches over the lines below it."""
    page = shown(DESK)
    page.emulate_media(media="print")
    own, gap, inside = page.locator("h3").first.evaluate(
        """heading => {
          const box = heading.getBoundingClientRect(), next = heading.nextElementSibling.getBoundingClientRect();
          const line = parseFloat(getComputedStyle(heading.nextElementSibling).lineHeight);
          return [getComputedStyle(heading).breakInside, (next.top - box.top) / line, (box.bottom - next.top) / line];
        }"""
    )
    assert own == "avoid"
    assert gap < 2.5
    assert inside > 2


@pytest.mark.parametrize("theme", ["folio", "field", "almanac"])
def test_a_browser_that_does_not_know_has_shows_numbers_and_paragraphs(
    theme: str, tmp_path: Path, window: Callable[..., Any]
) -> None:
    write_book(tmp_path / "book", CHAPTERS | {"images/drawing.svg": DRAWING}, f'title = "A book"\ntheme = "{theme}"\n')
    assert press.build(tmp_path / "book", tmp_path / "out", editions=("html",)).status == 0
    file = next((tmp_path / "out").glob("*book*.html"))
    file.write_text(file.read_text().replace(":has(", ":unknown("))
    page = window(**DESK)
    page.goto(file.as_uri())
    left = page.locator(".hb-contents-chapter > a").first.bounding_box()["x"]
    assert page.locator(".hb-contents-number").first.bounding_box()["x"] >= left
    space = (
        page.locator(".hb-chapter > p")
        .nth(4)
        .evaluate("one => [getComputedStyle(one).textIndent, getComputedStyle(one).marginBottom].map(parseFloat)")
    )
    assert [bool(size) for size in space] == [False, True]
