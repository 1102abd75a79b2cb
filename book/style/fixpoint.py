"""Repeated edits: after its marks are changed, a run is read again, until nothing changes.

If every mark has a partner, one reading is enough. Next to unmatched or crossed marks, a corrected neighbour can be better
evidence than the typed one; the edits of the second reading are then converted to offsets of the first text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate

from msgspec.structs import replace

from book.style.runs import TEXT, Edit, Run, edited

# A stretch of the edited text: its start there, and the edit that made it, or its offset before the edits.
Stretch = tuple[int, int, Edit | None]


def applied(run: Run, edits: Sequence[Edit]) -> Run:
    """Return *run* with *edits* applied; it has no positions.

    >>> from book.style.runs import plain
    >>> applied(plain("a...b", "en"), [Edit(1, 4, "…", "ellipsis")]).text
    'a…b'
    """
    if not edits:
        return run

    ends = [edit.end for edit in edits]
    grown = [0, *accumulate(len(edit.new) - (edit.end - edit.start) for edit in edits)]

    def moved(offset: int) -> int:
        return offset + grown[bisect_right(ends, offset)]

    return replace(
        run,
        text=edited(run.text, edits),
        guarded=edited(run.guarded, edits),
        languages=tuple((moved(start), tag) for start, tag in run.languages),
        steps=tuple((TEXT, moved(step[1]), moved(step[2])) for step in run.steps if step[0] == TEXT),
        starts=(),
        spots=(),
        loose=(),
    )


def composed(first: Sequence[Edit], second: Sequence[Edit], length: int) -> tuple[Edit, ...]:
    """Return the edits of a text of *length* characters that have the effect of *first* followed by *second*.

    >>> composed([Edit(0, 3, "…", "ellipsis")], [Edit(0, 2, "?", "dash")], 5)
    (Edit(start=0, end=4, new='?', rule='ellipsis'),)
    """
    stretches = _stretches(first, length)
    starts = [stretch[0] for stretch in stretches]
    result = {edit.start: edit for edit in first}
    for edit in second:
        head_at, tail_at = (bisect_right(starts, at) - 1 for at in (edit.start, edit.end - 1))
        covered = [earlier for _, _, earlier in stretches[head_at : tail_at + 1] if earlier is not None]
        if any(result.get(earlier.start) is not earlier for earlier in covered):
            continue  # two edits of one character: the second must wait
        (begin, low, head), (end, high, tail) = stretches[head_at], stretches[tail_at]
        prefix = head.new[: edit.start - begin] if head else ""
        suffix = tail.new[edit.end - end :] if tail else ""
        for earlier in covered:
            del result[earlier.start]
        start = head.start if head else low + edit.start - begin
        rule = covered[0].rule if covered else edit.rule
        result[start] = Edit(start, tail.end if tail else high + edit.end - end, prefix + edit.new + suffix, rule)
    return tuple(sorted(result.values(), key=lambda earlier: earlier.start))


def origins(first: Sequence[Edit], length: int) -> Callable[[int], tuple[int, bool]]:
    """Return a function from an offset of the edited text to the offset before *first*, and whether an edit made the character.

    >>> origins([Edit(1, 4, "…", "ellipsis")], 5)(2)
    (4, False)
    """
    stretches = _stretches(first, length)
    starts = [stretch[0] for stretch in stretches]

    def original(offset: int) -> tuple[int, bool]:
        at, old, edit = stretches[bisect_right(starts, offset) - 1]
        return (edit.start, True) if edit else (old + offset - at, False)

    return original


def _stretches(edits: Sequence[Edit], length: int) -> list[Stretch]:
    stretches: list[Stretch] = []
    new = old = 0
    for edit in edits:
        if edit.start > old:
            stretches.append((new, old, None))
            new += edit.start - old
        if edit.new:
            stretches.append((new, edit.start, edit))
            new += len(edit.new)
        old = edit.end
    if old < length or not stretches:
        stretches.append((new, old, None))
    return stretches
