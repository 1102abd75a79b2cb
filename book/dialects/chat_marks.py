"""What chats with a language model leave in their answers: marks of sources, and words in letters of mathematics, `𝗯𝗼𝗹𝗱`, for want of emphasis."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from book.amounts import amount
from book.dialects.context import Context, words
from book.dialects.tags import Edit, Passage
from book.model import Manuscript
from book.patterns import regex
from book.problems import Kind, Severity

SOURCES = Kind("G182", Severity.WARNING, "marks of sources that a chat left in its answer; they are left out")
LETTERS = Kind("G183", Severity.NOTE, "words in letters of mathematics, which are printed as bold or italic ones")

_SOURCE = regex(
    r"(?:【\d{1,3}(?::\d{1,3})?†[^】\n]{0,200}】|:contentReference\[oaicite:\d{1,4}\](?:\{index=\d{1,4}\})?"
    r"|\[oaicite:\d{1,4}\](?:\{index=\d{1,4}\})?|\ue200[^\ue201\n]{0,200}\ue201|\bcite(?:turn\d{1,3}[a-z]{1,12}\d{1,3}){1,9}\b"
    r"|\[cite_start\]|\[cite: ?\d{1,4}(?:, ?\d{1,4}){0,20}\])"
)
_CLOSING = ("", "\n", " ", ".", ",", ";", ":", "!", "?", ")")
"""What follows a mark whose space before it goes, too."""
_STYLED = regex(
    "[\U0001d400-\U0001d6a3\U0001d7ce-\U0001d7ff\u210e]+(?: [\U0001d400-\U0001d6a3\U0001d7ce-\U0001d7ff\u210e]+)*"
)
LEAST = 3
"""The fewest letters of one of the words; fewer may be a formula."""


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* without these marks, and with these words in letters of their language."""
    text = manuscript.text
    if any(mark in text for mark in ("†", "oaicite", "\ue200", "citeturn", "[cite")):
        page = Passage(manuscript)
        manuscript = page.with_edits(_sources(page, context))
    if _STYLED.search(text):
        page = Passage(manuscript)
        manuscript = page.with_edits(_letters(page, context))
    return manuscript


def _sources(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield the removal of each mark, and report the first one."""
    marks = list(_SOURCE.finditer(page.visible))
    for match in marks:
        context.take(match[0])
        apart = (
            page.visible[match.start() - 1 : match.start()] == " "
            and page.visible[match.end() : match.end() + 1] in _CLOSING
        )
        yield Edit(start=match.start() - apart, end=match.end(), new=())
    if marks:
        number, column = page.at(marks[0].start())
        first = marks[0][0]
        message = f"{amount(len(marks), 'mark')} of a source that a chat left, such as '{first}', {'is' if len(marks) == 1 else 'are'} left out"
        fix = "remove it, or write the source as a link or a footnote"
        context.tell_at(SOURCES, page.rows[number], column, message, fix)


def _letters(page: Passage, context: Context) -> Iterator[Edit]:
    """Yield each run of such words in letters of their language, emphasised, and report the first one."""
    reported = False
    for match in _STYLED.finditer(page.visible):
        number, column = page.at(match.start())
        row = page.rows[number]
        if max(map(len, match[0].split())) < LEAST or "$" in row.text or "\\" in row.text:
            continue
        plain = unicodedata.normalize("NFKC", match[0])
        mark = _mark(match[0])
        if row.text[max(column - 1, 0) : column] in ("*", "_"):
            mark = ""
        context.take(match[0])
        context.taken.subtract(words(plain))
        if not reported:
            reported = True
            message = f"'{match[0]}' is in letters of mathematics, which many readers cannot search or hear; it is printed as '{plain}'"
            context.tell_at(LETTERS, row, column, message, f"write {mark}{plain}{mark}")
        yield Edit(start=match.start(), end=match.end(), new=(page.made(f"{mark}{plain}{mark}", match.start()),))


def _mark(styled: str) -> str:
    """Return the marks of emphasis for letters that are all bold, italic or both.

    >>> _mark("𝗯𝗼𝗹𝗱"), _mark("𝑖𝑡"), _mark("𝙗𝙞"), _mark("𝚌𝚘𝚍𝚎")
    ('**', '*', '***', '')
    """
    names = [unicodedata.name(letter, "") for letter in styled if letter not in " \u210e"]
    bold, italic = (all(style in name for name in names) for style in ("BOLD", "ITALIC"))
    return "**" * bold + "*" * italic
