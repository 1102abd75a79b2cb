"""The one way to write an output: temporary file, fsync, rename; a set of files is published whole or not at all.

A stage lies hidden in the output folder (``.handbound/``). When everything in it is made and proved, a journal is
written; from that moment the new set counts, and whoever starts next completes it if the renames were cut short.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from book.problems import Kind, Place, PublishError, Severity

HIDDEN = ".handbound"
JOURNAL = "journal.json"
LOCK = "lock"

CANNOT_WRITE = Kind("W101", Severity.ERROR, "an output cannot be written; what was there before stands")
IN_THE_WAY = Kind("W102", Severity.ERROR, "something that is not a file stands where an edition should go")

EPOCH = 315532800
"""1980-01-01, the first moment a zip entry can have (APPNOTE 4.4.6); the date of a book that has none."""


def digest(data: bytes) -> str:
    """Return the SHA-256 of *data* as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


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
    descriptor, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
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
        _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Stage:
    """A hidden folder in the output folder, in which one set of editions is made; use it in a ``with`` block.

    Entering takes the lock of the output folder (waiting for another build), completes a set that was cut short and
    removes what dead runs left. Leaving without :meth:`publish` leaves the earlier set as it was.
    """

    def __init__(self, folder: Path) -> None:
        """Prepare a stage for the output *folder*, which need not exist."""
        self.folder = folder
        self.path = folder / HIDDEN / "stage"
        self._lock: IO[bytes] | None = None

    def __enter__(self) -> Self:
        """Take the lock and clear the stage."""
        with _told(self.folder):
            (self.folder / HIDDEN).mkdir(parents=True, exist_ok=True)
            self._lock = (self.folder / HIDDEN / LOCK).open("ab")
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX)
                self._complete()
                shutil.rmtree(self.path, ignore_errors=True)
                for left in (*self.folder.glob(".*/.new-*"), *self.folder.glob(".*/*/.new-*")):
                    left.unlink()
                self.path.mkdir()
            except BaseException:
                self._lock.close()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the stage and give the lock back; a set whose renames were cut short is left for the next run."""
        if not (self.folder / HIDDEN / JOURNAL).exists():
            shutil.rmtree(self.path, ignore_errors=True)
        if self._lock:
            self._lock.close()

    def put(self, name: str, data: bytes) -> None:
        """Add one file to the set; *name* is relative to the output folder."""
        path = self.path / name
        with _told(self.folder / name):
            path.parent.mkdir(parents=True, exist_ok=True)
            write(path, data)

    def publish(self) -> None:
        """Move the whole set to its place.

        Raises:
            PublishError: the set cannot be written, or a folder stands in the way; the earlier set is untouched.
        """
        names = sorted(path.relative_to(self.path).as_posix() for path in self.path.rglob("*") if path.is_file())
        for name in names:
            target = self.folder / name
            if target.exists() and not target.is_file():
                place = Place(path=str(target))
                raise PublishError(IN_THE_WAY.at(place, "this is not a file", mend="move it away and build again"))
        with _told(self.folder):
            for name in names:
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            # From here on the new set counts: a run that is killed below is completed by the next one.
            write(self.folder / HIDDEN / JOURNAL, json.dumps(names).encode())
            self._complete()

    def _complete(self) -> None:
        """Carry out the journal, if there is one."""
        journal = self.folder / HIDDEN / JOURNAL
        try:
            names = json.loads(journal.read_bytes())
        except FileNotFoundError:
            return
        except ValueError:  # damaged: it was never whole, so nothing has moved
            names = []
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # moved before the run was cut short
                (self.path / name).replace(self.folder / name)
        for folder in {(self.folder / name).parent for name in names}:
            _sync(folder)
        journal.unlink()


def clean(folder: Path, names: Iterable[str], *, everything: bool) -> None:
    """Remove the hidden folders *names* of the output *folder*; *everything*: also each file that its report names.

    Nothing that the press did not write is touched.
    """
    with _told(folder):
        for name in (*names, *((HIDDEN,) if everything else ())):
            shutil.rmtree(folder / name, ignore_errors=True)
        if everything and (folder / "report.json").is_file():
            try:
                works = [str(work["path"]) for work in json.loads((folder / "report.json").read_bytes())["works"]]
            except (ValueError, TypeError, KeyError):  # damaged: it names nothing
                works = []
            for name in (*works, "index.html", "report.json"):
                if name and (folder / name).resolve().is_relative_to(folder.resolve()):
                    (folder / name).unlink(missing_ok=True)


@contextlib.contextmanager
def _told(path: Path):  # type: ignore[no-untyped-def] # noqa: ANN202 - a context manager
    """Turn the system's error into one line that names *path*."""
    try:
        yield
    except OSError as error:
        place = Place(path=str(error.filename or path))
        message = f"cannot write here: {error.strerror or error}"
        mend = "make room or choose another folder with -o"
        raise PublishError(CANNOT_WRITE.at(place, message, mend=mend)) from error
