r"""The words of a chapter as runs of characters.

House style looks at characters; pandoc's tree is made of words, marks and boxes. A *run* is what stands between two
borders that no quotation crosses inside one block: a paragraph, heading, cell, term or line; each paragraph of a
footnote, an image's alt text and a link's title are runs of their own. Inside a run emphasis, links, spans and wrappers
are transparent; code, formulas, images and bare addresses are one ``U+FFFC`` each; footnote marks and tags have no
width. A Space is ``" "``, a SoftBreak ``"\n"``, a LineBreak ``"\v"``, ``<br>`` is ``"\f"``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

OBJECT = "\ufffc"
"""Replaces what is not text, and in :attr:`Run.guarded` every character that no rule may touch."""


# The steps of a run in reading order, by which the tree is written again: a stretch of text, the begin and end of a
# node that holds text, a node that stays as it is, and the two that hold other runs.
TEXT, OPEN, CLOSE, KEEP, IMAGE, NOTE = range(6)


@dataclass(frozen=True, slots=True)
class Run:
    """A run of characters, and their positions."""

    text: str
    guarded: str
    """As *text*, character by character, but :data:`OBJECT` for what no rule may touch."""
    languages: tuple[tuple[int, str], ...]
    """Offsets from which a BCP 47 tag applies; the first offset is 0."""
    before: int | None = None
    """Index of the paragraph before in the same container, with at most block quotes and lists between; None if there is none."""
    steps: tuple[tuple[Any, ...], ...] = ()
    starts: Sequence[int] = ()
    """Offsets at which a piece with a position begins, ascending."""
    spots: Sequence[str] = ()
    """The position of each, ``line:column-line:column`` in the chapter's text."""
    home: str = ""
    """For a title: the position of the link or image that has it."""
    loose: tuple[tuple[int, str], ...] = ()
    """Offset and text of each attribute that stands on a space and is left out."""
    key: str = ""
    """``title``, ``label`` or ``discussion`` for what comes from a chapter's head, whose positions may be another text's."""
    into: int | None = None
    """For the first paragraph of a block quote or of an item of a list: the index of the paragraph that leads into it."""

    def language(self, offset: int) -> str:
        """Return the tag that applies at *offset*.

        >>> Run("ab", "ab", ((0, "en"), (1, "fr"))).language(1)
        'fr'
        """
        if len(self.languages) == 1:
            return self.languages[0][1]
        return self.languages[bisect_right(self.languages, offset, key=lambda pair: pair[0]) - 1][1]


@dataclass(frozen=True, slots=True)
class Edit:
    """Put *new* for the characters of a run from *start* to before *end*, at least one."""

    start: int
    end: int
    new: str
    rule: str


def plain(text: str, language: str) -> Run:
    """Return a run of nothing but *text*.

    >>> plain("a b", "en").text
    'a b'
    """
    return Run(text, text, ((0, language),), None, ((TEXT, 0, len(text)),))


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return *text* with *edits* applied, which are in order and do not overlap.

    >>> edited("a...b", [Edit(1, 4, "…", "ellipsis")])
    'a…b'
    """
    pieces: list[str] = []
    at = 0
    for edit in edits:
        pieces += (text[at : edit.start], edit.new)
        at = edit.end
    return "".join((*pieces, text[at:]))
