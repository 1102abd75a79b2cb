"""The command where the system refuses something: one line that names it, never a traceback, and nothing is left behind."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from book import cli, press
from tests.cli.command_line import outside
from tests.making import published


@pytest.mark.parametrize(
    "words",
    [
        ["build", "LONG"],
        ["build", ".", "-o", "LONG"],
        ["order", "LONG"],
        ["new", "LONG"],
        ["clean", "-o", "LONG"],
        ["fix", "LONG.md"],
        ["manual", "--write", "LONG"],
    ],
)
def test_a_name_that_no_file_can_have_is_a_fault_of_the_command_line(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main([word.replace("LONG", "x" * 300) for word in words])
    assert end.value.code == 2
    assert capsys.readouterr().err.endswith("…: File name too long\n")


@pytest.mark.parametrize("words", [["build"], ["build", "--json"], ["lint"], ["order"]])
def test_an_error_of_the_system_is_one_line_with_what_to_do(
    words: list[str], sound: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(sound / "themes"))

    for name in ("build", "read", "reading_order"):
        monkeypatch.setattr(press, name, refuse)
    command, *options = words
    to = ["-o", str(tmp_path / "out")] if command == "build" else []
    assert cli.main([command, str(sound), *to, *options]) == 1
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    if "--json" in words:
        assert '"code": "X112"' in said.out
    else:
        assert said.err.splitlines() == [
            f"{sound / 'themes'}:1:1: X112 the system refuses this: Permission denied [error]",
            "    fix: allow yourself to read it, and to look into its folder",
        ]


def test_too_few_open_files_are_no_bug(sound: Path, out: Path) -> None:
    command = [sys.executable, "-m", "book", "build", str(sound), "-o", str(out), "-e", "html"]
    done = subprocess.run(
        ["sh", "-c", 'ulimit -n 10; exec "$@"', "sh", *command], check=False, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-2:] == [
        "system:1:1: X112 the system refuses this: Too many open files [error]",
        "    fix: allow more open files: ulimit -n 1024",
    ]


def test_a_book_is_built_also_where_the_current_folder_is_gone(sound: Path, out: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "book", "build", str(sound), "-o", str(out), "-e", "html"]
    gone = tmp_path / "gone"
    gone.mkdir()
    done = subprocess.run(
        ["sh", "-c", 'rmdir "$PWD"; exec "$@"', "sh", *command],
        cwd=gone,
        env={**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[1])},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "tiny.html" in published(out)


def test_the_manual_is_not_written_over_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.write_text("mine", "utf-8")
    assert cli.main(["manual", "--write", str(file)]) == 1
    assert "W101 this is a file, not a folder" in capsys.readouterr().err
    assert file.read_text("utf-8") == "mine"


@pytest.mark.needs_pango
def test_a_build_leaves_nothing_in_the_folder_for_temporary_files(sound: Path, out: Path, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    done = outside("build", str(sound), "-o", str(out), "-e", "pdf", TMPDIR=str(scratch))
    assert done.returncode == 0, done.stderr
    assert "tiny.pdf" in published(out)
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("name", ["mkdocs.yml", ".git", "themes", ".git/objects", "handbound.toml", ""])
def test_what_is_closed_refuses_a_book_only_if_it_is_needed(
    name: str, sound: Path, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (sound / ".git").mkdir()
    look, enter = os.stat, os.scandir

    def stat(path: Any, *words: Any, **more: Any) -> os.stat_result:
        if name and isinstance(path, str | Path) and str(path) == str(sound / name):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return look(path, *words, **more)

    def scandir(path: Any) -> Any:
        if not name and str(path) == str(sound):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return enter(path)

    monkeypatch.setattr(os, "stat", stat)
    monkeypatch.setattr(os, "scandir", scandir)
    status = cli.main(["build", str(sound), "-o", str(out), "-e", "html", "-q"])
    said = capsys.readouterr().err
    closed = f"{sound}:1:1: M101 the book's folder cannot be read: Permission denied [error]\n    fix: name a folder of chapters\n"
    assert (status, said) == ((0, "") if name else (1, closed))
