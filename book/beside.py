"""Small values kept beside the program's own compiled modules: they depend on the program and its tools alone, and cost more to make than to read.

Nobody may write there who cannot write the program itself, so they are believed. Where the program cannot be written, or Python is asked
to write no code, they are made in every run.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterable
from importlib.util import cache_from_source
from pathlib import Path

from book.seal.files import digest, write

JUST_NOW = 2_500_000_000
"""Nanoseconds, more than the coarsest tick of a disk's clock: a file may change twice within one, and its state stays the same."""


def put(place: Path, data: bytes) -> None:
    """Keep *data* beside the program in *place*, unless Python is asked to write no code; a program that cannot be written is only slower."""
    if not sys.dont_write_bytecode:
        with contextlib.suppress(OSError):
            place.parent.mkdir(parents=True, exist_ok=True)
            write(place, data, durable=False)


def remember(name: str, state: str, make: Callable[[], str]) -> str:
    """Return the text *name* as it was made for *state*, else what *make* returns, which is kept in its place.

    Args:
        name: what it is: letters of a file's name.
        state: that of everything on which it depends; empty if it must not be kept.
        make: returns it; if it raises an exception, nothing is kept.
    """
    if not state:
        return make()
    place = Path(cache_from_source(__file__)).with_name(f"{name}.{sys.implementation.cache_tag}.kept")
    with contextlib.suppress(OSError, UnicodeDecodeError):
        seal, _, text = place.read_text("utf-8").partition("\n")
        if seal == _seal(state, text):
            return text
    text = make()
    put(place, f"{_seal(state, text)}\n{text}".encode())
    return text


def _seal(state: str, text: str) -> str:
    return digest(f"{state}\n{text}".encode())


def state(paths: Iterable[str]) -> str:
    """Return the state of the files *paths*; empty if one of them cannot be read, or changed just now."""
    rows, late = [], time.time_ns() - JUST_NOW
    for path in paths:
        try:
            status = os.stat(path)  # noqa: PTH116 - quick
        except OSError:
            return ""
        if max(status.st_mtime_ns, status.st_ctime_ns) > late:
            return ""
        rows.append(f"{path} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}")
    return digest("\n".join(rows).encode("utf-8", "surrogateescape"))
