"""Watches the files on which a preview depends."""

from __future__ import annotations

import asyncio
import contextlib
import stat
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

import watchfiles

from book.seal import HIDDEN

NEVER = frozenset({".git", ".hg", ".svn", ".venv", "venv", "node_modules", "__pycache__", ".cache", HIDDEN})
"""Folders in which no author writes."""
PAUSE = 40
"""Milliseconds without a change after which earlier changes are reported together."""
POLL = 1000
"""Milliseconds between two comparisons of all files, where the system does not report changes."""
POLLING = (
    "the system cannot report changes of files ({reason}): the preview compares the files every second instead. "
    "On Linux, sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512 raises the limits."
)
LOOK = 500
"""Milliseconds between two checks for a folder that is missing or is another one, as while a branch is changed."""


class Filter:
    """Decides which changes count: not those of programs, of editors' own files, or of finished editions."""

    def __init__(self, folders: Iterable[Path]) -> None:
        """Watch *folders*."""
        self._folders = tuple(folders)

    def __call__(self, _: watchfiles.Change, name: str) -> bool:
        """Return whether the file *name* counts."""
        path = Path(name)
        if (
            path.name.endswith(("~", ".swp", ".swx", ".tmp", ".part"))
            or path.name.startswith(".#")
            or path.name == "4913"
        ):
            return False
        home = next((folder for folder in self._folders if path.is_relative_to(folder)), None)
        if home is None:
            return False
        inner = path.relative_to(home).parts
        if NEVER.intersection(inner):
            return False
        above = [home.joinpath(*inner[:depth]) for depth in range(1, len(inner))]
        return not any((folder / HIDDEN).is_dir() for folder in above)


async def changes(
    folders: Iterable[Path], stop: asyncio.Event, say: Callable[[str], None]
) -> AsyncIterator[frozenset[Path]]:
    """Yield the files that changed in *folders*, those of one save together, until *stop* is set.

    If the system's limit for watches is reached, *say* gets a message, and the files are compared at intervals. A set without files means that anything may have changed: one of the folders has been replaced. It comes after the watch over the
    new folder has begun, so that no later change is missed.
    """
    watched = tuple(folder.resolve() for folder in folders)
    again = polling = False
    while not stop.is_set():
        there = _identities(watched)
        try:
            async for batch in watchfiles.awatch(
                *there,
                watch_filter=Filter(watched),
                step=PAUSE,
                debounce=10 * PAUSE,
                stop_event=stop,
                rust_timeout=LOOK,
                yield_on_timeout=True,
                ignore_permission_denied=True,
                force_polling=polling or None,
                poll_delay_ms=POLL,
            ):
                files = frozenset(Path(name) for _, name in batch)
                if again or files:
                    yield frozenset() if again else files
                    again = False
                # The system reports nothing more from a folder that was deleted, even if there is another one of its name by now.
                if files.intersection(there) or _identities(watched) != there:
                    break
        except FileNotFoundError:  # a folder has vanished just now
            await asyncio.sleep(LOOK / 1000)
        except (OSError, RuntimeError) as error:  # watchfiles raises either, depending on which limit is reached
            if polling:
                raise
            polling = True
            say(POLLING.format(reason=error))
            continue
        again = True


def _identities(folders: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Return the folders that exist, each with the numbers of its disk and inode."""
    there = {}
    for folder in folders:
        with contextlib.suppress(OSError):
            state = folder.stat()
            if stat.S_ISDIR(state.st_mode):
                there[folder] = (state.st_dev, state.st_ino)
    return there
