"""An edition made in a process of its own: the pages of a long book take one processor half a minute an edition, and there are more.

The job goes in by standard input and what was made comes out, both pickled: they are our own words to ourselves, on this machine.
"""

from __future__ import annotations

import contextlib
import copyreg
import os
import pickle
import resource
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from book import labels, surroundings, theme
from book.editions import maker
from book.model import Book, Edition, Made
from book.problems import BookError, Kind, Place, PublishError, Severity
from book.settings import Limits

DIED = Kind("E109", Severity.ERROR, "the process that made an edition died")

LONG = 6000
"""Words of a book whose pages are worth another process: to start one costs as much as some ten pages."""
CORES = min(4, os.cpu_count() or 1)
ALL = 2048 << 20
"""Bytes of memory for all processes of one build."""
BARE = 150 << 20
"""Bytes of memory that an edition on its way takes, however short it is."""
LAID_OUT = 600
"""Bytes of memory for each letter of XHTML that is laid out (measured: 300 to 900)."""


SPARE = 60
"""Seconds that the process may take beyond the limit of its pages: to start, and to say what went wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What another process has to know to make an edition."""

    book: Book
    edition: Edition
    theme: str
    source: Path
    cache: Path | None
    limits: Limits = field(default_factory=Limits)

    def light(self) -> Job:
        """Return the job without the trees that the chapters were made from: no edition looks at them."""
        return replace(self, book=self.book.each(lambda chapter: replace(chapter, blocks=())))


class Crash(RuntimeError):
    """A fault of the press in the other process, whose own exception cannot travel."""


def worth(book: Book, wanted: Iterable[Edition]) -> int:
    """Return how many of the editions *wanted* of *book*, all with pages, had better be made beside this process; 0 for none.

    A short book is not worth another process. Of a very long one fewer are made at a time, so that all processes together
    stay within :data:`ALL`; this one, which makes an edition too, is among them.
    """
    if CORES < 2 or sum(chapter.words for chapter in book.spine) < LONG or len(tuple(wanted)) < 2:
        return 0
    each = BARE + LAID_OUT * sum(len(chapter.body.spell()) for chapter in book.spine)
    return max(0, min(CORES, (ALL - _taken() - each) // each))


def _taken() -> int:
    """Return how many bytes of memory this process has; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def made(job: Job) -> Made:
    """Make the edition of *job* in another process, and wait for it.

    Raises:
        BookError: as the edition's maker says.
        PublishError: the process died.
        Exception: whatever else the maker raised, of the same kind, with its traceback as a note.
    """
    # Not -m: what is pickled there would be of a module called __main__. -P: the current folder is none of ours, and what
    # lies in it (a pickle.py of the book) must not be taken for a module. Our own folder comes last, for a checkout.
    words = "import sys; sys.path.append(sys.argv[1]); from book.workers import main; main()"
    command = [sys.executable, "-P", "-c", words, surroundings.HOME]
    with subprocess.Popen(  # noqa: S603 - this very program
        command,
        env=surroundings.safe(os.environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        _running.add(process)
        try:
            answer, said = process.communicate(_pickled(job.light()))
        finally:
            _running.discard(process)
    try:
        kind, value = pickle.loads(answer)  # noqa: S301 - as above
    except (pickle.UnpicklingError, EOFError) as error:
        last = (said.decode("utf-8", "replace").strip().splitlines() or ["no word"])[-1]
        message = f"the process that made {job.edition.name} ended with status {process.returncode}: {last}"
        fix = f"build it alone: book build -e {job.edition.name}; if it says killed, the machine has too little memory"
        raise PublishError(DIED.at(Place(path=job.edition.name), message, fix=fix)) from error
    if kind is Made:
        answered: Made = value
        return answered
    if kind is Crash:
        fault: Exception = value[0]
        fault.add_note(f"In the process that made {job.edition.name}:\n{value[1]}")
        raise fault
    raise kind(value)


def end() -> None:
    """End every process that is making an edition."""
    for process in tuple(_running):
        with contextlib.suppress(ProcessLookupError):
            process.kill()


_running: set[subprocess.Popen[bytes]] = set()


def main() -> None:
    """Make the edition that standard input asks for."""
    # Whatever some library prints must not get between the lines.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    job: Job = pickle.load(sys.stdin.buffer)  # noqa: S301 - as above
    # The limit of the maker stops what is written in Python; this one ends a process that does not come back from a library.
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    wanted = job.limits.pages_seconds + SPARE
    resource.setrlimit(resource.RLIMIT_CPU, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most))
    answer: tuple[type, object]
    labels.own.set(job.book.metadata.labels)
    try:
        look = theme.load(job.theme, job.source, job.cache, job.limits)
        answer = (Made, maker(job.edition)(job.book, job.edition, look))
    except BookError as error:
        answer = (type(error), error.problems)
    except Exception as error:  # noqa: BLE001 - raised again on the other side, where it ends the press
        answer = (Crash, (_travelling(error), traceback.format_exc()))
    out.write(_pickled(answer))
    out.close()


def _travelling(error: Exception) -> Exception:
    """Return *error*, or one that says the same when it cannot be pickled and made again."""
    try:
        again = pickle.loads(pickle.dumps(error))  # noqa: S301 - as above
    except Exception:  # noqa: BLE001 - an exception class may do anything when it is made
        again = None
    return error if type(again) is type(error) else Crash(f"{type(error).__name__}: {error}")


def _pickled(value: object) -> bytes:
    copyreg.pickle(MappingProxyType, _plain)
    return pickle.dumps(value)


def _plain(
    table: MappingProxyType[Any, Any],
) -> tuple[Callable[[dict[Any, Any]], MappingProxyType[Any, Any]], tuple[dict[Any, Any]]]:
    """Return how a read-only table is made again; Python pickles none."""
    return _read_only, (dict(table),)


def _read_only(table: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(table)
