"""Files that MkDocs adds to every page: ``auto_append`` of PyMdown's snippets."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from book.notation import Spot
from book.sites.files import Files, leaves, texts_of

NAME = "pymdownx.snippets"


def appended(options: Mapping[str, Spot], files: Files, home: str) -> tuple[str, ...]:
    """Return the files of the book that the *options* of the extension add to every page; others are left out.

    Args:
        options: its table in ``mkdocs.yml``.
        files: the files of the book.
        home: the folder of ``mkdocs.yml``, from which ``base_path`` counts.
    """
    bases = [base.removeprefix("./") for base in texts_of(options.get("base_path"))] or [""]
    paths = []
    for name in texts_of(options.get("auto_append")):
        tries = (posixpath.normpath(posixpath.join(home, base, name)) for base in bases)
        paths += [path for path in tries if not leaves(path) and files.is_file(path)][:1]
    return tuple(paths)
