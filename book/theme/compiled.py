"""The templates that come with Handbound, compiled: kept beside its own compiled modules, and only there.

What is read here is code, so nobody may write it who cannot write the program itself: it is never in the cache of a book, and never
that of a theme of an author. Where the program cannot be written, templates are compiled in every run.
"""

from __future__ import annotations

import contextlib
import functools
import marshal
import sys
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path
from types import CodeType

from book import beside, packages
from book.seal.files import digest


def recall(key: str, checksum: str) -> CodeType | None:
    """Return the code that is kept for a template; None if there is none, or it was compiled from another text or in another way.

    Args:
        key: the digest of its name.
        checksum: the digest of its text.
    """
    with contextlib.suppress(OSError, EOFError, ValueError, TypeError):
        head, _, data = _place(key).read_bytes().partition(b"\n")
        code = marshal.loads(data) if head == _head(checksum) else None  # noqa: S302 - as Python reads its own modules
        return code if isinstance(code, CodeType) else None
    return None


def keep(key: str, checksum: str, code: CodeType) -> None:
    """Keep *code* for a template, unless Python is asked to write no code; arguments as for :func:`recall`."""
    with contextlib.suppress(OSError):  # what compiles a template cannot be read
        beside.put(_place(key), _head(checksum) + b"\n" + marshal.dumps(code))


def _place(key: str) -> Path:
    """Return the file for a template, in the folder in which Python keeps this module."""
    return Path(cache_from_source(__file__)).with_name(f"{key}.{sys.implementation.cache_tag}.jinja")


def _head(checksum: str) -> bytes:
    """Return the first line of such a file: from what the code was compiled, and by what."""
    return f"{checksum} {_compiler()}".encode()


@functools.cache
def _compiler() -> str:
    """Return what compiles a template: Python, Jinja, and our changes to it."""
    ours = Path(__file__).with_name("templates.py").read_bytes()
    return f"{MAGIC_NUMBER.hex()} {packages.version('Jinja2')} {digest(ours)}"
