"""The pipeline as named steps, in order; each is a function from value to value. Nothing is written before everything is proved.

The steps from files to a book are in :mod:`book.reading`, those from a book to editions here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from book import cache, manifest, owner, reading, report, seal, steps, theme
from book.catalogue import EDITIONS, select
from book.editions import adapted, download
from book.inputs import State
from book.limits import settled
from book.paged import blocks, coverage
from book.printing import Printing, Progress, empty, outdated, removed
from book.problems import BookError, Problem, Severity, ThemeError, ToolMissing, strict, worst
from book.proof import unrun
from book.reading import READING, read, reading_order, resolved, silent
from book.source import git_date
from book.source.named import home_of
from book.standing import Standing, leftover
from book.steps import Chain, Step, Timed, untimed
from book.values import Choice, Order, Printed, Proofread, Result

__all__ = [
    "CHOOSING", "OPTIONAL", "PRINTING", "PUBLISHED", "READING", "STEPS", "Proofread", "Result", "build", "read", "read_with",
    "reading_order", "resolved", "silent",
]  # fmt: skip

WAITING = "waiting for another build into this folder"
PUBLISHED = "published"
"""The last message of a progress function; from then on the new set is in place."""


def choose(order: Order) -> Choice:
    """Load the theme, and choose the editions according to the settings and the theme."""
    options, request = order.proofread.settings, order.proofread.request
    look = theme.load(request.theme or options.theme, request.source, order.stage.cache, options.limits)
    look = replace(look, plain=order.plain)
    editions = select(order.names) or select(options.editions) or tuple(EDITIONS.values())
    return Choice(order=order, look=look, editions=tuple(adapted(edition, options, look) for edition in editions))


def judge_coverage(choice: Choice) -> Choice:
    """Leave out the editions that would be wrong on paper: missing glyphs, unsupported scripts, endless blocks."""
    proofread = choice.order.proofread
    paged = tuple(filter(coverage.paged, choice.editions))
    if not paged:
        return choice
    verdict = coverage.judged(proofread.book, choice.look, str(proofread.request.source))
    long = blocks.refusal(proofread.book, paged, proofread.settings.limits.paper_block, choice.order.stage.cache)
    every = {edition.name: verdict.reason for edition in paged if verdict.reason}
    reasons = {**long.reasons, **every}
    unmade = tuple(
        empty(proofread.book, edition, reasons[edition.name]) for edition in paged if edition.name in reasons
    )
    made = tuple(edition for edition in choice.editions if edition.name not in reasons)
    return replace(choice, unmade=unmade, editions=made, problems=(*verdict.problems, *long.problems))


def foreseen(proofread: Proofread) -> tuple[Problem, ...]:
    """Return the problems that a build would find before it makes anything: in the theme, and in letters that paper cannot show."""
    options, source = proofread.settings, proofread.request.source
    try:
        look = theme.load(options.theme, source, None, options.limits)
    except ThemeError as error:
        return error.problems
    if not any(map(coverage.paged, select(options.editions) or EDITIONS.values())):
        return ()
    return coverage.judged(proofread.book, look, str(source)).problems


def make(choice: Choice) -> Printed:
    """Make the editions; those of a long book are made in parallel."""
    order, proofread = choice.order, choice.order.proofread
    options = proofread.settings
    absent = {edition.edition for edition in choice.unmade}
    new = {*absent, *(edition.name for edition in choice.editions)}
    # A build of the editions in the settings makes the whole set: no other belongs to it.
    sizes = {
        name: adapted(edition, options, choice.look) for name, edition in EDITIONS.items() if order.names or name in new
    }
    before = Standing.of(order.stage, proofread.book, sizes)
    ruling = options.page_map
    printing = Printing(
        book=proofread.book if ruling in new else before.paged(proofread.book, ruling),
        look=choice.look,
        source=proofread.request.source,
        stage=order.stage,
        validators=order.validators,
    )
    printing.make(choice.editions, ruling, proofread.request.progress, order.executor)
    printing.works = list(before.signed(printing.works, printing.book))
    others = {*absent, *printing.unmade, *(work.edition for work in printing.works)}
    printing.remainder = before.keep(printing.book, others, validators=order.validators)
    problems = choice.all_problems
    return Printed(order=order, printing=printing, standing=before, unmade=choice.unmade, problems=problems)


def prove_all(printed: Printed) -> Printed:
    """Open the editions again and prove them; an edition that fails is left out."""
    printing = printed.printing
    printed.order.proofread.request.progress("checking the editions")
    printing.prove()
    if printing.missing and not printing.works and not printing.unmade:
        raise ToolMissing(printing.missing.values())
    return printed.without(printing.unmade.values())


def offer(printed: Printed) -> Printed:
    """Make the download page, which lists what was made and what was not."""
    printing = printed.printing
    printing.offer((*printed.unmade, *printing.remainder.unmade))
    return printed.without(edition for name, edition in printing.unmade.items() if name == download.EDITION)


def publish(printed: Printed) -> Result:
    """Write report.json, and publish everything in one step, or nothing."""
    order, printing = printed.order, printed.printing
    proofread, stage = order.proofread, order.stage
    problems = (*printing.problems, *(unrun(printing.set_checks) if order.must_run and order.validators else ()))
    problems = strict(problems) if order.be_strict else problems
    gone, remainder = outdated(stage, printing.book, printed.unmade), printing.remainder
    ruling = "" if printing.book.pages else proofread.settings.page_map
    made = {work.edition for work in printing.works}
    others = () if order.names else EDITIONS.keys() - printed.standing.sizes.keys()
    left = (*remainder.problems, *removed(gone), *leftover(stage, gone, remainder.unnumbered, ruling, made, others))
    outcome = report.written(
        printing.book,
        proofread.settings.page_map,
        order=proofread.order,
        works=printing.set_works,
        unmade=(*printed.standing.signed(printed.unmade, printing.book), *remainder.unmade),
        problems=(*printed.problems, *problems, *left, *printing.faults),
        changes=proofread.changes,
        checks=printing.set_checks,
    )
    missing, traces = tuple(printing.missing.values()), tuple(printing.traces)
    refused = worst(problems) is Severity.ERROR or (printing.faults and (order.be_strict or not printing.works))
    if not refused:
        stage.put(report.FILE, report.dumped(outcome))
        proofread.request.progress("publishing")
        try:
            stage.publish(gone)
        finally:
            if stage.published:
                owner.keep(stage, printing.book, proofread.request.named)
                proofread.request.progress(PUBLISHED)
    status = 1 if refused else 3 if missing or printing.faults else 0
    return Result(report=outcome, status=status, missing=missing, traces=traces)


CHOOSING: Chain[Order, Choice] = Chain.of(
    Step(name="choose", about="the theme is loaded, the editions are chosen", run=choose)
).then(Step(name="coverage", about="unprintable editions are left out", run=judge_coverage, optional=True))
"""From a book to the editions that can be made of it."""

PRINTING: Chain[Choice, Result] = (
    Chain.of(Step(name="make", about="the editions are made, those of a long book in parallel", run=make))
    .then(Step(name="prove", about="the files are opened again and checked", run=prove_all))
    .then(Step(name="download", about="the download page is made", run=offer))
    .then(Step(name="publish", about="report.json is written, the set is published in one step", run=publish))
)
"""From the choice to the published set; not run if the book has errors."""

STEPS: tuple[Step[Any, Any], ...] = (*READING.steps, *CHOOSING.steps, *PRINTING.steps)
"""The whole pipeline."""

OPTIONAL = tuple(step.name for step in STEPS if step.optional)
"""Names of the steps that can be skipped."""


def build(
    source: Path,
    out: Path,
    *,
    editions: Sequence[str] = (),
    theme_name: str | None = None,
    system: str = "",
    be_strict: bool = False,
    validators: bool = False,
    must_run: bool = False,
    plain: bool = False,
    progress: Progress = silent,
    skip: Collection[str] = (),
    timed: Timed = untimed,
    before: State | None = None,
    executor: Executor | None = None,
    cache_folder: Path | None = None,
) -> Result:
    """Build *editions* of the book in *source* into *out*; an edition that fails is left out, the others are published together.

    Args:
        source: the folder of the book, or its only file.
        out: the output folder; it is created if necessary.
        editions: names from :data:`book.catalogue.EDITIONS`; empty: those in the settings, else all.
        theme_name: the theme, instead of that in the settings.
        system: the site generator that gives the order; empty: the best match.
        be_strict: whether warnings are errors.
        validators: whether to run the external validators, too.
        must_run: whether a missing validator is an error.
        plain: lay out each paged edition as one document, without remembered pages.
        progress: receives a line for each piece of work that begins.
        skip: names from :data:`OPTIONAL` of steps to leave out.
        timed: receives the time that each step took.
        before: what :func:`book.manifest.before` returned, if the caller has looked just now.
        executor: any ``concurrent.futures.Executor`` in which editions with pages are made in parallel; it is not shut down, and
            its machines need Handbound and the same folders. None: processes of this machine, if they are worth it.
        cache_folder: the folder of the cache, which several books may share; None: in the output folder.

    Returns:
        The report and the exit status: 0 published; 1 the book has errors, nothing was published; 3 published in part: an external
            tool is missing, or an edition failed a proof.

    Raises:
        BookError: the settings, the theme or the output folder cannot be used; nothing was published.
        ValueError: *skip* contains a name that is not optional.
    """
    select(editions)
    steps.check_skipped(skip, OPTIONAL)
    words = manifest.options(editions, theme_name, system, be_strict=be_strict, must_run=must_run, plain=plain)
    owner.check_place(home_of(source), out)
    with seal.Stage(out, cache_folder, lambda: progress(WAITING)) as stage:
        stage.check_writable()
        stage.check_ours((seal.DOWNLOAD, report.FILE))
        before = manifest.before(source, out, words) if before is None else before
        options: dict[str, Any] = {"theme_name": theme_name, "system": system, "progress": progress, "timed": timed}
        options["skip"] = frozenset(skip).intersection(reading.OPTIONAL)
        proofread = read_with(source, stage.cache, stage.distrust_cache, **options)
        owner.check_owner(stage.folder, stage.written, proofread.book, source, builds=True)
        order = Order(
            proofread=proofread,
            names=tuple(editions),
            stage=stage,
            must_run=must_run,
            be_strict=be_strict,
            validators=validators,
            plain=plain,
            executor=executor,
        )
        choice = steps.walk(CHOOSING, order, skip=skip, timed=timed)
        problems = choice.all_problems
        if worst(problems) is Severity.ERROR:
            ruling = proofread.settings.page_map
            outcome = report.written(
                proofread.book, ruling, order=proofread.order, problems=problems, changes=proofread.changes
            )
            return Result(report=outcome, status=1)
        with settled():
            result = steps.walk(PRINTING, choice, skip=skip, timed=timed)
        cache.trim(stage.cache, proofread.settings.limits.cache_bytes)
        if result.status == 0 and not (skip or stage.problems):
            dated = git_date.without_git(proofread.settings.date) is None
            manifest.keep(stage, source, before, manifest.Summary.of(result.report), dated=dated)
        return result


def read_with(source: Path, cache: Path | None, distrust: Callable[[], None], **options: Any) -> Proofread:
    """Return the book, read with *options*; with a *cache*, unless that contains trees that pandoc did not make: then *distrust* is called."""
    try:
        return read(source, cache=cache, **options)
    except BookError:
        raise
    except Exception:
        if cache is None:
            raise
        proofread = read(source, **options)  # raises bugs of ours again
        distrust()
        return proofread
