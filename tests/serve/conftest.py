"""A running preview and tabs of a browser that show it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.making import write_book
from tests.serve.preview_tab import CHAPTERS, PATIENCE, SETTINGS, Served


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
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


@pytest.fixture(scope="module")
def first(served: Served, chromium: Any) -> str:
    """The digest of the page of the first build; the same book gives the same page."""
    page = chromium.new_page()
    page.goto(served.url)
    page.wait_for_selector("iframe.shown", state="attached", timeout=PATIENCE)
    version: str = page.get_attribute("iframe.shown", "data-version")
    page.close()
    return version.partition("-")[2]


@pytest.fixture(scope="module")
def window(chromium: Any) -> Any:
    """Opens a page, past the policy: what waits for it must run inside it."""

    def opened(**options: Any) -> Any:
        page = chromium.new_page(**{"bypass_csp": True, "viewport": {"width": 1200, "height": 700}, **options})
        page.set_default_timeout(PATIENCE)
        return page

    return opened


@pytest.fixture(scope="module")
def same(window: Callable[..., Any]) -> Any:
    """The page in which most tests open the preview anew."""
    return window()


@pytest.fixture
def tab(served: Served, window: Callable[..., Any], same: Any, first: str) -> Iterator[Callable[..., Any]]:
    """Opens the preview in a tab with the original book; in one of its own if there are options."""
    pages = []

    def opened(**options: Any) -> Any:
        page = window(**options) if options else same
        pages.append(page)
        page.goto(served.url)
        page.wait_for_selector(f"iframe.shown[data-version$='-{first}']", state="attached")
        page.wait_for_selector("#state[data-phase=ready]")
        return page

    yield opened
    write_book(served.book, CHAPTERS, SETTINGS)
    for page in pages:
        page.goto("about:blank") if page is same else page.close()
