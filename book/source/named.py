"""What may name a book: the folder of its chapters, or its only file."""

from __future__ import annotations

import os
from pathlib import Path

SUFFIXES = (".md", ".mdx", ".markdown")
"""How the names of files end that may hold a book."""


def is_file(source: Path) -> bool:
    """Return whether *source* is a file that may hold a whole book."""
    return source.suffix.lower() in SUFFIXES and os.path.isfile(source)  # noqa: PTH113 - no path of a stranger raises here


def home_of(source: Path) -> Path:
    """Return the folder of the book that *source* names.

    >>> home_of(Path("letters"))
    PosixPath('letters')
    """
    return source.parent if is_file(source) else source


def real_home(source: Path) -> str:
    """Return the path of the folder of the book that *source* names, without links."""
    return os.path.realpath(home_of(source))
