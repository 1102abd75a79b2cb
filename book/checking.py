"""`book check`: proves the built editions again, with every validator."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

from book import manifest, owner, report, seal, theme
from book.catalogue import EDITIONS
from book.editions import adapted, download
from book.model import Book, Check, Work
from book.press import WAITING, read_with, silent
from book.printing import UNPROVED, Progress
from book.problems import BUG, Kind, Place, Problem, Severity, Subject, worst
from book.proof import VALIDATORS, altered, prove, unrun
from book.seal import scratch
from book.standing import made_from, text_digest
from book.values import Result

UNWRITTEN = Kind("W113", Severity.NOTE, "results that are not recorded, because the output folder may not be written")
UNRECORDED = "this folder may not be written: its report and its download page do not get the results of this check"
WRITABLE = "allow yourself to write there, if they should"
AGAIN = "build again: the file was changed, or the chapters were changed since"


def check(
    source: Path, out: Path, *, theme_name: str | None = None, must_run: bool = False, progress: Progress = silent
) -> Result:
    """Prove the editions in *out* with every validator, and write the results into the report and the download page.

    Where *out* may not be written, as in a checkout that can only be read, nothing is; a note says so.

    Args:
        source: the book from which they were made.
        out: the folder of an earlier build.
        theme_name: the theme of the download page, instead of that in the settings.
        must_run: whether a missing validator is an error.
        progress: receives a line for each piece of work that begins.

    Raises:
        PublishError: *out* contains no build.
        SettingsError: it contains the editions of another book.
    """
    if not os.path.lexists(out / seal.HIDDEN):
        report.read(out)  # nothing is written into a folder without a build
    with contextlib.ExitStack() as closing:
        writable = _is_writable(out)
        home = out if writable else closing.enter_context(scratch.folder())
        stage = closing.enter_context(seal.Stage(home, wait=lambda: progress(WAITING)))
        earlier = report.read(out)
        record = manifest.recorded(out, {"--theme": theme_name, "--sidebar": ""}) if writable else None
        proofread = read_with(source, stage.cache, stage.distrust_cache, theme_name=theme_name, progress=progress)
        owner.check_owner(out, stage.written, proofread.book, source, builds=False)
        options = proofread.settings
        look = theme.load(theme_name or options.theme, proofread.request.source, stage.cache, options.limits)
        sizes = {name: adapted(edition, options, look) for name, edition in EDITIONS.items()}
        works = tuple(replace(work, sheet=sizes[work.edition].size(work.path)) for work in earlier.works)
        ruling = next((work.path for work in works if work.edition == options.page_map), "")
        book = replace(proofread.book, pages=earlier.pages if ruling else (), paged=ruling)
        text = text_digest(proofread.book)
        progress("checking the editions")
        checks = prove(out, works, book, validators=True)
        page = download.page(book, look, works, checks, earlier.unmade)
        checks = (*checks, *_offered(page, out, works, book))
        checks = tuple(sorted(checks, key=lambda outcome: outcome.name in VALIDATORS))  # as a build lists them
        stale = any(work.made_from != made_from(book, text, sizes[work.edition]) for work in works)
        faults = _faults(list(altered(out, works)), checks, stale=stale)
        problems = (
            *stage.problems,
            *proofread.problems,
            *(
                problem for problem in earlier.problems if not problem.code.startswith("P")
            ),  # what proofs find is found again
            *faults,
            *(unrun(checks) if must_run else ()),
            *(() if writable else (UNWRITTEN.at(Subject(name=str(out)), UNRECORDED, fix=WRITABLE),)),
        )
        stage.put(seal.DOWNLOAD, page, download.EDITION)
        final = report.written(
            book,
            options.page_map,
            order=proofread.order,
            works=works,
            unmade=earlier.unmade,
            problems=problems,
            changes=proofread.changes,
            checks=checks,
        )
        stage.put(report.FILE, report.dumped(final))
        status = 1 if worst(problems) is Severity.ERROR else 0
        if writable:
            stage.publish()
            if record and not (status or stage.problems):
                manifest.renew(stage, record, manifest.Summary.of(final))
    return Result(report=final, status=status)


def _faults(changed: list[Problem], checks: Iterable[Check], *, stale: bool) -> list[Problem]:
    """Return the problems of files that somebody *changed*, and those that the *checks* found; *stale* if files are of another text."""
    faults = [*changed]
    for outcome in checks:
        if outcome.status == "failed":
            place = Place(path=outcome.work) if outcome.work else Subject(name=outcome.name)
            faults.append(UNPROVED.at(place, f"{outcome.name}: {outcome.detail}", fix=AGAIN))
            faults += (
                replace(
                    problem,
                    severity=Severity.ERROR,
                    fix=problem.fix.replace(BUG, AGAIN) if changed or stale else problem.fix,
                )
                for problem in outcome.problems
            )
        elif outcome.status == "passed":
            faults += outcome.problems
    return faults


def _offered(page: bytes, out: Path, works: Iterable[Work], book: Book) -> tuple[Check, ...]:
    """Return the checks of the download *page*, which is not in *out* yet: every one of *works* that it offers is there."""
    itself = Work(edition=download.EDITION, path=seal.DOWNLOAD, bytes=len(page), digest=seal.digest(page))
    with scratch.folder() as home:
        for work in works:
            (home / work.path).parent.mkdir(parents=True, exist_ok=True)
            (home / work.path).symlink_to((out / work.path).resolve())
        seal.write(home / seal.DOWNLOAD, page, durable=False)
        return prove(home, (itself,), book, validators=False)


def _is_writable(out: Path) -> bool:
    """Return whether results can be written into the folder *out* of a build."""
    inside = (path for path in (out, out / seal.HIDDEN, out / seal.HIDDEN / seal.LOCK) if os.path.lexists(path))
    return all(os.access(path, os.W_OK) for path in inside)
