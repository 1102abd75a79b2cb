"""Which quotation marks belong together: doubles first, then singles inside each region of the doubles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from book.style.character_classes import CLASS, Class
from book.style.rules.quotes.marks import Mark, Role

MOST_DOUBTFUL = 8
"""Up to so many doubtful marks every assignment is tried."""
LONGEST_ELISION = 8
MOST_STEPS = 400_000
"""Bound of the work on one run: marks times assignments."""

Pairs = list[tuple["Mark | None", Mark]]


def pair_doubles(doubles: Sequence[Mark], *, open_before: bool = False) -> Mark | None:
    """Give the doubles of one run their roles and partners.

    Args:
        doubles: in order; those that have a role already are left out.
        open_before: whether a quotation from the paragraph before is still open.

    Returns:
        The mark that closes the quotation from before, or None.
    """
    free = [mark for mark in doubles if not mark.role]
    for mark in free:
        mark.partner = None
    doubtful = [mark for mark in free if mark.doubtful]
    best, pairs, chosen = (len(free) + 1, 0, 0), [], frozenset[int]()
    tries = max(1, MOST_STEPS // (len(free) + 1))
    for count, choice in enumerate(_assignments(doubtful, free)):
        if count >= tries or (not best[0] and len(choice) > best[1]):
            break
        lone, nested, found = _simulate(free, choice, open_before=open_before)
        # `"top 10" or "top 20" or a 5" one`: of two that leave nothing alone, the one that nests less.
        if (lone, len(choice), nested) < (best if lone == best[0] else (best[0], len(choice), nested)):
            best, pairs, chosen = (lone, len(choice), nested), found, choice
    closer = None
    for first, last in pairs:
        last.role = Role.CLOSE
        if first is None:
            closer = last
        else:
            first.role, first.partner, last.partner = Role.OPEN, last, first
    for mark in doubtful:
        if not mark.role and not mark.opens and id(mark) not in chosen:
            mark.role = Role.PRIME
    return closer


def _assignments(doubtful: list[Mark], free: list[Mark]) -> Iterator[frozenset[int]]:
    """Yield sets of doubtful marks that close: none, then the fewest, the last first."""
    yield frozenset()
    if len(doubtful) > MOST_DOUBTFUL:
        yield _likely(free)
        return
    for size in range(1, len(doubtful) + 1):
        for chosen in combinations(reversed(doubtful), size):
            yield frozenset(map(id, chosen))


def _likely(free: list[Mark]) -> frozenset[int]:
    """Return one good assignment in a single pass: before an opener or the end, the last doubtful mark closes what is open."""
    chosen: set[int] = set()
    depth = 0
    waiting: Mark | None = None
    for mark in free:
        if mark.doubtful:
            waiting = mark
        elif mark.opens:
            if waiting is not None and depth:
                chosen.add(id(waiting))
                depth -= 1
            waiting = None
            depth += 1
        elif mark.closes:
            depth, waiting = max(0, depth - 1), None
    if waiting is not None and depth:
        chosen.add(id(waiting))
    return frozenset(chosen)


def _simulate(free: list[Mark], closing: frozenset[int], *, open_before: bool) -> tuple[int, int, Pairs]:
    """Pair *free* on a stack; return how many are left alone, how many stand in another, and the pairs."""
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


def pair_singles(marks: Sequence[Mark], text: str) -> None:
    """Give the singles among *marks* their roles; doubles and regions are known.

    Args:
        marks: all marks of a run in order, with :attr:`Mark.region` set.
        text: the guarded text.
    """
    regions: dict[Mark | None, list[Mark]] = {}
    for mark in marks:
        if not mark.double and (not mark.role or mark.elides):
            regions.setdefault(mark.region, []).append(mark)
    for singles in regions.values():
        _pair_strong(singles)
        _pair_weak(singles)
        _pair_elisions(singles, text)
    for singles in regions.values():
        for mark in singles:
            if not mark.role:
                mark.role = _leftover(mark, text)


def _pair_strong(singles: list[Mark]) -> None:
    stack: list[Mark] = []
    for mark in singles:
        if mark.role or mark.weak:
            continue
        if mark.closes and (not mark.opens or mark.turn < 0 or (mark.turn == 0 and stack)):
            if stack:
                _join(stack.pop(), mark)
        elif mark.opens:
            stack.append(mark)


def _pair_weak(singles: list[Mark]) -> None:
    """Give each opener still alone the last weak closer before the next opener; else the last before the next lone one."""
    lone: Mark | None = None
    near: Mark | None = None  # before the next opener
    far: Mark | None = None  # after it, outside every pair
    passed = False
    skip: Mark | None = None  # the closer of the pair that is being passed
    for mark in singles:
        if skip is not None:
            # A lone opener inside the pair could not have a partner outside it.
            skip = None if mark is skip else skip
            if not (mark.opens and not mark.role):
                continue
        if mark.weak and not mark.role:
            if lone is not None and not passed:
                near = mark
            elif lone is not None:
                far = mark
        elif mark.role is Role.OPEN:
            passed, skip = True, mark.partner if lone is not None else None
        elif mark.role is Role.CLOSE:
            _settle(lone, near, far)
            lone, near, far, passed = None, None, None, False
        elif mark.opens and not mark.role and mark.glyph != "`":
            _settle(lone, near, far)
            lone, near, far, passed, skip = mark, None, None, False, None
    _settle(lone, near, far)


def _settle(lone: Mark | None, near: Mark | None, far: Mark | None) -> None:
    partner = near or far
    if lone is not None and partner is not None:
        _join(lone, partner)


def _pair_elisions(singles: list[Mark], text: str) -> None:
    """Let an apostrophe at a word's head open after all when a lone mark closes just that word, or it was typed so."""
    closer: Mark | None = None  # the lone mark after which nothing is paired
    for mark in reversed(singles):
        if mark.elides and mark.role is Role.APOSTROPHE:
            if closer is not None and _closes_elision(mark, closer, text):
                _join(mark, closer)
                closer = None
        elif mark.role:
            closer = None
        elif mark.closes and not mark.opens:
            closer = mark


def _closes_elision(mark: Mark, closer: Mark, text: str) -> bool:
    """Say whether *closer* closes what looked like a word without its head: ``'cause'``, ``'24'``, ``‘cause and effect’``."""
    length = closer.start - mark.end
    if mark.glyph == "‘" and closer.glyph == "’" and not closer.weak:
        return True
    word = text[mark.end : closer.start] if length <= LONGEST_ELISION else ""
    return word.isalpha() or (word.isdecimal() and length == len("24"))


def _join(first: Mark, last: Mark) -> None:
    first.role, last.role = Role.OPEN, Role.CLOSE
    first.partner, last.partner = last, first


def _leftover(mark: Mark, text: str) -> Role:
    """Return what a single without a partner is."""
    if mark.glyph == "`":
        return Role.STAYS
    if mark.glyph in "‹›『』‚":
        return Role.NONE
    before = CLASS[text[mark.start - 1]] if mark.start else Class.SPACE
    after = CLASS[text[mark.end]] if mark.end < len(text) else Class.SPACE
    if mark.weak and text[mark.start - 1] not in "sxzSXZ":
        return Role.PRIME if mark.straight else Role.APOSTROPHE
    if mark.closes and before == Class.LETTER:
        return Role.APOSTROPHE
    if mark.opens and after == Class.LETTER:
        return Role.APOSTROPHE
    return Role.NONE
