"""The words of a chapter as a value."""

from __future__ import annotations

from collections.abc import Callable

from book.facts import digest


class Wording:
    """The words of a chapter: as its author wrote them, or as an edition shows them. One space is between any two, and none inside a word.

    Two wordings are equal if their words and signs are the same.

    >>> Wording(running="a b", notes="c").count, Wording(running="a") == Wording(running="b")
    (3, False)
    """

    __slots__ = ("_make", "_texts", "count", "digest", "signs")

    def __init__(self, *, running: str, notes: str = "", questions: str = "", signs: tuple[str, ...] = ()) -> None:
        """Take the words.

        Args:
            running: of title and text.
            notes: of the notes, in the order of their references.
            questions: of the questions for discussion; empty in an edition that does not print them.
            signs: what looks like markup in them, by the names in :data:`book.markdown.raw_marks.SIGNS`: an edition may show no other.
        """
        self._texts: tuple[str, str, str] | None = (running, notes, questions)
        self._make: Callable[[], Wording] | None = None
        self.signs = signs
        self.count = sum(text.count(" ") + 1 for text in (running, notes) if text)
        """The number of words of text and notes."""
        self.digest = digest("\0".join((running, notes, questions, *signs)))
        """The digest of all of it."""

    @classmethod
    def later(cls, make: Callable[[], Wording], *, count: int, digest: str, signs: tuple[str, ...]) -> Wording:
        """Return the wording that *make* returns, of which all but the words is known; it is called only if something needs these."""
        wording = cls.__new__(cls)
        wording._texts, wording._make = None, make  # noqa: SLF001 - its own
        wording.count, wording.digest, wording.signs = count, digest, signs
        return wording

    @property
    def texts(self) -> tuple[str, str, str]:
        """The words of text, notes and questions."""
        if self._texts is None:
            assert self._make is not None  # noqa: S101 - a wording has either
            self._texts, self._make = self._make().texts, None
        return self._texts

    @property
    def running(self) -> str:
        """The words of title and text."""
        return self.texts[0]

    @property
    def notes(self) -> str:
        """The words of the notes."""
        return self.texts[1]

    @property
    def questions(self) -> str:
        """The words of the questions."""
        return self.texts[2]

    def __eq__(self, other: object) -> bool:
        """Return whether *other* is a wording with the same words and signs."""
        return isinstance(other, Wording) and self.digest == other.digest

    def __hash__(self) -> int:
        """Return the hash of its digest."""
        return hash(self.digest)

    def __reduce__(self) -> tuple[Callable[..., Wording], tuple[tuple[str, ...], ...]]:
        """Pickle as texts: what makes them stays in this process."""
        return _wording, (self.texts, self.signs)

    def __repr__(self) -> str:
        """Return the expression that makes it."""
        running, notes, questions = self.texts
        return f"Wording(running={running!r}, notes={notes!r}, questions={questions!r}, signs={self.signs!r})"


def _wording(texts: tuple[str, str, str], signs: tuple[str, ...]) -> Wording:
    running, notes, questions = texts
    return Wording(running=running, notes=notes, questions=questions, signs=signs)
