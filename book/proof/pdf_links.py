"""Links and bookmarks of the PDF: each leads to a page of the file or to an allowed address, none to another file."""

from __future__ import annotations

from pathlib import Path

import pikepdf

from book.amounts import amount
from book.model import Book, Work
from book.problems import Place
from book.proof import opened, pdf_known, pdf_targets
from book.proof.opened import Findings
from book.proof.pdf_targets import Targets


@opened.check("ids and links")
def links(folder: Path, work: Work, book: Book) -> Findings:
    """Prove that every link and bookmark of a PDF leads to a page of it, or to an allowed address."""
    del book
    at = Place(path=work.path)
    pdf = opened.sheets(folder, work)
    known = pdf_known.known(folder, work)
    if known is not None:
        return _detail(pdf, known.links, known.targets), ()
    targets = pdf_targets.targets_in(pdf, (page.obj.objgen for page in pdf.pages))
    problems = list(pdf_targets.faults(at, pdf, targets))
    count = 0
    for link, thing in pdf_targets.annotated(pdf):
        count += 1
        problems += pdf_targets.judge(at, link, thing, targets)
    return _detail(pdf, count, targets), problems


def _detail(pdf: pikepdf.Pdf, links: int, targets: Targets) -> str:
    count = links + sum(1 for _ in pdf_targets.bookmarks(pdf))
    return f"{amount(count, 'link or bookmark', 'links and bookmarks')}, {amount(len(targets.names), 'destination')}"
