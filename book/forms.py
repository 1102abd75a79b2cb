"""The forms of what the cache holds: code that reads an entry asks for each value as what it must be.

Anyone may have written an entry, so none of them is believed: msgspec compares every part of a value with its type.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

ENCODER = msgspec.json.Encoder()
"""What writes values for the cache as JSON."""
S = TypeVar("S")
T = TypeVar("T")


def believed(value: S, read: Callable[[S], T]) -> T | None:
    """Return what *read* makes of *value*; None if that has another form.

    >>> believed(b'["a", "b"]', decoder(tuple[str, ...]).decode)
    ('a', 'b')
    >>> believed(b'["a", 1]', decoder(tuple[str, ...]).decode) is None
    True
    """
    try:
        return read(value)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None


def decoder(form: type[T]) -> msgspec.json.Decoder[T]:
    """Return what reads a value of the type *form* from JSON; it raises a ValueError for any other value."""
    return _DECODERS.get(form) or _DECODERS.setdefault(form, msgspec.json.Decoder(form))


_DECODERS: dict[object, msgspec.json.Decoder[Any]] = {}
