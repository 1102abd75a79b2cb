"""Temporary folders that the next run removes if their process was killed.

A process holds a lock on each of its folders as long as it lives, however it ends. So a folder that can be locked is one that nobody
uses: no number of a process is compared, which another one may have later, or in another container with the same folder.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from book.seal.files import is_at

PREFIX = "handbound-scratch-"
"""The beginning of their names; nothing else of Handbound's begins with it."""
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def begin() -> tuple[Path, int]:
    """Return a new temporary folder of this process, and the handle that holds its lock; :func:`end` takes both.

    The first one of a process removes those that killed ones left.
    """
    _sweep_once()
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        try:
            handle = os.open(folder, DIRECTORY)
        except FileNotFoundError:  # another run took it for an abandoned one before it was locked
            continue
        try:
            _lock(handle)
        except BlockingIOError:  # another run takes it for an abandoned one, and removes it
            os.close(handle)
            continue
        except OSError:  # a disk without locks: nobody can take it for one
            return folder, handle
        if is_at(handle, folder):
            return folder, handle
        os.close(handle)


def end(folder: Path, handle: int) -> None:
    """Remove a *folder* of :func:`begin`, and let its lock go."""
    shutil.rmtree(folder, ignore_errors=True)
    os.close(handle)


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """Yield a temporary folder for the ``with`` block."""
    path, handle = begin()
    try:
        yield path
    finally:
        end(path, handle)


def sweep() -> None:
    """Remove the folders of this user that no process has locked."""
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX):
                with contextlib.suppress(OSError):
                    _remove_abandoned(Path(entry.path))


_sweep_once = functools.cache(sweep)


def _remove_abandoned(path: Path) -> None:
    """Remove the folder *path* if it is this user's and nobody holds its lock."""
    handle = os.open(path, DIRECTORY)
    try:
        if os.fstat(handle).st_uid == os.geteuid():
            _lock(handle)
            if is_at(handle, path):
                shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(handle)


def _lock(handle: int) -> None:
    """Lock the folder of *handle*.

    Raises:
        BlockingIOError: another process holds the lock.
        OSError: the disk has no locks.
    """
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
