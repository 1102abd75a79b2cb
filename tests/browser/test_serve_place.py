"""The page of the preview goes to the edit that was made, and keeps what its reader has open, has marked and was reading."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.preview_tab import CHAPTERS, FILLING, Served, in_view, inside, pane, shows

USERS, SHIP, END = (CHAPTERS[name] for name in ("01-users.md", "02-ship.md", "03-end.md"))
BOX = "<details><summary>More</summary>\n\nHidden words.\n\n</details>\n"
TABLE = "| a | b |\n|---|---|\n| cell | 2 |\n"


def version(page: Any) -> str:
    text: str = page.get_attribute("iframe.shown", "data-version")
    return text


def shows_another(page: Any, version: str) -> None:
    page.wait_for_selector(f"iframe.shown:not([data-version='{version}'])", state="attached")


@pytest.mark.parametrize(
    ("block", "other"),
    [
        ("Zebras *run*.", "Zebras **run**."),
        ("Zebras [run](https://example.org/a).", "Zebras [run](https://example.org/b)."),
        ("- Zebras", "1. Zebras"),
        ("```python\nZebras = 1\n```", "```javascript\nZebras = 1\n```"),
        (TABLE.replace("cell", "Zebras"), TABLE.replace("cell", "Zebras").replace("|---|---|", "|--:|---|")),
    ],
    ids=["emphasis", "address", "list", "code", "table"],
)
def test_an_edit_of_markup_alone_is_shown_at_its_place(
    block: str, other: str, served: Served, tab: Callable[..., Any]
) -> None:
    page = tab()
    chapter = served.book / "02-ship.md"
    chapter.write_text(f"{SHIP}\n{block}\n\n{FILLING}\n")
    shows(page, "Zebras")
    inside(page, "book.defaultView.scrollTo({top: 0, behavior: 'instant'})")
    before = version(page)
    chapter.write_text(f"{SHIP}\n{other}\n\n{FILLING}\n")
    shows_another(page, before)
    assert in_view(page, "Zebras", "p, li, pre, th, td")


def test_a_title_is_shown_where_it_was_edited_and_not_in_a_link_to_it(served: Served, tab: Callable[..., Any]) -> None:
    page = tab()
    (served.book / "01-users.md").write_text(USERS.replace("Talk to", "See [](03-end.md). Talk to"))
    shows(page, "See The end")
    inside(page, "book.querySelector('#ship').scrollIntoView({behavior: 'instant'})")
    (served.book / "03-end.md").write_text("# The very end\n\nThat is all.\n")
    shows(page, "See The very end")
    assert in_view(page, "The very end", ".hb-chapter h2")
    assert not in_view(page, "See The very end")


def test_of_several_places_the_one_in_view_is_shown(served: Served, tab: Callable[..., Any]) -> None:
    """An image that stands in two chapters."""
    page = tab()
    (served.book / "03-end.md").write_text(f"{END}\n![A dot](dot.svg)\n\nBehind the second one.\n\n{FILLING}\n")
    shows(page, "Behind the second one.")
    assert in_view(page, "Behind the second one.")
    before = version(page)
    (served.book / "dot.svg").write_text(CHAPTERS["dot.svg"].replace('r="4"', 'r="3.5"'))
    shows_another(page, before)
    assert in_view(page, "Behind the second one.")


@pytest.mark.parametrize("edited", ["01-users.md", "03-end.md", "title"])
def test_what_is_marked_and_open_stays_so(edited: str, served: Served, tab: Callable[..., Any]) -> None:
    """Where another chapter is put in, or this one, or the whole page is loaded."""
    page = tab()
    text = f"{END}\n{BOX}\n{BOX}\nMark these words.\n"
    (served.book / "03-end.md").write_text(text)
    shows(page, "Mark these words.")
    inside(
        page,
        "const block = [...book.querySelectorAll('main p')].find(one => one.textContent === 'Mark these words.');"
        "book.getSelection().setBaseAndExtent(block.firstChild, 5, block.firstChild, 16);"
        "book.querySelectorAll('main details').forEach((box, number) => { box.open = number === 1; });",
    )
    before = version(page)
    if edited == "title":
        (served.book / "01-users.md").write_text(USERS.replace("# Users", "# Many users"))
    elif edited == "03-end.md":
        (served.book / edited).write_text(text.replace("That is all", "That was all"))
    else:
        (served.book / edited).write_text(USERS.replace("Talk to", "Walk to"))
    shows_another(page, before)
    assert inside(page, "return String(book.getSelection())") == "these words"
    assert inside(page, "return [...book.querySelectorAll('main details')].map(one => one.open)") == [False, True]


def test_a_tab_that_is_loaded_again_shows_what_it_showed(served: Served, tab: Callable[..., Any]) -> None:
    page = tab()
    page.uncheck("#follow")
    inside(page, "book.querySelector('#ship').scrollIntoView({behavior: 'instant'})")
    page.reload()
    page.wait_for_selector("iframe.shown", state="attached")
    assert in_view(page, "Ship it.")
    assert not page.is_checked("#follow")


def test_a_new_problem_comes_first(served: Served, tab: Callable[..., Any]) -> None:
    page = tab()
    (served.book / "01-users.md").write_text(USERS.replace("Talk to", "[a](old.md) Talk to"))
    pane(page, visible=True)
    page.click("#problems-close")
    (served.book / "03-end.md").write_text(f"{END}\n[a](new.md)\n")
    pane(page, visible=True)
    assert [item.split()[1] for item in page.locator("#problems-list li").all_inner_texts()] == [
        "03-end.md:5:1",
        "01-users.md:3:1",
    ]


def test_keys_lead_to_the_problems_and_away_from_them(served: Served, tab: Callable[..., Any]) -> None:
    """From within the book, where the focus is."""
    page = tab()
    (served.book / "03-end.md").write_text(f"{END}\n[a](one.md)\n")
    pane(page, visible=True)
    search = page.frame_locator("iframe.shown").locator("dialog[open]")
    page.keyboard.press("/")
    search.wait_for()
    page.keyboard.press("Escape")  # closes the search
    search.wait_for(state="detached")
    assert page.locator("#problems").is_visible()
    page.keyboard.press("Escape")
    pane(page, visible=False)
    assert page.evaluate("document.activeElement.tagName") == "IFRAME"
    page.keyboard.press("F8")
    assert page.evaluate("document.activeElement.textContent") == "03-end.md:5:1"
    page.keyboard.press("Escape")
    page.keyboard.press("F2")
    page.wait_for_function("document.getElementById('toast').textContent.startsWith('Opening 0')")


def test_the_bar_comes_before_the_book_for_the_keyboard(tab: Callable[..., Any]) -> None:
    page = tab()
    page.frame_locator("iframe.shown").locator(".hb-skip").press("Shift+Tab")
    assert page.evaluate("document.activeElement.id") == "pages"


@pytest.mark.parametrize(
    "names",
    [("03-end.md___jb_tmp___", "03-end.md___jb_old___"), (".goutputstream-AB12CD", ""), ("03-end.md.xYzAbC", "")],
    ids=["JetBrains", "GNOME", "KDE"],
)
def test_files_that_an_editor_has_only_while_it_saves_are_not_named(
    names: tuple[str, str], served: Served, tab: Callable[..., Any]
) -> None:
    page = tab()
    chapter, (new, old) = served.book / "03-end.md", names
    (served.book / new).write_text(f"{END}\nZebras at the end.\n")
    if old:
        chapter.rename(served.book / old)
    (served.book / new).rename(chapter)
    if old:
        (served.book / old).unlink()
    shows(page, "Zebras at the end.")
    page.wait_for_selector("#state[data-phase=ready]")
    assert page.text_content("#state-words").startswith("Up to date: 03-end.md, ")


def clicked(page: Any) -> int:
    """Click the link to the end, and return how far the page was scrolled before."""
    y: int = inside(
        page,
        "const link = Array.from(book.querySelectorAll('main a')).find((one) => one.textContent === 'The end');"
        " link.scrollIntoView({ block: 'center', behavior: 'instant' });"
        " const y = book.defaultView.scrollY; link.click(); return y;",
    )
    return y


def searched(page: Any) -> int:
    """Go to the end by the search, and return how far the page was scrolled before."""
    y: int = inside(
        page,
        "book.defaultView.scrollTo({ top: 900, behavior: 'instant' }); book.querySelector('.hb-finder').click();"
        " const words = book.getElementById('page-search-words'); words.value = 'That is all'; words.dispatchEvent(new Event('input'));"
        " const y = book.defaultView.scrollY; book.querySelector('#page-search-results li').click(); return y;",
    )
    return y


@pytest.mark.parametrize("gone", [clicked, searched])
@pytest.mark.parametrize("whole", [False, True], ids=["the-same-page", "another-page"])
def test_back_and_forward_follow_the_reader_also_on_a_page_that_came_later(
    gone: Callable[[Any], int], whole: bool, served: Served, tab: Callable[..., Any]
) -> None:
    page = tab()
    page.uncheck("#follow")
    (served.book / "01-users.md").write_text(USERS.replace("Then", "See [](03-end.md). Then"))
    shows(page, "See The end")
    y = gone(page)
    assert in_view(page, "That is all.")
    if whole:
        (served.book / "02-ship.md").write_text(SHIP.replace("# Shipping", "# Sending"))
        shows(page, "Sending")
    for steps in ("back", "forward", "back"):
        page.evaluate(f"history.{steps}()")
        page.wait_for_function(
            "(y) => Math.abs(document.querySelector('iframe.shown').contentWindow.scrollY - y) < 3"
            if steps == "back"
            else "(y) => Math.abs(document.querySelector('iframe.shown').contentWindow.scrollY - y) > 200",
            arg=y,
        )
    assert page.url == served.url


def test_the_page_around_the_book_has_a_heading_while_nothing_is_built(
    served: Served, window: Callable[..., Any]
) -> None:
    page = window()
    page.route("**/events*", lambda route: route.abort())
    page.goto(served.url)
    assert page.locator("h1").all_inner_texts() == ["Preview"]
    assert page.locator("#problems-title").evaluate("title => title.tagName") == "H2"
