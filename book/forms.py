"""The forms of what JSON gives: code that reads an entry of the cache asks for each value as what it must be.

Anyone may have written an entry, so none of them is believed. A reader is a function from what JSON gives to a value; it raises an
exception for another form, and :func:`believed` makes None of that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


class WrongFormError(ValueError):
    """A value is not what it must be."""


def believed(value: Any, read: Callable[[Any], T]) -> T | None:
    """Return what *read* makes of *value*; None if that has another form.

    >>> believed(["a", "b"], texts)
    ['a', 'b']
    >>> believed(["a", 1], texts) is None
    True
    """
    try:
        return read(value)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None


def text(value: object) -> str:
    """Return *value*, which must be a text.

    Raises:
        WrongFormError: it is not.
    """
    if not isinstance(value, str):
        raise WrongFormError(f"no text: {value!r}")
    return value


def integer(value: object) -> int:
    """Return *value*, which must be a whole number.

    Raises:
        WrongFormError: it is not.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise WrongFormError(f"no whole number: {value!r}")
    return value


def true(value: object) -> bool:
    """Return *value*, which must be True: how the fact that there is no fact is read.

    Raises:
        WrongFormError: it is not.
    """
    if value is not True:
        raise WrongFormError(f"not true: {value!r}")
    return True


def texts(value: object) -> list[str]:
    """Return *value*, which must be a list of texts.

    Raises:
        WrongFormError: it is not.
    """
    if not isinstance(value, list):
        raise WrongFormError(f"no list: {value!r}")
    return [text(item) for item in value]


def rows(value: object, kinds: Sequence[type]) -> list[Any]:
    """Return *value*, which must be a list of lists that each have values of *kinds*.

    Raises:
        WrongFormError: it is something else.

    >>> rows([["a", 1], ["b", 2]], [str, int])
    [['a', 1], ['b', 2]]
    """
    if not isinstance(value, list):
        raise WrongFormError(f"no list: {value!r}")
    form = list(kinds)
    for item in value:
        if not isinstance(item, list) or [*map(type, item)] != form:
            raise WrongFormError(f"no row of {form}: {item!r}")
    return value


def row(value: object, count: int, numbers: int = 0) -> list[Any]:
    """Return *value*, which must be a list of texts, and whole numbers after them.

    Args:
        value: what JSON gave.
        count: how many texts there must be.
        numbers: how many numbers.

    Raises:
        WrongFormError: it is something else.

    >>> row(["a", "b", 1], 2, 1)
    ['a', 'b', 1]
    """
    if not isinstance(value, list) or len(value) != count + numbers:
        raise WrongFormError(f"no row of {count + numbers}: {value!r}")
    return [*texts(value[:count]), *map(integer, value[count:])]
