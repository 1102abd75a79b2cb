"""Pairs the doubles of one run with a stack; several attempts are made if a mark may be a prime."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from book.style.rules.quotes.marks import Mark, Role

MOST_DOUBTFUL = 8
"""The most doubtful marks for which every assignment is tried."""
MOST_STEPS = 400_000
"""Limit of the work on one run: marks times assignments."""

Pairs = list[tuple["Mark | None", Mark]]


def pair_doubles(doubles: Sequence[Mark], *, open_before: bool) -> Mark | None:
    """Give the doubles of one run their roles and partners.

    Args:
        doubles: the doubles in order; those that already have a role are skipped.
        open_before: whether a quotation from the previous paragraph is still open.

    Returns:
        The mark that closes that quotation, or None.
    """
    free = [mark for mark in doubles if not mark.role]
    for mark in free:
        mark.partner = None
    doubtful = [mark for mark in free if mark.doubtful]
    best, pairs, closers = (len(free) + 1, 0, 0), [], frozenset[int]()
    tries = max(1, MOST_STEPS // (len(free) + 1))
    for count, choice in enumerate(_assignments(doubtful, free)):
        if count >= tries or (not best[0] and len(choice) > best[1]):
            break
        lone, nested, paired = _simulate(free, choice, open_before=open_before)
        # `"top 10" or "top 20" or a 5" one`: of two assignments that leave nothing alone, the one with less nesting.
        if (lone, len(choice), nested) < (best if lone == best[0] else (best[0], len(choice), nested)):
            best, pairs, closers = (lone, len(choice), nested), paired, choice
    closer = None
    for first, last in pairs:
        last.role = Role.CLOSE
        if first is None:
            closer = last
        else:
            first.role, first.partner, last.partner = Role.OPEN, last, first
    _close_astray(free)
    for mark in doubtful:
        if not mark.role and not mark.opens and id(mark) not in closers:
            mark.role = Role.PRIME
    return closer


def _close_astray(free: Sequence[Mark]) -> None:
    """If two openers stay alone and the second has its space on the wrong side, let it close the first."""
    opener: Mark | None = None
    for mark in free:
        if not mark.role and mark.only_opens:
            if opener is not None and mark.astray:
                opener.join(mark)
                opener = None
            else:
                opener = mark


def _assignments(doubtful: list[Mark], free: list[Mark]) -> Iterator[frozenset[int]]:
    """Yield sets of doubtful marks that close: first the empty set, then the smallest sets, the last marks first."""
    yield frozenset()
    if len(doubtful) > MOST_DOUBTFUL:
        yield _likely(free)
        return
    for size in range(1, len(doubtful) + 1):
        for marks in combinations(reversed(doubtful), size):
            yield frozenset(map(id, marks))


def _likely(free: list[Mark]) -> frozenset[int]:
    """Return one good assignment from a single pass: before an opener or the end, the last doubtful mark closes the open one."""
    closers: set[int] = set()
    depth = 0
    waiting: Mark | None = None
    for mark in free:
        if mark.doubtful:
            waiting = mark
        elif mark.opens:
            if waiting is not None and depth:
                closers.add(id(waiting))
                depth -= 1
            waiting = None
            depth += 1
        elif mark.closes:
            depth, waiting = max(0, depth - 1), None
    if waiting is not None and depth:
        closers.add(id(waiting))
    return frozenset(closers)


def _simulate(free: list[Mark], closing: frozenset[int], *, open_before: bool) -> tuple[int, int, Pairs]:
    """Pair *free* with a stack; return how many stay alone, how many are nested, and the pairs."""
    stack: list[Mark | None] = [None] if open_before else []
    pairs: Pairs = []
    lone = nested = 0
    for mark in free:
        if mark.doubtful:
            if id(mark) not in closing:
                if mark.opens:
                    stack.append(mark)
                continue
            closes = True
        elif mark.opens and mark.closes:
            closes = mark.turn < 0 or (mark.turn == 0 and bool(stack))
        elif mark.opens or mark.closes:
            closes = mark.closes
        else:
            lone += 1
            continue
        if not closes:
            stack.append(mark)
        elif stack:
            pairs.append((stack.pop(), mark))
            nested += bool(stack)
        else:
            lone += 1
    return lone + len(stack) - stack.count(None), nested, pairs
