"""How strongly the neighbours of a single suggest an opener or a closer.

A quotation begins after a pause in the sentence, mostly with a capital; it ends after a stop, or before one. An apostrophe
that replaces the beginning or the end of a word is in the middle of a sentence.
"""

from __future__ import annotations

from book.patterns import regex
from book.style.rules.quotes.marks import Mark

SPACES = " \n\u00a0\u202f"
LINE_ENDS = "\v\f"
PAUSES = frozenset(',.:;!?—–-([{…“"‘«”»)„¿¡/')
LEADS = frozenset('“"«»„')
"""What precedes a quotation, apart from spaces, after a pause."""
STOPS = frozenset(',.;:!?)]…—–”"»')
"""What directly follows a quotation before a pause."""
HEAD = regex(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
TAIL = regex(r"[^\W\d_]+(?:['’][^\W\d_]+)*\Z")
END = regex(r"[^\w\ufffc]{0,6}\Z")
LONGEST_WORD = 24

WEAK, MIDDLING, STRONG = 1, 2, 3


def measure(mark: Mark, text: str) -> None:
    """Set the strengths of the single *mark* in *text*, and the words next to it."""
    if mark.opens or mark.elides or mark.role:
        mark.opening = WEAK + _pauses(text, mark.start) + (not text[mark.end : mark.end + 1].islower())
        mark.leads = not mark.start or text[mark.start - 1] in LEADS or text[mark.start - 1] in LINE_ENDS
        word = HEAD.match(text, mark.end, mark.end + LONGEST_WORD)
        mark.head = word[0].lower().replace("’", "'") if word else ""
    if mark.closes:
        mark.closing = _closing(text, mark.start, mark.end)
        mark.ends = END.match(text, mark.end) is not None
        word = TAIL.search(text[max(0, mark.start - LONGEST_WORD) : mark.start])
        mark.tail = word[0].lower().replace("’", "'") if word else ""


def _pauses(text: str, start: int) -> bool:
    """Return whether the sentence pauses before *start*."""
    while start and text[start - 1] in SPACES:
        start -= 1
    return not start or text[start - 1] in PAUSES or text[start - 1] in LINE_ENDS


def _closing(text: str, start: int, end: int) -> int:
    before = text[start - 1 : start]
    if not (before.isalnum() or before == "\ufffc"):
        return STRONG
    after = text[end : end + 1]
    return MIDDLING if not after or after in STOPS or text.startswith(" (", end) else WEAK
