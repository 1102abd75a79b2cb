"""What the command shows on a terminal: problems, what was built, what is being done."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from book.model import Report
    from book.problems import Problem
    from book.steps import Timing

FOLDED = 10
"""Warnings of one code that are told one by one; of more, the first ones, and how many there are."""


def tell(problems: Iterable[Problem], *, verbose: bool) -> None:
    """Print *problems* to stderr: the notes only when asked, many warnings of one kind as one, the errors last."""
    from book.problems import Severity, lines  # noqa: PLC0415

    visible = sorted(
        (problem for problem in problems if problem.severity is not Severity.NOTE or verbose),
        key=lambda problem: problem.severity is Severity.ERROR,
    )
    seen: dict[str, list[Problem]] = {}
    for problem in visible:
        if problem.severity is Severity.WARNING:
            seen.setdefault(problem.code, []).append(problem)
    for problem in visible:
        alike = seen.get(problem.code, []) if problem.severity is Severity.WARNING and not verbose else []
        if len(alike) <= FOLDED or problem is alike[0]:
            for number, line in enumerate(lines(problem)):
                print(_coloured(line, problem.severity, first=number == 0), file=sys.stderr)
        if len(alike) > FOLDED and problem is alike[0]:
            print(f"    {problem.code} × {len(alike)}, first at {problem.place}; -v shows all", file=sys.stderr)


def _coloured(line: str, severity: object, *, first: bool) -> str:
    """Return *line* with its place set off, on a terminal that wants colour (https://no-color.org)."""
    if os.environ.get("NO_COLOR") or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return line
    if not first:
        return f"\x1b[2m{line}\x1b[0m"
    colour = {"error": "31", "warning": "33"}.get(str(severity), "36")
    place, _, rest = line.partition(": ")
    return f"\x1b[1m{place}:\x1b[0m \x1b[{colour}m{rest[:4]}\x1b[0m{rest[4:]}"


def sum_up(report: Report, out: Path, *, published: bool) -> None:
    """Print what stands where now; nothing when nothing was published."""
    from book.problems import Severity, printable  # noqa: PLC0415

    if not published:
        return
    names = [*(work.path for work in report.works), *(edition.path for edition in report.unmade)]
    wide = max((len(str(out / path)) for path in names), default=0)
    for work in report.works:
        pages = f"  {work.pages} pages" if work.pages else ""
        print(f"{out / work.path!s:{wide}}  {work.bytes / 1000:8,.0f} kB{pages}")
    for edition in report.unmade:
        print(f"{out / edition.path!s:{wide}}  not made: {printable(edition.reason)}")
    checks = {
        status: sum(1 for check in report.checks if check.status == status)
        for status in ("passed", "failed", "not run")
    }
    counts = ", ".join(f"{count} {status}" for status, count in checks.items() if count)
    warnings = sum(1 for problem in report.problems if problem.severity is Severity.WARNING)
    print(
        f"{count(len(report.chapters), 'chapter')}, {count(len(report.changes), 'change')}, {count(warnings, 'warning')}; checks: {counts}",
        flush=True,
    )


def say_last(report: Report, *, published: bool) -> None:
    """Print what stopped the book, or which of its editions: the last line of all."""
    from book.problems import Severity  # noqa: PLC0415

    errors = [problem for problem in report.problems if problem.severity is Severity.ERROR]
    if not errors:
        return
    warnings = sum(1 for problem in report.problems if problem.severity is Severity.WARNING)
    if published:
        names = ", ".join(dict.fromkeys(edition.edition for edition in report.unmade))
        print(f"published without {names}; the last error is {pointed(errors[-1])}", file=sys.stderr)
    else:
        counts = f"{count(len(errors), 'error')}, {count(warnings, 'warning')}"
        print(f"not published: {counts}; the last error is {pointed(errors[-1])}", file=sys.stderr)


def pointed(problem: Problem) -> str:
    """Return where *problem* is and which it is, for the end of a line."""
    return f"{problem.code} at {problem.place}"


def count(number: int, word: str) -> str:
    """Return a number with its word, plural where it must be.

    >>> count(1, "chapter"), count(2, "chapter")
    ('1 chapter', '2 chapters')
    """
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


class Line:
    """One line on a terminal that says what is being done; silent elsewhere."""

    last: ClassVar[str] = ""
    """What was said last, shown or not."""

    def __init__(self) -> None:
        self.shown = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def __enter__(self) -> Line:  # noqa: PYI034
        return self

    def __exit__(self, *_: object) -> None:
        if self.shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def say(self, what: str) -> None:
        """Show *what* instead of what was shown before."""
        Line.last = what
        if self.shown:
            print(f"\r\x1b[K{what} …", end="", file=sys.stderr, flush=True)


def show_timings(timings: Iterable[Timing]) -> None:
    """Print to stderr how long each step took."""
    for timing in timings:
        print(f"{timing.step:10} {timing.wall:7.2f} s, {timing.cpu:7.2f} s of CPU  {timing.about}", file=sys.stderr)
