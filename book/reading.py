"""The first half of the pipeline, from the files of an author to a book: named steps, each a function from value to value.

The problems of a book are collected along the way, so that its author sees all of them at once. :mod:`book.press` has the second half.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from msgspec.structs import replace

from book import citing, inclusion, labels, lint, settings, sidebar, sites, splitting, steps, theme
from book.assemble import discussion, formulas, illustrate, indexing, numbering, references, spine
from book.assemble.setting import Composition, Setter
from book.assemble.transcripts import Reader
from book.catalogue import EDITIONS, unknown
from book.limits import uncollected
from book.model import Book, Chapter, Collation, Manuscript, Placed
from book.printing import Progress
from book.problems import Place, Problem, SettingsError, Severity, Subject
from book.settings import Settings
from book.sidebar.way import paths
from book.sites import banners, file_titles, title
from book.source import git_date, language, manuscript, named
from book.source.copies import copies
from book.source.nested import nested
from book.splitting.own_numbers import numbered_twice
from book.steps import Chain, Step, Timed, untimed
from book.style.house_style import knowledge
from book.values import Gathered, Proofread, Reading, Request, Rewritten, Taught, Transcripts

T = TypeVar("T")


def silent(_: str) -> None:
    """Do nothing."""


def read_settings(request: Request) -> Reading[None]:
    """Read handbound.toml; refuse it if it names an unknown edition or theme, before anything else is read."""
    try:
        options = settings.read(request.source)
    except SettingsError as error:
        options = settings.sound_part(request.source)
        _, _, missing = illustrate.named_pictures(request.source, options)
        faults = (*error.problems, *_absent(request, options), *missing)
        raise SettingsError(sorted(faults, key=lambda problem: problem.place.spot)) from error
    labels.own.set(options.labels)
    if request.only:
        options = replace(options, sidebar=None)
    if faults := _absent(request, options):
        raise SettingsError(faults)
    return Reading(request=request, settings=options, value=None)


def _absent(request: Request, options: Settings) -> tuple[Problem, ...]:
    """Return the problems of editions and themes that are named and do not exist."""
    places = options.places
    editions = (
        unknown(name, places[f"editions.{number}"])
        for number, name in enumerate(options.editions)
        if name not in EDITIONS
    )
    place = Subject(name="--theme") if request.theme else places.get("theme", Place(path=settings.FILE))
    return (*editions, *theme.absent(request.theme or options.theme, request.source, place))


def recognise(read: Reading[None]) -> Reading[None]:
    """Find the site generator for which the handbook is written; the keys of handbound.toml take precedence over its files. A file alone has none."""
    if read.request.only:
        return read
    site, problems = sites.recognise(read.request.source, read.request.system)
    options = settings.over(read.settings, **site.about) if site else read.settings
    return replace(read, site=site, settings=options).to(None, problems)


def gather(read: Reading[None]) -> Reading[Gathered]:
    """Read the chapter files and their front matter, and determine their order."""
    request = read.request
    request.progress("reading the chapters")
    scope = sites.scope(read.site, read.settings)
    if request.only:
        scope = manuscript.Scope(listed=frozenset({request.only}), excluded=("*",))
    manuscripts, faults = manuscript.gather(request.source, read.settings, scope)
    manuscripts = file_titles.named(banners.marked(manuscripts), read.site)
    order, problems = sidebar.order(request.source, read.settings, manuscripts, faults, read.site)
    sound = tuple(chapter for chapter in manuscripts if chapter.sound)
    gathered = Gathered(manuscripts=sound, sidebar=order)
    listed = set(paths(order.entries))
    spoken = (chapter for chapter in sound if chapter.path in listed)
    options, doubts = language.settled(read.settings, spoken, is_set=sites.says_language(read.site, read.settings))
    if not (options.title or request.only) and (page := title.first_page(request.source, read.site, sound)):
        options = settings.over(options, title=page.title, authors=page.authors, description=page.description)
    read = replace(read, settings=options)
    meant = scope.listed.union(options.named_chapters)
    problems = (*problems, *doubts, *copies(listed, meant), *nested(request.source, listed))
    known = set(read.problems)
    fresh = (problem for problem in problems if problem not in known)  # the files of a site are read twice
    return replace(read, routes=order.routes, order=order.source).to(
        gathered, (*fresh, *settings.unspoken(read.settings))
    )


def rewrite(read: Reading[Gathered]) -> Reading[Rewritten]:
    """Insert the files that chapters include, rewrite their dialects in Markdown that pandoc reads, format citations, and split files with several chapters."""
    read, rewriting = splitting.split(*citing.cite(*inclusion.rewritten(read)))
    value = Rewritten(rewriting=rewriting, sidebar=read.value.sidebar)
    return replace(read, settings=rewriting.settings).to(value, rewriting.problems)


def parse(read: Reading[Rewritten]) -> Reading[Transcripts]:
    """Turn the Markdown of each chapter into a tree with pandoc, sanitise its raw HTML, and keep what the book needs of it."""
    request, order = read.request, read.value.sidebar
    book = str(request.source.resolve())
    reader = Reader.of(read.value.rewriting, order, request.checks, request.cache, request.progress, book)
    chapters = reader.transcripts()
    titles = spine.part_titles(order, read.settings, request.cache)
    value = Transcripts(reader=reader, chapters=chapters, titles=titles, sidebar=order)
    problems = [problem for chapter in chapters for problem in chapter.problems]
    return read.to(value, _once(problems, reader.manuscripts))


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
    samples, hosts = (chapter.sample for chapter in chapters), (chapter.hosts for chapter in chapters)
    known = knowledge(samples, hosts, read.settings, read.request.cache)
    return read.to(Taught(transcripts=read.value, known=known))


def _once(items: Sequence[T], chapters: Iterable[Manuscript]) -> Iterable[T]:
    """Return *items*, found in *chapters*, each once where several chapters of one file share a footnote."""
    return dict.fromkeys(items) if any(chapter.whole for chapter in chapters) else items


def compose(read: Reading[Taught]) -> Reading[Composition]:
    """Set links and marks of each chapter in house style, and turn its tree into a body of clean XHTML."""
    read.request.progress("composing the book")
    transcripts = read.value.transcripts
    setter = Setter(reader=transcripts.reader, known=read.value.known, mathml=transcripts.mathml)
    composition = setter.compose(transcripts.chapters, transcripts.titles, transcripts.sidebar)
    own = transcripts.reader.manuscripts
    return read.to(composition, _once(composition.problems, own), _once(composition.changes, own))


def collate(read: Reading[Composition]) -> Reading[Collation[Placed]]:
    """Put the chapters in order: front, body and back matter, parts, numbers, names."""
    source, composition = read.request.source, read.value
    when = git_date.moment(source, read.settings.date) if read.request.dated else git_date.NO_DATE
    about = spine.metadata(read.settings, spine.folder_that_names(source), when)
    by_path = {chapter.source.path: chapter for chapter in composition.chapters}
    titles, fault = composition.titles, git_date.wrong_epoch()
    collation = spine.collate(by_path, composition.sidebar, about, titles, number=read.settings.number_chapters)
    twice = numbered_twice(collation.spine, read.settings.language)
    return read.to(collation, (*((fault,) if fault else ()), *twice))


def resolve(read: Reading[Collation[Placed]]) -> Reading[Collation[Chapter]]:
    """Make ids unique, and resolve every link."""
    options, source = read.settings, read.request.source
    broken = {problem.place.path for problem in read.problems if problem.severity is Severity.ERROR}
    return read.to(
        *references.resolve(
            read.value, options.links, source, options.places, read.site, read.routes, broken, read.request.cache
        )
    )


def add_index(read: Reading[Collation[Chapter]]) -> Reading[Collation[Chapter]]:
    """Add the index of the terms that chapters mark."""
    return read.to(*indexing.indexed(read.value, read.settings))


def take_images(read: Reading[Collation[Chapter]]) -> Reading[Book]:
    """Read, check and name the images of the book; its chapters are complete then."""
    options = read.settings
    book, problems = illustrate.illustrate(read.value, read.request.source, options, read.site, read.request.cache)
    if options.number_captions:
        book = numbering.numbered(book, by_chapter=options.number_chapters)
    return read.to(book.map_chapters(discussion.appended) if options.questions == "all" else book, problems)


def take_cover(read: Reading[Book]) -> Reading[Book]:
    """Read the picture for the cover; without it, or without this step, the theme draws one."""
    cover, logo, problems = illustrate.named_pictures(read.request.source, read.settings)
    return read.to(replace(read.value, cover=cover, logo=logo), problems)


RESOLVING: Chain[Request, Reading[Collation[Chapter]]] = (
    Chain.of(Step(name="settings", about="handbound.toml is read and checked", run=read_settings))
    .then(Step(name="site", about="the settings files of a site generator are read", run=recognise))
    .then(Step(name="gather", about="the chapter files are read and put in order", run=gather))
    .then(Step(name="rewrite", about="includes, dialects and citations become plain Markdown", run=rewrite))
    .then(Step(name="parse", about="pandoc turns Markdown into trees; raw HTML is sanitised", run=parse))
    .then(Step(name="formulas", about="TeX becomes MathML, or stays TeX", run=convert_formulas, optional=True))
    .then(Step(name="lint", about="an editor's checks of the text", run=read_as_an_editor, optional=True))
    .then(Step(name="learn", about="what all chapters teach the house style is gathered", run=learn))
    .then(Step(name="compose", about="each chapter becomes a body of clean XHTML in house style", run=compose))
    .then(Step(name="collate", about="chapters get their matter, part, number and name", run=collate))
    .then(Step(name="resolve", about="ids are made unique, links are resolved", run=resolve))
)
"""From the files of an author to chapters whose images are not read yet."""

READING: Chain[Request, Reading[Book]] = (
    RESOLVING.then(Step(name="index", about="the index of marked terms is made", run=add_index))
    .then(Step(name="images", about="images are read, checked and named", run=take_images))
    .then(Step(name="cover", about="the cover is read, or the theme draws one", run=take_cover, optional=True))
)
"""From the files of an author to a book."""

OPTIONAL = tuple(step.name for step in READING.steps if step.optional)
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
        source: a folder with handbound.toml and chapters, the folder of a handbook without one, or the only file of a book.
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
    request = _request(
        source, cache=cache, theme=theme_name, system=system, dated=dated, checks=checks, progress=progress
    )
    with uncollected():
        read = steps.walk(READING, request, skip=skip, timed=timed)
    return Proofread(
        request=request,
        settings=read.settings,
        order=read.order,
        book=read.value,
        problems=read.problems,
        changes=read.changes,
    )


def _request(source: Path, **options: Any) -> Request:
    """Return the request to read the book that *source* names, with the other *options* of a :class:`Request`."""
    home = named.home_of(source)
    return Request(source=home, only="" if home == source else source.name, **options)


def reading_order(source: Path, system: str = "", *, files: bool = False) -> Reading[Gathered]:
    """Return the chapters and their order, without files that chapters include, and read nothing else.

    Args:
        source: as for :func:`read`.
        system: the same.
        files: whether a file with several chapters counts as one.
    """
    read, rewriting = inclusion.rewritten(gather(recognise(read_settings(_request(source, system=system)))))
    return read if files else splitting.split(read, rewriting)[0]


def resolved(source: Path, system: str = "", progress: Progress = silent) -> Reading[Collation[Chapter]]:
    """Return the chapters after references are resolved and before images are read; arguments as for :func:`read`."""
    request = _request(source, system=system, dated=False, checks=lint.NONE, progress=progress)
    return steps.walk(RESOLVING, request, skip=("formulas", "lint"))
