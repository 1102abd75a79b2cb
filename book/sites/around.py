"""The folder around the one that the user named: ``website/`` with its ``docs/`` beside it, or ``docs/`` below the settings of its site."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from book.sites import SYSTEMS, recognise
from book.sites.files import Files
from book.sites.site import Site

FARTHEST = 3
"""The most folders between the named folder and the one that contains the whole book."""


def around(folder: Path) -> Path:
    """Return the folder of the book to which *folder* belongs.

    If it contains the settings of a site but not the chapters, or the chapters but not the settings, that is a folder above it in the
    same git repository. Without a repository it is *folder* itself: a stranger's book must not reach the files beside it.

    Args:
        folder: as the user named it.

    Returns:
        *folder* itself, or a folder above it.
    """
    own = recognise(folder)[0]
    for home in _above(folder):
        files = Files(home)
        inner = os.path.relpath(folder.resolve(), home.resolve()) + "/"
        for system in SYSTEMS:
            site = system.recognise(files, inner) if system.sure else None
            if site and site.config.startswith(inner) and not site.base.startswith(inner):
                return home if files.holds(site.base, site.suffixes) else folder
        whole = recognise(home)[0]
        if whole and whole.base == inner and not whole.config.startswith(inner):
            return home if own is None or _is_part(own, whole, inner) else folder
    return folder


def _is_part(own: Site, whole: Site, inner: str) -> bool:
    """Return whether *own*, the site in the folder *inner*, is what *whole* is without its settings."""
    return whole.nav == f"{inner}{own.nav}" if own.nav else own.system == whole.system


def _above(folder: Path) -> Iterator[Path]:
    """Yield the folders above *folder* in its git repository, the nearest first."""
    if os.path.exists(folder / ".git"):  # noqa: PTH110 - no path of a stranger raises here
        return
    above: list[Path] = []
    for path in folder.resolve().parents[:FARTHEST]:
        above.append(path)
        if os.path.exists(path / ".git"):  # noqa: PTH110 - no path of a stranger raises here
            yield from above if folder.is_absolute() else (Path(os.path.relpath(path)) for path in above)
            return
