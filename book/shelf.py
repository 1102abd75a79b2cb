"""The output of the command for many books: progress, a line for each book, and the totals."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from book import explaining, whereabouts
from book.amounts import amount
from book.cache import Tally
from book.problems import Place, Problem, Severity, Subject, printable
from book.progress import Line, bar, clock, event, events_of, progress_event
from book.stopping import Stopped
from book.terminal import tell, verdict

if TYPE_CHECKING:
    from book.batch import Build, Outcome
    from book.workers import Interpreters

KINDS: Final = ("built", "unchanged", "in part", "not published")
"""The possible results of a build."""
REASONS = 3
"""The most reasons to build a book that are printed."""


def build(options: argparse.Namespace, out: Path, interpreters: Interpreters | None = None) -> int:
    """Build each of several books into a folder of its own in *out*, print how it went, and return the exit status.

    Args:
        options: of the command.
        out: the output folder.
        interpreters: what runs the builds, if it is kept for later ones.
    """
    from book import batch  # noqa: PLC0415 - its types are needed above, its code only for several books

    how = batch.Options(
        editions=tuple(options.edition),
        theme_name=options.theme,
        system=options.sidebar,
        be_strict=options.strict,
        validators=options.check,
        must_run=options.strict or bool(os.environ.get("CI")),
        plain=options.plain,
        force=options.force,
    )
    builds = batch.plan(options.books, out, how)
    outcomes = []
    with Line(quiet=options.quiet, events=options.json) as line:
        board = Shelf(line, len(builds))
        try:
            for outcome in batch.run(builds, hear=board.say, interpreters=interpreters):
                outcomes.append(outcome)
                quiet = options.quiet or options.json
                board.end(outcome, printed="" if quiet else line_of(outcome))
                if options.json:
                    tell_events(outcome)
        except Stopped as stop:
            stop.stands = f"{board.finished} of {amount(len(builds), 'book')} finished; of the others, the earlier editions or the new ones are in place"
            raise
    if options.explain:
        explain(outcomes)
    if not options.json:
        tell(problems(outcomes), verbose=options.verbose)
    for trace in (trace for outcome in outcomes for trace in outcome.traces if options.verbose):
        print(trace, end="", file=sys.stderr)
    status = batch.worst(outcome.status for outcome in outcomes)
    if not options.quiet:
        sum_up(outcomes, status, line.seconds, events=options.json)
    return status


class Shelf:
    """Shows how many books are finished, and the progress of the others."""

    def __init__(self, line: Line, total: int) -> None:
        """Begin with *total* books."""
        self._line, self._total = line, total
        self._texts: dict[Path, str] = {}
        self._lock = threading.Lock()
        self.finished = 0
        self._show()

    def say(self, build: Build, text: str) -> None:
        """Show *text*, the piece of work that begins now for a book; called in any thread."""
        with self._lock:
            if self._line.events:
                progress_event(text, self._line.seconds, book=str(build.source))
            self._texts[build.source] = text
            self._show()

    def end(self, outcome: Outcome, *, printed: str) -> None:
        """Count a finished book, and print its line."""
        with self._lock:
            self.finished += 1
            self._texts.pop(outcome.build.source, None)
            if printed:
                self._line.clear()
                print(printed, flush=True)
            self._show()

    def _show(self) -> None:
        if not self._line.shown:
            return
        texts = "; ".join(f"{printable(book.name)}: {text}" for book, text in self._texts.items())
        words = f"{self.finished} of {self._total} books"
        self._line.show(bar(f"{self.finished + 1} of {self._total}"), f"{words}. {texts}" if texts else words)


def kind(outcome: Outcome) -> str:
    """Return the one of :data:`KINDS` that *outcome* is."""
    if outcome.status in (1, 2) or not (outcome.summary.works or outcome.status == 0):
        return "not published"
    if outcome.status:
        return "in part"
    return "built" if outcome.built else "unchanged"


def line_of(outcome: Outcome) -> str:
    """Return the line with the result of a build."""
    build, summary = outcome.build, outcome.summary
    ending = kind(outcome)
    problems = placed(outcome)
    if ending in ("in part", "not published"):
        unmade = dict.fromkeys(path for path, _ in summary.unmade) if ending == "in part" else None
        text = verdict(problems, unmade) or "published in part"
    elif ending == "unchanged":
        text = "nothing has changed"
    else:
        warnings = sum(1 for problem in problems if problem.severity is Severity.WARNING)
        sums = (amount(len(summary.works), "file"), amount(summary.chapters, "chapter"), amount(warnings, "warning"))
        text = ", ".join(sums)
    opens = (
        f"; open {shlex.quote(str(build.out / summary.opens))}" if summary.opens and ending != "not published" else ""
    )
    return printable(f"{build.source}: {text}{opens}", 4096)


def placed(outcome: Outcome) -> tuple[Problem, ...]:
    """Return the problems of a book with paths to be printed; an option or a tool is named after the book's folder."""
    home = outcome.build.source
    summary = whereabouts.placed(outcome.summary, home, outcome.build.out)

    def of_book(before: Place | Subject, place: Place | Subject) -> Place | Subject:
        clear = (str(home), str(outcome.build.out))
        unclear = isinstance(place, Subject) and place == before and not place.name.startswith(clear)
        return Subject(name=f"{home}: {place.path}") if unclear else place

    return tuple(
        replace(problem, place=of_book(before.place, problem.place))
        for before, problem in zip(outcome.summary.problems, summary.problems, strict=True)
    )


def problems(outcomes: Iterable[Outcome]) -> list[Problem]:
    """Return the problems of books as :func:`placed`, in the order of their folders, not of the ends of their builds."""
    ordered = sorted(outcomes, key=lambda outcome: str(outcome.build.source))
    return [problem for outcome in ordered for problem in placed(outcome)]


def tell_events(outcome: Outcome) -> None:
    """Print the events at the end of the build of a book."""
    build = outcome.build
    summary = whereabouts.placed(outcome.summary, build.source, build.out)
    events_of(summary, build.out, outcome.status, built=outcome.built, book=str(build.source))


def sums(outcomes: Iterable[Outcome]) -> Mapping[str, int]:
    """Return the number of builds by result."""
    counts = Counter(map(kind, outcomes))
    return {name: counts[name] for name in KINDS}


def sum_up(outcomes: Iterable[Outcome], status: int, seconds: float, *, events: bool) -> None:
    """Print the last line: the number of books by result."""
    outcomes = tuple(outcomes)
    counts = sums(outcomes)
    if events:
        event("books", status=status, **counts)
        return
    texts = ", ".join(f"{number} {name}" for name, number in counts.items() if number)
    print(f"{amount(len(outcomes), 'book')}: {texts}; {clock(seconds)}", flush=True)


def explain(outcomes: Iterable[Outcome]) -> None:
    """Print to stderr the reasons for building each book, and the counts of the cache for all of them."""
    tallies: dict[str, Tally] = {}
    for outcome in outcomes:
        explaining.explain(outcome.reasons, str(outcome.build.source), REASONS)
        for stage, tally in outcome.tallies.items():
            total = tallies.setdefault(stage, Tally())
            total.remembered += tally.remembered
            total.made += tally.made
    explaining.explain_cache(tallies)
