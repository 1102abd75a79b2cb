"""The pipeline as named steps, in order; each is a function from value to value. Nothing is written before everything is proved.

The problems of a book are collected along the way, so that its author sees all of them at once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from book import cache, citing, inclusion, labels, lint, manifest, report, seal, settings, sidebar, sites, steps, theme
from book.assemble import formulas, illustrate, references, spine
from book.assemble.setting import Composition, Setter
from book.assemble.transcripts import Reader
from book.catalogue import EDITIONS, select, unknown
from book.editions import adapted, download
from book.inputs import State
from book.limits import uncollected
from book.model import Book, Chapter, Collation, Placed
from book.paged import blocks, coverage
from book.printing import Printing, Progress, empty, outdated, removed
from book.problems import BookError, Place, Problem, SettingsError, Severity, Subject, ToolMissing, strict, worst
from book.proof import unrun
from book.sidebar.way import paths
from book.sites import title
from book.source import git_date, language, manuscript
from book.standing import Standing, leftover, made_from
from book.steps import Chain, Step, Timed, untimed
from book.style.house_style import knowledge
from book.values import Choice, Gathered, Order, Printed, Proofread, Reading, Request, Result, Taught, Transcripts

__all__ = [
    "CHOOSING", "OPTIONAL", "PRINTING", "PUBLISHED", "READING", "STEPS", "Proofread", "Result", "build", "read", "read_with", "silent",
]  # fmt: skip

PUBLISHED = "published"
"""The last message of a progress function; from then on the new set is in place."""


def silent(_: str) -> None:
    """Do nothing."""


# Reading: from the files of an author to a book.


def read_settings(request: Request) -> Reading[None]:
    """Read handbound.toml; refuse it if it names an unknown edition or theme, before anything else is read."""
    options = settings.read(request.source)
    labels.own.set(options.labels)
    places = options.places
    faults = [
        unknown(name, places[f"editions.{number}"])
        for number, name in enumerate(options.editions)
        if name not in EDITIONS
    ]
    place = Subject(name="--theme") if request.theme else places.get("theme", Place(path=settings.FILE))
    faults += theme.absent(request.theme or options.theme, request.source, place)
    if faults:
        raise SettingsError(faults)
    return Reading(request=request, settings=options, value=None)


def recognise(read: Reading[None]) -> Reading[None]:
    """Find the site generator for which the handbook is written; the keys of handbound.toml take precedence over its files."""
    site, problems = sites.recognise(read.request.source, read.request.system)
    options = settings.over(read.settings, **site.about) if site else read.settings
    return replace(read, site=site, settings=options).to(None, problems)


def gather(read: Reading[None]) -> Reading[Gathered]:
    """Read the chapter files and their front matter, and determine their order."""
    request = read.request
    request.progress("reading the chapters")
    scope = sites.scope(read.site, read.settings)
    manuscripts, faults = manuscript.gather(request.source, read.settings, scope)
    order, problems = sidebar.order(request.source, read.settings, manuscripts, faults, read.site)
    sound = tuple(chapter for chapter in manuscripts if chapter.sound)
    gathered = Gathered(manuscripts=sound, sidebar=order)
    listed = set(paths(order.entries))
    spoken = (chapter for chapter in sound if chapter.path in listed)
    options, doubts = language.settled(read.settings, spoken, is_set=sites.says_language(read.site, read.settings))
    if not options.title and (page := title.first_page(request.source, read.site, sound)):
        options = settings.over(options, title=page.title, authors=page.authors, description=page.description)
    read = replace(read, settings=options)
    problems = (*problems, *doubts)
    known = set(read.problems)
    fresh = (problem for problem in problems if problem not in known)  # the files of a site are read twice
    return replace(read, routes=order.routes).to(gathered, (*fresh, *settings.unspoken(read.settings)))


def parse(read: Reading[Gathered]) -> Reading[Transcripts]:
    """Turn the Markdown of each chapter into a tree with pandoc, sanitise its raw HTML, and keep what the book needs of it."""
    read, rewriting = citing.cite(*inclusion.rewritten(read))
    request, order = read.request, read.value.sidebar
    read = replace(read, settings=rewriting.settings)
    reader = Reader.of(rewriting, order, request.checks, request.cache, request.progress)
    chapters = reader.transcripts()
    titles = spine.part_titles(order, read.settings, request.cache)
    value = Transcripts(reader=reader, chapters=chapters, titles=titles, sidebar=order)
    return read.to(value, (*rewriting.problems, *(problem for chapter in chapters for problem in chapter.problems)))


def convert_formulas(read: Reading[Transcripts]) -> Reading[Transcripts]:
    """Convert formulas to MathML; without this step they are printed as TeX."""
    if not read.settings.math:
        return read
    transcripts = read.value
    own = [formula for chapter in transcripts.chapters for formula in chapter.formulas]
    mathml, problems = formulas.convert(own, transcripts.titles.values(), read.settings.limits, read.request.cache)
    return read.to(replace(transcripts, mathml=mathml), problems)


def read_as_an_editor(read: Reading[Transcripts]) -> Reading[Transcripts]:
    """Report what an editor would mark: placeholders, doubled words, lines that only make sense on a site."""
    findings = {chapter.path: (chapter.manuscript, chapter.findings) for chapter in read.value.chapters}
    return read.to(read.value, lint.judge(findings, read.settings.lint, read.request.checks))


def learn(read: Reading[Transcripts]) -> Reading[Taught]:
    """Gather what all chapters teach the house style: words that lack a letter, hosts that support https."""
    chapters = read.value.chapters
    known = knowledge((chapter.text for chapter in chapters), (chapter.hosts for chapter in chapters), read.settings)
    return read.to(Taught(transcripts=read.value, known=known))


def compose(read: Reading[Taught]) -> Reading[Composition]:
    """Set links and marks of each chapter in house style, and turn its tree into a body of clean XHTML."""
    read.request.progress("composing the book")
    transcripts = read.value.transcripts
    setter = Setter(reader=transcripts.reader, known=read.value.known, mathml=transcripts.mathml)
    composition = setter.compose(transcripts.chapters, transcripts.titles, transcripts.sidebar)
    return read.to(composition, composition.problems, composition.changes)


def collate(read: Reading[Composition]) -> Reading[Collation[Placed]]:
    """Put the chapters in order: front, body and back matter, parts, numbers, names."""
    source, composition = read.request.source, read.value
    when = git_date.moment(source, read.settings.date) if read.request.dated else git_date.NO_DATE
    about = spine.metadata(read.settings, source.resolve().name, when)
    by_path = {chapter.source.path: chapter for chapter in composition.chapters}
    return read.to(
        spine.collate(by_path, composition.sidebar, about, composition.titles, number=read.settings.number_chapters)
    )


def resolve(read: Reading[Collation[Placed]]) -> Reading[Collation[Chapter]]:
    """Make ids unique, and resolve every link."""
    options, source = read.settings, read.request.source
    return read.to(*references.resolve(read.value, options.links, source, options.places, read.site, read.routes))


def take_images(read: Reading[Collation[Chapter]]) -> Reading[Book]:
    """Read, check and name the images of the book."""
    options = read.settings
    return read.to(*illustrate.illustrate(read.value, read.request.source, options, read.site))


def take_cover(read: Reading[Book]) -> Reading[Book]:
    """Read the picture for the cover; without it, or without this step, the theme draws one."""
    return read.to(*illustrate.covered(read.value, read.request.source, read.settings))


# Printing: from a book to its editions.


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
    long = blocks.refusal(proofread.book, paged, proofread.settings.limits.paper_block)
    every = {edition.name: verdict.reason for edition in paged if verdict.reason}
    reasons = {**long.reasons, **every}
    unmade = tuple(
        empty(proofread.book, edition, reasons[edition.name]) for edition in paged if edition.name in reasons
    )
    made = tuple(edition for edition in choice.editions if edition.name not in reasons)
    return replace(choice, unmade=unmade, editions=made, problems=(*verdict.problems, *long.problems))


def make(choice: Choice) -> Printed:
    """Make the editions; those of a long book are made in parallel."""
    order, proofread = choice.order, choice.order.proofread
    options = proofread.settings
    sizes = {name: adapted(edition, options, choice.look) for name, edition in EDITIONS.items()}
    before = Standing.of(order.stage, proofread.book, sizes)
    absent = {edition.edition for edition in choice.unmade}
    new = {*absent, *(edition.name for edition in choice.editions)}
    ruling = options.page_map
    printing = Printing(
        book=proofread.book if ruling in new else before.paged(proofread.book, ruling),
        look=choice.look,
        source=proofread.request.source,
        stage=order.stage,
        validators=order.validators,
    )
    printing.make(choice.editions, ruling, proofread.request.progress)
    printing.works = [
        replace(work, made_from=made_from(printing.book, before.text, before.sizes[work.edition]))
        for work in printing.works
    ]
    others = {*absent, *printing.unmade, *(work.edition for work in printing.works)}
    printing.remainder = before.keep(printing.book, others, validators=order.validators)
    return Printed(order=order, printing=printing, unmade=choice.unmade, problems=_before_making(choice))


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
    printing.offer(printed.unmade)
    return printed.without(edition for name, edition in printing.unmade.items() if name == download.EDITION)


def publish(printed: Printed) -> Result:
    """Write report.json, and publish everything in one step, or nothing."""
    order, printing = printed.order, printed.printing
    proofread, stage = order.proofread, order.stage
    problems = (*printing.problems, *(unrun(printing.set_checks) if order.must_run and order.validators else ()))
    problems = strict(problems) if order.be_strict else problems
    gone = outdated(stage, printing.book, printed.unmade)
    outcome = report.written(
        printing.book,
        proofread.settings.page_map,
        works=printing.set_works,
        unmade=printed.unmade,
        problems=(*printed.problems, *problems, *removed(gone), *leftover(stage, gone), *printing.faults),
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
                proofread.request.progress(PUBLISHED)
    status = 1 if refused else 3 if missing or printing.faults else 0
    return Result(report=outcome, status=status, missing=missing, traces=traces)


def _before_making(choice: Choice) -> tuple[Problem, ...]:
    """Return the problems from before anything is made, in reading order."""
    problems = strict(choice.all_problems) if choice.order.be_strict else choice.all_problems
    return report.in_reading_order(problems, choice.order.proofread.book)


RESOLVING: Chain[Request, Reading[Collation[Chapter]]] = (
    Chain.of(Step(name="settings", about="handbound.toml is read and checked", run=read_settings))
    .then(Step(name="site", about="the settings files of a site generator are read", run=recognise))
    .then(Step(name="gather", about="the chapter files are read and put in order", run=gather))
    .then(Step(name="parse", about="pandoc turns Markdown into trees; raw HTML is sanitised", run=parse))
    .then(Step(name="formulas", about="TeX becomes MathML, or stays TeX", run=convert_formulas, optional=True))
    .then(Step(name="lint", about="an editor's checks of the text", run=read_as_an_editor, optional=True))
    .then(Step(name="learn", about="what all chapters teach the house style is gathered", run=learn))
    .then(Step(name="compose", about="each chapter becomes a body of clean XHTML in house style", run=compose))
    .then(Step(name="collate", about="chapters get their matter, part, number and name", run=collate))
    .then(Step(name="resolve", about="ids are made unique, links are resolved", run=resolve))
)
"""From the files of an author to chapters whose images are not read yet."""

READING: Chain[Request, Reading[Book]] = RESOLVING.then(
    Step(name="images", about="images are read, checked and named", run=take_images)
).then(Step(name="cover", about="the cover is read, or the theme draws one", run=take_cover, optional=True))
"""From the files of an author to a book."""

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


def read(
    source: Path,
    *,
    cache: Path | None = None,
    theme_name: str | None = None,
    system: str = "",
    dated: bool = True,
    checks: lint.Choice = lint.IN_A_BUILD,
    progress: Progress = silent,
    skip: Collection[str] = (),
    timed: Timed = untimed,
) -> Proofread:
    """Read the book in *source*, up to the point where editions are made.

    Args:
        source: a folder with handbound.toml and chapters, or the folder of a handbook without one.
        cache: the folder for cached results, or None.
        theme_name: the theme, instead of that in the settings, which then need not exist.
        system: the site generator that gives the order; empty: the best match.
        dated: whether the book needs its date, for which git may have to run.
        checks: the editor's checks to run.
        progress: receives a line for each piece of work that begins.
        skip: names from :data:`OPTIONAL` of steps to leave out.
        timed: receives the time that each step took.

    Returns:
        The book and all problems.

    Raises:
        SettingsError: handbound.toml is invalid.
        ManuscriptError: the folder cannot be read, or pandoc cannot write a chapter.
        ToolMissing: pandoc is not installed.
        ValueError: *skip* contains a name that is not optional.
    """
    steps.check_skipped(skip, OPTIONAL)
    request = Request(
        source=source, cache=cache, theme=theme_name, system=system, dated=dated, checks=checks, progress=progress
    )
    with uncollected():
        read = steps.walk(READING, request, skip=skip, timed=timed)
    return Proofread(
        request=request, settings=read.settings, book=read.value, problems=read.problems, changes=read.changes
    )


def reading_order(source: Path, system: str = "") -> Reading[Gathered]:
    """Return the chapter files and their order, without files that chapters include, and read nothing else; arguments as for :func:`read`."""
    return inclusion.rewritten(gather(recognise(read_settings(Request(source=source, system=system)))))[0]


def resolved(source: Path, system: str = "", progress: Progress = silent) -> Reading[Collation[Chapter]]:
    """Return the chapters after references are resolved and before images are read; arguments as for :func:`read`."""
    request = Request(source=source, system=system, dated=False, checks=lint.NONE, progress=progress)
    return steps.walk(RESOLVING, request, skip=("formulas", "lint"))


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
) -> Result:
    """Build *editions* of the book in *source* into *out*; an edition that fails is left out, the others are published together.

    Args:
        source: the book.
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

    Returns:
        The report and the exit status: 0 published; 1 the book has errors, nothing was published; 3 published in part: an external
            tool is missing, or an edition failed a proof.

    Raises:
        BookError: the settings, the theme or the output folder cannot be used; nothing was published.
        ValueError: *skip* contains a name that is not optional.
    """
    select(editions)
    words = manifest.options(editions, theme_name, system, be_strict=be_strict, must_run=must_run, plain=plain)
    with seal.Stage(out) as stage:
        before = manifest.before(source, out, words) if before is None else before
        options = {"theme_name": theme_name, "system": system, "progress": progress, "skip": skip, "timed": timed}
        proofread = read_with(source, stage, **options)
        order = Order(
            proofread=proofread,
            names=tuple(editions),
            stage=stage,
            must_run=must_run,
            be_strict=be_strict,
            validators=validators,
            plain=plain,
        )
        choice = steps.walk(CHOOSING, order, skip=skip, timed=timed)
        problems = _before_making(choice)
        if worst(problems) is Severity.ERROR:
            ruling = proofread.settings.page_map
            outcome = report.written(proofread.book, ruling, problems=problems, changes=proofread.changes)
            return Result(report=outcome, status=1)
        result = steps.walk(PRINTING, choice, skip=skip, timed=timed)
        cache.trim(stage.cache, proofread.settings.limits.cache_bytes)
        if result.status == 0 and not (skip or validators or stage.problems):
            dated = git_date.without_git(proofread.settings.date) is None
            manifest.keep(stage, source, before, manifest.Summary.of(result.report), dated=dated)
        return result


def read_with(source: Path, stage: seal.Stage, **options: Any) -> Proofread:
    """Return the book, read with *options*; with the cache of *stage*, unless that contains trees that pandoc did not make."""
    try:
        return read(source, cache=stage.cache, **options)
    except BookError:
        raise
    except Exception:
        if stage.cache is None:
            raise
        proofread = read(source, **options)  # raises bugs of ours again
        stage.distrust_cache()
        return proofread
