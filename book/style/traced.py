"""A set that records the questions it is asked: what a chapter needs to know about the rest of its book."""

from __future__ import annotations

from collections.abc import Container, Mapping


class Traced(Container[str]):
    """The words of a set, which can only be asked whether it contains a word, so that no question is missed.

    >>> words = Traced({"a"})
    >>> "a" in words, "b" in words, words.answers
    (True, False, {'a': True, 'b': False})
    """

    __slots__ = ("_words", "answers")

    def __init__(self, words: Container[str]) -> None:
        """Start without questions."""
        self._words = words
        self.answers: dict[str, bool] = {}
        """The questions so far, each with its answer."""

    def __contains__(self, word: object) -> bool:
        """Return whether the set contains *word*, and record the question."""
        answer = word in self._words
        self.answers[str(word)] = answer
        return answer


def still_true(answers: Mapping[str, bool], words: Container[str]) -> bool:
    """Return whether the set *words* gives the same *answers* now."""
    return all((word in words) is answer for word, answer in answers.items())
