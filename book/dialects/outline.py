"""What Outline writes: blocks that open and close, `+++ Title … +++`, mentions of people, and empty paragraphs.

Such a paragraph is a line of only a backslash, directly above what follows.
"""

from __future__ import annotations

from collections.abc import Sequence

from book.dialects import boxes
from book.dialects.context import Context
from book.dialects.rows import Row, rows_of, with_rows
from book.dialects.tags import Passage
from book.markdown.lines import Sort
from book.model import Manuscript
from book.patterns import regex

_OPENING = regex(r"(?P<indent>[ \t]*)\+\+\+[ \t]+(?P<title>[^\s{].*?)[ \t]*")
_CLOSING = regex(r"[ \t]*\+\+\+[ \t]*")
_MENTION = regex(r"(?P<open>\[)(?P<words>[^\[\]\n]+)(?P<close>\]\(mention://[^()\s]*\))")
EMPTY = "\\"
MENTION = "](mention://"


def is_of(text: str) -> bool:
    r"""Return whether a chapter shows that Outline has written it.

    >>> is_of("A\n\n+++ Why\n\nBecause.\n\n+++\n"), is_of("A\n\n\\\n\nB\n"), is_of("A\n\n+++\n\nB\n")
    (True, True, False)
    """
    if EMPTY in text and f"\n\n{EMPTY}\n" in text:  # a single letter is found, or not, much sooner
        return True
    if MENTION in text:
        return True
    lines = text.split("\n") if "+" in text and "+++ " in text else []
    opened = next((at for at, line in enumerate(lines) if _OPENING.fullmatch(line)), len(lines))
    return any(_CLOSING.fullmatch(line) for line in lines[opened:])


def before(manuscript: Manuscript, context: Context) -> Manuscript:
    """Return *manuscript* with what can be opened as its title above its text, people as their names, and without empty paragraphs."""
    if MENTION in manuscript.text:
        page = Passage(manuscript)
        spans = [match.span(key) for match in _MENTION.finditer(page.visible) for key in ("open", "close")]
        manuscript = page.with_texts(context, ((*span, "") for span in spans))
    if EMPTY not in manuscript.text and "+++" not in manuscript.text:
        return manuscript
    rows = rows_of(manuscript)
    source = boxes.structure(rows)
    texts = [row.text if source.sorts[at] is Sort.TEXT else "" for at, row in enumerate(rows)]
    pairs = _pairs(texts)
    ends = set(pairs.values())
    new: list[Row] = []
    for at, row in enumerate(rows):
        opening = _OPENING.fullmatch(texts[at]) if at in pairs else None
        blank = row.made("")
        if opening is not None:
            title = row.cut(*opening.span("title"))
            new += [blank, *boxes.opened(row, boxes.PANEL, title, indent=opening["indent"])]
        elif at in ends:
            new += boxes.closed(row, row.text[: row.text.index("+")])
        elif texts[at].strip() == EMPTY and _is_paragraph(texts, at):
            new.append(blank)
        else:
            new.append(row)
    return with_rows(manuscript, new)


def _pairs(texts: Sequence[str]) -> dict[int, int]:
    """Return for each line that opens a block the line that closes it; a block may contain others."""
    pairs: dict[int, int] = {}
    stack: list[int] = []
    for at, text in enumerate(texts):
        if _OPENING.fullmatch(text):
            stack.append(at)
        elif stack and _CLOSING.fullmatch(text):
            pairs[stack.pop()] = at
    return pairs


def _is_paragraph(texts: Sequence[str], at: int) -> bool:
    """Return whether the line *at* is a paragraph, or the beginning or end of one: not a break between two lines of words."""
    around = (texts[at - 1] if at else "", texts[at + 1] if at + 1 < len(texts) else "")
    return any(text.strip() in ("", EMPTY) or _CLOSING.fullmatch(text) for text in around)
