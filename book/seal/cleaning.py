"""`book clean`: the cache goes, and with ``--all`` every file that builds wrote and nobody changed since."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from book.problems import Place, Problem
from book.seal.files import digest_of, is_digest, is_folder, reported
from book.seal.names import CACHE, HIDDEN, LAST_BUILD, LEDGER, LOCK, NEW
from book.seal.stage import NOT_OURS, Stage


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
    with Stage(folder) as stage, reported(folder):
        if stage.cache:
            for name in stages:
                _empty(stage.cache / name)
            with contextlib.suppress(OSError):  # something else lies in it
                stage.cache.rmdir()
        (folder / HIDDEN / LAST_BUILD).unlink(missing_ok=True)
        if not everything:
            return tuple(stage.problems)
        for name, written in stage.written.items():
            path = folder / name
            if not is_folder(path.parent) or not os.path.lexists(path):
                continue
            if digest_of(path) in written.digests:
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
    if not is_folder(folder):
        return
    for path in folder.iterdir():
        if (is_digest(path.name) or path.name.startswith(NEW)) and not is_folder(path):
            path.unlink()
    with contextlib.suppress(OSError):  # something else lies in it
        folder.rmdir()
