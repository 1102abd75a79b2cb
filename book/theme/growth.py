"""How far values may grow in a template: what they weigh, before they are made, and the limits."""

from __future__ import annotations

from typing import Any

from book.limits import Exceeded

MOST_TIMES = 1_000_000
"""The most letters or items in the result of a multiplication."""
MOST_BITS = 100_000
"""The most bits of a whole number."""
NESTED = 6
"""The deepest nesting of lists that is measured before printing."""


def weight(value: Any, depth: int = 0) -> int:
    """Return the approximate number of letters of *value* when printed."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list | tuple | dict) and depth < NESTED:
        inner = (*value.keys(), *value.values()) if isinstance(value, dict) else value
        return 8 * len(inner) + sum(weight(item, depth + 1) for item in inner)
    return 8


def check(value: Any, most: int, form: str) -> None:
    """Raise Exceeded if the number *value* is greater than *most*; *form* says what it counts, as in ``{:,} letters``."""
    if isinstance(value, int | float) and abs(value) > most:
        raise Exceeded("size", form.format(value) if abs(value) < 10**30 else form.format(most) + " and more")


def check_times(left: Any, right: Any) -> None:
    """Raise Exceeded if *left* times *right* is too long a text or list, or too large a number."""
    if isinstance(left, int) and isinstance(right, int):
        check(left.bit_length() + right.bit_length(), MOST_BITS, "a number of {:,} bits")
    for repeated, times in ((left, right), (right, left)):
        if isinstance(repeated, str | bytes | list | tuple) and isinstance(times, int):
            check(len(repeated) * times, MOST_TIMES, "a text or list of {:,} pieces")
