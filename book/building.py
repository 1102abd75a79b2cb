"""`book build`: builds, prints how that ended, and with ``--watch`` builds again after each save."""

from __future__ import annotations

import argparse
import contextlib
import functools
import gc
import os
import sys
import time
import traceback
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from book import limits, manifest, refusals, streams, surroundings, whereabouts
from book.arguments import check_book, check_words, out_of
from book.problems import BookError, PublishError, SettingsError, Subject, ToolMissing, printable
from book.progress import Line, event, events_of, is_terminal, problem_events
from book.source.named import home_of
from book.stopping import Stopped
from book.terminal import (
    open_file,
    say_last,
    say_where,
    show_profile,
    show_timings,
    sum_up,
    sum_up_again,
    tell,
    tell_all,
)

if TYPE_CHECKING:
    from book.inputs import State
    from book.manifest import Summary
    from book.steps import Timing
    from book.watching import Changes
    from book.workers import Interpreters

WAITING = "waiting for changes; Ctrl-C stops it"
LONG = 10
"""Seconds after which another build begins to say in a log what it does."""


def build(options: argparse.Namespace) -> int:
    """Build the books that are named and print how that ended; return the exit status."""
    check_words(options)
    return _build_several(options) if len(options.books) > 1 else _build_one(options)


def _build_several(options: argparse.Namespace, interpreters: Interpreters | None = None) -> int:
    """Build several books, in *interpreters* if they are kept for later builds."""
    from book import shelf  # noqa: PLC0415 - few builds need it

    return shelf.build(options, out_of(options), interpreters)


def _build_one(options: argparse.Namespace, *, again: bool = False) -> int:
    """Build a book unless nothing has changed; *again* if its last build has just been printed."""
    options.book = options.books[0]
    check_book(options, options.book)
    out = out_of(options)
    must_run = options.strict or bool(os.environ.get("CI"))
    words = manifest.options(
        options.edition,
        options.theme,
        options.sidebar,
        be_strict=options.strict,
        must_run=must_run,
        plain=options.plain,
    )
    comparison = manifest.Comparison(reasons=("--check runs the validators" if options.check else "--force",))
    if not (options.force or options.check):
        comparison = manifest.compare(options.book, out, words)
        if comparison.summary is not None:
            summary = whereabouts.placed(comparison.summary, options.book, out)
            _finish(options, summary, out, 0, built=False, again=again)
            return 0
    if options.explain:
        from book.explaining import explain  # noqa: PLC0415 - few builds need it

        explain(comparison.reasons)
    # Modules and a book are no garbage; pages are, and :mod:`book.press` knows when they are made.
    with limits.uncollected():
        return _build_anew(options, out, must_run=must_run, before=comparison.before, again=again)


def _build_anew(options: argparse.Namespace, out: Path, *, must_run: bool, before: State | None, again: bool) -> int:
    """Build a book that has changed, and print how that ended."""
    from book import cache, press, stopwatch  # noqa: PLC0415 - 150 milliseconds when there is nothing to do

    timings: list[Timing] = []
    patience = LONG if again else 0
    line = Line(plain=True, quiet=options.quiet, events=options.json, patience=patience)
    with stopwatch.watching() as times, line:
        result, tallies = cache.counted(
            lambda: press.build(
                options.book,
                out,
                editions=options.edition,
                theme_name=options.theme,
                system=options.sidebar,
                be_strict=options.strict,
                validators=options.check,
                must_run=must_run,
                plain=options.plain,
                progress=line.say,
                timed=timings.append,
                before=before,
            )
        )
    if options.explain:
        from book.explaining import explain_cache  # noqa: PLC0415 - as above

        explain_cache(tallies, result.report.problems)
    if options.profile:
        show_profile(timings, times)
    if options.verbose:
        show_timings(timings)
        for trace in result.traces:
            print(trace, end="", file=sys.stderr)
    summary = whereabouts.placed(manifest.Summary.of(result.report, result.missing), options.book, out)
    _finish(options, summary, out, result.status, built=True, again=again, seconds=line.seconds)
    if not options.json:  # the tools that are missing are no problems of the book
        say_last(summary.problems[: len(result.report.problems)], result.report.unmade, published=result.status != 1)
    return result.status


def _finish(
    options: argparse.Namespace,
    summary: Summary,
    out: Path,
    status: int,
    *,
    built: bool,
    again: bool = False,
    seconds: float = 0,
) -> None:
    """Print how a build ended after so many *seconds*, or that there was nothing to do; *again* if the rest is on the screen."""
    earlier, options.earlier = getattr(options, "earlier", None), summary
    if options.json:
        events_of(summary, out, status, built=built)
        return
    if again and not built:
        _say("" if options.quiet else "nothing has changed since these were built")
        return
    # In a log, what was said of the last build is still there.
    known: Summary | None = earlier if again and not is_terminal() and not options.verbose else None
    tell_all(summary.after(known) if known else summary, verbose=options.verbose, quiet=options.quiet)
    if status == 1 or options.quiet:
        return
    if known:
        sum_up_again(summary, known, out, seconds)
        return
    sum_up(summary, out, verbose=options.verbose)
    if not built:
        print("nothing has changed since these were built")
    say_where(summary, out)
    if options.open and summary.opens:
        open_file(out / summary.opens)
        options.open = False  # once: whatever shows it reloads it


def refuse(error: BookError, home: Path | None, *, events: bool, verbose: bool) -> int:
    """Print the problems of *error* and return its exit status.

    Args:
        error: it ended a command.
        home: the book's folder as the user named it; None if the command has none.
        events: whether to print them as events of ``--json``.
        verbose: whether to print all of them.
    """
    problems = whereabouts.shown(error.problems, home) if home else error.problems
    if events:
        problem_events(problems)
        event("end", status=error.status, built=False, open=None)
    else:
        tell(problems, verbose=verbose, notes=True)
    return error.status


# Again after each save.


def keep_building(options: argparse.Namespace) -> int:
    """Build the books that are named, and again after each save, until the process is interrupted; return the exit status.

    An error in a book is printed, and gone when its file is saved without it.

    Raises:
        BookError: at the start, because of what no file of a book can mend: an option, a folder, a missing tool.
        Stopped: during a build.
    """
    from book import cache, watching, workers  # noqa: PLC0415 - for this alone

    check_words(options)
    out, books = out_of(options), tuple(options.books)
    for book in books:
        check_book(options, book)
    changes, interpreters = watching.Changes(), workers.Interpreters()
    cache.stay()
    streams.Stream.ends = True
    several = functools.partial(_build_several, interpreters=interpreters)
    with (
        limits.uncollected(),
        contextlib.ExitStack() as end,
        # It begins before the first build reads anything, so that no change is missed.
        watching.watching((*map(home_of, books), Path(surroundings.THEMES)), changes.hear, _say, (out,)),
    ):
        end.callback(interpreters.release)
        _attempt(several if len(books) > 1 else _build_one, options, first=True)
        while True:
            try:
                files = _wait(options, changes)
            except Stopped:
                if sys.stderr.isatty():
                    _say("")  # the terminal shows ^C
                return 0
            _say_changed(options, books, files if options.json else watching.to_name(files))
            options.books = _affected(books, files)
            _attempt(several if len(books) > 1 else functools.partial(_build_one, again=True), options)


def _attempt(make: Callable[[argparse.Namespace], int], options: argparse.Namespace, *, first: bool = False) -> None:
    """Build with *make*, and print what went wrong; raise it at the *first* attempt if no file of a book can mend it."""
    Line.last = ""
    try:
        make(options)
    except BookError as error:
        outside = isinstance(error, SettingsError | PublishError) and any(
            isinstance(problem.place, Subject) for problem in error.problems
        )
        if first and (outside or isinstance(error, ToolMissing)):
            raise
        refuse(error, getattr(options, "book", None), events=options.json, verbose=options.verbose)
    except (ImportError, BrokenPipeError):
        raise
    except Exception as error:  # noqa: BLE001 - a bug of ours, or the system's refusal: another text may go without it
        if refusals.is_refusal(error):
            refusal = BookError(refusals.refusal(error))
            refuse(refusal, getattr(options, "book", None), events=options.json, verbose=options.verbose)
            return
        traceback.print_exc()
        if options.json:
            event("end", status=1, built=False, open=None)


def _wait(options: argparse.Namespace, changes: Changes) -> frozenset[Path]:
    """Say that everything is built, and return the files that change next."""
    if not changes.are_there():
        if options.json:
            event("waiting")
        elif not options.quiet and (is_terminal() or not getattr(options, "has_waited", False)):
            _say(WAITING)
            options.has_waited = True
        gc.collect()  # the author reads or writes: nobody waits for it
    return changes.wait()


def _affected(books: Sequence[Path], files: Collection[Path]) -> list[Path]:
    """Return those of *books* that depend on *files*; all of them if one is in no book, or if anything may have changed."""
    owners = [{book for book in books if file.is_relative_to(home_of(book).resolve())} for file in files]
    return [book for book in books if not all(owners) or not owners or any(book in some for some in owners)]


def _say_changed(options: argparse.Namespace, books: Iterable[Path], files: Collection[Path]) -> None:
    """Print what has changed: *files*, or else the folders of *books* themselves."""
    names = sorted({_name(file, books) for file in files} or set(map(str, books)))
    if options.json:
        event("changed", paths=names)
    elif not options.quiet:
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        space = "\n" if sys.stderr.isatty() else ""
        _say(f"{space}{time.strftime('%H:%M:%S')}  {printable(names[0])}{more} changed")


def _name(file: Path, books: Iterable[Path]) -> str:
    """Return the path of a *file* as the command prints those of *books*."""
    homes = ((home, home.resolve()) for home in map(home_of, books))
    return str(next((home / file.relative_to(real) for home, real in homes if file.is_relative_to(real)), file))


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
