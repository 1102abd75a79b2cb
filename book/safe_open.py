"""The only way to open a file of the book's folder: no file outside the root, only regular files, none too large."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote_to_bytes

from book.problems import printable

Reason = Literal["missing", "outside", "symlink-outside", "not-a-file", "too-big", "bad-name", "unreadable"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file was not read."""

    reason: Reason
    detail: str
    """One line that quotes the name, safe to print."""


def decoded(name: str) -> str | None:
    """Return the *name* in a link as a file name: percent-decoded once; None if the result is not UTF-8.

    >>> decoded("%C3%A4%20b.png"), decoded("%ff")
    ('ä b.png', None)
    """
    try:
        return unquote_to_bytes(name.encode()).decode()
    except UnicodeError:
        return None


def open_file(root: Path, name: str, *, limit: int) -> bytes | Refusal:
    """Return the bytes of a file of the book.

    Args:
        root: the book's folder.
        name: POSIX path relative to *root*; see :func:`decoded` for that of a link.
        limit: the most bytes the file may have.

    Returns:
        The bytes, or a Refusal: the file lies outside *root* (itself or through a symlink), is not a regular file, is
        larger than *limit* … A symlink to a file inside is followed.
    """
    display = printable(name)
    if not name or "\\" in name or any(ord(letter) < 32 or ord(letter) == 127 for letter in name):
        return Refusal("bad-name", f"'{display}' is empty or contains a backslash or a control character")
    joined = os.path.normpath(name)
    if name.startswith("/") or joined == os.pardir or joined.startswith(os.pardir + os.sep):
        return Refusal("outside", f"'{display}' is outside the book")
    try:
        home = os.path.realpath(root, strict=True)
        real = os.path.realpath(f"{home}/{name}", strict=True)
        if not inside(real, home):
            return Refusal("symlink-outside", f"'{display}' is a symlink that points outside the book")
        # Non-blocking, in case of a pipe without a writer; no symlinks, in case one has just replaced the file.
        handle = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (OSError, ValueError) as fault:
        return _refusal(fault, display)
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            return Refusal("not-a-file", f"'{display}' is not a regular file")
        if state.st_size <= limit:
            with open(handle, "rb", closefd=False) as file:
                data = file.read(limit + 1)
            if len(data) <= limit:
                return data
    except OSError as fault:
        return _refusal(fault, display)
    finally:
        os.close(handle)
    return Refusal("too-big", f"'{display}' has {max(state.st_size, limit + 1):,} bytes; {limit:,} are allowed")


def inside(real: str, home: str) -> bool:
    """Return whether the resolved path *real* is *home* or lies in it.

    >>> inside("/book/a.md", "/book"), inside("/bookshop/a.md", "/book")
    (True, False)
    """
    return real == home or real.startswith(home.rstrip(os.sep) + os.sep)


def _refusal(fault: OSError | ValueError, display: str) -> Refusal:
    number = fault.errno if isinstance(fault, OSError) else errno.EINVAL
    if number in (errno.ENOENT, errno.ENOTDIR):
        return Refusal("missing", f"there is no '{display}'")
    if number in (errno.ENAMETOOLONG, errno.EINVAL):
        return Refusal("bad-name", f"'{display}' cannot be a file name")
    if number in (errno.EISDIR, errno.ENXIO):
        return Refusal("not-a-file", f"'{display}' is not a regular file")
    return Refusal("unreadable", f"'{display}' cannot be read ({os.strerror(number or errno.EIO)})")
