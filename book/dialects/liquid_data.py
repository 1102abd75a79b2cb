"""Data of a Jekyll site in its chapters: `{{ site.data.team.lead }}`, and loops over lists that print nothing but values."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

from book.dialects.context import Context, value_of
from book.patterns import regex

ENDINGS = (".yml", ".yaml", ".json", ".toml")
MOST_ITEMS = 500
"""The most items of a list that a loop prints."""
_LOOP = regex(r"(?P<name>\w+)\s+in\s+(?P<list>[\w.-]+)")
_ASSIGN = r"\{%%-?\s*assign\s+%s\s*=\s*(?P<value>[\w.-]+)\s*-?%%\}"
_USE = regex(r"\{\{-?\s*(?P<name>[\w.-]+)\s*(?:\|\s*(?:strip|markdownify|escape|xml_escape)\s*)*-?\}\}")


def look_up(name: str, context: Context) -> object:
    """Return what a chapter means by *name*: something in the site's folder of data, or in its own front matter; None if it is not known."""
    first, _, rest = name.partition(".")
    if first == "page":
        return context.manuscript.front.values.get(rest)
    pieces = rest.split(".")
    if first != "site" or pieces[0] != "data":
        return None
    for count in range(2, len(pieces) + 1):
        path = "/".join(pieces[1:count])
        files = (context.data(f"_data/{path}{ending}") for ending in ENDINGS)
        level = next((data for data in files if data is not None), None)
        for piece in pieces[count:] if level is not None else ():
            level = level.get(piece) if isinstance(level, Mapping) else None
        if level is not None:
            return level
    return None


def looped(loop: str, body: str, above: str, context: Context) -> str | None:
    """Return what a loop prints; None if it does more than print values, or if they are not known.

    Args:
        loop: what its tag says, ``person in site.data.team``.
        body: the text between its tags.
        above: the text of the chapter above it, which may give the list another name.
        context: the context of the chapter.
    """
    match = _LOOP.fullmatch(loop.strip())
    if match is None or "{%" in body:
        return None
    name = match["list"]
    assigned = list(re.finditer(_ASSIGN % re.escape(name), above))
    items = look_up(assigned[-1]["value"] if assigned else name, context)
    if not isinstance(items, Sequence) or isinstance(items, str) or len(items) > MOST_ITEMS:
        return None
    pieces: list[str] = []
    for number, item in enumerate(items, 1):
        values = {match["name"]: item, "forloop": {"index": number, "index0": number - 1}}
        for before, use in itertools.zip_longest(*_divided(body)):
            pieces.append(before)
            if use is not None:
                value = value_of(use, values)
                if value is None:
                    return None
                pieces.append(value)
    text = "".join(pieces)
    return text if "{{" not in text and context.has_room(text) else None


def _divided(body: str) -> tuple[list[str], list[str]]:
    """Return the texts of *body* around the names of values, and these names."""
    parts = _USE.split(body)
    return parts[::2], parts[1::2]
