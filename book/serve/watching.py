"""Watches the files on which a preview depends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import watchfiles

from book.seal import HIDDEN

NEVER = frozenset({".git", ".hg", ".svn", ".venv", "venv", "node_modules", "__pycache__", ".cache", HIDDEN})
"""Folders in which no author writes."""
PAUSE = 40
"""Milliseconds without a change after which earlier changes are reported together."""
AWAY = 0.5
"""Seconds between two checks for a missing folder, as while a branch is changed."""


class Filter:
    """Decides which changes count: not those of programs, of editors' own files, or of finished editions."""

    def __init__(self, folders: Iterable[Path]) -> None:
        """Watch *folders*."""
        self._folders = tuple(folders)

    def __call__(self, _: watchfiles.Change, name: str) -> bool:
        """Return whether the file *name* counts."""
        path = Path(name)
        if path.name.endswith(("~", ".swp", ".swx", ".tmp", ".part")) or path.name.startswith((".#", "4913")):
            return False
        home = next((folder for folder in self._folders if path.is_relative_to(folder)), None)
        if home is None:
            return False
        inner = path.relative_to(home).parts
        if NEVER.intersection(inner):
            return False
        above = [home.joinpath(*inner[:depth]) for depth in range(1, len(inner))]
        return not any((folder / HIDDEN).is_dir() for folder in above)


async def changes(folders: Iterable[Path], stop: asyncio.Event) -> AsyncIterator[frozenset[Path]]:
    """Yield the files that changed in *folders*, those of one save together, until *stop* is set."""
    watched = tuple(folder.resolve() for folder in folders)
    while not stop.is_set():
        there = [folder for folder in watched if folder.is_dir()]
        try:
            async for batch in watchfiles.awatch(
                *there,
                watch_filter=Filter(watched),
                step=PAUSE,
                debounce=10 * PAUSE,
                stop_event=stop,
                ignore_permission_denied=True,
            ):
                yield frozenset(Path(name) for _, name in batch)
                if not all(folder.is_dir() for folder in there):
                    break
        except FileNotFoundError:
            pass
        if not stop.is_set():
            await asyncio.sleep(AWAY)
            yield frozenset()
