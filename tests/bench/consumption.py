"""What processes that a bench starts consume: processor time and memory."""

from __future__ import annotations

import contextlib
import os
import resource
import threading
from collections.abc import Iterator
from pathlib import Path


def used() -> float:
    """Return the processor time, in seconds, of all processes that this one has started and that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def used_by(pid: int) -> float:
    """Return the processor time, in seconds, of the process *pid* and its children, ended or not; on Linux only."""
    ticks = 0
    for process in _family(pid):
        with contextlib.suppress(OSError):
            # Its name, in brackets, may contain spaces.
            numbers = (process / "stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, numbers[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def record_memory(pid: int, over: threading.Event, most: list[int]) -> None:
    """Record in *most* the memory, in bytes, of the process *pid* and its children, until *over* is set; on Linux only."""
    while not over.wait(0.1):
        most[0] = max(most[0], _resident(pid))


def _resident(pid: int) -> int:
    total = 0
    for process in _family(pid):
        with contextlib.suppress(OSError):
            total += int((process / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return total


def _family(pid: int) -> Iterator[Path]:
    """Yield the folders in /proc of a process and its children."""
    rest = [pid]
    while rest:
        process = Path("/proc", str(rest.pop()))
        with contextlib.suppress(OSError):  # it has ended, or this is no Linux
            tasks = tuple((process / "task").iterdir())
            rest += [int(child) for task in tasks for child in (task / "children").read_text().split()]
        yield process
