"""Names of files that are like the name of an image: an author is told which one may be meant."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path

from book.assemble.anchors import composed_form
from book.images import ENDINGS
from book.problems import nearest
from book.safe_open import inside

LARGEST_FOLDER = 20_000
"""The most names in a folder that are compared in the search for a similar one."""


def nearest_image(root: Path, name: str) -> str | None:
    """Return the image in the folder of *name* whose name is most like it, in the book in the folder *root*; None if none is."""
    folder, base = posixpath.split(name)
    # Compare without extensions, which would make any two short names alike.
    names = (entry for entry in _listed(root, folder) if entry.casefold().endswith(ENDINGS))
    files = (file for file in names if os.path.isfile(root / folder / file))  # noqa: PTH113 - no path of a stranger raises here
    known = {posixpath.splitext(file)[0]: file for file in files if file != base}
    return known.get(nearest(posixpath.splitext(base)[0], known) or "")


def same_but_case(root: Path, name: str) -> str | None:
    """Return the one file of the book in the folder *root* whose path differs from *name* only in case or in composed letters (UAX 15)."""
    path = ""
    for piece in posixpath.normpath(name).split("/"):
        names = _listed(root, path)
        matches = [entry for entry in names if entry == piece]
        matches = matches or [entry for entry in names if composed_form(entry) == composed_form(piece)]
        matches = matches or [
            entry for entry in names if composed_form(entry).casefold() == composed_form(piece).casefold()
        ]
        if len(matches) != 1:
            return None
        path = posixpath.join(path, matches[0])
    return path if path != name else None


def _listed(root: Path, folder: str) -> list[str]:
    """Return the sorted names in a *folder* of the book; none for a folder that is outside or cannot be read."""
    try:
        home = os.path.realpath(root)
        real = os.path.realpath(f"{home}/{folder}", strict=True)
        return sorted(entry.name for entry in Path(real).iterdir())[:LARGEST_FOLDER] if inside(real, home) else []
    except (OSError, ValueError):
        return []
