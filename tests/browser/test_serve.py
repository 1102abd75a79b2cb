"""The preview: a real server, a real browser, and a book that changes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from book.serve import editor, places
from tests.browser.preview_tab import CHAPTERS, FILLING, SETTINGS, Served, in_view, inside, pane, shows
from tests.making import write_book


def test_an_edit_is_shown_at_its_place(served: Served, tab: Callable[..., Any]) -> None:
    page = tab()
    chapter = served.book / "01-users.md"
    chapter.write_text(CHAPTERS["01-users.md"].replace("Then *stop*", "Zebras come. Then *stop*"))
    shows(page, "Zebras come.")
    assert in_view(page, "Zebras come.")
    assert "01-users.md" in page.text_content("#state-words")
    assert page.locator("iframe").count() == 1


def test_a_reader_who_scrolled_away_stays_there(served: Served, tab: Callable[..., Any]) -> None:
    page = tab()
    page.uncheck("#follow")
    page.evaluate(
        "() => { const page = document.querySelector('iframe.shown').contentDocument;"
        " Array.from(page.querySelectorAll('p')).find((one) => one.textContent === 'Ship it.').scrollIntoView({ behavior: 'instant' }); }"
    )
    (served.book / "01-users.md").write_text(CHAPTERS["01-users.md"].replace("Talk to", f"{FILLING}\n\nZebras talk to"))
    shows(page, "Zebras talk to")
    assert in_view(page, "Ship it.")
    assert not in_view(page, "Zebras talk to")


def test_errors_come_and_go(served: Served, tab: Callable[..., Any]) -> None:
    page = tab()
    assert page.locator("#problems").is_hidden()
    (served.book / "handbound.toml").write_text(SETTINGS + "thema = 1\nmath = \n")
    pane(page, visible=True)
    assert "handbound.toml:5:" in page.text_content("#problems-list")
    assert page.get_attribute("#state", "data-phase") == "failed"
    shows(page, "Talk to five of them.")
    (served.book / "handbound.toml").write_text(SETTINGS)
    pane(page, visible=False)
    page.wait_for_selector("#state[data-phase=ready]")


def test_a_new_warning_shows_itself_and_opens_its_line(served: Served, tab: Callable[..., Any]) -> None:
    page = tab()
    served.opened.unlink(missing_ok=True)
    (served.book / "03-end.md").write_text("# The end\n\nThat is all.\n\nBut [not](gone.md) quite.\n")
    pane(page, visible=True)
    page.click("#problems-list .place >> nth=0")
    page.wait_for_function("document.getElementById('toast').textContent !== ''")
    assert page.text_content("#toast") == "Opening 03-end.md:5"
    write_book(served.book, CHAPTERS, SETTINGS)
    pane(page, visible=False)
    assert served.opened.read_text().split() == [str(served.book / "03-end.md"), "5"]


def test_a_click_opens_the_line_in_the_editor(tab: Callable[..., Any]) -> None:
    page = tab()
    text = CHAPTERS["01-users.md"].splitlines()
    line = next(number for number, words in enumerate(text, 1) if words.startswith("Then"))
    page.frame_locator("iframe.shown").locator("p:has-text('Then stop')").click(
        modifiers=["Alt"], position={"x": 4, "y": 4}
    )
    page.wait_for_function("document.getElementById('toast').textContent !== ''")
    assert page.text_content("#toast") == f"Opening 01-users.md:{line}"


def test_the_keyboard_opens_it_too(tab: Callable[..., Any]) -> None:
    page = tab()
    page.focus("#edit")
    page.keyboard.press("Enter")
    page.wait_for_function("document.getElementById('toast').textContent !== ''")
    assert page.text_content("#toast").startswith("Opening 01-users.md:")


def test_two_tabs_follow_the_same_book(served: Served, tab: Callable[..., Any]) -> None:
    pages = tab(), tab(color_scheme="dark")
    (served.book / "02-ship.md").write_text(CHAPTERS["02-ship.md"].replace("Ship it.", "Ship it today."))
    for page in pages:
        shows(page, "Ship it today.")


def test_a_chapter_that_is_deleted_goes_and_comes_back(served: Served, tab: Callable[..., Any]) -> None:
    page = tab()
    (served.book / "03-end.md").unlink()
    shows(page, "That is all.", there=False)
    (served.book / "03-end.md").write_text(CHAPTERS["03-end.md"])
    shows(page, "That is all.")


def test_an_image_that_is_renamed_is_reported_and_found_again(served: Served, tab: Callable[..., Any]) -> None:
    page = tab()
    (served.book / "dot.svg").rename(served.book / "spot.svg")
    pane(page, visible=True)
    assert "dot.svg" in page.text_content("#problems-list")
    (served.book / "spot.svg").rename(served.book / "dot.svg")
    pane(page, visible=False)
    page.frame_locator("iframe.shown").locator("main svg").wait_for(state="attached")


def test_a_sheet_of_the_theme_is_taken_at_once(served: Served, tab: Callable[..., Any]) -> None:
    page = tab()
    (served.book / "themes/mine/css/web.css").write_text("main p { letter-spacing: 3px; }\n")
    page.wait_for_function(
        "() => { const frame = document.querySelector('iframe.shown');"
        " return frame && frame.contentWindow.getComputedStyle(frame.contentDocument.querySelector('.hb-chapter p:not([class])')).letterSpacing === '3px'; }"
    )


def test_pages_stand_beside_the_page_when_they_are_wanted(
    needs_pango: None, served: Served, tab: Callable[..., Any]
) -> None:
    page = tab()
    page.select_option("#pages", "pdf")
    page.wait_for_selector("#paper iframe", state="attached")
    (served.book / "03-end.md").write_text(CHAPTERS["03-end.md"] + "\nZebras at the end.\n")
    shows(page, "Zebras at the end.")
    page.wait_for_function("document.querySelector('#paper iframe:last-of-type').src.includes('#page=')")
    address = page.evaluate("document.querySelector('#paper iframe:last-of-type').src")
    assert "navpanes=0&view=FitH" in address
    with urllib.request.urlopen(address.partition("#")[0]) as answer:
        assert answer.read(5) == b"%PDF-"


@pytest.mark.usefixtures("first", "_restored")
def test_the_policy_lets_everything_through_that_the_preview_needs(served: Served, window: Callable[..., Any]) -> None:
    """Without the way past the policy that the other tests take."""
    words: list[str] = []
    page = window(bypass_csp=False)
    page.on("console", lambda message: words.append(message.text))
    page.goto(served.url)
    page.wait_for_selector("iframe.shown", state="attached")
    (served.book / "01-users.md").write_text(
        CHAPTERS["01-users.md"].replace("Talk to", "Yaks talk to") + "\n## A section\n"
    )
    shows(page, "Yaks talk to five")
    reset = "getComputedStyle(book.querySelector('#users .hb-opener')).counterReset"
    before = inside(page, f"book.body.dataset.same = 'yes'; return {reset}")
    (served.book / "01-users.md").write_text((served.book / "01-users.md").read_text().replace("Yaks", "Zebras"))
    shows(page, "Zebras talk to five")
    assert inside(page, "return book.body.dataset.same") == "yes"  # only the chapter is new
    assert inside(page, f"return {reset}") == before != "none"
    assert not words


# Who may send requests.


def status(url: str, data: object = None, **headers: str) -> int:
    body = None if data is None else json.dumps(data).encode()
    request = urllib.request.Request(url, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["referrer-policy"] == "no-referrer"
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_nothing_is_served_but_the_preview(served: Served) -> None:
    top = re.sub(r"[^/]+/$", "", served.url)
    assert status(served.url) == 200
    for path in ("", "html", "wrong/html"):
        assert status(top + path) == 404
    for path in (
        "01-users.md",
        "handbound.toml",
        "../../etc/passwd",
        "pages/html",
        "pages/..%2f..%2fhandbound.toml",
        "page/serve.js",
    ):
        assert status(served.url + path) == 404, path


def test_another_name_and_another_page_are_refused(served: Served) -> None:
    """A web page whose host name resolves to this machine, and one that only knows the address."""
    assert status(served.url, host="example.org") == 400
    served.opened.unlink(missing_ok=True)
    question = {"chapter": 0, "words": "Talk to five of them.", "share": 0}
    kind = {"content-type": "application/json"}
    assert status(served.url + "place", question, origin="https://example.org", **kind) == 400
    assert status(served.url + "place", question, **{"content-type": "text/plain"}) == 400
    assert not served.opened.exists()


@pytest.mark.parametrize(
    "question",
    [
        {"chapter": 9**9, "words": "x", "share": 0},
        {"chapter": -1, "words": "x", "share": 2},
        {"problem": 10**30},
        {"problem": -1},
    ],
)
def test_a_question_out_of_bounds_has_no_place(served: Served, question: dict[str, object]) -> None:
    request = urllib.request.Request(
        served.url + "place", data=json.dumps(question).encode(), headers={"content-type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        assert json.load(answer) == {"file": ""}


@pytest.mark.parametrize("question", [{}, [], "x", {"problem": "x"}, {"chapter": None, "words": 1, "share": {}}])
def test_an_invalid_question_is_refused(served: Served, question: object) -> None:
    assert status(served.url + "place", question, **{"content-type": "application/json"}) == 400


def test_a_port_that_is_taken_is_reported(served: Served) -> None:
    port = re.search(r":(\d+)/", served.url)
    assert port
    command = [sys.executable, "-m", "book", "serve", str(served.book), "--no-open", "--port", port[1]]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert re.match(r"--port:1:1: V101 port \d+ cannot be used: Address already in use", run.stderr)


# The line of a block.


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ("Figure 2.1 The funnel in May", 9),
        ("“Ask five,” she said.", 3),
        ("see the report for more", 5),
        ("twice", 11),
    ],
)
def test_a_block_is_found_by_its_words(block: str, line: int) -> None:
    text = '# Head\n\n"Ask *five*," she said.\n\nsee [the report](https://example.org/a/b "T") for more\n\ntwice\n\n![The funnel in May](f.svg)\n\ntwice\n'
    assert places.line_of(text, block, 0.9) == line


def test_only_the_person_at_the_keyboard_names_an_editor(tmp_path: Path) -> None:
    """A key of handbound.toml that sounds like it is no setting."""
    from book import settings
    from book.problems import SettingsError

    book = write_book(tmp_path, "# A\n", SETTINGS.replace('theme = "mine"', 'editor = "touch {file}"'))
    with pytest.raises(SettingsError, match="editor"):
        settings.read(book)
    assert editor.chosen(None, {}) == editor.Editor()


def test_an_editor_is_never_one_of_the_terminal() -> None:
    assert editor.chosen(None, {"EDITOR": "vim"}) == editor.Editor()
    assert editor.chosen(None, {"VISUAL": "code --wait", "EDITOR": "vim"}).command[1:] == ("--goto", "{file}:{line}")
    assert editor.chosen(None, {"EDITOR": "'unclosed"}) == editor.Editor()
    assert editor.chosen("vscode://file/", {}).url == "vscode://file/{file}:{line}"


def test_an_editor_that_does_not_start_is_not_an_error(tmp_path: Path) -> None:
    assert not editor.Editor(command=(str(tmp_path / "none"), "{file}")).open(tmp_path / "a.md", 1)
