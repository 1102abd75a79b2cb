r"""The words of a chapter as runs of characters.

House style works on characters; pandoc's tree consists of words, marks and boxes. A *run* is the text between two borders that
no quotation crosses within a block: a paragraph, heading, cell, term or line. Each paragraph of a footnote, the alt text of an
image and the title of a link are runs of their own. Inside a run, emphasis, links, spans and wrappers are transparent; code,
formulas, images and bare addresses are one ``U+FFFC`` each; footnote references and tags have no width. A Space is ``" "``,
a SoftBreak ``"\
"``, a LineBreak ``"\\v"``, ``<br>`` is ``"\\f"``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

OBJECT = "\ufffc"
"""Replaces everything that is not text, and in :attr:`Run.guarded` every character that no rule may change."""


# The steps of a run in reading order, from which the tree is rebuilt: a stretch of text, the start and the end of a node that
# contains text, a node that is kept, and the two kinds of nodes that contain other runs.
TEXT, OPEN, CLOSE, KEEP, IMAGE, NOTE = range(6)


class Run(Struct, frozen=True):
    """A run of characters, and their positions."""

    text: str
    guarded: str
    """*text* with :data:`OBJECT` for every character that no rule may change."""
    languages: tuple[tuple[int, str], ...]
    """Offsets from which a BCP 47 tag applies; the first offset is 0."""
    before: int | None = None
    """Index of the previous paragraph in the same container, with at most block quotes and lists between; None if there is none."""
    steps: tuple[tuple[Any, ...], ...] = ()
    starts: Sequence[int] = ()
    """Offsets at which a piece with a position begins, ascending."""
    spots: Sequence[str] = ()
    """The position of each piece, ``line:column-line:column`` in the chapter's text."""
    home: str = ""
    """For a title: the position of its link or image."""
    loose: tuple[tuple[int, str], ...] = ()
    """Offset and text of each attribute that applies to a space and is left out."""
    key: str = ""
    """``title``, ``label`` or ``discussion`` for text from the head of a chapter, whose positions may refer to another text."""
    into: int | None = None
    """For the first paragraph of a block quote or list item: the index of the paragraph that introduces it."""

    def language(self, offset: int) -> str:
        """Return the tag that applies at *offset*.

        >>> Run("ab", "ab", ((0, "en"), (1, "fr"))).language(1)
        'fr'
        """
        if len(self.languages) == 1:
            return self.languages[0][1]
        return self.languages[bisect_right(self.languages, offset, key=lambda pair: pair[0]) - 1][1]


class Edit(Struct, frozen=True):
    """Replace the characters of a run from *start* to before *end*, at least one, by *new*."""

    start: int
    end: int
    new: str
    rule: str


def plain(text: str, language: str) -> Run:
    """Return a run that contains only *text*.

    >>> plain("a b", "en").text
    'a b'
    """
    return Run(text, text, ((0, language),), None, ((TEXT, 0, len(text)),))


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return *text* with *edits* applied; they must be in order and not overlap.

    >>> edited("a...b", [Edit(1, 4, "…", "ellipsis")])
    'a…b'
    """
    pieces: list[str] = []
    at = 0
    for edit in edits:
        pieces += (text[at : edit.start], edit.new)
        at = edit.end
    return "".join((*pieces, text[at:]))
