"""Caches the measures that each chapter needed, so that an unchanged chapter is not fitted by trial again.

An entry is small and holds for one chapter in one edition. It is checked like a stranger's file. In any case the book is
laid out once more with the measures, and whatever then does not fit is still fitted.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from msgspec.structs import replace

from book import cache
from book.paged.filling import STARTS, UP, Filling
from book.paged.fit import NOTE_STEPS, Fitting, Key
from book.paged.page_ends import Part
from book.paged.pages import LONG_TABLE, TALL_TABLE
from book.stopwatch import timed

STAGE = "fits"
TABLES = ("steps", "pieces", "tall", "figures", "codes")
"""The fields of a :class:`Fitting` with a measure for each table, figure or listing."""
MOST_BLOCKS = 10_000_000
"""The largest number of a block that an entry may contain."""
FIELDS = ("tries", "astray", "ended", "start", "fills", "lines", "spaces", "early", "settled")
"""The fields of an entry that hold for the whole chapter."""
PART = r"[1-9][0-9]{0,6}\.(?:0|[1-9][0-9]{0,6})"
"""The name of a block or an item of a list: its numbers."""
MOST = 10_000
"""The largest column, or number of columns, that an entry may contain."""


def recall(
    folder: Path | None, inputs: tuple[str | bytes, ...], slug: str, fitting: Fitting, make: Callable[[], Fitting]
) -> Fitting:
    """Return *fitting* with the measures that the chapter *slug* needs: the cached ones, or those that *make* finds.

    Args:
        folder: the cache folder; None for no cache.
        inputs: everything that the measures depend on.
        slug: the chapter.
        fitting: the measures so far; those for this chapter need no layout.
        make: returns *fitting* with the measures of this chapter.
    """

    def find() -> bytes:
        with timed("layout", slug):
            return written(make(), slug)

    data = cache.remember(
        folder,
        STAGE,
        cache.key(cache.program(), *inputs),
        find,
        lambda data: _read(data, slug, fitting) is not None,
    )
    result = _read(data, slug, fitting)
    assert result is not None  # noqa: S101 - remember asked for it, or it was written just now
    return result


def written(fitting: Fitting, slug: str) -> bytes:
    """Return the measures of the chapter *slug* as a cache entry."""
    filling = fitting.fillings.get(slug, Filling())
    tables: dict[str, Any] = {}
    for name in TABLES:
        table = cast("Mapping[Key, Any]", getattr(fitting, name))
        tables[name] = {number: value for (chapter, number), value in sorted(table.items()) if chapter == slug}
    entry = {
        **tables,
        "tries": fitting.tries.get(slug, 0),
        "astray": sorted(note for chapter, note in fitting.astray if chapter == slug),
        "ended": fitting.ended.get(slug, ""),
        "start": filling.start,
        "fills": {str(number): fill for number, fill in sorted(filling.fills.items())},
        "lines": {str(number): lines for number, lines in sorted(filling.lines.items())},
        "spaces": {f"{number}.{item}": space for (number, item), space in sorted(filling.spaces.items())},
        "early": [f"{number}.{lines}" for number, lines in sorted(filling.early)],
        "settled": filling.settled,
    }
    return json.dumps(entry).encode()


def _read(data: bytes, slug: str, fitting: Fitting) -> Fitting | None:
    """Return *fitting* with the measures in the cache entry *data*; None if it is not valid."""
    try:
        entry = json.loads(data)
    except ValueError:
        return None
    if not _sound(entry, len(fitting.ladder.steps)):
        return None
    merged: dict[str, Any] = {
        name: {
            **getattr(fitting, name),
            **{(slug, number): _value(name, value) for number, value in entry[name].items()},
        }
        for name in TABLES
    }
    fills = {int(number): (step, after) for number, (step, after) in entry["fills"].items()}
    lines = {int(number): lines for number, lines in entry["lines"].items()}
    early = frozenset(map(_part, entry["early"]))
    spaces = {_part(name): space for name, space in entry["spaces"].items()}
    filling = Filling(
        start=entry["start"], fills=fills, lines=lines, spaces=spaces, early=early, settled=entry["settled"]
    )
    return replace(
        fitting,
        **merged,
        fillings={**fitting.fillings, **({slug: filling} if filling != Filling() else {})},
        tries={**fitting.tries, **({slug: entry["tries"]} if entry["tries"] else {})},
        astray=fitting.astray | {(slug, note) for note in entry["astray"]},
        ended={**fitting.ended, **({slug: entry["ended"]} if entry["ended"] else {})},
    )


def _value(name: str, value: Any) -> Any:
    return tuple(map(tuple, value)) if name == "pieces" else value


def _sound(entry: Any, steps: int) -> bool:
    """Return whether *entry* has the form of an entry for a ladder of *steps* steps."""
    if not isinstance(entry, dict) or entry.keys() != {*TABLES, *FIELDS}:
        return False
    if not all(isinstance(entry[name], dict) for name in (*TABLES, "fills", "lines", "spaces")):
        return False
    return (
        all(_whole(value, steps - 1) for value in entry["steps"].values())
        and all(_columns(value) for value in entry["pieces"].values())
        and all(value in (LONG_TABLE, TALL_TABLE) for value in entry["tall"].values())
        and all(_height(value) for value in entry["figures"].values())
        and all(_whole(value, MOST) for value in entry["codes"].values())
        and _whole(entry["tries"], len(NOTE_STEPS))
        and isinstance(entry["ended"], str)
        and _whole(entry["start"], len(STARTS) - 1)
        and all(_fill(number, fill) for number, fill in entry["fills"].items())
        and all(_number(number) and _whole(lines, MOST) for number, lines in entry["lines"].items())
        and isinstance(entry["early"], list)
        and all(isinstance(name, str) and re.fullmatch(PART, name) for name in entry["early"])
        and all(re.fullmatch(PART, name) and _height(space) for name, space in entry["spaces"].items())
        and type(entry["settled"]) is bool
        and isinstance(entry["astray"], list)
        and all(isinstance(note, str) for note in entry["astray"])
    )


def _whole(value: Any, most: int) -> bool:
    return type(value) is int and 0 <= value <= most


def _fill(number: str, fill: Any) -> bool:
    return (
        _number(number)
        and isinstance(fill, list)
        and len(fill) == 2
        and _whole(fill[0], UP)
        and _whole(fill[1], MOST_BLOCKS)
    )


def _part(name: str) -> Part:
    """Return the block or the item of a list with a *name* in an entry."""
    number, _, item = name.partition(".")
    return int(number), int(item)


def _number(number: str) -> bool:
    """Return whether *number* may be that of a block."""
    return re.fullmatch("[1-9][0-9]{0,6}", number) is not None


def _height(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and value > 0


def _columns(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(piece, list) and all(_whole(column, MOST) for column in piece) for piece in value
    )
