"""Nothing raw reaches a reader: anything that looks like markup in an edition also stood in the chapter, and was reported there.

PDF needs no proof of its own: its words are compared with those of the book (:mod:`book.proof.pdf_words`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

from book.amounts import amount
from book.assemble.wording import UNREAD
from book.body import Element, kinds
from book.markdown.raw_marks import CODE, SIGNS, signs
from book.model import Book, Chapter, Work
from book.problems import BUG, Kind, Problem, Severity
from book.proof import opened, verdicts, words
from book.proof.document import Document
from book.proof.markup import line_of, local
from book.proof.opened import Findings

RAW = Kind("P163", Severity.ERROR, "markup in the text of an edition that was not reported")

SILENT = UNREAD | {"pre", "code", "samp", "kbd", "math", "svg"}
"""Elements whose text is not prose."""


@opened.check("nothing raw")
def epub(folder: Path, work: Work, book: Book) -> Findings:
    """Prove that no chapter of the EPUB shows markup that was not reported."""
    return _compare(book, words.chapters_of_epub(folder, work, book))


@opened.check("nothing raw")
def html(folder: Path, work: Work, book: Book) -> Findings:
    """Prove that no chapter of the HTML edition shows markup that was not reported."""
    return _compare(book, words.chapters_of_page(folder, work, book))


def _compare(book: Book, elements: words.Chapters) -> Findings:
    problems: list[Problem] = []
    count = 0
    for chapter in book.spine:
        if chapter.slug not in elements:
            continue  # book.proof.words reports it
        edition = elements[chapter.slug]
        look = functools.partial(_unreported, chapter, edition)
        shown, faults = verdicts.facts("nothing raw", edition.document, look, int, *chapter.wording.signs)
        count += shown
        problems += faults
    return f"{amount(count, 'kind')} of marks, all reported" if count else "no marks", problems


def _unreported(chapter: Chapter, edition: words.Printed, document: Document) -> tuple[int, list[Problem]]:
    """Return how many kinds of marks *chapter* shows in *document*, its *edition*, and a problem for each that was not reported."""
    element = edition.element
    # Most chapters contain no such marks, not even in code.
    if not signs(map(str, element.itertext())):
        return 0, []
    text = "".join(prose(element))
    shown = signs([text])
    problems = []
    for name in sorted({*shown} - {*chapter.wording.signs}):
        match = SIGNS[name].search(text)
        near = " ".join(text[match.start() : match.start() + 60].split()) if match else name
        message = f"{chapter.source.path}: readers see '{near}', and no message says so"
        problems.append(RAW.at(document.place(line_of(element)), message, fix=BUG))
    return len(shown), problems


def prose(element: Element) -> Iterator[str]:
    """Yield the prose below *element*: code counts as one letter, Handbound's additions are omitted."""
    tag = local(element.tag)
    if tag in SILENT:
        yield CODE
        return
    if not tag or words.is_added(element) or not words.QUESTIONS.isdisjoint(kinds(element)):
        return
    yield element.text or ""
    for child in element:
        yield from prose(child)
        yield child.tail or ""
