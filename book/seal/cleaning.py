"""`book clean`: removes the cache; with ``--all`` every file that a build wrote and that has not changed since, with ``--old`` those of earlier sets."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from book.problems import Problem, Subject
from book.seal.files import digest_of, is_digest, is_folder, reported
from book.seal.names import CACHE, HIDDEN, LAST_BUILD, LEDGER, LOCK, NEW, OWNER
from book.seal.stage import NOT_OURS, Stage

DEEPEST = 2
"""How deep an output folder may be in another one: ``gallery/folio``."""


class Cleaned(Struct, frozen=True, kw_only=True):
    """What `book clean` removed, and what it reports."""

    problems: tuple[Problem, ...] = ()
    editions: tuple[Path, ...] = ()
    """Files of editions that were removed."""
    cached: int = 0
    """How many files of the cache were removed."""
    bytes: int = 0
    """Their size."""


def clean(folder: Path, stages: Iterable[str], *, everything: bool) -> Cleaned:
    """Remove the cache of the output *folder*; with *everything*, also each file that a build wrote and that has not changed since.

    Args:
        folder: an output folder; it need not exist.
        stages: the names of the cache's folders.
        everything: whether to remove the editions and the hidden folder, too.

    Returns:
        What was removed; what was found that no build leaves there, and what was kept because it is no longer as a build wrote it.
    """
    if not os.path.lexists(folder / HIDDEN) and not os.path.lexists(folder / CACHE):
        return Cleaned()
    cached = size = 0
    with Stage(folder) as stage, reported(folder):
        if stage.cache:
            for name in stages:
                for number in _empty(stage.cache / name):
                    cached, size = cached + 1, size + number
            with contextlib.suppress(OSError):  # it contains something else
                stage.cache.rmdir()
        (folder / HIDDEN / LAST_BUILD).unlink(missing_ok=True)
        if not everything:
            return Cleaned(problems=tuple(stage.problems), cached=cached, bytes=size)
        editions = [*_editions(stage, stage.written)]
        for name in (LEDGER, OWNER, LOCK):
            (folder / HIDDEN / name).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # it contains something else
        (folder / HIDDEN).rmdir()
    return Cleaned(problems=tuple(stage.problems), editions=tuple(editions), cached=cached, bytes=size)


def clean_old(folder: Path, stays: Callable[[Stage, str], bool]) -> Cleaned:
    """Remove the files of the output *folder* that builds wrote, except those that *stays* names, and except the cache.

    Args:
        folder: an output folder; it need not exist.
        stays: whether the file of this name belongs to the set that was built last.

    Returns:
        What was removed, and what was kept because it is no longer as a build wrote it.
    """
    if not os.path.lexists(folder / HIDDEN):
        return Cleaned()
    with Stage(folder) as stage, reported(folder):
        editions = tuple(_editions(stage, [name for name in stage.written if not stays(stage, name)]))
    return Cleaned(problems=tuple(stage.problems), editions=editions)


def _editions(stage: Stage, names: Iterable[str]) -> Iterator[Path]:
    """Remove those files *names* that are as a build wrote them; yield each."""
    for name in names:
        path = stage.folder / name
        if not is_folder(path.parent) or not os.path.lexists(path):
            continue
        if digest_of(path) in stage.written[name].digests:
            path.unlink()
            yield path
            if path.parent != stage.folder:
                with contextlib.suppress(OSError):  # it contains something else
                    path.parent.rmdir()
        else:
            message = "this has changed since it was built, so it is kept"
            stage.problems.append(NOT_OURS.at(Subject(name=str(path)), message, fix="remove it yourself"))


def nested(folder: Path) -> tuple[Path, ...]:
    """Return the output folders in *folder*, such as those of several books, or of the themes of a gallery, the innermost first."""
    result: list[Path] = []
    for above, folders, _ in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and is_folder(Path(above, name)))
        place = Path(above)
        if len(place.relative_to(folder).parts) == DEEPEST:
            folders.clear()
        if place != folder and is_folder(place / HIDDEN):
            result.insert(0, place)
    return tuple(result)


def _empty(folder: Path) -> Iterator[int]:
    """Remove one folder of the cache: of its files, only those with the name of an entry or of an unfinished entry; yield their sizes."""
    if not is_folder(folder):
        return
    for path in folder.iterdir():
        if (is_digest(path.name) or path.name.startswith(NEW)) and not is_folder(path):
            size = path.lstat().st_size
            path.unlink()
            yield size
    with contextlib.suppress(OSError):  # it contains something else
        folder.rmdir()
