"""One set of editions in the making, and the step that puts it in place of the earlier one (described in :mod:`book.seal`)."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from book import stopping
from book.problems import Kind, Problem, PublishError, Severity, Subject
from book.seal.files import (
    MOVE,
    can_be_read,
    contents,
    digest,
    digest_of,
    is_at,
    is_file,
    is_folder,
    link_of,
    lock,
    names_handbound,
    own_file,
    own_folder,
    reported,
    sync,
    write,
)
from book.seal.names import CACHE, HIDDEN, JOURNAL, LEDGER, LINK, LOCK, NEW, OLD, SET, link_target
from book.seal.records import Journal, Written, dump_ledger, read_ledger

NOT_HERE = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})
"""Error numbers of disks without links."""

IN_THE_WAY = Kind("W102", Severity.ERROR, "something that is not a file is in the place of an edition")
FOREIGN = Kind("W103", Severity.ERROR, "a file that no build wrote, in the place of an edition")
REMOVED = Kind("W112", Severity.ERROR, "an output folder that was removed while a build wrote into it")
NOT_OURS = Kind("W111", Severity.WARNING, "a file in the output folder that no build wrote, or that has changed since")


class Stage:
    """A hidden folder in the output folder, in which one set of editions is made; use it in a ``with`` statement.

    Entering takes the lock of the output folder (waiting for another build), completes or undoes a change of the set that was
    interrupted, and removes what dead runs left. Leaving without :meth:`publish` leaves the earlier set unchanged.
    """

    def __init__(self, folder: Path, cache: Path | None = None, wait: Callable[[], object] = lambda: None) -> None:
        """Prepare a stage for an output folder.

        Args:
            folder: the output folder, which need not exist.
            cache: its cache if it has none of its own.
            wait: is called if another build holds its lock, which is waited for.
        """
        self.folder = folder
        self._wait = wait
        self.hidden = folder / HIDDEN
        self.path = self.hidden / "stage"
        self.published = False
        """Whether the new set is in place."""
        self.problems: list[Problem] = []
        """What was found in the output folder that no build leaves there."""
        self.cache: Path | None = cache or folder / CACHE
        """The folder for cached results; None if something else has its name."""
        self.written: dict[str, Written] = {}
        """The files that builds wrote into the output folder."""
        self._files: dict[str, Written] = {}
        """The files of the set, each with one digest."""
        self._lock = -1

    def __enter__(self) -> Self:
        """Take the lock and prepare the stage."""
        with reported(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = lock(own_folder(self.hidden) / LOCK, self._wait)
            try:
                for name in ("stage", OLD):
                    own_folder(self.hidden / name)
                self._finish()
                self._clear(also=self.folder / CACHE)
                self.written = self._ledger()
                self.path.mkdir()
                self.published = False
                if self.cache and not is_folder(self.cache) and os.path.lexists(self.cache):
                    self.cache = None
                    self._report(CACHE, "this is not a folder of a build, so nothing is cached", "move it away")
                elif self.cache and not can_be_read(self.cache):
                    self.cache = None
                    self._report(
                        CACHE,
                        "this folder cannot be read, so nothing is cached",
                        "allow yourself to read it, or remove it",
                    )
            except BaseException:
                os.close(self._lock)
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the stage and release the lock."""
        try:
            # What cannot be removed now (the disk is gone) is removed by the next run.
            with contextlib.suppress(OSError):
                self._finish()
                self._clear()
        finally:
            os.close(self._lock)

    def put(self, name: str, data: bytes, edition: str = "", value: str = "") -> None:
        """Add one file to the set.

        Args:
            name: relative to the output folder.
            data: its content.
            edition: the edition to which it belongs.
            value: the digest of *data*, if the caller has it.
        """
        path = self.path / name
        self._check_place()
        with reported(self.folder / name):
            path.parent.mkdir(parents=True, exist_ok=True)
            write(path, data)
        self._files[name] = Written(edition=edition, digests=(value or digest(data),))

    def _check_place(self) -> None:
        """Begin again in an output folder that somebody has removed meanwhile.

        Raises:
            PublishError: files of this set are gone with it.
            Stopped: a signal was heard, and its exception was lost in a library: what is made since may lack something.
        """
        stopping.check()
        if is_at(self._lock, self.hidden / LOCK):
            return
        with reported(self.folder):
            self.path.mkdir(parents=True, exist_ok=True)
            before, self._lock = self._lock, lock(self.hidden / LOCK)
            os.close(before)
        if not all(is_file(self.path / name) for name in self._files):
            message = "this folder was removed while the editions were made; nothing is published"
            raise PublishError(REMOVED.at(Subject(name=str(self.folder)), message, fix="build again"))

    def stands(self, name: str) -> bool:
        """Return whether the file *name* of an earlier build is unchanged since that build."""
        written = self.written.get(name)
        return written is not None and digest_of(self.folder / name) in written.digests

    def keep(self, name: str, value: str) -> bool:
        """Take a file of an earlier build into the set, and return True; return False if it has changed since that build.

        Args:
            name: relative to the output folder.
            value: the digest that the file must have.
        """
        if name in self._files or not self.stands(name):
            return False
        path = self.path / name
        with reported(self.folder / name):
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.folder / name, path, follow_symlinks=False)
        if digest_of(path) != value:
            path.unlink()
            return False
        self._files[name] = Written(edition=self.written[name].edition, digests=(value,))
        return True

    def leftover(self) -> tuple[str, ...]:
        """Return the files that earlier builds wrote, that still exist, and that are not in this set."""
        return tuple(name for name in self.written if name not in self._files and os.path.lexists(self.folder / name))

    def remove(self, name: str) -> None:
        """Take a file out of the set."""
        self._check_place()  # a proof that did not find the file has failed for no fault of the file
        (self.path / name).unlink(missing_ok=True)
        self._files.pop(name, None)

    def distrust_cache(self) -> None:
        """Cache nothing in this run, because a cached result was wrong."""
        self.cache = None
        self._report(CACHE, "this cache is not Handbound's; it is not used", "remove it: book clean")

    @property
    def names(self) -> tuple[str, ...]:
        """The files of the set."""
        return tuple(self._files)

    def paths(self, edition: str) -> tuple[str, ...]:
        """Return the files of *edition* in the set."""
        return tuple(name for name, file in self._files.items() if file.edition == edition)

    def standing(self, edition: str) -> tuple[str, ...]:
        """Return the files of *edition* that an earlier build wrote and that have not changed since."""
        return tuple(
            name
            for name, written in self.written.items()
            if written.edition == edition and name not in self._files and self.stands(name)
        )

    def publish(self, gone: Iterable[str] = ()) -> None:
        """Replace the earlier set by this one; a reader of the output folder sees the whole set change in one step.

        Args:
            gone: those files of :meth:`standing` that must not remain beside the new set.

        Raises:
            PublishError: the set cannot be written, or something that is not a file is in the way; the earlier set is
                unchanged.
        """
        gone = tuple(gone)
        self._check_place()
        with reported(self.folder):
            put = {name: file.digests[0] for name, file in sorted(self._files.items())}
            changed = {name: value for name, value in put.items() if not self._is_published(name, value)}
            self.check_ours(changed)
            for name in (*put, *gone):
                self._check_free(name)
            for folder in sorted({(self.folder / name).parent for name in put} - {self.folder}):
                folder.mkdir(exist_ok=True)
            # Recorded before the set is in place, so that `clean` knows every file that a kill below may leave.
            self._keep_ledger(put, gone, earlier=True)
            if len(changed) == 1 and not gone:
                (name,) = changed
                (self.path / name).replace(self.folder / name)
                sync((self.folder / name).parent)
            elif changed or gone:
                self._switch(Journal(put=changed, gone=gone, linked=self._can_link()))
            self.published = True
            with contextlib.suppress(OSError):  # the records suffice; the next run completes them
                self._keep_ledger(put, gone, earlier=False)

    def _is_published(self, name: str, value: str) -> bool:
        """Return whether the file *name* of the set, with the digest *value*, is in the output folder already."""
        staged, earlier = self.path / name, self.folder / name
        with contextlib.suppress(OSError):  # what is not there is another file
            return staged.stat().st_size == earlier.lstat().st_size and digest_of(earlier) == value
        return False

    def check_writable(self) -> None:
        """Check that files can be put into the output folder, before minutes of work go into them.

        Raises:
            PublishError: they cannot.
        """
        with reported(self.folder):
            if not os.access(self.folder, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self.folder))

    def check_ours(self, names: Iterable[str]) -> None:
        """Check that a build wrote those files of the output folder that have one of *names*.

        Raises:
            PublishError: somebody else did, who would lose them.
        """
        foreign = [
            name
            for name in names
            if name not in self.written
            and (self.folder / name).is_file()
            and link_of(self.folder / name) is None
            and not names_handbound(self.folder / name)
        ]
        fix = "move it away, or choose another output folder with -o"
        problems = (
            FOREIGN.at(Subject(name=str(self.folder / name)), "no build wrote this file, so it is kept", fix=fix)
            for name in foreign
        )
        if foreign:
            raise PublishError(problems)

    # The one step.

    def _switch(self, journal: Journal) -> None:
        """Replace old files by new ones so that a reader sees all of them change at once (see the package)."""
        names = (*journal.put, *journal.gone)
        if journal.linked:
            for name in names:
                self._keep_old(name)
            for folder in {(self.hidden / OLD / name).parent for name in names if (self.hidden / OLD / name).exists()}:
                sync(folder)
            (self.hidden / SET).symlink_to(OLD)
        # From here on the next run has to continue, whatever happens to this one.
        write(self.hidden / JOURNAL, journal.dumped())
        try:
            if journal.linked:
                for name in names:
                    self._link(self.folder / name, link_target(name))
                self._link(self.hidden / SET, self.path.name)  # at this moment the new set replaces the earlier one
        except BaseException:
            self._finish()
            raise
        try:
            self._finish(journal)
        except OSError:
            self._finish()  # the new set is in place: try once more to finish before reporting an error

    def _finish(self, written: Journal | None = None) -> None:
        """Carry out the journal, if there is one: forward to the new set if step 3 was taken, else back to the earlier one.

        Args:
            written: the journal that this run has just written, which need not be read; None: one that a run may have left.
        """
        journal = written or self._journal()
        if journal is None:
            return
        names = (*journal.put, *journal.gone)
        on = not journal.linked or link_of(self.hidden / SET) == self.path.name
        sync(self.hidden)
        source = self.path if on else self.hidden / OLD
        for name in names:
            place = self.folder / name
            if not is_folder(place.parent):
                continue
            if journal.linked and link_of(place) != link_target(name):
                continue  # already done before the run was interrupted, or not a file of a build
            if is_file(source / name) and (not on or name in journal.put):
                (source / name).replace(place)
            elif journal.linked or name in journal.gone:
                place.unlink(missing_ok=True)
        for folder in {(self.folder / name).parent for name in names}:
            if is_folder(folder):
                sync(folder)
        self.published = on
        (self.hidden / JOURNAL).unlink()

    def _link(self, place: Path, target: str) -> None:
        """Make *place* a link to *target* in one step, whatever it was before."""
        fresh = self.hidden / LINK
        fresh.symlink_to(target)
        fresh.replace(place)

    def _keep_old(self, name: str) -> None:
        """Keep the earlier file *name* under a second name until the new set is in place."""
        copy = self.hidden / OLD / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            try:
                os.link(self.folder / name, copy, follow_symlinks=False)
            except OSError as error:
                if error.errno not in NOT_HERE:
                    raise
                write(copy, (self.folder / name).read_bytes())

    def _can_link(self) -> bool:
        """Return whether this disk supports symbolic links."""
        fresh = self.hidden / LINK
        try:
            fresh.symlink_to(OLD)
        except OSError as error:
            if error.errno not in NOT_HERE:
                raise
            return False
        fresh.unlink()
        return True

    def _check_free(self, name: str) -> None:
        """Raise :class:`PublishError` if something at *name* is not a file, or if one of its folders is not a folder."""
        place = self.folder / name
        for folder in tuple(place.parents)[: len(Path(name).parts) - 1]:
            if os.path.lexists(folder) and not is_folder(folder):
                raise PublishError(IN_THE_WAY.at(Subject(name=str(folder)), "this is not a folder", fix=MOVE))
        left = link_of(place)
        if left == link_target(name):
            place.unlink()  # left by an interrupted run whose hidden folder somebody removed
        elif left is not None:
            raise PublishError(IN_THE_WAY.at(Subject(name=str(place)), "this is a link, not a file", fix=MOVE))
        elif os.path.lexists(place) and not stat.S_ISREG(place.lstat().st_mode):
            raise PublishError(IN_THE_WAY.at(Subject(name=str(place)), "this is not a file", fix=MOVE))

    # What runs leave for the next run.

    def _clear(self, also: Path | None = None) -> None:
        """Remove what a run leaves in the hidden folder, and temporary files of dead runs, *also* those in the folders of the cache."""
        for name in (self.path.name, OLD):
            if is_folder(self.hidden / name):
                shutil.rmtree(self.hidden / name, ignore_errors=True)
        for name in (SET, LINK):
            if link_of(self.hidden / name) is not None:
                (self.hidden / name).unlink()
        _clear_new(self.hidden)
        with contextlib.suppress(OSError):  # a cache that may only be read, or not even that
            for folder in also.iterdir() if also and is_folder(also) else ():
                if is_folder(folder):
                    _clear_new(folder)

    def _journal(self) -> Journal | None:
        """Return the journal that a run left; one that no run can have written is removed and reported."""
        path = self.hidden / JOURNAL
        data = contents(path)
        if data is None:
            return None
        journal = Journal.read(data)
        # A set without links is only valid on a disk that has none.
        if journal is not None and (journal.linked or not self._can_link()):
            staged = {name: digest_of(self.path / name) for name in journal.put}
            if all(digest_now in (None, journal.put[name]) for name, digest_now in staged.items()):
                return journal
        own_file(path)
        path.unlink()
        self._report(f"{HIDDEN}/{JOURNAL}", "no build wrote this; it is ignored", "build again")
        return None

    def _ledger(self) -> dict[str, Written]:
        """Return the record of files that builds wrote into the output folder."""
        path = self.hidden / LEDGER
        data = contents(path)
        if data is None:
            return {}
        ledger = read_ledger(data)
        if ledger is None:
            own_file(path)
            path.unlink()
            message = "no build wrote this; it is ignored, and book clean --all will not know earlier editions"
            self._report(f"{HIDDEN}/{LEDGER}", message, "build again")
        return ledger or {}

    def _keep_ledger(self, put: Mapping[str, str], gone: Iterable[str], *, earlier: bool) -> None:
        """Record the files that this run wrote; with *earlier*, also keep the digests of the files that it replaces."""
        ledger = dict(self.written)
        for name, value in put.items():
            before = ledger[name].digests if earlier and name in ledger else ()
            ledger[name] = Written(edition=self._files[name].edition, digests=tuple(dict.fromkeys((*before, value))))
        for name in gone if not earlier else ():
            ledger.pop(name, None)
        if ledger != self.written:
            write(self.hidden / LEDGER, dump_ledger(ledger))
            self.written = ledger

    def _report(self, name: str, message: str, fix: str) -> None:
        self.problems.append(NOT_OURS.at(Subject(name=str(self.folder / name)), message, fix=fix))


def _clear_new(folder: Path) -> None:
    """Remove the temporary files of dead runs in *folder*."""
    for name in os.listdir(folder):  # noqa: PTH208 - thousands, in the folders of the cache
        if name.startswith(NEW) and not is_folder(folder / name):
            (folder / name).unlink(missing_ok=True)
