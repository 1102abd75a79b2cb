"""The command where its output goes nowhere, or cannot be written, or where the locale is not UTF-8."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.cli.command_line import SOUND, outside
from tests.making import published, write_files

CHINESE = {
    "handbound.toml": 'title = "手册"\n',
    "手册.md": '# 手册 “one”\n\n手册 "two". [Two](zwei-ü.md)\n',
    "zwei-ü.md": "# Zwei\n\nText. [gone](没有.md)\n",
}
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""A locale without UTF-8 that every machine has."""


def in_shell(line: str, *words: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command with *words* as ``"$@"`` of the shell's *line*."""
    command = ["sh", "-c", line, "sh", sys.executable, "-m", "book", *words]
    return subprocess.run(command, env=os.environ | {"CI": ""} | variables, check=False, capture_output=True)


@pytest.mark.parametrize("where", ["2>&-", "<&- >&- 2>&-", ">/dev/full"])
def test_a_build_publishes_whatever_happens_to_its_output(where: str, sound: Path, out: Path) -> None:
    done = in_shell(f'"$@" {where}', "build", str(sound), "-o", str(out), "-e", "html")
    assert b"Traceback" not in done.stderr
    assert done.returncode == (2 if where == ">/dev/full" else 0)
    assert sorted(published(out)) == ["index.html", "report.json", "tiny.html"]


@pytest.mark.parametrize("events", [[], ["--json"]])
def test_a_build_goes_on_when_the_reader_of_its_output_goes_away(events: list[str], sound: Path, out: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "book", "build", str(sound), "-o", str(out), "-e", "html", *events]
    done = subprocess.run(command, env=os.environ | {"CI": ""}, check=False, stdout=writing, stderr=writing)
    os.close(writing)
    assert done.returncode == 0
    assert sorted(published(out)) == ["index.html", "report.json", "tiny.html"]


def test_a_book_with_errors_has_its_status_also_when_nobody_reads_them(tmp_path: Path) -> None:
    book = write_files(tmp_path / "book", {**SOUND, "c.md": "---\ntitle: a\ntitle: b\n---\n\nText.\n"})
    done = in_shell('"$@" 2>&- >&-', "lint", str(book))
    assert done.returncode == 1


def test_a_preview_of_nobody_ends_with_the_reader_of_its_output(sound: Path, out: Path) -> None:
    command = [sys.executable, "-m", "book", "build", str(sound), "-o", str(out), "-e", "html", "--watch", "--json"]
    with subprocess.Popen(command, env=os.environ | {"CI": ""}, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            if '"waiting"' in line:
                break
        process.stdout.close()
        touch = threading.Timer(0.5, lambda: (sound / "a.md").write_text(SOUND["a.md"] + "\nNew.\n", "utf-8"))
        touch.start()
        assert process.wait(60) == 0


def test_results_that_a_full_disk_loses_are_an_error(sound: Path) -> None:
    done = in_shell('"$@" >/dev/full', "order", str(sound))
    assert done.returncode == 2
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("book: the standard output cannot be written: No space left on device; ")


def test_a_stream_without_waiting_loses_nothing(sound: Path) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    command = [sys.executable, "-m", "book", "manual", "settings"]
    with subprocess.Popen(command, stdout=writing, stderr=subprocess.PIPE) as process:
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            text = pipe.read()
        assert process.stderr
        assert process.stderr.read() == b""
    assert len(text) > 65536 or text == outside("manual", "settings").stdout.encode()


@pytest.mark.parametrize(
    ("encoding", "command"), [("ascii", "lint"), ("latin-1", "fix"), ("cp1252", "order"), ("utf-16", "order")]
)
def test_every_command_prints_any_text_in_any_encoding(encoding: str, command: str, tmp_path: Path) -> None:
    book = write_files(tmp_path / "book", CHINESE)
    done = in_shell(
        '"$@"',
        command,
        str(book),
        *(["--diff"] if command == "fix" else ["-v"][: command == "lint"]),
        PYTHONIOENCODING=encoding,
    )
    assert "Traceback" not in done.stderr.decode(encoding)
    assert done.returncode in (0, 1)
    assert ("手册" if encoding == "utf-16" else "\\u624b\\u518c") in done.stdout.decode(encoding)


def test_our_own_signs_have_a_plain_form(tmp_path: Path) -> None:
    book = write_files(tmp_path / "book", CHINESE)
    done = in_shell('"$@"', "order", str(book), PYTHONIOENCODING="ascii")
    assert done.stdout.decode().splitlines()[1:] == [
        "|- Zwei  [zwei-\\u00fc.md - natural order]",
        '`- \\u624b\\u518c "one"  [\\u624b\\u518c.md - natural order]',
    ]


def test_a_book_is_the_same_in_a_locale_without_utf_8(tmp_path: Path) -> None:
    book = write_files(tmp_path / "book", CHINESE)
    assert outside("build", str(book), "-o", str(tmp_path / "utf-8"), "-e", "html", "-q").returncode == 0
    done = in_shell('"$@"', "build", str(book), "-o", str(tmp_path / "c-手"), "-e", "html", "-q", **ASCII)
    assert done.returncode == 0, done.stderr
    assert published(tmp_path / "c-手") == published(tmp_path / "utf-8")
    assert b"\\u6ca1\\u6709.md" in done.stderr, "messages stay in the encoding of the locale"


def test_a_title_on_the_command_line_is_utf_8_in_every_locale(tmp_path: Path) -> None:
    folder = tmp_path / "neu-ü"
    done = in_shell('"$@"', "new", str(folder), "--title", "Über 手册", **ASCII)
    assert done.returncode == 0, done.stderr
    assert 'title = "Über 手册"' in (folder / "handbound.toml").read_text("utf-8")
