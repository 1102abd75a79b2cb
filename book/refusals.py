"""What the system refuses, as a problem: one line with the file and what to do, instead of a traceback."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Mapping

from book.problems import Kind, Problem, Severity, Subject

REFUSED = Kind("X112", Severity.ERROR, "something that the system refuses: a file, a folder, disk space, memory")

ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
CLOSED = frozenset({errno.EACCES, errno.EPERM})
FIXES: Mapping[int, str] = {
    **dict.fromkeys(CLOSED, "allow yourself to read it, and to look into its folder"),
    **dict.fromkeys(ROOM, "free some disk space there; TMPDIR names another folder for temporary files"),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), "allow more open files: ulimit -n 1024"),
    **dict.fromkeys((errno.ENOMEM, errno.EAGAIN), "end other programs, or allow more memory and processes"),
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ELOOP: "remove the link that leads to itself",
    errno.EROFS: "this disk can only be read; choose another folder",
    errno.EIO: "see whether the disk is sound",
}
"""The error of the system -> what to do."""
WRITING_FIXES: Mapping[int, str] = {
    **FIXES,
    **dict.fromkeys(CLOSED, "allow yourself to write there, or choose another folder with -o"),
    **dict.fromkeys(ROOM, "free some disk space, or choose another folder with -o"),
    errno.EROFS: "this disk can only be read; choose another folder with -o",
}
"""The same where an edition is written into the output folder."""


def is_refusal(error: BaseException) -> bool:
    """Return whether *error* is one of the system, and not of a library that calls its own errors so.

    >>> is_refusal(PermissionError(errno.EACCES, "Permission denied")), is_refusal(OSError("cannot identify image file"))
    (True, False)
    """
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno is not None)


def refusal(error: BaseException) -> Problem:
    """Return the problem for *error*, for which :func:`is_refusal` is true.

    >>> refusal(OSError(errno.EMFILE, "Too many open files")).fix
    'allow more open files: ulimit -n 1024'
    """
    number = getattr(error, "errno", errno.ENOMEM)
    name = getattr(error, "filename", None)
    if isinstance(name, str | bytes | os.PathLike):
        place = os.fsdecode(name)
    else:
        place = tempfile.gettempdir() if number in ROOM else "system"
    fix = FIXES.get(number, "see what is wrong there; -v shows where it happened")
    return REFUSED.at(Subject(name=place), f"the system refuses this: {os.strerror(number)}", fix=fix)
