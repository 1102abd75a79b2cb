"""The output of the command: problems, results and progress."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from book.amounts import amount

if TYPE_CHECKING:
    from book.manifest import Summary
    from book.model import NotMade
    from book.problems import Problem
    from book.steps import Timing
    from book.stopwatch import Time

LINES = 20
"""Most lines of warnings without ``-v``."""
ERRORS = 20
"""Most errors of one code that are printed one by one."""
SHOWN = (10, 5, 3, 2)
"""Most warnings of one code that are printed one by one: the first number with which all fit into :data:`LINES`."""
FIRST = ("S", "O", "M", "G140", "X")
"""Codes that are printed first: settings, order and files, raw text, and missing tools. Of the others, the most frequent come first."""


ALWAYS = frozenset({"E154"})
"""Codes of notes that a build prints without ``-v``, too: those about files that are no longer offered."""


def tell(
    problems: Iterable[Problem],
    *,
    verbose: bool,
    notes: bool = False,
    shown: Collection[str] = (),
    to: TextIO | None = None,
) -> None:
    """Print *problems*, errors last.

    Without *verbose* the warnings take at most :data:`LINES` lines: those of one code are summarised after the first.

    Args:
        problems: with paths to be printed, as of :func:`book.whereabouts.shown`.
        verbose: whether to print all of them.
        notes: whether to print notes, too.
        shown: codes of notes that are printed in any case.
        to: the stream; None: standard error.
    """
    stream = to or sys.stderr
    for problem, line in messages(problems, verbose=verbose, notes=notes, shown=shown):
        print(_coloured(line, problem) if _takes_colour(stream) else line, file=stream)


def messages(
    problems: Iterable[Problem], *, verbose: bool, notes: bool = False, shown: Collection[str] = ()
) -> list[tuple[Problem, str]]:
    """Return the lines that :func:`tell` prints, each with its problem."""
    from book.problems import Severity  # noqa: PLC0415

    if verbose:
        ordered = sorted(problems, key=lambda problem: problem.severity is Severity.ERROR)
        return [(problem, line) for problem in ordered for line in _lines(problem)]
    choice = [
        problem for problem in problems if notes or problem.code in shown or problem.severity is not Severity.NOTE
    ]
    warnings = _by_code(problem for problem in choice if problem.severity is not Severity.ERROR)
    errors = _by_code(problem for problem in choice if problem.severity is Severity.ERROR)
    warnings.sort(key=_rank)
    result: list[tuple[Problem, str]] = []
    most = next((most for most in SHOWN if sum(_height(alike, most) for alike in warnings) <= LINES), 1)
    for number, alike in enumerate(warnings):
        rest = warnings[number:]
        if len(result) + _height(alike, most) > LINES - (len(rest) > 1):
            counts = ", ".join(f"{alike[0].code} × {len(alike)}" for alike in rest)
            result.append((alike[0], f"    also {counts}; -v shows all"))
            break
        result += _lines_of(alike, most)
    for alike in errors:
        result += _lines_of(alike, ERRORS)
    return result


def _by_code(problems: Iterable[Problem]) -> list[list[Problem]]:
    codes: dict[str, list[Problem]] = {}
    for problem in problems:
        codes.setdefault(problem.code, []).append(problem)
    return list(codes.values())


def _rank(alike: list[Problem]) -> tuple[int, int]:
    """Return the sort key of the warnings, or notes, *alike*: notes come last."""
    from book.problems import Severity  # noqa: PLC0415

    if alike[0].severity is Severity.NOTE:
        return len(FIRST) + 1, -len(alike)
    rank = next((at for at, start in enumerate(FIRST) if alike[0].code.startswith(start)), len(FIRST))
    return rank, -len(alike) if rank == len(FIRST) else 0


def _height(alike: list[Problem], most: int) -> int:
    """Return the number of lines for the problems *alike* if at most *most* are printed one by one."""
    return len(_lines_of(alike, most))


def _lines_of(alike: list[Problem], most: int) -> list[tuple[Problem, str]]:
    """Return the lines for problems of one code: all of them, or the first and their number."""
    if len(alike) <= most:
        return [(problem, line) for problem in alike for line in _lines(problem)]
    first = alike[0]
    head, *fix = _lines(first)
    count = f"{first.code} × {len(alike)}, this is the first; -v shows all"
    return [(first, head), (first, f"{fix[0]} ({count})" if fix else f"    {count}")]


def _lines(problem: Problem) -> tuple[str, ...]:
    """Return the printed lines of *problem*, the first with its severity."""
    from book.problems import lines  # noqa: PLC0415

    head, *fix = lines(problem)
    return (f"{head} [{problem.severity}]", *fix)


def _takes_colour(stream: TextIO) -> bool:
    """Return whether the user wants colour (https://no-color.org, https://force-color.org), or *stream* is a terminal that supports it."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def _coloured(line: str, problem: Problem) -> str:
    """Return *line* in colour."""
    if line.startswith("    "):
        return f"\x1b[2m{line}\x1b[0m"
    colour = {"error": "31", "warning": "33"}.get(str(problem.severity), "36")
    place, _, rest = line.partition(": ")
    words, _, severity = rest.rpartition(" [")
    return f"\x1b[1m{place}:\x1b[0m \x1b[{colour}m{words[:4]}\x1b[0m{words[4:]} \x1b[{colour}m[{severity}\x1b[0m"


def tell_all(summary: Summary, *, verbose: bool, quiet: bool) -> None:
    """Print to stderr what everything depends on (title, language, and the source of the order), then the problems.

    With *quiet*, only the problems are printed.
    """
    from book.problems import printable  # noqa: PLC0415

    if summary.basis is not None and not quiet:
        title, language, order = (printable(words, 400) for words in summary.basis)
        print(f'"{title}", in the language "{language}"; order: {order}', file=sys.stderr)
    tell(summary.problems, verbose=verbose, shown=() if quiet else ALWAYS)


def sum_up(summary: Summary, out: Path, *, verbose: bool = False) -> None:
    """Print the published files and the totals; *verbose* also prints how even the lines of paged files are."""
    from book.problems import Severity, printable  # noqa: PLC0415

    names = [*(path for path, _, _ in summary.works), *(path for path, _ in summary.unmade)]
    wide = max((len(str(out / path)) for path in names), default=0)
    for path, size, number in summary.works:
        pages = f"  {amount(number, 'page')}" if number else ""
        print(f"{out / path!s:{wide}}  {size / 1000:8,.0f} kB{pages}")
    for path, reason in summary.unmade:
        print(f"{out / path!s:{wide}}  not made: {printable(reason)}")
    for path, words in (*summary.remarks, *(summary.evenness if verbose else ())):
        print(f"{out / path!s:{wide}}  {printable(words)}")
    counts = ", ".join(
        f"{summary.checks[status]} {status}" for status in ("passed", "failed", "not run") if summary.checks.get(status)
    )
    counts += f" ({'; '.join(summary.unrun)})" if summary.unrun else ""
    warnings = [problem for problem in summary.problems if problem.severity is Severity.WARNING]
    number = sum(problem.severity is Severity.NOTE for problem in summary.problems)
    parts = [
        amount(summary.chapters, "chapter"),
        changed(summary.changes),
        f"{amount(len(warnings), 'warning')}{tally(warnings)}",
        *([notes(number, verbose=verbose)] if number else []),
    ]
    print(f"{', '.join(parts)}; checks: {counts}", flush=True)


def sum_up_again(summary: Summary, earlier: Summary, out: Path, seconds: float) -> None:
    """Print in a line what was built, after *earlier*, in *seconds*."""
    from book.problems import printable  # noqa: PLC0415

    paths = [out / path for path, _, _ in summary.works]
    files = str(paths[0]) if len(paths) == 1 else f"{amount(len(paths), 'file')} in {out}"
    warnings = [problem for problem in summary.problems if str(problem.severity) == "warning"]
    new = len([problem for problem in summary.after(earlier).problems if problem in warnings])
    share = f", {new} new" if 0 < new < len(warnings) else " as before" if warnings and not new else ""
    for path, reason in summary.unmade:
        print(f"{out / path!s}  not made: {printable(reason)}")
    print(
        f"{time.strftime('%H:%M:%S')}  built {files} in {seconds:.1f} s; {amount(len(warnings), 'warning')}{share}",
        flush=True,
    )


def changed(number: int) -> str:
    """Return how many changes house style made, and how to see them.

    >>> changed(0), changed(21)
    ('0 changes of house style', '21 changes of house style (book fix --diff shows them)')
    """
    hint = f" (book fix --diff shows {'it' if number == 1 else 'them'})" if number else ""
    return f"{amount(number, 'change')} of house style{hint}"


def notes(number: int, *, verbose: bool) -> str:
    """Return how many notes there are, and how to see them; *verbose* if they are printed.

    >>> notes(1, verbose=False), notes(2, verbose=True)
    ('1 note (-v shows it)', '2 notes')
    """
    hint = "" if verbose or not number else f" (-v shows {'it' if number == 1 else 'them'})"
    return f"{amount(number, 'note')}{hint}"


CODES = 8
"""Most codes of a tally."""


def tally(problems: Iterable[Problem]) -> str:
    """Return how many problems there are of each code, the most frequent first, in brackets; empty for one problem or none.

    >>> from book.problems import Place, Problem, Severity
    >>> one, two = (Problem(code=code, severity=Severity.NOTE, message="", place=Place(path="a")) for code in ("R101", "G140"))
    >>> tally([one, two, one]), tally([one])
    (' (R101 × 2, G140)', '')
    """
    counts = Counter(problem.code for problem in problems)
    if counts.total() < 2:
        return ""
    shown = [f"{code} × {number}" if number > 1 else code for code, number in counts.most_common(CODES)]
    return f" ({', '.join(shown)}{', …' if len(counts) > CODES else ''})"


def say_where(summary: Summary, out: Path) -> None:
    """Print what to open: the last line of a build."""
    if summary.opens:
        print(f"open {out / summary.opens}", flush=True)


def open_file(path: Path) -> bool:
    """Open *path* in the browser; return False on a machine that has none to show it, such as one without a screen."""
    import webbrowser  # noqa: PLC0415 - few runs need it

    screen = sys.platform != "linux" or any(os.environ.get(name) for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"))
    return screen and webbrowser.open(path.resolve().as_uri())


def say_last(problems: Iterable[Problem], unmade: Iterable[NotMade], *, published: bool) -> None:
    """Print the last line: the error that stopped the build, or the editions that were not made."""
    names = dict.fromkeys(edition.edition for edition in unmade)
    if fault := verdict(problems, names if published else None):
        print(fault, file=sys.stderr)


def verdict(problems: Iterable[Problem], unmade: Iterable[str] | None) -> str:
    """Return the line with the error that stopped a build (*unmade* is None) or with what was not made; empty without errors."""
    from book.problems import Severity  # noqa: PLC0415

    problems = tuple(problems)
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if not errors:
        return ""
    warnings = sum(1 for problem in problems if problem.severity is Severity.WARNING)
    counts = f"{amount(len(errors), 'error')}, {amount(warnings, 'warning')}"
    head = f"not published: {counts}" if unmade is None else f"published without {', '.join(unmade)}"
    return f"{head}; the last error is {pointed(errors[-1])}"


def pointed(problem: Problem) -> str:
    """Return place and code of *problem*, for the end of a line."""
    return f"{problem.code} at {problem.place}"


def show_timings(timings: Iterable[Timing]) -> None:
    """Print to stderr how long each step took."""
    for timing in timings:
        print(f"{timing.step:10} {timing.wall:7.2f} s, {timing.cpu:7.2f} s of CPU  {timing.about}", file=sys.stderr)


SLOWEST = 20
"""The most chapters in a profile."""


def show_profile(timings: Iterable[Timing], times: Mapping[tuple[str, str], Time]) -> None:
    """Print to stderr where the time went: steps, editions, and the chapters that took most.

    Args:
        timings: of the steps.
        times: of other pieces of work, by kind and name; those of chapters without the external programs.
    """
    rows = [(timing.step, timing.wall, timing.cpu) for timing in timings]
    _table("step", [*rows, ("all", sum(row[1] for row in rows), sum(row[2] for row in rows))])
    _table("edition", [(name, time.wall, time.cpu) for (kind, name), time in times.items() if kind == "edition"])
    kinds = sorted({kind for kind, _ in times} - {"edition"})
    work = [(f"{name}, {kind}", time.wall, time.cpu) for (kind, name), time in times.items() if kind in kinds]
    _table(f"chapter, work ({SLOWEST} slowest)", sorted(work, key=lambda row: -row[2])[:SLOWEST])


def _table(title: str, rows: Sequence[tuple[str, float, float]]) -> None:
    from book.problems import printable  # noqa: PLC0415

    wide = max((len(name) for name, _, _ in rows), default=0)
    wide = max(wide, len(title))
    whole = sum(cpu for name, _, cpu in rows if name != "all") or 1.0
    print(f"{title:{wide}}   wall s    CPU s   share", file=sys.stderr)
    for name, wall, cpu in rows:
        print(f"{printable(name):{wide}} {wall:8.2f} {cpu:8.2f} {cpu / whole:6.0%}", file=sys.stderr)
    print(file=sys.stderr)
