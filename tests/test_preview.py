"""No change of a book is missed, whatever happens at the same moment, and the preview ends whenever it is asked to."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio
import pytest

from book.serve.builder import Builder
from book.serve.builder import _built as result_of
from book.serve.preview import READY, Preview
from tests.making import cut_letters, write_book

PATIENCE = 120
"""Seconds after which a test that waits has failed; no test measures speed."""
STEPS = 30
"""Steps of the event loop in which everything that can happen has happened."""
Task = Coroutine[Any, Any, None]


def run(test: Callable[[], Task]) -> None:
    """Run a test in an event loop, but not for ever; in a thread of its own, because a browser of other tests has a loop in this one."""

    async def patient() -> None:
        async with asyncio.timeout(PATIENCE):
            await test()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, patient()).result()


async def steps(count: int = STEPS) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def preview_of(source: Path, out: Path, say: Callable[[str], None]) -> Preview:
    page, paper = (Builder(source, out / name, theme=None, system="") for name in ("page", "paper"))
    return Preview(source, page, paper, say)


async def end(preview: Preview, *tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await preview.end()


# The state.


class Tab:
    """A browser that follows the preview; a server cancels it when it has gone, at each step until it ends."""

    def __init__(self, preview: Preview) -> None:
        self.doing: list[str] = []
        self._preview, self._scope = preview, anyio.CancelScope()
        self.task = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        with self._scope:
            async for state in self._preview.states():
                if state:
                    self.doing.append(state["doing"])

    def close(self) -> None:
        self._scope.cancel()


@pytest.mark.parametrize("moment", range(12))
def test_a_tab_that_is_closed_while_there_is_news_holds_up_nobody(tmp_path: Path, moment: int) -> None:
    """Closed after any step of the event loop, because every one of them was the wrong one for a lock."""

    async def test() -> None:
        preview = preview_of(tmp_path, tmp_path / "out", print)
        stays, *leave = [Tab(preview) for _ in range(3)]
        await steps()
        preview.publish(doing="reading")
        await steps(moment)
        for tab in leave:
            tab.close()
        await steps()
        preview.publish(doing="writing")
        await steps()
        assert stays.doing[-1] == "writing"
        preview.stop()
        await steps()
        assert all(tab.task.done() for tab in (stays, *leave))

    run(test)


BEES, WASPS, BOTH = "Bees and Wasps", "Wasps and Bees", "Wasps Bees and"
"""Titles of the same letters, so that no typeface is cut anew."""


def test_a_change_during_a_build_leads_to_another_build(tmp_path: Path) -> None:
    """And a book that went back to an earlier text has another version: a browser may have loaded something else under that name."""

    async def test() -> None:
        source, out = write_book(tmp_path / "book", {"a.md": f"# {BEES}\n"}), tmp_path / "out"
        cut_letters(source, out)
        preview = preview_of(source, out, print)

        def write(words: str) -> None:
            (source / "a.md").write_text(f"# {words}\n")
            preview.change([source / "a.md"])

        building = asyncio.create_task(preview.run())
        first = await _built(preview, BEES)
        write(WASPS)
        async for state in preview.states():
            if state and state["doing"]:  # it is being built
                write(BOTH)
                break
        await _built(preview, BOTH)
        write(BEES)
        last = await _built(preview, BEES)
        assert last != first
        assert last.partition("-")[2] == first.partition("-")[2]
        await end(preview, building)

    run(test)


class Paper(Builder):
    """A process that is told when a build ends, and what it has found."""

    def __init__(self, out: Path) -> None:
        super().__init__(out, out, theme=None, system="")
        self.begun, self.may_end = asyncio.Semaphore(0), asyncio.Semaphore(0)
        self.problems = [
            {
                "severity": "warning",
                "code": "E102",
                "message": "wide",
                "path": "a.md",
                "line": 1,
                "place": "a.md:1",
                "fix": "",
            }
        ]

    async def build(self, editions: Sequence[str], progress: Callable[[str], None]) -> dict[str, Any]:
        progress(f"making {editions[-1]}")
        self.begun.release()
        await self.may_end.acquire()
        (self.out / "a.pdf").write_bytes(b"%PDF")
        work = {"path": "a.pdf", "pages": 1, "digest": "d" * 64, "labels": ["1"]}
        counts = {"warning": len(self.problems)}
        return {"status": 0, "problems": self.problems, "counts": counts, "works": {"pdf": work}, "chapters": []}


def test_an_edit_does_not_wait_for_the_pages(tmp_path: Path) -> None:
    """Pages that were made from an earlier text are not shown; their problems stay until they are made again."""

    async def test() -> None:
        source, out = write_book(tmp_path / "book", {"a.md": f"# {BEES}\n\n{BEES}.\n"}), tmp_path / "out"
        cut_letters(source, out)
        paper = Paper(tmp_path)
        preview = Preview(source, Builder(source, out, theme=None, system=""), paper, print)
        building = [asyncio.create_task(task) for task in (preview.run(), preview.run_pages())]
        await _built(preview, BEES)
        browser = asyncio.create_task(_ends(preview.states("pdf")))
        await paper.begun.acquire()

        async def edit(words: str) -> None:
            (source / "a.md").write_text(f"# {words}\n\n{words}.\n")
            preview.change([source / "a.md"])
            await _built(preview, words)

        await edit(WASPS)
        paper.may_end.release()
        await paper.begun.acquire()
        assert "pdf" not in preview.state.editions
        paper.may_end.release()
        async for state in preview.states():
            if state and "pdf" in state["editions"]:
                break
        assert preview.state.counts["warning"] == 1
        await edit(BOTH)
        assert [problem["code"] for problem in preview.state.problems] == ["E102"]
        assert preview.state.counts["warning"] == 1
        paper.problems = []
        paper.may_end.release()
        async for state in preview.states():
            if state and not state["problems"]:
                break
        await end(preview, browser, *building)

    run(test)


async def _ends(states: AsyncIterator[Any]) -> None:
    async for _ in states:
        pass


def test_a_new_title_says_nothing_of_the_page_under_the_old_one(tmp_path: Path) -> None:
    source = write_book(tmp_path / "book", {"a.md": f"# {BEES}\n"})
    order = {"source": str(source), "out": str(tmp_path / "out"), "theme": None, "system": "", "editions": ["html"]}
    assert result_of(order, print)["status"] == 0
    (source / "handbound.toml").write_text('title = "Another"\nlanguage = "en"\n', "utf-8")
    built = result_of(order, print)
    assert built["status"] == 0
    assert "E154" not in {problem["code"] for problem in built["problems"]}
    assert built["works"]["html"]["path"] == "another.html"


async def report(lines: list[str], builds: int) -> None:
    """Wait until *lines* tell of so many *builds*."""
    while sum("built" in line for line in lines) < builds:  # noqa: ASYNC110 - the terminal has no event
        await asyncio.sleep(0.02)


def test_a_problem_that_was_shown_before_an_error_is_not_shown_again_after_it(tmp_path: Path) -> None:
    lines: list[str] = []

    async def test() -> None:
        source, out = write_book(tmp_path / "book", f"# {BEES}\n\n[x](gone.md)\n"), tmp_path / "out"
        preview = preview_of(source, out, lines.append)
        building = asyncio.create_task(preview.run())
        settings = source / "handbound.toml"
        sound = settings.read_text()
        for count, text in enumerate((sound, "broken", sound), 1):
            settings.write_text(text)
            preview.change([settings])
            await report(lines, count)
        await end(preview, building)

    run(test)
    assert [line.split()[1] for line in lines if re.search(r": [A-Z]\d{3} ", line)] == ["R101", "S101"]


def test_the_terminal_shows_each_problem_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `book build` prints it; a warning that only moved to another line is not new."""
    monkeypatch.chdir(tmp_path)
    first, second = "[x](gone.md)\n", "[x](lost.md)\n"
    lines: list[str] = []

    async def test() -> None:
        source, out = write_book(Path("book"), f"# {BEES}\n\n{first}"), tmp_path / "out"
        preview = preview_of(source, out, lines.append)
        building = asyncio.create_task(preview.run())
        for count, text in enumerate((first, f"More.\n\n{first}", f"{first}\n{second}"), 1):
            if count > 1:
                (source / "a.md").write_text(f"# {BEES}\n\n{text}")
                preview.change([preview.source / "a.md"])
            await report(lines, count)
        await end(preview, building)

    run(test)
    told = [re.sub(r"^\S+  |in [\d.]+ s", "", line) for line in lines]
    assert told == [
        "built ; 1 warning",
        "book/a.md:3:1: R101 the link 'gone.md' leads to no chapter of this book; it is shown as text [warning]",
        "    fix: link to a chapter of this book, or remove the link",
        "a.md changed: built ; 1 warning",
        "a.md changed: built ; 2 warnings",
        "book/a.md:5:1: R101 the link 'lost.md' leads to no chapter of this book; it is shown as text [warning]",
        "    fix: link to a chapter of this book, or remove the link",
    ]


async def _built(preview: Preview, words: str) -> str:
    """Return the version of the page when it is up to date and has *words*."""
    async for state in preview.states():
        if state and state["phase"] == READY and words.encode() in (preview.file("html") or b""):
            version: str = state["editions"]["html"]["version"]
            return version
    raise AssertionError("the preview has ended")


# The end.


def children(process: int) -> list[int]:
    rows = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = (map(int, row.split()) for row in rows.splitlines())
    return [child for child, parent in pairs if parent == process]


def runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.usefixtures("hangup_ends_programs")
@pytest.mark.parametrize("signal_of_the_end", [signal.SIGTERM, signal.SIGHUP], ids=["asked", "terminal closed"])
def test_a_signal_ends_it_while_it_builds_and_browsers_wait(tmp_path: Path, signal_of_the_end: signal.Signals) -> None:
    """The browser that it opened has not returned, another one reads the news and a third has stopped reading."""
    book = write_book(tmp_path / "book", "# Bees\n")
    opened, browser = tmp_path / "opened", tmp_path / "browser"
    os.mkfifo(opened)
    browser.write_text(f'#!/bin/sh\necho "$$" > {opened}\nexec sleep 3600\n')
    browser.chmod(0o755)
    command = [sys.executable, "-m", "book", "serve", str(book)]
    environment = {**os.environ, "DISPLAY": ":0", "BROWSER": f"{browser} %s"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment) as run:
        assert run.stdout
        match = re.search(r"http\S+", run.stdout.readline())
        assert match
        window = int(opened.read_text())
        try:
            with (
                urllib.request.urlopen(f"{match[0]}events") as waits,
                urllib.request.urlopen(f"{match[0]}events") as reads,
            ):
                for line in reads:
                    news = json.loads(line.removeprefix(b"data:")) if line.startswith(b"data:") else {}
                    if news.get("doing") or news.get("phase") == READY:
                        break
                builders = [child for child in children(run.pid) if child != window]
                run.send_signal(signal_of_the_end)
                assert run.wait(PATIENCE) == 0
                assert waits.read().startswith(b"data:")
            assert len(builders) == 1
            assert not any(map(runs, builders))
        finally:
            os.kill(window, signal.SIGKILL)
            run.kill()


BUILD_FOR_EVER = """
import subprocess, sys, time
from book.serve import builder

def built(order, progress):
    process = subprocess.Popen(["sleep", "3600"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    progress(process.pid)
    time.sleep(3600)

builder._built = built
builder.main()
"""


def test_a_build_ends_when_the_preview_is_gone_whatever_has_ended_it() -> None:
    """With the processes that it has started."""
    command = [sys.executable, "-c", BUILD_FOR_EVER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0) as builder:
        assert builder.stdin
        assert builder.stdout
        builder.stdin.write(b"{}\n")
        builder.stdin.flush()
        started = json.loads(builder.stdout.readline())["progress"]
        builder.stdin.close()
        assert builder.wait(PATIENCE) == -signal.SIGKILL
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(started)], capture_output=True, text=True, check=False
    ).stdout
    assert state.strip()[:1] in ("", "Z")


CALL_AT_ONCE = """
import os, re, signal, socket, sys
from pathlib import Path
from book.serve import editor, serve

def say(line):
    if match := re.search(r"http://([^:]+):([0-9]+)/", line):
        socket.create_connection((match[1], int(match[2]))).close()
        os.kill(os.getpid(), signal.SIGTERM)

serve(Path(sys.argv[1]), browser=False, editor=editor.chosen("code"), say=say)
"""


def test_who_reads_the_address_is_not_refused_although_the_server_does_not_answer_yet(tmp_path: Path) -> None:
    book = write_book(tmp_path / "book", "# Bees\n")
    run = subprocess.run(
        [sys.executable, "-c", CALL_AT_ONCE, book], capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert (run.returncode, run.stderr) == (0, "")
