"""How the command prints problems: few lines, the important ones first, every kind counted."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from book import labels
from book.manifest import Summary
from book.problems import Place, Problem, Severity
from book.progress import Line, bar, columns, fitted
from book.terminal import ERRORS, LINES, messages, sum_up, tell


def some(code: str, number: int, severity: Severity = Severity.WARNING) -> list[Problem]:
    """Return *number* problems of one kind, at the lines from 1."""
    return [
        Problem(
            code=code, severity=severity, message=f"about {code}", place=Place(path="a.md", line=line), fix="mend it"
        )
        for line in range(1, number + 1)
    ]


def shown(problems: list[Problem], *, verbose: bool = False) -> list[str]:
    return [line for _, line in messages(problems, verbose=verbose)]


def test_a_few_problems_are_listed_one_by_one_with_their_severity() -> None:
    assert shown([*some("Q101", 2), *some("R101", 1, Severity.ERROR), *some("P250", 1, Severity.NOTE)]) == [
        "a.md:1:1: Q101 about Q101 [warning]",
        "    fix: mend it",
        "a.md:2:1: Q101 about Q101 [warning]",
        "    fix: mend it",
        "a.md:1:1: R101 about R101 [error]",
        "    fix: mend it",
    ]


def test_many_warnings_of_one_kind_are_folded_into_the_first() -> None:
    assert shown(some("R104", 296)) == [
        "a.md:1:1: R104 about R104 [warning]",
        "    fix: mend it (R104 × 296, this is the first; -v shows all)",
    ]
    assert len(shown(some("R104", 296), verbose=True)) == 2 * 296


def test_the_warnings_of_any_book_fit_into_twenty_lines() -> None:
    for kinds in range(1, 40):
        for number in (1, 2, 4, 9, 300):
            problems = [problem for at in range(kinds) for problem in some(f"H{100 + at}", number)]
            lines = shown(problems)
            assert len(lines) <= LINES
            told = " ".join(lines)
            assert all(f"H{100 + at}" in told for at in range(kinds)), "every kind is named"


def test_problems_are_sorted_by_weight_and_errors_come_last() -> None:
    codes = [("H101", 3), ("R104", 50), ("G140", 9), ("M131", 1), ("O101", 1), ("S120", 1)]
    problems = [
        *some("R103", 1, Severity.ERROR),
        *(problem for code, number in codes for problem in some(code, number)),
    ]
    lines = [line.split(": ")[1][:4] for line in shown(problems) if not line.startswith("    ")]
    assert list(dict.fromkeys(lines)) == ["S120", "O101", "M131", "G140", "R104", "H101", "R103"]


def test_kinds_without_room_are_counted_in_the_last_line() -> None:
    problems = [problem for at in range(15) for problem in some(f"H{100 + at}", 15 - at)]
    lines = shown(problems)
    assert lines[-1] == "    also H109 × 6, H110 × 5, H111 × 4, H112 × 3, H113 × 2, H114 × 1; -v shows all"


def test_a_wall_of_errors_of_one_kind_is_folded_too() -> None:
    lines = shown(some("S102", ERRORS + 1, Severity.ERROR))
    assert lines[-1] == f"    fix: mend it (S102 × {ERRORS + 1}, this is the first; -v shows all)"
    assert len(lines) == 2
    assert len(shown(some("S102", ERRORS, Severity.ERROR))) == 2 * ERRORS


def test_a_terminal_shows_one_line_with_a_bar_and_the_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with Line(plain=True) as line:
        line.say("making pdf, 2 of 4")
        line.say("publishing")
    assert capsys.readouterr().err == (
        "\r\x1b[K[=====---------------] making pdf, 2 of 4 … 0 s\r\x1b[Kpublishing … 0 s\r\x1b[K"
    )
    with Line(plain=True, quiet=True) as line:
        line.say("making pdf, 2 of 4")
    assert capsys.readouterr().err == ""


def test_elsewhere_each_stage_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with Line(plain=True) as line:
        for text in ("setting chapter 1 of 2", "setting chapter 2 of 2", "making epub, 1 of 2", "making pdf, 2 of 2"):
            line.say(text)
    assert capsys.readouterr().err == "setting chapter 1 of 2\nmaking epub, 1 of 2\nmaking pdf, 2 of 2\n"
    with Line() as line:
        line.say("setting chapter 1 of 2")
    assert capsys.readouterr().err == ""


def test_a_number_agrees_with_its_noun(capsys: pytest.CaptureFixture[str]) -> None:
    works = (("a.pdf", 1_000, 1), ("b.pdf", 1_000, 2), ("c.epub", 1_000, None))
    sum_up(Summary(works=works, chapters=1, changes=2, checks={"passed": 1}), Path("out"))
    *files, last = capsys.readouterr().out.splitlines()
    assert [line.split("kB")[1].strip() for line in files] == ["1 page", "2 pages", ""]
    assert last == "1 chapter, 2 changes of house style (book fix --diff shows them), 0 warnings; checks: 1 passed"


def test_a_label_agrees_with_its_number_unless_the_book_has_words_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {tag for tag, words in labels.languages().items() if ("pages" in words) != ("one_page" in words)} == set()
    assert [labels.label("fr", "pages", n=number) for number in (1, 2)] == ["1 page", "2 pages"]
    monkeypatch.setattr(labels, "own", type(labels.own)("own", default={"pages": "{n} leaves"}))
    assert labels.label("fr", "pages", n=1) == "1 leaves"
    monkeypatch.setattr(labels, "own", type(labels.own)("own", default={"pages": "{n} leaves", "one_page": "{n} leaf"}))
    assert labels.label("fr", "pages", n=1) == "1 leaf"


def test_a_line_of_progress_fits_into_every_terminal_and_the_bar_goes_first() -> None:
    line, end = "setting chapter 11 of 12", " … 1 min 15 s"
    for wide in (0, 1, 5, 20, 24, 38, 40, 60, 200):
        shown = fitted(bar(line), line, end, wide)
        assert columns(shown) <= wide
        assert shown.startswith((line, "[")) or wide < len(line)
    assert fitted("", "手册 of 手册", "", 5) == "手册 "


def test_colour_is_for_terminals_or_for_those_who_ask(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(**variables: str) -> str:
        for name in ("FORCE_COLOR", "NO_COLOR", "TERM"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        tell(some("Q101", 1), verbose=True)
        return capsys.readouterr().err

    assert "\x1b" not in told()
    assert "\x1b[33mQ101" in told(FORCE_COLOR="1")
    assert "\x1b" not in told(FORCE_COLOR="1", NO_COLOR="1")
    assert "\x1b" not in told(FORCE_COLOR="")
