"""Which dialects a book is written in: what handbound.toml says, else what lies in its folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from book.model import Manuscript
from book.settings import Settings


def recognise(root: Path, manuscripts: Sequence[Manuscript], settings: Settings) -> frozenset[str]:
    """Return the names of the dialects that the book in *root* is written in, beside those that are read in every book."""
    del root, manuscripts, settings
    return frozenset()
