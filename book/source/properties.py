"""Properties at the head of a page of Logseq, lines ``key:: value``: names of pages stand in double brackets, several between commas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from msgspec.structs import replace

from book.notation import Spot
from book.patterns import regex

PROPERTY = r"(?P<key>[^\W\d][\w./+-]*)::(?:[ \t]+(?P<value>\S[^\n]*?))?[ \t]*"
LINE = regex(rf"^{PROPERTY}$", re.MULTILINE)
WHOLE = regex(rf"(?:{PROPERTY}(?:\n|\Z))+\n*")
"""All properties of a page, and the blank lines below them."""
NAMES = frozenset({"alias", "tags"})
"""Properties whose values are names of pages."""
LIKE: Mapping[str, str] = MappingProxyType({"alias": "aliases"})
"""What a property is called in front matter."""


def read(text: str) -> dict[str, Spot]:
    r"""Return the properties in *text* by their names in lower case; of two with one name the first counts.

    >>> {key: spot.plain for key, spot in read("title:: Our [[Ways]]\nalias:: a, [[b c]]\n").items()}
    {'title': 'Our Ways', 'aliases': ['a', 'b c']}
    """
    table: dict[str, Spot] = {}
    for match in LINE.finditer(text):
        key = match["key"].casefold()
        start, end = match.span("value") if match["value"] else (match.end(), match.end())
        typed = match["value"] or ""
        values = re.findall(r"[^\s,][^,]*", typed) if key in NAMES else [typed]
        plain = [re.sub(r"#?\[\[|\]\]", "", value).strip() or None for value in values] or [None]
        spots = tuple(Spot(value=value, at=start, end=end, bare=True) for value in plain)
        spot = spots[0] if len(spots) == 1 else Spot(value=spots, at=start, end=end)
        at, last = match.span("key")
        table.setdefault(LIKE.get(key, key), replace(spot, key_at=at, key_end=last))
    return table
