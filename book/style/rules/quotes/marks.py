"""A quotation mark: what it can be, and what it turns out to be."""

from __future__ import annotations

from enum import IntEnum

from book.style.languages import turn


class Role(IntEnum):
    """What a mark turns out to be."""

    NONE = 0
    """Not known yet."""
    OPEN = 1
    CLOSE = 2
    APOSTROPHE = 3
    PRIME = 4
    STAYS = 5
    """Left as typed."""


class Mark:
    """One mark; the steps of the rule determine its role."""

    __slots__ = (
        "alone", "astray", "closes", "closing", "double", "doubtful", "elides", "end", "ends", "glyph", "head", "inner", "leads", "level", "opening", "opens", "partner", "region", "role", "start", "straight", "tag", "tail", "turned", "weak",
    )  # fmt: skip

    def __init__(self, start: int, end: int, glyph: str, tag: str, *, double: bool) -> None:
        """Make a mark of which only place, glyph, language and kind are known."""
        self.start, self.end, self.glyph, self.tag, self.double = start, end, glyph, tag, double
        self.straight = glyph[0] in "\"'`＂"
        self.opens = self.closes = False
        self.opening = self.closing = 0
        """How strongly the neighbours of a single suggest an opener or a closer, 1 to 3; 0: not at all."""
        self.leads = False
        """Whether a single is at the start of a paragraph or directly after an opening double."""
        self.ends = False
        """Whether only stops and marks follow a single that can close, up to the end of the paragraph."""
        self.head = self.tail = ""
        """The words directly after and directly before a single, in lower case."""
        self.doubtful = False
        """Whether a double may be a prime, or an opener may close."""
        self.astray = False
        """Whether a double after a pause and a space, before a lower-case letter, may close, with its space on the wrong side."""
        self.turned = False
        """Whether a guillemet is used in the direction opposite to its glyph, as in »this«."""
        self.weak = False
        """Whether a single may be a possessive or a prime."""
        self.elides = False
        """Whether it is an apostrophe at the start of a word."""
        self.inner = False
        """Whether a guillemet has a space on its inner side."""
        self.role = Role.NONE
        self.partner: Mark | None = None
        self.alone = False
        """Whether it got its role without a partner, so that the author should be told."""
        self.region: Mark | None = None
        """The opener of the innermost quotation of doubles that contains it."""
        self.level = 0

    @property
    def turn(self) -> int:
        """1 if the glyph itself opens, -1 if it closes, 0 if it is neutral."""
        if self.straight:
            return 0
        return -turn(self.tag, self.glyph) if self.turned else turn(self.tag, self.glyph)

    @property
    def only_opens(self) -> bool:
        """Whether its neighbours allow only an opener."""
        return self.opens and not self.closes

    @property
    def only_closes(self) -> bool:
        """Whether its neighbours allow only a closer."""
        return self.closes and not self.opens

    def join(self, closer: Mark) -> None:
        """Pair this opener with *closer*."""
        self.role, closer.role = Role.OPEN, Role.CLOSE
        self.partner, closer.partner = closer, self
