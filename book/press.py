"""The pipeline as named steps, in order: each a function from value to value. Nothing is written before everything is proved.

What goes wrong with a book is collected on the way, so that its author sees all of it at once.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from book import dialects, labels, report, seal, settings, sidebar, steps, theme
from book.assemble import compose, formulas, illustrate, references, spine
from book.catalogue import EDITIONS, named, unknown
from book.editions import adapted, download
from book.markdown import chapters
from book.paged import blocks, coverage
from book.printing import UNPROVED, Printing, Progress, empty, outdated, removed
from book.problems import BookError, Place, SettingsError, Severity, ToolMissing, strict, worst
from book.proof import altered, prove, unrun
from book.sidebar.way import walk
from book.source import git_date, manuscript
from book.steps import Step, Timed, untimed
from book.style.house_style import in_house_style
from book.values import NO_BOOK, Proofread, Result, Run

__all__ = [
    "NO_BOOK", "OPTIONAL", "PRINTING", "PUBLISHED", "READING", "STEPS", "Proofread", "Result", "Run", "build", "check", "read",
]  # fmt: skip

PUBLISHED = "published"
"""The last thing that a progress is told: from then on the new set stands."""


def silent(_: str) -> None:
    """Say nothing."""


# Reading: from the files of an author to a book.


def read_settings(work: Proofread) -> Proofread:
    """Read handbound.toml, and refuse one that names an edition or a theme which is not there, before anything else is read."""
    options = settings.read(work.source)
    labels.own.set(options.labels)
    places = options.places
    faults = [
        unknown(name, places[f"editions.{number}"])
        for number, name in enumerate(options.editions)
        if name not in EDITIONS
    ]
    place = Place(path="--theme") if work.theme else places.get("theme", Place(path=settings.FILE))
    faults += theme.absent(work.theme or options.theme, work.source, place)
    if faults:
        raise SettingsError(faults)
    return replace(work, settings=options)


def gather(work: Proofread) -> Proofread:
    """Read the chapters of the folder, their front matter off, and settle their order."""
    work.progress("reading the chapters")
    manuscripts, faults = manuscript.gather(work.source, work.settings)
    order, problems = sidebar.order(work.source, work.settings, manuscripts, faults)
    options = settings.over(work.settings, title=order.title, authors=order.authors, language=order.language)
    sound = tuple(one for one in manuscripts if one.sound)
    work = replace(work, settings=options, manuscripts=sound, sidebar=order)
    return work.with_problems((*problems, *settings.unspoken(options)))


def parse(work: Proofread) -> Proofread:
    """Turn the Markdown of each chapter into a tree, by pandoc; raw HTML is made safe."""
    listed = {entry.path for entry in walk(work.sidebar.entries)}
    reading = dialects.read((one for one in work.manuscripts if one.path in listed), work.source, work.settings)
    work = work.with_problems(reading.problems)
    drafts, problems = chapters.read(
        reading.manuscripts, work.sidebar, work.settings, work.cache, work.progress, reading.after
    )
    work = replace(work, chapters=drafts, trees=drafts if work.settings.math else ())
    return work.with_problems(problems)


def style(work: Proofread) -> Proofread:
    """Set links and marks as the house style wants them."""
    work.progress("applying the house style")
    styled, problems, changes = in_house_style(work.chapters, work.settings)
    return replace(work, chapters=styled, changes=changes).with_problems(problems)


def collate(work: Proofread) -> Proofread:
    """Put the chapters in order: front, body and back matter, parts, numbers, names."""
    when = git_date.moment(work.source, work.settings.date) if work.dated else git_date.NO_DATE
    about = spine.metadata(work.settings, work.source.resolve().name, when)
    titles = spine.part_titles(work.sidebar, work.settings, work.cache)
    by_path = {chapter.source.path: chapter for chapter in work.chapters}
    book = spine.collate(by_path, work.sidebar, about, titles, number=work.settings.number_chapters)
    return replace(work, book=replace(book, budgets=work.settings.budgets), chapters=())


def convert_formulas(work: Proofread) -> Proofread:
    """Convert formulas to MathML; without this step they are printed as TeX."""
    work.progress("composing the book")
    if not work.settings.math:
        return work
    titles = tuple(part.title for part in work.book.parts if part.title)
    mathml, problems = formulas.convert(work.trees, titles, work.settings.limits, work.cache)
    return replace(work, mathml=mathml, trees=()).with_problems(problems)


def compose_bodies(work: Proofread) -> Proofread:
    """Turn each tree into a body of clean XHTML."""
    book, problems = compose.compose(work.book, work.settings.limits, work.mathml)
    return replace(work, book=book).with_problems(problems)


def resolve(work: Proofread) -> Proofread:
    """Make ids unique and every link true."""
    book, problems = references.resolve(work.book, work.settings.links, work.source, work.settings.places)
    return replace(work, book=book).with_problems(problems)


def take_images(work: Proofread) -> Proofread:
    """Read the images of the book, checked and named."""
    book, problems = illustrate.illustrate(work.book, work.source, work.settings.limits)
    return replace(work, book=book).with_problems(problems)


def take_cover(work: Proofread) -> Proofread:
    """Read the picture on the cover; without it, or without this step, the theme draws one."""
    book, problems = illustrate.covered(work.book, work.source, work.settings)
    return replace(work, book=book).with_problems(problems)


# Printing: from a book to its editions.


def choose(run: Run) -> Run:
    """Load the theme, and choose the editions, as the settings and the theme want them."""
    options = run.proofread.settings
    look = theme.load(run.proofread.theme or options.theme, run.proofread.source, run.stage.cache, options.limits)
    editions = named(run.names) or named(options.editions) or tuple(EDITIONS.values())
    return replace(run, look=look, editions=tuple(adapted(edition, options, look) for edition in editions))


def judge_coverage(run: Run) -> Run:
    """Leave out the editions whose pages cannot hold the book: letters without a glyph, scripts, blocks without end."""
    proofread = run.proofread
    paged = tuple(filter(coverage.paged, run.editions))
    if not paged:
        return run
    verdict = coverage.judged(proofread.book, run.themed(), str(proofread.source))
    long = blocks.refusal(proofread.book, paged, proofread.settings.limits.paper_block)
    every = {edition.name: verdict.reason for edition in paged if verdict.reason}
    reasons = {**long.reasons, **every}
    unmade = tuple(
        empty(proofread.book, edition, reasons[edition.name]) for edition in paged if edition.name in reasons
    )
    made = tuple(edition for edition in run.editions if edition.name not in reasons)
    return replace(run, unmade=unmade, editions=made, problems=(*verdict.problems, *long.problems))


def make(run: Run) -> Run:
    """Make the editions, those of a long book side by side; nothing when the book has errors."""
    proofread = run.proofread
    problems = (*run.stage.problems, *proofread.problems, *run.problems)
    problems = report.in_reading_order(strict(problems) if run.be_strict else problems, proofread.book)
    if worst(problems) is Severity.ERROR:
        outcome = report.written(
            proofread.book, proofread.settings.page_map, problems=problems, changes=proofread.changes
        )
        return replace(run, result=Result(report=outcome, status=1))
    printing = Printing(
        book=proofread.book,
        look=run.themed(),
        source=proofread.source,
        stage=run.stage,
        validators=run.validators,
    )
    printing.make(run.editions, proofread.settings.page_map, proofread.progress)
    return replace(run, problems=problems, printing=printing)


def prove_all(run: Run) -> Run:
    """Open the editions again and prove them; one that does not pass is left out."""
    printing = run.printed()
    run.proofread.progress("checking the editions")
    printing.prove()
    if printing.missing and not printing.works and not printing.unmade:
        raise ToolMissing(printing.missing.values())
    return replace(run, unmade=(*run.unmade, *printing.unmade.values()))


def offer(run: Run) -> Run:
    """Make the download page of what was made, with what was not."""
    printing = run.printed()
    printing.offer(run.unmade)
    page = (edition for name, edition in printing.unmade.items() if name == download.EDITION)
    return replace(run, unmade=(*run.unmade, *page))


def publish(run: Run) -> Run:
    """Write report.json, and publish all of it in one step, or nothing."""
    printing, proofread = run.printed(), run.proofread
    problems = (*printing.problems, *(unrun(printing.checks) if run.must_run and run.validators else ()))
    problems = strict(problems) if run.be_strict else problems
    gone = outdated(run.stage, printing.book, run.unmade)
    outcome = report.written(
        printing.book,
        proofread.settings.page_map,
        works=printing.works,
        unmade=run.unmade,
        problems=(*run.problems, *problems, *removed(gone), *printing.faults),
        changes=proofread.changes,
        checks=printing.checks,
    )
    missing, traces = tuple(printing.missing.values()), tuple(printing.traces)
    refused = worst(problems) is Severity.ERROR or (printing.faults and (run.be_strict or not printing.works))
    if not refused:
        run.stage.put(report.FILE, report.dumped(outcome))
        proofread.progress("publishing")
        try:
            run.stage.publish(gone)
        finally:
            if run.stage.published:
                proofread.progress(PUBLISHED)
    status = 1 if refused else 3 if missing or printing.faults else 0
    return replace(run, result=Result(report=outcome, status=status, missing=missing, traces=traces))


READING: tuple[Step[Proofread], ...] = (
    Step(name="settings", about="handbound.toml, read and checked", run=read_settings),
    Step(name="gather", about="the chapter files, and their order", run=gather),
    Step(name="parse", about="Markdown to trees, by pandoc; raw HTML made safe", run=parse),
    Step(name="style", about="house style of links and marks", run=style),
    Step(name="collate", about="front, body and back matter; parts, numbers, names", run=collate),
    Step(name="formulas", about="TeX to MathML; else printed as TeX", run=convert_formulas, optional=True),
    Step(name="compose", about="each tree as a body of clean XHTML", run=compose_bodies),
    Step(name="resolve", about="ids unique, every link true", run=resolve),
    Step(name="images", about="images read, checked, named", run=take_images),
    Step(name="cover", about="the book's own cover; else the theme draws one", run=take_cover, optional=True),
)
"""From the files of an author to a book."""

PRINTING: tuple[Step[Run], ...] = (
    Step(name="choose", about="the theme, and the editions as it and the settings want them", run=choose),
    Step(name="coverage", about="editions left out that pages cannot hold", run=judge_coverage, optional=True),
    Step(name="make", about="the editions, those of a long book side by side", run=make),
    Step(name="prove", about="what was made, opened again", run=prove_all),
    Step(name="download", about="the download page", run=offer),
    Step(name="publish", about="report.json, and all of it in one step", run=publish),
)
"""From a book to its editions."""

STEPS: tuple[Step[Proofread] | Step[Run], ...] = (*READING, *PRINTING)
"""The whole pipeline."""


OPTIONAL = tuple(step.name for step in STEPS if step.optional)
"""Names of the steps that can be skipped."""


def read(
    source: Path,
    *,
    cache: Path | None = None,
    theme_name: str | None = None,
    dated: bool = True,
    progress: Progress = silent,
    until: str = "",
    skip: Collection[str] = (),
    timed: Timed = untimed,
) -> Proofread:
    """Read the book in *source* up to the press.

    Args:
        source: a folder with handbound.toml and chapters, or a handbook's folder without one.
        cache: where results are remembered, or None.
        theme_name: instead of the settings' theme, which then need not exist; this one must.
        dated: whether the book needs its date, for which git may have to be asked.
        progress: told what is being done.
        until: name of the last step of :data:`READING` that is taken; empty: all are.
        skip: names from :data:`OPTIONAL`: steps that are left out.
        timed: told how long each step took.

    Returns:
        The book and all problems; with an error among them its later steps may not have been taken.

    Raises:
        SettingsError: handbound.toml is wrong.
        ManuscriptError: the folder cannot be read, or pandoc cannot write a chapter.
        ToolMissing: there is no pandoc.
        ValueError: there is no step called so, or it is not optional.
    """
    steps.check_skipped(skip, OPTIONAL)
    work = Proofread(source=source, cache=cache, theme=theme_name, dated=dated, progress=progress)
    return steps.walk(steps.until(READING, until), work, skip=skip, timed=timed)


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
    skip: Collection[str] = (),
    timed: Timed = untimed,
) -> Result:
    """Build *editions* of the book in *source* into *out*; one that does not survive is left out, the others are one set.

    Args:
        source: the book.
        out: the output folder, made if need be.
        editions: names from :data:`book.catalogue.EDITIONS`; empty: what the settings say, else all.
        theme_name: instead of the settings' theme.
        be_strict: warnings are errors.
        validators: run the outside validators too.
        must_run: a validator that is not there is an error.
        progress: told what is being done.
        skip: names from :data:`OPTIONAL`: steps that are left out.
        timed: told how long each step took.

    Returns:
        The report and the exit status: 0 published, 1 the book has errors and nothing was published, 3 what could be
        made was published and the rest was not: an outside tool is missing, or an edition did not pass a proof.

    Raises:
        BookError: the settings, the theme or the output folder; nothing was published.
        ValueError: there is no step called so, or it is not optional.
    """
    named(editions)
    with seal.Stage(out) as stage:
        proofread = _proofread(source, stage, theme_name=theme_name, progress=progress, skip=skip, timed=timed)
        run = Run(
            proofread=proofread,
            out=out,
            names=tuple(editions),
            stage=stage,
            must_run=must_run,
            be_strict=be_strict,
            validators=validators,
        )
        result = steps.walk(PRINTING, run, skip=skip, timed=timed, done=lambda run: run.result is not None).result
    assert result is not None  # noqa: S101 - the last step gives one
    return result


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
        proofread = _proofread(source, stage, theme_name=theme_name, progress=progress)
        options = proofread.settings
        look = theme.load(theme_name or options.theme, source, stage.cache, options.limits)
        sizes = {name: adapted(edition, options, look) for name, edition in EDITIONS.items()}
        works = tuple(replace(work, sheet=sizes[work.edition].size(work.path)) for work in earlier.works)
        ruling = next((work.path for work in works if work.edition == options.page_map), "")
        book = replace(proofread.book, pages=earlier.pages if ruling else (), paged=ruling)
        progress("checking the editions")
        checks = prove(out, works, book, validators=True)
        faults = list(altered(out, works))
        for outcome in checks:
            if outcome.status == "failed":
                fix = "build again: the file was changed, or the chapters were changed since"
                place = Place(path=outcome.work or outcome.name)
                faults.append(UNPROVED.at(place, f"{outcome.name}: {outcome.detail}", fix=fix))
                faults += (replace(problem, severity=Severity.ERROR) for problem in outcome.problems)
            elif outcome.status == "passed":
                faults += outcome.problems
        problems = (*stage.problems, *proofread.problems, *faults, *(unrun(checks) if must_run else ()))
        stage.put(seal.DOWNLOAD, download.page(book, look, works, checks, earlier.unmade), download.EDITION)
        final = report.written(
            book,
            options.page_map,
            works=works,
            unmade=earlier.unmade,
            problems=problems,
            changes=proofread.changes,
            checks=checks,
        )
        stage.put(report.FILE, report.dumped(final))
        stage.publish()
    return Result(report=final, status=1 if worst(problems) is Severity.ERROR else 0)


def _proofread(source: Path, stage: seal.Stage, **options: Any) -> Proofread:
    """Return the book, read with the cache and the *options* of :func:`read`; without the cache when it holds trees that no pandoc made."""
    try:
        return read(source, cache=stage.cache, **options)
    except BookError:
        raise
    except Exception:
        if stage.cache is None:
            raise
        proofread = read(source, **options)  # raises again what is a bug of ours
        stage.distrust_cache()
        return proofread
