"""Chapters of an edition laid out in several processes, into the cache in which the process that makes the edition looks for them.

No chapter depends on another, so each process takes the longest chapter that nobody has taken yet. Pages are the same, byte for byte,
however many processes there are, and if one of them dies: what it did not finish is laid out by the one that makes the edition.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from book import cache, labels, limits, theme, workers
from book.edition import Edition
from book.model import Book
from book.paged import segments
from book.settings import Limits
from book.theme import Theme

if TYPE_CHECKING:
    from book.editions.joined_pdf import Chapters

LEAST = 100_000
"""Letters of HTML to lay out: fewer take less time than starting a process, which costs as much as some 25 pages."""
MEMORY = 300 << 20
"""Bytes that a process needs (measured: at most 190 MiB, for a book of 250 pages)."""
MOST_MEMORY = 2048 << 20
"""The most bytes for all processes that make one edition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What a process needs to know of an edition."""

    book: Book
    edition: Edition
    theme: str
    home: Path | None
    cache: Path
    limits: Limits
    tagged: bool
    names: tuple[str, ...]
    """The chapters that are not cached, the longest first."""
    numbers: Mapping[str, int]
    """Likely page numbers, by id."""
    claims: Path
    """The folder in which each process notes the chapters that it takes."""


def lay_out(chapters: Chapters, pool: Executor | None = None, count: int | None = None) -> None:
    """Lay out the chapters that are not cached, if that is worth other processes; an error in one of them is no error here.

    Args:
        chapters: of the edition.
        pool: runs the calls; it is not shut down. None: processes of this machine.
        count: how many calls there are; None: as many as its theme allows and memory suffices for.
    """
    look = chapters.source.theme
    if count is None:
        count = min(look.helpers, (MOST_MEMORY - limits.resident()) // MEMORY)
    if count < 1 or look.cache is None:
        return
    numbers = chapters.likely()
    lengths = chapters.unremembered(numbers)
    if pool is None and sum(lengths.values()) < LEAST:
        return
    names = tuple(sorted(lengths, key=lambda name: (-lengths[name], name)))
    with tempfile.TemporaryDirectory(prefix="handbound-") as folder:
        share = _share(chapters, names, numbers, Path(folder))
        own = workers.Processes(count, seconds=look.limits.pages_seconds) if pool is None else None
        try:
            calls = [(pool or own).submit(lay_out_share, share) for _ in range(count)]  # type: ignore[union-attr]
            _take(chapters, share)
            _await(calls)
        except BaseException:
            if own is not None:
                own.shutdown(wait=False, cancel_futures=True)
            raise
        if own is not None:
            own.shutdown()


def _share(chapters: Chapters, names: tuple[str, ...], numbers: Mapping[str, int], claims: Path) -> Share:
    source = chapters.source
    look = source.theme
    assert look.cache  # noqa: S101 - lay_out has looked
    return Share(
        book=source.book,
        edition=source.edition,
        theme=look.name,
        home=look.root,
        cache=look.cache,
        limits=look.limits,
        tagged=chapters.tagged,
        names=names,
        numbers=numbers,
        claims=claims,
    )


def lay_out_share(share: Share) -> int:
    """Lay out chapters of *share* until none is left, in a process that knows nothing else of the book; return how many."""
    from book.editions.joined_pdf import Chapters  # noqa: PLC0415 - it imports this module
    from book.editions.pages import Source  # noqa: PLC0415 - slow, and it needs Pango
    from book.paged.render import Renderer  # noqa: PLC0415 - the same

    parent = os.getppid()
    labels.own.set(share.book.metadata.labels)
    look: Theme = theme.load(share.theme, share.home, share.cache, share.limits).for_edition(share.edition)
    most = share.limits
    with limits.settled(), limits.within(seconds=most.pages_seconds, mebibytes=most.pages_mebibytes):
        source = Source(share.book, share.edition, look)
        chapters = Chapters(source, Renderer(source.resources.served), tagged=share.tagged)
        count = _take(chapters, share, lambda: os.getppid() == parent)
    if os.getppid() != parent:  # whoever asked was killed, and nobody else knows the folder
        shutil.rmtree(share.claims, ignore_errors=True)
    return count


def _take(chapters: Chapters, share: Share, may_go_on: Callable[[], bool] = lambda: True) -> int:
    """Lay out one chapter of *share* after the other that no process has taken, while it *may_go_on*; return how many."""
    count = 0
    for number in _free(share.names, share.claims, may_go_on):
        chapters.laid_out(share.names[number], share.numbers, segments.BEFORE)
        count += 1
    return count


def _free(names: Sequence[str], claims: Path, may_go_on: Callable[[], bool] = lambda: True) -> Iterator[int]:
    """Yield the numbers of the *names* that nobody has claimed, each claimed, while it *may_go_on*."""
    for number in itertools.takewhile(lambda _: may_go_on(), range(len(names))):
        with contextlib.suppress(FileExistsError):
            os.close(os.open(claims / str(number), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            yield number


def _await(calls: Sequence[Future[int]]) -> None:
    """Wait for *calls*, and count what they laid out: here it will seem to have been cached before."""
    for call in calls:
        with contextlib.suppress(Exception):  # whatever a process could not do fails here too, or succeeds
            made = call.result()
            cache.add({segments.STAGE: cache.Tally(remembered=-made, made=made)})
