"""Where the time of a build goes: pieces of work by kind and name, timed only while somebody asks for it."""

from __future__ import annotations

import contextlib
import resource
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from msgspec import Struct

T = TypeVar("T")


class Time(Struct):
    """Seconds that went into one thing, and how often it was begun."""

    wall: float = 0.0
    cpu: float = 0.0
    calls: int = 0

    def add(self, wall: float, cpu: float) -> None:
        """Add one piece of work."""
        self.wall += wall
        self.cpu += cpu
        self.calls += 1


Times = dict[tuple[str, str], Time]
"""By kind and name of the work."""

_watches: list[Times] = []


@contextlib.contextmanager
def watching() -> Iterator[Times]:
    """Yield a table that receives the times of all work in the block."""
    times: Times = {}
    _watches.append(times)
    try:
        yield times
    finally:
        _watches.remove(times)


@contextlib.contextmanager
def timed(kind: str, name: str) -> Iterator[None]:
    """Time the block as the work *name* of a *kind*, with the processor time of this thread."""
    if not _watches:
        yield
        return
    wall, cpu = time.perf_counter(), time.thread_time()
    try:
        yield
    finally:
        add(kind, name, time.perf_counter() - wall, time.thread_time() - cpu)


def add(kind: str, name: str, wall: float, cpu: float) -> None:
    """Add work that was timed elsewhere."""
    for times in _watches:
        times.setdefault((kind, name), Time()).add(wall, cpu)


def measured(make: Callable[[], T]) -> tuple[T, float, float]:
    """Return what *make* gives, and the seconds of wall and processor time that it took, with those of its processes."""
    wall, cpu = time.perf_counter(), used()
    value = make()
    return value, time.perf_counter() - wall, used() - cpu


def used() -> float:
    """Return the processor time in seconds of this process and of the children that it waited for."""
    usages = (resource.getrusage(process) for process in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
