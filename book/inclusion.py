"""The files that chapters include: they are in the book, so they are not reported as left out, and are printed only once."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec.structs import replace

from book import dialects, sidebar
from book.problems import Omission, Problem
from book.sidebar.way import paths, walk
from book.values import Gathered, Reading


def rewritten(read: Reading[Gathered]) -> tuple[Reading[Gathered], dialects.Rewriting]:
    """Return *read* corrected for the files that its chapters include, and its chapters rewritten by their dialects.

    A chapter that the order does not name is dropped if other chapters include all of its lines. Problems that count files left out,
    or placed at the end, are reworded without the files that are included.
    """
    rewriting = _rewritten_chapters(read)
    order = read.value.sidebar
    dropped = rewriting.repeated(entry.path for entry in walk(order.entries) if entry.is_appended and entry.path)
    if dropped:
        order = sidebar.without(order, dropped)
        read = replace(read, value=replace(read.value, sidebar=order))
        rewriting = _rewritten_chapters(read)
    elsewhere = rewriting.included - set(paths(order.entries))
    return replace(read, problems=tuple(_without_included(read.problems, elsewhere))), rewriting


def _rewritten_chapters(read: Reading[Gathered]) -> dialects.Rewriting:
    """Return the chapters of the order, rewritten by their dialects."""
    listed = set(paths(read.value.sidebar.entries))
    texts = (chapter for chapter in read.value.manuscripts if chapter.path in listed)
    return dialects.read(texts, read.request.source, read.settings, read.site, read.request.cache)


def _without_included(problems: Collection[Problem], included: Collection[str]) -> Iterator[Problem]:
    """Yield *problems*; those that count files, without the *included* ones."""
    for problem in problems:
        fresh = problem.without(included) if isinstance(problem, Omission) else problem
        if fresh is not None:
            yield fresh
