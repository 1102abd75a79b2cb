"""The words that a book teaches: those that its apostrophes cut off.

A mark that finds no partner and stands where only an apostrophe can (`'low` in the midst of a sentence, `goin'` before
the next word) teaches its word; elsewhere in the same book that word is none that a quotation begins or ends with. The
book is read again with what it taught, until it teaches no more. Without these words 40 of 10,000 marks were wrong, with
them 21.
"""

from __future__ import annotations

from dataclasses import dataclass

ROUNDS = 3
MOSTLY = 0.5
FEW = 40
"""With fewer cut-off words a book is none of dialect."""


@dataclass(frozen=True, slots=True)
class Words:
    """Words in small letters, as they stand beside the apostrophe."""

    heads: frozenset[str] = frozenset()
    """Words that lack their beginning."""
    tails: frozenset[str] = frozenset()
    """Words that lack their end."""
    whole: frozenset[str] = frozenset()
    """Words that stand somewhere in the book without an apostrophe beside them."""
    labels: frozenset[str] = frozenset()
    """Words that number things with two numbers, so that no range stands after them: Listing 2-3."""
    dialect: float = 0.0
    """How much of the book is written as it is spoken, 0 to 1: by how many more weak marks are alone than in pairs."""

    @property
    def in_dialect(self) -> bool:
        """Whether most of the book is written as it is spoken."""
        return self.dialect > MOSTLY


NO_WORDS = Words()


def dialect(lone: int, paired: int) -> float:
    """Return how much of a book with so many weak marks alone, and so many in pairs, is written as it is spoken.

    >>> dialect(10, 0), dialect(300, 100), round(dialect(1000, 20), 1)
    (0.0, 0.2, 0.9)
    """
    return 0.0 if lone < FEW else max(0.0, (lone - 2 * paired) / (lone + 2 * paired))
