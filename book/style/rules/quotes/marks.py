"""One quotation mark: what it can be, and what it turns out to be."""

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
    """One mark; the steps of the rule find its role one after another."""

    __slots__ = (
        "alone", "astray", "closes", "closing", "double", "doubtful", "elides", "end", "ends", "glyph", "head", "inner", "leads", "level", "opening", "opens", "partner", "region", "role", "start", "straight", "tag", "tail", "turned", "weak",
    )  # fmt: skip

    def __init__(self, start: int, end: int, glyph: str, tag: str, *, double: bool) -> None:
        """Begin with a mark of which only its place, glyph, language and kind are known."""
        self.start, self.end, self.glyph, self.tag, self.double = start, end, glyph, tag, double
        self.straight = glyph[0] in "\"'`＂"
        self.opens = self.closes = False
        self.opening = self.closing = 0
        """How strongly the neighbours of a single quote suggest an opener or a closer, 1 to 3; 0: not at all."""
        self.leads = False
        """Whether a single stands at the start of a paragraph or straight after an opening double."""
        self.ends = False
        """Whether nothing but stops and marks follows a single that can close, to the end of the paragraph."""
        self.head = self.tail = ""
        """The word straight after and the word straight before a single, in small letters."""
        self.doubtful = False
        """A double that may be a prime, or an opener that may close."""
        self.astray = False
        """A double after a pause and a space, before a small letter: it may close, its space on the wrong side."""
        self.turned = False
        """A guillemet of a text that sets them the other way round than its glyph says."""
        self.weak = False
        """A single that may be a possessive or a prime."""
        self.elides = False
        """An apostrophe at the head of a word."""
        self.inner = False
        """A guillemet set off by a space inside."""
        self.role = Role.NONE
        self.partner: Mark | None = None
        self.alone = False
        """Whether it has its role without a partner, so that the author is told."""
        self.region: Mark | None = None
        """The opener of the innermost quotation of doubles in which it stands."""
        self.level = 0

    @property
    def turn(self) -> int:
        """1 if the glyph itself opens, -1 if it closes, 0 if it does not say."""
        if self.straight:
            return 0
        return -turn(self.tag, self.glyph) if self.turned else turn(self.tag, self.glyph)

    @property
    def only_opens(self) -> bool:
        """Whether the neighbours leave it one direction, to open."""
        return self.opens and not self.closes

    @property
    def only_closes(self) -> bool:
        """Whether the neighbours leave it one direction, to close."""
        return self.closes and not self.opens

    def join(self, closer: Mark) -> None:
        """Make a pair with *closer*."""
        self.role, closer.role = Role.OPEN, Role.CLOSE
        self.partner, closer.partner = closer, self
