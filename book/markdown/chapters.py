"""Reads the chapters of a book together: their trees in batches, the short texts of their front matter in one run of pandoc."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from book.markdown import footnotes, pandoc, raw_marks, reader
from book.markdown.positions import moved
from book.model import NOWHERE, Draft, Manuscript, Nodes
from book.problems import Problem
from book.settings import Settings
from book.stopwatch import timed
from book.workers import CORES, in_order

Progress = Callable[[str], None]

BATCH = 160
"""The most chapters that one process of pandoc reads: its start and its memory cost as much as ten short ones."""
LETTERS = 400_000
"""The most letters of chapters that it reads together: it has a quarter of the time in which one chapter may be read."""
AHEAD = 2
"""Batches that are read before the chapters of the first one are wanted: their trees take memory."""


def read(
    manuscripts: Sequence[Manuscript],
    labels: Mapping[str, str | None],
    settings: Settings,
    cache: Path | None,
    progress: Progress,
    after: reader.After,
) -> Iterator[tuple[Draft, tuple[Problem, ...]]]:
    """Yield each of *manuscripts* as a draft, with the problems in its text; nothing of one depends on the others.

    Args:
        manuscripts: the chapter files to read.
        labels: the titles in the reading order, by path.
        settings: the settings of the book.
        cache: the folder in which trees are cached, or None.
        progress: called for each chapter that is read.
        after: applies the dialects of the book to a tree.

    Raises:
        ToolMissing: pandoc is not installed, or is too old.
    """
    if not manuscripts:
        return
    words = _front_matter(manuscripts, labels, settings, cache)
    every = trees(manuscripts, settings, cache)
    for number, (manuscript, (blocks, problems), choice) in enumerate(zip(manuscripts, every, words, strict=True), 1):
        progress(f"setting chapter {number} of {len(manuscripts)}")
        short = choice[reader.has_notes_of_the_title(blocks)]
        with timed("reading", manuscript.path):
            draft, faults = reader.parse(manuscript, blocks or (), short, settings, after)
        # For a chapter that could not be read, one problem is enough: that is why it has no title and no text.
        looped = {problem.place for problem in problems if problem.code == footnotes.LOOP.code}
        rest = (fault for fault in faults if fault.code != raw_marks.LEFT.code or fault.place not in looped)
        yield draft, problems if blocks is None else (*problems, *rest)


def _front_matter(
    manuscripts: Sequence[Manuscript], labels: Mapping[str, str | None], settings: Settings, cache: Path | None
) -> Iterator[tuple[reader.Words, reader.Words]]:
    """Yield the texts of the front matter of each manuscript: as they are, and without the calls of the notes of the title."""
    texts: list[tuple[str, ...]] = []
    for manuscript in manuscripts:
        front, nav = manuscript.front, labels.get(manuscript.path)
        title, label = front.title or "", nav or front.label or ""
        label = label if label != title else ""
        texts.append((title, label, reader.uncalled(title), reader.uncalled(label), *front.discussion))
    every = tuple(dict.fromkeys(text for own in texts for text in own))
    lines = dict(zip(every, reader.inlines(every, settings, cache), strict=True))
    for own in texts:
        title_, label_, bare, other, *questions = (moved(lines[text], NOWHERE, 0) for text in own)
        yield (
            reader.Words(title=title_, label=label_, questions=tuple(questions)),
            reader.Words(title=bare, label=other, questions=tuple(questions)),
        )


def trees(
    manuscripts: Sequence[Manuscript], settings: Settings, cache: Path | None
) -> Iterator[tuple[Nodes | None, tuple[Problem, ...]]]:
    """Yield the tree of each of *manuscripts*, None for one that pandoc cannot read, and the problems; many are read in one process."""

    def ask(batch: Sequence[Manuscript]) -> tuple[tuple[reader.Prepared, ...], tuple[bytes | None, ...]]:
        prepared = tuple(reader.prepare(manuscript, settings) for manuscript in batch)
        return prepared, reader.ahead(prepared, settings, cache)

    pool = ThreadPoolExecutor(CORES)
    try:
        with in_order(pool, ask, _batches(manuscripts), stop=pandoc.end, ahead=AHEAD) as answers:
            for prepared, answered in answers:
                for chapter, answer in zip(prepared, answered, strict=True):
                    yield reader.tree(chapter, settings, cache, answer)
    finally:
        pool.shutdown()  # after an early end no call is left that should not run pandoc
        pandoc.begin()


def _batches(manuscripts: Sequence[Manuscript]) -> Iterator[Sequence[Manuscript]]:
    """Yield *manuscripts* in as many batches as there are cores, or in more of at most :data:`BATCH` chapters and :data:`LETTERS` letters."""
    most = max(1, min(BATCH, -(-len(manuscripts) // CORES)))
    batch: list[Manuscript] = []
    letters = 0
    for manuscript in manuscripts:
        if batch and (len(batch) == most or letters + len(manuscript.text) > LETTERS):
            yield batch
            batch, letters = [], 0
        batch.append(manuscript)
        letters += len(manuscript.text)
    if batch:
        yield batch
