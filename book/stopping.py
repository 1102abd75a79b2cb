"""How a run of the command ends when a signal asks for it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn


class Stopped(BaseException):
    """A signal asked the run to end; everything in the making is discarded as it propagates."""

    def __init__(self, number: int) -> None:
        self.status = 128 + number
        self.stands = ""
        """What is said of the editions, if it is not what is said of those of one book."""
        super().__init__(number)


@contextmanager
def listening_for_the_end() -> Iterator[None]:
    """End on SIGTERM and SIGINT with a one-line message, unless a calling program handles these signals."""

    def end(number: int, _: FrameType | None) -> NoReturn:
        raise Stopped(number)

    ours = {}
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)
        if before in (signal.SIG_DFL, signal.SIG_IGN, signal.default_int_handler):
            try:
                signal.signal(number, end)
            except ValueError:  # not the main thread
                break
            ours[number] = before
    try:
        yield
    finally:
        for number, before in ours.items():
            signal.signal(number, before)
