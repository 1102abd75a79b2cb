"""Makes and proves the editions of one build; an edition that fails is left out.

A problem of one edition does not affect the others: they are made, proved and published without it.
"""

from __future__ import annotations

import functools
import io
import re
import traceback
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from book import cache, calls, seal, stopping, stopwatch, workers
from book.catalogue import EDITIONS
from book.edition import Edition
from book.editions import Apart, Job, download, earlier, made_apart, maker
from book.limits import give_back, resident, tidy
from book.model import Book, Check, Evenness, Made, NotMade, PageMap, Work
from book.paged import coverage, page_map
from book.problems import BUG, BookError, Kind, Place, Problem, PublishError, Severity, Subject, ThemeError, ToolMissing
from book.proof import VALIDATORS, prove
from book.refusals import FIXES, refusal
from book.standing import Remainder
from book.theme import Theme, own_words
from book.workers import CORES

UNPROVED = Kind("P001", Severity.ERROR, "a finished edition fails a proof")
DIED = Kind("E109", Severity.ERROR, "the process that built an edition died")
UNMADE = Kind("E150", Severity.ERROR, "an edition that cannot be made; the others are built")
BROKEN = Kind(
    "E151", Severity.ERROR, "an edition that cannot be made because of a bug in Handbound; the others are built"
)
OUTDATED = Kind("E153", Severity.WARNING, "an earlier edition that was removed because its new one could not be made")

LONG = 6000
"""The number of words from which pages that must be laid out are worth another process: starting one costs as much as some ten pages."""
MOST_MEMORY = 2048 << 20
"""The most bytes for all processes of one build."""
LEAST_MEMORY = 150 << 20
"""Bytes needed to make any edition, however short."""
LETTER_MEMORY = 600
"""Bytes for each letter of XHTML that is laid out (measured: 300 to 900)."""
SMALL = 1 << 20
"""Bytes of files whose proofs take little memory."""
SHOWN = 20
"""The most findings of one proof that are reported."""
REMOVED = "this file of an earlier build was removed: it does not belong to the new set"

Progress = Callable[[str], None]
"""Receives a line for each piece of work that begins; it ends in ``N of M`` if there are several such pieces."""
T = TypeVar("T")


def side_by_side(book: Book, editions: Sequence[Edition], look: Theme | None = None) -> int:
    """Return how many of the paged *editions* of *book* should be made in other processes at a time; 0 for none.

    A short book is not worth another process, nor is an edit of a long one. For a very long one fewer are used, so that all processes
    together, including this one, which also makes an edition, stay within :data:`MOST_MEMORY`.

    Args:
        book: the book.
        editions: the editions.
        look: the theme, whose cache knows the chapters of which they were made the last time; None: all chapters must be laid out.
    """
    if CORES < 2 or sum(chapter.words for chapter in book.spine) < LONG or len(editions) < 2:
        return 0
    if look is not None and max(earlier.words_anew(book, edition, look) for edition in editions) < LONG:
        return 0
    share = LEAST_MEMORY + LETTER_MEMORY * sum(len(chapter.body.spell()) for chapter in book.spine)
    return max(0, min(CORES, (MOST_MEMORY - resident() - share) // share))


def empty(book: Book, edition: Edition, reason: str = "") -> NotMade:
    """Return the entry for *edition* in the report if it is not made."""
    return NotMade(edition=edition.name, path=edition.path(book.metadata.slug), reason=reason)


def outdated(stage: seal.Stage, book: Book, unmade: Iterable[NotMade]) -> tuple[str, ...]:
    """Return the files of earlier builds that would look like part of the new set.

    Files that cannot be made again because a tool is missing are kept, because their owner would lose them.
    """
    chapters = [chapter.slug for chapter in book.spine]
    names: dict[str, Collection[str]] = {
        edition.name: frozenset(edition.paths(book.metadata.slug, chapters)) for edition in EDITIONS.values()
    }
    return tuple(
        name
        for edition in unmade
        for name in stage.standing(edition.edition)
        if name in names.get(edition.edition, {edition.path})
    )


def removed(names: Iterable[str]) -> tuple[Problem, ...]:
    """Return a warning for each removed file of an earlier build, by its name."""
    return tuple(
        OUTDATED.at(Subject(name=name), REMOVED, fix="build it again when its problem is fixed") for name in names
    )


class Printing(Struct, kw_only=True):
    """The editions of one build: made, proved, or left out."""

    book: Book
    """The book; it gets its page map as soon as the edition that rules it is made and proved."""
    look: Theme
    source: Path
    stage: seal.Stage
    validators: bool
    works: list[Work] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    """Problems that the formats reported about editions that were made."""
    faults: list[Problem] = field(default_factory=list)
    """The reasons why editions were left out."""
    missing: dict[str, Problem] = field(default_factory=dict)
    """Missing external tools, each once."""
    unmade: dict[str, NotMade] = field(default_factory=dict)
    traces: list[str] = field(default_factory=list)
    remainder: Remainder = field(default_factory=Remainder)
    """Files of earlier builds that are still true for this book."""
    helpers: int = 0
    """How many processes may lay out chapters for an edition that this one makes."""

    @property
    def set_works(self) -> tuple[Work, ...]:
        """The files of the set, including those of earlier builds, in the order of the editions."""
        place = {name: number for number, name in enumerate(EDITIONS)}
        return tuple(sorted((*self.works, *self.remainder.works), key=lambda work: place[work.edition]))

    @property
    def set_checks(self) -> tuple[Check, ...]:
        """The checks of this build and of the files from earlier builds, in the order of the files."""
        order = {work.path: number for number, work in enumerate(self.set_works)}
        checks = (*self.checks, *self.remainder.checks)
        return tuple(sorted(checks, key=lambda check: (check.name in VALIDATORS, order.get(check.work, len(order)))))

    def make(
        self, editions: Sequence[Edition], ruling: str, progress: Progress, executor: Executor | None = None
    ) -> None:
        """Make the editions into the stage; the edition that rules the page map comes first, because the others have its page numbers.

        The pages of a long book are laid out in parallel; no edition with pages needs those of another.

        Args:
            editions: the editions to make.
            ruling: the name of the edition that rules the page map.
            progress: receives a line for each edition.
            executor: makes editions in parallel, also those of a short book; it is not shut down. None: as many processes as
                are worth it.
        """
        beside = tuple(
            edition for edition in editions if coverage.paged(edition) and edition.name != ruling and not edition.of
        )
        pool: Executor
        give_back()  # a long book took more to read than it takes
        if executor is None:
            count = side_by_side(self.book, beside, self.look)
            beside = beside if count else ()
            self.helpers = max(0, CORES - 1 - min(count, len(beside)))
            pool = workers.Processes(max(1, count), seconds=self.look.limits.pages_seconds)
        else:
            pool = workers.Elsewhere(executor, seconds=self.look.limits.pages_seconds)
        try:
            waiting = {edition.name: pool.submit(made_apart, self._job(edition)) for edition in beside}
            # A cover and a booklet need the pages of another edition, which are remembered when it is made.
            in_order = sorted(
                editions, key=lambda edition: (bool(edition.of), edition.name != ruling, edition in beside)
            )
            for number, edition in enumerate(in_order, 1):
                progress(f"making {edition.name}, {number} of {len(editions)}")
                self._make(edition, waiting.get(edition.name), rules=edition.name == ruling)
        except BaseException:
            # Interrupted, or nothing can be written: do not wait for the others.
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        pool.shutdown()
        place = {edition.name: number for number, edition in enumerate(editions)}
        self.works.sort(key=lambda work: place[work.edition])

    def _job(self, edition: Edition) -> Job:
        return Job(
            book=self.book,
            edition=edition,
            theme=self.look.name,
            source=self.source,
            cache=self.look.cache,
            limits=self.look.limits,
            plain=self.look.plain,
        )

    def _make(self, edition: Edition, future: Future[Apart] | None, *, rules: bool) -> None:
        """Make one edition; the one that rules the page map is proved at once, because the others depend on it."""
        inside = next((work for work in self.works if work.edition == edition.of), None)
        if inside is not None:
            edition = replace(edition, pages=inside.pages or 0)
        blank = empty(self.book, edition)

        def make() -> tuple[Made, list[Work], PageMap, tuple[Problem, ...]]:
            made = _answer(edition, future) if future else self._made_here(edition)
            works = _works(edition, made, self.book)
            return made, works, *(page_map.agreed(made.pages, self.book, self.look.cache) if rules else ((), ()))

        result = self._attempt(blank, make)
        if result is None:
            return
        made, works, pages, doubts = result
        problems = (*made.problems, *doubts)
        if errors := [problem for problem in problems if problem.severity is Severity.ERROR]:
            self._leave_out(blank, errors)
            return
        for work in works:
            self.stage.put(work.path, made.files[work.path], edition.name, work.digest)
        if coverage.paged(edition) and not edition.of:
            earlier.keep(self.book, edition, self.look)
        self.works += works
        if rules:
            before = self.book
            self.book = replace(before, pages=pages, paged=works[0].path)
            self._prove(works)
            if edition.name in self.unmade:
                self.book = before
                return
        self.problems += [replace(problem, edition=edition.name) for problem in problems]

    def _made_here(self, edition: Edition) -> Made:
        made, wall, cpu = stopwatch.measured(
            lambda: maker(edition)(self.book, edition, replace(self.look, helpers=self.helpers))
        )
        stopwatch.add("edition", edition.name, wall, cpu)
        return made

    def prove(self) -> None:
        """Prove everything that is not proved yet, and leave out what fails."""
        proved = {check.work for check in self.checks}
        self._prove([work for work in self.works if work.path not in proved])
        order = {work.path: number for number, work in enumerate(self.works)}
        self.checks.sort(key=lambda check: (check.name in VALIDATORS, order.get(check.work, len(order))))

    def offer(self, unmade: Iterable[NotMade]) -> None:
        """Make the download page, which lists what was made and what was not."""
        if not self.works:
            return
        blank = NotMade(edition=download.EDITION, path=seal.DOWNLOAD, reason="")
        works = self.set_works
        paths = {work.path for work in works}
        checks = [check for check in self.set_checks if check.work in paths]
        page = self._attempt(blank, lambda: download.page(self.book, self.look, works, checks, unmade))
        if page is not None:
            digest = seal.digest(page)
            self.stage.put(seal.DOWNLOAD, page, download.EDITION, digest)
            self._prove([Work(edition=download.EDITION, path=seal.DOWNLOAD, bytes=len(page), digest=digest)])

    def _prove(self, works: Sequence[Work]) -> None:
        """Prove *works*, and leave out every edition of which one file fails."""
        owner = {work.path: work.edition for work in works}
        blanks = {
            work.edition: NotMade(edition=work.edition, path=work.path, reason="") for work in reversed(tuple(works))
        }

        def look(group: Sequence[Work]) -> tuple[Check, ...]:
            return prove(self.stage.path, group, self.book, validators=self.validators, cache=self.look.cache)

        checks: tuple[Check, ...] | None
        if sum(work.bytes for work in works) > SMALL:
            tidy(0)
        try:
            checks = look(works)
        except Exception:  # noqa: BLE001 - a proof broke; which edition's, is seen when each is proved for itself
            checks = None
        if checks is None:
            checks = ()
            for name, blank in blanks.items():
                group = [work for work in works if work.edition == name]
                checks += self._attempt(blank, functools.partial(look, group)) or ()
        self.checks += checks
        self.problems += [
            replace(problem, edition=owner[check.work])
            for check in checks
            if check.status == "passed"
            for problem in check.problems
        ]
        failed: dict[str, list[Check]] = {}
        for check in checks:
            if check.status == "failed":
                failed.setdefault(owner[check.work], []).append(check)
        for name, group_ in failed.items():
            faults = [fault for check in group_ for fault in check.problems[:SHOWN]]
            if self.look.foreign and name in EDITIONS:
                home = EDITIONS[name].template.partition("/")[0]
                faults = list(dict.fromkeys(own_words.blamed(fault, self.look, home) for fault in faults))
            problems = [replace(fault, severity=Severity.ERROR) for fault in faults]
            self._leave_out(
                blanks[name],
                problems,
                reason=f"the check '{group_[0].name}' failed ({group_[0].detail})",
                kind=UNPROVED,
            )

    def _attempt(self, blank: NotMade, make: Callable[[], T]) -> T | None:
        """Return the result of *make*; None if it fails, which is then reported for the edition of *blank* only."""
        try:
            return make()
        except ToolMissing as error:
            self.missing |= {problem.code: problem for problem in error.problems}
        except ThemeError:
            raise  # problems of the theme must be fixed before anything is published
        except BookError as error:
            self._leave_out(blank, error.problems)
        except Exception as error:  # noqa: BLE001 - a bug of ours or of a library: the author still gets the other editions
            stopping.check()
            self.traces.append("".join(traceback.format_exception(error)))
            if isinstance(error, OSError) and error.errno in FIXES:  # a full disk is no bug
                self._leave_out(blank, (refusal(error),))
                return None
            self._leave_out(blank, (), reason=f"{type(error).__name__}: {error}".splitlines()[0], kind=BROKEN)
        return None

    def _leave_out(self, blank: NotMade, problems: Iterable[Problem], *, reason: str = "", kind: Kind = UNMADE) -> None:
        """Remove the edition of *blank* from the set and report why, at the author's line if it is known."""
        name = blank.edition
        for work in [work for work in self.works if work.edition == name]:
            self.works.remove(work)
        for path in self.stage.paths(name):
            self.stage.remove(path)
        problems = tuple(problems)
        placed = [(line, problem) for problem in problems if (line := _of_author(problem, self.book))]
        place: Place | Subject
        place, first = placed[0] if placed else (Subject(name=blank.path), next(iter(problems), None))
        why = first.message if first and (placed or not reason) else reason
        fix = (first.fix if first else "") or BUG
        self.unmade[name] = replace(blank, reason=f"{place}: {why}" if placed else why, fix=fix)
        self.faults += [problem for problem in problems if problem.place.spot != place.spot or problem.message != why]
        subject = "the download page" if name == download.EDITION else f"the {name} edition"
        self.faults.append(kind.at(place, f"{subject} is not made: {why}", fix=fix))


def _answer(edition: Edition, future: Future[Apart]) -> Made:
    """Return the result of another process for *edition*.

    Raises:
        PublishError: the process died.
        Exception: what the maker raised.
    """
    try:
        apart = future.result()
    except calls.Death as death:
        message = f"the process that made {edition.name} {death}"
        fix = f"build it alone: book build -e {edition.name}; if it was killed, the machine has too little memory"
        raise PublishError(DIED.at(Subject(name=edition.name), message, fix=fix)) from death
    cache.add(apart.tallies)
    stopwatch.add("edition", edition.name, apart.wall, apart.cpu)
    return apart.made


def _of_author(problem: Problem, book: Book) -> Place | None:
    """Return the line of the author's file, or of the theme's, to which *problem* refers; None if it is not known.

    A proof refers to a built file; the words that it quotes, or the name of a chapter in it, lead back to the source.
    """
    for chapter in book.spine:
        path = chapter.source.path
        own = problem.place.path == path or problem.code == own_words.OWN_WORDS.code
        if own and isinstance(problem.place, Place):
            return problem.place
        if problem.message.startswith(f"{path}, ") or problem.place.path.endswith(f"/{chapter.slug}.xhtml"):
            quoted = re.search(r"after '([^']+)'", problem.message)
            words = re.findall(r"\w+", quoted[1]) if quoted else []
            match = words and re.search(r"\W+".join(map(re.escape, words)), chapter.source.text, re.IGNORECASE)
            return chapter.source.place(chapter.source.text.count("\n", 0, match.end()) + 1 if match else 1)
    return None


def _works(edition: Edition, made: Made, book: Book) -> list[Work]:
    """Return the files of *edition* as works: each is the whole *book*, or one of its chapters."""
    words = {edition.single(chapter.slug): chapter.words for chapter in book.spine} if edition.singles else {}
    words |= dict.fromkeys(edition.paths(book.metadata.slug, ()), sum(chapter.words for chapter in book.spine))
    return [
        Work(
            edition=edition.name,
            path=name,
            bytes=len(data),
            digest=seal.digest(data),
            pages=len(made.pages) if made.pages and len(made.files) == 1 else _count_pages(data),
            words=words.get(name, 0),
            sheet=made.sheet or edition.size(name),
            evenness=made.evenness if number == 0 else Evenness(),
            remark=made.remark if number == 0 else "",
        )
        for number, (name, data) in enumerate(made.files.items())
    ]


def _count_pages(data: bytes) -> int | None:
    """Return the number of pages of a PDF, None for any other file."""
    if not data.startswith(b"%PDF"):
        return None
    import pikepdf  # noqa: PLC0415 - slow to import, and only a PDF needs it

    with pikepdf.open(io.BytesIO(data)) as pdf:
        return int(pdf.Root.Pages.Count)
