"""What the page of the preview does around an edit: it puts in what is new, keeps what is read, and says what is wrong once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.preview_tab import CHAPTERS, FILLING, SETTINGS, Served, in_view, inside, pane, shows

USERS, SHIP, END = (CHAPTERS[name] for name in ("01-users.md", "02-ship.md", "03-end.md"))
CODE = "```sh\nls\n```\n"


def top(page: Any, words: str) -> float:
    height: float = inside(
        page,
        f"return [...book.querySelectorAll('main p')].find(one => one.textContent.includes('{words}')).getBoundingClientRect().top;",
    )
    return height


def test_an_edit_puts_one_chapter_into_the_page_that_is_there(served: Served, tab: Callable[..., Any]) -> None:
    page = tab()
    inside(page, "book.defaultView.kept = 'yes'; book.querySelector('#ship .hb-opener').classList.add('kept');")
    (served.book / "01-users.md").write_text(
        USERS.replace("Talk to", f"{CODE}\nSee[^a]. Talk to") + f"\n## One more\n\n[^a]: A note.\n\n{CODE}"
    )
    shows(page, "A note.")
    assert inside(page, "return [book.defaultView.kept, book.querySelectorAll('#ship .kept').length];") == [None, 0]
    # The contents have another section: the page was loaded. From now on, nothing but the chapter changes.
    inside(page, "book.defaultView.kept = 'yes'; book.querySelector('#ship .hb-opener').classList.add('kept');")
    (served.book / "01-users.md").write_text(
        USERS.replace("Talk to", f"{CODE}\nSee[^a]. Walk to") + f"\n## One more\n\n[^a]: A word.\n\n{CODE}{CODE}"
    )
    shows(page, "A word.")
    assert inside(page, "return [book.defaultView.kept, book.querySelectorAll('#ship .kept').length];") == ["yes", 1]
    counts = (
        "return ['.hb-copy', '.hb-anchor', '.hb-chapter'].map(path => book.querySelectorAll('main ' + path).length);"
    )
    assert inside(page, counts) == [3, 4, 3]
    page.frame_locator("iframe.shown").locator("body").press("/")
    page.keyboard.type("walk to")
    results = page.frame_locator("iframe.shown").locator("#page-search-results li")
    assert "Walk to five of them." in results.first.inner_text()
    page.keyboard.press("Enter")
    assert 0 <= top(page, "Walk to") < 200


def test_an_edit_that_makes_the_book_longer_is_shown_and_not_the_time_for_reading(
    served: Served, tab: Callable[..., Any]
) -> None:
    page = tab()
    time = inside(page, "return book.querySelector('.hb-time').textContent;")
    (served.book / "03-end.md").write_text(f"{END}\nZebras at last.\n\n{FILLING}\n\n{FILLING}\n")
    shows(page, "Zebras at last.")
    assert inside(page, "return book.querySelector('.hb-time').textContent;") != time
    assert in_view(page, "Zebras at last.")


@pytest.mark.parametrize("width", [700, 1440])
def test_the_end_of_the_book_stays_in_its_place_also_with_notes_beside_it(
    width: int, served: Served, tab: Callable[..., Any]
) -> None:
    page = tab(viewport={"width": width, "height": 700})
    notes = "\n\n".join(f"Line {number} of the end.[^{number}]\n\n[^{number}]: Note {number}." for number in range(30))
    (served.book / "03-end.md").write_text(f"{END}\n{notes}\n\nThe last line of all.\n\n" + "More.\n\n" * 20)
    shows(page, "The last line of all.")
    page.uncheck("#follow")
    inside(
        page,
        "[...book.querySelectorAll('main p')].find(one => one.textContent.includes('The last line')).scrollIntoView({behavior: 'instant'});",
    )
    before = top(page, "The last line")
    (served.book / "01-users.md").write_text(USERS.replace("Talk to", f"{FILLING}\n\nZebras talk to"))
    shows(page, "Zebras talk to")
    assert top(page, "The last line") == pytest.approx(before, abs=2)


def test_the_keyboard_scrolls_the_book_from_the_start(tab: Callable[..., Any]) -> None:
    page = tab()
    assert page.evaluate("document.activeElement.tagName") == "IFRAME"
    page.keyboard.press("PageDown")
    page.wait_for_function("document.querySelector('iframe.shown').contentWindow.scrollY > 100")


def test_an_open_search_keeps_its_words_when_the_whole_page_is_loaded(served: Served, tab: Callable[..., Any]) -> None:
    page = tab()
    page.frame_locator("iframe.shown").locator("body").press("/")
    page.keyboard.type("ship it")
    (served.book / "03-end.md").write_text("# The very end\n\nThat is all.\n")
    page.wait_for_function(
        "document.querySelector('iframe.shown').contentDocument.querySelector('#three, #end h2').textContent.includes('very')"
    )
    words = inside(
        page,
        "const field = book.querySelector('dialog[open] #page-search-words'); return [field && field.value, book.activeElement.id];",
    )
    assert words == ["ship it", "page-search-words"]


def test_a_link_to_the_web_opens_a_page_of_its_own(tab: Callable[..., Any]) -> None:
    page = tab()
    page.context.route("https://example.org/**", lambda route: route.fulfill(body="there"))
    with page.expect_popup() as popup:
        page.frame_locator("iframe.shown").get_by_role("link", name="while").click()
    assert popup.value.url == "https://example.org/a"
    popup.value.close()


def test_the_keys_for_printing_print_the_book(tab: Callable[..., Any]) -> None:
    page = tab()
    page.evaluate(
        "() => { window.printed = 0; document.querySelector('iframe.shown').contentWindow.print = () => { window.printed += 1; }; }"
    )
    page.keyboard.press("Control+p")
    page.focus("#edit")
    page.keyboard.press("Meta+P")
    assert page.evaluate("window.printed") == 2


def test_another_warning_shows_itself_though_the_number_is_the_same(served: Served, tab: Callable[..., Any]) -> None:
    page = tab()
    (served.book / "03-end.md").write_text(f"{END}\n[a](one.md)\n")
    pane(page, visible=True)
    page.click("#problems-close")
    (served.book / "03-end.md").write_text(f"{END}\n[a](two.md)\n")
    pane(page, visible=True)
    assert "two.md" in page.text_content("#problems-list")
    assert page.text_content("#said").endswith("1 warning")
    # What was there before an error does not show itself when the error is mended.
    page.click("#problems-close")
    (served.book / "handbound.toml").write_text(SETTINGS + "thema = 1\n")
    pane(page, visible=True)
    assert "handbound.toml" in page.text_content("#said")
    (served.book / "handbound.toml").write_text(SETTINGS)
    pane(page, visible=False)


def test_the_focus_stays_in_the_list_of_problems(served: Served, tab: Callable[..., Any]) -> None:
    page = tab()
    (served.book / "03-end.md").write_text(f"{END}\n[a](one.md)\n\n[b](two.md)\n")
    pane(page, visible=True)
    page.focus("#problems-list .place >> nth=1")
    (served.book / "03-end.md").write_text(f"{END}\n\n[a](one.md)\n\n[b](two.md)\n")
    page.wait_for_function("document.querySelector('#problems-list').textContent.includes('03-end.md:8')")
    assert page.evaluate("document.activeElement.textContent").startswith("03-end.md:8")
    page.keyboard.press("Escape")
    pane(page, visible=False)
    assert page.evaluate("document.activeElement.id") == "problems-open"


def test_pages_are_made_only_while_a_browser_shows_them(
    needs_pango: None, served: Served, tab: Callable[..., Any]
) -> None:
    one, other = (tab(viewport={"width": 1200, "height": height}) for height in (700, 690))
    one.select_option("#pages", "pdf")
    one.wait_for_selector("#paper iframe", state="attached")
    other.select_option("#pages", "large")
    other.select_option("#pages", "")
    address = one.get_attribute("#paper iframe", "src")
    (served.book / "03-end.md").write_text(f"{END}\nAnd more.\n")
    one.wait_for_function(
        "address => document.querySelector('#paper iframe:last-of-type').getAttribute('src') !== address", arg=address
    )


def test_a_page_that_cannot_be_had_is_asked_for_again_once_a_second(served: Served, tab: Callable[..., Any]) -> None:
    page = tab()
    asked: list[str] = []

    def refuse(route: Any) -> None:
        asked.append(route.request.url)
        route.abort()

    wanted = re.compile(r"/(html|changes)\?")
    page.route(wanted, refuse)
    (served.book / "01-users.md").write_text(CHAPTERS["01-users.md"].replace("Then *stop*", "Zebras come. Then *stop*"))
    page.wait_for_event("requestfailed", lambda request: "/html?" in request.url)
    page.wait_for_timeout(2500)
    assert 2 <= len(asked) <= 8
    page.unroute(wanted)
    shows(page, "Zebras come.")


def test_a_preview_that_has_ended_says_so_and_does_not_answer(tab: Callable[..., Any]) -> None:
    page = tab(color_scheme="dark")
    page.context.set_offline(True)
    page.route("**/place", lambda route: route.abort())
    page.click("#edit")
    page.wait_for_function("document.getElementById('toast').textContent !== ''")
    assert page.text_content("#toast") == "The preview does not answer."
