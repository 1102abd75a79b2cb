"""Remembered results: content digest -> file; an entry that is damaged, or none of ours, is noticed and made again.

An entry is a file ``<folder>/<stage>/<key>`` that begins with a digest of its name and of what follows. It is data, never code: what reads one
holds it for no better than the chapter it was made from. Nothing breaks when the folder is deleted, read-only or full.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from book import seal

VERSION = 2
"""Of the form of an entry."""
STAGES = ("tree", "inlines", "formulas", "drawings", "fonts", "fits")
"""The folders of the cache; `book clean` looks into no other."""


RENEWED = 86_400
"""Seconds after which an entry that is used again counts as a new one, so that what nobody uses is the oldest."""


@dataclass(slots=True)
class Tally:
    """How many results of a stage were remembered, and how many made."""

    remembered: int = 0
    made: int = 0


TALLY: dict[str, Tally] = {}
"""What this process has asked for so far, by stage; it changes no result."""


def key(*parts: str | bytes) -> str:
    """Return the digest of *parts*, in which no two different lists of parts agree.

    >>> key("ab", "c") == key("a", "bc")
    False
    """
    total = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "big"))
        total.update(data)
    return total.hexdigest()


def remember(
    folder: Path | None,
    stage: str,
    entry: str,
    make: Callable[[], bytes],
    sound: Callable[[bytes], bool] = bool,
) -> bytes:
    """Return what *make* gave the last time for *entry*, or call it now and keep what it gives.

    Args:
        folder: the cache; None switches it off.
        stage: one of :data:`STAGES`.
        entry: a :func:`key` over everything the result depends on.
        make: computes the result; whatever it raises is passed on and nothing is kept.
        sound: whether an entry has the form of a result: somebody else may have written it. What *make* gives is not asked.

    Raises:
        ValueError: there is no such stage.
    """
    if stage not in STAGES:
        raise ValueError(f"{stage} is not in STAGES")
    if folder is None:
        return make()
    path = folder / stage / entry
    tally = TALLY.setdefault(stage, Tally())
    data = _entry_at(path, stage, entry)
    if data is not None and sound(data):
        tally.remembered += 1
        return data
    tally.made += 1
    data = make()
    with contextlib.suppress(OSError):  # a cache that cannot be written is only slower
        if not path.parent.is_symlink():
            path.parent.mkdir(parents=True, exist_ok=True)
            seal.write(path, _seal(stage, entry, data) + data, durable=False)
    return data


def holds(folder: Path | None, stage: str, entry: str) -> bool:
    """Return whether there is something for *entry*; whether it is sound is known only when it is read."""
    return folder is not None and (folder / stage / entry).is_file()


def _seal(stage: str, entry: str, data: bytes) -> bytes:
    """Return the 32 bytes with which an entry begins: one that was damaged, or has another's name, has others."""
    return hashlib.sha256(f"{VERSION} {stage} {entry} ".encode() + data).digest()


def _entry_at(path: Path, stage: str, entry: str) -> bytes | None:
    """Return what the entry *path* holds; None where there is none, or none that one would read: a link, a pipe, a damaged one."""
    try:
        if path.parent.is_symlink():
            return None
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            state = os.fstat(handle)
            data = file.read() if stat.S_ISREG(state.st_mode) and state.st_size <= seal.LARGEST else b""
            if data and time.time() - state.st_mtime > RENEWED:
                with contextlib.suppress(OSError):  # a cache that cannot be written
                    os.utime(handle)
    except OSError:
        return None
    return data[32:] if data[:32] == _seal(stage, entry, data[32:]) else None


def trim(folder: Path | None, most: int) -> int:
    """Remove the oldest entries until all of them together have at most *most* bytes; return how many were removed.

    Call it while nobody else builds into the output folder. What is no entry stays.
    """
    entries: list[tuple[float, int, Path]] = []
    for place in (folder / stage for stage in STAGES) if folder and not folder.is_symlink() else ():
        if place.is_symlink() or not place.is_dir():
            continue
        for path in place.iterdir():
            with contextlib.suppress(OSError):
                state = path.lstat()
                if seal.is_digest(path.name) and stat.S_ISREG(state.st_mode):
                    entries.append((state.st_mtime, state.st_size, path))
    total = sum(size for _, size, _ in entries)
    removed = 0
    for _, size, path in sorted(entries):
        if total <= most:
            break
        with contextlib.suppress(OSError):
            path.unlink()
            total -= size
            removed += 1
    return removed
