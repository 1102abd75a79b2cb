"""The files that chapters include: they are in the book, so that they are not left out of it and stand in it only once."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from book import dialects, sidebar
from book.problems import Omission, Problem
from book.sidebar.way import paths
from book.values import Gathered, Reading


def rewritten(read: Reading[Gathered]) -> tuple[Reading[Gathered], dialects.Rewriting]:
    """Return *read* without what its includes make untrue, and its chapters as their dialects are read.

    A chapter at the end of the order, which only includes name, is dropped when other chapters include all of its lines; the
    problems that count files left out, or placed at the end, are worded again without the files that are included.
    """
    rewriting = _rewriting(read)
    order = read.value.sidebar
    dropped = rewriting.repeated(entry.path for entry in order.entries if entry.is_appended and entry.path)
    if dropped:
        order = sidebar.without(order, dropped)
        read = replace(read, value=replace(read.value, sidebar=order))
        rewriting = _rewriting(read)
    elsewhere = rewriting.included - set(paths(order.entries))
    return replace(read, problems=tuple(_true(read.problems, elsewhere))), rewriting


def _rewriting(read: Reading[Gathered]) -> dialects.Rewriting:
    """Return the chapters of the order as their dialects are read."""
    listed = set(paths(read.value.sidebar.entries))
    texts = (chapter for chapter in read.value.manuscripts if chapter.path in listed)
    return dialects.read(texts, read.request.source, read.settings, read.site)


def _true(problems: Collection[Problem], included: Collection[str]) -> Iterator[Problem]:
    """Yield *problems*, those that count files without the ones that are *included*."""
    for problem in problems:
        fresh = problem.without(included) if isinstance(problem, Omission) else problem
        if fresh is not None:
            yield fresh
