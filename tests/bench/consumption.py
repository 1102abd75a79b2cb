"""What processes that a bench starts consume: processor time and memory."""

from __future__ import annotations

import os
import resource
import threading
from pathlib import Path


def used() -> float:
    """Return the processor time, in seconds, of all processes that this one has started and that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def record_memory(pid: int, over: threading.Event, most: list[int]) -> None:
    """Record in *most* the memory, in bytes, of the process *pid* and its children, until *over* is set; on Linux only."""
    while not over.wait(0.1):
        most[0] = max(most[0], _resident(pid))


def _resident(pid: int) -> int:
    total, rest = 0, [pid]
    while rest:
        process = Path("/proc", str(rest.pop()))
        try:
            total += int((process / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            rest += [
                int(child) for task in (process / "task").iterdir() for child in (task / "children").read_text().split()
            ]
        except OSError:  # it has ended, or this is no Linux
            continue
    return total
