"""Characters that a text may not contain, with the standard that forbids them."""

from __future__ import annotations

from book.patterns import regex

_CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f"
"""Control characters except tab and line ends."""
_DISGUISES = "\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff"
"""Further controls: line ends of some terminals, bidi controls that can disguise a text, and noncharacters."""

NOT_XML = regex(f"[{_CONTROLS}\ufffe\uffff\ud800-\udfff]")
"""Characters that XML 1.0 §2.2 forbids: every edition shows the replacement character instead."""
NOT_TEXT = regex(f"[{_CONTROLS}\r{_DISGUISES}]")
"""Characters that no text in the settings may contain."""
NOT_IN_A_LINE = regex(f"[\x00-\x1f{_DISGUISES}]")
"""Characters that no one-line text may contain."""

CURVED_MARKS = frozenset("‘’“”‚„‛‟«»‹›")
"""Quotation marks that are not in ASCII. In CommonMark a backslash escapes only ASCII; in Handbound it escapes these, too."""
REFERENCE_WIDTH = len("&#0008216;")


def reference_to(mark: str) -> str:
    """Return a *mark* as typed after a backslash: a reference of seven digits, so that house style knows it by its width.

    >>> reference_to("‘")
    '&#0008216;'
    """
    return f"&#{ord(mark):07};"
