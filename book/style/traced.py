"""A set that remembers what it was asked: what a chapter wanted to know of the rest of its book, and no more."""

from __future__ import annotations

from collections.abc import Container, Mapping


class Traced(Container[str]):
    """The words of a set, for asking whether it holds one; nothing else can be learnt from it, so that no question is missed.

    >>> words = Traced({"a"})
    >>> "a" in words, "b" in words, words.answers
    (True, False, {'a': True, 'b': False})
    """

    __slots__ = ("_words", "answers")

    def __init__(self, words: Container[str]) -> None:
        """Begin without a question."""
        self._words = words
        self.answers: dict[str, bool] = {}
        """The questions so far, each with its answer."""

    def __contains__(self, word: object) -> bool:
        """Return whether the set holds *word*, and remember the question."""
        answer = word in self._words
        self.answers[str(word)] = answer
        return answer


def still_true(answers: Mapping[str, bool], words: Container[str]) -> bool:
    """Return whether the set *words* gives the same *answers* today."""
    return all((word in words) is answer for word, answer in answers.items())
