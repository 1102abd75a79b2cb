"""The one way to write an output: temporary file, fsync, rename; a set of files is published whole or not at all.

A set is made in a hidden folder of the output folder (``.handbound/``). When all of it is made and proved, it takes the place
of the earlier set in one step, although no system can rename several files at once:

1. the earlier files get a second name in ``.handbound/old/`` (hard links), and ``.handbound/set`` is a link to ``old``;
2. a journal is written; then each file of the set becomes a symbolic link to ``.handbound/set/NAME``, one by one: whoever
   opens it still reads the earlier file (a file that the earlier set did not have cannot be opened yet);
3. ``.handbound/set`` is renamed to be a link to the new files: **this one rename changes the whole set**;
4. each link becomes the new file itself, one by one, by renames again; the journal is removed.

So whoever opens the files of the output folder reads the earlier set or the new one, at whichever event the run is killed. The
next run (`build`, `check`, `clean`) carries on from the journal: forward when step 3 was taken, else back. In between, and in the
moment of a kill, a listing may show links instead of files; when all is done they are plain files, which can be copied, zipped and
sent like any others. Other ways were weighed and left: swapping the output folder itself (``RENAME_EXCHANGE``) takes it away from
under a shell, a server or a container that stands in it, fails where it is a mount, and would have to carry over whatever else lies
there; links for good are lost on a memory stick and in file managers that copy the link.

Where a disk has no symbolic links (FAT) the renames of step 4 are made alone, back to back: a run that is killed between two of
them leaves a mixed set until the next run carries on from the journal.

Nothing here follows a link: what lies in the output folder may be a stranger's. A ledger (``.handbound/written.json``) knows
which files builds wrote, with their digests; nothing else is ever removed.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from book.catalogue import folders
from book.problems import Kind, Place, Problem, PublishError, Severity

HIDDEN = ".handbound"
CACHE = ".cache"
JOURNAL = "journal.json"
DOWNLOAD = "index.html"
"""The download page: it is of the set, and no edition."""
LEDGER = "written.json"
LOCK = "lock"
OLD = "old"
"""Where the earlier files of the set are kept while it changes."""
SET = "set"
"""The link that says which set counts while it changes."""
LINK = "link"
"""A link that is about to be renamed to its place."""
NEW = ".new-"
"""How the names of temporary files begin."""
NAME = rf"(?:{''.join(f'{folder}/|' for folder in folders())})\w[\w.-]*\.(?:epub|pdf|html)|report\.json"
"""The names of what a build writes into the output folder."""
LARGEST = 64_000_000
"""Bytes of a journal, a ledger or a report; theirs are some kilobytes, for a book of 20,000 chapters some megabytes."""
NOT_HERE = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})
"""What a disk says that has no links."""

CANNOT_WRITE = Kind("W101", Severity.ERROR, "an output cannot be written; existing editions are unchanged")
IN_THE_WAY = Kind("W102", Severity.ERROR, "something that is not a file is in the place of an edition")
NOT_A_FOLDER = Kind(
    "W110", Severity.ERROR, "something else has the name of a folder or file that a build keeps for itself"
)
NOT_OURS = Kind("W111", Severity.WARNING, "a file in the output folder that no build wrote, or that has changed since")
MOVE = "move it away and build again"

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
        _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Stage:
    """A hidden folder in the output folder, in which one set of editions is made; use it in a ``with`` block.

    Entering takes the lock of the output folder (waiting for another build), completes or takes back a set that was cut
    short and removes what dead runs left. Leaving without :meth:`publish` leaves the earlier set as it was.
    """

    def __init__(self, folder: Path) -> None:
        """Prepare a stage for the output *folder*, which need not exist."""
        self.folder = folder
        self.hidden = folder / HIDDEN
        self.path = self.hidden / "stage"
        self.published = False
        """Whether the new set stands."""
        self.problems: list[Problem] = []
        """What was found in the output folder that no build leaves there."""
        self.cache: Path | None = folder / CACHE
        """The folder for remembered results; None where something else has its name."""
        self._written: dict[str, Written] = {}
        self._editions: dict[str, str] = {}
        self._lock = -1

    def __enter__(self) -> Self:
        """Take the lock and clear the stage."""
        with _told(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            _own(self.hidden).mkdir(exist_ok=True)
            self._lock = _locked(self.hidden / LOCK)
            try:
                for name in ("stage", OLD):
                    _own(self.hidden / name)
                self._finish()
                self._clear()
                self._written = self._ledger()
                self.path.mkdir()
                self.published = False
                if not _is_folder(self.folder / CACHE) and os.path.lexists(self.folder / CACHE):
                    self.cache = None
                    self._found(CACHE, "this is not a folder of a build, so nothing is cached", "move it away")
            except BaseException:
                os.close(self._lock)
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the stage and give the lock back."""
        try:
            # What cannot be tidied now (a disk that is gone) is tidied by the next run.
            with contextlib.suppress(OSError):
                self._finish()
                self._clear()
        finally:
            os.close(self._lock)

    def put(self, name: str, data: bytes, edition: str = "") -> None:
        """Add one file to the set; *name* is relative to the output folder, *edition* says of which edition it is."""
        path = self.path / name
        with _told(self.folder / name):
            path.parent.mkdir(parents=True, exist_ok=True)
            write(path, data)
        self._editions[name] = edition

    def remove(self, name: str) -> None:
        """Take a file out of the set again."""
        (self.path / name).unlink(missing_ok=True)
        self._editions.pop(name, None)

    def distrust_cache(self) -> None:
        """Remember nothing in this run: what was remembered led astray."""
        self.cache = None
        self._found(CACHE, "this cache is not Handbound's; it is not used", "remove it: book clean")

    def paths(self, edition: str) -> tuple[str, ...]:
        """Return the files of *edition* in the set."""
        return tuple(name for name, one in self._editions.items() if one == edition)

    def standing(self, edition: str) -> tuple[str, ...]:
        """Return the files of *edition* that an earlier build wrote and that still are as it wrote them."""
        return tuple(
            name
            for name, one in self._written.items()
            if one.edition == edition and name not in self._editions and _digest_of(self.folder / name) in one.digests
        )

    def publish(self, gone: Iterable[str] = ()) -> None:
        """Put the whole set in the place of the earlier one, in one step for whoever reads the output folder.

        Args:
            gone: files of :meth:`standing` that are not to stay beside the new set.

        Raises:
            PublishError: the set cannot be written, or something that is no file stands in the way; the earlier set is
                untouched.
        """
        gone = tuple(gone)
        with _told(self.folder):
            put = {name: digest((self.path / name).read_bytes()) for name in sorted(self._editions)}
            for name in (*put, *gone):
                self._free(name)
            for folder in sorted({(self.folder / name).parent for name in put} - {self.folder}):
                folder.mkdir(exist_ok=True)
            # Known before it stands: what is killed below has left nothing that `clean` would not know.
            self._keep_ledger(put, gone, earlier=True)
            changed = {name: value for name, value in put.items() if _digest_of(self.folder / name) != value}
            if len(changed) == 1 and not gone:
                (name,) = changed
                (self.path / name).replace(self.folder / name)
                _sync((self.folder / name).parent)
            elif changed or gone:
                self._switch(Journal(put=changed, gone=gone, linked=self._can_link()))
            self.published = True
            with contextlib.suppress(OSError):  # it knows enough; the next run tidies it
                self._keep_ledger(put, gone, earlier=False)

    # The one step.

    def _switch(self, journal: Journal) -> None:
        """Put new files in the place of old ones so that a reader sees all of them change at once (see the module)."""
        names = (*journal.put, *journal.gone)
        if journal.linked:
            for name in names:
                self._keep_old(name)
            for folder in {(self.hidden / OLD / name).parent for name in names if (self.hidden / OLD / name).exists()}:
                _sync(folder)
            (self.hidden / SET).symlink_to(OLD)
        # From here on the next run has to carry on, whatever happens to this one.
        write(self.hidden / JOURNAL, journal.dumped())
        try:
            if journal.linked:
                for name in names:
                    self._link(self.folder / name, _target(name))
                self._link(self.hidden / SET, self.path.name)  # the moment at which the set becomes the new one
        except BaseException:
            self._finish()
            raise
        try:
            self._finish()
        except OSError:
            self._finish()  # the new set stands: try once more to tidy up before saying that something is wrong

    def _finish(self) -> None:
        """Carry out the journal, if there is one: on to the new set if its moment had come, else back to the old one."""
        journal = self._journal()
        if journal is None:
            return
        names = (*journal.put, *journal.gone)
        on = not journal.linked or _link_of(self.hidden / SET) == self.path.name
        _sync(self.hidden)
        source = self.path if on else self.hidden / OLD
        for name in names:
            place = self.folder / name
            if not _is_folder(place.parent):
                continue
            if journal.linked and _link_of(place) != _target(name):
                continue  # done before the run was cut short, or none of ours
            if _digest_of(source / name) is not None and (not on or name in journal.put):
                (source / name).replace(place)
            elif journal.linked or name in journal.gone:
                place.unlink(missing_ok=True)
        for folder in {(self.folder / name).parent for name in names}:
            if _is_folder(folder):
                _sync(folder)
        self.published = on
        (self.hidden / JOURNAL).unlink()

    def _link(self, place: Path, target: str) -> None:
        """Make *place* a link to *target*, whatever it was, in one step."""
        fresh = self.hidden / LINK
        fresh.symlink_to(target)
        fresh.replace(place)

    def _keep_old(self, name: str) -> None:
        """Keep the earlier file *name*, under a second name, until the new set stands."""
        kept = self.hidden / OLD / name
        kept.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            try:
                os.link(self.folder / name, kept, follow_symlinks=False)
            except OSError as error:
                if error.errno not in NOT_HERE:
                    raise
                write(kept, (self.folder / name).read_bytes())

    def _can_link(self) -> bool:
        """Say whether this disk has symbolic links."""
        fresh = self.hidden / LINK
        try:
            fresh.symlink_to(OLD)
        except OSError as error:
            if error.errno not in NOT_HERE:
                raise
            return False
        fresh.unlink()
        return True

    def _free(self, name: str) -> None:
        """Refuse to publish where something stands that is no file, or behind a folder that is none."""
        place = self.folder / name
        for folder in tuple(place.parents)[: len(Path(name).parts) - 1]:
            if os.path.lexists(folder) and not _is_folder(folder):
                raise PublishError(IN_THE_WAY.at(Place(path=str(folder)), "this is not a folder", fix=MOVE))
        left = _link_of(place)
        if left == _target(name):
            place.unlink()  # of a run that was cut short and whose hidden folder somebody removed
        elif left is not None:
            raise PublishError(IN_THE_WAY.at(Place(path=str(place)), "this is a link, not a file", fix=MOVE))
        elif os.path.lexists(place) and not stat.S_ISREG(place.lstat().st_mode):
            raise PublishError(IN_THE_WAY.at(Place(path=str(place)), "this is not a file", fix=MOVE))

    # What is left from run to run.

    def _clear(self) -> None:
        """Remove what a run leaves in the hidden folder, and temporary files of dead ones."""
        for name in (self.path.name, OLD):
            if _is_folder(self.hidden / name):
                shutil.rmtree(self.hidden / name, ignore_errors=True)
        for name in (SET, LINK):
            if _link_of(self.hidden / name) is not None:
                (self.hidden / name).unlink()
        folders = [self.hidden]
        if _is_folder(self.folder / CACHE):
            folders += [path for path in (self.folder / CACHE).iterdir() if _is_folder(path)]
        for folder in folders:
            for left in folder.glob(f"{NEW}*"):
                if not _is_folder(left):
                    left.unlink(missing_ok=True)

    def _journal(self) -> Journal | None:
        """Return the journal that a run left; one that no run of ours can have written is thrown away and told."""
        path = self.hidden / JOURNAL
        data = contents(path)
        if data is None:
            return None
        journal = Journal.read(data)
        # A set without links is only for a disk that has none.
        if journal is not None and (journal.linked or not self._can_link()):
            staged = {name: _digest_of(self.path / name) for name in journal.put}
            if all(found in (None, journal.put[name]) for name, found in staged.items()):
                return journal
        _own_file(path)
        path.unlink()
        self._found(f"{HIDDEN}/{JOURNAL}", "no build wrote this; it is ignored", "build again")
        return None

    def _ledger(self) -> dict[str, Written]:
        """Return what builds wrote into the output folder."""
        path = self.hidden / LEDGER
        data = contents(path)
        if data is None:
            return {}
        ledger = _written(data)
        if ledger is None:
            _own_file(path)
            path.unlink()
            message = "no build wrote this; it is ignored, and book clean --all will not know earlier editions"
            self._found(f"{HIDDEN}/{LEDGER}", message, "build again")
        return ledger or {}

    def _keep_ledger(self, put: Mapping[str, str], gone: Iterable[str], *, earlier: bool) -> None:
        """Write down what this run wrote; with *earlier* also that what it replaces is ours."""
        ledger = dict(self._written)
        for name, value in put.items():
            before = ledger[name].digests if earlier and name in ledger else ()
            ledger[name] = Written(edition=self._editions[name], digests=tuple(dict.fromkeys((*before, value))))
        for name in gone if not earlier else ():
            ledger.pop(name, None)
        if ledger != self._written:
            table = {name: {"edition": one.edition, "sha256": one.digests} for name, one in ledger.items()}
            write(self.hidden / LEDGER, json.dumps(table, sort_keys=True, indent=1).encode())
            self._written = ledger

    def _found(self, name: str, message: str, fix: str) -> None:
        self.problems.append(NOT_OURS.at(Place(path=str(self.folder / name)), message, fix=fix))


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file that a build wrote into the output folder."""

    edition: str
    digests: tuple[str, ...]
    """SHA-256 of what it may hold: two while a new one takes its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """What a run was about to change in the output folder."""

    put: Mapping[str, str]
    """Name -> digest of the new file."""
    gone: tuple[str, ...] = ()
    """Names that the new set does not have."""
    linked: bool = True
    """Whether the disk has symbolic links, so that the whole set changes in one step."""

    def dumped(self) -> bytes:
        """Return the journal as JSON."""
        return json.dumps({"put": dict(self.put), "gone": self.gone, "linked": self.linked}).encode()

    @classmethod
    def read(cls, data: bytes) -> Self | None:
        """Return the journal that *data* holds, None when it is none of ours.

        >>> Journal.read(Journal(put={"a.epub": "0" * 64}).dumped())
        Journal(put={'a.epub': '0000000000000000000000000000000000000000000000000000000000000000'}, gone=(), linked=True)
        >>> Journal.read(b'[1, null]'), Journal.read(b'{"put": {"../a.epub": ""}, "gone": [], "linked": true}')
        (None, None)
        """
        table = _json(data)
        if not isinstance(table, dict) or set(table) != {"put", "gone", "linked"}:
            return None
        put, gone, linked = table["put"], table["gone"], table["linked"]
        if not (isinstance(put, dict) and isinstance(gone, list) and isinstance(linked, bool)):
            return None
        if not all(ours(name) for name in (*put, *gone)) or not all(is_digest(value) for value in put.values()):
            return None
        return cls(put=put, gone=tuple(gone), linked=linked)


def ours(name: object) -> bool:
    """Say whether *name* can be that of a file which a build writes into the output folder.

    >>> [ours(name) for name in ("a-print.pdf", "handouts/größe.pdf", "index.html", "report.json")]
    [True, True, True, True]
    >>> [ours(name) for name in ("../a.pdf", "/a.pdf", "x/a.pdf", ".a.pdf", "notes.txt", "a.json", 3)]
    [False, False, False, False, False, False, False]
    """
    return isinstance(name, str) and len(name) <= 255 and re.fullmatch(NAME, name) is not None


def clean(folder: Path, stages: Iterable[str], *, everything: bool) -> tuple[Problem, ...]:
    """Remove the cache of the output *folder*; *everything*: also each file that a build wrote and nobody changed since.

    Args:
        folder: of earlier builds; nothing happens where it is not there.
        stages: the folders of the cache.
        everything: the editions too, and the hidden folder.

    Returns:
        What was found that no build leaves there, and what was left because it is not as a build wrote it.
    """
    if not os.path.lexists(folder / HIDDEN) and not os.path.lexists(folder / CACHE):
        return ()
    with Stage(folder) as stage, _told(folder):
        if stage.cache:
            for name in stages:
                _empty(stage.cache / name)
            with contextlib.suppress(OSError):  # something else lies in it
                stage.cache.rmdir()
        if not everything:
            return tuple(stage.problems)
        for name, one in stage._written.items():  # noqa: SLF001 - of this module
            path = folder / name
            if not _is_folder(path.parent) or not os.path.lexists(path):
                continue
            if _digest_of(path) in one.digests:
                path.unlink()
                if path.parent != folder:
                    with contextlib.suppress(OSError):  # something else lies in it
                        path.parent.rmdir()
            else:
                message = "this has changed since it was built, so it is kept"
                stage.problems.append(NOT_OURS.at(Place(path=str(path)), message, fix="remove it yourself"))
        for name in (LEDGER, LOCK):
            (folder / HIDDEN / name).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # something else lies in it
        (folder / HIDDEN).rmdir()
    return tuple(stage.problems)


def _empty(folder: Path) -> None:
    """Remove one folder of the cache: of its files those that have the name of an entry, or of one that was cut short."""
    if not _is_folder(folder):
        return
    for path in folder.iterdir():
        if (is_digest(path.name) or path.name.startswith(NEW)) and not _is_folder(path):
            path.unlink()
    with contextlib.suppress(OSError):  # something else lies in it
        folder.rmdir()


# What lies there, never through a link.


def _target(name: str) -> str:
    """Return what the link at *name* says while the set changes.

    >>> _target("handouts/a.pdf")
    '../.handbound/set/handouts/a.pdf'
    """
    return f"{'../' * name.count('/')}{HIDDEN}/{SET}/{name}"


def _is_folder(path: Path) -> bool:
    """Say whether *path* is a folder itself, not a link to one."""
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def _link_of(path: Path) -> str | None:
    """Return what the link at *path* says, None where there is no link."""
    try:
        return os.readlink(path)  # noqa: PTH115 - as it is written, not as a path
    except OSError:
        return None


def _own(path: Path) -> Path:
    """Return the folder *path* of ours, which need not be there.

    Raises:
        PublishError: something else has its name.
    """
    if os.path.lexists(path) and not _is_folder(path):
        message = "this is a link or a file; Handbound needs a folder of its own here"
        raise PublishError(NOT_A_FOLDER.at(Place(path=str(path)), message, fix=MOVE))
    return path


def _own_file(path: Path) -> None:
    """Refuse to go on where *path* is a folder."""
    if _is_folder(path):
        message = "this is a folder; Handbound needs a file of its own here"
        raise PublishError(NOT_A_FOLDER.at(Place(path=str(path)), message, fix=MOVE))


def _locked(path: Path) -> int:
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


def _digest_of(path: Path) -> str | None:
    """Return the digest of the file *path*, None where there is none."""
    handle = _reading(path) if _is_folder(path.parent) else None
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


def _json(data: bytes) -> object:
    """Return what JSON says, None when it is none."""
    try:
        value: object = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value


def is_digest(value: object) -> bool:
    """Say whether *value* is a SHA-256 as :func:`digest` gives it."""
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def _written(data: bytes) -> dict[str, Written] | None:
    """Return the ledger that *data* holds, None when it is none of ours."""
    table = _json(data)
    if not isinstance(table, dict) or not all(map(ours, table)):
        return None
    ledger = {}
    for name, row in table.items():
        if not isinstance(row, dict) or set(row) != {"edition", "sha256"} or not isinstance(row["sha256"], list):
            return None
        if not isinstance(row["edition"], str) or not all(map(is_digest, row["sha256"])):
            return None
        ledger[name] = Written(edition=row["edition"], digests=tuple(row["sha256"]))
    return ledger


@contextlib.contextmanager
def _told(path: Path):  # type: ignore[no-untyped-def] # noqa: ANN202 - a context manager
    """Turn the system's error into one line that names *path*."""
    try:
        yield
    except OSError as error:
        place = Place(path=str(error.filename or path))
        message = f"cannot write here: {error.strerror or error}"
        fix = "free some disk space, or choose another folder with -o"
        raise PublishError(CANNOT_WRITE.at(place, message, fix=fix)) from error
