"""The PDF as a document: valid syntax, fonts with readable text, language, tags, outline, page labels, no actions but links."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pikepdf

from book.amounts import amount
from book.model import Book, Work
from book.paged.imposition import signatures
from book.paged.sheets import MARK
from book.problems import BUG, Kind, Place, Problem, Severity
from book.proof import opened, page_content, pdf_known, pdf_looks, pdf_size, pdf_x
from book.proof.opened import Findings
from book.proof.pdf_looks import Sheets

SYNTAX = Kind("P141", Severity.ERROR, "a PDF that has to be repaired while it is read")
FONT = Kind(
    "P142", Severity.ERROR, "a font that is not embedded or named where it is used, or whose text cannot be copied"
)
STATEMENT = Kind("P143", Severity.ERROR, "a required entry is missing from the PDF catalog")
TAGS = Kind("P144", Severity.ERROR, "a PDF without a structure tree")
OUTLINE = Kind("P145", Severity.ERROR, "a PDF without bookmarks")
LABELS = Kind("P146", Severity.ERROR, "a PDF whose pages have no labels")
ACTION = Kind("P147", Severity.ERROR, "a PDF that does something or carries a file")
BOX = Kind("P148", Severity.ERROR, "a page with missing or inconsistent page boxes")
ORDER = Kind("P150", Severity.ERROR, "a booklet whose pages are not in the order of its folded sheets")
CLAIM = Kind("P151", Severity.ERROR, "a PDF that claims a standard it does not meet")
SIZE = Kind("P152", Severity.ERROR, "a page of another size than its edition")
PAGES = Kind("P149", Severity.ERROR, "a page count that differs from the report")

# Only the standard fourteen fonts may be left out of the file, and Handbound uses none of them.
FONT_FILES = ("/FontFile", "/FontFile2", "/FontFile3")


@opened.check("PDF syntax")
def syntax(folder: Path, work: Work, book: Book) -> Findings:
    """Prove that qpdf, through pikepdf, reads the whole file without a warning."""
    del book
    if pdf_known.known(folder, work) is not None:  # which was read without a warning
        return f"qpdf {pikepdf.__libqpdf_version__}", ()
    with opened.apart(folder / work.path) as pdf:  # qpdf repairs what it finds
        messages = dict.fromkeys(str(message) for message in (*pdf.get_warnings(), *_faults(pdf)))
    at = Place(path=work.path)
    return f"qpdf {pikepdf.__libqpdf_version__}", [
        SYNTAX.at(at, message.replace(str(folder / work.path), work.path), fix=BUG) for message in messages
    ]


def _faults(pdf: pikepdf.Pdf) -> list[str]:
    """Return what qpdf finds in *pdf*; it need not parse the pages of which every operator was read."""

    class Unread:
        """The file as ``check_pdf_syntax`` asks for it."""

        pages = tuple(pdf_known.ReadPage() if _is_read(page) else page for page in pdf.pages)

        def __getattr__(self, name: str) -> Any:
            return getattr(pdf, name)

    return pikepdf.Pdf.check_pdf_syntax(cast("pikepdf.Pdf", Unread()))


def _is_read(page: pikepdf.Page) -> bool:
    try:
        return page_content.of(page).plain
    except pikepdf.PdfError:
        return False


@opened.check("PDF facts")
def facts(folder: Path, work: Work, book: Book) -> Findings:
    """Prove that every PDF states and contains what it must, and has no actions of its own."""
    pdf = opened.sheets(folder, work)
    known = pdf_known.known(folder, work)
    count, sheets = (len(pdf.pages), cast("Sheets", pdf)) if known is None else (known.count, known.first)
    looks = LOOKS if known is None else OF_THE_FILE
    problems = _problems(
        work,
        (
            (FONT, _unreadable_fonts(sheets)),
            (PAGES, _miscounted(count, work)),
            *((kind, look(pdf, work, book)) for kind, look in looks.items()),
        ),
    )
    return f"{amount(count, 'page')}, {amount(len(list(pdf_looks.fonts(sheets))), 'font')}", problems


@opened.check("booklet sheets")
def sheets(folder: Path, work: Work, book: Book) -> Findings:
    """Prove that every page of a booklet is placed once, on the correct half of its sheet."""
    pdf = opened.sheets(folder, work)
    problems = _problems(
        work,
        (
            (FONT, _unreadable_fonts(pdf)),
            (PAGES, _miscounted(len(pdf.pages), work)),
            *((kind, LOOKS[kind](pdf, work, book)) for kind in (ACTION, BOX, FONT, SIZE)),
        ),
    )
    placed = [_placed(page) for page in pdf.pages]
    last = max((number for side in placed for number in side), default=0)
    ways = [signatures(last, most) for most in range(4, 4 + 4 * len(placed), 4)] if last else []
    orders = [[side for group in way for sheet in group for side in (sheet.recto, sheet.verso)] for way in ways]
    if placed not in orders:
        problems.append(ORDER.at(Place(path=work.path), "its pages are not in the order of folded sheets", fix=BUG))
    return f"{amount(last, 'page')} on {amount(len(placed) // 2, 'sheet')}", problems


def _problems(work: Work, looks: Iterable[tuple[Kind, Iterable[str]]]) -> list[Problem]:
    """Return what each of *looks* found in the file of *work*."""
    at = Place(path=work.path)
    return [kind.at(at, message, fix=BUG) for kind, messages in looks for message in messages]


def _placed(page: pikepdf.Page) -> tuple[int, int]:
    """Return the numbers of the pages on the left and right half of one side of a sheet; 0 for a blank."""
    middle = float(page.mediabox[2]) / 2
    halves = [0, 0]
    at = 0.0
    for instruction in pikepdf.parse_content_stream(page, "re Do"):
        if str(instruction.operator) == "re":
            at = float(instruction.operands[0])
        elif str(instruction.operands[0]) != MARK:
            halves[at >= middle - 1] = int(str(instruction.operands[0]).removeprefix("/Page"))
    return halves[0], halves[1]


def _unreadable_fonts(pdf: Sheets) -> Iterator[str]:
    for font in pdf_looks.fonts(pdf):
        name = str(font.get("/BaseFont", font.get("/Name", "without a name"))).lstrip("/")
        inner = font["/DescendantFonts"][0] if "/DescendantFonts" in font else font
        descriptor = inner.get("/FontDescriptor")
        if font.get("/Subtype") != "/Type3" and (
            descriptor is None or not any(key in descriptor for key in FONT_FILES)
        ):
            yield f"the font {name} is not embedded"
        unicode = font.get("/ToUnicode")
        if not isinstance(unicode, pikepdf.Stream) or b"beginbf" not in unicode.read_bytes():
            yield f"the font {name} has no ToUnicode map: its text cannot be copied, searched or read aloud"


def _missing_statements(pdf: pikepdf.Pdf, work: Work, book: Book) -> Iterator[str]:
    del work
    root = pdf.Root
    language = str(root.get("/Lang", ""))
    if language.lower() != book.metadata.language.lower():
        yield f"the language of the file is '{language}', not {book.metadata.language}"
    if not bool(opened.down(root, "/MarkInfo", "/Marked")):
        yield "it does not say that it is tagged (/MarkInfo)"
    if not bool(opened.down(root, "/ViewerPreferences", "/DisplayDocTitle")):
        yield "the window would show the file's name, not the title (/DisplayDocTitle)"
    if not str(pdf.docinfo.get("/Title", "")).strip():
        yield "it has no title"


def _untagged(pdf: pikepdf.Pdf, work: Work, book: Book) -> Iterator[str]:
    del work, book
    tree = pdf.Root.get("/StructTreeRoot")
    if tree is None or tree.get("/K") is None:
        yield "there is no structure tree (/StructTreeRoot)"
    elif "/ParentTree" not in tree:
        yield "the structure tree has no /ParentTree"


def _without_outline(pdf: pikepdf.Pdf, work: Work, book: Book) -> Iterator[str]:
    del work, book
    if opened.down(pdf.Root, "/Outlines", "/First") is None:
        yield "there are no bookmarks (/Outlines)"


def _unlabelled(pdf: pikepdf.Pdf, work: Work, book: Book) -> Iterator[str]:
    del work, book
    tree = pdf.Root.get("/PageLabels")
    if tree is None:
        yield "the pages have no labels (/PageLabels)"
    # PDF 2.0 §12.4.2: the tree must contain a label for the first page.
    elif 0 not in pikepdf.NumberTree(tree):
        yield "the first page has no label"


def _miscounted(count: int, work: Work) -> Iterator[str]:
    if count != work.pages:
        yield f"the file has {amount(count, 'page')}, the report says {work.pages}"


def _acting(pdf: pikepdf.Pdf, work: Work, book: Book) -> Iterator[str]:
    yield from pdf_looks.acting_file(pdf, work, book)
    yield from pdf_looks.acting_pages(pdf, work, book)


Looks = Mapping[Kind, Callable[[pikepdf.Pdf, Work, Book], Iterator[str]]]

OF_THE_FILE: Looks = {
    STATEMENT: _missing_statements,
    TAGS: _untagged,
    OUTLINE: _without_outline,
    LABELS: _unlabelled,
    ACTION: pdf_looks.acting_file,
    CLAIM: pdf_x.broken,
}
"""What concerns a file as a whole."""
LOOKS: Looks = {
    **OF_THE_FILE,
    ACTION: _acting,
    BOX: pdf_looks.badly_boxed,
    FONT: pdf_looks.fontless,
    SIZE: pdf_size.missized,
}
"""The same, and what must be true of each page."""
