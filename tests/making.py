"""Makes what tests begin with: books in folders, chapters, pictures."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

SETTINGS = 'title = "Tiny"\nlanguage = "en"\n'
"""The settings of a book of which nothing is asked."""


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write *files*, by their path in *folder*, with the folders above them; return *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return folder


def write_book(folder: Path, files: Mapping[str, str | bytes] | str, settings: str = SETTINGS) -> Path:
    """Write a book and return its folder.

    Args:
        folder: where; made with the folders above it.
        files: chapters and what lies beside them, by path; or the text of the only chapter, ``a.md``.
        settings: the text of handbound.toml.
    """
    files = {"a.md": files} if isinstance(files, str) else files
    return write_files(folder, {"handbound.toml": settings, **files})


def published(folder: Path) -> dict[str, bytes]:
    """Return what a reader finds in *folder*, by path: every file but those in hidden folders."""
    paths = ((path.relative_to(folder), path) for path in sorted(folder.rglob("*")) if path.is_file())
    return {name.as_posix(): path.read_bytes() for name, path in paths if not name.parts[0].startswith(".")}


def picture(
    kind: str = "PNG", size: tuple[int, int] = (2, 2), mode: str = "RGB", colour: Any = 0, **options: Any
) -> bytes:
    """Return the bytes of a picture of one colour; *options* are Pillow's for its *kind*."""
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, kind, **options)
    return file.getvalue()
