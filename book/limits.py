"""How much time and memory a piece of work may take: what exceeds it is stopped where it stands, on Linux and macOS alike.

While a limit holds, a timer looks every few hundredths of a second of processor time how long the work has taken and how
much memory it has come to. Handler and timer of an outer limit, or of whoever calls us, go on meanwhile and come back after.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Literal

TICK = 0.02
"""Seconds of processor time between two looks."""
WAITING = 2
"""How many times as long the work may take by the clock on the wall: a busy machine is no fault of the work."""
PATIENCE = 1.0
"""Seconds of processor time until an exception that somebody swallowed is raised again."""
MEBIBYTE = 1 << 20


class Exceeded(Exception):
    """Some work took more time or memory than it may, or was about to make something out of all measure (``size``)."""

    def __init__(self, what: Literal["time", "memory", "size"], said: str) -> None:
        """Say in *said*, for people, what the limit was."""
        self.what = what
        self.said = said
        super().__init__(said)


@contextlib.contextmanager
def within(*, seconds: float, mebibytes: float | None = None) -> Iterator[None]:
    """Let what stands in the ``with`` block take *seconds* of processor time, and *mebibytes* more memory than there is now.

    By the clock on the wall it may take :data:`WAITING` times as long.
    Signals reach the main thread alone: in another thread nothing is limited.

    Raises:
        Exceeded: at whatever line the work had come to.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    end, latest = time.process_time() + seconds, time.monotonic() + WAITING * seconds
    most = resident() + mebibytes * MEBIBYTE if mebibytes else float("inf")
    quiet, due, every = 0.0, float("inf"), 0.0
    running = True

    def look(number: int, frame: FrameType | None) -> None:
        nonlocal quiet, due
        now = time.process_time()
        if now >= due:
            due = now + every if every else float("inf")
            if callable(before):
                before(number, frame)
        if not running or now < quiet:
            return
        if now > end or time.monotonic() > latest:
            quiet = now + PATIENCE
            raise Exceeded("time", f"{seconds:g} s")
        if resident() > most:
            quiet = now + PATIENCE
            raise Exceeded("memory", f"{mebibytes:g} MiB")

    before = signal.signal(signal.SIGPROF, look)
    signal.siginterrupt(signal.SIGPROF, False)  # no library need know of it
    left, every = signal.setitimer(signal.ITIMER_PROF, TICK, TICK)
    # When the timer of whoever was there before would next have called.
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


def resident() -> int:
    """Return how many bytes of memory this process has now; where the system does not say, the most that it ever had."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/self/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
