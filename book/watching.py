"""Watches the files on which a build depends, so that it can be repeated after each save."""

from __future__ import annotations

import contextlib
import queue
import re
import stat
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import watchfiles

from book.patterns import regex
from book.seal import HIDDEN

NEVER = frozenset({".git", ".hg", ".svn", ".venv", "venv", "node_modules", "__pycache__", ".cache", HIDDEN})
"""Folders in which no author writes."""
PASSING = regex(
    r"""~$ | ^\.\# | ^\#.*\#$          # backups of many editors; locks and unsaved texts of Emacs
      | \.sw[k-px]$ | ^4913$         # Vim
      | ___jb_(?:tmp|old)___$        # JetBrains
      | ^\.goutputstream-            # GNOME
      | \.kate-swp$ | ^\.~lock\. | ^~\$ | \.(?:tmp|part)$""",
    re.VERBOSE,
)
"""Names of files that an editor has beside the author's: what is in them is not saved yet, or no longer."""
PAUSE = 40
"""Milliseconds without a change after which earlier changes are reported together."""
EMPTY = 500
"""Milliseconds that a file without content has to get some: many programs empty a file before they write it."""
POLL = 1000
"""Milliseconds between two comparisons of all files, where the system does not report changes."""
POLLING = (
    "the system cannot report changes of files ({reason}): the files are compared every second instead. "
    "On Linux, sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512 raises the limits."
)
LOOK = 500
"""Milliseconds between two checks for a folder that is missing or is another one, as while a branch is changed."""


class Filter:
    """Decides which changes count: not those of programs, of editors' own files, or of finished editions."""

    def __init__(self, folders: Iterable[Path], apart: Iterable[Path] = ()) -> None:
        """Watch *folders*, but not the folders *apart* where these are inside them."""
        self._folders = sorted(folders, key=lambda folder: -len(folder.parts))
        self._apart = tuple(apart)

    def __call__(self, _: watchfiles.Change, name: str) -> bool:
        """Return whether the file *name* counts."""
        path = Path(name)
        if PASSING.search(path.name):
            return False
        home = next((folder for folder in self._folders if path.is_relative_to(folder)), None)
        if home is None:
            return False
        if any(
            folder != home and folder.is_relative_to(home) and path.is_relative_to(folder) for folder in self._apart
        ):
            return False
        inner = path.relative_to(home).parts
        if NEVER.intersection(inner):
            return False
        above = [home.joinpath(*inner[:depth]) for depth in range(1, len(inner))]
        return not any((folder / HIDDEN).is_dir() for folder in above)


class Stop:
    """Ends a watch, and tells when it has begun; watchfiles asks it again and again."""

    def __init__(self) -> None:
        """Let the watch run."""
        self.is_due = False
        self.begun = threading.Event()
        """Set once the system reports every change, or the watch has failed."""

    def is_set(self) -> bool:
        """Return whether the watch shall end."""
        self.begun.set()
        return self.is_due


def changes(
    folders: Iterable[Path], stop: Stop, say: Callable[[str], None], apart: Iterable[Path] = ()
) -> Iterator[frozenset[Path]]:
    """Yield the files that changed in *folders*, those of one save together, until *stop* is due; what changes meanwhile comes next.

    If the system's limit for watches is reached, *say* gets a message, and the files are compared at intervals. A set without files
    means that anything may have changed: one of the folders has been replaced. It comes after the watch over the new folder has begun, so that no later change is missed.

    Args:
        folders: the folders; a link may lead elsewhere later.
        stop: ends the watch.
        say: as above.
        apart: folders, such as that of the editions, that are not watched although they are inside others.
    """
    named, own = tuple(folders), tuple(folder.resolve() for folder in apart)
    again = polling = False
    while not stop.is_due:
        watched = tuple(folder.resolve() for folder in named)
        there = _identities(watched)
        try:
            for batch in watchfiles.watch(
                *there,
                watch_filter=Filter(watched, own),
                step=PAUSE,
                debounce=10 * PAUSE,
                stop_event=stop,
                rust_timeout=LOOK,
                yield_on_timeout=True,
                ignore_permission_denied=True,
                force_polling=polling or None,
                poll_delay_ms=POLL,
            ):
                gone = {Path(name) for change, name in batch if change is watchfiles.Change.deleted}
                # The system reports nothing more from a folder that was deleted, even if there is another one of its name by now.
                if gone.intersection(there) or _identities(folder.resolve() for folder in named) != there:
                    break  # what changed is reported when the watch has begun again, and only once
                # Where files are compared, a folder changes with the names in it.
                files = frozenset(Path(name) for _, name in batch).difference(there)
                _wait_for_content(files, stop)
                if again or files:
                    yield frozenset() if again else files
                    again = False
        except FileNotFoundError:  # a folder has vanished just now
            time.sleep(LOOK / 1000)
        except (OSError, RuntimeError) as error:  # watchfiles raises either, depending on which limit is reached
            if polling:
                raise
            polling = True
            say(POLLING.format(reason=error))
            continue
        again = True


def _wait_for_content(files: Iterable[Path], stop: Stop) -> None:
    """Wait until none of *files* is empty, but at most for :data:`EMPTY`; what changes meanwhile is reported after them."""
    end = time.monotonic() + EMPTY / 1000
    while not stop.is_due and time.monotonic() < end and any(map(_is_empty, files)):
        time.sleep(PAUSE / 1000)


def _is_empty(file: Path) -> bool:
    with contextlib.suppress(OSError):
        state = file.stat()
        return stat.S_ISREG(state.st_mode) and state.st_size == 0
    return False


def to_name(files: Iterable[Path]) -> list[Path]:
    """Return those of the changed *files* that are named to the author: not the ones that an editor had only while it saved.

    A file that is gone is named only if no other one has changed: then the author has deleted it. So is a folder.
    """
    changed = sorted(files)
    return [file for file in changed if file.is_file()] or [file for file in changed if file.exists()] or changed


Hear = Callable[["frozenset[Path] | Exception"], object]
"""Receives the files of each of :func:`changes`, or the reason why the watch has failed; called in another thread."""


@contextlib.contextmanager
def watching(
    folders: Iterable[Path], hear: Hear, say: Callable[[str], None], apart: Iterable[Path] = ()
) -> Iterator[None]:
    """Tell *hear* what changes in the ``with`` block, from its first line on; other arguments as for :func:`changes`."""
    stop = Stop()

    def run() -> None:
        try:
            for files in changes(folders, stop, say, apart):
                hear(files)
        except Exception as error:  # noqa: BLE001 - for the thread that waits
            hear(error)
        finally:
            stop.begun.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    stop.begun.wait()
    try:
        yield
    finally:
        stop.is_due = True
        thread.join()


class Changes:
    """The changes that a build has not seen yet."""

    def __init__(self) -> None:
        """Begin without any."""
        self._batches: queue.SimpleQueue[frozenset[Path] | Exception] = queue.SimpleQueue()
        self.hear: Hear = self._batches.put

    def are_there(self) -> bool:
        """Return whether something has changed."""
        return not self._batches.empty()

    def wait(self) -> frozenset[Path]:
        """Wait for changes, and return all files that have changed; none if anything may have.

        Raises:
            Exception: the watch has failed.
        """
        batches: list[frozenset[Path] | Exception] = []
        while not batches:
            with contextlib.suppress(queue.Empty):  # a signal that comes just before the wait is heard after it
                batches.append(self._batches.get(timeout=LOOK / 1000))
        while self.are_there():
            batches.append(self._batches.get())
        files: set[Path] = set()
        for batch in batches:
            if isinstance(batch, Exception):
                raise batch
            files |= batch
        return frozenset(files) if all(batches) else frozenset()


def _identities(folders: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Return the folders that exist, each with the numbers of its disk and inode."""
    there = {}
    for folder in folders:
        with contextlib.suppress(OSError):
            state = folder.stat()
            if stat.S_ISDIR(state.st_mode):
                there[folder] = (state.st_dev, state.st_ino)
    return there
