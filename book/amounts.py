"""Numbers with their nouns, in the plural if needed, and Roman numerals."""

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


def roman(number: int) -> str:
    """Return *number*, from 1, as a Roman numeral in small letters.

    >>> [roman(number) for number in (1, 4, 9, 48)]
    ['i', 'iv', 'ix', 'xlviii']
    """
    steps = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
    text = ""
    for value, letters in steps:
        text += letters * (number // value)
        number %= value
    return text
