"""Reads the chapters of a book together: their trees in batches, the short texts of their front matter in one run of pandoc."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from book.markdown import footnotes, pandoc, raw_marks, reader
from book.model import Draft, Manuscript, Nodes, Sidebar
from book.problems import Problem
from book.settings import Settings
from book.sidebar.way import walk
from book.workers import CORES, in_order

Progress = Callable[[str], None]
After = Callable[[Manuscript, Nodes], tuple[Nodes, tuple[Problem, ...], Counter[str]]]
"""Changes the tree of a chapter after pandoc; returns the tree, the problems, and the words removed on purpose."""


def read(
    manuscripts: Iterable[Manuscript],
    sidebar: Sidebar,
    settings: Settings,
    cache: Path | None,
    progress: Progress,
    after: After,
) -> tuple[tuple[Draft, ...], tuple[Problem, ...]]:
    """Return the chapters that *sidebar* names, in its order, and the problems in their text.

    Args:
        manuscripts: the chapter files of the book, in any order.
        sidebar: the reading order.
        settings: the settings of the book.
        cache: the folder in which trees are cached, or None.
        progress: called for each chapter that is read.
        after: applies the dialects of the book to a tree.

    Raises:
        ToolMissing: pandoc is not installed, or is too old.
    """
    entries = {entry.path: entry for entry in walk(sidebar.entries) if entry.path}
    by_path = {manuscript.path: manuscript for manuscript in manuscripts}
    listed = [by_path[path] for path in entries if path in by_path]
    trees, problems = _trees(listed, settings, cache, progress)
    looped = {problem.place for problem in problems if problem.code == footnotes.LOOP.code}
    texts: list[str] = []
    for manuscript, blocks in zip(listed, trees, strict=True):
        front, nav = manuscript.front, entries[manuscript.path].title
        texts += [
            reader.uncalled(front.title or "", blocks),
            reader.uncalled(front.label or (nav if nav != front.title else None) or "", blocks),
            *front.discussion,
        ]
    lines = iter(reader.inlines(texts, settings, cache))
    drafts = []
    for manuscript, blocks in zip(listed, trees, strict=True):
        title, label, *questions = (next(lines) for _ in range(2 + len(manuscript.front.discussion)))
        words = reader.Words(title=title, label=label, questions=tuple(questions))
        draft, faults = reader.parse(manuscript, blocks or (), words, settings, after)
        drafts.append(draft)
        # A chapter that could not be read gets one problem only: the missing title and text follow from it.
        if blocks is not None:
            problems += (fault for fault in faults if fault.code != raw_marks.LEFT.code or fault.place not in looped)
    return tuple(drafts), tuple(problems)


BATCH = 40
"""The most chapters that one pandoc process reads: starting it costs as much as reading two or three of them."""


def _trees(
    manuscripts: list[Manuscript], settings: Settings, cache: Path | None, progress: Progress
) -> tuple[list[Nodes | None], list[Problem]]:
    """Return the tree of each manuscript, None for one that pandoc cannot read, and the problems."""
    trees: list[Nodes | None] = []
    problems: list[Problem] = []
    pandoc.begin()
    prepared = [reader.prepare(manuscript, settings) for manuscript in manuscripts]
    size = max(1, min(BATCH, -(-len(prepared) // CORES)))
    batches = [prepared[start : start + size] for start in range(0, len(prepared), size)]
    ask = functools.partial(reader.ahead, settings=settings, folder=cache)
    with in_order(ThreadPoolExecutor(CORES), ask, batches, stop=pandoc.end) as answers:
        for batch, answered in zip(batches, answers, strict=True):
            for chapter, answer in zip(batch, answered, strict=True):
                blocks, faults = reader.tree(chapter, settings, cache, answer)
                trees.append(blocks)
                problems += faults
                progress(f"setting chapter {len(trees)} of {len(manuscripts)}")
    return trees, problems
