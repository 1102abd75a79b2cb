"""Kill a real build at one file event after the other: what `test_kills.py` starts, in a process that may fork.

    python killing.py HOW BOOK OUT EDITIONS FIRST STEP

HOW is `kill` or `full`. BOOK is built with EDITIONS (joined by commas) into a copy of OUT, in a child that gets SIGKILL just before its event number FIRST,
then FIRST + STEP …, until one child comes to its end. With `full` it is not killed: from that event on the disk has no room. An event is whatever changes a file: an open for writing, half of a write, an
fsync, a rename, a link, a folder made or removed, a change of rights. One line of JSON for each child: the event, whether it was
killed, the digests of what a reader of the folder could open then, those after the next build, and what that left behind.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Self

from book import press, seal
from book.problems import PublishError

EVENTS = frozenset(
    "os.rename os.remove os.mkdir os.rmdir os.symlink os.link os.truncate os.chmod shutil.rmtree fcntl.flock".split()
)
NEEDS_ROOM = frozenset({"open", "write", "half a write", "os.mkdir", "os.symlink", "os.link"})
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class Torn:
    """A file that is written in two halves."""

    def __init__(self, file: IO[Any], event: Callable[[str], None]) -> None:
        self.file, self.event = file, event

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def write(self, data: bytes) -> None:
        self.event("write")
        self.file.write(data[: len(data) // 2])
        self.file.flush()
        self.event("half a write")
        self.file.write(data[len(data) // 2 :])

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


def listen(event: Callable[[str], None], inside: str) -> None:
    """Call *event* before every file event of this process; of opens only those below *inside*."""

    def hook(name: str, words: tuple[Any, ...]) -> None:
        if name in EVENTS:
            event(name)
        elif name == "open" and isinstance(words[0], str) and words[0].startswith(inside):
            mode, flags = words[1], words[2]
            if (isinstance(mode, str) and set(mode) & set("wax+")) or (isinstance(flags, int) and flags & WRITING):
                event("open")

    sys.addaudithook(hook)
    fsync, fdopen = os.fsync, os.fdopen

    def synced(handle: int) -> None:
        event("fsync")
        fsync(handle)

    def opened(handle: int, mode: str = "r", *words: Any, **more: Any) -> Any:
        file = fdopen(handle, mode, *words, **more)
        return Torn(file, event) if "w" in mode else file

    os.fsync, os.fdopen = synced, opened  # type: ignore[assignment]


def visible(out: Path) -> dict[str, str]:
    """Return the digest of every file that a reader of *out* can open, through links too."""
    found = {}
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out)
        if name.parts[0] not in (seal.HIDDEN, seal.CACHE) and path.is_file():
            found[name.as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def litter(out: Path) -> list[str]:
    """Return the files that no build should leave in *out*."""
    hidden = {f"{seal.HIDDEN}/{name}" for name in (seal.LOCK, seal.LEDGER, seal.LAST_BUILD, seal.OWNER)} | {seal.HIDDEN}
    return [
        name
        for path in sorted(out.rglob("*"))
        if (name := path.relative_to(out).as_posix())
        and (path.is_symlink() or path.name.startswith(seal.NEW) or name.startswith(seal.HIDDEN))
        and name not in hidden
    ]


def child(how: str, book: Path, out: Path, editions: list[str], number: int, log: Path) -> int:
    """Build in this process, and be killed before the event *number*; or the disk is full from then on."""
    seen = 0

    def event(name: str) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            os.write(handle, name.encode())
        if seen == number and how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if seen >= number and name in NEEDS_ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    listen(event, str(out))
    try:
        return press.build(book, out, editions=editions).status
    except PublishError as error:
        (problem,) = error.problems
        told = problem.code == "W101" and "No space left on device" in problem.message
        return error.status if told else 70


def copy_afresh(old: Path, work: Path) -> None:
    """Make *work* a copy of *old*, whatever it contained."""
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(old, work)


def main(how: str, book: Path, old: Path, editions: list[str], first: int, step: int) -> None:
    """Kill one child after the other, and print the files that each left."""
    work, log = old.with_name("killed"), old.with_name("event")
    # Every child inherits what a build imports and reads of its themes, and so starts much faster.
    copy_afresh(old, work)
    press.build(book, work, editions=editions)
    number = first
    while True:
        copy_afresh(old, work)
        log.write_text("")
        process = os.fork()
        if not process:
            try:
                status = child(how, book, work, editions, number, log)
            except BaseException:  # noqa: BLE001 - whatever it is, this child ends here
                traceback.print_exc()
                os._exit(70)
            os._exit(status)
        _, status = os.waitpid(process, 0)
        said = {
            "number": number,
            "status": os.waitstatus_to_exitcode(status),
            "event": log.read_text("utf-8"),
            "seen": visible(work),
        }
        process = os.fork()
        if not process:
            press.build(book, work, editions=editions)
            os._exit(0)
        _, said["next"] = os.waitpid(process, 0)
        sys.stdout.write(json.dumps({**said, "after": visible(work), "litter": litter(work)}) + "\n")
        sys.stdout.flush()
        if not said["event"]:
            return
        number += step


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4].split(","), int(sys.argv[5]), int(sys.argv[6]))
