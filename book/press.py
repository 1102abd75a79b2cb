"""The pipeline as named steps, in order; the only place with a pool of workers.

    settings -> manuscripts -> sidebar -> type -> house style -> spine -> formulas -> markup -> references -> plates -> editions -> proofs

Every step is a function from value to value; what it finds goes into one list of problems. Nothing is written before
everything is made and proved.
"""

from __future__ import annotations

import functools
import io
import os
import re
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from book import labels, report, seal, settings, sidebar, style, theme, workers
from book.assemble import compose, formulas, illustrate, references, spine
from book.editions import EDITIONS, adapted, download, maker
from book.markdown import pandoc, reader
from book.markdown.tree import plain
from book.model import (
    Book,
    Change,
    Chapter,
    Check,
    Edition,
    Listing,
    Made,
    Manuscript,
    NotMade,
    PageMap,
    Report,
    Sidebar,
    Work,
)
from book.paged import coverage, page_map
from book.problems import (
    BUG,
    BookError,
    Kind,
    Place,
    Problem,
    PublishError,
    SettingsError,
    Severity,
    ThemeError,
    ToolMissing,
    nearest,
    strict,
    worst,
)
from book.proof import VALIDATORS, prove
from book.settings import Settings
from book.source import git_date, manuscript
from book.style.links import gather as evidence_of
from book.style.links import links as fix_links
from book.theme import Theme

UNKNOWN_EDITION = Kind("E101", Severity.ERROR, "an edition that does not exist")
UNPROVED = Kind("P001", Severity.ERROR, "a finished edition does not pass a proof")
NOT_RUN = Kind("P002", Severity.ERROR, "a check did not run where it must")
NO_WORDS = Kind("S120", Severity.WARNING, "a language for which the press has no words")
UNMADE = Kind("E150", Severity.ERROR, "an edition that cannot be made; the others are")
BROKEN = Kind("E151", Severity.ERROR, "an edition that cannot be made because of a bug in Handbound; the others are")
ALTERED = Kind("E152", Severity.ERROR, "an edition that is not as the build wrote it")
OUTDATED = Kind("E153", Severity.WARNING, "an earlier edition that was removed because its new one could not be made")

WORKERS = 4
"""pandoc runs in processes of its own; these threads only wait for them."""
PUBLISHED = "published"
"""The last thing that a progress is told: from then on the new set stands."""
SHOWN = 20
"""Findings of one proof that are told."""
NAMES = {"download": "the download page"}
REMOVED = "it was removed, so that it is not taken for one of the new set; build it again when its problem is fixed"

Progress = Callable[[str], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proofread:
    """A book that is ready for the press, with everything that was found on the way."""

    book: Book
    settings: Settings
    sidebar: Sidebar
    manuscripts: tuple[Manuscript, ...]
    problems: tuple[Problem, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a run did, and the exit status it deserves."""

    report: Report
    status: int
    missing: tuple[Problem, ...] = ()
    """Outside tools that were not there."""
    traces: tuple[str, ...] = ()
    """Tracebacks of editions that a bug of ours stopped."""


def silent(_: str) -> None:
    """Say nothing."""


def read(
    source: Path,
    *,
    cache: Path | None = None,
    theme_name: str | None = None,
    dated: bool = True,
    progress: Progress = silent,
) -> Proofread:
    """Read the book in *source* up to the press.

    Args:
        source: a folder with handbound.toml and chapters, or a handbook's folder without one.
        cache: where results are remembered, or None.
        theme_name: instead of the settings' theme, which then need not exist; this one must.
        dated: whether the book needs its date, for which git may have to be asked.
        progress: told what is being done.

    Returns:
        The book and all problems; with an error among them its later steps may not have been taken.

    Raises:
        SettingsError: handbound.toml is wrong.
        ManuscriptError: the folder cannot be read, or pandoc cannot write a chapter.
        ToolMissing: there is no pandoc.
    """
    chosen = settings.read(source)
    labels.own.set(chosen.labels)
    _agree(chosen, source, theme_name)
    found = _Found()
    progress("reading the chapters")
    manuscripts, faults = manuscript.gather(source, chosen)
    order = found.keep(sidebar.order(source, chosen, manuscripts, faults))
    chosen = settings.over(chosen, title=order.title, authors=order.authors, language=order.language)
    found.problems.extend(_unspoken(chosen))
    manuscripts = tuple(one for one in manuscripts if one.sound)
    chapters = _set_in_type(manuscripts, order, chosen, cache, found, progress)
    progress("minding the house style")
    typed = chapters if chosen.math else ()  # the trees as they were read are larger than all that comes after
    chapters = _in_house_style(chapters, chosen, found)
    conventions = style_of(chosen)
    about = spine.metadata(
        chosen, source.resolve().name, git_date.moment(source, chosen.date) if dated else git_date.NO_DATE
    )
    about = replace(
        about,
        title=style.text(about.title, conventions),
        subtitle=style.text(about.subtitle, conventions),
        description=style.text(about.description, conventions),
    )
    names = [entry.title for entry in spine.listed(order.entries) if entry.kind == "part" and entry.title]
    # A part's title is Markdown: the marks are set before it is read, so that it needs no tree of its own.
    titles = dict(
        zip(names, reader.inlines([style.text(name, conventions) for name in names], chosen, cache), strict=True)
    )
    by_path = {chapter.source.path: chapter for chapter in chapters}
    book = spine.collate(by_path, order, about, titles, number=chosen.number_chapters)
    # Errors do not stop the reading: whoever fixes a book wants to see all of them at once.
    progress("setting the pages")
    mathml = (
        found.keep(formulas.convert(typed, titles.values(), chosen.limits, cache)) if chosen.math else formulas.NONE
    )
    book = found.keep(compose.compose(book, chosen.limits, mathml))
    book = found.keep(references.resolve(book, chosen.links, source, chosen.places))
    book = found.keep(illustrate.illustrate(book, source, chosen.limits))
    book = found.keep(illustrate.covered(book, source, chosen))
    book = replace(book, budgets=chosen.budgets)
    return Proofread(
        book=book,
        settings=chosen,
        sidebar=order,
        manuscripts=manuscripts,
        problems=tuple(found.problems),
        changes=tuple(found.changes),
    )


def build(
    source: Path,
    out: Path,
    *,
    editions: Sequence[str] = (),
    theme_name: str | None = None,
    be_strict: bool = False,
    validators: bool = False,
    must_run: bool = False,
    progress: Progress = silent,
) -> Result:
    """Build *editions* of the book in *source* into *out*; one that does not survive is left out, the others are one set.

    Args:
        source: the book.
        out: the output folder, made if need be.
        editions: names from :data:`book.editions.EDITIONS`; empty: what the settings say, else all.
        theme_name: instead of the settings' theme.
        be_strict: warnings are errors.
        validators: run the outside validators too.
        must_run: a validator that is not there is an error.
        progress: told what is being done.

    Returns:
        The report and the exit status: 0 published, 1 the book has errors and nothing was published, 3 what could be
        made was published and the rest was not: an outside tool is missing, or an edition did not pass a proof.

    Raises:
        BookError: the settings, the theme or the output folder; nothing was published.
    """
    wanted = _editions(editions)
    with seal.Stage(out) as stage:
        proofread = _proofread(source, stage, theme_name, progress)
        wanted = wanted or _editions(proofread.settings.editions) or tuple(EDITIONS.values())
        look = theme.load(theme_name or proofread.settings.theme, source, stage.cache, proofread.settings.limits)
        wanted = tuple(adapted(edition, proofread.settings, look) for edition in wanted)
        verdict = coverage.Verdict()
        if any(map(coverage.paged, wanted)):
            longest = proofread.settings.limits.paper_block
            verdict = coverage.judged(proofread.book, look, str(source), longest)
        unmade = tuple(_unmade(proofread.book, one, verdict.reason) for one in wanted if _refused(one, verdict))
        wanted = tuple(one for one in wanted if not _refused(one, verdict))
        problems = (*stage.problems, *proofread.problems, *verdict.problems)
        problems = _sorted(strict(problems) if be_strict else problems, proofread)
        if worst(problems) is Severity.ERROR:
            return Result(report=_report(proofread, problems=problems), status=1)
        run = _Run(book=proofread.book, look=look, source=source, stage=stage, validators=validators)
        run.print_all(wanted, proofread.settings.page_map, progress)
        progress("proving the editions")
        run.prove_all()
        if run.missing and not run.works and not run.unmade:
            raise ToolMissing(run.missing.values())
        unmade = (*unmade, *run.unmade.values())
        run.offer(unmade)
        unmade = (*unmade, *(one for name, one in run.unmade.items() if name == download.EDITION))
        told = (*run.problems, *_unrun(run.checks, must_run=must_run and validators))
        told = strict(told) if be_strict else told
        gone = _outdated(stage, run.book, unmade)
        told = (*told, *(OUTDATED.at(Place(path=name), "this is of an earlier build", fix=REMOVED) for name in gone))
        proofread = replace(proofread, book=run.book)
        problems = (*problems, *told, *run.faults)
        outcome = _report(proofread, works=tuple(run.works), unmade=unmade, problems=problems, checks=tuple(run.checks))
        missing, traces = tuple(run.missing.values()), tuple(run.traces)
        if worst(told) is Severity.ERROR or (run.faults and (be_strict or not run.works)):
            return Result(report=outcome, status=1, missing=missing, traces=traces)
        stage.put(report.FILE, report.dumped(outcome))
        progress("publishing")
        try:
            stage.publish(gone)
        finally:
            if stage.published:
                progress(PUBLISHED)
    return Result(report=outcome, status=3 if missing or run.faults else 0, missing=missing, traces=traces)


def check(
    source: Path, out: Path, *, theme_name: str | None = None, must_run: bool = False, progress: Progress = silent
) -> Result:
    """Prove the editions that stand in *out*, with every validator, and write the outcome into report and download page.

    Args:
        source: the book they were made from.
        out: the folder of an earlier build.
        theme_name: instead of the settings' theme, for the download page.
        must_run: a validator that is not there is an error.
        progress: told what is being done.

    Raises:
        PublishError: there is no build in *out*.
    """
    if not os.path.lexists(out / seal.HIDDEN):
        report.read(out)  # nothing is made in a folder that is none of a build
    with seal.Stage(out) as stage:
        earlier = report.read(out)
        works = earlier.works
        if strange := next((work for work in works if work.edition not in EDITIONS), None):
            message = f"no build to check here: there is no edition {strange.edition!r}"
            raise PublishError(
                report.NOTHING_BUILT.at(Place(path=str(out / report.FILE)), message, fix="run: book build")
            )
        proofread = _proofread(source, stage, theme_name, progress)
        look = theme.load(theme_name or proofread.settings.theme, source, stage.cache, proofread.settings.limits)
        sizes = {name: adapted(edition, proofread.settings, look) for name, edition in EDITIONS.items()}
        works = tuple(replace(work, sheet=sizes[work.edition].size(work.path)) for work in works)
        ruling = next((work.path for work in works if work.edition == proofread.settings.page_map), "")
        proofread = replace(
            proofread, book=replace(proofread.book, pages=earlier.pages if ruling else (), paged=ruling)
        )
        progress("proving the editions")
        checks = prove(out, works, proofread.book, validators=True)
        faults = tuple(problem for work in works for problem in _altered(out, work))
        for one in checks:
            if one.status == "failed":
                fix = "build again: the file was changed, or the chapters were changed since"
                faults += (UNPROVED.at(Place(path=one.work or one.name), f"{one.name}: {one.detail}", fix=fix),)
                faults += tuple(replace(problem, severity=Severity.ERROR) for problem in one.problems)
            elif one.status == "passed":
                faults += one.problems
        problems = (*stage.problems, *proofread.problems, *faults, *_unrun(checks, must_run=must_run))
        page = download.page(proofread.book, look, works, checks, earlier.unmade)
        stage.put(seal.DOWNLOAD, page, download.EDITION)
        outcome = _report(proofread, works=works, unmade=earlier.unmade, problems=problems, checks=checks)
        stage.put(report.FILE, report.dumped(outcome))
        stage.publish()
    return Result(report=outcome, status=1 if worst(problems) is Severity.ERROR else 0)


# The steps.


def _proofread(source: Path, stage: seal.Stage, theme_name: str | None, progress: Progress) -> Proofread:
    """Return the book, read with the cache; without it when it holds trees that no pandoc made."""
    try:
        return read(source, cache=stage.cache, theme_name=theme_name, progress=progress)
    except BookError:
        raise
    except Exception:
        if stage.cache is None:
            raise
        proofread = read(source, theme_name=theme_name, progress=progress)  # raises again what is a bug of ours
        stage.distrust_cache()
        return proofread


def _agree(chosen: Settings, source: Path, theme_name: str | None) -> None:
    """Refuse settings that name an edition or a theme which is not there, before anything is read."""
    faults = [
        _no_edition(chosen.places[f"editions.{number}"], name)
        for number, name in enumerate(chosen.editions)
        if name not in EDITIONS
    ]
    themes = theme.known(source)
    name = theme_name or chosen.theme
    if name not in themes:
        near = nearest(name, themes)
        fix = f"did you mean {near}?" if near else f"the themes are: {', '.join(themes)}"
        place = Place(path="--theme") if theme_name else chosen.places.get("theme", Place(path=settings.FILE))
        faults.append(theme.UNKNOWN.at(place, f"there is no theme {name!r}", fix=fix))
    if faults:
        raise SettingsError(faults)


@dataclass(slots=True)
class _Found:
    """Problems and changes, in the order in which they were found."""

    problems: list[Problem] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def keep(self, said: tuple[T, Iterable[Problem]]) -> T:
        value, problems = said
        self.problems.extend(problems)
        return value


def _unspoken(chosen: Settings) -> Iterator[Problem]:
    """Yield a warning when the book's language has no words of the press."""
    missing = labels.unspoken(chosen.language, chosen.labels)
    if missing:
        place = chosen.places.get("language", Place(path=settings.FILE))
        message = f"there are no words for the language {chosen.language!r}: readers will find English ones"
        fix = f"write them in handbound.toml, under [labels]: {', '.join(missing)}"
        yield NO_WORDS.at(place, message, fix=fix)


def _no_edition(place: Place, name: str) -> Problem:
    near = nearest(name, EDITIONS)
    fix = f"did you mean {near}?" if near else f"the editions are: {', '.join(EDITIONS)}"
    return UNKNOWN_EDITION.at(place, f"there is no edition {name!r}", fix=fix)


def _editions(names: Iterable[str]) -> tuple[Edition, ...]:
    """Return the editions called *names*, in the order of the table."""
    asked = set(names)
    for name in sorted(asked - EDITIONS.keys()):
        raise SettingsError(_no_edition(Place(path="-e"), name))
    return tuple(edition for edition in EDITIONS.values() if edition.name in asked)


def _set_in_type(
    manuscripts: tuple[Manuscript, ...],
    order: Sidebar,
    chosen: Settings,
    cache: Path | None,
    found: _Found,
    progress: Progress,
) -> tuple[Chapter, ...]:
    """Return the chapters that the sidebar names, in its order."""
    entries = {entry.path: entry for entry in spine.listed(order.entries) if entry.path}
    by_path = {one.path: one for one in manuscripts}
    listed = [by_path[path] for path in entries if path in by_path]
    pandoc.begin()
    with ThreadPoolExecutor(WORKERS) as threads:
        trees = []
        try:
            for number, tree in enumerate(threads.map(lambda one: reader.tree(one, chosen, cache), listed), 1):
                trees.append(found.keep(tree))
                progress(f"setting chapter {number} of {len(listed)}")
        except BaseException:
            # Stopped: nobody waits for the chapters that are still being read.
            threads.shutdown(wait=False, cancel_futures=True)
            pandoc.end()
            raise
    texts: list[str] = []
    for one, blocks in zip(listed, trees, strict=True):
        nav = entries[one.path].title
        texts += [
            reader.uncalled(one.front.title or "", blocks),
            reader.uncalled(one.front.label or (nav if nav != one.front.title else None) or "", blocks),
            *one.front.discussion,
        ]
    lines = iter(reader.inlines(texts, chosen, cache))
    chapters = []
    for one, blocks in zip(listed, trees, strict=True):
        title, label, *questions = (next(lines) for _ in range(2 + len(one.front.discussion)))
        words = reader.Words(title=title, label=label, questions=tuple(questions))
        chapter, faults = reader.set_in_type(one, blocks or (), words, chosen)
        # Of a chapter that was not read one fault is enough: it has no title and no text for that reason.
        chapters.append(chapter if blocks is None else found.keep((chapter, faults)))
    return tuple(chapters)


def style_of(chosen: Settings) -> style.Style:
    """Return the house style of a book with the settings *chosen*."""
    return style.Style(
        language=chosen.language,
        outer=chosen.quotes.outer,
        skip=chosen.quotes.skip,
        quotes=chosen.rules.quotes,
        dashes=chosen.rules.dashes,
        spaces=chosen.rules.spaces,
    )


def _in_house_style(chapters: tuple[Chapter, ...], chosen: Settings, found: _Found) -> tuple[Chapter, ...]:
    """Return *chapters* with links and marks set right; every change is kept."""
    conventions = style_of(chosen)
    evidence = evidence_of(chapters, chosen.links.https_hosts)
    result = []
    for chapter in chapters:
        # With the rule off, links are left as typed; unsafe ones are refused all the same.
        chapter, problems, changes = fix_links(chapter, evidence, fix=chosen.rules.links)  # noqa: PLW2901
        found.problems.extend(problems)
        found.changes.extend(changes)
        chapter, problems, changes = style.apply(chapter, conventions)  # noqa: PLW2901
        found.problems.extend(problems)
        found.changes.extend(changes)
        about = style.text(chapter.source.front.description or "", conventions)
        result.append(replace(chapter, description=about))
    return tuple(result)


def _sorted(problems: tuple[Problem, ...], proofread: Proofread) -> tuple[Problem, ...]:
    """Return *problems* in reading order: settings and order first, then chapter by chapter."""
    place = {chapter.source.path: number for number, chapter in enumerate(proofread.book.spine, 1)}
    return tuple(
        sorted(
            problems, key=lambda problem: (place.get(problem.place.path, 0), problem.place.line, problem.place.column)
        )
    )


@dataclass(slots=True, kw_only=True)
class _Run:
    """The editions of one build on their way: what is made, what is proved, and what had to be left out.

    What goes wrong with one edition is that edition's: the others are made, proved and published without it.
    """

    book: Book
    """With its page map as soon as the edition that rules it is made and proved."""
    look: Theme
    source: Path
    stage: seal.Stage
    validators: bool
    works: list[Work] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    """What the makers tell of editions that they made."""
    faults: list[Problem] = field(default_factory=list)
    """Why an edition was left out."""
    missing: dict[str, Problem] = field(default_factory=dict)
    """Outside tools that are not there, each once."""
    unmade: dict[str, NotMade] = field(default_factory=dict)
    traces: list[str] = field(default_factory=list)

    def print_all(self, wanted: Sequence[Edition], ruling: str, progress: Progress) -> None:
        """Make the editions into the stage, the one that rules the page map first: the others carry its page numbers.

        The pages of a long book are laid out side by side; no edition with pages of its own needs those of another.
        """
        beside = tuple(one for one in wanted if coverage.paged(one) and one.name != ruling)
        processes = workers.worth(self.book, beside)
        beside = beside if processes else ()
        with ThreadPoolExecutor(max(1, processes)) as threads:  # they only wait for the processes
            waiting = {
                one.name: threads.submit(
                    workers.made,
                    workers.Job(
                        book=self.book,
                        edition=one,
                        theme=self.look.name,
                        source=self.source,
                        cache=self.look.cache,
                        limits=self.look.limits,
                    ),
                )
                for one in beside
            }
            try:
                for edition in sorted(wanted, key=lambda one: (one.name != ruling, one in beside)):
                    progress(f"making {edition.name}")
                    self._print(edition, waiting.get(edition.name), rules=edition.name == ruling)
            except BaseException:
                # Stopped, or nothing can be written: nobody waits for the others.
                threads.shutdown(wait=False, cancel_futures=True)
                workers.end()
                raise
        place = {edition.name: number for number, edition in enumerate(wanted)}
        self.works.sort(key=lambda work: place[work.edition])

    def _print(self, edition: Edition, future: Future[Made] | None, *, rules: bool) -> None:
        """Make one edition; the one that rules the page map is proved at once, for the others lean on it."""
        blank = _unmade(self.book, edition, "")

        def make() -> tuple[Made, list[Work], PageMap, tuple[Problem, ...]]:
            made = future.result() if future else maker(edition)(self.book, edition, self.look)
            works = [_work(edition, name, data, self.book) for name, data in made.files.items()]
            return made, works, *(page_map.agreed(made.pages, self.book) if rules else ((), ()))

        done = self._attempt(blank, make)
        if done is None:
            return
        made, works, where, doubts = done
        problems = (*made.problems, *doubts)
        if errors := [problem for problem in problems if problem.severity is Severity.ERROR]:
            self._leave_out(blank, errors)
            return
        for name, data in made.files.items():
            self.stage.put(name, data, edition.name)
        self.works += works
        if rules:
            before = self.book
            self.book = replace(before, pages=where, paged=works[0].path)
            self._prove(works)
            if edition.name in self.unmade:
                self.book = before
                return
        self.problems += problems

    def prove_all(self) -> None:
        """Prove what is not proved yet, and leave out what does not pass."""
        proved = {check.work for check in self.checks}
        waiting = [work for work in self.works if work.path not in proved]
        self._prove(waiting)
        order = {work.path: number for number, work in enumerate(self.works)}
        self.checks.sort(key=lambda one: (one.name in VALIDATORS, order.get(one.work, len(order))))

    def offer(self, unmade: Iterable[NotMade]) -> None:
        """Make the download page of what was made, with what was not."""
        if not self.works:
            return
        blank = NotMade(edition=download.EDITION, path=seal.DOWNLOAD, reason="")
        there = {work.path for work in self.works}
        checks = [check for check in self.checks if check.work in there]
        page = self._attempt(blank, lambda: download.page(self.book, self.look, self.works, checks, unmade))
        if page is not None:
            self.stage.put(seal.DOWNLOAD, page, download.EDITION)
            data = seal.digest(page)
            self._prove([Work(edition=download.EDITION, path=seal.DOWNLOAD, bytes=len(page), digest=data)])

    def _prove(self, works: Sequence[Work]) -> None:
        """Prove *works* and leave out every edition of which one file does not pass."""
        whose = {work.path: work.edition for work in works}
        blanks = {
            work.edition: NotMade(edition=work.edition, path=work.path, reason="") for work in reversed(tuple(works))
        }

        def look(those: Sequence[Work]) -> tuple[Check, ...]:
            return prove(self.stage.path, those, self.book, validators=self.validators)

        checks: tuple[Check, ...] | None
        try:
            checks = look(works)
        except Exception:  # noqa: BLE001 - a proof broke; which edition's, is seen when each is proved for itself
            checks = None
        if checks is None:
            checks = ()
            for name, blank in blanks.items():
                mine = [work for work in works if work.edition == name]
                checks += self._attempt(blank, functools.partial(look, mine)) or ()
        self.checks += checks
        self.problems += [problem for one in checks if one.status == "passed" for problem in one.problems]
        failed: dict[str, list[Check]] = {}
        for one in checks:
            if one.status == "failed":
                failed.setdefault(whose[one.work], []).append(one)
        for name, those in failed.items():
            found = [replace(problem, severity=Severity.ERROR) for one in those for problem in one.problems[:SHOWN]]
            self._leave_out(blanks[name], found, said=f"{those[0].name}: {those[0].detail}", kind=UNPROVED)

    def _attempt(self, blank: NotMade, make: Callable[[], T]) -> T | None:
        """Return what *make* gives; None when it cannot, which is then told of the edition of *blank* alone."""
        try:
            return make()
        except ToolMissing as error:
            self.missing |= {problem.code: problem for problem in error.problems}
        except ThemeError:
            raise  # what is wrong with the theme is fixed before anything is published
        except BookError as error:
            self._leave_out(blank, error.problems)
        except Exception as error:  # noqa: BLE001 - a bug of ours or of a library: the author has the other editions all the same
            self.traces.append("".join(traceback.format_exception(error)))
            self._leave_out(blank, (), said=f"{type(error).__name__}: {error}".splitlines()[0], kind=BROKEN)
        return None

    def _leave_out(self, blank: NotMade, problems: Iterable[Problem], *, said: str = "", kind: Kind = UNMADE) -> None:
        """Take the edition of *blank* out of the set and say why, at the author's line where it is known."""
        name = blank.edition
        for work in [work for work in self.works if work.edition == name]:
            self.works.remove(work)
        for path in self.stage.paths(name):
            self.stage.remove(path)
        problems = tuple(problems)
        placed = [(place, problem) for problem in problems if (place := _of_author(problem, self.book))]
        place, first = placed[0] if placed else (Place(path=blank.path), next(iter(problems), None))
        why = first.message if first and (placed or not said) else said
        fix = (first.fix if first else "") or BUG
        reason = f"{place}: {why}" if placed else why
        self.unmade[name] = replace(blank, reason=reason, fix=fix)
        self.faults += [problem for problem in problems if problem.place != place or problem is not first]
        self.faults.append(kind.at(place, f"{NAMES.get(name, f'the {name} edition')} is not made: {why}", fix=fix))


def _of_author(problem: Problem, book: Book) -> Place | None:
    """Return the line of the author's file that *problem* is about, None when it is not known.

    A proof speaks of the file that was printed; the words that it quotes, or the chapter's name in it, lead back.
    """
    for chapter in book.spine:
        path = chapter.source.path
        if problem.place.path == path:
            return problem.place
        if problem.message.startswith(f"{path}, ") or problem.place.path.endswith(f"/{chapter.slug}.xhtml"):
            quoted = re.search(r"after '([^']+)'", problem.message)
            words = re.findall(r"\w+", quoted[1]) if quoted else []
            found = words and re.search(r"\W+".join(map(re.escape, words)), chapter.source.text, re.IGNORECASE)
            return chapter.source.place(chapter.source.text.count("\n", 0, found.end()) + 1 if found else 1)
    return None


def _refused(edition: Edition, verdict: coverage.Verdict) -> bool:
    return bool(verdict.reason) and coverage.paged(edition)


def _unmade(book: Book, edition: Edition, reason: str, fix: str = "") -> NotMade:
    return NotMade(edition=edition.name, path=edition.path(book.metadata.slug), reason=reason, fix=fix)


def _outdated(stage: seal.Stage, book: Book, unmade: Iterable[NotMade]) -> tuple[str, ...]:
    """Return the files of earlier builds that would stand beside the new set as if they were of it.

    What a missing tool cannot make again stays: whoever has no Pango here would lose what he cannot make.
    """
    chapters = [chapter.slug for chapter in book.spine]
    names: dict[str, Collection[str]] = {
        edition.name: frozenset(edition.paths(book.metadata.slug, chapters)) for edition in EDITIONS.values()
    }
    return tuple(
        name for one in unmade for name in stage.standing(one.edition) if name in names.get(one.edition, {one.path})
    )


def _altered(out: Path, work: Work) -> Iterable[Problem]:
    """Yield an error when the file of *work* is not the one that the build wrote."""
    data = seal.contents(out / work.path)
    if data is None or seal.digest(data) != work.digest:
        message = "this file is not there" if data is None else "this file was changed after it was built"
        yield ALTERED.at(Place(path=work.path), message, fix="build again")


def _work(edition: Edition, name: str, data: bytes, book: Book) -> Work:
    """Return the file *name* of *edition* as a work: the whole *book*, or one of its chapters."""
    pages = None
    if data.startswith(b"%PDF"):
        import pikepdf  # noqa: PLC0415 - slow to import, and only a PDF needs it

        with pikepdf.open(io.BytesIO(data)) as pdf:
            pages = len(pdf.pages)
    whole = name in edition.paths(book.metadata.slug, ())
    words = sum(chapter.words for chapter in book.spine if whole or edition.single(chapter.slug) == name)
    return Work(
        edition=edition.name,
        path=name,
        bytes=len(data),
        digest=seal.digest(data),
        pages=pages,
        words=words,
        sheet=edition.size(name),
    )


def _unrun(checks: Iterable[Check], *, must_run: bool) -> tuple[Problem, ...]:
    """Return an error for each check that did not run where it must."""
    return tuple(
        NOT_RUN.at(
            Place(path=one.work or one.name),
            f"{one.name} did not run: {one.detail}",
            fix="pip install 'handbound[check]'",
        )
        for one in checks
        if one.status == "not run" and must_run
    )


def _report(
    proofread: Proofread,
    *,
    problems: tuple[Problem, ...],
    works: tuple[Work, ...] = (),
    unmade: tuple[NotMade, ...] = (),
    checks: tuple[Check, ...] = (),
) -> Report:
    parts = {chapter.slug: plain(part.title) for part in proofread.book.parts for chapter in part.chapters}
    chapters = tuple(
        Listing(
            path=chapter.source.path, title=plain(chapter.title), part=parts.get(chapter.slug, ""), words=chapter.words
        )
        for chapter in proofread.book.spine
    )
    return Report(
        works=works,
        unmade=unmade,
        problems=problems,
        changes=proofread.changes,
        checks=checks,
        chapters=chapters,
        pages=proofread.book.pages,
        ruling=proofread.settings.page_map if proofread.book.pages else "",
    )
