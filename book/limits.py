"""Limits of time and memory for a piece of work: work that exceeds them is stopped at its current line, on Linux and macOS.

While a limit holds, a timer checks every few hundredths of a second of processor time how long the work has taken and how
much memory it uses. The handler and timer of an outer limit, or of our caller, stay active and are restored afterwards.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import inspect
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import Literal

from book.stopping import is_swallowed

TICK = 0.05
"""Seconds of processor time between two checks."""
WAITING = 10
"""Limit of wall time as a multiple of the limit of processor time: on a busy machine, other programs take most of the time."""
PATIENCE = 1.0
"""Seconds of processor time until an exception that was swallowed is raised again."""
MEBIBYTE = 1 << 20
PAGE = os.sysconf("SC_PAGE_SIZE")


class Exceeded(Exception):
    """Some work exceeded its limit of time or memory, or was about to make something too large (``size``)."""

    def __init__(self, reason: Literal["time", "memory", "size"], limit: str) -> None:
        """Record the limit; *limit* is its text for messages."""
        self.reason = reason
        self.limit = limit
        super().__init__(limit)


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Turn Python's collector of reference cycles off for the ``with`` block.

    Trees hold no cycles, but millions of small objects: looking through them again and again takes as long as reading a book.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


SELDOM = (2_000_000, 10, 10)
"""After how many new objects Python looks for cycles while pages are laid out, by itself after 700: only within a long chapter (:func:`tidy`)."""
LITTER = 200_000
"""How many objects that are new, or are no longer needed, :func:`tidy` leaves where they are."""
ROOM = 160 * MEBIBYTE
"""By how much a process may grow before :func:`tidy` looks for cycles at all."""
MUCH = 128 * MEBIBYTE
"""How much memory a process must have so that :func:`give_back` looks for some that is not used."""
_least = 0
"""The bytes of memory of this process when :func:`tidy` was called first."""


def tidy(litter: int = LITTER) -> None:
    """Let Python look for cycles, and give memory back, if this process has become much larger than it was here first.

    Little of what is laid out is in cycles (:mod:`book.paged.render.cycles`), and where the pages of most chapters are gone, looking for it
    takes less time than among the boxes of pages that are being made; a short book never needs it.

    Args:
        litter: do nothing if no more objects than this are new, or no longer needed.
    """
    global _least  # noqa: PLW0603 - of this process
    if not _least:
        _least = resident()
    elif gc.get_count()[0] > litter and resident() - _least > ROOM:
        gc.collect()
        give_back()


def give_back() -> None:
    """Give memory that is no longer used back to the system, if this process has :data:`MUCH`: the C library would keep it."""
    if resident() > MUCH:
        with contextlib.suppress(OSError, AttributeError):  # of glibc alone
            ctypes.CDLL(None).malloc_trim(0)


@contextlib.contextmanager
def settled() -> Iterator[None]:
    """Let Python's collector of reference cycles pass over everything that exists now, for the ``with`` block.

    A book that is read stays as it is while its editions are made: looking through it again and again takes a twentieth of their time.
    So does looking for cycles among the boxes of pages as often as Python does by itself (:data:`SELDOM`, :func:`tidy`).
    Memory that earlier work needs no longer goes back to the system first (:func:`give_back`).
    Where the caller has set objects of its own aside, these are not let go of: they could not be told apart afterwards.
    """
    give_back()
    apart, often, was_on = gc.get_freeze_count(), gc.get_threshold(), gc.isenabled()
    if not apart:
        gc.freeze()
    gc.set_threshold(*SELDOM)
    gc.enable()
    try:
        yield
    finally:
        if not was_on:  # a process that is about to end
            gc.disable()
        gc.set_threshold(*often)
        if not apart:
            gc.unfreeze()


@contextlib.contextmanager
def within(*, seconds: float, mebibytes: float | None = None) -> Iterator[None]:
    """Limit the ``with`` block to *seconds* of processor time, and to *mebibytes* more memory than the process has now.

    It may take :data:`WAITING` times as long in wall time.
    Signals only reach the main thread: in another thread nothing is limited.
    An import is never stopped: half of a package would stay behind, and break every later use of it in this process.

    Raises:
        Exceeded: at the line that the work had reached.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    end, latest = time.process_time() + seconds, time.monotonic() + WAITING * seconds
    most = resident() + mebibytes * MEBIBYTE if mebibytes else float("inf")
    quiet, due, every = 0.0, float("inf"), 0.0
    running, imports = True, _imports(inspect.currentframe())

    def look(number: int, frame: FrameType | None) -> None:
        nonlocal quiet, due
        now = time.process_time()
        if now >= due:
            due = now + every if every else float("inf")
            if callable(before):
                before(number, frame)
        if not running or now < quiet:
            return
        late = now > end or time.monotonic() > latest
        if not (late or resident() > most) or _imports(frame) > imports or is_swallowed(frame):
            return
        quiet = now + PATIENCE
        raise Exceeded("time", f"{seconds:g} s") if late else Exceeded("memory", f"{mebibytes:g} MiB")

    before = signal.signal(signal.SIGPROF, look)
    signal.siginterrupt(signal.SIGPROF, False)  # system calls are restarted
    left, every = signal.setitimer(signal.ITIMER_PROF, TICK, TICK)
    # When the earlier timer would have fired next.
    due = time.process_time() + left if left else float("inf")
    try:
        try:
            yield
        finally:
            running = False
    finally:
        left = max(due - time.process_time(), TICK / 1000) if due < float("inf") else 0
        signal.setitimer(signal.ITIMER_PROF, left, every)
        signal.signal(signal.SIGPROF, before if before is not None else signal.SIG_DFL)


def _imports(frame: FrameType | None) -> int:
    """Return how many frames of Python's import system are on the stack of *frame*."""
    count = 0
    while frame is not None:
        count += frame.f_code.co_filename.startswith("<frozen importlib._bootstrap")
        frame = frame.f_back
    return count


def resident() -> int:
    """Return how many bytes of memory this process uses; if the system does not report it, the maximum so far."""
    with (
        contextlib.suppress(OSError, ValueError, IndexError),
        open("/proc/self/statm", "rb", buffering=0) as file,  # noqa: PTH123 - pathlib takes twice as long, and a timer asks
    ):
        return int(file.read().split()[1]) * PAGE
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
