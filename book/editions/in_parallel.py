"""Chapters of an edition laid out in several processes, into the cache in which the process that makes the edition looks for them.

No chapter depends on another, so each process takes the longest chapter that nobody has taken yet. Pages are the same, byte for byte,
however many processes there are, and if one of them dies: what it did not finish is laid out by the one that makes the edition.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from msgspec import Struct

from book import cache, labels, limits, theme, workers
from book.edition import Edition
from book.model import Book
from book.paged import segments
from book.seal import scratch
from book.settings import Limits
from book.theme import Theme

LEAST = 100_000
"""Letters of HTML to lay out: fewer take less time than starting a process, which costs as much as some 25 pages."""
MEMORY = 300 << 20
"""Bytes that a process needs (measured: at most 190 MiB, for a book of 250 pages)."""
MOST_MEMORY = 2048 << 20
"""The most bytes for all processes that make one edition."""

Name = Any
"""What names a chapter, where it is laid out: its slug, for a handout with the paper."""
LayOut = Callable[[Name], object]
"""Lays out a chapter into the cache."""
Begin = Callable[[Book, Edition, Theme, Any], LayOut]
"""Prepares to lay out chapters of an edition; another process finds it by its name, so it is a function of a module."""


class Chapters(Struct, frozen=True, kw_only=True):
    """The chapters of an edition, seen from the process that makes it."""

    book: Book
    edition: Edition
    theme: Theme
    unremembered: Callable[[], Mapping[Name, int]]
    """Returns the chapters that are not cached, each with the length of its HTML."""
    lay_out: LayOut
    begin: Begin
    """Returns the same as ``lay_out`` in another process."""
    more: Any = None
    """The last argument of ``begin``."""


class Share(Struct, frozen=True, kw_only=True):
    """What a process needs to know of an edition."""

    book: Book
    edition: Edition
    theme: str
    home: Path | None
    cache: Path
    limits: Limits
    begin: Begin
    more: Any
    names: tuple[Name, ...]
    """The chapters that are not cached, the longest first."""
    claims: Path
    """The folder in which each process notes the chapters that it takes."""


def lay_out(chapters: Chapters, pool: Executor | None = None, count: int | None = None) -> None:
    """Lay out the chapters that are not cached, if that is worth other processes; an error in one of them is no error here.

    Args:
        chapters: of the edition.
        pool: runs the calls; it is not shut down. None: processes of this machine.
        count: how many calls there are; None: as many as its theme allows and memory suffices for.
    """
    look = chapters.theme
    if count is None:
        count = min(look.helpers, (MOST_MEMORY - limits.resident()) // MEMORY)
    if count < 1 or look.cache is None:
        return
    lengths = chapters.unremembered()
    if pool is None and sum(lengths.values()) < LEAST:
        return
    names = tuple(sorted(lengths, key=lambda name: (-lengths[name], name)))
    with scratch.folder() as folder:
        share = _share(chapters, names, folder)
        own = workers.Processes(count, seconds=look.limits.pages_seconds) if pool is None else None
        try:
            calls = [(pool or own).submit(lay_out_share, share) for _ in range(count)]  # type: ignore[union-attr]
            _take(chapters.lay_out, share)
            _await(calls)
        except BaseException:
            if own is not None:
                own.shutdown(wait=False, cancel_futures=True)
            raise
        if own is not None:
            own.shutdown()


def _share(chapters: Chapters, names: tuple[Name, ...], claims: Path) -> Share:
    look = chapters.theme
    assert look.cache  # noqa: S101 - lay_out has looked
    return Share(
        book=chapters.book,
        edition=chapters.edition,
        theme=look.name,
        home=look.root,
        cache=look.cache,
        limits=look.limits,
        begin=chapters.begin,
        more=chapters.more,
        names=names,
        claims=claims,
    )


def lay_out_share(share: Share) -> int:
    """Lay out chapters of *share* until none is left, in a process that knows nothing else of the book; return how many."""
    parent = os.getppid()
    labels.own.set(share.book.metadata.labels)
    look: Theme = theme.load(share.theme, share.home, share.cache, share.limits).for_edition(share.edition)
    most = share.limits
    with limits.settled(), limits.within(seconds=most.pages_seconds, mebibytes=most.pages_mebibytes):
        begun = share.begin(share.book, share.edition, look, share.more)
        count = _take(begun, share, lambda: os.getppid() == parent)
    if os.getppid() != parent:  # whoever asked was killed, and nobody else knows the folder
        shutil.rmtree(share.claims, ignore_errors=True)
    return count


def _take(lay_out: LayOut, share: Share, may_go_on: Callable[[], bool] = lambda: True) -> int:
    """Lay out one chapter of *share* after the other that no process has taken, while it *may_go_on*; return how many."""
    count = 0
    for number in _free(share.names, share.claims, may_go_on):
        lay_out(share.names[number])
        count += 1
    return count


def _free(names: Sequence[Name], claims: Path, may_go_on: Callable[[], bool] = lambda: True) -> Iterator[int]:
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
