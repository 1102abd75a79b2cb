"""Checks the documents of an EPUB against the content model of XHTML: which elements and attributes are allowed where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from book.amounts import amount
from book.markdown import content_model
from book.model import Book, Work
from book.problems import BUG, Kind, Problem, Severity
from book.proof import opened, verdicts
from book.proof.document import Document
from book.proof.markup import line_of
from book.proof.opened import Findings

MODEL = Kind("P251", Severity.ERROR, "an element or an attribute where XHTML does not allow it")


@opened.check("content model")
def epub(folder: Path, work: Work, book: Book) -> Findings:
    """Prove that every XHTML document of an EPUB is valid (EPUB 3.3 §6.1)."""
    del book
    documents = [
        document
        for document in opened.documents(work, opened.members(folder, work))
        if document.name.endswith((".xhtml", ".html", ".htm"))
    ]

    def look(document: Document) -> Iterator[Problem]:
        for fault in content_model.faults(document.root):
            yield MODEL.at(document.place(line_of(fault.element)), fault.message, fix=BUG)

    problems = [problem for document in documents for problem in verdicts.problems("content model", document, look)]
    return amount(len(documents), "document"), problems
