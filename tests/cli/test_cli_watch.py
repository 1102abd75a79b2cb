"""`book build --watch`: another build after each save, as a new process would make it, until somebody ends it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from book import cli
from book.building import WAITING
from book.markdown import pandoc
from tests.cli.command_line import SOUND, outside
from tests.making import picture, published, write_files

PATIENCE = 120
"""Seconds after which a command that is waited for is killed; no test measures speed."""
Event = dict[str, Any]


class Watch:
    """The command in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def until(self, right: Callable[[str], bool]) -> list[str]:
        """Return the lines that it prints, up to one that is *right*."""
        assert self.process.stdout
        lines = []
        for line in self.process.stdout:
            lines.append(line.rstrip("\n"))
            if right(lines[-1]):
                return lines
        raise AssertionError(lines)

    def events(self, last: str = "waiting") -> list[Event]:
        """Return the events up to the next *last*."""
        return list(map(json.loads, self.until(lambda line: json.loads(line)["event"] == last)))

    def save(self, file: Path, words: str | bytes) -> list[Event]:
        """Save *file*, and return the events of the build that follows."""
        file.write_bytes(words.encode() if isinstance(words, str) else words)
        return self.events()

    def end(self, number: int = signal.SIGINT) -> str:
        """End it, and return what it still prints."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=PATIENCE)[0]


@contextmanager
def watch(*words: str, **variables: str) -> Iterator[Watch]:
    """Run ``book build --watch`` with *words*; both streams are one."""
    command = [sys.executable, "-m", "book", "build", "--watch", *words]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "CI": "", **variables},
    ) as process:
        killer = threading.Timer(PATIENCE, process.kill)
        killer.start()
        try:
            yield Watch(process)
        finally:
            killer.cancel()
            process.kill()


def ends(events: list[Event]) -> list[tuple[int, bool]]:
    """Return status and ``built`` of each build in *events*."""
    return [(event["status"], event["built"]) for event in events if event["event"] == "end"]


def names(folder: Path) -> set[str]:
    """Return the paths of all files in *folder*."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


BOOK = {
    "handbound.toml": 'title = "Tiny"\nlanguage = "en"\ntheme = "ours"\nbibliography = ["works.bib"]\n[labels]\ncontents = "Inside"\n',
    "01.md": "# One\n\nHello [@miller]. $x^2$\n\n{{#include parts/more.md}}\n",
    "02.md": "# Two\n\n![A red thing](a.png)\n",
    "works.bib": "@book{miller, author = {Ada Miller}, title = {Wood}, year = 2001}\n",
    "parts/more.md": "More words.\n",
    "themes/ours/theme.toml": 'title = "Ours"\nextends = "folio"\n',
    "themes/ours/css/book.css": "h2 { text-transform: uppercase }\n",
}
CHANGED = {
    "handbound.toml": BOOK["handbound.toml"].replace("Tiny", "Small").partition("[labels]")[0],
    "01.md": BOOK["01.md"] + "\nOne more paragraph.\n",
    "works.bib": BOOK["works.bib"].replace("Ada", "Ben"),
    "parts/more.md": "Other words.\n",
    "themes/ours/css/book.css": "h2 { font-style: italic }\n",
}


def commit(book: Path, date: str) -> None:
    """Commit everything in *book* at a *date*."""
    who = {f"GIT_{role}_{what}": "a@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "x", "--date", date)):
        environment = {**os.environ, **who, "GIT_COMMITTER_DATE": date}
        subprocess.run(["git", *words], cwd=book, env=environment, check=True)


def test_whatever_changes_the_editions_are_those_of_a_new_process(tmp_path: Path) -> None:
    book = write_files(tmp_path / "book", BOOK)
    (book / "a.png").write_bytes(picture(size=(6, 4), colour=(200, 0, 0)))
    commit(book, "2020-01-01T00:00:00Z")
    with watch(str(book), "-o", str(book / "out"), "-e", "html", "--json") as command:
        assert ends(command.events()) == [(0, True)]
        for name, words in CHANGED.items():
            events = command.save(book / name, words)
            assert events[0] == {"event": "changed", "paths": [str(book / name)]}
            assert ends(events) == [(0, True)]
        (book / "02.md").rename(book / "03.md")
        assert ends(command.events()) == [(0, True)]
        commit(book, "2030-01-01T00:00:00Z")
        assert ends(command.save(book / "a.png", picture(size=(6, 4), colour=(0, 0, 200)))) == [(0, True)]
        assert command.end() == ""  # it did not build for what it wrote itself
    assert command.process.returncode == 0
    before = published(book / "out")
    shutil.rmtree(book / "out")
    done = outside("build", str(book), "-o", str(book / "out"), "-e", "html", "-q")
    assert done.returncode == 0, done.stderr
    after = published(book / "out")
    assert {name for name in before if before[name] != after.get(name)} <= {"tiny.html", "report.json"}
    assert "small.html" in after


def test_an_error_is_told_and_the_next_save_mends_it(sound: Path, out: Path) -> None:
    files = names(sound)
    with watch(str(sound), "-o", str(out), "-e", "html", "--json") as command:
        command.events()
        first = published(out)
        events = command.save(sound / "handbound.toml", 'titel = "Tiny"\n')
        assert [event["code"] for event in events if event["event"] == "problem"] == ["S102"]
        assert ends(events) == [(2, False)]
        assert published(out) == first
        assert ends(command.save(sound / "handbound.toml", SOUND["handbound.toml"])) == [(0, True)]
        assert published(out) == first
        sound.rename(sound.with_name("away"))
        assert command.events()[0] == {"event": "changed", "paths": [str(sound)]}
        sound.with_name("away").rename(sound)
        while (0, False) not in ends(command.events()):  # the folder was missing, and has come back
            pass
        events = command.save(sound / "a.md", SOUND["a.md"] + "New.\n")
        assert ends(events) == [(0, True)]
        assert b"New." in published(out)["tiny.html"]
        assert names(sound) == files
        assert command.end(signal.SIGTERM) == ""
    assert command.process.returncode == 0


def test_a_log_gets_a_line_for_each_later_build_and_only_what_is_new(sound: Path, out: Path) -> None:
    def is_built(line: str) -> bool:
        return "  built " in line

    def without_times(lines: list[str]) -> list[str]:
        return [re.sub(r"^\d\d:\d\d:\d\d  | in \d+\.\d s", "", line) for line in lines]

    a, b, page = sound / "a.md", sound / "b.md", out / "tiny.html"
    with watch(str(sound), "-o", str(out), "-e", "html") as command:
        command.until(lambda line: line == WAITING)
        b.write_text(SOUND["b.md"] + "\n[One](no.md).\n")
        message = "R101 the link 'no.md' leads to no chapter of this book; it is shown as text [warning]"
        first = without_times(command.until(is_built))
        assert first[0] == f"{b} changed"
        assert [line.partition(": ")[2] for line in first if "[warning]" in line] == [message]
        assert first[-1] == f"built {page}; 1 warning"
        a.write_text(SOUND["a.md"] + "\nWords.\n")
        assert without_times(command.until(is_built)) == [f"{a} changed", f"built {page}; 1 warning as before"]
        b.write_text(SOUND["b.md"] + "\nMore.\n\n[One](no.md), [two](nor.md).\n")
        lines = without_times(command.until(is_built))
        assert sum("no.md" in line for line in lines) == 0, "the link is on another line, and known"
        assert sum("[warning]" in line for line in lines) == 1
        assert lines[-1] == f"built {page}; 2 warnings, 1 new"
        b.write_text("---\ntitle: a\ntitle: b\n---\n")
        refused = command.until(lambda line: line.startswith("not published"))
        assert any("M114" in line for line in refused)
        b.write_text(SOUND["b.md"])
        assert without_times(command.until(is_built)) == [f"{b} changed", f"built {page}; 0 warnings"]


def test_lines_say_what_it_waits_for_a_save_during_a_build_is_not_missed_and_ctrl_c_interrupts_it(
    sound: Path, out: Path, tmp_path: Path
) -> None:
    hanging = tmp_path / "pandoc"
    real = pandoc.door()[0]
    hanging.write_text(f'#!/bin/sh\nwhile [ -e "$0.hangs" ]; do touch "$0.begun"; sleep 0.05; done\nexec {real} "$@"\n')
    hanging.chmod(0o755)
    with watch(str(sound), "-o", str(out), "-e", "html", PYPANDOC_PANDOC=str(hanging)) as command:
        lines = command.until(lambda line: line == WAITING)
        assert f"open {out / 'tiny.html'}" in lines
        (sound / "b.md").write_text(SOUND["b.md"] + "New.\n")
        lines = command.until(lambda line: "  built " in line)
        assert lines[0].endswith(f"  {sound / 'b.md'} changed")

        def hang() -> None:
            (tmp_path / "pandoc.hangs").touch()
            (sound / "b.md").write_text((sound / "b.md").read_text() + "Newer.\n")
            while not (tmp_path / "pandoc.begun").exists():
                assert command.process.poll() is None
                time.sleep(0.02)

        hang()
        (sound / "a.md").write_text(SOUND["a.md"] + "Saved meanwhile.\n")
        time.sleep(0.2)
        (tmp_path / "pandoc.hangs").unlink()
        lines = command.until(lambda line: line.endswith(f"  {sound / 'a.md'} changed"))
        assert sum("  built " in line for line in lines) == 1
        command.until(lambda line: "  built " in line)
        assert b"Saved meanwhile." in published(out)["tiny.html"]
        (tmp_path / "pandoc.begun").unlink()
        before = published(out)
        hang()
        assert command.end().splitlines()[-1] == "interrupted; existing editions are unchanged"
    assert command.process.returncode == 130
    assert published(out) == before


def test_of_several_books_those_are_built_whose_files_change(sound: Path, tmp_path: Path, cut: Path) -> None:
    other = shutil.copytree(sound, tmp_path / "other")
    out = tmp_path / "out"
    shutil.copytree(cut, out / ".cache" / "fonts")
    with watch(str(sound), str(other), "-o", str(out), "-e", "html", "--json") as command:
        assert ends(command.events()) == [(0, True)] * 2
        events = command.save(other / "a.md", SOUND["a.md"] + "New.\n")
        assert [event["book"] for event in events if event["event"] == "end"] == [str(other)]
        assert b"New." in published(out / "other")["tiny.html"]
        assert command.end() == ""
    assert command.process.returncode == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["missing"], "the book's folder is not there"),
        (["sound", "missing"], "the book's folder is not there"),
        (["sound", "--theme", "missing"], "missing"),
        (["sound", "-o", "sound"], "this is the folder of the book itself"),
    ],
)
def test_what_no_save_can_mend_ends_it_at_once(
    words: list[str],
    message: str,
    sound: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["build", "--watch", "-e", "html", *words]) == 2
    assert message in capsys.readouterr().err
