"""Warnings about pages that a printer would reject, each with its chapter and line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from book.edition import Edition
from book.model import Book
from book.paged.inspection import Defect, DefectKind, Inspection
from book.problems import BUG, Kind, Place, Problem, Severity, Subject

OUTSIDE = Kind("E120", Severity.WARNING, "something that does not fit on the page")
CUT_WORDS = Kind("E121", Severity.NOTE, "a table in which words had to be broken")
HEADING_LAST = Kind("E122", Severity.NOTE, "a heading that is the last line of a page")
WIDOW_OR_ORPHAN = Kind("E123", Severity.NOTE, "a widow or orphan: one line of a paragraph alone on a page")
SHORT_LINE = Kind("E124", Severity.NOTE, "a line inside a paragraph that is much shorter than the others")
SMALL = Kind("E125", Severity.WARNING, "text in the large-print edition that is not large")
NOTES_LAST = Kind("E126", Severity.NOTE, "a chapter with its notes at the end instead of at the foot of its pages")
WHITE_SPACE = Kind("E127", Severity.NOTE, "a page with four or more empty lines before its chapter ends")
SHORT_PAGE = Kind("E128", Severity.NOTE, "a chapter whose last page has fewer than five lines")
SMALL_LETTERS = Kind("E220", Severity.WARNING, "letters in a drawing that are too small to read on paper")
NOT_LARGE = Kind("E221", Severity.NOTE, "letters in a drawing that are not large in the large-print edition")
OVERLAP = Kind("E129", Severity.WARNING, "text that is printed on other text")
LEAST_LETTERS = 7.0
"""Points: smaller letters in a drawing are not legible on paper."""

MESSAGES: Mapping[DefectKind, tuple[Kind, str, str]] = {
    # Kind of defect -> its message and its fix.
    "outside": (OUTSIDE, "runs past the margin", "break the line, shorten it or split the table"),
    "heading last": (
        HEADING_LAST,
        "is a heading at the foot of the page",
        "no action needed; it moves when the text changes",
    ),
    "off the page": (OUTSIDE, "is cut by the edge of the page", BUG),
    "overlap": (OVERLAP, "stands on other text", BUG),
    "orphan": (WIDOW_OR_ORPHAN, "is a line alone on its page", "no action needed; it moves when the text changes"),
    "widow": (WIDOW_OR_ORPHAN, "is a line alone on its page", "no action needed; it moves when the text changes"),
    "short line": (SHORT_LINE, "is a short line inside a paragraph", "reword around the long word that follows"),
    "white space": (
        WHITE_SPACE,
        "begins the next page",
        "cut or add a line or two before it, or move it by a paragraph",
    ),
    "short page": (
        SHORT_PAGE,
        "is on a last page of fewer than five lines, since the pages before it have no room for them",
        "cut or add a line or two in the chapter",
    ),
}
MOST_WORDS = 8
SHOWN = 60
"""The most letters of a quotation."""


def defects(
    inspection: Inspection, book: Book, edition: Edition, name: str, *, cut: frozenset[tuple[str, str]]
) -> Iterator[Problem]:
    """Yield the warnings about the pages of *edition*.

    Args:
        inspection: the inspection of its pages.
        book: the book, for the places.
        edition: the edition.
        name: its file.
        cut: chapter and number of each table whose words were divided to make it fit.
    """
    outside: set[tuple[str, str]] = set()
    for defect in inspection.defects:
        if defect.kind == "small letters":
            yield from _letters(defect, book, edition, name)
            continue
        kind, message, fix = MESSAGES[defect.kind]
        table = (defect.chapter, defect.table)
        if defect.kind == "outside" and defect.table:
            if table in outside:
                continue
            outside.add(table)
        if defect.kind == "overlap":
            message = f"{message}, “{defect.reason[:SHOWN]}”"
        empty = (
            f"ends {defect.size:.0f} lines early, since {defect.reason}; "
            if defect.reason and kind is WHITE_SPACE
            else ""
        )
        where = f"page {defect.page} of {name}{' ' if empty else ': '}{empty}"
        words = f"“{_quoted(defect)}”" if defect.text else "a picture"
        yield kind.at(_place(book, defect, name), f"{where}{words} {message}", fix=fix)
    for chapter, number in sorted(cut - outside):
        at = _place(book, Defect(kind="outside", page=0, chapter=chapter, table=number, text=""), name)
        message = f"in {name} words of table {number} are divided to make it fit"
        yield CUT_WORDS.at(at, message, fix="give the table fewer columns or shorter words")
    if inspection.smallest < edition.least_type - 0.01:
        message = f"{name} has text of {inspection.smallest:.1f} pt; large print has {edition.least_type:g} pt or more"
        yield SMALL.at(Subject(name=name), message, fix="look for a font size in the theme's style sheets")


def _quoted(defect: Defect) -> str:
    return f"{defect.text[:SHOWN]}…" if len(defect.text) > SHOWN else defect.text


def _letters(defect: Defect, book: Book, edition: Edition, name: str) -> Iterator[Problem]:
    """Yield the warning about small letters in a drawing, if they are too small in *edition*."""
    if defect.size >= (edition.least_type or LEAST_LETTERS):
        return
    is_legible = defect.size >= LEAST_LETTERS
    kind, want = (
        (NOT_LARGE, f"{edition.least_type:g} pt is large")
        if is_legible
        else (SMALL_LETTERS, f"{LEAST_LETTERS:g} pt can be read")
    )
    message = (
        f"page {defect.page} of {name}: letters in the drawing “{_quoted(defect)}” have {defect.size:.1f} pt; {want}"
    )
    yield kind.at(
        _place(book, defect, name), message, fix="make the letters larger in the drawing, or draw it narrower"
    )


def notes_at_end(chapters: Mapping[str, str], book: Book, name: str) -> Iterator[Problem]:
    """Yield a note for each chapter whose footnotes are at its end.

    Args:
        chapters: slug -> the reason.
        book: the book, for the places.
        name: the file.
    """
    for chapter in book.spine:
        if chapter.slug in chapters:
            message = f"in {name} the notes are at the end of the chapter, not at the foot of the pages: {chapters[chapter.slug]}"
            yield NOTES_LAST.at(chapter.source.place(1), message, fix="no action needed")


def _place(book: Book, defect: Defect, name: str) -> Place | Subject:
    """Return the author's line with the words of a defect, else its chapter, else the edition."""
    for chapter in book.spine:
        if chapter.slug == defect.chapter:
            text = chapter.source.text
            at = _table(text, int(defect.table)) if defect.table.isdigit() else None
            at = at if at is not None else _words(text, defect.text)
            return chapter.source.place(text.count("\n", 0, at) + 1 if at is not None else 1)
    return Subject(name=name)


def _words(text: str, words: str) -> int | None:
    """Return the offset in *text* of the first of *words* that stand there in this order; punctuation and markup between them may differ."""
    typed = re.findall(r"\w+", words)[:MOST_WORDS]
    for count in range(len(typed), 1, -1):
        if match := re.search(r"\W+".join(map(re.escape, typed[:count])), text):
            return match.start()
    ats = (text.find(word) for word in sorted(re.findall(r"\w{4,}", words), key=len, reverse=True)[:3])
    return next((at for at in ats if at >= 0), None)


def _table(text: str, number: int) -> int | None:
    r"""Return the offset at which the *number*-th pipe table begins, from 1; None if the tables use other syntax.

    >>> _table("a\n\n| a | b |\n|---|---|\n| 1 | 2 |\n", 1)
    3
    """
    rules = list(re.finditer(r"^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-*:?[ \t]*)+$", text, re.M))
    if number > len(rules):
        return None
    before = text.rfind("\n", 0, max(rules[number - 1].start() - 1, 0))
    return before + 1
