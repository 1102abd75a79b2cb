"""Front matter in which a value without quotation marks has a second colon: `title: Work: a guide` is meant as text."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from book.notation import SECOND_COLON, NotationError, Spot, read_yaml
from book.patterns import regex

PLAIN_VALUE = regex(r"[\w-]+:[ \t]+(?P<value>[^\"'\n\[\]{}>|&*!%@`#,?-][^\n]*)")
COLON = "\ufdd0"
"""A noncharacter of Unicode, in place of a colon while a value is read."""
MOST_COLONS = 20


def read_front_matter(text: str) -> tuple[Spot, tuple[NotationError, ...]]:
    """Return the YAML in *text* like :func:`read_yaml`, and the places where a value has a second colon: such a value is its text.

    Raises:
        NotationError: *text* is not YAML for another reason, or contains something that is refused.

    >>> spot, faults = read_front_matter("title: Work: a guide")
    >>> spot.plain, [fault.at for fault in faults]
    ({'title': 'Work: a guide'}, [11])
    """
    faults: list[NotationError] = []
    while True:
        try:
            spot = read_yaml(text)
        except NotationError as fault:
            line = PLAIN_VALUE.match(text, text.rfind("\n", 0, fault.at) + 1)
            if fault.message != SECOND_COLON or line is None or len(faults) == MOST_COLONS:
                if not faults or fault.message != SECOND_COLON:
                    raise
                raise faults[0] from None
            faults.append(fault)
            start, end = line.span("value")
            text = f"{text[:start]}{text[start:end].replace(':', COLON)}{text[end:]}"
            continue
        return (_with_colons(spot) if faults else spot), tuple(faults)


def _with_colons(spot: Spot) -> Spot:
    """Return *spot* with the colons of its values."""
    value = spot.value
    if isinstance(value, str):
        return replace(spot, value=value.replace(COLON, ":"))
    if isinstance(value, tuple):
        return replace(spot, value=tuple(map(_with_colons, value)))
    if isinstance(value, Mapping):
        return replace(spot, value={key: _with_colons(inner) for key, inner in value.items()})
    return spot
