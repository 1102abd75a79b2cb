"""PROOFS: every built file is opened again and checked. To add a proof, add a file and one line in the table."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from msgspec import Struct, field

from book import limits, packages, seal
from book.catalogue import EDITIONS
from book.model import Book, Check, Work
from book.problems import Kind, Place, Problem, Severity, Subject
from book.proof import (
    content,
    epubcheck,
    ids,
    opened,
    package,
    page_map,
    preflight,
    raw,
    verdicts,
    words,
    xml,
)

NOT_RUN = Kind("P002", Severity.ERROR, "a required check did not run")
ALTERED = Kind("E152", Severity.ERROR, "an edition that was changed after the build")

Proof = Callable[[Path, Work, Book], Check]
"""Checks one file. Takes the folder that contains the file, the file as a `Work`, and the book that it was made from."""


class Proofs(Struct, frozen=True, kw_only=True):
    """The proofs of one format."""

    own: Callable[[], tuple[Proof, ...]]
    """Returns those that are fast and without external tools; they run in every build, in this order."""
    validators: Mapping[str, Proof] = field(default_factory=dict)
    """External tools by their name in the report; they run with ``--check``."""
    inputs: Callable[[Work, Book], str | None] = lambda *_: None
    """Returns the digest of everything of the book at which its own proofs look; None for a file that is not remembered as a whole."""


def _of_pages(kind: str) -> tuple[Proof, ...]:
    """Return the proofs of a *kind* of PDF: what reads PDF is loaded only if there is one."""
    from book.proof import handout, pdf, pdf_links, pdf_words  # noqa: PLC0415 - a tenth of the time of a small EPUB

    proofs: Mapping[str, tuple[Proof, ...]] = {
        "pdf": (pdf.syntax, pdf.facts, pdf_links.links, pdf_words.words),
        # An imposed booklet has no tags and repeats no text: it is proved that all its pages are there, in the order of the sheets.
        "booklet": (pdf.syntax, pdf.sheets),
        "cover": (pdf.syntax, pdf.facts),
        "handout": (pdf.syntax, pdf.facts, pdf_links.links, handout.words, handout.links),
    }
    return proofs[kind]


def _of_handout(work: Work, book: Book) -> str | None:
    from book.proof import handout  # noqa: PLC0415 - as above

    return handout.inputs(work, book)


OF_EPUB: tuple[Proof, ...] = (
    xml.container,
    xml.documents,
    package.epub,
    content.epub,
    ids.epub,
    words.epub,
    raw.epub,
    page_map.epub,
    preflight.epub,
)
OF_HTML: tuple[Proof, ...] = (ids.html, words.html, raw.html, page_map.html)
OF_DOWNLOAD: tuple[Proof, ...] = (ids.download,)
PROOFS: Mapping[str, Proofs] = {
    "epub": Proofs(
        own=lambda: OF_EPUB,
        validators={epubcheck.NAME: epubcheck.epubcheck},
    ),
    "pdf": Proofs(own=functools.partial(_of_pages, "pdf")),
    "booklet": Proofs(own=functools.partial(_of_pages, "booklet"), inputs=lambda *_: ""),
    "cover": Proofs(own=functools.partial(_of_pages, "cover"), inputs=lambda _, book: book.metadata.language),
    "handout": Proofs(own=functools.partial(_of_pages, "handout"), inputs=_of_handout),
    "html": Proofs(own=lambda: OF_HTML),
    "download": Proofs(own=lambda: OF_DOWNLOAD),
}
"""The proofs of each format, and of the download page."""

VALIDATORS = frozenset(name for proofs in PROOFS.values() for name in proofs.validators)
"""The external tools, by their name in the report."""


def proofs_of(work: Work) -> Proofs:
    """Return the proofs of *work*: those of the format of its edition, or of the download page if it belongs to no edition."""
    edition = EDITIONS.get(work.edition)
    return PROOFS[edition.format if edition else "download"]


def prove(
    folder: Path, works: Iterable[Work], book: Book, *, validators: bool, cache: Path | None = None
) -> tuple[Check, ...]:
    """Return the checks of *works*: first our own, file by file, then the external tools.

    Args:
        folder: the folder of the files; the ``path`` of each work is relative to it.
        works: the works of one build, in the order of the report.
        book: the book that they were made from.
        validators: whether to run the external tools; otherwise they are listed as not run.
        cache: the folder in which verdicts on documents without problems are remembered; None: look at all of them.

    Returns:
        The checks in the order of *works* and :data:`PROOFS`, whichever ends first. Faults of the files and of the tools are in the
            checks, never raised.
    """
    works = tuple(works)
    outside = [(*validator, work) for work in works for validator in proofs_of(work).validators.items()]
    # The tools are processes of their own: they run while our proofs run.
    with ThreadPoolExecutor(max_workers=2) as threads:
        waiting = [threads.submit(proof, folder, work, book) for _, proof, work in outside if validators]
        try:
            with verdicts.remembered(cache, *sorted(work.path for work in works)), limits.uncollected():
                checks = tuple(check for work in works for check in _own(folder, work, book))
            external = tuple(future.result() for future in waiting)
        except BaseException:
            # Interrupted, or a proof failed with an exception: do not wait for the tools.
            threads.shutdown(wait=False, cancel_futures=True)
            # A tool that is just starting is not yet among those that run: end() must find it a moment later.
            while running := [future for future in waiting if not future.done()]:
                epubcheck.end()
                wait(running, timeout=0.02)
            raise
        finally:
            opened.forget()
    if not validators:
        external = tuple(
            Check(name=name, status="not run", detail="runs with --check", work=work.path) for name, _, work in outside
        )
    return (*checks, *external)


def _own(folder: Path, work: Work, book: Book) -> Iterator[Check]:
    """Yield the checks of *work* by our own proofs, and forget its documents: those of a long book take much memory.

    What is proved of a file of few pages is remembered as a whole, under the digest of its bytes, if nothing was wrong.
    """
    proofs = proofs_of(work)
    checks: list[Check] = []

    def look() -> tuple[tuple[str, str], ...] | None:
        checks.extend(proof(folder, work, book) for proof in proofs.own())
        is_sound = all(check.status == "passed" and not check.problems for check in checks)
        return tuple((check.name, check.detail) for check in checks) if is_sound else None

    inputs, data, details = proofs.inputs(work, book), seal.contents(folder / work.path), None
    if inputs is None or not data:
        look()
    else:
        about = (
            seal.digest(data),
            work.path,
            work.edition,
            repr((work.pages, work.sheet)),
            inputs,
            packages.version("pikepdf"),
        )
        details = verdicts.remember("file", about, look, tuple[tuple[str, str], ...], holds=bool)
    opened.forget()
    yield from checks or (
        Check(name=name, status="passed", detail=detail, work=work.path) for name, detail in details or ()
    )


def altered(folder: Path, works: Iterable[Work]) -> Iterator[Problem]:
    """Yield an error for each of *works* that is not as the build wrote it into *folder*."""
    for work in works:
        data = seal.contents(folder / work.path)
        if data is None or seal.digest(data) != work.digest:
            message = "this file is missing" if data is None else "this file was changed after it was built"
            yield ALTERED.at(Place(path=work.path), message, fix="build again")


def unrun(checks: Iterable[Check]) -> Iterator[Problem]:
    """Yield an error for each of *checks* that did not run, for builds in which all checks must run."""
    for check in checks:
        if check.status == "not run":
            message = f"{check.name} did not run: {check.detail}"
            yield NOT_RUN.at(Subject(name=check.work or check.name), message, fix="pip install 'handbound[check]'")
