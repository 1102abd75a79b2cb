"""The only way to open a file of the book's folder: no file outside the root, only regular files, none too large."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Literal
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from book.problems import printable

Reason = Literal["missing", "outside", "symlink-outside", "not-a-file", "too-big", "bad-name", "unreadable"]


class Refusal(Struct, frozen=True):
    """Why a file was not read."""

    reason: Reason
    detail: str
    """One line that quotes the name, safe to print."""


HOW = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
"""Non-blocking, in case of a pipe without a writer; no symlinks, in case one has just replaced the file."""


def decoded(name: str) -> str | None:
    """Return the *name* in a link as a file name: percent-decoded once; None if the result is not UTF-8.

    >>> decoded("%C3%A4%20b.png"), decoded("%ff")
    ('ä b.png', None)
    """
    try:
        return unquote_to_bytes(name.encode()).decode()
    except UnicodeError:
        return None


class Folders:
    """The folders of one book whose place is known, for as long as a stage opens many files of it."""

    def __init__(self, root: Path) -> None:
        """Take the book's folder."""
        self.root = root
        self._real: dict[str, str] = {}

    def straight(self, name: str) -> str | None:
        """Return the path of the file *name*, if its folder is inside the book; its last step may still be a link.

        Args:
            name: a POSIX path without steps upwards.
        """
        folder, _, base = name.rpartition("/")
        if folder not in self._real:
            try:
                home = os.path.realpath(self.root, strict=True)
                real = os.path.realpath(f"{home}/{folder}", strict=True)
            except (OSError, ValueError):
                return None
            self._real[folder] = real if inside(real, home) else ""
        real = self._real[folder]
        return f"{real}/{base}" if real and base and base != os.curdir else None


def open_file(root: Path, name: str, *, limit: int, folders: Folders | None = None) -> bytes | Refusal:
    """Return the bytes of a file of the book.

    Args:
        root: the book's folder.
        name: POSIX path relative to *root*; see :func:`decoded` for that of a link.
        limit: the most bytes the file may have.
        folders: what is known of the folders of the book, which do not change meanwhile; None: nothing.

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
    handle = _opened_straight(folders.straight(name)) if folders and os.pardir not in joined.split("/") else None
    try:
        if handle is None:
            home = os.path.realpath(root, strict=True)
            real = os.path.realpath(f"{home}/{name}", strict=True)
            if not inside(real, home):
                return Refusal("symlink-outside", f"'{display}' is a symlink that points outside the book")
            handle = os.open(real, HOW)
    except (OSError, ValueError) as fault:
        return _refusal(fault, display)
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            return Refusal("not-a-file", f"'{display}' is not a regular file")
        if state.st_size <= limit:
            with open(handle, "rb", closefd=False) as file:
                data = file.read(
                    state.st_size + 1
                )  # not of the size of the limit: room for it takes longer than reading
                data += file.read(limit + 1 - len(data)) if len(data) > state.st_size else b""
            if len(data) <= limit:
                return data
    except OSError as fault:
        return _refusal(fault, display)
    finally:
        os.close(handle)
    return Refusal("too-big", f"'{display}' has {max(state.st_size, limit + 1):,} bytes; {limit:,} are allowed")


def _opened_straight(path: str | None) -> int | None:
    """Return the handle of the file *path*, if that is a file and no link; the handle of anything else is closed again."""
    try:
        return os.open(path, HOW) if path else None
    except (OSError, ValueError):
        return None


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
