"""The pipeline as named steps, in order; the only place with a pool of workers.

    settings -> manuscripts -> sidebar -> type -> house style -> spine -> formulas -> markup -> references -> plates -> editions -> proofs

Every step is a function from value to value; what it finds goes into one list of problems. Nothing is written before
everything is made and proved.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from book import (
    copyedit,
    formulas,
    galley,
    history,
    labels,
    manuscript,
    markup,
    pages,
    pandoc,
    plates,
    references,
    seal,
    settings,
    sidebar,
    spine,
    theme,
)
from book.copyedit.links import gather as evidence_of
from book.copyedit.links import links as mend_links
from book.document import plain
from book.editions import EDITIONS, apart, download, maker, unset
from book.model import (
    Book,
    Change,
    Chapter,
    Check,
    Edition,
    Listing,
    Manuscript,
    NotMade,
    Page,
    PageMap,
    Report,
    Sidebar,
    Trim,
    Work,
)
from book.problems import (
    Kind,
    Place,
    Problem,
    PublishError,
    SettingsError,
    Severity,
    ToolMissing,
    nearest,
    strict,
    worst,
)
from book.proof import prove
from book.settings import Settings
from book.theme import Theme

UNKNOWN_EDITION = Kind("E101", Severity.ERROR, "an edition that does not exist")
UNPROVED = Kind("P001", Severity.ERROR, "a finished edition does not pass a proof")
NOT_RUN = Kind("P002", Severity.ERROR, "a check did not run where it must")
NO_WORDS = Kind("S120", Severity.WARNING, "a language for which the press has no words")
NOTHING_BUILT = Kind("E103", Severity.ERROR, "there is nothing to check")

WORKERS = 4
"""pandoc runs in processes of its own; these threads only wait for them."""
CACHE = ".cache"
REPORT = "report.json"
EMPTY = {"bytes": 0, "sha256": "", "pages": None, "words": None}
"""What the report says of a work that was not made, so that each row has the same columns."""
NOT_MADE = "not made"
"""The status of a work that would have been wrong; that of all others is ``made``."""

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


def silent(_: str) -> None:
    """Say nothing."""


def read(source: Path, out: Path | None = None, *, dated: bool = True, progress: Progress = silent) -> Proofread:
    """Read the book in *source* up to the press.

    Args:
        source: a folder with handbound.toml and chapters, or a handbook's folder without one.
        out: the output folder: its chapters, if it has any, are none of the book; its cache is used.
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
    cache = out / CACHE if out else None
    found = _Found()
    found.problems.extend(_unspoken(chosen))
    progress("reading the chapters")
    manuscripts, faults = manuscript.gather(source, chosen, skip=frozenset({out.resolve()} if out else ()))
    order = found.keep(sidebar.order(source, chosen, manuscripts, faults))
    chosen = settings.over(chosen, title=order.title, authors=order.authors, language=order.language)
    manuscripts = tuple(one for one in manuscripts if one.sound)
    chapters = _set_in_type(manuscripts, order, chosen, cache, found, progress)
    progress("minding the house style")
    typed = chapters
    chapters = _in_house_style(chapters, chosen, found)
    style = style_of(chosen)
    about = spine.metadata(
        chosen, source.resolve().name, history.moment(source, chosen.date) if dated else history.NO_DATE
    )
    about = replace(
        about,
        title=copyedit.text(about.title, style),
        subtitle=copyedit.text(about.subtitle, style),
        description=copyedit.text(about.description, style),
    )
    names = [entry.title for entry in spine.listed(order.entries) if entry.kind == "part" and entry.title]
    # A part's title is Markdown: the marks are set before it is read, so that it needs no tree of its own.
    titles = dict(
        zip(names, galley.inlines([copyedit.text(name, style) for name in names], chosen, cache), strict=True)
    )
    by_path = {chapter.source.path: chapter for chapter in chapters}
    book = spine.collate(by_path, order, about, titles, number=chosen.number_chapters)
    # Errors do not stop the reading: whoever mends a book wants to see all of them at once.
    progress("setting the pages")
    mathml = (
        found.keep(formulas.convert(typed, titles.values(), chosen.limits, cache)) if chosen.math else formulas.NONE
    )
    book = found.keep(markup.compose(book, chosen.limits, mathml))
    book = found.keep(references.resolve(book, chosen.links, source, chosen.places))
    book = found.keep(plates.illustrate(book, source, chosen.limits))
    book = found.keep(plates.covered(book, source, chosen))
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
    """Build *editions* of the book in *source* into *out*, all of them or none.

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
        made was published and an outside tool is missing for the rest.

    Raises:
        BookError: the settings, the theme or the output folder; nothing was published.
    """
    wanted = _editions(editions)
    with seal.Stage(out) as stage:
        proofread = read(source, out, progress=progress)
        wanted = wanted or _editions(proofread.settings.editions) or tuple(EDITIONS.values())
        wanted = tuple(_on_paper(edition, proofread.settings) for edition in wanted)
        look = theme.load(theme_name or proofread.settings.theme, source, out / CACHE)
        verdict = unset.judged(proofread.book, look, str(source)) if any(map(unset.paged, wanted)) else unset.Verdict()
        unmade = tuple(_unmade(proofread.book, one, verdict.reason) for one in wanted if _refused(one, verdict))
        wanted = tuple(one for one in wanted if not _refused(one, verdict))
        problems = (*proofread.problems, *verdict.problems)
        problems = _sorted(strict(problems) if be_strict else problems, proofread)
        if worst(problems) is Severity.ERROR:
            return Result(report=_report(proofread, problems=problems), status=1)
        ruling = proofread.settings.page_map
        book, works, faults, missing = _printed(proofread.book, wanted, ruling, look, source, stage, progress)
        proofread = replace(proofread, book=book)
        problems = (*problems, *(strict(faults) if be_strict else faults))
        progress("proving the editions")
        checks = prove(stage.path, works, proofread.book, validators=validators)
        page = download.page(proofread.book, look, works, checks)
        stage.put(download.NAME, page)
        checks = (
            *checks,
            *prove(stage.path, (_work("download", download.NAME, page),), proofread.book, validators=False),
        )
        problems = (*problems, *_faults(checks, must_run=must_run and validators))
        report = _report(proofread, works=works, unmade=unmade, problems=problems, checks=checks)
        if worst(problems) is Severity.ERROR:
            return Result(report=report, status=1, missing=missing)
        stage.put(REPORT, dumped(report))
        progress("publishing")
        stage.publish()
    return Result(report=report, status=3 if missing else 0, missing=missing)


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
    with seal.Stage(out) as stage:
        works, where = _built(out)
        unmade = _not_built(out)
        proofread = read(source, out, progress=progress)
        ruling = next((work.path for work in works if work.edition == proofread.settings.page_map), "")
        proofread = replace(proofread, book=replace(proofread.book, pages=where if ruling else (), paged=ruling))
        progress("proving the editions")
        checks = prove(out, works, proofread.book, validators=True)
        problems = (*proofread.problems, *_faults(checks, must_run=must_run))
        look = theme.load(theme_name or proofread.settings.theme, source, out / CACHE)
        page = download.page(proofread.book, look, works, checks)
        stage.put(download.NAME, page)
        report = _report(proofread, works=works, unmade=unmade, problems=problems, checks=checks)
        stage.put(REPORT, dumped(report))
        stage.publish()
    return Result(report=report, status=1 if worst(problems) is Severity.ERROR else 0)


def dumped(report: Report) -> bytes:
    """Return *report* as the JSON of `report.json`, keys sorted."""

    def plainly(problem: Problem) -> dict[str, object]:
        place = asdict(problem.place)
        return {
            "code": problem.code,
            "severity": str(problem.severity),
            "message": problem.message,
            "mend": problem.mend,
            **place,
        }

    table: dict[str, Any] = {
        "problems": [plainly(problem) for problem in report.problems],
        "changes": [
            {"rule": change.rule, "before": change.before, "after": change.after, **asdict(change.place)}
            for change in report.changes
        ],
        "chapters": [asdict(chapter) for chapter in report.chapters],
        "works": [
            *({**asdict(work), "sha256": work.digest, "status": "made"} for work in report.works),
            *({**EMPTY, **asdict(one), "status": NOT_MADE} for one in report.unmade),
        ],
        "checks": [
            {
                "name": check.name,
                "version": check.version,
                "status": check.status,
                "detail": check.detail,
                "work": check.work,
            }
            for check in report.checks
        ],
        "page_map": {
            "edition": report.ruling,
            "pages": [
                {
                    "label": page.label,
                    "place": page.place,
                    "letters": page.letters,
                    "title": page.title,
                    "begins": page.begins,
                }
                for page in report.pages
            ],
        },
    }
    for work in table["works"]:
        work.pop("digest", None)
    return (json.dumps(table, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8", "backslashreplace")


# The steps.


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
        mend = f"write them in handbound.toml, under [labels]: {', '.join(missing)}"
        yield NO_WORDS.at(place, message, mend=mend)


def _editions(names: Iterable[str]) -> tuple[Edition, ...]:
    """Return the editions called *names*, in the order of the table."""
    asked = set(names)
    for name in sorted(asked - EDITIONS.keys()):
        near = nearest(name, EDITIONS)
        mend = f"did you mean {near}?" if near else f"the editions are: {', '.join(EDITIONS)}"
        raise SettingsError(UNKNOWN_EDITION.at(Place(path="-e"), f"there is no edition {name!r}", mend=mend))
    return tuple(edition for edition in EDITIONS.values() if edition.name in asked)


def _on_paper(edition: Edition, chosen: Settings) -> Edition:
    """Return *edition* on the paper that the settings want."""
    if edition.name == "print":
        edition = replace(edition, standard="pdf/x-4" if chosen.print.pdf_x else "")
        trim = Trim(width_mm=148, height_mm=210, bleed_mm=3)
        return replace(edition, page="a5", trim=trim) if chosen.print.trim == "a5" else edition
    if edition.name == "booklet":
        return replace(edition, signature=max(4, chosen.print.signature))
    return edition


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
    with ThreadPoolExecutor(WORKERS) as threads:
        trees = []
        try:
            for number, tree in enumerate(threads.map(lambda one: galley.tree(one, chosen, cache), listed), 1):
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
            galley.uncalled(one.front.title or "", blocks),
            galley.uncalled(one.front.label or (nav if nav != one.front.title else None) or "", blocks),
            *one.front.discussion,
        ]
    lines = iter(galley.inlines(texts, chosen, cache))
    chapters = []
    for one, blocks in zip(listed, trees, strict=True):
        title, label, *questions = (next(lines) for _ in range(2 + len(one.front.discussion)))
        words = galley.Words(title=title, label=label, questions=tuple(questions))
        chapter, faults = galley.set_in_type(one, blocks or (), words, chosen)
        # Of a chapter that was not read one fault is enough: it has no title and no text for that reason.
        chapters.append(chapter if blocks is None else found.keep((chapter, faults)))
    return tuple(chapters)


def style_of(chosen: Settings) -> copyedit.Style:
    """Return the house style of a book with the settings *chosen*."""
    return copyedit.Style(
        language=chosen.language,
        outer=chosen.quotes.outer,
        skip=chosen.quotes.skip,
        quotes=chosen.rules.quotes,
        dashes=chosen.rules.dashes,
        spaces=chosen.rules.spaces,
    )


def _in_house_style(chapters: tuple[Chapter, ...], chosen: Settings, found: _Found) -> tuple[Chapter, ...]:
    """Return *chapters* with links and marks set right; every change is kept."""
    style = style_of(chosen)
    evidence = evidence_of(chapters, chosen.links.https_hosts)
    result = []
    for chapter in chapters:
        # With the rule off, links are left as typed; unsafe ones are refused all the same.
        chapter, problems, changes = mend_links(chapter, evidence, mend=chosen.rules.links)  # noqa: PLW2901
        found.problems.extend(problems)
        found.changes.extend(changes)
        chapter, problems, changes = copyedit.copyedit(chapter, style)  # noqa: PLW2901
        found.problems.extend(problems)
        found.changes.extend(changes)
        about = copyedit.text(chapter.source.front.description or "", style)
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


def _printed(
    book: Book, wanted: Sequence[Edition], ruling: str, look: Theme, source: Path, stage: seal.Stage, progress: Progress
) -> tuple[Book, tuple[Work, ...], tuple[Problem, ...], tuple[Problem, ...]]:
    """Make the editions into the stage, the one that rules the page map first: the others carry its page numbers.

    The pages of a long book are laid out side by side; no edition with pages of its own needs those of another.

    Returns:
        The book with its page map; the works in the order of *wanted*; what went wrong; and the tools that were missing,
        each once.
    """
    works: list[Work] = []
    problems: list[Problem] = []
    missing: dict[str, Problem] = {}
    beside = tuple(one for one in wanted if unset.paged(one) and one.name != ruling)
    beside = beside if apart.worth(book, beside) else ()
    with ThreadPoolExecutor(apart.CORES) as threads:  # they only wait for the processes
        waiting = {
            one.name: threads.submit(
                apart.made, apart.Job(book=book, edition=one, theme=look.name, source=source, cache=look.cache)
            )
            for one in beside
        }
        try:
            for edition in sorted(wanted, key=lambda one: (one.name != ruling, one in beside)):
                progress(f"making {edition.name}")
                try:
                    future = waiting.get(edition.name)
                    made = future.result() if future else maker(edition)(book, edition, look)
                except ToolMissing as error:
                    missing |= {problem.code: problem for problem in error.problems}
                    continue
                problems.extend(made.problems)
                if edition.name == ruling:
                    where, faults = pages.agreed(made.pages, book)
                    problems.extend(faults)
                    book = replace(book, pages=where, paged=next(iter(made.files)))
                for name, data in made.files.items():
                    stage.put(name, data)
                    words = {f"handouts/{chapter.slug}.pdf": chapter.words for chapter in book.spine}
                    works.append(_work(edition.name, name, data, words=words.get(name, sum(words.values()))))
        except BaseException:
            # Stopped, or one edition cannot be made: nobody waits for the others.
            threads.shutdown(wait=False, cancel_futures=True)
            apart.end()
            raise
    if missing and not works:
        raise ToolMissing(missing.values())
    place = {edition.name: number for number, edition in enumerate(wanted)}
    works.sort(key=lambda work: place[work.edition])
    return book, tuple(works), tuple(problems), tuple(missing.values())


def _refused(edition: Edition, verdict: unset.Verdict) -> bool:
    return bool(verdict.reason) and unset.paged(edition)


def _unmade(book: Book, edition: Edition, reason: str) -> NotMade:
    name = f"{book.metadata.slug}{edition.suffix}"
    return NotMade(edition=edition.name, path=name if name.endswith(".pdf") else f"{name}.pdf", reason=reason)


def _work(edition: str, name: str, data: bytes, words: int | None = None) -> Work:
    pages = None
    if data.startswith(b"%PDF"):
        import pikepdf  # noqa: PLC0415 - slow to import, and only a PDF needs it

        with pikepdf.open(io.BytesIO(data)) as pdf:
            pages = len(pdf.pages)
    return Work(edition=edition, path=name, bytes=len(data), digest=seal.digest(data), pages=pages, words=words)


def _faults(checks: Iterable[Check], *, must_run: bool) -> tuple[Problem, ...]:
    """Return an error for each check that failed, and for each that did not run where it must."""
    found: list[Problem] = []
    for one in checks:
        place = Place(path=one.work or one.name)
        if one.status == "failed":
            found.append(
                UNPROVED.at(place, f"{one.name}: {one.detail}", mend="see the problems below; nothing was published")
            )
            found.extend(replace(problem, severity=Severity.ERROR) for problem in one.problems)
        elif one.status == "not run" and must_run:
            found.append(
                NOT_RUN.at(place, f"{one.name} did not run: {one.detail}", mend="pip install 'handbound[check]'")
            )
    return tuple(found)


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


def _built(out: Path) -> tuple[tuple[Work, ...], PageMap]:
    """Return the works of the build that stands in *out*, and its page map."""
    rows, where = _listed(out)
    made = [row for row in rows if row.get("status") != NOT_MADE]
    said = ({key: value for key, value in row.items() if key not in ("sha256", "status")} for row in made)
    return tuple(Work(**one, digest=row["sha256"]) for one, row in zip(said, made, strict=True)), where


def _not_built(out: Path) -> tuple[NotMade, ...]:
    """Return the works that the build in *out* left out."""
    rows = [row for row in _listed(out)[0] if row.get("status") == NOT_MADE]
    return tuple(NotMade(edition=row["edition"], path=row["path"], reason=row["reason"]) for row in rows)


def _listed(out: Path) -> tuple[tuple[dict[str, Any], ...], PageMap]:
    """Return the works as the report in *out* lists them, and its page map."""
    place = Place(path=str(out / REPORT))
    try:
        table = json.loads((out / REPORT).read_text(encoding="utf-8"))
        rows = tuple(dict(row) for row in table["works"])
        for row in rows:
            if row.get("status") != NOT_MADE:
                Work(
                    **{
                        **{key: value for key, value in row.items() if key not in ("sha256", "status")},
                        "digest": row["sha256"],
                    }
                )
        return rows, tuple(Page(**page) for page in table["page_map"]["pages"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PublishError(
            NOTHING_BUILT.at(place, f"no build to check here: {error}", mend="run: book build")
        ) from error
