"""One browser for all tests of this folder, its windows, and a running preview.

A browser takes half a second of processor time to start, and a window a third of one to open: more than most tests here take.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests import needs
from tests.browser.preview_tab import CHAPTERS, PATIENCE, SETTINGS, Served
from tests.making import write_book


@pytest.fixture(scope="package")
def chromium(needs_chromium: None) -> Iterator[Any]:
    """A Chromium of playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=needs.browser(), args=["--no-sandbox"])
        yield browser
        browser.close()


class Windows:
    """Windows that are opened once; a test that asks for one gets it as if it were new, but for the addresses it has been at."""

    def __init__(self, chromium: Any) -> None:
        self.chromium = chromium
        self.pages: dict[str, list[Any]] = {}
        self.taken: list[Any] = []
        self.errors: list[str] = []

    def take(self, *, bypass_csp: bool = True, **screen: Any) -> Any:
        """Return a window that the test does not have yet.

        Args:
            bypass_csp: whether what waits for the page may run inside it, past its policy.
            screen: options of a context of playwright; ``viewport``, ``color_scheme`` and ``reduced_motion`` are set in a window that
                is there, others need a window of their own.
        """
        size, media = {"width": 1200, "height": 700}, {"color_scheme": "light", "reduced_motion": "no-preference"}
        size = screen.pop("viewport", size)
        media = {name: screen.pop(name, value) for name, value in media.items()}
        pages = self.pages.setdefault(repr((bypass_csp, sorted(screen.items()))), [])
        if not (free := [page for page in pages if page not in self.taken]):
            page = self.chromium.new_page(bypass_csp=bypass_csp, viewport=size, **screen)
            page.set_default_timeout(PATIENCE)
            page.on("pageerror", lambda error: self.errors.append(str(error)))
            pages.append(page)
            free = [page]
        free[0].set_viewport_size(size)
        free[0].emulate_media(media="null", forced_colors="none", **media)
        self.taken.append(free[0])
        return free[0]

    def give_back(self) -> list[str]:
        """Clear the windows that were taken, and return the errors of their scripts."""
        for page in self.taken:
            page.unroute_all()
            page.context.unroute_all()
            page.context.set_offline(False)
            page.evaluate("location.protocol !== 'about:' && (localStorage.clear(), sessionStorage.clear())")
            page.goto("about:blank")
        errors, self.errors, self.taken = self.errors, [], []
        return errors


@pytest.fixture(scope="package")
def windows(chromium: Any) -> Windows:
    return Windows(chromium)


@pytest.fixture
def window(windows: Windows) -> Iterator[Callable[..., Any]]:
    """Gives the test a window; an error of a script in it fails the test. See :meth:`Windows.take`."""
    yield windows.take
    assert windows.give_back() == []


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A running preview."""
    folder = tmp_path_factory.mktemp("serve")
    book = write_book(folder / "book", CHAPTERS, SETTINGS)
    opened = folder / "opened"
    program = folder / "editor"
    program.write_text(f'#!/bin/sh\necho "$@" >> {opened}.part && mv {opened}.part {opened}\n')
    program.chmod(0o755)
    command = [
        sys.executable,
        "-m",
        "book",
        "serve",
        str(book),
        "--no-open",
        "--editor",
        f"{program} {{file}} {{line}}",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout
        match = re.search(r"http\S+", process.stdout.readline())
        assert match
        yield Served(book=book, url=match[0], opened=opened, process=process)
        process.send_signal(signal.SIGINT)
        words = process.communicate(timeout=60)[0]
    assert process.returncode == 0, words


@pytest.fixture(scope="package")
def first(served: Served, windows: Windows) -> str:
    """The digest of the page of the first build; the same book gives the same page."""
    page = windows.take()
    page.goto(served.url)
    page.wait_for_selector("iframe.shown", state="attached")
    version: str = page.get_attribute("iframe.shown", "data-version")
    assert windows.give_back() == []
    return version.partition("-")[2]


@pytest.fixture
def _restored(served: Served) -> Iterator[None]:
    """Write the book again as it was, after its windows are gone: while one shows pages, each build puts page numbers into the page."""
    yield
    write_book(served.book, CHAPTERS, SETTINGS)


@pytest.fixture
def tab(_restored: None, served: Served, window: Callable[..., Any], first: str) -> Callable[..., Any]:
    """Opens the preview with the original book in a tab."""

    def opened(**options: Any) -> Any:
        page = window(**options)
        page.goto(served.url)
        page.wait_for_selector(f"iframe.shown[data-version$='-{first}']", state="attached")
        page.wait_for_selector("#state[data-phase=ready]")
        return page

    return opened
