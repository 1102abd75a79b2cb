"""Files in an output folder, read and written whole, and never through a link."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from book.problems import Kind, Place, PublishError, Severity
from book.seal.names import NEW

LARGEST = 64_000_000
"""Bytes of a journal, a ledger or a report; theirs are some kilobytes, for a book of 20,000 chapters some megabytes."""
CANNOT_WRITE = Kind("W101", Severity.ERROR, "an output cannot be written; existing editions are unchanged")
NOT_A_FOLDER = Kind(
    "W110", Severity.ERROR, "something else has the name of a folder or file that a build keeps for itself"
)
MOVE = "move it away and build again"


EPOCH = 315532800
"""1980-01-01, the first moment a zip entry can have (APPNOTE 4.4.6); the date of a book that has none."""


def digest(data: bytes) -> str:
    """Return the SHA-256 of *data* as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def is_digest(value: object) -> bool:
    """Return whether *value* is a SHA-256 as :func:`digest` gives it."""
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def write(path: Path, data: bytes, *, durable: bool = True, mode: int = 0o644) -> None:
    """Write *data* to *path* so that a reader sees the old file or the new one, never a part.

    Args:
        path: the file; its folder exists.
        data: the whole content.
        durable: whether to wait until the disk has it (a cache need not).
        mode: who may do what with the file; an edition is for everybody.

    Raises:
        OSError: as the system says; *path* is then as it was and no temporary file is left.
    """
    descriptor, name = tempfile.mkstemp(prefix=NEW, dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        Path(name).chmod(mode)  # mkstemp makes 0600
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    if durable:
        sync(path.parent)


def sync(folder: Path) -> None:
    """Wait until the disk knows the names in *folder*."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_folder(path: Path) -> bool:
    """Return whether *path* is a folder itself, not a link to one."""
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def link_of(path: Path) -> str | None:
    """Return what the link at *path* says, None where there is no link."""
    try:
        return os.readlink(path)  # noqa: PTH115 - as it is written, not as a path
    except OSError:
        return None


def own_folder(path: Path) -> Path:
    """Return the folder *path* of ours, which need not be there.

    Raises:
        PublishError: something else has its name.
    """
    if os.path.lexists(path) and not is_folder(path):
        message = "this is a link or a file; Handbound needs a folder of its own here"
        raise PublishError(NOT_A_FOLDER.at(Place(path=str(path)), message, fix=MOVE))
    return path


def own_file(path: Path) -> None:
    """Refuse to go on where *path* is a folder."""
    if is_folder(path):
        message = "this is a folder; Handbound needs a file of its own here"
        raise PublishError(NOT_A_FOLDER.at(Place(path=str(path)), message, fix=MOVE))


def lock(path: Path) -> int:
    """Return a handle of the lock file *path*, which is held until it is closed; wait for whoever holds it.

    Raises:
        PublishError: it is no regular file.
    """
    while True:
        handle = _opened(path)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if os.path.lexists(path) and os.path.samestat(path.lstat(), os.fstat(handle)):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)  # whoever held it has removed it


def _opened(path: Path) -> int:
    """Return a handle of the file *path* of ours, made if need be."""
    handle = -1
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o644)
        if stat.S_ISREG(os.fstat(handle).st_mode):
            return handle
        os.close(handle)
    if os.path.lexists(path) and not stat.S_ISREG(path.lstat().st_mode):
        message = "this is not a file; Handbound needs a file of its own here"
        raise PublishError(NOT_A_FOLDER.at(Place(path=str(path)), message, fix=MOVE))
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)  # to be told what is wrong


def contents(path: Path) -> bytes | None:
    """Return what the file *path* holds, None where nothing has its name; empty when it is no file, or too large to be ours."""
    handle = _reading(path)
    if handle is None:
        return b"" if os.path.lexists(path) else None
    with os.fdopen(handle, "rb") as file:
        return file.read() if os.fstat(handle).st_size <= LARGEST else b""


def digest_of(path: Path) -> str | None:
    """Return the digest of the file *path*, None where there is none."""
    handle = _reading(path) if is_folder(path.parent) else None
    if handle is None:
        return None
    with os.fdopen(handle, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _reading(path: Path) -> int | None:
    """Return a handle of the regular file *path*; None where there is none that one may read."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.EACCES):
            return None
        raise
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    return None


@contextlib.contextmanager
def reported(path: Path) -> Iterator[None]:
    """Turn the system's error into one line that names *path*."""
    try:
        yield
    except OSError as error:
        place = Place(path=str(error.filename or path))
        message = f"cannot write here: {error.strerror or error}"
        fix = "free some disk space, or choose another folder with -o"
        raise PublishError(CANNOT_WRITE.at(place, message, fix=fix)) from error
