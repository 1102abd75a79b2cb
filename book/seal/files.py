"""Files in an output folder, read and written whole, never through a link."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from book.problems import Kind, PublishError, Severity, Subject
from book.refusals import WRITING_FIXES
from book.seal.names import CACHE, HIDDEN, NEW

LARGEST = 64_000_000
"""The most bytes of a journal, a ledger or a report: they have some kilobytes; for 20,000 chapters, some megabytes."""
CANNOT_WRITE = Kind("W101", Severity.ERROR, "an output cannot be written; existing editions are unchanged")
NOT_A_FOLDER = Kind(
    "W110", Severity.ERROR, "something else has the name of a folder or file that a build keeps for itself"
)
MOVE = "move it away and build again"


EPOCH = 315532800
"""1980-01-01, the earliest date of a zip entry (APPNOTE 4.4.6); the date of a book that has none."""


def digest(data: bytes) -> str:
    """Return the SHA-256 of *data* as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def is_digest(value: object) -> bool:
    """Return whether *value* is a SHA-256 in the form that :func:`digest` returns."""
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def write(path: Path, data: bytes, *, durable: bool = True, mode: int = 0o644) -> None:
    """Write *data* to *path* so that a reader sees either the old file or the new one, never a part.

    Args:
        path: the file; its folder exists.
        data: the whole content.
        durable: whether to wait until the data is on the disk (a cache need not).
        mode: the permissions of the file; everybody may read an edition.

    Raises:
        OSError: from the system; *path* is then unchanged and no temporary file is left.
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
    """Wait until the names in *folder* are on the disk."""
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


def can_be_read(folder: Path) -> bool:
    """Return whether the *folder* of a cache can be read, if it exists."""
    return os.access(folder, os.R_OK | os.X_OK) or not os.path.lexists(folder)


def cache_in(out: Path) -> Path | None:
    """Return the cache that builds left in the output folder *out*; None if there is none, or none that can be read."""
    cache = out / CACHE
    return cache if is_folder(out / HIDDEN) and is_folder(cache) and can_be_read(cache) else None


def link_of(path: Path) -> str | None:
    """Return the target of the link at *path*, None if there is no link."""
    try:
        return os.readlink(path)  # noqa: PTH115 - as it is written, not as a path
    except OSError:
        return None


def own_folder(path: Path) -> Path:
    """Return *path*, one of Handbound's own folders, which need not exist.

    Raises:
        PublishError: something else has its name.
    """
    if os.path.lexists(path) and not is_folder(path):
        message = "this is a link or a file; Handbound needs a folder of its own here"
        raise PublishError(NOT_A_FOLDER.at(Subject(name=str(path)), message, fix=MOVE))
    return path


def own_file(path: Path) -> None:
    """Raise :class:`PublishError` if *path* is a folder."""
    if is_folder(path):
        message = "this is a folder; Handbound needs a file of its own here"
        raise PublishError(NOT_A_FOLDER.at(Subject(name=str(path)), message, fix=MOVE))


def lock(path: Path, wait: Callable[[], object] = lambda: None) -> int:
    """Wait for the lock file *path* and return its handle; the lock is held until the handle is closed.

    Args:
        path: the file, created if necessary, as is its folder.
        wait: is called once if somebody else holds the lock.

    Raises:
        PublishError: it is not a regular file.
    """
    is_told = False
    while True:
        path.parent.mkdir(exist_ok=True)
        try:
            handle = _opened(path)
        except FileNotFoundError:  # the previous holder has removed the folder, too
            continue
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not is_told:
                    wait()
                is_told = True
                fcntl.flock(handle, fcntl.LOCK_EX)
            if is_at(handle, path):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)  # the previous holder has removed the file


def _opened(path: Path) -> int:
    """Return a handle of the lock file *path*, created if necessary."""
    handle = -1
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o644)
        if stat.S_ISREG(os.fstat(handle).st_mode):
            return handle
        os.close(handle)
    if os.path.lexists(path) and not stat.S_ISREG(path.lstat().st_mode):
        message = "this is not a file; Handbound needs a file of its own here"
        raise PublishError(NOT_A_FOLDER.at(Subject(name=str(path)), message, fix=MOVE))
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)  # for its error


def is_at(handle: int, path: Path) -> bool:
    """Return whether the file or folder of *handle* is still at *path*."""
    with contextlib.suppress(OSError):
        return os.path.samestat(os.fstat(handle), path.lstat())
    return False


def contents(path: Path) -> bytes | None:
    """Return the content of the file *path*; None if nothing has its name; empty if it is not a file, or larger than any of ours."""
    handle = _reading(path)
    if handle is None:
        return b"" if os.path.lexists(path) else None
    with os.fdopen(handle, "rb") as file:
        return file.read() if os.fstat(handle).st_size <= LARGEST else b""


def is_file(path: Path) -> bool:
    """Return whether :func:`digest_of` would return a digest."""
    handle = _reading(path) if is_folder(path.parent) else None
    if handle is not None:
        os.close(handle)
    return handle is not None


def digest_of(path: Path) -> str | None:
    """Return the digest of the file *path*, None if there is none."""
    handle = _reading(path) if is_folder(path.parent) else None
    if handle is None:
        return None
    with os.fdopen(handle, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


MARKS = {
    ".html": (b'<meta name="generator" content="Handbound',),
    ".pdf": (b"Handbound",),
    ".json": (b'"checks"', b'"works"', b'"page_map"'),
}
"""The ending of a file -> what it contains if a build wrote it."""


def names_handbound(path: Path) -> bool:
    """Return whether the file *path* itself says that a build wrote it: where the ledger is lost, as in a clone, nothing else does."""
    handle = _reading(path)
    if handle is None:
        return False
    with os.fdopen(handle, "rb") as file:
        if path.suffix == ".epub":
            return _package_names_handbound(file)
        data = file.read()
        return path.suffix in MARKS and all(mark in data for mark in MARKS[path.suffix])


def _package_names_handbound(file: BinaryIO) -> bool:
    try:
        with zipfile.ZipFile(file) as package:
            names = [item for item in package.infolist() if item.filename.endswith(".opf") and item.file_size < LARGEST]
            return any(b"Handbound" in package.read(item) for item in names)
    except (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError, RuntimeError, ValueError):
        return False


def _reading(path: Path) -> int | None:
    """Return a handle of the regular file *path*; None if there is none that may be read."""
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
    """Turn an error of the system into a one-line :class:`PublishError` that names *path*."""
    try:
        yield
    except OSError as error:
        place = Subject(name=str(error.filename or path))
        if isinstance(error, FileExistsError | NotADirectoryError):
            raise PublishError(
                CANNOT_WRITE.at(place, "this is a file, not a folder", fix="name a folder: -o OUT")
            ) from error
        message = f"cannot write here: {error.strerror or error}"
        fix = WRITING_FIXES.get(error.errno or 0, "choose another folder with -o")
        raise PublishError(CANNOT_WRITE.at(place, message, fix=fix)) from error
