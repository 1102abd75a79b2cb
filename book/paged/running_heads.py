"""Running heads: how many letters fit above a page, and where a longer title is cut."""

from __future__ import annotations

import re
from collections.abc import Iterable

from book.paged import on_paper
from book.theme import Theme

UNCUT = 500
"""The longest running head, in letters, where the width of its page is unknown."""
BESIDE = 2
"""The ``heads`` of a page (``[page.screen]``) whose two running heads stand side by side."""
APART = 3
"""The letters for which two heads side by side leave room between them."""


def head(title: str, most: int) -> str:
    """Return *title* as a running head of at most *most* letters, cut after a word.

    >>> head("Working with product managers and designers", 24)
    'Working with product…'
    """
    if len(title) <= most:
        return title
    words = title[:most].rsplit(" ", 1)[0] if " " in title[:most] else title[: most - 1]
    return words.rstrip(" ,;:.–—-") + "…"


def rooms(label: str, sections: Iterable[str], most: int) -> tuple[int, int]:
    """Return the most letters of a chapter's running head and of its sections', which stand side by side: a short one leaves room.

    Args:
        label: the head of the chapter.
        sections: those of its sections.
        most: the letters that fit into either half.

    >>> rooms("Trust", ["How much somebody who is new may decide"], 24)
    (24, 40)
    >>> rooms("Working with product managers", ["Trust"], 24)
    (40, 24)
    """
    both, longest = 2 * most - APART, max(map(len, sections), default=0)
    if len(label) <= most:
        return most, max(most, both - len(label))
    return (max(most, both - longest), most) if longest <= most else (most, most)


def letters(theme: Theme) -> int:
    """Return the number of letters that fit into a running head on the pages of *theme*, which knows the mean width of a letter.

    If the theme uses a length in a unit that :data:`book.paged.on_paper.POINTS` lacks, return :data:`UNCUT`: the style sheet then clips the head.
    """
    page = theme.tokens["page"]["screen"]
    lengths = [on_paper.points(str(length)) for length in (page["width"], page["inner"], page["outer"])]
    size = on_paper.points(str(theme.tokens["type"]["head_size"]))
    letter = re.fullmatch(r"([0-9.]+)em", str(theme.tokens["type"]["head_letter"]))
    if not size or not letter or None in lengths:
        return UNCUT
    width, *margins = (length or 0.0 for length in lengths)
    return int((width - sum(margins)) / page["heads"] / (size * float(letter[1])))
