"""The spaces before French punctuation marks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from book.patterns import regex
from book.style.character_classes import CLASS, Class
from book.style.languages import before_signs
from book.style.options import Doubt, Style
from book.style.runs import Edit, Run

SIGN = regex("[:;!?]")
BLANKS = frozenset(" \n\u00a0\u202f")
SMILEY = frozenset("()")


def french(runs: Sequence[Run], _style: Style) -> Iterator[tuple[int, Edit | Doubt]]:
    """Yield an edit for each mark of a French text that lacks the right space before it."""
    for index, run in enumerate(runs):
        if any(before_signs(tag) for _, tag in run.languages):
            for edit in _signs(run):
                yield index, edit


def _signs(run: Run) -> Iterator[Edit]:
    text = run.guarded
    for match in SIGN.finditer(text):
        at = start = match.start()
        space = before_signs(run.language(at)).get(match[0])
        while start and text[start - 1] in BLANKS:
            start -= 1
        if space is None or not start or text[start:at] == space:
            continue
        before, after = text[start - 1], text[at + 1 : at + 2]
        if before in ":;!?" or CLASS[before] in (Class.SPACE, Class.OPENING) or _opens(text, start):
            continue
        if not _ends(text, at + 1):
            continue
        if after and match[0] in ":;" and (after in SMILEY or after == match[0]):
            continue
        if start < at:
            yield Edit(start, at, space, "french-space")
        else:
            yield Edit(at, at + 1, space + match[0], "french-space")


def _ends(text: str, start: int) -> bool:
    """Return whether a word ends at *start*: before a space, a closing mark, or the end of the text."""
    if start < len(text) and CLASS[text[start]] == Class.CLOSING:
        return True
    while start < len(text) and CLASS[text[start]] == Class.QUOTE:
        start += 1
    return start >= len(text) or CLASS[text[start]] in (Class.SPACE, Class.CLOSING)


def _opens(text: str, end: int) -> bool:
    """Return whether the mark that ends at *end* opens: guillemets by their glyph, others if a word follows."""
    mark = text[end - 1]
    if CLASS[mark] != Class.QUOTE:
        return False
    if mark in "«‹":
        return True
    start = end
    while start and CLASS[text[start - 1]] == Class.QUOTE:
        start -= 1
    if mark in "»›":  # only if there is nothing inside
        return text[: end - 1].rstrip()[-1:] in ("«", "‹")
    return not start or CLASS[text[start - 1]] in (Class.SPACE, Class.OPENING, Class.DASH)
