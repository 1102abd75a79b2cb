"""How the command shows its progress: a line on a terminal, or the events of ``--json``."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from book.patterns import regex

if TYPE_CHECKING:
    from book.manifest import Summary
    from book.problems import Problem

WIDTH = 20
"""Letters of the bar."""
COUNT = regex(r"(?P<number>\d+) of (?P<total>\d+)$")
"""The form of a progress line that has the number of a piece of work and their total."""


class Line:
    """Shows progress: one line with a bar and the time on a terminal, a line per stage elsewhere.

    A program that reads JSON gets events instead; see :func:`event`.
    """

    last: ClassVar[str] = ""
    """The last line of progress, shown or not."""

    def __init__(self, *, plain: bool = False, quiet: bool = False, events: bool = False, patience: int = 0) -> None:
        """Prepare the output.

        Args:
            plain: whether to print lines if there is no terminal.
            quiet: whether to print nothing.
            events: whether to print events as JSON.
            patience: seconds before the first of these lines.
        """
        terminal = is_terminal()
        self.patience = patience
        self.shown = terminal and not quiet and not events
        self.plain = plain and not terminal and not quiet and not events
        self.events = events
        self._start = time.monotonic()
        self._text = ""
        self._bar = ""
        self._stage = ""
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._clock = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Line:  # noqa: PYI034
        if self.shown:
            self._clock.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self.shown:
            self._clock.join()
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def say(self, text: str) -> None:
        """Show *text*, the piece of work that begins now."""
        Line.last = text
        if self.events:
            progress_event(text, self.seconds)
        elif self.shown:
            self.show(bar(text), text)
        elif self.plain and self.seconds >= self.patience and (stage := COUNT.sub("", text)) != self._stage:
            # All chapters are one stage; each edition is a stage of its own.
            self._stage = stage
            print(text, file=sys.stderr, flush=True)

    def show(self, bar: str, text: str) -> None:
        """Show a *bar* and a *text* on the terminal, with the time."""
        self._bar, self._text = bar, text
        self._draw()

    def clear(self) -> None:
        """Clear the line, so that others can be printed; it comes again with the next tick or text."""
        if self.shown:
            with self._lock:
                print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    @property
    def seconds(self) -> float:
        """Return how long the work has taken so far."""
        return time.monotonic() - self._start

    def _tick(self) -> None:
        while not self._ended.wait(1):
            self._draw()

    def _draw(self) -> None:
        wide = os.get_terminal_size(sys.stderr.fileno()).columns if _has_size() else 80
        with self._lock:
            line = fitted(self._bar, self._text, f" … {clock(self.seconds)}", wide - 1)
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)


def is_terminal() -> bool:
    """Return whether standard error is a terminal in which a line can be written again."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


NARROW = 60
"""Columns of a terminal that has no room for the bar beside a text."""


def fitted(bar: str, text: str, end: str, wide: int) -> str:
    """Return the line of a *bar*, a *text* and an *end* in at most *wide* columns; where they are few, without the bar, then the end.

    >>> fitted("[==--] ", "making pdf, 2 of 5", " … 7 s", 40), fitted("[==--] ", "making pdf, 2 of 5", " … 7 s", 24)
    ('[==--] making pdf, 2 of 5 … 7 s', 'making pdf, 2 of 5 … 7 s')
    >>> fitted("[==--] ", "making pdf, 2 of 5", " … 7 s", 20), fitted("", "手册 5", "", 4), fitted("", "making", "", 0)
    ('making pdf, 2 of 5', '手册', '')
    """
    if wide < NARROW:
        tries = ((bar, text, end), ("", text, end), ("", text, ""))
        bar, text, end = next((words for words in tries if columns("".join(words)) <= wide), tries[-1])
    head = f"{bar}{text}"
    while columns(head) > max(0, wide - columns(end)):
        head = head[:-1]
    return f"{head}{end}"


def columns(text: str) -> int:
    """Return how many columns of a terminal *text* takes.

    >>> columns("ab"), columns("手册")
    (2, 4)
    """
    if text.isascii():
        return len(text)
    import unicodedata  # noqa: PLC0415 - for few titles

    return sum(
        0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF") for letter in text
    )


def _has_size() -> bool:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns > 1
    except (OSError, ValueError):
        return False


def bar(text: str) -> str:
    """Return a progress bar for *text*; empty if it does not contain a total.

    >>> bar("making pdf, 3 of 5")
    '[========------------] '
    >>> bar("publishing")
    ''
    """
    match = COUNT.search(text)
    if match is None:
        return ""
    done = WIDTH * (int(match["number"]) - 1) // max(1, int(match["total"]))
    return f"[{'=' * done}{'-' * (WIDTH - done)}] "


def clock(seconds: float) -> str:
    """Return a duration in readable form.

    >>> clock(7.9), clock(75)
    ('7 s', '1 min 15 s')
    """
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def event(name: str, **values: object) -> None:
    """Print one event of ``--json``: a JSON object on a line of its own."""
    _tell([_line(name, **values)])


def _line(name: str, **values: object) -> str:
    return json.dumps({"event": name, **values}, ensure_ascii=True) + "\n"


def _tell(lines: Iterable[str]) -> None:
    """Print *lines* in one piece: of several books, two threads print events."""
    print("".join(lines), end="", flush=True)


def progress_event(text: str, seconds: float, **more: object) -> None:
    """Print the event of a line of progress, with the values *more*."""
    match = COUNT.search(text)
    counts = {"number": int(match["number"]), "total": int(match["total"])} if match else {}
    event("progress", **more, text=text, seconds=round(seconds, 3), **counts)


def problem_events(problems: Iterable[Problem], **more: object) -> None:
    """Print an event for each of *problems*, with the values *more*."""
    _tell(_problem_line(problem, **more) for problem in problems)


def _problem_line(problem: Problem, **more: object) -> str:
    path, line, column = problem.place.spot
    return _line(
        "problem",
        **more,
        code=problem.code,
        severity=str(problem.severity),
        path=path,
        line=line,
        column=column,
        message=problem.message,
        fix=problem.fix,
    )


def events_of(summary: Summary, out: Path, status: int, *, built: bool, **more: object) -> None:
    """Print the events at the end of a build, with the values *more*: its problems, its files, and its status."""
    problem_events(summary.problems, **more)
    published = status != 1
    for path, size, pages in summary.works if published else ():
        event("file", **more, path=str(out / path), bytes=size, pages=pages)
    for path, reason in summary.unmade if published else ():
        event("not made", **more, path=str(out / path), reason=reason)
    first = str(out / summary.opens) if published and summary.opens else None
    event("end", **more, status=status, built=built, open=first)
