"""Many books at once: each is built in another process, and an error in one does not affect the others.

Whole books are built in parallel rather than parts of books. This process only finds out which books have not changed since they were
built. An executor may build on other machines, which need access to the same folders.
"""

from __future__ import annotations

import itertools
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from book import calls, inputs, manifest, seal, workers
from book.cache import Tally
from book.manifest import Summary
from book.problems import BUG, BookError, Kind, Problem, SettingsError, Severity, Subject, ToolMissing
from book.source.no_folder import no_folder

LOST = Kind("E155", Severity.ERROR, "a book of several that could not be built")

BETTER = (0, 3, 1, 2)
"""The exit statuses, the best one first."""

Hear = Callable[["Build", str], None]
"""Receives each line of progress of a book; called in another thread."""


class Options(Struct, frozen=True, kw_only=True):
    """The options of each build of a batch, as for :func:`book.press.build`."""

    editions: tuple[str, ...] = ()
    theme_name: str | None = None
    system: str = ""
    be_strict: bool = False
    validators: bool = False
    must_run: bool = False
    plain: bool = False
    force: bool = False
    """Whether to build books that have not changed, too."""


class Build(Struct, frozen=True, kw_only=True):
    """One book of a batch, and the folder for its editions."""

    source: Path
    out: Path
    cache: Path
    """The folder of the cache, which the books of a batch share: a font subset, for example, is made once."""
    options: Options = field(default_factory=Options)


class Outcome(Struct, frozen=True, kw_only=True):
    """The result of the build of one book."""

    build: Build
    status: int
    """As the exit status of ``book build``."""
    summary: Summary
    """The places of its problems are relative to the book."""
    built: bool = True
    """False if nothing has changed since the last build."""
    reasons: tuple[str, ...] = ()
    """The reasons for building it."""
    traces: tuple[str, ...] = ()
    """Tracebacks of bugs in Handbound."""
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    """The counts of the cache, by stage."""


def plan(sources: Iterable[Path], out: Path, options: Options) -> tuple[Build, ...]:
    """Return a build for each of *sources*, into a subfolder of *out* with the name of the book's folder.

    A book that is named twice is built once. Of books whose folders have the same name, the names of the folders around them come first, as
    many as tell them apart.
    """
    books: dict[Path, Path] = {}
    for source in sources:
        books.setdefault(source.resolve(), source)
    names = names_apart(books)
    return tuple(
        Build(source=source, out=out / names[place], cache=out / seal.CACHE, options=options)
        for place, source in books.items()
    )


def names_apart(places: Iterable[Path]) -> Mapping[Path, str]:
    """Return a name for each of *places*: the end of its path, as long as it must be to differ from the others; capitals count for nothing.

    Args:
        places: different absolute paths.

    >>> [*names_apart(map(Path, ("/a/docs", "/b/docs", "/b/guide"))).values()]
    ['a-docs', 'b-docs', 'guide']
    """
    parts = {place: place.parts[1:] or ("book",) for place in places}
    counts = dict.fromkeys(parts, 1)
    while True:
        names = {place: "-".join(parts[place][-count:]) for place, count in counts.items()}
        uses = Counter(name.casefold() for name in names.values())
        longer = [
            place for place, name in names.items() if uses[name.casefold()] > 1 and counts[place] < len(parts[place])
        ]
        if not longer:
            return _numbered(names)
        for place in longer:
            counts[place] += 1


def _numbered(names: Mapping[Path, str]) -> Mapping[Path, str]:
    """Return *names* with a number behind each that is used before: whole paths make the same name if hyphens in them are placed so."""
    numbered: dict[Path, str] = {}
    for place, name in names.items():
        numbers = (f"{name}-{number}" for number in itertools.count(2))
        numbered[place] = next(filter(lambda own: own not in numbered.values(), itertools.chain((name,), numbers)))
    return numbered


def run(
    builds: Sequence[Build],
    *,
    executor: Executor | None = None,
    hear: Hear | None = None,
    interpreters: workers.Interpreters | None = None,
) -> Iterator[Outcome]:
    """Yield the outcome of each of *builds* as soon as it is there; errors are in the outcomes.

    Args:
        builds: the builds of a :func:`plan`.
        executor: any ``concurrent.futures.Executor``; it is not shut down, and its machines need Handbound and the same folders.
            None: processes of this machine.
        hear: receives the progress of builds in processes of this machine.
        interpreters: these processes, if they are kept for later calls.
    """
    if executor is not None:
        absolute = [
            replace(build, source=build.source.resolve(), out=build.out.resolve(), cache=build.cache.resolve())
            for build in builds
        ]
        yield from _finished(workers.Elsewhere(executor), zip(builds, absolute, strict=True))
        return
    around = inputs.machine()
    rest: list[tuple[Build, Build]] = []
    reasons: dict[Path, tuple[str, ...]] = {}
    for build in builds:
        outcome, why = _unchanged(build, around)
        if outcome is not None:
            yield outcome
        else:
            reasons[build.out] = why
            rest.append((build, replace(build, options=replace(build.options, force=True))))
    if not rest:
        return
    by_out = {build.out: build for build, _ in rest}

    def listen(note: object) -> None:
        out, text = note if isinstance(note, tuple) else ("", "")
        if hear is not None and out in by_out:
            hear(by_out[out], text)

    pool = workers.Processes(min(len(rest), workers.CORES), hear=listen, interpreters=interpreters)
    for outcome in _finished(pool, rest):
        yield replace(outcome, reasons=reasons[outcome.build.out])


def publish_many(
    sources: Iterable[Path], out: Path, options: Options | None = None, *, executor: Executor | None = None
) -> tuple[Outcome, ...]:
    """Build many books, each into a subfolder of *out* with its name; return the outcomes in the order of *sources*.

    Args:
        sources: the folders of the books.
        out: the folder for their folders.
        options: of each build.
        executor: as for :func:`run`.
    """
    builds = plan(sources, out, options or Options())
    outcomes = {outcome.build.out: outcome for outcome in run(builds, executor=executor)}
    return tuple(outcomes[build.out] for build in builds)


def worst(statuses: Iterable[int]) -> int:
    """Return the worst of some exit statuses.

    >>> worst([0, 3, 1]), worst([])
    (1, 0)
    """
    return max(statuses, key=lambda status: BETTER.index(status) if status in BETTER else len(BETTER), default=0)


def _finished(pool: Executor, builds: Iterable[tuple[Build, Build]]) -> Iterator[Outcome]:
    """Yield the outcomes of *builds*, pairs of a build as it is reported and as it is run, in the order in which they end."""
    try:
        futures: dict[Future[Outcome], Build] = {pool.submit(make, build): named for named, build in builds}
        for future in as_completed(futures):
            yield replace(_result(future, futures[future]), build=futures[future])
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _result(future: Future[Outcome], build: Build) -> Outcome:
    """Return the outcome of a build whose process may have died."""
    try:
        return future.result()
    except calls.Death as death:
        message = f"the process that built this book {death}"
        fix = f"build it alone: book build {build.source}; if it was killed, the machine has too little memory"
        problem = LOST.at(Subject(name=str(build.source)), message, fix=fix)
        return Outcome(build=build, status=1, summary=Summary(problems=(problem,)))


def _words(build: Build) -> dict[str, object]:
    options = build.options
    return manifest.options(
        options.editions,
        options.theme_name,
        options.system,
        be_strict=options.be_strict,
        must_run=options.must_run,
        plain=options.plain,
    )


def _unchanged(build: Build, around: inputs.State | None = None) -> tuple[Outcome | None, tuple[str, ...]]:
    """Return the outcome of a build that is not necessary, or None and the reasons why it is."""
    if build.options.validators:
        return None, ("--check runs the validators",)
    if build.options.force:
        return None, ("--force",)
    comparison = manifest.compare(build.source, build.out, _words(build), around)
    if comparison.summary is None:
        return None, comparison.reasons
    return Outcome(build=build, status=0, summary=comparison.summary, built=False), ()


def make(build: Build) -> Outcome:
    """Build one book, in a process that does nothing else meanwhile; errors are in the outcome."""
    reasons: tuple[str, ...] = ()
    try:
        if not build.source.is_dir():
            from book.settings import NO_BOOK  # noqa: PLC0415

            fix = "name the folders that hold the chapters: book build FOLDER FOLDER; that for the editions is named with -o"
            name, fault, fix = no_folder(build.source, fix)
            raise SettingsError(NO_BOOK.at(Subject(name=name), fault, fix=fix))  # noqa: TRY301
        outcome, reasons = _unchanged(build)
        return outcome or replace(_made(build), reasons=reasons)
    except BookError as error:
        summary = _plain(Summary(problems=error.problems))
        return Outcome(build=build, status=error.status, summary=summary, built=False, reasons=reasons)
    except Exception as error:  # noqa: BLE001 - a bug of ours: the other books are built all the same
        message = f"this book is not built: {type(error).__name__}: {error}".splitlines()[0]
        problem = LOST.at(Subject(name=str(build.source)), message, fix=BUG)
        return Outcome(
            build=build,
            status=1,
            summary=Summary(problems=(problem,)),
            reasons=reasons,
            traces=(traceback.format_exc(),),
        )


def _made(build: Build) -> Outcome:
    from book import cache, packages, press  # noqa: PLC0415 - 150 milliseconds when there is nothing to do

    options = build.options
    try:
        result, tallies = cache.counted(
            lambda: press.build(
                build.source,
                build.out,
                editions=options.editions,
                theme_name=options.theme_name,
                system=options.system,
                be_strict=options.be_strict,
                validators=options.validators,
                must_run=options.must_run,
                plain=options.plain,
                progress=lambda text: workers.tell((build.out, text)),
                cache_folder=build.cache,
            )
        )
    except ImportError as error:
        missing: ToolMissing | None = packages.missing(error)
        raise missing or error from error
    summary = _plain(Summary.of(result.report, result.missing))
    return Outcome(build=build, status=result.status, summary=summary, traces=result.traces, tallies=tallies)


def _plain(summary: Summary) -> Summary:
    """Return *summary* with problems that can be pickled."""
    problems = (
        Problem(
            code=problem.code,
            severity=problem.severity,
            message=problem.message,
            place=problem.place,
            fix=problem.fix,
        )
        for problem in summary.problems
    )
    return replace(summary, problems=tuple(problems))
