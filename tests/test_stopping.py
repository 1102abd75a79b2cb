"""Signals that ask a run to end: heard once, whatever comes after it and whatever a library does with the exception."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from book import cache, press, seal, stopping
from book.editions import html
from book.stopping import Stopped, listening_for_the_end
from tests.making import published, write_files

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def plain_handlers() -> Iterator[None]:
    """The handlers of a new process."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in NUMBERS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def lose(number: int) -> None:
    """Do what a library does that catches every exception."""
    with contextlib.suppress(BaseException):  # as WeasyPrint around an image
        signal.raise_signal(number)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_second_signal_does_not_disturb_the_clean_up(number: signal.Signals) -> None:
    cleaned: list[str] = []

    def run() -> None:
        try:
            signal.raise_signal(number)
        finally:
            for other in NUMBERS:
                signal.raise_signal(other)
            cleaned.append("all")

    with pytest.raises(Stopped) as stop, listening_for_the_end():
        run()
    assert stop.value.status == 128 + number
    assert cleaned == ["all"]
    assert not stopping.is_heard()


def test_a_clean_up_that_takes_too_long_is_ended_by_the_next_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[int] = []
    monkeypatch.setattr(os, "_exit", ends.append)
    monkeypatch.setattr(stopping, "GRACE", -1)
    with listening_for_the_end():
        lose(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
    assert ends == [143]


def test_a_command_under_nohup_goes_on_without_its_terminal() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with listening_for_the_end():
        signal.raise_signal(signal.SIGHUP)
        assert not stopping.is_heard()
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_after_a_whole_run_no_signal_is_heard() -> None:
    with listening_for_the_end(is_whole=True):
        pass
    assert {signal.getsignal(number) for number in NUMBERS} == {signal.SIG_IGN}


def test_nothing_is_published_or_remembered_after_a_signal_that_a_library_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = write_files(tmp_path / "book", {"handbound.toml": 'title = "Tiny"\n', "a.md": "# One\n\nText.\n"})
    folder = tmp_path / "out"
    assert press.build(book, folder, editions=["html"]).status == 0
    before = published(folder)
    write_files(book, {"a.md": "# One\n\nOther text.\n"})
    make, kept = html.make, []

    def interrupted(*words: object) -> object:
        lose(signal.SIGINT)
        result = make(*words)  # type: ignore[arg-type]
        cache.keep(folder, "stage", "entry", b"data")
        kept.append((folder / "stage").exists())
        return result

    monkeypatch.setattr(html, "make", interrupted)
    with pytest.raises(Stopped), listening_for_the_end():
        press.build(book, folder, editions=["html"])
    assert kept == [False]
    assert published(folder) == before


@pytest.mark.parametrize("step", ["put", "publish", "remove"])
def test_a_set_is_not_made_of_what_was_made_after_a_signal(step: str, tmp_path: Path) -> None:
    def make(stage: seal.Stage) -> None:
        lose(signal.SIGTERM)
        {"put": lambda: stage.put("b.html", b"data"), "remove": lambda: stage.remove("a.html")}.get(
            step, stage.publish
        )()

    with listening_for_the_end(), seal.Stage(tmp_path / "out") as stage:
        stage.put("a.html", b"data")
        with pytest.raises(Stopped):
            make(stage)
    assert published(tmp_path / "out") == {}
