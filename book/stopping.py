"""How a run of the command ends when a signal asks for it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

GRACE = 3
"""Seconds for cleaning up, in which further signals change nothing; later ones end the process at once."""
RETRY = 0.02
"""Seconds after which a signal comes again that came where its exception would be lost."""


class Stopped(BaseException):
    """A signal asked the run to end; everything in the making is discarded as it propagates."""

    def __init__(self, number: int) -> None:
        self.status = 128 + number
        self.stands = ""
        """What is said of the editions, if it is not what is said of those of one book."""
        super().__init__(number)


_signals: dict[int, float] = {}
"""The signal that asked this process to end, and when."""


def hear(number: int) -> None:
    """Note that the signal *number* asks this process to end."""
    _signals.setdefault(number, time.monotonic())


def is_heard() -> bool:
    """Return whether a signal has asked this process to end: what it makes from now on may lack something.

    A library that catches every exception, as WeasyPrint does around an image, takes :class:`Stopped` for a broken image and goes on.
    """
    return bool(_signals)


def check() -> None:
    """Raise :class:`Stopped` once more if its exception was lost in a library."""
    for number in _signals:
        raise Stopped(number)


@contextmanager
def listening_for_the_end(*, is_whole: bool = False) -> Iterator[None]:
    """End on SIGTERM, SIGINT and SIGHUP (a terminal is closed) with a one-line message, unless a calling program handles these signals.

    A command that was started with ``nohup`` goes on without its terminal. Whoever presses Ctrl-C twice waits for the clean-up, too.

    Args:
        is_whole: whether the process ends with the block, so that no signal need be heard after it.
    """
    again = _Again()
    _signals.clear()

    def end(number: int, frame: FrameType | None) -> None:
        if _signals:
            if time.monotonic() > min(_signals.values()) + GRACE:
                os._exit(128 + number)
            return
        if is_swallowed(frame):
            again.begin(number)
            return
        again.end()
        hear(number)
        raise Stopped(number)

    ours = {}
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        before = signal.getsignal(number)
        if number == signal.SIGHUP and before is signal.SIG_IGN:
            continue
        if before in (signal.SIG_DFL, signal.SIG_IGN, signal.default_int_handler):
            try:
                signal.signal(number, end)
            except ValueError:  # not the main thread
                break
            ours[number] = before
    try:
        yield
    finally:
        again.end()
        for number, before in ours.items():
            signal.signal(number, signal.SIG_IGN if is_whole else before)
        _signals.clear()


class _Again:
    """Sends a signal to this process until it has been heard.

    Once is not enough: a signal just before the main thread begins to wait for something is heard only when the wait is over.
    """

    def __init__(self) -> None:
        self._is_due = False
        self._lock = threading.RLock()  # a signal may come while another one is heard

    def begin(self, number: int) -> None:
        if not self._is_due:
            self._is_due = True
            threading.Thread(target=self._send, args=(number,), daemon=True).start()

    def end(self) -> None:
        with self._lock:  # no signal comes after this
            self._is_due = False

    def _send(self, number: int) -> None:
        while True:
            time.sleep(RETRY)
            with self._lock:
                if not self._is_due:
                    return
                os.kill(os.getpid(), number)


def is_swallowed(frame: FrameType | None) -> bool:
    """Return whether Python would print and forget an exception raised in *frame*: in a callback of a weak reference, or a ``__del__``."""
    while frame is not None:
        code = frame.f_code
        if code.co_name == "__del__" or code.co_filename.endswith(("weakref.py", "_weakrefset.py")):
            return True
        frame = frame.f_back
    return False
