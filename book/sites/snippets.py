"""The settings of PyMdown's snippets in MkDocs: the folders of the files, and the files that it adds to every page (``auto_append``)."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence

from book.notation import Spot
from book.sites.files import Files, leaves, texts_of

NAME = "pymdownx.snippets"


def folders(options: Mapping[str, Spot], home: str, base: str) -> tuple[str, ...]:
    """Return the folders of the book in which the extension looks for files, ``.`` for the root; without ``base_path`` that of its settings.

    Args:
        options: the table of the extension in ``mkdocs.yml``.
        home: the folder of ``mkdocs.yml``, from which ``base_path`` counts.
        base: the folder of the pages.
    """
    # `!relative $docs_dir`; a tag is not read, and without a folder it means that of the page.
    places = {"$config_dir": home, "$docs_dir": base}
    named = texts_of(options.get("base_path")) or ("",)
    paths = (places.get(name, posixpath.join(home, name)) or "." for name in named)
    return tuple(path for path in map(posixpath.normpath, paths) if not leaves(path))


def appended(options: Mapping[str, Spot], files: Files, bases: Sequence[str]) -> tuple[str, ...]:
    """Return the files of the book that the extension adds to every page; others are left out.

    Args:
        options: the table of the extension in ``mkdocs.yml``.
        files: the files of the book.
        bases: the folders in which it looks.
    """
    paths = []
    for name in texts_of(options.get("auto_append")):
        tries = (
            base if posixpath.basename(base) == name else posixpath.normpath(posixpath.join(base, name))
            for base in bases
        )
        paths += [path for path in tries if not leaves(path) and files.is_file(path)][:1]
    return tuple(paths)
