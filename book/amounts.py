"""Numbers with their nouns, in the plural if needed."""

from __future__ import annotations


def amount(number: int, singular: str, plural: str = "") -> str:
    """Return *number* with its noun.

    Args:
        number: how many, at least 0.
        singular: the noun for one.
        plural: the noun for any other number, if it is not *singular* with an s.

    >>> amount(1, "chapter"), amount(2, "chapter"), amount(0, "address", "addresses")
    ('1 chapter', '2 chapters', '0 addresses')
    """
    return f"{number} {singular if number == 1 else plural or f'{singular}s'}"


def times(number: int) -> str:
    """Return how often something happens, in words if it happens once.

    >>> times(1), times(11)
    ('once', '11 times')
    """
    return "once" if number == 1 else f"{number} times"
