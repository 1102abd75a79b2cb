"""PROOFS: what was printed is opened again and checked; add a proof by adding a file and one line of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from book import seal
from book.catalogue import EDITIONS
from book.model import Book, Check, Work
from book.problems import Kind, Place, Problem, Severity, Subject
from book.proof import (
    content,
    epubcheck,
    handout,
    ids,
    package,
    page_map,
    pdf,
    pdf_links,
    pdf_words,
    preflight,
    raw,
    words,
    xml,
)

NOT_RUN = Kind("P002", Severity.ERROR, "a required check did not run")
ALTERED = Kind("E152", Severity.ERROR, "an edition that was changed after the build")

Proof = Callable[[Path, Work, Book], Check]
"""Looks at one work: the folder that holds its file, the work, the book it was made from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proofs:
    """The proofs of one format."""

    own: tuple[Proof, ...]
    """Fast and without outside tools: they run in every build, in this order."""
    validators: Mapping[str, Proof] = field(default_factory=dict)
    """External tools by their name in the report; they run with ``--check``."""


PROOFS: Mapping[str, Proofs] = {
    "epub": Proofs(
        own=(
            xml.container,
            xml.documents,
            package.epub,
            content.epub,
            ids.epub,
            words.epub,
            raw.epub,
            page_map.epub,
            preflight.epub,
        ),
        validators={epubcheck.NAME: epubcheck.epubcheck},
    ),
    "pdf": Proofs(own=(pdf.syntax, pdf.facts, pdf_links.links, pdf_words.words)),
    # An imposed booklet repeats no text and is not tagged: its pages are proved to be all there, in the order of the sheets.
    "booklet": Proofs(own=(pdf.syntax, pdf.sheets)),
    "handout": Proofs(own=(pdf.syntax, pdf.facts, pdf_links.links, handout.words, handout.links)),
    "html": Proofs(own=(ids.html, words.html, raw.html, page_map.html)),
    "download": Proofs(own=(ids.download,)),
}
"""The proofs of each format, and of the download page: the whole table."""

VALIDATORS = frozenset(name for proofs in PROOFS.values() for name in proofs.validators)
"""The external tools by their name in the report."""


def proofs_of(work: Work) -> Proofs:
    """Return the proofs of *work*: those of the format of its edition; what is of no edition is the download page."""
    edition = EDITIONS.get(work.edition)
    return PROOFS[edition.format if edition else "download"]


def prove(folder: Path, works: Iterable[Work], book: Book, *, validators: bool) -> tuple[Check, ...]:
    """Return the checks of *works*: first our own, work by work, then the outside tools.

    Args:
        folder: where the files lie; each work's ``path`` is relative to it.
        works: the works of one build, in the order of the report.
        book: the book they were made from.
        validators: run the outside tools as well; without it they are listed as not run.

    Returns:
        the checks in the order of *works* and :data:`PROOFS`, regardless of which ends first. Faults of the files and of the
        tools are in them, never raised.
    """
    works = tuple(works)
    own = [(proof, work) for work in works for proof in proofs_of(work).own]
    outside = [(*validator, work) for work in works for validator in proofs_of(work).validators.items()]
    # The tools are processes of their own: they run while we look.
    with ThreadPoolExecutor(max_workers=2) as threads:
        waiting = [threads.submit(proof, folder, work, book) for _, proof, work in outside if validators]
        try:
            checks = tuple(proof(folder, work, book) for proof, work in own)
            external = tuple(future.result() for future in waiting)
        except BaseException:
            # Interrupted, or a proof failed with an exception: do not wait for the tools.
            threads.shutdown(wait=False, cancel_futures=True)
            # A tool that is just starting is not among those that run yet: end() must find it a moment later.
            while running := [future for future in waiting if not future.done()]:
                epubcheck.end()
                wait(running, timeout=0.02)
            raise
    if not validators:
        external = tuple(
            Check(name=name, status="not run", detail="runs with --check", work=work.path) for name, _, work in outside
        )
    return (*checks, *external)


def altered(folder: Path, works: Iterable[Work]) -> Iterator[Problem]:
    """Yield an error for each of *works* that is not the file which the build wrote into *folder*."""
    for work in works:
        data = seal.contents(folder / work.path)
        if data is None or seal.digest(data) != work.digest:
            message = "this file is missing" if data is None else "this file was changed after it was built"
            yield ALTERED.at(Place(path=work.path), message, fix="build again")


def unrun(checks: Iterable[Check]) -> Iterator[Problem]:
    """Yield an error for each of *checks* that did not run; asked where all must."""
    for check in checks:
        if check.status == "not run":
            message = f"{check.name} did not run: {check.detail}"
            yield NOT_RUN.at(Subject(name=check.work or check.name), message, fix="pip install 'handbound[check]'")
