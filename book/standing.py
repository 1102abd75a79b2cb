"""Files of earlier builds that are still true: a build of some editions keeps the others in its set.

A file of an earlier build is kept if it is unchanged since that build, and if it would be made from the same text, with the
same page size and page numbers as now. The results of its proofs then still hold, so it is not proved again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Self, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from book import cache, report, seal
from book.body import EMPTY_BODY
from book.catalogue import EDITIONS
from book.edition import Edition
from book.model import Book, Check, FrontMatter, Manuscript, NotMade, Wording, Work
from book.paged import coverage
from book.problems import Kind, Problem, PublishError, Severity, Subject
from book.proof import prove
from book.report import Earlier

LEFTOVER = Kind("E154", Severity.NOTE, "files of earlier builds that do not belong to the new set")
BLANK = Manuscript(path="", text="", first_line=1, front=FrontMatter())
"""Replaces a chapter's file in the digest of the text: only printed text counts."""
WORDLESS = Wording(running="")
Row = TypeVar("Row", Work, NotMade)
REMOVE = "remove what is old: book clean --old, with the same folder after -o"
NAMED = 4
"""The most files that the note names."""


class Remainder(Struct, frozen=True, kw_only=True):
    """Files of earlier builds that belong to the new set, and their checks."""

    works: tuple[Work, ...] = ()
    checks: tuple[Check, ...] = ()
    problems: tuple[Problem, ...] = ()
    """What the earlier build reported about these files."""
    unmade: tuple[NotMade, ...] = ()
    """Editions that the earlier build could not make of the same text."""
    unnumbered: tuple[str, ...] = ()
    """Files of the same text, made before there were page numbers; they are not in the set."""


def text_digest(book: Book) -> str:
    """Return the digest of everything printed of *book*: its words, its images, and its metadata.

    The time of the last commit is left out, because no reader sees it.
    """
    # Bodies and words are given as they are: the representation of a value takes longer than reading it.
    plain = book.map_chapters(lambda chapter: replace(chapter, source=BLANK, body=EMPTY_BODY, wording=WORDLESS))
    about = replace(book.metadata, modified="")
    images = [*book.assets, *filter(None, (book.cover, book.logo))]
    return cache.key(
        repr((about, plain.front, plain.main, plain.back)),
        *(f"{chapter.body.digest} {chapter.wording.digest}" for chapter in book.spine),
        *(f"{asset.name} {asset.media_type} {seal.digest(asset.data)}" for asset in images),
        "cover" if book.cover else "",
        "logo" if book.logo else "",
    )


def made_from(book: Book, text: str, edition: Edition) -> str:
    """Return the digest of everything from which the files of *edition* are made, except the theme.

    Args:
        book: the book with its page map.
        text: its :func:`text_digest`.
        edition: the edition, adapted to the settings and the theme.
    """
    pages = () if coverage.paged(edition) else (book.paged, book.pages)
    sizes = (
        edition.trim,
        edition.papers,
        edition.standard,
        edition.marks,
        edition.isbn,
        edition.signature,
        edition.least_type,
        edition.paper_um,
        edition.spine_mm,
    )
    return cache.key(text, edition.name, repr(sizes), repr(pages))


def earlier(stage: seal.Stage) -> Earlier | None:
    """Return the report of the last build into the folder of *stage*; None if it is missing, damaged or changed."""
    if not stage.stands(report.FILE):
        return None
    try:
        return report.read(stage.folder, is_ours=True)
    except PublishError:
        return None


class Standing(Struct, kw_only=True):
    """The files of earlier builds, compared with the book of this build."""

    stage: seal.Stage
    before: Earlier | None
    sizes: Mapping[str, Edition]
    """The editions that may be in the set, adapted to the settings and the theme."""
    text: str
    """The :func:`text_digest` of the book."""

    @classmethod
    def of(cls, stage: seal.Stage, book: Book, sizes: Mapping[str, Edition]) -> Self:
        """Return the files in the folder of *stage*, to be compared with *book*."""
        return cls(stage=stage, before=earlier(stage), sizes=sizes, text=text_digest(book))

    def paged(self, book: Book, ruling: str) -> Book:
        """Return *book* with the page map of an earlier build, if the PDF that it describes is unchanged and has this text."""
        if self.before is None or self.before.ruling != ruling or not self.before.pages:
            return book
        work = next((work for work in self.before.works if work.edition == ruling), None)
        if work is None or not self._takes(work, book):
            return book
        return replace(book, pages=self.before.pages, paged=work.path)

    def keep(self, book: Book, others: Collection[str], *, validators: bool) -> Remainder:
        """Take the files that are still true into the set.

        Args:
            book: the book with the page map of the new set.
            others: names of the editions that this build made, or could not make.
            validators: whether to run the external validators that did not run then.
        """
        if self.before is None:
            return Remainder()
        works: list[Work] = []
        checks: list[Check] = []
        unnumbered: list[str] = []
        for work in self.before.works:
            if work.edition in others:
                continue
            if not self._takes(work, book):
                if self._agrees(work, replace(book, pages=(), paged="")):
                    unnumbered.append(work.path)
                continue
            outcome = self._checks(work)
            if validators and any(check.status == "not run" for check in outcome):
                sized = replace(work, sheet=self.sizes[work.edition].size(work.path))
                outcome = prove(self.stage.path, [sized], book, validators=True)
            if any(check.status == "failed" for check in outcome):
                self.stage.remove(work.path)
                continue
            works.append(work)
            checks += outcome
        names = {work.edition for work in works}
        return Remainder(
            works=tuple(works),
            checks=tuple(checks),
            problems=tuple(problem for problem in self.before.problems if problem.edition in names),
            unmade=tuple(
                row for row in self.before.unmade if row.edition not in {*others, *names} and self._agrees(row, book)
            ),
            unnumbered=tuple(unnumbered),
        )

    def signed(self, rows: Iterable[Row], book: Book) -> tuple[Row, ...]:
        """Return *rows*, each with the digest of what it was made from, or would have been; *book* has its page map."""
        return tuple(
            replace(row, made_from=made_from(book, self.text, self.sizes[row.edition]))
            if row.edition in self.sizes
            else row
            for row in rows
        )

    def _checks(self, work: Work) -> tuple[Check, ...]:
        return tuple(check for check in self.before.checks if check.work == work.path) if self.before else ()

    def _takes(self, work: Work, book: Book) -> bool:
        """Return whether the file of *work* is true for *book*; if it is, add it to the set."""
        if not self._agrees(work, book):
            return False
        checks = self._checks(work)
        if not checks or any(check.status == "failed" for check in checks):
            return False
        return work.path in self.stage.paths(work.edition) or self.stage.keep(work.path, work.digest)

    def _agrees(self, row: Work | NotMade, book: Book) -> bool:
        """Return whether *row* was, or would have been, made from the same as now."""
        edition = self.sizes.get(row.edition)
        return edition is not None and row.made_from == made_from(book, self.text, edition)


def clean_old(folder: Path) -> seal.Cleaned:
    """Remove the editions in the output *folder* that are not of the set that was built last; they have to be as a build wrote them.

    Raises:
        PublishError: nothing was built there, or the report is not as a build wrote it, so that the set is not known.
    """
    standing = {work.path for work in report.read(folder).works}
    return seal.clean_old(folder, lambda stage, name: name in standing or stage.written[name].edition not in EDITIONS)


def leftover(
    stage: seal.Stage,
    gone: Iterable[str],
    unnumbered: Collection[str] = (),
    ruling: str = "",
    made: Collection[str] = (),
    unnamed: Collection[str] = (),
) -> tuple[Problem, ...]:
    """Return notes about files of earlier builds that stay next to the new set, and a warning about those that it replaces.

    Args:
        stage: the set.
        gone: files that are removed.
        unnumbered: files of the same text that were made before there were page numbers.
        ruling: the edition whose page numbers the new set would have, if it were part of it; empty if it is, or if there is none.
        made: names of the editions that this build made. A file of one of them has had another name in an earlier build.
        unnamed: names of the editions that the settings leave out of the set.
    """
    names = {name for name in stage.leftover() if stage.written[name].edition in EDITIONS} - set(gone)
    early = {name for name in names if name in unnumbered and stage.stands(name)}
    replaced = {name for name in names - early if stage.written[name].edition in made}
    unwanted = {name for name in names - early - replaced if stage.written[name].edition in unnamed}
    others = names - early - replaced - unwanted
    unmarked = any(stage.written[name].edition == ruling for name in others | unwanted)
    consequence = "; so EPUB and HTML of this build have no page numbers" if unmarked else ""
    reasons = (
        (
            early,
            "an earlier build made {them} before there were page numbers",
            f"build these editions again: book build {' '.join(f'-e {edition}' for edition in _editions(stage, early))}",
        ),
        (
            replaced,
            "an earlier build made {them}, when the book or the chapter had another title, slug or file name",
            f"{REMOVE}; or keep it, for instance an earlier release",
        ),
        (
            unwanted,
            "the editions in handbound.toml are others" + consequence,
            f"add {', '.join(_editions(stage, unwanted))} to editions in handbound.toml, or {REMOVE}",
        ),
        (
            others,
            "an earlier build made {them} from another text, other settings, another page size or other page numbers, or somebody changed {them}"
            + consequence,
            f"build these editions again, or {REMOVE}",
        ),
    )
    notes = [(group, _note(sorted(group), reason, fix)) for group, reason, fix in reasons if group]
    return tuple(replace(note, severity=Severity.WARNING) if group is replaced else note for group, note in notes)


def _editions(stage: seal.Stage, names: Iterable[str]) -> list[str]:
    return sorted({stage.written[name].edition for name in names})


def _note(names: list[str], reason: str, fix: str) -> Problem:
    pronoun = "them" if len(names) > 1 else "it"
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    message = f"not of this set, and not on the download page: {', '.join(names[:NAMED])}{more}; {reason.format(them=pronoun)}"
    return LEFTOVER.at(Subject(name=names[0]), message, fix=fix)
