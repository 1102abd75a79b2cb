"""The meaning of the marks in an edited text, and their form when typed straight."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

DOUBLES = {
    "en": "“”", "de": "»«„“”", "fr": "«»", "es": "«»", "it": "«»", "pl": "„”", "sv": "”", "hu": "„”", "cs": "„“", "nb": "«»",
}  # fmt: skip
"""The outer marks of each language, as the editions here have them; all others are typed as singles."""
MARKS = frozenset("\"'“”„«»‘’‚‹›′″")
DESTINATION = re.compile(r"(\]\([^)\s]*\))")
STOPS = frozenset(",.!?;:—…”)-")

OPENS, CLOSES, APOSTROPHE = "opens", "closes", "apostrophe"
# What a glyph can stand for, in the editions and in what Handbound sets.
ROLES: dict[str, dict[str, tuple[str, ...]]] = {
    "de": {"»": (OPENS,), "›": (OPENS,), "„": (OPENS,), "‚": (OPENS,), "«": (CLOSES,), "‹": (CLOSES,), "“": (CLOSES,), "‘": (CLOSES,)},
    "cs": {"„": (OPENS,), "‚": (OPENS,), "“": (CLOSES,), "‘": (CLOSES,)},
    "pl": {"„": (OPENS,), "«": (OPENS,), "‚": (OPENS,), "‘": (OPENS,), "”": (CLOSES,), "»": (CLOSES,), "’": (CLOSES, APOSTROPHE)},
    "hu": {"„": (OPENS,), "»": (OPENS,), "”": (CLOSES,), "«": (CLOSES,)},
    "sv": {"”": (OPENS, CLOSES), "’": (OPENS, CLOSES, APOSTROPHE)},
    **{
        family: {"«": (OPENS,), "“": (OPENS,), "‘": (OPENS,), "»": (CLOSES,), "”": (CLOSES,), "’": (CLOSES, APOSTROPHE)}
        for family in ("fr", "es", "it", "nb")
    },
}  # fmt: skip


def straighten(markdown: str, language: str, *, dashes: bool = False) -> str:
    """Return *markdown* as typed on a keyboard: with straight marks and, with *dashes*, hyphens in ranges."""
    return "".join(
        piece if number % 2 else _straight(piece, language, dashes=dashes)
        for number, piece in enumerate(DESTINATION.split(markdown))
    )


def _straight(text: str, language: str, *, dashes: bool) -> str:
    if language == "fr":
        text = re.sub(r"(?<=[«‹])[ \u00a0\u202f](?=\S)|(?<=\S)[ \u00a0\u202f](?=[»›])", "", text)
    doubles = DOUBLES[language] + ("″" if language == "en" else "")
    singles = "‘’′" if language == "en" else "".join(set("“”„«»‘’‚‹›") - set(doubles))
    text = text.translate(str.maketrans(doubles + singles, '"' * len(doubles) + "'" * len(singles)))
    return re.sub(r"(?<=\d)–(?=\d)|(?<= )–(?= )", "-", text) if dashes else text


def right(edited: str, done: str, language: str) -> bool:
    """Return whether the glyph *done* agrees with *edited*: the same glyph in English, the same role elsewhere."""
    if language == "en":
        return edited == done
    roles = ROLES[language]
    wanted = roles.get(edited, (APOSTROPHE,))
    return any(role in wanted for role in roles.get(done, (APOSTROPHE,)))


def swap(text: str) -> str | None:
    """Return English *text* with its two levels of marks swapped, or None where it is in doubt what closes."""
    spots = [(found.start(), found[0]) for found in re.finditer("[“”‘’′″\"']", text)]
    if any(glyph in "′″\"'" for _, glyph in spots):
        return None
    closers = frozenset(_closers(text, spots))
    if len(closers) != sum(glyph == "‘" for _, glyph in spots):
        return None
    letters = list(text)
    for at, glyph in spots:
        if glyph != "’" or at in closers:
            letters[at] = {"“": "‘", "”": "’", "‘": "“", "’": "”"}[glyph]
    return "".join(letters)


def _closers(text: str, spots: list[tuple[int, str]]) -> Iterator[int]:
    """Yield where a ’ closes: after a stop, or as the last one before the quotation that it stands in ends."""
    stack: list[str] = []
    for number, (at, glyph) in enumerate(spots):
        if glyph in "“‘":
            stack.append(glyph)
        elif glyph == "”":
            while stack and stack.pop() == "‘":
                pass
        elif (
            stack[-1:] == ["‘"]
            and _can_close(text, at)
            and (text[at - 1] in STOPS or not any(_rest(text, spots[number:])))
        ):
            stack.pop()
            yield at


def _rest(text: str, spots: list[tuple[int, str]]) -> Iterator[int]:
    """Yield the ’ after the first of *spots* that can close what is open there."""
    depth = 0
    for (_, before), (at, glyph) in pairwise(spots):
        depth += (before == "“") - (glyph == "”")
        if depth < 0 or (glyph == "‘" and not depth):
            return
        if glyph == "’" and not depth and _can_close(text, at):
            yield at


def _can_close(text: str, at: int) -> bool:
    before, after = text[max(0, at - 1) : at], text[at + 1 : at + 2]
    return bool(before.strip("*_ \n")) and not after.isalnum()
