"""The standard streams of the command: they are always there, print any text, and never end a build.

Whoever reads the output of a build may go away early (``book build 2>&1 | head -1``), the terminal may be closed, the disk of a log may
be full, and a stream may be closed from the beginning (``2>&-``). None of this is a fault of the book: it is built to its end, and what
nobody can read is dropped.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from typing import ClassVar, TextIO

LEFT = frozenset({errno.EPIPE, errno.EIO})
"""The errors of a stream that nobody reads any more: a pipe without a reader, a terminal that is closed."""


PLAIN = {
    **dict.fromkeys("–—·─", "-"), **dict.fromkeys("├│", "|"), **dict.fromkeys("“”", '"'), **dict.fromkeys("‘’", "'"),
    "└": "`", "×": "x", "→": "->", "…": "...",
}  # fmt: skip
"""Characters of our own messages -> how they are printed where the encoding lacks them."""


def plain(error: UnicodeError) -> tuple[str, int]:
    r"""Return what is printed for the characters that an encoding lacks, and where to go on: an error handler of :mod:`codecs`.

    >>> prepare_errors()
    >>> "├─ “é” 手…".encode("ascii", ERRORS), "é手".encode("cp1252", ERRORS)
    (b'|- "\\u00e9" \\u624b...', b'\xe9\\u624b')
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    return "".join(PLAIN.get(letter) or _escape(ord(letter)) for letter in letters), error.end


def _escape(number: int) -> str:
    """Return the escape of TOML and JavaScript for a character."""
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


ERRORS = "book.plain"
"""The name of :func:`plain` in :mod:`codecs`."""


def prepare_errors() -> None:
    """Give :func:`plain` its name."""
    codecs.register_error(ERRORS, plain)


class Stream(io.TextIOWrapper):
    """A standard stream. Its first error is remembered, and what is printed afterwards goes nowhere."""

    ends: ClassVar[bool] = False
    """Whether a reader who goes away ends the command, with a BrokenPipeError; for commands that run until they are interrupted."""
    fault: OSError | None = None
    """The first error."""

    def write(self, text: str, /) -> int:
        """Print *text*; return its length."""
        try:
            return super().write(text)
        except OSError as error:
            self._lose(error)
        return len(text)

    def flush(self) -> None:
        """Hand on what is printed."""
        try:
            super().flush()
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> None:
        """Let what is printed, and what is still to be handed on, go nowhere, because of *error*."""
        self.fault = self.fault or error
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
        if self.ends and error.errno in LEFT:
            raise BrokenPipeError(error.errno, error.strerror)


def prepare() -> None:
    """Make the standard streams of this process such as this module says."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except (
            OSError
        ):  # closed: the next file that is opened would get its number, and what is printed would go into it
            os.open(os.devnull, os.O_RDWR)
    prepare_errors()
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - for as long as the process runs
    sys.stdout, sys.stderr = _stream(1, sys.stdout), _stream(2, sys.stderr)


def _stream(descriptor: int, before: TextIO | None) -> Stream:
    """Return the stream for *descriptor* that prints as *before* does, but shows a character that its encoding lacks as :func:`plain`."""
    os.set_blocking(
        descriptor, True
    )  # another program may have made it such that it refuses what it cannot take at once
    through = getattr(before, "write_through", False)
    return Stream(
        open(descriptor, "wb", 0 if through else -1, closefd=False),
        encoding=before.encoding if before else "utf-8",
        errors=ERRORS,
        line_buffering=getattr(before, "line_buffering", False),
        write_through=through,
    )


def lost() -> OSError | None:
    """Return the error because of which results are missing in the standard output; None if it has all of them, or nobody reads it."""
    sys.stdout.flush()
    fault = sys.stdout.fault if isinstance(sys.stdout, Stream) else None
    return None if fault is None or fault.errno in LEFT else fault
